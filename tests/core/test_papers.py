"""Papers: known by their first bytes, kept under random names, swept and checked."""

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlmodel import Session

from app.core import papers
from app.core.checks import Inspection
from app.core.config import Settings
from app.core.errors import TooLarge
from app.core.outbox import Workbench
from app.core.storage import Storage, open_storage
from tests.conftest import NOON, OneConnection

FOLDER = "private/test/"
LATER = dt.timedelta(days=1)


@pytest.fixture
def store(settings: Settings) -> Storage:
    return open_storage(settings)


@pytest.fixture
def named() -> Iterator[list[papers.Named]]:
    """Rows of an area that keeps papers."""
    rows: list[papers.Named] = []
    papers.keeps(FOLDER)(lambda _: rows)
    yield rows
    del papers.KEEPERS[FOLDER]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"%PDF-1.7", "pdf"),
        (b"\xff\xd8\xff\xe1", "jpg"),
        (b"\x89PNG\r\n\x1a\n....", "png"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", None),
        (b"GIF89a", None),
        (b"", None),
    ],
)
def test_papers_are_known_by_their_first_bytes(data: bytes, expected: str | None) -> None:
    found = papers.kind_of(data)
    assert (found[1] if found else None) == expected


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("sertifikat.pdf", "sertifikat.pdf"),
        ("C:\\folder\\halal.exe", "halal.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("", "paper.pdf"),
        ("\r\nX-Header: 1", "X-Header 1.pdf"),
        ("인증서 2026.jpg", "인증서 2026.pdf"),
    ],
)
def test_names_are_made_plain(name: str, plain: str) -> None:
    assert papers.plain_name(name, "pdf") == plain


def test_a_paper_is_kept_whole_under_a_random_name(store: Storage) -> None:
    one, two = (papers.receive(store, folder=FOLDER, file_name="a.png", content=b"%PDF-1.4 x") for _ in "12")
    assert one.key != two.key
    assert (one.mime, one.size, one.file_name) == ("application/pdf", 10, "a.pdf")
    assert store.get(one.key) == b"%PDF-1.4 x"
    assert not one.is_picture
    with pytest.raises(papers.FileRefused):
        papers.receive(store, folder=FOLDER, file_name="a.svg", content=b"<svg/>")
    with pytest.raises(TooLarge):
        papers.receive(store, folder=FOLDER, file_name="a.pdf", content=b"%PDF-" + bytes(papers.MAX_BYTES))


def test_sweep_removes_what_no_row_names_when_it_is_old(
    store: Storage, settings: Settings, session: Session, named: list[papers.Named]
) -> None:
    kept, stray = (papers.receive(store, folder=FOLDER, file_name="a", content=b"%PDF-1").key for _ in "12")
    named.append(papers.Named(kept, "row 1"))
    now = dt.datetime.now(dt.UTC)
    bench = Workbench(OneConnection(session.connection()), store, settings, now)
    papers.sweep(bench, {})
    assert store.exists(stray)
    papers.sweep(Workbench(bench.database, store, settings, now + LATER), {})
    assert (store.exists(kept), store.exists(stray)) == (True, False)


def test_check_names_what_is_lost_or_changed(store: Storage, session: Session, named: list[papers.Named]) -> None:
    paper = papers.receive(store, folder=FOLDER, file_name="a", content=b"%PDF-1")
    named += [papers.Named(paper.key, "row 1", paper.sha256), papers.Named(f"{FOLDER}gone.pdf", "row 2")]
    inspection = Inspection(session, store, NOON)
    assert list(papers.check_papers(inspection)) == ["row 2 has lost its file"]
    store.put(paper.key, b"%PDF-2")
    assert list(papers.check_papers(inspection)) == ["row 2 has lost its file", "the file of row 1 has changed"]
