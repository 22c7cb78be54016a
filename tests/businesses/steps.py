"""Acts and things that the tests of this area share."""

import datetime as dt
from typing import Any

from sqlmodel import Session

from app.accounts.models import Role, User
from app.accounts.subjects import Subject
from app.businesses import queries
from app.businesses.models import Business, BusinessState
from app.businesses.schemas import BusinessStart
from app.core.languages import Language
from tests.factories import make_business, make_city, make_kecamatan, make_maker, make_user, next_number

NOON = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)
PDF = b"%PDF-1.4\n%angklung\n"
JPEG = b"\xff\xd8\xff\xe0 a photo"


def subject_of(user: User, *memberships: tuple[Role, int], **changes: Any) -> Subject:
    """A person as services know her."""
    values: dict[str, Any] = {
        "user_id": user.id,
        "name": user.name,
        "email": user.email,
        "language": Language(user.language),
        "email_verified": True,
        "memberships": frozenset(memberships),
        "second_factor": True,
    }
    return Subject(**{**values, **changes})


def a_start(session: Session, **changes: Any) -> BusinessStart:
    """A complete first profile."""
    make_city(session)
    values = {
        "brand": f"Samak Rupa {next_number()}",
        "legal_name": "CV Samak Rupa Pasundan",
        "nib": f"91{next_number():011d}",
        "kbli": ["15121"],
        "scale": "small",
        "kecamatan_code": make_kecamatan(session).code,
        "story": "Gilang membuka lipatan kulit pertamanya di kamar kos.",
    }
    return BusinessStart.model_validate({**values, **changes})


def a_maker(
    session: Session, state: BusinessState = BusinessState.VERIFIED, **changes: Any
) -> tuple[Subject, Business]:
    """A maker's person with her profile in a state, everything loaded."""
    dates: dict[str, Any] = {"state": state, "kbli": ["15121"]}
    if state is not BusinessState.DRAFT:
        dates["submitted_at"] = NOON
    if state not in {BusinessState.VERIFIED, BusinessState.SUSPENDED}:
        dates["verified_at"] = None
    if state in {BusinessState.RETURNED, BusinessState.SUSPENDED}:
        dates["return_code"] = "other"
        dates["return_reason"] = "Tulis ulang."
    user, business = make_maker(session, make_business(session, **{**dates, **changes}))
    person = subject_of(user, (Role.MAKER, business.organisation_id))
    return person, queries.get_business(session, business.slug, viewer=person)


def an_official(session: Session) -> Subject:
    """Somebody of the city."""
    user = make_user(session, role=Role.OFFICIAL)
    return subject_of(user, (Role.OFFICIAL, 0))


def fresh(session: Session, person: Subject, business: Business) -> Business:
    """The profile as it stands now, everything loaded again."""
    return queries.get_business(session, business.slug, viewer=person)
