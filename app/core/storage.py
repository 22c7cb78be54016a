"""Files by key, in a local folder or an S3 bucket, through one client."""

import contextlib
import datetime as dt
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from app.core.config import Settings
from app.core.errors import StorageFull, Unavailable
from app.core.http import ALL_S, CONNECT_S, READ_S, RETRIES

PUBLIC = "public/"
PRIVATE = "private/"
DIGITS = 24
"""Hexadecimal digits of a digest in a public name: 96 bits tell any number of files apart, and pages stay light."""


def media_key(sha256: str, kind: str) -> str:
    """Where a public picture file is kept, by its digest and format."""
    return f"{PUBLIC}{sha256[:2]}/{sha256[:DIGITS]}.{kind}"


def media_url(sha256: str, kind: str) -> str:
    """Where a public picture file is served."""
    return f"/media/{sha256[:DIGITS]}.{kind}"


class Storage:
    """Keys beginning with ``public/`` may be served to anybody, ``private/`` only after a permission check.

    Every call raises ``Unavailable`` when the storage does not answer in time, and ``StorageFull`` when it has no room.
    """

    def __init__(self, store: ObjectStore, *, folder: Path | None = None) -> None:
        self._store = store
        self.folder = folder
        """The local folder, when files can be served straight from disk."""

    def put(self, key: str, data: bytes) -> None:
        """Keep bytes under a key, durable when this returns; the same key again overwrites."""
        with _as_domain_errors():
            if self.folder is None:
                self._store.put(key, data)
            else:
                _write_durably(self.folder, key, data)

    def get(self, key: str) -> bytes | None:
        """The bytes under a key, or None."""
        with _as_domain_errors():
            try:
                return bytes(self._store.get(key).bytes())
            except (FileNotFoundError, NotFoundError):
                return None

    def exists(self, key: str) -> bool:
        """Whether something is kept under a key."""
        with _as_domain_errors():
            try:
                self._store.head(key)
            except (FileNotFoundError, NotFoundError):
                return False
            return True

    def delete(self, key: str) -> None:
        """Remove a key; nothing happens when it is absent."""
        with _as_domain_errors(), contextlib.suppress(FileNotFoundError, NotFoundError):
            self._store.delete(key)

    def keys(self, prefix: str) -> Iterator[tuple[str, float]]:
        """Every key below a prefix with the time it was last written (seconds since 1970)."""
        with _as_domain_errors():
            for batch in self._store.list(prefix):
                for entry in batch:
                    yield entry["path"], entry["last_modified"].timestamp()


@contextlib.contextmanager
def _as_domain_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise (StorageFull if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} else Unavailable) from error
    except BaseError as error:
        raise Unavailable from error


def _write_durably(folder: Path, key: str, data: bytes) -> None:
    """Write beside the place, flush to the disk, then move there: a crash leaves the old file, the new one or none."""
    path = folder / key
    if not path.resolve().is_relative_to(folder.resolve()):
        msg = "a key stays inside the storage"
        raise ValueError(msg)
    missing = [parent for parent in path.parents if not parent.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    # Listing passes over names that end in a number sign and digits.
    draft = path.with_name(f"{path.name}#{secrets.randbelow(10**9)}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    for changed in {path.parent, *(parent.parent for parent in missing)}:
        handle = os.open(changed, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def open_storage(settings: Settings) -> Storage:
    """The storage named by ``LB_MEDIA_URL``."""
    url = urlsplit(settings.resolved_media_url)
    if url.scheme == "memory":
        return Storage(MemoryStore())
    if url.scheme == "file":
        folder = Path(unquote(url.path))
        folder.mkdir(parents=True, exist_ok=True)
        return Storage(LocalStore(folder, mkdir=True), folder=folder)
    if url.scheme == "s3":
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        key, secret = settings.media_access_key, settings.media_secret_key
        endpoint = query.get("endpoint", "")
        store = S3Store(
            url.netloc,
            prefix=url.path.strip("/") or None,
            region=query.get("region", "us-east-1"),
            endpoint=endpoint or None,
            access_key_id=key.get_secret_value() if key else None,
            secret_access_key=secret.get_secret_value() if secret else None,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "timeout": dt.timedelta(seconds=READ_S),
                "connect_timeout": dt.timedelta(seconds=CONNECT_S),
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": dt.timedelta(seconds=ALL_S - READ_S)},
        )
        return Storage(store)
    msg = "LB_MEDIA_URL must begin with file:// or s3://"
    raise ValueError(msg)
