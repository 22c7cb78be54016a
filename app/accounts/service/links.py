"""Single-use links that are mailed: how many, how long, and taking one."""

import datetime as dt
import secrets

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from app.accounts import queries
from app.accounts.models import (
    LinkPurpose,
    MailedLink,
    User,
)
from app.accounts.queries import hash_token
from app.core.errors import Invalid
from app.core.languages import N_

LINK_LIFE = {LinkPurpose.VERIFY_EMAIL: dt.timedelta(hours=24), LinkPurpose.RESET_PASSWORD: dt.timedelta(hours=1)}
MAX_MAILS_AN_HOUR = 4


class LinkSpent(Invalid):
    """A mailed link that was used, is over, or never was one."""

    code = "link_spent"
    message = N_("This link does not work any more: it was used, or its time is over. Ask for a new one.")


def may_mail(session: Session, user_id: int, purpose: LinkPurpose, now: dt.datetime) -> bool:
    """Whether one more mail for this purpose may go to a person within the hour."""
    sent = session.exec(
        select(func.count())
        .select_from(MailedLink)
        .where(
            MailedLink.user_id == user_id,
            MailedLink.purpose == purpose,
            col(MailedLink.created_at) > now - dt.timedelta(hours=1),
        )
    ).one()
    return sent < MAX_MAILS_AN_HOUR


def add_link(session: Session, user_id: int, purpose: LinkPurpose, now: dt.datetime) -> str:
    """A new link's token; earlier ones for the same purpose stop working."""
    session.connection().execute(
        update(MailedLink)
        .where(
            col(MailedLink.user_id) == user_id, col(MailedLink.purpose) == purpose, col(MailedLink.used_at).is_(None)
        )
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        MailedLink(
            user_id=user_id,
            purpose=purpose,
            token_hash=hash_token(token),
            created_at=now,
            expires_at=now + LINK_LIFE[purpose],
        )
    )
    session.flush()
    return token


def use_link(session: Session, *, token: str, purpose: LinkPurpose, now: dt.datetime) -> User:
    """Take a link, once, and give the person it was sent to.

    Raises:
        LinkSpent
    """
    link = queries.find_link(session, token=token, purpose=purpose, now=now)
    if link is None:
        raise LinkSpent
    used = session.connection().execute(
        update(MailedLink).where(col(MailedLink.id) == link.id, col(MailedLink.used_at).is_(None)).values(used_at=now)
    )
    user = session.get(User, link.user_id)
    if used.rowcount != 1 or user is None or user.disabled_at is not None:
        raise LinkSpent
    return user
