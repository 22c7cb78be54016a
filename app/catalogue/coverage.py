"""Coverage as it is shown and exported: its rows in order, with their names in the reader's language."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import xlsxwriter

from app.catalogue.imports.exporting import MOST_WORKBOOK_CELL
from app.catalogue.imports.reading import disarm
from app.catalogue.queries.halal_coverage import NOT_KNOWN, SIZES, Coverage, CoveredRow, Dimension, Tally
from app.catalogue.queries.reference import Reference
from app.core.errors import Invalid
from app.core.languages import N_, Language, translate
from app.halal import words
from app.halal.rules import Status
from app.halal.vocabulary import Scale

ORDER = (
    Status.REQUIRED_MISSING,
    Status.LAPSED,
    Status.SUSPENDED,
    Status.UNKNOWN,
    Status.CLAIMED,
    Status.IN_PROCESS,
    Status.CERTIFIED,
    Status.CERTIFIED_RECOGNITION_UNKNOWN,
    Status.CERTIFIED_NOT_RECOGNISED,
    Status.NOT_REQUIRED,
    Status.NOT_HALAL,
)
"""Statuses by how much there is to do about them."""
ALWAYS = frozenset(
    {Status.REQUIRED_MISSING, Status.UNKNOWN, Status.CLAIMED, Status.IN_PROCESS, Status.CERTIFIED},
)
"""Columns that are there also when nothing has that status."""
SHORT: dict[Status, str] = {
    Status.REQUIRED_MISSING: N_("Missing"),
    Status.LAPSED: N_("Lapsed"),
    Status.SUSPENDED: N_("Suspended"),
    Status.UNKNOWN: N_("Unknown"),
    Status.CLAIMED: N_("Not checked"),
    Status.IN_PROCESS: N_("In process"),
    Status.CERTIFIED: N_("Certified"),
    Status.CERTIFIED_RECOGNITION_UNKNOWN: N_("Certified abroad, recognition unknown"),
    Status.CERTIFIED_NOT_RECOGNISED: N_("Certified abroad, not recognised"),
    Status.NOT_REQUIRED: N_("Not required"),
    Status.NOT_HALAL: N_("Not halal"),
}
"""Heads of columns; the whole words stand on badges."""
DIMENSIONS: dict[Dimension, tuple[str, str]] = {
    Dimension.CATEGORY: (N_("By category"), N_("Category")),
    Dimension.SCALE: (N_("By size of the maker"), N_("Size of the maker")),
    Dimension.KECAMATAN: (N_("By district"), N_("District")),
}
"""Title and head of the first column, the shortest breakdowns first."""
NO_DISTRICT = N_("District not known")
NO_SIZE = N_("Size not known")


@dataclass(frozen=True)
class Line:
    """A row of a breakdown."""

    key: str
    name: str
    tally: Tally


def columns(coverage: Coverage) -> tuple[Status, ...]:
    """The statuses worth a column."""
    return tuple(status for status in ORDER if status in ALWAYS or coverage.total.statuses[status])


def lines(coverage: Coverage, dimension: Dimension, reference: Reference, language: Language) -> list[Line]:
    """A breakdown, what misses most certificates first."""
    names = {
        Dimension.KECAMATAN: lambda key: reference.kecamatan[reference.kecamatan_codes[key]][1],
        Dimension.CATEGORY: lambda key: reference.by_slug[key].name(language),
        Dimension.SCALE: lambda key: translate(language, words.SCALES[Scale(key)]),
    }
    absent = translate(language, NO_SIZE if dimension is Dimension.SCALE else NO_DISTRICT)
    found = [
        Line(key, absent if key == NOT_KNOWN else names[dimension](key), tally)
        for key, tally in coverage.by[dimension].items()
    ]
    return sorted(found, key=lambda line: (-line.tally.statuses[Status.REQUIRED_MISSING], line.name, line.key))


def size_name(scale: str, language: Language) -> str:
    """The words for a size as filters have it."""
    return translate(language, words.SCALES[Scale(scale)] if scale in SIZES[:2] else NO_SIZE)


def name_of(row: CoveredRow, language: Language) -> tuple[str, str]:
    """The name of a product in the nearest language that has one, and that language's code."""
    for code in (*(each.value for each in language.fallbacks), row.source_language):
        if row.names.get(code):
            return row.names[code], code
    return row.slug, row.source_language


# --- sheets ---------------------------------------------------------------------------------------------------------

Cell = str | int | dt.date | None
MOST_ROWS = 20_000
"""Of a workbook, which takes four times as long to write as the same in CSV."""
GOODS_COLUMNS = (
    "as_of",
    "status",
    "required_since",
    "days_missing",
    "product",
    "name",
    "maker",
    "maker_name",
    "kecamatan",
    "category_root",
    "category",
    "goods_class",
    "scale",
)


class What(StrEnum):
    """What a sheet holds."""

    GOODS = "goods"
    COUNTS = "counts"


def goods_cells(row: CoveredRow, reference: Reference, language: Language, on: dt.date) -> list[Cell]:
    """A product as a row of a sheet."""
    path = reference.path(row.category_id)
    return [
        on,
        row.status.value,
        row.required_since,
        (on - row.required_since).days if row.required_since else None,
        row.slug,
        name_of(row, language)[0],
        row.business_slug,
        row.business_name,
        row.kecamatan,
        path[0].slug,
        path[-1].slug,
        row.goods_class,
        row.scale,
    ]


def counts_cells(coverage: Coverage, reference: Reference, language: Language) -> tuple[list[str], list[list[Cell]]]:
    """The whole coverage as one sheet: its head and a row for the total and for each line of each breakdown."""
    head = ["as_of", "by", "key", "name", "products", *(status.value for status in ORDER)]
    rows = [_counts(coverage, "total", Line("", "", coverage.total))]
    for dimension in Dimension:
        rows += [_counts(coverage, dimension.value, line) for line in lines(coverage, dimension, reference, language)]
    return head, rows


def _counts(coverage: Coverage, by: str, line: Line) -> list[Cell]:
    tally = line.tally
    return [coverage.on, by, line.key, line.name, tally.products, *(tally.statuses[status] for status in ORDER)]


def as_csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A sheet as CSV that spreadsheet programs take for UTF-8; texts they would compute are disarmed."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([disarm(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig", errors="replace")


def as_workbook(title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A sheet as a workbook: numbers and days as such, texts that would be computed disarmed.

    Raises:
        Invalid: more rows than are written while somebody waits.
    """
    file = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet(title)
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(head):
            sheet.write_string(0, place, name, bold)
        sheet.set_column(0, len(head) - 1, 16)
        for line, row in enumerate(rows, 1):
            if line > MOST_ROWS:
                raise Invalid(N_("These are more goods than a workbook takes here. Choose fewer, or take the CSV."))
            for place, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(line, place, cell, day)
                elif isinstance(cell, int):
                    sheet.write_number(line, place, cell)
                elif cell:
                    sheet.write_string(line, place, disarm(cell)[:MOST_WORKBOOK_CELL])
    return file.getvalue()
