"""Proving who one is: each try is counted and each password checked before any transaction that writes begins."""

import datetime as dt

from sqlmodel import select

from app.accounts import passwords
from app.accounts.models import User
from app.accounts.queries import keyed_digest
from app.accounts.schemas import SignIn
from app.core import limits
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import Invalid
from app.core.languages import N_

WINDOW = dt.timedelta(minutes=5)
TRIES_AN_ACCOUNT = 10
TRIES_AN_ADDRESS = 60
"""Looser: thousands of phones share one address of a mobile network."""


class WrongPassword(Invalid):
    """The address is unknown, or the password is not its own; the answer does not say which."""

    code = "wrong_password"
    message = N_("The e-mail address or the password is not right.")


class PasswordNotRight(Invalid):
    """The password asked for once more is not the person's."""

    code = "wrong_password"

    def __init__(self, field: str) -> None:
        super().__init__(fields={field: N_("This is not your password.")})


def count_try(
    database: Database, *, what: str, who: str | None, address: str, now: dt.datetime, settings: Settings
) -> None:
    """Count a try of guessing, by account (an address or a number) and by network address; kept as keyed digests only.

    Raises:
        TooManyTries: with the seconds to wait.
    """
    limits.hit(
        database,
        name=f"{what}-from",
        who=keyed_digest(settings, address),
        limit=TRIES_AN_ADDRESS,
        window=WINDOW,
        now=now,
    )
    if who is not None:
        limits.hit(database, name=what, who=keyed_digest(settings, who), limit=TRIES_AN_ACCOUNT, window=WINDOW, now=now)


def check_sign_in(
    database: Database, *, data: SignIn, address: str, now: dt.datetime, settings: Settings
) -> tuple[User, str | None]:
    """The person whom an address and a password name, and a new hash to keep when the parameters have changed.

    Raises:
        TooManyTries, WrongPassword, Unavailable
    """
    count_try(database, what="password", who=data.email, address=address, now=now, settings=settings)
    with database.reading() as session:
        user = session.exec(select(User).where(User.email == data.email)).first()
    kept = user.password_hash if user is not None and user.disabled_at is None else None
    fits, renewed = passwords.verify(data.password, kept)
    if user is None or not fits:
        raise WrongPassword
    return user, renewed


def check_again(
    database: Database, *, user_id: int, password: str, field: str, address: str, now: dt.datetime, settings: Settings
) -> User:
    """The signed-in person, when the password given once more is right.

    Raises:
        TooManyTries, PasswordNotRight, Unavailable
    """
    with database.reading() as session:
        user = session.get(User, user_id)
    email = user.email if user is not None else ""
    count_try(database, what="password", who=email, address=address, now=now, settings=settings)
    fits, _ = passwords.verify(password, user.password_hash if user is not None else None)
    if user is None or not fits:
        raise PasswordNotRight(field)
    return user
