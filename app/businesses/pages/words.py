"""Words that the workspace and the office share."""

import datetime as dt

from app.businesses.models import BusinessState, ContactKind, LicenceKind, ReturnReason, Scale, TrademarkState
from app.core.languages import N_
from app.core.templating import Page

STATES = {
    BusinessState.DRAFT: N_("Draft"),
    BusinessState.SUBMITTED: N_("Waits for the city"),
    BusinessState.VERIFIED: N_("Verified"),
    BusinessState.RETURNED: N_("Returned"),
    BusinessState.SUSPENDED: N_("Suspended"),
}
SCALES = {
    Scale.MICRO: (N_("Up to Rp2 billion a year"), N_("micro business")),
    Scale.SMALL: (N_("More than Rp2 billion, up to Rp15 billion a year"), N_("small business")),
    Scale.MEDIUM: (N_("More than Rp15 billion, up to Rp50 billion a year"), N_("medium business")),
}
"""By yearly sales (PP 7/2021 art. 35), with the name of the class."""
CONTACTS = {
    ContactKind.PHONE: N_("Telephone"),
    ContactKind.WHATSAPP: N_("WhatsApp"),
    ContactKind.EMAIL: N_("E-mail"),
    ContactKind.WEBSITE: N_("Website"),
}
PAPERS = {
    LicenceKind.NIB: N_("NIB (business number)"),
    LicenceKind.PIRT: N_("P-IRT (home food)"),
    LicenceKind.BPOM: N_("BPOM (food, cosmetics, medicine)"),
    LicenceKind.SNI: N_("SNI (national standard)"),
    LicenceKind.OTHER: N_("Another paper"),
}
MARKS = {
    TrademarkState.APPLIED: N_("Applied for"),
    TrademarkState.REGISTERED: N_("Registered"),
    TrademarkState.REJECTED: N_("Rejected"),
    TrademarkState.EXPIRED: N_("Expired"),
    TrademarkState.UNKNOWN: N_("I do not know"),
}
REASONS = {
    ReturnReason.NIB_NOT_FOUND: N_("NIB not found in the register"),
    ReturnReason.NAME_DIFFERS: N_("Name differs from the NIB paper"),
    ReturnReason.WRONG_TRADE: N_("KBLI does not fit the goods"),
    ReturnReason.OUTSIDE_AREA: N_("Workshop outside Bandung and its surroundings"),
    ReturnReason.STORY_UNFIT: N_("Story needs to be written anew"),
    ReturnReason.PAPERS_UNREADABLE: N_("A paper cannot be read"),
    ReturnReason.ASKED_BY_MAKER: N_("The maker asked for it"),
    ReturnReason.OTHER: N_("Another reason (write it below)"),
}

ACTS = {
    "business.started": N_("Begun"),
    "business.updated": N_("Profile changed"),
    "business.story_saved": N_("Story changed"),
    "business.contact_saved": N_("Contact changed"),
    "business.consent_withdrawn": N_("Consent withdrawn"),
    "business.contact_removed": N_("Contact removed"),
    "business.licence_added": N_("Paper added"),
    "business.licence_changed": N_("Paper changed"),
    "business.licence_removed": N_("Paper removed"),
    "business.trademark_added": N_("Trademark added"),
    "business.trademark_changed": N_("Trademark changed"),
    "business.trademark_removed": N_("Trademark removed"),
    "business.submitted": N_("Sent to the city"),
    "business.verified": N_("Verified"),
    "business.returned": N_("Returned"),
    "business.suspended": N_("Suspended"),
    "business.restored": N_("Shown again"),
}
"""Acts of the audit trail in words."""


def age(page: Page, since: dt.datetime | None, now: dt.datetime) -> str:
    """How long something has waited, in whole hours or days."""
    if since is None:
        return ""
    hours = max(0, int((now - since).total_seconds() // 3600))
    if hours < 24:  # noqa: PLR2004 - a day
        return page.ngettext("%(num)s hour", "%(num)s hours", hours)
    return page.ngettext("%(num)s day", "%(num)s days", hours // 24)
