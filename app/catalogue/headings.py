"""Headings of the Harmonised System that our goods fall under, in plain words of our own.

The codes are those of HS 2022 (World Customs Organization); the legal text of a tariff decides, not these words. They
help a maker to find where to look; the digits after the fourth are the country's.
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.core.languages import Language

FILE = Path(__file__).parent / "reference" / "headings.csv"


@dataclass(frozen=True)
class Heading:
    """A four-digit heading."""

    code: str
    names: dict[str, str]

    def name(self, language: Language) -> str:
        """What it holds, in a language."""
        return self.names[language.value]


@lru_cache
def all_headings() -> dict[str, Heading]:
    """Every heading of the list by code, in the order of codes."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Heading(row["code"], {language.value: row[f"name_{language.value}"] for language in Language})
            for row in csv.DictReader(file)
        }


def headings_of(hint: str) -> tuple[Heading, ...]:
    """The headings that a category hints at (codes separated by ``;``), the likeliest first."""
    return tuple(all_headings()[code] for code in hint.split(";") if code)


def ordered_for(hint: str) -> tuple[Heading, ...]:
    """Every heading, those that a category hints at first."""
    first = headings_of(hint)
    return (*first, *(heading for heading in all_headings().values() if heading not in first))
