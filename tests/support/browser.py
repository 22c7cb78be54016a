"""A Chromium for the browser journeys: the machine's, else Playwright's, else Debian's when we may install it."""

import contextlib
import fcntl
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

BROWSER_VARIABLE = "LB_TEST_CHROMIUM"
INSTALL_SECONDS = 300

# Everything that would reach outside or needs a screen, a graphics card or user namespaces is off.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class ChromiumUnavailableError(RuntimeError):
    """No Chromium was found and none could be installed; the message says what to install or set."""


@functools.cache
def chromium_path() -> Path:
    """A Chromium that starts on this machine.

    Looked for in this order: ``LB_TEST_CHROMIUM``, the PATH, Playwright's own folder; then installed by Playwright, or
    from Debian's packages when we are root.

    Raises ChromiumUnavailableError when all of that fails, or when ``LB_TEST_CHROMIUM`` names something that does not
    start.
    """
    if named := os.environ.get(BROWSER_VARIABLE, ""):
        if _starts(Path(named)):
            return Path(named)
        message = f"{BROWSER_VARIABLE}={named} does not start as a Chromium."
        raise ChromiumUnavailableError(message)
    # Parallel test processes must not install side by side.
    with (Path(sys.prefix) / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path := _find():
            return path
        complaints = [_install_from_playwright()]
        if path := _find():
            return path
        complaints.append(_install_from_debian())
        if path := _find():
            return path
    message = f"No Chromium for the browser journeys: install one, or name one in {BROWSER_VARIABLE}."
    raise ChromiumUnavailableError("\n".join([message, *complaints]))


@contextlib.contextmanager
def launch() -> Iterator[Browser]:
    """A headless browser for the time of the block. Raises ChromiumUnavailableError."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def _find() -> Path | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found and _starts(Path(found)):
            return Path(found)
    return next((path for path in _playwright_browsers() if _starts(path)), None)


def _playwright_browsers() -> list[Path]:
    with sync_playwright() as playwright:
        whole = Path(playwright.chromium.executable_path)
    # `playwright install` puts the small headless build into a folder beside that of the whole browser.
    browsers = whole.parents[2] if len(whole.parents) > 2 else whole.parent
    small = sorted(browsers.glob("chromium_headless_shell-*/*/*headless*shell"), reverse=True)
    return [whole, *small]


def _starts(path: Path) -> bool:
    """Whether it runs at all: a snap's stub or a browser without its libraries does not."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _install_from_playwright() -> str:
    return _run([sys.executable, "-m", "playwright", "install", "chromium"])


def _install_from_debian() -> str:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "apt-get: needs root on Debian or Ubuntu."
    refreshed = _run(["apt-get", "update"])
    packages = ["chromium", "fonts-noto-cjk"]  # Korean pages need the glyphs; the other ways take what the machine has.
    return refreshed + _run(["apt-get", "install", "-y", "--no-install-recommends", *packages])


def _run(command: list[str]) -> str:
    """Run an installer; gives the end of what it said, for the case that it did not help."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{' '.join(command)}: {error}\n"
    return f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-1000:]}\n"
