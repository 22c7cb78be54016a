"""Certificates over JSON: what each caller sees, what holds against stale and repeated calls."""

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, func, select

from app.accounts.models import Role, Scope
from app.businesses.models import BusinessState
from app.halal.models import Certificate
from tests.catalogue.goods import photo
from tests.factories import make_business, make_maker, make_token, make_user
from tests.halal.papers import bpjph_number, make_body, make_certificate
from tests.halal.steps import fresh, kinds

PATH = "/api/v1/halal/certificates"
LOOK = {"looked_at": "the original, at our desk", "result": "confirmed"}


def names(client: TestClient, headers: dict[str, str] | None = None, **query: str) -> set[str]:
    answer = client.get(PATH, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["total"] == len(found["items"])
    return {each["public_id"] for each in found["items"]}


def test_the_public_sees_what_was_confirmed_and_of_verified_makers_only(client: TestClient, session: Session) -> None:
    user, business = make_maker(session)
    shown = {
        make_certificate(session, business=business, state=state).public_id
        for state in ("verified", "suspended", "revoked", "superseded")
    }
    hidden = {
        make_certificate(session, business=business, state=state).public_id
        for state in ("claimed", "rejected", "withdrawn")
    }
    hidden.add(make_certificate(session, business=make_business(session, state=BusinessState.SUSPENDED)).public_id)
    official = make_user(session, role=Role.OFFICIAL)
    assert names(client) == shown
    assert names(client, make_token(session, make_maker(session)[0])) == shown
    assert names(client, make_token(session, user, scopes=[Scope.CATALOGUE_READ])) == shown
    assert len(names(client, make_token(session, user))) == 7
    assert names(client, make_token(session, official)) == shown | hidden
    for name in hidden:
        assert client.get(f"{PATH}/{name}").status_code == 404


def test_what_is_public_says_neither_decree_nor_file_nor_reasons(client: TestClient, session: Session) -> None:
    certificate = make_certificate(session, items=["Sambal Roa"], decree_number="KH 1", state="suspended")
    public = client.get(f"{PATH}/{certificate.public_id}").json()
    assert set(public) == {
        "public_id",
        "body",
        "number",
        "holder",
        "business",
        "issued_on",
        "valid_until",
        "surveillance_due",
        "state",
        "valid_today",
        "items",
        "last_check",
        "decided_at",
    }
    assert (public["state"], public["valid_today"], public["items"]) == ("suspended", False, ["Sambal Roa"])
    assert public["last_check"]["result"] == "confirmed"


def test_filters_find_by_number_however_it_is_written(client: TestClient, session: Session) -> None:
    certificate = make_certificate(session, number="ID32110001333131122", items=["Rendang Kering"])
    other = make_certificate(session, body="KMF", number="K-24-0001")
    assert names(client, number="id 3211 0001 3331 31122") == {certificate.public_id}
    assert names(client, q="rendang") == {certificate.public_id}
    assert names(client, body="KMF") == {other.public_id}
    assert names(client, state="verified", q="K-24") == {other.public_id}
    assert names(client, business="nobody") == set()
    assert client.get(PATH, params={"colour": "red"}).status_code == 422


@pytest.mark.parametrize("text", ["%", "_", "'; --", "\\", "🧵", "x" * 120])
def test_any_words_may_be_looked_for(client: TestClient, session: Session, text: str) -> None:
    make_certificate(session)
    assert names(client, q=text) == set()


def test_pages_follow_each_other_without_a_gap(client: TestClient, session: Session) -> None:
    every = {make_certificate(session).public_id for _ in range(5)}
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        found = client.get(PATH, params=query).json()
        seen += [each["public_id"] for each in found["items"]]
        cursor = found["next"]
        if cursor is None:
            break
    assert (len(seen), set(seen)) == (5, every)
    assert client.get(PATH, params={"cursor": "x"}).status_code == 422


def test_the_whole_way_by_calls_alone(client: TestClient, session: Session) -> None:
    make_body(session)
    user, _ = make_maker(session)
    maker, official = make_token(session, user), make_token(session, make_user(session, role=Role.OFFICIAL))
    data = {
        "body": "BPJPH",
        "number": bpjph_number(),
        "holder": "CV Sari",
        "issued_on": "2024-03-01",
        "items": ["Keripik"],
    }
    entered = client.post(PATH, json=data, headers={**maker, "Idempotency-Key": "once"})
    again = client.post(PATH, json=data, headers={**maker, "Idempotency-Key": "once"})
    assert (entered.status_code, again.json()) == (201, entered.json())
    assert session.exec(select(func.count()).select_from(Certificate)).one() == 1
    path = entered.headers["location"]
    tag = entered.headers["etag"]
    sent = client.put(f"{path}/file", files={"file": ("a.jpg", photo())}, headers={**maker, "If-Match": tag})
    assert sent.json()["file"]["name"] == "a.jpg"
    assert client.get(f"{path}/file", headers=official).content == photo()
    stale = client.patch(path, json={"holder": "CV Sari Rasa"}, headers={**maker, "If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    changed = client.patch(path, json={"holder": "CV Sari Rasa"}, headers={**maker, "If-Match": sent.headers["etag"]})
    assert (changed.json()["holder"], changed.json()["number"]) == ("CV Sari Rasa", data["number"])
    for wrong in ({}, {"check": {**LOOK, "result": "not_found"}}):
        refused = client.post(f"{path}/verify", json=wrong, headers=official)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_checked")
    assert client.post(f"{path}/checks", json=LOOK, headers=official).status_code == 201
    verified = client.post(f"{path}/verify", json={}, headers=official)
    assert (verified.json()["state"], verified.json()["valid_today"]) == ("verified", True)
    assert client.patch(path, json={"holder": "X"}, headers=maker).status_code == 409
    corrected = client.post(f"{path}/correct", json={"holder": "CV SR", "reason": "Misread."}, headers=official)
    assert [each["kind"] for each in corrected.json()["events"]][-1] == "corrected"
    assert client.post(f"{path}/revoke", json={"text": "BPJPH says so."}, headers=official).json()["state"] == "revoked"
    assert client.get(path).json()["state"] == "revoked"


def test_a_decision_about_an_older_version_is_refused(client: TestClient, session: Session) -> None:
    official = make_token(session, make_user(session, role=Role.OFFICIAL))
    certificate = make_certificate(session, state="claimed")
    for seen in ({"seen_version": 7}, {}):
        headers = official if seen else {**official, "If-Match": '"v7"'}
        answer = client.post(f"{PATH}/{certificate.public_id}/verify", json={"check": LOOK, **seen}, headers=headers)
        assert answer.status_code == (409 if seen else 412)
    assert kinds(session, fresh(session, certificate)) == ["entered"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": "NOBODY"}, "body"),
        ({"number": "KH 12/2024"}, "number"),
        ({"number": " "}, "number"),
        ({"holder": ""}, "holder"),
        ({"issued_on": "2027-01-01"}, "issued_on"),
        ({"issued_on": "1066-10-14"}, "issued_on"),
        ({"valid_until": "2023-01-01"}, "valid_until"),
        ({"items": []}, "items"),
        ({"items": [" "]}, "items"),
        ({"items": ["x" * 201]}, "items"),
        ({"items": [f"Keripik {number}" for number in range(501)]}, "items"),
        ({"items": ["a\x07b"]}, "items"),
        ({"state": "verified"}, "state"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    client: TestClient, session: Session, changes: dict[str, object], field: str
) -> None:
    make_body(session)
    data = {"body": "BPJPH", "number": "ID1", "holder": "CV", "issued_on": "2024-03-01", "items": ["Keripik"]}
    maker = make_token(session, make_maker(session)[0])
    answer = client.post(PATH, json={**data, **changes}, headers=maker)
    assert answer.status_code == 422
    assert {each["field"].split(".")[0] for each in answer.json()["errors"]} == {field}
    assert client.post(PATH, json=data, headers=maker).json()["number_warning"] == "bpjph_form"
