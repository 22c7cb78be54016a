"""The invariant checker: every area adds checks that recount what must always hold; each fault is one sentence."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.core.database import is_sqlite
from app.core.idempotency import IdempotencyKey
from app.core.outbox import HANDLERS, OutboxRow, OutboxState
from app.core.storage import Storage


@dataclass(frozen=True)
class Inspection:
    """What a check may look at."""

    session: Session
    storage: Storage
    now: dt.datetime


Check = Callable[[Inspection], Iterator[str]]
CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under a name."""

    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


def run_checks(inspection: Inspection) -> Iterator[tuple[str, str]]:
    """(name of the check, fault) for everything that does not hold."""
    for name, function in CHECKS.items():
        for fault in function(inspection):
            yield name, fault


@check("database")
def check_database(inspection: Inspection) -> Iterator[str]:
    """The database's own integrity, and every foreign key."""
    connection = inspection.session.connection()
    if is_sqlite(inspection.session):
        for row in connection.execute(text("PRAGMA integrity_check")):
            if row[0] != "ok":
                yield str(row[0])
        for row in connection.execute(text("PRAGMA foreign_key_check")):
            yield f"{row[0]} row {row[1]} refers to a missing row of {row[2]}"
        return
    unchecked = text("SELECT conrelid::regclass, conname FROM pg_constraint WHERE NOT convalidated")
    for row in connection.execute(unchecked):
        yield f"constraint {row[1]} of {row[0]} is not validated"


@check("outbox")
def check_outbox(inspection: Inspection) -> Iterator[str]:
    """Every row is done, due or failed with a reason, and of a kind that something handles."""
    for row in inspection.session.exec(select(OutboxRow).where(col(OutboxRow.state) != OutboxState.DONE)):
        if row.state == OutboxState.FAILED and not row.reason:
            yield f"outbox row {row.id} failed without a reason"
        elif row.state not in set(OutboxState):
            yield f"outbox row {row.id} has the unknown state {row.state}"
        elif row.state == OutboxState.DUE and row.kind not in HANDLERS:
            yield f"outbox row {row.id} is of the kind {row.kind}, which nothing handles"


@check("idempotency")
def check_idempotency(inspection: Inspection) -> Iterator[str]:
    """No key is claimed without its answer: both are written in one transaction."""
    statement = select(IdempotencyKey.digest).where(col(IdempotencyKey.status).is_(None))
    for digest in inspection.session.exec(statement):
        yield f"key {digest[:12]} is claimed but has no answer"
