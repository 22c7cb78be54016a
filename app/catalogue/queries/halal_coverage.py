"""How far the goods that need a halal certificate have one: counted today, at home, by place, kind and size.

Counted from the listings, that is of public goods. A listing whose standing has come to its end counts as unknown
until the sweep has looked at it, as everywhere.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from app.catalogue import standings
from app.catalogue.models import Listing
from app.catalogue.queries.reference import Reference
from app.catalogue.standings import Standings
from app.core.errors import Invalid
from app.core.languages import N_
from app.core.pagination import Cursor
from app.halal import rules
from app.halal.rules import Status
from app.halal.vocabulary import GoodsClass, Said, Scale

BY_MAKER = "maker"
EXPORT_BATCH = 1000
_listing = Listing.__table__  # type: ignore[attr-defined]


class Dimension(StrEnum):
    """What coverage is broken down by."""

    KECAMATAN = "kecamatan"
    CATEGORY = "category"
    SCALE = "scale"


NOT_KNOWN = "unknown"
"""In a filter: goods of makers without a district, or without a size."""
SIZES = (Scale.MICRO_SMALL.value, Scale.MEDIUM_LARGE.value, NOT_KNOWN)


@dataclass(frozen=True)
class Filter:
    """Which goods are meant; None: all."""

    status: Status | None = None
    kecamatan: str | None = None
    """Slug, or ``unknown``."""
    category: str | None = None
    """Slug of a root category."""
    scale: str | None = None
    """One of ``SIZES``."""
    goods: GoodsClass | None = None
    """What it is before the law, which a maker may put right; see ``standings.read_facts``."""
    since: dt.date | None = None
    """Only where a certificate is missing that has been required since this day."""


@dataclass
class Tally:
    """Goods by their status at home."""

    statuses: Counter[Status] = field(default_factory=Counter)

    @property
    def products(self) -> int:
        """All of them."""
        return self.statuses.total()


@dataclass(frozen=True)
class Coverage:
    """What was counted on a day. Each dimension adds up to the total; keys are those that ``Filter`` takes."""

    on: dt.date
    total: Tally
    by: Mapping[Dimension, Mapping[str, Tally]]


@dataclass(frozen=True)
class CoveredRow:
    """A public product as coverage counts it."""

    product_id: int
    slug: str
    names: Mapping[str, str]
    source_language: str
    business_id: int
    business_slug: str
    business_name: str
    kecamatan: str
    """Its name; empty when not known."""
    category_id: int
    scale: str
    goods_class: str
    """Empty when nothing is known of the product yet."""
    status: Status
    required_since: dt.date | None
    """From when a missing certificate has been required."""


@dataclass(frozen=True)
class CoveredPage:
    """One page of goods by maker."""

    rows: list[CoveredRow]
    next: str | None
    total: int


def get_coverage(session: Session, reference: Reference, *, today: dt.date) -> Coverage:
    """Public goods by status and each dimension; six statements."""
    read = standings.read_standings(session)
    statuses = read.statuses(today)
    total = Tally()
    by: dict[Dimension, dict[str, Tally]] = {dimension: {} for dimension in Dimension}
    stale = sa.case((_stale(today), 1), else_=0).label("stale")
    columns = (_listing.c.kecamatan_code, _listing.c.category_id, _listing.c.standing_id, stale)
    statement = sa.select(*columns, sa.func.count()).group_by(*columns)
    for kecamatan, category, standing, is_stale, number in session.connection().execute(statement):
        status = Status.UNKNOWN if is_stale else statuses.get(standing, Status.UNKNOWN)
        keys = {
            Dimension.KECAMATAN: reference.kecamatan[kecamatan][0] if kecamatan else NOT_KNOWN,
            Dimension.CATEGORY: reference.path(category)[0].slug,
            Dimension.SCALE: _scale(read, standing),
        }
        total.statuses[status] += number
        for dimension, key in keys.items():
            by[dimension].setdefault(key, Tally()).statuses[status] += number
    return Coverage(today, total, by)


def _stale(today: dt.date) -> Any:
    return sa.and_(_listing.c.standing_until.is_not(None), _listing.c.standing_until <= today)


def _scale(read: Standings, number: int) -> str:
    standing = read.by_id.get(number)
    return standing.scale.value if standing is not None and standing.scale is not None else NOT_KNOWN


def list_covered(
    session: Session,
    reference: Reference,
    chosen: Filter,
    *,
    today: dt.date,
    limit: int,
    cursor: str | None = None,
) -> CoveredPage:
    """Public goods that a filter means, by maker; seven statements.

    Raises:
        Invalid: a damaged cursor, or a district, category or size that is not known.
    """
    read = standings.read_standings(session)
    wanted = _conditions(read, reference, chosen, today)
    total = session.connection().execute(sa.select(sa.func.count()).select_from(_listing).where(*wanted)).scalar_one()
    rows = _rows(session, read, wanted, today, limit=limit + 1, after=_place(cursor))
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = Cursor(BY_MAKER, rows[-1].business_id, rows[-1].product_id).encode()
    return CoveredPage(rows, following, total)


def iterate_covered(session: Session, reference: Reference, chosen: Filter, *, today: dt.date) -> Iterator[CoveredRow]:
    """All goods that a filter means, in the order they were begun, a thousand to a statement.

    Raises:
        Invalid: a district, category or size that is not known.
    """
    read = standings.read_standings(session)
    wanted = _conditions(read, reference, chosen, today)
    last = 0
    while True:
        statement = _ROWS.where(*wanted, _listing.c.product_id > last).order_by(_listing.c.product_id)
        rows = session.connection().execute(statement.limit(EXPORT_BATCH)).all()
        for row in rows:
            yield _row(row, read, today)
        if len(rows) < EXPORT_BATCH:
            return
        last = rows[-1].product_id


def _place(cursor: str | None) -> tuple[int, int] | None:
    if cursor is None:
        return None
    place = Cursor.decode(cursor, sort=BY_MAKER)
    if type(place.key) is not int:
        raise Invalid(code="bad_cursor", fields={"cursor": N_("Start again from the first page.")})
    return place.key, place.id


def _conditions(read: Standings, reference: Reference, chosen: Filter, today: dt.date) -> list[Any]:
    """The filter in SQL."""
    wanted: list[Any] = []
    if chosen.status is not None:
        statuses = read.statuses(today)
        having = [number for number, status in statuses.items() if status is chosen.status]
        fresh = sa.and_(~_stale(today), _listing.c.standing_id.in_(having))
        if chosen.status is Status.UNKNOWN:
            fresh = sa.or_(fresh, _stale(today), _listing.c.standing_id.not_in(list(statuses)))
        wanted.append(fresh)
    if chosen.kecamatan == NOT_KNOWN:
        wanted.append(_listing.c.kecamatan_code.is_(None))
    elif chosen.kecamatan is not None:
        if chosen.kecamatan not in reference.kecamatan_codes:
            raise Invalid(fields={"kecamatan": N_("Choose a district from the list.")})
        wanted.append(_listing.c.kecamatan_code == reference.kecamatan_codes[chosen.kecamatan])
    if chosen.category is not None:
        node = reference.by_slug.get(chosen.category)
        if node is None:
            raise Invalid(fields={"category": N_("Choose a category from the list.")})
        wanted.append(_listing.c.category_id.in_(sorted(node.within)))
    if chosen.scale is not None:
        wanted.append(_of_size(read, chosen.scale))
    if chosen.goods is not None or chosen.since is not None:
        wanted.append(_listing.c.standing_id.in_(_bound(read, chosen, today)))
    return wanted


def _bound(read: Standings, chosen: Filter, today: dt.date) -> list[int]:
    """Standings of goods of a kind, and, asked for a day, without the certificate that was required from then on."""
    statuses = read.statuses(today)
    return [
        number
        for number, standing in read.by_id.items()
        if (chosen.goods is None or standing.goods_class is chosen.goods)
        and (
            chosen.since is None
            or (
                statuses[number] is Status.REQUIRED_MISSING
                and required_since(standing, read.reference, today) == chosen.since
            )
        )
    ]


def _of_size(read: Standings, scale: str) -> Any:
    if scale not in SIZES:
        raise Invalid(fields={"scale": N_("Choose a size from the list.")})
    sized = {number: _scale(read, number) for number in read.by_id}
    if scale == NOT_KNOWN:
        return _listing.c.standing_id.not_in([number for number, each in sized.items() if each != NOT_KNOWN])
    return _listing.c.standing_id.in_([number for number, each in sized.items() if each == scale])


_ROWS = sa.select(
    _listing.c.product_id,
    _listing.c.slug,
    _listing.c.names,
    _listing.c.source_language,
    _listing.c.business_id,
    _listing.c.business_slug,
    _listing.c.business_name,
    _listing.c.kecamatan_name,
    _listing.c.category_id,
    _listing.c.standing_id,
    _listing.c.standing_until,
)


def _rows(
    session: Session,
    read: Standings,
    wanted: list[Any],
    today: dt.date,
    *,
    limit: int,
    after: tuple[int, int] | None,
) -> list[CoveredRow]:
    statement = _ROWS.where(*wanted).order_by(_listing.c.business_id, _listing.c.product_id).limit(limit)
    if after is not None:
        statement = statement.where(
            sa.tuple_(_listing.c.business_id, _listing.c.product_id)
            > sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
        )
    return [_row(row, read, today) for row in session.connection().execute(statement)]


def _row(row: Any, read: Standings, today: dt.date) -> CoveredRow:
    standing = read.by_id.get(row.standing_id)
    status = read.status(row, today)
    missing = status is Status.REQUIRED_MISSING and standing is not None
    return CoveredRow(
        product_id=row.product_id,
        slug=row.slug,
        names=row.names,
        source_language=row.source_language,
        business_id=row.business_id,
        business_slug=row.business_slug,
        business_name=row.business_name,
        kecamatan=row.kecamatan_name,
        category_id=row.category_id,
        scale=_scale(read, row.standing_id),
        goods_class=standing.goods_class.value if standing is not None else "",
        status=status,
        required_since=required_since(standing, read.reference, today) if missing and standing is not None else None,
    )


def required_since(standing: rules.Standing, reference: rules.ReferenceFacts, on: dt.date) -> dt.date | None:
    """From when the law has required a certificate of such goods, by the duties that have begun by a day.

    Of a maker whose size is not known: since makers of every size are bound.
    """
    sizes = (standing.scale,) if standing.scale else rules.HOME_SIZES
    begun = [
        min(
            (
                each.mandatory_from
                for each in rules.obligations_for(
                    reference, standing.goods_class, size, on=on, made_in=standing.made_in
                )
                if each.mandatory_from <= on
                and each.confidence.confirmed
                and (not each.animal_only or standing.animal is Said.YES)
            ),
            default=None,
        )
        for size in sizes
    ]
    return max((day for day in begun if day is not None), default=None)
