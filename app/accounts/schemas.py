"""What accounts take in and give out."""

import datetime as dt
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, EmailStr, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from app.accounts.models import OrganisationKind, Role, Scope, Side
from app.core.languages import N_, Language
from app.core.validation import OWN_KINDS

OWN_KINDS.update({"consent_needed", "address_not_valid", "no_scope", "control_signs"})
MAX_DAYS = 365


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _plain_line(value: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if not text.isprintable():
        raise PydanticCustomError("control_signs", N_("Write letters, figures and signs only."))
    return text


def _agreed(value: bool) -> bool:  # noqa: FBT001 - a validator takes the value
    if not value:
        raise PydanticCustomError("consent_needed", N_("We need your consent to keep your data."))
    return value


Email = Annotated[EmailStr, BeforeValidator(_lower), Field(max_length=254)]
Line = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_plain_line), Field(min_length=1)]
Password = Annotated[str, Field(min_length=1, max_length=1000)]
Consent = Annotated[bool, AfterValidator(_agreed)]
Moment = Annotated[
    dt.datetime,
    PlainSerializer(
        lambda value: value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"), return_type=str, when_used="json"
    ),
]


class SignIn(BaseModel):
    """A try to sign in. The address is not checked for its form: a wrong one is simply unknown."""

    email: Annotated[str, BeforeValidator(_lower), Field(max_length=254)]
    password: Password


class NewAccount(BaseModel):
    """What a new person tells about herself."""

    name: Line
    password: Password
    language: Language
    consent: Consent = Field(default=False, validate_default=True)


class SignUp(NewAccount):
    """A new account that somebody makes for herself."""

    email: Email
    side: Side


class EmailOnly(BaseModel):
    """An address to send a link to."""

    email: Email


class CodeOnly(BaseModel):
    """A one-time code or a recovery code."""

    code: Annotated[str, Field(min_length=6, max_length=40)]


class PasswordOnly(BaseModel):
    """A password, asked for once more."""

    password: Password


class NewPassword(BaseModel):
    """A password to be set by a mailed link."""

    password: Password


class PasswordChange(BaseModel):
    """A password to be changed, with the one in use."""

    current: Password
    password: Password


class ProfileUpdate(BaseModel):
    """What a person may change about herself."""

    name: Line
    language: Language


class InvitationCreate(BaseModel):
    """An invitation to act for an organisation in a role."""

    email: Email
    organisation_id: int = Field(ge=1, le=2**62)
    role: Role


class TokenCreate(BaseModel):
    """A token to be made for a program."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Till of the shop", "scopes": ["catalogue:read"], "days": 90}]},
    )

    name: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_plain_line), Field(min_length=1)]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    days: int = Field(default=90, ge=1, le=MAX_DAYS)
    """How long it is good for."""


class OrganisationPublic(BaseModel):
    """A body that the person acts for."""

    id: int
    kind: OrganisationKind
    name: str


class MembershipPublic(BaseModel):
    """A role in an organisation."""

    role: Role
    organisation: OrganisationPublic


class MePublic(BaseModel):
    """Who is calling."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "name": "Euis Komariah",
                    "email": "euis@example.org",
                    "email_verified": True,
                    "language": "id",
                    "side": "maker",
                    "memberships": [
                        {"role": "maker", "organisation": {"id": 3, "kind": "business", "name": "Keripik Bu Euis"}}
                    ],
                    "second_factor": False,
                    "scopes": ["catalogue:read"],
                    "created_at": "2026-11-20T05:00:00Z",
                }
            ]
        }
    )

    id: int
    name: str
    email: str
    email_verified: bool
    language: Language
    side: Side
    memberships: list[MembershipPublic]
    second_factor: bool
    """Whether one-time codes are switched on."""
    scopes: list[Scope] | None
    """What the token in use may do; null for a browser's session, which may do all that its person may."""
    created_at: Moment


class TokenPublic(BaseModel):
    """A token of the person, without its secret."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 12,
                    "name": "Till of the shop",
                    "hint": "lb_4fK2x",
                    "scopes": ["catalogue:read"],
                    "created_at": "2026-11-20T05:00:00Z",
                    "expires_at": "2027-02-18T05:00:00Z",
                    "last_used_at": None,
                }
            ]
        }
    )

    id: int
    name: str
    hint: str
    scopes: list[Scope]
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None


class TokenMade(TokenPublic):
    """A token just made; its text is never shown again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 12,
                    "name": "Till of the shop",
                    "hint": "lb_4fK2x",
                    "scopes": ["catalogue:read"],
                    "created_at": "2026-11-20T05:00:00Z",
                    "expires_at": "2027-02-18T05:00:00Z",
                    "last_used_at": None,
                    "token": "lb_4fK2xTq0mV8yWn3cRb6sZd1hJ5gLp7uE9aXoQiBtMkN",
                }
            ]
        }
    )

    token: str


class SessionPublic(BaseModel):
    """A device that is signed in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 41,
                    "device": "Chrome, Android",
                    "current": True,
                    "second_factor": False,
                    "created_at": "2026-11-20T05:00:00Z",
                    "last_seen_at": "2026-11-20T06:10:00Z",
                    "expires_at": "2026-12-20T05:00:00Z",
                }
            ]
        }
    )

    id: int
    device: str
    current: bool
    second_factor: bool
    created_at: Moment
    last_seen_at: Moment
    expires_at: Moment


class AuditEntryPublic(BaseModel):
    """One entry of the audit trail."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 310,
                    "at": "2026-11-20T05:00:00Z",
                    "actor_id": 7,
                    "actor_name": "Dadan Hidayat",
                    "actor_label": "session",
                    "action": "business.verified",
                    "subject_type": "business",
                    "subject_id": "18",
                    "before": {"state": "submitted"},
                    "after": {"state": "verified"},
                    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                }
            ]
        }
    )

    id: int
    at: Moment
    actor_id: int | None
    actor_name: str | None
    """None for a command or the worker, and once the account is erased."""
    actor_label: str
    action: str
    subject_type: str
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str
