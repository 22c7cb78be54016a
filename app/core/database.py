"""Both databases behind one door: engines, transactions, and the few statements that differ."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlmodel import Session

from app.core import versions  # noqa: F401 - registers the session events
from app.core.config import Settings

BUSY_TIMEOUT_MS = 5000
_WRITE = {"lb_write": True}


def is_sqlite(bind: Engine | Connection | Session) -> bool:
    """Whether this is the embedded database."""
    engine = bind.get_bind() if isinstance(bind, Session) else bind
    return engine.dialect.name == "sqlite"


def make_engine(url: str, *, pool_size: int = 10, read_only: bool = False) -> Engine:
    """An engine with the rules of this house.

    SQLite: WAL, ``synchronous=FULL``, foreign keys on, a busy timeout of 5 s, ``BEGIN IMMEDIATE`` for sessions that
    write.
    A read-only engine runs without transactions and refuses writes in the database itself, so that GET changes nothing.
    Messages of errors never hold the values of a statement: they may be personal data.
    """
    options: dict[str, Any] = {"pool_size": pool_size, "max_overflow": 4, "pool_timeout": 5}
    if read_only:
        options |= {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
    if make_url(url).get_backend_name() == "sqlite":
        options["connect_args"] = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}
        options.pop("isolation_level", None)
        engine = create_engine(url, hide_parameters=True, **options)
        _prepare_sqlite(engine, read_only=read_only)
    else:
        arguments: dict[str, Any] = {
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,
            # Compiling takes longer than any of our statements, and our indexes are in memory: planned for a slow disk,
            # a search for a frequent word reads the whole table.
            "options": "-c timezone=UTC -c lock_timeout=5s -c jit=off -c random_page_cost=1.1",
        }
        if read_only:
            arguments["options"] += " -c default_transaction_read_only=on"
        engine = create_engine(url, connect_args=arguments, pool_recycle=1800, hide_parameters=True, **options)
    return engine


def _prepare_sqlite(engine: Engine, *, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "temp_store=MEMORY",
            "cache_size=-2000",  # KiB a connection; the rest stays in the cache of the system, which all share
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    if not read_only:

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            # Taking the write lock first makes a busy database wait its turn instead of failing half-way.
            write = connection.get_execution_options().get("lb_write", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


class Database:
    """The engines of one process."""

    def __init__(self, settings: Settings) -> None:
        url = settings.resolved_database_url
        if url.startswith("sqlite:///") and ":memory:" not in url:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.engine = make_engine(url, pool_size=settings.threads + 2)
        self.read_engine = make_engine(
            settings.database_read_url or url, pool_size=settings.threads + 2, read_only=True
        )
        self._write_bind: Engine | Connection = self.engine.execution_options(**_WRITE)
        self._read_bind: Engine | Connection = self.read_engine

    def session(self, *, write: bool) -> Session:
        """A session that writes (its transaction begins with the lock) or one that only reads."""
        return Session(self._write_bind if write else self._read_bind, expire_on_commit=False)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back when anything is raised."""
        with self.session(write=True) as session:
            yield session
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries only."""
        with self.session(write=False) as session:
            yield session

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        self.read_engine.dispose()


def insert_or_ignore(session: Session, table: Table, values: dict[str, Any], *, conflict: list[str]) -> bool:
    """Insert a row unless one with the same ``conflict`` columns stands already; says whether it was inserted.

    On PostgreSQL a concurrent insert of the same key waits for the first to end.
    """
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = insert(table).values(**values).on_conflict_do_nothing(index_elements=conflict)
    # What comes back tells; the count of rows of an insert is unknown (-1) on PostgreSQL.
    return session.connection().execute(statement.returning(table.c[conflict[0]])).first() is not None


def upsert(
    session: Session, table: Table, rows: list[dict[str, Any]], *, conflict: list[str], update: list[str]
) -> None:
    """Insert rows, or overwrite the ``update`` columns of those whose ``conflict`` columns stand already."""
    if not rows:
        return
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=conflict, set_={name: statement.excluded[name] for name in update}
    )
    session.connection().execute(statement, rows)


def add_counts(
    session: Session, table: Table, rows: list[dict[str, Any]], *, key: tuple[str, ...], counter: str
) -> None:
    """Add each row's ``counter`` to the standing one with the same ``key``, or insert it.

    Rows are touched in the order of their keys, so that two writers wait for each other instead of blocking each other.
    """
    if not rows:
        return
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = insert(table)
    total = table.c[counter] + statement.excluded[counter]
    ordered = sorted(rows, key=lambda row: [str(row[name]) for name in key])
    session.connection().execute(
        statement.on_conflict_do_update(index_elements=list(key), set_={counter: total}), ordered
    )


def count_hit(session: Session, table: Table, *, key: str, now: dt.datetime) -> int:
    """Add one to the counter ``key`` of a rate table and give the new count."""
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = insert(table).values(key=key, hits=1, started_at=now)
    statement = statement.on_conflict_do_update(index_elements=["key"], set_={"hits": table.c.hits + 1})
    return int(session.connection().execute(statement.returning(table.c.hits)).scalar_one())


def lock_chain(session: Session, number: int) -> None:
    """Let one transaction at a time append to a chained ledger; SQLite writers already are one at a time."""
    if not is_sqlite(session):
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
