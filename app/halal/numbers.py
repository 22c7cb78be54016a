"""Numbers of certificates: how they are looked up, and what is said of one that looks unusual. Pure.

An unusual number is kept with a warning, never refused: forms of other bodies are not known, and even public
examples of Indonesian ones differ (see docs/halal.md). No dates or provinces are read from the digits.
"""

import re
import unicodedata
from enum import StrEnum

MAX_KEY = 80
BPJPH = "BPJPH"
MUI = "MUI"
"""Code of the body that issued before 2019 (facts/halal_bodies.csv)."""
INDONESIAN = frozenset({BPJPH, MUI})
"""Bodies whose decrees are called KH."""
_BPJPH_NUMBER = re.compile(r"ID\d{17}")
_OLD_MUI = re.compile(r"\d{11,15}")
_LPPOM = re.compile(r"LPPOM\d{8,20}|MUILPPOM\d+")
_DECREE_WORD = re.compile(r"(?<![A-Z])KH(?![A-Z])|KETETAPANHALAL|KOMITEFATWA|KOMISIFATWA")


class NumberWarning(StrEnum):
    """What an official should look at twice."""

    BPJPH_FORM = "bpjph_form"
    """BPJPH's numbers are ID and 17 digits; this one is not."""
    OLD_NUMBER = "old_number"
    """A number of MUI from before 2019, entered as one of BPJPH."""
    NEW_NUMBER = "new_number"
    """A number of BPJPH, entered as one of another body."""
    OLD_FORM = "old_form"
    """MUI's old numbers are 11 to 15 digits, or LPPOM and digits; this one is not."""
    LOOKS_LIKE_DECREE = "looks_like_decree"
    """A halal decree (KH) is no certificate, and its number may not go on the label."""
    NO_DIGITS = "no_digits"


def number_key(number: str) -> str:
    """Letters and digits of a number in capitals, wide and composed forms made plain: what it is looked up by.

    At most 80 characters. A number without any letter or digit is its own key, so that none is empty.
    """
    plain = unicodedata.normalize("NFKC", number).upper()
    key = "".join(character for character in plain if character.isalnum())
    return (key or plain.strip())[:MAX_KEY]


def is_decree(number: str) -> bool:
    """Whether a text clearly names a halal decree: the word KH by itself, or the decree or committee in full."""
    plain = unicodedata.normalize("NFKC", number).upper()
    if _BPJPH_NUMBER.fullmatch(number_key(number)):
        return False
    # Spaces between the words of a phrase do not count; around KH any sign or digit does.
    return bool(_DECREE_WORD.search(plain) or _DECREE_WORD.search("".join(plain.split())))


def judge(body: str, number: str) -> NumberWarning | None:
    """What is unusual about a number of a body (its code), or None. Never a reason to refuse it.

    Forms: facts/identifiers.csv (halal_certificate_bpjph, halal_certificate_mui_old, halal_lppom_prefixed).
    Of other bodies no form is known, so nothing but a missing digit is remarked.
    """
    key = number_key(number)
    if not any(character.isdigit() for character in key):
        return NumberWarning.NO_DIGITS
    if is_decree(number):
        return NumberWarning.LOOKS_LIKE_DECREE
    new, old = bool(_BPJPH_NUMBER.fullmatch(key)), bool(_OLD_MUI.fullmatch(key) or _LPPOM.fullmatch(key))
    if body == BPJPH:
        if new:
            return None
        return NumberWarning.OLD_NUMBER if old else NumberWarning.BPJPH_FORM
    if new:
        return NumberWarning.NEW_NUMBER
    return NumberWarning.OLD_FORM if body == MUI and not old else None
