"""The audit trail: every change of state leaves exactly one entry, chained by hash to the one before it."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import RowMapping
from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry
from app.accounts.subjects import Actor
from app.core.database import lock_chain

GENESIS = "0" * 64
CHAIN = 73_001
BATCH = 2000
Change = tuple[str, str, str, dict[str, Any] | None, dict[str, Any] | None]
"""action, subject type, subject id, before, after."""


def record(
    session: Session,
    *,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: int | str,
    now: dt.datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Add one entry in this transaction. ``before`` and ``after`` hold plain values, never secrets or contacts."""
    record_many(session, actor=actor, now=now, changes=[(action, subject_type, str(subject_id), before, after)])


def record_many(session: Session, *, actor: Actor, now: dt.datetime, changes: Iterable[Change]) -> None:
    """Add entries for many changes made at once, in their order."""
    lock_chain(session, CHAIN)
    session.flush()
    connection = session.connection()
    previous = (
        connection.execute(select(AuditEntry.hash).order_by(col(AuditEntry.id).desc()).limit(1)).scalar() or GENESIS
    )
    rows = []
    for action, subject_type, subject_id, before, after in changes:
        row = {
            "at": now,
            "actor_id": actor.user_id,
            "actor_label": actor.label,
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "before": before,
            "after": after,
            "previous_hash": previous,
        }
        previous = row["hash"] = digest_of(row)
        rows.append(row)
    if rows:
        connection.execute(AuditEntry.__table__.insert(), rows)  # type: ignore[attr-defined]


def digest_of(row: dict[str, Any]) -> str:
    """The hash of an entry: over all its fields and the hash before it."""
    moment: dt.datetime = row["at"]
    body = json.dumps(
        [
            row["previous_hash"],
            moment.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            row["actor_id"],
            row["actor_label"],
            row["action"],
            row["subject_type"],
            row["subject_id"],
            row["before"],
            row["after"],
        ],
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(body.encode()).hexdigest()


def find_breaks(session: Session) -> Iterator[str]:
    """Every place where the chain does not hold, for the invariant checker."""
    previous = GENESIS
    table = AuditEntry.__table__  # type: ignore[attr-defined]
    for row in _in_order(session, table):
        if row["previous_hash"] != previous:
            yield f"audit entry {row['id']} does not follow the one before it"
        if digest_of(dict(row)) != row["hash"]:
            yield f"audit entry {row['id']} was altered"
        previous = row["hash"]


def _in_order(session: Session, table: Any) -> Iterator[RowMapping]:
    """Every entry, oldest first, a batch at a time: the trail is long, and a reading session has no cursors."""
    last = 0
    while True:
        statement = table.select().where(table.c.id > last).order_by(table.c.id).limit(BATCH)
        rows = session.connection().execute(statement).mappings().all()
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1]["id"]
