"""A maker's road to a certificate, walked through page by page, without a script."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.businesses.models import Business
from app.catalogue import index
from app.catalogue.models import Product, ProductApplication, ProductCertificateItem, ProductHalal, ProductState
from app.catalogue.queries import halal as queries
from app.core.languages import Language
from app.halal.models import Application
from app.halal.rules import day_of
from app.halal.service.reference import load_reference
from app.halal.vocabulary import GoodsClass, Said, Stage
from tests.catalogue.goods import category
from tests.factories import NOON, make_maker, make_product, sign_in
from tests.halal.papers import items_of, link_product, make_certificate, place

ROAD = "/en/workspace/halal"


@pytest.fixture
def owner(session: Session, client: TestClient) -> tuple[User, Business]:
    """A maker's person, signed in at ``client``, where the law is known."""
    load_reference(session, NOON)
    user, business = make_maker(session)
    sign_in(client, session, user)
    return user, business


def _public(session: Session, business: Business, name: str = "Keripik Tempe", **changes: Any) -> Product:
    product = make_product(session, business=business, names={"id": name}, **changes)
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()
    return product


def _page(product: Product) -> str:
    return f"/en/workspace/products/{product.slug}/halal"


def _answers(session: Session, product: Product) -> ProductHalal | None:
    session.expire_all()
    return queries.find_answers(session, product.id)


# --- all goods ------------------------------------------------------------------------------------------------------


def test_an_empty_road_says_what_to_do_first(client: TestClient, owner: tuple[User, Business]) -> None:
    answer = client.get(ROAD)
    assert answer.status_code == 200
    assert "First add a product" in answer.text
    assert 'href="/en/workspace/products/new"' in answer.text


def test_the_most_urgent_comes_first_with_its_next_step(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    business = owner[1]
    certified = _public(session, business, "Aneka Madu")
    certificate = make_certificate(session, business=business, items=("MADU",))
    link_product(session, certified, certificate)
    place(session, certificate)
    missing = _public(session, business, "Zuppa Keripik")
    craft = category(session, "crafts", "craft")
    craft.goods_class = GoodsClass.OTHER
    session.commit()
    _public(session, business, "Wayang Golek", category_id=craft.id)
    _public(session, business, "Arsip", state=ProductState.ARCHIVED)

    text = client.get(ROAD).text

    assert text.index("Zuppa Keripik") < text.index("Aneka Madu") < text.index("Wayang Golek")
    assert "Arsip" not in text
    assert "Required halal certificate missing" in text
    assert "33 days ago" in text
    assert f'href="{_page(missing)}#questions"' in text
    assert "1 of them needs something of you" in text


@pytest.mark.parametrize("locale", list(Language))
def test_the_road_opens_in_every_language(
    client: TestClient, session: Session, owner: tuple[User, Business], locale: Language
) -> None:
    product = _public(session, owner[1])
    certificate = make_certificate(session, business=owner[1])
    for path in (
        "halal",
        f"products/{product.slug}/halal",
        f"certificates/{certificate.public_id}/products",
        "applications",
    ):
        answer = client.get(f"/{locale.value}/workspace/{path}")
        assert answer.status_code == 200, path
        assert "<h1" in answer.text


def test_many_goods_come_page_by_page(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    for number in range(31):
        make_product(session, business=owner[1], names={"id": f"Keripik {number:02}"})
    first, second = client.get(ROAD).text, client.get(f"{ROAD}?page=2").text
    assert first.count('class="queue__name"') == 30
    assert second.count('class="queue__name"') == 1
    assert f'href="{ROAD}?page=2"' in first
    assert client.get(f"{ROAD}?page=99").status_code == 200


def test_the_road_sends_as_many_statements_for_three_goods_as_for_one(
    client: TestClient, session: Session, connection: Connection, owner: tuple[User, Business]
) -> None:
    def furnish(name: str) -> None:
        product = _public(session, owner[1], name)
        certificate = make_certificate(session, business=owner[1], items=(name,))
        link_product(session, product, certificate)
        place(session, certificate)
        _begin(client, product)
        session.commit()

    def count() -> int:
        sent: list[str] = []

        def note(*arguments: Any) -> None:
            sent.append(arguments[2])

        event.listen(connection, "before_cursor_execute", note)
        try:
            assert client.get(ROAD).status_code == 200
        finally:
            event.remove(connection, "before_cursor_execute", note)
        return len([each for each in sent if each.lstrip().startswith(("SELECT", "WITH"))])

    furnish("Keripik Tempe")
    client.get(ROAD)
    one = count()
    furnish("Madu Hutan")
    furnish("Dodol Garut")
    client.get(ROAD)
    assert count() == one


def test_the_workspace_counts_public_goods_that_need_something(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    business = owner[1]
    assert queries.count_waiting(session, business.id, today=day_of(NOON)) == 0
    missing = _public(session, business)
    _public(session, business, state=ProductState.DRAFT)
    assert queries.count_waiting(session, business.id, today=day_of(NOON)) == 1
    assert "1 product needs something for its halal status" in client.get("/en/workspace").text
    client.post(_page(missing), data={"do": "answers", "use_as": "food", "pork": "yes"})
    session.expire_all()
    assert queries.count_waiting(session, business.id, today=day_of(NOON)) == 1  # not marked yet
    client.post(_page(missing), data={"do": "answers", "use_as": "food", "pork": "yes", "marked": "true"})
    session.expire_all()
    assert queries.count_waiting(session, business.id, today=day_of(NOON)) == 0


# --- questions and routes -------------------------------------------------------------------------------------------


def test_answers_are_saved_and_shown(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    product = _public(session, owner[1])
    form = {"do": "answers", "version": "0", "use_as": "food", "pork": "no", "alcohol": "unsure"}
    answer = client.post(_page(product), data=form)
    assert answer.status_code == 303
    kept = _answers(session, product)
    assert kept is not None
    assert (kept.use_as, kept.pork, kept.alcohol, kept.animal) == (None, Said.NO, Said.UNSURE, None)
    text = client.get(_page(product)).text
    assert '<option value="unsure" selected>' in text


def test_each_form_leaves_the_answers_of_the_other(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _public(session, owner[1])
    client.post(_page(product), data={"do": "answers", "use_as": "drink", "pork": "no", "animal": "no"})
    client.post(_page(product), data={"do": "route", "route.sales": "yes", "route.meat": "no"})
    kept = _answers(session, product)
    assert kept is not None
    assert (kept.use_as, kept.pork, kept.animal, kept.route) == (
        GoodsClass.DRINK,
        Said.NO,
        Said.NO,
        {"sales": "yes", "meat": "no"},
    )
    client.post(_page(product), data={"do": "route", "route.sales": "yes", "route.meat": ""})
    client.post(_page(product), data={"do": "answers", "use_as": "food", "pork": ""})
    kept = _answers(session, product)
    assert kept is not None
    assert (kept.use_as, kept.pork, kept.animal, kept.route) == (None, None, Said.NO, {"sales": "yes"})


def test_a_refused_answer_says_why_at_the_field_and_keeps_the_rest(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _public(session, owner[1])
    form = {"do": "answers", "use_as": "drink", "pork": "no", "marked": "true"}
    answer = client.post(_page(product), data=form)
    assert answer.status_code == 422
    assert 'href="#f-marked"' in answer.text
    assert '<option value="drink" selected>' in answer.text
    assert _answers(session, product) is None
    assert client.post(_page(product), data={"do": "answers", "use_as": "sky"}).status_code == 422


def test_answers_on_an_older_page_are_refused(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _public(session, owner[1])
    form = {"do": "answers", "version": "0", "use_as": "food", "pork": "no"}
    assert client.post(_page(product), data=form).status_code == 303
    assert client.post(_page(product), data={**form, "pork": "yes"}).status_code == 412


def test_a_worn_good_is_asked_for_animal_matter_and_sent_the_regular_way(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _public(session, owner[1], "Dompet kulit")
    client.post(_page(product), data={"do": "answers", "use_as": "worn_goods"})
    text = client.get(_page(product)).text
    assert 'id="f-animal"' in text
    assert 'id="f-alcohol"' not in text
    assert "Self-declaration is for food and drink only." in text
    assert 'id="f-route.sales"' not in text
    assert "if there is anything of an animal in it" in text


def test_the_page_says_why_a_route_is_closed_with_its_source(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _public(session, owner[1])
    client.post(_page(product), data={"do": "route", "route.one_site": "no"})
    text = client.get(_page(product)).text
    assert "Self-declaration is for one place of production and one outlet at most." in text
    assert "Kepkaban BPJPH 146/2025, ch. II–III" in text
    assert "press of 2023, unconfirmed" in text
    assert "not legal advice" in text


def test_an_archived_product_leads_to_where_it_is_taken_back(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _public(session, owner[1], state=ProductState.ARCHIVED)
    answer = client.get(_page(product))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/en/workspace/products/{product.slug}")
    assert client.post(_page(product), data={"do": "answers", "use_as": "food"}).status_code == 409


def test_other_peoples_goods_and_certificates_are_not_found(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    _, other = make_maker(session)
    product = _public(session, other)
    certificate = make_certificate(session, business=other)
    item = items_of(session, certificate)[0]
    assert client.get(_page(product)).status_code == 404
    for path in ("", "/links", "/application"):
        form = {"do": "link", "item": str(item.id), "route": "regular"}
        assert client.post(_page(product) + path, data=form).status_code == 404
    match = f"/en/workspace/certificates/{certificate.public_id}/products"
    assert client.get(match).status_code == 404
    assert client.post(match, data={}).status_code == 404
    own = _public(session, owner[1])
    assert client.post(f"{_page(own)}/links", data={"do": "link", "item": str(item.id)}).status_code == 404
    assert client.post(f"{_page(own)}/links", data={"do": "link", "item": "x"}).status_code == 404
    assert session.exec(select(ProductCertificateItem)).all() == []


def test_the_editor_warns_of_words_that_earn_nothing_or_stand_in_the_way(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _public(session, owner[1], "Rawon Setan Halal")
    text = client.get(f"/en/workspace/products/{product.slug}").text
    assert f'href="{_page(product)}"' in text
    assert "Words in a text earn no halal badge." in text
    assert "Is “setan” needed in the name?" in text
    shirt = category(session, "t-shirts", "apparel")
    shirt.goods_class = GoodsClass.WORN_GOODS
    session.commit()
    worn = _public(session, owner[1], "Kaos Setan", category_id=shirt.id)
    assert "Is “setan” needed" not in client.get(f"/en/workspace/products/{worn.slug}").text


# --- matching -------------------------------------------------------------------------------------------------------


def _ticked(text: str) -> set[tuple[str, str]]:
    inputs = re.findall(r"<input type=\"checkbox\"[^>]*>", text)
    found = [re.search(r'name="(item-\d+)" value="([^"]+)"( checked)?', each) for each in inputs]
    return {(each[1], each[2]) for each in found if each and each[3]}


def test_a_proposal_is_ticked_and_links_nothing_until_a_person_saves(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    business = owner[1]
    tempe = _public(session, business, "Keripik Tempe Ketumbar")
    plain = _public(session, business, "Keripik Tempe")
    other = _public(session, business, "Madu Hutan")
    certificate = make_certificate(session, business=business, items=("KRIPIK TEMPE KETUMBAR 150 GR", "SAMBAL BAWANG"))
    first, second = items_of(session, certificate)
    address = f"/en/workspace/certificates/{certificate.public_id}/products"

    text = client.get(address).text
    assert _ticked(text) == {(f"item-{first.id}", tempe.slug)}
    assert f'value="{plain.slug}"' in text
    assert session.exec(select(ProductCertificateItem)).all() == []

    form = {f"item-{first.id}": [tempe.slug, plain.slug], f"other-{second.id}": other.slug}
    assert client.post(address, data=form).status_code == 303
    links = session.exec(select(ProductCertificateItem)).all()
    assert {(row.item_id, row.product_id) for row in links} == {
        (first.id, tempe.id),
        (first.id, plain.id),
        (second.id, other.id),
    }
    text = client.get(address).text
    assert _ticked(text) == {
        (f"item-{first.id}", tempe.slug),
        (f"item-{first.id}", plain.slug),
        (f"item-{second.id}", other.slug),
    }
    shown = {f"was-{first.id}": [tempe.slug, plain.slug], f"was-{second.id}": other.slug}
    client.post(address, data={**shown, f"item-{first.id}": tempe.slug})
    session.expire_all()
    open_links = [row for row in session.exec(select(ProductCertificateItem)) if row.until is None]
    assert [(row.item_id, row.product_id) for row in open_links] == [(first.id, tempe.id)]


def test_a_product_of_another_maker_cannot_be_ticked(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    theirs = make_product(session)
    _public(session, owner[1])
    certificate = make_certificate(session, business=owner[1])
    item = items_of(session, certificate)[0]
    address = f"/en/workspace/certificates/{certificate.public_id}/products"
    assert client.post(address, data={f"item-{item.id}": theirs.slug}).status_code == 404
    assert session.exec(select(ProductCertificateItem)).all() == []


def test_from_the_product_a_likely_certificate_is_one_click_away(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _public(session, owner[1], "Keripik Tempe")
    certificate = make_certificate(session, business=owner[1], items=("KRIPIK TEMPE", "SAMBAL"))
    item = items_of(session, certificate)[0]
    text = client.get(_page(product)).text
    assert "KRIPIK TEMPE" in text
    assert "SAMBAL" not in text
    assert "Match it with a certificate of yours" in text
    form = {"do": "link", "item": str(item.id)}
    assert client.post(f"{_page(product)}/links", data=form).status_code == 303
    text = client.get(_page(product)).text
    assert "Halal certificate unchecked, as the maker says" in text
    assert "not confirmed yet" in text
    assert "Nothing now: the city checks your certificate" in text
    assert client.post(f"{_page(product)}/links", data={**form, "do": "unlink"}).status_code == 303
    assert client.post(f"{_page(product)}/links", data={**form, "do": "unlink"}).status_code == 404
    assert "Certified halal" not in client.get(_page(product)).text


# --- applications ---------------------------------------------------------------------------------------------------


def _begin(client: TestClient, product: Product, route: str = "regular") -> str:
    answer = client.post(f"{_page(product)}/application", data={"route": route})
    assert answer.status_code == 303
    return answer.headers["location"].split("?")[0]


def test_an_application_is_begun_from_the_product_and_followed(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    product = _public(session, owner[1])
    address = _begin(client, product)
    text = client.get(address).text
    assert "Apply in SIHALAL" in text
    version = re.search(r'name="version" value="(\d+)"', text)
    assert version is not None
    step = {"stage": "submitted", "reached_on": "2026-11-19", "version": version[1]}
    assert client.post(f"{address}/steps", data=step).status_code == 303
    assert "as the maker says" in client.get(_page(product)).text
    assert client.post(f"{address}/steps", data={**step, "stage": "paid"}).status_code == 412
    text = client.get(address).text
    assert "usually 10 working days" in text
    bad = {"stage": "documents_verified", "reached_on": "2027-01-01"}
    answer = client.post(f"{address}/steps", data=bad)
    assert answer.status_code == 422
    assert 'href="#f-reached_on"' in answer.text
    assert 'value="2027-01-01"' in answer.text
    issued = {"stage": "certificate_issued", "reached_on": "2026-11-20"}
    assert client.post(f"{address}/steps", data=issued).status_code == 303
    text = client.get(address).text
    assert "Enter the certificate" in text
    assert "Enter the certificate that was issued" in client.get(_page(product)).text
    wrong = {"stage": "fatwa_halal", "reached_on": "2026-11-20", "correction": "true"}
    assert client.post(f"{address}/steps", data=wrong).status_code == 303
    assert "A decree is not the certificate." in client.get(address).text
    session.expire_all()
    assert session.exec(select(Application)).one().stage == Stage.FATWA_HALAL


def test_an_application_takes_goods_its_number_and_its_certificate(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    one, two = _public(session, owner[1]), _public(session, owner[1])
    certificate = make_certificate(session, business=owner[1])
    start = client.post("/en/workspace/applications", data={"route": "self_declare", "products": [one.slug, two.slug]})
    address = start.headers["location"].split("?")[0]
    assert len(session.exec(select(ProductApplication)).all()) == 2
    assert client.post(f"{address}/products", data={"products": [two.slug]}).status_code == 303
    saved = {"registration_number": "SH2026-1", "external_status": "Proses", "certificate": certificate.public_id}
    assert client.post(address, data=saved).status_code == 303
    session.expire_all()
    row = session.exec(select(Application)).one()
    assert (row.registration_number, row.external_status, row.certificate_id) == ("SH2026-1", "Proses", certificate.id)
    emptied = {"registration_number": "", "external_status": "Proses", "certificate": ""}
    assert client.post(address, data=emptied).status_code == 303
    session.expire_all()
    row = session.exec(select(Application)).one()
    assert (row.registration_number, row.external_status, row.certificate_id) == ("", "Proses", None)
    assert client.post(address, data={"certificate": "nobody"}).status_code == 422
    standing = select(ProductApplication).where(col(ProductApplication.until).is_(None))
    assert [each.product_id for each in session.exec(standing)] == [two.id]


def test_an_application_form_that_is_refused_keeps_what_was_chosen(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    one = _public(session, owner[1])
    theirs = make_product(session)
    form = {"route": "regular", "products": [one.slug, theirs.slug], "registration_number": "SH-77"}
    answer = client.post("/en/workspace/applications", data=form)
    assert answer.status_code == 422
    assert "SH-77" in answer.text
    assert re.search(rf'value="{one.slug}" checked', answer.text)
    assert session.exec(select(Application)).all() == []
    assert client.post("/en/workspace/applications", data={}).status_code == 422


def test_other_peoples_applications_are_not_found(
    client: TestClient, session: Session, owner: tuple[User, Business]
) -> None:
    address = _begin(client, _public(session, owner[1]))
    stranger, _ = make_maker(session)
    sign_in(client, session, stranger)
    step = {"stage": "submitted", "reached_on": "2026-11-19"}
    assert client.get(address).status_code == 404
    for path, form in (("/steps", step), ("", {}), ("/products", {})):
        assert client.post(address + path, data=form).status_code == 404
