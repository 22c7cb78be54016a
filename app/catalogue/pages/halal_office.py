"""The city's view of halal certificates: days to keep in mind, and how far goods have the certificates they need."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from sqlmodel import Session

from app.accounts.web import OfficialDep, PageDep
from app.businesses import desks
from app.catalogue import coverage
from app.catalogue.coverage import What
from app.catalogue.queries import halal_calendar, halal_coverage
from app.catalogue.queries.halal_calendar import PAST, DueKind
from app.catalogue.queries.halal_coverage import NOT_KNOWN, SIZES, Filter
from app.catalogue.queries.reference import Reference, get_reference
from app.core.languages import N_, NN_, Language, show_date, show_month
from app.core.pagination import CursorText
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, moment_of, unit_router
from app.halal import words
from app.halal.rules import HOME, Status, day_of
from app.halal.vocabulary import GoodsClass

router = unit_router(include_in_schema=False)
NAV = "halal:certificate_queue"
"""The place in the office's navigation that these pages belong to."""
PER_PAGE = 50
WARN_AHEAD = dt.timedelta(days=30)
NAMES_SHOWN = 3
KINDS = {DueKind.LAPSE: N_("Last valid day"), DueKind.SURVEILLANCE: N_("Inspection due")}
HEADS = {DueKind.LAPSE: N_("Ends"), DueKind.SURVEILLANCE: N_("Inspections")}
LEFT = NN_("%(num)s day left", "%(num)s days left")
OVER = NN_("%(num)s day ago", "%(num)s days ago")


# --- the calendar ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MonthRow:
    """A month with the number of its days of each kind."""

    label: str
    url: str
    over: bool
    current: bool
    counts: tuple[tuple[str, int, str], ...]
    """(head of the column, number, address of these days)."""


@dataclass(frozen=True)
class DayRow:
    """A day of a certificate."""

    day: dt.date
    left: str
    over: bool
    kind: str
    number: str
    body: str
    url: str
    maker: str
    names: tuple[str, ...]
    further: str
    """How many other goods it covers, in words; empty: none."""


@dataclass(frozen=True)
class DutyRow:
    """A duty, with the goods that it finds without a certificate."""

    goods: str
    day: dt.date
    left: str
    over: bool
    products: int
    url: str
    """The goods, when the duty has begun."""


@dataclass(frozen=True)
class CalendarPage:
    """Days to keep in mind, what is over first."""

    months: tuple[MonthRow, ...]
    duties: tuple[DutyRow, ...]
    rows: tuple[DayRow, ...]
    title: str
    """Which days are listed."""
    total: int
    chosen: bool
    next_url: str | None
    first_url: str | None


def _distance(page: Page, day: dt.date, today: dt.date) -> str:
    days = (day - today).days
    if days == 0:
        return page.gettext(N_("today"))
    return page.ngettext(*(LEFT if days > 0 else OVER), abs(days))


def _month_label(page: Page, key: str) -> str:
    if key == PAST:
        return page.gettext(N_("Past due"))
    return show_month(halal_calendar.month_span(key)[0], page.language)


def _months(page: Page, session: Session, today: dt.date, when: str | None) -> Iterator[MonthRow]:
    for key, counts in halal_calendar.count_by_month(session, today=today).items():
        yield MonthRow(
            label=_month_label(page, key),
            url=page.url("catalogue:halal_calendar", when=key),
            over=key == PAST,
            current=key == when,
            counts=tuple(
                (
                    page.gettext(label),
                    counts[kind],
                    page.url("catalogue:halal_calendar", when=key, kind=kind.value),
                )
                for kind, label in HEADS.items()
            ),
        )


def _duties(page: Page, session: Session, today: dt.date) -> Iterator[DutyRow]:
    for duty in halal_calendar.list_duties(session, today=today):
        yield DutyRow(
            goods=page.gettext(words.GOODS_CLASSES[duty.goods_class]),
            day=duty.day,
            left=_distance(page, duty.day, today),
            over=duty.day <= today,
            products=duty.products,
            url=page.url(
                "catalogue:halal_coverage_goods",
                status=Status.REQUIRED_MISSING.value,
                goods=duty.goods_class.value,
                since=duty.day.isoformat(),
            )
            if duty.day <= today
            else "",
        )


def _day_row(page: Page, due: halal_calendar.DueCertificate, today: dt.date) -> DayRow:
    further = len(due.products) - NAMES_SHOWN
    return DayRow(
        day=due.day,
        left=_distance(page, due.day, today),
        over=due.day < today,
        kind=page.gettext(KINDS[due.kind]),
        number=due.number,
        body=due.body,
        url=page.url("halal:certificate_review", public_id=due.public_id),
        maker=due.brand,
        names=due.products[:NAMES_SHOWN],
        further=page.ngettext("and %(num)s other product", "and %(num)s other products", further)
        if further > 0
        else "",
    )


@router.get("/{locale}/office/halal/calendar", name="catalogue:halal_calendar")
def calendar(
    locale: Language,
    page: PageDep,
    person: OfficialDep,
    session: SessionDep,
    now: NowDep,
    when: Annotated[str | None, Query(max_length=10)] = None,
    kind: DueKind | None = None,
    cursor: CursorText | None = None,
) -> Response:
    """Certificates that end or are to be looked at anew, and duties that begin: by month, what is over first."""
    today = day_of(now)
    when = when or None
    found = halal_calendar.list_days(session, today=today, when=when, kind=kind, limit=PER_PAGE, cursor=cursor)
    label = _month_label(page, when) if when else page.gettext(N_("Past due, and the next 90 days"))
    chosen = {"when": when, "kind": kind.value if kind else None}
    view = CalendarPage(
        months=tuple(_months(page, session, today, when)),
        duties=tuple(_duties(page, session, today)),
        rows=tuple(_day_row(page, due, today) for due in found.rows),
        title=label if kind is None or kind not in KINDS else f"{label}: {page.gettext(KINDS[kind])}",
        total=found.total,
        chosen=when is not None or kind is not None,
        next_url=page.url("catalogue:halal_calendar", **chosen, cursor=found.next) if found.next else None,
        first_url=page.url("catalogue:halal_calendar", **chosen) if cursor else None,
    )
    work = desks.office_frame(page, session, NAV)
    meta = PageMeta(title=page.gettext(N_("Halal calendar")))
    return page.render("catalogue/office_halal_calendar.html", meta, work=work, view=view)


def _todos(page: Page, session: Session) -> Iterator[desks.Todo]:
    """Certificates that will end within a month."""
    today = day_of(moment_of(page.request))
    number, first = halal_calendar.count_soon(session, today=today, within=WARN_AHEAD)
    if number:
        yield desks.Todo(
            page.ngettext("%(num)s certificate ends within 30 days", "%(num)s certificates end within 30 days", number),
            page.url("catalogue:halal_calendar"),
            page.gettext(N_("Look at them")),
            page.gettext(N_("the first on %(day)s"), day=show_date(first, page.language)) if first else "",
        )


desks.OFFICE_QUEUES.append(_todos)


# --- coverage -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """A number that leads to the goods behind it."""

    label: str
    number: int
    url: str
    status: str


@dataclass(frozen=True)
class CoverageLine:
    """A row of a breakdown."""

    name: str
    products: Figure
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Breakdown:
    """The coverage by one thing; its last line is the total."""

    title: str
    head: str
    lines: tuple[CoverageLine, ...]


@dataclass(frozen=True)
class CoveragePage:
    """How far goods have the certificates that they need."""

    on: dt.date
    total: CoverageLine
    heads: tuple[str, ...]
    breakdowns: tuple[Breakdown, ...]
    exports: tuple[tuple[str, str], ...]


def _line(page: Page, line: coverage.Line, shown: tuple[Status, ...], keys: dict[str, str]) -> CoverageLine:
    def figure(label: str, number: int, status: Status | None) -> Figure:
        code = status.value if status else None
        return Figure(label, number, page.url("catalogue:halal_coverage_goods", status=code, **keys), code or "")

    return CoverageLine(
        name=line.name,
        products=figure(page.gettext(N_("All")), line.tally.products, None),
        figures=tuple(
            figure(page.gettext(coverage.SHORT[status]), line.tally.statuses[status], status) for status in shown
        ),
    )


@router.get("/{locale}/office/halal/coverage", name="catalogue:halal_coverage")
def show_coverage(locale: Language, page: PageDep, person: OfficialDep, session: SessionDep, now: NowDep) -> Response:
    """Public goods by their status at home today: by district, kind of goods and size of the maker."""
    reference = get_reference(session)
    found = halal_coverage.get_coverage(session, reference, today=day_of(now))
    shown = coverage.columns(found)
    total = _line(page, coverage.Line("", page.gettext(N_("All goods")), found.total), shown, {})
    view = CoveragePage(
        on=found.on,
        total=total,
        heads=tuple(page.gettext(coverage.SHORT[status]) for status in shown),
        breakdowns=tuple(
            Breakdown(
                title=page.gettext(title),
                head=page.gettext(head),
                lines=(
                    *(
                        _line(page, line, shown, {dimension.value: line.key})
                        for line in coverage.lines(found, dimension, reference, page.language)
                    ),
                    total,
                ),
            )
            for dimension, (title, head) in coverage.DIMENSIONS.items()
        ),
        exports=_exports(page, What.COUNTS, {}),
    )
    work = desks.office_frame(page, session, NAV)
    meta = PageMeta(title=page.gettext(N_("Halal coverage")))
    return page.render("catalogue/office_halal_coverage.html", meta, work=work, view=view)


@dataclass(frozen=True)
class GoodsRow:
    """A product behind a figure."""

    name: str
    language: str
    url: str
    maker: str
    maker_url: str
    kecamatan: str
    category: str
    scale: str
    status: str
    status_label: str
    required_since: dt.date | None


@dataclass(frozen=True)
class Choice:
    """A filter with what can be chosen: (value, words)."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GoodsPage:
    """The goods behind a figure, by maker."""

    on: dt.date
    rows: tuple[GoodsRow, ...]
    total: int
    choices: tuple[Choice, ...]
    since: dt.date | None
    chosen: bool
    exports: tuple[tuple[str, str], ...]
    next_url: str | None
    first_url: str | None


def _exports(page: Page, what: What, keys: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (kind.value.upper(), page.url("catalogue:halal_coverage_export", what=what.value, kind=kind.value, **keys))
        for kind in Kind
    )


def _choices(page: Page, reference: Reference, chosen: Filter) -> tuple[Choice, ...]:
    language = page.language
    districts = sorted(reference.kecamatan.values(), key=lambda each: each[1])
    return (
        Choice(
            "status",
            page.gettext(N_("Status")),
            chosen.status.value if chosen.status else "",
            tuple((status.value, page.gettext(words.STATUS_LABELS[status])) for status in coverage.ORDER),
        ),
        Choice(
            "kecamatan",
            page.gettext(N_("District")),
            chosen.kecamatan or "",
            (*districts, (NOT_KNOWN, page.gettext(coverage.NO_DISTRICT))),
        ),
        Choice(
            "category",
            page.gettext(N_("Category")),
            chosen.category or "",
            tuple((node.slug, node.name(language)) for node in reference.roots),
        ),
        Choice(
            "scale",
            page.gettext(N_("Size of the maker")),
            chosen.scale or "",
            tuple((scale, coverage.size_name(scale, language)) for scale in SIZES),
        ),
        Choice(
            "goods",
            page.gettext(N_("Kind of goods")),
            chosen.goods.value if chosen.goods else "",
            tuple((kind.value, page.gettext(words.GOODS_CLASSES[kind])) for kind in GoodsClass),
        ),
    )


def _goods_row(page: Page, row: halal_coverage.CoveredRow, reference: Reference) -> GoodsRow:
    name, language = coverage.name_of(row, page.language)
    return GoodsRow(
        name=name,
        language=language,
        url=page.url("catalogue:review_detail", slug=row.slug),
        maker=row.business_name,
        maker_url=page.url("businesses:review_detail", slug=row.business_slug),
        kecamatan=row.kecamatan,
        category=reference.categories[row.category_id].name(page.language),
        scale=coverage.size_name(row.scale, page.language),
        status=row.status.value,
        status_label=page.gettext(words.STATUS_LABELS[row.status]),
        required_since=row.required_since,
    )


class Kind(StrEnum):
    """Files that an export can be."""

    CSV = "csv"
    XLSX = "xlsx"


MIME = {
    Kind.CSV: "text/csv; charset=utf-8",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Word = Annotated[str, Query(max_length=100)]


StatusWord = Annotated[Status | Literal[""], Query()]


KindWord = Annotated[GoodsClass | Literal[""], Query()]


def _filter(
    status: Status | Literal[""],
    kecamatan: str,
    category: str,
    scale: str,
    goods: GoodsClass | Literal[""],
    since: dt.date | None,
) -> Filter:
    """What a form asks for; an empty choice is none."""
    return Filter(status or None, kecamatan or None, category or None, scale or None, goods or None, since)


@router.get("/{locale}/office/halal/coverage/goods", name="catalogue:halal_coverage_goods")
def list_goods(
    locale: Language,
    page: PageDep,
    person: OfficialDep,
    session: SessionDep,
    now: NowDep,
    status: StatusWord = "",
    kecamatan: Word = "",
    category: Word = "",
    scale: Word = "",
    goods: KindWord = "",
    since: dt.date | None = None,
    cursor: CursorText | None = None,
) -> Response:
    """The goods behind a figure of the coverage, with filters."""
    reference, today = get_reference(session), day_of(now)
    chosen = _filter(status, kecamatan, category, scale, goods, since)
    found = halal_coverage.list_covered(session, reference, chosen, today=today, limit=PER_PAGE, cursor=cursor)
    keys = {name: str(value) for name, value in asdict(chosen).items() if value is not None}
    view = GoodsPage(
        on=today,
        rows=tuple(_goods_row(page, row, reference) for row in found.rows),
        total=found.total,
        choices=_choices(page, reference, chosen),
        since=chosen.since,
        chosen=chosen != Filter(),
        exports=_exports(page, What.GOODS, keys),
        next_url=page.url("catalogue:halal_coverage_goods", **keys, cursor=found.next) if found.next else None,
        first_url=page.url("catalogue:halal_coverage_goods", **keys) if cursor else None,
    )
    work = desks.office_frame(page, session, NAV)
    meta = PageMeta(title=page.gettext(N_("Goods by halal status")))
    return page.render("catalogue/office_halal_goods.html", meta, work=work, view=view)


@router.get("/{locale}/office/halal/coverage/export", name="catalogue:halal_coverage_export")
def export(
    locale: Language,
    person: OfficialDep,
    session: SessionDep,
    now: NowDep,
    what: What = What.GOODS,
    kind: Kind = Kind.CSV,
    status: StatusWord = "",
    kecamatan: Word = "",
    category: Word = "",
    scale: Word = "",
    goods: KindWord = "",
    since: dt.date | None = None,
) -> Response:
    """The goods that a filter means, or all figures, as a sheet with the day it is true of."""
    reference, today = get_reference(session), day_of(now)
    if what is What.COUNTS:
        head, rows = coverage.counts_cells(
            halal_coverage.get_coverage(session, reference, today=today), reference, locale
        )
    else:
        chosen = _filter(status, kecamatan, category, scale, goods, since)
        head = list(coverage.GOODS_COLUMNS)
        found = halal_coverage.iterate_covered(session, reference, chosen, today=today)
        if kind is Kind.XLSX:
            found = islice(found, coverage.MOST_ROWS + 1)
        rows = [coverage.goods_cells(row, reference, locale, today) for row in found]
    content = coverage.as_csv(head, rows) if kind is Kind.CSV else coverage.as_workbook(what.value, head, rows)
    name = f"halal-{what.value}-{HOME.lower()}-{today}.{kind.value}"
    return Response(
        content,
        media_type=MIME[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )
