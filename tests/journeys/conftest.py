"""A market with sample goods, served for real, and a browser to walk through it."""

import contextlib
import datetime as dt
import email
import email.policy
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Response, ViewportSize
from sqlmodel import Session

from app.accounts import service as accounts
from app.accounts.models import Side
from app.accounts.subjects import Command
from app.businesses import service as businesses
from app.businesses.models import Business, Scale
from app.businesses.schemas import BusinessStart
from app.core.config import Settings
from app.core.database import Database
from app.core.languages import Language
from app.demo import loader
from tests.support.browser import launch

MAKERS = 9
"""How many of the sample makers: with coffee, with one who waits for the city, and quick to draw."""
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}
SCREENSHOTS = Path("test-results/screenshots")
COMMAND = Command(label="journeys")
OpenPage = Callable[..., Page]


@dataclass(frozen=True)
class Market:
    """A running installation."""

    url: str
    data_dir: Path
    environment: dict[str, str]
    cookies: dict[str, Any] = field(default_factory=dict)
    """The session's cookies by address of the person, so that each signs in once."""

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

    def mails(self, to: str = "") -> list[str]:
        """Texts of the mails delivered so far, oldest first; to one address when it is named."""
        messages = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((self.data_dir / "mail").glob("*.eml"))
        ]
        return [message.get_content() for message in messages if to in str(message["To"])]

    def wait_for_mail(self, to: str, part: str) -> str:
        """The newest mail to this address that has these words in it. Raises AssertionError after a minute."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if found := [text for text in self.mails(to) if part in text]:
                return found[-1]
            time.sleep(0.1)
        raise AssertionError(f"No mail to {to} with {part!r}: {self.mails(to)}")

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction on the installation's database, as a command would have it."""
        database = Database(Settings(data_dir=self.data_dir))
        try:
            with database.writing() as session:
                yield session
        finally:
            database.dispose()

    def add_waiting_maker(self, name: str, address: str, nib: str, *, language: Language = Language.ID) -> str:
        """A maker who has sent her profile to the city, with a person who can sign in; gives her slug."""
        now = dt.datetime.now(dt.UTC)
        with self.writing() as session:
            user = accounts.create_user(
                session,
                actor=COMMAND,
                email=address,
                name=name,
                password=loader.PASSWORD,
                language=language,
                side=Side.MAKER,
                now=now,
            )
            business: Business = businesses.start_business(
                session,
                actor=COMMAND,
                data=BusinessStart(
                    brand=name,
                    legal_name=f"CV {name}",
                    nib=nib,
                    kbli=["15121"],
                    scale=Scale.MICRO,
                    kecamatan_code="32.73.02",
                    story="Kami menjahit dompet kulit di Bandung sejak 2012.",
                ),
                owner_id=user.id,
                now=now,
            )
            businesses.submit_business(session, actor=COMMAND, business=business, now=now)
            return business.slug


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
        **{name: value for name, value in os.environ.items() if not name.startswith("LB_")},
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
    with serving(market, "serve"), serving(market, "worker"):
        wait_until_ready(market)
        yield market
    faults = [line for line in (data_dir / f"serve-{port}.log").read_text().splitlines() if '"fault"' in line]
    assert not faults, faults[:3]


@contextlib.contextmanager
def serving(market: Market, name: str) -> Iterator[None]:
    """A server or a worker of this installation for the time of the block."""
    with (market.data_dir / f"{name}-{market.environment['LB_PORT']}.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "app", name], env=market.environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=10)


def wait_until_ready(market: Market) -> None:
    """Return when the server answers. Raises AssertionError with its log after a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{market.url}/readyz", timeout=2) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    log = market.data_dir / f"serve-{market.environment['LB_PORT']}.log"
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    with launch() as browser:
        yield browser


class Watch:
    """What a page must never do: errors in the console, refused content, requests to other places."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def follow(self, page: Page, origin: str) -> None:
        """Watch a page."""
        page.on("console", lambda message: self._note("console", message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._note("script", str(error)))
        page.on("request", lambda request: self._check(request.url, origin))
        page.on("response", self._check_answer)
        page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Dialog) -> None:
        self._note("dialog", dialog.message)
        dialog.dismiss()

    def _note(self, kind: str, text: str) -> None:
        # A refused form answers 422 and a missing page 404: the browser writes those into its console, rightly.
        if not text.startswith("Failed to load resource"):
            self.faults.append(f"{kind}: {text}")

    def _check_answer(self, answer: Response) -> None:
        # A page itself may be missing or refuse a form, as some journeys want; what it is made of may not.
        if answer.status >= 400 and answer.request.resource_type != "document":
            self.faults.append(f"{answer.status}: {answer.url}")

    def _check(self, url: str, origin: str) -> None:
        if not url.startswith((f"{origin}/", "data:", "blob:")):
            self.faults.append(f"outside request: {url}")


@pytest.fixture
def open_page(market: Market, chromium: Browser) -> Iterator[OpenPage]:
    """Opens pages as one visitor; at the end nothing may have gone wrong in any of them."""
    contexts: list[BrowserContext] = []
    watch = Watch()

    def open_one(
        *, phone: bool = True, scripts: bool = True, dark: bool = False, locale: str = "en-US", origin: str = market.url
    ) -> Page:
        context = chromium.new_context(
            base_url=origin,
            viewport=PHONE if phone else DESK,
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            locale=locale,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        watch.follow(page, origin)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert watch.faults == []


def enter(page: Page, address: str, *, language: str = "en") -> None:
    """Sign in by the form."""
    page.goto(f"/{language}/sign-in")
    page.fill("input[name=email]", address)
    page.fill("input[name=password]", loader.PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def sign_in(market: Market, page: Page, role: str) -> None:
    """Be one of the sample people; only the first time by the form."""
    address = next(each.email for each in loader.LOGINS if each.role == role)
    if address not in market.cookies:
        enter(page, address)
        market.cookies[address] = page.context.cookies()
    page.context.clear_cookies()
    page.context.add_cookies(market.cookies[address])
