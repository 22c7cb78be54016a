"""Makers: profile, stories, contacts, licences and trademarks."""

import datetime as dt
import unicodedata
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, Relationship

from app.cities.models import City, Kecamatan
from app.core.languages import Language
from app.core.models import BigId, Table, id_field, json_field, moment_field


def name_key(brand: str) -> str:
    """A brand without capitals, accents and signs: what lists sort and search by, the same on both databases."""
    plain = "".join(
        character if character.isalnum() else " "
        for character in unicodedata.normalize("NFKD", brand).casefold()
        if not unicodedata.combining(character)
    )
    return unicodedata.normalize("NFC", " ".join(plain.split()))[:160]


def _name_key_of_row(context: Any) -> str:
    return name_key(context.get_current_parameters()["brand"])


class BusinessState(StrEnum):
    """Life of a maker's profile: only a verified maker's goods are public."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    RETURNED = "returned"
    SUSPENDED = "suspended"


class ReturnReason(StrEnum):
    """Why an official sends a profile back or takes it down."""

    NIB_NOT_FOUND = "nib_not_found"
    NAME_DIFFERS = "name_differs"
    WRONG_TRADE = "wrong_trade"
    OUTSIDE_AREA = "outside_area"
    STORY_UNFIT = "story_unfit"
    PAPERS_UNREADABLE = "papers_unreadable"
    ASKED_BY_MAKER = "asked_by_maker"
    OTHER = "other"


class Scale(StrEnum):
    """Scale class of a business (PP 7/2021 art. 35)."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"


class TextOrigin(StrEnum):
    """Who wrote a text."""

    HUMAN = "human"
    MACHINE = "machine"


class Business(Table, table=True):
    """A maker (UMKM)."""

    public_content = True
    __tablename__ = "business"
    __table_args__ = (
        UniqueConstraint("external_source", "external_id"),
        CheckConstraint("state IN ('draft','submitted','verified','returned','suspended')", name="state"),
        Index("ix_business_state_submitted_at", "state", "submitted_at"),
    )

    id: int = id_field()
    organisation_id: int = Field(foreign_key="organisation.id", sa_type=BigId, unique=True)
    slug: str = Field(max_length=80, unique=True)
    brand: str = Field(max_length=120)
    name_key: str = Field(default=None, max_length=160, index=True, sa_column_kwargs={"default": _name_key_of_row})
    """``name_key(brand)``: made at insert, kept by the service when the brand changes."""
    legal_name: str = Field(default="", max_length=160)
    nib: str | None = Field(default=None, max_length=13, unique=True)
    kbli: list[str] = json_field(default_factory=list)
    """Five-digit codes of KBLI 2020."""
    scale: Scale | None = Field(default=None, sa_type=String(10))
    kecamatan_code: str | None = Field(default=None, foreign_key="kecamatan.code", max_length=13, index=True)
    city_id: int = Field(foreign_key="city.id", sa_type=BigId)
    year: int | None = None
    employees: int | None = None
    capacity: str = Field(default="", max_length=300)
    ground: str = Field(default="#EFE3CF", max_length=7)
    """The colour that her goods are shown on."""
    source_language: Language = Field(default=Language.ID, sa_type=String(2))
    state: BusinessState = Field(default=BusinessState.DRAFT, sa_type=String(10))
    return_code: str = Field(default="", max_length=40)
    """Why it was returned or suspended, as a code of ``ReturnReason``."""
    return_reason: str = ""
    """The official's own words beside the code."""
    created_at: dt.datetime = moment_field()
    updated_at: dt.datetime = moment_field()
    submitted_at: dt.datetime | None = moment_field(default=None, nullable=True)
    decided_at: dt.datetime | None = moment_field(default=None, nullable=True)
    decided_by_id: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigId)
    verified_at: dt.datetime | None = moment_field(default=None, nullable=True)
    external_source: str | None = Field(default=None, max_length=40)
    external_id: str | None = Field(default=None, max_length=80)
    version: int = 1

    texts: list["BusinessText"] = Relationship(
        sa_relationship_kwargs={"lazy": "raise", "cascade": "all, delete-orphan"}
    )
    contacts: list["Contact"] = Relationship(sa_relationship_kwargs={"lazy": "raise", "cascade": "all, delete-orphan"})
    licences: list["Licence"] = Relationship(sa_relationship_kwargs={"lazy": "raise", "cascade": "all, delete-orphan"})
    trademarks: list["Trademark"] = Relationship(
        sa_relationship_kwargs={"lazy": "raise", "cascade": "all, delete-orphan"}
    )
    kecamatan: Kecamatan | None = Relationship(sa_relationship_kwargs={"lazy": "raise"})
    city: City = Relationship(sa_relationship_kwargs={"lazy": "raise"})

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, object]:  # noqa: N805 - SQLAlchemy's own hook
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


class BusinessText(Table, table=True):
    """A maker's story in one language."""

    public_content = True
    __tablename__ = "business_text"
    __table_args__ = (UniqueConstraint("business_id", "language"),)
    id: int = id_field()
    business_id: int = Field(foreign_key="business.id", sa_type=BigId)
    language: Language = Field(sa_type=String(2))
    story: str
    origin: TextOrigin = Field(default=TextOrigin.HUMAN, sa_type=String(10))
    source_hash: str = Field(default="", max_length=16)
    """Digest of the source text this was translated from; another digest now means it is stale."""
    updated_at: dt.datetime = moment_field()


class ContactKind(StrEnum):
    """Ways to reach a maker."""

    PHONE = "phone"
    WHATSAPP = "whatsapp"
    EMAIL = "email"
    WEBSITE = "website"


class Contact(Table, table=True):
    """One way to reach a maker; public only with consent, whose moment and purpose are kept (UU 27/2022)."""

    public_content = True
    __tablename__ = "business_contact"
    __table_args__ = (UniqueConstraint("business_id", "kind"),)
    id: int = id_field()
    business_id: int = Field(foreign_key="business.id", sa_type=BigId)
    kind: ContactKind = Field(sa_type=String(10))
    value: str = Field(max_length=254)
    """E.164 for phone and WhatsApp."""
    consented_at: dt.datetime | None = moment_field(default=None, nullable=True)
    purpose: str = Field(default="", max_length=60)


class LicenceKind(StrEnum):
    """Papers a maker may hold; free numbers, formats only warn (see facts on identifiers)."""

    NIB = "nib"
    PIRT = "pirt"
    BPOM = "bpom"
    SNI = "sni"
    OTHER = "other"


class Licence(Table, table=True):
    """A paper of a maker with its private file."""

    __tablename__ = "business_licence"
    id: int = id_field()
    business_id: int = Field(foreign_key="business.id", sa_type=BigId, index=True)
    kind: LicenceKind = Field(sa_type=String(10))
    number: str = Field(default="", max_length=80)
    valid_until: dt.date | None = None
    file_name: str = Field(default="", max_length=200)
    file_key: str = Field(default="", max_length=200)
    mime: str = Field(default="", max_length=60)
    size: int = 0
    sha256: str = Field(default="", max_length=64)
    created_at: dt.datetime = moment_field()


class TrademarkState(StrEnum):
    """Where a mark stands at DJKI, as the maker tells it."""

    APPLIED = "applied"
    REGISTERED = "registered"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Trademark(Table, table=True):
    """A mark registered or applied for at DJKI."""

    public_content = True
    __tablename__ = "trademark"
    id: int = id_field()
    business_id: int = Field(foreign_key="business.id", sa_type=BigId, index=True)
    name: str = Field(max_length=120)
    number: str = Field(default="", max_length=40)
    nice_class: int | None = None
    state: TrademarkState = Field(default=TrademarkState.UNKNOWN, sa_type=String(20))
    valid_until: dt.date | None = None
