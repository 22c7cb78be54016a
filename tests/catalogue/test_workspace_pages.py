"""A maker's pages of goods and the city's queue, walked through without a script."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event
from sqlmodel import Session, select

from app.accounts.models import Role, User
from app.businesses.models import Business
from app.catalogue.models import Picture, PictureState, Product, ProductState
from app.catalogue.views import UNIT_COUNTS, UNIT_LABELS
from app.core import outbox
from app.core.config import Settings
from app.core.languages import Language
from app.core.outbox import Workbench
from app.core.storage import Storage
from tests.catalogue.goods import category, draft, photo, published, ready_draft, subject_of
from tests.conftest import Clock
from tests.factories import make_maker, make_user, sign_in

LIST = "/en/workspace/products"
GET_PAGES = ("", "/texts", "/texts?language=ko", "/prices", "/variants", "/pictures", "/preview")


@pytest.fixture
def owner(session: Session, client: TestClient) -> tuple[User, Business]:
    """A maker's person, signed in at ``client``."""
    user, business = make_maker(session)
    sign_in(client, session, user)
    category(session)
    return user, business


def _draft(session: Session, owner: tuple[User, Business], *, ready: bool = False, **changes: Any) -> Product:
    make = ready_draft if ready else draft
    return make(session, subject_of(session, owner[0]), owner[1], **changes)


def _found(session: Session, slug: str) -> Product:
    statement = select(Product).where(Product.slug == slug).execution_options(populate_existing=True)
    return session.exec(statement).one()


FORM = {
    "name": "Keripik tempe",
    "category": "food",
    "price": "Rp 22.000",
    "currency": "IDR",
    "unit": "pack",
    "moq": "12",
    "summary": "Tipis dan renyah.",
    "language": "id",
}


def test_a_product_is_made_with_one_short_form_and_a_photo(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    page = client.get(f"{LIST}/new")
    assert page.status_code == 200
    assert page.text.count(" required") <= 7
    response = client.post(f"{LIST}/new", data=FORM, files={"pictures": ("IMG_1.jpg", photo(), "image/jpeg")})
    assert response.status_code == 303
    slug = response.headers["location"].split("/")[-1].split("?")[0]
    product = _found(session, slug)
    assert (product.business_id, product.state, product.moq) == (owner[1].id, ProductState.DRAFT, 12)
    pictures = session.exec(select(Picture).where(Picture.product_id == product.id)).all()
    assert [picture.state for picture in pictures] == [PictureState.PROCESSING]
    assert client.get(response.headers["location"]).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"price": "murah"}, "price"),
        ({"category": "no-such"}, "category"),
        ({"moq": "0"}, "moq"),
        ({"unit": "bucket"}, "unit"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    client: TestClient, session: Session, owner: tuple[User, Business], change: dict[str, str], field: str
) -> None:
    response = client.post(f"{LIST}/new", data={**FORM, **change})
    assert response.status_code == 422
    assert f'href="#f-{field}"' in response.text
    assert "Tipis dan renyah." in response.text
    assert session.exec(select(Product)).all() == []


def test_a_bad_picture_makes_no_product(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    response = client.post(f"{LIST}/new", data=FORM, files={"pictures": ("a.gif", b"GIF89a....", "image/gif")})
    assert response.status_code == 422
    assert "GIF pictures cannot be used" in response.text
    assert session.exec(select(Product)).all() == []


@pytest.mark.parametrize("locale", list(Language))
def test_every_page_of_a_product_opens(
    client: TestClient, session: Session, owner: tuple[User, Business], locale: Language
) -> None:
    product = _draft(session, owner, ready=True)
    for path in GET_PAGES:
        response = client.get(f"/{locale.value}/workspace/products/{product.slug}{path}")
        assert response.status_code == 200, path
        assert "<h1" in response.text
    assert client.get(f"/{locale.value}/workspace/products").status_code == 200
    assert client.get(f"/{locale.value}/workspace").status_code == 200


def test_other_peoples_goods_are_not_found(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    other = make_maker(session)
    product = _draft(session, other)
    for path in GET_PAGES:
        assert client.get(f"{LIST}/{product.slug}{path}").status_code == 404
    for path in ("", "/prices", "/variants", "/state", "/texts/en"):
        assert client.post(f"{LIST}/{product.slug}{path}", data={"name": "x", "do": "submit"}).status_code == 404
    files = {"pictures": ("a.jpg", photo(), "image/jpeg")}
    assert client.post(f"{LIST}/{product.slug}/pictures", files=files).status_code == 404


def test_anonymous_people_are_led_to_sign_in(client: TestClient, session: Session) -> None:
    for path in (LIST, f"{LIST}/new", "/en/office/products"):
        response = client.get(path)
        assert response.status_code == 303
        assert "sign-in" in response.headers["location"]


def test_facts_are_saved_and_emptied(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    product = _draft(session, owner)
    data = {
        "category": "food",
        "unit": "jar",
        "moq": "24",
        "order_multiple": "12",
        "lead_days": "7",
        "hs_code": "2005.99",
        "attributes.net_weight": "150",
        "attributes.vegan": "true",
    }
    assert client.post(f"{LIST}/{product.slug}", data=data).status_code == 303
    found = _found(session, product.slug)
    assert (found.unit, found.moq, found.order_multiple, found.lead_days) == ("jar", 24, 12, 7)
    assert found.attributes == {"net_weight": 150, "vegan": True}
    emptied = {**data, "lead_days": "", "attributes.vegan": ""}
    assert client.post(f"{LIST}/{product.slug}", data=emptied).status_code == 303
    found = _found(session, product.slug)
    assert (found.lead_days, found.attributes) == (None, {"net_weight": 150})


def test_refused_facts_are_named_and_kept(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    product = _draft(session, owner)
    data = {"category": "food", "unit": "jar", "moq": "10", "order_multiple": "12", "lead_days": "soon"}
    response = client.post(f"{LIST}/{product.slug}", data=data)
    assert response.status_code == 422
    assert 'href="#f-lead_days"' in response.text
    assert 'value="soon"' in response.text
    response = client.post(f"{LIST}/{product.slug}", data={**data, "lead_days": "", "attributes.net_weight": "lots"})
    assert 'href="#f-attributes.net_weight"' in response.text


def test_a_form_of_an_older_version_is_refused(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _draft(session, owner)
    data = {"category": "food", "unit": "jar", "moq": "3", "order_multiple": "1", "version": str(product.version)}
    assert client.post(f"{LIST}/{product.slug}", data=data).status_code == 303
    response = client.post(f"{LIST}/{product.slug}", data={**data, "moq": "4"})
    assert response.status_code == 412
    assert 'value="4"' in response.text
    assert _found(session, product.slug).moq == 3


def test_prices_are_typed_in_rows(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    product = _draft(session, owner)
    data = {
        "visibility": "public",
        "quantity-0": "1",
        "amount-0": "22.000",
        "currency-0": "IDR",
        "quantity-3": "50",
        "amount-3": "19.100",
        "currency-3": "IDR",
        "amount-4": "8,90",
        "currency-4": "MYR",
        "currency-5": "KRW",
    }
    assert client.post(f"{LIST}/{product.slug}/prices", data=data).status_code == 303
    page = client.get(f"{LIST}/{product.slug}/prices").text
    assert 'value="22000"' in page
    assert 'value="8.90"' in page
    response = client.post(f"{LIST}/{product.slug}/prices", data={**data, "amount-3": "30.000"})
    assert response.status_code == 422
    assert 'href="#f-amount-3"' in response.text
    response = client.post(f"{LIST}/{product.slug}/prices", data={**data, "amount-4": "gratis"})
    assert 'href="#f-amount-4"' in response.text
    assert 'value="gratis"' in response.text


def test_variants_are_typed_in_rows(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    product = _draft(session, owner)
    data = {"sku-0": "A", "size-0": "S", "active-0": "true", "sku-2": "B", "size-2": "M", "gtin-2": "4006381333931"}
    assert client.post(f"{LIST}/{product.slug}/variants", data=data).status_code == 303
    page = client.get(f"{LIST}/{product.slug}/variants").text
    assert 'value="4006381333931"' in page
    response = client.post(f"{LIST}/{product.slug}/variants", data={**data, "gtin-2": "4006381333932"})
    assert response.status_code == 422
    assert 'href="#f-gtin-2"' in response.text


def test_texts_stand_beside_their_source(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    product = _draft(session, owner)
    address = f"{LIST}/{product.slug}/texts"
    data = {"name": "Coriander tempe chips", "summary": "Halal and crisp.", "origin": "machine"}
    assert client.post(f"{address}/en", data=data).status_code == 303
    page = client.get(f"{address}?language=en").text
    assert "Diiris tipis, digoreng dua kali." in page
    assert "Coriander tempe chips" in page
    assert "Your text says “halal”." in page
    assert "out of date" not in page
    client.post(f"{address}/id", data={"name": "Nama lain", "summary": "Berbeda."})
    assert "out of date" in client.get(f"{address}?language=en").text
    assert client.post(f"{address}/en", data={"do": "remove"}).status_code == 303
    assert client.post(f"{address}/en", data={"do": "remove"}).status_code == 404
    response = client.post(f"{address}/id", data={"do": "remove"})
    assert response.status_code == 409


def test_submission_names_what_is_missing_and_leads_there(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _draft(session, owner, summary="")
    page = client.get(f"{LIST}/{product.slug}").text
    assert "Fill in “Net weight”: buyers filter by it." in page
    response = client.post(f"{LIST}/{product.slug}/state", data={"do": "submit"})
    assert response.status_code == 422
    assert "Add at least one picture." in response.text
    ready = _draft(session, owner, ready=True)
    assert client.post(f"{LIST}/{ready.slug}/state", data={"do": "submit"}).status_code == 303
    assert _found(session, ready.slug).state == ProductState.IN_REVIEW


def test_archive_and_back(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    product = _draft(session, owner)
    assert client.post(f"{LIST}/{product.slug}/state", data={"do": "archive"}).status_code == 303
    assert product.slug not in client.get(LIST).text
    assert product.slug in client.get(f"{LIST}?state=archived").text
    assert client.post(f"{LIST}/{product.slug}", data={"moq": "3"}).status_code == 409
    assert client.post(f"{LIST}/{product.slug}/state", data={"do": "restore"}).status_code == 303
    assert product.slug in client.get(LIST).text


def test_pictures_from_upload_to_the_page(
    client: TestClient,
    application: FastAPI,
    session: Session,
    storage: Storage,
    settings: Settings,
    clock: Clock,
    owner: tuple[User, Business],
) -> None:
    product = _draft(session, owner)
    address = f"{LIST}/{product.slug}/pictures"
    both = [("pictures", ("a.jpg", photo(), "image/jpeg")), ("pictures", ("b.jpg", photo(700, 500), "image/jpeg"))]
    assert client.post(address, files=both).status_code == 303
    assert "A picture is being prepared." in client.get(address).text
    bench = Workbench(application.state.database, storage, settings, clock())
    assert outbox.run_due(bench) == 2
    page = client.get(address).text
    assert page.count("/media/") > 6
    first, second = session.exec(select(Picture).order_by(Picture.position)).all()  # type: ignore[arg-type]
    data = {"alt_en": "A pouch of chips", "alt_ko": "칩 봉지"}
    assert client.post(f"{address}/{first.id}", data={**data, "do": "save"}).status_code == 303
    assert client.post(f"{address}/{first.id}", data={"do": "point:0.5:1"}).status_code == 303
    assert client.post(f"{address}/{first.id}", data={"do": "later"}).status_code == 303
    session.expire_all()
    assert (first.alt, first.focal_y, first.position, second.position) == (
        {"en": "A pouch of chips", "ko": "칩 봉지"},
        1.0,
        1,
        0,
    )
    twice = client.post(address, files={"pictures": ("c.jpg", photo(), "image/jpeg")})
    assert twice.status_code == 409
    assert "This picture is here already." in twice.text
    assert client.post(address).status_code == 422
    assert client.post(f"{address}/{first.id}", data={"do": "point:9:9"}).status_code == 422
    assert client.post(f"{address}/{first.id}", data={"do": "remove"}).status_code == 303
    assert client.post(f"{address}/{first.id}", data={"do": "remove"}).status_code == 404


def test_preview_shows_a_draft_as_buyers_will_see_it(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _draft(session, owner)
    page = client.get(f"{LIST}/{product.slug}/preview").text
    assert "A preview: only you see this page." in page
    assert "Keripik tempe ketumbar" in page
    assert client.get(f"/en/products/{product.slug}").status_code == 404


def _statements(connection: Connection, call: Any) -> int:
    seen: list[str] = []

    def note(*arguments: Any) -> None:
        seen.append(arguments[2])

    event.listen(connection.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(connection.engine, "before_cursor_execute", note)
    return len([each for each in seen if "SAVEPOINT" not in each])


@pytest.mark.parametrize("address", [LIST, "/api/v1/me/products?limit=100", "/en/office/products"])
def test_lists_ask_as_much_for_fifty_as_for_one(
    client: TestClient, connection: Connection, session: Session, owner: tuple[User, Business], address: str
) -> None:
    if "office" in address:
        sign_in(client, session, make_user(session, role=Role.OFFICIAL))

    def more(number: int) -> None:
        for _ in range(number):
            product = _draft(session, owner)
            product.state = ProductState.IN_REVIEW
            product.submitted_at = product.created_at
        session.commit()

    def call() -> None:
        assert client.get(address).status_code == 200

    more(1)
    one = _statements(connection, call)
    more(49)
    assert _statements(connection, call) == one


def test_an_official_decides_in_two_clicks_and_sees_the_next(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    slugs = []
    for name in ("Satu", "Dua", "Tiga"):
        product = _draft(session, owner, ready=True, name=name)
        client.post(f"{LIST}/{product.slug}/state", data={"do": "submit"})
        slugs.append(product.slug)
    sign_in(client, session, make_user(session, role=Role.OFFICIAL))
    office = client.get("/en/office")
    assert office.status_code == 200
    assert "3 products to check" in office.text
    queue = client.get("/en/office/products")
    assert [slug for slug in slugs if slug in queue.text] == slugs
    page = client.get(f"/en/office/products/{slugs[0]}")
    assert page.status_code == 200
    assert "Diiris tipis, digoreng dua kali." in page.text
    response = client.post(f"/en/office/products/{slugs[0]}", data={"do": "publish"})
    assert response.headers["location"] == f"/en/office/products/{slugs[1]}"
    assert client.get(f"/en/products/{slugs[0]}").status_code == 200
    refused = client.post(f"/en/office/products/{slugs[1]}", data={"do": "return"})
    assert refused.status_code == 422
    assert 'href="#f-reason"' in refused.text
    data = {"do": "return", "reason": "picture", "note": "Lebih terang, ya."}
    response = client.post(f"/en/office/products/{slugs[1]}", data=data)
    assert response.headers["location"] == f"/en/office/products/{slugs[2]}"
    again = client.post(f"/en/office/products/{slugs[1]}", data=data)
    assert again.status_code == 409
    last = client.post(f"/en/office/products/{slugs[2]}", data={"do": "publish"})
    assert last.headers["location"] == "/en/office/products"
    sign_in(client, session, owner[0])
    returned = client.get(f"{LIST}/{slugs[1]}").text
    assert "The pictures do not show the product clearly" in returned
    assert "Lebih terang, ya." in returned


def test_a_public_product_is_taken_down(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    product = published(session, subject_of(session, owner[0]), owner[1])
    assert client.get(f"/en/products/{product.slug}").status_code == 200
    assert client.get(f"/en/office/products/{product.slug}").status_code == 403
    sign_in(client, session, make_user(session, role=Role.OFFICIAL))
    data = {"do": "take_down", "reason": "claim"}
    assert client.post(f"/en/office/products/{product.slug}", data=data).status_code == 303
    assert client.get(f"/en/products/{product.slug}").status_code == 404
    assert _found(session, product.slug).state == ProductState.RETURNED


def test_the_cover_from_upload_to_the_makers_page(
    client: TestClient,
    application: FastAPI,
    session: Session,
    storage: Storage,
    settings: Settings,
    clock: Clock,
    owner: tuple[User, Business],
) -> None:
    address, public = "/en/workspace/cover", f"/en/makers/{owner[1].slug}"
    assert 'href="/en/workspace/cover"' in client.get("/en/workspace/profile").text
    refused = client.post(address, files={"pictures": ("a.gif", b"GIF89a....", "image/gif")})
    assert (refused.status_code, "GIF pictures cannot be used" in refused.text) == (422, True)
    assert client.post(address, files={"pictures": ("a.jpg", photo(), "image/jpeg")}).status_code == 303
    assert "A picture is being prepared." in client.get(address).text
    bench = Workbench(application.state.database, storage, settings, clock())
    assert outbox.run_due(bench) == 1
    cover = session.exec(select(Picture)).one()
    words = {"do": "save", "alt_en": "Two people at a bench", "alt_ko": "작업대 앞의 두 사람"}
    assert client.post(f"{address}/{cover.id}", data=words).status_code == 303
    assert client.post(f"{address}/{cover.id}", data={"do": "point:1:0.5"}).status_code == 303
    assert 'alt="Two people at a bench"' in client.get(public).text
    assert 'alt="작업대 앞의 두 사람"' in client.get(public.replace("/en/", "/ko/")).text
    assert 'data-fx="4" data-fy="2"' in client.get(public).text
    assert client.post(f"{address}/{cover.id}", data={"do": "point:9:9"}).status_code == 422
    assert client.post(address, files={"pictures": ("b.jpg", photo(700, 500), "image/jpeg")}).status_code == 303
    second = session.exec(select(Picture).where(Picture.id != cover.id)).one()
    assert client.post(f"{address}/{second.id}", data={"do": "retry"}).status_code == 422
    assert client.post(f"{LIST}/{_draft(session, owner).slug}/pictures/{second.id}").status_code == 404
    assert client.post(f"{address}/{second.id}", data={"do": "remove"}).status_code == 303
    assert session.exec(select(Picture)).all() == []
    assert "Two people at a bench" not in client.get(public).text


@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        ("en", ("1,200 pairs", "1 pair")),
        ("id", ("1.200 pasang", "1 pasang")),
        ("ms", ("1,200 pasang", "1 pasang")),
        ("ko", ("1,200켤레", "1켤레")),
        ("es", ("1.200 pares", "1 par")),
    ],
)
def test_quantities_are_counted_as_the_language_counts(
    client: TestClient, session: Session, owner: tuple[User, Business], language: str, phrases: tuple[str, str]
) -> None:
    product = _draft(session, owner, unit="pair")
    facts = {"category": "food", "unit": "pair", "moq": "1", "order_multiple": "1", "capacity_per_month": "1200"}
    assert client.post(f"{LIST}/{product.slug}", data=facts).status_code == 303
    page = client.get(f"/{language}/workspace/products/{product.slug}/preview").text
    assert [phrase for phrase in phrases if f">{phrase}<" not in page] == []
    assert UNIT_COUNTS.keys() == UNIT_LABELS.keys()


def test_customs_headings_are_offered_in_the_readers_words(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _draft(session, owner)
    product.category.hs_hint = "1905;2106"
    session.commit()
    page = client.get(f"/es/workspace/products/{product.slug}").text
    assert 'list="hs-headings"' in page
    offered = re.search(r'<datalist id="hs-headings">(.*?)</datalist>', page)
    assert offered is not None
    codes = re.findall(r'<option value="(\d+)">', offered[1])
    assert (codes[:2], len(codes)) == (["1905", "2106"], 87)
    assert "<strong>1905</strong> Pan, galletas" in page
