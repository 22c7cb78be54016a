"""Obligations for tests, as plain functions."""

import datetime as dt
from typing import Any

from sqlmodel import Session

from app.halal.models import Obligation
from app.halal.vocabulary import Confidence
from tests.factories import NOON, save
from tests.halal.papers import TODAY

BEGAN = dt.date(2026, 10, 18)
"""When makers of food of any size had to have a certificate (PP 42/2024 art. 160)."""


def make_obligation(session: Session, **changes: Any) -> Obligation:
    """From which day micro and small makers of food need a certificate, unless something else is said."""
    values: dict[str, Any] = {
        "goods_class": "food",
        "label": "Food products",
        "scale": "micro_small",
        "phase_start": dt.date(2019, 10, 17),
        "mandatory_from": BEGAN,
        "legal_basis": "PP 42/2024 art. 160(2)",
        "source": "a test",
        "confidence": Confidence.PUBLIC,
        "as_of": TODAY,
        "recorded_at": NOON,
    }
    obligation: Obligation = save(session, Obligation(**(values | changes)))
    return obligation
