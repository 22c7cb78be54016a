"""What must always hold for certificates, recounted."""

from collections.abc import Iterator

from sqlmodel import col, select

from app.core.checks import Inspection, check
from app.halal import numbers, rules
from app.halal.models import Certificate, Check
from app.halal.queries import certificates as queries
from app.halal.rules import move
from app.halal.vocabulary import CertificateState, CheckResult, EventKind, Provider


@check("certificates")
def check_certificates(inspection: Inspection) -> Iterator[str]:
    """The state is what the events come to, what is confirmed was looked up, one number is confirmed once."""
    session = inspection.session
    events = queries.list_events(session)
    agreeing = select(Check.certificate_id).where(
        col(Check.result) == CheckResult.CONFIRMED.value, col(Check.provider) != Provider.HTTP.value
    )
    looked_up = set(session.exec(agreeing))
    confirmed: dict[tuple[str, str], str] = {}
    for certificate in session.exec(select(Certificate).order_by(col(Certificate.id))):
        name = f"certificate {certificate.public_id}"
        happened = events.get(certificate.id, [])
        yield from _faults_of_life(name, certificate, happened)
        if any(event.kind is EventKind.VERIFIED for event in happened) and certificate.id not in looked_up:
            yield f"{name} was confirmed, but nobody looked it up"
        if certificate.number_key != numbers.number_key(certificate.number):
            yield f"{name} is looked up by another number than its own"
        if certificate.state == CertificateState.REJECTED and not certificate.reject_code:
            yield f"{name} was rejected without a reason"
        if certificate.state in {CertificateState.VERIFIED, CertificateState.SUSPENDED}:
            other = confirmed.setdefault((certificate.body, certificate.number_key), name)
            if other != name:
                yield f"{name} and {other} are confirmed under one number"


def _faults_of_life(name: str, certificate: Certificate, events: list[rules.CertificateEvent]) -> Iterator[str]:
    state: CertificateState | None = None
    for event in events:
        after = move(state, event.kind)
        if after is None:
            yield f"{name}: {event.kind.value} cannot follow on {state}"
        state = after or state
    if state is None:
        yield f"{name} was never entered"
    elif state != certificate.state:
        yield f"{name} is {certificate.state}, but its events come to {state.value}"
    if [event.on for event in events] != sorted(event.on for event in events):
        yield f"{name}: its events are not in the order of their days"
