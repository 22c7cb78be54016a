"""What officials record of reference facts, and what everybody is shown of them."""

import datetime as dt
import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from app.core.languages import N_, Language, show_country
from app.core.pagination import DEFAULT_LIMIT, CursorText, Limit
from app.core.validation import OWN_KINDS
from app.halal.vocabulary import Confidence, GoodsClass, RecognitionStatus, RuleKind

OWN_KINDS.update(
    {
        "unseen_signs",
        "blank_text",
        "day_form",
        "body_code_form",
        "country_unknown",
        "kind_form",
        "site_form",
        "ends_before_it_begins",
    }
)
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BODY_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,29}")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,29}")
_SITE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?:/[\w./~%-]*)?", re.IGNORECASE | re.ASCII)
NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Codes of two letters that name no country."""


def _readable(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\n\t" for sign in text):
        raise PydanticCustomError("unseen_signs", N_("Take out signs that cannot be seen, and write this again."))
    return text


def _said(text: str) -> str:
    if not text:
        raise PydanticCustomError("blank_text", N_("Fill in this field."))
    return text


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _day(value: Any) -> Any:
    # Left to itself, a figure would be read as seconds since 1970.
    if isinstance(value, dt.date) or (isinstance(value, str) and _ISO_DAY.fullmatch(value.strip())):
        return value.strip() if isinstance(value, str) else value
    raise PydanticCustomError("day_form", N_("Write a date as year-month-day, such as 2026-11-20."))


def _body_code(text: str) -> str:
    code = text.strip().upper()
    if not _BODY_CODE.fullmatch(code):
        raise PydanticCustomError("body_code_form", N_("Write capital letters, figures and hyphens, such as BPJPH."))
    return code


def is_country(code: str) -> bool:
    """Whether this is the ISO 3166-1 code of a country, in capitals."""
    known = re.fullmatch(r"[A-Z]{2}", code) and code not in NO_COUNTRIES
    return bool(known) and show_country(code, Language.EN) != code


def _country(text: str) -> str:
    code = text.strip().upper()
    if not is_country(code):
        raise PydanticCustomError("country_unknown", N_("Choose a country by its code of two letters, such as MY."))
    return code


def _country_or_none(text: str) -> str:
    return _country(text) if text.strip() else ""


def _kind(text: str) -> str:
    if not _KIND.fullmatch(text):
        raise PydanticCustomError("kind_form", N_("Write small letters, figures and _, such as otc_medicine."))
    return text


def _site(text: str) -> str:
    address = re.sub(r"^https?://", "", text.strip(), flags=re.IGNORECASE).rstrip("/")
    if address and not _SITE.fullmatch(address):
        raise PydanticCustomError("site_form", N_("Write the address of a website, such as bpjph.halal.go.id."))
    return address


def _once(values: list[GoodsClass]) -> list[GoodsClass]:
    return sorted(dict.fromkeys(values))


Words = Annotated[str, AfterValidator(_readable), Field(max_length=1000)]
Line = Annotated[str, AfterValidator(_readable), AfterValidator(_one_line), Field(max_length=200)]
Said = Annotated[Line, AfterValidator(_said)]
Reason = Annotated[Words, AfterValidator(_said), Field(description="Why, in the official's words")]
Day = Annotated[dt.date, BeforeValidator(_day)]
BodyCode = Annotated[str, Field(max_length=60), AfterValidator(_body_code)]
Country = Annotated[str, Field(max_length=60, description="ISO 3166-1, such as MY"), AfterValidator(_country)]
CountryOrNone = Annotated[str, Field(max_length=60), AfterValidator(_country_or_none)]
KindCode = Annotated[str, Field(max_length=60), AfterValidator(_kind)]
Scale = Literal["micro_small", "medium_large", "all", "importer"]
Moment = Annotated[
    dt.datetime,
    PlainSerializer(
        lambda value: value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"), return_type=str, when_used="json"
    ),
]


# --- what a fact says -------------------------------------------------------------------------------------------------


class FactFields(BaseModel):
    """What every reference fact carries."""

    valid_from: Annotated[Day | None, Field(description="The first day it holds; null: not known")] = None
    valid_until: Annotated[Day | None, Field(description="The first day it holds no more; null: without end")] = None
    note: Words = ""
    source: Annotated[Words, AfterValidator(_said), Field(description="Where it was read")]
    confidence: Annotated[Confidence, Field(description="How far the source can be trusted")]
    as_of: Annotated[Day, Field(description="The day the source was read")]

    @field_validator("valid_until")
    @classmethod
    def check_order(cls, until: dt.date | None, info: ValidationInfo) -> dt.date | None:
        """A fact ends after it began."""
        since = info.data.get("valid_from")
        if until is not None and since is not None and until <= since:
            raise PydanticCustomError("ends_before_it_begins", N_("Choose a day after the one on which it begins."))
        return until


class BodyFields(FactFields):
    """What is said of a body."""

    code: Annotated[BodyCode, Field(description="What certificates and recognition name it by")]
    name: Said
    country: Annotated[CountryOrNone, Field(description="ISO 3166-1; empty for bodies of several countries")] = ""
    role: Words = ""
    website: Annotated[str, Field(max_length=200), AfterValidator(_site)] = ""
    issues: Annotated[bool, Field(description="Its certificates can be entered here")] = False
    authority: Annotated[
        bool, Field(description="The halal authority of its country: there nothing further recognises it")
    ] = False


class RecognitionFields(FactFields):
    """What a destination makes of a body's certificates."""

    body: Annotated[BodyCode, Field(description="Code of a body")]
    destination: Country
    scope: Annotated[Words, Field(description="The goods it is about, as the source says it")] = ""
    goods: Annotated[
        list[GoodsClass],
        Field(max_length=10, description="The same as goods classes; empty: all"),
        AfterValidator(_once),
    ] = []
    made_in: Annotated[CountryOrNone, Field(description="Only goods made there; empty: wherever")] = ""
    direction: Literal["import_acceptance"] = "import_acceptance"
    status: RecognitionStatus
    basis: Words = ""


class DestinationRuleFields(FactFields):
    """What a destination asks of a kind of goods."""

    country: Country
    goods_class: GoodsClass
    kind: RuleKind
    basis: Words = ""


class ObligationFields(FactFields):
    """From which day makers of a size need a certificate in Indonesia for a kind of goods."""

    goods_class: Annotated[KindCode, Field(description="A goods class, or another kind that the law names")]
    label: Annotated[Said, Field(description="The kind in the words of the source")]
    scale: Scale
    phase_start: Day | None = None
    phase_end: Day | None = None
    mandatory_from: Annotated[Day | None, Field(description="null: nothing begins to bind on a day")] = None
    animal_only: Annotated[bool, Field(description="Binds only goods from or with animal matter")] = False
    legal_basis: Words = ""


# --- what officials send ----------------------------------------------------------------------------------------------

_SOURCE: dict[str, Any] = {
    "source": "halal.gov.my, list of recognised bodies of 2026-10-01",
    "confidence": "official",
    "as_of": "2026-11-19",
    "reason": "Looked up in the present list.",
}


class BodyCreate(BodyFields):
    """A body, or the corrected row of one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "code": "MUIS",
                    "name": "Majlis Ugama Islam Singapura",
                    "country": "SG",
                    "role": "Halal certification in Singapore.",
                    "website": "muis.gov.sg",
                    "issues": True,
                    "authority": True,
                    **_SOURCE,
                    "source": "muis.gov.sg, read at our desk",
                }
            ]
        },
    )

    reason: Reason


class RecognitionCreate(RecognitionFields):
    """What a destination makes of a body's certificates, or the corrected row of it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "body": "KHA",
                    "destination": "MY",
                    "scope": "Korean products certified by KHA",
                    "goods": ["food", "drink"],
                    "made_in": "KR",
                    "status": "recognised",
                    "basis": "Second Schedule of the Order of 2011",
                    "valid_from": "2026-10-01",
                    **_SOURCE,
                }
            ]
        },
    )

    reason: Reason


class DestinationRuleCreate(DestinationRuleFields):
    """What a destination asks of a kind of goods, or the corrected row of it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "country": "MY",
                    "goods_class": "cosmetic",
                    "kind": "claim_only",
                    "basis": "Trade Descriptions (Certification and Marking of Halal) Order 2011",
                    **_SOURCE,
                    "source": "The text of the Order, read at our desk",
                }
            ]
        },
    )

    reason: Reason


class ObligationCreate(ObligationFields):
    """From which day a certificate is mandatory, or the corrected row of it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "goods_class": "cosmetic",
                    "label": "Cosmetics",
                    "scale": "all",
                    "phase_start": "2021-10-17",
                    "phase_end": "2026-10-17",
                    "mandatory_from": "2026-10-18",
                    "legal_basis": "PP 42/2024 art. 161",
                    **_SOURCE,
                    "source": "The text of PP 42/2024, read at our desk",
                }
            ]
        },
    )

    reason: Reason


FactCreate = BodyCreate | RecognitionCreate | DestinationRuleCreate | ObligationCreate


class FactEnd(BaseModel):
    """The day on which a fact ceases to hold."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"valid_until": "2027-01-01", "reason": "Taken from the list of halal.gov.my of 2026-12-15."}]
        },
    )

    valid_until: Annotated[Day, Field(description="The first day it holds no more")]
    reason: Reason


# --- what is shown ----------------------------------------------------------------------------------------------------


class Recorded(BaseModel):
    """How a fact stands in the records."""

    id: int
    confirmed: Annotated[bool, Field(description="False: unconfirmed, and nothing is promised on it")]
    current: Annotated[bool, Field(description="False: another row corrects it")]
    corrects_id: Annotated[int | None, Field(description="The row that this one corrects")]
    reason: Annotated[str, Field(description="Why an official recorded it; empty: it came with the reference files")]
    recorded_at: Moment


class BodyRow(Recorded, BodyFields):
    """A row about a body."""


class RecognitionRow(Recorded, RecognitionFields):
    """A row about recognition."""


class DestinationRuleRow(Recorded, DestinationRuleFields):
    """A row about a rule."""


class ObligationRow(Recorded, ObligationFields):
    """A row about an obligation."""


FactRow = BodyRow | RecognitionRow | DestinationRuleRow | ObligationRow
_ROW: dict[str, Any] = {
    "id": 12,
    "valid_from": None,
    "valid_until": None,
    "note": "",
    "confidence": "public-source",
    "confirmed": True,
    "as_of": "2026-11-20",
    "current": True,
    "corrects_id": None,
    "reason": "",
    "recorded_at": "2026-11-21T02:00:00Z",
    "history": [],
}
_HISTORY = "Rows that it corrects, the newest first"


class BodyPublic(BodyRow):
    """A body that certifies, audits, decides, recognises or writes standards."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_ROW,
                    "code": "KMF",
                    "name": "Korea Muslim Federation (Halal Committee)",
                    "country": "KR",
                    "role": "Private halal certification since 1994.",
                    "website": "kmfhalal.org",
                    "issues": True,
                    "authority": False,
                    "source": "cosinkorea.com; naeil.com 2024-03-21; kmfhalal.org",
                }
            ]
        }
    )

    history: Annotated[list[BodyRow], Field(description=_HISTORY)]


class RecognitionPublic(RecognitionRow):
    """What a destination makes of a body's certificates."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_ROW,
                    "body": "KMF",
                    "destination": "ID",
                    "scope": "Korean products certified by KMF",
                    "goods": [],
                    "made_in": "KR",
                    "direction": "import_acceptance",
                    "status": "recognised",
                    "basis": "Agreement of mutual recognition and acceptance (MRA) with BPJPH",
                    "valid_from": "2023-11-18",
                    "source": "en.yna.co.kr 2023-11-19; halalfocus.net (Tempo)",
                }
            ]
        }
    )

    history: Annotated[list[RecognitionRow], Field(description=_HISTORY)]


class DestinationRulePublic(DestinationRuleRow):
    """What a destination asks of a kind of goods."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_ROW,
                    "country": "MY",
                    "goods_class": "food",
                    "kind": "claim_only",
                    "basis": "Trade Descriptions (Certification and Marking of Halal) Order 2011, paras 4 and 5(1)",
                    "source": "malaysianbuzz.com; malaymail.com 2024-10-18 (Bernama)",
                }
            ]
        }
    )

    history: Annotated[list[DestinationRuleRow], Field(description=_HISTORY)]


class ObligationPublic(ObligationRow):
    """From which day a certificate is mandatory in Indonesia."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_ROW,
                    "goods_class": "food",
                    "label": "Food",
                    "scale": "micro_small",
                    "phase_start": "2019-10-17",
                    "phase_end": "2026-10-17",
                    "mandatory_from": "2026-10-18",
                    "animal_only": False,
                    "legal_basis": "PP 42/2024 art. 160(2)",
                    "source": "bpjph.halal.go.id 2026-01-15",
                }
            ]
        }
    )

    history: Annotated[list[ObligationRow], Field(description=_HISTORY)]


# --- lists ------------------------------------------------------------------------------------------------------------


class FactQuery(BaseModel):
    """What every list of facts takes."""

    model_config = ConfigDict(extra="forbid")

    on: Annotated[Day | None, Field(description="Only what holds on this day; without it what ended stands too")] = None
    limit: Limit = DEFAULT_LIMIT
    cursor: CursorText | None = None


class BodyQuery(FactQuery):
    """Filters of the list of bodies."""

    body: Annotated[BodyCode | None, Field(description="Code of a body")] = None
    country: Country | None = None
    issues: Annotated[bool | None, Field(description="Whether its certificates can be entered here")] = None


class RecognitionQuery(FactQuery):
    """Filters of the list of recognition."""

    body: Annotated[BodyCode | None, Field(description="Code of a body")] = None
    destination: Country | None = None
    goods_class: Annotated[GoodsClass | None, Field(description="Rows about all goods fit every class")] = None


class DestinationRuleQuery(FactQuery):
    """Filters of the list of rules."""

    country: Country | None = None
    goods_class: GoodsClass | None = None


class ObligationQuery(FactQuery):
    """Filters of the list of obligations."""

    goods_class: KindCode | None = None
    scale: Scale | None = None
