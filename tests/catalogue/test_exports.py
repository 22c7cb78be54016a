"""Sheets written out: an import takes them back without a change, and no spreadsheet program computes them."""

import csv
import datetime as dt
import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import Connection, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from app.accounts.models import AuditEntry
from app.businesses.models import Business
from app.catalogue import index
from app.catalogue.imports import exporting
from app.catalogue.imports.mapping import choose_mapping
from app.catalogue.imports.reading import DANGEROUS, SheetRefused, disarm, restore
from app.catalogue.imports.running import Options, Report, import_products
from app.catalogue.models import Price, Product, ProductState, ProductText, Variant
from app.catalogue.service.reference import load_categories
from app.cities.service import load_reference
from app.core.database import Database
from app.core.money import Currency
from app.halal.rules import day_of
from tests.conftest import NOON, OneConnection
from tests.factories import make_business, make_product
from tests.halal.papers import link_product, make_certificate

select: Any = select_columns
LINE = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40).filter(str.strip)
WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n\t"), max_size=80)
DANGER = st.one_of(
    LINE, st.builds(lambda head, tail: head + tail, st.sampled_from(["=", "+", "-", "@", "'", "'="]), LINE)
)
COUNT = st.integers(1, 10_000)
OPTIONAL = st.none() | COUNT
_number = itertools.count(1)


@pytest.fixture
def database(connection: Connection, session: Session) -> Database:
    load_categories(session, now=NOON)
    load_reference(session, NOON)
    session.commit()
    return OneConnection(connection)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def export(database: Database, path: Path, **options: Any) -> int:
    with database.reading() as session:
        return exporting.export_products(session, path, on=day_of(NOON), **options)


def run(database: Database, path: Path, **options: Any) -> Report:
    return import_products(database, path, options=Options(**options), now=NOON)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.changed, report.unchanged, report.refused


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


PRICES = st.lists(
    st.tuples(
        st.sampled_from(Currency),
        st.integers(1, 500),
        st.integers(1, 10**9),
        st.booleans(),
        st.none() | st.integers(0, 900),
    ),
    max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.dictionaries(st.sampled_from(["en", "ms", "ko", "es"]), DANGER, max_size=3),
    own=DANGER,
    story=WORDS,
    prices=PRICES,
    moq=COUNT,
    weight=OPTIONAL,
    flavour=st.none() | DANGER,
    options=st.dictionaries(LINE, LINE, max_size=2),
    ending=st.sampled_from([".csv", ".xlsx"]),
)
def test_what_was_written_out_comes_in_without_a_change(
    database: Database, session: Session, tmp_path: Path,
    names: dict[str, str], own: str, story: str, prices: list[tuple[Currency, int, int, bool, int | None]],
    moq: int, weight: int | None, flavour: str | None, options: dict[str, str], ending: str,
) -> None:  # fmt: skip
    product = make_product(
        session, names={"id": own, **names}, price_idr=None, moq=moq, weight_g=weight,
        attributes={"net_weight": 2.5, "vegan": True, **({"flavour": flavour} if flavour else {})},
    )  # fmt: skip
    text: Any = session.scalars(select(ProductText).where(col(ProductText.product_id) == product.id)).first()
    text.story = story
    variant = Variant(product_id=product.id, sku=f"-{next(_number)}", options=options, gtin="8992761002015", position=1)
    session.add(variant)
    session.commit()
    for currency, quantity, minor, of_variant, days in prices:
        until = None if days is None else NOON + dt.timedelta(days=days, microseconds=days)
        session.add(
            Price(
                product_id=product.id, currency=currency, min_quantity=quantity, minor=minor, valid_until=until,
                variant_id=variant.id if of_variant else None,
            )
        )  # fmt: skip
    session.commit()
    entries = session.scalars(select(func.count()).select_from(AuditEntry)).one()
    path = tmp_path / f"goods{next(_number)}{ending}"

    number = export(database, path)
    report = run(database, path)

    assert counts(report) == (0, 0, number, 0)
    assert session.scalars(select(func.count()).select_from(AuditEntry)).one() == entries


@given(st.text(max_size=20))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert not disarm(text).startswith(DANGEROUS)
    assert restore(disarm(text)) == text


def test_numbers_stay_numbers_and_texts_texts(database: Database, session: Session, tmp_path: Path) -> None:
    product = make_product(session, names={"id": "=1+1"}, moq=12)
    session.add(Price(product_id=product.id, currency=Currency.MYR, minor=1250))
    session.commit()
    export(database, tmp_path / "goods.xlsx")
    export(database, tmp_path / "goods.csv")
    header, row = CalamineWorkbook.from_path(tmp_path / "goods.xlsx").get_sheet_by_index(0).to_python()
    cells = dict(zip(header, row, strict=True))
    assert (cells["price_idr"], cells["price_myr"], cells["moq"]) == (18000, 12.5, 12)
    assert all(isinstance(cells[name], int | float) for name in ("price_idr", "price_myr", "moq"))
    assert cells["name_id"] == "'=1+1"
    written = read_csv(tmp_path / "goods.csv")[0]
    assert (written["price_idr"], written["price_myr"], written["name_id"]) == ("18000", "12.50", "'=1+1")


def test_layout_is_recognised_and_whole() -> None:
    mapping = choose_mapping(exporting.columns())
    assert mapping.name == "little_bandung"
    assert sorted([*mapping.columns, *mapping.optional]) == sorted(exporting.columns())
    assert set(exporting.HINTS) <= set(exporting.columns())


def test_only_goods_in_the_state_asked_for(database: Database, session: Session, tmp_path: Path) -> None:
    make_product(session)
    draft = make_product(session, state=ProductState.DRAFT)
    assert export(database, tmp_path / "goods.csv", state=ProductState.DRAFT) == 1
    assert [row["product"] for row in read_csv(tmp_path / "goods.csv")] == [draft.slug]


def test_other_endings_are_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(SheetRefused, match=r"\.csv or \.xlsx"):
        export(database, tmp_path / "goods.ods")
    assert list(tmp_path.iterdir()) == []


def test_edited_cells_change_what_they_say(database: Database, session: Session, tmp_path: Path) -> None:
    product = make_product(session, names={"id": "Keripik", "en": "Chips", "ko": "칩"})
    make_product(session)
    export(database, tmp_path / "goods.csv")
    rows = read_csv(tmp_path / "goods.csv")
    rows[0] |= {
        "name_en": "Cassava chips", "name_ko": "", "price_idr": "20000", "moq": "6", "category": "chips-crackers",
        "variants": '[{"sku": "NEW"}]',
        "more_prices": '[{"currency": "IDR", "from": 10, "amount": "17000", "sku": "NEW"}]',
    }  # fmt: skip
    path = write_csv(tmp_path / "edited.csv", rows)

    assert counts(run(database, path)) == (0, 1, 1, 0)

    session.expire_all()
    texts = {
        row.language: row
        for row in session.scalars(select(ProductText).where(col(ProductText.product_id) == product.id))
    }
    assert {language: text.name for language, text in texts.items()} == {"id": "Keripik", "en": "Cassava chips"}
    assert texts["en"].source_hash != ""
    assert session.get_one(Product, product.id).moq == 6
    variants = session.scalars(select(Variant).where(col(Variant.product_id) == product.id).order_by(Variant.id)).all()
    assert [(row.sku == "NEW", row.active) for row in variants] == [(False, False), (True, True)]
    prices = session.scalars(select(Price).where(col(Price.product_id) == product.id).order_by(Price.minor)).all()
    assert [(row.minor, row.min_quantity, row.variant_id) for row in prices] == [
        (17000, 10, variants[1].id),
        (20000, 1, None),
    ]
    assert counts(run(database, path)) == (0, 0, 2, 0)


def test_new_goods_of_a_maker_come_by_the_same_sheet(database: Database, session: Session, tmp_path: Path) -> None:
    maker = make_business(session, slug="kopi-kami")
    row = dict.fromkeys(exporting.columns(), "") | {
        "external_id": "K-1", "maker": maker.slug, "category": "coffee", "source_language": "id",
        "name_id": "Kopi", "price_idr": "30000", "attributes": '{"roast": "dark_roast"}',
    }  # fmt: skip
    path = write_csv(tmp_path / "new.csv", [row])

    assert counts(run(database, path)) == (1, 0, 0, 0)

    product = session.scalars(select(Product)).one()
    assert (product.business_id, product.state, product.attributes) == (
        maker.id,
        ProductState.DRAFT,
        {"roast": "dark_roast"},
    )
    assert counts(run(database, path)) == (0, 0, 1, 0)
    assert export(database, tmp_path / "out.csv") == 1
    assert counts(run(database, tmp_path / "out.csv")) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"product": "no-such"}, "product"),
        ({"maker": "no-such"}, "maker"),
        ({"maker": "other-maker"}, "maker"),
        ({"category": "no-such"}, "category"),
        ({"unit": "barrel"}, "unit"),
        ({"moq": "0"}, "moq"),
        ({"moq": "many"}, "moq"),
        ({"hs_code": "12"}, "hs_code"),
        ({"source_language": ""}, "source_language"),
        ({"source_language": "ko"}, "name_ko"),
        ({"name_id": ""}, "name_id"),
        ({"name_es": "", "story_es": "cuento"}, "name_es"),
        ({"price_myr": "1.234"}, "price_myr"),
        ({"variants": "[{"}, "variants"),
        ({"variants": "{}"}, "variants"),
        ({"variants": '[{"sku": "A", "gtin": "8992761002016"}]'}, "variants"),
        ({"variants": '[{"sku": "A"}, {"sku": "A"}]'}, "variants"),
        ({"more_prices": '[{"currency": "EUR", "amount": "1"}]'}, "more_prices"),
        ({"more_prices": '[{"currency": "IDR", "amount": "1", "sku": "none"}]'}, "more_prices"),
        ({"more_prices": '[{"currency": "IDR", "amount": "1", "valid_from": "2026-01-01"}]'}, "more_prices"),
        ({"attributes": '{"no_such": 1}'}, "attributes"),
        ({"attributes": '{"net_weight": "heavy"}'}, "attributes"),
        ({"attributes": '{"net_weight": NaN}'}, "attributes"),
        ({"attributes": "[" * 5000}, "attributes"),
    ],
)
def test_wrong_cells_are_named(
    database: Database, session: Session, tmp_path: Path, change: dict[str, str], field: str
) -> None:
    make_business(session, slug="other-maker")
    make_product(session)
    make_product(session)
    export(database, tmp_path / "goods.csv")
    rows = read_csv(tmp_path / "goods.csv")
    rows[0] |= change

    report = run(database, write_csv(tmp_path / "edited.csv", rows))

    assert counts(report) == (0, 0, 1, 1)
    assert report.errors is not None
    refused = read_csv(report.errors)
    assert [(row["_row"], row["_field"]) for row in refused] == [("2", field)]
    assert session.scalars(select(func.count()).select_from(Business)).one() == 3


def test_halal_goes_out_for_reading_and_is_not_taken_back(database: Database, session: Session, tmp_path: Path) -> None:
    certificate = make_certificate(session)
    covered, plain, hidden = make_product(session), make_product(session), make_product(session)
    link_product(session, covered, certificate)
    index.reindex_products(session, [covered.id, plain.id], now=NOON)
    session.commit()
    export(database, tmp_path / "goods.csv")
    rows = read_csv(tmp_path / "goods.csv")
    told = {row["product"]: (row["halal_status"], row["halal_certificate"]) for row in rows}
    assert told == {
        covered.slug: ("certified", certificate.number),
        plain.slug: ("not_required", ""),
        hidden.slug: ("", ""),
    }
    for row in rows:
        row["halal_status"], row["halal_certificate"] = "certified", "ID1"
    assert counts(run(database, write_csv(tmp_path / "claims.csv", rows))) == (0, 0, 3, 0)
    export(database, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "goods.csv").read_bytes()
