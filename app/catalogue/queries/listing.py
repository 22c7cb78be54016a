"""Lists of public goods: filters, facets with counts, orders, pages by cursor, and search.

One list costs one select of the rows shown; how many match and the facets come from a *cube* (one grouped count over
a narrow index), kept for as long as nothing public changes.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlmodel import Session, col

from app.catalogue import analyser, search
from app.catalogue.models import Listing, SearchWord
from app.catalogue.queries.reference import Reference, get_reference, kept_for
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


class Sort(StrEnum):
    """Orders of a list."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE = "price"
    PRICE_DESC = "-price"


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
    cube = _cube(session, wanted, query, reference)
    if query is not None and not cube:
        corrected = search.correct(
            session, wanted.q, language=wanted.language, vocabulary=_vocabulary(session, reference.version)
        )
        if corrected is not None:
            query = analyser.analyse_query(corrected, locale=wanted.language.value)
            wanted = ListingFilter(**{**wanted.__dict__, "q": corrected})
            cube = _cube(session, wanted, query, reference)
    total, facets = _fold(kept_for(session), cube, wanted, conditions, reference)
    rows, following = _rows(session, wanted, conditions, query, limit, cursor) if total else ([], None)
    return ListingPage(rows=rows, next=following, total=total, facets=facets, reference=reference, corrected=corrected)


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

_TIER = 1_000_000_000
_CONCISE = 1_000_000


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
        key = hits.c.place * _TIER + _smaller(_listing.c.name_words, 99) * _CONCISE + (100 - _listing.c.score) * 1000
    elif order is Sort.NEWEST:
        key, descending = _listing.c.published_us, True
    else:
        key, descending = _listing.c.price_key, order is Sort.PRICE_DESC
    found = select(number, key.label("sort_key")).select_from(goods).where(*_where(wanted, conditions))
    if query is not None and order is not Sort.RELEVANCE:
        found = found.where(number.in_(search.product_ids(session, query)))
    if order in {Sort.PRICE, Sort.PRICE_DESC}:
        # Goods without a public price cannot stand in an order by price.
        found = found.where(_listing.c.price_key.is_not(None))
    if place is not None:
        if not isinstance(place.key, int):
            raise Invalid(code="bad_cursor", fields={"cursor": N_("This place in the list is no longer known.")})
        found = found.where(_after(key, place, descending=descending))
    # Numbers first, from narrow indexes; only the rows of this page are then read whole.
    found = found.order_by(*_ordered(key, number, descending=descending)).limit(limit + 1)
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
    where: list[Any] = []
    if conditions.leaf is not None:
        where.append(_listing.c.category_id == conditions.leaf)
    elif conditions.root is not None:
        where.append(_listing.c.root_category_id == conditions.root)
    elif conditions.categories is not None:
        where.append(_listing.c.category_id.in_(sorted(conditions.categories)))
    if conditions.kecamatan is not None:
        codes = sorted(conditions.kecamatan)
        where.append(_listing.c.kecamatan_code == codes[0] if len(codes) == 1 else _listing.c.kecamatan_code.in_(codes))
    if wanted.verified is not None:
        where.append(_listing.c.verified == wanted.verified)
    if wanted.moq_max is not None:
        where.append(_listing.c.moq <= wanted.moq_max)
    return where + _range_conditions(wanted, conditions)


def _range_conditions(wanted: ListingFilter, conditions: _Conditions) -> list[Any]:
    where: list[Any] = []
    if wanted.business_id is not None:
        where.append(_listing.c.business_id == wanted.business_id)
    if conditions.city_id is not None:
        where.append(_listing.c.city_id == conditions.city_id)
    if conditions.price_min is not None:
        where.append(_listing.c.price_key >= conditions.price_min)
    if conditions.price_max is not None:
        where.append(_listing.c.price_key <= conditions.price_max)
    return where


# --- counts ---------------------------------------------------------------------------------------------------------

CubeRow = tuple[int, str | None, bool, int, int, int]
"""category, kecamatan, verified, band of the minimum order, price band (-1 without a price), goods."""


class _Shelf:
    """Recent results by key for one public version, shared by the threads of a process."""

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
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
        value = make()
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return value


_cubes = _Shelf(64)
_folds = _Shelf(512)
_vocabularies = _Shelf(1)


def _cube(
    session: Session, wanted: ListingFilter, query: analyser.Query | None, reference: Reference
) -> tuple[CubeRow, ...]:
    conditions = _Conditions.of(wanted, reference)
    steps = _price_steps(wanted.currency, reference)
    # Without a price filter the price facet needs its bands; a filter that is a band itself is folded too.
    key = _base_key(wanted, conditions, reference)
    result: tuple[CubeRow, ...] = _cubes.get(
        kept_for(session), key, lambda: _count(session, wanted, conditions, query, steps)
    )
    return result


def _base_key(wanted: ListingFilter, conditions: _Conditions, reference: Reference) -> tuple[Any, ...]:
    price = None if _band_of(wanted) is not None else (conditions.price_min, conditions.price_max)
    moq = None if wanted.moq_max in MOQ_LIMITS else wanted.moq_max
    return (
        reference.version,
        wanted.q,
        wanted.language if wanted.q else None,
        wanted.business_id,
        conditions.city_id,
        price,
        moq,
        wanted.currency,
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


def _price_steps(currency: Currency, reference: Reference) -> tuple[int, ...] | None:
    rate = reference.rupiah_for(currency)
    if rate is None:
        return None
    return tuple(int((Decimal(step) * rate).to_integral_value(ROUND_FLOOR)) for step in PRICE_STEPS[currency])


def _count(
    session: Session,
    wanted: ListingFilter,
    conditions: _Conditions,
    query: analyser.Query | None,
    steps: tuple[int, ...] | None,
) -> tuple[CubeRow, ...]:
    price = _listing.c.price_key
    band: Any = literal(-1)
    if steps is not None:
        band = case(
            (price.is_(None), -1), *((price <= step, number) for number, step in enumerate(steps)), else_=len(steps)
        )
    groups = (
        _listing.c.category_id,
        _listing.c.kecamatan_code,
        _listing.c.verified,
        _listing.c.moq_band,
        band.label("band"),
    )
    statement: Select[Any] = select(*groups, func.count()).group_by(*groups)
    kept = conditions if _band_of(wanted) is None else _without_price(conditions)
    statement = statement.where(*_range_conditions(wanted, kept))
    if wanted.moq_max is not None and wanted.moq_max not in MOQ_LIMITS:
        statement = statement.where(_listing.c.moq <= wanted.moq_max)
    if query is not None:
        if not query.groups:
            return ()
        statement = statement.where(_listing.c.product_id.in_(search.product_ids(session, query)))
    return tuple(tuple(row) for row in session.connection().execute(statement))


def _without_price(conditions: _Conditions) -> _Conditions:
    return _Conditions(**{**conditions.__dict__, "price_min": None, "price_max": None})


def _fold(
    scope: str | None, cube: tuple[CubeRow, ...], wanted: ListingFilter, conditions: _Conditions, reference: Reference
) -> tuple[int, Facets]:
    key = (
        id(cube),
        wanted.category,
        wanted.kecamatan,
        wanted.verified,
        wanted.moq_max,
        wanted.price_min,
        wanted.price_max,
        wanted.currency,
        wanted.order in {Sort.PRICE, Sort.PRICE_DESC},
    )
    # The cube itself is kept beside the result, so that its identity stays taken for as long as the key is.
    result = _folds.get(scope, key, lambda: (cube, *_fold_now(cube, wanted, conditions, reference)))
    return result[1], result[2]


def _fold_now(
    cube: tuple[CubeRow, ...], wanted: ListingFilter, conditions: _Conditions, reference: Reference
) -> tuple[int, Facets]:
    price_band = _band_of(wanted)
    moq_band = MOQ_LIMITS.index(wanted.moq_max) if wanted.moq_max in MOQ_LIMITS else None
    priced_only = wanted.order in {Sort.PRICE, Sort.PRICE_DESC}
    total = 0
    categories: Counter[int] = Counter()
    kecamatan: Counter[str] = Counter()
    verified: Counter[bool] = Counter()
    moqs: Counter[int] = Counter()
    prices: Counter[int] = Counter()
    for category, place, is_verified, moq, band, count in cube:
        if priced_only and band == -1:
            continue
        misses = (
            (conditions.categories is not None and category not in conditions.categories)
            + 2 * (conditions.kecamatan is not None and place not in conditions.kecamatan)
            + 4 * (wanted.verified is not None and bool(is_verified) != wanted.verified)
            + 8 * (moq_band is not None and moq > moq_band)
            + 16 * (price_band is not None and band != price_band)
        )
        if misses == 0:
            total += count
        if misses in {0, 1}:
            categories[category] += count
        if place is not None and misses in {0, 2}:
            kecamatan[place] += count
        if misses in {0, 4}:
            verified[bool(is_verified)] += count
        if misses in {0, 8}:
            moqs[moq] += count
        if band != -1 and misses in {0, 16}:
            prices[band] += count
    return total, Facets(
        category=tuple(_category_values(categories, wanted, reference)),
        kecamatan=tuple(_kecamatan_values(kecamatan, conditions, reference)),
        price=tuple(_price_values(prices, price_band, wanted.currency)),
        moq_max=tuple(_moq_values(moqs, moq_band)),
        verified=tuple(
            FacetValue("true" if state else "false", verified[state], wanted.verified == state)
            for state in (True, False)
            if verified[state]
        ),
    )


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
    for code in chosen:
        counts.setdefault(code, 0)
    for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        yield FacetValue(reference.kecamatan[code][0], count, code in chosen)


def _price_values(counts: Counter[int], chosen: int | None, currency: Currency) -> Iterable[FacetValue]:
    steps = PRICE_STEPS[currency]
    for band in range(len(steps) + 1):
        if counts[band] or band == chosen:
            low = "" if band == 0 else str(steps[band - 1])
            high = "" if band == len(steps) else str(steps[band])
            yield FacetValue(f"{low}-{high}", counts[band], band == chosen)


def _moq_values(counts: Counter[int], chosen: int | None) -> Iterable[FacetValue]:
    running = 0
    for band, limit in enumerate(MOQ_LIMITS):
        running += counts[band]
        if running or band == chosen:
            yield FacetValue(str(limit), running, band == chosen)


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
