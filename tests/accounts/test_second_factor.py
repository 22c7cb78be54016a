"""One-time codes: set up, asked for, never taken twice, replaced by recovery codes, forced for officials."""

import re
from urllib.parse import unquote

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.accounts import totp
from app.accounts.models import RecoveryCode, Role, SignInSession, User
from tests.accounts.support import (
    actions,
    assert_chain_whole,
    code_at,
    mails_to,
    make_person,
    post_sign_in,
    switch_totp_on,
)
from tests.conftest import NOON, Clock
from tests.factories import PASSWORD, sign_in


def second_step(client: TestClient, code: str, goal: str = "") -> int:
    return client.post("/en/second-step", data={"code": code, "next": goal}).status_code


def test_set_up_from_first_page_to_recovery_codes(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session)
    post_sign_in(client, user.email)
    before = client.cookies["session"]
    page = "/en/account/second-factor"
    assert client.post(f"{page}/begin", data={"password": "not it"}).status_code == 422
    assert client.post(f"{page}/begin", data={"password": PASSWORD}).status_code == 303
    shown = client.get(page).text
    session.refresh(user)
    assert user.totp_secret is not None
    assert user.totp_confirmed_at is None
    assert 'src="data:image/svg+xml' in shown
    assert user.totp_secret in re.sub(r"[\s]", "", re.sub(r"<[^>]*>", " ", shown))
    assert second_step(client, "000000") == 303, "nothing is asked for before it is confirmed"

    assert client.post(f"{page}/confirm", data={"code": "12345a"}).status_code == 422
    done = client.post(f"{page}/confirm", data={"code": code_at(user.totp_secret, clock())})
    assert done.status_code == 200
    assert done.headers["cache-control"] == "no-store"
    codes = re.findall(r"\b(?:[a-z2-9]{4}-){3}[a-z2-9]{4}\b", done.text)
    assert len(set(codes)) == 10
    assert client.cookies["session"] != before, "a new token, as the session may do more"
    assert client.get("/en/account").status_code == 200
    again = client.get(page).text
    assert user.totp_secret not in again
    assert "10 recovery codes" in again
    kept = session.exec(select(RecoveryCode.code_hash)).all()
    assert len(kept) == 10
    assert not set(codes) & set(kept)
    assert actions(session) == ["session.started", "totp.begun", "totp.switched_on"]
    assert len(mails_to(session, user.email)) == 1
    assert_chain_whole(session)


def test_old_token_and_other_devices_wait_for_a_code_once_codes_are_on(
    client: TestClient, session: Session, clock: Clock, application: FastAPI
) -> None:
    user = make_person(session)
    post_sign_in(client, user.email)
    stolen = client.cookies["session"]
    with TestClient(application, follow_redirects=False) as phone:
        post_sign_in(phone, user.email)
        client.post("/en/account/second-factor/begin", data={"password": PASSWORD})
        session.refresh(user)
        client.post("/en/account/second-factor/confirm", data={"code": code_at(str(user.totp_secret), clock())})
        assert client.get("/en/account").status_code == 200
        assert phone.get("/en/account").status_code == 303
        assert phone.get("/en/sign-in").headers["location"] == "/en/second-step"
    client.cookies.clear()
    client.cookies.set("session", stolen)
    assert client.get("/en/account").status_code == 303


def test_password_alone_opens_nothing(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session)
    secret = switch_totp_on(session, user)
    answer = post_sign_in(client, user.email, next="/en/account/devices")
    assert unquote(answer.headers["location"]) == "/en/second-step?next=/en/account/devices"
    half = client.cookies["session"]
    assert client.get("/en/account").headers["location"].startswith("/en/sign-in")
    assert client.get("/api/v1/me").status_code == 401
    assert user.name not in client.get("/en/second-step").text
    assert second_step(client, "000000") == 422
    done = client.post("/en/second-step", data={"code": code_at(secret, clock()), "next": "/en/account/devices"})
    assert done.headers["location"] == "/en/account/devices"
    assert client.cookies["session"] != half
    assert client.get("/en/account").status_code == 200
    client.cookies.clear()
    client.cookies.set("session", half)
    assert client.get("/en/account").status_code == 303


def test_a_code_is_taken_once(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session)
    secret = switch_totp_on(session, user)
    code = code_at(secret, clock())
    post_sign_in(client, user.email)
    assert second_step(client, code) == 303
    post_sign_in(client, user.email)
    assert second_step(client, code) == 422
    clock.forward(seconds=30)
    assert second_step(client, code) == 422, "nor as the code of the step before"
    assert second_step(client, code_at(secret, clock())) == 303


def test_an_older_code_is_refused_after_a_newer_one(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session)
    secret = switch_totp_on(session, user)
    earlier = code_at(secret, clock())
    clock.forward(seconds=30)
    post_sign_in(client, user.email)
    assert second_step(client, code_at(secret, clock())) == 303
    post_sign_in(client, user.email)
    assert second_step(client, earlier) == 422


def test_codes_drift_by_one_step_only() -> None:
    secret = pyotp.random_base32()
    step = int(NOON.timestamp()) // 30
    generator = pyotp.TOTP(secret)
    taken = [
        totp.matching_step(secret, generator.generate_otp(step + away), NOON) == step + away for away in range(-3, 4)
    ]
    assert taken == [False, False, True, True, True, False, False]


@pytest.mark.parametrize("typed", ["abcd-efgh-jkmn-pqrs", "ABCD EFGH JKMN PQRS", "abcdefghjkmnpqrs"])
def test_a_recovery_code_opens_once(client: TestClient, session: Session, typed: str) -> None:
    user = make_person(session)
    switch_totp_on(session, user)
    post_sign_in(client, user.email)
    assert second_step(client, typed) == 303
    assert client.get("/en/account").status_code == 200
    post_sign_in(client, user.email)
    assert second_step(client, typed) == 422


def test_somebody_elses_recovery_code_opens_nothing(client: TestClient, session: Session) -> None:
    switch_totp_on(session, make_person(session))
    mine = make_person(session)
    mine.totp_secret, mine.totp_confirmed_at = pyotp.random_base32(), NOON
    session.add(mine)
    session.commit()
    post_sign_in(client, mine.email)
    assert second_step(client, "abcd-efgh-jkmn-pqrs") == 422


def test_guessing_codes_is_slowed(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session)
    secret = switch_totp_on(session, user)
    post_sign_in(client, user.email)
    right = code_at(secret, clock())
    wrong = [f"{number:06d}" for number in range(12) if f"{number:06d}" != right][:10]
    assert {second_step(client, code) for code in wrong} == {422}
    assert second_step(client, right) == 429
    clock.forward(minutes=5)
    assert second_step(client, code_at(secret, clock())) == 303


def test_switching_off_asks_for_the_password_and_forgets_the_codes(
    client: TestClient, session: Session, clock: Clock
) -> None:
    user = make_person(session)
    secret = switch_totp_on(session, user)
    post_sign_in(client, user.email)
    second_step(client, code_at(secret, clock()))
    off = "/en/account/second-factor/off"
    assert client.post(off, data={"password": "not it"}).status_code == 422
    assert client.post(off, data={"password": PASSWORD}).status_code == 303
    session.refresh(user)
    assert (user.totp_secret, user.totp_confirmed_at, user.totp_last_step) == (None, None, None)
    assert session.exec(select(RecoveryCode)).all() == []
    assert client.get("/en/account").status_code == 200
    assert client.post(off, data={"password": PASSWORD}).status_code == 409


def test_new_recovery_codes_replace_the_old(client: TestClient, session: Session) -> None:
    user = make_person(session)
    switch_totp_on(session, user)
    sign_in(client, session, user)
    answer = client.post("/en/account/second-factor/recovery-codes", data={"password": PASSWORD})
    assert answer.status_code == 200
    assert len(session.exec(select(RecoveryCode)).all()) == 10
    post_sign_in(client, user.email)
    assert second_step(client, "abcd-efgh-jkmn-pqrs") == 422


@pytest.fixture
def strict(application: FastAPI) -> None:
    settings = application.state.settings.model_copy(update={"require_second_factor": True})
    application.state.settings = settings


@pytest.mark.usefixtures("strict")
def test_office_stays_shut_for_an_official_without_codes(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session, role=Role.OFFICIAL)
    post_sign_in(client, user.email)
    led = client.get("/en/office/audit?subject_type=business")
    assert led.status_code == 303
    assert unquote(led.headers["location"]) == "/en/account/second-factor?next=/en/office/audit?subject_type=business"
    assert client.get("/api/v1/audit").json()["code"] == "second_factor_needed"
    set_up = client.get(led.headers["location"])
    assert "The office opens once your one-time codes are on." in set_up.text
    client.post("/en/account/second-factor/begin", data={"password": PASSWORD})
    session.refresh(user)
    done = client.post(
        "/en/account/second-factor/confirm",
        data={"code": code_at(str(user.totp_secret), clock()), "next": "/en/office/audit"},
    )
    assert 'href="/en/office/audit"' in done.text
    assert client.get("/en/office/audit").status_code == 200


@pytest.mark.usefixtures("strict")
def test_an_official_without_the_factor_acts_as_nobody_of_the_city(client: TestClient, session: Session) -> None:
    user = make_person(session, role=Role.ADMIN)
    sign_in(client, session, user, second_factor=False)
    assert "/en/office" not in client.get("/en/account").text
    made = client.post("/api/v1/me/tokens", json={"name": "Sly", "scopes": ["office"]})
    assert (made.status_code, made.json()["code"]) == (403, "scope_not_held")
    invited = client.post(
        "/en/account/people", data={"email": "x@example.org", "organisation_id": "999999", "role": "admin"}
    )
    assert invited.status_code == 404


def test_an_official_with_codes_on_needs_them_everywhere(client: TestClient, session: Session, clock: Clock) -> None:
    user = make_person(session, role=Role.OFFICIAL)
    secret = switch_totp_on(session, user)
    post_sign_in(client, user.email)
    assert client.get("/en/office/audit").headers["location"].startswith("/en/sign-in?next=")
    second_step(client, code_at(secret, clock()))
    assert client.get("/en/office/audit").status_code == 200
    row = session.exec(select(SignInSession)).one()
    assert row.second_factor_at == clock()
    assert session.exec(select(User.totp_last_step)).one() == int(clock().timestamp()) // 30
