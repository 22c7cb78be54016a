"""Passwords: which ones are taken, and their argon2id hashes, at most four at once."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.core.errors import Invalid, Unavailable
from app.core.languages import N_

MIN_LENGTH = 10
MIN_LENGTH_OFFICIAL = 15
MAX_LENGTH = 200
COMMON = Path(__file__).parent / "reference" / "common_passwords.txt"
HASHES_AT_ONCE = 4
"""One hash takes 64 MiB and a core for some hundredths of a second; more at once would starve the pages."""
WAIT_S = 5.0

_hasher = PasswordHash((Argon2Hasher(),))
_turns = threading.BoundedSemaphore(HASHES_AT_ONCE)
# Digits and signs that stand for letters in passwords that are meant to look hard.
_LOOKALIKES = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_WALKS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm")


class WeakPassword(Invalid):
    """A password that is too short or too easily guessed."""

    code = "weak_password"

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(fields={"password": message}, params=dict(params))


def normal(password: str) -> str:
    """The form that is hashed: typed on two keyboards, one password is one (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, *, official: bool, email: str, name: str) -> None:
    """Refuse a password that is short, common, or the person's own name or address.

    Raises:
        WeakPassword
    """
    least = MIN_LENGTH_OFFICIAL if official else MIN_LENGTH
    text = normal(password)
    if len(text) < least:
        raise WeakPassword(N_("Write at least %(least)s characters; a few words are good."), least=least)
    if len(text) > MAX_LENGTH:
        raise WeakPassword(N_("Write at most %(most)s characters."), most=MAX_LENGTH)
    folded = text.casefold()
    own = {email.casefold(), email.partition("@")[0].casefold(), name.casefold(), name.replace(" ", "").casefold()}
    if folded in own or folded.strip("0123456789 .-_!") in own - {""}:
        raise WeakPassword(N_("This is your name or address. Choose something that others do not know."))
    if is_common(text):
        raise WeakPassword(
            N_("Many people use this password, so it is tried first. Choose another; a few words are good.")
        )


def is_common(password: str) -> bool:
    """Whether a password is on the list, with or without figures around it, or is one repeated or running pattern."""
    text = re.sub(r"\s+", "", normal(password).casefold())
    core = text.strip("0123456789.,-_!?@#$%^&*()+=~")
    known = common_words()
    if {text, core, text.translate(_LOOKALIKES), core.translate(_LOOKALIKES)} & known:
        return True
    halves = {text[: len(text) // size] for size in range(1, len(text) + 1) if len(text) % size == 0 and size > 1}
    if any(half * (len(text) // len(half)) == text and (len(half) <= 2 or half in known) for half in halves):  # noqa: PLR2004 - one or two signs over and over
        return True
    return any(text in walk * 3 or text[::-1] in walk * 3 for walk in _WALKS)


@lru_cache
def common_words() -> frozenset[str]:
    """The list of passwords and words that are tried first; lines beginning with # are remarks."""
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip().casefold() for line in lines if line.strip() and not line.startswith("#"))


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=WAIT_S):
        raise Unavailable
    try:
        yield
    finally:
        _turns.release()


def hash_password(password: str) -> str:
    """The argon2id hash of a password, as kept.

    Raises:
        Unavailable: too many others are being hashed.
    """
    with _turn():
        return _hasher.hash(normal(password))


def verify(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Whether a password fits a kept hash, and a new hash when the parameters have changed since.

    Without a hash (nobody has this address) as much work is done as with one, so that the time tells nothing.

    Raises:
        Unavailable: too many others are being hashed.
    """
    with _turn():
        fits, renewed = _hasher.verify_and_update(normal(password), kept or _nobody())
    return (fits, renewed) if kept else (False, None)


@lru_cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
