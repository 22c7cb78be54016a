"""What people do with accounts. Passwords come here hashed: hashing takes its time, and a transaction has none."""

import datetime as dt
import secrets

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from app.accounts import audit, letters, passwords, personal, queries, rules, totp
from app.accounts.models import (
    ApiToken,
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
from app.accounts.queries import hash_token
from app.accounts.schemas import (
    InvitationCreate,
    NewAccount,
    ProfileUpdate,
    SignUp,
    TokenCreate,
    TokenMade,
)
from app.accounts.subjects import Actor, Subject, Visitor
from app.core.config import Settings
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.languages import N_, Language

SESSION_LIFE = dt.timedelta(days=30)
OFFICE_SESSION_LIFE = dt.timedelta(hours=12)
LINK_LIFE = {LinkPurpose.VERIFY_EMAIL: dt.timedelta(hours=24), LinkPurpose.RESET_PASSWORD: dt.timedelta(hours=1)}
INVITATION_LIFE = dt.timedelta(days=14)
TOUCH_EVERY = dt.timedelta(minutes=5)
MAX_SESSIONS = 50
MAX_TOKENS = 50
MAX_OPEN_INVITATIONS = 100
MAX_MAILS_AN_HOUR = 4


class LinkSpent(Invalid):
    """A mailed link that was used, is over, or never was one."""

    code = "link_spent"
    message = N_("This link does not work any more: it was used, or its time is over. Ask for a new one.")


class WrongCode(Invalid):
    """A one-time code that is not right now, or was used."""

    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__(fields={"code": N_("This code is not right, or was used before. Wait for the next one.")})


# --- Accounts ---------------------------------------------------------------------------------------------------------


def sign_up(session: Session, *, data: SignUp, password_hash: str, now: dt.datetime, settings: Settings) -> None:
    """Make an account that opens once its address is confirmed; what happened is told by mail only.

    A second sign-up for an address that nobody confirmed takes the password away: whoever owns the mailbox confirms
    and then chooses one, so that nobody can prepare an account for somebody else's address.
    """
    user = session.exec(select(User).where(User.email == data.email)).first()
    if user is not None and user.email_verified_at is not None:
        letters.address_in_use(
            session,
            to=user.email,
            name=user.name,
            language=Language(user.language),
            user_id=user.id,
            now=now,
            settings=settings,
        )
        return
    if user is None:
        user = _add_user(
            session,
            email=data.email,
            name=data.name,
            language=data.language,
            side=data.side,
            password_hash=password_hash,
            verified=False,
            now=now,
        )
        audit.record(
            session,
            actor=Visitor(user_id=user.id),
            action="user.signed_up",
            subject_type="user",
            subject_id=user.id,
            after={"side": data.side.value, "language": data.language.value},
            now=now,
        )
    elif _may_mail(session, user.id, LinkPurpose.VERIFY_EMAIL, now):
        user.password_hash = None
        session.add(user)
        audit.record(
            session, actor=Visitor(), action="user.signed_up_again", subject_type="user", subject_id=user.id, now=now
        )
    else:
        return
    _send_verification(session, user, now=now, settings=settings)


def create_user(
    session: Session,
    *,
    actor: Actor,
    email: str,
    name: str,
    password: str | None,
    language: Language,
    now: dt.datetime,
    side: Side = Side.BUYER,
    role: Role | None = None,
    organisation: Organisation | None = None,
) -> User:
    """Make an account with a confirmed address, with a role in an organisation when one is named (command line, demo).

    Raises:
        Conflict: the address has an account.
        WeakPassword
    """
    address = email.strip().lower()
    if session.exec(select(User.id).where(User.email == address)).first() is not None:
        raise Conflict(N_("This address has an account already."), code="email_taken")
    if password is not None:
        official = role in {Role.OFFICIAL, Role.ADMIN}
        passwords.check(password, official=official, email=address, name=name)
    user = _add_user(
        session,
        email=address,
        name=name,
        language=language,
        side=side,
        password_hash=None if password is None else passwords.hash_password(password),
        verified=True,
        now=now,
    )
    after = {"side": side.value, "language": language.value}
    audit.record(
        session, actor=actor, action="user.created", subject_type="user", subject_id=user.id, after=after, now=now
    )
    if role is not None and organisation is not None:
        grant_role(session, actor=actor, user_id=user.id, organisation=organisation, role=role, now=now)
    return user


def _add_user(
    session: Session,
    *,
    email: str,
    name: str,
    language: Language,
    side: Side,
    password_hash: str | None,
    verified: bool,
    now: dt.datetime,
) -> User:
    user = User(
        email=email,
        name=name,
        language=language,
        side=side,
        password_hash=password_hash,
        email_verified_at=now if verified else None,
        consented_at=now,
        created_at=now,
    )
    session.add(user)
    session.flush()
    return user


def resend_verification(session: Session, *, user: User, now: dt.datetime, settings: Settings) -> None:
    """Send the link once more, unless several went out within the hour."""
    if user.email_verified_at is None and _may_mail(session, user.id, LinkPurpose.VERIFY_EMAIL, now):
        _send_verification(session, user, now=now, settings=settings)


def _send_verification(session: Session, user: User, *, now: dt.datetime, settings: Settings) -> None:
    token = _add_link(session, user.id, LinkPurpose.VERIFY_EMAIL, now)
    letters.verify_email(
        session,
        to=user.email,
        name=user.name,
        language=Language(user.language),
        token=token,
        now=now,
        settings=settings,
    )


def verify_email(session: Session, *, token: str, now: dt.datetime) -> str | None:
    """Confirm an address by the mailed link. Gives a token to choose a password with when the account has none.

    Raises:
        LinkSpent
    """
    user = _use_link(session, token=token, purpose=LinkPurpose.VERIFY_EMAIL, now=now)
    user.email_verified_at = now
    session.add(user)
    audit.record(
        session,
        actor=Visitor(user_id=user.id),
        action="user.email_verified",
        subject_type="user",
        subject_id=user.id,
        now=now,
    )
    return _add_link(session, user.id, LinkPurpose.RESET_PASSWORD, now) if user.password_hash is None else None


def update_profile(session: Session, *, actor: Subject, data: ProfileUpdate, now: dt.datetime) -> None:
    """Change the person's own name and language. The trail keeps which fields changed, not the name."""
    user = queries.get_user(session, actor.user_id)
    changed = [name for name in ("name", "language") if getattr(user, name) != getattr(data, name)]
    if not changed:
        return
    user.name, user.language = data.name, data.language
    session.add(user)
    audit.record(
        session,
        actor=actor,
        action="user.updated",
        subject_type="user",
        subject_id=user.id,
        after={"changed": changed},
        now=now,
    )


# --- Mailed links -----------------------------------------------------------------------------------------------------


def _may_mail(session: Session, user_id: int, purpose: LinkPurpose, now: dt.datetime) -> bool:
    sent = session.exec(
        select(func.count())
        .select_from(MailedLink)
        .where(
            MailedLink.user_id == user_id,
            MailedLink.purpose == purpose,
            col(MailedLink.created_at) > now - dt.timedelta(hours=1),
        )
    ).one()
    return sent < MAX_MAILS_AN_HOUR


def _add_link(session: Session, user_id: int, purpose: LinkPurpose, now: dt.datetime) -> str:
    """A new link's token; earlier ones for the same purpose stop working."""
    session.connection().execute(
        update(MailedLink)
        .where(
            col(MailedLink.user_id) == user_id, col(MailedLink.purpose) == purpose, col(MailedLink.used_at).is_(None)
        )
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        MailedLink(
            user_id=user_id,
            purpose=purpose,
            token_hash=hash_token(token),
            created_at=now,
            expires_at=now + LINK_LIFE[purpose],
        )
    )
    session.flush()
    return token


def _use_link(session: Session, *, token: str, purpose: LinkPurpose, now: dt.datetime) -> User:
    link = queries.find_link(session, token=token, purpose=purpose, now=now)
    if link is None:
        raise LinkSpent
    used = session.connection().execute(
        update(MailedLink).where(col(MailedLink.id) == link.id, col(MailedLink.used_at).is_(None)).values(used_at=now)
    )
    user = session.get(User, link.user_id)
    if used.rowcount != 1 or user is None or user.disabled_at is not None:
        raise LinkSpent
    return user


# --- Sessions ---------------------------------------------------------------------------------------------------------


def start_session(
    session: Session,
    *,
    user_id: int,
    device: str,
    now: dt.datetime,
    renewed_hash: str | None = None,
    replaces: int | None = None,
) -> tuple[str, dt.timedelta]:
    """Sign a person in on a device. Gives the new session's token for the cookie and how long it lasts.

    ``replaces`` is the session that this browser had; it ends. An official's session lasts half a day. Beyond fifty
    sessions the one not seen for longest ends.
    """
    life = OFFICE_SESSION_LIFE if queries.holds_office(session, user_id) else SESSION_LIFE
    if renewed_hash is not None:
        session.connection().execute(update(User).where(col(User.id) == user_id).values(password_hash=renewed_hash))
    living = session.exec(
        select(SignInSession.id)
        .where(
            SignInSession.user_id == user_id,
            col(SignInSession.revoked_at).is_(None),
            col(SignInSession.expires_at) > now,
        )
        .order_by(col(SignInSession.last_seen_at).desc(), col(SignInSession.id).desc())
    ).all()
    ending = [number for place, number in enumerate(living) if place >= MAX_SESSIONS - 1 or number == replaces]
    if ending:
        session.connection().execute(
            update(SignInSession).where(col(SignInSession.id).in_(ending)).values(revoked_at=now)
        )
    token = secrets.token_urlsafe(32)
    row = SignInSession(
        user_id=user_id,
        token_hash=hash_token(token),
        device=device,
        created_at=now,
        last_seen_at=now,
        expires_at=now + life,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=Visitor(user_id=user_id),
        action="session.started",
        subject_type="session",
        subject_id=row.id,
        now=now,
    )
    return token, life


def renew_session(session: Session, *, session_id: int, second_factor_at: dt.datetime | None = None) -> str:
    """Give a session a new token, because what it may do has changed; the old token stops working.

    Raises:
        NotFound: the session has ended.
    """
    row = session.get(SignInSession, session_id)
    if row is None or row.revoked_at is not None:
        raise NotFound
    token = secrets.token_urlsafe(32)
    row.token_hash = hash_token(token)
    row.second_factor_at = second_factor_at or row.second_factor_at
    session.add(row)
    session.flush()
    return token


def end_session(session: Session, *, actor: Subject, session_id: int, now: dt.datetime) -> None:
    """End one of the person's own sessions.

    Raises:
        NotFound: it is somebody else's, or has ended.
    """
    ended = session.connection().execute(
        update(SignInSession)
        .where(
            col(SignInSession.id) == session_id,
            col(SignInSession.user_id) == actor.user_id,
            col(SignInSession.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )
    if ended.rowcount != 1:
        raise NotFound
    audit.record(session, actor=actor, action="session.ended", subject_type="session", subject_id=session_id, now=now)


def end_other_sessions(session: Session, *, actor: Subject, now: dt.datetime) -> None:
    """End every session of the person but the one in use."""
    ended = _end_sessions(session, actor.user_id, keep=actor.session_id, now=now)
    if ended:
        audit.record(
            session,
            actor=actor,
            action="session.others_ended",
            subject_type="user",
            subject_id=actor.user_id,
            after={"ended": ended},
            now=now,
        )


def _end_sessions(session: Session, user_id: int, *, keep: int | None, now: dt.datetime) -> int:
    statement = update(SignInSession).where(
        col(SignInSession.user_id) == user_id, col(SignInSession.revoked_at).is_(None)
    )
    if keep is not None:
        statement = statement.where(col(SignInSession.id) != keep)
    return session.connection().execute(statement.values(revoked_at=now)).rowcount


def touch(session: Session, *, subject: Subject, now: dt.datetime) -> None:
    """Note that a session or token was in use now; a matter of information, not a change that the trail keeps."""
    earlier = now - TOUCH_EVERY
    if subject.session_id is not None:
        session.connection().execute(
            update(SignInSession)
            .where(col(SignInSession.id) == subject.session_id, col(SignInSession.last_seen_at) <= earlier)
            .values(last_seen_at=now)
        )
    elif subject.token_id is not None:
        session.connection().execute(
            update(ApiToken)
            .where(
                col(ApiToken.id) == subject.token_id,
                col(ApiToken.last_used_at).is_(None) | (col(ApiToken.last_used_at) <= earlier),
            )
            .values(last_used_at=now)
        )


# --- Passwords --------------------------------------------------------------------------------------------------------


def ask_reset(session: Session, *, email: str, now: dt.datetime, settings: Settings) -> None:
    """Send a link to set a new password, when the address has an account; the answer is the same either way."""
    user = queries.find_user_by_email(session, email)
    if user is None or not _may_mail(session, user.id, LinkPurpose.RESET_PASSWORD, now):
        return
    token = _add_link(session, user.id, LinkPurpose.RESET_PASSWORD, now)
    audit.record(
        session, actor=Visitor(), action="password.reset_asked", subject_type="user", subject_id=user.id, now=now
    )
    letters.reset_password(
        session,
        to=user.email,
        name=user.name,
        language=Language(user.language),
        token=token,
        now=now,
        settings=settings,
    )


def reset_password(session: Session, *, token: str, password_hash: str, now: dt.datetime, settings: Settings) -> None:
    """Set a new password by the mailed link, which also proves the address. Every session ends.

    Raises:
        LinkSpent
    """
    user = _use_link(session, token=token, purpose=LinkPurpose.RESET_PASSWORD, now=now)
    user.password_hash = password_hash
    user.email_verified_at = user.email_verified_at or now
    session.add(user)
    ended = _end_sessions(session, user.id, keep=None, now=now)
    audit.record(
        session,
        actor=Visitor(user_id=user.id),
        action="password.reset",
        subject_type="user",
        subject_id=user.id,
        after={"sessions_ended": ended},
        now=now,
    )
    _tell_password_changed(session, user, now=now, settings=settings)


def change_password(
    session: Session, *, actor: Subject, password_hash: str, now: dt.datetime, settings: Settings
) -> None:
    """Set a new password after the one in use was given. The person's other sessions end."""
    user = queries.get_user(session, actor.user_id)
    user.password_hash = password_hash
    session.add(user)
    ended = _end_sessions(session, user.id, keep=actor.session_id, now=now)
    audit.record(
        session,
        actor=actor,
        action="password.changed",
        subject_type="user",
        subject_id=user.id,
        after={"sessions_ended": ended},
        now=now,
    )
    _tell_password_changed(session, user, now=now, settings=settings)


def _tell_password_changed(session: Session, user: User, *, now: dt.datetime, settings: Settings) -> None:
    letters.password_changed(
        session,
        to=user.email,
        name=user.name,
        language=Language(user.language),
        key=f"{user.id}:{now.isoformat()}",
        now=now,
        settings=settings,
    )


# --- One-time codes ---------------------------------------------------------------------------------------------------


def begin_totp(session: Session, *, actor: Subject, now: dt.datetime) -> None:
    """Make a secret for one-time codes; it counts once a code made with it was given.

    Raises:
        Conflict: codes are on already.
    """
    user = queries.get_user(session, actor.user_id)
    if user.totp_confirmed_at is not None:
        raise Conflict(N_("One-time codes are on already."), code="totp_on")
    user.totp_secret, user.totp_last_step = totp.new_secret(), None
    session.add(user)
    audit.record(session, actor=actor, action="totp.begun", subject_type="user", subject_id=user.id, now=now)


def confirm_totp(session: Session, *, actor: Subject, code: str, now: dt.datetime) -> tuple[list[str], str]:
    """Switch one-time codes on. Gives the recovery codes, shown this once, and the session's new token.

    Other sessions of the person wait for a code from now on.

    Raises:
        Conflict: there is no secret, or codes are on already.
        WrongCode
    """
    user = queries.get_user(session, actor.user_id)
    if user.totp_secret is None or user.totp_confirmed_at is not None or actor.session_id is None:
        raise Conflict(code="totp_not_begun")
    if not _take_step(session, user, code, now):
        raise WrongCode
    user.totp_confirmed_at = now
    session.add(user)
    session.flush()
    codes = _new_recovery_codes(session, user.id)
    token = renew_session(session, session_id=actor.session_id, second_factor_at=now)
    audit.record(session, actor=actor, action="totp.switched_on", subject_type="user", subject_id=user.id, now=now)
    _tell_second_factor(session, user, on=True, now=now)
    return codes, token


def renew_recovery_codes(session: Session, *, actor: Subject, now: dt.datetime) -> list[str]:
    """Ten new recovery codes; the ones before stop working.

    Raises:
        Conflict: one-time codes are off.
    """
    user = queries.get_user(session, actor.user_id)
    if user.totp_confirmed_at is None:
        raise Conflict(code="totp_off")
    codes = _new_recovery_codes(session, user.id)
    audit.record(
        session, actor=actor, action="totp.recovery_codes_made", subject_type="user", subject_id=user.id, now=now
    )
    return codes


def disable_totp(session: Session, *, actor: Subject, now: dt.datetime) -> None:
    """Switch one-time codes off after the password was given.

    Raises:
        Conflict: they are off already.
    """
    user = queries.get_user(session, actor.user_id)
    if user.totp_secret is None:
        raise Conflict(N_("One-time codes are off already."), code="totp_off")
    was_on = user.totp_confirmed_at is not None
    user.totp_secret = user.totp_confirmed_at = user.totp_last_step = None
    session.add(user)
    session.connection().execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    # What a session gained by a code of the secret that is gone, it loses with it.
    session.connection().execute(
        update(SignInSession).where(col(SignInSession.user_id) == user.id).values(second_factor_at=None)
    )
    audit.record(session, actor=actor, action="totp.switched_off", subject_type="user", subject_id=user.id, now=now)
    if was_on:
        _tell_second_factor(session, user, on=False, now=now)


def give_code(session: Session, *, pending: Subject, code: str, now: dt.datetime) -> str:
    """Complete a sign-in by a one-time code or a recovery code. Gives the session's new token.

    Raises:
        WrongCode
    """
    user = queries.get_user(session, pending.user_id)
    recovery = totp.plain_recovery_code(code)
    if recovery is None:
        if not _take_step(session, user, code, now):
            raise WrongCode
    else:
        used = session.connection().execute(
            update(RecoveryCode)
            .where(
                col(RecoveryCode.user_id) == user.id,
                col(RecoveryCode.code_hash) == hash_token(recovery),
                col(RecoveryCode.used_at).is_(None),
            )
            .values(used_at=now)
        )
        if used.rowcount != 1:
            raise WrongCode
    if pending.session_id is None:
        raise Conflict
    token = renew_session(session, session_id=pending.session_id, second_factor_at=now)
    audit.record(
        session,
        actor=Visitor(user_id=user.id),
        action="session.code_given",
        subject_type="session",
        subject_id=pending.session_id,
        after={"recovery_code": recovery is not None},
        now=now,
    )
    return token


def _take_step(session: Session, user: User, code: str, now: dt.datetime) -> bool:
    """Accept a code, each time step once: of two that come together one wins in the database."""
    step = totp.matching_step(user.totp_secret or "", code, now) if user.totp_secret else None
    if step is None:
        return False
    taken = session.connection().execute(
        update(User)
        .where(
            col(User.id) == user.id,
            col(User.totp_last_step).is_(None) | (col(User.totp_last_step) < step),
        )
        .values(totp_last_step=step)
    )
    session.refresh(user, ["totp_last_step"])
    return taken.rowcount == 1


def _new_recovery_codes(session: Session, user_id: int) -> list[str]:
    session.connection().execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    codes = totp.new_recovery_codes()
    session.add_all(RecoveryCode(user_id=user_id, code_hash=hash_token(code)) for code in codes)
    session.flush()
    return codes


def _tell_second_factor(session: Session, user: User, *, on: bool, now: dt.datetime) -> None:
    letters.second_factor_changed(
        session,
        to=user.email,
        name=user.name,
        language=Language(user.language),
        on=on,
        key=f"{user.id}:{now.isoformat()}",
        now=now,
    )


# --- Roles and invitations --------------------------------------------------------------------------------------------


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
        _end_sessions(session, user_id, keep=keep, now=now)
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
    invitation, organisation = _take_invitation(session, token=token, now=now)
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


def join_by_invitation(session: Session, *, token: str, data: NewAccount, password_hash: str, now: dt.datetime) -> int:
    """Take up an invitation with a new account; the mailed link proves the address. Gives the person's number.

    Raises:
        NotFound: the invitation is not open any more.
        Conflict: the address has an account: sign in and accept with that.
    """
    invitation, organisation = _take_invitation(session, token=token, now=now)
    user = session.exec(select(User).where(User.email == invitation.email)).first()
    if user is not None and user.email_verified_at is not None:
        raise Conflict(N_("This address has an account already. Sign in to accept."), code="email_taken")
    side = Side.MAKER if invitation.role == Role.MAKER else Side.BUYER
    if user is None:
        user = _add_user(
            session,
            email=invitation.email,
            name=data.name,
            language=data.language,
            side=side,
            password_hash=password_hash,
            verified=True,
            now=now,
        )
    else:  # somebody began to sign up with this address and never confirmed it
        user.name, user.language, user.side = data.name, data.language, side
        user.password_hash, user.email_verified_at, user.consented_at = password_hash, now, now
        session.add(user)
        session.flush()
    grant_role(
        session,
        actor=Visitor(user_id=user.id),
        user_id=user.id,
        organisation=organisation,
        role=Role(invitation.role),
        now=now,
    )
    return user.id


def _take_invitation(session: Session, *, token: str, now: dt.datetime) -> tuple[Invitation, Organisation]:
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


# --- API tokens -------------------------------------------------------------------------------------------------------


def create_token(session: Session, *, actor: Subject, data: TokenCreate, now: dt.datetime) -> TokenMade:
    """A new API token of the person; its text is in the answer and nowhere else.

    Raises:
        Forbidden: a scope that the actor does not have.
        Conflict: fifty tokens are alive.
    """
    if not data.scopes <= rules.grantable_scopes(actor):
        raise Forbidden(
            N_("You cannot give a token more than you may do yourself."),
            code="scope_not_held",
            fields={"scopes": N_("You cannot give a token more than you may do yourself.")},
        )
    if len(queries.list_tokens(session, actor, now=now)) >= MAX_TOKENS:
        raise Conflict(N_("You have fifty tokens. Revoke one that is not in use."), code="too_many_tokens")
    return create_api_token(
        session,
        actor=actor,
        user_id=actor.user_id,
        name=data.name,
        scopes=data.scopes,
        expires_at=now + dt.timedelta(days=data.days),
        now=now,
    )


def create_api_token(
    session: Session,
    *,
    actor: Actor,
    user_id: int,
    name: str,
    scopes: frozenset[Scope],
    expires_at: dt.datetime | None,
    now: dt.datetime,
) -> TokenMade:
    """A new API token of anybody, with any scope (command line); its person's roles still bound what it may do."""
    token = "lb_" + secrets.token_urlsafe(32)
    row = ApiToken(
        user_id=user_id,
        name=name,
        hint=token[:8],
        token_hash=hash_token(token),
        scopes=sorted(scope.value for scope in scopes),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="token.created",
        subject_type="token",
        subject_id=row.id,
        after={"scopes": row.scopes, "user_id": user_id},
        now=now,
    )
    return TokenMade(**queries.token_public(row).model_dump(), token=token)


def revoke_token(session: Session, *, actor: Subject, token_id: int, now: dt.datetime) -> None:
    """End one of the person's own tokens.

    Raises:
        NotFound: it is somebody else's, or was revoked.
    """
    revoked = session.connection().execute(
        update(ApiToken)
        .where(
            col(ApiToken.id) == token_id,
            col(ApiToken.user_id) == actor.user_id,
            col(ApiToken.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )
    if revoked.rowcount != 1:
        raise NotFound
    audit.record(session, actor=actor, action="token.revoked", subject_type="token", subject_id=token_id, now=now)


# --- Leaving ----------------------------------------------------------------------------------------------------------


def erase_account(session: Session, *, actor: Subject, now: dt.datetime) -> None:
    """Erase the person's data after the password was given (Law 27/2022, art. 8). The trail stays, without content.

    The row itself stays, empty and shut, because what others did with this person still points to it.

    Raises:
        Conflict: the last administrator cannot leave, or another area says what must be settled first.
    """
    if actor.is_admin and not _other_admin(session, actor.user_id):
        raise Conflict(N_("You are the only administrator. Make another one first."), code="last_administrator")
    user = queries.get_user(session, actor.user_id)
    personal.erase(session, actor=actor, user=user, now=now)
    audit.record(session, actor=actor, action="user.erased", subject_type="user", subject_id=user.id, now=now)


def _other_admin(session: Session, user_id: int) -> bool:
    found = session.exec(
        select(Membership.id)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(Membership.role == Role.ADMIN, Membership.user_id != user_id, col(User.disabled_at).is_(None))
    ).first()
    return found is not None
