"""Writes goods out in our own layout, which an import takes back without any change."""

import csv
import datetime as dt
import itertools
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import select
from sqlmodel import Session, col

from app.catalogue.imports.goods import BATCH, Goods, further_prices, iterate_goods, values_of
from app.catalogue.imports.mapping import FOLDER, SheetMapping, load_mapping
from app.catalogue.imports.reading import SheetRefused, disarm
from app.catalogue.imports.values import ATTRIBUTES, FACTS, TEXTS, VARIANTS, show_amount
from app.catalogue.models import Listing, PriceVisibility, ProductState, Unit
from app.catalogue.queries.halal_public import find_deciding, get_halal
from app.core.languages import N_, Language, translate
from app.core.money import Currency

Cell = str | int | Decimal | None
WriteRow = Callable[[list[Cell]], None]
MOST_WORKBOOK_CELL = 32_767
"""Characters of a cell of a workbook (ECMA-376)."""
MOST_WORKBOOK_ROWS = 1_048_576

HINTS = {
    "product": N_("Address of a product that is here already. Leave empty for a new one."),
    "external_id": N_("A number of your own for a new product, so that importing twice does not make two."),
    "maker": N_("Address of the maker, as in the link of her page."),
    "category": N_("Address of the category, as in the link of its page."),
    "state": N_("For reading only: an import changes it by --publish alone."),
    "halal_status": N_("For reading only: computed on the day of the export, for public goods."),
    "halal_certificate": N_("For reading only: number of the confirmed certificate that the status rests on."),
    "source_language": N_("The language that the goods were described in first: id, en, ms, ko or es."),
    "price_visibility": N_("Who sees the price: public, signed_in or on_request."),
    "more_prices": N_("Prices from a quantity on, for one variant or for a time, as JSON."),
    "variants": N_("Sizes, colours and other forms on sale, as JSON."),
    "attributes": N_("Facts asked of this kind of goods, by key, as JSON."),
}
"""What columns are for, shown as notes at the header of a workbook."""


def own_layout() -> SheetMapping:
    """The mapping of our own layout."""
    return load_mapping(FOLDER / "little_bandung.toml")


def columns() -> list[str]:
    """The columns of our own layout, in their order."""
    languages = [
        f"{field}_{language.value}"
        for language in Language
        for field in ("name", "summary", "story", "care", "materials")
    ]
    prices = [f"price_{currency.value.lower()}" for currency in Currency]
    facts = ["source_language", *(name for name in FACTS if name != "source_language")]
    return [
        "product",
        "external_id",
        "maker",
        "category",
        "state",
        *facts,
        *prices,
        "more_prices",
        "variants",
        "attributes",
        *languages,
        "halal_status",
        "halal_certificate",
    ]


Halal = tuple[str | None, str | None]
"""A status and the number of the certificate that it rests on."""


def cells_of(goods: Goods, mapping: SheetMapping, halal: Halal) -> list[Cell]:
    """The row of a product, in the order of ``columns``."""
    asked: dict[str, Any] = {
        "prices": dict.fromkeys(Currency),
        "facts": dict.fromkeys(FACTS),
        ATTRIBUTES: {},
        VARIANTS: [],
    }
    values = values_of(goods, mapping, asked)
    row: dict[str, Cell] = {
        "product": goods.product["slug"],
        "external_id": goods.product["external_id"],
        "maker": goods.maker,
        "category": goods.category,
        "state": goods.product["state"],
        VARIANTS: _json(values[VARIANTS]),
        "more_prices": _json([_tier(tier) for tier in further_prices(goods)]),
        ATTRIBUTES: _json(values[ATTRIBUTES]),
        "halal_status": halal[0],
        "halal_certificate": halal[1],
        **values["facts"],
    }
    for currency, minor in values["prices"].items():
        row[f"price_{currency.lower()}"] = None if minor is None else show_amount(minor, currency)
    for language, texts in values[TEXTS].items():
        row |= {f"{field}_{language}": text for field, text in texts.items()}
    return [row.get(name) for name in columns()]


def _with_halal(session: Session, goods: Iterable[Goods], on: dt.date) -> Iterator[tuple[Goods, Halal]]:
    """Each product with its status on a day; a few hundred at a time are looked up."""
    day = get_halal(session, on=on)
    rest = iter(goods)
    while batch := list(itertools.islice(rest, BATCH)):
        ids = [each.product["id"] for each in batch]
        rows = session.connection().execute(
            select(col(Listing.product_id), col(Listing.standing_id), col(Listing.standing_until)).where(
                col(Listing.product_id).in_(ids)
            )
        )
        listed = {row.product_id: row for row in rows}
        deciding = find_deciding(session, list(listed.values()), day)
        for each in batch:
            number = each.product["id"]
            status = day.status(listed[number]).value if number in listed else None
            yield each, (status, deciding[number].number if number in deciding else None)


def _tier(tier: dict[str, Any]) -> dict[str, Any]:
    """A price without what goes without saying."""
    shown = {
        "currency": tier["currency"],
        "from": tier["from"],
        "amount": str(show_amount(tier["minor"], tier["currency"])),
    }
    return shown | {name: tier[name] for name in ("sku", "valid_from", "valid_until") if tier[name] is not None}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": ")) if value else ""


def export_products(
    session: Session,
    path: Path,
    *,
    on: dt.date,
    state: ProductState | None = None,
    language: Language = Language.EN,
    step: Callable[[int], None] | None = None,
) -> int:
    """Write goods to a ``.csv`` or ``.xlsx`` file and give their number. ``language`` is that of the workbook's notes.

    ``on`` is the day in Bandung that halal statuses are told for.

    Texts that a spreadsheet program would compute are disarmed by an apostrophe, which an import takes away again.
    The file appears under its name only when it is whole.

    Raises:
        SheetRefused: the name ends in neither, or a text does not fit into a workbook's cell.
    """
    writers = {".csv": _csv_writer, ".xlsx": _workbook_writer}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise SheetRefused(N_("Name the file .csv or .xlsx."))
    mapping = own_layout()
    number = 0
    try:
        with _whole_file(path) as temporary, writer(temporary, language) as write:
            for number, (goods, halal) in enumerate(_with_halal(session, iterate_goods(session, state), on), 1):
                write(cells_of(goods, mapping, halal))
                if step:
                    step(number)
    except OSError as error:
        raise SheetRefused(N_("The file %(path)s cannot be written."), params={"path": str(path)}) from error
    return number


@contextmanager
def _whole_file(path: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=".export-", suffix=path.suffix, dir=path.resolve().parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _csv_writer(path: Path, language: Language) -> Iterator[WriteRow]:
    del language  # a CSV sheet has no notes
    # The mark at the beginning tells spreadsheet programs that this is UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns())

        def write(cells: list[Cell]) -> None:
            writer.writerow([disarm(cell) if isinstance(cell, str) else cell for cell in cells])

        yield write


@contextmanager
def _workbook_writer(path: Path, language: Language) -> Iterator[WriteRow]:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    names = columns()
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("products")
        bold = book.add_format({"bold": True})
        digits = {
            name: book.add_format({"num_format": "#,##0.00" if Currency(name[-3:].upper()).digits else "#,##0"})
            for name in names
            if name.startswith("price_") and name[-3:].upper() in set(Currency)
        }
        sheet.freeze_panes(1, 1)
        for place, name in enumerate(names):
            sheet.write_string(0, place, name, bold)
            if name in HINTS:
                sheet.write_comment(0, place, translate(language, HINTS[name]))
        for name, choices in (
            ("unit", list(Unit)),
            ("price_visibility", list(PriceVisibility)),
            ("source_language", list(Language)),
        ):
            place = names.index(name)
            sheet.data_validation(
                1,
                place,
                MOST_WORKBOOK_ROWS - 1,
                place,
                {"validate": "list", "source": [str(choice) for choice in choices]},
            )
        line = 0

        def write(cells: list[Cell]) -> None:
            nonlocal line
            line += 1
            if line >= MOST_WORKBOOK_ROWS:
                raise SheetRefused(N_("These are more rows than a workbook has. Export to .csv instead."))
            for place, cell in enumerate(cells):
                if isinstance(cell, int | Decimal):
                    sheet.write_number(line, place, cell, digits.get(names[place]))
                elif cell:
                    text = disarm(cell)
                    if len(text) > MOST_WORKBOOK_CELL:
                        raise SheetRefused(
                            N_("%(column)s of %(product)s is too long for a workbook. Export to .csv instead."),
                            params={"column": names[place], "product": cells[0]},
                        )
                    sheet.write_string(line, place, text)

        yield write
