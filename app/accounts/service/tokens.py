"""API tokens: made, revoked."""

import datetime as dt
import secrets

from sqlalchemy import update
from sqlmodel import Session, col

from app.accounts import audit, queries, rules
from app.accounts.models import (
    ApiToken,
    Scope,
)
from app.accounts.queries import hash_token
from app.accounts.schemas import TokenCreate, TokenMade
from app.accounts.subjects import Actor, Subject
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.languages import N_

MAX_TOKENS = 50


def create_token(session: Session, *, actor: Subject, data: TokenCreate, now: dt.datetime) -> TokenMade:
    """A new API token of the person; its text is in the answer and nowhere else.

    Raises:
        Forbidden: a scope that the actor does not have.
        Conflict: fifty tokens are alive.
    """
    if not data.scopes <= rules.grantable_scopes(actor):
        raise Forbidden(
            N_("You cannot give a token more than you may do yourself."),
            code="scope_not_held",
            fields={"scopes": N_("You cannot give a token more than you may do yourself.")},
        )
    if len(queries.list_tokens(session, actor, now=now)) >= MAX_TOKENS:
        raise Conflict(N_("You have fifty tokens. Revoke one that is not in use."), code="too_many_tokens")
    return create_api_token(
        session,
        actor=actor,
        user_id=actor.user_id,
        name=data.name,
        scopes=data.scopes,
        expires_at=now + dt.timedelta(days=data.days),
        now=now,
    )


def create_api_token(
    session: Session,
    *,
    actor: Actor,
    user_id: int,
    name: str,
    scopes: frozenset[Scope],
    expires_at: dt.datetime | None,
    now: dt.datetime,
) -> TokenMade:
    """A new API token of anybody, with any scope (command line); its person's roles still bound what it may do."""
    token = "lb_" + secrets.token_urlsafe(32)
    row = ApiToken(
        user_id=user_id,
        name=name,
        hint=token[:8],
        token_hash=hash_token(token),
        scopes=sorted(scope.value for scope in scopes),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="token.created",
        subject_type="token",
        subject_id=row.id,
        after={"scopes": row.scopes, "user_id": user_id},
        now=now,
    )
    return TokenMade(**queries.token_public(row).model_dump(), token=token)


def revoke_token(session: Session, *, actor: Subject, token_id: int, now: dt.datetime) -> None:
    """End one of the person's own tokens.

    Raises:
        NotFound: it is somebody else's, or was revoked.
    """
    revoked = session.connection().execute(
        update(ApiToken)
        .where(
            col(ApiToken.id) == token_id,
            col(ApiToken.user_id) == actor.user_id,
            col(ApiToken.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )
    if revoked.rowcount != 1:
        raise NotFound
    audit.record(session, actor=actor, action="token.revoked", subject_type="token", subject_id=token_id, now=now)
