"""The worker: huey runs what the outbox holds and the periodic tasks.

The outbox is the truth: what was committed runs even when the nudge to the queue is lost, because a periodic task
looks every minute as well.
"""

import datetime as dt
import threading
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer

from app.core import idempotency, limits, outbox
from app.core.config import Settings
from app.core.database import Database
from app.core.storage import Storage, open_storage

log = structlog.get_logger(__name__)
QUEUE_LOOK_S = 0.5
ROWS_AT_ONCE = 200


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def make_queue(settings: Settings) -> Huey:
    """The queue in its store: SQLite by default, PostgreSQL or Redis in production."""
    url = settings.resolved_queue_url
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey("little-bandung", filename=url.removeprefix("sqlite:///"), results=False, fsync=False)
    if scheme.startswith("postgresql"):
        return PostgresHuey("little-bandung", dsn=url.replace("+psycopg", ""), results=False)
    if scheme.startswith("redis"):
        return RedisHuey("little-bandung", url=url, results=False)
    return MemoryHuey("little-bandung", results=False)


class JobQueue:
    """The tasks of one installation on its queue."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.huey = make_queue(settings)
        self._parts: tuple[Database, Storage] | None = None
        self._lock = threading.Lock()
        self._drain = self.huey.task(name="drain")(self.drain)
        self.huey.periodic_task(crontab(minute="*"), name="sweep")(self.drain)
        self.huey.periodic_task(crontab(minute="20", hour="*/4"), name="rates")(self.ask_for_rates)
        self.huey.periodic_task(crontab(minute="10"), name="plan")(self.plan)
        self.huey.periodic_task(crontab(minute="45", hour="2"), name="tidy")(self.tidy)

    def bench(self) -> outbox.Workbench:
        """What handlers work with, opened at first use."""
        with self._lock:
            if self._parts is None:
                self._parts = Database(self.settings), open_storage(self.settings)
        database, storage = self._parts
        return outbox.Workbench(database, storage, self.settings, _now())

    def nudge(self) -> None:
        """Tell the worker that the outbox has something; when that fails, the periodic look finds it."""
        try:
            self._drain()
        except Exception as error:  # noqa: BLE001 - a nudge must never fail the request whose work is committed
            log.warning("nudge_failed", reason=type(error).__name__)

    def drain(self) -> None:
        """Run what the outbox holds, until nothing is due."""
        while outbox.run_due(self.bench(), limit=ROWS_AT_ONCE, clock=_now) == ROWS_AT_ONCE:
            pass

    def ask_for_rates(self) -> None:
        """Ask for today's exchange rates, once in four hours."""
        bench = self.bench()
        slot = f"{bench.now:%Y%m%d}-{bench.now.hour // 4}"
        with bench.database.writing() as session:
            outbox.enqueue(session, kind="rates.fetch", key=f"rates:{slot}", payload={}, now=bench.now)

    def plan(self) -> None:
        """Ask for what runs at a time of the day, once an hour; the times are those of places, not of this machine."""
        bench = self.bench()
        with bench.database.writing() as session:
            outbox.enqueue_daily(session, now=bench.now)

    def tidy(self) -> None:
        """Remove what has served its time."""
        bench = self.bench()
        limits.forget_old(bench.database, now=bench.now)
        with bench.database.writing() as session:
            idempotency.forget_old(session, now=bench.now)
            for kind in sorted(outbox.DAILY):
                outbox.enqueue(session, kind=kind, key=f"{kind}:{bench.now:%Y%m%d}", payload={}, now=bench.now)

    def run(self, *, threads: int = 2) -> None:
        """Work until told to stop."""
        self.ask_for_rates()
        self.plan()
        Consumer(self.huey, workers=threads, initial_delay=0.1, max_delay=QUEUE_LOOK_S).run()
