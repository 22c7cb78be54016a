"""Organisations, roles in them, and invitations to them."""

import datetime as dt
import secrets

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from app.accounts import audit, letters, queries, rules
from app.accounts.models import (
    Invitation,
    Membership,
    Organisation,
    OrganisationKind,
    Role,
)
from app.accounts.queries import hash_token
from app.accounts.schemas import InvitationCreate
from app.accounts.service.sessions import end_sessions
from app.accounts.subjects import Actor, Subject
from app.core.config import Settings
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.languages import N_, Language

INVITATION_LIFE = dt.timedelta(days=14)
MAX_OPEN_INVITATIONS = 100


def create_organisation(
    session: Session, *, actor: Actor, kind: OrganisationKind, name: str, now: dt.datetime
) -> Organisation:
    """A new body that people act for."""
    organisation = Organisation(kind=kind, name=name, created_at=now)
    session.add(organisation)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="organisation.created",
        subject_type="organisation",
        subject_id=organisation.id,
        after={"kind": kind.value, "name": name},
        now=now,
    )
    return organisation


def find_or_create_office(session: Session, *, actor: Actor, name: str, now: dt.datetime) -> Organisation:
    """The office with this name, made when there is none."""
    found = session.exec(
        select(Organisation).where(Organisation.kind == OrganisationKind.OFFICE, Organisation.name == name)
    ).first()
    return found or create_organisation(session, actor=actor, kind=OrganisationKind.OFFICE, name=name, now=now)


def grant_role(
    session: Session, *, actor: Actor, user_id: int, organisation: Organisation, role: Role, now: dt.datetime
) -> None:
    """Give a person a role in an organisation; nothing happens when she has it.

    Her other sessions end when the role opens the office; the edge renews the one in use (``renew_session``).

    Raises:
        Invalid: such an organisation has no such role.
    """
    if role not in rules.ROLES_OF[OrganisationKind(organisation.kind)]:
        raise Invalid(fields={"role": N_("This organisation has no such role.")})
    held = session.exec(
        select(Membership.id).where(
            Membership.user_id == user_id, Membership.organisation_id == organisation.id, Membership.role == role
        )
    ).first()
    if held is not None:
        return
    session.add(Membership(user_id=user_id, organisation_id=organisation.id, role=role, created_at=now))
    session.flush()
    if role in {Role.OFFICIAL, Role.ADMIN}:
        keep = actor.session_id if isinstance(actor, Subject) and actor.user_id == user_id else None
        end_sessions(session, user_id, keep=keep, now=now)
    audit.record(
        session,
        actor=actor,
        action="role.granted",
        subject_type="user",
        subject_id=user_id,
        after={"role": role.value, "organisation_id": organisation.id},
        now=now,
    )


def invite(
    session: Session,
    *,
    actor: Subject,
    data: InvitationCreate,
    language: Language,
    now: dt.datetime,
    settings: Settings,
) -> None:
    """Invite somebody by mail to act for an organisation in a role; an open one to the same person is replaced.

    Raises:
        NotFound: the organisation is not the actor's business.
        Forbidden: the actor may not give this role.
        Conflict: a hundred invitations are open.
    """
    organisation = session.get(Organisation, data.organisation_id)
    if organisation is None or not rules.can_see_organisation(actor, organisation.id):
        raise NotFound
    kind = OrganisationKind(organisation.kind)
    if not rules.can_invite(actor, organisation_id=organisation.id, kind=kind, role=data.role):
        raise Forbidden
    open_ones = (
        col(Invitation.organisation_id) == organisation.id,
        col(Invitation.accepted_at).is_(None),
        col(Invitation.revoked_at).is_(None),
        col(Invitation.expires_at) > now,
    )
    if session.exec(select(func.count()).select_from(Invitation).where(*open_ones)).one() >= MAX_OPEN_INVITATIONS:
        raise Conflict(N_("A hundred invitations are open. Revoke some first."), code="too_many_invitations")
    session.connection().execute(
        update(Invitation)
        .where(*open_ones, col(Invitation.email) == data.email, col(Invitation.role) == data.role)
        .values(revoked_at=now)
    )
    token = secrets.token_urlsafe(32)
    row = Invitation(
        email=data.email,
        organisation_id=organisation.id,
        role=data.role,
        token_hash=hash_token(token),
        invited_by_id=actor.user_id,
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="invitation.sent",
        subject_type="invitation",
        subject_id=row.id,
        after={"organisation_id": organisation.id, "role": data.role.value},
        now=now,
    )
    known = queries.find_user_by_email(session, data.email)
    letters.invitation(
        session,
        to=data.email,
        language=Language(known.language) if known else language,
        inviter=actor.name,
        organisation=organisation.name,
        role=data.role,
        token=token,
        now=now,
        settings=settings,
    )


def revoke_invitation(session: Session, *, actor: Subject, invitation_id: int, now: dt.datetime) -> None:
    """Take an open invitation back.

    Raises:
        NotFound: there is no such open invitation that is the actor's business.
    """
    row = session.get(Invitation, invitation_id)
    if row is None or row.accepted_at is not None or row.revoked_at is not None:
        raise NotFound
    if not rules.can_see_organisation(actor, row.organisation_id):
        raise NotFound
    row.revoked_at = now
    session.add(row)
    audit.record(
        session, actor=actor, action="invitation.revoked", subject_type="invitation", subject_id=row.id, now=now
    )


def accept_invitation(session: Session, *, actor: Subject, token: str, now: dt.datetime) -> None:
    """Take up an invitation with the account whose address it was sent to.

    Raises:
        NotFound: the invitation is not open any more.
        Forbidden: it was sent to another address.
    """
    invitation, organisation = take_invitation(session, token=token, now=now)
    if invitation.email != actor.email:
        raise Forbidden(N_("This invitation was sent to another address. Sign in with that one."), code="other_address")
    grant_role(
        session,
        actor=actor,
        user_id=actor.user_id,
        organisation=organisation,
        role=Role(invitation.role),
        now=now,
    )


def take_invitation(session: Session, *, token: str, now: dt.datetime) -> tuple[Invitation, Organisation]:
    """Take an open invitation, once, and give it with its organisation.

    Raises:
        NotFound: it is not open any more.
    """
    invitation, organisation = queries.get_invitation(session, token=token, now=now)
    taken = session.connection().execute(
        update(Invitation)
        .where(
            col(Invitation.id) == invitation.id,
            col(Invitation.accepted_at).is_(None),
            col(Invitation.revoked_at).is_(None),
        )
        .values(accepted_at=now)
    )
    if taken.rowcount != 1:
        raise NotFound
    return invitation, organisation
