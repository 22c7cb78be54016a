"""What makers say about goods and halal certificates, in JSON."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.accounts.models import AuditEntry
from app.businesses.models import Business
from app.catalogue import index
from app.catalogue.models import Product, ProductCertificateItem
from app.halal.service.reference import load_reference
from tests.factories import NOON, make_maker, make_product, make_token
from tests.halal.papers import items_of, make_certificate

JOURNEYS = "/api/v1/halal/applications"


@pytest.fixture
def owner(session: Session, client: TestClient) -> Business:
    """A maker whose token ``client`` carries."""
    load_reference(session, NOON)
    user, business = make_maker(session)
    client.headers.update(make_token(session, user))
    return business


def _public(session: Session, business: Business) -> Product:
    product = make_product(session, business=business)
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()
    return product


def _address(product: Product) -> str:
    return f"/api/v1/products/{product.slug}/halal"


def test_answers_are_put_whole_and_carry_their_version(client: TestClient, session: Session, owner: Business) -> None:
    address = f"{_address(_public(session, owner))}/answers"
    first = client.get(address)
    assert (first.json()["version"], first.headers["etag"]) == (0, '"v0"')

    sent: dict[str, Any] = {"pork": "no", "alcohol": "unsure", "route": {"sales": "yes"}}
    answer = client.put(address, json=sent, headers={"If-Match": '"v0"'})
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in sent} == sent
    assert (answer.json()["version"], answer.headers["etag"]) == (1, '"v1"')
    assert answer.json()["answered_at"].endswith("Z")
    assert client.put(address, json={}, headers={"If-Match": '"v0"'}).status_code == 412

    emptied = client.put(address, json={}).json()
    assert (emptied["pork"], emptied["route"], emptied["version"]) == (None, {}, 2)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"pork": "maybe"}, "pork"),
        ({"marked": True}, "marked"),
        ({"status": "certified"}, "status"),
        ({"route": {"money": "yes"}}, "route.money.[key]"),
        ({"use_as": "sky"}, "use_as"),
    ],
)
def test_malformed_answers_are_refused_at_their_field(
    client: TestClient, session: Session, owner: Business, sent: dict[str, Any], field: str
) -> None:
    answer = client.put(f"{_address(_public(session, owner))}/answers", json=sent)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_link_is_made_listed_and_ended(client: TestClient, session: Session, owner: Business) -> None:
    product = _public(session, owner)
    certificate = make_certificate(session, business=owner, items=("KERIPIK",))
    item = items_of(session, certificate)[0]
    body = {"certificate": certificate.public_id, "item": item.id}

    made = client.post(f"{_address(product)}/links", json=body)
    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "certificate": certificate.public_id,
        "item": item.id,
        "name": "KERIPIK",
        "since": "2026-11-20",
        "until": None,
        "confirmed_on": None,
        "refusal": "",
    }
    assert client.post(f"{_address(product)}/links", json=body).json() == made.json()
    status = client.get(f"/api/v1/products/{product.slug}/halal").json()["status"]
    assert status == "claimed"

    assert client.delete(f"{_address(product)}/links/{item.id}").status_code == 204
    assert client.delete(f"{_address(product)}/links/{item.id}").status_code == 404
    assert client.get(f"/api/v1/products/{product.slug}/halal").json()["status"] == "required_missing"
    listed = client.get(f"{_address(product)}/links").json()
    assert (listed["total"], listed["items"][0]["until"]) == (1, "2026-11-20")


def test_a_foreign_certificate_or_item_is_not_found(client: TestClient, session: Session, owner: Business) -> None:
    product = _public(session, owner)
    theirs = make_certificate(session)
    own = make_certificate(session, business=owner)
    foreign = items_of(session, theirs)[0].id
    for certificate in (theirs.public_id, own.public_id, "nobody"):
        body = {"certificate": certificate, "item": foreign}
        assert client.post(f"{_address(product)}/links", json=body).status_code == 404
    assert client.delete(f"{_address(product)}/links/{foreign}").status_code == 404
    assert session.exec(select(ProductCertificateItem)).all() == []


def test_a_journey_in_json(client: TestClient, session: Session, owner: Business) -> None:
    product = _public(session, owner)
    certificate = make_certificate(session, business=owner)
    made = client.post(JOURNEYS, json={"route": "self_declare", "products": [product.slug]})
    assert made.status_code == 201
    number, etag = made.json()["id"], made.headers["etag"]
    assert (made.json()["stage"], made.json()["next_stages"][0]) == ("draft", "submitted")

    step = {"stage": "submitted", "reached_on": "2026-11-19"}
    address = f"{JOURNEYS}/{number}"
    moved = client.post(f"{address}/steps", json=step, headers={"If-Match": etag})
    assert moved.status_code == 201
    assert moved.json()["steps"] == [{**step, "note": ""}]
    assert client.post(f"{address}/steps", json=step, headers={"If-Match": etag}).status_code == 412
    refused = client.post(f"{address}/steps", json={"stage": "paid", "reached_on": "2026-11-21"})
    assert {each["field"] for each in refused.json()["errors"]} == {"stage", "reached_on"}
    assert client.get(f"/api/v1/products/{product.slug}/halal").json()["status"] == "in_process"

    changed = client.patch(address, json={"certificate": certificate.public_id}).json()
    assert changed["certificate"] == certificate.public_id
    assert client.put(f"{address}/products", json={"products": []}).json()["products"] == []
    listed = client.get(JOURNEYS).json()
    assert (listed["total"], listed["items"][0]) == (1, client.get(address).json())
    actions = session.exec(select(AuditEntry.action).where(AuditEntry.subject_type == "application")).all()
    assert sorted(actions) == [
        "application.changed",
        "application.moved",
        "application.products_set",
        "application.products_set",
        "application.started",
    ]


def test_other_peoples_journeys_are_not_found_or_listed(client: TestClient, session: Session, owner: Business) -> None:
    made = client.post(JOURNEYS, json={"route": "regular"}).json()
    stranger, _ = make_maker(session)
    client.headers.update(make_token(session, stranger))
    assert client.get(JOURNEYS).json()["total"] == 0
    address = f"{JOURNEYS}/{made['id']}"
    assert client.get(address).status_code == 404
    assert client.patch(address, json={}).status_code == 404
    assert client.post(f"{address}/steps", json={"stage": "submitted", "reached_on": "2026-11-19"}).status_code == 404
    assert client.put(f"{address}/products", json={"products": []}).status_code == 404
