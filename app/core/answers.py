"""Answers kept in memory under the public version, compressed once; never older than the last publishing write.
Nor are they older than the day: some of what pages say, such as what a certificate is worth, ends with one.

An answer is kept when its handler marked the request (``keep_answer``) and nobody is signed in. Before each use the
public version is read from the database, so an answer is given again only while nothing public has changed.
"""

import asyncio
import gzip
import hashlib
import sqlite3
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import psycopg
from fastapi import Request
from sqlalchemy.engine import make_url
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import metrics
from app.core.config import Settings
from app.core.languages import DEFAULT_LANGUAGE, negotiate
from app.core.web import SESSION_COOKIE, clock_of

QUERY = "SELECT value FROM content_version WHERE name = 'public'"
COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/problem+json",
    "application/xml",
    "image/svg",
    "application/atom",
)
MIN_COMPRESS = 1000
PERSONAL_COOKIES = frozenset({SESSION_COOKIE.encode(), f"__Host-{SESSION_COOKIE}".encode(), b"notice"})
ZONE = ZoneInfo("Asia/Jakarta")
"""Where the day is counted that an answer holds for."""
READ_S = 2.0
"""How long the public version may take before the answer is made without it."""
OVERHEAD = 1500
"""Bytes that an answer costs beside its body, roughly: headers, key, the objects themselves."""


def keep_answer(request: Request) -> None:
    """Mark the answer to this request as the same for everybody until public content changes."""
    request.scope["keep_answer"] = True


def public_version_of(request: Request) -> int | None:
    """The public version that was read when this request came in, when it was."""
    version: int | None = request.scope.get("public_version")
    return version


class VersionReader(Protocol):
    """Reads the public version; None when it cannot be known, and then nothing is kept or given again."""

    async def read(self) -> int | None:
        """The version as of now or a moment after the call."""
        ...

    async def close(self) -> None:
        """Let go of the database."""
        ...


class SqliteVersion:
    """Reads the version over a connection of its own: a few microseconds, so straight on the event loop.

    Requests that were all waiting for their turn in the loop share one reading: it is forgotten behind the last of
    them, before any that comes later.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.connection: sqlite3.Connection | None = None
        self.shared = False
        self.version: int | None = None

    async def read(self) -> int | None:
        """The version as of now, or of a moment ago at which this request had come already."""
        if not self.shared:
            self.version, self.shared = self._query(), True
            asyncio.get_running_loop().call_soon(self._forget)
        return self.version

    def _forget(self) -> None:
        self.shared = False

    def _query(self) -> int | None:
        try:
            if self.connection is None:
                self.connection = sqlite3.connect(
                    f"file:{self.path}?mode=ro", uri=True, timeout=0.05, check_same_thread=False, isolation_level=None
                )
            row = self.connection.execute(QUERY).fetchone()
        except sqlite3.Error:
            self.connection = None
            return None
        return None if row is None else int(row[0])

    async def close(self) -> None:
        """Let go of the database."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class PostgresVersion:
    """Reads the version over one connection, one query for all requests that wait at the same moment.

    A request never takes an answer that was asked for before it came: it joins the next query, not the running one.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None
        self.running: asyncio.Task[int | None] | None = None
        self.following: asyncio.Task[int | None] | None = None

    async def read(self) -> int | None:
        """The version as of a moment after this call began."""
        if self.running is None or self.running.done():
            self.running = asyncio.ensure_future(self._query(None))
            return await asyncio.shield(self.running)
        if self.following is None or self.following.done() or self.following is self.running:
            self.following = asyncio.ensure_future(self._query(self.running))
        return await asyncio.shield(self.following)

    async def _query(self, before: "asyncio.Task[int | None] | None") -> int | None:
        if before is not None:
            await asyncio.wait([before])
            self.running, self.following = self.following, None
        try:
            async with asyncio.timeout(READ_S):
                if self.connection is None or self.connection.closed:
                    self.connection = await psycopg.AsyncConnection.connect(
                        self.url, autocommit=True, connect_timeout=2
                    )
                cursor = await self.connection.execute(QUERY)
                row = await cursor.fetchone()
        except (psycopg.Error, OSError):  # a timeout is an OSError too
            await self.close()
            return None
        return None if row is None else int(row[0])

    async def close(self) -> None:
        """Let go of the database."""
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.close()


def make_version_reader(settings: Settings) -> VersionReader:
    """The reader for the database that answers are made from: behind a replica's data, its version is behind too."""
    url = make_url(settings.database_read_url or settings.resolved_database_url)
    if url.get_backend_name() == "sqlite":
        return SqliteVersion(url.database or "")
    return PostgresVersion(url.set(drivername="postgresql").render_as_string(hide_password=False))


@dataclass(slots=True)
class Kept:
    """One kept answer."""

    version: int
    status: int
    headers: list[tuple[bytes, bytes]]
    etag: bytes
    body: bytes
    packed: bytes | None = None
    """Compressed; made when the first visitor who takes it asks."""

    def pack(self) -> int:
        """Make the compressed form, when there is none yet and it pays; gives the bytes that it takes."""
        if self.packed is not None or len(self.body) < MIN_COMPRESS:
            return 0
        self.packed = gzip.compress(self.body, compresslevel=5, mtime=0)
        return len(self.packed)


class AnswerKeeper:
    """Gives kept answers, keeps marked ones, adds entity tags, and compresses text."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.limit = settings.answer_cache_mb * 1024 * 1024
        self.size = 0
        self.kept: OrderedDict[tuple[str, ...], Kept] = OrderedDict()
        self.versions = make_version_reader(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET from memory, or pass it on and look at its answer."""
        if scope["type"] == "lifespan":
            try:
                await self.app(scope, receive, send)
            finally:
                await self.versions.close()
            return
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        asked = _read_request(scope)
        if asked.personal:
            await self._answer(scope, receive, send, asked, None)
            return
        version = scope["public_version"] = await self.versions.read()
        kept = self.kept.get(asked.key)
        if kept is not None and kept.version == version:
            self.kept.move_to_end(asked.key)
            scope["kept"] = True
            metrics.KEPT_ANSWERS.inc()
            if asked.accepts_gzip:
                self.size += kept.pack()
            await _give(kept, send, asked)
            return
        await self._answer(scope, receive, send, asked, version)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, asked: "Asked", version: int | None) -> None:
        start: Message | None = None
        chunks: list[bytes] = []

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if _collectable(message):
                    start = message
                    return
                await send(message)
            elif start is None:
                await send(message)
            else:
                chunks.append(message.get("body", b""))
                if message.get("more_body"):
                    return
                shared = bool(scope.get("keep_answer"))
                body, public = b"".join(chunks), shared and not asked.personal
                answer = _tag(start, body, version or 0, scope["path"], shared=public)
                if asked.accepts_gzip:
                    answer.pack()
                if version is not None and shared and start["status"] == 200:  # noqa: PLR2004
                    self._keep(asked.key, answer)
                await _give(answer, send, asked)

        await self.app(scope, receive, collect)

    def _keep(self, key: tuple[str, ...], answer: Kept) -> None:
        cost = _cost(key, answer)
        old = self.kept.pop(key, None)
        if old is not None:
            self.size -= _cost(key, old)
        if cost * 8 > self.limit:
            return  # One giant must not push out everything else.
        self.kept[key] = answer
        self.size += cost
        while self.size > self.limit:
            gone_key, gone = self.kept.popitem(last=False)
            self.size -= _cost(gone_key, gone)


def _cost(key: tuple[str, ...], answer: Kept) -> int:
    return len(answer.body) + len(answer.packed or b"") + sum(map(len, key)) + OVERHEAD


@dataclass(slots=True)
class Asked:
    """What of a request decides which answer it gets."""

    key: tuple[str, ...]
    personal: bool
    accepts_gzip: bool
    none_match: bytes


def _day_of(scope: Scope) -> str:
    """The day that an answer to a request holds for, by the application's clock."""
    return clock_of(scope["app"])().astimezone(ZONE).date().isoformat()


def _read_request(scope: Scope) -> Asked:
    accepts_gzip = personal = False
    language = none_match = b""
    cookies: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accepts_gzip = _accepts_gzip(value)
        elif name == b"accept-language":
            language = value
        elif name == b"if-none-match":
            none_match = value
        elif name == b"authorization":
            personal = True
        elif name == b"cookie":
            pairs = (part.strip().partition(b"=") for part in value.split(b";"))
            cookies.update((key, content) for key, _, content in pairs)
    personal = personal or not PERSONAL_COOKIES.isdisjoint(cookies)
    currency, locale = cookies.get(b"currency", b""), cookies.get(b"locale", b"")
    negotiated = (negotiate(language.decode("latin-1")) or DEFAULT_LANGUAGE).value if language else ""
    path: str = scope["path"]
    if not path.startswith("/api/"):
        negotiated += locale.decode("latin-1")
    key = (path, scope["query_string"].decode("latin-1"), negotiated, currency.decode("latin-1"), _day_of(scope))
    return Asked(key, personal, accepts_gzip, none_match)


def _accepts_gzip(value: bytes) -> bool:
    for part in value.lower().split(b","):
        coding, _, weight = part.partition(b";")
        if coding.strip() in {b"gzip", b"*"}:
            return weight.replace(b" ", b"") not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}
    return False


def _collectable(start: Message) -> bool:
    """Text of which we may make a tagged, compressed answer; files and streams pass through as they are."""
    kind = tagged = b""
    for name, value in start["headers"]:
        if name == b"content-type":
            kind = value
        elif name in {b"content-encoding", b"content-disposition"}:
            tagged = value
    return not tagged and kind.decode("latin-1").startswith(COMPRESSIBLE)


def _tag(start: Message, body: bytes, version: int, path: str, *, shared: bool) -> Kept:
    etag = b""
    headers = []
    vary = [b"Accept-Encoding"]
    cached = False
    for name, value in start["headers"]:
        if name == b"etag":
            etag = value
        elif name == b"vary":
            vary.append(value)
        elif name != b"content-length":
            cached = cached or name == b"cache-control"
            headers.append((name, value))
    if path.startswith("/api/"):
        vary.append(b"Accept-Language, Authorization")
    elif not path.startswith("/static/"):
        vary.append(b"Accept-Language, Cookie")
    if not cached:
        # Caches may keep what is the same for everybody, and ask each time whether it still holds.
        headers.append((b"cache-control", b"public, no-cache" if shared else b"private, no-cache"))
    # Weak: the compressed and the plain form of a text carry the same tag.
    etag = etag or b'W/"' + hashlib.blake2b(body, digest_size=12).hexdigest().encode() + b'"'
    headers += [(b"etag", etag), (b"vary", b", ".join(vary))]
    return Kept(version=version, status=start["status"], headers=headers, etag=etag, body=body)


async def _give(kept: Kept, send: Send, asked: Asked) -> None:
    if asked.none_match and kept.status == 200 and matches(asked.none_match, kept.etag):  # noqa: PLR2004
        headers = [pair for pair in kept.headers if pair[0] != b"content-type"]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    body, headers = kept.body, kept.headers
    if asked.accepts_gzip and kept.packed is not None:
        body = kept.packed
        headers = [*headers, (b"content-encoding", b"gzip")]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": kept.status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


def matches(none_match: bytes, etag: bytes) -> bool:
    """Whether an ``If-None-Match`` header names this entity tag (weak comparison, RFC 9110 section 8.8.3.2)."""
    if none_match.strip() == b"*":
        return True
    wanted = [tag.strip().removeprefix(b"W/") for tag in none_match.split(b",")]
    return etag.removeprefix(b"W/") in wanted
