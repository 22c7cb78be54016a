"""Halal in the demo: answers, certificates with a look-up and a decision, links and journeys, made through services.

Numbers, papers and decisions are invented and say so: numbers begin with ID0099, papers have "contoh" (sample) across
them, and what is noted of the look-up says that nobody looked. Reference facts are the real ones; as none of them
withdraws or refuses a recognition, no sample is certified and not recognised somewhere.
"""

import datetime as dt
from typing import Any

from sqlmodel import Session, col, select

from app.accounts.subjects import Command
from app.businesses import queries as business_queries
from app.businesses.models import Business
from app.catalogue.models import Product, ProductHalal
from app.catalogue.queries import editing
from app.catalogue.queries import halal_links as waiting
from app.catalogue.schemas.halal import HalalAnswers
from app.catalogue.service import halal as goods
from app.catalogue.service import halal_sweep
from app.core.config import Settings
from app.core.database import Database
from app.core.papers import Paper
from app.core.storage import Storage
from app.demo import papers
from app.halal.models import Application, Certificate, CertificateItem
from app.halal.rules import day_of
from app.halal.schemas.applications import ApplicationStart, StepRecord
from app.halal.schemas.certificates import CertificateDecision, CertificateEnter, CertificateReject, CheckRecord
from app.halal.service import applications, certificates
from app.halal.vocabulary import CertificateState, CheckResult, RejectReason, Route, Stage

COMMAND = Command(label="demo")
LOOKED_AT = "Data contoh: nomor rekaan, tidak dicari di mana pun (sample data, invented, looked up nowhere)"
DECIDED_AFTER = dt.timedelta(days=2)
SUSPENDED_BEFORE = dt.timedelta(days=12)
Entry = dict[str, Any]


def load_halal(
    database: Database, storage: Storage, settings: Settings, entries: list[Entry], *, now: dt.datetime
) -> None:
    """What makers said and were given, after their goods are loaded; loading again changes nothing."""
    changed = False
    for entry in entries:
        halal = entry.get("halal", {})
        slug = entry["maker"]["slug"]
        for data in halal.get("certificates", []):
            changed |= _load_certificate(database, storage, settings, slug, data, now=now)
        with database.writing() as session:
            business = session.exec(select(Business).where(Business.slug == slug)).one()
            changed |= _answer(session, halal.get("answers", {}), now=now)
            changed |= _load_applications(session, business, halal.get("applications", []), now=now)
    if changed:
        # What was done in the past stood as of then.
        halal_sweep.sweep(database, now=now, everything=True)


def _answer(session: Session, answers: Entry, *, now: dt.datetime) -> bool:
    changed = False
    for slug, said in answers.items():
        product = editing.get_reviewed_product(session, COMMAND, slug)
        if session.get(ProductHalal, product.id) is None:
            goods.answer_questions(session, actor=COMMAND, product=product, data=HalalAnswers(**said), now=now)
            changed = True
    return changed


def _load_applications(session: Session, business: Business, wanted: list[Entry], *, now: dt.datetime) -> bool:
    standing = session.exec(select(Application.route).where(Application.business_id == business.id)).all()
    changed = False
    for data in wanted:
        route = Route(data["route"])
        if route.value in standing:
            continue  # a sample maker is on each route once
        days = [now + dt.timedelta(days=step["day"]) for step in data["steps"]]
        begun = days[0] - dt.timedelta(days=1)
        application = applications.start_application(
            session, actor=COMMAND, business=business, data=ApplicationStart(route=route), now=begun
        )
        goods.attach_products(session, actor=COMMAND, application=application, slugs=data["goods"], now=begun)
        for step, day in zip(data["steps"], days, strict=True):
            record = StepRecord(stage=Stage(step["stage"]), reached_on=day_of(day))
            applications.record_step(session, actor=COMMAND, application=application, data=record, now=day)
        changed = True
    return changed


def _load_certificate(
    database: Database, storage: Storage, settings: Settings, slug: str, data: Entry, *, now: dt.datetime
) -> bool:
    with database.reading() as session:
        business = session.exec(select(Business).where(Business.slug == slug)).one()
        statement = select(Certificate.id).where(
            Certificate.business_id == business.id, Certificate.number == data["number"]
        )
        if session.exec(statement).first() is not None:
            return False
    entered = now + dt.timedelta(days=data["entered"])
    enter = CertificateEnter(
        body="BPJPH",
        number=data["number"],
        holder=business.legal_name,
        issued_on=day_of(now + dt.timedelta(days=data["issued"])),
        valid_until=day_of(now + dt.timedelta(days=data["valid_until"])) if "valid_until" in data else None,
        items=[item["name"] for item in data["items"]],
    )
    paper = _paper(storage, enter, photo=data.get("photo", False))
    with database.writing() as session:
        business = business_queries.get_business(session, slug, viewer=COMMAND)
        certificate = certificates.enter_certificate(
            session, actor=COMMAND, business=business, data=enter, paper=paper, now=entered, settings=settings
        )
        _link(session, certificate, data, now=entered)
        _decide(session, certificate, business, data, settings, entered=entered, now=now)
    return True


def _paper(storage: Storage, enter: CertificateEnter, *, photo: bool) -> Paper:
    lines = [enter.number, enter.holder, f"{enter.issued_on}", *enter.items]
    return certificates.receive_paper(
        storage,
        file_name="contoh.jpg" if photo else "contoh.pdf",
        content=papers.as_photo(lines) if photo else papers.as_pdf(lines),
    )


def _link(session: Session, certificate: Certificate, data: Entry, *, now: dt.datetime) -> None:
    statement = select(CertificateItem.name, CertificateItem.id).where(CertificateItem.certificate_id == certificate.id)
    items = dict(session.exec(statement).all())
    for item in data["items"]:
        for slug in item["goods"]:
            product = session.exec(select(Product).where(col(Product.slug) == slug)).one()
            goods.link_item(session, actor=COMMAND, product=product, item_id=items[item["name"]], now=now)


def _confirm_links(session: Session, certificate: Certificate, *, now: dt.datetime) -> None:
    ids = [match.id for match in waiting.list_matches(session, [certificate.id]) if not match.confirmed]
    goods.confirm_links(session, actor=COMMAND, ids=ids, now=now)


def _decide(
    session: Session,
    certificate: Certificate,
    business: Business,
    data: Entry,
    settings: Settings,
    *,
    entered: dt.datetime,
    now: dt.datetime,
) -> None:
    state = CertificateState(data["state"])
    act: dict[str, Any] = {"actor": COMMAND, "certificate": certificate, "business": business, "settings": settings}
    if state is CertificateState.REJECTED:
        reason = CertificateReject(code=RejectReason(data["reason"]))
        certificates.reject_certificate(session, data=reason, now=entered + DECIDED_AFTER, **act)
    elif state is not CertificateState.CLAIMED:
        check = CheckRecord(looked_at=LOOKED_AT, result=CheckResult.CONFIRMED)
        certificates.verify_certificate(session, check=check, evidence=None, now=entered + DECIDED_AFTER, **act)
        _confirm_links(session, certificate, now=entered + DECIDED_AFTER)
    if state is CertificateState.SUSPENDED:
        decision = CertificateDecision(text=data["reason"])
        certificates.suspend_certificate(session, data=decision, now=now - SUSPENDED_BEFORE, **act)
