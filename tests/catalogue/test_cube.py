"""The numbers of all listings in memory follow every publishing transaction, reading again only what it changed."""

import copy
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.businesses.models import Business
from app.catalogue import cube, index
from app.catalogue.models import Listing, ListingChange, Price, Product
from app.catalogue.queries import listing
from app.catalogue.queries.halal_public import get_halal
from app.catalogue.queries.listing import ListingFilter
from app.catalogue.queries.reference import get_reference
from app.catalogue.schemas.listing import Sort
from app.core.config import Settings
from app.core.database import Database
from app.core.languages import Language
from app.core.money import Currency
from app.core.versions import public_version
from app.halal.rules import day_of
from tests.factories import NOON, make_business, make_product


@pytest.fixture
def database(empty_database: Callable[[str], str], tmp_path: Path) -> Iterator[Database]:
    """Three goods of one maker."""
    made = Database(Settings(_env_file=None, database_url=empty_database("cube"), data_dir=tmp_path))
    with made.writing() as session:
        business = make_business(session)
        goods = [make_product(session, business=business, names={"id": f"Keripik {number}"}) for number in range(3)]
        index.reindex_products(session, [each.id for each in goods], now=NOON)
    yield made
    made.dispose()


def follow(database: Database, held: cube.Cube) -> cube.Cube:
    with database.reading() as session:
        held.bring_to(session, public_version(session))
    return held


def columns(held: cube.Cube) -> dict[str, Any]:
    """What the cube says of each number, without room for numbers to come."""
    last = max(number for number in range(len(held)) if held.category[number])
    values = {name: value[: last + 1].tolist() for name, value in vars(held).items() if isinstance(value, array)}
    values["kecamatan"] = [held.kecamatan_codes[place] for place in values["kecamatan"]]
    return values


def change_price(session: Session, minor: int) -> int:
    """Give the first product another price and gives its number."""
    product = session.scalars(select(Product).order_by(col(Product.id))).first()
    assert product is not None
    assert product.id is not None
    for price in session.scalars(select(Price).where(col(Price.product_id) == product.id)):
        price.minor = minor
    index.reindex_products(session, [product.id], now=NOON)
    return product.id


def test_a_change_is_followed_and_the_rest_is_not_read_again(database: Database) -> None:
    held = follow(database, cube.Cube())
    with database.writing() as session:
        number = change_price(session, 77_000)
        # What no transaction noted is not looked at.
        session.connection().execute(
            text("UPDATE listing SET moq = 999 WHERE product_id <> :number"), {"number": number}
        )
    follow(database, held)
    assert held.price[number] == 77_000
    assert 999 not in held.moq
    assert columns(follow(database, cube.Cube()))["moq"].count(999) == 2


def test_everything_that_the_read_side_can_do_is_followed(database: Database) -> None:
    held = follow(database, cube.Cube())
    with database.writing() as session:
        change_price(session, 50_000)
    with database.writing() as session:
        business = session.scalars(select(Business)).one()
        business.kecamatan_code, business.verified_at = None, None
        index.reindex_business(session, business.id, NOON)
        added = make_product(session, business=business, names={"id": "Dodol"}, moq=30)
        index.reindex_products(session, [added.id], now=NOON)
    assert columns(follow(database, held)) == columns(follow(database, cube.Cube()))
    assert held.moq[added.id] == 30


@pytest.mark.parametrize(("name", "value"), [("MOST_NOTED", 0), ("VERSIONS_NOTED", 1)])
def test_too_many_changes_are_followed_by_reading_everything(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    held = follow(database, cube.Cube())
    monkeypatch.setattr(cube, name, value)
    for price in (1_000, 2_000, 3_000):
        with database.writing() as session:
            change_price(session, price)
            session.connection().execute(text("UPDATE listing SET moq = 999"))
    with database.reading() as session:
        noted = session.scalars(
            select(ListingChange.product_id)
            .where(col(ListingChange.version) > held.version)
            .order_by(col(ListingChange.version))
        ).all()
    assert columns(follow(database, held)) == columns(follow(database, cube.Cube()))
    assert set(held.moq[1:4]) == {999}
    assert len(noted) == (3 if name == "MOST_NOTED" else 2)


def test_what_was_rolled_back_is_not_noted(database: Database) -> None:
    with database.reading() as session:
        before = session.scalars(select(ListingChange.version)).all()
    with database.session(write=True) as session:
        change_price(session, 5_000)
        session.rollback()
    with database.reading() as session:
        assert session.scalars(select(ListingChange.version)).all() == before


def test_a_search_sees_each_publishing_write(database: Database) -> None:
    def prices() -> list[int | None]:
        wanted = ListingFilter(Language.ID, Currency.IDR, q="keripik", sort=Sort.PRICE)
        with database.reading() as session:
            return [
                row.prices["IDR"][0] for row in listing.list_products(session, wanted, on=NOON.date(), limit=24).rows
            ]

    seen = []
    for price in (900_000, 1, 800_000):
        with database.writing() as session:
            change_price(session, price)
        seen.append(prices())
    assert [found.index(price) for found, price in zip(seen, (900_000, 1, 800_000), strict=True)] == [2, 0, 2]


def test_the_number_of_a_listing_beyond_what_is_held_is_left_out(database: Database) -> None:
    with database.reading() as session:
        numbers = session.scalars(select(Listing.product_id)).all()
    held = copy.copy(follow(database, cube.Cube()))
    wanted = ListingFilter(Language.ID, Currency.IDR, q="keripik")
    with database.reading() as session:
        halal = get_halal(session, on=day_of(NOON))
        conditions = listing._Conditions.of(wanted, get_reference(session), halal)
    found = listing._Sifted.of(held, {*numbers, len(held) + 5}, wanted, conditions)
    assert set(found.chosen) == set(numbers)
