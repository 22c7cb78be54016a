"""How soon a page stands on a cheap phone far away, and how fast it answers a finger: a throttled browser."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from tests.support.browser import launch

MAKERS = 51
ROUNDS = 3
SLOWER = 4
"""How many times slower the processor is made."""
NETWORK = {
    "offline": False,
    "latency": 300,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
PAGES = {
    "home, Korean": "/ko",
    "category, Spanish": "/es/categories/food",
    "search, English": "/en/products?q=batik",
    "product, Malay": "/ms/products/{slug}",
    "maker, Indonesian": "/id/makers/{maker}",
}
LCP_MS, CLS, INP_MS = 2000, 0.02, 100
OBSERVE = """
window.seen = {lcp: 0, cls: 0, inp: 0};
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.seen.lcp = entry.startTime;
}).observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.seen.cls += entry.value;
}).observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(list => {
  for (const entry of list.getEntries())
    if (entry.interactionId) window.seen.inp = Math.max(window.seen.inp, entry.duration);
}).observe({type: 'event', durationThreshold: 16, buffered: true});
"""


@dataclass(frozen=True)
class Seen:
    """What one visit saw."""

    lcp_ms: float
    cls: float
    inp_ms: float
    """The slowest of the answers to taps and keys; at most 16 when all were faster than can be seen."""
    requests: int
    kilobytes: float


def measure(folder: Path) -> bool:
    """Visit each page a few times with an empty cache and print the medians; says whether all targets are met."""
    met = True
    with _installation(folder) as address, launch() as browser:
        goods = _first(address, "/api/v1/products?limit=1", "slug")
        maker = _first(address, "/api/v1/businesses?limit=1", "slug")
        print(f"\n### A phone: 1.6 Mbit/s, 300 ms, processor ÷ {SLOWER}, 360 × 740 (load {os.getloadavg()[0]:.1f})\n")
        print(f"| page | LCP ≤ {LCP_MS} ms | CLS ≤ {CLS} | INP ≤ {INP_MS} ms | requests | kB | met |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for name, path in PAGES.items():
            where = address + path.format(slug=goods, maker=maker)
            visits = [_visit(browser, where) for _ in range(ROUNDS)]
            seen = Seen(*(statistics.median(values) for values in zip(*map(astuple, visits), strict=True)))
            good = seen.lcp_ms <= LCP_MS and seen.cls <= CLS and seen.inp_ms <= INP_MS
            met &= good
            print(
                f"| {name} | {seen.lcp_ms:.0f} | {seen.cls:.3f} | {seen.inp_ms:.0f} | {seen.requests:.0f} "
                f"| {seen.kilobytes:.0f} | {'yes' if good else 'NO'} |",
                flush=True,
            )
    return met


def _visit(browser: Browser, where: str) -> Seen:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    try:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", NETWORK)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        sizes: list[float] = []
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.add_init_script(OBSERVE)
        page.goto(where, wait_until="load")
        page.wait_for_timeout(500)
        requests, kilobytes = len(sizes), sum(sizes) / 1000
        lcp = page.evaluate("window.seen.lcp")  # touching the page ends its measurement
        _touch(page)
        seen = page.evaluate("window.seen")
        return Seen(lcp, seen["cls"], max(16, seen["inp"]), requests, kilobytes)
    finally:
        context.close()


def _touch(page: Page) -> None:
    """What a visitor does without leaving: opens what can be opened, and types into the search field."""
    for summary in page.locator("summary:visible").all()[:3]:
        for _ in ("open", "close"):
            with contextlib.suppress(PlaywrightError):  # one that moved away under the finger
                summary.tap(timeout=2000)
            page.wait_for_timeout(150)
    page.evaluate("window.scrollTo(0, 0)")
    field = page.locator("input[type=search]:visible").first
    if field.count():
        field.tap(position={"x": 30, "y": 20})
        page.keyboard.type("kopi", delay=120)
    page.wait_for_timeout(400)


def _first(address: str, path: str, key: str) -> str:
    with urllib.request.urlopen(address + path, timeout=20) as answer:  # noqa: S310 - our own server
        return str(json.load(answer)["items"][0][key])


@contextlib.contextmanager
def _installation(folder: Path) -> Iterator[str]:
    """An installation with the sample goods, served for the time of the block."""
    shutil.rmtree(folder, ignore_errors=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "LB_DATA_DIR": str(folder),
        "LB_PORT": str(port),
        "LB_RATES_URL": "",
        "LB_LOG_LEVEL": "WARNING",
        "LB_DEMO_MAKERS": str(MAKERS),
    }
    for command in ("migrate", "demo"):
        subprocess.run([sys.executable, "-m", "app", command], env=environment, check=True, capture_output=True)
    process = subprocess.Popen([sys.executable, "-m", "app", "serve"], env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == http.HTTPStatus.OK:
                    break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            finally:
                connection.close()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
