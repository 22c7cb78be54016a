"""Static files under addresses that carry their digest, so that browsers may keep them for a year."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from app.core.config import ROOT

STATIC = ROOT / "static"


@dataclass(frozen=True)
class Asset:
    """One file ready to be sent."""

    content: bytes
    media_type: str
    digest: str


class Assets:
    """All static files of this release, read once."""

    def __init__(self, folder: Path = STATIC) -> None:
        self.folder = folder
        self.files: dict[str, Asset] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                digest = hashlib.blake2b(content, digest_size=6).hexdigest()
                self.files[path.relative_to(folder).as_posix()] = Asset(content, kind, digest)

    def url(self, path: str) -> str:
        """The address of a static file.

        Raises:
            KeyError: when there is no such file; a template must not name one.
        """
        return f"/static/{path}?v={self.files[path].digest}"
