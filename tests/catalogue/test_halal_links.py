"""A maker's match of a product with a printed name gives the badge only once an official has confirmed it."""

import datetime as dt
import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event
from sqlmodel import Session, select

from app.accounts.models import AuditEntry, Role, User
from app.accounts.subjects import Subject
from app.businesses.models import Business
from app.catalogue import index, standings
from app.catalogue.models import Listing, Product, ProductCertificateItem, ProductState
from app.catalogue.queries import halal_links
from app.catalogue.service import halal
from app.core.errors import Conflict, Forbidden, NotFound
from app.halal.models import Certificate
from app.halal.rules import Status, day_of
from app.halal.service.reference import load_reference
from tests.catalogue.goods import entries, official, subject_of
from tests.factories import NOON, make_maker, make_product, make_token, make_user, sign_in
from tests.halal.papers import TODAY, items_of, link_product, make_certificate, place

WAITING = "/en/office/halal/goods-links"
LATER = NOON + dt.timedelta(days=3)


@pytest.fixture
def owner(session: Session, client: TestClient) -> tuple[User, Business]:
    """A maker's person, signed in at ``client``, where the law is known."""
    load_reference(session, NOON)
    user, business = make_maker(session)
    sign_in(client, session, user)
    return user, business


@pytest.fixture
def desk(session: Session, application: FastAPI) -> TestClient:
    """An official's browser."""
    return sign_in(TestClient(application), session, make_user(session, role=Role.OFFICIAL))


def _public(session: Session, business: Business, name: str = "Keripik Tempe", **changes: Any) -> Product:
    product = make_product(session, business=business, names={"id": name}, **changes)
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()
    return product


def _matched(
    session: Session, business: Business, name: str = "Keripik Tempe", **changes: Any
) -> tuple[Product, Certificate, int]:
    """A product that is matched with a certificate which names it, unconfirmed."""
    product = _public(session, business, name)
    certificate = make_certificate(session, business=business, items=(name.upper(),), **changes)
    number = link_product(session, product, certificate, confirmed_on=None).id
    place(session, certificate)
    return product, certificate, number


def _status(session: Session, product: Product, now: dt.datetime = NOON) -> Status:
    """The status by which lists show the product."""
    session.expire_all()
    listing = session.exec(select(Listing).where(Listing.product_id == product.id)).one()
    return standings.read_standings(session).status(listing, day_of(now))


def _link(session: Session, number: int) -> ProductCertificateItem:
    session.expire_all()
    return session.get_one(ProductCertificateItem, number)


# --- the service ----------------------------------------------------------------------------------------------------


def test_a_match_counts_from_the_day_an_official_confirms_it(session: Session, owner: tuple[User, Business]) -> None:
    product, _, number = _matched(session, owner[1])
    assert _status(session, product) is Status.CLAIMED
    person = official(session)

    assert halal.confirm_links(session, actor=person, ids=[number], now=LATER) == 1
    assert halal.confirm_links(session, actor=person, ids=[number], now=LATER) == 0

    link = _link(session, number)
    assert (link.confirmed_on, link.confirmed_at, link.confirmed_by_id) == (day_of(LATER), LATER, person.user_id)
    assert entries(session, action="product.halal_link_confirmed") == 1
    assert _status(session, product, LATER) is Status.CERTIFIED
    [facts] = standings.read_histories(session, [product.id])[product.id].certificates
    assert [(span.since, span.until) for span in facts.covers] == [(TODAY, None)]
    assert [(span.since, span.until) for span in facts.confirmed] == [(day_of(LATER), None)]


def test_a_refused_match_ends_and_says_why(client: TestClient, session: Session, owner: tuple[User, Business]) -> None:
    product, certificate, number = _matched(session, owner[1])

    halal.refuse_links(session, actor=official(session), ids=[number], reason="Itu tahu, <b>bukan</b> tempe.", now=NOON)
    session.commit()

    link = _link(session, number)
    assert (link.until, link.refusal, link.confirmed_on) == (TODAY, "Itu tahu, <b>bukan</b> tempe.", None)
    entry = session.exec(select(AuditEntry).where(AuditEntry.action == "product.halal_link_refused")).one()
    assert entry.after is None
    assert _status(session, product) is not Status.CLAIMED
    road = client.get("/en/workspace/halal").text
    assert "Read why the city did not confirm the match with your certificate" in road
    page = client.get(f"/en/workspace/products/{product.slug}/halal").text
    assert "Itu tahu, &lt;b&gt;bukan&lt;/b&gt; tempe." in page
    assert "“KERIPIK TEMPE” on your certificate is this product" in page
    # The same is proposed no more, though the names are alike.
    matching = client.get(f"/en/workspace/certificates/{certificate.public_id}/products").text
    assert f'value="{product.slug}"' in matching
    assert not re.search(rf'value="{product.slug}"[^>]* checked', matching)


def test_a_match_confirmed_by_mistake_can_be_refused(session: Session, owner: tuple[User, Business]) -> None:
    product, _, number = _matched(session, owner[1])
    person = official(session)
    halal.confirm_links(session, actor=person, ids=[number], now=NOON)
    halal.refuse_links(session, actor=person, ids=[number], reason="Misread.", now=LATER)
    assert _status(session, product, LATER) is Status.REQUIRED_MISSING
    with pytest.raises(Conflict):
        halal.confirm_links(session, actor=person, ids=[number], now=LATER)
    with pytest.raises(Conflict):
        halal.refuse_links(session, actor=person, ids=[number], reason="Again.", now=LATER)


@pytest.mark.parametrize("state", ["claimed", "rejected", "revoked"])
def test_no_match_is_confirmed_with_a_certificate_that_is_not(
    session: Session, owner: tuple[User, Business], state: str
) -> None:
    _, _, number = _matched(session, owner[1], state=state)
    with pytest.raises(Conflict):
        halal.confirm_links(session, actor=official(session), ids=[number], now=NOON)


def test_only_officials_decide_and_never_on_their_own_goods(session: Session, owner: tuple[User, Business]) -> None:
    user, business = owner
    _, _, number = _matched(session, business)
    maker = subject_of(session, user)
    both = Subject(
        user.id,
        user.name,
        user.email,
        maker.language,
        email_verified=True,
        memberships=maker.memberships | official(session).memberships,
    )
    for actor in (maker, both):
        with pytest.raises(Forbidden):
            halal.confirm_links(session, actor=actor, ids=[number], now=NOON)
        with pytest.raises(Forbidden):
            halal.refuse_links(session, actor=actor, ids=[number], reason="No.", now=NOON)
    with pytest.raises(NotFound):
        halal.confirm_links(session, actor=official(session), ids=[number + 1000], now=NOON)
    assert _link(session, number).confirmed_on is None


def test_what_waits_is_matched_with_a_living_confirmed_certificate(
    session: Session, owner: tuple[User, Business]
) -> None:
    business = owner[1]
    _, _, first = _matched(session, business)
    _, _, second = _matched(session, business, "Dodol Garut")
    _matched(session, business, state="claimed")  # decided with its certificate
    _matched(session, business, valid_until=TODAY - dt.timedelta(days=1))
    archived, _, _ = _matched(session, business)
    archived.state = ProductState.ARCHIVED
    link_product(session, _public(session, business), make_certificate(session, business=business))  # confirmed
    session.commit()

    page = halal_links.list_waiting(session, today=TODAY, limit=1)
    assert ([row.id for row in page.rows], page.total) == ([first], 2)
    rest = halal_links.list_waiting(session, today=TODAY, limit=1, cursor=page.next)
    assert ([row.id for row in rest.rows], rest.next) == ([second], None)
    assert halal_links.count_waiting(session, today=TODAY) == (2, NOON)


# --- with the certificate -------------------------------------------------------------------------------------------


def _hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


def test_an_official_confirms_a_certificate_with_the_matches_she_sees(
    session: Session, desk: TestClient, owner: tuple[User, Business]
) -> None:
    seen, certificate, number = _matched(session, owner[1], state="claimed")
    address = f"/en/office/halal/certificates/{certificate.public_id}"
    page = desk.get(address).text
    assert "Keripik Tempe" in page
    assert "100 of 100 alike: the same words" in page
    assert re.search(rf'form="verify" type="checkbox" id="match-{number}" name="link" value="{number}" checked', page)

    unlike = _public(session, owner[1], "Sambal Bawang")
    doubtful = link_product(session, unlike, certificate, confirmed_on=None).id
    assert f'id="match-{doubtful}" name="link" value="{doubtful}">' in desk.get(address).text  # not ticked beforehand
    unseen = _public(session, owner[1], "Keripik Oncom")
    added = link_product(session, unseen, certificate, confirmed_on=None).id
    data = {"seen_version": _hidden(page, "seen_version"), "looked_at": "here", "result": "confirmed", "link": number}
    assert desk.post(f"{address}/verify", data=data, follow_redirects=False).status_code == 303

    assert (_link(session, number).confirmed_on, _link(session, added).confirmed_on) == (TODAY, None)
    assert (_status(session, seen), _status(session, unseen)) == (Status.CERTIFIED, Status.CLAIMED)
    assert [match.id for match in halal_links.list_waiting(session, today=TODAY, limit=9).rows] == [doubtful, added]
    page = desk.get(address).text
    assert "The names differ: look twice" in page
    assert 'type="checkbox" id="match' not in page


def test_what_an_official_unticks_stays_unticked_and_waits(
    session: Session, desk: TestClient, owner: tuple[User, Business]
) -> None:
    product, certificate, number = _matched(session, owner[1], state="claimed")
    address = f"/en/office/halal/certificates/{certificate.public_id}/verify"
    refused = desk.post(address, data={"looked_at": "here", "result": "", "shown": number})
    assert refused.status_code == 422
    assert f'id="match-{number}" name="link" value="{number}">' in refused.text
    assert desk.post(address, data={"looked_at": "here", "result": "confirmed", "shown": number}).status_code == 200
    assert _status(session, product) is Status.CLAIMED


def test_a_match_that_ended_or_is_another_certificates_is_not_confirmed_with_it(
    session: Session, desk: TestClient, owner: tuple[User, Business]
) -> None:
    _, certificate, number = _matched(session, owner[1], state="claimed")
    _, _, other = _matched(session, owner[1])
    address = f"/en/office/halal/certificates/{certificate.public_id}/verify"
    data = {"looked_at": "here", "result": "confirmed"}
    assert desk.post(address, data={**data, "link": [number, other]}).status_code == 404
    link = _link(session, number)
    link.until = TODAY
    session.commit()
    assert desk.post(address, data={**data, "link": number}).status_code == 409
    session.expire_all()
    assert session.get_one(Certificate, certificate.id).state == "claimed"


def test_several_certificates_are_confirmed_with_the_matches_shown(
    session: Session, desk: TestClient, owner: tuple[User, Business]
) -> None:
    one, first, kept = _matched(session, owner[1], state="claimed")
    two, second, left = _matched(session, owner[1], "Dodol Garut", state="claimed")
    names = [first.public_id, second.public_id]
    page = desk.get("/en/office/halal/batch", params={"id": names}).text
    data: dict[str, Any] = {"id": names, "looked_at": "the search", f"link-{names[0]}": kept}
    for name, number in zip(names, (kept, left), strict=True):
        assert f'form="batch" type="checkbox" id="match-{number}" name="link-{name}" value="{number}" checked' in page
        data |= {f"result-{name}": "confirmed", f"version-{name}": _hidden(page, f"version-{name}")}
    assert "2 certificates are confirmed." in desk.post("/en/office/halal/batch", data=data).text
    assert (_status(session, one), _status(session, two)) == (Status.CERTIFIED, Status.CLAIMED)


# --- the list -------------------------------------------------------------------------------------------------------


def test_matches_that_wait_are_counted_shown_and_confirmed(
    session: Session, desk: TestClient, owner: tuple[User, Business]
) -> None:
    assert "Nothing waits" in desk.get(WAITING).text
    product, _, first = _matched(session, owner[1])
    other, _, second = _matched(session, owner[1], "Dodol Garut")
    home = desk.get("/en/office").text
    assert "2 matches of products with certificates wait" in home
    assert f'href="{WAITING}"' in home
    page = desk.get(WAITING).text
    assert page.index("KERIPIK TEMPE") < page.index("DODOL GARUT")
    assert f'name="link" value="{first}"' in page

    assert desk.post(f"{WAITING}/confirm", data={}).status_code == 422
    done = desk.post(f"{WAITING}/confirm", data={"link": [first]}, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, WAITING)
    assert (_status(session, product), _status(session, other)) == (Status.CERTIFIED, Status.CLAIMED)

    assert desk.post(f"{WAITING}/refuse", data={"link": second, "text": " "}).status_code == 422
    assert _link(session, second).until is None
    assert desk.post(f"{WAITING}/refuse", data={"link": second, "text": "Bukan."}).status_code == 200
    assert _link(session, second).refusal == "Bukan."
    gone = desk.post(f"{WAITING}/confirm", data={"link": [second]})
    assert gone.status_code == 409
    assert "has ended in the meantime" in gone.text
    for wrong in ("x", "9" * 30, str(second + 1000)):
        assert desk.post(f"{WAITING}/refuse", data={"link": wrong, "text": "Bukan."}).status_code == 404


@pytest.mark.parametrize("path", [WAITING, "certificate"])
def test_pages_ask_the_same_for_one_match_and_for_many(
    session: Session, desk: TestClient, owner: tuple[User, Business], connection: Connection, path: str
) -> None:
    _, certificate, _ = _matched(session, owner[1])
    address = WAITING if path == WAITING else f"/en/office/halal/certificates/{certificate.public_id}"

    def statements() -> int:
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        event.listen(connection, "before_cursor_execute", note)
        assert desk.get(address).status_code == 200
        event.remove(connection, "before_cursor_execute", note)
        return len(seen)

    desk.get(address)
    one = statements()
    for _ in range(3):
        link_product(session, _public(session, owner[1]), items_of(session, certificate)[0], confirmed_on=None)
    session.commit()
    assert statements() == one


def test_officials_decide_in_json(session: Session, client: TestClient, owner: tuple[User, Business]) -> None:
    product, certificate, first = _matched(session, owner[1])
    _, _, second = _matched(session, owner[1], "Dodol Garut")
    client.cookies.clear()
    client.headers.update(make_token(session, make_user(session, role=Role.OFFICIAL)))
    listed = client.get("/api/v1/halal/links?state=waiting&limit=1").json()
    assert listed["total"] == 2
    [row] = listed["items"]
    assert row == {
        "id": first,
        "product": product.slug,
        "names": {"id": "Keripik Tempe"},
        "certificate": certificate.public_id,
        "number": certificate.number,
        "body": "BPJPH",
        "item": "KERIPIK TEMPE",
        "likeness": 100,
        "since": "2026-11-20",
        "confirmed": False,
    }
    assert client.get(f"/api/v1/halal/links?cursor={listed['next']}").json()["items"][0]["id"] == second
    assert client.get("/api/v1/halal/links?state=other").status_code == 422
    assert client.post(f"/api/v1/halal/links/{first}/confirm").json() == row | {"confirmed": True}
    assert client.post(f"/api/v1/halal/links/{second}/refuse", json={"text": ""}).status_code == 422
    assert client.post(f"/api/v1/halal/links/{second}/refuse", json={"text": "Bukan."}).status_code == 204
    assert client.post(f"/api/v1/halal/links/{second}/confirm").status_code == 409
    assert client.get("/api/v1/halal/links").json()["items"] == []
    assert client.get(f"/api/v1/products/{product.slug}/halal").json()["status"] == "certified"


def test_a_certificates_public_page_shows_confirmed_goods_only(
    session: Session, client: TestClient, owner: tuple[User, Business]
) -> None:
    product, certificate, number = _matched(session, owner[1])
    address = f"/api/v1/halal/certificates/{certificate.public_id}/products"
    assert client.get(address).json()["items"] == []
    told = client.get(f"/api/v1/products/{product.slug}/halal").json()
    assert (told["status"], told["reasons"][0]["code"]) == ("claimed", "link_unconfirmed")
    halal.confirm_links(session, actor=official(session), ids=[number], now=NOON)
    session.commit()
    assert [row["slug"] for row in client.get(address).json()["items"]] == [product.slug]
