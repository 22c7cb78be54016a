"""One product as clients see it."""

import datetime as dt

from pydantic import BaseModel, ConfigDict

from app.catalogue.schemas.listing import HalalPublic, IndicativePrice, NamedPublic, PicturePublic
from app.core.money import MoneyPublic


class ProductTextPublic(BaseModel):
    """A product's words in one language."""

    name: str
    summary: str
    story: str
    care: str
    materials: str
    origin: str


class VariantPublic(BaseModel):
    """One sellable form."""

    sku: str
    options: dict[str, str]
    gtin: str | None
    weight_g: int | None


class PriceTierPublic(BaseModel):
    """A unit price from a quantity on."""

    min_quantity: int
    price: MoneyPublic
    indicative: IndicativePrice | None


class MakerPublic(NamedPublic):
    """The maker of a product."""

    kecamatan: str | None
    city: str
    country: str
    verified_on: dt.date | None


class AttributePublic(BaseModel):
    """One attribute of the product's family, labelled in the language asked for."""

    key: str
    label: str
    value: str | int | float | bool
    shown: str
    unit: str


class ProductDetail(BaseModel):
    """A product with everything the public may know."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "keripik-tempe-sagu",
                    "locale": "en",
                    "name": "Sago tempeh chips",
                    "texts": {
                        "en": {
                            "name": "Sago tempeh chips",
                            "summary": "Thin and crisp.",
                            "story": "Fried twice.",
                            "care": "Keep dry.",
                            "materials": "Soybeans, sago, oil, garlic",
                            "origin": "human",
                        }
                    },
                    "category": {"slug": "chips-crackers", "name": "Chips & crackers"},
                    "business": {
                        "slug": "dapur-cikaso",
                        "name": "Dapur Cikaso",
                        "kecamatan": "Cibeunying Kidul",
                        "city": "Bandung",
                        "country": "ID",
                        "verified_on": "2026-03-03",
                    },
                    "attributes": [
                        {"key": "net_weight", "label": "Net weight", "value": 150, "shown": "150 g", "unit": "g"}
                    ],
                    "hs_code": "200819",
                    "unit": "pack",
                    "moq": 24,
                    "order_multiple": 12,
                    "lead_days": 7,
                    "capacity_per_month": 4000,
                    "shelf_life_days": 180,
                    "weight_g": 170,
                    "size_mm": [160, 60, 220],
                    "price_visibility": "public",
                    "prices": [
                        {"min_quantity": 1, "price": {"amount": "18000", "currency": "IDR"}, "indicative": None}
                    ],
                    "variants": [{"sku": "KTS-150", "options": {"flavour": "original"}, "gtin": None, "weight_g": 170}],
                    "pictures": [],
                    "halal": {
                        "status": "certified",
                        "label": "Certified halal",
                        "destination": "MY",
                        "certificate_number": "ID32110000123450824",
                        "body": "BPJPH",
                        "url": "https://bandung.example/en/halal/certificates/q7m2x9k4v1c8z5b3",
                    },
                    "published_at": "2026-10-02T03:00:00Z",
                    "updated_at": "2026-10-02T03:00:00Z",
                }
            ]
        }
    )

    slug: str
    locale: str
    """The language of ``name``."""
    name: str
    texts: dict[str, ProductTextPublic]
    category: NamedPublic
    business: MakerPublic
    attributes: list[AttributePublic]
    hs_code: str | None
    unit: str
    moq: int
    order_multiple: int
    lead_days: int | None
    capacity_per_month: int | None
    shelf_life_days: int | None
    weight_g: int | None
    size_mm: list[int] | None
    """Length, width, height."""
    price_visibility: str
    prices: list[PriceTierPublic]
    """Empty when the price is given on request."""
    variants: list[VariantPublic]
    pictures: list[PicturePublic]
    halal: HalalPublic | None = None
    """At the destination asked for, else where it is made; null as long as the product is not public."""
    published_at: dt.datetime | None
    updated_at: dt.datetime
