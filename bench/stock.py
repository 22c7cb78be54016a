"""Fills a database with as many public goods as asked for, straight through SQLAlchemy Core."""

import csv
import datetime as dt
import gzip
import hashlib
import itertools
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import func, insert, select, text
from sqlmodel import Session, col

from app.accounts.models import Organisation, OrganisationKind
from app.businesses.models import Business, BusinessState
from app.catalogue import cube, index
from app.catalogue.glossary import glossary
from app.catalogue.models import (
    Category,
    Listing,
    Picture,
    PictureState,
    Price,
    Product,
    ProductState,
    ProductText,
    Variant,
)
from app.catalogue.service import reference as catalogue_reference
from app.cities import service as cities
from app.cities.models import City, Kecamatan
from app.core import rates
from app.core.config import ROOT, Settings
from app.core.database import Database, is_sqlite
from app.core.languages import Language
from app.core.money import Currency
from app.core.versions import bump_public

NAMES_FILE = "products/tokopedia_umkm_products.csv.gz"
DAY = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
MAKERS = 500
BATCH = 5_000
RATES = {"EUR": 1, "IDR": 17_900, "MYR": "4.80", "KRW": "1585.5", "USD": "1.08"}
"""Round figures near those of a day in 2025; only the work of converting matters here."""


def names_file() -> Path | None:
    """The file of real names: below the folder ``LB_TEST_DATA_DIR``, or None when it is not there."""
    folder = Path(os.environ.get("LB_TEST_DATA_DIR", ROOT.parent / "shared" / "data"))
    file = folder / NAMES_FILE
    return file if file.is_file() else None


def read_names() -> list[str]:
    """The names of the real file, or names made of pairs of the glossary's terms when there is none."""
    file = names_file()
    if file is None:
        terms = [names[0] for each in glossary().concepts.values() for names in (each.terms[Language.ID],)]
        return [f"{one} {other}" for one, other in itertools.islice(itertools.permutations(terms, 2), 30_000)]
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        return [row["name"][:300] for row in csv.DictReader(lines) if row["name"].strip()]


def open_database(url: str, folder: Path) -> Database:
    """A migrated database."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    command.upgrade(config, "head")
    return Database(Settings(_env_file=None, database_url=url, data_dir=folder))


def fill(database: Database, count: int, *, pictures: bool = True) -> list[str]:
    """Put ``count`` products on the shelves (nothing when they stand there already) and give the names used.

    Names repeat with a number behind them once the file is used up.
    """
    names = read_names()
    with database.reading() as session:
        standing = session.connection().execute(select(func.count()).select_from(Listing)).scalar_one()
    if standing >= count:
        return names
    with database.writing() as session:
        cities.load_reference(session, DAY)
        catalogue_reference.load_categories(session, now=DAY)
        _load_rates(session)
        _make_makers(session)
    maker_ids, leaves = _shelves(database)
    numbered = enumerate(itertools.islice(_repeat(names), count), start=1)
    dice = random.Random(20261101)
    while batch := list(itertools.islice(numbered, BATCH)):
        with database.writing() as session:
            _insert(session, batch, maker_ids, leaves, dice, pictures=pictures)
            index.reindex_products(session, [number for number, _ in batch], now=DAY)
    settle(database)
    return names


def multiply(database: Database, count: int) -> None:
    """Copy the products and listings that stand there, inside the database, until ``count`` are listed.

    The copies are in lists and facets, not in the search index: only lists are measured at this size.
    """
    with database.reading() as session:
        standing = session.connection().execute(select(func.count()).select_from(Listing)).scalar_one()
    step = standing
    while standing < count:
        offset, rows = standing, min(step, count - standing)
        with database.writing() as session:
            for model in (Product, Listing):
                _copy_rows(session, model, offset, rows)
        standing += rows
    with database.writing() as session:
        cube.note_changes(session, [cube.EVERYTHING])
        bump_public(session)
    settle(database)


def _copy_rows(session: Session, model: Any, offset: int, rows: int) -> None:
    table = model.__table__
    key = "id" if model is Product else "product_id"
    taken = {
        key: f"{key} + {offset}",
        "slug": f"slug || '-{offset}'",
        "published_us": f"published_us + {offset}",
        "external_id": "NULL",
    }
    columns = [column.name for column in table.columns]
    values = ", ".join(taken.get(name, name) for name in columns)
    session.connection().execute(
        text(f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {values} FROM {table.name} WHERE {key} <= {rows}")  # noqa: S608 - our own names
    )


def settle(database: Database) -> None:
    """What the database would do by itself in time: merge the text index, renew statistics."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if is_sqlite(connection):
            connection.exec_driver_sql("INSERT INTO search_text (search_text) VALUES ('optimize')")
            connection.exec_driver_sql("ANALYZE")
        else:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _load_rates(session: Session) -> None:
    from decimal import Decimal  # noqa: PLC0415

    rates.store_rates(
        session,
        day=DAY.date(),
        per_euro={code: Decimal(value) for code, value in RATES.items()},
        source="Round figures for measuring",
        now=DAY,
    )


def _make_makers(session: Session) -> None:
    if session.connection().execute(select(func.count()).select_from(Business)).scalar_one():
        return
    city = session.connection().execute(select(col(City.id)).where(col(City.slug) == "bandung")).scalar_one()
    districts = session.connection().execute(select(col(Kecamatan.code)).order_by(col(Kecamatan.code))).scalars().all()
    organisations = session.connection().execute(
        insert(Organisation).returning(col(Organisation.id)),
        [{"kind": OrganisationKind.BUSINESS, "name": f"Maker {number}", "created_at": DAY} for number in range(MAKERS)],
    )
    makers = [
        Business(
            organisation_id=organisation,
            slug=f"maker-{number}",
            brand=f"Maker {number}",
            kecamatan_code=districts[number % len(districts)],
            city_id=city,
            state=BusinessState.VERIFIED,
            verified_at=DAY,
            created_at=DAY,
            updated_at=DAY,
        )
        for number, organisation in enumerate(organisations.scalars().all())
    ]
    session.add_all(makers)
    session.flush()


def _shelves(database: Database) -> tuple[list[int], list[int]]:
    with database.reading() as session:
        connection = session.connection()
        parents = set(connection.execute(select(col(Category.parent_id))).scalars())
        categories = connection.execute(select(col(Category.id)).order_by(col(Category.id))).scalars().all()
        makers = connection.execute(select(col(Business.id)).order_by(col(Business.id))).scalars().all()
    return list(makers), [number for number in categories if number not in parents]


def _repeat(names: list[str]) -> Iterator[str]:
    yield from names
    for round_number in itertools.count(2):
        yield from (f"{name} {round_number}"[:300] for name in names)


def _insert(
    session: Session,
    batch: list[tuple[int, str]],
    makers: list[int],
    leaves: list[int],
    dice: random.Random,
    *,
    pictures: bool,
) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {Product: [], ProductText: [], Variant: [], Price: [], Picture: []}
    for number, name in batch:
        moment = DAY + dt.timedelta(seconds=number)
        rows[Product].append(
            {
                "id": number,
                "slug": f"good-{number}",
                "business_id": dice.choice(makers),
                "category_id": dice.choice(leaves),
                "state": ProductState.PUBLISHED,
                "moq": dice.choice([1, 1, 3, 6, 12, 24, 100, 500]),
                "lead_days": dice.choice([None, 3, 7, 14]),
                "created_at": moment,
                "updated_at": moment,
                "published_at": moment,
            }
        )
        rows[ProductText].append({"product_id": number, "language": Language.ID, "name": name, "updated_at": moment})
        rows[Variant].append({"product_id": number, "sku": f"SKU-{number}"})
        minor = dice.randrange(5, 2_000) * 500
        rows[Price].append({"product_id": number, "currency": Currency.IDR, "min_quantity": 1, "minor": minor})
        if pictures:
            rows[Picture].append(_picture(number, name, moment))
    for model, values in rows.items():
        if values:
            session.connection().execute(insert(model), values)
    if not is_sqlite(session):
        session.connection().execute(
            text("SELECT setval(pg_get_serial_sequence('product', 'id'), (SELECT max(id) FROM product))")
        )


def _picture(number: int, name: str, moment: dt.datetime) -> dict[str, Any]:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return {
        "product_id": number,
        "sha256": digest,
        "original_key": f"private/originals/{digest}",
        "mime": "image/jpeg",
        "width": 1080,
        "height": 1080,
        "alt": {"id": name[:80]},
        "state": PictureState.READY,
        "derivatives": [
            {
                "format": kind,
                "width": width,
                "height": width,
                "sha256": hashlib.sha256(f"{number}{kind}{width}".encode()).hexdigest(),
                "bytes": 20_000,
            }
            for kind in ("avif", "webp", "jpeg")
            for width in (320, 640, 1080)
        ],
        "created_at": moment,
    }
