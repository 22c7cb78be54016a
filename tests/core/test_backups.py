"""Backups: whole, checked before anything is touched, taken while others write."""

import datetime as dt
import json
import os
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlmodel import func, select

from app.core import outbox
from app.core.backups import BackupRefused, backup, restore
from app.core.checks import Inspection, run_checks
from app.core.config import Settings
from app.core.database import Database
from app.core.limits import RateWindow
from app.core.storage import open_storage
from tests.conftest import KIND
from tests.core.conftest import make_settings
from tests.support import postgres

NOW = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client tools that came with the server under test come first."""
    folders = [str(folder) for folder in postgres.machine_binaries() + postgres.wheel_binaries()]
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, os.environ["PATH"]]))


@pytest.fixture
def settings(tmp_path: Path, empty_database: Callable[[str], str]) -> Settings:
    return make_settings(tmp_path / "old", empty_database("backed"))


@pytest.fixture
def elsewhere(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """An installation without anything."""
    folder = tmp_path / "new"
    if KIND == "sqlite":
        return make_settings(folder, f"sqlite:///{folder}/restored.sqlite3")
    server = make_url(request.getfixturevalue("server_url"))
    name = f"lb_restored_{os.getpid()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    admin.dispose()
    return make_settings(folder, server.set(database=name).render_as_string(hide_password=False))


def fill(settings: Settings, number: int, start: int = 0) -> None:
    database, storage = Database(settings), open_storage(settings)
    for place in range(start, start + number):
        # A file first, then the row that names it.
        storage.put(f"public/{place:03}", b"picture" * place)
        with database.writing() as session:
            session.add(RateWindow(key=f"file:{place:03}", hits=place, started_at=NOW))
    database.dispose()


def contents(settings: Settings) -> tuple[list[str], list[str]]:
    database, storage = Database(settings), open_storage(settings)
    with database.reading() as session:
        rows = sorted(session.exec(select(RateWindow.key)).all())
        assert list(run_checks(Inspection(session=session, storage=storage, now=NOW))) == []
    database.dispose()
    return rows, sorted(key for key, _ in storage.keys("public/"))


def test_what_was_backed_up_comes_back_elsewhere(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    fill(settings, 5)
    open_storage(settings).put("private/licence.pdf", b"private")
    target = tmp_path / "backups" / "one.tar"
    made = backup(settings, target, NOW)
    assert (made.kind, made.files) == (KIND, 6)
    assert [path.name for path in target.parent.iterdir()] == ["one.tar"]
    told = restore(elsewhere, target)
    assert (told.files, told.made_at) == (6, NOW.isoformat())
    assert contents(elsewhere) == contents(settings)
    assert open_storage(elsewhere).get("private/licence.pdf") == b"private"
    database = Database(elsewhere)
    with database.writing() as session:  # it goes on from there
        outbox.enqueue(session, kind="mail", key="after", payload={}, now=NOW)
    database.dispose()
    with pytest.raises(BackupRefused, match="already holds data"):
        restore(elsewhere, target)


def test_a_backup_under_load_is_consistent(settings: Settings, tmp_path: Path) -> None:
    fill(settings, 3)
    ended = threading.Event()

    def write() -> None:
        place = 3
        while not ended.is_set():
            fill(settings, 1, place)
            place += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5 if KIND == "sqlite" else 3):
            target = tmp_path / f"{number}.tar"
            backup(settings, target, NOW)
            if KIND == "sqlite":
                new = make_settings(tmp_path / f"new-{number}", f"sqlite:///{tmp_path}/new-{number}/db.sqlite3")
                restore(new, target)
                rows, files = contents(new)
                assert {row.removeprefix("file:") for row in rows} <= {name.removeprefix("public/") for name in files}
    finally:
        ended.set()
        writer.join()
    database = Database(settings)
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(RateWindow)).one() > 3
    database.dispose()


def rewrite(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old.getmembers():
            file: Any = old.extractfile(member)
            data = change(member.name, file.read())
            if data is not None:
                (target.parent / "part").write_bytes(data)
                new.add(target.parent / "part", member.name)


def flip(name: str, data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1]) if name == "database" else data


def drop(name: str, data: bytes) -> bytes | None:
    return None if name == "media/public/001" else data


def lie(name: str, data: bytes) -> bytes:
    if name != "manifest.json":
        return data
    manifest = json.loads(data)
    manifest["format"] = 99
    return json.dumps(manifest).encode()


@pytest.mark.parametrize("change", [flip, drop, lie, lambda name, data: None if name == "manifest.json" else data])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    settings: Settings, elsewhere: Settings, tmp_path: Path, change: Callable[[str, bytes], bytes | None]
) -> None:
    fill(settings, 3)
    backup(settings, tmp_path / "good.tar", NOW)
    rewrite(tmp_path / "good.tar", tmp_path / "bad.tar", change)
    with pytest.raises(BackupRefused, match="no whole backup"):
        restore(elsewhere, tmp_path / "bad.tar")
    assert list(open_storage(elsewhere).keys("public/")) == []
    assert restore(elsewhere, tmp_path / "good.tar").files == 3  # it was left empty


def test_what_is_no_backup_is_refused(elsewhere: Settings, tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("not an archive", encoding="utf-8")
    for name in ("text.tar", "absent.tar"):
        with pytest.raises(BackupRefused):
            restore(elsewhere, tmp_path / name)


def test_the_other_database_is_refused(settings: Settings, tmp_path: Path) -> None:
    backup(settings, tmp_path / "one.tar", NOW)
    other = "postgresql+psycopg://nobody@127.0.0.1:1/none" if KIND == "sqlite" else f"sqlite:///{tmp_path}/x.sqlite3"
    with pytest.raises(BackupRefused, match="another database"):
        restore(make_settings(tmp_path / "other", other), tmp_path / "one.tar")
