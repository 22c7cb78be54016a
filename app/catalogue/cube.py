"""What hits of a search are filtered, counted and ordered by: a few numbers of every public product, in memory.

A search may match a third of all goods, and counting its facets looks at each of them. The database takes a
microsecond and more to look one up; an array gives it in thirty nanoseconds. A product costs 48 bytes.

Every transaction that changes listings notes which (``note_changes``), under the public version that it makes. A
process that holds the numbers as of an older version reads those listings again before it uses them.
"""

import datetime as dt
import threading
from array import array
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import Session, col

from app.catalogue.models import Listing, ListingChange
from app.core.versions import when_published

MOST_NOTED = 5_000
"""Listings that a transaction notes one by one; of more it says that all may have changed."""
VERSIONS_NOTED = 1_000
"""How far back changes can be looked up; whoever is further behind reads everything."""
EVERYTHING = 0
"""The number noted for "all listings": no product has it."""
UNPRICED = -1
_BATCH = 5_000
_CHANGED = "changed_listings"
_listing = Listing.__table__  # type: ignore[attr-defined]
_change = ListingChange.__table__  # type: ignore[attr-defined]
_COLUMNS = tuple(
    _listing.c[name]
    for name in (
        "product_id",
        "category_id",
        "kecamatan_code",
        "verified",
        "moq",
        "moq_band",
        "price_key",
        "name_words",
        "score",
        "business_id",
        "city_id",
        "published_us",
        "standing_id",
        "standing_until",
    )
)
_NEVER = dt.date.max.toordinal()


class Cube:
    """The columns, each an array with a product's number as the index. Numbers that are no listing hold zeros."""

    def __init__(self) -> None:
        self.version: int | None = None
        """The public version up to which changes are in; None before the first reading."""
        self.category = array("i")
        self.kecamatan = array("h")
        """Place in ``kecamatan_codes``."""
        self.kecamatan_codes: list[str | None] = [None]
        self.verified = array("b")
        self.moq = array("i")
        self.moq_band = array("b")
        self.price = array("q")
        """Whole rupiah; ``UNPRICED`` when there is none to compare."""
        self.rank = array("i")
        """Of two hits in the same place the smaller comes first: concise names, then complete offers."""
        self.business = array("i")
        self.city = array("i")
        self.published_us = array("q")
        self.standing = array("i")
        self.standing_until = array("i")
        """The first day (as an ordinal) on which the standing may be another one."""
        self._columns = tuple(value for value in vars(self).values() if isinstance(value, array))
        self._kecamatan_places: dict[str | None, int] = {None: 0}

    def __len__(self) -> int:
        """One more than the greatest number that can be looked up."""
        return len(self.category)

    def bring_to(self, session: Session, version: int) -> None:
        """Read what has changed up to a public version."""
        if self.version is None or not 0 <= version - self.version <= VERSIONS_NOTED:
            self._read_all(session)
        elif version > self.version:
            changed = (
                select(_change.c.product_id.label("number"), *_COLUMNS[1:])
                .select_from(_change.outerjoin(_listing, _listing.c.product_id == _change.c.product_id))
                .where(_change.c.version > self.version)
                .distinct()
            )
            rows = session.connection().execute(changed).all()
            if any(row.number == EVERYTHING for row in rows):
                self._read_all(session)
            else:
                self._put(rows)
        self.version = version

    def _read_all(self, session: Session) -> None:
        number, last = _COLUMNS[0], 0
        statement = select(*_COLUMNS).order_by(number).limit(_BATCH)
        while rows := session.connection().execute(statement.where(number > last)).all():
            self._put(rows)
            last = rows[-1].product_id
            if len(rows) < _BATCH:
                break

    def _put(self, rows: Iterable[Any]) -> None:
        for row in rows:
            number, category, kecamatan, verified, moq, band, price, words, score, business, city, published, *halal = (
                row
            )
            if number >= len(self):
                self._grow(number)
            if category is None:  # the listing is gone; search finds it no longer
                continue
            self.category[number] = category
            self.kecamatan[number] = self._kecamatan(kecamatan)
            self.verified[number] = verified
            self.moq[number] = moq
            self.moq_band[number] = band
            self.price[number] = UNPRICED if price is None else price
            self.rank[number] = min(words, 99) * 1_000 + 100 - score
            self.business[number] = business
            self.city[number] = city
            self.published_us[number] = published
            self.standing[number], until = halal
            self.standing_until[number] = _NEVER if until is None else until.toordinal()

    def _kecamatan(self, code: str | None) -> int:
        place = self._kecamatan_places.get(code)
        if place is None:
            place = self._kecamatan_places[code] = len(self.kecamatan_codes)
            self.kecamatan_codes.append(code)
        return place

    def _grow(self, number: int) -> None:
        more = max(number + 1, len(self) * 5 // 4) - len(self)
        for column in reversed(self._columns):  # the first one, whose length is asked for, last
            column.frombytes(bytes(more * column.itemsize))


_lock = threading.Lock()
_cubes: dict[str, Cube] = {}


def get_cube(session: Session, *, scope: str | None, version: int) -> Cube:
    """The cube of a database, holding all changes up to a public version; nothing is kept without a scope."""
    if scope is None:
        cube = Cube()
        cube.bring_to(session, version)
        return cube
    with _lock:
        if scope not in _cubes:
            _cubes.clear()  # a process serves one database
            _cubes[scope] = Cube()
        cube = _cubes[scope]
        if cube.version is None or version > cube.version:
            cube.bring_to(session, version)
        return cube


def note_changes(session: Session, numbers: Iterable[int]) -> None:
    """Say which products' listings the running transaction has written or removed."""
    session.info.setdefault(_CHANGED, set()).update(numbers)


@when_published
def _write_changes(session: OrmSession, version: int) -> None:
    numbers = session.info.pop(_CHANGED, None)
    if not numbers:
        return
    if len(numbers) > MOST_NOTED:
        numbers = {EVERYTHING}
    connection = session.connection()
    connection.execute(insert(_change), [{"version": version, "product_id": number} for number in sorted(numbers)])
    connection.execute(delete(ListingChange).where(col(ListingChange.version) < version - VERSIONS_NOTED))
