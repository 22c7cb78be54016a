"""Servers to measure and wrk to load them: each in a process of its own."""

import contextlib
import http.client
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).parent / "paths.lua"
READY_S = 60


@dataclass(frozen=True)
class Result:
    """What one run of wrk saw."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    errors: int


def middle(results: Iterable[Result]) -> Result:
    """The median of each figure; all errors."""
    runs = list(results)
    return Result(
        *(
            statistics.median(getattr(run, name) for run in runs)
            for name in ("per_second", "p50_ms", "p95_ms", "p99_ms")
        ),
        errors=sum(run.errors for run in runs),
    )


@dataclass(frozen=True)
class Server:
    """A server that is running."""

    port: int
    pid: int

    def rss_mb(self) -> float:
        """Resident memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0

    def get(self, path: str) -> bytes:
        """One answer's body.

        Raises:
            RuntimeError: for anything but a 200.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return body


@contextlib.contextmanager
def serving(factory: str, environment: Mapping[str, str], probe: str) -> Iterator[Server]:
    """One worker of an app, by the same uvicorn settings for all; ready when ``probe`` is answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port), "--no-access-log"]
    command += ["--log-level", "warning", "--loop", "uvloop", "--http", "httptools", "--no-server-header"]
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    server = Server(port, process.pid)
    try:
        deadline = time.monotonic() + READY_S
        while True:
            try:
                server.get(probe)
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wrk(server: Server, paths: Path, *, connections: int, seconds: int, offset: int = 0) -> Result:
    """Ask for the paths of a file, one after the other from line ``offset`` on, and from the start again."""
    answer = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT),  # noqa: S607
         f"http://127.0.0.1:{server.port}/"],
        env={**os.environ, "LB_BENCH_PATHS": str(paths), "LB_BENCH_OFFSET": str(offset)},
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=True,
    ).stdout  # fmt: skip
    found = re.search(r"RESULT requests=(\d+) us=(\d+) p50=(\d+) p95=(\d+) p99=(\d+) errors=(\d+)", answer)
    if found is None:
        raise RuntimeError(answer)
    requests, micros, p50, p95, p99, errors = map(int, found.groups())
    return Result(requests * 1e6 / micros, p50 / 1000, p95 / 1000, p99 / 1000, errors)
