"""Reading people, sessions, tokens, invitations and the audit trail."""

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from app.accounts import rules
from app.accounts.models import (
    ApiToken,
    AuditEntry,
    Invitation,
    LinkPurpose,
    MailedLink,
    Membership,
    Organisation,
    OrganisationKind,
    RecoveryCode,
    Role,
    Scope,
    Side,
    SignInSession,
    User,
)
from app.accounts.schemas import (
    AuditEntryPublic,
    MembershipPublic,
    MePublic,
    OrganisationPublic,
    SessionPublic,
    TokenPublic,
)
from app.accounts.subjects import Subject
from app.core.config import Settings
from app.core.errors import NotFound
from app.core.languages import Language
from app.core.pagination import DEFAULT_LIMIT, Cursor, Paged

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("UCBrowser", "UC Browser"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def hash_token(token: str) -> str:
    """The digest under which a random token is kept; it has enough entropy to need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_digest(settings: Settings, value: str) -> str:
    """A digest of personal data that only this installation can make, for counters."""
    return hmac.new(settings.secret_key.get_secret_value().encode(), value.encode(), hashlib.sha256).hexdigest()


def describe_device(user_agent: str) -> str:
    """A browser and its system in two words, such as ``Chrome, Android``; empty when neither is known."""
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}/", user_agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part)


@dataclass(frozen=True)
class SignedIn:
    """What a session cookie stands for."""

    subject: Subject
    last_seen_at: dt.datetime
    code_missing: bool
    """The password was given, the one-time code not yet: nobody is signed in until it is."""


def find_signed_in(session: Session, *, cookie: str, now: dt.datetime, settings: Settings) -> SignedIn | None:
    """What a session cookie stands for, or None when it is unknown, over or revoked."""
    row = session.exec(
        select(SignInSession, User)
        .join(User, col(User.id) == col(SignInSession.user_id))
        .where(
            SignInSession.token_hash == hash_token(cookie),
            col(SignInSession.revoked_at).is_(None),
            col(SignInSession.expires_at) > now,
            col(User.disabled_at).is_(None),
        )
    ).first()
    if row is None:
        return None
    sign_in, user = row
    given = sign_in.second_factor_at is not None
    subject = _subject(session, user, settings, session_id=sign_in.id, second_factor=given)
    return SignedIn(subject, sign_in.last_seen_at, code_missing=user.totp_confirmed_at is not None and not given)


def find_subject_by_token(
    session: Session, *, token: str, now: dt.datetime, settings: Settings
) -> tuple[Subject, dt.datetime | None] | None:
    """Who a bearer token stands for and when it was last used, or None when it is unknown, expired or revoked."""
    row = session.exec(
        select(ApiToken, User)
        .join(User, col(User.id) == col(ApiToken.user_id))
        .where(
            ApiToken.token_hash == hash_token(token),
            col(ApiToken.revoked_at).is_(None),
            or_(col(ApiToken.expires_at).is_(None), col(ApiToken.expires_at) > now),
            col(User.disabled_at).is_(None),
        )
    ).first()
    if row is None:
        return None
    api_token, user = row
    subject = _subject(
        session,
        user,
        settings,
        token_id=api_token.id,
        scopes=frozenset(scope for scope in Scope if scope.value in api_token.scopes),
        second_factor=True,  # a token was made in a session that gave its code
    )
    return subject, api_token.last_used_at


def _subject(
    session: Session,
    user: User,
    settings: Settings,
    *,
    second_factor: bool,
    session_id: int | None = None,
    token_id: int | None = None,
    scopes: frozenset[Scope] | None = None,
) -> Subject:
    rows = session.exec(select(Membership.role, Membership.organisation_id).where(Membership.user_id == user.id)).all()
    memberships = frozenset((Role(role), organisation) for role, organisation in rows)
    official = any(role in {Role.OFFICIAL, Role.ADMIN} for role, _ in memberships)
    needed = official and (settings.second_factor_required or user.totp_confirmed_at is not None)
    return Subject(
        user_id=user.id,
        name=user.name,
        email=user.email,
        language=Language(user.language),
        email_verified=user.email_verified_at is not None,
        memberships=memberships,
        session_id=session_id,
        token_id=token_id,
        scopes=scopes,
        second_factor=second_factor,
        second_factor_missing=needed and not second_factor,
    )


def find_user_by_email(session: Session, email: str) -> User | None:
    """The living account with this address (in lower case), or None."""
    return session.exec(select(User).where(User.email == email, col(User.disabled_at).is_(None))).first()


def get_user(session: Session, user_id: int) -> User:
    """A living account.

    Raises:
        NotFound
    """
    user = session.get(User, user_id)
    if user is None or user.disabled_at is not None:
        raise NotFound
    return user


def holds_office(session: Session, user_id: int) -> bool:
    """Whether a person has an official's role, so that stricter rules hold for the password."""
    found = session.exec(
        select(Membership.id).where(
            Membership.user_id == user_id, col(Membership.role).in_([Role.OFFICIAL, Role.ADMIN])
        )
    ).first()
    return found is not None


def find_link(session: Session, *, token: str, purpose: LinkPurpose, now: dt.datetime) -> MailedLink | None:
    """A mailed link that still works, or None."""
    return session.exec(
        select(MailedLink).where(
            MailedLink.token_hash == hash_token(token),
            MailedLink.purpose == purpose,
            col(MailedLink.used_at).is_(None),
            col(MailedLink.expires_at) > now,
        )
    ).first()


def get_me(session: Session, subject: Subject) -> MePublic:
    """Everything a person sees about herself.

    Raises:
        NotFound
    """
    user = get_user(session, subject.user_id)
    return MePublic(
        id=user.id,
        name=user.name,
        email=user.email,
        email_verified=user.email_verified_at is not None,
        language=Language(user.language),
        side=Side(user.side),
        memberships=list_memberships(session, user.id),
        second_factor=user.totp_confirmed_at is not None,
        scopes=None if subject.scopes is None else sorted(subject.scopes),
        created_at=user.created_at,
    )


def list_memberships(session: Session, user_id: int) -> list[MembershipPublic]:
    """A person's roles, in the order they were given."""
    rows = session.exec(
        select(Membership.role, Organisation.id, Organisation.kind, Organisation.name)
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(Membership.user_id == user_id)
        .order_by(col(Membership.id))
    ).all()
    return [
        MembershipPublic(
            role=Role(role), organisation=OrganisationPublic(id=number, kind=OrganisationKind(kind), name=name)
        )
        for role, number, kind, name in rows
    ]


def list_sessions(session: Session, subject: Subject, *, now: dt.datetime) -> list[SessionPublic]:
    """Devices that the person is signed in on, last seen first."""
    rows = session.exec(
        select(SignInSession)
        .where(
            SignInSession.user_id == subject.user_id,
            col(SignInSession.revoked_at).is_(None),
            col(SignInSession.expires_at) > now,
        )
        .order_by(col(SignInSession.last_seen_at).desc(), col(SignInSession.id).desc())
    ).all()
    return [
        SessionPublic(
            id=row.id,
            device=row.device,
            current=row.id == subject.session_id,
            second_factor=row.second_factor_at is not None,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
        )
        for row in rows
    ]


def list_tokens(session: Session, subject: Subject, *, now: dt.datetime) -> list[TokenPublic]:
    """The person's tokens that still work, newest first."""
    rows = session.exec(
        select(ApiToken)
        .where(
            ApiToken.user_id == subject.user_id,
            col(ApiToken.revoked_at).is_(None),
            or_(col(ApiToken.expires_at).is_(None), col(ApiToken.expires_at) > now),
        )
        .order_by(col(ApiToken.id).desc())
    ).all()
    return [token_public(row) for row in rows]


def token_public(row: ApiToken) -> TokenPublic:
    """A token as its person sees it."""
    return TokenPublic(
        id=row.id,
        name=row.name,
        hint=row.hint,
        scopes=[scope for scope in Scope if scope.value in row.scopes],
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )


def count_recovery_codes(session: Session, user_id: int) -> int:
    """Recovery codes that a person has left."""
    return session.exec(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, col(RecoveryCode.used_at).is_(None))
    ).one()


@dataclass(frozen=True)
class Member:
    """Somebody who acts for an organisation."""

    name: str
    role: Role


@dataclass(frozen=True)
class OpenInvitation:
    """An invitation that nobody has accepted yet."""

    id: int
    email: str
    role: Role
    expires_at: dt.datetime


@dataclass(frozen=True)
class Team:
    """An organisation with its people and open invitations."""

    organisation: OrganisationPublic
    members: list[Member]
    invitations: list[OpenInvitation]
    roles: list[Role]
    """Roles that the viewer may invite to."""


def list_teams(session: Session, viewer: Subject, *, also: int | None, now: dt.datetime) -> list[Team]:
    """The viewer's organisations, and for an official the one with number ``also``, each with people and invitations.

    Raises:
        NotFound: ``also`` is not the viewer's business.
    """
    numbers = {organisation for _, organisation in viewer.memberships}
    if also is not None:
        if not rules.can_see_organisation(viewer, also):
            raise NotFound
        numbers = {also}
    organisations = session.exec(
        select(Organisation).where(col(Organisation.id).in_(numbers)).order_by(col(Organisation.id))
    ).all()
    if also is not None and not organisations:
        raise NotFound
    members = session.exec(
        select(Membership.organisation_id, User.name, Membership.role)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(col(Membership.organisation_id).in_(numbers))
        .order_by(col(Membership.id))
    ).all()
    invitations = session.exec(
        select(Invitation)
        .where(
            col(Invitation.organisation_id).in_(numbers),
            col(Invitation.accepted_at).is_(None),
            col(Invitation.revoked_at).is_(None),
            col(Invitation.expires_at) > now,
        )
        .order_by(col(Invitation.id))
    ).all()
    return [
        Team(
            organisation=OrganisationPublic(id=row.id, kind=OrganisationKind(row.kind), name=row.name),
            members=[Member(name=name, role=Role(role)) for number, name, role in members if number == row.id],
            invitations=[
                OpenInvitation(id=item.id, email=item.email, role=Role(item.role), expires_at=item.expires_at)
                for item in invitations
                if item.organisation_id == row.id
            ],
            roles=[
                role
                for role in Role
                if rules.can_invite(viewer, organisation_id=row.id, kind=OrganisationKind(row.kind), role=role)
            ],
        )
        for row in organisations
    ]


def get_invitation(session: Session, *, token: str, now: dt.datetime) -> tuple[Invitation, Organisation]:
    """An open invitation by the token that was mailed.

    Raises:
        NotFound: it is unknown, over, accepted or revoked.
    """
    row = session.exec(
        select(Invitation, Organisation)
        .join(Organisation, col(Organisation.id) == col(Invitation.organisation_id))
        .where(
            Invitation.token_hash == hash_token(token),
            col(Invitation.accepted_at).is_(None),
            col(Invitation.revoked_at).is_(None),
            col(Invitation.expires_at) > now,
        )
    ).first()
    if row is None:
        raise NotFound
    return row


def list_audit_entries(
    session: Session,
    *,
    subject_type: str | None = None,
    subject_id: str | None = None,
    actor_id: int | None = None,
    action: str | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Paged[AuditEntryPublic]:
    """The audit trail, newest first; ``total`` counts every entry that fits the filters.

    Raises:
        Invalid: the cursor is damaged.
    """
    wanted: list[ColumnElement[bool]] = []
    if subject_type:
        wanted.append(col(AuditEntry.subject_type) == subject_type)
    if subject_id:
        wanted.append(col(AuditEntry.subject_id) == subject_id)
    if actor_id is not None:
        wanted.append(col(AuditEntry.actor_id) == actor_id)
    if action:
        wanted.append(col(AuditEntry.action) == action)
    total = session.exec(select(func.count()).select_from(AuditEntry).where(*wanted)).one()
    page = list(wanted)
    if cursor is not None:
        page.append(col(AuditEntry.id) < Cursor.decode(cursor, sort="newest").id)
    rows: Sequence[tuple[AuditEntry, str | None, dt.datetime | None]] = session.exec(
        select(AuditEntry, User.name, User.disabled_at)
        .join(User, col(User.id) == col(AuditEntry.actor_id), isouter=True)
        .where(*page)
        .order_by(col(AuditEntry.id).desc())
        .limit(limit + 1)
    ).all()
    items = [
        AuditEntryPublic(
            **entry.model_dump(exclude={"previous_hash"}), actor_name=name if disabled_at is None else None
        )
        for entry, name, disabled_at in rows[:limit]
    ]
    more = len(rows) > limit
    following = Cursor(sort="newest", key=None, id=items[-1].id).encode() if more else None
    return Paged[AuditEntryPublic](items=items, next=following, total=total)
