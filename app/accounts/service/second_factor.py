"""One-time codes: switched on, given, switched off."""

import datetime as dt

from sqlalchemy import delete, update
from sqlmodel import Session, col

from app.accounts import audit, letters, queries, totp
from app.accounts.models import (
    RecoveryCode,
    SignInSession,
    User,
)
from app.accounts.queries import hash_token
from app.accounts.service.sessions import renew_session
from app.accounts.subjects import Subject, Visitor
from app.core.errors import Conflict, Invalid
from app.core.languages import N_, Language


class WrongCode(Invalid):
    """A one-time code that is not right now, or was used."""

    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__(fields={"code": N_("This code is not right, or was used before. Wait for the next one.")})


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
