"""Halal where no area is at home: the market's front and the sitemap."""

from xml.etree import ElementTree as ET

from fastapi.testclient import TestClient
from sqlmodel import Session

from app.accounts.subjects import Command
from app.businesses.models import Business
from app.catalogue import index
from app.core.config import Settings
from app.halal.schemas.certificates import CertificateDecision
from app.halal.service import certificates
from tests.catalogue.test_halal_public import badges, recognise
from tests.factories import NOON, make_product
from tests.halal.papers import link_product, make_certificate


def shelve(session: Session, number: int) -> None:
    """So many goods with a certificate, and as many without."""
    certificate = make_certificate(session)
    goods = [make_product(session) for _ in range(number * 2)]
    for product in goods[:number]:
        link_product(session, product, certificate)
    index.reindex_products(session, [each.id for each in goods], now=NOON)
    session.commit()


def test_home_offers_what_is_certified_where_the_reader_lives(client: TestClient, session: Session) -> None:
    recognise(session)
    shelve(session, 5)
    malay = client.get("/ms/").text
    assert "/ms/products?recognised_in=MY" in malay
    korean = client.get("/ko/").text
    assert "/ko/products?recognised_in=ID" in korean
    assert "recognised_in=KR" not in korean
    assert "certified" in badges(korean)


def test_home_has_no_rail_of_too_few(client: TestClient, session: Session) -> None:
    shelve(session, 3)
    assert "recognised_in=" not in client.get("/id/").text


def test_sitemap_names_confirmed_certificates(client: TestClient, session: Session) -> None:
    shown = make_certificate(session)
    hidden = [make_certificate(session, state=state) for state in ("claimed", "revoked", "rejected")]
    sitemap = client.get("/sitemap-1.xml").text
    assert f"http://testserver/ko/halal/certificates/{shown.public_id}<" in sitemap
    assert not any(each.public_id in sitemap for each in hidden)


ATOM = "{http://www.w3.org/2005/Atom}"


def read_feed(client: TestClient, address: str) -> dict[str, tuple[str, str]]:
    """(halal status, its words) of each entry by the address of its product."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)  # noqa: S314 - our own feed
    found = {}
    for entry in feed.iter(f"{ATOM}entry"):
        assert {each.tag.removeprefix(ATOM) for each in entry} >= {
            "id",
            "title",
            "updated",
            "author",
            "category",
            "link",
        }
        status = next(each for each in entry.iter(f"{ATOM}category") if each.get("scheme") == "http://testserver/halal")
        found[entry.findtext(f"{ATOM}id", "")] = (status.get("term", ""), status.get("label", ""))
    return found


def test_the_feed_carries_the_status_of_each_product(client: TestClient, session: Session) -> None:
    recognise(session)
    certificate = make_certificate(session)
    certified, plain = make_product(session, names={"id": "Dodol <& \x0b garut", "en": "Dodol"}), make_product(session)
    link_product(session, certified, certificate)
    index.reindex_products(session, [certified.id, plain.id], now=NOON)
    session.commit()
    everything = read_feed(client, "/ko/feed.atom")
    assert everything[f"http://testserver/ko/products/{certified.slug}"][0] == "certified"
    assert everything[f"http://testserver/ko/products/{plain.slug}"][0] != "certified"
    chosen = read_feed(client, "/en/feed.atom?halal=certified&recognised_in=MY&category=food")
    assert chosen == {f"http://testserver/en/products/{certified.slug}": ("certified", "Certified halal")}
    assert "feed.atom" in client.get("/en/").text
    for wrong in ("halal=perhaps", "recognised_in=M", "category=nothing"):
        assert client.get(f"/en/feed.atom?{wrong}").status_code in {404, 422}


def test_a_revoked_certificate_is_gone_from_everything_at_the_next_request(
    client: TestClient, session: Session, settings: Settings
) -> None:
    recognise(session)
    certificate = make_certificate(session)
    product = make_product(session)
    link_product(session, product, certificate)
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()

    def seen() -> tuple[bool, ...]:
        address = f"/en/products/{product.slug}"
        page = client.get(address).text
        return (
            "certified" in badges(page),
            '"Certification"' in page,
            f'"{address}' in client.get("/en/products?halal=certified&recognised_in=MY").text,
            bool(read_feed(client, "/en/feed.atom?halal=certified")),
            client.get("/api/v1/products?halal=certified").json()["total"] == 1,
            client.get(f"/api/v1/products/{product.slug}/halal").json()["status"] == "certified",
            client.get(f"/api/v1/products/{product.slug}").json()["halal"]["status"] == "certified",
        )

    assert seen() == (True,) * 7
    assert seen() == (True,) * 7  # now from memory
    certificates.revoke_certificate(
        session,
        actor=Command(label="office"),
        certificate=certificate,
        business=session.get_one(Business, certificate.business_id),
        data=CertificateDecision(text="Revoked by the body.", seen_version=certificate.version),
        now=NOON,
        settings=settings,
    )
    session.commit()
    assert seen() == (False,) * 7
