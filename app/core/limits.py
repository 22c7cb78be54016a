"""Limits against guessing and flooding, counted in the database so that workers and restarts share them."""

import datetime as dt

from sqlalchemy import delete
from sqlmodel import Field, col

from app.core.database import Database, count_hit
from app.core.errors import TooManyTries
from app.core.models import Table, moment_field


class RateWindow(Table, table=True):
    """Hits on one key in one window of time; the key holds the window's start, never personal data in clear."""

    __tablename__ = "rate_window"
    key: str = Field(primary_key=True, max_length=200)
    hits: int
    started_at: dt.datetime = moment_field()


def hit(database: Database, *, name: str, who: str, limit: int, window: dt.timedelta, now: dt.datetime) -> None:
    """Count one try of ``who`` (already hashed) in its own transaction, so that a refused request counts too.

    Raises:
        TooManyTries: beyond ``limit`` tries in the window, with the seconds until it ends.
    """
    seconds = int(window.total_seconds())
    start = int(now.timestamp()) // seconds * seconds
    with database.writing() as session:
        hits = count_hit(session, RateWindow.__table__, key=f"{name}:{who}:{start}", now=now)  # type: ignore[attr-defined]
    if hits > limit:
        raise TooManyTries(retry_after_s=start + seconds - int(now.timestamp()))


def forget_old(database: Database, *, now: dt.datetime) -> None:
    """Remove counters whose window ended long ago."""
    with database.writing() as session:
        session.connection().execute(delete(RateWindow).where(col(RateWindow.started_at) < now - dt.timedelta(days=2)))
