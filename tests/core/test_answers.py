"""Answers kept in memory: only what was marked, only for nobody in particular, and never older than the last write."""

import asyncio
import datetime as dt
import gzip
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from app.core.answers import AnswerKeeper, Kept, PostgresVersion, SqliteVersion, make_version_reader
from app.core.database import Database
from app.core.rates import store_rates
from app.core.web import now_utc
from tests.core.conftest import Live, make_settings, serving

DAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
PATH = "/api/v1/probe/rate"


def publish(database: Database, source: str) -> None:
    with database.writing() as session:
        store_rates(session, day=DAY, per_euro={"USD": Decimal("1.1")}, source=source, now=NOW)


def test_an_answer_is_given_again_until_something_is_published(live: Live) -> None:
    with live.client() as client:
        publish(live.database, "first")
        ids = [client.get(PATH) for _ in range(3)]
        assert [answer.json()["source"] for answer in ids] == ["first"] * 3
        publish(live.database, "second")
        assert client.get(PATH).json()["source"] == "second"


def test_no_answer_is_older_than_the_last_publishing_write(live: Live) -> None:
    other = Database(live.settings)  # connections of another process, as far as the server can tell
    stale: list[int] = []
    going = threading.Event()

    def crowd() -> None:
        with live.client() as client:
            while not going.is_set():
                client.get(PATH)

    readers = [threading.Thread(target=crowd) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        with live.client() as client:
            for number in range(200):
                publish(other, f"write {number}")
                if client.get(PATH).json()["source"] != f"write {number}":
                    stale.append(number)
    finally:
        going.set()
        for reader in readers:
            reader.join()
        other.dispose()
    assert stale == []


def test_no_answer_is_kept_beyond_its_day_in_bandung(live: Live) -> None:
    clock = {"now": dt.datetime(2031, 11, 20, 16, 59, 59, tzinfo=dt.UTC)}  # days that no other test has seen
    live.application.dependency_overrides[now_utc] = lambda: clock["now"]
    try:
        with live.client() as client:
            client.get(PATH)
            before = _kept_count(client)
            client.get(PATH)
            assert _kept_count(client) == before + 1
            clock["now"] += dt.timedelta(seconds=1)  # midnight there
            client.get(PATH)
            assert _kept_count(client) == before + 1
            client.get(PATH)
            assert _kept_count(client) == before + 2
    finally:
        del live.application.dependency_overrides[now_utc]


def served_from_memory(live: Live, path: str, **headers: str) -> bool:
    """Whether the second of two equal requests is answered from memory."""
    with live.client() as client:
        before = _kept_count(client)
        for _ in range(2):
            assert client.get(path, headers=headers).status_code < 500
        return _kept_count(client) > before


def _kept_count(client: Any) -> float:
    lines = client.get("/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("lb_kept_answers_total ")))


def test_only_marked_answers_to_nobody_in_particular_are_kept(live: Live) -> None:
    assert served_from_memory(live, PATH)
    assert not served_from_memory(live, "/healthz")
    assert not served_from_memory(live, PATH, Authorization="Bearer x")
    assert not served_from_memory(live, "/en/probe/cookies", Cookie="session=abc")
    assert not served_from_memory(live, "/en/probe/cookies", Cookie="a=b; __Host-session=abc")
    assert not served_from_memory(live, "/en/probe/cookies", Cookie="notice=saved")
    assert served_from_memory(live, "/en/probe/cookies", Cookie="currency=KRW")


def test_cookies_of_language_and_currency_lead_to_answers_of_their_own(live: Live) -> None:
    with live.client() as client:
        seen = [
            client.get("/en/probe/cookies", headers={"Cookie": cookie} if cookie else {}).text
            for cookie in ("", "currency=KRW", "currency=IDR; locale=ko", "", "currency=KRW")
        ]
        languages = [
            client.get("/", headers=headers, follow_redirects=False).headers["location"]
            for headers in ({"Cookie": "locale=ko"}, {"Accept-Language": "es"}, {}, {"Cookie": "locale=ms"})
        ]
        vary = client.get("/en/probe/cookies").headers["vary"]
        api_vary = client.get(PATH).headers["vary"]
    assert seen == ["en USD", "en KRW", "en IDR", "en USD", "en KRW"]
    assert languages == ["/ko/", "/es/", "/en/", "/ms/"]
    assert "Cookie" in vary
    assert "Authorization" in api_vary


def test_an_unchanged_answer_is_304_without_a_body(live: Live) -> None:
    with live.client() as client:
        first = client.get(PATH)
        tag = first.headers["etag"]
        answers = [client.get(PATH, headers={"If-None-Match": value}) for value in (tag, f'"x", {tag}', "*", '"other"')]
        publish(live.database, "moved on")
        later = client.get(PATH, headers={"If-None-Match": tag})
    assert [answer.status_code for answer in answers] == [304, 304, 304, 200]
    assert [answer.content for answer in answers[:3]] == [b""] * 3
    assert answers[0].headers["etag"] == tag
    assert answers[0].headers["content-security-policy"]
    assert (later.status_code, later.json()["source"]) == (200, "moved on")


def test_compressed_and_plain_are_the_same_text(live: Live) -> None:
    with live.client() as client:
        texts = []
        for coding in ("gzip", "gzip;q=0, identity", "identity", "br, gzip;q=0.5"):
            with client.stream("GET", PATH, headers={"Accept-Encoding": coding}) as answer:
                raw = b"".join(answer.iter_raw())
                packed = answer.headers.get("content-encoding") == "gzip"
                assert len(raw) == int(answer.headers["content-length"])
                assert "Accept-Encoding" in answer.headers["vary"]
                texts.append((packed, gzip.decompress(raw) if packed else raw))
    assert [packed for packed, _ in texts] == [True, False, False, True]
    assert len({text for _, text in texts}) == 1


@pytest.mark.parametrize("path", [PATH, "/healthz", "/static/css/base.css", "/en/probe/cookies", "/en/nowhere"])
def test_a_head_is_the_head_of_the_whole(live: Live, path: str) -> None:
    with live.client() as client:
        whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    for name in ("content-type", "etag", "content-security-policy"):
        assert head.headers.get(name) == whole.headers.get(name)
    if "content-length" in whole.headers and "errors" not in whole.text and path != "/en/nowhere":
        assert head.headers["content-length"] == whole.headers["content-length"]


def test_memory_stays_bounded_and_the_least_used_goes_first(tmp_path: Path) -> None:
    keeper = AnswerKeeper(None, settings=make_settings(tmp_path, "sqlite:///x", answer_cache_mb=1))  # type: ignore[arg-type]
    for number in range(500):
        keeper._keep((str(number),), Kept(1, 200, [], b"", b"x" * 10_000, None))
        if ("0",) in keeper.kept:
            keeper.kept.move_to_end(("0",))
    assert keeper.size <= 1024 * 1024
    assert 80 <= len(keeper.kept) <= 104
    assert ("0",) in keeper.kept
    assert ("1",) not in keeper.kept
    keeper._keep(("giant",), Kept(1, 200, [], b"", b"x" * 500_000, None))
    assert ("giant",) not in keeper.kept
    assert len(keeper.kept) >= 80
    for key in list(keeper.kept):
        keeper._keep(key, Kept(2, 200, [], b"", b"", None))
    assert keeper.size == sum(1500 + len(key[0]) for key in keeper.kept)


def test_without_a_version_nothing_is_kept_or_given_again(tmp_path: Path, empty_database: Callable[[str], str]) -> None:
    with serving(make_settings(tmp_path, empty_database("unversioned"))) as live:
        with live.database.writing() as session:
            session.connection().exec_driver_sql("DELETE FROM content_version")
        assert not served_from_memory(live, PATH)


class SlowQuery(PostgresVersion):
    """Counts time in numbers of queries: each takes a while and answers with the moment it was sent."""

    def __init__(self) -> None:
        super().__init__("")
        self.queries = 0
        self.connection = SimpleNamespace(closed=False, execute=self.execute)  # type: ignore[assignment]

    async def execute(self, _: str) -> Any:
        sent = time.perf_counter_ns()
        self.queries += 1
        await asyncio.sleep(0.005)

        async def fetchone() -> tuple[int]:
            return (sent,)

        return SimpleNamespace(fetchone=fetchone)


def test_a_request_never_takes_a_version_that_was_asked_for_before_it_came() -> None:
    async def visit(reader: SlowQuery, wait: float) -> bool:
        await asyncio.sleep(wait)
        came = time.perf_counter_ns()
        version = await reader.read()
        return version is not None and version >= came

    async def crowd() -> tuple[list[bool], int]:
        reader = SlowQuery()
        honest = await asyncio.gather(*(visit(reader, number * 0.0004) for number in range(300)))
        return honest, reader.queries

    honest, queries = asyncio.run(crowd())
    assert all(honest)
    assert queries < 100  # many share one


@pytest.mark.only_on("postgresql")  # a connection that is cut is PostgreSQL's
def test_a_cut_connection_is_opened_again(live_database: str, tmp_path: Path) -> None:
    async def read() -> list[int | None]:
        reader = make_version_reader(make_settings(tmp_path, live_database))
        assert isinstance(reader, PostgresVersion)
        first = await reader.read()
        assert reader.connection is not None
        with pytest.raises(Exception, match="terminating"):
            await reader.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        versions = [first, await reader.read(), await reader.read()]
        await reader.close()
        return versions

    first, second, third = asyncio.run(read())
    assert first is not None
    assert third == first
    assert second in {None, first}


def test_with_a_replica_the_version_is_the_replicas(tmp_path: Path) -> None:
    replica = "postgresql+psycopg://reader@replica/lb"
    reader = make_version_reader(
        make_settings(tmp_path, "postgresql+psycopg://main@main/lb", database_read_url=replica)
    )
    assert isinstance(reader, PostgresVersion)
    assert make_url(reader.url).host == "replica"


def test_requests_that_wait_together_share_one_reading_of_the_version(tmp_path: Path) -> None:
    class Clock(SqliteVersion):
        """Answers with the moment at which it was asked."""

        queries = 0

        def _query(self) -> int:
            self.queries += 1
            return time.perf_counter_ns()

    async def visit(reader: Clock, came: int) -> bool:
        version = await reader.read()
        return version is not None and version >= came

    async def arrive(reader: Clock) -> list[bool]:
        """A crowd that comes at once, and whoever comes of that, one pass of the loop later."""
        first = [asyncio.ensure_future(visit(reader, time.perf_counter_ns())) for _ in range(20)]
        await asyncio.sleep(0)
        later = [asyncio.ensure_future(visit(reader, time.perf_counter_ns())) for _ in range(20)]
        return [*await asyncio.gather(*first), *await asyncio.gather(*later)]

    async def crowds() -> tuple[list[bool], int]:
        reader = Clock(str(tmp_path / "none"))
        honest = [await arrive(reader) for _ in range(10)]
        return [each for crowd in honest for each in crowd], reader.queries

    honest, queries = asyncio.run(crowds())
    assert all(honest)
    assert queries == 20
