"""Reading reference facts: what stands, what stood before it was corrected, and what held on a day.

Rows are few, as an office keeps them by hand, and are read whole: one statement a list, one order on both databases.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry, User
from app.core.errors import NotFound
from app.core.pagination import Cursor
from app.halal.models import Body, DestinationRule, Obligation, Recognition
from app.halal.schemas.reference import (
    BodyCreate,
    BodyPublic,
    BodyQuery,
    DestinationRuleCreate,
    DestinationRulePublic,
    DestinationRuleQuery,
    ObligationCreate,
    ObligationPublic,
    ObligationQuery,
    RecognitionCreate,
    RecognitionPublic,
    RecognitionQuery,
)
from app.halal.vocabulary import Confidence

AnyFact = Body | Recognition | DestinationRule | Obligation
F = TypeVar("F", Body, Recognition, DestinationRule, Obligation)


@dataclass(frozen=True)
class Kind(Generic[F]):
    """One of the four kinds of facts."""

    slug: str
    """In addresses, and the name of its reference file."""
    model: type[F]
    create: type[Any]
    """What officials send."""
    public: type[Any]
    """What everybody is shown."""
    subject: Callable[[F], tuple[str, ...]]
    """What it is about: of the rows about one thing, one holds on a day. Also the order of lists."""
    one_row: bool = False
    """Of the rows about one thing, one stands, whatever the day."""

    @property
    def fields(self) -> tuple[str, ...]:
        """What a row says, apart from how it stands in the records."""
        return tuple(name for name in self.create.model_fields if name != "reason")

    def said(self, row: F) -> dict[str, Any]:
        """What a row says, by field."""
        return {name: getattr(row, name) for name in self.fields}

    @property
    def table(self) -> str:
        """The name of its rows in the audit trail."""
        return str(self.model.__tablename__)


BODIES = Kind("bodies", Body, BodyCreate, BodyPublic, lambda row: (row.code,), one_row=True)
RECOGNITION = Kind(
    "recognition",
    Recognition,
    RecognitionCreate,
    RecognitionPublic,
    lambda row: (row.destination, row.body, row.direction, row.made_in, ",".join(sorted(row.goods))),
)
RULES = Kind(
    "rules",
    DestinationRule,
    DestinationRuleCreate,
    DestinationRulePublic,
    lambda row: (row.country, row.goods_class),
)
OBLIGATIONS = Kind(
    "obligations", Obligation, ObligationCreate, ObligationPublic, lambda row: (row.goods_class, row.scale)
)
KINDS: dict[str, Kind[Any]] = {kind.slug: kind for kind in (BODIES, RECOGNITION, RULES, OBLIGATIONS)}


@dataclass(frozen=True)
class Known(Generic[F]):
    """A fact that stands, with the rows that it corrects, the newest first."""

    row: F
    corrected: tuple[F, ...]


@dataclass(frozen=True)
class FactPage(Generic[F]):
    """One page of a list of facts."""

    rows: tuple[Known[F], ...]
    next: str | None
    total: int


@dataclass(frozen=True)
class Act:
    """What somebody did to a fact."""

    at: dt.datetime
    action: str
    who: str
    """Her name, or how a program calls itself."""
    reason: str
    fact_id: int


def holds_on(row: AnyFact, on: dt.date) -> bool:
    """Whether a fact holds on a day."""
    return (row.valid_from is None or row.valid_from <= on) and (row.valid_until is None or on < row.valid_until)


def list_rows(session: Session, kind: Kind[F]) -> Sequence[F]:
    """All rows of a kind, corrected ones too, in the order in which they were recorded; one statement."""
    return session.exec(select(kind.model).order_by(col(kind.model.id))).all()


def list_known(session: Session, kind: Kind[F]) -> list[Known[F]]:
    """All facts that stand, with what they correct, in the order of what they are about; one statement."""
    rows = list_rows(session, kind)
    by_id: dict[int, F] = {row.id: row for row in rows}
    standing = sorted((row for row in rows if row.current), key=lambda row: (_key(kind, row), row.id))
    return [Known(row, tuple(_corrected(row, by_id))) for row in standing]


def _corrected(row: F, by_id: dict[int, F]) -> Iterable[F]:
    while row.corrects_id is not None:
        row = by_id[row.corrects_id]
        yield row


def list_facts(
    session: Session,
    kind: Kind[F],
    *,
    on: dt.date | None = None,
    fits: Callable[[F], bool] = lambda _: True,
    limit: int,
    cursor: str | None = None,
) -> FactPage[F]:
    """Facts that stand and fit, or those of them that hold on a day; one statement.

    Raises:
        Invalid: the cursor is damaged.
    """
    found = [each for each in list_known(session, kind) if fits(each.row) and (on is None or holds_on(each.row, on))]
    total = len(found)
    if cursor is not None:
        place = Cursor.decode(cursor, sort=kind.slug)
        after = (str(place.key), place.id)
        found = [each for each in found if (_key(kind, each.row), each.row.id) > after]
    rows = tuple(found[:limit])
    more = len(found) > limit
    following = Cursor(kind.slug, _key(kind, rows[-1].row), rows[-1].row.id).encode() if more else None
    return FactPage(rows, following, total)


def _key(kind: Kind[F], row: F) -> str:
    return " ".join(kind.subject(row))


def list_bodies(session: Session, query: BodyQuery) -> FactPage[Body]:
    """Bodies by their codes."""
    return list_facts(
        session,
        BODIES,
        on=query.on,
        fits=lambda row: (
            query.body in {None, row.code}
            and query.country in {None, row.country}
            and query.issues in {None, row.issues}
        ),
        limit=query.limit,
        cursor=query.cursor,
    )


def list_recognition(session: Session, query: RecognitionQuery) -> FactPage[Recognition]:
    """What destinations make of bodies' certificates, by destination and body."""
    return list_facts(
        session,
        RECOGNITION,
        on=query.on,
        fits=lambda row: (
            query.body in {None, row.body}
            and query.destination in {None, row.destination}
            and (query.goods_class is None or not row.goods or query.goods_class.value in row.goods)
        ),
        limit=query.limit,
        cursor=query.cursor,
    )


def list_rules(session: Session, query: DestinationRuleQuery) -> FactPage[DestinationRule]:
    """What destinations ask, by country and kind of goods."""
    return list_facts(
        session,
        RULES,
        on=query.on,
        fits=lambda row: query.country in {None, row.country} and query.goods_class in {None, row.goods_class},
        limit=query.limit,
        cursor=query.cursor,
    )


def list_obligations(session: Session, query: ObligationQuery) -> FactPage[Obligation]:
    """From when certificates are mandatory at home, by kind of goods and size of the maker."""
    return list_facts(
        session,
        OBLIGATIONS,
        on=query.on,
        fits=lambda row: query.goods_class in {None, row.goods_class} and query.scale in {None, row.scale},
        limit=query.limit,
        cursor=query.cursor,
    )


def get_fact(session: Session, kind: Kind[F], fact_id: int) -> F:
    """A row of any state.

    Raises:
        NotFound
    """
    row = session.get(kind.model, fact_id)
    if row is None:
        raise NotFound
    return row


def list_history(session: Session, kind: Kind[F], fact: F) -> list[F]:
    """Everything recorded about what a fact is about, the newest first: its corrections, and what ended before it.

    The row itself is among them.
    """
    rows = list_rows(session, kind)
    subjects = {kind.subject(fact)}
    related = {fact.id}
    while True:  # a correction may also have changed what a row is about
        found = {
            row.id for row in rows if row.id in related or row.corrects_id in related or kind.subject(row) in subjects
        }
        found |= {row.corrects_id for row in rows if row.id in found and row.corrects_id is not None}
        if found == related:
            break
        related = found
    return [row for row in reversed(rows) if row.id in related]


def list_acts(session: Session, kind: Kind[F], ids: Iterable[int]) -> list[Act]:
    """What people did to these rows, the newest first, for officials."""
    statement = (
        select(AuditEntry, User.name)
        .outerjoin(User, col(User.id) == col(AuditEntry.actor_id))
        .where(AuditEntry.subject_type == kind.table, col(AuditEntry.subject_id).in_([str(each) for each in ids]))
        .order_by(col(AuditEntry.id).desc())
    )
    return [
        Act(
            at=entry.at,
            action=entry.action,
            who=name or entry.actor_label,
            reason=str((entry.after or {}).get("reason", "")),
            fact_id=int(entry.subject_id),
        )
        for entry, name in session.exec(statement)
    ]


def public_of(kind: Kind[F], known: Known[F]) -> Any:
    """A fact as everybody may see it, a ``kind.public``."""
    history = [_shown(kind, row) for row in known.corrected]
    return kind.public.model_validate({**_shown(kind, known.row), "history": history})


def _shown(kind: Kind[F], row: F) -> dict[str, Any]:
    return {
        **kind.said(row),
        "id": row.id,
        "confirmed": Confidence(row.confidence).confirmed,
        "current": row.current,
        "corrects_id": row.corrects_id,
        "reason": row.reason,
        "recorded_at": row.recorded_at,
    }
