"""What must always hold in the catalogue, recounted from the goods themselves."""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.businesses.models import Business, BusinessState
from app.catalogue import index, search, standings
from app.catalogue.models import (
    HalalStanding,
    Listing,
    Picture,
    PictureState,
    Product,
    ProductState,
    SearchDocument,
    SearchWord,
)
from app.catalogue.service import pictures
from app.core.checks import Inspection, check
from app.core.money import Currency
from app.core.storage import PUBLIC, Storage
from app.halal.rules import Phase, Status, day_of

BATCH = 500
_listing = Listing.__table__  # type: ignore[attr-defined]


@check("catalogue.listing")
def check_listing(inspection: Inspection) -> Iterator[str]:
    """Every public product has the listing that is made of it now, and nothing else has one."""
    session = inspection.session
    for batch in _batches(session):
        wanted = {row["product_id"]: row for row in index.wanted_rows(session, batch)[0]}
        statement = _listing.select().where(_listing.c.product_id.in_(batch))
        standing = {row["product_id"]: dict(row) for row in session.connection().execute(statement).mappings()}
        for number in batch:
            yield from _compare(number, wanted.get(number), standing.get(number))


def _batches(session: Session) -> Iterator[list[int]]:
    numbers = list(session.exec(select(Product.id).order_by(col(Product.id))).all())
    for start in range(0, len(numbers), BATCH):
        yield numbers[start : start + BATCH]


def _compare(number: int, wanted: dict[str, Any] | None, standing: dict[str, Any] | None) -> Iterator[str]:
    if wanted is None:
        if standing is not None:
            yield f"product {number} is listed but not public"
        return
    if standing is None:
        yield f"product {number} is public but not listed"
        return
    different = {name for name in wanted if wanted[name] != standing[name]}
    if wanted["prices"] and Currency.IDR.value not in wanted["prices"]:
        different.discard("price_key")  # follows the rates of the day, which a job brings in line after them
    if different:
        yield f"the listing of product {number} differs in {', '.join(sorted(different))}"


@check("catalogue.search")
def check_search(inspection: Inspection) -> Iterator[str]:
    """Search documents stand for exactly the texts of public goods, each with its words in the full-text index."""
    session = inspection.session
    wanted: dict[int, str] = {}
    for batch in _batches(session):
        wanted.update(index.wanted_rows(session, batch)[1])
    standing = dict(session.exec(select(SearchDocument.id, SearchDocument.digest)).all())
    for number in sorted(wanted.keys() - standing.keys()):
        yield f"search document {number} is missing"
    for number in sorted(standing.keys() - wanted.keys()):
        yield f"search document {number} stands for nothing public"
    for number in sorted(wanted.keys() & standing.keys()):
        if wanted[number] != standing[number]:
            yield f"search document {number} is out of date"
    indexed = search.document_numbers(session)
    for number in sorted(standing.keys() - indexed):
        yield f"search document {number} has no words in the full-text index"
    for number in sorted(indexed - standing.keys()):
        yield f"the full-text index has words of {number}, which is no document"


@check("catalogue.halal")
def check_standings(inspection: Inspection) -> Iterator[str]:
    """Lists are filtered by the halal standing that each public product has today, and no badge is without proof.

    A listing whose standing has reached its end promises nothing until the sweep has looked at it, so it may differ.
    """
    session, today = inspection.session, day_of(inspection.now)
    numbers = dict(session.exec(select(HalalStanding.digest, HalalStanding.id)).all())
    read = standings.read_standings(session)
    for batch in _batches(session):
        found = standings.find_standings(session, batch, today=today)
        facts = standings.read_facts(session, batch, today=today)
        columns = (_listing.c.product_id, _listing.c.standing_id, _listing.c.standing_until)
        statement = sa.select(*columns).where(_listing.c.product_id.in_(batch))
        for number, placed, until in session.connection().execute(statement):
            standing, end = found.get(number, (None, None))
            wanted = numbers.get(standings.digest_of(standing), 0) if standing else 0
            if (until is None or until > today) and (placed, until) != (wanted, end):
                yield f"the listing of product {number} has not the halal standing that its facts give"
            if standing is not None and not standings.agrees(standing, facts[number]):
                yield f"the noted halal facts of product {number} are not those of its rows"
            badge = read.statuses(today).get(placed) is Status.CERTIFIED and (until is None or until > today)
            live = standing is not None and any(phase is Phase.LIVE for _, phase in standing.evidence)
            if badge and not live:
                yield f"product {number} is listed as certified without a live certificate"


@check("catalogue.words")
def check_words(inspection: Inspection) -> Iterator[str]:
    """The vocabulary counts, for each word, the listed goods that have it in a name."""
    counted: Counter[str] = Counter()
    for names in inspection.session.exec(select(Listing.names)):
        counted.update(index.name_words(dict(names)))
    standing = dict(inspection.session.exec(select(SearchWord.word, SearchWord.products)).all())
    for word in sorted(counted.keys() | standing.keys()):
        if counted.get(word, 0) != standing.get(word, 0):
            yield f"the word {word!r} stands in {counted.get(word, 0)} names but is counted {standing.get(word, 0)}"


@check("catalogue.makers")
def check_makers(inspection: Inspection) -> Iterator[str]:
    """Nothing is listed of a maker that is not verified, or that is not published."""
    statement = (
        select(Listing.product_id, Product.state, Business.state)
        .join(Product, col(Product.id) == col(Listing.product_id))
        .join(Business, col(Business.id) == col(Product.business_id))
        .where(
            (col(Product.state) != ProductState.PUBLISHED.value) | (col(Business.state) != BusinessState.VERIFIED.value)
        )
    )
    for number, state, maker in inspection.session.exec(statement):
        yield f"product {number} is listed although it is {state} and its maker {maker}"


@check("catalogue.pictures")
def check_pictures(inspection: Inspection) -> Iterator[str]:
    """Every picture has its files with the right digest, and every file its picture (or is younger than the grace)."""
    expected: dict[str, str] = {}
    statement = select(Picture).order_by(col(Picture.id)).execution_options(populate_existing=True)
    for picture in inspection.session.exec(statement):
        keys = pictures.file_keys(picture)
        expected.update(zip(keys, [picture.sha256, *(each["sha256"] for each in picture.derivatives)], strict=True))
        if picture.state == PictureState.READY and not picture.derivatives:
            yield f"picture {picture.id} is ready without files"
        if picture.state == PictureState.FAILED and not picture.reason:
            yield f"picture {picture.id} failed without a reason"
    yield from _check_contents(inspection.storage, expected)
    yield from _check_strays(inspection.storage, expected)


def _check_contents(storage: Storage, expected: dict[str, str]) -> Iterator[str]:
    for key, sha256 in expected.items():
        data = storage.get(key)
        if data is None:
            yield f"the file {key} is missing"
        elif hashlib.sha256(data).hexdigest() != sha256:
            yield f"the file {key} does not have the content its name says"


def _check_strays(storage: Storage, expected: dict[str, str]) -> Iterator[str]:
    latest = time.time() - pictures.GRACE.total_seconds()
    for prefix in (PUBLIC, pictures.ORIGINALS):
        for key, written in storage.keys(prefix):
            if key not in expected and written <= latest:
                yield f"the file {key} belongs to no picture"
