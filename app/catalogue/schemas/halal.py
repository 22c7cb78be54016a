"""What a maker answers about a product, and what she is shown of its road to a certificate."""

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.catalogue.routes import Condition
from app.halal.schemas.applications import ApplicationStart
from app.halal.vocabulary import GoodsClass, Route, Said, Stage

PublicId = Annotated[str, Field(max_length=16)]
ProductSlug = Annotated[str, Field(max_length=100)]

_ANSWERS: dict[str, Any] = {
    "use_as": "food",
    "pork": "no",
    "alcohol": "no",
    "animal": None,
    "declared_not_halal": False,
    "marked": False,
    "route": {"sales": "yes", "one_site": "yes"},
}


class HalalAnswers(BaseModel):
    """Answers to the plain questions; all of them, in place of those that stand."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_ANSWERS]})
    use_as: GoodsClass | None = None
    """What it is; None: what its category says."""
    animal: Said | None = None
    pork: Said | None = None
    alcohol: Said | None = None
    declared_not_halal: bool = False
    marked: bool = False
    route: dict[Condition, Said] = Field(default_factory=dict)


class AnswersOwn(HalalAnswers):
    """The answers that stand."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{**_ANSWERS, "version": 1}]})
    version: int
    """0 before the first answer; what ``ETag`` and ``If-Match`` speak of."""
    answered_at: dt.datetime | None = None


class LinkCreate(BaseModel):
    """A person's decision that a product is what an item of a certificate names."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"certificate": "c8Kq2v9LmT3x", "item": 12}]}
    )
    certificate: PublicId
    item: Annotated[int, Field(ge=1, le=2**62)]


class LinkOwn(BaseModel):
    """A product and an item of a certificate, linked from a day on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "certificate": "c8Kq2v9LmT3x",
                    "item": 12,
                    "name": "KERIPIK TEMPE",
                    "since": "2026-11-20",
                    "until": None,
                    "confirmed_on": None,
                    "refusal": "",
                }
            ]
        }
    )
    id: int
    certificate: str
    item: int
    name: str
    """As printed."""
    since: dt.date
    until: dt.date | None = None
    """The first day it holds no more."""
    confirmed_on: dt.date | None = None
    """Since when an official has confirmed it; before, it is the maker's claim."""
    refusal: str = ""
    """Why an official ended it."""


class LinkList(BaseModel):
    """All links of a product, those that ended too, in the order they were made."""

    items: list[LinkOwn]
    next: str | None = None
    total: int


class ApplicationCreate(ApplicationStart):
    """A journey begun for some products."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"route": "self_declare", "products": ["keripik-tempe-ketumbar-40317"]}]},
    )
    products: Annotated[list[ProductSlug], Field(max_length=100)] = Field(default_factory=list)


class StepOwn(BaseModel):
    """A stage reached."""

    stage: Stage
    reached_on: dt.date
    note: str


class ApplicationOwn(BaseModel):
    """A maker's journey towards a certificate, as she reported it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 3,
                    "route": "self_declare",
                    "stage": "submitted",
                    "registration_number": "",
                    "external_status": "",
                    "certificate": None,
                    "closed_on": None,
                    "products": ["keripik-tempe-ketumbar-40317"],
                    "steps": [{"stage": "submitted", "reached_on": "2026-11-19", "note": ""}],
                    "next_stages": ["companion_assigned"],
                    "version": 2,
                }
            ]
        }
    )
    id: int
    route: Route
    stage: Stage
    registration_number: str
    external_status: str
    certificate: str | None
    """The public name of the certificate it led to."""
    closed_on: dt.date | None
    products: list[str]
    steps: list[StepOwn]
    next_stages: list[Stage]
    version: int


class ProductsAttach(BaseModel):
    """Products that an application is about, in place of those that stand."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"products": ["keripik-tempe-ketumbar-40317"]}]}
    )
    products: Annotated[list[ProductSlug], Field(max_length=100)]
