"""Sign-up, verification, sign-in, sign-out, reset: what is shown, what is kept, what is refused."""

import datetime as dt
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session, select

from app.accounts import passwords
from app.accounts.models import MailedLink, Membership, Role, Side, SignInSession, User
from app.accounts.queries import hash_token
from app.accounts.service import MAX_SESSIONS, OFFICE_SESSION_LIFE, SESSION_LIFE
from app.core.limits import RateWindow
from tests.accounts.support import actions, assert_chain_whole, link_in, mails_to, make_person, post_sign_in
from tests.conftest import Clock
from tests.factories import PASSWORD, sign_in

NEW = {
    "side": "maker",
    "name": "Euis Komariah",
    "email": "Euis@Example.org ",
    "password": "keripik pedas dari ibu",
    "language": "id",
    "consent": "true",
}


def test_sign_up_confirm_and_sign_in(client: TestClient, session: Session) -> None:
    answer = client.post("/en/sign-up", data=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/mail-sent?what=verify")
    user = session.exec(select(User)).one()
    assert (user.email, user.name, user.side, user.language) == ("euis@example.org", "Euis Komariah", Side.MAKER, "id")
    assert user.consented_at is not None
    assert user.password_hash is not None
    assert user.password_hash.startswith("$argon2id$")
    assert session.exec(select(Membership)).all() == []
    (mail,) = mails_to(session, "euis@example.org")
    assert mail["language"] == "id"
    path = link_in(mail)
    assert path.startswith("/id/verify/")

    for _ in range(2):
        page = client.get(path)
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
    session.refresh(user)
    assert user.email_verified_at is None, "opening the link changes nothing"

    assert post_sign_in(client, "euis@example.org", NEW["password"]).status_code == 403
    path = link_in(mails_to(session, "euis@example.org")[-1])  # the refused sign-in sent a new one
    confirmed = client.post(path)
    assert (confirmed.status_code, confirmed.headers["location"]) == (303, "/id/sign-in")
    assert client.post(path).status_code == 422
    assert client.get(path).status_code == 410
    signed_in = post_sign_in(client, "EUIS@example.org", NEW["password"])
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/en/welcome")
    assert client.get("/en/welcome").headers["location"] == "/en/workspace"
    assert actions(session) == ["user.signed_up", "user.email_verified", "session.started"]
    assert_chain_whole(session)


def test_verification_link_ends_after_a_day(client: TestClient, session: Session, clock: Clock) -> None:
    client.post("/en/sign-up", data=NEW)
    path = link_in(mails_to(session, "euis@example.org")[0])
    clock.forward(hours=24)
    assert client.get(path).status_code == 410
    assert client.post(path).status_code == 422
    assert session.exec(select(User.email_verified_at)).one() is None


def test_sign_up_with_a_taken_address_answers_the_same_and_tells_its_owner(
    client: TestClient, session: Session
) -> None:
    owner = make_person(session, email="euis@example.org", name="Ibu Euis")
    before = owner.password_hash
    new = client.post("/en/sign-up", data=NEW | {"email": "other@example.org"})
    taken = client.post("/en/sign-up", data=NEW)
    assert (taken.status_code, taken.headers["location"]) == (new.status_code, new.headers["location"])
    assert set(taken.headers) == set(new.headers)
    session.refresh(owner)
    assert (owner.password_hash, owner.name) == (before, "Ibu Euis")
    (mail,) = mails_to(session, "euis@example.org")
    assert "/sign-in" in mail["text"]
    assert "/verify/" not in mail["text"]
    client.post("/en/sign-up", data=NEW)
    assert len(mails_to(session, "euis@example.org")) == 1, "at most one such mail a day"


def test_second_sign_up_for_an_unconfirmed_address_lets_the_mailbox_choose_the_password(
    client: TestClient, session: Session
) -> None:
    client.post("/en/sign-up", data=NEW | {"password": "prepared by an attacker"})
    client.post("/en/sign-up", data=NEW)
    first, second = (link_in(mail) for mail in mails_to(session, "euis@example.org"))
    assert client.get(first).status_code == 410
    chooses = client.post(second).headers["location"]
    assert chooses.startswith("/id/reset/")
    for password in ("prepared by an attacker", NEW["password"]):
        assert post_sign_in(client, "euis@example.org", password).status_code == 422
    assert client.post(chooses, data={"password": "milik saya sendiri"}).status_code == 303
    assert post_sign_in(client, "euis@example.org", "milik saya sendiri").status_code == 303


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"consent": ""}, "consent"),
        ({"email": "nobody"}, "email"),
        ({"name": " "}, "name"),
        ({"name": "a\u0007b"}, "name"),
        ({"side": ""}, "side"),
        ({"language": "fr"}, "language"),
        ({"password": "short 123"}, "password"),
        ({"password": "bandung 1234"}, "password"),
        ({"password": "Euis Komariah"}, "password"),
    ],
)
def test_sign_up_refused_keeps_what_was_typed(
    client: TestClient, session: Session, change: dict[str, str], field: str
) -> None:
    typed = NEW | change
    answer = client.post("/en/sign-up", data=typed)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert answer.text.count(f'id="f-{field}-error"') == 1
    if field != "email":
        assert 'value="Euis@Example.org "' in answer.text
    assert typed["password"] not in answer.text or typed["password"] == typed["name"]
    assert session.exec(select(User)).all() == []


def test_sign_in_sets_a_guarded_cookie_and_keeps_only_its_digest(client: TestClient, session: Session) -> None:
    user = make_person(session)
    answer = post_sign_in(client, user.email)
    cookie = answer.headers["set-cookie"]
    for part in ("session=", "HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={int(SESSION_LIFE.total_seconds())}"):
        assert part in cookie
    assert "Domain" not in cookie
    token = client.cookies["session"]
    row = session.exec(select(SignInSession)).one()
    assert (row.user_id, row.token_hash) == (user.id, hash_token(token))
    assert token not in str(row.model_dump())
    assert user.name in client.get("/en/account").text


def test_cookie_carries_the_host_prefix_where_visitors_come_by_https(
    client: TestClient, session: Session, application: FastAPI
) -> None:
    user = make_person(session)
    application.state.settings = application.state.settings.model_copy(update={"base_url": "https://testserver"})
    cookie = post_sign_in(client, user.email).headers["set-cookie"]
    assert "__Host-session=" in cookie
    assert cookie.count("Secure") == cookie.count("HttpOnly") == 2


def test_an_officials_session_lasts_half_a_day(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session, role=Role.OFFICIAL)
    post_sign_in(client, user.email)
    assert client.get("/en/account").status_code == 200
    clock.forward(seconds=OFFICE_SESSION_LIFE.total_seconds())
    assert client.get("/en/account").status_code == 303


def test_sign_in_refused_says_the_same_for_unknown_and_known(client: TestClient, session: Session) -> None:
    user = make_person(session)
    wrong = post_sign_in(client, user.email, "not the password")
    unknown = post_sign_in(client, "nobody@example.org", "not the password")
    assert wrong.status_code == unknown.status_code == 422

    def plain(text: str) -> str:
        return re.sub(r'value="[^"]*@[^"]*"', "", text)

    assert plain(wrong.text) == plain(unknown.text)
    assert session.exec(select(SignInSession)).all() == []


def test_new_session_at_each_sign_in_and_the_one_before_ends(client: TestClient, session: Session) -> None:
    user = make_person(session)
    post_sign_in(client, user.email)
    first = client.cookies["session"]
    post_sign_in(client, user.email)
    assert client.cookies["session"] != first
    living = session.exec(select(SignInSession).where(SignInSession.revoked_at == None)).all()  # noqa: E711
    assert [row.token_hash for row in living] == [hash_token(client.cookies["session"])]


def test_a_planted_cookie_is_not_taken_over(client: TestClient, session: Session) -> None:
    user = make_person(session)
    client.cookies.set("session", "planted")
    post_sign_in(client, user.email)
    tokens = session.exec(select(SignInSession.token_hash)).all()
    assert hash_token("planted") not in tokens


def test_the_fifty_first_session_ends_the_one_not_seen_for_longest(
    application: FastAPI, session: Session, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "verify", lambda *_: (True, None))
    user = make_person(session)
    for _ in range(MAX_SESSIONS + 1):
        clock.forward(minutes=6)
        with TestClient(application, follow_redirects=False) as browser:
            assert post_sign_in(browser, user.email).status_code == 303
    rows = session.exec(select(SignInSession).order_by(SignInSession.id)).all()  # type: ignore[arg-type]
    assert [row.revoked_at is None for row in rows] == [False] + [True] * MAX_SESSIONS


@pytest.mark.parametrize(
    ("goal", "leads_to"),
    [
        ("/en/workspace?x=1", "/en/workspace?x=1"),
        ("https://evil.example/", "/en/welcome"),
        ("//evil.example/", "/en/welcome"),
        ("/\\evil.example/", "/en/welcome"),
        ("/en/\r\nSet-Cookie: a=b", "/en/welcome"),
        ("/\t/evil.example", "/en/welcome"),
        ("javascript:alert(1)", "/en/welcome"),
        ("", "/en/welcome"),
    ],
)
def test_next_is_local_only(client: TestClient, session: Session, goal: str, leads_to: str) -> None:
    user = make_person(session)
    answer = post_sign_in(client, user.email, next=goal)
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)
    assert client.get("/en/sign-in", params={"next": goal}).headers["location"] == (
        leads_to if leads_to != "/en/welcome" else "/en/account"
    )


def test_ten_tries_an_account_then_a_wait(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session)
    for _ in range(10):
        assert post_sign_in(client, user.email, "guess").status_code == 422
    held = post_sign_in(client, user.email)
    assert held.status_code == 429
    assert held.headers["retry-after"] == "300"
    assert "5 minutes" in held.text
    assert f'value="{user.email}"' in held.text
    other = make_person(session)
    assert post_sign_in(client, other.email).status_code == 303, "others are not held"
    clock.forward(minutes=5)
    assert post_sign_in(client, user.email).status_code == 303


def test_sixty_tries_an_address_then_a_wait(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "verify", lambda *_: (False, None))
    statuses = [post_sign_in(client, f"nobody{number}@example.org", "guess").status_code for number in range(61)]
    assert statuses == [422] * 60 + [429]


def test_counters_hold_no_address_in_clear(client: TestClient, session: Session) -> None:
    post_sign_in(client, "canary@example.org", "guess")
    keys = session.exec(select(RateWindow.key)).all()
    assert len(keys) == 2
    assert not any("canary" in key or "testclient" in key for key in keys)


def test_sign_out_ends_the_session_in_the_database(client: TestClient, session: Session) -> None:
    user = make_person(session)
    post_sign_in(client, user.email)
    token = client.cookies["session"]
    answer = client.post("/en/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/")
    assert "session" not in client.cookies
    client.cookies.set("session", token)
    assert client.get("/en/account").headers["location"] == "/en/sign-in?next=%2Fen%2Faccount"
    assert actions(session) == ["session.started", "session.ended"]


def test_sign_out_without_a_session_is_harmless(client: TestClient, session: Session) -> None:
    assert client.post("/en/sign-out").status_code == 303
    assert actions(session) == []


def test_sign_in_form_when_signed_in_leads_on(client: TestClient, session: Session) -> None:
    sign_in(client, session, make_person(session))
    assert client.get("/en/sign-in").headers["location"] == "/en/account"


@pytest.mark.parametrize(
    "page", ["sign-in", "sign-up", "forgot-password", "mail-sent?what=verify", "mail-sent?what=reset"]
)
@pytest.mark.parametrize("language", ["id", "en", "ms", "ko", "es"])
def test_pages_of_the_way_in_answer_in_every_language(client: TestClient, page: str, language: str) -> None:
    answer = client.get(f"/{language}/{page}")
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


def test_reset_sets_a_new_password_once_and_ends_every_session(
    client: TestClient, session: Session, application: FastAPI
) -> None:
    user = make_person(session, language="es")
    with TestClient(application, follow_redirects=False) as phone:
        sign_in(phone, session, user)
        assert client.post("/en/forgot-password", data={"email": user.email.upper()}).status_code == 303
        (mail,) = mails_to(session, user.email)
        assert mail["language"] == "es"
        path = link_in(mail)
        assert client.get(path).status_code == 200
        assert client.post(path, data={"password": "password 123"}).status_code == 422
        assert client.post(path, data={"password": "samping gedung sate"}).status_code == 303
        assert phone.get("/en/account").status_code == 303
    assert client.post(path, data={"password": "samping gedung sate"}).status_code == 410
    assert client.get(path).status_code == 410
    assert post_sign_in(client, user.email).status_code == 422
    assert post_sign_in(client, user.email, "samping gedung sate").status_code == 303
    assert actions(session) == ["password.reset_asked", "password.reset", "session.started"]


def test_reset_link_ends_after_an_hour(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session)
    client.post("/en/forgot-password", data={"email": user.email})
    path = link_in(mails_to(session, user.email)[0])
    clock.forward(hours=1)
    assert client.get(path).status_code == 410
    assert client.post(path, data={"password": "samping gedung sate"}).status_code == 410


def test_reset_never_tells_whether_an_account_exists(client: TestClient, session: Session) -> None:
    user = make_person(session)
    known = client.post("/en/forgot-password", data={"email": user.email})
    unknown = client.post("/en/forgot-password", data={"email": "nobody@example.org"})
    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    assert len(session.exec(select(MailedLink)).all()) == 1


def test_at_most_four_reset_mails_an_hour(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session)
    for _ in range(6):
        clock.forward(minutes=5)
        assert client.post("/en/forgot-password", data={"email": user.email}).status_code == 303
    assert len(mails_to(session, user.email)) == 4


def test_officials_need_fifteen_characters(client: TestClient, session: Session) -> None:
    user = make_person(session, role=Role.OFFICIAL)
    client.post("/en/forgot-password", data={"email": user.email})
    path = link_in(mails_to(session, user.email)[0])
    refused = client.post(path, data={"password": "empat belas ya"})
    assert refused.status_code == 422
    assert "15" in refused.text
    assert client.post(path, data={"password": "lima belas ini."}).status_code == 303


def test_disabled_account_cannot_sign_in(client: TestClient, session: Session) -> None:
    user = make_person(session, disabled_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert post_sign_in(client, user.email, PASSWORD).status_code == 422


def test_an_old_hash_is_renewed_at_sign_in(client: TestClient, session: Session) -> None:
    weaker = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    user = make_person(session, password_hash=weaker)
    assert post_sign_in(client, user.email).status_code == 303
    session.refresh(user)
    assert user.password_hash is not None
    assert user.password_hash != weaker
    assert "m=65536" in user.password_hash
