"""A maker's applications for certificates: begin one, say what it is about, record what it has reached."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Path, Response
from sqlmodel import Session

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import PageDep, scoped
from app.businesses import desks
from app.businesses import queries as businesses
from app.catalogue.pages import desk
from app.catalogue.pages.halal_road import (
    ROAD,
    JourneyRow,
    ReasonOfRoute,
    StepView,
    journey_row,
    step_views,
    version_of,
)
from app.catalogue.queries import halal as queries
from app.catalogue.routes import DOING, PAPERS, PERIODS
from app.catalogue.service import halal as service
from app.core.errors import DomainError, NotFound
from app.core.forms import FormDep, FormState, form_state, form_values, parse_form
from app.core.languages import N_, Language, show_date
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, unit_router
from app.halal import journey, words
from app.halal.models import Application
from app.halal.queries import applications
from app.halal.rules import day_of
from app.halal.schemas.applications import ApplicationStart, ApplicationUpdate, StepRecord
from app.halal.service import applications as journeys
from app.halal.vocabulary import Route, Stage

router = unit_router(include_in_schema=False)
ReaderDep = Annotated[Subject, scoped(Scope.CATALOGUE_READ)]
WriterDep = Annotated[Subject, scoped(Scope.CATALOGUE_WRITE)]
NumberPath = Annotated[int, Path(ge=1, le=2**62)]
LIST = "halal:application_list"
OWN = "halal:application_own"
_DECREED = frozenset({Stage.FATWA_HALAL, Stage.COMMITTEE_HALAL})


@dataclass(frozen=True)
class ListPage:
    """All journeys of a maker, and a form for a new one."""

    rows: tuple[JourneyRow, ...]
    routes: list[tuple[str, str]]
    goods: list[tuple[str, str]]


@dataclass(frozen=True)
class HistoryRow:
    """A recorded step."""

    day: str
    stage: str
    note: str


@dataclass(frozen=True)
class ApplicationPage:
    """One journey."""

    number: int
    version: int
    route: str
    stage: str
    state: str
    closed: bool
    now: str
    """What happens next, or what to do."""
    usual: str
    decreed: bool
    issued: bool
    steps: tuple[StepView, ...]
    history: tuple[HistoryRow, ...]
    next_stages: list[tuple[str, str]]
    all_stages: list[tuple[str, str]]
    today: str
    papers: tuple[ReasonOfRoute, ...]
    goods: list[tuple[str, str]]
    attached: tuple[str, ...]
    certificates: list[tuple[str, str]]
    certificate_url: str
    note: str


def _frame(page: Page, session: Session, person: Subject) -> Any:
    return desks.workspace_frame(page, session, businesses.find_own_business(session, person), ROAD)


def _routes(page: Page) -> list[tuple[str, str]]:
    return [(route.value, page.gettext(words.ROUTES[route])) for route in reversed(Route)]


def _list_page(page: Page, session: Session, business_id: int) -> ListPage:
    return ListPage(
        rows=tuple(journey_row(page, each) for each in applications.list_own_applications(session, [business_id])),
        routes=_routes(page),
        goods=[(good.slug, good.name) for good in queries.list_goods(session, business_id)],
    )


@router.get("/{locale}/workspace/applications", name=LIST)
def application_list(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep) -> Response:
    """All journeys of the maker, the open ones first."""
    business = businesses.get_own_business(session, person)
    view = _list_page(page, session, business.id)
    meta = PageMeta(title=page.gettext(N_("Applications for a halal certificate")))
    form = FormState(values={"products": []})
    return page.render("halal/application_list.html", meta, work=_frame(page, session, person), view=view, form=form)


@router.post("/{locale}/workspace/applications", name="halal:application_start")
def application_start(
    locale: Language, page: PageDep, person: WriterDep, form: FormDep, session: SessionDep, now: NowDep
) -> Response:
    """Begin a journey for some products."""
    business = businesses.get_own_business(session, person)
    slugs = [each for each in form.getlist("products") if isinstance(each, str) and each]
    try:
        data = parse_form(ApplicationStart, form)
        application = journeys.start_application(session, actor=person, business=business, data=data, now=now)
        service.attach_products(session, actor=person, application=application, slugs=slugs, now=now)
    except DomainError as error:
        session.rollback()
        business = businesses.get_own_business(session, person)
        meta = PageMeta(title=desk.error_title(page, page.gettext(N_("Applications for a halal certificate"))))
        state = form_state({**form_values(form), "products": slugs}, error, page.language)
        view = _list_page(page, session, business.id)
        return page.reject(
            "halal/application_list.html", meta, error, form=state, work=_frame(page, session, person), view=view
        )
    return page.redirect(OWN, number=application.id, notice="saved")


def _page(page: Page, session: Session, application: Application, now: dt.datetime) -> ApplicationPage:
    route, reached = Route(application.route), journey.taken(application.steps)
    stage = reached[-1]
    following = journey.next_stages(route, reached)
    steps = tuple((Stage(each.stage), each.reached_on) for each in application.steps)
    upcoming = next((each for each in step_views(page, route, steps) if each.state == "now"), None)
    sent_back = stage in journey.SENT_BACK
    attached = set(queries.list_attached(session, [application.id]).get(application.id, ()))
    goods = queries.list_goods(session, application.business_id)
    papers = queries.list_papers(session, application.business_id)
    chosen = next((each for each in papers if each.id == application.certificate_id), None)
    row = journey_row(page, application)
    return ApplicationPage(
        number=application.id,
        version=application.version,
        route=row.route,
        stage=row.stage,
        state=row.state,
        closed=application.closed_on is not None,
        now=page.gettext(DOING[stage]) if sent_back else (upcoming.doing if upcoming and following else ""),
        usual=_time_to_answer(page, route, stage) if sent_back else (upcoming.usual if upcoming and following else ""),
        decreed=stage in _DECREED,
        issued=stage is Stage.CERTIFICATE_ISSUED,
        steps=step_views(page, route, steps),
        history=tuple(
            HistoryRow(
                show_date(each.reached_on, page.language), page.gettext(words.STAGES[Stage(each.stage)]), each.note
            )
            for each in reversed(application.steps)
        ),
        next_stages=[(each.value, page.gettext(words.STAGES[each])) for each in following],
        all_stages=[(each.value, page.gettext(words.STAGES[each])) for each in journey.corrections(route, reached)],
        today=day_of(now).isoformat(),
        papers=tuple(ReasonOfRoute(page.gettext(text), source) for text, source in PAPERS[route]),
        goods=[(good.slug, good.name) for good in goods],
        attached=tuple(good.slug for good in goods if good.id in attached),
        certificates=[("", page.gettext(N_("None yet"))), *((each.public_id, each.number) for each in papers)],
        certificate_url=page.url("halal:certificate_own", public_id=chosen.public_id) if chosen else "",
        note=page.gettext(words.NOT_LEGAL_ADVICE),
    )


def _time_to_answer(page: Page, route: Route, stage: Stage) -> str:
    period = PERIODS.get((route, stage))
    if period is None:
        return ""
    return page.gettext(
        N_("You usually have %(days)s working days (%(source)s; press of 2023, unconfirmed)."),
        days=period.most,
        source=period.source,
    )


def _values(session: Session, application: Application, now: dt.datetime) -> dict[str, Any]:
    number = application.certificate_id
    names = queries.list_certificate_names(session, [number] if number else [])
    return {
        "reached_on": day_of(now).isoformat(),
        "registration_number": application.registration_number,
        "external_status": application.external_status,
        "certificate": next(iter(names.values()), ""),
    }


def _title(page: Page, application: Application) -> str:
    return page.gettext(N_("Application %(number)s"), number=application.id)


@router.get("/{locale}/workspace/applications/{number}", name=OWN)
def application_own(
    locale: Language, number: NumberPath, page: PageDep, person: ReaderDep, session: SessionDep, now: NowDep
) -> Response:
    """One journey: where it stands, what is next, what it is about."""
    application = applications.get_own_application(session, person, number)
    view = _page(page, session, application, now)
    meta = PageMeta(title=_title(page, application))
    form = FormState(values=_values(session, application, now))
    return page.render("halal/application_own.html", meta, work=_frame(page, session, person), view=view, form=form)


def _refuse(
    page: Page,
    session: Session,
    person: Subject,
    number: int,
    now: dt.datetime,
    error: DomainError,
    typed: dict[str, Any],
) -> Response:
    if isinstance(error, NotFound):
        raise error
    session.rollback()
    application = applications.get_own_application(session, person, number)
    state = form_state(typed, error, page.language)
    state = replace(state, values={**_values(session, application, now), **typed})
    meta = PageMeta(title=desk.error_title(page, _title(page, application)))
    view = _page(page, session, application, now)
    return page.reject(
        "halal/application_own.html", meta, error, form=state, work=_frame(page, session, person), view=view
    )


@router.post("/{locale}/workspace/applications/{number}/steps", name="halal:application_step")
def application_step(
    locale: Language,
    number: NumberPath,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Record what it has reached, or put right what was recorded."""
    application = applications.get_own_application(session, person, number, lock=True)
    try:
        data = parse_form(StepRecord, form)
        journeys.record_step(
            session, actor=person, application=application, data=data, now=now, version=version_of(form)
        )
    except DomainError as error:
        return _refuse(page, session, person, number, now, error, form_values(form))
    return page.redirect(OWN, number=number, notice="saved")


@router.post("/{locale}/workspace/applications/{number}", name="halal:application_save")
def application_save(
    locale: Language,
    number: NumberPath,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Save its number in SIHALAL, what SIHALAL calls its state, and the certificate it led to; emptied is emptied."""
    application = applications.get_own_application(session, person, number, lock=True)
    typed = form_values(form)
    try:
        data = parse_form(ApplicationUpdate, form)
        emptied = {name: None for name in ApplicationUpdate.model_fields if typed.get(name) == ""}
        data = data.model_copy(update=emptied)
        journeys.update_application(
            session, actor=person, application=application, data=data, now=now, version=version_of(form)
        )
    except DomainError as error:
        return _refuse(page, session, person, number, now, error, typed)
    return page.redirect(OWN, number=number, notice="saved")


@router.post("/{locale}/workspace/applications/{number}/products", name="halal:application_products")
def application_products(
    locale: Language,
    number: NumberPath,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Say which products it is about."""
    application = applications.get_own_application(session, person, number, lock=True)
    slugs = [each for each in form.getlist("products") if isinstance(each, str) and each]
    try:
        service.attach_products(session, actor=person, application=application, slugs=slugs, now=now)
    except DomainError as error:
        return _refuse(page, session, person, number, now, error, {"products": slugs})
    return page.redirect(OWN, number=number, notice="saved")
