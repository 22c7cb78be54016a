"""The plain way to answer a list: FastAPI, one SQLAlchemy Core select of 24 rows, a pydantic response.

The same rows with the same columns and fields as ours, no total, no facets, no filters, no languages to choose from.
The place in the list comes as two numbers. Threads and database settings are those of the app.
"""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import select

from app.catalogue.models import Category, Listing
from app.catalogue.queries.listing import COLUMNS
from app.catalogue.schemas.listing import ProductSummary
from app.cities.models import City, Kecamatan
from app.core.config import get_settings
from app.core.database import Database
from app.core.rates import get_rates
from app.core.storage import media_url

_listing = Listing.__table__  # type: ignore[attr-defined]
PER_PAGE = 24


class Goods(BaseModel):
    """What is answered."""

    items: list[ProductSummary]


def create_app() -> FastAPI:
    """An app with the one list."""
    settings = get_settings()
    database = Database(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        yield
        database.dispose()

    with database.reading() as session:
        categories = {row[0]: row[1] for row in session.connection().execute(select(Category.id, Category.slug))}  # type: ignore[call-overload]
        cities = {row[0]: row[1] for row in session.connection().execute(select(City.id, City.slug))}  # type: ignore[call-overload]
        districts = {row[0]: row[1] for row in session.connection().execute(select(Kecamatan.code, Kecamatan.slug))}  # type: ignore[call-overload]
        rates = get_rates(session)
    if rates is None:
        raise RuntimeError("There are no exchange rates in this database.")
    dollars = rates.per_euro["USD"] / rates.per_euro["IDR"]  # type: ignore[index]

    def item(row: Any) -> dict[str, Any]:
        language, name = next(iter(row.names.items()))
        minor, lowest = row.prices["IDR"]
        return {
            "slug": row.slug,
            "name": {"text": name, "locale": language},
            "business": {"slug": row.business_slug, "name": row.business_name},
            "category": categories[row.category_id],
            "kecamatan": districts.get(row.kecamatan_code),
            "city": cities[row.city_id],
            "verified": row.verified,
            "unit": row.unit,
            "moq": row.moq,
            "lead_days": row.lead_days,
            "price": {"amount": str(minor), "currency": "IDR"},
            "price_from": lowest < minor,
            "indicative": {
                "amount": str((minor * dollars).quantize(Decimal("0.01"))),
                "currency": "USD",
                "rate_date": rates.day,
                "rate_source": rates.source,
            },
            "picture": {
                "alt": next(iter(row.picture["alt"].values())),
                "width": row.picture["width"],
                "height": row.picture["height"],
                "focal_x": row.picture["focal"][0],
                "focal_y": row.picture["focal"][1],
                "files": [
                    {"url": media_url(sha256, kind), "media_type": f"image/{kind}", "width": width, "height": height}
                    for kind, width, height, sha256 in row.picture["files"]
                ],
            },
            "halal": {
                "status": "unknown",
                "label": "Not known",
                "destination": "ID",
                "certificate_number": None,
                "body": None,
                "url": None,
            },
            "published_at": dt.datetime.fromtimestamp(row.published_us / 1_000_000, tz=dt.UTC),
        }

    application = FastAPI(lifespan=lifespan)

    @application.get("/products", response_model=Goods)
    def list_products(before: int, number: int) -> Any:
        statement = (
            select(*COLUMNS)
            .where(
                _listing.c.published_us <= before,
                (_listing.c.published_us < before) | (_listing.c.product_id < number),
            )
            .order_by(_listing.c.published_us.desc(), _listing.c.product_id.desc())
            .limit(PER_PAGE)
        )
        with database.read_engine.connect() as connection:
            return {"items": [item(row) for row in connection.execute(statement)]}

    return application
