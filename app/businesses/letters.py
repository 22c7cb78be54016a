"""The mails of this area, in the person's language, as plain text."""

import datetime as dt

from sqlmodel import Session

from app.accounts.letters import FAREWELL
from app.businesses import queries
from app.businesses.models import Business, ReturnReason
from app.core.config import Settings
from app.core.languages import N_, Language, translate
from app.core.mail import send_mail

REASONS = {
    ReturnReason.NIB_NOT_FOUND: N_("The NIB could not be found in the register."),
    ReturnReason.NAME_DIFFERS: N_("The name differs from the one on the NIB paper."),
    ReturnReason.WRONG_TRADE: N_("The trade (KBLI) does not fit the goods."),
    ReturnReason.OUTSIDE_AREA: N_("The workshop lies outside Bandung and its surroundings."),
    ReturnReason.STORY_UNFIT: N_("The story needs to be written anew."),
    ReturnReason.PAPERS_UNREADABLE: N_("A paper cannot be read; please upload it again."),
    ReturnReason.ASKED_BY_MAKER: N_("You asked for it."),
    ReturnReason.OTHER: N_("Another reason:"),
}


YOUR_WORKSPACE = N_("Your workspace:")


def business_verified(session: Session, *, business: Business, now: dt.datetime, settings: Settings) -> None:
    """Tell the people of a maker that the city has verified her."""
    said = N_("The city has checked the profile of %(brand)s. Goods that are published can now be seen by everybody.")
    _tell(session, business, "verified", N_("%(brand)s is verified by the city"), said, YOUR_WORKSPACE, now, settings)


def business_returned(session: Session, *, business: Business, now: dt.datetime, settings: Settings) -> None:
    """Tell the people of a maker what to change before the city can verify her."""
    said = N_("The city has looked at the profile of %(brand)s and asks you to change something:")
    then = N_("Change it here, then send it again:")
    _tell(session, business, "returned", N_("%(brand)s: please change something"), said, then, now, settings)


def business_suspended(session: Session, *, business: Business, now: dt.datetime, settings: Settings) -> None:
    """Tell the people of a maker that her goods are not shown for now, and why."""
    said = N_("The city has taken the page and the goods of %(brand)s down for now:")
    _tell(session, business, "suspended", N_("%(brand)s is not shown for now"), said, YOUR_WORKSPACE, now, settings)


def reason_lines(business: Business, language: Language) -> list[str]:
    """Why a profile was returned or suspended: the reason in the reader's language, then the official's own words."""
    known = [translate(language, REASONS[ReturnReason(business.return_code)])] if business.return_code else []
    return [*known, *([business.return_reason] if business.return_reason else [])]


def _tell(
    session: Session,
    business: Business,
    event: str,
    subject: str,
    said: str,
    then: str,
    now: dt.datetime,
    settings: Settings,
) -> None:
    for person in queries.list_members(session, business):
        language = Language(person.language)
        text = [
            translate(language, N_("Hello %(name)s,"), name=person.name),
            translate(language, said, brand=business.brand),
            *reason_lines(business, language),
            translate(language, then),
            f"{settings.public_url}/{language.value}/workspace",
            translate(language, FAREWELL),
        ]
        send_mail(
            session,
            to=person.email,
            subject=translate(language, subject, brand=business.brand),
            text="\n\n".join(text) + "\n",
            language=language,
            key=f"business-{event}:{business.id}:{business.version}:{person.id}",
            now=now,
        )
