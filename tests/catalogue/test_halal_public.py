"""What buyers see of halal: badges, reasons, public certificates, the check, JSON and JSON-LD."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from app.businesses.models import BusinessState
from app.catalogue import index
from app.catalogue.models import Product, ProductHalal
from app.core.languages import Language
from app.halal import words
from app.halal.models import Certificate, Recognition
from app.halal.rules import Status
from app.halal.vocabulary import CheckResult, Confidence, RecognitionStatus
from tests.catalogue.test_listing import counted
from tests.conftest import Clock
from tests.factories import NOON, make_business, make_category, make_product, save
from tests.halal.duties import make_obligation
from tests.halal.papers import TODAY, link_product, make_certificate, make_check
from tests.support import qr

LABELS = words.STATUS_LABELS
SOON = TODAY + dt.timedelta(days=10)


def recognise(session: Session, destination: str = "MY", **changes: Any) -> None:
    """A destination makes something of BPJPH's certificates."""
    values: dict[str, Any] = {
        "body": "BPJPH",
        "destination": destination,
        "made_in": "ID",
        "status": RecognitionStatus.RECOGNISED,
        "source": "the bulletin of a ministry",
        "confidence": Confidence.PUBLIC,
        "as_of": dt.date(2026, 11, 1),
        "recorded_at": NOON,
    }
    save(session, Recognition(**(values | changes)))


def listed(session: Session, *products: Product) -> None:
    """Put products on the read side."""
    index.reindex_products(session, [each.id for each in products], now=NOON)
    session.commit()


def certified(session: Session, **changes: Any) -> tuple[Product, Certificate]:
    """A listed product with a certificate that names it."""
    certificate = make_certificate(session, **changes)
    product = make_product(session)
    link_product(session, product, certificate)
    listed(session, product)
    return product, certificate


def badges(page: str) -> list[str]:
    """The statuses whose badges a page shows, in their order."""
    return re.findall(r'data-halal="([a-z_]+)"', page)


def ld_of(page: str) -> list[dict[str, Any]]:
    """What a page says to search engines."""
    return [
        json.loads(each) for each in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    ]


def json_of(client: TestClient, product: Product, **query: str) -> Any:
    """The status in JSON with its reasons."""
    answer = client.get(f"/api/v1/products/{product.slug}/halal", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


# --- badges ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "changes", "status"),
    [
        ("verified", {}, "certified"),
        ("verified", {"valid_until": TODAY}, "certified"),
        ("verified", {"valid_until": TODAY - dt.timedelta(days=1)}, "lapsed"),
        ("claimed", {}, "claimed"),
        ("suspended", {}, "suspended"),
        ("revoked", {}, "required_missing"),
        ("rejected", {}, "required_missing"),
    ],
)
def test_badge_follows_the_certificate_on_every_page(
    client: TestClient, session: Session, state: str, changes: dict[str, Any], status: str
) -> None:
    make_obligation(session)
    product, certificate = certified(session, state=state, **changes)
    label = LABELS[Status(status)]
    for path in ("/en/products", "/en/categories/food", "/en/products?q=cassava"):
        page = client.get(path).text
        assert badges(page) == [status], path
        assert label in page
    page = client.get(f"/en/products/{product.slug}").text
    assert badges(page)[0] == status
    assert label in page
    item = client.get("/api/v1/products").json()["items"][0]["halal"]
    assert (item["status"], item["label"], item["destination"]) == (status, label, "ID")
    assert (item["certificate_number"] == certificate.number) == (status == "certified")
    assert client.get(f"/api/v1/products/{product.slug}").json()["halal"] == item
    assert json_of(client, product)["status"] == status


def test_badge_stands_beside_words_and_a_sign_in_every_language(client: TestClient, session: Session) -> None:
    certified(session)
    for language in Language:
        page = client.get(f"/{language.value}/products").text
        badge = re.search(r'<span class="pill halal"[^>]*data-halal="certified">(.*?)</span></span>', page)
        assert badge
        assert "icons.svg" in badge[1]
        assert re.sub(r"<[^>]*>", "", badge[1]).strip()


def test_cards_keep_quiet_about_goods_nobody_eats(client: TestClient, session: Session) -> None:
    worn = make_category(session, slug="shirts", family="apparel", goods_class="worn_goods")
    shirt = make_product(session, category_id=worn.id)
    wallet = make_product(session, category_id=worn.id)
    meal = make_product(session)
    save(session, ProductHalal(product_id=wallet.id, declared_not_halal=True, answered_at=NOON))
    listed(session, shirt, wallet, meal)
    page = client.get("/en/products").text
    assert badges(page) == ["not_required", "not_halal"]  # the meal and the wallet; newest first
    assert badges(client.get(f"/en/products/{shirt.slug}").text)[0] == "not_required"


def test_badge_is_gone_at_midnight_in_bandung(client: TestClient, session: Session, clock: Clock) -> None:
    make_obligation(session)
    product, _ = certified(session, valid_until=TODAY)
    clock.now = dt.datetime(2026, 11, 20, 16, 59, 59, tzinfo=dt.UTC)
    tag = client.get(f"/api/v1/products/{product.slug}").headers["etag"]
    assert badges(client.get("/en/products").text) == ["certified"]
    clock.forward(seconds=1)
    assert badges(client.get("/en/products").text) == ["unknown"]  # nothing is promised until the sweep has looked
    assert badges(client.get(f"/en/products/{product.slug}").text)[0] == "lapsed"
    again = client.get(f"/api/v1/products/{product.slug}", headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert again.json()["halal"]["status"] == "lapsed"
    assert json_of(client, product)["status"] == "lapsed"
    assert json_of(client, product, on=TODAY.isoformat())["status"] == "certified"


# --- why ------------------------------------------------------------------------------------------------------------


def test_panel_says_by_whom_until_when_and_who_looked(client: TestClient, session: Session) -> None:
    product, certificate = certified(session, valid_until=SOON)
    make_check(session, certificate, looked_at="https://register.example/search", checked_at=NOON)
    page = client.get(f"/en/products/{product.slug}").text
    for part in (
        certificate.number,
        "Body BPJPH (BPJPH)",
        certificate.holder,
        "1 March 2024",
        "30 November 2026",
        "An official of the city looked on 20 Nov 2026",
        words.CHECK_RESULTS[CheckResult.CONFIRMED],
        "https://register.example/search",
        f"/en/halal/certificates/{certificate.public_id}",
        "not legal advice",
    ):
        assert part in page, part
    assert len(page.encode()) <= 60_000


def test_panel_tells_of_each_destination_with_its_source(client: TestClient, session: Session) -> None:
    recognise(session)
    recognise(session, "KR", confidence=Confidence.UNVERIFIED, source="memory")
    product, _ = certified(session)
    page = client.get(f"/en/products/{product.slug}").text
    places = [page.index(f">{name}<") for name in ("Malaysia", "South Korea", "Ecuador", "Indonesia")]
    assert places == sorted(places)
    assert "the bulletin of a ministry, read on 1 November 2026" in page
    assert page.count("unconfirmed</strong>") == 1
    there = page[places[1] : places[2]]
    assert 'data-halal="certified_recognition_unknown"' in there
    assert "unconfirmed</strong>" in there
    assert 'data-halal="certified"' in page[places[0] : places[1]]


def test_panel_puts_the_destination_asked_for_first(client: TestClient, session: Session) -> None:
    product, _ = certified(session)
    page = client.get(f"/en/products/{product.slug}", params={"destination": "EC"}).text
    assert page.index(">Ecuador<") < page.index(">Malaysia<")
    assert '<section class="why"' in page
    assert "<details open>" in page
    for nonsense in ("ZZ", "ecuador", "'--", "M"):
        answer = client.get(f"/en/products/{product.slug}", params={"destination": nonsense})
        assert answer.status_code == 200
        assert answer.text.index(">Malaysia<") < answer.text.index(">Ecuador<")


def test_panel_does_not_show_the_number_of_an_unchecked_certificate(client: TestClient, session: Session) -> None:
    product, certificate = certified(session, state="claimed")
    page = client.get(f"/en/products/{product.slug}").text
    assert LABELS[Status.CLAIMED] in page
    assert certificate.number not in page
    assert certificate.public_id not in page


# --- JSON -----------------------------------------------------------------------------------------------------------


def test_json_of_a_product_gives_reasons_for_the_destination_and_the_day(client: TestClient, session: Session) -> None:
    recognise(session)
    product, certificate = certified(session)
    there = json_of(client, product, destination="MY")
    assert (there["status"], there["destination"], there["on"]) == ("certified", "MY", TODAY.isoformat())
    assert [reason["code"] for reason in there["reasons"]] == ["certificate_live", "recognised", "rule_unknown"]
    reason = there["reasons"][1]
    assert (reason["source"], reason["as_of"], reason["confirmed"]) == (
        "the bulletin of a ministry",
        "2026-11-01",
        True,
    )
    assert there["certificate"]["number"] == certificate.number
    assert there["certificate"]["last_check"]["result"] == "confirmed"
    assert there["certificate"]["url"].endswith(f"/en/halal/certificates/{certificate.public_id}")
    before = json_of(client, product, destination="MY", on="2026-11-19")
    assert (before["status"], before["certificate"]) == ("unknown", None)
    korean = json_of(client, product, destination="KR", locale="ko")
    assert korean["status"] == "certified_recognition_unknown"
    detail = client.get(f"/api/v1/products/{product.slug}", params={"destination": "KR"}).json()["halal"]
    assert (detail["status"], detail["destination"]) == ("certified_recognition_unknown", "KR")


@pytest.mark.parametrize("query", [{"destination": "my"}, {"destination": "MYS"}, {"on": "soon"}, {"on": "1999-01-01"}])
def test_json_refuses_what_it_does_not_understand(client: TestClient, session: Session, query: dict[str, str]) -> None:
    product, _ = certified(session)
    answer = client.get(f"/api/v1/products/{product.slug}/halal", params=query)
    assert answer.status_code == 422


def test_json_names_the_certificate_that_holds_longest(client: TestClient, session: Session) -> None:
    product, short = certified(session, valid_until=SOON)
    long = make_certificate(session, items=("Keripik",), valid_until=SOON + dt.timedelta(days=5))
    link_product(session, product, long)
    listed(session, product)
    for item in (
        client.get("/api/v1/products").json()["items"][0]["halal"],
        client.get(f"/api/v1/products/{product.slug}").json()["halal"],
    ):
        assert item["certificate_number"] == long.number != short.number


def test_json_lists_the_goods_of_a_certificate(client: TestClient, session: Session) -> None:
    certificate = make_certificate(session, items=("Keripik",))
    goods = [make_product(session) for _ in range(5)]
    hidden = make_product(session)
    for each in (*goods, hidden):
        link_product(session, each, certificate)
    listed(session, *goods)
    path = f"/api/v1/halal/certificates/{certificate.public_id}/products"
    seen: list[str] = []
    cursor = None
    while True:
        answer = client.get(path, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        assert answer["total"] == 5
        assert all(each["halal"]["certificate_number"] == certificate.number for each in answer["items"])
        assert all(each["item"] == "Keripik" for each in answer["items"])
        seen += [each["slug"] for each in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert seen == [each.slug for each in goods]
    assert client.get(path, params={"cursor": "x"}).status_code == 422


# --- public certificates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["claimed", "rejected", "withdrawn"])
def test_unconfirmed_certificates_have_no_public_page(client: TestClient, session: Session, state: str) -> None:
    certificate = make_certificate(session, state=state)
    for path in (
        f"/en/halal/certificates/{certificate.public_id}",
        f"/en/halal/certificates/{certificate.public_id}/qr.svg",
        f"/api/v1/halal/certificates/{certificate.public_id}/products",
    ):
        assert client.get(path).status_code == 404, path
    assert certificate.holder not in client.get("/en/halal", params={"number": certificate.number}).text
    assert certificate.holder not in client.get("/en/halal", params={"q": certificate.holder}).text.replace(
        f'value="{certificate.holder}"', ""
    )


@pytest.mark.parametrize(
    ("state", "shown"),
    [("verified", "Valid today"), ("suspended", "Suspended"), ("revoked", "Revoked"), ("superseded", "Replaced")],
)
def test_page_of_a_certificate_says_what_it_is_worth(
    client: TestClient, session: Session, state: str, shown: str
) -> None:
    recognise(session)
    certificate = make_certificate(session, items=("Keripik", "Sambal"), state=state, decree_number="KH-77-88")
    product = make_product(session, names={"en": "Crisp cassava"})
    link_product(session, product, certificate)
    listed(session, product)
    page = client.get(f"/en/halal/certificates/{certificate.public_id}")
    assert page.status_code == 200
    for part in (
        shown,
        certificate.number,
        certificate.holder,
        "Entered by the maker",
        "Confirmed by an official of the city",
        "An official of the city looked on",
        "Keripik",
        "Sambal",
        "Crisp cassava",
        "Malaysia",
        "the bulletin of a ministry, read on 1 November 2026",
        "not legal advice",
    ):
        assert part in page.text, part
    assert ("so it counts nowhere" in page.text) == (state != "verified")
    assert "KH-77-88" not in page.text


def test_no_edge_knows_a_certificate_of_a_maker_who_is_not_verified(client: TestClient, session: Session) -> None:
    certificate = make_certificate(session, business=make_business(session, state=BusinessState.SUSPENDED))
    for path in (
        f"/en/halal/certificates/{certificate.public_id}",
        f"/en/halal/certificates/{certificate.public_id}/qr.svg",
        f"/api/v1/halal/certificates/{certificate.public_id}",
        f"/api/v1/halal/certificates/{certificate.public_id}/products",
    ):
        assert client.get(path).status_code == 404, path
    page = client.get("/en/halal", params={"number": certificate.number})
    assert page.status_code == 200
    assert certificate.public_id not in page.text


def test_page_of_a_replaced_certificate_leads_to_the_next(client: TestClient, session: Session) -> None:
    old = make_certificate(session, state="superseded")
    new = make_certificate(session, supersedes_id=old.id)
    assert f"/en/halal/certificates/{new.public_id}" in client.get(f"/en/halal/certificates/{old.public_id}").text


def test_page_of_a_maker_shows_her_certificates(client: TestClient, session: Session) -> None:
    business = make_business(session)
    good = make_certificate(session, business=business)
    claimed = make_certificate(session, business=business, state="claimed")
    page = client.get(f"/en/makers/{business.slug}").text
    assert good.number in page
    assert f"/en/halal/certificates/{good.public_id}" in page
    assert claimed.number not in page


def test_qr_code_holds_the_address_of_the_page(client: TestClient, session: Session) -> None:
    certificate = make_certificate(session)
    answer = client.get(f"/ko/halal/certificates/{certificate.public_id}/qr.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    grid = qr.modules_of(answer.text)
    assert qr.read_text(grid) == f"http://testserver/ko/halal/certificates/{certificate.public_id}"
    width = re.search(r'width="([\d.]+)mm"', answer.text)
    assert width
    assert float(width[1]) * len(grid) / (len(grid) + 8) == pytest.approx(20)


# --- the check ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["ID32110000123450824", " id3211-0000 1234 50824 ", "ＩＤ３２１１００００１２３４５０８２４"]
)
def test_check_finds_a_number_however_it_is_written(client: TestClient, session: Session, typed: str) -> None:
    certificate = make_certificate(session, number="ID32110000123450824")
    page = client.get("/en/halal", params={"number": typed}).text
    assert "1 confirmed certificate" in page
    assert certificate.holder in page
    assert "Valid today" in page


def test_check_does_not_guess(client: TestClient, session: Session) -> None:
    make_certificate(session, number="ID32110000123450824")
    for number in ("ID3211000012345082", "ID321100001234508245", "D32110000123450824", "9", "%", "🙈"):
        page = client.get("/en/halal", params={"number": number})
        assert page.status_code == 200
        assert "No certificate with this number is confirmed here." in page.text
        assert badges(page.text) == []
    assert "No certificate" not in client.get("/en/halal").text


def test_check_finds_certificates_and_goods_by_words(client: TestClient, session: Session) -> None:
    product, certificate = certified(session, items=("Keripik Tempe 100%",))
    for words_typed in ("keripik tempe", certificate.holder, "100%"):
        assert certificate.number in client.get("/en/halal", params={"q": words_typed}).text, words_typed
    page = client.get("/en/halal", params={"q": "Cassava Chips"}).text
    assert f"/en/products/{product.slug}" in page
    assert certificate.number not in client.get("/en/halal", params={"q": "100_"}).text


# --- for search engines ---------------------------------------------------------------------------------------------


def test_json_ld_names_the_certificate_of_certified_goods_only(client: TestClient, session: Session) -> None:
    product, certificate = certified(session, valid_until=SOON)
    (certification,) = [
        each["hasCertification"]
        for each in ld_of(client.get(f"/en/products/{product.slug}").text)
        if "hasCertification" in each
    ]
    assert certification == {
        "@type": "Certification",
        "name": "Halal",
        "certificationStatus": "https://schema.org/CertificationActive",
        "certificationIdentification": certificate.number,
        "issuedBy": {"@type": "Organization", "name": "Body BPJPH"},
        "validFrom": "2024-03-01",
        "expires": SOON.isoformat(),
        "url": f"http://testserver/en/halal/certificates/{certificate.public_id}",
    }
    for state in ("claimed", "suspended", "revoked"):
        other, _ = certified(session, state=state)
        assert "hasCertification" not in client.get(f"/en/products/{other.slug}").text


# --- statements -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/products?limit=100",
        "/en/products",
        "/api/v1/halal/certificates/{}/products?limit=100",
        "/en/halal?q=maker",
    ],
)
def test_certified_goods_cost_as_many_statements_for_fifty_rows_as_for_one(
    client: TestClient, session: Session, engine: Engine, path: str
) -> None:
    _, certificate = certified(session)
    path = path.format(certificate.public_id)
    client.get(path)
    with counted(engine) as few:
        assert client.get(path).status_code == 200
    others = [make_product(session) for _ in range(49)]
    for each in others:
        link_product(session, each, certificate)
    listed(session, *others)
    with counted(engine) as many:
        assert client.get(path).status_code == 200
    assert few
    assert len(many) == len(few)
