"""Files by key, in a local folder or an S3 bucket, through one client."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from app.core.config import Settings

PUBLIC = "public/"
PRIVATE = "private/"


class Storage:
    """Keys beginning with ``public/`` may be served to anybody, ``private/`` only after a permission check."""

    def __init__(self, store: ObjectStore, *, folder: Path | None = None) -> None:
        self._store = store
        self.folder = folder
        """The local folder, when files can be served straight from disk."""

    def put(self, key: str, data: bytes) -> None:
        """Keep bytes under a key, durable when this returns; the same key again overwrites."""
        self._store.put(key, data)
        if self.folder is not None:
            self._make_durable(self.folder / key)

    @staticmethod
    def _make_durable(path: Path) -> None:
        for target in (path, path.parent):
            handle = os.open(target, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def get(self, key: str) -> bytes | None:
        """The bytes under a key, or None."""
        try:
            return bytes(self._store.get(key).bytes())
        except (FileNotFoundError, NotFoundError):
            return None

    def exists(self, key: str) -> bool:
        """Whether something is kept under a key."""
        try:
            self._store.head(key)
        except (FileNotFoundError, NotFoundError):
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove a key; nothing happens when it is absent."""
        try:
            self._store.delete(key)
        except (FileNotFoundError, NotFoundError):
            return

    def keys(self, prefix: str) -> Iterator[tuple[str, float]]:
        """Every key below a prefix with the time it was last written (seconds since 1970)."""
        for batch in self._store.list(prefix):
            for entry in batch:
                yield entry["path"], entry["last_modified"].timestamp()


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
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": "8s", "connect_timeout": "2s"},
        )
        return Storage(store)
    msg = "LB_MEDIA_URL must begin with file:// or s3://"
    raise ValueError(msg)
