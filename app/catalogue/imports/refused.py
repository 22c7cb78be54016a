"""The file of refused rows: the sheet's own columns with the row's number, the column at fault and the reason."""

import csv
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.catalogue.imports.reading import OWN_COLUMNS, Refusal, Row, Sheet, disarm
from app.core.languages import Language, translate

Refuse = Callable[[Row, Refusal], None]


@contextmanager
def errors_file(path: Path, sheet: Sheet, language: Language) -> Iterator[Refuse]:
    """Takes refused rows; the file appears under its name only when it is whole and holds any."""
    kept = [place for place, name in enumerate(sheet.header) if name not in OWN_COLUMNS]
    temporary: Path | None = None
    file = writer = None

    def refuse(row: Row, refusal: Refusal) -> None:
        nonlocal temporary, file, writer
        if writer is None:
            folder = path.resolve().parent
            handle, name = tempfile.mkstemp(prefix=".errors-", suffix=".csv", dir=folder)
            temporary = Path(name)
            # Bytes that were no UTF-8 go out as they came in.
            file = os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="")
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow([*(disarm(sheet.header[place]) for place in kept), *OWN_COLUMNS])
        cells = [row.cells[place] if place < len(row.cells) else "" for place in kept]
        extra = row.cells[len(sheet.header) :]
        message = translate(language, refusal.message)
        reason = message % refusal.params if refusal.params else message
        writer.writerow([*map(disarm, cells), row.number, refusal.column, reason, *map(disarm, extra)])

    try:
        yield refuse
        if file and temporary:
            file.close()
            temporary.chmod(0o644)
            temporary.replace(path)
            temporary = None
    finally:
        if file:
            file.close()
        if temporary:
            temporary.unlink(missing_ok=True)
