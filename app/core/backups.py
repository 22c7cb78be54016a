"""Backups: the database as of one moment and every stored file in one archive, with checksums that restoring verifies.

SQLite is copied by its online backup, PostgreSQL dumped by ``pg_dump``; both give one moment while others go on
writing. The job queue is not part of it: what is due stands in the outbox.
"""

import datetime as dt
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL, make_url

from app.core.config import Settings
from app.core.errors import DomainError
from app.core.languages import N_
from app.core.storage import PRIVATE, PUBLIC, Storage, open_storage

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database"
MEDIA = "media/"


class BackupRefused(DomainError):
    """A backup or a restore that cannot be done as things stand."""

    status = 409
    code = "backup_refused"


@dataclass(frozen=True)
class Contents:
    """What an archive holds."""

    kind: str
    """``sqlite`` or ``postgresql``."""
    made_at: str
    files: int


def backup(settings: Settings, target: Path, now: dt.datetime) -> Contents:
    """Write an archive to ``target``; it appears there only when it is whole.

    Raises:
        BackupRefused: the tools of PostgreSQL are missing, or the dump failed.
    """
    storage = open_storage(settings)
    url = make_url(settings.resolved_database_url)
    draft = target.with_name(f".{target.name}.part")
    entries: dict[str, dict[str, Any]] = {}
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="lb-backup-") as folder, draft.open("wb") as file:
            dump = Path(folder) / DUMP
            with tarfile.open(fileobj=file, mode="w") as archive:
                # Files before and after the database: one that a row of the dump names is there in one of the looks.
                _add_media(archive, storage, entries, now)
                _dump(url, dump)
                digest = _digest_of(dump)
                archive.add(dump, DUMP)
                entries[DUMP] = {"size": dump.stat().st_size, "sha256": digest}
                _add_media(archive, storage, entries, now)
                manifest = {
                    "format": FORMAT,
                    "kind": url.get_backend_name(),
                    "made_at": now.isoformat(),
                    "entries": entries,
                }
                _add(archive, MANIFEST, json.dumps(manifest, indent=1).encode(), now)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return Contents(url.get_backend_name(), now.isoformat(), len(entries) - 1)


def restore(settings: Settings, source: Path) -> Contents:
    """Fill an empty installation from an archive. Nothing is touched before every checksum was found right.

    Raises:
        BackupRefused: the archive is damaged or of the other database, or the installation already holds data.
    """
    storage = open_storage(settings)
    url = make_url(settings.resolved_database_url)
    try:
        with tarfile.open(source, mode="r:") as archive:
            manifest = _verify(archive)
            if manifest["kind"] != url.get_backend_name():
                raise BackupRefused(
                    N_("This backup is of %(kind)s, but LB_DATABASE_URL names another database."),
                    params={"kind": manifest["kind"]},
                )
            _refuse_unless_empty(url)
            with tempfile.TemporaryDirectory(prefix="lb-restore-") as folder:
                # Files first: a row never stands without its file.
                for name in manifest["entries"]:
                    if name.startswith(MEDIA):
                        storage.put(name.removeprefix(MEDIA), _read(archive, name))
                dump = Path(folder) / DUMP
                with dump.open("wb") as file:
                    shutil.copyfileobj(_open(archive, DUMP), file)
                _load(url, dump)
    except (tarfile.TarError, KeyError, ValueError, OSError) as error:
        raise BackupRefused(N_("This file is no whole backup. Use another one.")) from error
    return Contents(manifest["kind"], manifest["made_at"], len(manifest["entries"]) - 1)


def _add_media(
    archive: tarfile.TarFile, storage: Storage, entries: dict[str, dict[str, Any]], now: dt.datetime
) -> None:
    for prefix in (PUBLIC, PRIVATE):
        for key, _ in storage.keys(prefix):
            if MEDIA + key in entries:
                continue
            data = storage.get(key)
            if data is not None:
                _add(archive, MEDIA + key, data, now)
                entries[MEDIA + key] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _add(archive: tarfile.TarFile, name: str, data: bytes, now: dt.datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(data), int(now.timestamp()), 0o600
    archive.addfile(member, io.BytesIO(data))


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verify(archive: tarfile.TarFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(_read(archive, MANIFEST))
    names = sorted(name for name in archive.getnames() if name != MANIFEST)
    if manifest["format"] != FORMAT or sorted(manifest["entries"]) != names or DUMP not in names:
        msg = "the list and the archive differ"
        raise ValueError(msg)
    for name, entry in manifest["entries"].items():
        if hashlib.file_digest(_open(archive, name), "sha256").hexdigest() != entry["sha256"]:
            msg = "a checksum differs"
            raise ValueError(msg)
    return manifest


def _open(archive: tarfile.TarFile, name: str) -> Any:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    data: bytes = _open(archive, name).read()
    return data


def _refuse_unless_empty(url: URL) -> None:
    if url.get_backend_name() == "sqlite":
        empty = not Path(url.database or "").exists()
    else:
        engine = create_engine(url)
        try:
            empty = not inspect(engine).get_table_names()
        finally:
            engine.dispose()
    if not empty:
        raise BackupRefused(
            N_("This installation already holds data. Restore into an empty one: another LB_DATA_DIR or database.")
        )


def _dump(url: URL, target: Path) -> None:
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(url.database or "")) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        return
    _postgres("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def _load(url: URL, dump: Path) -> None:
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.part")
        shutil.copyfile(dump, draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
        return
    _postgres("pg_restore", url, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(dump))


def _postgres(tool: str, url: URL, *arguments: str) -> None:
    """Run a tool of PostgreSQL; the password goes by the environment, which other people on the machine do not see."""
    found = shutil.which(tool) or next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{tool}"))[::-1]), None)
    if found is None:
        raise BackupRefused(
            N_("%(tool)s is not installed. Install the client tools of PostgreSQL."), params={"tool": tool}
        )
    place = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    environment = dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})
    command = [found, f"--dbname={place.render_as_string()}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - as listed
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [""]
        raise BackupRefused(N_("%(tool)s failed: %(reason)s"), params={"tool": tool, "reason": last[0]})
