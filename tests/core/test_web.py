"""The unit of work around each request, and answers that are given once and replayed."""

import datetime as dt
import secrets
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from app.core import database as core_database
from app.core import idempotency
from app.core.checks import Inspection, run_checks
from app.core.database import is_sqlite
from app.core.languages import Language, translate
from app.core.storage import open_storage
from app.core.web import now_utc
from tests.core.conftest import Live, at_once, make_settings, serving


def test_unknown_page_answers_404_in_the_language_of_the_address(client: TestClient) -> None:
    response = client.get("/ko/nowhere")
    assert response.status_code == 404
    assert response.headers["content-language"] == "ko"


# --- one transaction a request ---------------------------------------------------------------------------------------


def test_what_is_raised_leaves_nothing_behind(live: Live) -> None:
    with live.client() as client:
        answer = client.post("/api/v1/probe/raise/raised")
    assert (answer.status_code, live.count("raised:")) == (409, 0)


def test_an_answer_commits_whatever_its_status(live: Live) -> None:
    with live.client() as client:
        answer = client.post("/api/v1/probe/answer/answered")
    assert (answer.status_code, live.count("answered:")) == (409, 1)


def test_a_refused_form_is_shown_with_what_was_typed_and_changes_nothing(live: Live) -> None:
    before = live.count("form:")
    with live.client() as client:
        refused = client.post("/en/probe/form", data={"name": "taken"})
        malformed = client.post("/es/probe/form", data={"name": "x" * 30})
        accepted = client.post("/en/probe/form", data={"name": "free"})
    assert (refused.status_code, refused.headers["x-typed"]) == (409, "taken")
    assert (malformed.status_code, malformed.headers["x-typed"]) == (422, "x" * 30)
    advice = translate(Language.ES, "Write at most %(max_length)s characters.", max_length=20)
    assert malformed.headers["x-error"] == advice.encode("ascii", "replace").decode()
    assert accepted.status_code == 200
    assert live.count("form:") == before + 1


def test_who_writes_reads_it_at_once(live: Live) -> None:
    def write_and_read(place: int) -> list[int]:
        with live.client() as client:
            statuses = []
            for _ in range(25):
                made = client.post("/api/v1/probe/things", json={"name": f"own{place}"})
                statuses.append(client.get(f"/api/v1/probe/things/{made.json()['key']}").status_code)
            return statuses

    assert at_once(4, write_and_read) == [[200] * 25] * 4


def test_a_read_cannot_write(live: Live) -> None:
    before = live.count("thing:")
    with live.client() as client:
        assert client.get("/api/v1/probe/writes").status_code == 500
    assert live.count("thing:") == before


def test_many_writers_do_not_take_the_threads_from_each_other(live_database: str, tmp_path: Path) -> None:
    with serving(make_settings(tmp_path, live_database, threads=4)) as live:
        started = time.monotonic()

        def write(place: int) -> list[int]:
            with live.client() as client:
                return [
                    client.post(
                        "/api/v1/probe/things",
                        json={"name": "crowd"},
                        headers={"Idempotency-Key": f"crowd-{place}-{number}-{started}"},
                    ).status_code
                    for number in range(4)
                ]

        answers = at_once(32, write)
        assert answers == [[201] * 4] * 32
        assert live.count("crowd:") == 128
        assert time.monotonic() - started < 10


# --- one effect a key ------------------------------------------------------------------------------------------------


def test_twenty_replays_have_one_effect_and_one_answer(live: Live) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(8)}

    def replay(_: int) -> httpx2.Response:
        with live.client() as client:
            return client.post("/api/v1/probe/things", json={"name": "once"}, headers=headers)

    answers = at_once(20, replay)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert live.count("once:") == 1
    assert sorted(answer.headers.get("idempotent-replayed", "") for answer in answers) == [""] + ["true"] * 19


def test_another_body_under_the_same_key_is_refused(live: Live) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    with live.client() as client:
        client.post("/api/v1/probe/things", json={"name": "first"}, headers=headers)
        answer = client.post("/api/v1/probe/things", json={"name": "other"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (live.count("first:"), live.count("other:")) == (1, 0)


def test_the_same_key_of_another_caller_or_route_is_another_key(live: Live) -> None:
    key = secrets.token_hex(8)
    with live.client() as client:
        first = client.post("/api/v1/probe/answer/route-a", headers={"Idempotency-Key": key})
        second = client.post("/api/v1/probe/answer/route-b", headers={"Idempotency-Key": key})
        third = client.post("/api/v1/probe/answer/route-a", headers={"Idempotency-Key": key, "Cookie": "session=x"})
    assert [answer.headers.get("idempotent-replayed") for answer in (first, second, third)] == [None] * 3
    assert (live.count("route-a:"), live.count("route-b:")) == (2, 1)


def test_failures_are_not_kept(live: Live) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    with live.client() as client:
        answers = [client.post("/api/v1/probe/raise/failing", headers=headers) for _ in range(2)]
    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, None]


def test_a_form_sent_twice_has_one_effect(live: Live) -> None:
    before, fields = live.count("form:"), {"name": "twice", "_key": secrets.token_hex(8)}

    def send(_: int) -> httpx2.Response:
        with live.client() as client:
            return client.post("/en/probe/form", data=fields)

    answers = at_once(20, send)
    assert len({answer.text for answer in answers}) == 1
    assert live.count("form:") == before + 1


def test_a_form_with_a_file_sent_twice_has_one_effect(live: Live) -> None:
    before, fields = live.count("form:"), {"name": "filed", "_key": secrets.token_hex(8)}
    with live.client() as client:
        answers = [
            client.post("/en/probe/form", data=fields, files={"picture": ("a.png", content, "image/png")})
            for content in (b"one", b"one", b"two")
        ]
    bodies = {answer.request.headers["content-type"] for answer in answers}
    assert len(bodies) == 3  # each sending has a boundary of its own
    assert [answer.status_code for answer in answers] == [200, 200, 422]
    assert live.count("form:") == before + 1


def test_sign_ins_and_secrets_are_never_kept(live: Live) -> None:
    with live.client() as client:
        for kind in ("cookie", "secret"):
            headers = {"Idempotency-Key": secrets.token_hex(8)}
            answers = [client.post(f"/api/v1/probe/{kind}/{kind}-answer", headers=headers) for _ in range(2)]
            assert answers[0].json() != answers[1].json()
    with live.database.reading() as session:
        kept = session.connection().execute(text("SELECT headers FROM idempotency_key")).all()
    assert kept
    assert not [row for row in kept if "a-new-session" in str(row)]


def test_an_answer_is_forgotten_after_a_day(live: Live) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    moment = dt.datetime.now(dt.UTC)
    try:
        for hours, effects in ((0, 1), (23.9, 1), (24.1, 2)):
            live.application.dependency_overrides[now_utc] = lambda hours=hours: moment + dt.timedelta(hours=hours)
            with live.client() as client:
                client.post("/api/v1/probe/answer/day", headers=headers)
            assert live.count("day:") == effects
        with live.database.writing() as session:
            idempotency.forget_old(session, now=moment + dt.timedelta(days=3))
        with live.database.reading() as session:
            assert session.connection().execute(text("SELECT count(*) FROM idempotency_key")).scalar() == 0
    finally:
        live.application.dependency_overrides.clear()


def test_a_key_that_is_too_long_is_refused(live: Live) -> None:
    with live.client() as client:
        answer = client.post("/api/v1/probe/answer/long", headers={"Idempotency-Key": "k" * 256})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_too_long")


def test_if_match_refuses_a_stale_version(live: Live) -> None:
    with live.client() as client:
        statuses = [
            client.put("/api/v1/probe/versioned", headers=headers).status_code
            for headers in (
                {},
                {"If-Match": '"v3"'},
                {"If-Match": '"v2", "v3"'},
                {"If-Match": "*"},
                {"If-Match": '"v2"'},
            )
        ]
    assert statuses == [200, 200, 200, 200, 412]


def test_the_character_nul_is_refused_on_both_databases(live: Live) -> None:
    with live.client() as client:
        in_json = client.post("/api/v1/probe/things", json={"name": "a\0b"})
        in_query = client.get("/api/v1/products", params={"q": "a\0b"})
        in_path = client.get("/api/v1/probe/things/a%00b")
        in_form = client.post("/en/probe/form", data={"name": "tak\0en"})
    assert [answer.status_code for answer in (in_json, in_query, in_path, in_form)] == [422, 422, 404, 409]


# --- the database goes away ------------------------------------------------------------------------------------------


@pytest.mark.only_on("sqlite")  # a file lock is SQLite's
def test_a_locked_database_is_503_and_recovers(
    empty_database: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_database, "BUSY_TIMEOUT_MS", 300)
    url = empty_database("locked")
    with serving(make_settings(tmp_path, url)) as live, live.client() as client:
        blocker = sqlite3.connect(make_url(url).database or "", isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        refused = client.post("/api/v1/probe/things", json={"name": "locked"})
        read = client.get("/api/v1/probe/rate")
        blocker.execute("ROLLBACK")
        blocker.close()
        accepted = client.post("/api/v1/probe/things", json={"name": "locked"})
        assert (refused.status_code, refused.headers["retry-after"], read.status_code) == (503, "2", 200)
        assert (accepted.status_code, live.count("locked:")) == (201, 1)


@pytest.mark.only_on("postgresql")  # a server that goes away is PostgreSQL's
def test_a_server_that_goes_away_is_503_and_recovers(empty_database: Callable[[str], str], tmp_path: Path) -> None:
    url = make_url(empty_database("away"))
    admin_url = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with (
        serving(make_settings(tmp_path, url.render_as_string(hide_password=False))) as live,
        live.client() as client,
        psycopg.connect(admin_url, autocommit=True) as admin,
    ):
        assert client.post("/api/v1/probe/things", json={"name": "before"}).status_code == 201
        admin.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database])
        refused = [client.post("/api/v1/probe/things", json={"name": "away"}) for _ in range(3)]
        reads = [client.get("/api/v1/probe/rate") for _ in range(3)]
        ready = client.get("/readyz")
        admin.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')
        accepted = [client.post("/api/v1/probe/things", json={"name": "back"}).status_code for _ in range(3)]
        assert {answer.status_code for answer in [*refused, *reads, ready]} == {503}
        assert {answer.headers["retry-after"] for answer in [*refused, *reads, ready]} == {"2"}
        assert accepted == [201] * 3
        assert client.get("/api/v1/probe/rate").status_code == 200
        assert (live.count("before:"), live.count("away:"), live.count("back:")) == (1, 0, 3)


@pytest.mark.only_on("sqlite")  # max_page_count is SQLite's
def test_a_full_disk_is_507_and_leaves_nothing_half(empty_database: Callable[[str], str], tmp_path: Path) -> None:
    with serving(make_settings(tmp_path, empty_database("full"))) as live:
        engine = live.database.engine

        @event.listens_for(engine, "connect")
        def _limit(connection: sqlite3.Connection, _: object) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count={pages + 2}")

        engine.dispose()
        with live.client() as client:
            full = client.post("/api/v1/probe/fill/full", content=b"x", headers={"Content-Type": "text/plain"})
            page = client.get("/api/v1/probe/rate")
        assert (full.status_code, full.json()["code"], page.status_code) == (507, "storage_full", 200)
        assert live.count("full") == 0
        with live.database.reading() as session:
            assert is_sqlite(session)
            assert (
                list(run_checks(Inspection(session=session, storage=open_storage(live.settings), now=now_utc()))) == []
            )
