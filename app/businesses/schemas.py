"""What makers' profiles take in and give out."""

import datetime as dt
import re
import unicodedata
from typing import Annotated, Any
from urllib.parse import urlsplit

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.networks import EmailStr
from pydantic_core import PydanticCustomError

from app.businesses.models import (
    BusinessState,
    ContactKind,
    LicenceKind,
    ReturnReason,
    Scale,
    TextOrigin,
    TrademarkState,
)
from app.core.languages import N_, Language
from app.core.pagination import DEFAULT_LIMIT, CursorText, Limit
from app.core.validation import OWN_KINDS

OWN_KINDS.update(
    {
        "nib_form",
        "kbli_form",
        "control_characters",
        "phone_form",
        "email_form",
        "website_form",
        "colour_form",
        "reason_needed",
    }
)
MAX_STORY = 4000
MAX_KBLI = 10


def _line(value: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise PydanticCustomError("control_characters", N_("Write letters, figures and signs only."))
    return text


def _paragraphs(value: str) -> str:
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t" for character in text):
        raise PydanticCustomError("control_characters", N_("Write letters, figures and signs only."))
    return text


def _nib(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    digits = re.sub(r"[\s.\-]", "", value)
    if not re.fullmatch(r"[0-9]{13}", digits):
        raise PydanticCustomError("nib_form", N_("Write 13 digits, as on the NIB paper."))
    return digits


def _kbli(value: str) -> str:
    # A choice of the list may arrive with its name behind the code.
    code = value.strip()[:5]
    if not re.fullmatch(r"[0-9]{5}", code) or value.strip()[5:6].isdigit():
        raise PydanticCustomError("kbli_form", N_("Write the five digits of a KBLI code, such as 10794."))
    return code


def _once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise PydanticCustomError("colour_form", N_("Write a colour such as #EFE3CF."))
    return value.upper()


Line = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_line), Field(min_length=1)]
LongLine = Annotated[str, Field(max_length=300), AfterValidator(_line)]
LegalName = Annotated[str, Field(max_length=160), AfterValidator(_line)]
Nib = Annotated[str, BeforeValidator(_nib)]
Kbli = Annotated[list[Annotated[str, AfterValidator(_kbli)]], Field(max_length=MAX_KBLI), AfterValidator(_once)]
Story = Annotated[str, Field(max_length=MAX_STORY), AfterValidator(_paragraphs)]
Colour = Annotated[str, AfterValidator(_colour)]
KecamatanCode = Annotated[str, Field(max_length=13)]
Year = Annotated[int, Field(ge=1800, le=2100)]
Employees = Annotated[int, Field(ge=0, le=100_000)]
Moment = Annotated[
    dt.datetime,
    PlainSerializer(
        lambda value: value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"), return_type=str, when_used="json"
    ),
]
Slug = Annotated[str, Field(max_length=80)]

_START: dict[str, Any] = {
    "brand": "Samak Rupa",
    "legal_name": "CV Samak Rupa Pasundan",
    "nib": "9120304116819",
    "kbli": ["15121"],
    "scale": "small",
    "kecamatan_code": "32.73.06",
    "story": "Gilang membuka lipatan kulit pertamanya di kamar kos dekat Pasteur.",
    "source_language": "id",
}


class BusinessStart(BaseModel):
    """A new maker. Only the brand is needed to begin; the city needs the rest before it checks the profile."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_START]})

    brand: Line
    legal_name: LegalName = ""
    nib: Annotated[Nib | None, Field(description="13 digits")] = None
    kbli: Annotated[Kbli, Field(description="Five-digit codes of KBLI 2020")] = []
    scale: Scale | None = None
    kecamatan_code: Annotated[KecamatanCode | None, Field(description="Such as 32.73.02; see /kecamatan")] = None
    story: Annotated[Story, Field(description="In the source language")] = ""
    source_language: Language = Language.ID
    year: Year | None = None
    employees: Employees | None = None
    capacity: LongLine = ""
    ground: Colour = "#EFE3CF"


class BusinessUpdate(BaseModel):
    """Changes to a profile; what is not named stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"capacity": "450 leather goods a month", "employees": 11}]}
    )

    brand: Line | None = None
    legal_name: LegalName = ""
    nib: Nib | None = None
    kbli: Kbli = []
    scale: Scale | None = None
    kecamatan_code: KecamatanCode | None = None
    year: Year | None = None
    employees: Employees | None = None
    capacity: LongLine = ""
    ground: Colour = "#EFE3CF"
    source_language: Language = Language.ID


class StorySave(BaseModel):
    """A maker's story in one language."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"story": "Made in Bandung.", "origin": "human"}]}
    )

    story: Story = ""
    origin: TextOrigin = TextOrigin.HUMAN


def _phone(value: str) -> str:
    try:
        number = phonenumbers.parse(value, "ID")
    except phonenumbers.NumberParseException as error:
        raise PydanticCustomError("phone_form", N_("Write a telephone number, such as 0812-3456-7890.")) from error
    if not phonenumbers.is_possible_number(number):
        raise PydanticCustomError("phone_form", N_("Write a telephone number, such as 0812-3456-7890."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)


def _email(value: str) -> str:
    try:
        return _EMAIL.validate_python(value).lower()
    except ValidationError as error:
        raise PydanticCustomError("email_form", N_("Write an e-mail address, such as euis@example.org.")) from error


def _website(value: str) -> str:
    address = value if "://" in value else f"https://{value}"
    wrong = PydanticCustomError("website_form", N_("Write the address of a website, such as https://example.org."))
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in {"http", "https"} or "." not in host or parts.username or re.search(r"[\s<>\"\\]", address):
        raise wrong
    return address


CONTACT_FORMS = {
    ContactKind.PHONE: _phone,
    ContactKind.WHATSAPP: _phone,
    ContactKind.EMAIL: _email,
    ContactKind.WEBSITE: _website,
}


class ContactSave(BaseModel):
    """A way to reach a maker. Published only with consent, which can be withdrawn at any time (UU 27/2022)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"kind": "whatsapp", "value": "+6281234567890", "public": True}]},
    )

    kind: ContactKind
    value: Annotated[str, Field(min_length=1, max_length=254), AfterValidator(_line)]
    public: Annotated[bool, Field(description="Consent to show it on the public page")] = False

    @field_validator("value")
    @classmethod
    def check_form(cls, value: str, info: ValidationInfo) -> str:
        """The value as its kind is written: E.164, an address, a web address."""
        kind = info.data.get("kind")
        return value if kind is None else CONTACT_FORMS[kind](value)


class LicenceAdd(BaseModel):
    """What a paper is; its file comes beside it."""

    kind: LicenceKind
    number: Annotated[str, Field(max_length=80), AfterValidator(_line)] = ""
    valid_until: dt.date | None = None


class LicenceUpdate(BaseModel):
    """Changes to what is said of a paper; what is not named stays, and its file always does."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"valid_until": "2029-03-31"}]})

    kind: LicenceKind = LicenceKind.OTHER
    number: Annotated[str, Field(max_length=80), AfterValidator(_line)] = ""
    valid_until: dt.date | None = None


class TrademarkAdd(BaseModel):
    """A mark at DJKI."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "SAMAK RUPA", "number": "IDM000912345", "nice_class": 18}]}
    )

    name: Line
    number: Annotated[str, Field(max_length=40), AfterValidator(_line)] = ""
    nice_class: Annotated[int, Field(ge=1, le=45)] | None = None
    state: TrademarkState = TrademarkState.UNKNOWN
    valid_until: dt.date | None = None


class TrademarkUpdate(BaseModel):
    """Changes to a mark; what is not named stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"state": "registered", "valid_until": "2035-06-30"}]}
    )

    name: Line = ""
    number: Annotated[str, Field(max_length=40), AfterValidator(_line)] = ""
    nice_class: Annotated[int, Field(ge=1, le=45)] | None = None
    state: TrademarkState = TrademarkState.UNKNOWN
    valid_until: dt.date | None = None


class ReasonGiven(BaseModel):
    """Why a profile is returned or suspended."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"code": "name_differs", "text": "The NIB paper says CV Samak Rupa.", "seen_version": 4}]
        },
    )

    code: ReturnReason
    text: Annotated[str, Field(max_length=1000, validate_default=True), AfterValidator(_paragraphs)] = ""
    seen_version: Annotated[int | None, Field(description="Version that was looked at; another one is a 409")] = None

    @field_validator("text")
    @classmethod
    def check_words(cls, text: str, info: ValidationInfo) -> str:
        """Another reason needs words."""
        if info.data.get("code") is ReturnReason.OTHER and not text:
            raise PydanticCustomError("reason_needed", N_("Say in your own words what the maker should change."))
        return text


class Decision(BaseModel):
    """What an official saw when deciding."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"seen_version": 4}]})

    seen_version: Annotated[int | None, Field(description="Version that was looked at; another one is a 409")] = None


# --- what is shown ----------------------------------------------------------------------------------------------------


class PlacePublic(BaseModel):
    """A district or city by its slug and name."""

    slug: str
    name: str


class BusinessQuery(BaseModel):
    """Filters of the list of makers."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=120, description="Part of a maker's name")] = ""
    kecamatan: Annotated[Slug | None, Field(description="Slug of a district")] = None
    city: Annotated[Slug | None, Field(description="Slug of a home city")] = None
    limit: Limit = DEFAULT_LIMIT
    cursor: CursorText | None = None
    locale: Annotated[Language | None, Field(description="Language of names; else Accept-Language")] = None


class BusinessSummary(BaseModel):
    """A verified maker in a list."""

    slug: str
    brand: str
    kecamatan: PlacePublic | None
    city: str
    year: int | None
    verified_on: dt.date | None


class BusinessList(BaseModel):
    """One page of makers, by name."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "slug": "samak-rupa",
                            "brand": "Samak Rupa",
                            "kecamatan": {"slug": "cicendo", "name": "Cicendo"},
                            "city": "bandung",
                            "year": 2013,
                            "verified_on": "2026-10-02",
                        }
                    ],
                    "next": None,
                    "total": 1,
                }
            ]
        }
    )

    items: list[BusinessSummary]
    next: str | None
    total: int


class StoryPublic(BaseModel):
    """A story in one language and who wrote it."""

    story: str
    origin: TextOrigin
    stale: bool
    """Whether the maker has changed her own story since this was translated."""


class ContactPublic(BaseModel):
    """A contact that the maker agreed to publish."""

    kind: ContactKind
    value: str


class TrademarkPublic(BaseModel):
    """A mark at DJKI, as the maker tells it."""

    name: str
    number: str
    nice_class: int | None
    state: TrademarkState
    valid_until: dt.date | None


_PUBLIC: dict[str, Any] = {
    "slug": "samak-rupa",
    "brand": "Samak Rupa",
    "legal_name": "CV Samak Rupa Pasundan",
    "kecamatan": {"slug": "cicendo", "name": "Cicendo"},
    "city": {"slug": "bandung", "name": "Bandung"},
    "country": "ID",
    "kbli": ["15121"],
    "scale": "small",
    "year": 2013,
    "employees": 11,
    "capacity": "450 leather goods a month",
    "source_language": "id",
    "stories": {"en": {"story": "Gilang opened his first fold of leather.", "origin": "human", "stale": False}},
    "contacts": [{"kind": "website", "value": "https://samak-rupa.example"}],
    "trademarks": [],
    "verified_on": "2026-10-02",
}


class BusinessPublic(BaseModel):
    """A verified maker. The NIB and the papers stay with the city; contacts only with the maker's consent."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PUBLIC]})

    slug: str
    brand: str
    legal_name: str
    kecamatan: PlacePublic | None
    city: PlacePublic
    country: str
    kbli: list[str]
    scale: Scale | None
    year: int | None
    employees: int | None
    capacity: str
    source_language: Language
    stories: dict[str, StoryPublic]
    contacts: list[ContactPublic]
    trademarks: list[TrademarkPublic]
    verified_on: dt.date | None


class ContactOwn(ContactPublic):
    """A contact as its owner sees it."""

    consented_at: Moment | None
    purpose: str


_LICENCE: dict[str, Any] = {
    "id": 12,
    "kind": "pirt",
    "number": "P-IRT 2.06.3273.01.0123-29",
    "valid_until": "2029-03-31",
    "file_name": "pirt.pdf",
    "mime": "application/pdf",
    "size": 182440,
}
_MARK: dict[str, Any] = {
    "id": 5,
    "name": "SAMAK RUPA",
    "number": "IDM000912345",
    "nice_class": 18,
    "state": "registered",
    "valid_until": "2035-06-30",
}


class LicencePublic(BaseModel):
    """A paper without its file."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LICENCE]})

    id: int
    kind: LicenceKind
    number: str
    valid_until: dt.date | None
    file_name: str
    mime: str
    size: int


class LicenceList(BaseModel):
    """A maker's papers, oldest first; always all of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LICENCE], "next": None, "total": 1}]})

    items: list[LicencePublic]
    next: None = None
    total: int


class TrademarkOwn(TrademarkPublic):
    """A mark with the number that changes name it by."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MARK]})

    id: int


class TrademarkList(BaseModel):
    """A maker's marks, oldest first; always all of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_MARK], "next": None, "total": 1}]})

    items: list[TrademarkOwn]
    next: None = None
    total: int


class CompletenessPublic(BaseModel):
    """How much is told, and the part that helps most next."""

    percent: int
    next: str | None


class BusinessOwn(BusinessPublic):
    """A profile as its owner and officials see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_PUBLIC,
                    "contacts": [
                        {
                            "kind": "phone",
                            "value": "+6281100011219",
                            "consented_at": "2026-10-01T03:00:00Z",
                            "purpose": "public_page",
                        }
                    ],
                    "nib": "9120304116819",
                    "state": "verified",
                    "return_code": "",
                    "return_reason": "",
                    "submitted_at": "2026-10-01T03:00:00Z",
                    "decided_at": "2026-10-02T03:00:00Z",
                    "licences": [],
                    "completeness": {"percent": 92, "next": "paper"},
                    "version": 5,
                }
            ]
        }
    )

    contacts: list[ContactOwn]  # type: ignore[assignment]
    nib: str | None
    state: BusinessState
    return_code: str
    return_reason: str
    submitted_at: Moment | None
    decided_at: Moment | None
    licences: list[LicencePublic]
    completeness: CompletenessPublic
    version: int
