"""A maker's journey towards a certificate: begin it, record what it has reached, name the certificate it led to.

What she reports is her word; no status but ``in_process`` rests on it. Every step leaves one entry in the audit trail
and tells the areas above, all in the caller's transaction.
"""

import datetime as dt
from typing import Any

from sqlmodel import Session, col, select

from app.accounts import audit, personal
from app.accounts.subjects import Actor, Subject
from app.businesses import queries as business_queries
from app.businesses import rules as businesses
from app.businesses.models import Business
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion
from app.core.languages import N_
from app.halal import journey
from app.halal.models import Application, ApplicationStep, Certificate
from app.halal.queries import applications as queries
from app.halal.rules import day_of
from app.halal.schemas.applications import ApplicationStart, ApplicationUpdate, StepRecord
from app.halal.service import tell_applications_changed
from app.halal.vocabulary import CertificateState, Route, Stage

MOST_OPEN = 50
"""Journeys of one maker at a time; each takes ten products or more."""
FURTHEST_BACK = dt.timedelta(days=3653)
_GONE = (CertificateState.REJECTED.value, CertificateState.WITHDRAWN.value)


def start_application(
    session: Session, *, actor: Actor, business: Business, data: ApplicationStart, now: dt.datetime
) -> Application:
    """A journey that is being prepared; products are attached by the catalogue.

    Raises:
        NotFound, Forbidden: the actor does not act for the maker.
        Conflict: there are too many open ones.
    """
    _require(actor, business)
    open_ones = session.exec(
        select(Application.id).where(Application.business_id == business.id, col(Application.closed_on).is_(None))
    ).all()
    if len(open_ones) >= MOST_OPEN:
        raise Conflict(N_("You have many open applications. Close those that have ended, then begin another."))
    application = Application(
        business_id=business.id,
        route=data.route,
        stage=Stage.DRAFT,
        registration_number=data.registration_number,
        opened_at=now,
        steps=[],
    )
    session.add(application)
    session.flush()
    _note(session, actor, "started", application, now, after={"route": data.route.value})
    return application


def record_step(
    session: Session,
    *,
    actor: Actor,
    application: Application,
    data: StepRecord,
    now: dt.datetime,
    version: int | None = None,
) -> Application:
    """Note a stage reached. A stage that ends the journey closes it; a correction may open it again.

    Raises:
        NotFound, Forbidden: the actor does not act for the maker.
        StaleVersion: somebody else recorded a step after ``version`` was read.
        Invalid: the stage is none of this route or cannot follow, or the day lies ahead or before the last step;
            at ``stage`` or ``reached_on``.
    """
    _require(actor, session.get_one(Business, application.business_id))
    _check_version(application, version)
    route = Route(application.route)
    taken = journey.taken(application.steps)
    today = day_of(now)
    faults: dict[str, str] = {}
    if not journey.is_sane(route, taken, data.stage, correction=data.correction):
        faults["stage"] = (
            N_("This application has ended. Open “Correct what I recorded” to go on with it.")
            if application.closed_on is not None
            else N_("This stage does not follow on this route. Choose another, or say that it corrects what stands.")
        )
    if data.reached_on > today:
        faults["reached_on"] = N_("Write a day that has come: today or earlier.")
    elif data.reached_on < today - FURTHEST_BACK:
        faults["reached_on"] = N_("Look at the year: this is more than ten years ago.")
    elif application.steps and data.reached_on < application.steps[-1].reached_on:
        faults["reached_on"] = N_("Write a day that is not before the last step.")
    if faults:
        raise Invalid(fields=faults)
    before = {"stage": taken[-1].value}
    application.steps.append(_step(actor, application, data.stage, data.reached_on, data.note, now))
    application.stage = data.stage
    application.closed_on = journey.closed_on(data.stage, data.reached_on)
    session.flush()
    after: dict[str, Any] = {"stage": data.stage.value, "reached_on": data.reached_on.isoformat()}
    if data.correction:
        after["correction"] = True
    _note(session, actor, "moved", application, now, before=before, after=after)
    tell_applications_changed(session, [application.id], now=now)
    return application


def update_application(
    session: Session,
    *,
    actor: Actor,
    application: Application,
    data: ApplicationUpdate,
    now: dt.datetime,
    version: int | None = None,
) -> Application:
    """Write down the number it has in SIHALAL, what SIHALAL calls its state, or the certificate it led to.

    Raises:
        NotFound, Forbidden: the actor does not act for the maker.
        StaleVersion: see ``record_step``.
        Invalid: the maker has no such certificate; at ``certificate``.
    """
    _require(actor, session.get_one(Business, application.business_id))
    _check_version(application, version)
    sent: dict[str, Any] = data.model_dump(exclude_unset=True, exclude={"certificate"})
    values = {name: value or "" for name, value in sent.items()}
    if "certificate" in data.model_fields_set:
        values["certificate_id"] = _certificate_of(session, application, data.certificate)
    before = {name: getattr(application, name) for name in values}
    changed = [name for name, value in values.items() if before[name] != value]
    if not changed:
        return application
    for name in changed:
        setattr(application, name, values[name])
    session.flush()
    _note(
        session,
        actor,
        "changed",
        application,
        now,
        before={name: before[name] for name in changed},
        after={name: values[name] for name in changed},
    )
    return application


# --- a person's own data (Law 27/2022) ------------------------------------------------------------------------------


@personal.exports("halal_applications")
def export_applications(session: Session, user_id: int) -> list[dict[str, Any]] | None:
    """What a maker reported of her applications."""
    business = business_queries.find_business_of_user(session, user_id)
    if business is None:
        return None
    return [
        {
            "route": str(row.route),
            "stage": str(row.stage),
            "registration_number": row.registration_number,
            "external_status": row.external_status,
            "steps": [
                {"stage": str(step.stage), "reached_on": step.reached_on.isoformat(), "note": step.note}
                for step in row.steps
            ],
        }
        for row in queries.list_own_applications(session, [business.id])
    ]


@personal.erases("halal_applications")
def erase_applications(session: Session, actor: Subject, now: dt.datetime) -> None:
    """Forget numbers and notes of the applications of a maker whom nobody else acts for, and withdraw the open ones.

    Stages and days stay: the status of goods on past days rests on them.
    """
    business = business_queries.find_business_of_user(session, actor.user_id)
    if business is None or any(each.id != actor.user_id for each in business_queries.list_members(session, business)):
        return
    for application in queries.list_own_applications(session, [business.id]):
        application.registration_number = application.external_status = ""
        for step in application.steps:
            step.note = ""
        session.flush()
        if application.closed_on is None:
            data = StepRecord(stage=Stage.WITHDRAWN, reached_on=day_of(now))
            record_step(session, actor=actor, application=application, data=data, now=now)


# --- parts ----------------------------------------------------------------------------------------------------------


def _certificate_of(session: Session, application: Application, public_id: str | None) -> int | None:
    if not public_id:
        return None
    number = session.exec(
        select(Certificate.id).where(
            Certificate.public_id == public_id,
            Certificate.business_id == application.business_id,
            col(Certificate.state).not_in(_GONE),
        )
    ).first()
    if number is None:
        raise Invalid(fields={"certificate": N_("Choose one of your certificates.")})
    return number


def _require(actor: Actor, business: Business) -> None:
    if not businesses.can_edit_business(actor, business):
        raise Forbidden if businesses.can_decide(actor) else NotFound


def _check_version(application: Application, version: int | None) -> None:
    if version is not None and version != application.version:
        raise StaleVersion


def _step(
    actor: Actor, application: Application, stage: Stage, reached_on: dt.date, note: str, now: dt.datetime
) -> ApplicationStep:
    return ApplicationStep(
        application_id=application.id,
        stage=stage,
        reached_on=reached_on,
        note=note,
        recorded_at=now,
        recorded_by_id=actor.user_id,
    )


def _note(
    session: Session,
    actor: Actor,
    action: str,
    application: Application,
    now: dt.datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"application.{action}",
        subject_type="application",
        subject_id=application.id,
        before=before,
        after=after,
        now=now,
    )
