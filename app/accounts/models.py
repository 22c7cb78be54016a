"""People, the organisations they act for, their sessions and tokens, and the audit trail."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlmodel import Field, Relationship

from app.core.languages import Language
from app.core.models import BigId, Table, id_field, json_field, moment_field


class Role(StrEnum):
    """What a person may do in an organisation."""

    MAKER = "maker"
    BUYER = "buyer"
    OUTLET_STAFF = "outlet_staff"
    OFFICIAL = "official"
    ADMIN = "admin"


class OrganisationKind(StrEnum):
    """What kind of body people act for."""

    BUSINESS = "business"
    BUYER_COMPANY = "buyer_company"
    OUTLET = "outlet"
    OFFICE = "office"


class Side(StrEnum):
    """What somebody came for, as chosen at sign-up; it opens nothing by itself."""

    MAKER = "maker"
    BUYER = "buyer"


class Scope(StrEnum):
    """What an API token may do; a session may do all that its person may."""

    ACCOUNT = "account"

    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    BUSINESS_READ = "business:read"
    BUSINESS_WRITE = "business:write"
    OFFICE = "office"


class User(Table, table=True):
    """A person with a way to sign in."""

    __tablename__ = "user_account"

    id: int = id_field()
    email: str = Field(max_length=254, unique=True)
    """Kept in lower case; two spellings are one person."""
    name: str = Field(max_length=120)
    language: Language = Field(default=Language.EN, sa_type=String(2))
    side: Side = Field(default=Side.BUYER, sa_type=String(10))
    password_hash: str | None = Field(default=None, max_length=300)
    email_verified_at: dt.datetime | None = moment_field(default=None, nullable=True)
    consented_at: dt.datetime | None = moment_field(default=None, nullable=True)
    totp_secret: str | None = Field(default=None, max_length=64)
    totp_confirmed_at: dt.datetime | None = moment_field(default=None, nullable=True)
    totp_last_step: int | None = Field(default=None, sa_type=BigId)
    """The 30-second step of the last accepted code, so that none is accepted twice (RFC 6238, 5.2)."""
    disabled_at: dt.datetime | None = moment_field(default=None, nullable=True)
    created_at: dt.datetime = moment_field()


class RecoveryCode(Table, table=True):
    """One single-use code that replaces the one-time code when the phone is lost."""

    __tablename__ = "recovery_code"
    id: int = id_field()
    user_id: int = Field(foreign_key="user_account.id", sa_type=BigId, index=True)
    code_hash: str = Field(max_length=64, unique=True)
    used_at: dt.datetime | None = moment_field(default=None, nullable=True)


class Organisation(Table, table=True):
    """A body that people act for: a business, a buyer's company, an outlet, an office of the city."""

    __tablename__ = "organisation"
    id: int = id_field()
    kind: OrganisationKind = Field(sa_type=String(20))
    name: str = Field(max_length=160)
    created_at: dt.datetime = moment_field()


class Membership(Table, table=True):
    """A person's role in an organisation."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id", "role"),)
    id: int = id_field()
    user_id: int = Field(foreign_key="user_account.id", sa_type=BigId, index=True)
    organisation_id: int = Field(foreign_key="organisation.id", sa_type=BigId, index=True)
    role: Role = Field(sa_type=String(20))
    created_at: dt.datetime = moment_field()
    organisation: Organisation = Relationship(sa_relationship_kwargs={"lazy": "raise"})


class SignInSession(Table, table=True):
    """One device that is signed in. Only the digest of its token is kept."""

    __tablename__ = "sign_in_session"
    id: int = id_field()
    user_id: int = Field(foreign_key="user_account.id", sa_type=BigId, index=True)
    token_hash: str = Field(max_length=64, unique=True)
    device: str = Field(default="", max_length=200)
    created_at: dt.datetime = moment_field()
    last_seen_at: dt.datetime = moment_field()
    expires_at: dt.datetime = moment_field()
    second_factor_at: dt.datetime | None = moment_field(default=None, nullable=True)
    revoked_at: dt.datetime | None = moment_field(default=None, nullable=True)


class ApiToken(Table, table=True):
    """A bearer token of a person for programs. Only its digest is kept; ``hint`` is its visible beginning."""

    __tablename__ = "api_token"
    id: int = id_field()
    user_id: int = Field(foreign_key="user_account.id", sa_type=BigId, index=True)
    name: str = Field(max_length=80)
    hint: str = Field(max_length=16)
    token_hash: str = Field(max_length=64, unique=True)
    scopes: list[str] = json_field()
    created_at: dt.datetime = moment_field()
    expires_at: dt.datetime | None = moment_field(default=None, nullable=True)
    last_used_at: dt.datetime | None = moment_field(default=None, nullable=True)
    revoked_at: dt.datetime | None = moment_field(default=None, nullable=True)


class LinkPurpose(StrEnum):
    """What a mailed link is for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose, not a secret


class MailedLink(Table, table=True):
    """A single-use link sent to a person. Only the digest of its token is kept."""

    __tablename__ = "mailed_link"
    id: int = id_field()
    user_id: int = Field(foreign_key="user_account.id", sa_type=BigId, index=True)
    purpose: LinkPurpose = Field(sa_type=String(20))
    token_hash: str = Field(max_length=64, unique=True)
    created_at: dt.datetime = moment_field()
    expires_at: dt.datetime = moment_field()
    used_at: dt.datetime | None = moment_field(default=None, nullable=True)


class Invitation(Table, table=True):
    """An invitation by mail to act for an organisation in a role."""

    __tablename__ = "invitation"
    id: int = id_field()
    email: str = Field(max_length=254)
    organisation_id: int = Field(foreign_key="organisation.id", sa_type=BigId, index=True)
    role: Role = Field(sa_type=String(20))
    token_hash: str = Field(max_length=64, unique=True)
    invited_by_id: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigId)
    created_at: dt.datetime = moment_field()
    expires_at: dt.datetime = moment_field()
    accepted_at: dt.datetime | None = moment_field(default=None, nullable=True)
    revoked_at: dt.datetime | None = moment_field(default=None, nullable=True)
    organisation: Organisation = Relationship(sa_relationship_kwargs={"lazy": "raise"})


class AuditEntry(Table, table=True):
    """One change of state: who, when, what, before and after. Append-only; each entry carries the hash of the last."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject_type_subject_id", "subject_type", "subject_id"),)
    id: int = id_field()
    at: dt.datetime = moment_field()
    actor_id: int | None = Field(default=None, sa_type=BigId)
    """No foreign key: the trail outlives an erased account."""
    actor_label: str = Field(max_length=60)
    """How the act was made: ``session``, ``token``, ``command``, ``worker``."""
    action: str = Field(max_length=80)
    subject_type: str = Field(max_length=40)
    subject_id: str = Field(max_length=80)
    before: dict[str, Any] | None = json_field(default=None, nullable=True)
    after: dict[str, Any] | None = json_field(default=None, nullable=True)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64, unique=True)
