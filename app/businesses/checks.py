"""What must always hold for makers, recounted."""

from collections.abc import Iterator

from sqlmodel import col, select

from app.businesses.models import Business, BusinessState, Contact, name_key
from app.core.checks import Inspection, check


@check("businesses")
def check_businesses(inspection: Inspection) -> Iterator[str]:
    """Dates fit states, the name that lists sort by fits the brand, consent has its purpose."""
    session = inspection.session
    dated = col(Business.verified_at)
    for slug in session.exec(select(Business.slug).where(Business.state == BusinessState.VERIFIED, dated.is_(None))):
        yield f"maker {slug} is verified without a day"
    never = {BusinessState.DRAFT.value, BusinessState.SUBMITTED.value, BusinessState.RETURNED.value}
    for slug in session.exec(select(Business.slug).where(col(Business.state).in_(never), dated.is_not(None))):
        yield f"maker {slug} has a day of verification without being verified"
    waiting = Business.state == BusinessState.SUBMITTED
    for slug in session.exec(select(Business.slug).where(waiting, col(Business.submitted_at).is_(None))):
        yield f"maker {slug} waits for a check since no day"
    returned = col(Business.state).in_({BusinessState.RETURNED.value, BusinessState.SUSPENDED.value})
    for slug in session.exec(select(Business.slug).where(returned, Business.return_code == "")):
        yield f"maker {slug} was returned or suspended without a reason"
    for slug, brand, key in session.exec(select(Business.slug, Business.brand, Business.name_key)):
        if key != name_key(brand):
            yield f"maker {slug} is sorted by another name than her own"
    consented = col(Contact.consented_at).is_not(None)
    for number in session.exec(select(Contact.id).where(consented, Contact.purpose == "")):
        yield f"contact {number} is public without a purpose"
