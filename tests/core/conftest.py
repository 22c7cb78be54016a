"""The application on a real server and a database of its own, with the probe's routes beside the real ones."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import func
from sqlmodel import col, select

from app.core.config import Settings
from app.core.database import Database
from app.core.limits import RateWindow
from app.main import create_app
from tests.core import probe


@dataclass(frozen=True)
class Live:
    """A running server."""

    url: str
    application: FastAPI
    settings: Settings

    @property
    def database(self) -> Database:
        database: Database = self.application.state.database
        return database

    def client(self, **arguments: Any) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=20, trust_env=False, verify=False, **arguments)

    def count(self, prefix: str) -> int:
        """How many things whose key begins so are really in the database."""
        with self.database.reading() as session:
            statement = select(func.count()).select_from(RateWindow).where(col(RateWindow.key).startswith(prefix))
            return session.exec(statement).one()


def make_settings(folder: Path, database_url: str, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "data_dir": folder,
        "database_url": database_url,
        "media_url": (folder / "media").as_uri(),
        "base_url": "http://testserver",
        "rates_url": "",
        "queue_url": "memory:",
        "log_level": "ERROR",
    }
    return Settings(_env_file=None, **(values | changes))


@contextmanager
def serving(settings: Settings) -> Iterator[Live]:
    """The application answering on a port of this machine."""
    application = create_app(settings)
    application.include_router(probe.router)
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=0,
        access_log=False,
        log_level="error",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Live(f"http://127.0.0.1:{port}", application, settings)
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="session")
def live_database(empty_database: Callable[[str], str]) -> str:
    """A database in which everything is really committed."""
    return empty_database("live")


@pytest.fixture(scope="session")
def live(live_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The application with answers kept."""
    with serving(make_settings(tmp_path_factory.mktemp("live"), live_database)) as live:
        yield live


def at_once(number: int, act: Callable[[int], Any]) -> list[Any]:
    """The results of so many calls that begin at the same moment, each in a thread; what they raise is raised here."""
    results: list[Any] = [None] * number
    faults: list[BaseException] = []
    gate = threading.Barrier(number)

    def run(place: int) -> None:
        gate.wait(20)
        try:
            results[place] = act(place)
        except BaseException as error:  # noqa: BLE001 - raised again below
            faults.append(error)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if faults:
        raise faults[0]
    return results
