"""The daily sweep: what dates alone do to halal standings, such as the end of a certificate.

A listing promises nothing from its ``standing_until`` on, whoever is late, so the sweep is never what keeps a badge
honest: it gives a listing its next standing. Each batch is a transaction of its own, so that makers and buyers wait
for none of it, and a sweep that was cut off is taken up where it stopped.
"""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.catalogue import index
from app.catalogue.models import Listing
from app.core.database import Database
from app.halal.rules import day_of

BATCH = 200
"""Listings in one transaction: on SQLite nobody else writes meanwhile."""
REST_S = 0.02
"""Between two transactions, if the one before took as long."""


@dataclass(frozen=True)
class Swept:
    """What a sweep came to."""

    looked_at: int
    changed: int


def sweep(
    database: Database,
    *,
    now: dt.datetime,
    everything: bool = False,
    batch: int = BATCH,
    step: Callable[[int], None] | None = None,
) -> Swept:
    """Bring halal standings in line with the day: of listings that are due, or of all of them.

    Days without a sweep are made up for by the next. The public version moves in those transactions that change a
    listing. ``step`` is told how many listings have been looked at. It rests between them: on SQLite who waits to
    write asks now and then, and would never get a turn between transactions that follow each other closely.
    """
    looked_at = changed = last = 0
    while True:
        began = time.monotonic()
        with database.writing() as session:
            ids = list_next(session, last, batch) if everything else list_due(session, day_of(now), batch)
            if not ids:
                return Swept(looked_at, changed)
            changed += index.place_standings(session, ids, now=now)
        last = ids[-1]
        looked_at += len(ids)
        if step:
            step(looked_at)
        time.sleep(min(time.monotonic() - began, REST_S))


def list_due(session: Session, today: dt.date, limit: int) -> list[int]:
    """Products whose listing's standing has come to its end, those first that have waited longest.

    Once placed, a listing is due on a later day or never.
    """
    statement = (
        sa.select(col(Listing.product_id))
        .where(col(Listing.standing_until) <= today)
        .order_by(col(Listing.standing_until), col(Listing.product_id))
        .limit(limit)
    )
    return list(session.connection().execute(statement).scalars())


def list_next(session: Session, last: int, limit: int) -> list[int]:
    """Listed products after this one, in their order."""
    statement = (
        sa.select(col(Listing.product_id))
        .where(col(Listing.product_id) > last)
        .order_by(col(Listing.product_id))
        .limit(limit)
    )
    return list(session.connection().execute(statement).scalars())
