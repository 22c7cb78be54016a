"""What halal costs on a full shelf: lists filtered by status and destination, their counts, and the daily sweep."""

import datetime as dt
import itertools
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlmodel import Session, col

from app.accounts.models import Organisation  # noqa: F401 - names a table that the others point to
from app.catalogue import presenting
from app.catalogue.models import Listing, Product, ProductCertificateItem
from app.catalogue.queries import halal_public, listing
from app.catalogue.queries.listing import ListingFilter
from app.catalogue.service import halal_sweep
from app.core.database import Database, is_sqlite
from app.core.languages import Language
from app.core.money import Currency
from app.core.pagination import Cursor
from app.halal.models import Certificate, CertificateEvent, CertificateItem
from app.halal.rules import HOME, Status, day_of
from app.halal.service import reference
from app.halal.vocabulary import CertificateState, EventKind
from bench import stock
from bench.speed import GOODS, Report

CERTIFICATES = 30_000
NOW = dt.datetime(2026, 11, 21, 4, 0, tzinfo=dt.UTC)
PAGES = 200
MOST_RATIO = 1.5
MOST_SWEEP_S = 60
LIMIT = 24
HISTORY = {
    CertificateState.CLAIMED: (EventKind.ENTERED,),
    CertificateState.VERIFIED: (EventKind.ENTERED, EventKind.VERIFIED),
    CertificateState.SUSPENDED: (EventKind.ENTERED, EventKind.VERIFIED, EventKind.SUSPENDED),
    CertificateState.REVOKED: (EventKind.ENTERED, EventKind.VERIFIED, EventKind.REVOKED),
}
STATES = (
    [CertificateState.VERIFIED] * 960
    + [CertificateState.CLAIMED] * 25
    + [CertificateState.REVOKED] * 14
    + [CertificateState.SUSPENDED] * 1
)
BODIES = ["BPJPH"] * 18 + ["JAKIM", "KMF"]


def fill(database: Database) -> None:
    """Put the certificates beside the goods, unless they are there: each names one to three products of a maker."""
    with database.reading() as session:
        if session.connection().execute(select(func.count()).select_from(Certificate)).scalar_one():
            return
        goods = session.connection().execute(
            select(col(Product.id), col(Product.business_id)).order_by(col(Product.business_id), col(Product.id))
        )
        shelves = [[row[0] for row in rows] for _, rows in itertools.groupby(goods, key=lambda row: row[1])]
        makers = session.connection().execute(select(col(Product.business_id)).distinct().order_by("business_id"))
        owners = list(makers.scalars())
    with database.writing() as session:
        reference.load_reference(session, NOW)
    dice = random.Random(20261018)
    named = _groups(shelves, owners, dice)
    numbered = enumerate(itertools.islice(named, CERTIFICATES), start=1)
    item = itertools.count(1)
    while batch := list(itertools.islice(numbered, 2_000)):
        with database.writing() as session:
            _insert(session, batch, item, dice)
    with database.writing() as session:
        if not is_sqlite(session):
            for table in ("halal_certificate", "halal_certificate_item"):
                session.connection().execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608 - our own names
                )


def _groups(shelves: list[list[int]], owners: list[int], dice: random.Random) -> Iterator[tuple[int, list[int]]]:
    while True:
        place = dice.randrange(len(shelves))
        shelf = shelves[place]
        yield owners[place], dice.sample(shelf, min(len(shelf), dice.randint(1, 3)))


def _insert(
    session: Session, batch: list[tuple[int, tuple[int, list[int]]]], item: Iterator[int], dice: random.Random
) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {
        Certificate: [],
        CertificateEvent: [],
        CertificateItem: [],
        ProductCertificateItem: [],
    }
    for number, (owner, products) in batch:
        state, issued = dice.choice(STATES), NOW.date() - dt.timedelta(days=dice.randrange(200, 1500))
        ends = dice.random() < 0.5  # noqa: PLR2004 - half of them were printed with an end
        rows[Certificate].append(
            {
                "id": number,
                "public_id": f"b{number:015d}",
                "business_id": owner,
                "body": dice.choice(BODIES),
                "number": f"ID32{number:015d}",
                "number_key": f"ID32{number:015d}",
                "holder": f"Maker {owner}",
                "issued_on": issued,
                "valid_until": issued + dt.timedelta(days=1461) if ends else None,
                "state": state,
                "entered_at": NOW,
                "updated_at": NOW,
                "decided_at": NOW,
            }
        )
        rows[CertificateEvent] += [
            {"certificate_id": number, "kind": kind, "effective_on": issued, "recorded_at": NOW}
            for kind in HISTORY[state]
        ]
        for product in products:
            row = next(item)
            rows[CertificateItem].append({"id": row, "certificate_id": number, "name": f"Product {product}"})
            rows[ProductCertificateItem].append(
                {"product_id": product, "item_id": row, "since": issued, "linked_at": NOW, "confirmed_on": issued}
            )
    for model, values in rows.items():
        session.connection().execute(insert(model), values)


def measure(url: str, label: str, folder: Path) -> Report:
    """All figures on one database."""
    report = Report()
    started = time.monotonic()
    database = stock.open_database(url, folder)
    stock.fill(database, GOODS)
    fill(database)
    print(f"\n### {label}, {GOODS:,} products, {CERTIFICATES:,} certificates (ready after {_since(started)})\n")
    print("| what | measured | target | met |\n|---|---|---|---|", flush=True)
    _sweeps(report, database)
    stock.settle(database)
    _lists(report, database)
    database.dispose()
    return report


def _since(started: float) -> str:
    return f"{time.monotonic() - started:.1f} s"


def _sweeps(report: Report, database: Database) -> None:
    for what, now, everything in (
        ("every listing looked at", NOW, True),
        ("the next day's sweep", NOW + dt.timedelta(days=1), False),
        ("a sweep after a month without", NOW + dt.timedelta(days=31), False),
        ("every listing looked at again", NOW, True),
    ):
        started = time.monotonic()
        swept = halal_sweep.sweep(database, now=now, everything=everything)
        took = time.monotonic() - started
        value = f"{took:.1f} s for {swept.looked_at:,} ({swept.changed:,} changed)"
        if everything:
            report.add(what, value=value)
        else:
            report.add(what, value=value, target=f"≤ {MOST_SWEEP_S} s", met=took <= MOST_SWEEP_S)


def _lists(report: Report, database: Database) -> None:
    """Pages at random places of the newest first: the filtered and the unfiltered list by turns."""
    dice = random.Random(24)
    with database.reading() as session:
        keys = session.connection().execute(select(col(Listing.published_us), col(Listing.product_id))).all()
    cursors = [Cursor(sort="newest", key=key, id=number).encode() for key, number in dice.sample(keys, PAGES)]
    plain = ListingFilter(Language.EN, Currency.USD)
    lists = {
        "the list": plain,
        "certified, recognised in MY": ListingFilter(
            Language.EN, Currency.USD, halal=Status.CERTIFIED, recognised_in="MY"
        ),
        "suspended (rare)": ListingFilter(Language.EN, Currency.USD, halal=Status.SUSPENDED),
        "claimed": ListingFilter(Language.EN, Currency.USD, halal=Status.CLAIMED),
        "food": ListingFilter(Language.EN, Currency.USD, category="food"),
        "food, certified, recognised in MY": ListingFilter(
            Language.EN, Currency.USD, category="food", halal=Status.CERTIFIED, recognised_in="MY"
        ),
    }
    base = {"food, certified, recognised in MY": "food"}
    with database.reading() as session:
        totals = {
            name: listing.list_products(session, wanted, on=day_of(NOW), limit=1).total
            for name, wanted in lists.items()
        }
    for what, prepare, cursors_used in (
        ("pages", _nothing, cursors),
        ("first page", _nothing, [None] * PAGES),
        ("counts made anew", _forget, [None] * 20),
    ):
        times = _by_turns(database, lists, cursors_used, prepare)
        for name in lists:
            against = times[base.get(name, "the list")]
            ratio = times[name] / against
            aimed = "recognised" in name
            report.add(
                f"{what}: {name} ({totals[name]:,})",
                value=f"{times[name] * 1000:.2f} ms, × {ratio:.2f}",
                target=f"≤ × {MOST_RATIO}" if aimed else "",
                met=ratio <= MOST_RATIO if aimed else None,
            )


def _nothing() -> None:
    """Counts stay as they are kept."""


def _forget() -> None:
    """Counts are made anew, as after every publishing write."""
    listing._all_counts = listing._Shelf(1024)  # noqa: SLF001 - what is measured
    listing._all_facets = listing._Shelf(1024)  # noqa: SLF001


def _by_turns(
    database: Database, lists: dict[str, ListingFilter], cursors: list[str] | list[None], prepare: Callable[[], None]
) -> dict[str, float]:
    """The median seconds of each list's page, with all that its JSON is made of."""
    taken: dict[str, list[float]] = {name: [] for name in lists}
    for cursor in cursors:
        for name, wanted in lists.items():
            prepare()
            with database.reading() as session:
                started = time.perf_counter()
                _answer(session, wanted, cursor)
                taken[name].append(time.perf_counter() - started)
    return {name: statistics.median(each) for name, each in taken.items()}


def _answer(session: Session, wanted: ListingFilter, cursor: str | None) -> None:
    page = listing.list_products(session, wanted, on=day_of(NOW), limit=LIMIT, cursor=cursor)
    destination = wanted.recognised_in or HOME
    deciding = halal_public.find_deciding(session, page.rows, page.halal, destination)
    for row in page.rows:
        status, certificate = page.halal.status(row, destination), deciding.get(row.product_id)
        halal = presenting.halal_summary(status, wanted.language, destination, certificate, link=_link)
        presenting.summary(row, wanted.language, wanted.currency, page.reference, halal)
    presenting.facets_public(page.facets)


def _link(language: Language, public_id: str) -> str:
    return f"/{language.value}/halal/certificates/{public_id}"
