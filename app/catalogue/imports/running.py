"""Brings the rows of a sheet in: batch by batch, each one transaction; taken up where an earlier run was broken off."""

import datetime as dt
import hashlib
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from app.accounts.subjects import Actor, Command
from app.businesses.models import Business
from app.catalogue.glossary import glossary
from app.catalogue.imports.goods import BATCH
from app.catalogue.imports.mapping import Offer, Reader, SheetMapping, choose_mapping
from app.catalogue.imports.reading import MOST_MB, Refusal, Row, Sheet, SheetRefused, open_sheet
from app.catalogue.imports.refused import Refuse, errors_file
from app.catalogue.imports.sorting import Batch, Places, sort_out
from app.catalogue.imports.writing import write
from app.catalogue.models import ImportRun, Product
from app.core.database import Database, lock_chain
from app.core.languages import N_, Language

LOCK = 73_002
_ENDINGS = re.compile(r"(\.csv|\.txt|\.xlsx)?(\.gz)?$", re.IGNORECASE)
_product = Product.__table__  # type: ignore[attr-defined]
_business = Business.__table__  # type: ignore[attr-defined]
_run = ImportRun.__table__  # type: ignore[attr-defined]

HELD_S = 0.042
"""How long one batch should keep the others waiting who write: SQLite has one write lock for all of them."""
FEWEST = 16
"""Rows of a batch on the slowest machine: with fewer, most of the time would go into the transaction itself."""

Step = Callable[[int, int], None]
"""Told after each batch: rows done, rows expected."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an import is to go."""

    mapping: str | None = None
    """Name of a mapping or path of a file; by the header row when None."""
    source: str | None = None
    """Whose external ids these are, in place of the mapping's own word."""
    publish: bool = False
    dry_run: bool = False
    errors: Path | None = None
    """Where refused rows go; ``<sheet>.errors.csv`` in the working directory when None."""
    language: Language = Language.EN
    """Of the reasons."""
    max_mb: int = MOST_MB
    actor: Actor = field(default_factory=Command)


@dataclass(slots=True)
class Pace:
    """How many rows the next batch takes, learned from how long those before it held the write lock."""

    rows: int = 32

    def learn(self, rows: int, held_s: float) -> None:
        """Move half-way to the number that would have been held as long as wanted, at most doubling."""
        fitting = min(rows * HELD_S / held_s, 2 * self.rows) if rows else self.rows
        self.rows = max(FEWEST, min(BATCH, round((self.rows + fitting) / 2)))


@dataclass(slots=True)
class Report:
    """What an import did, rows of a broken-off run that it took up included."""

    mapping: str
    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    resumed_at: int = 0
    """Rows that an earlier run had done already."""
    errors: Path | None = None
    """The file of refused rows, when there are any."""


def import_products(
    database: Database, path: Path, *, options: Options, now: dt.datetime, step: Step | None = None
) -> Report:
    """Bring the goods of a sheet in.

    Rows that cannot be taken are written to a file with the reason; they stop nothing else. The same row again changes
    nothing. An import of the same file that was broken off is taken up where it stopped.

    Raises:
        SheetRefused, TooLarge: nothing could be read.
    """
    sheet = open_sheet(path, max_mb=options.max_mb)
    mapping = choose_mapping(sheet.header, options.mapping)
    if options.source:
        mapping = _with_source(mapping, options.source)
    errors = options.errors or Path(_ENDINGS.sub("", path.name) + ".errors.csv")
    if errors.resolve() == path.resolve():
        raise SheetRefused(N_("The file of refused rows would overwrite the sheet itself. Name another with --errors."))
    with database.reading() as session:
        places = Places.load(session)
    reader = Reader(mapping, sheet.header, places.families)
    report = Report(mapping=mapping.name)
    key = _run_key(mapping, publish=options.publish)
    if not options.dry_run:
        with database.writing() as session:
            _begin_run(session, sheet, key, report, now)
    glossary()  # read now, so that no transaction waits for it
    with errors_file(errors, sheet, options.language) as refuse:
        rows = _understood(sheet.rows(), reader, refuse)
        # PostgreSQL locks the rows of a batch and, for the moment of its end, the audit trail.
        whole = options.dry_run or database.engine.dialect.name != "sqlite"
        pace = Pace(rows=BATCH) if whole else Pace()
        while batch := list(islice(rows, _next_size(report, pace))):
            report.rows += len(batch)
            offers = _without_strangers(database, mapping, batch, refuse)
            report.refused += len(batch) - len(offers)
            if report.rows > report.resumed_at:
                begun = time.perf_counter()
                _bring_in(database, offers, mapping, places, options, report, key=(sheet.digest, key), now=now)
                if not whole:
                    pace.learn(len(batch), time.perf_counter() - begun)
            if step:
                step(report.rows, max(sheet.expected, report.rows))
    if not options.dry_run:
        with database.writing() as session:
            _finish_run(session, (sheet.digest, key), now)
    report.errors = errors if report.refused else None
    return report


def _next_size(report: Report, pace: Pace) -> int:
    """Rows of the next batch. What a run that was broken off has done ends where one of its batches did."""
    left = report.resumed_at - report.rows
    return min(BATCH, left) if left > 0 else pace.rows


def _with_source(mapping: SheetMapping, source: str) -> SheetMapping:
    if not source.replace("-", "").replace("_", "").isalnum() or not source.isascii() or len(source) > 40:  # noqa: PLR2004
        raise SheetRefused(N_("A source is named by letters, digits and hyphens, at most 40 of them."))
    return mapping.model_copy(update={"source": source.lower()})


def _run_key(mapping: SheetMapping, *, publish: bool) -> str:
    """Names a way of importing: rows done in one way are not done in another. At most 60 characters."""
    return f"{mapping.name}:{mapping.digest}:{'publish' if publish else 'draft'}"


Understood = tuple[Row, Offer | None]


def _understood(rows: Iterable[Row], reader: Reader, refuse: Refuse) -> Iterator[Understood]:
    """Each row with its offer, or None when it was refused. Nothing here depends on what the database has of goods."""
    seen: dict[bytes, int] = {}
    for row in rows:
        try:
            if row.problem:
                raise row.problem
            offer = reader.understand(row.number, row.cells)
            _check_identity(offer, seen)
        except Refusal as refusal:
            refuse(row, refusal)
            yield row, None
        else:
            yield row, offer


def _check_identity(offer: Offer, seen: dict[bytes, int]) -> None:
    name = offer.product or offer.external_id
    if not name:
        raise Refusal(
            "", N_("Give the row a number of your own, so that importing it twice does not make two products.")
        )
    key = hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=10).digest()
    first = seen.setdefault(key, offer.number)
    if first != offer.number:
        raise Refusal("", N_("Row %(row)s already is about this product."), {"row": first})


def _without_strangers(
    database: Database, mapping: SheetMapping, batch: Sequence[Understood], refuse: Refuse
) -> list[Offer]:
    """The offers of a batch without those that name a product or a maker that is not there."""
    offers = [offer for _, offer in batch if offer]
    if mapping.seller or not offers:
        return offers
    with database.reading() as session:
        connection = session.connection()
        goods = select(_product.c.slug, _business.c.slug).join(_business, _business.c.id == _product.c.business_id)
        named = [offer.product for offer in offers if offer.product]
        maker_of: dict[str, str] = dict(connection.execute(goods.where(_product.c.slug.in_(named))).all())
        makers = {offer.maker for offer in offers}
        known = set(connection.execute(select(_business.c.slug).where(_business.c.slug.in_(makers))).scalars())
    kept = []
    for row, offer in batch:
        if offer is None:
            continue
        refusal = _stranger(offer, maker_of, known)
        if refusal:
            refuse(row, refusal)
        else:
            kept.append(offer)
    return kept


def _stranger(offer: Offer, maker_of: Mapping[str, str], makers: Collection[str]) -> Refusal | None:
    if offer.product and offer.product not in maker_of:
        return Refusal(
            "product", N_("There is no product %(slug)s. Leave this cell empty for a new one."), {"slug": offer.product}
        )
    if offer.maker not in makers:
        return Refusal("maker", N_("There is no maker %(slug)s."), {"slug": offer.maker})
    if offer.product and maker_of[offer.product] != offer.maker:
        message = N_("This product is of the maker %(slug)s; an import does not pass it on.")
        return Refusal("maker", message, {"slug": maker_of[offer.product]})
    return None


def _begin_run(session: Session, sheet: Sheet, key: str, report: Report, now: dt.datetime) -> None:
    """Take up the run of this file that was broken off, or begin anew."""
    fresh: dict[str, Any] = dict.fromkeys(("rows_done", "created", "changed", "unchanged", "refused"), 0)
    fresh |= {"started_at": now, "finished_at": None}
    lock_chain(session, LOCK)
    connection = session.connection()
    mine = (_run.c.file_digest == sheet.digest) & (_run.c.mapping == key)
    standing = connection.execute(select(_run).where(mine)).mappings().first()
    if standing is None:
        names = {"file_digest": sheet.digest, "mapping": key, "file_name": sheet.path.name[:200]}
        connection.execute(_run.insert().values(**names, **fresh))
        return
    if standing["finished_at"] is not None:
        connection.execute(update(_run).where(mine).values(**fresh))
        return
    report.resumed_at = standing["rows_done"]
    report.created, report.changed, report.unchanged = (standing[name] for name in ("created", "changed", "unchanged"))


def _note_progress(session: Session, key: tuple[str, str], report: Report) -> None:
    mine = (_run.c.file_digest == key[0]) & (_run.c.mapping == key[1])
    session.connection().execute(
        update(_run)
        .where(mine)
        .values(
            rows_done=report.rows,
            created=report.created,
            changed=report.changed,
            unchanged=report.unchanged,
            refused=report.refused,
        )
    )


def _finish_run(session: Session, key: tuple[str, str], now: dt.datetime) -> None:
    mine = (_run.c.file_digest == key[0]) & (_run.c.mapping == key[1])
    session.connection().execute(update(_run).where(mine).values(finished_at=now))


def _bring_in(
    database: Database,
    offers: list[Offer],
    mapping: SheetMapping,
    places: Places,
    options: Options,
    report: Report,
    *,
    key: tuple[str, str],
    now: dt.datetime,
) -> None:
    """One batch: looked at without writing for a dry run, otherwise one transaction with the note of its progress."""
    if options.dry_run:
        with database.reading() as session:
            batch = _batch(session, mapping, places, options, now)
            sort_out(batch, offers)
            _count(batch, report)
        return
    # Makers met in a transaction that fails are not there: the batch works on a copy until it is through.
    trial = replace(places, makers=dict(places.makers), cities=dict(places.cities))
    with database.writing() as session:
        lock_chain(session, LOCK)
        batch = _batch(session, mapping, trial, options, now)
        sort_out(batch, offers)
        _count(batch, report)
        write(batch)
        _note_progress(session, key, report)
    places.makers, places.cities = trial.makers, trial.cities


def _batch(session: Session, mapping: SheetMapping, places: Places, options: Options, now: dt.datetime) -> Batch:
    return Batch(session, mapping, places, options.publish, options.dry_run, options.actor, now)


def _count(batch: Batch, report: Report) -> None:
    report.created += len(batch.created)
    changed = {goods.product["id"] for goods, _, _ in batch.changed} | set(batch.published)
    report.changed += len(changed)
    report.unchanged += batch.unchanged
