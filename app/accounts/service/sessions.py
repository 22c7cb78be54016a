"""Sessions of browsers: begun, renewed, ended."""

import datetime as dt
import secrets

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.accounts import audit, queries
from app.accounts.models import (
    ApiToken,
    SignInSession,
    User,
)
from app.accounts.queries import hash_token
from app.accounts.subjects import Subject, Visitor
from app.core.errors import NotFound

SESSION_LIFE = dt.timedelta(days=30)
OFFICE_SESSION_LIFE = dt.timedelta(hours=12)
TOUCH_EVERY = dt.timedelta(minutes=5)
MAX_SESSIONS = 50


def start_session(
    session: Session,
    *,
    user_id: int,
    device: str,
    now: dt.datetime,
    renewed_hash: str | None = None,
    replaces: int | None = None,
) -> tuple[str, dt.timedelta]:
    """Sign a person in on a device. Gives the new session's token for the cookie and how long it lasts.

    ``replaces`` is the session that this browser had; it ends. An official's session lasts half a day. Beyond fifty
    sessions the one not seen for longest ends.
    """
    life = OFFICE_SESSION_LIFE if queries.holds_office(session, user_id) else SESSION_LIFE
    if renewed_hash is not None:
        session.connection().execute(update(User).where(col(User.id) == user_id).values(password_hash=renewed_hash))
    living = session.exec(
        select(SignInSession.id)
        .where(
            SignInSession.user_id == user_id,
            col(SignInSession.revoked_at).is_(None),
            col(SignInSession.expires_at) > now,
        )
        .order_by(col(SignInSession.last_seen_at).desc(), col(SignInSession.id).desc())
    ).all()
    ending = [number for place, number in enumerate(living) if place >= MAX_SESSIONS - 1 or number == replaces]
    if ending:
        session.connection().execute(
            update(SignInSession).where(col(SignInSession.id).in_(ending)).values(revoked_at=now)
        )
    token = secrets.token_urlsafe(32)
    row = SignInSession(
        user_id=user_id,
        token_hash=hash_token(token),
        device=device,
        created_at=now,
        last_seen_at=now,
        expires_at=now + life,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=Visitor(user_id=user_id),
        action="session.started",
        subject_type="session",
        subject_id=row.id,
        now=now,
    )
    return token, life


def renew_session(session: Session, *, session_id: int, second_factor_at: dt.datetime | None = None) -> str:
    """Give a session a new token, because what it may do has changed; the old token stops working.

    Raises:
        NotFound: the session has ended.
    """
    row = session.get(SignInSession, session_id)
    if row is None or row.revoked_at is not None:
        raise NotFound
    token = secrets.token_urlsafe(32)
    row.token_hash = hash_token(token)
    row.second_factor_at = second_factor_at or row.second_factor_at
    session.add(row)
    session.flush()
    return token


def end_session(session: Session, *, actor: Subject, session_id: int, now: dt.datetime) -> None:
    """End one of the person's own sessions.

    Raises:
        NotFound: it is somebody else's, or has ended.
    """
    ended = session.connection().execute(
        update(SignInSession)
        .where(
            col(SignInSession.id) == session_id,
            col(SignInSession.user_id) == actor.user_id,
            col(SignInSession.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )
    if ended.rowcount != 1:
        raise NotFound
    audit.record(session, actor=actor, action="session.ended", subject_type="session", subject_id=session_id, now=now)


def end_other_sessions(session: Session, *, actor: Subject, now: dt.datetime) -> None:
    """End every session of the person but the one in use."""
    ended = end_sessions(session, actor.user_id, keep=actor.session_id, now=now)
    if ended:
        audit.record(
            session,
            actor=actor,
            action="session.others_ended",
            subject_type="user",
            subject_id=actor.user_id,
            after={"ended": ended},
            now=now,
        )


def end_sessions(session: Session, user_id: int, *, keep: int | None, now: dt.datetime) -> int:
    """End a person's sessions but the one to ``keep``; gives how many there were."""
    statement = update(SignInSession).where(
        col(SignInSession.user_id) == user_id, col(SignInSession.revoked_at).is_(None)
    )
    if keep is not None:
        statement = statement.where(col(SignInSession.id) != keep)
    return session.connection().execute(statement.values(revoked_at=now)).rowcount


def touch(session: Session, *, subject: Subject, now: dt.datetime) -> None:
    """Note that a session or token was in use now; a matter of information, not a change that the trail keeps."""
    earlier = now - TOUCH_EVERY
    if subject.session_id is not None:
        session.connection().execute(
            update(SignInSession)
            .where(col(SignInSession.id) == subject.session_id, col(SignInSession.last_seen_at) <= earlier)
            .values(last_seen_at=now)
        )
    elif subject.token_id is not None:
        session.connection().execute(
            update(ApiToken)
            .where(
                col(ApiToken.id) == subject.token_id,
                col(ApiToken.last_used_at).is_(None) | (col(ApiToken.last_used_at) <= earlier),
            )
            .values(last_used_at=now)
        )
