"""Exchange rates: what one euro is worth on a day, with source; every converted amount is indicative and says so."""

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from sqlalchemy import func
from sqlmodel import Field, Session, UniqueConstraint, col, select

from app.core.database import upsert
from app.core.models import Table, id_field, moment_field
from app.core.money import Currency, Money
from app.core.versions import bump_public

STALE_AFTER = dt.timedelta(hours=48)
SOURCE = "European Central Bank"
SNAPSHOT = Path(__file__).with_name("reference") / "rates.csv"


class ExchangeRate(Table, table=True):
    """Units of a currency for one euro on a day, as published."""

    public_content = True
    __tablename__ = "exchange_rate"
    __table_args__ = (UniqueConstraint("day", "currency"),)

    id: int = id_field()
    day: dt.date
    currency: str = Field(max_length=3)
    per_euro: str = Field(max_length=30)
    """A decimal text: neither database may round it."""
    source: str = Field(max_length=80)
    fetched_at: dt.datetime = moment_field()


@dataclass(frozen=True)
class Rates:
    """The newest set of rates of one day."""

    day: dt.date
    source: str
    per_euro: Mapping[Currency, Decimal]

    def rate(self, base: Currency, quote: Currency) -> Decimal | None:
        """Units of ``quote`` for one unit of ``base``, or None when one of them is not quoted."""
        if base == quote:
            return Decimal(1)
        if base not in self.per_euro or quote not in self.per_euro:
            return None
        return self.per_euro[quote] / self.per_euro[base]

    def convert(self, money: Money, to: Currency) -> Money | None:
        """An indicative amount in another currency, or None when there is no rate."""
        rate = self.rate(money.currency, to)
        return None if rate is None else money.convert(to, rate)

    def stale(self, now: dt.datetime) -> bool:
        """Whether the day of the rates must be shown because they are older than 48 hours."""
        published = dt.datetime.combine(self.day, dt.time(14, 15), tzinfo=dt.UTC)  # 16:00 in Frankfurt, about
        return now - published > STALE_AFTER


def get_rates(session: Session) -> Rates | None:
    """The newest rates known, or None before any were loaded."""
    connection = session.connection()
    day = connection.execute(select(func.max(col(ExchangeRate.day)))).scalar()
    if day is None:
        return None
    rows = connection.execute(
        select(ExchangeRate.currency, ExchangeRate.per_euro, ExchangeRate.source).where(col(ExchangeRate.day) == day)
    ).all()
    return _rates(day, tuple((row[0], row[1], row[2]) for row in rows))


@lru_cache(maxsize=4)
def _rates(day: dt.date, rows: tuple[tuple[str, str, str], ...]) -> Rates:
    known = {Currency(code): Decimal(text) for code, text, _ in rows if Currency.by_code(code)}
    return Rates(day=day, source=rows[0][2] if rows else "", per_euro=known)


def store_rates(
    session: Session, *, day: dt.date, per_euro: Mapping[str, Decimal], source: str, now: dt.datetime
) -> None:
    """Keep the rates of a day; the same day again overwrites."""
    bump_public(session)
    upsert(
        session,
        ExchangeRate.__table__,  # type: ignore[attr-defined]
        [
            {"day": day, "currency": code, "per_euro": str(value), "source": source, "fetched_at": now}
            for code, value in sorted(per_euro.items())
        ],
        conflict=["day", "currency"],
        update=["per_euro", "source", "fetched_at"],
    )


def load_snapshot(session: Session, now: dt.datetime) -> int:
    """Load the rates that came with this release, where none of the same day or newer stand; gives the days loaded.

    They are the last published days of a dated file of the European Central Bank, so that prices can be compared
    before the first fetch; pages show their date.
    """
    newest = session.connection().execute(select(func.max(col(ExchangeRate.day)))).scalar()
    loaded = 0
    with SNAPSHOT.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = dt.date.fromisoformat(row.pop("day"))
            if newest is not None and day <= newest:
                continue
            rates = {"EUR": Decimal(1)} | {code: Decimal(value) for code, value in row.items()}
            store_rates(session, day=day, per_euro=rates, source=SOURCE, now=now)
            loaded += 1
    return loaded
