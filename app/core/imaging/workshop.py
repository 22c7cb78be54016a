"""The caller's side of picture work: children with limits, asked one job at a time."""

import contextlib
import hashlib
import json
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from app.core.imaging.refusals import MAX_BYTES, MAX_PIXELS, PictureRefused
from app.core.imaging.signatures import PictureFormat, sniff

WIDTHS = (320, 640, 1080)
"""The widths of what is served, in pixels."""
READING_WIDTH = 1600
"""The width of a photographed paper that is shown to be read: A4 at nearly 200 dots an inch."""

_CHILD = Path(__file__).with_name("darkroom.py")
# Room for the costliest decoder on a picture of MAX_PIXELS: WebP with transparency takes 900 MiB.
_MEMORY_BYTES = 1536 * 1024**2
_START_SECONDS = 30.0
_MAX_REPLY_HEADER = 64 * 1024
# A web worker's threads may all receive pictures at once; their children together must not fill the machine.
_ONE_SHOTS = threading.BoundedSemaphore(2)


class DerivativeFormat(StrEnum):
    """The formats that are served, best first."""

    AVIF = "avif"
    WEBP = "webp"
    JPEG = "jpeg"

    @property
    def mime(self) -> str:
        """The media type, such as ``image/avif``."""
        return f"image/{self.value}"


@dataclass(frozen=True)
class Inspected:
    """What an accepted upload is. Width and height are in pixels and of the picture set upright."""

    mime: str
    width: int
    height: int
    sha256: str


@dataclass(frozen=True)
class Derivative:
    """One file to serve: sRGB, upright, without metadata. ``sha256`` is of ``data``, in hexadecimal."""

    format: DerivativeFormat
    width: int
    height: int
    data: bytes
    sha256: str


class _Garbled(Exception):
    """The child ended, or said something that is no reply."""


@dataclass(frozen=True)
class _Reply:
    header: dict[str, Any]
    files: tuple[bytes, ...]


class _Child:
    """One child process, started when first asked and again after it was lost. Not for use by two threads at once."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, job: dict[str, Any], data: bytes, *, seconds: float) -> _Reply:
        """The child's reply. Raises PictureRefused when the child refuses, dies of the picture or takes too long."""
        process = self._running()
        header = json.dumps({**job, "bytes": len(data), "seconds": seconds}).encode()
        with self._killed_after(seconds, process) as late:
            try:
                _write(process.stdin, struct.pack(">I", len(header)) + header, data)
                reply = _read_reply(process.stdout)
            except (_Garbled, OSError) as error:
                status = self.stop()
                refusal = PictureRefused("too_slow" if late.is_set() or status == -signal.SIGXCPU else "damaged")
                refusal.add_note(f"the child ended with status {status}")
                raise refusal from error
        if late.is_set():
            self.stop()
        if code := reply.header.get("refused"):
            refusal = PictureRefused(code)
            refusal.add_note(str(reply.header.get("detail", "")))
            raise refusal
        return reply

    def stop(self) -> int | None:
        """End the process and whatever it started; its exit status, or None when there was none."""
        process, self._process = self._process, None
        if process is None:
            return None
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
        # A child that closed its pipe by itself is about to end: its own status tells why it did.
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=1)
        _kill(process)
        return process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process and self._process.poll() is None:
            return self._process
        self.stop()
        # Neither secrets nor settings of the server reach the child: -I ignores the environment and it gets none.
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-I", str(_CHILD), str(_MEMORY_BYTES), str(MAX_PIXELS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Every thread of the allocator would reserve address space of its own.
            env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
            cwd="/",
            start_new_session=True,
        )
        self._process = process
        with self._killed_after(_START_SECONDS, process):
            try:
                _read_reply(process.stdout)
            except (_Garbled, OSError) as error:
                status = self.stop()
                message = f"the picture process did not start (status {status}); its own words are on standard error"
                raise RuntimeError(message) from error
        return process

    @staticmethod
    @contextlib.contextmanager
    def _killed_after(seconds: float, process: subprocess.Popen[bytes]) -> Iterator[threading.Event]:
        """Kill the process when the block takes longer; the event tells whether that happened."""
        late = threading.Event()

        def end() -> None:
            late.set()
            _kill(process)

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()
            timer.join()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the process with its whole group. Until it has been waited for, nothing else can get its number."""
    with contextlib.suppress(ProcessLookupError):
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)


def _write(pipe: IO[bytes] | None, *parts: bytes) -> None:
    assert pipe is not None  # noqa: S101 - Popen was given a pipe
    for part in parts:
        pipe.write(part)
    pipe.flush()


def _read_exactly(pipe: IO[bytes], count: int) -> bytes:
    data = pipe.read(count)
    if len(data) != count:
        raise _Garbled
    return data


def _read_reply(pipe: IO[bytes] | None) -> _Reply:
    """One reply. The child may have been taken over by what it decoded, so nothing it says is believed unchecked."""
    assert pipe is not None  # noqa: S101 - Popen was given a pipe
    length = struct.unpack(">I", _read_exactly(pipe, 4))[0]
    if length > _MAX_REPLY_HEADER:
        raise _Garbled
    try:
        header = json.loads(_read_exactly(pipe, length))
        sizes = [int(file["bytes"]) for file in header.get("files", ())]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _Garbled from error
    if any(not 0 < size <= MAX_BYTES for size in sizes):
        raise _Garbled
    return _Reply(header, tuple(_read_exactly(pipe, size) for size in sizes))


def _admit(data: bytes) -> PictureFormat:
    """The format of a file that is worth a child's time. Raises PictureRefused for the rest."""
    if len(data) > MAX_BYTES:
        raise PictureRefused("too_large")
    return sniff(data)


class Workshop:
    """A number of children that stay for many pictures, as a context manager; safe to share between threads.

    A picture that ends its child is refused alone: the child is replaced for the next one.
    """

    def __init__(self, children: int = 2) -> None:
        self._count = children
        self._idle: queue.LifoQueue[_Child] = queue.LifoQueue()
        for _ in range(children):
            self._idle.put(_Child())

    def __enter__(self) -> Self:
        """Children start when they are first needed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for work in hand, then end the children."""
        for _ in range(self._count):
            self._idle.get().stop()

    def inspect(self, data: bytes, *, timeout_s: float = 10.0) -> Inspected:
        """See `inspect`."""
        kind = _admit(data)
        header = self._ask({"derive": False, "format": kind, "widths": WIDTHS}, data, timeout_s).header
        return Inspected(kind.mime, header["width"], header["height"], hashlib.sha256(data).hexdigest())

    def derive(self, data: bytes, *, timeout_s: float = 60.0) -> list[Derivative]:
        """See `derive`."""
        return self._made(data, WIDTHS, tuple(DerivativeFormat), timeout_s)

    def reprint(self, data: bytes, *, timeout_s: float = 20.0) -> Derivative:
        """See `reprint`."""
        made = self._made(data, (READING_WIDTH,), (DerivativeFormat.JPEG,), timeout_s)
        if not made:
            raise PictureRefused("damaged")
        return made[0]

    def _made(
        self, data: bytes, widths: tuple[int, ...], formats: tuple[DerivativeFormat, ...], timeout_s: float
    ) -> list[Derivative]:
        job = {"derive": True, "format": _admit(data), "widths": widths, "formats": formats}
        reply = self._ask(job, data, timeout_s)
        return [
            Derivative(
                DerivativeFormat(entry["format"]),
                entry["width"],
                entry["height"],
                file,
                hashlib.sha256(file).hexdigest(),
            )
            for entry, file in zip(reply.header["files"], reply.files, strict=True)
        ]

    def derive_many(
        self, pictures: Iterable[bytes], *, timeout_s: float = 60.0
    ) -> Iterator[list[Derivative] | PictureRefused]:
        """What `derive` gives or why it refuses, for each picture in order; as many at once as there are children.

        Pictures are taken from the iterable only a few ahead of the results, so that it may be longer than memory.
        """

        def one(data: bytes) -> list[Derivative] | PictureRefused:
            try:
                return self.derive(data, timeout_s=timeout_s)
            except PictureRefused as refused:
                return refused

        with ThreadPoolExecutor(self._count, "pictures") as threads:
            waiting: deque[Future[list[Derivative] | PictureRefused]] = deque()
            try:
                for data in pictures:
                    waiting.append(threads.submit(one, data))
                    if len(waiting) > 2 * self._count:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _ask(self, job: dict[str, Any], data: bytes, seconds: float) -> _Reply:
        child = self._idle.get()
        try:
            return child.ask(job, data, seconds=seconds)
        finally:
            self._idle.put(child)


@contextlib.contextmanager
def _one_shot(timeout_s: float) -> Iterator[Workshop]:
    """A workshop for one picture. Raises PictureRefused ``busy`` when its turn does not come in time."""
    if not _ONE_SHOTS.acquire(timeout=timeout_s):
        raise PictureRefused("busy")
    try:
        with Workshop(children=1) as workshop:
            yield workshop
    finally:
        _ONE_SHOTS.release()


def inspect(data: bytes, *, timeout_s: float = 10.0) -> Inspected:
    """What an upload is, once the whole of it has been decoded in a child process.

    What is accepted here is decoded and scaled exactly as `derive` will, so a picture accepted now does not fail later.
    Raises PictureRefused, within about ``timeout_s`` seconds (twice that when others are before it) and whatever the
    bytes are. Of an animation the first frame is the picture.
    """
    with _one_shot(timeout_s) as workshop:
        return workshop.inspect(data, timeout_s=timeout_s)


def derive(data: bytes, *, timeout_s: float = 60.0) -> list[Derivative]:
    """The files to serve for a picture, made in a child process: narrowest first, each width as AVIF, WebP and JPEG.

    Upright, sRGB, without metadata. Transparency is kept in AVIF and WebP and laid on the paper colour in JPEG. Nothing
    is enlarged: a picture narrower than a width of `WIDTHS` has its own width as its largest. One so tall that
    its height would pass 4096 pixels is made narrower. Raises PictureRefused as `inspect` does.
    """
    with _one_shot(timeout_s) as workshop:
        return workshop.derive(data, timeout_s=timeout_s)


def reprint(data: bytes, *, timeout_s: float = 20.0) -> Derivative:
    """One JPEG of at most `READING_WIDTH` pixels, made in a child process, to show a photographed paper by.

    Upright, sRGB, without metadata, never enlarged. Raises PictureRefused as `inspect` does.
    """
    with _one_shot(timeout_s) as workshop:
        return workshop.reprint(data, timeout_s=timeout_s)
