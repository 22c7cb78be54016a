"""Attribute families: which facts are asked of which kind of goods, with labels in five languages."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.core.languages import N_, Language, show_number, translate

FOLDER = Path(__file__).parent / "reference"


@dataclass(frozen=True)
class Attribute:
    """One fact asked of a family's goods."""

    key: str
    kind: str
    """text | number | choice | flag."""
    unit: str
    choices: tuple[str, ...]
    required: bool
    labels: dict[str, str]

    def label(self, language: Language) -> str:
        """What it is called."""
        return self.labels[language.value]

    def show(self, value: Any, language: Language) -> str:
        """A value in words, with its unit."""
        if self.kind == "choice":
            return choices().get(str(value), {}).get(language.value, str(value))
        if self.kind == "flag":
            return translate(language, N_("Yes") if value else N_("No"))
        if self.kind == "number":
            number = show_number(value, language)
            return f"{number} {self.unit}".strip()
        return str(value)


@lru_cache
def families() -> dict[str, tuple[Attribute, ...]]:
    """The attributes of each family, in the order they are asked."""
    result: dict[str, list[tuple[int, Attribute]]] = {}
    with (FOLDER / "attributes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            attribute = Attribute(
                key=row["key"],
                kind=row["kind"],
                unit=row["unit"],
                choices=tuple(filter(None, row["choices"].split("|"))),
                required=row["required"] == "1",
                labels={language.value: row[f"label_{language.value}"] for language in Language},
            )
            result.setdefault(row["family"], []).append((int(row["position"]), attribute))
    return {
        family: tuple(attribute for _, attribute in sorted(rows, key=lambda pair: pair[0]))
        for family, rows in result.items()
    }


@lru_cache
def choices() -> dict[str, dict[str, str]]:
    """Labels by choice and language."""
    with (FOLDER / "choices.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["key"]: {language.value: row[f"label_{language.value}"] for language in Language}
            for row in csv.DictReader(file)
        }


def attributes_of(family: str) -> tuple[Attribute, ...]:
    """The attributes of a family; none for one that is not known."""
    return families().get(family, ())
