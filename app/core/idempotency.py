"""One effect per key: the first answer to an unsafe call is kept in its own transaction and replayed for a day.

Follows the practice of payment APIs: same key and same body gives the stored answer, same key and another body is
refused, failures are not kept so that they may be repeated.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import LargeBinary, delete, update
from sqlmodel import Field, Session, col, select

from app.core.database import insert_or_ignore
from app.core.errors import Invalid
from app.core.languages import N_
from app.core.models import Table, json_field, moment_field

KEEP = dt.timedelta(hours=24)


class IdempotencyKey(Table, table=True):
    """The kept answer to one call, by the digest of (who, route, key)."""

    __tablename__ = "idempotency_key"
    digest: str = Field(primary_key=True, max_length=64)
    body_digest: str = Field(max_length=64)
    status: int | None = None
    headers: list[list[str]] = json_field(default_factory=list)
    body: bytes = Field(default=b"", sa_type=LargeBinary)
    created_at: dt.datetime = moment_field()


@dataclass(frozen=True)
class KeptAnswer:
    """An answer given before."""

    status: int
    headers: list[list[str]]
    body: bytes


def digest(*parts: bytes) -> str:
    """A digest in which parts cannot run into each other."""
    state = hashlib.sha256()
    for part in parts:
        state.update(len(part).to_bytes(8, "big"))
        state.update(part)
    return state.hexdigest()


def claim(session: Session, *, key_digest: str, body_digest: str, now: dt.datetime) -> KeptAnswer | None:
    """Claim a key in this transaction, or give the answer that its first use left.

    A parallel call with the same key waits here until the first one has ended.

    Raises:
        Invalid: ``idempotency_key_reused`` when the key came with another body.
    """
    session.connection().execute(
        delete(IdempotencyKey).where(
            col(IdempotencyKey.digest) == key_digest, col(IdempotencyKey.created_at) < now - KEEP
        )
    )
    values = {"digest": key_digest, "body_digest": body_digest, "headers": [], "body": b"", "created_at": now}
    if insert_or_ignore(session, IdempotencyKey.__table__, values, conflict=["digest"]):  # type: ignore[attr-defined]
        return None
    kept = session.exec(select(IdempotencyKey).where(IdempotencyKey.digest == key_digest)).one()
    if kept.body_digest != body_digest:
        raise Invalid(
            N_("This Idempotency-Key was used with another request. Use a new key for a new request."),
            code="idempotency_key_reused",
        )
    return KeptAnswer(status=kept.status or 500, headers=kept.headers, body=kept.body)


def keep(session: Session, *, key_digest: str, status: int, headers: list[list[str]], body: bytes) -> None:
    """Store the answer with the effect it reports."""
    session.connection().execute(
        update(IdempotencyKey)
        .where(col(IdempotencyKey.digest) == key_digest)
        .values(status=status, headers=headers, body=body)
    )


def release(session: Session, *, key_digest: str) -> None:
    """Give a claimed key back: its answer holds a secret of this visitor and must not be kept."""
    session.connection().execute(delete(IdempotencyKey).where(col(IdempotencyKey.digest) == key_digest))


def forget_old(session: Session, *, now: dt.datetime) -> None:
    """Remove answers older than a day."""
    session.connection().execute(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now - KEEP))
