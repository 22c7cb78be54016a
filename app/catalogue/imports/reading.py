"""Reads sheets that strangers made: CSV, CSV packed by gzip, XLSX. Size and shape are checked before they are parsed.

Rows come one at a time, so memory does not grow with the file. Only texts come out: no formula is computed, no link
followed, nothing outside the file opened.
"""

import csv
import gzip
import hashlib
import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, BinaryIO

from app.core.errors import Invalid, TooLarge
from app.core.languages import N_

MOST_MB = 10
"""Size of a file that is taken unless another is asked for, in units of 1,000,000 bytes."""
UNPACKED_TIMES = 20
"""A packed file may hold this many times the size limit."""
MOST_RATIO = 200
"""Unpacked bytes for one packed byte; sheets reach about 30."""
MOST_COLUMNS = 300
MOST_CELL = 100_000
"""Characters of one cell."""
OWN_COLUMNS = ("_row", "_field", "_error")
"""Columns of a file of refused rows, ignored when it is imported again."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters by which a spreadsheet program takes a text for a formula (OWASP, CSV injection)."""

_MB = 1_000_000
_BLOCK = 1 << 16
_CHILD = Path(__file__).with_name("worksheet.py")
_CHILD_MEMORY = 768 * 1024**2
_MOST_MEMBERS = 2_000
_ARCHIVES = (
    ".zip",
    ".gz",
    ".tgz",
    ".7z",
    ".rar",
    ".bz2",
    ".xz",
    ".tar",
    ".jar",
    ".xlsx",
    ".xlsm",
    ".xls",
    ".docx",
    ".ods",
)
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zX")
_DELIMITERS = (",", ";", "\t")


class SheetRefused(Invalid):
    """A file that cannot be read as a sheet at all; the message says what to do."""

    code = "sheet_refused"


class Kind(StrEnum):
    """What a file is, by its first bytes."""

    TEXT = "text"
    GZIP = "gzip"
    WORKBOOK = "workbook"


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """Why a row is not taken: the column it is about (empty for the whole row) and an English msgid with its values."""

    column: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header. ``number`` counts as a spreadsheet program does, the header being row 1."""

    number: int
    cells: Sequence[str]
    problem: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet whose outside was checked: its header, and how many rows to expect (an estimate for text)."""

    path: Path
    kind: Kind
    digest: str
    """SHA-256 of the file."""
    header: tuple[str, ...]
    header_row: int
    expected: int

    def rows(self) -> Iterator[Row]:
        """Every row below the header, empty ones left out."""
        width = len(self.header)
        again = "_error" in self.header
        for number, cells, problem in _records(self.path, self.kind):
            if number <= self.header_row:
                continue
            if problem is None and not any(cells):
                continue
            taken = cells[:width] if not any(cells[width:]) else cells
            if again:
                taken = [restore(cell) for cell in taken]
            yield Row(number, taken, problem or _shape_problem(taken, width))


def restore(cell: str) -> str:
    """The text as it was before ``disarm``."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in {*DANGEROUS, "'"} else cell


def disarm(cell: str) -> str:
    """A text that no spreadsheet program takes for a formula; ``restore`` gives the text back."""
    return "'" + cell if cell[:1] in {*DANGEROUS, "'"} and cell else cell


def open_sheet(path: Path, *, max_mb: int = MOST_MB) -> Sheet:
    """Check a file and read its header.

    Raises:
        SheetRefused: it is missing, damaged, packed too tightly, no sheet, or has no usable header.
        TooLarge: it has more bytes than ``max_mb`` allows, or unpacks to more than ``UNPACKED_TIMES`` as many.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_BLOCK)
            size = file.seek(0, io.SEEK_END)
    except OSError as error:
        raise SheetRefused(N_("The file %(path)s cannot be opened."), params={"path": str(path)}) from error
    if size > max_mb * _MB:
        raise TooLarge(params={"limit": max_mb})
    kind = _kind(head)
    if kind is Kind.WORKBOOK:
        lines = 0
        _inspect_workbook(path, max_mb)
    else:
        lines = _inspect_text(path, kind, size, max_mb)
    digest = _digest(path)
    header, header_row, expected = _header(path, kind)
    return Sheet(path, kind, digest, header, header_row, expected or max(lines - 1, 0))


def _kind(head: bytes) -> Kind:
    if head.startswith(b"PK\x03\x04"):
        return Kind.WORKBOOK
    if head.startswith(b"\x1f\x8b"):
        return Kind.GZIP
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise SheetRefused(N_("This is an old or protected workbook. Save it without a password as .xlsx or CSV."))
    if head.startswith(_PACKED):
        raise SheetRefused(N_("This is an archive. Unpack it and import the sheet inside."))
    _refuse_no_text(head)
    return Kind.TEXT


def _refuse_no_text(head: bytes) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SheetRefused(N_("This text is written as UTF-16. Save the sheet as CSV UTF-8 and import that."))
    if b"\0" in head:
        raise SheetRefused(N_("This is neither a CSV sheet nor an .xlsx workbook."))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _inspect_text(path: Path, kind: Kind, size: int, max_mb: int) -> int:
    """Unpack once without keeping anything, to know the true size; gives the number of lines."""
    limit = max_mb * _MB * UNPACKED_TIMES
    total = lines = 0
    try:
        with _open_bytes(path, kind) as stream:
            while block := stream.read(_BLOCK):
                if kind is Kind.GZIP and total == 0:
                    if block.startswith(_PACKED):
                        raise SheetRefused(
                            N_("This archive holds another archive. Unpack it and import the sheet inside.")
                        )
                    _refuse_no_text(block)
                total += len(block)
                lines += block.count(b"\n")
                if total > limit or (total > _MB and total > MOST_RATIO * size):
                    raise TooLarge(params={"limit": max_mb})
    except (OSError, EOFError, zlib.error) as error:
        raise SheetRefused(N_("This packed file is damaged. Pack or save it again.")) from error
    return lines


@contextmanager
def _open_bytes(path: Path, kind: Kind) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        if kind is Kind.GZIP:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield unpacked  # type: ignore[misc]
        else:
            yield file


def _inspect_workbook(path: Path, max_mb: int) -> None:
    """Refuse what would hurt while it is parsed: bombs, archives within, document type declarations, passwords."""
    limit = max_mb * _MB * UNPACKED_TIMES
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if "xl/workbook.xml" not in {member.filename for member in members}:
                raise SheetRefused(
                    N_("This is an archive, not an .xlsx workbook. Unpack it and import the sheet inside.")
                )
            if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > limit:
                raise TooLarge(params={"limit": max_mb})
            for member in members:
                _inspect_member(archive, member, max_mb)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise SheetRefused(
            N_("This workbook is damaged. Open it in a spreadsheet program and save it again.")
        ) from error


def _inspect_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_mb: int) -> None:
    if member.flag_bits & 1:
        raise SheetRefused(N_("This workbook is protected by a password. Save it without one."))
    if member.file_size > _MB and member.file_size > MOST_RATIO * max(member.compress_size, 1):
        raise TooLarge(params={"limit": max_mb})
    name = member.filename.lower()
    xml = name.endswith((".xml", ".rels", ".vml"))
    with archive.open(member) as stream:
        tail = stream.read(8)
        if name.endswith(_ARCHIVES) or tail.startswith(_PACKED):
            raise SheetRefused(N_("This workbook holds another archive. Save only the sheet with the goods."))
        while block := stream.read(_BLOCK):
            tail = tail[-16:] + block
            # UTF-16 is seen through by leaving out its zero bytes.
            if xml and b"<!DOCTYPE" in tail.replace(b"\0", b"").upper():
                raise SheetRefused(N_("This workbook declares outside entities, as no spreadsheet program does."))


Record = tuple[int, list[str], Refusal | None]


def _records(path: Path, kind: Kind) -> Iterator[Record]:
    return _workbook_records(path) if kind is Kind.WORKBOOK else _text_records(path, kind)


def _header(path: Path, kind: Kind) -> tuple[tuple[str, ...], int, int]:
    expected = 0
    with closing(_records(path, kind)) as records:  # type: ignore[type-var]
        for number, cells, problem in records:
            if number < 0:
                expected = -number - 1
                continue
            if problem:
                raise SheetRefused(problem.message, params=problem.params)
            names = [cell.strip() for cell in cells]
            while names and not names[-1]:
                names.pop()
            if not names:
                continue
            twice = sorted({name for name in names if name and names.count(name) > 1})
            if twice:
                raise SheetRefused(
                    N_("The first row names these columns twice: %(columns)s."), params={"columns": ", ".join(twice)}
                )
            if len(names) > MOST_COLUMNS:
                raise SheetRefused(N_("A sheet has at most %(most)s columns."), params={"most": MOST_COLUMNS})
            return tuple(names), number, expected
    raise SheetRefused(N_("This sheet is empty. Its first row must name the columns."))


def _shape_problem(cells: Sequence[str], width: int) -> Refusal | None:
    if len(cells) != width:
        return Refusal(
            "",
            N_("This row has %(cells)s cells, the header has %(columns)s. Check its quotation marks and separators."),
            {"cells": len(cells), "columns": width},
        )
    return None


def _text_records(path: Path, kind: Kind) -> Iterator[Record]:
    with _open_bytes(path, kind) as binary:
        # Bytes that are no UTF-8 stay visible as lone surrogates, so that only their own rows are refused.
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", errors="surrogateescape", newline="")
        delimiter = _delimiter(path, kind)
        csv.field_size_limit(MOST_CELL)
        reader = csv.reader(text, delimiter=delimiter)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error:
                message = N_("A cell has more than %(most)s characters, or its closing quotation mark is missing.")
                yield number, [], Refusal("", message, {"most": MOST_CELL})
                continue
            yield number, cells, _encoding_problem(cells)
        text.detach()


def _encoding_problem(cells: list[str]) -> Refusal | None:
    if "".join(cells).isascii():
        return None
    for position, cell in enumerate(cells, 1):
        at = next((at for at, character in enumerate(cell) if "\udc80" <= character <= "\udcff"), None)
        if at is not None:
            return Refusal(
                "",
                N_(
                    "Cell %(cell)s is not UTF-8 text: byte %(byte)s after %(before)s characters. "
                    "Save the sheet as CSV UTF-8."
                ),
                {"cell": position, "byte": f"0x{ord(cell[at]) - 0xDC00:02X}", "before": at},
            )
    return None


def _delimiter(path: Path, kind: Kind) -> str:
    """The separator by which the first line falls into most cells."""
    with _open_bytes(path, kind) as binary:
        start = binary.read(_BLOCK).decode("utf-8-sig", errors="replace")
    widths = {}
    for delimiter in _DELIMITERS:
        try:
            widths[delimiter] = len(
                next((row for row in csv.reader(io.StringIO(start), delimiter=delimiter) if row), [])
            )
        except csv.Error:
            widths[delimiter] = 0
    return max(_DELIMITERS, key=lambda delimiter: widths[delimiter])


def _workbook_records(path: Path) -> Iterator[Record]:
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
        [sys.executable, "-I", str(_CHILD), str(path.resolve()), str(_CHILD_MEMORY)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
        cwd="/",
    )
    try:
        yield from _child_records(process.stdout)
    finally:
        process.kill()
        if process.stdout:
            process.stdout.close()
        process.wait()


def _child_records(pipe: IO[bytes] | None) -> Iterator[Record]:
    """Rows as the child tells them; a child that falls silent before its end has met a workbook that broke it."""
    number = 0
    for line in pipe or ():
        try:
            value = json.loads(line)
        except ValueError:
            break
        if isinstance(value, list):
            yield number, value, _long_cell(value)
            number += 1
        elif value.get("end"):
            return
        elif "rows" in value:
            number = value["first"]
            yield -int(value["rows"]) or -1, [], None
        elif value.get("refused") == "no_sheet":
            raise SheetRefused(N_("This workbook has no visible sheet."))
        else:
            break
    raise SheetRefused(N_("This workbook is damaged. Open it in a spreadsheet program and save it again."))


def _long_cell(cells: list[str]) -> Refusal | None:
    if any(len(cell) > MOST_CELL for cell in cells):
        return Refusal("", N_("A cell has more than %(most)s characters."), {"most": MOST_CELL})
    return None
