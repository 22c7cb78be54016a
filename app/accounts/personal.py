"""A person's own data, to hand over and to erase (Law 27/2022); areas above add what they keep about her."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from app.accounts.models import (
    ApiToken,
    AuditEntry,
    Invitation,
    MailedLink,
    Membership,
    RecoveryCode,
    SignInSession,
    User,
)
from app.accounts.subjects import Subject
from app.core.outbox import OutboxRow

Exporter = Callable[[Session, int], Any]
"""(session, user id) → plain values for JSON."""
Eraser = Callable[[Session, Subject, dt.datetime], None]
"""(session, the person, now); raises Conflict when something must be settled first."""

_exporters: dict[str, Exporter] = {}
_erasers: dict[str, Eraser] = {}
_SECRET = {"password_hash", "token_hash", "code_hash", "totp_secret", "totp_last_step"}


def exports(part: str) -> Callable[[Exporter], Exporter]:
    """Register the function that gives what an area keeps about a person, under a name of its own."""

    def register(exporter: Exporter) -> Exporter:
        _exporters[part] = exporter
        return exporter

    return register


def erases(part: str) -> Callable[[Eraser], Eraser]:
    """Register the function that removes what an area keeps about a person; it leaves the audit entry to accounts."""

    def register(eraser: Eraser) -> Eraser:
        _erasers[part] = eraser
        return eraser

    return register


def export(session: Session, *, user: User, now: dt.datetime) -> dict[str, Any]:
    """Every row about a person as plain values; secrets are left out, moments are RFC 3339."""
    number = user.id
    invited = or_(col(Invitation.invited_by_id) == number, col(Invitation.email) == user.email)
    rows: dict[str, Any] = {
        "memberships": select(Membership).where(Membership.user_id == number),
        "sessions": select(SignInSession).where(SignInSession.user_id == number),
        "tokens": select(ApiToken).where(ApiToken.user_id == number),
        "mailed_links": select(MailedLink).where(MailedLink.user_id == number),
        "recovery_codes": select(RecoveryCode).where(RecoveryCode.user_id == number),
        "invitations": select(Invitation).where(invited),
        "acts": select(AuditEntry).where(
            or_(
                col(AuditEntry.actor_id) == number,
                (col(AuditEntry.subject_type) == "user") & (col(AuditEntry.subject_id) == str(number)),
            )
        ),
    }
    mails = session.exec(select(OutboxRow).where(_mail_to(user.email)).order_by(col(OutboxRow.id))).all()
    return {
        "made_at": now.isoformat().replace("+00:00", "Z"),
        "person": _plain(user),
        **{
            name: [_plain(row) for row in session.exec(statement.order_by("id")).all()]
            for name, statement in rows.items()
        },
        "mails_waiting": [{"subject": row.payload["subject"], "created_at": _value(row.created_at)} for row in mails],
        **{part: exporter(session, number) for part, exporter in sorted(_exporters.items())},
    }


def erase(session: Session, *, actor: Subject, user: User, now: dt.datetime) -> None:
    """Remove a person's data everywhere and leave an empty, shut account."""
    for _, eraser in sorted(_erasers.items()):
        eraser(session, actor, now)
    connection = session.connection()
    session.flush()
    for table in (Membership, SignInSession, ApiToken, MailedLink, RecoveryCode):
        connection.execute(delete(table).where(col(table.user_id) == user.id))
    connection.execute(delete(Invitation).where(col(Invitation.email) == user.email))
    connection.execute(update(Invitation).where(col(Invitation.invited_by_id) == user.id).values(invited_by_id=None))
    connection.execute(delete(OutboxRow).where(_mail_to(user.email)))
    user.email = f"erased-{user.id}@invalid"
    user.name = ""
    user.password_hash = user.totp_secret = None
    user.totp_confirmed_at = user.totp_last_step = user.consented_at = user.email_verified_at = None
    user.disabled_at = now
    session.add(user)
    session.flush()


def _mail_to(address: str) -> Any:
    return (col(OutboxRow.kind) == "mail") & (col(OutboxRow.payload)["to"].as_string() == address)


def _plain(row: Any) -> dict[str, Any]:
    return {name: _value(getattr(row, name)) for name in type(row).model_fields if name not in _SECRET}


def _value(value: Any) -> Any:
    return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if isinstance(value, dt.datetime) else value
