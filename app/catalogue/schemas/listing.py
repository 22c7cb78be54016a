"""Goods in lists: the filters clients send and the summaries they see."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.core.languages import Language
from app.core.money import Currency, MoneyPublic
from app.core.pagination import DEFAULT_LIMIT, CursorText, Limit
from app.halal.rules import Status


class Sort(StrEnum):
    """Orders of a list."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE = "price"
    PRICE_DESC = "-price"


Slug = Annotated[str, Field(max_length=100)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]


class ProductQuery(BaseModel):
    """Filters of a list of goods."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=200, description="Words to search, in any of the five languages")] = ""
    category: Annotated[Slug | None, Field(description="Slug of a category; what is below it is included")] = None
    business: Annotated[Slug | None, Field(description="Slug of a maker")] = None
    kecamatan: Annotated[list[Slug], Field(max_length=40, description="Slugs of districts, any of them")] = []
    city: Annotated[Slug | None, Field(description="Slug of the makers' city")] = None
    verified: Annotated[bool | None, Field(description="Only makers verified by the city")] = None
    price_min: Annotated[Amount | None, Field(description="In major units of `currency`")] = None
    price_max: Annotated[Amount | None, Field(description="In major units of `currency`")] = None
    currency: Annotated[Currency | None, Field(description="Currency of the price filter and of indicative prices")] = (
        None
    )
    moq_max: Annotated[int | None, Field(ge=1, le=1_000_000, description="Largest acceptable minimum order")] = None
    halal: Annotated[Status | None, Field(description="Status where the goods are made, today")] = None
    recognised_in: Annotated[
        str | None, Field(pattern="^[A-Z]{2}$", description="A country (ISO 3166-1) where they are certified too")
    ] = None
    sort: Annotated[Sort | None, Field(description="`relevance` for a search, else `newest`, unless chosen")] = None
    limit: Limit = DEFAULT_LIMIT
    cursor: CursorText | None = None
    locale: Annotated[Language | None, Field(description="Language of names; else Accept-Language")] = None


class TextPublic(BaseModel):
    """A text and the language it is in, which may be another than the one asked for."""

    text: str
    locale: str


class NamedPublic(BaseModel):
    """Something by its slug and name."""

    slug: str
    name: str


class IndicativePrice(BaseModel):
    """A converted price: never stored, always with the day and source of its rate."""

    amount: str
    currency: Currency
    rate_date: dt.date
    rate_source: str


class PictureFile(BaseModel):
    """One file of a picture."""

    url: str
    media_type: str
    width: int
    height: int


class PicturePublic(BaseModel):
    """A picture with its files by format and width."""

    alt: str
    width: int
    height: int
    focal_x: float
    focal_y: float
    files: list[PictureFile]


class HalalPublic(BaseModel):
    """The halal status of a product at a destination today; ``/products/{slug}/halal`` gives the reasons."""

    status: Status
    label: str
    """The status in words, in the language asked for."""
    destination: str
    """ISO 3166-1."""
    certificate_number: str | None
    """Of the confirmed certificate that it rests on, when it rests on one."""
    body: str | None
    """Code of the body that issued it."""
    url: str | None
    """Its public page."""


class ProductSummary(BaseModel):
    """A product as lists show it."""

    slug: str
    name: TextPublic
    business: NamedPublic
    category: str
    kecamatan: str | None
    city: str
    verified: bool
    unit: str
    moq: int
    lead_days: int | None
    price: MoneyPublic | None
    """Unit price at the minimum order, or null when the price is given on request."""
    price_from: bool
    """Whether larger orders cost less."""
    indicative: IndicativePrice | None
    picture: PicturePublic | None
    halal: HalalPublic
    """At ``recognised_in`` when that was asked for, else where it is made."""
    published_at: dt.datetime


class FacetValuePublic(BaseModel):
    """One choice of a facet."""

    value: str
    count: int
    selected: bool


class FacetsPublic(BaseModel):
    """Choices with counts, each facet counted as if its own filter were not set."""

    category: list[FacetValuePublic]
    kecamatan: list[FacetValuePublic]
    price: list[FacetValuePublic]
    moq_max: list[FacetValuePublic]
    verified: list[FacetValuePublic]
    halal: list[FacetValuePublic]
    recognised_in: list[FacetValuePublic]


class ProductList(BaseModel):
    """A page of goods."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "slug": "keripik-tempe-sagu",
                            "name": {"text": "Sago tempeh chips", "locale": "en"},
                            "business": {"slug": "dapur-cikaso", "name": "Dapur Cikaso"},
                            "category": "chips-crackers",
                            "kecamatan": "cibeunying-kidul",
                            "city": "bandung",
                            "verified": True,
                            "unit": "pack",
                            "moq": 24,
                            "lead_days": 7,
                            "price": {"amount": "18000", "currency": "IDR"},
                            "price_from": True,
                            "indicative": {
                                "amount": "4.80",
                                "currency": "MYR",
                                "rate_date": "2025-03-31",
                                "rate_source": "European Central Bank",
                            },
                            "picture": None,
                            "halal": {
                                "status": "certified",
                                "label": "Certified halal",
                                "destination": "ID",
                                "certificate_number": "ID32110000123450824",
                                "body": "BPJPH",
                                "url": "https://bandung.example/en/halal/certificates/q7m2x9k4v1c8z5b3",
                            },
                            "published_at": "2026-10-02T03:00:00Z",
                        }
                    ],
                    "next": "WyJuZXdlc3QiLDE3OTA5MTAwMDAwMDAwMDAsMTJd",
                    "total": 240,
                    "facets": {
                        "category": [{"value": "food", "count": 88, "selected": False}],
                        "kecamatan": [{"value": "coblong", "count": 17, "selected": False}],
                        "price": [{"value": "-10", "count": 40, "selected": False}],
                        "moq_max": [{"value": "10", "count": 61, "selected": False}],
                        "verified": [{"value": "true", "count": 240, "selected": False}],
                        "halal": [{"value": "certified", "count": 61, "selected": False}],
                        "recognised_in": [{"value": "MY", "count": 61, "selected": False}],
                    },
                    "corrected": None,
                }
            ]
        }
    )

    items: list[ProductSummary]
    next: str | None
    total: int
    facets: FacetsPublic
    corrected: str | None
    """The spelling that was searched instead, when what was asked for finds nothing."""


class SuggestionList(BaseModel):
    """What could be meant by words that are being typed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"words": ["keripik", "keripik tempe"]}]})

    words: list[str]
