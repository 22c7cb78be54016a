"""What must always hold for makers, recounted."""

import time
from collections.abc import Iterator

from sqlmodel import col, select

from app.businesses.jobs import GRACE, PAPERS
from app.businesses.models import Business, BusinessState, Contact, Licence, name_key
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


@check("papers")
def check_papers(inspection: Inspection) -> Iterator[str]:
    """Every paper has its file, and every file its paper, but for uploads of the last minutes."""
    rows = dict(inspection.session.exec(select(Licence.file_key, Licence.id).where(Licence.file_key != "")).all())
    files = dict(inspection.storage.keys(PAPERS))
    for key in sorted(rows.keys() - files.keys()):
        yield f"paper {rows[key]} has lost its file"
    present = time.time()
    for key in sorted(files.keys() - rows.keys()):
        if present - files[key] > GRACE.total_seconds():
            yield f"file {key} belongs to no paper"
