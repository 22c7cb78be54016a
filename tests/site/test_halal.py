"""Halal where no area is at home: the market's front and the sitemap."""

from fastapi.testclient import TestClient
from sqlmodel import Session

from app.catalogue import index
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
