"""Lists of public goods: filters, facets with counts, orders, pages by cursor, and search.

One list costs one select of the rows shown and one of the counts, which are kept for as long as nothing public
changes.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import String, and_, case, cast, func, literal_column, or_, select, union_all
from sqlmodel import Session, col

from app.catalogue import analyser, search
from app.catalogue.models import Listing, SearchWord
from app.catalogue.queries.reference import Reference, get_reference, kept_for
from app.catalogue.schemas.listing import Sort
from app.core.errors import Invalid
from app.core.languages import N_, Language
from app.core.money import Currency
from app.core.pagination import Cursor

_listing = Listing.__table__  # type: ignore[attr-defined]
COLUMNS = (
    _listing.c.product_id,
    _listing.c.slug,
    _listing.c.names,
    _listing.c.source_language,
    _listing.c.business_slug,
    _listing.c.business_name,
    _listing.c.verified,
    _listing.c.city_id,
    _listing.c.kecamatan_code,
    _listing.c.category_id,
    _listing.c.unit,
    _listing.c.moq,
    _listing.c.lead_days,
    _listing.c.prices,
    _listing.c.picture,
    _listing.c.published_us,
)
MOQ_LIMITS = (1, 10, 50, 200)
PRICE_STEPS: dict[Currency, tuple[int, ...]] = {
    Currency.IDR: (25_000, 75_000, 150_000, 400_000, 1_000_000),
    Currency.MYR: (10, 20, 50, 150, 400),
    Currency.KRW: (3_000, 10_000, 30_000, 70_000, 150_000),
    Currency.USD: (2, 5, 15, 40, 100),
}
"""Upper ends of the price bands in major units of each currency; the last band is open."""


@dataclass(frozen=True)
class ListingFilter:
    """What to list. Slugs that name nothing are refused, not ignored."""

    language: Language
    currency: Currency
    q: str = ""
    category: str | None = None
    business_id: int | None = None
    kecamatan: tuple[str, ...] = ()
    city: str | None = None
    verified: bool | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    moq_max: int | None = None
    sort: Sort | None = None

    @property
    def order(self) -> Sort:
        """The order asked for, or the one that suits: best hits first for a search, newest first otherwise."""
        chosen = self.sort or (Sort.RELEVANCE if self.q else Sort.NEWEST)
        return Sort.NEWEST if chosen is Sort.RELEVANCE and not self.q else chosen


@dataclass(frozen=True)
class FacetValue:
    """One choice of a facet with the number of goods it would leave."""

    value: str
    count: int
    selected: bool


@dataclass(frozen=True)
class Facets:
    """Choices with counts; each facet counts as if its own filter were not set."""

    category: tuple[FacetValue, ...]
    kecamatan: tuple[FacetValue, ...]
    price: tuple[FacetValue, ...]
    """Values such as ``10-20``: from, to in major units of the chosen currency; either end may be missing."""
    moq_max: tuple[FacetValue, ...]
    verified: tuple[FacetValue, ...]


@dataclass(frozen=True)
class ListingPage:
    """One page of goods. ``rows`` have the columns of ``COLUMNS``."""

    rows: list[Any]
    next: str | None
    total: int
    facets: Facets
    reference: Reference
    corrected: str | None = None
    """The nearest spelling that was searched instead, when what was typed finds nothing."""


def list_products(
    session: Session, wanted: ListingFilter, *, limit: int, cursor: str | None = None, version: int | None = None
) -> ListingPage:
    """A page of public goods with facets.

    Raises:
        Invalid: for a cursor that is damaged or of another order, and for slugs that name nothing.
    """
    reference = get_reference(session, version=version)
    conditions = _Conditions.of(wanted, reference)
    query = _query(wanted)
    corrected = None
    counts = _count(session, wanted, conditions, query, reference)
    if query is not None and not counts.total and not search.has_hits(session, query):
        corrected = search.correct(
            session, wanted.q, language=wanted.language, vocabulary=_vocabulary(session, reference.version)
        )
        if corrected is not None:
            query = analyser.analyse_query(corrected, locale=wanted.language.value)
            wanted = replace(wanted, q=corrected)
            counts = _count(session, wanted, conditions, query, reference)
    facets = _facets(session, counts, wanted, conditions, reference)
    rows, following = _rows(session, wanted, conditions, query, limit, cursor) if counts.total else ([], None)
    return ListingPage(
        rows=rows, next=following, total=counts.total, facets=facets, reference=reference, corrected=corrected
    )


def _query(wanted: ListingFilter) -> analyser.Query | None:
    if not wanted.q.strip():
        return None
    return analyser.analyse_query(wanted.q, locale=wanted.language.value)


@dataclass(frozen=True)
class _Conditions:
    """Filters as sets of numbers and codes."""

    categories: frozenset[int] | None
    leaf: int | None
    root: int | None
    kecamatan: frozenset[str] | None
    city_id: int | None
    price_min: int | None
    """Whole rupiah."""
    price_max: int | None

    @classmethod
    def of(cls, wanted: ListingFilter, reference: Reference) -> "_Conditions":
        node = None
        if wanted.category is not None:
            node = reference.by_slug.get(wanted.category)
            if node is None:
                raise Invalid(fields={"category": N_("There is no such category.")})
        codes = set()
        for slug in wanted.kecamatan:
            code = reference.kecamatan_codes.get(slug)
            if code is None:
                raise Invalid(fields={"kecamatan": N_("There is no such district.")})
            codes.add(code)
        city_id = None
        if wanted.city is not None:
            city_id = next((number for number, slug in reference.cities.items() if slug == wanted.city), None)
            if city_id is None:
                raise Invalid(fields={"city": N_("There is no such city.")})
        rate = reference.rupiah_for(wanted.currency)
        if rate is None and (wanted.price_min is not None or wanted.price_max is not None):
            raise Invalid(fields={"currency": N_("There is no exchange rate for this currency now. Choose IDR.")})
        return cls(
            categories=node.within if node else None,
            leaf=node.id if node and not node.children else None,
            root=node.id if node and node.parent_id is None else None,
            kecamatan=frozenset(codes) if codes else None,
            city_id=city_id,
            price_min=_rupiah(wanted.price_min, rate, ROUND_CEILING),
            price_max=_rupiah(wanted.price_max, rate, ROUND_FLOOR),
        )


MOST_RUPIAH = 2**62


def _rupiah(amount: Decimal | None, rate: Decimal | None, rounding: str) -> int | None:
    if amount is None or rate is None:
        return None
    return min(int((amount * rate).to_integral_value(rounding)), MOST_RUPIAH)


# --- the rows of one page -------------------------------------------------------------------------------------------

_TIER = 1_000_000
_CONCISE = 1_000


def _rows(
    session: Session,
    wanted: ListingFilter,
    conditions: _Conditions,
    query: analyser.Query | None,
    limit: int,
    cursor: str | None,
) -> tuple[list[Any], str | None]:
    order = wanted.order
    place = Cursor.decode(cursor, sort=order.value) if cursor else None
    number = _listing.c.product_id
    goods: Any = _listing
    key: Any
    descending = False
    if query is not None and order is Sort.RELEVANCE:
        hits = search.placed_products(session, query, wanted.q).subquery("hits")
        goods = hits.join(_listing, number == hits.c.product_id)
        key = hits.c.place * _TIER + _smaller(_listing.c.name_words, 99) * _CONCISE + (100 - _listing.c.score)
    elif order is Sort.NEWEST:
        key, descending = _listing.c.published_us, True
    else:
        key, descending = _listing.c.price_key, order is Sort.PRICE_DESC
    found = select(number, key.label("sort_key")).select_from(goods).where(*_where(wanted, conditions))
    if goods is not _listing:
        found = _narrowly(found)
    if query is not None and order is not Sort.RELEVANCE:
        found = found.where(number.in_(search.product_ids(session, query)))
    if place is not None:
        if not isinstance(place.key, int):
            raise Invalid(code="bad_cursor", fields={"cursor": N_("This place in the list is no longer known.")})
        found = found.where(_after(key, place, descending=descending))
    found = found.order_by(*_ordered(key, number, descending=descending)).limit(limit + 1)
    if query is None:
        statement = found.add_columns(*COLUMNS[1:])
    else:
        # Matches are ordered by their numbers first; only the rows of this page are then read whole.
        page = found.subquery("page")
        statement = (
            select(*COLUMNS, page.c.sort_key)
            .select_from(page.join(_listing, number == page.c.product_id))
            .order_by(*_ordered(page.c.sort_key, page.c.product_id, descending=descending))
        )
    rows = list(session.connection().execute(statement).all())
    if len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    return rows, Cursor(sort=order.value, key=rows[-1].sort_key, id=rows[-1].product_id).encode()


def _narrowly(statement: Any) -> Any:
    """Look matches up in the narrow index: SQLite prefers the wide rows, which takes three times as long."""
    return statement.with_hint(_listing, "INDEXED BY ix_listing_cube", "sqlite")


def _ordered(key: Any, number: Any, *, descending: bool) -> tuple[Any, Any]:
    return (key.desc(), number.desc()) if descending else (key, number)


def _after(key: Any, place: Cursor, *, descending: bool) -> Any:
    number = _listing.c.product_id
    # The plain bound on the key alone lets either database seek in its index.
    if descending:
        return and_(key <= place.key, or_(key < place.key, number < place.id))
    return and_(key >= place.key, or_(key > place.key, number > place.id))


def _smaller(column: Any, most: int) -> Any:
    """The smaller of a column and a number, in words that both databases know."""
    return case((column > most, most), else_=column)


def _where(wanted: ListingFilter, conditions: _Conditions) -> list[Any]:
    choices = _choices(_listing.c, wanted, conditions).values()
    return [*(condition for each in choices for condition in each), *_fixed_conditions(_listing.c, wanted, conditions)]


def _fixed_conditions(goods: Any, wanted: ListingFilter, conditions: _Conditions) -> list[Any]:
    """What no facet offers a choice of."""
    where: list[Any] = []
    if wanted.business_id is not None:
        where.append(goods.business_id == wanted.business_id)
    if conditions.city_id is not None:
        where.append(goods.city_id == conditions.city_id)
    if _only_priced(wanted):
        where.append(goods.price_key.is_not(None))
    return where


def _choices(goods: Any, wanted: ListingFilter, conditions: _Conditions) -> dict[str, list[Any]]:
    """The conditions by facet, on the columns of the listings or of something narrower."""
    searching = bool(wanted.q.strip())  # then the root of a category is not at hand, but few rows are looked at
    category: list[Any] = []
    if conditions.leaf is not None:
        category.append(goods.category_id == conditions.leaf)
    elif conditions.root is not None and not searching:
        category.append(goods.root_category_id == conditions.root)
    elif conditions.categories is not None:
        category.append(goods.category_id.in_(sorted(conditions.categories)))
    kecamatan = [goods.kecamatan_code.in_(sorted(conditions.kecamatan))] if conditions.kecamatan is not None else []
    price: list[Any] = []
    if conditions.price_min is not None:
        price.append(goods.price_key >= conditions.price_min)
    if conditions.price_max is not None:
        price.append(goods.price_key <= conditions.price_max)
    moq: list[Any] = []
    if wanted.moq_max in MOQ_LIMITS:
        moq.append(goods.moq_band <= MOQ_LIMITS.index(wanted.moq_max))
    elif wanted.moq_max is not None:
        moq.append(goods.moq <= wanted.moq_max)
    verified = [goods.verified == wanted.verified] if wanted.verified is not None else []
    return {"category": category, "kecamatan": kecamatan, "price": price, "moq": moq, "verified": verified}


def _only_priced(wanted: ListingFilter) -> bool:
    """Goods without a public price cannot stand in an order by price."""
    return wanted.order in {Sort.PRICE, Sort.PRICE_DESC}


# --- counts ---------------------------------------------------------------------------------------------------------


class _Shelf:
    """Recent results by key, each made once however many threads ask for it at the same time."""

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._making: dict[Any, threading.Lock] = {}
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._size = size

    def get(self, scope: str | None, key: Any, make: Callable[[], Any]) -> Any:
        """The result kept under a key of a database, or made now; nothing is kept without a scope."""
        if scope is None:
            return make()
        key = (scope, key)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            try:
                value = make()
            finally:
                with self._lock:
                    self._making.pop(key, None)
            with self._lock:
                self._kept[key] = value
                while len(self._kept) > self._size:
                    self._kept.popitem(last=False)
            return value


_all_counts = _Shelf(1024)
_all_facets = _Shelf(1024)
_vocabularies = _Shelf(1)


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many goods match, and by facet how many with each value; a facet looks past its own filter."""

    total: int
    category: Counter[int]
    kecamatan: Counter[str]
    verified: Counter[bool]
    moq: Counter[int]
    """By band of the minimum order."""
    price: Counter[int]
    """2b inside price band b, 2b + 1 on the edge of the bands b and b + 1, which share it."""


def _count(
    session: Session,
    wanted: ListingFilter,
    conditions: _Conditions,
    query: analyser.Query | None,
    reference: Reference,
) -> _Counts:
    """The counts of a filter, kept for as long as nothing public changes."""
    key = (
        reference.version,
        wanted.q,
        wanted.language if wanted.q else None,
        conditions,
        wanted.business_id,
        wanted.verified,
        wanted.moq_max,
        wanted.currency,
        _only_priced(wanted),
    )
    result: _Counts = _all_counts.get(
        kept_for(session), key, lambda: _count_now(session, wanted, conditions, query, reference)
    )
    return result


def _count_now(
    session: Session,
    wanted: ListingFilter,
    conditions: _Conditions,
    query: analyser.Query | None,
    reference: Reference,
) -> _Counts:
    if query is not None and not query.groups:
        return _Counts(0, Counter(), Counter(), Counter(), Counter(), Counter())
    goods: Any = _listing
    fixed = _fixed_conditions(goods.c, wanted, conditions)
    if query is not None:
        # Matches are found once and counted six times; without a search, each count reads an index of its own.
        narrow = ["category_id", "kecamatan_code", "verified", "moq_band", "price_key"]
        if wanted.moq_max is not None and wanted.moq_max not in MOQ_LIMITS:
            narrow.append("moq")
        matching = goods.c.product_id.in_(search.product_ids(session, query))
        found = _narrowly(select(*(goods.c[name] for name in narrow)).where(matching, *fixed))
        goods, fixed = found.cte("found").prefix_with("MATERIALIZED"), []
    asked = _choices(goods.c, wanted, conditions)

    def count(kind: str, value: Any, *where: Any) -> Any:
        """One part of the union; every value as text, since its parts must be of one type."""
        others = (condition for name, each in asked.items() if name != kind for condition in each)
        columns: Any = (literal_column(f"'{kind}'").label("kind"), cast(value, String).label("value"), func.count())
        return select(*columns).select_from(goods).where(*fixed, *others, *where).group_by(value)

    parts = [
        select(literal_column("'total'").label("kind"), literal_column("''").label("value"), func.count())
        .select_from(goods)
        .where(*fixed, *(condition for each in asked.values() for condition in each)),
        count("category", goods.c.category_id),
        count("kecamatan", goods.c.kecamatan_code, goods.c.kecamatan_code.is_not(None)),
        count("verified", case((goods.c.verified, literal_column("1")), else_=literal_column("0"))),
        count("moq", goods.c.moq_band),
    ]
    rate = reference.rupiah_for(wanted.currency)
    if rate is not None:
        price = goods.c.price_key
        parts.append(count("price", _price_code(price, wanted.currency, rate), price.is_not(None)))
    numbers_of: dict[str, dict[str, int]] = {}
    for kind, value, number in session.connection().execute(union_all(*parts)):
        numbers_of.setdefault(kind, {})[value] = number

    def numbers(kind: str) -> Counter[int]:
        return Counter({int(value): number for value, number in numbers_of.get(kind, {}).items()})

    return _Counts(
        total=numbers_of["total"][""],
        category=numbers("category"),
        kecamatan=Counter(numbers_of.get("kecamatan", {})),
        verified=Counter({value == "1": number for value, number in numbers_of.get("verified", {}).items()}),
        moq=numbers("moq"),
        price=numbers("price"),
    )


def _price_code(price: Any, currency: Currency, rate: Decimal) -> Any:
    """The key of ``_Counts.price`` in SQL. An edge is only where a step is a whole number of rupiah."""
    whens: list[Any] = []
    for band, step in enumerate(PRICE_STEPS[currency]):
        exact = step * rate
        below, up_to = exact.to_integral_value(ROUND_CEILING), exact.to_integral_value(ROUND_FLOOR)
        # Written out, not bound: PostgreSQL compares grouped expressions parameter by parameter.
        whens.append((price < literal_column(str(int(below))), literal_column(str(2 * band))))
        whens.append((price <= literal_column(str(int(up_to))), literal_column(str(2 * band + 1))))
    return case(*whens, else_=literal_column(str(2 * len(PRICE_STEPS[currency]))))


def _facets(
    session: Session, counts: _Counts, wanted: ListingFilter, conditions: _Conditions, reference: Reference
) -> Facets:
    """The facets of a filter: the same object for as long as nothing public changes, so that edges may keep more."""
    key = (reference.version, replace(wanted, language=Language.EN) if not wanted.q else wanted)
    result: Facets = _all_facets.get(kept_for(session), key, lambda: _facets_now(counts, wanted, conditions, reference))
    return result


def _facets_now(counts: _Counts, wanted: ListingFilter, conditions: _Conditions, reference: Reference) -> Facets:
    return Facets(
        category=tuple(_category_values(counts.category, wanted, reference)),
        kecamatan=tuple(_kecamatan_values(counts.kecamatan, conditions, reference)),
        price=tuple(_price_values(counts.price, _band_of(wanted), wanted.currency)),
        moq_max=tuple(_moq_values(counts.moq, wanted.moq_max)),
        verified=tuple(
            FacetValue("true" if state else "false", counts.verified[state], wanted.verified == state)
            for state in (True, False)
            if counts.verified[state] or wanted.verified == state
        ),
    )


def _band_of(wanted: ListingFilter) -> int | None:
    """The price band that the filter is, or None when it is another range (or none)."""
    if wanted.price_min is None and wanted.price_max is None:
        return None
    steps = PRICE_STEPS[wanted.currency]
    for band in range(len(steps) + 1):
        low = None if band == 0 else Decimal(steps[band - 1])
        high = None if band == len(steps) else Decimal(steps[band])
        if wanted.price_min == low and wanted.price_max == high:
            return band
    return None


def _category_values(counts: Counter[int], wanted: ListingFilter, reference: Reference) -> Iterable[FacetValue]:
    """The roots; with a category chosen, its children and itself instead."""
    chosen = reference.by_slug[wanted.category] if wanted.category else None
    if chosen is None:
        nodes = reference.roots
    elif chosen.children:
        nodes = tuple(reference.categories[number] for number in chosen.children)
    else:
        siblings = reference.categories[chosen.parent_id].children if chosen.parent_id is not None else (chosen.id,)
        nodes = tuple(reference.categories[number] for number in siblings)
    for node in nodes:
        count = sum(counts[number] for number in node.within)
        if count or node.slug == wanted.category:
            yield FacetValue(node.slug, count, node.slug == wanted.category)


def _kecamatan_values(counts: Counter[str], conditions: _Conditions, reference: Reference) -> Iterable[FacetValue]:
    chosen = conditions.kecamatan or frozenset()
    shown = Counter({code: counts[code] for code in {*counts, *chosen}})
    for code, count in sorted(shown.items(), key=lambda pair: (-pair[1], pair[0])):
        yield FacetValue(reference.kecamatan[code][0], count, code in chosen)


def _price_values(counts: Counter[int], chosen: int | None, currency: Currency) -> Iterable[FacetValue]:
    steps = PRICE_STEPS[currency]
    for band in range(len(steps) + 1):
        count = counts[2 * band - 1] + counts[2 * band] + counts[2 * band + 1]
        if count or band == chosen:
            low = "" if band == 0 else str(steps[band - 1])
            high = "" if band == len(steps) else str(steps[band])
            yield FacetValue(f"{low}-{high}", count, band == chosen)


def _moq_values(counts: Counter[int], chosen: int | None) -> Iterable[FacetValue]:
    running = 0
    for band, limit in enumerate(MOQ_LIMITS):
        running += counts[band]
        if running or limit == chosen:
            yield FacetValue(str(limit), running, limit == chosen)


# --- words ----------------------------------------------------------------------------------------------------------


def _vocabulary(session: Session, version: int) -> dict[str, int]:
    """Every word of public names with the number of goods that have it."""

    def read() -> dict[str, int]:
        rows = session.connection().execute(select(col(SearchWord.word), col(SearchWord.products)))
        return {row[0]: row[1] for row in rows}

    result: dict[str, int] = _vocabularies.get(kept_for(session), version, read)
    return result


def suggest_words(session: Session, typed: str, *, limit: int = 8) -> list[str]:
    """Continuations of what is being typed: the last word completed from words of public names, frequent ones first."""
    words = analyser.words(typed)
    if not words:
        return []
    last = words[-1]
    statement = (
        select(col(SearchWord.word))
        .where(col(SearchWord.word) >= last, col(SearchWord.word) < last + "\U0010ffff")
        .order_by(col(SearchWord.products).desc(), col(SearchWord.word))
        .limit(limit)
    )
    start = " ".join(words[:-1])
    return [f"{start} {word}".strip() for word in session.connection().execute(statement).scalars()]
