"""What makers and officials do: ``reference`` facts, ``certificates`` with their checks, ``applications``."""

import datetime as dt
from collections.abc import Callable, Sequence

from sqlmodel import Session

from app.accounts.subjects import Actor

CERTIFICATES_CHANGED: list[Callable[[Session, Sequence[int], dt.datetime], None]] = []
"""Called with (session, certificate ids, now) in the transaction in which what certificates are worth changed.

The catalogue keeps the standings of goods that they cover, but lies above this area: it adds its function here when
it is imported, as with ``businesses.service.CHANGED``.
"""
APPLICATIONS_CHANGED: list[Callable[[Session, Sequence[int], dt.datetime], None]] = []
"""The same with application ids, when one reached another stage."""
MATCHES_CONFIRMED: list[Callable[[Session, Actor, int, Sequence[int], dt.datetime], None]] = []
"""Called with (session, official, certificate id, numbers of matches, now) when an official who confirms a certificate
confirms what goods were matched with it, as she saw them."""


def tell_certificates_changed(session: Session, ids: Sequence[int], *, now: dt.datetime) -> None:
    """Tell the areas above that these certificates are worth something else now."""
    for listener in CERTIFICATES_CHANGED:
        listener(session, ids, now)


def tell_matches_confirmed(
    session: Session, actor: Actor, certificate_id: int, matches: Sequence[int], *, now: dt.datetime
) -> None:
    """Tell the areas above that an official confirms these matches with a certificate."""
    for listener in MATCHES_CONFIRMED:
        listener(session, actor, certificate_id, matches, now)


def tell_applications_changed(session: Session, ids: Sequence[int], *, now: dt.datetime) -> None:
    """Tell the areas above that these applications stand elsewhere now."""
    for listener in APPLICATIONS_CHANGED:
        listener(session, ids, now)
