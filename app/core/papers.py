"""Papers: private files that people send as evidence, kept whole and opened only after a permission check.

An area says which folder is its own and which rows name files in it (``keeps``); one sweep and one check serve all.
A file is durable before the row that names it: when the transaction fails afterwards, the file has no row and the
sweep removes it.
"""

import datetime as dt
import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from sqlmodel import Session

from app.core import outbox
from app.core.checks import Inspection, check
from app.core.errors import DomainError, TooLarge
from app.core.languages import N_
from app.core.storage import Storage

PDF = "application/pdf"
SIGNATURES: tuple[tuple[str, str, bytes, bytes], ...] = (
    (PDF, "pdf", b"%PDF-", b""),
    ("image/jpeg", "jpg", b"\xff\xd8\xff", b""),
    ("image/png", "png", b"\x89PNG\r\n\x1a\n", b""),
    ("image/webp", "webp", b"RIFF", b"WEBP"),
)
"""Media type, extension, first bytes, and the bytes from the ninth on, of papers that are taken."""
ACCEPT = ",".join(mime for mime, *_ in SIGNATURES)
"""For the file fields of forms."""
MAX_BYTES = 10 * 1024 * 1024
SWEEP = "papers.sweep"
GRACE = dt.timedelta(minutes=10)
"""How long a file may be without its row: an upload writes the file first."""


class FileRefused(DomainError):
    """A file that is no paper we take."""

    status = 422
    code = "file_refused"
    message = N_("Choose a PDF or a photo (JPEG, PNG or WebP).")


@dataclass(frozen=True)
class Paper:
    """A file that was kept, as a row names it."""

    key: str
    file_name: str
    mime: str
    size: int
    sha256: str

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown as a picture, once it was made anew."""
        return self.mime != PDF


@dataclass(frozen=True)
class Named:
    """A file that a row names."""

    key: str
    owner: str
    """The row in words, for faults."""
    sha256: str = ""
    """Empty when the row does not say."""


@dataclass(frozen=True)
class Keeper:
    """An area's folder of papers."""

    folder: str
    grace: dt.timedelta
    named: Callable[[Session], Iterable[Named]]


KEEPERS: dict[str, Keeper] = {}
"""By folder."""


def keeps(folder: str, *, grace: dt.timedelta = GRACE) -> Callable[[Callable[[Session], Iterable[Named]]], Keeper]:
    """Register the function that names every file of a folder (a key's beginning, with its slash)."""

    def register(named: Callable[[Session], Iterable[Named]]) -> Keeper:
        KEEPERS[folder] = Keeper(folder, grace, named)
        return KEEPERS[folder]

    return register


def kind_of(data: bytes) -> tuple[str, str] | None:
    """Media type and extension of a paper by its first bytes, or None when it is none that we take."""
    for mime, extension, head, ninth in SIGNATURES:
        if data.startswith(head) and data[8:].startswith(ninth):
            return mime, extension
    return None


def receive(storage: Storage, *, folder: str, file_name: str, content: bytes) -> Paper:
    """Keep a file that somebody sent, under a random name; the transaction that names it follows.

    Raises:
        TooLarge: more than 10 MB.
        FileRefused: not a PDF, JPEG, PNG or WebP by its first bytes, or empty.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge(params={"limit": MAX_BYTES // (1024 * 1024)}, fields={"file": TooLarge.message})
    found = kind_of(content)
    if found is None:
        raise FileRefused(fields={"file": FileRefused.message})
    mime, extension = found
    key = f"{folder}{secrets.token_hex(16)}.{extension}"
    storage.put(key, content)
    digest = hashlib.sha256(content).hexdigest()
    return Paper(key, plain_name(file_name, extension), mime, len(content), digest)


def plain_name(file_name: str, extension: str) -> str:
    """The name of a file as its owner knows it: no folders, no signs that a header or a disk minds."""
    name = PurePath(file_name.replace("\\", "/")).name
    plain = "".join(character for character in name if character.isprintable() and character not in '"<>|:*?/\\')
    stem = plain.rsplit(".", 1)[0].strip()[:80] or "paper"
    return f"{stem}.{extension}"


def download_headers(file_name: str) -> dict[str, str]:
    """Headers under which a browser saves a paper and never shows it as a page of ours."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name, safe='')}",
        "Cache-Control": "private, no-store",
    }


def ask_for_sweep(session: Session, *, now: dt.datetime) -> None:
    """Look for files without a row a little later, once an hour at most."""
    key = f"{SWEEP}:{now:%Y%m%d%H}"
    outbox.enqueue(session, kind=SWEEP, key=key, payload={}, now=now, due_at=now + GRACE + dt.timedelta(minutes=50))


outbox.DAILY.add(SWEEP)


@outbox.handles(SWEEP)
def sweep(bench: outbox.Workbench, payload: dict[str, Any]) -> None:  # noqa: ARG001 - nothing to say
    """Remove files that no row names: an upload was cut off between the file and its row, or a row was given another.

    Files are listed before rows are read, so that a file whose row is just being written is not taken for a stray.
    """
    for keeper in KEEPERS.values():
        latest = bench.now.timestamp() - keeper.grace.total_seconds()
        found = [key for key, written_at in bench.storage.keys(keeper.folder) if written_at < latest]
        with bench.database.reading() as session:
            named = {each.key for each in keeper.named(session)}
        for key in found:
            if key not in named:
                bench.storage.delete(key)


@check("papers")
def check_papers(inspection: Inspection) -> Iterator[str]:
    """Every paper has its file with its digest, and every file its paper, but for uploads of the last minutes."""
    for keeper in KEEPERS.values():
        rows = {each.key: each for each in keeper.named(inspection.session)}
        files = dict(inspection.storage.keys(keeper.folder))
        for key in sorted(rows.keys() - files.keys()):
            yield f"{rows[key].owner} has lost its file"
        for key in sorted(rows.keys() & files.keys()):
            content = inspection.storage.get(key) if rows[key].sha256 else None
            if content is not None and hashlib.sha256(content).hexdigest() != rows[key].sha256:
                yield f"the file of {rows[key].owner} has changed"
        latest = time.time() - keeper.grace.total_seconds() - GRACE.total_seconds()
        for key in sorted(files.keys() - rows.keys()):
            if files[key] < latest:
                yield f"file {key} belongs to no paper"
