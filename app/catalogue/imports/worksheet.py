"""The child process that reads a workbook. Started by its path from ``reading``; nothing imports it.

It writes one JSON value a line to standard output: first ``{"rows": n, "first": row}`` with the number of rows and
that of the first one (from 1), then each row as a list of texts, at last ``{"end": true}``; or ``{"refused": code}``.
A workbook that makes the library take more memory or time than the limits ends this process and nothing else.

It stands alone, without an import from the application, so that starting it costs an interpreter and calamine only.
"""

import datetime as dt
import json
import resource
import sys
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

_CPU_SECONDS = 120


def _text(cell: object) -> str:
    """A cell as people read it: a whole number without a decimal point, a day in ISO form."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _say(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def _read(path: Path) -> None:
    with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
                break
        else:
            _say({"refused": "no_sheet"})
            return
        cells = book.get_sheet_by_name(sheet.name)
        _say({"rows": cells.height, "first": (cells.start or (0, 0))[0] + 1})
        for row in cells.iter_rows():
            _say([_text(cell) for cell in row])
        _say({"end": True})


def _main() -> None:
    memory_bytes = int(sys.argv[2])
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    try:
        _read(Path(sys.argv[1]))
    except (CalamineError, MemoryError, ValueError, OSError):
        _say({"refused": "damaged"})


if __name__ == "__main__":
    _main()
