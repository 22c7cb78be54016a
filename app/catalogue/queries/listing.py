"""Lists of public goods: filters, facets with counts, orders, pages by cursor, and search.

One list costs one select of the rows shown and one of the counts, which are kept for as long as nothing public
changes.
"""

import datetime as dt
import heapq
import threading
from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import String, and_, case, cast, false, func, literal_column, or_, select, text, union_all
from sqlmodel import Session, col

from app.catalogue import analyser, search
from app.catalogue.cube import UNPRICED, Cube, get_cube
from app.catalogue.models import Listing, SearchWord
from app.catalogue.queries.halal_public import HalalDay, get_halal
from app.catalogue.queries.reference import Reference, get_reference, kept_for
from app.catalogue.schemas.listing import Sort
from app.core.errors import Invalid
from app.core.languages import N_, Language, is_country
from app.core.money import Currency
from app.core.pagination import Cursor
from app.halal.rules import Status

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
    _listing.c.standing_id,
    _listing.c.standing_until,
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
    halal: Status | None = None
    """The status where the goods are made."""
    recognised_in: str | None = None
    """A country (ISO 3166-1) where they are certified too."""
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
    halal: tuple[FacetValue, ...]
    recognised_in: tuple[FacetValue, ...]


@dataclass(frozen=True)
class ListingPage:
    """One page of goods. ``rows`` have the columns of ``COLUMNS``."""

    rows: list[Any]
    next: str | None
    total: int
    facets: Facets
    reference: Reference
    halal: HalalDay
    corrected: str | None = None
    """The nearest spelling that was searched instead, when what was typed finds nothing."""


def list_products(
    session: Session,
    wanted: ListingFilter,
    *,
    on: dt.date,
    limit: int,
    cursor: str | None = None,
    version: int | None = None,
) -> ListingPage:
    """A page of public goods with facets. ``on`` is the day in Bandung, on which halal statuses depend.

    Raises:
        Invalid: for a cursor that is damaged or of another order, and for slugs that name nothing.
    """
    reference = get_reference(session, version=version)
    halal = get_halal(session, on=on, version=reference.version)
    conditions = _Conditions.of(wanted, reference, halal)
    query = _query(wanted)
    if query is not None:
        return _search(session, wanted, conditions, query, reference, halal, limit, cursor)
    having = _having(session, conditions, reference)
    counts = _count(session, wanted, conditions, reference, having)
    facets = _facets(session, counts, wanted, conditions, reference, halal)
    rows: list[Any] = []
    following = None
    if counts.total:
        others = counts.standing.total()
        rare = having is not None and having < others and counts.total * _RARE < others
        rows, following = _rows(session, wanted, conditions, limit, cursor, by_standing=rare)
    return ListingPage(rows=rows, next=following, total=counts.total, facets=facets, reference=reference, halal=halal)


def _search(
    session: Session,
    wanted: ListingFilter,
    conditions: "_Conditions",
    query: analyser.Query,
    reference: Reference,
    halal: HalalDay,
    limit: int,
    cursor: str | None,
) -> ListingPage:
    """A page of the goods that a query finds, filtered, counted and ordered in memory."""
    matches = _find_matches(session, query, wanted.q, reference)
    corrected = None
    if not matches.products:
        corrected = search.correct(
            session, wanted.q, language=wanted.language, vocabulary=_vocabulary(session, reference.version)
        )
        if corrected is not None:
            wanted = replace(wanted, q=corrected)
            query = analyser.analyse_query(corrected, locale=wanted.language.value)
            matches = _find_matches(session, query, corrected, reference)
    # Read after the matches: whatever they name is in it, unless it was listed a moment ago.
    goods = get_cube(session, scope=kept_for(session), version=reference.version)
    sifted = _Sifted.of(goods, matches.products, wanted, conditions)
    counts = sifted.count(goods, wanted, conditions, reference)
    named = _named_categories(query, reference)
    best = _best(goods, matches, sifted.chosen, wanted, limit + 1, cursor, named=named) if counts.total else []
    return ListingPage(
        rows=_read_rows(session, [number for _, number in best[:limit]]),
        next=Cursor(sort=wanted.order.value, key=best[limit - 1][0], id=best[limit - 1][1]).encode()
        if len(best) > limit
        else None,
        total=counts.total,
        facets=_facets_now(counts, wanted, conditions, reference, halal),
        reference=reference,
        halal=halal,
        corrected=corrected,
    )


def _find_matches(session: Session, query: analyser.Query, typed: str, reference: Reference) -> search.Matches:
    """What a query finds, kept for as long as nothing public changes: for further pages, and for words often typed."""
    key = (reference.version, search.what_is_asked(query, typed))
    result: search.Matches = _all_matches.get(
        kept_for(session), key, lambda: search.find_matches(session, query, typed)
    )
    return result


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
    standings: frozenset[int] | None
    """Numbers of halal standings; ``NO_STANDING`` among them takes in what nothing is known of."""
    on: dt.date

    @classmethod
    def of(cls, wanted: ListingFilter, reference: Reference, halal: HalalDay) -> "_Conditions":
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
            standings=_standings(wanted, halal),
            on=halal.on,
        )


NO_STANDING = 0
"""The number of the standing of goods of which nothing is known, or whose known one has come to its end."""


def _standings(wanted: ListingFilter, halal: HalalDay) -> frozenset[int] | None:
    """The standings that the halal filters leave, or None without such a filter."""
    if wanted.recognised_in is not None and not is_country(wanted.recognised_in):
        raise Invalid(fields={"recognised_in": N_("There is no such country.")})
    left: frozenset[int] | None = None
    if wanted.halal is not None:
        left = halal.standings_with(wanted.halal)
    if wanted.recognised_in is not None:
        recognised = halal.standings_with(Status.CERTIFIED, wanted.recognised_in)
        left = recognised if left is None else left & recognised
    return left


MOST_RUPIAH = 2**62


def _rupiah(amount: Decimal | None, rate: Decimal | None, rounding: str) -> int | None:
    if amount is None or rate is None:
        return None
    return min(int((amount * rate).to_integral_value(rounding)), MOST_RUPIAH)


# --- the rows of one page -------------------------------------------------------------------------------------------

_TIER = 1_000_000
"""More than the greatest rank: a better place in the name counts before everything else."""


def _rows(
    session: Session,
    wanted: ListingFilter,
    conditions: _Conditions,
    limit: int,
    cursor: str | None,
    *,
    by_standing: bool,
) -> tuple[list[Any], str | None]:
    order = wanted.order
    place = _place_in(cursor, order)
    key = _listing.c.published_us if order is Sort.NEWEST else _listing.c.price_key
    descending = order is not Sort.PRICE
    where = _where(wanted, conditions, by_standing=by_standing)
    statement = select(*COLUMNS, key.label("sort_key")).where(*where)
    if place is not None:
        statement = statement.where(_after(key, place, descending=descending))
    ordered: Any = _ordered(key, _listing.c.product_id, descending=descending)
    if by_standing:
        # An order that no index has: the few goods with these standings are found by them, and sorted.
        ordered = _ordered(key + 0, _listing.c.product_id, descending=descending)
    statement = statement.order_by(*ordered).limit(limit + 1)
    rows = list(session.connection().execute(statement).all())
    if len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    return rows, Cursor(sort=order.value, key=rows[-1].sort_key, id=rows[-1].product_id).encode()


_RARE = 50
"""Of fewer than one in so many, goods with the standings asked for are not met by walking through all in order."""


def _place_in(cursor: str | None, order: Sort) -> Cursor | None:
    place = Cursor.decode(cursor, sort=order.value) if cursor else None
    if place is not None and not isinstance(place.key, int):
        raise Invalid(code="bad_cursor", fields={"cursor": N_("This place in the list is no longer known.")})
    return place


def _best(
    goods: Cube,
    matches: search.Matches,
    chosen: Collection[int],
    wanted: ListingFilter,
    most: int,
    cursor: str | None,
    *,
    named: frozenset[int],
) -> list[tuple[int, int]]:
    """Keys and numbers of the first goods in the order that is wanted, from a place in the list on.

    Of the best hits, goods of ``named`` categories come before all others.
    """
    order = wanted.order
    place = _place_in(cursor, order)
    after: Any = None if place is None else (place.key, place.id)
    if order is not Sort.RELEVANCE:
        column = goods.published_us if order is Sort.NEWEST else goods.price
        keyed = zip(map(column.__getitem__, chosen), chosen, strict=True)
        if order is Sort.PRICE:
            return heapq.nsmallest(most, (each for each in keyed if after is None or each > after))
        return heapq.nlargest(most, (each for each in keyed if after is None or each < after))
    inside = None if chosen is matches.products else set(chosen)
    tiers: dict[int, list[int]] = {}
    for number, place_in_tier in matches.placed():
        if inside is None or number in inside:
            tier = place_in_tier + (_ASIDE if named and goods.category[number] not in named else 0)
            tiers.setdefault(tier, []).append(number)
    best: list[tuple[int, int]] = []
    for aside in (0, _ASIDE) if named else (0,):
        for tier in range(aside, aside + search.NOT_NAMED + 1):
            if len(best) == most:
                return best  # mostly before the many whose names do not have the words are looked at
            numbers: Iterable[int] = tiers.get(tier, ())
            if tier == aside + search.NOT_NAMED:
                others = set(chosen).difference(number for number, _ in matches.placed())
                numbers = (each for each in others if not named or (goods.category[each] not in named) == bool(aside))
            ranked = ((tier * _TIER + goods.rank[number], number) for number in numbers)
            best += heapq.nsmallest(most - len(best), (each for each in ranked if after is None or each > after))
    return best


_ASIDE = 100
"""Added to the tier of goods outside the category that was asked for."""


def _named_categories(query: analyser.Query, reference: Reference) -> frozenset[int]:
    """The categories that a query of one word or phrase names, with all below them; none for other queries.

    Whoever asks for coffee wants coffee before candles that smell of it.
    """
    if len(query.groups) != 1:
        return frozenset()
    asked = set(query.groups[0].alternatives)
    return frozenset().union(
        *(
            node.within
            for node in reference.categories.values()
            if any(asked & _name_alternatives(node.name(language), language) for language in Language)
        )
    )


@lru_cache(maxsize=1024)
def _name_alternatives(name: str, language: Language) -> frozenset[analyser.Alternative]:
    groups = analyser.analyse_query(name, locale=language.value).groups
    return frozenset(alternative for group in groups for alternative in group.alternatives)


def _read_rows(session: Session, numbers: list[int]) -> list[Any]:
    """The listings with these numbers, in this order; what has left the read side meanwhile is left out."""
    if not numbers:
        return []
    statement = select(*COLUMNS).where(_listing.c.product_id.in_(numbers))
    rows = {row.product_id: row for row in session.connection().execute(statement)}
    return [rows[number] for number in numbers if number in rows]


def _ordered(key: Any, number: Any, *, descending: bool) -> tuple[Any, Any]:
    return (key.desc(), number.desc()) if descending else (key, number)


def _after(key: Any, place: Cursor, *, descending: bool) -> Any:
    number = _listing.c.product_id
    # The plain bound on the key alone lets either database seek in its index.
    if descending:
        return and_(key <= place.key, or_(key < place.key, number < place.id))
    return and_(key >= place.key, or_(key > place.key, number > place.id))


def _where(wanted: ListingFilter, conditions: _Conditions, *, by_standing: bool) -> list[Any]:
    choices = _choices(wanted, conditions, by_standing=by_standing).values()
    return [*(condition for each in choices for condition in each), *_fixed_conditions(wanted, conditions)]


def _fixed_conditions(wanted: ListingFilter, conditions: _Conditions) -> list[Any]:
    """What no facet offers a choice of."""
    where: list[Any] = []
    if wanted.business_id is not None:
        where.append(_listing.c.business_id == wanted.business_id)
    if conditions.city_id is not None:
        where.append(_listing.c.city_id == conditions.city_id)
    if _only_priced(wanted):
        where.append(_listing.c.price_key.is_not(None))
    return where


def _choices(
    wanted: ListingFilter, conditions: _Conditions, *, by_standing: bool = False, goods: Any = None
) -> dict[str, list[Any]]:
    """The conditions by facet; ``_tests`` says the same of goods in memory.

    ``by_standing``: goods are to be found by their halal standings, else by whatever else there is an index of.
    ``goods``: columns to ask, of what has these standings already or is counted whatever they are; the root of a
    category is not among them.
    """
    narrow, goods = goods is not None, _listing.c if goods is None else goods
    category: list[Any] = []
    if conditions.leaf is not None:
        category.append(goods.category_id == conditions.leaf)
    elif conditions.root is not None and not narrow:
        category.append(goods.root_category_id == conditions.root)
    elif conditions.categories is not None:
        category.append(goods.category_id.in_(sorted(conditions.categories)))
    codes = conditions.kecamatan
    kecamatan = [goods.kecamatan_code.in_(sorted(codes))] if codes is not None else []
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
    return {
        "category": category,
        "kecamatan": kecamatan,
        "price": price,
        "moq": moq,
        "verified": verified,
        "standing": [] if narrow else _standing_condition(conditions, by_standing=by_standing),
    }


def _standing_condition(conditions: _Conditions, *, by_standing: bool) -> list[Any]:
    if conditions.standings is None:
        return []
    # Numbers written out: more than a hundred bound ones take longer to prepare than the rows to read.
    written = ", ".join(map(str, sorted(conditions.standings)))
    among: Any = text(f"listing.standing_id{'' if by_standing else ' + 0'} IN ({written})") if written else false()
    # One expression for "never or later": of two, SQLite makes two searches in an index that is of no use here.
    until = func.coalesce(_listing.c.standing_until, dt.date.max)
    if NO_STANDING in conditions.standings:
        return [or_(among, until <= conditions.on)]
    return [among, until > conditions.on]


Test = Callable[[int], bool]


def _fixed_tests(goods: Cube, wanted: ListingFilter, conditions: _Conditions) -> list[Test]:
    """``_fixed_conditions`` on the numbers of goods in memory."""
    tests: list[Test] = []
    if wanted.business_id is not None:
        tests.append(lambda number: goods.business[number] == wanted.business_id)
    if conditions.city_id is not None:
        tests.append(lambda number: goods.city[number] == conditions.city_id)
    if _only_priced(wanted):
        tests.append(lambda number: goods.price[number] != UNPRICED)
    return tests


def _tests(goods: Cube, wanted: ListingFilter, conditions: _Conditions) -> dict[str, Test]:
    """``_choices`` on the numbers of goods in memory; only the facets that are filtered by."""
    tests: dict[str, Test] = {}
    categories, codes = conditions.categories, conditions.kecamatan
    if categories is not None:
        tests["category"] = lambda number: goods.category[number] in categories
    if codes is not None:
        tests["kecamatan"] = lambda number: goods.kecamatan_codes[goods.kecamatan[number]] in codes
    if conditions.price_min is not None or conditions.price_max is not None:
        low, high = conditions.price_min or 0, conditions.price_max
        most = MOST_RUPIAH if high is None else high
        tests["price"] = lambda number: low <= goods.price[number] <= most
    if wanted.moq_max is not None:
        most_pieces = wanted.moq_max
        tests["moq"] = lambda number: goods.moq[number] <= most_pieces
    if wanted.verified is not None:
        tests["verified"] = lambda number: goods.verified[number] == wanted.verified
    if conditions.standings is not None:
        standings, standing = conditions.standings, _standing_in(goods, conditions)
        tests["standing"] = lambda number: standing(number) in standings
    return tests


def _standing_in(goods: Cube, conditions: _Conditions) -> Callable[[int], int]:
    """Gives the halal standing of goods in memory, as far as it holds on the day."""
    today, numbers, until = conditions.on.toordinal(), goods.standing, goods.standing_until
    return lambda number: numbers[number] if until[number] > today else NO_STANDING


@dataclass(frozen=True)
class _Sifted:
    """What a search found after the filters; each facet looks past its own filter."""

    chosen: Collection[int]
    """What all filters leave."""
    past: dict[str, Collection[int]]
    """By facet that is filtered by: what all other filters leave."""

    @classmethod
    def of(cls, goods: Cube, found: Collection[int], wanted: ListingFilter, conditions: _Conditions) -> "_Sifted":
        numbers: Collection[int] = found
        if found and max(found) >= len(goods):  # listed since the numbers were read
            numbers = [number for number in found if number < len(goods)]
        for fixed in _fixed_tests(goods, wanted, conditions):
            numbers = list(filter(fixed, numbers))
        tests = _tests(goods, wanted, conditions)
        chosen, past = numbers, dict.fromkeys(tests, numbers)
        for facet, test in tests.items():
            chosen = list(filter(test, chosen))
            for other in past:
                if other != facet:
                    past[other] = list(filter(test, past[other]))
        return cls(chosen, past)

    def count(self, goods: Cube, wanted: ListingFilter, conditions: _Conditions, reference: Reference) -> "_Counts":
        """The same counts that ``_count_now`` gives for a list."""

        def values(facet: str, column: Sequence[int]) -> Counter[int]:
            return Counter(map(column.__getitem__, self.past.get(facet, self.chosen)))

        edges = _price_edges(wanted.currency, reference)
        price: Counter[int] = Counter()
        if edges is not None:
            for rupiah, number in values("price", goods.price).items():
                if rupiah != UNPRICED:
                    price[bisect_right(edges, rupiah)] += number
        return _Counts(
            total=len(self.chosen),
            category=values("category", goods.category),
            kecamatan=Counter(
                {
                    code: number
                    for place, number in values("kecamatan", goods.kecamatan).items()
                    if (code := goods.kecamatan_codes[place]) is not None
                }
            ),
            verified=Counter({bool(value): number for value, number in values("verified", goods.verified).items()}),
            moq=values("moq", goods.moq_band),
            price=price,
            standing=Counter(map(_standing_in(goods, conditions), self.past.get("standing", self.chosen))),
        )


def _only_priced(wanted: ListingFilter) -> bool:
    """Goods without a public price cannot stand in an order by price."""
    return wanted.order in {Sort.PRICE, Sort.PRICE_DESC}


# --- counts ---------------------------------------------------------------------------------------------------------


class _Shelf:
    """Recent results by key, each made once however many threads ask for it at the same time."""

    def __init__(self, size: int, weigh: Callable[[Any], int] = lambda _: 1) -> None:
        self._lock = threading.Lock()
        self._making: dict[Any, threading.Lock] = {}
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._room = size
        self._weigh = weigh

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
                self._room -= self._weigh(value)
                while self._room < 0:
                    self._room += self._weigh(self._kept.popitem(last=False)[1])
            return value


_all_matches = _Shelf(250_000, weigh=lambda matches: 250 + len(matches.products) + len(matches.named))
"""In numbers of eight bytes; what stands around them is taken for 250."""
_all_counts = _Shelf(1024)
_all_facets = _Shelf(1024)
_all_sizes = _Shelf(1)
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
    standing: Counter[int]
    """By halal standing, past both halal filters."""


def _count(
    session: Session,
    wanted: ListingFilter,
    conditions: _Conditions,
    reference: Reference,
    having: int | None,
) -> _Counts:
    """The counts of a filter, kept for as long as nothing public changes."""
    key = (
        reference.version,
        conditions,
        wanted.business_id,
        wanted.verified,
        wanted.moq_max,
        wanted.currency,
        _only_priced(wanted),
    )
    result: _Counts = _all_counts.get(
        kept_for(session), key, lambda: _count_now(session, wanted, conditions, reference, having)
    )
    return result


def _having(session: Session, conditions: _Conditions, reference: Reference) -> int | None:
    """How many goods have the halal standings asked for, or had them last; None when none are asked for."""
    if conditions.standings is None:
        return None
    sizes = _standing_sizes(session, reference)
    return sizes.total() if NO_STANDING in conditions.standings else sum(sizes[each] for each in conditions.standings)


def _standing_sizes(session: Session, reference: Reference) -> Counter[int]:
    def read() -> Counter[int]:
        number = _listing.c.standing_id
        rows = session.connection().execute(select(number, func.count()).group_by(number))
        return Counter({row[0]: row[1] for row in rows})

    result: Counter[int] = _all_sizes.get(kept_for(session), reference.version, read)
    return result


_FEW = 8
"""Fewer than one in so many are looked up by their standings; of more, a narrow index is read from end to end."""


def _count_now(
    session: Session, wanted: ListingFilter, conditions: _Conditions, reference: Reference, having: int | None
) -> _Counts:
    goods: Any = _listing
    whole = fixed = _fixed_conditions(wanted, conditions)
    asked = _choices(wanted, conditions)
    if having is not None:
        # All counts but one are of goods with these standings: they are found once and counted six times.
        by_standing = having * _FEW < _standing_sizes(session, reference).total()
        narrow = ["category_id", "kecamatan_code", "verified", "moq_band", "price_key"]
        if wanted.moq_max is not None and wanted.moq_max not in MOQ_LIMITS:
            narrow.append("moq")
        with_them = _standing_condition(conditions, by_standing=by_standing)
        found = select(*(_listing.c[name] for name in narrow)).where(*fixed, *with_them)
        goods, fixed = found.cte("found").prefix_with("MATERIALIZED"), []
        asked = _choices(wanted, conditions, goods=goods.c)

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
        *_standing_counts(wanted, conditions, whole),
    ]
    edges = _price_edges(wanted.currency, reference)
    if edges is not None:
        price = goods.c.price_key
        parts.append(count("price", _price_code(price, edges), price.is_not(None)))
    numbers_of: dict[str, dict[str, int]] = {}
    for kind, value, number in session.connection().execute(union_all(*parts)):
        numbers_of.setdefault(kind, {})[value] = number

    def numbers(kind: str) -> Counter[int]:
        return Counter({int(value): number for value, number in numbers_of.get(kind, {}).items()})

    ended = numbers("ended")
    standing = numbers("standing")
    standing.subtract(ended)
    standing[NO_STANDING] += ended.total()
    return _Counts(
        total=numbers_of["total"][""],
        category=numbers("category"),
        kecamatan=Counter(numbers_of.get("kecamatan", {})),
        verified=Counter({value == "1": number for value, number in numbers_of.get("verified", {}).items()}),
        moq=numbers("moq"),
        price=numbers("price"),
        standing=standing,
    )


def _standing_counts(wanted: ListingFilter, conditions: _Conditions, fixed: list[Any]) -> list[Any]:
    """Parts of the union: goods by halal standing whatever halal filter is set, and those whose standing has ended."""
    number, until, on = _listing.c.standing_id, _listing.c.standing_until, conditions.on
    choices = _choices(wanted, conditions, goods=_listing.c).values()
    others = [*fixed, *(condition for each in choices for condition in each)]

    def part(kind: str, value: Any, *where: Any, group: Any = None) -> Any:
        columns: Any = (literal_column(f"'{kind}'").label("kind"), cast(value, String).label("value"), func.count())
        found = select(*columns).select_from(_listing).where(*where)
        return found.group_by(value if group is None else group)

    if not others:
        # Each from an index alone: one is read from end to end, of the other the few days that are over.
        return [part("standing", number), part("ended", number + literal_column("0"), until <= on)]
    # Grouped by its place: PostgreSQL compares grouped expressions parameter by parameter.
    now = part("standing", case((until <= on, literal_column("0")), else_=number), *others, group=literal_column("2"))
    return [now]


def _price_edges(currency: Currency, reference: Reference) -> list[int] | None:
    """Rupiah at which the key of ``_Counts.price`` rises by one; None without a rate for the currency.

    A step that is a whole number of rupiah is an edge of its own, which two bands share.
    """
    rate = reference.rupiah_for(currency)
    if rate is None:
        return None
    exact = [step * rate for step in PRICE_STEPS[currency]]
    return [
        int(edge)
        for step in exact
        for edge in (step.to_integral_value(ROUND_CEILING), step.to_integral_value(ROUND_FLOOR) + 1)
    ]


def _price_code(price: Any, edges: list[int]) -> Any:
    """The key of ``_Counts.price`` in SQL."""
    # Written out, not bound: PostgreSQL compares grouped expressions parameter by parameter.
    whens: list[Any] = [
        (price < literal_column(str(edge)), literal_column(str(code))) for code, edge in enumerate(edges)
    ]
    return case(*whens, else_=literal_column(str(len(edges))))


def _facets(
    session: Session,
    counts: _Counts,
    wanted: ListingFilter,
    conditions: _Conditions,
    reference: Reference,
    halal: HalalDay,
) -> Facets:
    """The facets of a filter: the same object until anything public or the day changes; edges may keep more."""
    key = (reference.version, halal.on, replace(wanted, language=Language.EN))
    result: Facets = _all_facets.get(
        kept_for(session), key, lambda: _facets_now(counts, wanted, conditions, reference, halal)
    )
    return result


def _facets_now(
    counts: _Counts, wanted: ListingFilter, conditions: _Conditions, reference: Reference, halal: HalalDay
) -> Facets:
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
        halal=tuple(_halal_values(counts.standing, wanted, halal)),
        recognised_in=tuple(_recognised_values(counts.standing, wanted, halal)),
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


def _halal_values(counts: Counter[int], wanted: ListingFilter, halal: HalalDay) -> Iterable[FacetValue]:
    """Every status that occurs at home, the best first, as if it were not filtered by."""
    left = halal.standings_with(Status.CERTIFIED, wanted.recognised_in) if wanted.recognised_in else None
    statuses = halal.statuses()
    found: Counter[Status] = Counter()
    for standing, count in counts.items():
        if left is None or standing in left:
            found[statuses.get(standing, Status.UNKNOWN)] += count
    for status in Status:
        if found[status] or status is wanted.halal:
            yield FacetValue(status.value, found[status], status is wanted.halal)


def _recognised_values(counts: Counter[int], wanted: ListingFilter, halal: HalalDay) -> Iterable[FacetValue]:
    """Every destination at which something is certified, those that the programme sells in first."""
    left = halal.standings_with(wanted.halal) if wanted.halal is not None else None
    for destination in halal.reference.destinations():
        chosen = destination == wanted.recognised_in
        recognised = halal.standings_with(Status.CERTIFIED, destination)
        count = sum(counts[number] for number in (recognised if left is None else recognised & left))
        if count or chosen:
            yield FacetValue(destination, count, chosen)
    if wanted.recognised_in is not None and wanted.recognised_in not in halal.reference.destinations():
        yield FacetValue(wanted.recognised_in, 0, selected=True)


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
