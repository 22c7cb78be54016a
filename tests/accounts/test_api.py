"""The JSON side of accounts: who is calling, tokens, sessions, and what a token may not do."""

import datetime as dt

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.accounts.models import ApiToken, Role, Scope, SignInSession
from tests.accounts.support import actions, make_person
from tests.conftest import NOON, Clock
from tests.factories import make_maker, make_token, make_user, save, sign_in


def test_me(client: TestClient, session: Session) -> None:
    maker, business = make_maker(session, name="Euis", language="id")
    answer = client.get("/api/v1/me", headers=make_token(session, maker, scopes=[Scope.CATALOGUE_READ]))
    assert answer.status_code == 200
    assert answer.json() == {
        "id": maker.id,
        "name": "Euis",
        "email": maker.email,
        "email_verified": True,
        "language": "id",
        "side": "buyer",
        "memberships": [
            {
                "role": "maker",
                "organisation": {
                    "id": business.organisation_id,
                    "kind": "business",
                    "name": answer.json()["memberships"][0]["organisation"]["name"],
                },
            }
        ],
        "second_factor": False,
        "scopes": ["catalogue:read"],
        "created_at": "2026-11-20T05:00:00Z",
    }


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic abc", "Bearer lb_unknown", "Bearer a b"])
def test_bad_authorization_is_401_with_a_challenge(client: TestClient, session: Session, header: str) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


def test_token_ends_when_its_time_is_over(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_user(session)
    header = make_token(session, user)
    row = session.exec(select(ApiToken)).one()
    row.expires_at = NOON + dt.timedelta(days=1)
    save(session, row)
    assert client.get("/api/v1/me", headers=header).status_code == 200
    clock.forward(days=1)
    assert client.get("/api/v1/me", headers=header).json()["code"] == "token_invalid"


def test_token_of_a_shut_account_does_not_work(client: TestClient, session: Session) -> None:
    user = make_user(session, disabled_at=NOON)
    assert client.get("/api/v1/me", headers=make_token(session, user)).status_code == 401


def test_tokens_made_listed_and_revoked(client: TestClient, session: Session) -> None:
    user = make_user(session)
    header = make_token(session, user, scopes=[Scope.ACCOUNT, Scope.CATALOGUE_READ])
    made = client.post(
        "/api/v1/me/tokens", headers=header, json={"name": "Till", "scopes": ["catalogue:read"], "days": 7}
    )
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    body = made.json()
    assert body["expires_at"] == "2026-11-27T05:00:00Z"
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {body['token']}"}).status_code == 200
    listed = client.get("/api/v1/me/tokens", headers=header).json()
    assert (listed["total"], listed["next"]) == (2, None)
    assert listed["items"][0] == {name: value for name, value in body.items() if name != "token"} | {
        "last_used_at": "2026-11-20T05:00:00Z"
    }
    assert client.delete(f"/api/v1/me/tokens/{body['id']}", headers=header).status_code == 204
    assert client.delete(f"/api/v1/me/tokens/{body['id']}", headers=header).status_code == 404
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {body['token']}"}).status_code == 401
    assert actions(session) == ["token.created", "token.revoked"]


@pytest.mark.parametrize("scope", ["catalogue:write", "office"])
def test_a_token_cannot_make_a_stronger_one(client: TestClient, session: Session, scope: str) -> None:
    official = make_user(session, role=Role.OFFICIAL)
    header = make_token(session, official, scopes=[Scope.ACCOUNT, Scope.CATALOGUE_READ])
    answer = client.post("/api/v1/me/tokens", headers=header, json={"name": "x", "scopes": [scope]})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_not_held")


def test_a_token_without_the_office_does_not_act_for_the_city(client: TestClient, session: Session) -> None:
    official = make_user(session, role=Role.OFFICIAL)
    everything_else: list[Scope] = [scope for scope in Scope if scope != Scope.OFFICE]
    answer = client.get("/api/v1/audit", headers=make_token(session, official, scopes=everything_else))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert client.get("/api/v1/audit", headers=make_token(session, official, scopes=[Scope.OFFICE])).status_code == 200


def test_the_office_scope_alone_makes_nobody_an_official(client: TestClient, session: Session) -> None:
    maker, _ = make_maker(session)
    answer = client.get("/api/v1/audit", headers=make_token(session, maker, scopes=[Scope.OFFICE]))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["catalogue:read"]}, "name"),
        ({"name": "x"}, "scopes"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["all"]}, "scopes.0"),
        ({"name": "x", "scopes": ["account"], "days": 0}, "days"),
        ({"name": "x", "scopes": ["account"], "forever": True}, "forever"),
        ({"name": "\u0007", "scopes": ["account"]}, "name"),
    ],
)
def test_malformed_token_is_422_with_its_field(
    client: TestClient, session: Session, body: dict[str, object], field: str
) -> None:
    sign_in(client, session, make_user(session))
    answer = client.post("/api/v1/me/tokens", json=body)
    assert answer.status_code == 422
    assert [entry["field"] for entry in answer.json()["errors"]] == [field]


def test_repeated_making_is_told_apart_and_never_replays_the_secret(client: TestClient, session: Session) -> None:
    sign_in(client, session, make_user(session))
    body = {"name": "x", "scopes": ["account"]}
    answers = [client.post("/api/v1/me/tokens", json=body, headers={"Idempotency-Key": "same"}) for _ in range(2)]
    tokens = {answer.json().get("token") for answer in answers}
    assert len(tokens) == 2, "an answer with a secret is not kept, so the second is not the first"


def test_fifty_tokens_are_enough(client: TestClient, session: Session) -> None:
    user = make_user(session)
    for _ in range(50):
        make_token(session, user)
    sign_in(client, session, user)
    answer = client.post("/api/v1/me/tokens", json={"name": "x", "scopes": ["account"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_tokens")


def test_sessions_listed_and_ended(client: TestClient, session: Session, application: FastAPI) -> None:
    user = make_person(session)
    sign_in(client, session, user)
    with TestClient(application) as phone:
        sign_in(phone, session, user)
        listed = client.get("/api/v1/me/sessions").json()
        assert (listed["total"], listed["next"]) == (2, None)
        assert [item["current"] for item in listed["items"]] == [False, True]
        other = listed["items"][0]["id"]
        assert client.delete(f"/api/v1/me/sessions/{other}").status_code == 204
        assert phone.get("/api/v1/me").status_code == 401
    assert client.delete(f"/api/v1/me/sessions/{other}").status_code == 404
    assert session.exec(select(SignInSession).where(SignInSession.id == other)).one().revoked_at == NOON


def test_last_use_of_a_token_is_noted(client: TestClient, session: Session, clock: Clock) -> None:
    header = make_token(session, make_user(session))
    clock.forward(minutes=1)
    client.get("/api/v1/me", headers=header)
    client.get("/api/v1/me", headers=header)
    assert session.exec(select(ApiToken.last_used_at)).one() == NOON + dt.timedelta(minutes=1)


@pytest.mark.parametrize("number", [0, -1, 2**63, "x"])
@pytest.mark.parametrize("kind", ["tokens", "sessions"])
def test_impossible_numbers(client: TestClient, session: Session, kind: str, number: object) -> None:
    sign_in(client, session, make_user(session))
    assert client.delete(f"/api/v1/me/{kind}/{number}").status_code == 422
    path = f"/en/account/{kind}/{number}/revoke" if kind == "tokens" else f"/en/account/devices/{number}/end"
    assert client.post(path).status_code == 404


def test_every_operation_has_an_example(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    bare = []
    for path, methods in document["paths"].items():
        if not path.startswith(("/api/v1/me", "/api/v1/audit")):
            continue
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                for content in answer.get("content", {}).values():
                    named = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
                    if "example" not in content and "examples" not in schemas.get(named, {}):
                        bare.append(f"{method} {path} {status}")
    assert bare == []
