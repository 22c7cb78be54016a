"""The outbox and its worker: at least once, never two at a time, again after a failure or a death."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from app.core import outbox
from app.core.checks import Inspection, check_outbox
from app.core.config import ROOT
from app.core.database import Database
from app.core.outbox import HANDLERS, LEASE, MAX_ATTEMPTS, OutboxRow, OutboxState, PermanentFailure, Workbench
from app.core.storage import open_storage
from app.core.worker import JobQueue
from tests.core.conftest import at_once, make_settings

NOW = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def url(empty_database: Callable[[str], str]) -> str:
    return empty_database("outbox")


@pytest.fixture
def bench(url: str, tmp_path: Path) -> Iterator[Workbench]:
    settings = make_settings(tmp_path, url)
    database = Database(settings)
    with database.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM outbox")
    yield Workbench(database, open_storage(settings), settings, NOW)
    database.dispose()


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Puts a handler of the kind ``test`` in place for one test."""
    return lambda handler: monkeypatch.setitem(HANDLERS, "test", handler)


def ask(bench: Workbench, *keys: str, kind: str = "test") -> None:
    with bench.database.writing() as session:
        for key in keys:
            outbox.enqueue(session, kind=kind, key=key, payload={"key": key}, now=NOW)


def rows(bench: Workbench) -> dict[str, OutboxRow]:
    with bench.database.reading() as session:
        return {row.key: row for row in session.exec(select(OutboxRow))}


def faults(bench: Workbench) -> list[str]:
    with bench.database.reading() as session:
        return list(check_outbox(Inspection(session=session, storage=bench.storage, now=NOW)))


def test_an_effect_is_asked_for_once_a_key_and_only_when_committed(bench: Workbench) -> None:
    with bench.database.session(write=True) as session:
        assert outbox.enqueue(session, kind="test", key="rolled-back", payload={}, now=NOW)
        session.rollback()
    ask(bench, "one")
    with bench.database.writing() as session:
        assert not outbox.enqueue(session, kind="test", key="one", payload={}, now=NOW)
    assert list(rows(bench)) == ["one"]


def test_what_is_due_runs_oldest_first_and_what_is_later_waits(bench: Workbench, handle: Callable[[Any], None]) -> None:
    seen: list[str] = []
    handle(lambda _, payload: seen.append(payload["key"]))
    with bench.database.writing() as session:
        for key, minutes in (("later", 10), ("now", 0), ("earlier", -10)):
            due = NOW + dt.timedelta(minutes=minutes)
            outbox.enqueue(session, kind="test", key=key, payload={"key": key}, now=NOW, due_at=due)
    assert outbox.run_due(bench) == 2
    assert seen == ["earlier", "now"]
    assert outbox.run_due(replace(bench, now=NOW + dt.timedelta(minutes=10))) == 1
    assert {row.state for row in rows(bench).values()} == {OutboxState.DONE}


def test_failures_wait_longer_each_time_and_end_with_a_reason(bench: Workbench, handle: Callable[[Any], None]) -> None:
    def fail(_: Workbench, payload: dict[str, Any]) -> None:
        raise RuntimeError("no luck")

    handle(fail)
    ask(bench, "unlucky")
    now, waits = NOW, []
    for _ in range(MAX_ATTEMPTS):
        assert outbox.run_due(replace(bench, now=now)) == 1
        row = rows(bench)["unlucky"]
        waits.append((row.due_at - now).total_seconds())
        now = row.due_at
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280]
    assert (row.state, row.reason) == (OutboxState.FAILED, "RuntimeError: no luck")
    assert outbox.run_due(replace(bench, now=now + dt.timedelta(days=1))) == 0
    assert faults(bench) == []


def test_one_bad_effect_does_not_stop_the_others(bench: Workbench, handle: Callable[[Any], None]) -> None:
    def sometimes(_: Workbench, payload: dict[str, Any]) -> None:
        if payload["key"] == "bad":
            raise PermanentFailure

    handle(sometimes)
    ask(bench, "a", "bad", "z")
    ask(bench, "unknown", kind="nobody.knows")
    assert outbox.run_due(bench) == 4
    assert {key: str(row.state) for key, row in rows(bench).items()} == {
        "a": "done", "bad": "failed", "z": "done", "unknown": "failed"
    }  # fmt: skip
    assert rows(bench)["unknown"].reason == "nothing handles nobody.knows"
    assert faults(bench) == []


def test_many_workers_never_run_one_row_at_once_or_twice(bench: Workbench, handle: Callable[[Any], None]) -> None:
    ran: list[str] = []
    inside: set[str] = set()
    together: list[str] = []
    lock = threading.Lock()

    def work(_: Workbench, payload: dict[str, Any]) -> None:
        key = payload["key"]
        with lock:
            together.extend([key] if key in inside else [])
            inside.add(key)
        time.sleep(0.002)
        with lock:
            inside.discard(key)
            ran.append(key)

    handle(work)
    keys = [f"row-{number:03}" for number in range(60)]
    ask(bench, *keys)
    tried = at_once(6, lambda _: outbox.run_due(bench))
    assert sum(tried) == 60
    assert (sorted(ran), together) == (keys, [])


def test_a_row_that_outlived_its_lease_belongs_to_its_next_worker(
    bench: Workbench, handle: Callable[[Any], None]
) -> None:
    later = replace(bench, now=NOW + LEASE + dt.timedelta(seconds=1))
    calls: list[str] = []

    def slow(_: Workbench, payload: dict[str, Any]) -> None:
        calls.append("first" if not calls else "second")
        if len(calls) == 1:
            assert outbox.run_due(bench) == 0  # the lease holds
            assert outbox.run_due(later) == 1  # and is over
            raise RuntimeError("too late to say anything")

    handle(slow)
    ask(bench, "slow")
    outbox.run_due(bench)
    row = rows(bench)["slow"]
    assert (calls, row.state, row.attempts) == (["first", "second"], OutboxState.DONE, 2)


def test_each_row_has_its_own_moment(bench: Workbench, handle: Callable[[Any], None]) -> None:
    moments: list[dt.datetime] = []
    handle(lambda workbench, _: moments.append(workbench.now))
    ask(bench, "a", "b")
    ticks = iter(NOW + dt.timedelta(minutes=number) for number in range(9))
    assert outbox.run_due(bench, clock=lambda: next(ticks)) == 2
    assert moments == [NOW, NOW + dt.timedelta(minutes=1)]


KILLED = """
import os, sys, datetime as dt
from pathlib import Path
from app.core import outbox
from app.core.config import Settings
from app.core.database import Database
from app.core.storage import open_storage
settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]), database_url=sys.argv[2])
@outbox.handles("test")
def die(bench, payload):
    os.kill(os.getpid(), 9)
now = dt.datetime.fromisoformat(sys.argv[3])
outbox.run_due(outbox.Workbench(Database(settings), open_storage(settings), settings, now))
"""


def test_a_killed_worker_gives_its_row_back(bench: Workbench, handle: Callable[[Any], None], url: str) -> None:
    ask(bench, "deadly")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(bench.settings.data_dir), url, NOW.isoformat()], timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert (rows(bench)["deadly"].state, rows(bench)["deadly"].attempts) == (OutboxState.DUE, 1)
    seen: list[str] = []
    handle(lambda _, payload: seen.append(payload["key"]))
    assert outbox.run_due(replace(bench, now=NOW + dt.timedelta(minutes=1))) == 0
    assert outbox.run_due(replace(bench, now=NOW + LEASE)) == 1
    assert (seen, rows(bench)["deadly"].state) == (["deadly"], OutboxState.DONE)


def test_a_row_that_kills_every_worker_fails_in_the_end(bench: Workbench, handle: Callable[[Any], None]) -> None:
    handle(lambda *_: pytest.fail("it ran again"))
    ask(bench, "deadly")
    with bench.database.writing() as session:
        session.exec(select(OutboxRow)).one().attempts = MAX_ATTEMPTS
    outbox.run_due(bench)
    row = rows(bench)["deadly"]
    assert (row.state, row.reason) == (OutboxState.FAILED, "every attempt ended with the end of its worker")


WEB = """
import sys, datetime as dt
from pathlib import Path
from app.core import mail
from app.core.config import Settings
from app.core.database import Database
from app.core.languages import Language
from app.core.worker import JobQueue
settings = Settings(_env_file=None, rates_url="")
queue, database = JobQueue(settings), Database(settings)
with database.writing() as session:
    mail.send_mail(session, to="a@example.org", subject="S", text="T", language=Language.ID, key=sys.argv[1],
                   now=dt.datetime.now(dt.UTC))
queue.nudge()
"""
WORKER = """
import app.core.mail
from app.core.config import Settings
from app.core.worker import JobQueue
JobQueue(Settings(_env_file=None, rates_url="")).run(threads=2)
"""


def test_the_worker_sends_what_the_web_process_asked_for(empty_database: Callable[[str], str], tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LB_")}
    environment |= {"LB_DATA_DIR": str(tmp_path), "LB_DATABASE_URL": empty_database("worker"), "LB_LOG_LEVEL": "ERROR"}
    log = tmp_path / "log"

    def web(key: str) -> None:
        subprocess.run([sys.executable, "-c", WEB, key], env=environment, cwd=ROOT, timeout=30, check=True)

    def arrived(number: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if len(list((tmp_path / "mail").glob("*.eml"))) >= number:
                return True
            time.sleep(0.05)
        return False

    web("before")  # while no worker runs: it is done as soon as one comes
    with log.open("wb") as stderr:
        worker = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, cwd=ROOT, stderr=stderr)
        try:
            assert arrived(1, 60), log.read_text()
            web("after")
            assert arrived(2, 5), log.read_text()
        finally:
            worker.send_signal(signal.SIGINT)
            worker.wait(20)
    assert [json.loads(line) for line in log.read_text().splitlines() if "error" in line.lower()] == []


def test_what_runs_at_a_time_of_the_day_is_asked_for_once_a_day_there(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "DAILY_AT", {"test": dt.time(6, 30, tzinfo=ZoneInfo("Asia/Jakarta"))})
    night = dt.datetime(2026, 11, 20, 18, tzinfo=dt.UTC)  # one o'clock on the 21st in Bandung
    for now in (night, night + dt.timedelta(hours=8), night + dt.timedelta(days=1)):
        with bench.database.writing() as session:
            outbox.enqueue_daily(session, now=now)
    assert {key: row.due_at for key, row in rows(bench).items()} == {
        f"test:{day:%Y%m%d}": dt.datetime(2026, 11, day.day - 1, 23, 30, tzinfo=dt.UTC)
        for day in (dt.date(2026, 11, 21), dt.date(2026, 11, 22), dt.date(2026, 11, 23))
    }


def test_the_worker_plans_its_days_when_it_starts(url: str, bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "DAILY_AT", {"test": dt.time(tzinfo=dt.UTC)})
    queue = JobQueue(bench.settings)
    assert "plan" in {type(task).__name__ for task in queue.huey._registry.periodic_tasks}
    queue.plan()
    queue.plan()
    assert len(rows(bench)) == 2
    queue.bench().database.dispose()
