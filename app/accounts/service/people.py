"""Accounts of people: made, confirmed, changed, erased."""

import datetime as dt

from sqlmodel import Session, col, select

from app.accounts import audit, letters, passwords, personal, queries
from app.accounts.models import (
    LinkPurpose,
    Membership,
    Organisation,
    Role,
    Side,
    User,
)
from app.accounts.schemas import NewAccount, ProfileUpdate, SignUp
from app.accounts.service.links import add_link, may_mail, use_link
from app.accounts.service.memberships import grant_role, take_invitation
from app.accounts.subjects import Actor, Subject, Visitor
from app.core.config import Settings
from app.core.errors import Conflict
from app.core.languages import N_, Language


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
    elif may_mail(session, user.id, LinkPurpose.VERIFY_EMAIL, now):
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


def join_by_invitation(session: Session, *, token: str, data: NewAccount, password_hash: str, now: dt.datetime) -> int:
    """Take up an invitation with a new account; the mailed link proves the address. Gives the person's number.

    Raises:
        NotFound: the invitation is not open any more.
        Conflict: the address has an account: sign in and accept with that.
    """
    invitation, organisation = take_invitation(session, token=token, now=now)
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


def resend_verification(session: Session, *, user: User, now: dt.datetime, settings: Settings) -> None:
    """Send the link once more, unless several went out within the hour."""
    if user.email_verified_at is None and may_mail(session, user.id, LinkPurpose.VERIFY_EMAIL, now):
        _send_verification(session, user, now=now, settings=settings)


def _send_verification(session: Session, user: User, *, now: dt.datetime, settings: Settings) -> None:
    token = add_link(session, user.id, LinkPurpose.VERIFY_EMAIL, now)
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
    user = use_link(session, token=token, purpose=LinkPurpose.VERIFY_EMAIL, now=now)
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
    return add_link(session, user.id, LinkPurpose.RESET_PASSWORD, now) if user.password_hash is None else None


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
