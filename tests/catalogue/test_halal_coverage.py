"""Coverage: every figure equals a recount, leads to its goods, and leaves in sheets that compute nothing."""

import csv
import datetime as dt
import io
from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import event
from sqlmodel import Session, col, select

from app.accounts.models import Role
from app.businesses.models import Business, Scale
from app.catalogue import coverage, index, standings
from app.catalogue.models import Category, Listing, Product
from app.catalogue.queries import halal_coverage
from app.catalogue.queries.halal_coverage import Dimension, Filter
from app.catalogue.queries.reference import get_reference
from app.core.errors import Invalid
from app.core.languages import Language
from app.halal import rules
from app.halal.rules import Status
from app.halal.vocabulary import CertificateState
from tests.conftest import Clock
from tests.factories import (
    NOON,
    make_business,
    make_category,
    make_kecamatan,
    make_maker,
    make_product,
    make_token,
    make_user,
    sign_in,
)
from tests.halal.duties import BEGAN, make_obligation
from tests.halal.papers import TODAY, link_product, make_certificate


@pytest.fixture
def goods(session: Session) -> list[Product]:
    """Goods of three makers in two kinds and two districts, with and without certificates."""
    make_obligation(session)
    make_obligation(session, scale="medium_large", mandatory_from=dt.date(2024, 10, 18))
    food = make_category(session)
    snacks = make_category(session, slug="snacks", parent_id=food.id, goods_class="food")
    toys = make_category(session, slug="toys", goods_class="other")
    away = make_kecamatan(session, code="32.73.09", name="Lengkong", slug="lengkong")
    makers = [
        make_business(session),
        make_business(session, scale=Scale.MEDIUM, kecamatan_code=away.code),
        make_business(session, scale=None, kecamatan_code=None),
    ]
    made = [
        make_product(session, business=maker, category_id=kind.id)
        for maker in makers
        for kind in (food, snacks, snacks, toys)
    ]
    states = (CertificateState.VERIFIED, CertificateState.CLAIMED, CertificateState.SUSPENDED)
    for product, state in zip((made[0], made[4], made[8]), states, strict=True):
        link_product(session, product, make_certificate(session, state=state))
    lapsed = make_certificate(session, valid_until=TODAY + dt.timedelta(days=1))
    link_product(session, made[1], lapsed)
    index.reindex_all(session, now=NOON)
    session.commit()
    return made


def recount(session: Session, dimension: Dimension | None, on: dt.date = TODAY) -> dict[str, Counter[Status]]:
    """The same from the goods themselves: each assessed from its own history."""
    names = {row.code: row.slug for row in session.exec(select(type(make_kecamatan(session))))}
    categories = {row.id: row for row in session.exec(select(Category))}
    rows = session.exec(
        select(Product, Business, Listing)
        .join(Business, col(Business.id) == col(Product.business_id))
        .join(Listing, col(Listing.product_id) == col(Product.id))
    ).all()
    histories = standings.read_histories(session, [product.id for product, _, _ in rows])
    reference = standings.read_standings(session).reference
    found: dict[str, Counter[Status]] = {}
    for product, business, listing in rows:
        status = rules.assess(histories[product.id], reference, on=on).status
        if listing.standing_until is not None and listing.standing_until <= on:
            status = Status.UNKNOWN
        category = categories[product.category_id]
        while category.parent_id is not None:
            category = categories[category.parent_id]
        size = {"micro": "micro_small", "small": "micro_small", "medium": "medium_large"}
        key = {
            None: "",
            Dimension.KECAMATAN: names[business.kecamatan_code] if business.kecamatan_code else "unknown",
            Dimension.CATEGORY: category.slug,
            Dimension.SCALE: size[business.scale] if business.scale else "unknown",
        }[dimension]
        found.setdefault(key, Counter())[status] += 1
    return found


def test_figures_equal_a_recount_from_the_goods(session: Session, goods: list[Product]) -> None:
    found = halal_coverage.get_coverage(session, get_reference(session), today=TODAY)
    assert found.total.statuses == recount(session, None)[""]
    assert found.total.products == len(goods)
    assert len(found.total.statuses) >= 5
    for dimension in Dimension:
        assert {key: tally.statuses for key, tally in found.by[dimension].items()} == recount(session, dimension)


def test_figures_equal_a_recount_in_sql(session: Session, goods: list[Product]) -> None:
    """Straight from tables: food of makers whose duty has begun, with no link to any certificate that counts."""
    found = halal_coverage.get_coverage(session, get_reference(session), today=TODAY)
    missing = session.connection().exec_driver_sql(
        "SELECT count(*) FROM product p JOIN category c ON c.id = p.category_id JOIN business b ON b.id = p.business_id"
        " WHERE c.goods_class = 'food' AND p.state = 'published' AND b.state = 'verified'"
        " AND NOT EXISTS (SELECT 1 FROM product_certificate_item l WHERE l.product_id = p.id)"
    )
    assert found.total.statuses[Status.REQUIRED_MISSING] == missing.scalar_one() == 5


def test_each_figure_leads_to_exactly_its_goods(session: Session, goods: list[Product]) -> None:
    reference = get_reference(session)
    found = halal_coverage.get_coverage(session, reference, today=TODAY)
    for dimension in Dimension:
        for key, tally in found.by[dimension].items():
            for status in Status:
                asked: dict[str, Any] = {"status": status, dimension.value: key}
                chosen = Filter(**asked)
                page = halal_coverage.list_covered(session, reference, chosen, today=TODAY, limit=100)
                assert (page.total, len(page.rows)) == (tally.statuses[status],) * 2
                assert {row.status for row in page.rows} <= {status}
    everything = halal_coverage.list_covered(session, reference, Filter(), today=TODAY, limit=100)
    assert {row.product_id for row in everything.rows} == {product.id for product in goods}


def test_what_is_not_swept_yet_counts_as_unknown_everywhere(session: Session, goods: list[Product]) -> None:
    reference, on = get_reference(session), TODAY + dt.timedelta(days=2)
    found = halal_coverage.get_coverage(session, reference, today=on)
    assert found.total.statuses == recount(session, None, on)[""]
    page = halal_coverage.list_covered(session, reference, Filter(Status.UNKNOWN), today=on, limit=100)
    assert goods[1].id in {row.product_id for row in page.rows}
    assert page.total == found.total.statuses[Status.UNKNOWN]


def test_a_missing_certificate_says_since_when(session: Session, goods: list[Product]) -> None:
    page = halal_coverage.list_covered(
        session, get_reference(session), Filter(Status.REQUIRED_MISSING), today=TODAY, limit=100
    )
    since = {row.scale: row.required_since for row in page.rows}
    assert since == {"micro_small": BEGAN, "medium_large": dt.date(2024, 10, 18), "unknown": BEGAN}


def test_pages_neither_lose_nor_repeat_a_product(session: Session, goods: list[Product]) -> None:
    reference, seen, cursor = get_reference(session), [], None
    while True:
        page = halal_coverage.list_covered(session, reference, Filter(), today=TODAY, limit=5, cursor=cursor)
        seen += [row.product_id for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == len(goods)


@pytest.mark.parametrize(
    "chosen", [Filter(kecamatan="nowhere"), Filter(category="nothing"), Filter(scale="all"), Filter(scale="importer")]
)
def test_filters_that_are_not_known_are_refused(session: Session, goods: list[Product], chosen: Filter) -> None:
    with pytest.raises(Invalid):
        halal_coverage.list_covered(session, get_reference(session), chosen, today=TODAY, limit=5)


def test_the_number_of_statements_does_not_grow(session: Session, goods: list[Product]) -> None:
    def count(what: Any) -> int:
        sent: list[str] = []
        listener = lambda *given: sent.append(given[2])  # noqa: E731
        event.listen(session.connection(), "before_cursor_execute", listener)
        what(get_reference(session))
        event.remove(session.connection(), "before_cursor_execute", listener)
        return len(sent)

    calls = (
        lambda reference: halal_coverage.get_coverage(session, reference, today=TODAY),
        lambda reference: halal_coverage.list_covered(session, reference, Filter(), today=TODAY, limit=50),
    )
    before = [count(call) for call in calls]
    for _ in range(4):
        maker = make_business(session)
        for _ in range(3):
            make_product(session, business=maker)
    index.reindex_all(session, now=NOON)
    session.commit()
    assert [count(call) for call in calls] == before


# --- JSON -----------------------------------------------------------------------------------------------------------


def test_json_gives_figures_and_the_goods_behind_them(
    client: TestClient, session: Session, goods: list[Product], clock: Clock
) -> None:
    headers = make_token(session, make_user(session, role=Role.OFFICIAL))
    answer = client.get("/api/v1/halal/coverage", headers=headers).json()
    assert (answer["as_of"], answer["destination"]) == ("2026-11-20", "ID")
    total = Counter({Status(status): number for status, number in answer["total"]["statuses"].items()})
    assert total == recount(session, None)[""]
    for name in ("kecamatan", "category", "scale"):
        parts = answer[f"by_{name}"]
        assert sum(part["products"] for part in parts) == answer["total"]["products"]
        for part in parts:
            for status, number in part["statuses"].items():
                query = {"status": status, name: part["key"], "limit": 1}
                listed = client.get("/api/v1/halal/coverage/products", params=query, headers=headers).json()
                assert listed["total"] == number
    query = {"status": "required_missing", "scale": "medium_large", "locale": "id"}
    [row, *_] = client.get("/api/v1/halal/coverage/products", params=query, headers=headers).json()["items"]
    assert row["required_since"] == "2024-10-18"
    assert row["name"]["locale"] == "id"
    assert client.get("/api/v1/halal/coverage/products?colour=red", headers=headers).status_code == 422


# --- sheets ---------------------------------------------------------------------------------------------------------

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\t\r\n"), min_size=0, max_size=30
)
NASTY = st.builds(lambda first, rest: first + rest, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "'", ""]), TEXT)


@hypothesis_settings(max_examples=60, deadline=None)
@given(names=st.lists(NASTY, min_size=1, max_size=5), numbers=st.lists(st.integers(0, 10**9), min_size=1, max_size=5))
def test_no_cell_is_computed_and_numbers_stay_numbers(names: list[str], numbers: list[int]) -> None:
    rows: list[list[coverage.Cell]] = [[name, number, TODAY] for name, number in zip(names, numbers, strict=False)]
    head = ["name", "number", "day"]
    read = list(csv.reader(io.StringIO(coverage.as_csv(head, rows).decode("utf-8-sig"), newline="")))
    assert read[0] == head
    for written, (_, number, _) in zip(read[1:], rows, strict=True):
        assert written[0][:1] not in {"=", "+", "-", "@", "\t", "\r"}
        assert written[1:] == [str(number), "2026-11-20"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(coverage.as_workbook("goods", head, rows)))
    sheet = book.get_sheet_by_name("goods").to_python()
    for cells, (_, number, _) in zip(sheet[1:], rows, strict=True):
        assert str(cells[0])[:1] not in {"=", "+", "-", "@", "\t", "\r"}
        assert cells[1:] == [number, TODAY]


def test_a_sheet_of_goods_has_a_row_for_each_with_the_day(session: Session, goods: list[Product]) -> None:
    reference = get_reference(session)
    rows = list(halal_coverage.iterate_covered(session, reference, Filter(Status.REQUIRED_MISSING), today=TODAY))
    cells = [coverage.goods_cells(row, reference, Language.EN, TODAY) for row in rows]
    assert len(cells) == 5
    for row in cells:
        named: dict[str, Any] = dict(zip(coverage.GOODS_COLUMNS, row, strict=True))
        assert (named["as_of"], named["status"]) == (TODAY, "required_missing")
        assert named["required_since"] is not None
        assert named["days_missing"] == (TODAY - named["required_since"]).days


def test_a_sheet_of_counts_adds_up(session: Session, goods: list[Product]) -> None:
    reference = get_reference(session)
    found = halal_coverage.get_coverage(session, reference, today=TODAY)
    head, rows = coverage.counts_cells(found, reference, Language.KO)
    by: dict[Any, list[list[Any]]] = {}
    for row in rows:
        by.setdefault(row[1], []).append(row)
    [total] = by.pop("total")
    assert len(head) == len(total)
    for parts in by.values():
        assert [sum(column) for column in zip(*(part[4:] for part in parts), strict=True)] == total[4:]


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(client: TestClient, session: Session) -> TestClient:
    """An official's browser."""
    return sign_in(client, session, make_user(session, role=Role.OFFICIAL))


def test_the_page_links_each_figure(office: TestClient, goods: list[Product]) -> None:
    page = office.get("/en/office/halal/coverage").text
    assert "as of 20 November 2026" in page
    address = "/en/office/halal/coverage/goods?status=required_missing&amp;scale=medium_large"
    assert f'<a href="{address}">2</a>' in page
    listed = office.get(address.replace("&amp;", "&")).text
    assert "2 products" in listed
    assert "required since 18 October 2024" in listed


@pytest.mark.parametrize(("kind", "head"), [("csv", b"\xef\xbb\xbfas_of,"), ("xlsx", b"PK")])
@pytest.mark.parametrize("what", ["goods", "counts"])
def test_exports_are_files_with_the_day_in_their_name(
    office: TestClient, goods: list[Product], what: str, kind: str, head: bytes
) -> None:
    address = f"/id/office/halal/coverage/export?what={what}&kind={kind}&status=required_missing"
    answer = office.get(address)
    assert answer.content.startswith(head)
    assert answer.headers["content-disposition"] == f'attachment; filename="halal-{what}-id-2026-11-20.{kind}"'
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_workbook_that_nobody_would_wait_for_is_refused(
    office: TestClient, goods: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "MOST_ROWS", len(goods) - 1)
    address = "/en/office/halal/coverage/export?what=goods&kind="
    assert office.get(address + "xlsx").status_code == 422
    assert office.get(address + "csv").status_code == 200


@pytest.mark.parametrize(
    "query", ["status=good", "kecamatan=nowhere", "category=nothing", "scale=all", "cursor=x", "cursor=W10"]
)
def test_what_nobody_can_choose_is_refused(office: TestClient, goods: list[Product], query: str) -> None:
    assert office.get(f"/en/office/halal/coverage/goods?{query}").status_code == 422


def test_makers_have_no_place_here(client: TestClient, session: Session, goods: list[Product]) -> None:
    user, _ = make_maker(session)
    sign_in(client, session, user)
    for path in ("calendar", "coverage", "coverage/goods", "coverage/export"):
        assert client.get(f"/en/office/halal/{path}").status_code == 403
