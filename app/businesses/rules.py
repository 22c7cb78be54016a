"""What a maker's profile may do and needs; pure."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.accounts.models import Role
from app.accounts.subjects import Actor, Command, Subject
from app.businesses.models import Business, BusinessState, BusinessText, Contact, Licence, Trademark
from app.core.languages import N_

MOVES: dict[BusinessState, frozenset[BusinessState]] = {
    BusinessState.DRAFT: frozenset({BusinessState.SUBMITTED}),
    BusinessState.SUBMITTED: frozenset({BusinessState.VERIFIED, BusinessState.RETURNED}),
    BusinessState.RETURNED: frozenset({BusinessState.SUBMITTED}),
    BusinessState.VERIFIED: frozenset({BusinessState.SUSPENDED}),
    BusinessState.SUSPENDED: frozenset({BusinessState.VERIFIED, BusinessState.RETURNED}),
}
"""Allowed moves. What the city has checked changes only by way of suspension and return."""

CHECKED = frozenset({BusinessState.VERIFIED, BusinessState.SUSPENDED})
"""States in which legal name and NIB stand as the city checked them."""


def can_move(before: BusinessState, after: BusinessState) -> bool:
    """Whether a profile may go from one state to another."""
    return after in MOVES[before]


def is_owner(actor: Actor, business: Business) -> bool:
    """Whether a person acts for this maker."""
    return isinstance(actor, Subject) and (Role.MAKER, business.organisation_id) in actor.memberships


def can_edit_business(actor: Actor, business: Business) -> bool:
    """Whether the profile is this person's to change; an official decides on it but does not write it."""
    return isinstance(actor, Command) or is_owner(actor, business)


def can_see_business(actor: Actor | None, business: Business) -> bool:
    """Whether this viewer sees the profile with everything that is not public."""
    return actor is not None and (can_edit_business(actor, business) or can_decide(actor))


def can_decide(actor: Actor) -> bool:
    """Whether this is somebody who verifies makers."""
    return isinstance(actor, Command) or (isinstance(actor, Subject) and actor.is_official)


def slug_of(brand: str) -> str:
    """A brand as it stands in an address: plain letters, figures and hyphens; ``maker`` when none are left."""
    plain = unicodedata.normalize("NFKD", brand).encode("ascii", "ignore").decode().lower()
    words = "".join(character if character.isalnum() else " " for character in plain).split()
    return "-".join(words)[:60].strip("-") or "maker"


def text_digest(text: str) -> str:
    """Digest that tells whether a text changed since it was translated."""
    return hashlib.blake2b(text.strip().encode(errors="surrogatepass"), digest_size=8).hexdigest()


def is_stale(text: BusinessText, texts: Iterable[BusinessText], business: Business) -> bool:
    """Whether a story was translated from an earlier form of the maker's own."""
    source = source_text(texts, business)
    if text.language == business.source_language or not text.source_hash or source is None:
        return False
    return text.source_hash != text_digest(source.story)


def source_text(texts: Iterable[BusinessText], business: Business) -> BusinessText | None:
    """The story in the maker's own language, or None."""
    return next((text for text in texts if text.language == business.source_language), None)


MISSING: Mapping[str, str] = {
    "brand": N_("Write the name that buyers know you by."),
    "legal_name": N_("Write the name on your NIB paper."),
    "nib": N_("Write the 13 digits of your NIB."),
    "kbli": N_("Choose what you make."),
    "scale": N_("Say how large your yearly sales are."),
    "kecamatan_code": N_("Choose the district where you make your goods."),
    "story": N_("Tell your story in your own language."),
}
"""What the city needs to check a maker, with the sentence shown when it is missing."""


def missing_for_check(business: Business, texts: Iterable[BusinessText]) -> dict[str, str]:
    """Everything that must be filled in before the city looks at a profile: field and what to do."""
    source = source_text(texts, business)
    filled = {
        "brand": bool(business.brand),
        "legal_name": bool(business.legal_name),
        "nib": bool(business.nib),
        "kbli": bool(business.kbli),
        "scale": business.scale is not None,
        "kecamatan_code": business.kecamatan_code is not None,
        "story": source is not None and bool(source.story.strip()),
    }
    return {name: MISSING[name] for name, there in filled.items() if not there}


@dataclass(frozen=True)
class Completeness:
    """How much of a profile is told, and what would help most next."""

    percent: int
    next: str | None
    """Key of ``WORTH``."""


WORTH: Mapping[str, tuple[int, str]] = {
    "brand": (8, N_("Write the name that buyers know you by")),
    "legal_name": (8, N_("Write the name on your NIB paper")),
    "nib": (10, N_("Write the number of your NIB")),
    "kbli": (8, N_("Choose what you make")),
    "scale": (6, N_("Say how large your yearly sales are")),
    "kecamatan_code": (8, N_("Choose your district")),
    "story": (14, N_("Tell your story")),
    "contact": (10, N_("Add a way for buyers to reach you")),
    "story_en": (8, N_("Tell your story in English")),
    "capacity": (6, N_("Say how much you can make in a month")),
    "paper": (6, N_("Add a photo of your NIB or another licence")),
    "year": (4, N_("Say when you began")),
    "employees": (2, N_("Say how many people work with you")),
    "trademark": (2, N_("Add your trademark, if you have one")),
}
"""Points of each part of a profile, 100 together, with what to do; in the order of what helps most."""


def completeness(
    business: Business,
    *,
    texts: Iterable[BusinessText],
    contacts: Iterable[Contact],
    licences: Iterable[Licence],
    trademarks: Iterable[Trademark],
) -> Completeness:
    """How complete a profile is, with the next best part to fill in: what the city needs first, then by points."""
    stories = {str(text.language): text for text in texts}
    missing = missing_for_check(business, stories.values())
    filled = {
        **{name: name not in missing for name in MISSING},
        "contact": any(True for _ in contacts),
        # A maker who writes in English herself has this part by her own story.
        "story_en": "en" in stories,
        "capacity": bool(business.capacity),
        "paper": any(True for _ in licences),
        "year": business.year is not None,
        "employees": business.employees is not None,
        "trademark": any(True for _ in trademarks),
    }
    open_parts = [name for name in WORTH if not filled[name]]
    return Completeness(
        percent=sum(points for name, (points, _) in WORTH.items() if filled[name]),
        next=open_parts[0] if open_parts else None,
    )
