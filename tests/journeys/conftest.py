"""A market with sample goods, served for real, and a browser to walk through it."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from app.demo import loader
from tests.support.browser import launch

MAKERS = 14
"""How many of the sample makers: enough for every kind of page, few enough to be quick."""
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
SCREENSHOTS = Path("test-results/screenshots")


@dataclass(frozen=True)
class Market:
    """A running installation."""

    url: str
    data_dir: Path
    environment: dict[str, str]

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the installation's commands."""
        return subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )

    def mails(self) -> list[str]:
        """Mails delivered so far, oldest first."""
        return [path.read_text(encoding="utf-8") for path in sorted((self.data_dir / "mail").glob("*.eml"))]


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """Server and worker on a new SQLite database with sample makers and goods."""
    data_dir = tmp_path_factory.mktemp("market")
    port = free_port()
    environment = {
        **os.environ,
        "LB_DATA_DIR": str(data_dir),
        "LB_HOST": "127.0.0.1",
        "LB_PORT": str(port),
        "LB_RATES_URL": "",
        "LB_LOG_LEVEL": "WARNING",
        "LB_DEMO_MAKERS": str(MAKERS),
    }
    market = Market(f"http://127.0.0.1:{port}", data_dir, environment)
    market.command("migrate")
    market.command("demo")
    with contextlib.ExitStack() as stack:
        for name in ("serve", "worker"):
            log = stack.enter_context((data_dir / f"{name}.log").open("wb"))
            process = subprocess.Popen([sys.executable, "-m", "app", name], env=environment, stdout=log, stderr=log)
            stack.callback(_stop, process)
        _wait(market)
        yield market
    faults = [line for line in (data_dir / "serve.log").read_text().splitlines() if '"fault"' in line]
    assert not faults, faults[:3]


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=10)


def _wait(market: Market) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{market.url}/readyz", timeout=2) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError((market.data_dir / "serve.log").read_text())


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    with launch() as browser:
        yield browser


class Watch:
    """What a page must never do: errors in the console, refused content, requests to other places."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.faults: list[str] = []

    def follow(self, page: Page) -> None:
        """Watch a page."""
        page.on("console", lambda message: self._note("console", message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._note("script", str(error)))
        page.on("request", lambda request: self._check(request.url))
        page.on("dialog", lambda dialog: (self._note("dialog", dialog.message), dialog.dismiss()))

    def _note(self, kind: str, text: str) -> None:
        # A refused form answers 422 and a missing page 404: the browser writes those into its console, rightly.
        if not text.startswith("Failed to load resource"):
            self.faults.append(f"{kind}: {text}")

    def _check(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "blob:")):
            self.faults.append(f"outside request: {url}")


@pytest.fixture
def open_page(market: Market, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages as one visitor; at the end nothing may have gone wrong in any of them."""
    contexts: list[BrowserContext] = []
    watch = Watch(market.url)

    def open_one(*, phone: bool = True, scripts: bool = True, dark: bool = False, locale: str = "en-US") -> Page:
        context = chromium.new_context(
            base_url=market.url,
            viewport=PHONE if phone else DESK,
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            locale=locale,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        watch.follow(page)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert watch.faults == []


def sign_in(page: Page, role: str, *, language: str = "en") -> None:
    """Sign in as one of the sample people."""
    login = next(each for each in loader.LOGINS if each.role == role)
    page.goto(f"/{language}/sign-in")
    page.fill("input[name=email]", login.email)
    page.fill("input[name=password]", loader.PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)
