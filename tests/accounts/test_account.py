"""The account's own pages: profile, password, devices, tokens, data, erasure."""

import datetime as dt
import json
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection
from sqlmodel import Session, select

from app.accounts import personal, service
from app.accounts.models import ApiToken, AuditEntry, Role, Scope, SignInSession, User
from app.accounts.queries import describe_device, hash_token
from app.accounts.subjects import Command
from app.core.errors import Conflict, Invalid
from app.core.languages import Language
from app.core.models import Table
from tests.accounts.support import (
    actions,
    assert_chain_whole,
    link_in,
    mails_to,
    make_person,
    post_sign_in,
    switch_totp_on,
)
from tests.conftest import Clock
from tests.factories import NOON, PASSWORD, make_maker, make_organisation, make_token, make_user, sign_in

PAGES = ("account", "account/password", "account/devices", "account/tokens", "account/second-factor", "account/people",
         "account/erase")  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["id", "en", "ms", "ko", "es"])
def test_pages_answer_in_every_language_and_are_not_kept(
    client: TestClient, session: Session, page: str, language: str
) -> None:
    maker, _ = make_maker(session)
    answer = sign_in(client, session, maker).get(f"/{language}/{page}")
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("page", PAGES)
def test_pages_lead_strangers_to_sign_in_and_back(client: TestClient, page: str) -> None:
    answer = client.get(f"/ko/{page}?a=1&b=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/ko/sign-in?next=%2Fko%2F{page.replace('/', '%2F')}%3Fa%3D1%26b%3D2"
    assert answer.headers["cache-control"] == "no-store"


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(client: TestClient) -> None:
    ours = client.post("/en/account", data={"name": "x"}, headers={"referer": "http://testserver/en/account?tab=1"})
    assert ours.headers["location"] == "/en/sign-in?next=%2Fen%2Faccount"
    theirs = client.post("/en/account", data={"name": "x"}, headers={"referer": "https://evil.example/en/account"})
    assert theirs.headers["location"] == "/en/sign-in"


def test_profile_is_saved_and_the_next_page_speaks_the_language(client: TestClient, session: Session) -> None:
    user = make_person(session, name="Before")
    sign_in(client, session, user)
    answer = client.post("/en/account", data={"name": "  Ibu   Euis ", "language": "ko"})
    assert answer.headers["location"] == "/ko/account"
    session.refresh(user)
    assert (user.name, user.language) == ("Ibu Euis", "ko")
    entry = session.exec(select(AuditEntry)).one()
    assert (entry.action, entry.after) == ("user.updated", {"changed": ["name", "language"]})
    client.post("/ko/account", data={"name": "Ibu Euis", "language": "ko"})
    assert actions(session) == ["user.updated"], "nothing changed, nothing noted"


def test_refused_profile_shows_what_was_typed(client: TestClient, session: Session) -> None:
    user = make_person(session)
    sign_in(client, session, user)
    answer = client.post("/en/account", data={"name": "<b>" * 50, "language": "ko"})
    assert answer.status_code == 422
    assert "&lt;b&gt;" in answer.text
    assert actions(session) == []


def test_password_change_ends_other_sessions_only(client: TestClient, session: Session, application: FastAPI) -> None:
    user = make_person(session)
    sign_in(client, session, user)
    new = "kawung di jendela timur"
    with TestClient(application, follow_redirects=False) as phone:
        sign_in(phone, session, user)
        wrong = client.post("/en/account/password", data={"current": "not it", "password": new})
        assert wrong.status_code == 422
        assert 'id="f-current-error"' in wrong.text
        weak = client.post("/en/account/password", data={"current": PASSWORD, "password": "rahasia123"})
        assert 'id="f-password-error"' in weak.text
        assert phone.get("/en/account").status_code == 200
        assert client.post("/en/account/password", data={"current": PASSWORD, "password": new}).status_code == 303
        assert client.get("/en/account").status_code == 200
        assert phone.get("/en/account").status_code == 303
    assert post_sign_in(client, user.email).status_code == 422
    assert post_sign_in(client, user.email, new).status_code == 303
    assert len(mails_to(session, user.email)) == 1


def test_devices_are_listed_and_ended(client: TestClient, session: Session, application: FastAPI) -> None:
    user = make_person(session)
    chrome = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
    client.headers["user-agent"] = chrome
    post_sign_in(client, user.email)
    with TestClient(application, follow_redirects=False) as phone:
        sign_in(phone, session, user)
        shown = client.get("/en/account/devices").text
        assert "Chrome, Android" in shown
        assert "Unknown device" in shown
        assert shown.count("This one") == 1
        other = session.exec(select(SignInSession.id).where(SignInSession.device == "")).one()
        assert client.post(f"/en/account/devices/{other}/end").status_code == 303
        assert phone.get("/en/account").status_code == 303
        sign_in(phone, session, user)
        assert client.post("/en/account/devices/end-others").status_code == 303
        assert phone.get("/en/account").status_code == 303
    assert client.get("/en/account").status_code == 200
    assert actions(session) == ["session.started", "session.ended", "session.others_ended"]
    own = session.exec(select(SignInSession.id).where(SignInSession.device == "Chrome, Android")).one()
    assert client.post(f"/en/account/devices/{own}/end").headers["location"] == "/en/"
    assert client.get("/en/account").status_code == 303


def test_session_ends_by_itself(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session)
    post_sign_in(client, user.email)
    clock.forward(days=30)
    client.cookies.set("session", client.cookies["session"])
    assert client.get("/en/account").status_code == 303


def test_last_seen_is_noted_at_most_every_five_minutes(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session)
    sign_in(client, session, user)
    seen = []
    for _ in range(4):
        clock.forward(minutes=2)
        client.get("/en/account")
        seen.append(session.exec(select(SignInSession.last_seen_at)).one())
        session.expire_all()
    assert [(moment - NOON).total_seconds() / 60 for moment in seen] == [0, 0, 6, 6]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) SamsungBrowser/26.0 Chrome/122 Mobile", "Samsung Internet, Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("curl/8.5.0", ""),
        ("", ""),
        ("<script>", ""),
    ],
)
def test_device_in_words(agent: str, words: str) -> None:
    assert describe_device(agent) == words


def test_token_is_shown_once_and_works_until_revoked(
    client: TestClient, session: Session, application: FastAPI
) -> None:
    user = make_person(session)
    sign_in(client, session, user)
    form = {"name": "Till", "scopes": ["catalogue:read", "account"], "days": "30", "_key": "once-only"}
    made = client.post("/en/account/tokens", data=form)
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    text = made.text.split('<code class="secret">')[1].split("<")[0]
    row = session.exec(select(ApiToken)).one()
    assert (row.token_hash, row.hint) == (hash_token(text), text[:8])
    assert (row.scopes, row.expires_at) == (["account", "catalogue:read"], NOON + dt.timedelta(days=30))
    assert text not in client.get("/en/account/tokens").text
    assert everything(session).count(text) == 0, "not even the kept answer to the form holds it"
    with TestClient(application) as program:
        bearer = {"Authorization": f"Bearer {text}"}
        assert program.get("/api/v1/me", headers=bearer).json()["scopes"] == ["account", "catalogue:read"]
        assert client.post(f"/en/account/tokens/{row.id}/revoke").status_code == 303
        refused = program.get("/api/v1/me", headers=bearer)
        assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")
    assert actions(session) == ["token.created", "token.revoked"]


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"days": "0"}, {"days": "366"}, {"days": "x"}]
)
def test_token_form_refused(client: TestClient, session: Session, change: dict[str, object]) -> None:
    sign_in(client, session, make_person(session))
    form = {"name": "Till", "scopes": ["catalogue:read"], "days": "30"} | change
    assert client.post("/en/account/tokens", data=form).status_code == 422
    assert session.exec(select(ApiToken)).all() == []


def test_only_officials_give_tokens_the_office(client: TestClient, session: Session) -> None:
    form = {"name": "Till", "scopes": ["office"], "days": "30"}
    sign_in(client, session, make_person(session))
    assert client.post("/en/account/tokens", data=form).status_code == 403
    client.cookies.clear()
    sign_in(client, session, make_person(session, role=Role.OFFICIAL))
    assert client.post("/en/account/tokens", data=form).status_code == 200


def everything(session: Session) -> str:
    """Every row of every table as text."""
    return "\n".join(
        str(tuple(row))
        for table in Table.metadata.sorted_tables
        for row in session.connection().execute(table.select())
    )


def test_own_data_holds_every_row_and_no_secret(client: TestClient, session: Session) -> None:
    maker, business = make_maker(session, name="Canary Komariah")
    sign_in(client, session, maker)
    make_token(session, maker)
    client.post("/en/account", data={"name": "Canary Baru", "language": "ms"})
    answer = client.get("/en/account/data.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="little-bandung-2026-11-20.json"'
    assert answer.headers["cache-control"] == "no-store"
    data = json.loads(answer.text)
    assert (data["person"]["name"], data["person"]["email"]) == ("Canary Baru", maker.email)
    assert data["person"]["created_at"] == "2026-11-20T05:00:00Z"
    assert [item["organisation_id"] for item in data["memberships"]] == [business.organisation_id]
    assert (len(data["sessions"]), len(data["tokens"]), len(data["acts"])) == (1, 1, 1)
    assert not {"password_hash", "token_hash", "code_hash"} & set(
        re.findall(r"\w+", answer.text.replace('"previous_hash"', "").replace('"hash"', ""))
    )


def test_areas_above_add_to_own_data(client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal, "_exporters", {})
    personal.exports("test")(lambda _, user_id: [{"about": user_id}])
    user = make_person(session)
    assert sign_in(client, session, user).get("/en/account/data.json").json()["test"] == [{"about": user.id}]


def test_erasure_leaves_no_trace_of_a_canary(client: TestClient, session: Session, connection: Connection) -> None:
    canary = "Kenari Zxq"
    form = {
        "side": "buyer",
        "name": canary,
        "email": "kenari-zxq@example.org",
        "password": PASSWORD,
        "language": "id",
        "consent": "true",
    }
    client.post("/en/sign-up", data=form)
    client.post(link_in(mails_to(session, form["email"])[0]))
    post_sign_in(client, form["email"])
    user = session.exec(select(User).where(User.email == form["email"])).one()
    switch_totp_on(session, user)
    user.totp_confirmed_at = None
    session.add(user)
    session.commit()
    client.post("/en/account/tokens", data={"name": f"Till of {canary}", "scopes": "catalogue:read", "days": "30"})
    client.post("/en/account", data={"name": f"{canary} Baru", "language": "ko", "_key": "a"})
    client.post("/en/forgot-password", data={"email": form["email"]})
    official = make_person(session, role=Role.ADMIN)
    inviter = make_organisation(session)
    service.grant_role(session, actor=Command(), user_id=official.id, organisation=inviter, role=Role.MAKER, now=NOON)
    session.commit()
    token = client.cookies["session"]
    client.cookies.clear()
    sign_in(client, session, official)
    client.post("/en/account/people", data={"email": form["email"], "organisation_id": inviter.id, "role": "maker"})
    client.cookies.clear()
    client.cookies.set("session", token)
    assert "zxq" in everything(session).casefold()

    assert client.post("/en/account/erase", data={"password": "not it"}).status_code == 422
    assert "zxq" in everything(session).casefold()
    assert client.post("/en/account/erase", data={"password": PASSWORD}).status_code == 303
    assert "zxq" not in everything(session).casefold()
    session.refresh(user)
    assert (user.name, user.password_hash, user.totp_secret) == ("", None, None)
    assert user.disabled_at is not None
    client.cookies.set("session", token)
    assert client.get("/en/account").status_code == 303
    assert actions(session)[-1] == "user.erased"
    assert_chain_whole(session)
    again = client.post("/en/sign-up", data=form)
    assert again.status_code == 303
    assert session.exec(select(User).where(User.email == form["email"])).one().id != user.id


def test_the_last_administrator_cannot_leave(client: TestClient, session: Session) -> None:
    admin = make_person(session, role=Role.ADMIN)
    sign_in(client, session, admin)
    refused = client.post("/en/account/erase", data={"password": PASSWORD})
    assert refused.status_code == 409
    assert "You are the only administrator" in refused.text
    make_user(session, role=Role.ADMIN)
    assert client.post("/en/account/erase", data={"password": PASSWORD}).status_code == 303


def test_areas_above_may_ask_for_something_to_be_settled_first(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal, "_erasers", {})

    @personal.erases("test")
    def refuse(*_: object) -> None:
        raise Conflict(code="open_orders")

    user = make_person(session)
    sign_in(client, session, user)
    assert client.post("/en/account/erase", data={"password": PASSWORD}).status_code == 409
    session.refresh(user)
    assert user.disabled_at is None


def test_accounts_made_at_the_command_line(session: Session) -> None:
    office = service.find_or_create_office(session, actor=Command(), name="Dinas", now=NOON)
    assert service.find_or_create_office(session, actor=Command(), name="Dinas", now=NOON).id == office.id

    def make(**changes: object) -> User:
        values = {
            "actor": Command(),
            "email": " Dadan@Example.org",
            "name": "Dadan",
            "password": "lima belas ini ya",
            "language": Language.ID,
            "now": NOON,
            "role": Role.OFFICIAL,
            "organisation": office,
        }
        return service.create_user(session, **(values | changes))  # type: ignore[arg-type]

    with pytest.raises(Invalid):
        make(password="empat belas ya")
    user = make()
    assert (user.email, user.email_verified_at) == ("dadan@example.org", NOON)
    with pytest.raises(Conflict):
        make()
    with pytest.raises(Invalid):
        make(email="x@example.org", role=Role.MAKER)
    made = service.create_api_token(
        session,
        actor=Command(),
        user_id=user.id,
        name="Nightly",
        scopes=frozenset({Scope.OFFICE}),
        expires_at=None,
        now=NOON,
    )
    assert made.token.startswith("lb_")
    assert session.exec(select(ApiToken.token_hash)).one() == hash_token(made.token)
    entries = session.exec(select(AuditEntry.actor_label, AuditEntry.action)).all()
    assert ("command", "role.granted") in entries
    assert made.token not in everything(session)
