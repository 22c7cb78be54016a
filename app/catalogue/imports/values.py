"""The values of an offer, from the texts of cells to plain JSON values and back."""

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.catalogue.families import Attribute, attributes_of
from app.catalogue.imports.reading import Refusal
from app.catalogue.models import PriceVisibility, Unit
from app.core.languages import N_, Language
from app.core.money import Currency, Money

TEXTS = "texts"
ATTRIBUTES = "attributes"
VARIANTS = "variants"
TIERS = "tiers"
"""Names of parts of an offer's values."""

_COUNTS = {
    "moq": 1,
    "order_multiple": 1,
    "lead_days": 0,
    "capacity_per_month": 0,
    "shelf_life_days": 0,
    "weight_g": 1,
    "length_mm": 1,
    "width_mm": 1,
    "height_mm": 1,
}
_CHOICES: dict[str, frozenset[str]] = {
    "unit": frozenset(Unit),
    "price_visibility": frozenset(PriceVisibility),
    "source_language": frozenset(Language),
}
_NEEDED: dict[str, int | str] = {
    "moq": 1,
    "order_multiple": 1,
    "unit": Unit.PIECE.value,
    "price_visibility": PriceVisibility.PUBLIC.value,
}
"""Facts that are never unknown, with what an empty cell stands for."""
FACTS = (*_COUNTS, *_CHOICES, "hs_code")
"""Columns of a product that a mapping may fill."""
NUMBERS = frozenset(_COUNTS)

_MOST_WORDS = 500
_MOST_COUNT = 2_000_000_000
_MOST_MINOR = 10**15
_WHOLE = re.compile(r"^\d{1,12}$", re.ASCII)
_AMOUNT = re.compile(r"^\d{1,13}(\.\d{1,6})?$", re.ASCII)
_HS_CODE = re.compile(r"^\d{4}(\d{2}(\d{2}(\d{2})?)?)?$", re.ASCII)
_GTIN_LENGTHS = {8, 12, 13, 14}


def read_amount(text: str, currency: str) -> int | None:
    """An amount in smallest units; None for an empty cell. Raises Refusal."""
    text = text.strip()
    if not text:
        return None
    refusal = Refusal(
        "",
        N_("Write the price in %(currency)s with digits only, such as %(example)s."),
        {"currency": currency, "example": "125000" if not Currency(currency).digits else "12.50"},
    )
    if not _AMOUNT.match(text):
        raise refusal
    try:
        money = Money.of(Decimal(text).normalize(), currency)
    except ValueError:
        raise refusal from None
    if not 0 < money.minor <= _MOST_MINOR:
        raise Refusal("", N_("A price is more than nothing. Leave the cell empty for a price on request."))
    return money.minor


def show_amount(minor: int, currency: str) -> Decimal:
    """The amount in the major unit."""
    return Money(Currency(currency), minor).amount


def read_fact(name: str, text: str) -> int | str | None:
    """The value of a product's column; None, or what is usual, for an empty cell. Raises Refusal."""
    text = text.strip()
    if not text:
        if name == "source_language":
            raise Refusal("", N_("Write the language as %(known)s."), {"known": ", ".join(Language)})
        return _NEEDED.get(name)
    if name in _CHOICES:
        if text not in _CHOICES[name]:
            known = ", ".join(sorted(_CHOICES[name]))
            raise Refusal("", N_("%(value)s is not one of %(known)s."), {"value": text[:40], "known": known})
        return text
    if name == "hs_code":
        if not _HS_CODE.match(text.replace(".", "")):
            raise Refusal("", N_("An HS code has 4, 6, 8 or 10 digits."))
        return text.replace(".", "")
    least = _COUNTS[name]
    if not _WHOLE.match(text) or not least <= int(text) <= _MOST_COUNT:
        raise Refusal("", N_("Write a whole number, %(least)s or more."), {"least": least})
    return int(text)


def has_right_check_digit(gtin: str) -> bool:
    """Whether this is a GTIN-8, 12, 13 or 14 by its length and check digit (GS1 General Specifications, 7.9)."""
    if not gtin.isascii() or not gtin.isdigit() or len(gtin) not in _GTIN_LENGTHS:
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(gtin)))
    return weighted % 10 == 0


def show_gtin(text: str) -> str | None:
    """The number when it is a right GTIN, else None."""
    text = text.strip()
    return text if has_right_check_digit(text) else None


def _document(text: str, kind: type) -> Any:
    text = text.strip()
    if not text:
        return kind()
    try:
        value = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refusal("", N_("This cell is not written as JSON.")) from None
    if not isinstance(value, kind):
        raise Refusal("", N_("This cell is not written as JSON of the right form."))
    return value


def _no_number(name: str) -> None:
    raise ValueError(name)


def read_attributes(source: str | Mapping[str, str], family: str, *, strict: bool = True) -> dict[str, Any]:
    """Attributes from a JSON cell, or from a text for each key. Raises Refusal.

    Without ``strict`` those that the family does not have, or whose values do not fit, are left out.
    """
    values: dict[str, Any] = _document(source, dict) if isinstance(source, str) else _numbers(source)
    known = {attribute.key: attribute for attribute in attributes_of(family)}
    found: dict[str, Any] = {}
    for key, value in sorted(values.items()):
        if key in known and _fits(known[key], value):
            found[key] = value
        elif strict:
            message = N_("The value of %(key)s does not fit.") if key in known else N_("These goods have no %(key)s.")
            raise Refusal("", message, {"key": key[:40]})
    return found


def _numbers(texts: Mapping[str, str]) -> dict[str, Any]:
    """Cells as JSON would have them: what looks like a number is one."""
    return {key: float(text) if _AMOUNT.match(text) else text for key, text in texts.items()}


def _fits(attribute: Attribute, value: Any) -> bool:
    if attribute.kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if attribute.kind == "flag":
        return isinstance(value, bool)
    if attribute.kind == "choice":
        return value in attribute.choices
    return isinstance(value, str) and len(value) <= _MOST_WORDS and _plain(value)


def _plain(text: str) -> bool:
    """Whether a text has no control characters but line breaks and tabs, and no halves of characters."""
    return not any(unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\r\t" for character in text)


def read_variants(text: str) -> list[dict[str, Any]]:
    """Variants from a JSON cell, in their order. Raises Refusal."""
    found: list[dict[str, Any]] = []
    for item in _document(text, list):
        if not isinstance(item, dict) or set(item) - {"sku", "options", "gtin", "weight_g"}:
            raise Refusal("", N_("A variant has sku, options, gtin and weight_g."))
        sku, options, gtin, weight = item.get("sku"), item.get("options") or {}, item.get("gtin"), item.get("weight_g")
        if not isinstance(sku, str) or not 0 < len(sku) <= 60 or not _plain(sku):  # noqa: PLR2004
            raise Refusal("", N_("A variant needs an sku of at most 60 characters."))
        if sku in {variant["sku"] for variant in found}:
            raise Refusal("", N_("Two variants have the sku %(sku)s."), {"sku": sku})
        if not isinstance(options, dict) or not all(
            isinstance(value, str) and _plain(value) for value in options.values()
        ):
            raise Refusal("", N_('The options of a variant are texts, such as {"size": "M"}.'))
        if gtin is not None and not (isinstance(gtin, str) and has_right_check_digit(gtin)):
            raise Refusal("", N_("The check digit of the GTIN %(gtin)s is wrong."), {"gtin": str(gtin)[:20]})
        if weight is not None and (
            isinstance(weight, bool) or not isinstance(weight, int) or not 0 < weight < _MOST_COUNT
        ):
            raise Refusal("", N_("The weight of a variant is a whole number of grams."))
        found.append({"sku": sku, "options": dict(sorted(options.items())), "gtin": gtin, "weight_g": weight})
    return found


_TIER_KEYS = {"currency", "from", "amount", "sku", "valid_from", "valid_until"}


def read_tiers(text: str) -> list[dict[str, Any]]:
    """Further prices from a JSON cell, in a fixed order. Raises Refusal."""
    found = []
    for item in _document(text, list):
        if not isinstance(item, dict) or set(item) - _TIER_KEYS or Currency.by_code(item.get("currency")) is None:
            raise Refusal("", N_("A price has currency, amount, from, sku, valid_from and valid_until."))
        quantity = item.get("from", 1)
        if isinstance(quantity, bool) or not isinstance(quantity, int) or not 0 < quantity < _MOST_COUNT:
            raise Refusal("", N_("The quantity that a price begins with is a whole number."))
        minor = read_amount(str(item.get("amount", "")), item["currency"])
        sku = item.get("sku")
        if minor is None or not (sku is None or isinstance(sku, str)):
            raise Refusal("", N_("A price has currency, amount, from, sku, valid_from and valid_until."))
        found.append(
            {
                "currency": item["currency"],
                "from": quantity,
                "minor": minor,
                "sku": sku,
                "valid_from": _moment(item.get("valid_from")),
                "valid_until": _moment(item.get("valid_until")),
            }
        )
    return sorted(found, key=tier_order)


def tier_order(tier: dict[str, Any]) -> tuple[Any, ...]:
    """The order in which further prices are written."""
    return (
        tier["currency"],
        tier["sku"] or "",
        tier["from"],
        tier["minor"],
        tier["valid_from"] or "",
        tier["valid_until"] or "",
    )


def _moment(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return show_moment(dt.datetime.fromisoformat(value))
    except (TypeError, ValueError):
        raise Refusal("", N_("Write moments as 2026-11-20T05:00:00Z.")) from None


def show_moment(moment: dt.datetime | None) -> str | None:
    """A moment in UTC, as it is written in a cell. Raises ValueError when it has no zone."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError(moment)
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
