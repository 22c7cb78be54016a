"""Goods beside the printed names that they are matched with, as pages of the office show them.

Goods live above this area: the catalogue adds what reads them to the list below when its pages are imported, as with
``businesses.desks``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.core.templating import Page


@dataclass(frozen=True)
class MatchedGood:
    """A product that its maker says is what an item of a certificate names."""

    id: int
    """Of the match."""
    item_id: int
    name: str
    also: str
    """Its name in a language that the official reads as well; empty when it is the same."""
    picture: Any
    """As ``components/picture.html`` takes it, or None."""
    url: str
    likeness: str
    """How alike the names are, in words."""
    alike: bool
    confirmed: bool


REVIEW_PANELS: list[Callable[[Page, Session, Sequence[int]], Iterable[MatchedGood]]] = []
"""Each gives the goods that are matched with items of certificates, by the certificates' numbers."""


def list_goods(page: Page, session: Session, certificate_ids: Sequence[int]) -> dict[int, list[MatchedGood]]:
    """By item of these certificates the goods that are matched with it."""
    found: dict[int, list[MatchedGood]] = {}
    for read in REVIEW_PANELS:
        for good in read(page, session, certificate_ids):
            found.setdefault(good.item_id, []).append(good)
    return found
