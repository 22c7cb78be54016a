"""Passwords: forgotten, set anew, changed."""

import datetime as dt

from sqlmodel import Session

from app.accounts import audit, letters, queries
from app.accounts.models import (
    LinkPurpose,
    User,
)
from app.accounts.service.links import add_link, may_mail, use_link
from app.accounts.service.sessions import end_sessions
from app.accounts.subjects import Subject, Visitor
from app.core.config import Settings
from app.core.languages import Language


def ask_reset(session: Session, *, email: str, now: dt.datetime, settings: Settings) -> None:
    """Send a link to set a new password, when the address has an account; the answer is the same either way."""
    user = queries.find_user_by_email(session, email)
    if user is None or not may_mail(session, user.id, LinkPurpose.RESET_PASSWORD, now):
        return
    token = add_link(session, user.id, LinkPurpose.RESET_PASSWORD, now)
    audit.record(
        session, actor=Visitor(), action="password.reset_asked", subject_type="user", subject_id=user.id, now=now
    )
    letters.reset_password(
        session,
        to=user.email,
        name=user.name,
        language=Language(user.language),
        token=token,
        now=now,
        settings=settings,
    )


def reset_password(session: Session, *, token: str, password_hash: str, now: dt.datetime, settings: Settings) -> None:
    """Set a new password by the mailed link, which also proves the address. Every session ends.

    Raises:
        LinkSpent
    """
    user = use_link(session, token=token, purpose=LinkPurpose.RESET_PASSWORD, now=now)
    user.password_hash = password_hash
    user.email_verified_at = user.email_verified_at or now
    session.add(user)
    ended = end_sessions(session, user.id, keep=None, now=now)
    audit.record(
        session,
        actor=Visitor(user_id=user.id),
        action="password.reset",
        subject_type="user",
        subject_id=user.id,
        after={"sessions_ended": ended},
        now=now,
    )
    _tell_password_changed(session, user, now=now, settings=settings)


def change_password(
    session: Session, *, actor: Subject, password_hash: str, now: dt.datetime, settings: Settings
) -> None:
    """Set a new password after the one in use was given. The person's other sessions end."""
    user = queries.get_user(session, actor.user_id)
    user.password_hash = password_hash
    session.add(user)
    ended = end_sessions(session, user.id, keep=actor.session_id, now=now)
    audit.record(
        session,
        actor=actor,
        action="password.changed",
        subject_type="user",
        subject_id=user.id,
        after={"sessions_ended": ended},
        now=now,
    )
    _tell_password_changed(session, user, now=now, settings=settings)


def _tell_password_changed(session: Session, user: User, *, now: dt.datetime, settings: Settings) -> None:
    letters.password_changed(
        session,
        to=user.email,
        name=user.name,
        language=Language(user.language),
        key=f"{user.id}:{now.isoformat()}",
        now=now,
        settings=settings,
    )
