"""Bodies, certificates and links for tests, as plain functions whose rows agree with each other as services leave them.

The rows alone: listings learn of them by ``place(session, certificate)``.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.businesses.models import Business
from app.catalogue.models import Product, ProductCertificateItem
from app.halal import numbers, rules, service
from app.halal.models import Body, Certificate, CertificateEvent, CertificateItem, Check
from app.halal.vocabulary import CertificateState, CheckResult, Confidence, EventKind, Provider, RejectReason
from tests.factories import NOON, make_business, next_number, save

TODAY = rules.day_of(NOON)
ISSUED = dt.date(2024, 3, 1)

HISTORY: dict[CertificateState, tuple[EventKind, ...]] = {
    CertificateState.CLAIMED: (EventKind.ENTERED,),
    CertificateState.VERIFIED: (EventKind.ENTERED, EventKind.VERIFIED),
    CertificateState.REJECTED: (EventKind.ENTERED, EventKind.REJECTED),
    CertificateState.WITHDRAWN: (EventKind.ENTERED, EventKind.WITHDRAWN),
    CertificateState.SUSPENDED: (EventKind.ENTERED, EventKind.VERIFIED, EventKind.SUSPENDED),
    CertificateState.REVOKED: (EventKind.ENTERED, EventKind.VERIFIED, EventKind.REVOKED),
    CertificateState.SUPERSEDED: (EventKind.ENTERED, EventKind.VERIFIED, EventKind.SUPERSEDED),
}
"""What happens to a certificate until it stands in a state."""


def make_body(session: Session, code: str = "BPJPH", **changes: Any) -> Body:
    """A body whose certificates can be entered; the one that stands under its code again unless something changes."""
    if not changes:
        found = session.exec(select(Body).where(Body.code == code, col(Body.current))).first()
        if found is not None:
            return found
    country = {"BPJPH": "ID", "LPPOM": "ID", "JAKIM": "MY", "KMF": "KR", "KHA": "KR"}.get(code, "")
    values: dict[str, Any] = {
        "code": code,
        "name": f"Body {code}",
        "country": country,
        "role": "issues halal certificates",
        "issues": True,
        "authority": code in {"BPJPH", "JAKIM"},
        "source": "a test",
        "confidence": Confidence.PUBLIC,
        "as_of": TODAY,
        "recorded_at": NOON,
    }
    body: Body = save(session, Body(**(values | changes)))
    return body


def bpjph_number() -> str:
    """A number of the form that BPJPH gives, not given before in this run."""
    return f"ID32{next_number():015d}"


def make_certificate(
    session: Session,
    *,
    business: Business | None = None,
    body: str = "BPJPH",
    number: str | None = None,
    items: Sequence[str] = ("Keripik Singkong Original",),
    state: CertificateState | str = CertificateState.VERIFIED,
    issued_on: dt.date | None = ISSUED,
    valid_until: dt.date | None = None,
    on: dt.date = TODAY,
    events: Iterable[tuple[EventKind | str, dt.date]] | None = None,
    **changes: Any,
) -> Certificate:
    """A certificate in a state, with its items, the events that led there on the day ``on``, and its check.

    ``events`` tells another history as (kind, day), which must end in ``state``.
    """
    make_body(session, body)
    business = business or make_business(session)
    number = bpjph_number() if number is None else number
    state = CertificateState(state)
    happened = [(EventKind(kind), day) for kind, day in events or [(kind, on) for kind in HISTORY[state]]]
    now = NOON
    values: dict[str, Any] = {
        "public_id": f"t{next_number():015d}",
        "business_id": business.id,
        "body": body,
        "number": number,
        "number_key": numbers.number_key(number),
        "holder": business.legal_name,
        "issued_on": issued_on,
        "valid_until": valid_until,
        "surveillance_due": rules.surveillance_due(issued_on, on) if valid_until is None else None,
        "state": state,
        "reject_code": RejectReason.OTHER if state is CertificateState.REJECTED else None,
        "reject_reason": "Tulis ulang." if state is CertificateState.REJECTED else "",
        "entered_at": now,
        "updated_at": now,
        "decided_at": now if len(happened) > 1 else None,
    }
    certificate: Certificate = save(session, Certificate(**(values | changes)))
    for name in items:
        session.add(CertificateItem(certificate_id=certificate.id, name=name))
    for kind, day in happened:
        session.add(CertificateEvent(certificate_id=certificate.id, kind=kind, effective_on=day, recorded_at=now))
        session.flush()
    if any(kind is EventKind.VERIFIED for kind, _ in happened):
        make_check(session, certificate)
    session.commit()
    session.expire(certificate, ["items", "events", "checks"])
    return certificate


def make_check(session: Session, certificate: Certificate, **changes: Any) -> Check:
    """Somebody looked the certificate up, and found it confirmed unless said otherwise."""
    values: dict[str, Any] = {
        "certificate_id": certificate.id,
        "provider": Provider.MANUAL,
        "looked_at": "the original, at our desk",
        "result": CheckResult.CONFIRMED,
        "checked_at": NOON,
    }
    check: Check = save(session, Check(**(values | changes)))
    return check


def items_of(session: Session, certificate: Certificate) -> list[CertificateItem]:
    """What the certificate covers, as printed."""
    statement = select(CertificateItem).where(CertificateItem.certificate_id == certificate.id)
    return list(session.exec(statement.order_by(col(CertificateItem.id))))


def link_product(
    session: Session, product: Product, item: CertificateItem | Certificate, **changes: Any
) -> ProductCertificateItem:
    """A link with an item (of a whole certificate: its first), confirmed from its first day unless said otherwise."""
    if isinstance(item, Certificate):
        item = items_of(session, item)[0]
    values: dict[str, Any] = {"product_id": product.id, "item_id": item.id, "since": TODAY, "linked_at": NOON}
    values["confirmed_on"] = changes.get("since", TODAY)
    link: ProductCertificateItem = save(session, ProductCertificateItem(**(values | changes)))
    return link


def place(session: Session, *certificates: Certificate, now: dt.datetime = NOON) -> None:
    """Bring listings in line with what the certificates are worth, as the services do."""
    service.tell_certificates_changed(session, [each.id for each in certificates], now=now)
    session.commit()
