"""The mails about certificates, in the person's language, as plain text."""

import datetime as dt

from sqlmodel import Session

from app.accounts.letters import FAREWELL
from app.businesses import queries as businesses
from app.businesses.models import Business
from app.core.config import Settings
from app.core.languages import N_, Language, translate
from app.core.mail import send_mail
from app.halal.models import Certificate
from app.halal.vocabulary import EventKind, RejectReason
from app.halal.words import REJECT_REASONS

SUBJECTS: dict[EventKind, str] = {
    EventKind.VERIFIED: N_("Halal certificate %(number)s is confirmed"),
    EventKind.REJECTED: N_("Halal certificate %(number)s: please look at it again"),
    EventKind.SUSPENDED: N_("Halal certificate %(number)s is suspended"),
    EventKind.REINSTATED: N_("Halal certificate %(number)s is in force again"),
    EventKind.REVOKED: N_("Halal certificate %(number)s is revoked"),
    EventKind.SUPERSEDED: N_("Halal certificate %(number)s has been replaced"),
    EventKind.CORRECTED: N_("Halal certificate %(number)s was corrected"),
}
SENTENCES: dict[EventKind, str] = {
    EventKind.VERIFIED: N_(
        "The city has looked up the halal certificate %(number)s of %(brand)s and found that it agrees. Goods whose"
        " match with a name printed on it the city confirms are shown as certified."
    ),
    EventKind.REJECTED: N_(
        "The city could not confirm the halal certificate %(number)s of %(brand)s. Change what you entered, or enter"
        " the right one:"
    ),
    EventKind.SUSPENDED: N_(
        "The halal certificate %(number)s of %(brand)s is marked as suspended. Goods that rest on it are not shown as"
        " certified now:"
    ),
    EventKind.REINSTATED: N_(
        "The halal certificate %(number)s of %(brand)s is in force again. Goods that rest on it are shown as certified"
        " again:"
    ),
    EventKind.REVOKED: N_(
        "The halal certificate %(number)s of %(brand)s is marked as revoked. Goods that rested on it are no longer"
        " shown as certified:"
    ),
    EventKind.SUPERSEDED: N_(
        "Another certificate has taken the place of the halal certificate %(number)s of %(brand)s. Match your goods"
        " with the new one:"
    ),
    EventKind.CORRECTED: N_("The city has put right what is written about the certificate %(number)s of %(brand)s:"),
}


def tell(
    session: Session,
    *,
    business: Business,
    certificate: Certificate,
    kind: EventKind,
    now: dt.datetime,
    settings: Settings,
    words: str = "",
) -> None:
    """Tell the people of a maker what an official decided about a certificate, and why (``words``, or as it says)."""
    names = {"number": certificate.number, "brand": business.brand}
    for person in businesses.list_members(session, business):
        language = Language(person.language)
        text = [
            translate(language, N_("Hello %(name)s,"), name=person.name),
            translate(language, SENTENCES[kind], **names),
            *([words] if words else reason_lines(certificate, language)),
            translate(language, N_("Your certificate:")),
            f"{settings.public_url}/{language.value}/workspace/certificates/{certificate.public_id}",
            translate(language, FAREWELL),
        ]
        send_mail(
            session,
            to=person.email,
            subject=translate(language, SUBJECTS[kind], number=certificate.number),
            text="\n\n".join(text) + "\n",
            language=language,
            key=f"certificate-{kind.value}:{certificate.id}:{certificate.version}:{person.id}",
            now=now,
        )


def reason_lines(certificate: Certificate, language: Language) -> list[str]:
    """Why it stands as it does: the reason in the reader's language, then the official's own words."""
    code = certificate.reject_code
    known = code is not None and code != RejectReason.OTHER
    lines = [translate(language, REJECT_REASONS[RejectReason(code)])] if known and code is not None else []
    return [*lines, *([certificate.reject_reason] if certificate.reject_reason else [])]
