"""What officials do with reference facts, and the loading of those that every installation starts from.

A row is never changed but for the day on which it ceases to hold: see ``models.Fact``.
"""

import csv
import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python
from sqlmodel import Session, col, select

from app.accounts import audit
from app.accounts.subjects import Actor, Command
from app.businesses.rules import can_decide
from app.core.database import lock_chain
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.languages import N_
from app.halal import rules
from app.halal.models import Body
from app.halal.queries import reference as queries
from app.halal.queries.reference import F, Kind
from app.halal.schemas.reference import FactCreate, FactEnd, RecognitionCreate

REFERENCE = Path(__file__).parent.parent / "reference"
FILES = {
    queries.BODIES.slug: "bodies.csv",
    queries.RECOGNITION.slug: "recognition.csv",
    queries.RULES.slug: "destination_rules.csv",
    queries.OBLIGATIONS.slug: "obligations.csv",
}
LOCK = 73_004
"""Officials record one after the other, so that each sees what the other did."""


class FactReplaced(Conflict):
    """The row was corrected or ended before."""

    code = "fact_replaced"
    message = N_("Somebody has corrected or ended this row already. Look at the one that stands now.")


class FactOverlaps(Conflict):
    """Another row says something about the same thing on the same days."""

    code = "fact_overlaps"


def add_fact(session: Session, *, kind: Kind[F], actor: Actor, data: FactCreate, now: dt.datetime) -> F:
    """Record a fact that was not known before.

    Raises:
        Forbidden: not an official.
        Invalid: a source read in the future, or a body that is not on the list.
        FactOverlaps: another row about the same thing holds on some of these days.
    """
    _begin(session, actor)
    _check(session, kind, data, now, instead_of=None)
    return _add(session, kind=kind, actor=actor, data=data, now=now)


def end_fact(session: Session, *, kind: Kind[F], actor: Actor, fact_id: int, data: FactEnd, now: dt.datetime) -> F:
    """Record the day on which a fact ceases to hold. Until then, and of the days before, it goes on to count.

    Raises:
        Forbidden: not an official.
        NotFound
        FactReplaced: it was corrected, or has its end already; a wrong end is corrected like anything else.
        Invalid: it would end before it began.
    """
    _begin(session, actor)
    row = _get_standing(session, kind, fact_id)
    if row.valid_until is not None:
        raise FactReplaced
    if row.valid_from is not None and data.valid_until <= row.valid_from:
        raise Invalid(fields={"valid_until": N_("Choose a day after the one on which it begins.")})
    row.valid_until = data.valid_until
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"{kind.table}.ended",
        subject_type=kind.table,
        subject_id=row.id,
        before={"valid_until": None},
        after=data.model_dump(mode="json"),
        now=now,
    )
    return row


def correct_fact(
    session: Session,
    *,
    kind: Kind[F],
    actor: Actor,
    fact_id: int,
    data: FactCreate,
    now: dt.datetime,
    seen_end: str | None = None,
) -> F:
    """Put a row in the place of a mistaken one, which stays for everybody to see; gives the new row.

    ``seen_end`` is the end that the official saw when she began, as year-month-day or empty; None: she does not say.

    Raises:
        Forbidden: not an official.
        NotFound
        FactReplaced: it was corrected before, or ended while she wrote.
        FactOverlaps: another row about the same thing holds on some of these days.
        Invalid: as ``add_fact``, nothing is different, or a body would change its code.
    """
    _begin(session, actor)
    row = _get_standing(session, kind, fact_id)
    if seen_end is not None and seen_end != str(row.valid_until or ""):
        raise FactReplaced
    _check(session, kind, data, now, instead_of=row)
    wanted = kind.model(**data.model_dump(), recorded_at=now)
    if kind.one_row and kind.subject(wanted) != kind.subject(row):
        raise Invalid(fields={"code": N_("The code stays, because certificates name the body by it.")})
    if kind.said(row) == data.model_dump(exclude={"reason"}):
        raise Invalid(N_("Nothing is different yet. Change what is wrong, then save."), code="nothing_changed")
    return _add(session, kind=kind, actor=actor, data=data, now=now, corrects=row)


def _begin(session: Session, actor: Actor) -> None:
    if not can_decide(actor):
        raise Forbidden
    lock_chain(session, LOCK)


def _get_standing(session: Session, kind: Kind[F], fact_id: int) -> F:
    row = queries.get_fact(session, kind, fact_id)
    session.refresh(row)  # as it stands now that no other official can be at it
    if not row.current:
        raise FactReplaced
    return row


def _check(session: Session, kind: Kind[F], data: FactCreate, now: dt.datetime, *, instead_of: F | None) -> None:
    """What a schema cannot know."""
    if data.as_of > rules.day_of(now):
        raise Invalid(fields={"as_of": N_("Write the day on which the source was read: today or before.")})
    if isinstance(data, RecognitionCreate):
        known = session.exec(select(Body.id).where(Body.code == data.body, col(Body.current))).first()
        if known is None:
            raise Invalid(fields={"body": N_("Choose a body from the list.")})
    wanted = kind.model(**data.model_dump(), recorded_at=now)
    for row in queries.list_rows(session, kind):
        if row is instead_of or not row.current or kind.subject(row) != kind.subject(wanted):
            continue
        if kind.one_row:
            raise FactOverlaps(fields={"code": N_("This body is on the list already. Correct its row instead.")})
        if _overlap(row, wanted):
            raise FactOverlaps(
                fields={
                    "valid_from": N_(
                        "Another row says something about the same on these days. End or correct it first."
                    )
                }
            )


def _overlap(one: F, other: F) -> bool:
    def days(row: F) -> tuple[dt.date, dt.date]:
        return row.valid_from or dt.date.min, row.valid_until or dt.date.max

    (begins, ends), (since, until) = days(one), days(other)
    return begins < until and since < ends


def _add(
    session: Session,
    *,
    kind: Kind[F],
    actor: Actor,
    data: FactCreate,
    now: dt.datetime,
    corrects: F | None = None,
) -> F:
    before: dict[str, Any] | None = None
    if corrects is not None:
        before = {"id": corrects.id, **to_jsonable_python(kind.said(corrects))}
        corrects.current = False
        session.flush()  # before the new row comes: of a body one row is current
    row = kind.model(
        **data.model_dump(),
        recorded_at=now,
        recorded_by_id=actor.user_id,
        corrects_id=corrects.id if corrects is not None else None,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"{kind.table}.{'added' if corrects is None else 'corrected'}",
        subject_type=kind.table,
        subject_id=row.id,
        before=before,
        after=data.model_dump(mode="json"),
        now=now,
    )
    return row


# --- the facts that every installation starts from --------------------------------------------------------------------


def load_reference(session: Session, now: dt.datetime) -> int:
    """Bring the rows in line with the files beside this area, and give the number of rows written.

    A row that is new in the files is added, and one that changed corrects the one it was. What officials recorded,
    corrected or ended stays as they left it, and loading again changes nothing.
    """
    written = {}
    for kind in queries.KINDS.values():
        number = _load_kind(session, kind, now)
        if number:
            written[kind.slug] = number
    if written:
        audit.record(
            session,
            actor=Command(),
            action="reference.loaded",
            subject_type="reference",
            subject_id="halal",
            after=written,
            now=now,
        )
    return sum(written.values())


def _load_kind(session: Session, kind: Kind[F], now: dt.datetime) -> int:
    rows = list(queries.list_rows(session, kind))
    written = 0
    for values in _read(kind):
        wanted = kind.model(**values, recorded_at=now)
        about = [row for row in rows if kind.subject(row) == kind.subject(wanted)]
        same = next((row for row in about if kind.said(row) | _NO_END == values | _NO_END), None)
        if same is not None:
            # It stands, or an official knew better. Only an end that nobody knew of yet is new.
            if same.current and same.valid_until is None and wanted.valid_until is not None:
                same.valid_until = wanted.valid_until
                written += 1
            continue
        in_place = [row for row in _heads(about, rows) if kind.one_row or _overlap(row, wanted)]
        if not all(_from_files(row) for row in in_place):
            continue
        for row in in_place:
            row.current = False
            wanted.corrects_id = row.id
            wanted.valid_until = wanted.valid_until or row.valid_until
        session.flush()  # before the new row comes: of a body one row is current
        session.add(wanted)
        session.flush()
        rows.append(wanted)
        written += 1
    session.flush()
    return written


_NO_END = {"valid_until": None}


def _heads(about: Sequence[F], rows: Sequence[F]) -> list[F]:
    """The rows that stand now in the place of these."""
    by_corrected = {row.corrects_id: row for row in rows if row.corrects_id is not None}
    heads: dict[int, F] = {}
    for row in about:
        head = row
        while head.id in by_corrected:
            head = by_corrected[head.id]
        heads[head.id] = head
    return list(heads.values())


def _from_files(row: F) -> bool:
    return row.recorded_by_id is None and not row.reason


def _read(kind: Kind[F]) -> Iterator[dict[str, Any]]:
    """The rows of a file, as their schema reads them."""
    with (REFERENCE / FILES[kind.slug]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            given: dict[str, Any] = {name: value for name, value in row.items() if value}
            if "goods" in given:
                given["goods"] = given["goods"].split(";")
            yield kind.create.model_validate({**given, "reason": "-"}).model_dump(exclude={"reason"})
