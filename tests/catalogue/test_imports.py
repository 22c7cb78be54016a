"""Sheets brought in: what is taken, what is refused and why, and that nothing is done twice or by halves."""

import csv
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import Connection, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from app.accounts import audit
from app.accounts.models import AuditEntry
from app.businesses.models import Business, BusinessState
from app.catalogue import analyser, search
from app.catalogue.imports import reading
from app.catalogue.imports.goods import BATCH
from app.catalogue.imports.mapping import FOLDER, Reader, choose_mapping, known_mappings, load_mapping
from app.catalogue.imports.reading import SheetRefused, disarm, open_sheet, restore
from app.catalogue.imports.running import FEWEST, HELD_S, Options, Pace, Report, import_products
from app.catalogue.models import (
    Category,
    ImportRun,
    Listing,
    Price,
    PriceVisibility,
    Product,
    ProductState,
    ProductText,
    Variant,
)
from app.catalogue.service.reference import load_categories
from app.cities.models import City
from app.cities.service import load_reference
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import DomainError, TooLarge
from app.core.languages import Language
from app.core.versions import public_version
from tests.conftest import KIND, NOON, OneConnection, data_folder

select: Any = select_columns
"""Columns of table classes, whose types the checker takes for those of their values."""
HEADER = ["product_id", "name", "category_path", "price_idr", "seller_code", "seller_city", "rating"]
CHIPS = [
    "T1",
    "Keripik Singkong PEDAS 🔥 mantapp",
    "makanan-minuman/makanan-ringan/keripik",
    "18000",
    "S1",
    "Bandung",
    "5",
]
SHOES = ["T2", "Sepatu Kulit Cibaduyut", "fashion-pria/sepatu-pria/loafers-pria", "250000", "S2", "Kab. Garut", ""]
COFFEE = ["T3", "Kopi Aroma 250gr", "makanan-minuman/minuman/kopi-bubuk", "40000", "S1", "Bandung", "4"]
ROWS = [CHIPS, SHOES, COFFEE]
REAL_FILES = pytest.mark.skipif(
    not (data_folder() / "products").is_dir(), reason="the real files are not here; LB_TEST_DATA_DIR names their folder"
)


@pytest.fixture
def database(connection: Connection, session: Session) -> Database:
    load_categories(session, now=NOON)
    load_reference(session, NOON)
    session.commit()
    return OneConnection(connection)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write_csv(path: Path, rows: Iterable[list[str]], header: list[str] | None = None, **form: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, **form).writerows([header or HEADER, *rows])
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(database: Database, path: Path, **options: Any) -> Report:
    return import_products(database, path, options=Options(**options), now=NOON)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.changed, report.unchanged, report.refused


def everything(session: Session, *, but: Iterable[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """All that an import may touch, without row numbers that differ from run to run."""
    product = Product.__table__  # type: ignore[attr-defined]
    business = Business.__table__  # type: ignore[attr-defined]
    joined = product.join(business, business.c.id == product.c.business_id)
    statements = {
        "products": select(
            *(
                column
                for column in product.c
                if column.name not in {"id", "business_id", "category_id", "created_at", "updated_at", *but}
            ),
            business.c.slug,
        )
        .select_from(joined)
        .order_by(product.c.external_id),
        "texts": select(product.c.slug, ProductText.language, ProductText.name, ProductText.materials)
        .join(ProductText, col(ProductText.product_id) == product.c.id)
        .order_by(product.c.slug, ProductText.language),
        "prices": select(product.c.slug, Price.currency, Price.min_quantity, Price.minor)
        .join(Price, col(Price.product_id) == product.c.id)
        .order_by(product.c.slug, Price.currency, Price.min_quantity),
        "variants": select(product.c.slug, Variant.sku, Variant.gtin, Variant.active)
        .join(Variant, col(Variant.product_id) == product.c.id)
        .order_by(product.c.slug, Variant.sku),
        "makers": select(business.c.slug, business.c.state, business.c.external_id, City.slug)
        .join(City, col(City.id) == business.c.city_id)
        .order_by(business.c.slug),
        "listings": select(Listing.slug, Listing.names, Listing.prices).order_by(Listing.slug),
        "audit": select(AuditEntry.action, func.count()).group_by(AuditEntry.action).order_by(AuditEntry.action),
    }
    connection = session.connection()
    return {name: [tuple(row) for row in connection.execute(statement)] for name, statement in statements.items()}


def actions(session: Session, *names: str) -> list[AuditEntry]:
    return list(
        session.scalars(select(AuditEntry).where(col(AuditEntry.action).in_(names)).order_by(col(AuditEntry.id)))
    )


def test_rows_become_drafts_of_sellers_not_verified(database: Database, session: Session, tmp_path: Path) -> None:
    report = run(database, write_csv(tmp_path / "goods.csv", ROWS))

    assert counts(report) == (3, 0, 0, 0)
    assert report.errors is None
    found = everything(session)
    assert [(row[1:]) for row in found["texts"]] == sorted(
        ((Language.ID, row[1], "") for row in ROWS),
        key=lambda row: found["texts"].index(next(t for t in found["texts"] if t[2] == row[1])),
    )
    assert {row[1] for row in found["makers"]} == {BusinessState.DRAFT}
    assert [row[2:] for row in found["makers"]] == [("S1", "bandung"), ("S2", "kabupaten-garut")]
    assert [row[1:] for row in sorted(found["prices"], key=lambda row: row[3])] == [
        ("IDR", 1, 18000), ("IDR", 1, 40000), ("IDR", 1, 250000)
    ]  # fmt: skip
    assert found["listings"] == []


def test_categories_follow_the_longest_beginning(database: Database, session: Session, tmp_path: Path) -> None:
    strange = ["T4", "Sesuatu", "tidak/dikenal", "1000", "S1", "Bandung", ""]
    run(database, write_csv(tmp_path / "goods.csv", [*ROWS, strange]))

    statement = select(col(Product.external_id), col(Category.slug)).join(
        Category, col(Category.id) == col(Product.category_id)
    )
    assert dict(session.execute(statement).all()) == {
        "T1": "chips-crackers",
        "T2": "leather-shoes",
        "T3": "coffee",
        "T4": "other-goods",
    }


def test_publish_verifies_sellers_and_makes_goods_public(database: Database, session: Session, tmp_path: Path) -> None:
    before = public_version(session)
    run(database, write_csv(tmp_path / "goods.csv", ROWS), publish=True)
    session.expire_all()

    found = everything(session)
    assert {row[1] for row in found["makers"]} == {BusinessState.VERIFIED}
    assert len(found["listings"]) == 3
    query = analyser.analyse_query("keripik pedas", locale="id")
    number = session.scalars(select(Product.id).where(col(Product.external_id) == "T1")).one()
    assert search.find_matches(session, query, "keripik pedas").products.tolist() == [number]
    assert public_version(session) == before + 1
    assert [entry.actor_label for entry in actions(session, "product.imported")] == ["command"] * 3
    assert len(actions(session, "business.imported")) == 2
    assert len(actions(session, "product.imported", "business.imported", "city.imported")) == 6
    assert list(audit.find_breaks(session)) == []


@pytest.mark.parametrize("publish", [False, True])
def test_second_run_changes_nothing(database: Database, session: Session, tmp_path: Path, *, publish: bool) -> None:
    path = write_csv(tmp_path / "goods.csv", ROWS)
    run(database, path, publish=publish)
    before, version = everything(session), public_version(session)

    report = run(database, path, publish=publish)

    assert counts(report) == (0, 0, 3, 0)
    assert everything(session) == before
    session.expire_all()
    assert public_version(session) == version
    assert session.scalars(select(func.count()).select_from(ImportRun)).one() == 1


def test_same_rows_in_another_file_change_nothing(database: Database, session: Session, tmp_path: Path) -> None:
    run(database, write_csv(tmp_path / "goods.csv", ROWS))
    before = everything(session)
    report = run(database, write_csv(tmp_path / "again.csv", reversed(ROWS)))
    assert counts(report) == (0, 0, 3, 0)
    assert everything(session) == before


def test_later_publish_moves_drafts_only(database: Database, session: Session, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "goods.csv", ROWS)
    run(database, path)
    archived = session.scalars(select(Product).where(col(Product.external_id) == "T3")).one()
    archived.state = ProductState.ARCHIVED
    session.commit()

    report = run(database, path, publish=True)

    assert counts(report) == (0, 2, 1, 0)
    assert len(everything(session)["listings"]) == 2
    assert len(actions(session, "product.published")) == 2
    assert len(actions(session, "business.verified")) == 2
    assert counts(run(database, path, publish=True)) == (0, 0, 3, 0)


def test_publish_leaves_suspended_sellers_suspended(database: Database, session: Session, tmp_path: Path) -> None:
    run(database, write_csv(tmp_path / "goods.csv", [CHIPS]))
    maker = session.scalars(select(Business).where(col(Business.external_id) == "S1")).one()
    maker.state = BusinessState.SUSPENDED
    session.commit()
    run(database, write_csv(tmp_path / "more.csv", ROWS), publish=True)
    session.expire_all()
    assert (
        session.scalars(select(Business.state).where(col(Business.external_id) == "S1")).one()
        == BusinessState.SUSPENDED
    )
    assert [row[1] for row in everything(session)["listings"]] == [{"id": SHOES[1]}]


def test_changed_row_changes_only_what_it_says(database: Database, session: Session, tmp_path: Path) -> None:
    run(database, write_csv(tmp_path / "goods.csv", ROWS), publish=True)
    product = session.scalars(select(Product).where(col(Product.external_id) == "T1")).one()
    session.add(ProductText(product_id=product.id, language=Language.EN, name="Hot cassava chips", updated_at=NOON))
    session.commit()
    cheaper = [*CHIPS[:3], "15000", *CHIPS[4:]]

    report = run(database, write_csv(tmp_path / "newer.csv", [cheaper, SHOES, COFFEE]), publish=True)

    assert counts(report) == (0, 1, 2, 0)
    session.expire_all()
    assert session.get_one(Product, product.id).version == 2
    entry = actions(session, "product.imported")[-1]
    assert (entry.before, entry.after) == ({"prices": {"IDR": 18000}}, {"prices": {"IDR": 15000}})
    listing = session.get_one(Listing, product.id)
    assert listing.prices == {"IDR": [15000, 15000]}
    assert listing.names == {"id": CHIPS[1], "en": "Hot cassava chips"}


def test_maker_edits_outlast_the_same_row(database: Database, session: Session, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "goods.csv", ROWS)
    run(database, path)
    text = session.scalars(select(ProductText).where(col(ProductText.name) == CHIPS[1])).one()
    text.name = "Keripik kami"
    session.commit()
    assert counts(run(database, path)) == (0, 0, 3, 0)
    session.expire_all()
    assert session.get_one(ProductText, text.id).name == "Keripik kami"


def test_price_left_empty_is_on_request(database: Database, session: Session, tmp_path: Path) -> None:
    run(database, write_csv(tmp_path / "goods.csv", [[*CHIPS[:3], "", *CHIPS[4:]]]), publish=True)
    assert session.scalars(select(Product.price_visibility)).one() == PriceVisibility.ON_REQUEST
    run(database, write_csv(tmp_path / "newer.csv", [CHIPS]), publish=True)
    session.expire_all()
    assert session.scalars(select(Product.price_visibility)).one() == PriceVisibility.PUBLIC


BAD = {
    "name": (["B1", "  ", *CHIPS[2:]], "name"),
    "long name": (["B2", "x" * 301, *CHIPS[2:]], "name"),
    "control": (["B3", "Keripik\x07", *CHIPS[2:]], "name"),
    "price": (["B4", "Keripik", CHIPS[2], "18.000,00", *CHIPS[4:]], "price_idr"),
    "price of nothing": (["B5", "Keripik", CHIPS[2], "0", *CHIPS[4:]], "price_idr"),
    "price in half rupiah": (["B6", "Keripik", CHIPS[2], "100.5", *CHIPS[4:]], "price_idr"),
    "number": (["", "Keripik", *CHIPS[2:]], ""),
    "seller": (["B7", "Keripik", CHIPS[2], "1", "", "Bandung", ""], "seller_code"),
    "cells": (["B8", "Keripik"], ""),
    "more cells": (["B9", "Keripik", *CHIPS[2:], "one", "two"], ""),
    "twice": (CHIPS, ""),
}


def test_bad_rows_are_refused_with_reasons_and_good_ones_taken(
    database: Database, session: Session, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "goods.csv", [CHIPS, *(row for row, _ in BAD.values()), COFFEE])

    report = run(database, path)

    assert counts(report) == (2, 0, 0, len(BAD))
    assert report.errors == Path("goods.errors.csv")
    refused = read_csv(report.errors)
    assert list(refused[0])[: len(HEADER) + 3] == [*HEADER, "_row", "_field", "_error"]
    assert [row["_field"] for row in refused] == [field for _, field in BAD.values()]
    assert [row["_row"] for row in refused] == [str(number) for number in range(3, 3 + len(BAD))]
    assert all(row["_error"] for row in refused)
    assert refused[-1]["_error"] == "Row 2 already is about this product."
    assert refused[3]["price_idr"] == "18.000,00"


def test_mended_rows_are_imported_from_the_errors_file(database: Database, session: Session, tmp_path: Path) -> None:
    formula = ["B2", "=Keripik", CHIPS[2], "no", *CHIPS[4:]]
    path = write_csv(tmp_path / "goods.csv", [CHIPS, ["B1", "Keripik baru", CHIPS[2], "x", *CHIPS[4:]], formula])
    report = run(database, path)
    assert report.errors is not None
    mended = report.errors.read_text(encoding="utf-8").replace(",x,", ",5000,").replace(",no,", ",6000,")
    assert "'=Keripik" in mended
    report.errors.write_text(mended, encoding="utf-8", newline="")

    again = run(database, report.errors)

    assert counts(again) == (2, 0, 0, 0)
    assert {"Keripik baru", "=Keripik"} <= set(session.scalars(select(ProductText.name)))


def test_reasons_are_in_the_language_asked_for(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def translate(language: Language, message: str) -> str:
        asked.append(language)
        return message

    monkeypatch.setattr("app.catalogue.imports.refused.translate", translate)
    run(database, write_csv(tmp_path / "goods.csv", [BAD["price"][0]]), language=Language.ID)
    assert asked == [Language.ID]


def test_dry_run_writes_nothing(database: Database, session: Session, tmp_path: Path) -> None:
    before = everything(session)
    report = run(database, write_csv(tmp_path / "goods.csv", [*ROWS, BAD["price"][0]]), dry_run=True, publish=True)
    assert counts(report) == (3, 0, 0, 1)
    assert report.errors is not None
    assert everything(session) == before
    assert session.scalars(select(func.count()).select_from(ImportRun)).one() == 0


def test_sheet_is_not_overwritten_by_its_errors(database: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "goods.csv", ROWS)
    with pytest.raises(SheetRefused, match="overwrite"):
        run(database, path, errors=path)


def test_source_keeps_equal_numbers_apart(database: Database, session: Session, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "goods.csv", [CHIPS])
    run(database, path)
    assert counts(run(database, path, source="other-market")) == (1, 0, 0, 0)
    assert set(session.scalars(select(Product.external_source))) == {"marketplace", "other-market"}
    assert len(set(session.scalars(select(Product.slug)))) == 2


# Taking up what was broken off


KILLED = """
import os, signal, sys
from pathlib import Path
from datetime import datetime, UTC
from app.catalogue.imports import running
from app.core.config import Settings
from app.core.database import Database
kill_at, where = int(sys.argv[2]), sys.argv[3]
batches = 0
real_write, real_note = running.write, running._note_progress
def die_after(real):
    def act(*arguments):
        global batches
        real(*arguments)
        batches += 1
        if batches == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
    return act
if where == "write":
    running.write = die_after(real_write)
else:
    running._note_progress = die_after(real_note)
def step(done, expected):
    if where == "step" and done >= kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
running.import_products(
    Database(Settings(_env_file=None)), Path(sys.argv[1]),
    options=running.Options(publish=True), now=datetime(2026, 11, 20, 5, tzinfo=UTC), step=step,
)
"""


@pytest.mark.parametrize(("where", "at"), [("write", 2), ("note", 2), ("step", 1000)])
def test_killed_import_is_taken_up_where_it_stopped(
    empty_database: Callable[[str], str], tmp_path: Path, where: str, at: int
) -> None:
    rows = [
        [f"T{number}", f"Keripik {number} 🌶", *CHIPS[2:4], f"S{number % 40}", "Kab. Garut", ""]
        for number in range(1300)
    ]
    rows[700] = ["T700", "", *CHIPS[2:]]
    rows[3] = ["T3", "Keripik", CHIPS[2], "murah", *CHIPS[4:]]
    path = write_csv(tmp_path / "goods.csv", rows)
    ends, left = [], 0
    for name in ("whole", "killed"):
        database = Database(Settings(_env_file=None, database_url=empty_database(f"{name}_{where}"), data_dir=tmp_path))
        with database.writing() as session:
            load_categories(session, now=NOON)
            load_reference(session, NOON)
        if name == "killed":
            script = tmp_path / "killed.py"
            script.write_text(KILLED)
            environment = os.environ | {
                "LB_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
                "LB_DATA_DIR": str(tmp_path),
                "PYTHONPATH": str(Path(__file__).parents[2]),
            }
            killed = subprocess.run(
                [sys.executable, str(script), str(path), str(at), where], env=environment, check=False, timeout=120
            )
            assert killed.returncode == -signal.SIGKILL
            with database.reading() as session:
                left = session.scalars(select(ImportRun.rows_done)).one()
                assert left >= at if where == "step" else left == (Pace().rows if KIND == "sqlite" else BATCH)
                assert session.scalars(select(func.count()).select_from(Product)).one() == left - (
                    1 if left < 701 else 2
                )
        report = run(database, path, publish=True)
        assert report.resumed_at == (left if name == "killed" else 0)
        assert counts(report) == (1298, 0, 0, 2)
        assert report.errors is not None
        assert [row["_row"] for row in read_csv(report.errors)] == ["5", "702"]
        with database.writing() as session:  # the trail is read through a cursor, which needs a transaction
            assert list(audit.find_breaks(session)) == []
            ends.append(everything(session, but={"published_at", "decided_at", "submitted_at"}))
        database.dispose()
    assert ends[0] == ends[1]


def test_batches_grow_and_shrink_with_the_time_that_writers_wait() -> None:
    def settled(row_s: float, each_s: float) -> int:
        pace = Pace()
        for _ in range(40):
            pace.learn(pace.rows, each_s + pace.rows * row_s)
        return pace.rows

    assert abs(settled(row_s=HELD_S / 100, each_s=0) - 100) <= 1
    assert abs(settled(row_s=HELD_S / 100, each_s=HELD_S / 2) - 50) <= 2
    assert settled(row_s=1, each_s=0) == FEWEST
    assert settled(row_s=1e-9, each_s=0) == BATCH
    pace = Pace()
    pace.learn(pace.rows, 1e-9)
    assert pace.rows <= 2 * Pace().rows


# Mappings


def test_header_chooses_the_mapping() -> None:
    for mapping in known_mappings().values():
        assert choose_mapping([*mapping.columns, "something", "_error"]).name == mapping.name


def test_unknown_header_names_what_is_known_and_missing() -> None:
    with pytest.raises(SheetRefused) as caught:
        choose_mapping(["product_id", "name", "seller_code", "seller_city", "price_idr"])
    assert caught.value.params["nearest"] == "marketplace"
    assert caught.value.params["columns"] == "category_path"
    assert caught.value.params["known"] == "little_bandung, marketplace, off_halal_mentions, off_products"


def test_named_mapping_says_which_columns_are_missing(database: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "goods.csv", [["1"]], ["product_id"])
    with pytest.raises(SheetRefused) as caught:
        run(database, path, mapping="marketplace")
    assert caught.value.params["columns"] == "category_path, name, price_idr, seller_city, seller_code"
    with pytest.raises(SheetRefused, match="There is no mapping"):
        run(database, path, mapping="missing")


def test_own_mapping_file_with_every_step(database: Database, session: Session, tmp_path: Path) -> None:
    mapping = tmp_path / "own.toml"
    mapping.write_text(
        """
        name = "own"
        title = "A test"
        source = "own"
        language = "en"
        columns = ["no", "what", "how_much", "who"]
        [fields]
        external_id = { column = "no" }
        category = { column = "what", words = { coffee = ["coffee"], tea = ["tea"] }, default = "drinks" }
        [texts.en]
        name = { column = "what", split = "|", part = 0, strip = true }
        summary = { column = "what", split = "|", part = -1, strip = true }
        [prices]
        MYR = { column = "how_much" }
        [facts]
        moq = { constant = "12" }
        lead_days = { column = "no", lookup = { "1" = "7" } }
        [attributes]
        net_weight = { constant = "250" }
        roast = { constant = "no such roast" }
        [seller]
        external_id = { column = "who" }
        brand = { template = "House of {who}" }
        origin = { constant = "Seoul" }
        [origins]
        country = "KR"
        currency = "KRW"
        languages = ["ko"]
        zone = "Asia/Seoul"
        latitude = 37.5
        longitude = 127.0
        """,
        encoding="utf-8",
    )
    rows = [["1", " Good COFFEE | roasted ", "12.50", "Kim"], ["2", "Green tea", "", "Lee"], ["3", "Water", "1", "Kim"]]
    path = write_csv(tmp_path / "goods.csv", rows, ["no", "what", "how_much", "who"])

    assert counts(run(database, path, mapping=str(mapping))) == (3, 0, 0, 0)

    products = {product.external_id: product for product in session.scalars(select(Product))}
    assert (products["1"].moq, products["1"].lead_days, products["1"].attributes) == (12, 7, {"net_weight": 250.0})
    text = session.scalars(select(ProductText).where(col(ProductText.product_id) == products["1"].id)).one()
    assert (text.name, text.summary) == ("Good COFFEE", "roasted")
    slugs = dict(session.execute(select(col(Category.id), col(Category.slug))).all())
    assert [slugs[products[number].category_id] for number in "123"] == ["coffee", "tea", "drinks"]
    assert dict(session.execute(select(col(Price.product_id), col(Price.minor))).all()) == {
        products["1"].id: 1250,
        products["3"].id: 100,
    }
    assert set(session.scalars(select(Business.brand))) == {"House of Kim", "House of Lee"}
    assert set(session.scalars(select(City.slug).join(Business, col(Business.city_id) == col(City.id)))) == {"seoul"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("[fields", "TOML"),
        ('name = "x"\ntypo = 1', "wrong at"),
    ],
)
def test_wrong_mapping_file_says_where(tmp_path: Path, change: str, message: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(change, encoding="utf-8")
    with pytest.raises(SheetRefused, match=message):
        load_mapping(path)


def test_lead_lists_of_mappings_only_name_categories_that_are_there(database: Database, session: Session) -> None:
    there = set(session.scalars(select(Category.slug)))
    for mapping in known_mappings().values():
        rule = mapping.fields.category
        assert {*rule.prefixes.values(), *rule.words, *([rule.default] if rule.default else [])} <= there
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(known_mappings())


# Sheets that strangers made


def rows_of(path: Path) -> list[dict[str, str]]:
    sheet = open_sheet(path)
    return [dict(zip(sheet.header, row.cells, strict=True)) for row in sheet.rows() if row.problem is None]


def test_odd_but_legal_csv_files_read_as_they_should() -> None:
    folder = data_folder() / "badinput" / "csv-spectrum"
    if not folder.is_dir():
        pytest.skip("the odd CSV files are not here; LB_TEST_DATA_DIR names their folder")
    files = sorted(folder.glob("*.csv"))
    assert len(files) == 11
    for path in files:
        expected = path.with_suffix(".json").read_text(encoding="utf-8")
        if b"\r" not in path.read_bytes():  # a copy whose line ends were changed on its way
            expected = expected.replace("\\r\\n", "\\n")
        assert rows_of(path) == json.loads(expected), path.name


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_separator_is_found(database: Database, tmp_path: Path, delimiter: str) -> None:
    path = write_csv(tmp_path / "goods.csv", [["T1", "a, b; c\td", *CHIPS[2:]]], delimiter=delimiter)
    assert rows_of(path)[0]["name"] == "a, b; c\td"


def test_mark_of_utf8_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "goods.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\n1,2\n")
    assert rows_of(path) == [{"a": "1", "b": "2"}]


def test_only_rows_with_foreign_bytes_are_refused(database: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "goods.csv", [CHIPS])
    latin = ",".join(["T9", "Caf\xe9 Kopi", *CHIPS[2:]]).encode("latin-1")
    path.write_bytes(path.read_bytes() + latin + b"\r\n" + ",".join(COFFEE).encode() + b"\r\n")

    report = run(database, path)

    assert counts(report) == (2, 0, 0, 1)
    assert report.errors is not None
    written = report.errors.read_bytes()
    assert b"Caf\xe9 Kopi" in written
    assert b"Cell 2 is not UTF-8 text: byte 0xE9 after 3 characters." in written


def make_workbook(path: Path, rows: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def test_workbook_is_read_as_the_same_csv(database: Database, session: Session, tmp_path: Path) -> None:
    numbers = [[*row[:3], int(row[3]), *row[4:]] for row in ROWS]
    assert counts(run(database, make_workbook(tmp_path / "goods.xlsx", [HEADER, *numbers]))) == (3, 0, 0, 0)
    assert counts(run(database, write_csv(tmp_path / "goods.csv", ROWS))) == (0, 0, 3, 0)


def test_formulas_are_not_computed(tmp_path: Path) -> None:
    path = tmp_path / "goods.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(1, 0, "=1+1", None, 7)
        sheet.write_url(1, 1, "https://example.org/", None, "a link")
    assert rows_of(path) == [{"a": "7", "b": "a link"}]


def rewritten(
    source: Path, target: Path, change: Callable[[str, bytes], bytes | None], more: dict[str, bytes] | None = None
) -> Path:
    """A workbook with some of its parts changed, left out or added."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            data = change(member.filename, old.read(member))
            if data is not None:
                new.writestr(member.filename, data)
        for name, content in (more or {}).items():
            new.writestr(name, content)
    return target


SHEET = "xl/worksheets/sheet1.xml"
ENTITY = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'


def hostile_files(folder: Path) -> dict[str, Path]:
    good = make_workbook(folder / "good.xlsx", [HEADER, *ROWS])
    made: dict[str, Path] = {}

    def unchanged(_name: str, data: bytes) -> bytes | None:
        return data

    def book(
        name: str, change: Callable[[str, bytes], bytes | None] = unchanged, more: dict[str, bytes] | None = None
    ) -> None:
        made[name] = rewritten(good, folder / f"{name}.xlsx", change, more)

    def raw(name: str, content: bytes) -> None:
        made[name] = folder / name
        made[name].write_bytes(content)

    declared = b'<?xml version="1.0"?>'
    book("entity", lambda name, data: data.replace(b"?>", b"?>" + ENTITY, 1) if name == SHEET else data)
    book("entity16", lambda name, data: (declared + ENTITY + data).decode().encode("utf-16") if name == SHEET else data)
    book("bomb", lambda name, data: data + b" " * 30_000_000 if name == SHEET else data)
    book("many", more=dict.fromkeys((f"junk{number}.bin" for number in range(2001)), b""))
    book("nested", more={"xl/embeddings/more.xlsx": good.read_bytes()})
    book("disguised", more={"xl/media/image1.png": good.read_bytes()})
    book("cut", lambda name, data: data[: len(data) // 2] if name == SHEET else data)
    book("no_sheet", lambda name, data: data if name != SHEET else None)
    far = b'<c r="XFD1048576"><v>1</v></c>'
    book("far", lambda _, data: data.replace(b"</sheetData>", b'<row r="1048576">' + far + b"</row></sheetData>"))
    plain = folder / "plain.zip"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("goods.csv", "a,b\n1,2\n")
    made["plain_zip"] = plain
    raw("half.xlsx", good.read_bytes()[:2000])
    raw("bomb.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 10_000_000))
    raw("twice.csv.gz", gzip.compress(gzip.compress(b"a,b\n1,2\n")))
    raw("zip.csv.gz", gzip.compress(plain.read_bytes()))
    raw("cut.csv.gz", gzip.compress(random.Random(1).randbytes(5000).hex().encode())[:3000])
    raw("utf16.csv", "a,b\n1,2\n".encode("utf-16"))
    raw("nul.csv", b"a,b\n1\x00,2\n")
    raw("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    raw("latin_header.csv", b"caf\xe9,b\n1,2\n")
    raw("empty.csv", b"")
    raw("blank.csv", b"\n\n,,\n")
    raw("twin_columns.csv", b"a,a\n1,2\n")
    raw("wide.csv", b",".join(b"c%d" % number for number in range(400)) + b"\n")
    return made


def test_hostile_files_are_refused_with_a_word(tmp_path: Path) -> None:
    said = {}
    for name, path in hostile_files(tmp_path).items():
        with pytest.raises(DomainError) as caught:
            list(open_sheet(path).rows())
        said[name] = caught.value.message
    assert DomainError.message not in said.values()
    assert all(said.values())


def test_large_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "goods.csv"
    path.write_bytes(b"a,b\n" + b"x" * 1_900_000)
    with pytest.raises(TooLarge):
        open_sheet(path, max_mb=1)
    assert open_sheet(path, max_mb=2).header == ("a", "b")


def test_missing_quotation_mark_costs_its_own_stretch_only(database: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "goods.csv", [CHIPS])
    swallowed = '"' + "x" * (reading.MOST_CELL + 10) + "\r\n"
    path.write_bytes(path.read_bytes() + swallowed.encode() + ",".join(COFFEE).encode() + b"\r\n")
    report = run(database, path)
    assert counts(report) == (2, 0, 0, 1)


def test_bytes_of_any_kind_never_crash_the_reader(tmp_path: Path) -> None:
    dice = random.Random(20261120)
    good = make_workbook(tmp_path / "good.xlsx", [HEADER, *ROWS]).read_bytes()
    packed = gzip.compress(write_csv(tmp_path / "good.csv", ROWS).read_bytes())
    survived = 0
    for trial in range(60):
        seed = bytearray((good, packed, (tmp_path / "good.csv").read_bytes())[trial % 3])
        for _ in range(dice.randint(1, 8)):
            seed[dice.randrange(len(seed))] = dice.randrange(256)
        path = tmp_path / "flipped"
        path.write_bytes(seed)
        try:
            list(open_sheet(path).rows())
            survived += 1
        except DomainError:
            pass
    assert 0 < survived < 60


@pytest.mark.parametrize("text", ["=1", "'=1", "''", "'", "", "a", "+", "-5", "@x", "\tx", "\rx", "\nx", "'x", "x'"])
def test_disarmed_texts_come_back(text: str) -> None:
    assert restore(disarm(text)) == text
    assert disarm(text)[:1] not in reading.DANGEROUS or not text


def test_dangerous_names_are_taken_as_they_are(database: Database, session: Session, tmp_path: Path) -> None:
    payloads = ["=cmd|' /C calc'!A0", "@SUM(1+9)", "+62 Snack", "-20% Keripik", "'=x"]
    run(database, write_csv(tmp_path / "goods.csv", [[f"T{at}", text, *CHIPS[2:]] for at, text in enumerate(payloads)]))
    assert set(session.scalars(select(ProductText.name))) == set(payloads)


# The real files


def real_rows(name: str, most: int | None = None) -> tuple[list[str], list[list[str]]]:
    with gzip.open(data_folder() / name, "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows[:most]


@REAL_FILES
def test_marketplace_rows_survive_unchanged(database: Database, session: Session, tmp_path: Path) -> None:
    header, rows = real_rows("products/tokopedia_umkm_products.csv.gz", 2000)
    path = write_csv(tmp_path / "goods.csv", rows, header)
    assert counts(run(database, path, publish=True)) == (2000, 0, 0, 0)
    statement = select(col(Product.external_id), col(ProductText.name), col(Price.minor)).where(
        col(ProductText.product_id) == col(Product.id), col(Price.product_id) == col(Product.id)
    )
    found = {number: (name, minor) for number, name, minor in session.execute(statement)}
    places = [header.index(name) for name in ("product_id", "name", "price_idr")]
    assert found == {row[places[0]]: (row[places[1]], int(row[places[2]])) for row in rows}
    assert session.scalars(select(func.count()).select_from(Listing)).one() == 2000
    homes = session.execute(
        select(func.count()).select_from(Product).join(Business, col(Business.id) == col(Product.business_id))
        .join(City, col(City.id) == col(Business.city_id)).where(col(City.home))
    ).scalar_one()  # fmt: skip
    near = sum(row[header.index("is_bandung_area")] == "1" for row in rows)
    assert abs(homes - near) <= 5  # some sellers moved: the city of their first row counts
    assert counts(run(database, path, publish=True)) == (0, 0, 2000, 0)


@REAL_FILES
def test_every_marketplace_row_is_understood() -> None:
    header, rows = real_rows("products/tokopedia_umkm_products.csv.gz")
    mapping = choose_mapping(header)
    assert mapping.name == "marketplace"
    families = dict.fromkeys({*mapping.fields.category.prefixes.values(), "other-goods"}, "other")
    reader = Reader(mapping, header, families)
    offers = [reader.understand(number, row) for number, row in enumerate(rows, 2)]
    assert len({offer.external_id for offer in offers}) == 27_719
    unknown = sum(offer.values["category"] == "other-goods" for offer in offers)
    assert unknown / len(offers) < 0.02
    assert {offer.seller.origin for offer in offers if offer.seller} >= {
        "bandung",
        "cimahi",
        "west-bandung",
        "Kabupaten Ciamis",
    }


@REAL_FILES
@pytest.mark.parametrize(
    ("name", "rows", "right_numbers"),
    [
        ("products/off_products_id_my_kr_ec_sg.csv.gz", 2254, 2250),
        ("halal/off_products_mentioning_halal.csv.gz", 663, 661),
    ],
)
def test_food_facts_come_in_whole(
    database: Database, session: Session, name: str, rows: int, right_numbers: int
) -> None:
    assert counts(run(database, data_folder() / name, publish=True)) == (rows, 0, 0, 0)
    assert (
        session.scalars(select(func.count()).select_from(Variant).where(col(Variant.gtin).is_not(None))).one()
        == right_numbers
    )
    header, cells = real_rows(name)
    found = dict(session.execute(select(col(Product.external_id), col(ProductText.materials)).join(ProductText)).all())
    assert found == {row[0]: row[header.index("ingredients")] for row in cells}
    assert set(session.scalars(select(Product.price_visibility))) == {PriceVisibility.ON_REQUEST}
    assert counts(run(database, data_folder() / name, publish=True)) == (0, 0, rows, 0)


@REAL_FILES
@pytest.mark.deep
def test_whole_marketplace_file_within_time_and_memory(empty_database: Callable[[str], str], tmp_path: Path) -> None:
    environment = os.environ | {"LB_DATABASE_URL": empty_database("whole_market"), "LB_DATA_DIR": str(tmp_path)}
    database = Database(Settings(_env_file=None, database_url=environment["LB_DATABASE_URL"], data_dir=tmp_path))
    with database.writing() as session:
        load_categories(session, now=NOON)
        load_reference(session, NOON)
    measured = (
        "import resource,subprocess,sys,time; start=time.time();"
        "done=subprocess.run([sys.executable,'-m','app','import','products',sys.argv[1],'--publish'],capture_output=True,text=True);"
        "print(done.stdout.strip().splitlines()[-1]);"
        "print(time.time()-start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss//1024)"
    )
    limit = 60 if database.engine.dialect.name == "sqlite" else 90
    path = data_folder() / "products" / "tokopedia_umkm_products.csv.gz"
    for line in (
        "27,719 rows by marketplace: 27,719 created, 0 changed, 0 unchanged, 0 refused.",
        "27,719 rows by marketplace: 0 created, 0 changed, 27,719 unchanged, 0 refused.",
    ):
        answer = subprocess.run(
            [sys.executable, "-c", measured, str(path)],
            env=environment | {"PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True, text=True, check=True, timeout=200,
        ).stdout.splitlines()  # fmt: skip
        assert answer[0] == line
        seconds, megabytes = map(float, answer[1].split())
        assert seconds <= limit
        assert megabytes < 400
    with database.writing() as session:
        assert session.scalars(select(func.count()).select_from(Listing)).one() == 27_719
        assert list(audit.find_breaks(session)) == []
    database.dispose()
