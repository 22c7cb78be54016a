"""Exchange rates: read from the bank's file, never lost to a bad answer, loaded from the snapshot at first."""

import datetime as dt
import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.core import outbox
from app.core.database import Database
from app.core.http import OutsideFailure, Patience, fetch
from app.core.money import Currency, Money
from app.core.outbox import OutboxRow, OutboxState, Workbench
from app.core.rates import SNAPSHOT, SOURCE, Rates, get_rates, load_snapshot, store_rates
from app.core.rates_client import fetch_rates
from app.core.storage import open_storage
from tests.core.conftest import make_settings
from tests.support.faults import Behaviour, FaultServer, drip, fault_server, http, reset, silence

NOW = dt.datetime(2026, 11, 20, 16, 0, tzinfo=dt.UTC)
QUICK = Patience(connect=0.1, read=0.2, all=0.5)
KNOWN = {"USD": "1.16", "IDR": "19000", "MYR": "4.8", "KRW": "1690"}
TODAY = {
    **KNOWN, "JPY": "180.1", "GBP": "0.87", "CHF": "0.93", "SGD": "1.5", "THB": "37.6", "PHP": "68.2", "CNY": "8.2"
}  # fmt: skip


def daily(day: str = "2026-11-20", **changes: str | None) -> bytes:
    """A file of the documented form, written by us."""
    cubes = "".join(
        f"<Cube currency='{code}' rate='{value}'/>" for code, value in (TODAY | changes).items() if value is not None
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        "<gesmes:Envelope xmlns:gesmes='http://www.gesmes.org/xml/2002-08-01' "
        "xmlns='http://www.ecb.int/vocabulary/2002-08-01/eurofxref'>"
        "<gesmes:subject>Reference rates</gesmes:subject>"
        f"<Cube><Cube time='{day}'>{cubes}</Cube></Cube></gesmes:Envelope>"
    ).encode()


BOMB = b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]><x>&b;</x>"
GOOD = http(daily())
BAD: dict[str, Behaviour] = {
    "silent": silence(0.7),
    "reset": reset,
    "closed": lambda connection: connection.close(),
    "not http": b"what?\r\n\r\n",
    "letters of the head one by one": drip(GOOD),
    "half a body": GOOD[:-200],
    "body that never ends": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"x" * 800, every=0.002),
    "500": http(b"", status="500 Internal Server Error"),
    "503": http(b"", status="503 Service Unavailable"),
    "429": http(b"", status="429 Too Many Requests"),
    "404": http(b"", status="404 Not Found"),
    "redirect": http(b"", status="302 Found", Location="http://127.0.0.1:1/"),
    "empty": http(b""),
    "html": http(b"<html><body>Maintenance</body></html>", kind="text/html"),
    "broken xml": http(daily()[:-30]),
    "other charset": http(daily().decode().replace("UTF-8", "UTF-16").encode("utf-16")),
    "unknown charset": http(daily().replace(b"UTF-8", b"KOI-99")),
    "no utf-8": http(daily().replace(b"Reference", b"\xe9\xff")),
    "entity bomb": http(BOMB),
    "hidden bomb": http(BOMB.decode().encode("utf-16")),
    "huge": http(b" " * 6_000_000),
    "large": http(daily() + b" " * 1_100_000),
    "compressed": http(gzip.compress(daily()), Content_Encoding="gzip"),
    "future": http(daily("2026-11-22")),
    "no such day": http(daily("2026-02-31")),
    "no day": http(daily().replace(b" time=", b" when=")),
    "few": http(daily(JPY=None, GBP=None, CHF=None, SGD=None)),
    "rupiah missing": http(daily(IDR=None, AUD="1.7")),
    "negative": http(daily(KRW="-1690")),
    "zero": http(daily(KRW="0")),
    "not a number": http(daily(KRW="NaN")),
    "infinite": http(daily(KRW="Infinity")),
    "words": http(daily(KRW="many")),
    "astronomic": http(daily(KRW="1e400")),
    "a thousand times too much": http(daily(IDR="19000000")),
    "codes": http(daily(x2="3")),
    "no currency": http(daily().replace(b"currency='USD'", b"")),
}


@pytest.fixture(scope="module")
def database(empty_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    settings = make_settings(tmp_path_factory.mktemp("rates"), empty_database("rates"))
    database = Database(settings)
    with database.writing() as session:
        known = {code: Decimal(value) for code, value in KNOWN.items()}
        store_rates(session, day=dt.date(2026, 11, 19), per_euro=known, source="known", now=NOW)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server


@pytest.fixture
def bench(database: Database, server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    settings = make_settings(tmp_path, "sqlite://", rates_url=server.url)
    server.asked.clear()
    return Workbench(database, open_storage(settings), settings, NOW)


def known_day(database: Database) -> tuple[dt.date, str]:
    with database.reading() as session:
        rates = get_rates(session)
    assert rates is not None
    return rates.day, rates.source


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_answer_leaves_the_rates_known_before(bench: Workbench, server: FaultServer, name: str) -> None:
    server.behaviours = [BAD[name]]
    started = time.monotonic()
    with pytest.raises(OutsideFailure) as failure:
        fetch_rates(bench, {}, patience=QUICK)
    assert time.monotonic() - started < QUICK.all + 0.3
    assert len(server.asked) <= 3
    assert "127.0.0.1" not in str(failure.value)
    assert known_day(bench.database) == (dt.date(2026, 11, 19), "known")


def test_nobody_there_is_an_outside_failure() -> None:
    with pytest.raises(OutsideFailure):
        fetch("http://127.0.0.1:1/", patience=QUICK)
    with pytest.raises(OutsideFailure):
        fetch("http://[broken/", patience=QUICK)


def test_no_failure_escapes_the_worker(bench: Workbench, server: FaultServer) -> None:
    server.behaviours = [http(b"<html/>")]
    with bench.database.writing() as session:
        outbox.enqueue(session, kind="rates.fetch", key="rates:test", payload={}, now=NOW)
    assert outbox.run_due(bench) == 1
    with bench.database.reading() as session:
        row = session.get(OutboxRow, 1)
        assert row is not None
        assert (row.state, row.attempts, row.due_at > NOW) == (OutboxState.DUE, 1, True)
        assert row.reason == "OutsideFailure: not the documented file"


def test_what_fails_once_is_asked_again(bench: Workbench, server: FaultServer) -> None:
    server.behaviours = [http(b"", status="503 Service Unavailable"), http(b"good")]
    assert fetch(server.url, patience=Patience(connect=0.1, read=0.2, all=2)).body == b"good"
    assert len(server.asked) == 2


def test_a_good_file_becomes_the_newest_rates(
    empty_database: Callable[[str], str], bench: Workbench, server: FaultServer, tmp_path: Path
) -> None:
    own = Database(make_settings(tmp_path, empty_database("goodrates")))
    server.behaviours = [GOOD]
    fetch_rates(replace(bench, database=own), {}, patience=Patience())
    with own.reading() as session:
        rates = get_rates(session)
    own.dispose()
    assert rates is not None
    assert (rates.day, rates.source) == (dt.date(2026, 11, 20), SOURCE)
    assert rates.per_euro == {Currency(code): Decimal(value) for code, value in KNOWN.items()}
    assert rates.convert(Money(Currency.IDR, 19000), Currency.USD) == Money(Currency.USD, 116)


def test_switched_off_nothing_is_asked(bench: Workbench, server: FaultServer) -> None:
    fetch_rates(replace(bench, settings=bench.settings.model_copy(update={"rates_url": ""})), {})
    assert server.asked == []


def test_rates_older_than_two_days_say_so() -> None:
    rates = Rates(dt.date(2026, 11, 18), SOURCE, {})
    assert not rates.stale(dt.datetime(2026, 11, 20, 14, 0, tzinfo=dt.UTC))
    assert rates.stale(dt.datetime(2026, 11, 20, 14, 30, tzinfo=dt.UTC))


def test_the_snapshot_is_loaded_once_and_never_over_newer_rates(
    empty_database: Callable[[str], str], tmp_path: Path
) -> None:
    database = Database(make_settings(tmp_path, empty_database("snapshot")))
    days = len(SNAPSHOT.read_text(encoding="utf-8").splitlines()) - 1
    with database.writing() as session:
        assert load_snapshot(session, NOW) == days
    with database.writing() as session:
        assert load_snapshot(session, NOW) == 0
        rates = get_rates(session)
        assert rates is not None
        assert rates.source == SOURCE
        assert set(rates.per_euro) == set(Currency)
        newer = {"USD": Decimal(1), "IDR": Decimal(1)}
        store_rates(session, day=rates.day, per_euro=newer, source="newer", now=NOW)
    with database.writing() as session:
        assert load_snapshot(session, NOW) == 0
        again = get_rates(session)
        assert again is not None
        assert again.per_euro[Currency.IDR] == 1
    database.dispose()
