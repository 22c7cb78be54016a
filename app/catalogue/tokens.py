"""Written text cut into folded words, and words reduced to stems: what search and the trade glossary agree on.

Folding is NFKC, case folding and the loss of accents; Hangul stays composed. Everything that is neither a letter nor a
digit (emoji, punctuation) separates words. Hyphens and apostrophes separate too, but the closed form is kept beside
the parts, so that "t-shirt", "t shirt" and "tshirt" meet; a quantity is closed with one spelling of its unit, so that
"500 gram" and "500gr" meet.
"""

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

import snowballstemmer

from app.core.languages import Language

LONGEST_WORD = 60
"""Characters; longer runs are cut into pieces of this length, since a vocabulary row holds no more."""

# Written without spaces between words, therefore searched by pairs of characters.
_CJK = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3040-\u30ff\u3105-\u312f"
    "\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_WRITTEN_WORD = re.compile(r"[^\W_]+(?:['‘’‐-][^\W_]+)*")
_PART = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_STARTS_CJK = re.compile(f"[{_CJK}]")
_THOUSANDS = re.compile(r"(?<![0-9.,])[0-9]{1,3}([.,])[0-9]{3}(?:\1[0-9]{3})*(?![0-9]|[.,][0-9])")
_QUANTITY = re.compile(r"([0-9]{1,9})([a-z]{1,12})")

# Letters without a decomposition, the letter-like apostrophes, and the fillers that are blank but count as letters.
_LETTERS = str.maketrans(
    {
        "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "þ": "th",
        "ʼ": "'", "ʻ": "'", "\u115f": " ", "\u1160": " ",
        # Invisible inside a word: soft hyphen, joiners, word joiner, byte order mark.
        "\u00ad": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None,
    }
)  # fmt: skip

_UNIT_SPELLINGS = {
    "gr": "g gr grm gm gram grams gramo gramos 그램",
    "kg": "kg kgs kilo kilos kilogram kilograms kilogramo kilogramos 킬로 킬로그램",
    "ml": "ml mililiter milliliter millilitre mililitro mililitros 밀리리터",
    "l": "l lt ltr liter liters litre litres litro litros 리터",
    "mm": "mm milimeter millimeter millimetre milimetro milimetros 밀리미터",
    "cm": "cm sentimeter centimeter centimetre centimetro centimetros 센티 센티미터",
    "m": "m meter meters metre metres metro metros 미터",
    "inch": "inch inches inci pulgada pulgadas 인치",
    "pcs": "pc pcs piece pieces pieza piezas pza pzas 개",
}
_UNITS = {spelling: unit for unit, spellings in _UNIT_SPELLINGS.items() for spelling in spellings.split()}

# Function words only. One list for all languages: visitors mix them, and none of these is part
# of a good's name (as *dalam*, in, is of *kaos dalam*, an undershirt).
_FUNCTION_WORDS = """
    dan yang di ke dari untuk dengan pada atau ini itu oleh adalah bagi daripada kepada
    the a an of and or for with in on to from by at is
    de del la las el los y o para con en por un una unos unas
    및 또는 그리고 위한 의
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())


@dataclass(frozen=True, slots=True)
class Cut:
    """A text as words.

    ``words`` are folded: runs of Hangul and Han apart from the rest. ``closed`` gives, by the index of its first word,
    where a compound or quantity ends (exclusive) and how it is written in one.
    """

    words: tuple[str, ...]
    closed: dict[int, tuple[int, str]]


def fold(text: str) -> str:
    """The text in NFKC without case and accents; Hangul composed, so that NFD and NFC input give the same."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    loose = unicodedata.normalize("NFKD", folded)
    # The two kana voicing marks stay: they tell letters apart and are composed again below.
    kept = (c for c in loose if c.isascii() or c in "\u3099\u309a" or unicodedata.category(c)[0] != "M")
    return unicodedata.normalize("NFC", "".join(kept))


def is_cjk(word: str) -> bool:
    """Whether a word of a cut is a run of Hangul, Han or kana."""
    return _STARTS_CJK.match(word) is not None


def cut(text: str) -> Cut:
    """The words of a text in their order, with the closed forms of its compounds and quantities."""
    words: list[str] = []
    closed: dict[int, tuple[int, str]] = {}
    for written in _WRITTEN_WORD.findall(_THOUSANDS.sub(_without_separators, fold(text))):
        first = len(words)
        words.extend(_parts(written))
        if len(words) > first + 1 and not any(is_cjk(word) for word in words[first:]):
            _close(closed, first, len(words), "".join(words[first:]))
    for at, (left, right) in enumerate(pairwise(words)):
        if right in _UNITS and left.isascii() and left.isdigit():
            _close(closed, at, at + 2, left + _UNITS[right])
        elif at not in closed and len(left) == 1 and len(right) > 1 and _is_plain(left) and _is_plain(right):
            _close(closed, at, at + 2, left + right)
    return Cut(words=tuple(words), closed=closed)


def _parts(written: str) -> Iterator[str]:
    for part in (written,) if written.isascii() and written.isalnum() else _PART.findall(written):
        for start in range(0, len(part), LONGEST_WORD):
            yield part[start : start + LONGEST_WORD]


def _close(closed: dict[int, tuple[int, str]], first: int, end: int, form: str) -> None:
    if len(form) <= LONGEST_WORD:
        closed[first] = (end, form)


def _is_plain(word: str) -> bool:
    return word.isascii() and word.isalpha() and word not in STOP_WORDS


def _without_separators(match: re.Match[str]) -> str:
    return match.group().replace(match.group(1), "")


def quantity(word: str) -> tuple[str, str] | None:
    """The number of a word such as "500gram" and the word with its unit in our one spelling ("500gr"), if it is one."""
    match = _QUANTITY.fullmatch(word)
    if match is None or match[2] not in _UNITS:
        return None
    return match[1], match[1] + _UNITS[match[2]]


class Stemmer(StrEnum):
    """The Snowball stemmers in use; the value marks their stems in the index."""

    INDONESIAN = "zi"
    ENGLISH = "ze"
    SPANISH = "zs"


STEMMERS: dict[Language, Stemmer | None] = {
    Language.ID: Stemmer.INDONESIAN,
    Language.MS: Stemmer.INDONESIAN,
    Language.EN: Stemmer.ENGLISH,
    Language.ES: Stemmer.SPANISH,
    Language.KO: None,
}
_SNOWBALL: dict[Stemmer, Callable[[str], str]] = {
    each: snowballstemmer.stemmer(each.name.lower()).stemWord for each in Stemmer
}
# A Snowball object keeps the word it works on in itself, and requests run in several threads.
_SNOWBALL_LOCK = threading.Lock()
_SHORTEST_INFLECTED = 3


@lru_cache(maxsize=1 << 17)
def stem(word: str, stemmer: Stemmer) -> str:
    """The Snowball stem of a folded word; words that are short or not of plain letters are their own stem."""
    if len(word) < _SHORTEST_INFLECTED or not (word.isascii() and word.isalpha()):
        return word
    with _SNOWBALL_LOCK:
        return _SNOWBALL[stemmer](word)
