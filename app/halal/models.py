"""Reference facts with their sources and history, certificates with their life, checks, and applications."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, Relationship

from app.core.models import BigId, Table, id_field, json_field, moment_field
from app.halal.vocabulary import (
    CertificateState,
    CheckResult,
    Confidence,
    EventKind,
    GoodsClass,
    Provider,
    RecognitionStatus,
    RejectReason,
    Route,
    RuleKind,
    Stage,
)


class Fact(Table):
    """What every reference fact carries: where it comes from, how far to trust it, and what became of it.

    A row is never changed, but for the day on which it ceases to hold. An official who knows of a change ends the row
    (``valid_until``) and adds the next; one who finds a mistake adds a row that ``corrects`` the wrong one, which
    then is no longer ``current`` and stays for everybody to see.
    """

    public_content = True
    valid_from: dt.date | None = None
    """The first day it holds; None: as far back as anybody asks."""
    valid_until: dt.date | None = None
    """The first day it holds no more."""
    note: str = ""
    source: str
    confidence: Confidence = Field(sa_type=String(30))
    as_of: dt.date
    """The day the source was read."""
    current: bool = True
    """False once another row corrects it."""
    reason: str = ""
    """Why an official added or corrected it, in her words."""
    recorded_at: dt.datetime = moment_field()
    recorded_by_id: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigId)
    """None: it came with the reference files."""


class Body(Fact, table=True):
    """A body that certifies, audits, decides, recognises or writes standards."""

    __tablename__ = "halal_body"
    __table_args__ = (
        Index(
            "uq_halal_body_code_current",
            "code",
            unique=True,
            sqlite_where=text("current"),
            postgresql_where=text("current"),
        ),
    )
    id: int = id_field()
    code: str = Field(max_length=30)
    name: str = Field(max_length=200)
    country: str = Field(default="", max_length=2)
    """ISO 3166-1; empty for bodies of several countries."""
    role: str = ""
    website: str = Field(default="", max_length=200)
    issues: bool = False
    """Its certificates can be entered here."""
    authority: bool = False
    """The halal authority of its country: there its certificates need no further recognition."""
    corrects_id: int | None = Field(default=None, foreign_key="halal_body.id", sa_type=BigId)


class Recognition(Fact, table=True):
    """What a destination makes of a body's certificates."""

    __tablename__ = "halal_recognition"
    __table_args__ = (Index("ix_halal_recognition_body_destination", "body", "destination"),)
    id: int = id_field()
    body: str = Field(max_length=30)
    """Code of the body."""
    destination: str = Field(max_length=2)
    """ISO 3166-1."""
    scope: str = ""
    """The goods it is about, as the source says it."""
    goods: list[str] = json_field(default_factory=list)
    """The same as goods classes; empty: all."""
    made_in: str = Field(default="", max_length=2)
    """Only goods made there (ISO 3166-1); empty: wherever."""
    direction: str = Field(default="import_acceptance", max_length=30)
    status: RecognitionStatus = Field(sa_type=String(20))
    basis: str = ""
    corrects_id: int | None = Field(default=None, foreign_key="halal_recognition.id", sa_type=BigId)


class DestinationRule(Fact, table=True):
    """What a destination asks of a kind of goods."""

    __tablename__ = "halal_destination_rule"
    __table_args__ = (Index("ix_halal_destination_rule_country", "country", "goods_class"),)
    id: int = id_field()
    country: str = Field(max_length=2)
    goods_class: GoodsClass = Field(sa_type=String(20))
    kind: RuleKind = Field(sa_type=String(30))
    basis: str = ""
    corrects_id: int | None = Field(default=None, foreign_key="halal_destination_rule.id", sa_type=BigId)


class Obligation(Fact, table=True):
    """From which day makers of a size need a certificate for a kind of goods."""

    __tablename__ = "halal_obligation"
    id: int = id_field()
    goods_class: str = Field(max_length=30)
    """A goods class of the catalogue, or another kind that the law names and nobody here makes."""
    label: str = Field(max_length=200)
    """The kind in the words of the source."""
    scale: str = Field(max_length=20)
    """micro_small, medium_large, all, or another that the source names."""
    phase_start: dt.date | None = None
    phase_end: dt.date | None = None
    mandatory_from: dt.date | None = None
    animal_only: bool = False
    """Binds only goods from or with animal matter."""
    legal_basis: str = ""
    corrects_id: int | None = Field(default=None, foreign_key="halal_obligation.id", sa_type=BigId)


class Certificate(Table, table=True):
    """A certificate as its holder entered it and the city checked it. What it covers are its items."""

    public_content = True
    __tablename__ = "halal_certificate"
    __table_args__ = (
        # One number of one body is confirmed for one holder only, whoever else enters it.
        Index(
            "uq_halal_certificate_confirmed",
            "body",
            "number_key",
            unique=True,
            sqlite_where=text("state IN ('verified','suspended')"),
            postgresql_where=text("state IN ('verified','suspended')"),
        ),
        Index("ix_halal_certificate_number_key", "number_key"),
        Index("ix_halal_certificate_state_entered_at", "state", "entered_at"),
        Index("ix_halal_certificate_valid_until", "valid_until"),
        CheckConstraint(
            "state IN ('claimed','verified','rejected','withdrawn','suspended','revoked','superseded')", name="state"
        ),
    )
    id: int = id_field()
    public_id: str = Field(max_length=16, unique=True)
    """What addresses and QR codes name it by: random, says nothing."""
    business_id: int = Field(foreign_key="business.id", sa_type=BigId, index=True)
    body: str = Field(max_length=30)
    """Code of the body that issued it."""
    number: str = Field(max_length=80)
    """As printed."""
    number_key: str = Field(max_length=80)
    """Letters and digits of the number, capitals: what it is looked up by."""
    decree_number: str = Field(default="", max_length=80)
    """Of the halal decree (KH), which is not the certificate's number and gives nothing."""
    holder: str = Field(default="", max_length=200)
    """The holder's name as printed."""
    issued_on: dt.date | None = None
    valid_until: dt.date | None = None
    """The last valid day as printed; None: until materials or process change."""
    surveillance_due: dt.date | None = None
    external_status: str = Field(default="", max_length=80)
    """What the register calls its state, as text."""
    state: CertificateState = Field(default=CertificateState.CLAIMED, sa_type=String(12))
    """What its events come to today; see ``app.halal.rules.MOVES``."""
    reject_code: RejectReason | None = Field(default=None, sa_type=String(30))
    reject_reason: str = ""
    """The official's own words beside the code; also those of a suspension or revocation."""
    supersedes_id: int | None = Field(default=None, foreign_key="halal_certificate.id", sa_type=BigId)
    file_name: str = Field(default="", max_length=200)
    file_key: str = Field(default="", max_length=200)
    mime: str = Field(default="", max_length=60)
    size: int = 0
    sha256: str = Field(default="", max_length=64)
    entered_at: dt.datetime = moment_field()
    updated_at: dt.datetime = moment_field()
    decided_at: dt.datetime | None = moment_field(default=None, nullable=True)
    decided_by_id: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigId)
    version: int = 1

    items: list["CertificateItem"] = Relationship(
        sa_relationship_kwargs={"lazy": "raise", "cascade": "all, delete-orphan", "order_by": "CertificateItem.id"}
    )
    events: list["CertificateEvent"] = Relationship(
        sa_relationship_kwargs={"lazy": "raise", "order_by": "CertificateEvent.id"}
    )
    checks: list["Check"] = Relationship(sa_relationship_kwargs={"lazy": "raise", "order_by": "Check.id"})

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, object]:  # noqa: N805 - SQLAlchemy's own hook
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


class CertificateItem(Table, table=True):
    """A product name as it is printed on a certificate. Which product it is, a person decides."""

    public_content = True
    __tablename__ = "halal_certificate_item"
    id: int = id_field()
    certificate_id: int = Field(foreign_key="halal_certificate.id", sa_type=BigId, index=True)
    name: str = Field(max_length=200)
    removed_at: dt.datetime | None = moment_field(default=None, nullable=True)
    """When it was corrected away; what was linked with it is unlinked then."""


class CertificateEvent(Table, table=True):
    """Something that happened to a certificate; append-only."""

    public_content = True
    __tablename__ = "halal_certificate_event"
    id: int = id_field()
    certificate_id: int = Field(foreign_key="halal_certificate.id", sa_type=BigId, index=True)
    kind: EventKind = Field(sa_type=String(12))
    effective_on: dt.date
    """From this day on, in Bandung."""
    recorded_at: dt.datetime = moment_field()
    recorded_by_id: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigId)
    note: str = ""


class Check(Table, table=True):
    """Somebody looked a certificate up: where, when, with what result, and what remains as evidence."""

    public_content = True
    __tablename__ = "halal_check"
    id: int = id_field()
    certificate_id: int = Field(foreign_key="halal_certificate.id", sa_type=BigId, index=True)
    provider: Provider = Field(sa_type=String(10))
    looked_at: str = Field(max_length=300)
    """Where: the address of the search, or words such as "the original, at our desk"."""
    result: CheckResult = Field(sa_type=String(20))
    found_number: str = Field(default="", max_length=80)
    found_holder: str = Field(default="", max_length=200)
    found_products: list[str] = json_field(default_factory=list)
    evidence_key: str = Field(default="", max_length=200)
    """The private file: a picture of the screen, or the raw answer."""
    evidence_mime: str = Field(default="", max_length=60)
    evidence_sha256: str = Field(default="", max_length=64)
    note: str = ""
    checked_at: dt.datetime = moment_field()
    checked_by_id: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigId)


class Application(Table, table=True):
    """A maker's journey towards a certificate, as she reports it."""

    __tablename__ = "halal_application"
    id: int = id_field()
    business_id: int = Field(foreign_key="business.id", sa_type=BigId, index=True)
    route: Route = Field(sa_type=String(15))
    stage: Stage = Field(default=Stage.DRAFT, sa_type=String(30))
    """The last of its steps."""
    registration_number: str = Field(default="", max_length=80)
    """STTD or the number SIHALAL gives; nothing is looked up by it."""
    external_status: str = Field(default="", max_length=80)
    certificate_id: int | None = Field(default=None, foreign_key="halal_certificate.id", sa_type=BigId)
    opened_at: dt.datetime = moment_field()
    closed_on: dt.date | None = None
    version: int = 1

    steps: list["ApplicationStep"] = Relationship(
        sa_relationship_kwargs={"lazy": "raise", "order_by": "ApplicationStep.id"}
    )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, object]:  # noqa: N805 - SQLAlchemy's own hook
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


class ApplicationStep(Table, table=True):
    """A stage that an application reached on a day; append-only."""

    __tablename__ = "halal_application_step"
    id: int = id_field()
    application_id: int = Field(foreign_key="halal_application.id", sa_type=BigId, index=True)
    stage: Stage = Field(sa_type=String(30))
    reached_on: dt.date
    note: str = Field(default="", max_length=500)
    recorded_at: dt.datetime = moment_field()
    recorded_by_id: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigId)


class NoticeSent(Table, table=True):
    """A warning that went to a maker, so that each goes once."""

    __tablename__ = "halal_notice"
    __table_args__ = (UniqueConstraint("business_id", "key"),)
    id: int = id_field()
    business_id: int = Field(foreign_key="business.id", sa_type=BigId)
    key: str = Field(max_length=120)
    """What it is about: kind, subject, day and distance."""
    details: dict[str, Any] = json_field(default_factory=dict)
    sent_at: dt.datetime = moment_field()
