"""Days that concern halal certificates: printed ends, surveillance, and the beginning of duties.

Only confirmed certificates have a place here: what is claimed promises nothing yet, and what is suspended, revoked or
replaced is not waited for.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.businesses.models import Business, BusinessState
from app.catalogue import standings
from app.catalogue.models import Listing, Product, ProductCertificateItem, ProductState, ProductText
from app.catalogue.queries.halal_coverage import required_since
from app.catalogue.standings import Standings
from app.core.errors import Invalid
from app.core.languages import N_
from app.core.pagination import Cursor
from app.halal.models import Certificate, CertificateItem
from app.halal.rules import Status
from app.halal.vocabulary import CertificateState, GoodsClass

BY_DAY = "day"
SOON = dt.timedelta(days=90)
"""How far the office looks ahead unless it asks for a month, and how early makers are warned."""
PAST = "past"


class DueKind(StrEnum):
    """What a day brings."""

    LAPSE = "lapse"
    """The last valid day that is printed."""
    SURVEILLANCE = "surveillance"
    OBLIGATION = "obligation"
    """Goods of a kind need a certificate from this day on."""


@dataclass(frozen=True)
class DueCertificate:
    """A day of a certificate."""

    kind: DueKind
    day: dt.date
    certificate_id: int
    public_id: str
    body: str
    number: str
    business_id: int
    brand: str
    products: tuple[str, ...]
    """Names of the goods that are linked with it and not archived."""


@dataclass(frozen=True)
class DuePage:
    """One page of days, the earliest first."""

    rows: list[DueCertificate]
    next: str | None
    total: int


@dataclass(frozen=True)
class Duty:
    """From a day on goods of a kind need a certificate."""

    goods_class: GoodsClass
    day: dt.date
    products: int
    """Public goods that it finds, or has found, without one."""


@dataclass(frozen=True)
class UnpreparedProduct:
    """A public product of a maker without a certificate that it needs, or will need, from a day on."""

    goods_class: GoodsClass
    day: dt.date
    business_id: int
    name: str
    """In the language it was written in first."""


# --- certificates ---------------------------------------------------------------------------------------------------


def _days(conditions: Collection[Any] = ()) -> Any:
    """Both kinds of days as one table: kind, place (which no other row has), certificate, day."""
    live = (col(Certificate.state) == CertificateState.VERIFIED.value, *conditions)
    parts: list[Any] = [
        sa.select(
            sa.literal(kind.value).label("kind"),
            (col(Certificate.id) * 2 + place).label("place"),
            col(Certificate.id).label("certificate_id"),
            day.label("day"),
        ).where(day.is_not(None), *live)
        for place, kind, day in (
            (0, DueKind.LAPSE, col(Certificate.valid_until)),
            (1, DueKind.SURVEILLANCE, col(Certificate.surveillance_due)),
        )
    ]
    return sa.union_all(*parts).subquery("days")


def count_by_month(session: Session, *, today: dt.date) -> dict[str, Counter[DueKind]]:
    """How many days of each kind a month (``2026-12``) has, those that are over under ``past``; one statement."""
    days = _days()
    over = sa.case((days.c.day < today, 1), else_=0)
    year, month = sa.extract("year", days.c.day), sa.extract("month", days.c.day)
    keys = (over, sa.case((over == 1, 0), else_=year), sa.case((over == 1, 0), else_=month), days.c.kind)
    counted: dict[str, Counter[DueKind]] = defaultdict(Counter)
    statement = sa.select(*keys, sa.func.count()).group_by(*keys).order_by(*keys)
    for is_over, in_year, in_month, kind, number in session.connection().execute(statement):
        key = PAST if is_over else f"{int(in_year):04}-{int(in_month):02}"
        counted[key][DueKind(kind)] += number
    return dict(sorted(counted.items(), key=lambda each: (each[0] != PAST, each[0])))


def count_soon(session: Session, *, today: dt.date, within: dt.timedelta) -> tuple[int, dt.date | None]:
    """How many certificates end within some days from today on, and the first of these ends; one statement."""
    ends = col(Certificate.valid_until)
    statement = sa.select(sa.func.count(), sa.func.min(ends)).where(
        col(Certificate.state) == CertificateState.VERIFIED.value, ends >= today, ends <= today + within
    )
    number, first = session.connection().execute(statement).one()
    return number, first


def month_span(key: str) -> tuple[dt.date, dt.date]:
    """The first day of a month written as ``2026-12`` and the first one after it.

    Raises:
        Invalid: it is no month.
    """
    try:
        first = dt.datetime.strptime(key, "%Y-%m").replace(tzinfo=dt.UTC).date()
        return first, (first + dt.timedelta(days=31)).replace(day=1)
    except (ValueError, OverflowError) as error:
        raise Invalid(fields={"when": N_("Choose a month from the list.")}) from error


def list_days(
    session: Session,
    *,
    today: dt.date,
    when: str | None = None,
    kind: DueKind | None = None,
    limit: int,
    cursor: str | None = None,
) -> DuePage:
    """Days of certificates, what is over first: of a month, only those over, or (None) those and the next 90 days.

    Three statements.

    Raises:
        Invalid: a damaged cursor, or no month.
    """
    days = _days()
    wanted: list[Any] = []
    if when == PAST:
        wanted.append(days.c.day < today)
    elif when:
        first, end = month_span(when)
        wanted += [days.c.day >= max(first, today), days.c.day < end]
    else:
        wanted.append(days.c.day <= today + SOON)
    if kind is not None:
        wanted.append(days.c.kind == kind.value)
    total = session.connection().execute(sa.select(sa.func.count()).select_from(days).where(*wanted)).scalar_one()
    statement = (
        sa.select(
            days.c.kind,
            days.c.place,
            days.c.day,
            days.c.certificate_id,
            col(Certificate.public_id),
            col(Certificate.body),
            col(Certificate.number),
            col(Certificate.business_id),
            col(Business.brand),
        )
        .join(Certificate, col(Certificate.id) == days.c.certificate_id)
        .join(Business, col(Business.id) == col(Certificate.business_id))
        .where(*wanted)
        .order_by(days.c.day, days.c.place)
        .limit(limit + 1)
    )
    if cursor is not None:
        day, place = _place(cursor)
        statement = statement.where(
            sa.or_(days.c.day > day, sa.and_(days.c.day == day, days.c.place > place)),
        )
    rows = session.connection().execute(statement).all()
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = Cursor(BY_DAY, rows[-1].day.isoformat(), rows[-1].place).encode()
    names = _names(session, [row.certificate_id for row in rows])
    return DuePage([_due(row, names) for row in rows], following, total)


def _place(cursor: str) -> tuple[dt.date, int]:
    place = Cursor.decode(cursor, sort=BY_DAY)
    try:
        return dt.date.fromisoformat(place.key), place.id
    except (ValueError, TypeError) as error:
        raise Invalid(code="bad_cursor", fields={"cursor": N_("Start again from the first page.")}) from error


def _due(row: Any, names: Mapping[int, list[str]]) -> DueCertificate:
    return DueCertificate(
        kind=DueKind(row.kind),
        day=row.day,
        certificate_id=row.certificate_id,
        public_id=row.public_id,
        body=row.body,
        number=row.number,
        business_id=row.business_id,
        brand=row.brand,
        products=tuple(names.get(row.certificate_id, ())),
    )


def _names(session: Session, certificates: Collection[int]) -> dict[int, list[str]]:
    """By certificate the names of goods that it covers, each in the language it was written in first."""
    statement = (
        sa.select(col(CertificateItem.certificate_id), col(ProductText.name))
        .distinct()
        .join(ProductCertificateItem, col(ProductCertificateItem.item_id) == col(CertificateItem.id))
        .join(Product, col(Product.id) == col(ProductCertificateItem.product_id))
        .join(
            ProductText,
            sa.and_(
                col(ProductText.product_id) == col(Product.id),
                col(ProductText.language) == col(Product.source_language),
            ),
        )
        .where(
            col(CertificateItem.certificate_id).in_(certificates),
            col(ProductCertificateItem.until).is_(None),
            col(Product.state) != ProductState.ARCHIVED.value,
        )
        .order_by(col(CertificateItem.certificate_id), col(ProductText.name))
    )
    found: dict[int, list[str]] = defaultdict(list)
    for number, name in session.connection().execute(statement):
        found[number].append(name)
    return found


def list_days_of_makers(session: Session, *, today: dt.date) -> list[DueCertificate]:
    """Days of certificates of verified makers from today to 90 days on, the earliest first."""
    days = _days()
    statement = (
        sa.select(
            days.c.kind,
            days.c.day,
            days.c.certificate_id,
            col(Certificate.public_id),
            col(Certificate.body),
            col(Certificate.number),
            col(Certificate.business_id),
            col(Business.brand),
        )
        .join(Certificate, col(Certificate.id) == days.c.certificate_id)
        .join(Business, col(Business.id) == col(Certificate.business_id))
        .where(days.c.day >= today, days.c.day <= today + SOON, col(Business.state) == BusinessState.VERIFIED.value)
        .order_by(days.c.day, days.c.place)
    )
    rows = session.connection().execute(statement).all()
    names: dict[int, list[str]] = {}
    for batch in _batches([row.certificate_id for row in rows]):
        names |= _names(session, batch)
    return [_due(row, names) for row in rows]


def _batches(numbers: list[int], size: int = 500) -> Iterable[list[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


# --- duties ---------------------------------------------------------------------------------------------------------


def list_duties(session: Session, *, today: dt.date) -> list[Duty]:
    """Duties that will begin, the next one first, then those that have begun and are not met, the latest first.

    Goods of which too little is known to judge are not counted, nor are goods that are on their way to a certificate;
    six statements.
    """
    found = _missing_by_duty(standings.read_standings(session), today)
    statement = (
        sa.select(col(Listing.standing_id), sa.func.count()).where(_fresh(today)).group_by(col(Listing.standing_id))
    )
    goods: dict[int, int] = {row[0]: row[1] for row in session.connection().execute(statement)}
    duties = [
        Duty(goods_class, day, sum(goods.get(number, 0) for number in numbers))
        for (goods_class, day), numbers in found.items()
    ]
    duties = [duty for duty in duties if duty.products or duty.day > today]
    return sorted(duties, key=lambda duty: (duty.day <= today, abs(duty.day - today), duty.goods_class))


def list_unprepared(session: Session, *, today: dt.date) -> list[UnpreparedProduct]:
    """Public goods without a certificate that a duty asks for which has begun or begins within 90 days."""
    found = _missing_by_duty(standings.read_standings(session), today)
    near = {key: numbers for key, numbers in found.items() if key[1] <= today + SOON}
    statement = (
        sa.select(col(Listing.business_id), col(Listing.names), col(Listing.source_language), col(Listing.standing_id))
        .where(col(Listing.standing_id).in_(sorted(set().union(*near.values()))), _fresh(today))
        .order_by(col(Listing.business_id), col(Listing.product_id))
    )
    return [
        UnpreparedProduct(goods_class, day, business, names.get(language) or next(iter(names.values())))
        for business, names, language, standing in session.connection().execute(statement)
        for (goods_class, day), numbers in near.items()
        if standing in numbers
    ]


def _fresh(today: dt.date) -> Any:
    return sa.or_(col(Listing.standing_until).is_(None), col(Listing.standing_until) > today)


def _missing_by_duty(read: Standings, today: dt.date) -> dict[tuple[GoodsClass, dt.date], set[int]]:
    """By kind of goods and first day of a duty: standings without a certificate that it asks for."""
    found: dict[tuple[GoodsClass, dt.date], set[int]] = {}
    for obligation in read.reference.obligations:
        day, goods_class = obligation.mandatory_from, obligation.goods_class
        on = max(day, today)
        if not obligation.valid.covers(on):
            continue
        statuses = read.statuses(on)
        found.setdefault((goods_class, day), set()).update(
            number
            for number, standing in read.by_id.items()
            if standing.goods_class is goods_class
            and statuses[number] is Status.REQUIRED_MISSING
            and required_since(standing, read.reference, on) == day
        )
    return found
