"""Halal in the demo: invented, and says so; every status that a real fact allows; the same when loaded again."""

import datetime as dt
import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rich.progress import Progress
from sqlmodel import Session, col, func, select

from app.accounts.models import AuditEntry
from app.catalogue import standings
from app.catalogue.models import Listing
from app.core.checks import Inspection, run_checks
from app.core.config import Settings
from app.core.database import Database
from app.core.imaging import Derivative, DerivativeFormat
from app.core.papers import kind_of
from app.core.storage import Storage, open_storage
from app.core.versions import public_version
from app.demo import loader, papers
from app.halal.models import Certificate, Check
from app.halal.rules import Status, day_of
from app.halal.vocabulary import CertificateState, Route
from tests.factories import NOON

ENTRIES = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(loader.DATA.glob("*.toml"))]
PARTS = [(entry, entry["halal"]) for entry in ENTRIES if "halal" in entry]
CERTIFICATES = [(entry, each) for entry, halal in PARTS for each in halal.get("certificates", [])]


def test_numbers_can_be_told_from_real_ones() -> None:
    numbers = [each["number"] for _, each in CERTIFICATES]
    assert len(numbers) == len(set(numbers)) >= 15
    assert [number for number in numbers if not re.fullmatch(r"ID0099[0-9]{13}", number)] == []


def test_everything_is_about_the_makers_own_goods() -> None:
    for entry, halal in PARTS:
        own = {product["slug"] for product in entry["products"]}
        named = [slug for each in halal.get("certificates", []) for item in each["items"] for slug in item["goods"]]
        applied = [slug for each in halal.get("applications", []) for slug in each["goods"]]
        assert {*named, *applied, *halal.get("answers", {})} <= own, entry["maker"]["slug"]
        assert max(Counter([*named, *applied]).values(), default=1) == 1, entry["maker"]["slug"]


def test_days_follow_each_other() -> None:
    for _, each in CERTIFICATES:
        assert each["issued"] < each["entered"] <= -1
        assert each.get("valid_until", 0) > each["issued"]
        assert each["state"] == CertificateState.CLAIMED or each["entered"] <= -2
    for _, halal in PARTS:
        routes = [Route(each["route"]) for each in halal.get("applications", [])]
        assert len(routes) == len(set(routes))
        for each in halal.get("applications", []):
            days = [step["day"] for step in each["steps"]]
            assert days == sorted(days)
            assert days[-1] <= 0


def test_papers_are_what_they_say_and_say_what_they_are() -> None:
    lines = ["ID00990000000000001", "CV Contoh (Rasa)", "Keripik \\ Tempe"]
    pdf = papers.as_pdf(lines)
    assert kind_of(pdf) == ("application/pdf", "pdf")
    assert b"(CONTOH) Tj" in pdf
    assert b"Bukan sertifikat" in pdf
    assert rb"(CV Contoh \(Rasa\)) Tj" in pdf
    places = [int(found) for found in re.findall(rb"^(\d{10}) 00000 n", pdf, re.MULTILINE)]
    assert [pdf[place:].split(b" ", 1)[0] for place in places] == [b"1", b"2", b"3", b"4", b"5"]
    assert kind_of(papers.as_photo(lines)) == ("image/jpeg", "jpg")


@pytest.fixture(scope="module")
def loaded(empty_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Every maker with halal parts, on a database of its own, with plain bytes in the place of drawn pictures."""
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(
        _env_file=None, data_dir=folder, database_url=empty_database("demo"), rates_url="", queue_url="memory:"
    )
    database, storage = Database(settings), open_storage(settings)
    patch = pytest.MonkeyPatch()
    patch.setattr(loader, "_load_pictures", _plain_pictures)
    patch.setattr(loader, "_read", lambda: [entry for entry, _ in PARTS])
    _load(database, storage, settings)
    yield database, storage, settings
    patch.undo()
    database.dispose()


def _load(database: Database, storage: Storage, settings: Settings) -> None:
    loader.load_demo(database, storage, settings, now=NOON, progress=Progress(disable=True))


def _plain_pictures(
    database: Database, storage: Storage, entries: list[Any], *, now: dt.datetime, progress: Progress
) -> None:
    del progress
    with database.reading() as session:
        wishes = list(loader._wishes(session, entries))
    for wish in wishes:
        original = f"{wish.seed} {wish.view} {wish.drawing is None}".encode()
        files = []
        for kind in DerivativeFormat:
            data = original + kind.value.encode()
            files.append(Derivative(kind, 320, 240, data, hashlib.sha256(data).hexdigest()))
        loader._keep_picture(database, storage, wish, original, files, now=now)


def _statuses(session: Session) -> dict[str, Counter[Status]]:
    read = standings.read_standings(session)
    rows = session.exec(select(Listing)).all()
    return {place: Counter(read.status(row, day_of(NOON), place) for row in rows) for place in ("ID", "MY", "KR", "EC")}


def test_every_status_occurs_that_a_real_fact_supports(loaded: tuple[Database, Storage, Settings]) -> None:
    with loaded[0].reading() as session:
        found = _statuses(session)
    assert {status for counted in found.values() for status in counted} == set(Status) - {
        Status.CERTIFIED_NOT_RECOGNISED  # no reference fact refuses or withdraws a recognition
    }
    assert found["ID"][Status.CERTIFIED] == found["MY"][Status.CERTIFIED] >= 20
    assert found["KR"][Status.CERTIFIED_RECOGNITION_UNKNOWN] == found["ID"][Status.CERTIFIED]


def test_no_look_up_pretends_that_somebody_looked(loaded: tuple[Database, Storage, Settings]) -> None:
    with loaded[0].reading() as session:
        places = set(session.exec(select(Check.looked_at)))
    assert len(places) == 1
    assert "invented, looked up nowhere" in places.pop()


def test_every_certificate_has_its_paper(loaded: tuple[Database, Storage, Settings]) -> None:
    database, storage, _ = loaded
    with database.reading() as session:
        rows = session.exec(select(Certificate).order_by(col(Certificate.id))).all()
    assert len(rows) == len(CERTIFICATES)
    for row in rows:
        data = storage.get(row.file_key)
        assert data is not None
        assert hashlib.sha256(data).hexdigest() == row.sha256


def test_loading_again_changes_nothing_and_everything_holds(loaded: tuple[Database, Storage, Settings]) -> None:
    database, storage, settings = loaded

    def seen() -> tuple[Any, ...]:
        with database.reading() as session:
            entries = session.exec(select(func.count()).select_from(AuditEntry)).one()
            rows = session.exec(select(Listing.product_id, Listing.standing_id, col(Listing.standing_until))).all()
            files = {key for key, _ in storage.keys("private/halal/")}
            return entries, sorted(rows), files, public_version(session)

    before = seen()
    _load(database, storage, settings)
    assert seen() == before
    with database.reading() as session:
        assert list(run_checks(Inspection(session=session, storage=storage, now=NOON))) == []
