"""Lists of public goods: filters, facets against a recount, orders, pages by cursor, prices in four currencies."""

import datetime as dt
import itertools
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from app.businesses.models import Business
from app.catalogue import index
from app.catalogue.models import Category, Listing, Price, PriceVisibility, Product
from app.catalogue.queries import listing
from app.catalogue.queries.listing import MOQ_LIMITS, PRICE_STEPS, ListingFilter
from app.catalogue.schemas.listing import Sort
from app.catalogue.service import reference as catalogue_reference
from app.cities import service as cities
from app.cities.models import Kecamatan
from app.core.errors import Invalid
from app.core.languages import Language
from app.core.money import Currency
from app.core.rates import store_rates
from app.halal.rules import day_of
from tests.factories import NOON, make_business, make_category, make_product, save

PER_EURO = {
    "EUR": Decimal(1),
    "IDR": Decimal(18000),
    "MYR": Decimal("4.5"),
    "KRW": Decimal(1500),
    "USD": Decimal("1.1"),
}
"""One ringgit is exactly 4,000 rupiah and one won 12, so that edges of bands are hit; a dollar is 16,363.63…"""
SHELF = 150


@pytest.fixture
def rates(session: Session) -> None:
    store_rates(session, day=dt.date(2026, 11, 19), per_euro=PER_EURO, source="Test Bank", now=NOON)
    session.commit()


@pytest.fixture
def shelf(session: Session, rates: None) -> list[Listing]:
    """Goods of all kinds with prices that often lie on the edges of bands."""
    cities.load_reference(session, NOON)
    catalogue_reference.load_categories(session, now=NOON)
    session.commit()
    dice = random.Random(11)
    parents = select(Category.parent_id).where(col(Category.parent_id).is_not(None))
    leaves = session.exec(select(Category.id).where(col(Category.id).not_in(parents)).order_by(col(Category.id))).all()
    districts = session.exec(select(Kecamatan.code).order_by(Kecamatan.code)).all()[:5]
    makers = [make_business(session, kecamatan_code=code) for code in (*districts, None)]
    edges = [*PRICE_STEPS[Currency.IDR], *(4000 * step for step in PRICE_STEPS[Currency.MYR])]
    edges += [32727, 32728, 81818, 81819]
    products = []
    for _ in range(SHELF):
        product = make_product(
            session,
            business=dice.choice(makers),
            category_id=dice.choice(leaves[:9]),
            names={"id": dice.choice(["Keripik Pisang", "Kopi Luwak", "Sepatu Kulit", "Tas Rajut"]), "en": "Good"},
            moq=dice.choice([1, 2, 10, 11, 50, 51, 200, 201]),
            price_visibility=dice.choice([PriceVisibility.PUBLIC] * 4 + [PriceVisibility.ON_REQUEST]),
            price_idr=dice.choice([dice.choice(edges), dice.choice(edges) + dice.choice([-1, 1]), None]),
            published_at=NOON + dt.timedelta(hours=dice.randrange(40)),
        )
        products.append(product.id)
    index.reindex_products(session, products, now=NOON)
    # The read side may also hold goods of makers whose check is older than the rule that all are checked.
    for row in session.exec(select(Listing)).all()[::7]:
        row.verified = False
    session.commit()
    return list(session.exec(select(Listing).order_by(col(Listing.product_id))))


def page_of(session: Session, wanted: ListingFilter, **arguments: Any) -> listing.ListingPage:
    given: dict[str, Any] = {"on": day_of(NOON), "limit": 100, **arguments}
    return listing.list_products(session, wanted, **given)


def filters() -> Any:
    roots = ["food", "drinks", "snacks", "coffee", "chips-crackers"]
    amounts = [
        None,
        Decimal(10),
        Decimal(20),
        Decimal(50),
        Decimal(25_000),
        Decimal(75_000),
        Decimal("12.5"),
        Decimal(3),
    ]
    bands = [
        (currency, None if low is None else Decimal(low), None if high is None else Decimal(high))
        for currency, steps in PRICE_STEPS.items()
        for low, high in itertools.pairwise((None, *steps, None))
    ]
    ranges = st.one_of(
        st.sampled_from(bands), st.tuples(st.sampled_from(Currency), st.sampled_from(amounts), st.sampled_from(amounts))
    )
    return st.builds(
        lambda money, **values: ListingFilter(
            Language.EN, money[0], price_min=money[1], price_max=money[2], **values
        ),
        ranges,
        q=st.sampled_from(["", "", "keripik", "커피", "good"]),
        category=st.sampled_from([None, None, *roots]),
        kecamatan=st.lists(st.sampled_from("01234"), max_size=2, unique=True).map(tuple),
        verified=st.sampled_from([None, None, True, False]),
        moq_max=st.sampled_from([None, None, 1, 10, 50, 200, 7, 60]),
        sort=st.sampled_from([None, *Sort]),
    )  # fmt: skip


class Recount:
    """The same filter in plain Python over the rows."""

    def __init__(self, session: Session, rows: list[Listing], wanted: ListingFilter) -> None:
        self.rows, self.wanted = rows, wanted
        self.categories = {row.id: row for row in session.exec(select(Category))}
        self.districts = {row.code: row.slug for row in session.exec(select(Kecamatan))}
        rate = Decimal(1) if wanted.currency is Currency.IDR else PER_EURO["IDR"] / PER_EURO[wanted.currency.value]
        self.rate = rate

    def path(self, row: Listing) -> set[str]:
        node: Category | None = self.categories[row.category_id]
        slugs = set()
        while node is not None:
            slugs.add(node.slug)
            node = self.categories[node.parent_id] if node.parent_id is not None else None
        return slugs

    def in_price(self, row: Listing, low: Decimal | None, high: Decimal | None) -> bool:
        if low is None and high is None:
            return True
        if row.price_key is None:
            return False
        least = 0 if low is None else int((low * self.rate).to_integral_value(ROUND_CEILING))
        most = 2**62 if high is None else int((high * self.rate).to_integral_value(ROUND_FLOOR))
        return least <= row.price_key <= most

    def matches(self, row: Listing, *, without: str = "") -> bool:
        wanted = self.wanted
        words = {"keripik": "Keripik", "커피": "Kopi", "good": ""}
        checks = {
            "q": not wanted.q or words[wanted.q] in row.names["id"],
            "category": wanted.category is None or wanted.category in self.path(row),
            "kecamatan": not wanted.kecamatan or self.districts.get(row.kecamatan_code or "") in wanted.kecamatan,
            "verified": wanted.verified is None or row.verified == wanted.verified,
            "moq": wanted.moq_max is None or row.moq <= wanted.moq_max,
            "price": self.in_price(row, wanted.price_min, wanted.price_max),
            "priced": wanted.sort not in {Sort.PRICE, Sort.PRICE_DESC} or row.price_key is not None,
        }
        return all(good for name, good in checks.items() if name != without)

    def facet(self, name: str) -> list[Listing]:
        return [row for row in self.rows if self.matches(row, without=name)]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters())
def test_facets_and_totals_equal_a_recount(session: Session, shelf: list[Listing], wanted: ListingFilter) -> None:
    districts = sorted({row.kecamatan_code for row in shelf if row.kecamatan_code})
    slug_of = {row.code: row.slug for row in session.exec(select(Kecamatan))}
    chosen = tuple(slug_of[districts[int(number)]] for number in wanted.kecamatan)
    wanted = ListingFilter(**{**wanted.__dict__, "kecamatan": chosen})
    recount = Recount(session, shelf, wanted)
    page = page_of(session, wanted)
    matching = {row.product_id for row in shelf if recount.matches(row)}

    assert page.total == len(matching)
    assert {row.product_id for row in walk(session, wanted)} == matching
    assert {each.value: each.count for each in page.facets.verified if each.count} == {
        "true" if state else "false": count
        for state, count in Counter(row.verified for row in recount.facet("verified")).items()
    }
    assert {each.value: each.count for each in page.facets.kecamatan if each.count} == Counter(
        slug_of[row.kecamatan_code] for row in recount.facet("kecamatan") if row.kecamatan_code
    )
    assert {each.value for each in page.facets.kecamatan if each.selected} == set(chosen)
    by_category = recount.facet("category")
    for each in page.facets.category:
        assert each.count == sum(each.value in recount.path(row) for row in by_category)
        assert each.selected == (each.value == wanted.category)
    if wanted.category is None:
        assert sum(each.count for each in page.facets.category) == len(by_category)
    by_moq = recount.facet("moq")
    assert {int(each.value): each.count for each in page.facets.moq_max if each.count} == {
        limit: count for limit in MOQ_LIMITS if (count := sum(row.moq <= limit for row in by_moq))
    }
    by_price = recount.facet("price")
    steps = PRICE_STEPS[wanted.currency]
    expected = {}
    for low, high in itertools.pairwise((None, *steps, None)):
        count = sum(
            row.price_key is not None
            and recount.in_price(row, *(None if end is None else Decimal(end) for end in (low, high)))
            for row in by_price
        )
        if count:
            expected[f"{'' if low is None else low}-{'' if high is None else high}"] = count
    assert {each.value: each.count for each in page.facets.price if each.count} == expected


def walk(session: Session, wanted: ListingFilter, limit: int = 13) -> Iterator[Any]:
    """All pages."""
    cursor = None
    while True:
        page = page_of(session, wanted, limit=limit, cursor=cursor)
        yield from page.rows
        assert (page.next is None) == (len(page.rows) < limit or page.next is None)
        if page.next is None:
            return
        cursor = page.next


@pytest.mark.parametrize("q", ["", "keripik"])
@pytest.mark.parametrize("sort", list(Sort))
def test_orders_hold_over_all_pages(session: Session, shelf: list[Listing], sort: Sort, q: str) -> None:
    wanted = ListingFilter(Language.EN, Currency.IDR, q=q, sort=sort)
    rows = list(walk(session, wanted))
    numbers = [row.product_id for row in rows]
    assert len(numbers) == len(set(numbers)) == page_of(session, wanted).total
    by_id = {row.product_id: row for row in shelf}
    if sort is Sort.PRICE:
        keys = [(by_id[number].price_key, number) for number in numbers]
        assert keys == sorted(keys)
    elif sort is Sort.PRICE_DESC:
        keys = [(by_id[number].price_key, number) for number in numbers]
        assert keys == sorted(keys, reverse=True)
    elif sort is Sort.NEWEST or not q:
        keys = [(by_id[number].published_us, number) for number in numbers]
        assert keys == sorted(keys, reverse=True)
    assert all(by_id[number].price_key is not None for number in numbers) or sort in {Sort.NEWEST, Sort.RELEVANCE}


@pytest.mark.parametrize("q", ["", "keripik"])
@pytest.mark.parametrize("sort", list(Sort))
def test_pages_stay_whole_while_goods_come_and_go(session: Session, shelf: list[Listing], sort: Sort, q: str) -> None:
    wanted = ListingFilter(Language.EN, Currency.IDR, q=q, sort=sort)
    before = [row.product_id for row in walk(session, wanted)]
    maker = session.exec(select(Business)).first()
    dice = random.Random(3)
    seen: list[int] = []
    gone: set[int] = set()
    cursor = None
    while True:
        page = page_of(session, wanted, limit=9, cursor=cursor)
        seen += [row.product_id for row in page.rows]
        if page.next is None:
            break
        cursor = page.next
        new = [
            make_product(
                session,
                business=maker,
                category_id=shelf[0].category_id,
                names={"id": "Keripik Baru" + " Sekali" * dice.randrange(3)},
                price_idr=dice.randrange(1000, 2_000_000),
                published_at=NOON + dt.timedelta(minutes=dice.randrange(2400)),
            ).id
            for _ in range(3)
        ]
        lost = dice.choice([number for number in before if number not in gone])
        gone.add(lost)
        product = session.get(Product, lost)
        assert product is not None
        product.state = "archived"  # type: ignore[assignment]
        session.commit()
        index.reindex_products(session, [*new, lost], now=NOON)
        session.commit()
    assert len(seen) == len(set(seen))
    assert set(before) - gone <= set(seen)


def test_a_cursor_of_another_order_or_none_of_ours_is_refused(
    client: TestClient, session: Session, shelf: list[Listing]
) -> None:
    following = page_of(session, ListingFilter(Language.EN, Currency.IDR), limit=5).next
    for cursor, sort in (
        (following, "price"),
        ("x", "newest"),
        ("bnVsbA", "newest"),
        ("W10", "newest"),
    ):
        answer = client.get("/api/v1/products", params={"cursor": cursor, "sort": sort})
        assert answer.status_code == 422, cursor
        assert answer.json()["errors"][0]["field"] == "cursor"
        assert client.get("/en/products", params={"cursor": cursor, "sort": sort}).status_code == 200


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"category": "no-such"}, "category"),
        ({"business": "no-such"}, "business"),
        ({"kecamatan": ["coblong", "no-such"]}, "kecamatan"),
        ({"city": "atlantis"}, "city"),
        ({"currency": "EUR"}, "currency"),
        ({"sort": "best"}, "sort"),
        ({"limit": 101}, "limit"),
        ({"limit": 0}, "limit"),
        ({"moq_max": 0}, "moq_max"),
        ({"price_min": "-1"}, "price_min"),
        ({"price_max": "NaN"}, "price_max"),
        ({"colour": "red"}, "colour"),
        ({"locale": "fr"}, "locale"),
        ({"q": "x" * 201}, "q"),
    ],
)
def test_unknown_values_are_refused(
    client: TestClient, shelf: list[Listing], params: dict[str, Any], field: str
) -> None:
    answer = client.get("/api/v1/products", params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_page_leaves_out_what_is_not_known(client: TestClient, shelf: list[Listing]) -> None:
    assert client.get("/en/products", params={"kecamatan": "no-such", "price": "x", "moq_max": "-3"}).status_code == 200
    assert client.get("/en/categories/no-such").status_code == 404


def test_a_price_on_request_is_nowhere_to_be_seen(client: TestClient, session: Session, rates: None) -> None:
    maker = make_business(session)
    shown = make_product(session, business=maker, price_idr=50_000, slug="shown")
    secret = make_product(
        session, business=maker, price_idr=777_431, slug="secret", price_visibility=PriceVisibility.ON_REQUEST
    )
    members = make_product(
        session, business=maker, price_idr=777_432, slug="members", price_visibility=PriceVisibility.SIGNED_IN
    )
    index.reindex_products(session, [shown.id, secret.id, members.id], now=NOON)
    session.commit()
    listed = client.get("/api/v1/products").json()["items"]
    assert {each["slug"]: each["price"] and each["price"]["amount"] for each in listed} == {
        "shown": "50000", "secret": None, "members": None,
    }  # fmt: skip
    for path in ("/api/v1/products", "/en/products", "/api/v1/products/secret", "/api/v1/products/members",
                 "/en/products/secret", "/en/products/members"):  # fmt: skip
        text = client.get(path).text.replace(",", "").replace(".", "")
        assert "777431" not in text
        assert "777432" not in text
    # Neither order nor filter tells where the hidden price stands.
    for sort in ("price", "-price"):
        assert [each["slug"] for each in client.get("/api/v1/products", params={"sort": sort}).json()["items"]] == [
            "shown"
        ]
    for params in ({"price_min": "777431"}, {"price_max": "777431", "price_min": "777431", "currency": "IDR"}):
        assert client.get("/api/v1/products", params={"currency": "IDR"} | params).json()["total"] == 0
    assert {row.price_key for row in session.exec(select(Listing))} == {50_000, None}


@pytest.mark.parametrize(
    ("currency", "low", "high", "found"),
    [
        ("IDR", "40000", "40000", ["forty"]),
        ("MYR", "10", "10", ["forty"]),
        ("MYR", "9.99", "10.01", ["forty"]),
        ("MYR", "10.01", None, ["eighty"]),
        ("KRW", "3333", "3334", ["forty"]),
        ("KRW", "3334", None, ["eighty"]),
        ("USD", None, "2.44", []),
        ("USD", None, "2.45", ["forty"]),
        ("USD", "2.44", "4.89", ["forty", "eighty"]),
    ],
)
def test_price_filters_follow_the_rate(
    client: TestClient,
    session: Session,
    rates: None,
    currency: str,
    low: str | None,
    high: str | None,
    found: list[str],
) -> None:
    maker = make_business(session)
    goods = [
        make_product(session, business=maker, price_idr=amount, slug=slug)
        for slug, amount in (("forty", 40_000), ("eighty", 80_000))
    ]
    index.reindex_products(session, [each.id for each in goods], now=NOON)
    session.commit()
    params = {"currency": currency, "sort": "price", "price_min": low, "price_max": high}
    answer = client.get("/api/v1/products", params={key: value for key, value in params.items() if value is not None})
    assert [each["slug"] for each in answer.json()["items"]] == found
    assert answer.json()["total"] == len(found)


def test_indicative_prices_name_their_rate(client: TestClient, session: Session, rates: None) -> None:
    product = make_product(session, price_idr=40_000)
    save(session, Price(product_id=product.id, currency=Currency.KRW, min_quantity=1, minor=5_000))
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()
    item = client.get("/api/v1/products", params={"currency": "MYR"}).json()["items"][0]
    assert item["price"] == {"amount": "40000", "currency": "IDR"}
    assert item["indicative"] == {
        "amount": "10.00", "currency": "MYR", "rate_date": "2026-11-19", "rate_source": "Test Bank",
    }  # fmt: skip
    stored = client.get("/api/v1/products", params={"currency": "KRW"}).json()["items"][0]
    assert (stored["price"], stored["indicative"]) == ({"amount": "5000", "currency": "KRW"}, None)


def test_without_rates_other_currencies_cannot_be_filtered(client: TestClient, session: Session) -> None:
    product = make_product(session)
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()
    answer = client.get("/api/v1/products", params={"currency": "USD", "price_max": "5"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "currency"
    plain = client.get("/api/v1/products", params={"currency": "USD"}).json()
    assert plain["items"][0]["indicative"] is None
    assert plain["facets"]["price"] == []


def test_a_price_in_another_currency_is_compared_by_the_rate(session: Session, rates: None) -> None:
    product = make_product(session, price_idr=None)
    save(session, Price(product_id=product.id, currency=Currency.MYR, min_quantity=1, minor=1250))
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()
    assert session.exec(select(Listing.price_key)).one() == 50_000
    new = {**PER_EURO, "MYR": Decimal(5)}
    store_rates(session, day=dt.date(2026, 11, 20), per_euro=new, source="Test Bank", now=NOON)
    assert index.refresh_price_keys(session) == 1
    session.commit()
    session.expire_all()
    assert session.exec(select(Listing.price_key)).one() == 45_000


def test_names_fall_back_to_a_language_the_reader_may_know(client: TestClient, session: Session) -> None:
    product = make_product(session, names={"id": "Kue Balok", "ms": "Kuih Balok"})
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()
    for locale, shown in (
        ("id", ("Kue Balok", "id")),
        ("ms", ("Kuih Balok", "ms")),
        ("en", ("Kue Balok", "id")),
        ("ko", ("Kue Balok", "id")),
    ):
        name = client.get("/api/v1/products", params={"locale": locale}).json()["items"][0]["name"]
        assert (name["text"], name["locale"]) == shown


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that were sent meanwhile."""
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/products?limit=100",
        "/api/v1/products?limit=100&q=keripik",
        "/api/v1/products?limit=100&q=keripik&sort=price&kecamatan=coblong",
        "/api/v1/suggestions?q=ker",
        "/en/products",
        "/en/products?q=keripik",
        "/en/categories/food",
    ],
)
def test_lists_send_as_many_statements_for_fifty_rows_as_for_one(
    client: TestClient, session: Session, engine: Engine, rates: None, path: str
) -> None:
    make_category(session)
    one = make_product(session)
    index.reindex_products(session, [one.id], now=NOON)
    session.commit()
    assert client.get(path).status_code == 200
    with counted(engine) as few:
        assert client.get(path).status_code == 200
    others = [make_product(session).id for _ in range(49)]
    index.reindex_products(session, others, now=NOON)
    session.commit()
    with counted(engine) as many:
        assert client.get(path).status_code == 200
    assert few
    assert len(many) == len(few)


def test_slugs_that_name_nothing_are_refused_below_the_edge_too(session: Session, rates: None) -> None:
    for field, wanted in (
        ("category", ListingFilter(Language.EN, Currency.IDR, category="no-such")),
        ("city", ListingFilter(Language.EN, Currency.IDR, city="no-such")),
    ):
        with pytest.raises(Invalid) as refused:
            page_of(session, wanted)
        assert list(refused.value.fields) == [field]
