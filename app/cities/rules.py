"""What follows from a district's code and from claims that stand side by side; pure."""

from collections.abc import Iterable, Sequence

HOME_CITIES = {"32.73": "bandung", "32.77": "cimahi", "32.04": "bandung-regency", "32.17": "west-bandung"}
"""Slug of the home city by the first five characters of its districts' codes."""

TOPICS: dict[str, tuple[str, ...]] = {
    "start": ("start_year", "start_date"),
    "memorandum": ("mou_year", "mou_date"),
    "renewal": ("mou_renewal_date",),
    "letter": ("loi_planned",),
    "form": ("form",),
    "fields": ("fields",),
    "focus": ("focus",),
    "trade": ("has_trade_field",),
    "active": ("active_years",),
    "studied": ("study_period",),
    "status": ("status_2025",),
    "network": ("network_year",),
}
"""Kinds of claims that answer one question, in the order that a page asks them."""

DATED = frozenset({"start", "memorandum", "renewal", "letter"})


def home_city_of(kecamatan_code: str) -> str | None:
    """Slug of the home city that a district belongs to, or None when it lies elsewhere."""
    return HOME_CITIES.get(kecamatan_code[:5])


def topic_of(kind: str) -> str:
    """The question that a kind of claim answers; a kind we do not know stands for itself."""
    return next((topic for topic, kinds in TOPICS.items() if kind in kinds), kind)


def items_of(value: str) -> frozenset[str]:
    """The parts of a listing such as ``culture; sport``, without regard to case."""
    return frozenset(part.strip().casefold() for part in value.split(";") if part.strip())


def disagree(topic: str, values: Sequence[str]) -> bool:
    """Whether these answers to one question cannot all be right.

    A day agrees with its month and its year; lists agree when they name the same things.
    """
    if topic in DATED:
        return any(not longer.startswith(shorter) for shorter, longer in _pairs(sorted(set(values), key=len)))
    return len({items_of(value) for value in values}) > 1


def _pairs(values: Sequence[str]) -> Iterable[tuple[str, str]]:
    return ((one, other) for place, one in enumerate(values) for other in values[place + 1 :])


def spelling_key(name: str) -> str:
    """A district's name without the spaces, capitals and signs that spellings differ in."""
    return "".join(character for character in name.casefold() if character.isalnum())
