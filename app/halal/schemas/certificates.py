"""What makers enter of a certificate, what officials decide, and what each viewer sees."""

import datetime as dt
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.businesses.schemas import Moment
from app.core.languages import N_
from app.core.pagination import DEFAULT_LIMIT, CursorText, Limit
from app.core.validation import OWN_KINDS
from app.halal.numbers import NumberWarning
from app.halal.vocabulary import CertificateState, CheckResult, EventKind, Provider, RejectReason

OWN_KINDS.update({"control_characters", "reason_needed", "items_needed", "items_many", "item_long", "date_far"})
MAX_ITEMS = 500
MAX_ITEM = 200
FIRST_DAY = dt.date(1950, 1, 1)
LAST_DAY = dt.date(2150, 12, 31)


def _plain(text: str, *, spaces: str = "") -> str:
    text = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in spaces for sign in text):
        raise PydanticCustomError("control_characters", N_("Write letters, figures and signs only."))
    return text


def _line(text: str) -> str:
    return _plain(" ".join(text.split()))


def _paragraphs(text: str) -> str:
    return _plain(text.replace("\r\n", "\n").replace("\r", "\n").strip(), spaces="\n\t")


def _lines(value: Any) -> Any:
    """A field with one name a line, as forms send it, or a list."""
    return value.splitlines() if isinstance(value, str) else value


def _items(values: list[str]) -> list[str]:
    found = list(dict.fromkeys(filter(None, (_line(value) for value in values))))
    if not found:
        raise PydanticCustomError("items_needed", N_("Write the product names as they are printed, one a line."))
    if len(found) > MAX_ITEMS:
        limit = {"limit": MAX_ITEMS}
        raise PydanticCustomError("items_many", N_("Write at most %(limit)s product names."), limit)
    long = next((each for each in found if len(each) > MAX_ITEM), None)
    if long is not None:
        shown = {"name": f"{long[:40]}…", "limit": MAX_ITEM}
        raise PydanticCustomError("item_long", N_("“%(name)s” is longer than %(limit)s characters."), shown)
    return found


def _day(value: dt.date) -> dt.date:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise PydanticCustomError("date_far", N_("Check the year of this date."))
    return value


def _needed(text: str) -> str:
    if not text:
        raise PydanticCustomError("reason_needed", N_("Say why, in your own words."))
    return text


Number = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_line), Field(min_length=1)]
Decree = Annotated[str, Field(max_length=80), AfterValidator(_line)]
Holder = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line), Field(min_length=1)]
Items = Annotated[
    list[str],
    BeforeValidator(_lines),
    Field(max_length=4 * MAX_ITEMS),
    AfterValidator(_items),
]
BodyCode = Annotated[str, Field(min_length=1, max_length=30)]
Day = Annotated[dt.date, AfterValidator(_day)]
Words = Annotated[str, Field(max_length=1000), AfterValidator(_paragraphs)]
WordsNeeded = Annotated[Words, Field(min_length=1), AfterValidator(_needed)]
Version = Annotated[int | None, Field(description="Version that was looked at; another one is a 409")]

_ENTERED: dict[str, Any] = {
    "body": "BPJPH",
    "number": "ID32110001333131122",
    "decree_number": "",
    "holder": "CV Rasa Pasundan",
    "issued_on": "2024-03-01",
    "valid_until": None,
    "items": ["Keripik Singkong Original", "Keripik Singkong Balado"],
}


class CertificateEnter(BaseModel):
    """A certificate as it is printed; its photo or PDF comes beside it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_ENTERED]})

    body: Annotated[BodyCode, Field(description="Code of a body whose certificates can be entered")]
    number: Annotated[Number, Field(description="As printed; looked up by its letters and digits")]
    decree_number: Annotated[Decree, Field(description="Of the halal decree (KH), which is not the certificate's")] = ""
    holder: Annotated[Holder, Field(description="The holder's name as printed")]
    issued_on: Day
    valid_until: Annotated[
        Day | None, Field(description="The last valid day as printed; null: until materials or process change")
    ] = None
    items: Annotated[Items, Field(description="Product names as printed")]


class CertificateUpdate(BaseModel):
    """Changes to a certificate that is not confirmed yet; what is not named stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"number": "ID32110001333131122"}]})

    body: BodyCode = ""
    number: Number = ""
    decree_number: Decree = ""
    holder: Holder = ""
    issued_on: Day = FIRST_DAY
    valid_until: Day | None = None
    items: Items = []


class CertificateCorrect(CertificateUpdate):
    """What an official puts right, and why; what is not named stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"issued_on": "2024-03-11", "reason": "The paper says 11 March.", "seen_version": 3}]
        },
    )

    reason: Annotated[Words, Field(min_length=1), AfterValidator(_needed)]
    seen_version: Version = None

    def changes(self) -> dict[str, Any]:
        """What is named, without the reason."""
        return self.model_dump(exclude_unset=True, exclude={"reason", "seen_version"})


class CheckRecord(BaseModel):
    """Where somebody looked, and what she found."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"looked_at": "https://bpjph.halal.go.id/search/sertifikat", "result": "confirmed"}]
        },
    )

    looked_at: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_line), Field(min_length=1)]
    result: CheckResult
    note: Words = ""


class CertificateVerify(BaseModel):
    """A decision to confirm, with the check it rests on unless one was recorded since the last change."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "check": {"looked_at": "https://bpjph.halal.go.id/search/sertifikat", "result": "confirmed"},
                    "seen_version": 1,
                    "links": [7],
                }
            ]
        },
    )

    check: CheckRecord | None = None
    seen_version: Version = None
    links: list[Annotated[int, Field(ge=1, le=2**62)]] = Field(default_factory=list, max_length=500)
    """Matches of goods with its items that are confirmed with it; others keep waiting."""


class CertificateReject(BaseModel):
    """Why an official cannot confirm a certificate."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"code": "not_in_register", "text": "", "seen_version": 1}]}
    )

    code: RejectReason
    text: Annotated[Words, Field(validate_default=True)] = ""
    seen_version: Version = None

    @field_validator("text")
    @classmethod
    def check_words(cls, text: str, info: ValidationInfo) -> str:
        """Another reason needs words."""
        if info.data.get("code") is RejectReason.OTHER and not text:
            raise PydanticCustomError("reason_needed", N_("Say why, in your own words."))
        return text


class CertificateDecision(BaseModel):
    """Why a confirmed certificate counts no more, or again."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "BPJPH suspended it on 18 November 2026.", "seen_version": 2}]},
    )

    text: WordsNeeded
    seen_version: Version = None


class CertificateSupersede(CertificateDecision):
    """Which certificate takes the place of another."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"successor": "k3v9x2m7q4w8r1t6", "text": "Renewed with two more products."}]},
    )

    successor: Annotated[
        str, Field(max_length=16, description="The public id of the same maker's confirmed certificate")
    ] = ""


# --- what is shown ----------------------------------------------------------------------------------------------------


class CertificateQuery(BaseModel):
    """Filters of the list of certificates."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=120, description="Part of number, holder, maker or product name")] = ""
    number: Annotated[str, Field(max_length=80, description="The whole number, however it is written")] = ""
    body: Annotated[str, Field(max_length=30)] = ""
    state: CertificateState | None = None
    business: Annotated[str, Field(max_length=80, description="Slug of the maker")] = ""
    limit: Limit = DEFAULT_LIMIT
    cursor: CursorText | None = None


class HolderPublic(BaseModel):
    """The maker whom a certificate belongs to."""

    slug: str
    brand: str


class CheckPublic(BaseModel):
    """The last time an official looked it up."""

    looked_at: str
    provider: Provider
    result: CheckResult
    checked_at: Moment


_PUBLIC: dict[str, Any] = {
    "public_id": "t6r1w8q4m7x2v9k3",
    "body": "BPJPH",
    "number": "ID32110001333131122",
    "holder": "CV Rasa Pasundan",
    "business": {"slug": "rasa-pasundan", "brand": "Rasa Pasundan"},
    "issued_on": "2024-03-01",
    "valid_until": None,
    "surveillance_due": "2028-03-01",
    "state": "verified",
    "valid_today": True,
    "items": ["Keripik Singkong Original", "Keripik Singkong Balado"],
    "last_check": {
        "looked_at": "https://bpjph.halal.go.id/search/sertifikat",
        "provider": "manual",
        "result": "confirmed",
        "checked_at": "2026-11-20T05:00:00Z",
    },
    "decided_at": "2026-11-20T05:00:00Z",
}
_OWN: dict[str, Any] = {
    **_PUBLIC,
    "decree_number": "",
    "number_warning": None,
    "reject_code": None,
    "reason": "",
    "file": {"name": "sertifikat.pdf", "mime": "application/pdf", "size": 48123, "sha256": "9f86d081884c7d65…"},
    "entered_at": "2026-11-19T03:00:00Z",
    "supersedes": None,
    "events": [
        {"kind": "entered", "on": "2026-11-19", "recorded_at": "2026-11-19T03:00:00Z", "note": ""},
        {"kind": "verified", "on": "2026-11-20", "recorded_at": "2026-11-20T05:00:00Z", "note": ""},
    ],
    "checks": [
        {
            "id": 7,
            "provider": "manual",
            "looked_at": "https://bpjph.halal.go.id/search/sertifikat",
            "result": "confirmed",
            "found_number": "",
            "found_holder": "",
            "found_products": [],
            "evidence_sha256": "",
            "note": "",
            "checked_at": "2026-11-20T05:00:00Z",
        }
    ],
    "version": 2,
}


class CertificatePublic(BaseModel):
    """What anybody may know of a certificate that the city has confirmed at some time."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PUBLIC]})

    public_id: str
    body: str
    number: str
    holder: str
    business: HolderPublic
    issued_on: dt.date | None
    valid_until: dt.date | None
    surveillance_due: dt.date | None
    state: CertificateState
    valid_today: bool
    """Confirmed, and today lies between its first and last day (Asia/Jakarta)."""
    items: list[str]
    last_check: CheckPublic | None
    decided_at: Moment | None


class FilePublic(BaseModel):
    """The photo or PDF of a certificate, which only its maker and officials can open."""

    name: str
    mime: str
    size: int
    sha256: str


class EventPublic(BaseModel):
    """Something that happened to a certificate."""

    kind: EventKind
    on: dt.date
    recorded_at: Moment
    note: str


class CheckOwn(BaseModel):
    """One look-up with what was found."""

    id: int
    provider: Provider
    looked_at: str
    result: CheckResult
    found_number: str
    found_holder: str
    found_products: list[str]
    evidence_sha256: str
    note: str
    checked_at: Moment


class CertificateOwn(CertificatePublic):
    """What its maker and officials know of a certificate."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OWN]})

    decree_number: str
    number_warning: NumberWarning | None
    reject_code: RejectReason | None
    reason: str
    file: FilePublic | None
    entered_at: Moment
    supersedes: str | None
    """Public id of the certificate whose place it took."""
    events: list[EventPublic]
    checks: list[CheckOwn]
    version: int


class CertificateList(BaseModel):
    """One page of certificates; an entry that is the caller's, or seen by an official, has more fields."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_PUBLIC], "next": None, "total": 1}]})

    items: list[CertificateOwn | CertificatePublic]
    next: str | None
    total: int
