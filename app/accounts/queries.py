"""Reading people, sessions and tokens."""

import datetime as dt
import hashlib

from sqlmodel import Session, col, select

from app.accounts.models import ApiToken, Membership, Role, Scope, SignInSession, User
from app.accounts.subjects import Subject
from app.core.config import Settings


def hash_token(token: str) -> str:
    """The digest under which a random token is kept; it has enough entropy to need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_subject_by_cookie(session: Session, *, cookie: str, now: dt.datetime, settings: Settings) -> Subject | None:
    """Who a session cookie stands for, or None when it is unknown, over or revoked."""
    row = session.exec(
        select(SignInSession, User)
        .join(User, col(User.id) == col(SignInSession.user_id))
        .where(
            SignInSession.token_hash == hash_token(cookie),
            col(SignInSession.revoked_at).is_(None),
            col(SignInSession.expires_at) > now,
            col(User.disabled_at).is_(None),
        )
    ).first()
    if row is None:
        return None
    sign_in, user = row
    return _subject(session, user, settings, session_id=sign_in.id, second_factor=sign_in.second_factor_at is not None)


def find_subject_by_token(session: Session, *, token: str, now: dt.datetime, settings: Settings) -> Subject | None:
    """Who a bearer token stands for, or None when it is unknown, expired or revoked."""
    row = session.exec(
        select(ApiToken, User)
        .join(User, col(User.id) == col(ApiToken.user_id))
        .where(
            ApiToken.token_hash == hash_token(token),
            col(ApiToken.revoked_at).is_(None),
            col(User.disabled_at).is_(None),
        )
    ).first()
    if row is None or (row[0].expires_at is not None and row[0].expires_at <= now):
        return None
    api_token, user = row
    return _subject(
        session,
        user,
        settings,
        token_id=api_token.id,
        scopes=frozenset(scope for scope in Scope if scope.value in api_token.scopes),
        second_factor=True,  # a token was made in a session that gave its code
    )


def _subject(  # noqa: PLR0913 - the facts that make a subject
    session: Session,
    user: User,
    settings: Settings,
    *,
    second_factor: bool,
    session_id: int | None = None,
    token_id: int | None = None,
    scopes: frozenset[Scope] | None = None,
) -> Subject:
    rows = session.exec(select(Membership.role, Membership.organisation_id).where(Membership.user_id == user.id)).all()
    memberships = frozenset((Role(role), organisation) for role, organisation in rows)
    official = any(role in {Role.OFFICIAL, Role.ADMIN} for role, _ in memberships)
    needed = official and (settings.second_factor_required or user.totp_confirmed_at is not None)
    return Subject(
        user_id=user.id,
        name=user.name,
        email=user.email,
        language=user.language,
        email_verified=user.email_verified_at is not None,
        memberships=memberships,
        session_id=session_id,
        token_id=token_id,
        scopes=scopes,
        second_factor=second_factor,
        second_factor_missing=needed and not second_factor,
    )
