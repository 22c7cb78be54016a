"""Both databases by one set of rules: pragmas, locks, refusals, races."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, select

from app.accounts import audit
from app.accounts.subjects import Command
from app.core import limits
from app.core.database import Database, add_counts, count_hit, insert_or_ignore, upsert
from app.core.errors import TooManyTries
from app.core.limits import RateWindow
from app.core.models import Moment
from app.core.rates import ExchangeRate, store_rates
from app.core.versions import ContentVersion, bump_public, public_version
from tests.core.conftest import at_once, make_settings

NOW = dt.datetime(2026, 11, 20, 5, 0, 0, 123456, tzinfo=dt.UTC)
TABLE: Any = RateWindow.__table__  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def database(empty_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(make_settings(tmp_path_factory.mktemp("races"), empty_database("races"), threads=16))
    yield database
    database.dispose()


def row(key: str, hits: int = 0) -> dict[str, Any]:
    return {"key": key, "hits": hits, "started_at": NOW}


@pytest.mark.only_on("sqlite")  # pragmas are SQLite's
def test_sqlite_is_safe_and_patient(database: Database) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    for write in (True, False):
        with database.session(write=write) as session:
            found = {name: session.connection().execute(text(f"PRAGMA {name}")).scalar() for name in expected}
            assert found == expected


def test_foreign_keys_hold(database: Database) -> None:
    values = "(business_id, language, story, updated_at) VALUES (999, 'id', '', '2026-11-20 00:00:00')"
    with pytest.raises(IntegrityError), database.writing() as session:
        session.connection().execute(text(f"INSERT INTO business_text {values}"))


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), database.reading() as session:
        session.connection().execute(text("DELETE FROM rate_window"))


def test_writers_wait_for_each_other_and_none_is_lost(database: Database) -> None:
    with database.writing() as session:
        session.add(RateWindow(key="counter", hits=0, started_at=NOW))

    def add(_: int) -> None:
        for _ in range(8):
            with database.writing() as session:
                # Read, then write what was read: safe only when the lock was taken before the reading.
                statement = select(RateWindow).where(RateWindow.key == "counter").with_for_update()
                found = session.exec(statement).one()
                found.hits += 1

    at_once(24, add)
    with database.reading() as session:
        assert session.exec(select(RateWindow.hits).where(RateWindow.key == "counter")).one() == 24 * 8


def test_one_of_many_inserts_wins(database: Database) -> None:
    def insert(place: int) -> bool:
        with database.writing() as session:
            return insert_or_ignore(session, TABLE, row("winner", place), conflict=["key"])

    assert sorted(at_once(16, insert)) == [False] * 15 + [True]


def test_every_hit_counts_and_gets_its_own_number(database: Database) -> None:
    def hit(_: int) -> int:
        with database.writing() as session:
            return count_hit(session, TABLE, key="hits", now=NOW)

    assert sorted(at_once(16, hit)) == list(range(1, 17))


def test_upserts_and_counts_of_many_rows_do_not_block_each_other(database: Database) -> None:
    keys = [f"many-{number}" for number in range(20)]

    def write(place: int) -> None:
        ordered = keys if place % 2 else keys[::-1]
        with database.writing() as session:
            add_counts(session, TABLE, [row(key, 1) for key in ordered], key=("key",), counter="hits")
            upsert(session, TABLE, [row(f"same-{place}", 5)], conflict=["key"], update=["hits"])
            upsert(session, TABLE, [], conflict=["key"], update=["hits"])
            add_counts(session, TABLE, [], key=("key",), counter="hits")

    at_once(12, write)
    with database.reading() as session:
        hits = session.exec(select(RateWindow.hits).where(RateWindow.key.startswith("many-"))).all()
    assert hits == [12] * 20


def test_limits_are_shared_and_say_when_to_come_back(database: Database) -> None:
    window, now = dt.timedelta(minutes=5), dt.datetime(2026, 11, 20, 5, 4, 0, tzinfo=dt.UTC)

    def hit(_: int) -> int | None:
        try:
            limits.hit(database, name="test", who="digest", limit=10, window=window, now=now)
        except TooManyTries as error:
            return error.retry_after_s
        return None

    answers = at_once(16, hit)
    assert sorted(answers, key=str) == [60] * 6 + [None] * 10
    limits.hit(database, name="test", who="digest", limit=10, window=window, now=now + window)
    limits.forget_old(database, now=now + dt.timedelta(days=3))
    with database.reading() as session:
        assert session.exec(select(RateWindow).where(RateWindow.key.startswith("test:"))).all() == []


@given(st.datetimes(min_value=dt.datetime(1900, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - the zone comes beside
def test_a_moment_survives_the_way_through_a_column(moment: dt.datetime) -> None:
    from sqlalchemy.dialects import postgresql, sqlite  # noqa: PLC0415 - two dialects of the library

    for dialect in (sqlite.dialect(), postgresql.dialect()):  # type: ignore[no-untyped-call]
        kept = Moment().process_bind_param(moment, dialect)
        assert kept is not None
        assert Moment().process_result_value(kept, dialect) == moment.astimezone(dt.UTC)


def test_a_moment_comes_back_aware_and_a_naive_one_is_refused(session: Session) -> None:
    jakarta = NOW.astimezone(dt.timezone(dt.timedelta(hours=7)))
    session.add(RateWindow(key="moment", hits=1, started_at=jakarta))
    session.commit()
    session.expire_all()
    found = session.get(RateWindow, "moment")
    assert found is not None
    assert (found.started_at, found.started_at.tzinfo) == (NOW, dt.UTC)
    with pytest.raises(ValueError, match="zone"):
        Moment().process_bind_param(NOW.replace(tzinfo=None), session.get_bind().dialect)


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET action = 'other'", "DELETE FROM audit_entry"])
def test_the_audit_trail_only_grows(database: Database, change: str) -> None:
    with database.writing() as session:
        audit.record(session, actor=Command(), action="test.done", subject_type="test", subject_id=1, now=NOW)
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
        session.connection().execute(text(change))


def test_messages_of_errors_hold_no_values(database: Database) -> None:
    with pytest.raises(IntegrityError) as failure, database.writing() as session:
        session.connection().execute(TABLE.insert(), [row("private@example.org"), row("private@example.org")])
    assert "private@example.org" not in str(failure.value).split("DETAIL")[0]


# --- the public version ----------------------------------------------------------------------------------------------


def version(database: Database) -> int:
    with database.reading() as session:
        return public_version(session)


def rate(day: int) -> ExchangeRate:
    return ExchangeRate(day=dt.date(2026, 1, day), currency="USD", per_euro="1", source="test", fetched_at=NOW)


def test_public_changes_move_the_version_once_a_transaction(database: Database) -> None:
    before = version(database)
    with database.writing() as session:
        session.add(rate(1))
        session.flush()
        with session.begin_nested():
            session.add(rate(2))
        session.add(rate(3))
        bump_public(session)
    assert version(database) == before + 1
    with database.writing() as session:
        found = session.exec(select(ExchangeRate).where(ExchangeRate.day == dt.date(2026, 1, 1))).one()
        found.source = "changed"
    assert version(database) == before + 2
    with database.writing() as session:
        session.delete(session.exec(select(ExchangeRate).where(ExchangeRate.day == dt.date(2026, 1, 2))).one())
    assert version(database) == before + 3
    with database.writing() as session:
        store_rates(session, day=dt.date(2026, 1, 4), per_euro={}, source="bulk", now=NOW)
    assert version(database) == before + 4


def test_what_is_not_public_or_not_committed_moves_nothing(database: Database) -> None:
    before = version(database)
    with database.writing() as session:
        session.add(RateWindow(key="private", hits=1, started_at=NOW))
    with database.session(write=True) as session:
        session.add(rate(9))
        session.flush()
        session.rollback()
        session.add(RateWindow(key="private-2", hits=1, started_at=NOW))
        session.commit()
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add_all([rate(10), rate(10)])
    assert version(database) == before


def test_parallel_publishing_loses_no_step(database: Database) -> None:
    before = version(database)

    def publish(_: int) -> None:
        with database.writing() as session:
            bump_public(session)

    at_once(16, publish)
    assert version(database) == before + 16
    with database.reading() as session:
        assert len(session.exec(select(ContentVersion)).all()) == 1


def test_the_data_folder_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    Database(make_settings(folder, "")).dispose()
    assert folder.is_dir()
