"""The outbox: effects outside the database, written as rows in the transaction that wants them, run afterwards.

Each row runs at least once; a handler must make a repeat harmless. A row is done, due (again later), or failed with
a reason after the last attempt.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

import structlog
from sqlalchemy import Index, String, update
from sqlmodel import Field, Session, col, select

from app.core.config import Settings
from app.core.database import Database, insert_or_ignore
from app.core.models import Table, id_field, json_field, moment_field
from app.core.storage import Storage

log = structlog.get_logger(__name__)
MAX_ATTEMPTS = 8
LEASE = dt.timedelta(minutes=5)


class OutboxState(StrEnum):
    """Where an effect stands."""

    DUE = "due"
    DONE = "done"
    FAILED = "failed"


class OutboxRow(Table, table=True):
    """One effect to bring about outside the database."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_due_at", "state", "due_at"),)

    id: int = id_field()
    kind: str = Field(max_length=60)
    key: str = Field(max_length=200, unique=True)
    payload: dict[str, Any] = json_field()
    state: OutboxState = Field(default=OutboxState.DUE, max_length=10, sa_type=String)
    attempts: int = 0
    due_at: dt.datetime = moment_field()
    reason: str = ""
    created_at: dt.datetime = moment_field()
    done_at: dt.datetime | None = moment_field(default=None, nullable=True)


@dataclass(frozen=True)
class Workbench:
    """What a handler may use."""

    database: Database
    storage: Storage
    settings: Settings
    now: dt.datetime


Handler = Callable[[Workbench, dict[str, Any]], None]
H = TypeVar("H", bound=Handler)
HANDLERS: dict[str, Handler] = {}


class PermanentFailure(Exception):
    """A handler's word that trying again is useless."""


DAILY: set[str] = set()
"""Kinds that the worker asks for once a day, when little happens, without a payload."""
DAILY_AT: dict[str, dt.time] = {}
"""Kinds that run once a day as soon as it is this late there (the time names its zone), without a payload."""


def handles(kind: str) -> Callable[[H], H]:
    """Register the function that brings about effects of a kind."""

    def register(handler: H) -> H:
        HANDLERS[kind] = handler
        return handler

    return register


def enqueue(
    session: Session,
    *,
    kind: str,
    key: str,
    payload: dict[str, Any],
    now: dt.datetime,
    due_at: dt.datetime | None = None,
) -> bool:
    """Ask for an effect in this transaction; False when one with the same key was asked for before."""
    added = insert_or_ignore(
        session,
        OutboxRow.__table__,  # type: ignore[attr-defined]
        {
            "kind": kind,
            "key": key,
            "payload": payload,
            "state": OutboxState.DUE.value,
            "attempts": 0,
            "due_at": due_at or now,
            "reason": "",
            "created_at": now,
        },
        conflict=["key"],
    )
    session.info["outbox_added"] = session.info.get("outbox_added", False) or added
    return added


def enqueue_daily(session: Session, *, now: dt.datetime) -> None:
    """Ask for what runs at a time of the day: for today, which runs at once when that time is over, and for tomorrow.

    A worker that was away all night makes up for today; days that went by without one are not made up for singly.
    """
    for kind, time in sorted(DAILY_AT.items()):
        today = now.astimezone(time.tzinfo).date()
        for day in (today, today + dt.timedelta(days=1)):
            due_at = dt.datetime.combine(day, time)
            enqueue(session, kind=kind, key=f"{kind}:{day:%Y%m%d}", payload={}, now=now, due_at=due_at)


def run_due(bench: Workbench, *, limit: int = 200, clock: Callable[[], dt.datetime] | None = None) -> int:
    """Run what is due, oldest first, and give how many rows were tried.

    A row is claimed by pushing its due time behind a lease, so that several workers never run it at once and a
    worker that dies gives it back. With a ``clock`` each row has its own moment; without, all have the bench's.
    """
    tried = 0
    while tried < limit:
        bench = bench if clock is None else replace(bench, now=clock())
        row = _claim(bench)
        if row is None:
            break
        tried += 1
        _run(bench, row)
    return tried


def _claim(bench: Workbench) -> OutboxRow | None:
    with bench.database.writing() as session:
        candidate = session.exec(
            select(OutboxRow)
            .where(OutboxRow.state == OutboxState.DUE, OutboxRow.due_at <= bench.now)
            .order_by(col(OutboxRow.due_at), col(OutboxRow.id))
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if candidate is None:
            return None
        candidate.attempts += 1
        candidate.due_at = bench.now + LEASE
        session.add(candidate)
        session.flush()
        session.expunge(candidate)
        return candidate


def _handler_for(row: OutboxRow) -> Handler:
    if row.attempts > MAX_ATTEMPTS:
        raise PermanentFailure("every attempt ended with the end of its worker")
    if row.kind not in HANDLERS:
        raise PermanentFailure(f"nothing handles {row.kind}")
    return HANDLERS[row.kind]


def _run(bench: Workbench, row: OutboxRow) -> None:
    changes: dict[str, Any]
    try:
        _handler_for(row)(bench, row.payload)
    except PermanentFailure as error:
        changes = {"state": OutboxState.FAILED, "reason": str(error)[:500] or type(error).__name__}
        log.warning("outbox_failed", kind=row.kind, row=row.id, reason=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - one bad effect must not stop the others
        final = row.attempts >= MAX_ATTEMPTS
        wait = dt.timedelta(seconds=min(3600, 5 * 2**row.attempts))
        changes = {
            "state": OutboxState.FAILED if final else OutboxState.DUE,
            "due_at": bench.now + wait,
            "reason": f"{type(error).__name__}: {error}"[:500],
        }
        log.warning("outbox_retry", kind=row.kind, row=row.id, attempts=row.attempts, reason=type(error).__name__)
    else:
        # What was done needs no address, link or text any more, so none is kept.
        changes = {"state": OutboxState.DONE, "done_at": bench.now, "reason": "", "payload": {}}
    with bench.database.writing() as session:
        # Whoever overran the lease has no say any more: another worker took the row meanwhile.
        mine = (col(OutboxRow.id) == row.id) & (col(OutboxRow.attempts) == row.attempts)
        session.connection().execute(update(OutboxRow).where(mine).values(**changes))
