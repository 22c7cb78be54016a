"""The five languages: negotiation, gettext catalogues, and numbers, dates and names in the reader's way."""

import datetime as dt
import io
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Literal

from babel import Locale as BabelLocale
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format, get_timezone, get_timezone_name
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import Translations

DateStyle = Literal["short", "medium", "long", "full"]
CATALOGUES = Path(__file__).resolve().parents[1] / "locales"


def N_(message: str) -> str:  # noqa: N802 - the gettext convention for marking without translating
    """Mark an English sentence for extraction; it is translated where it is shown."""
    return message


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 - as N_, for ngettext
    """Mark a counted phrase for extraction: ``page.ngettext(*phrase, number)`` shows it, ``%(num)s`` is the number."""
    return one, many


class Language(StrEnum):
    """The languages of pages and goods, by ISO 639-1 code."""

    ID = "id"
    EN = "en"
    MS = "ms"
    KO = "ko"
    ES = "es"

    @classmethod
    def by_code(cls, code: str | None) -> "Language | None":
        """The language with this code, or None."""
        return cls._value2member_map_.get(code)  # type: ignore[return-value]

    @property
    def native_name(self) -> str:
        """The language's name in itself, for the switch."""
        return _NATIVE_NAMES[self]

    @property
    def territory(self) -> str:
        """The regional form whose numbers, dates and money we follow, such as ``es_EC``."""
        return _TERRITORIES[self]

    @property
    def fallbacks(self) -> tuple["Language", ...]:
        """Languages to show a text in, best first, beginning with this one; whatever is shown names its language."""
        return _FALLBACKS[self]


DEFAULT_LANGUAGE = Language.EN
_NATIVE_NAMES = {
    Language.ID: "Bahasa Indonesia",
    Language.EN: "English",
    Language.MS: "Bahasa Melayu",
    Language.KO: "한국어",
    Language.ES: "Español",
}
_TERRITORIES = {
    Language.ID: "id_ID",
    Language.EN: "en_MY",
    Language.MS: "ms_MY",
    Language.KO: "ko_KR",
    Language.ES: "es_EC",
}
# Malay and Indonesian readers understand much of each other; everybody else is better served by English first.
_FALLBACKS = {
    Language.ID: (Language.ID, Language.EN, Language.MS, Language.KO, Language.ES),
    Language.EN: (Language.EN, Language.ID, Language.MS, Language.ES, Language.KO),
    Language.MS: (Language.MS, Language.ID, Language.EN, Language.ES, Language.KO),
    Language.KO: (Language.KO, Language.EN, Language.ID, Language.MS, Language.ES),
    Language.ES: (Language.ES, Language.EN, Language.ID, Language.MS, Language.KO),
}


@lru_cache
def babel_locale(language: Language) -> BabelLocale:
    """Babel's data for a language as its readers abroad write it."""
    return BabelLocale.parse(language.territory)


@lru_cache
def translations(language: Language) -> Translations:
    """The gettext catalogue of a language.

    The compiled file is used when it is at least as new as its source, otherwise the source is compiled in memory.
    """
    folder = CATALOGUES / language.value / "LC_MESSAGES"
    source, compiled = folder / "messages.po", folder / "messages.mo"
    if compiled.exists() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
        with compiled.open("rb") as file:
            return Translations(file)
    buffer = io.BytesIO()
    if source.exists():
        with source.open("rb") as file:
            write_mo(buffer, read_po(file, locale=language.value))
    else:
        return Translations()
    buffer.seek(0)
    return Translations(buffer)


def translate(language: Language, message: str, **params: object) -> str:
    """A marked message in a language, its ``%(name)s`` places filled."""
    text = translations(language).ugettext(message) if message else ""  # the empty msgid is the catalogue's head
    return text % params if params else text


def negotiate(accept_language: str | None) -> Language | None:
    """The best of our languages for an ``Accept-Language`` header, or None when it names none of them (RFC 9110)."""
    best: tuple[float, int] | None = None
    choice: Language | None = None
    for position, part in enumerate((accept_language or "").split(",")[:20]):
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        code = tag.strip().lower().split("-")[0]
        code = {"in": "id", "may": "ms", "msa": "ms", "kor": "ko", "spa": "es", "eng": "en", "ind": "id"}.get(
            code, code
        )
        if Language.by_code(code) is None or not 0 < quality <= 1:
            continue
        rank = (quality, -position)
        if best is None or rank > best:
            best, choice = rank, Language(code)
    return choice


@lru_cache(maxsize=4096)
def show_number(value: float, language: Language) -> str:
    """A number with the reader's separators."""
    return format_decimal(value, locale=babel_locale(language))


def show_percent(value: float, language: Language) -> str:
    """A share (0 to 1) as a percentage."""
    return format_percent(value, locale=babel_locale(language))


def show_date(value: dt.date, language: Language, style: DateStyle = "long") -> str:
    """A calendar day; ``style`` is one of Babel's short, medium, long, full."""
    return format_date(value, format=style, locale=babel_locale(language))


def show_month(value: dt.date, language: Language) -> str:
    """A month with its year."""
    return str(format_skeleton("yMMMM", value, locale=babel_locale(language)))


def show_time(value: dt.datetime, language: Language, zone: str = "Asia/Jakarta", style: DateStyle = "medium") -> str:
    """A moment in an IANA zone: the day in ``style``, hours and minutes, and the zone's name in words."""
    locale, there = babel_locale(language), value.astimezone(get_timezone(zone))
    day, time = format_date(there, style, locale=locale), format_time(there, "short", locale=locale)
    glue = str(get_datetime_format(style, locale=locale)).replace("'", "")
    return f"{glue.format(time, day)} {get_timezone_name(there, locale=locale)}"


def show_country(code: str, language: Language) -> str:
    """A country's name, by its ISO 3166-1 code."""
    return str(babel_locale(language).territories.get(code, code))


NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Codes that Babel names although they are unions, remainders or tests."""


def is_country(code: str) -> bool:
    """Whether a text is the ISO 3166-1 code of a country that has a name."""
    known = babel_locale(Language.EN).territories
    return len(code) == 2 and code.isalpha() and code in known and code not in NO_COUNTRIES  # noqa: PLR2004
