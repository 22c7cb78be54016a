"""What makers and officials do: ``reference`` facts, ``certificates`` with their checks, ``applications``."""

import datetime as dt
from collections.abc import Callable, Sequence

from sqlmodel import Session

CERTIFICATES_CHANGED: list[Callable[[Session, Sequence[int], dt.datetime], None]] = []
"""Called with (session, certificate ids, now) in the transaction in which what certificates are worth changed.

The catalogue keeps the standings of goods that they cover, but lies above this area: it adds its function here when
it is imported, as with ``businesses.service.CHANGED``.
"""
APPLICATIONS_CHANGED: list[Callable[[Session, Sequence[int], dt.datetime], None]] = []
"""The same with application ids, when one reached another stage."""


def tell_certificates_changed(session: Session, ids: Sequence[int], *, now: dt.datetime) -> None:
    """Tell the areas above that these certificates are worth something else now."""
    for listener in CERTIFICATES_CHANGED:
        listener(session, ids, now)


def tell_applications_changed(session: Session, ids: Sequence[int], *, now: dt.datetime) -> None:
    """Tell the areas above that these applications stand elsewhere now."""
    for listener in APPLICATIONS_CHANGED:
        listener(session, ids, now)
