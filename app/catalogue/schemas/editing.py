"""What makers and officials send to change goods, and what they are shown of goods that are not public."""

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from app.businesses.models import TextOrigin
from app.catalogue.models import PictureState, PriceVisibility, ProductState, Unit
from app.catalogue.schemas.detail import ProductDetail
from app.catalogue.schemas.listing import NamedPublic, PictureFile
from app.core.languages import N_, Language
from app.core.money import Currency, Money, MoneyPublic
from app.core.validation import OWN_KINDS

OWN_KINDS.update(
    {"blank", "control_signs", "gtin_length", "gtin_check", "hs_code", "money_positive", "money_unread", "sku_form"}
)
MILLION = 1_000_000
_GTIN_LENGTHS = (8, 12, 13, 14)
_HS_LENGTHS = (4, 6, 8, 10)


def _readable(text: str) -> str:
    """Text without what no keyboard writes: control signs other than line ends, halves of surrogate pairs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\n\t" for sign in text):
        raise PydanticCustomError("control_signs", N_("Take out signs that cannot be seen, and write this again."))
    return text.strip()


def _said(text: str) -> str:
    if not text:
        raise PydanticCustomError("blank", N_("Fill in this field."))
    return text


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


Words = Annotated[str, AfterValidator(_readable)]
Line = Annotated[str, AfterValidator(_readable), AfterValidator(_one_line)]
Name = Annotated[Line, Field(max_length=300), AfterValidator(_said)]
Summary = Annotated[Line, Field(max_length=500)]
Long = Annotated[Words, Field(max_length=6000)]
Slug = Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9-]+$")]


def gtin_check_digit(body: str) -> int:
    """The last digit of a GTIN from those before it (GS1 General Specifications, 7.9)."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -weighted % 10


def _gtin(text: str) -> str:
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in _GTIN_LENGTHS:
        raise PydanticCustomError("gtin_length", N_("Write the 8, 12, 13 or 14 digits under the barcode."))
    if gtin_check_digit(digits[:-1]) != int(digits[-1]):
        raise PydanticCustomError("gtin_check", N_("A digit is wrong or missing. Compare with the barcode."))
    return digits


def _hs_code(text: str) -> str:
    digits = text.replace(".", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in _HS_LENGTHS:
        raise PydanticCustomError("hs_code", N_("Write 4, 6, 8 or 10 digits, such as 1905.90."))
    return digits


def _sku(text: str) -> str:
    text = _one_line(_readable(text))
    if not text or not text.isprintable():
        raise PydanticCustomError("sku_form", N_("Write a short code of your own, such as KRP-150."))
    return text


Gtin = Annotated[str, Field(max_length=30), AfterValidator(_gtin)]
HsCode = Annotated[str, Field(max_length=20), AfterValidator(_hs_code)]
Sku = Annotated[str, Field(max_length=60), AfterValidator(_sku)]
Count = Annotated[int, Field(ge=1, le=MILLION)]
Days = Annotated[int, Field(ge=0, le=3650)]
Grams = Annotated[int, Field(ge=1, le=MILLION)]
Millimetres = Annotated[int, Field(ge=1, le=100_000)]
AttributeValue = str | int | float | bool | None


class Closed(BaseModel):
    """Input that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid")


def read_amount(text: str, currency: Currency) -> Decimal:
    """An amount as people type it: ``Rp 18.000``, ``18,000``, ``12,50`` and ``1.250,5`` are all understood.

    A point or comma followed by three digits separates thousands; followed by one or two, decimals.

    Raises:
        ValueError: it is no amount in this currency.
    """
    bare = re.sub(r"[\s\u00a0\u202f]|Rp\.?|RM|IDR|MYR|KRW|USD|US\$|[$₩]", "", text, flags=re.IGNORECASE)
    bare = re.sub(r",-$", "", bare)
    match = re.fullmatch(r"(\d{1,3}(?:[.,']\d{3})+|\d+)(?:[.,](\d{1,2}))?", bare)
    if match is None:
        msg = f"{text!r} is no amount"
        raise ValueError(msg)
    whole = re.sub(r"[.,']", "", match[1])
    decimals = match[2] or ""
    if not currency.digits and set(decimals) <= {"0"}:
        decimals = ""
    return Money.of(Decimal(f"{whole}.{decimals or 0}"), currency).amount


def _money(value: MoneyPublic) -> MoneyPublic:
    if value.to_money().minor <= 0:
        raise PydanticCustomError("money_positive", N_("Write a price greater than zero."))
    return value


Price = Annotated[MoneyPublic, AfterValidator(_money)]


class ProductCreate(Closed):
    """The few facts that a product begins with."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Keripik tempe ketumbar",
                    "category": "chips-crackers",
                    "price": {"amount": "22000", "currency": "IDR"},
                    "unit": "pack",
                    "moq": 24,
                    "summary": "Tempe buatan sendiri, diiris tipis dan digoreng dua kali.",
                    "language": "id",
                }
            ]
        },
    )

    name: Name
    category: Annotated[Slug, Field(description="Slug of a category")]
    price: Annotated[Price | None, Field(description="Unit price; left out when it is given on request")] = None
    unit: Unit = Unit.PIECE
    moq: Count = 1
    order_multiple: Count = 1
    summary: Summary = ""
    language: Annotated[Language, Field(description="The language that name and summary are in")] = Language.ID
    business: Annotated[Slug | None, Field(description="Slug of the maker, for people who act for several")] = None


class ProductForm(Closed):
    """The short form of the maker's pages; the amount as it is typed."""

    name: Name
    category: Slug
    currency: Currency = Currency.IDR
    price: Annotated[str, Field(max_length=40)]
    unit: Unit = Unit.PIECE
    moq: Count = 1
    summary: Summary = ""
    language: Language = Language.ID

    @field_validator("price")
    @classmethod
    def _amount_reads(cls, text: str, info: ValidationInfo) -> str:
        typed_price(text, info.data.get("currency", Currency.IDR))
        return text

    def to_create(self) -> ProductCreate:
        """The same as the JSON edge sends it."""
        return ProductCreate(
            name=self.name,
            category=self.category,
            price=typed_price(self.price, self.currency),
            unit=self.unit,
            moq=self.moq,
            summary=self.summary,
            language=self.language,
        )


def typed_price(text: str, currency: Currency) -> MoneyPublic:
    """A typed amount as money.

    Raises:
        PydanticCustomError: it is none, or not greater than zero.
    """
    try:
        amount = read_amount(text, currency)
        money = MoneyPublic(amount=str(amount), currency=currency)
    except (ValueError, InvalidOperation) as error:
        raise PydanticCustomError("money_unread", N_("Write the price in figures, such as 18000.")) from error
    return _money(money)


class ProductUpdate(Closed):
    """Facts of a product; only those sent are changed, ``null`` empties one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "moq": 24,
                    "order_multiple": 12,
                    "lead_days": 7,
                    "weight_g": 170,
                    "attributes": {"net_weight": 150, "spice_level": "mild"},
                    "hs_code": "2005.99",
                }
            ]
        },
    )

    category: Slug | None = None
    unit: Unit | None = None
    moq: Count | None = None
    order_multiple: Count | None = None
    lead_days: Days | None = None
    capacity_per_month: Count | None = None
    shelf_life_days: Annotated[int | None, Field(ge=1, le=36500)] = None
    weight_g: Grams | None = None
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None
    hs_code: HsCode | None = None
    price_visibility: PriceVisibility | None = None
    attributes: Annotated[
        dict[Annotated[str, Field(max_length=40)], AttributeValue],
        Field(max_length=40, description="By key of the category's family; see /attributes"),
    ] = {}


class TextUpdate(Closed):
    """A product's words in one language."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Coriander tempe chips",
                    "summary": "Our own tempe, sliced paper thin and fried twice.",
                    "story": "Soybeans ferment for two nights in banana leaf.",
                    "care": "Keep cool and dry.",
                    "materials": "Soybeans, rice flour, palm oil, garlic, coriander, salt",
                    "origin": "human",
                }
            ]
        },
    )

    name: Name
    summary: Summary = ""
    story: Long = ""
    care: Annotated[Words, Field(max_length=2000)] = ""
    materials: Annotated[Words, Field(max_length=2000)] = ""
    origin: TextOrigin = TextOrigin.HUMAN


class PriceTier(Closed):
    """A unit price from a quantity on, for the product or one of its variants."""

    min_quantity: Count = 1
    price: Price
    sku: Annotated[Sku | None, Field(description="The variant it is for; left out for all")] = None


class PricesUpdate(Closed):
    """All prices of a product; they replace those that stand."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "visibility": "public",
                    "tiers": [
                        {"min_quantity": 1, "price": {"amount": "22000", "currency": "IDR"}},
                        {"min_quantity": 50, "price": {"amount": "19100", "currency": "IDR"}},
                        {"min_quantity": 1, "price": {"amount": "8.90", "currency": "MYR"}},
                    ],
                }
            ]
        },
    )

    visibility: PriceVisibility | None = None
    tiers: Annotated[list[PriceTier], Field(max_length=600)] = []


class VariantInput(Closed):
    """One sellable form."""

    sku: Sku
    options: Annotated[
        dict[Annotated[Line, Field(min_length=1, max_length=30)], Annotated[Line, Field(min_length=1, max_length=60)]],
        Field(max_length=4),
    ] = {}
    gtin: Gtin | None = None
    weight_g: Grams | None = None
    active: bool = True


class VariantsUpdate(Closed):
    """All variants of a product in their order; one keeps its prices as long as its SKU stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "variants": [
                        {"sku": "CKR-01-A", "options": {"flavour": "original"}, "gtin": "8991002101234"},
                        {"sku": "CKR-01-B", "options": {"flavour": "lime leaf"}},
                    ]
                }
            ]
        },
    )

    variants: Annotated[list[VariantInput], Field(min_length=1, max_length=60)]


class PictureUpdate(Closed):
    """What is changed about a picture; only what is sent."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"alt": {"en": "A pouch of chips, a leaf beside it"}, "focal_x": 0.5, "focal_y": 0.25}]
        },
    )

    alt: dict[Language, Annotated[Line, Field(max_length=300)]] | None = None
    focal_x: Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)] = None
    focal_y: Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)] = None
    position: Annotated[int | None, Field(ge=0, le=99, description="Place among the pictures, from 0")] = None


class ReturnReason(StrEnum):
    """Why goods go back to their maker."""

    PICTURE = "picture"
    WORDS = "words"
    CATEGORY = "category"
    PRICE = "price"
    CLAIM = "claim"
    NOT_HERS = "not_hers"
    NOT_ALLOWED = "not_allowed"
    OTHER = "other"


REASON_LABELS = {
    ReturnReason.PICTURE: N_("The pictures do not show the product clearly"),
    ReturnReason.WORDS: N_("Name or description is unclear or incomplete"),
    ReturnReason.CATEGORY: N_("It stands in the wrong category"),
    ReturnReason.PRICE: N_("The price or the minimum order cannot be right"),
    ReturnReason.CLAIM: N_("The text promises something that is not proved"),
    ReturnReason.NOT_HERS: N_("It seems not to be made by this maker"),
    ReturnReason.NOT_ALLOWED: N_("This may not be sold here"),
    ReturnReason.OTHER: N_("Another reason"),
}


class ReturnDecision(Closed):
    """Why a product goes back, in a code and in words for the maker."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"reason": "picture", "note": "Please add one picture in daylight, without the flyer."}]
        },
    )

    reason: ReturnReason
    note: Annotated[Words, Field(max_length=1000, validate_default=True)] = ""

    @field_validator("note")
    @classmethod
    def _other_needs_words(cls, note: str, info: ValidationInfo) -> str:
        if info.data.get("reason") is ReturnReason.OTHER and not note:
            raise PydanticCustomError("blank", N_("Write what the maker should change."))
        return note

    def stored(self) -> str:
        """The decision as the product keeps it."""
        return f"{self.reason.value}\n{self.note}"


def read_reason(stored: str) -> tuple[ReturnReason | None, str]:
    """Code and words of a stored reason; no code when there is none."""
    code, _, note = stored.partition("\n")
    known = next((reason for reason in ReturnReason if reason.value == code), None)
    return (known, note) if known else (None, stored)


def _state_text(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value


class PriceStored(BaseModel):
    """A stored price as its maker sees it."""

    min_quantity: int
    price: MoneyPublic
    sku: str | None


class TextStored(BaseModel):
    """A text as its maker sees it."""

    name: str
    summary: str
    story: str
    care: str
    materials: str
    origin: str
    stale: bool
    """Whether the source text changed since this was translated."""
    updated_at: dt.datetime


class PictureStored(BaseModel):
    """A picture as its maker sees it, on its way or ready."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 41,
                    "state": "processing",
                    "reason": "",
                    "alt": {},
                    "width": 1600,
                    "height": 1200,
                    "focal_x": 0.5,
                    "focal_y": 0.5,
                    "position": 0,
                    "files": [],
                }
            ]
        }
    )

    id: int
    state: Annotated[PictureState, BeforeValidator(_state_text)]
    reason: str
    """Why it failed, when it did."""
    alt: dict[str, str]
    width: int
    height: int
    focal_x: float
    focal_y: float
    position: int
    files: list[PictureFile]


class CompletenessPublic(BaseModel):
    """How ready a product is for readers of a language in a country."""

    language: Language
    destination: str
    percent: int
    next_field: str | None
    next_label: str | None


class ProductOwn(ProductDetail):
    """A product as its maker and the city see it: also while it is not public, with its state and what it lacks."""

    state: Annotated[ProductState, BeforeValidator(_state_text)]
    version: int
    """Also in ``ETag``; send it back in ``If-Match``."""
    return_reason: ReturnReason | None
    return_note: str
    source_language: Language
    own_texts: dict[str, TextStored]
    own_prices: list[PriceStored]
    own_pictures: list[PictureStored]
    completeness: list[CompletenessPublic]
    missing: dict[str, str]
    """What must be filled in before it can be sent to the city: a sentence by field."""


_EXAMPLE_OWN_EXTRA = {
    "state": "draft",
    "version": 3,
    "return_reason": None,
    "return_note": "",
    "source_language": "id",
    "own_texts": {
        "id": {
            "name": "Keripik tempe ketumbar",
            "summary": "Diiris tipis, digoreng dua kali.",
            "story": "",
            "care": "",
            "materials": "",
            "origin": "human",
            "stale": False,
            "updated_at": "2026-11-20T05:00:00Z",
        }
    },
    "own_prices": [{"min_quantity": 1, "price": {"amount": "22000", "currency": "IDR"}, "sku": None}],
    "own_pictures": [],
    "completeness": [
        {
            "language": "ms",
            "destination": "MY",
            "percent": 35,
            "next_field": "picture",
            "next_label": "A first picture",
        }
    ],
    "missing": {"picture": "Add at least one picture."},
}
ProductOwn.model_config["json_schema_extra"] = {
    "examples": [{**ProductDetail.model_config["json_schema_extra"]["examples"][0], **_EXAMPLE_OWN_EXTRA}]  # type: ignore[index, dict-item]
}


class ProductOwnSummary(BaseModel):
    """A product in its maker's list or in the city's queue."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "keripik-tempe-ketumbar-40317",
                    "name": "Keripik tempe ketumbar",
                    "state": "draft",
                    "category": "chips-crackers",
                    "business": {"slug": "cikeruk-rasa", "name": "Cikeruk Rasa"},
                    "languages": ["en", "id"],
                    "pictures": 1,
                    "price": {"amount": "22000", "currency": "IDR"},
                    "updated_at": "2026-11-20T05:00:00Z",
                    "submitted_at": None,
                }
            ]
        }
    )

    slug: str
    name: str
    state: Annotated[ProductState, BeforeValidator(_state_text)]
    category: str
    business: NamedPublic
    languages: list[str]
    pictures: int
    """Ready ones."""
    price: MoneyPublic | None
    updated_at: dt.datetime
    submitted_at: dt.datetime | None


class HeadingPublic(BaseModel):
    """A heading of HS 2022 in plain words."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "0901", "name": "Coffee, roasted or not"}]})

    code: Annotated[str, Field(description="Four digits")]
    name: str


class HeadingList(BaseModel):
    """Headings: all that our goods fall under, or those of a category, the likeliest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [{"code": "0901", "name": "Coffee, roasted or not"}], "next": None, "total": 1}]
        }
    )

    items: list[HeadingPublic]
    next: None = None
    total: int


class CategoryPublic(BaseModel):
    """A category and what is below it."""

    slug: str
    name: str
    family: str
    hs_headings: list[str]
    """Four-digit headings of HS 2022 worth looking at first."""
    children: list["CategoryPublic"]


class CategoryTree(BaseModel):
    """The whole tree of goods."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "slug": "food",
                            "name": "Food",
                            "family": "food",
                            "hs_headings": ["1905", "2106"],
                            "children": [
                                {
                                    "slug": "snacks",
                                    "name": "Snacks",
                                    "family": "food",
                                    "hs_headings": ["1905", "2008", "2005"],
                                    "children": [],
                                }
                            ],
                        }
                    ],
                    "next": None,
                    "total": 1,
                }
            ]
        }
    )

    items: list[CategoryPublic]
    next: str | None = None
    total: int


class ChoicePublic(BaseModel):
    """A choice of an attribute."""

    value: str
    label: str


class AttributeAsked(BaseModel):
    """A fact that is asked of goods of a family."""

    key: str
    label: str
    kind: str
    """text, number, choice or flag."""
    unit: str
    required: bool
    """For sending a product to the city."""
    choices: list[ChoicePublic]


class AttributeList(BaseModel):
    """The facts asked of a category's goods."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "key": "net_weight",
                            "label": "Net weight",
                            "kind": "number",
                            "unit": "g",
                            "required": True,
                            "choices": [],
                        }
                    ],
                    "next": None,
                    "total": 1,
                }
            ]
        }
    )

    items: list[AttributeAsked]
    next: str | None = None
    total: int
