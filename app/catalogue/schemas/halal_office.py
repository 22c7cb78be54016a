"""Coverage of goods by halal certificates, for officials, in JSON."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.catalogue.schemas.listing import Slug, TextPublic
from app.core.languages import Language
from app.core.pagination import DEFAULT_LIMIT, CursorText, Limit
from app.halal.rules import Status
from app.halal.schemas.certificates import WordsNeeded
from app.halal.vocabulary import GoodsClass

COUNTS: Any = {"required_missing": 41, "certified": 52, "in_process": 9, "not_required": 120}


class CountsPublic(BaseModel):
    """Goods by their status; statuses without any are left out."""

    key: str
    """What ``kecamatan``, ``category`` or ``scale`` of the list of goods takes; empty for the total."""
    name: str
    products: int
    statuses: dict[Status, int]


class CoveragePublic(BaseModel):
    """Public goods by their halal status at home on a day; each breakdown adds up to the total."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "as_of": "2026-11-21",
                    "destination": "ID",
                    "total": {"key": "", "name": "All goods", "products": 222, "statuses": COUNTS},
                    "by_kecamatan": [{"key": "coblong", "name": "Coblong", "products": 222, "statuses": COUNTS}],
                    "by_category": [{"key": "food", "name": "Food", "products": 222, "statuses": COUNTS}],
                    "by_scale": [
                        {
                            "key": "micro_small",
                            "name": "Micro and small makers",
                            "products": 222,
                            "statuses": COUNTS,
                        }
                    ],
                }
            ]
        }
    )

    as_of: dt.date
    destination: str
    total: CountsPublic
    by_kecamatan: list[CountsPublic]
    by_category: list[CountsPublic]
    by_scale: list[CountsPublic]


class LinkQuery(BaseModel):
    """Which matches are meant."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[Literal["waiting"], Field(description="`waiting`: not confirmed by an official yet")] = "waiting"
    limit: Limit = DEFAULT_LIMIT
    cursor: CursorText | None = None


class LinkOffice(BaseModel):
    """A product that its maker says is what a certificate names, as officials see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "product": "keripik-tempe-ketumbar-40317",
                    "names": {"id": "Keripik tempe ketumbar", "en": "Coriander tempeh chips"},
                    "certificate": "c8Kq2v9LmT3x",
                    "number": "ID32110001333131122",
                    "body": "BPJPH",
                    "item": "KERIPIK TEMPE",
                    "likeness": 84,
                    "since": "2026-11-20",
                    "confirmed": False,
                }
            ]
        }
    )

    id: int
    product: str
    names: dict[str, str]
    """By language."""
    certificate: str
    number: str
    body: str
    item: str
    """As printed."""
    likeness: int
    """How alike the names are, 0 to 100."""
    since: dt.date
    confirmed: bool


class LinkOfficeList(BaseModel):
    """Matches, the oldest first."""

    items: list[LinkOffice]
    next: str | None
    total: int


class LinkRefuse(BaseModel):
    """Why a product is not what the certificate names; its maker reads it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "The certificate names cassava, not tempeh."}]}
    )

    text: WordsNeeded


class CoverageQuery(BaseModel):
    """Which goods are meant."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[Status | None, Field(description="Halal status at home today")] = None
    kecamatan: Annotated[Slug | None, Field(description="Slug of a district, or `unknown`")] = None
    category: Annotated[Slug | None, Field(description="Slug of a category; what is below it is included")] = None
    scale: Annotated[Slug | None, Field(description="`micro_small`, `medium_large` or `unknown`")] = None
    goods: Annotated[GoodsClass | None, Field(description="What the goods are before the law")] = None
    since: Annotated[
        dt.date | None, Field(description="Only where a certificate is missing that is required since this day")
    ] = None
    limit: Limit = DEFAULT_LIMIT
    cursor: CursorText | None = None
    locale: Annotated[Language | None, Field(description="Language of names; else Accept-Language")] = None


class CoveredGood(BaseModel):
    """A public product as coverage counts it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "keripik-tempe-ketumbar-40317",
                    "name": {"text": "Coriander tempeh chips", "locale": "en"},
                    "business": "dapur-palayangan",
                    "business_name": "Dapur Palayangan",
                    "kecamatan": "Lengkong",
                    "category": "chips-crackers",
                    "scale": "micro_small",
                    "goods_class": "food",
                    "status": "required_missing",
                    "required_since": "2026-10-18",
                }
            ]
        }
    )

    slug: str
    name: TextPublic
    business: str
    business_name: str
    kecamatan: str
    category: str
    scale: str
    goods_class: str
    status: Status
    required_since: dt.date | None
    """From when a certificate that is missing has been required."""


class CoveredGoodList(BaseModel):
    """Goods by maker."""

    items: list[CoveredGood]
    next: str | None
    total: int
