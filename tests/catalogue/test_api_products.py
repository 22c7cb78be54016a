"""Changing goods in JSON: every operation, who may call it, and the contract's manners."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.accounts.models import Role, Scope, User
from app.businesses.models import Business
from app.catalogue.models import Product, ProductState
from app.catalogue.service.reference import load_categories
from app.core import outbox
from app.core.config import Settings
from app.core.outbox import Workbench
from app.core.storage import Storage
from tests.catalogue.goods import category, draft, photo, ready_draft, subject_of
from tests.conftest import Clock
from tests.factories import NOON, make_maker, make_token, make_user

API = "/api/v1"
NEW = {
    "name": "Keripik tempe",
    "category": "food",
    "price": {"amount": "22000", "currency": "IDR"},
    "unit": "pack",
    "summary": "Tipis.",
}


@pytest.fixture
def owner(session: Session) -> tuple[User, Business]:
    category(session)
    return make_maker(session)


@pytest.fixture
def key(session: Session, owner: tuple[User, Business]) -> dict[str, str]:
    """The maker's token."""
    return make_token(session, owner[0])


@pytest.fixture
def office(session: Session) -> dict[str, str]:
    """An official's token."""
    return make_token(session, make_user(session, role=Role.OFFICIAL))


def _draft(session: Session, owner: tuple[User, Business], *, ready: bool = False) -> Product:
    return (ready_draft if ready else draft)(session, subject_of(session, owner[0]), owner[1])


def test_a_product_from_nothing_to_public(
    client: TestClient,
    application: FastAPI,
    session: Session,
    storage: Storage,
    settings: Settings,
    clock: Clock,
    key: dict[str, str],
    office: dict[str, str],
) -> None:
    made = client.post(f"{API}/products", json=NEW, headers=key)
    assert made.status_code == 201
    body = made.json()
    assert (body["state"], body["version"], made.headers["etag"]) == ("draft", 1, '"v1"')
    assert set(body["missing"]) == {"picture", "attributes.net_weight"}
    product = f"{API}/products/{body['slug']}"
    tag = {**key, "If-Match": made.headers["etag"]}
    facts = {"moq": 24, "order_multiple": 12, "attributes": {"net_weight": 150}, "hs_code": "2005.99"}
    changed = client.patch(product, json=facts, headers=tag)
    assert changed.status_code == 200
    assert (changed.json()["moq"], changed.json()["hs_code"]) == (24, "200599")
    assert client.patch(product, json={"moq": 36}, headers=tag).status_code == 412
    text = client.put(f"{product}/texts/ko", json={"name": "템페칩", "origin": "machine"}, headers=key)
    assert text.json()["own_texts"]["ko"]["origin"] == "machine"
    tiers = [
        {"min_quantity": 1, "price": {"amount": "22000", "currency": "IDR"}},
        {"min_quantity": 1, "price": {"amount": "8.90", "currency": "MYR"}},
    ]
    priced = client.put(f"{product}/prices", json={"tiers": tiers}, headers=key)
    assert [each["price"]["amount"] for each in priced.json()["own_prices"]] == ["22000", "8.90"]
    variants = {"variants": [{"sku": "A", "gtin": "4006381333931"}]}
    assert client.put(f"{product}/variants", json=variants, headers=key).json()["variants"][0]["sku"] == "A"
    refused = client.post(f"{product}/submit", headers=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "incomplete")
    assert [each["field"] for each in refused.json()["errors"]] == ["picture"]
    files = {"pictures": ("a.jpg", photo(), "image/jpeg")}
    picture = client.post(f"{product}/pictures", files=files, headers=key)
    assert (picture.status_code, picture.json()["state"]) == (201, "processing")
    outbox.run_due(Workbench(application.state.database, storage, settings, clock()))
    seen = client.get(f"{API}/pictures/{picture.json()['id']}", headers=key).json()
    assert (seen["state"], len(seen["files"])) == ("ready", 9)
    assert client.get(seen["files"][0]["url"]).status_code == 200
    assert client.post(f"{product}/submit", headers=key).json()["state"] == "in_review"
    queue = client.get(f"{API}/review/products", headers=office).json()
    assert [each["slug"] for each in queue["items"]] == [body["slug"]]
    looked = client.get(f"{API}/review/products/{body['slug']}", headers=office)
    decided = client.post(f"{product}/publish", headers={**office, "If-Match": looked.headers["etag"]})
    assert decided.json()["state"] == "published"
    assert client.get(product).status_code == 200
    assert client.post(f"{product}/publish", headers=office).status_code == 409
    down = client.post(f"{product}/take-down", json={"reason": "claim"}, headers=office)
    assert (down.json()["state"], down.json()["return_reason"]) == ("returned", "claim")
    assert client.get(product).status_code == 404


CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/me/products/{slug}", None),
    ("PATCH", "/products/{slug}", {"lead_days": 3}),
    ("PUT", "/products/{slug}/texts/en", {"name": "Chips"}),
    ("DELETE", "/products/{slug}/texts/en", None),
    ("PUT", "/products/{slug}/prices", {"tiers": []}),
    ("PUT", "/products/{slug}/variants", {"variants": [{"sku": "A"}]}),
    ("POST", "/products/{slug}/submit", None),
    ("POST", "/products/{slug}/archive", None),
    ("POST", "/products/{slug}/restore", None),
    ("GET", "/pictures/{picture}", None),
    ("PATCH", "/pictures/{picture}", {"focal_x": 0.2}),
    ("DELETE", "/pictures/{picture}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_makers_operations_are_hers_alone(
    client: TestClient,
    session: Session,
    owner: tuple[User, Business],
    key: dict[str, str],
    office: dict[str, str],
    method: str,
    path: str,
    body: Any,
) -> None:
    product = _draft(session, owner, ready=True)
    address = API + path.format(slug=product.slug, picture=product.pictures[0].id)
    stranger = make_token(session, make_maker(session)[0])
    weak = make_token(session, owner[0], scopes=[Scope.BUSINESS_READ])

    def status(headers: dict[str, str]) -> int:
        return client.request(method, address, json=body, headers=headers).status_code

    assert status({}) == 401
    assert status(stranger) == 404
    assert status(office) == 404
    assert status(weak) == 403
    assert status(key) in {200, 204, 404, 409}
    if path.startswith("/products/{slug}/prices"):
        assert status(key) == 200


@pytest.mark.parametrize("path", ["publish", "return", "take-down"])
def test_officials_operations_are_theirs(
    client: TestClient,
    session: Session,
    owner: tuple[User, Business],
    key: dict[str, str],
    office: dict[str, str],
    path: str,
) -> None:
    product = _draft(session, owner, ready=True)
    product.state = ProductState.PUBLISHED if path == "take-down" else ProductState.IN_REVIEW
    session.commit()
    body = None if path == "publish" else {"reason": "words", "note": "Tulis bahan."}
    address = f"{API}/products/{product.slug}/{path}"
    assert client.post(address, json=body).status_code == 401
    assert client.post(address, json=body, headers=key).status_code == 403
    assert client.get(f"{API}/review/products", headers=key).status_code == 403
    assert client.get(f"{API}/review/products/{product.slug}", headers=key).status_code == 403
    answer = client.post(address, json=body, headers=office)
    assert answer.status_code == 200
    assert answer.json()["return_note"] == ("" if path == "publish" else "Tulis bahan.")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\u0007b"}, "name"),
        ({"category": "no-such"}, "category"),
        ({"price": {"amount": "0", "currency": "IDR"}}, "price"),
        ({"price": {"amount": "1.5", "currency": "IDR"}}, "price"),
        ({"price": {"amount": "1", "currency": "EUR"}}, "price.currency"),
        ({"unit": "bucket"}, "unit"),
        ({"moq": 0}, "moq"),
        ({"moq": 5, "order_multiple": 2}, "moq"),
        ({"state": "published"}, "state"),
    ],
)
def test_malformed_goods_are_refused_by_field(
    client: TestClient, session: Session, key: dict[str, str], change: dict[str, Any], field: str
) -> None:
    answer = client.post(f"{API}/products", json={**NEW, **change}, headers=key)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert session.exec(select(Product)).all() == []


def test_an_unknown_attribute_is_named(
    client: TestClient, session: Session, owner: tuple[User, Business], key: dict[str, str]
) -> None:
    product = _draft(session, owner)
    data = {"attributes": {"heel_height": 20}}
    answer = client.patch(f"{API}/products/{product.slug}", json=data, headers=key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "attributes.heel_height"


def test_a_repeated_call_makes_one_product(client: TestClient, session: Session, key: dict[str, str]) -> None:
    headers = {**key, "Idempotency-Key": "once"}
    first = client.post(f"{API}/products", json=NEW, headers=headers)
    again = client.post(f"{API}/products", json=NEW, headers=headers)
    assert again.json()["slug"] == first.json()["slug"]
    assert len(session.exec(select(Product)).all()) == 1


def test_a_buyer_makes_no_goods(client: TestClient, session: Session) -> None:
    category(session)
    buyer = make_token(session, make_user(session, role=Role.BUYER))
    assert client.post(f"{API}/products", json=NEW, headers=buyer).status_code == 404
    assert client.get(f"{API}/me/products", headers=buyer).json() == {"items": [], "next": None, "total": 0}


def test_the_makers_list_pages_and_filters(
    client: TestClient, session: Session, owner: tuple[User, Business], key: dict[str, str]
) -> None:
    slugs = [_draft(session, owner).slug for _ in range(3)]
    first = client.get(f"{API}/me/products?limit=2", headers=key).json()
    rest = client.get(f"{API}/me/products?limit=2&cursor={first['next']}", headers=key).json()
    assert [each["slug"] for each in (*first["items"], *rest["items"])] == slugs[::-1]
    assert (first["total"], rest["next"]) == (3, None)
    assert client.get(f"{API}/me/products?state=published", headers=key).json()["total"] == 0
    assert client.get(f"{API}/me/products?state=lost", headers=key).status_code == 422
    assert client.get(f"{API}/me/products?cursor=x", headers=key).status_code == 422


@pytest.mark.parametrize(
    ("data", "code"), [(b"GIF89a" + b"\0" * 50, "unsupported_format"), (photo()[:2000], "damaged")]
)
def test_bad_pictures_are_refused_with_a_reason(
    client: TestClient, session: Session, owner: tuple[User, Business], key: dict[str, str], data: bytes, code: str
) -> None:
    product = _draft(session, owner)
    files = {"pictures": ("a.jpg", data, "image/jpeg")}
    answer = client.post(f"{API}/products/{product.slug}/pictures", files=files, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["field"] == "pictures"
    assert client.post(f"{API}/products/{product.slug}/pictures", headers=key).status_code == 422
    assert client.post(f"{API}/products/{product.slug}/pictures", files=files).status_code == 401


def test_a_makers_cover(
    client: TestClient, session: Session, owner: tuple[User, Business], key: dict[str, str]
) -> None:
    files = {"pictures": ("a.jpg", photo(), "image/jpeg")}
    answer = client.post(f"{API}/me/businesses/{owner[1].slug}/cover", files=files, headers=key)
    assert answer.status_code == 201
    other = make_maker(session)[1]
    assert client.post(f"{API}/me/businesses/{other.slug}/cover", files=files, headers=key).status_code == 404


def test_the_tree_and_its_attributes(client: TestClient, session: Session) -> None:
    load_categories(session, now=NOON)
    session.commit()
    tree = client.get(f"{API}/categories?locale=ko").json()
    food = next(each for each in tree["items"] if each["slug"] == "food")
    assert (food["name"], food["hs_headings"]) == ("식품", ["1905", "2106"])
    assert "chips-crackers" in [each["slug"] for each in food["children"]]
    asked = client.get(f"{API}/attributes?category=chips-crackers&locale=es").json()
    assert asked["items"][0]["label"] == "Peso neto"
    assert {"value": "mild", "label": "Suave"} in next(each for each in asked["items"] if each["key"] == "spice_level")[
        "choices"
    ]
    assert client.get(f"{API}/attributes?category=no-such").status_code == 422


def test_every_operation_has_an_example(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    mine = {
        (path, method): operation
        for path, operations in paths.items()
        for method, operation in operations.items()
        if set(operation.get("tags", [])) & {"catalogue", "pictures"}
    }
    assert len(mine) >= 20
    for (path, method), operation in mine.items():
        body = operation.get("requestBody", {}).get("content", {})
        for content in body.values():
            assert content.get("example") or content.get("examples") or "examples" in str(content), (path, method)
        assert any("example" in str(answer) for answer in operation["responses"].values()), (path, method)
