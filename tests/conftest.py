"""Real databases for every test: a schema made by the migrations, each test in one transaction that is rolled back.

``LB_TEST_DATABASE`` chooses ``sqlite`` (the default) or ``postgresql``; the whole suite runs on both.
"""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlmodel import Session

from app.catalogue.misses import MissLog
from app.core.config import ROOT, Settings
from app.core.database import Database, make_engine
from app.core.storage import Storage
from app.core.web import now_utc
from app.main import create_app
from tests.support.postgres import start_postgres

KIND = os.environ.get("LB_TEST_DATABASE", "sqlite")
NOON = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)
"""Noon in Bandung on the day most tests play."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is said of the other database: it is no test that could be run here, so it is none skipped."""
    chosen: list[pytest.Item] = []
    other: list[pytest.Item] = []
    for item in items:
        mark = item.get_closest_marker("only_on")
        (chosen if mark is None or KIND in mark.args else other).append(item)
    if other:
        config.hook.pytest_deselected(items=other)
        items[:] = chosen


def migrate(url: str) -> None:
    """Bring a database to the newest version."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    command.upgrade(config, "head")


def data_folder() -> Path:
    """Where reference data for tests lies, when it does."""
    return Path(os.environ.get("LB_TEST_DATA_DIR", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server for this run."""
    with start_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def empty_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Makes a new, migrated database of the kind under test and gives its URL."""

    def make(name: str) -> str:
        if KIND == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('database') / name}.sqlite3"
        else:
            server = request.getfixturevalue("server_url")
            worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
            database = f"lb_{name}_{worker}_{os.getpid()}"
            admin = create_engine(server, isolation_level="AUTOCOMMIT")
            with admin.connect() as connection:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{database}"'))
                connection.execute(text(f'CREATE DATABASE "{database}"'))
            admin.dispose()
            url = make_url(server).set(database=database).render_as_string(hide_password=False)
        migrate(url)
        return url

    return make


@pytest.fixture(scope="session")
def database_url(empty_database: Callable[[str], str]) -> str:
    """The database that tests share, each rolling back what it did."""
    return empty_database("shared")


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of the shared database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """One connection with one transaction, rolled back after the test."""
    with engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        if transaction.is_active:
            transaction.rollback()


class OneConnection(Database):
    """Every session of the application joins the test's own transaction by savepoints."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.engine = self.read_engine = connection.engine

    def session(self, *, write: bool) -> Session:  # noqa: ARG002 - one transaction serves both
        return Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)

    def dispose(self) -> None:
        """The engine belongs to the run."""


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """A session of the test itself, in the same transaction."""
    with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
        yield session


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings of the application under test: no answers kept, nothing fetched, files in a folder of the test."""
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        database_url=database_url,
        media_url=(tmp_path / "media").as_uri(),
        base_url="http://testserver",
        rates_url="",
        queue_url="memory:",
        answer_cache_mb=0,
        log_level="ERROR",
    )


class Clock:
    """The moment as tests set it."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(**amount)


@pytest.fixture
def clock() -> Clock:
    """The clock of the application under test."""
    return Clock(NOON)


@pytest.fixture
def application(settings: Settings, connection: Connection, clock: Clock) -> FastAPI:
    """The application, its database joined to the test's transaction and its clock set."""
    application = create_app(settings)
    application.state.database.dispose()
    application.state.database = OneConnection(connection)
    application.state.misses = MissLog(application.state.database, every_s=3600)
    application.dependency_overrides[now_utc] = clock
    return application


@pytest.fixture
def storage(application: FastAPI) -> Storage:
    """Where the application under test keeps files."""
    storage: Storage = application.state.storage
    return storage


@pytest.fixture
def client(application: FastAPI) -> Iterator[TestClient]:
    """A browser without an account; redirects are not followed."""
    with TestClient(application, follow_redirects=False) as client:
        yield client
