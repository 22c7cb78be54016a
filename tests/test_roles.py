"""The role matrix: every route of the application against every kind of caller, as tests/<area>/roles.py say."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine
from sqlmodel import Session

from app.core.config import Settings
from app.core.models import Table
from app.core.web import SAFE_METHODS, now_utc
from app.main import create_app
from tests.conftest import Clock, OneConnection
from tests.factories import NOON, make_token
from tests.support.roles import IN, Call, Row, World, all_rows, make_world, path_of

ROWS = all_rows()
UNSAFE = [row for row in ROWS if row.method not in SAFE_METHODS]
SAFE = [row for row in ROWS if row.method in SAFE_METHODS]
# When somebody was last here is information about the visit, not a change that the visit asked for.
VISIT = {"last_seen_at", "last_used_at"}


def names(row: Row) -> str:
    return row.name


@pytest.fixture(scope="module")
def shared(engine: Engine) -> Iterator[Connection]:
    """One connection whose transaction is undone after the last row; each call is undone by a savepoint."""
    with engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture(scope="module")
def app(shared: Connection, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder: Path = tmp_path_factory.mktemp("roles")
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=database_url,
        base_url="http://testserver",
        rates_url="",
        answer_cache_mb=0,
        log_level="ERROR",
    )
    application = create_app(settings)
    application.state.database.dispose()
    application.state.database = OneConnection(shared)
    application.dependency_overrides[now_utc] = Clock(NOON)
    return application


@pytest.fixture(scope="module")
def browser(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def world(shared: Connection) -> World:
    with Session(shared, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
        return make_world(session)


@contextmanager
def undone(shared: Connection, world: World) -> Iterator[None]:
    """One call with a session of its own, undone afterwards."""
    savepoint = shared.begin_nested()
    try:
        with Session(shared, join_transaction_mode="create_savepoint", expire_on_commit=False) as world.session:
            yield
    finally:
        savepoint.rollback()


def send(
    browser: TestClient, world: World, row: Row, caller: str, call: Call, more: dict[str, str] | None = None
) -> httpx2.Response:
    path = path_of(row, call)
    headers = dict(call.headers) | (more or {})
    if caller == "token":
        headers |= make_token(world.session, world.maker, scopes=[])
    elif caller != "anonymous":
        headers["cookie"] = f"session={world.cookies[caller]}"
    browser.cookies.clear()
    return browser.request(
        row.method, path, params=call.query, data=call.form, json=call.json, files=call.files, headers=headers
    )


def outcome(answer: httpx2.Response) -> Any:
    where = urlsplit(answer.headers.get("location", ""))
    if answer.status_code == 303 and where.path.endswith("/sign-in") and answer.headers.get("cache-control"):
        return IN
    return answer.status_code


def snapshot(connection: Connection) -> dict[str, list[Any]]:
    """Every row of every table, but when somebody was last here."""
    kept = {}
    for table in Table.metadata.sorted_tables:
        columns = [column for column in table.columns if column.name not in VISIT]
        rows = connection.execute(table.select().with_only_columns(*columns)).all()
        kept[table.name] = sorted(rows, key=repr)
    return kept


def routes_of(app: FastAPI) -> set[str]:
    return {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        for method in (route.methods or ())
        if method != "HEAD"
    }


def test_every_route_has_exactly_one_row(app: FastAPI) -> None:
    told = Counter(row.name for row in ROWS)
    routes = routes_of(app)
    assert sorted(routes - told.keys()) == [], "routes without a row in tests/<area>/roles.py"
    assert sorted(told.keys() - routes) == [], "rows without a route"
    assert [name for name, times in told.items() if times > 1] == []


def test_nobody_gets_further_with_somebody_elses_thing() -> None:
    """A thing in the address is public, or hidden from another maker, or no maker's business at all."""
    loose = [
        row.name
        for row in ROWS
        if row.path.replace("{locale}", "").count("{") and row.other not in {403, 404, row.anonymous}
    ]
    assert loose == []


@pytest.mark.parametrize("row", ROWS, ids=names)
def test_route_answers_each_caller_as_the_table_says(
    browser: TestClient, world: World, shared: Connection, row: Row
) -> None:
    got = {}
    for caller in row.outcomes():
        with undone(shared, world):
            got[caller] = outcome(send(browser, world, row, caller, row.call(world)))
    assert got == row.outcomes()


@pytest.mark.parametrize("row", UNSAFE, ids=names)
def test_changes_are_taken_from_our_own_pages_only(
    browser: TestClient, world: World, shared: Connection, row: Row
) -> None:
    ours: list[dict[str, str]] = [{"sec-fetch-site": "same-origin"}, {}]
    theirs = [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}]
    for headers in ours + theirs:
        with undone(shared, world):
            call = row.call(world)
            before = snapshot(shared)
            answer = send(browser, world, row, "maker", call, headers)
            if headers in ours:
                assert outcome(answer) == row.maker
            else:
                assert answer.status_code == 403
                assert "sent from another site" in answer.text
                assert snapshot(shared) == before


@pytest.mark.parametrize("row", SAFE, ids=names)
def test_reading_changes_nothing(browser: TestClient, world: World, shared: Connection, row: Row) -> None:
    for caller in row.outcomes():
        if caller == "token":
            continue  # making the token itself would be the change
        with undone(shared, world):
            call = row.call(world)
            before = snapshot(shared)
            send(browser, world, row, caller, call)
            assert snapshot(shared) == before
