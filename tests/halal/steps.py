"""What tests of certificates share: people, a certificate entered as services do, everything loaded."""

import datetime as dt
from typing import Any

from sqlmodel import Session, select

from app.accounts.models import AuditEntry, Role
from app.accounts.subjects import Subject
from app.businesses.models import Business
from app.core.config import Settings
from app.core.papers import Paper
from app.halal import rules
from app.halal.models import Certificate, CertificateEvent, Check
from app.halal.queries import certificates as queries
from app.halal.schemas.certificates import CertificateEnter, CheckRecord
from app.halal.service import certificates as service
from app.halal.vocabulary import CheckResult
from tests.businesses.steps import subject_of
from tests.factories import NOON, make_maker
from tests.halal.papers import bpjph_number, make_body

AGREES = CheckRecord(looked_at="the original, at our desk", result=CheckResult.CONFIRMED)
ENTERED: dict[str, Any] = {
    "body": "BPJPH",
    "holder": "CV Sari Rasa",
    "issued_on": "2024-03-01",
    "items": "Keripik Singkong Original\nKeripik Singkong Balado\n",
}


def a_maker(session: Session) -> tuple[Subject, Business]:
    """A maker's person with her business."""
    user, business = make_maker(session)
    return subject_of(user, (Role.MAKER, business.organisation_id)), business


def entry(**changes: Any) -> CertificateEnter:
    """What a maker types."""
    return CertificateEnter.model_validate({**ENTERED, "number": bpjph_number(), **changes})


def enter(
    session: Session,
    person: Subject,
    business: Business,
    settings: Settings,
    *,
    paper: Paper | None = None,
    now: dt.datetime = NOON,
    **changes: Any,
) -> Certificate:
    """A certificate that waits for its check, everything loaded."""
    make_body(session)
    certificate = service.enter_certificate(
        session, actor=person, business=business, data=entry(**changes), paper=paper, now=now, settings=settings
    )
    return fresh(session, certificate)


def fresh(session: Session, certificate: Certificate) -> Certificate:
    """A certificate as it stands now, everything loaded again."""
    number = certificate.id
    session.expire_all()
    found = queries.find_by_id(session, number)
    assert found is not None
    return found


def kinds(session: Session, certificate: Certificate) -> list[str]:
    """What happened to a certificate, in its order."""
    statement = select(CertificateEvent.kind).where(CertificateEvent.certificate_id == certificate.id)
    return [str(kind) for kind in session.exec(statement.order_by("id"))]


def acts(session: Session, certificate: Certificate) -> list[str]:
    """What the audit trail says of a certificate."""
    statement = select(AuditEntry.action).where(
        AuditEntry.subject_type == "certificate", AuditEntry.subject_id == str(certificate.id)
    )
    return [action.removeprefix("certificate.") for action in session.exec(statement.order_by("id"))]


def checks_of(session: Session, certificate: Certificate) -> list[Check]:
    """Every look-up of a certificate."""
    return list(session.exec(select(Check).where(Check.certificate_id == certificate.id).order_by("id")))


TODAY = rules.day_of(NOON)
