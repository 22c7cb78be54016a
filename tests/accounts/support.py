"""Helpers of these tests: people with passwords, mails read back, codes made."""

import datetime as dt
import re
from typing import Any

import pyotp
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from app.accounts import audit
from app.accounts.models import AuditEntry, RecoveryCode, User
from app.accounts.passwords import hash_password
from app.accounts.queries import hash_token
from app.core.outbox import OutboxRow
from tests.factories import NOON, PASSWORD, make_user, save

_hash = hash_password(PASSWORD)


def make_person(session: Session, **changes: Any) -> User:
    """A person who signs in with ``PASSWORD``."""
    return make_user(session, **({"password_hash": _hash} | changes))


def switch_totp_on(session: Session, user: User) -> str:
    """Give a person one-time codes and one recovery code; gives the secret."""
    user.totp_secret, user.totp_confirmed_at = pyotp.random_base32(), NOON
    save(session, user)
    save(session, RecoveryCode(user_id=user.id, code_hash=hash_token("abcd-efgh-jkmn-pqrs")))
    return str(user.totp_secret)


def code_at(secret: str, now: dt.datetime) -> str:
    return pyotp.TOTP(secret).at(now)


def post_sign_in(client: TestClient, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/en/sign-in", data={"email": email, "password": password, **more})


def mails_to(session: Session, address: str) -> list[dict[str, Any]]:
    """Mails waiting for an address, oldest first."""
    rows = session.exec(select(OutboxRow).where(OutboxRow.kind == "mail").order_by(col(OutboxRow.id))).all()
    return [row.payload for row in rows if row.payload.get("to") == address]


def link_in(mail: dict[str, Any]) -> str:
    """The path of the first link in a mail that is not a plain page."""
    found = re.search(r"http://testserver(/\w\w/(?:verify|reset|invitations)/\S+)", mail["text"])
    assert found is not None
    return found[1]


def actions(session: Session) -> list[str]:
    """What the trail says happened, oldest first."""
    return list(session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id))).all())


def assert_chain_whole(session: Session) -> None:
    assert list(audit.find_breaks(session)) == []
