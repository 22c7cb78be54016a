"""The daily sweep: each listing gets its next standing on the day it begins, and nothing is lost on the way."""

import datetime as dt
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

import app.jobs  # noqa: F401 - registers what the worker runs
from app.catalogue import index, standings
from app.catalogue.models import Listing, Product
from app.catalogue.service import halal_sweep
from app.core import outbox
from app.core.checks import CHECKS, Inspection, run_checks
from app.core.config import ROOT, Settings
from app.core.database import Database
from app.core.outbox import Workbench
from app.core.storage import Storage, open_storage
from app.core.versions import public_version
from app.halal.models import CertificateEvent
from app.halal.rules import Status
from app.halal.vocabulary import EventKind
from tests.conftest import OneConnection
from tests.factories import NOON, make_product
from tests.halal.duties import make_obligation
from tests.halal.papers import TODAY, link_product, make_certificate
from tests.support import kills

LAST_DAY = TODAY + dt.timedelta(days=2)


def later(days: int) -> dt.datetime:
    """Noon in Bandung so many days on."""
    return NOON + dt.timedelta(days=days)


def lapsing(session: Session, *, goods: int = 1, valid_until: dt.date = LAST_DAY) -> list[Product]:
    """Listed products that need a certificate, under one that has an end."""
    make_obligation(session)
    products = [make_product(session) for _ in range(goods)]
    certificate = make_certificate(session, valid_until=valid_until)
    for product in products:
        link_product(session, product, certificate)
    index.reindex_products(session, [product.id for product in products], now=NOON)
    session.commit()
    return products


def status(session: Session, product: Product, on: dt.date) -> Status:
    """The status at home that lists show."""
    listing = session.get(Listing, product.id, populate_existing=True)
    return standings.read_standings(session).status(listing, on)


@pytest.fixture
def database(session: Session) -> Database:
    return OneConnection(session.connection())


def test_a_certificate_counts_on_its_last_day_and_not_a_day_longer(session: Session, database: Database) -> None:
    [product] = lapsing(session)
    assert status(session, product, LAST_DAY) is Status.CERTIFIED
    assert halal_sweep.sweep(database, now=later(2)) == halal_sweep.Swept(0, 0)
    # Not swept yet, and no badge all the same.
    assert status(session, product, LAST_DAY + dt.timedelta(days=1)) is Status.UNKNOWN
    assert halal_sweep.sweep(database, now=later(3)) == halal_sweep.Swept(1, 1)
    assert status(session, product, LAST_DAY + dt.timedelta(days=1)) is Status.LAPSED


def test_the_day_is_that_of_bandung(session: Session, database: Database) -> None:
    lapsing(session)
    midnight = dt.datetime(2026, 11, 22, 17, tzinfo=dt.UTC)  # 23 November has begun in Bandung
    assert halal_sweep.sweep(database, now=midnight - dt.timedelta(seconds=1)).looked_at == 0
    assert halal_sweep.sweep(database, now=midnight).changed == 1


def test_the_public_version_moves_only_when_a_standing_changed(session: Session, database: Database) -> None:
    lapsing(session, goods=3)
    before = public_version(session)
    halal_sweep.sweep(database, now=later(2))
    session.expire_all()
    assert public_version(session) == before
    halal_sweep.sweep(database, now=later(3))
    session.expire_all()
    assert public_version(session) == before + 1
    halal_sweep.sweep(database, now=later(3))
    halal_sweep.sweep(database, now=later(3), everything=True)
    session.expire_all()
    assert public_version(session) == before + 1


def test_days_without_a_sweep_are_made_up_for(session: Session, database: Database) -> None:
    first, second = (lapsing(session, valid_until=TODAY + dt.timedelta(days=days))[0] for days in (1, 20))
    assert halal_sweep.sweep(database, now=later(40)) == halal_sweep.Swept(2, 2)
    on = TODAY + dt.timedelta(days=40)
    assert {status(session, product, on) for product in (first, second)} == {Status.LAPSED}


def test_each_batch_is_a_transaction_and_each_listing_is_looked_at_once(session: Session, database: Database) -> None:
    lapsing(session, goods=5)
    before = public_version(session)
    seen: list[int] = []
    swept = halal_sweep.sweep(database, now=later(3), batch=2, step=seen.append)
    session.expire_all()
    assert (swept, seen) == (halal_sweep.Swept(5, 5), [2, 4, 5])
    assert public_version(session) == before + 3


def test_a_recount_finds_what_no_day_brings(session: Session, database: Database) -> None:
    products = lapsing(session, goods=3)
    session.connection().execute(
        update(Listing).where(col(Listing.product_id) == products[1].id).values(standing_id=0, standing_until=None)
    )
    session.commit()
    assert halal_sweep.sweep(database, now=NOON) == halal_sweep.Swept(0, 0)
    assert halal_sweep.sweep(database, now=NOON, everything=True, batch=2) == halal_sweep.Swept(3, 1)
    assert status(session, products[1], TODAY) is Status.CERTIFIED


def test_it_runs_when_the_day_begins_in_bandung(session: Session, database: Database, settings: Settings) -> None:
    [product] = lapsing(session)
    day = LAST_DAY + dt.timedelta(days=1)
    midnight = dt.datetime(2026, 11, 22, 17, tzinfo=dt.UTC)
    bench = Workbench(database, open_storage(settings), settings, midnight - dt.timedelta(hours=3))
    with database.writing() as writing:
        outbox.enqueue_daily(writing, now=bench.now)
        outbox.enqueue_daily(writing, now=bench.now)
    rows = session.connection().execute(
        select(col(outbox.OutboxRow.key), col(outbox.OutboxRow.due_at)).where(
            col(outbox.OutboxRow.kind) == "catalogue.halal_sweep"
        )
    )
    assert sorted(rows.all()) == [
        ("catalogue.halal_sweep:20261122", midnight - dt.timedelta(days=1)),
        ("catalogue.halal_sweep:20261123", midnight),
    ]
    outbox.run_due(bench)
    assert status(session, product, day) is Status.UNKNOWN
    outbox.run_due(Workbench(database, bench.storage, settings, midnight))
    assert status(session, product, day) is Status.LAPSED


# --- on a database of its own ---------------------------------------------------------------------------------------


def act(bench: Workbench) -> None:
    """What is killed: the sweep of a day, as the worker runs it."""
    outbox.run_due(bench)


def reset(bench: Workbench) -> None:
    """Everything stands as on the day before, and the sweep is asked for anew."""
    with bench.database.writing() as session:
        connection = session.connection()
        connection.exec_driver_sql("DELETE FROM outbox")
        ids = list(connection.execute(select(col(Listing.product_id))).scalars())
        index.place_standings(session, ids, now=NOON)
        outbox.enqueue(session, kind="catalogue.halal_sweep", key="sweep", payload={}, now=NOON)


@pytest.fixture
def own(empty_database: Callable[[str], str], tmp_path: Path) -> Iterator[Workbench]:
    """A database that nobody else uses."""
    settings = Settings(
        _env_file=None, data_dir=tmp_path, database_url=empty_database("sweep"), rates_url="", queue_url="memory:"
    )
    database = Database(settings)
    yield Workbench(database, open_storage(settings), settings, NOON)
    database.dispose()


def faults(database: Database, storage: Storage, now: dt.datetime) -> list[str]:
    """What the invariant checker finds about standings."""
    with database.reading() as session:
        return list(CHECKS["catalogue.halal"](Inspection(session=session, storage=storage, now=now)))


def test_the_command_looks_at_everything_when_asked(own: Workbench) -> None:
    with own.database.session(write=True) as session:
        [product] = lapsing(session, valid_until=dt.date(2150, 1, 1))
        session.connection().execute(update(Listing).values(standing_id=0, standing_until=None))
        session.commit()
        product_id = product.id
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LB_")} | {
        "LB_DATABASE_URL": own.database.engine.url.render_as_string(hide_password=False),
        "LB_DATA_DIR": str(own.settings.data_dir),
    }

    def run(*more: str) -> str:
        command = [sys.executable, "-m", "app", "halal", "sweep", *more]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=120, check=True)
        return done.stderr.decode().strip()

    assert run() == "0 products looked at, 0 changed"
    assert run("--all") == "1 products looked at, 1 changed"
    with own.database.reading() as session:
        assert session.get_one(Listing, product_id).standing_id != 0


def test_a_kill_at_any_statement_leaves_nothing_wrong(own: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    with own.database.session(write=True) as session:
        lapsing(session, goods=3)
        lapsing(session, goods=2, valid_until=TODAY + dt.timedelta(days=100))
        make_product(session)
        session.commit()
        index.reindex_all(session, now=NOON)
        session.commit()
        assert list(run_checks(Inspection(session=session, storage=own.storage, now=NOON))) == []
    url = own.database.engine.url.render_as_string(hide_password=False)
    own.database.dispose()
    done = kills.everywhere("tests.catalogue.test_halal_sweep:act", url, own.settings.data_dir, later(3))
    assert done.faults == []
    assert done.kills > 15
    with own.database.reading() as session:
        today = TODAY + dt.timedelta(days=3)
        left = session.connection().execute(select(col(Listing.product_id)).where(col(Listing.standing_until) <= today))
        assert left.all() == []


def test_what_is_decided_while_the_sweep_runs_is_not_lost(own: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both write the same listing; whoever comes later must have seen what the other did."""
    with own.database.session(write=True) as session:
        [product] = lapsing(session)
        other = make_certificate(session)
        link_product(session, product, other)
        index.reindex_products(session, [product.id], now=NOON)
        session.commit()
    now, decided, judged = later(3), threading.Event(), threading.Event()
    place = standings.place

    def judge_slowly(session: Session, ids: list[int], *, today: dt.date) -> object:
        placed = place(session, ids, today=today)
        if threading.current_thread() is sweeping:
            judged.set()
            decided.wait(1)
        return placed

    monkeypatch.setattr(standings, "place", judge_slowly)
    sweeping = threading.Thread(target=lambda: halal_sweep.sweep(own.database, now=now))
    sweeping.start()
    assert judged.wait(20)
    with own.database.writing() as session:
        session.add(
            CertificateEvent(
                certificate_id=other.id, kind=EventKind.SUSPENDED, effective_on=TODAY + dt.timedelta(3), recorded_at=now
            )
        )
        index.place_standings(session, [product.id], now=now)
    decided.set()
    sweeping.join()
    assert faults(own.database, own.storage, now) == []
