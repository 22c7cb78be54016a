"""A maker's road to a certificate: all her goods by urgency, and a page for each: questions, routes, next step."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Path, Query, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import PageDep, scoped
from app.businesses import desks
from app.businesses import queries as businesses
from app.businesses.models import Business
from app.catalogue import halal_views, names, routes
from app.catalogue import road as roads
from app.catalogue.halal_views import HalalBadge, ReasonView
from app.catalogue.models import Product, ProductHalal, ProductState
from app.catalogue.pages import desk
from app.catalogue.queries import editing
from app.catalogue.queries import halal as queries
from app.catalogue.road import Candidate, OnRoad, Road
from app.catalogue.routes import Because, Condition, Milestone, Next, RouteVerdict, Verdict
from app.catalogue.schemas.halal import HalalAnswers
from app.catalogue.service import halal as service
from app.catalogue.service import products
from app.core.errors import Conflict, DomainError, NotFound
from app.core.forms import FormDep, FormState, form_state, form_values, parse_form
from app.core.languages import N_, Language, show_date
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, now_utc, unit_router
from app.halal import words
from app.halal.models import Application
from app.halal.queries import applications
from app.halal.rules import day_of
from app.halal.schemas.applications import ApplicationStart
from app.halal.service import applications as journeys
from app.halal.vocabulary import GoodsClass, Route, Said, Stage

router = unit_router(include_in_schema=False)
ReaderDep = Annotated[Subject, scoped(Scope.CATALOGUE_READ)]
WriterDep = Annotated[Subject, scoped(Scope.CATALOGUE_WRITE)]
SlugPath = Annotated[str, Path(max_length=100)]
ROAD = "catalogue:halal_road"
PRODUCT = "catalogue:product_halal"
PER_PAGE = 30
MOST_PAGES = 10_000


# --- what the pages show --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DeadlineView:
    """By when the law wants a certificate."""

    words: str
    countdown: str
    passed: bool
    source: str
    unconfirmed: bool


@dataclass(frozen=True)
class RoadRow:
    """A product on the road."""

    name: str
    url: str
    state: str
    state_label: str
    badge: HalalBadge
    deadline: DeadlineView | None
    next: str
    next_url: str
    waits: bool


@dataclass(frozen=True)
class JourneyRow:
    """An application in a list."""

    url: str
    route: str
    stage: str
    state: str
    note: str


@dataclass(frozen=True)
class RoadPage:
    """All goods of a maker, the most urgent first."""

    rows: tuple[RoadRow, ...]
    needing: str
    total: int
    pages: tuple[str | None, str | None]
    """(first, next)."""
    journeys: tuple[JourneyRow, ...]
    note: str


@dataclass(frozen=True)
class ReasonOfRoute:
    """Why a route is open or closed."""

    text: str
    source: str


@dataclass(frozen=True)
class StepView:
    """A stage of a route in a checklist."""

    label: str
    doing: str
    state: str
    when: str
    usual: str


@dataclass(frozen=True)
class RouteView:
    """One route with its verdict, what it takes and its stages."""

    code: str
    label: str
    verdict: str
    tone: str
    reasons: tuple[ReasonOfRoute, ...]
    steps: tuple[StepView, ...]
    papers: tuple[ReasonOfRoute, ...]
    cost: str


@dataclass(frozen=True)
class PaperView:
    """A certificate that covers a product, or may."""

    item_id: int
    item: str
    number: str
    state: str
    url: str
    why: str


@dataclass(frozen=True)
class ProductHalalPage:
    """One product: status, questions, routes, certificates, application."""

    head: desk.Head
    badge: HalalBadge
    meaning: str
    reasons: tuple[ReasonView, ...]
    public: bool
    deadline: DeadlineView | None
    next: str
    next_url: str
    waits: bool
    version: int
    uses: list[tuple[str, str]]
    category: str
    ask_alcohol: bool
    ask_animal: bool
    said: list[tuple[str, str]]
    not_halal: bool
    ask_route: bool
    conditions: tuple[tuple[str, str], ...]
    routes: tuple[RouteView, ...]
    covering: tuple[PaperView, ...]
    refusals: tuple[tuple[str, str], ...]
    """(name as printed, why the city did not confirm that it means this product)."""
    likely: tuple[PaperView, ...]
    has_papers: bool
    journeys: tuple[JourneyRow, ...]
    may_apply: bool
    route_options: list[tuple[str, str]]
    joinable: list[tuple[str, str]]
    note: str


VERDICTS = {
    Verdict.OPEN: (N_("Open to you"), "good"),
    Verdict.UNDECIDED: (N_("Depends on your answers"), ""),
    Verdict.CLOSED: (N_("Closed"), ""),
}
COSTS = {
    Route.SELF_DECLARE: N_("Free in the SEHATI programme while its quota of the year lasts."),
    Route.REGULAR: N_("The inspection body sets the fee before it begins; ask it first."),
}


def _count(session: Session, business: Business | None) -> int:
    return queries.count_waiting(session, business.id, today=day_of(now_utc())) if business else 0


def _todos(page: Page, session: Session, business: Business) -> Any:
    waiting = _count(session, business)
    if waiting:
        text = page.ngettext(
            "%(num)s product needs something for its halal status",
            "%(num)s products need something for their halal status",
            waiting,
        )
        yield desks.Todo(text, page.url(ROAD), page.gettext(N_("See what is next")))


desks.WORKSPACE_NAV.append(desks.NavItem(ROAD, "certificate", N_("Halal"), _count))
desks.WORKSPACE_PANELS.append(_todos)


def deadline_view(page: Page, deadline: routes.Deadline | None) -> DeadlineView | None:
    """A deadline in words with its countdown."""
    if deadline is None:
        return None
    day = show_date(deadline.on, page.language)
    if deadline.only_if_animal:
        text = N_("Certificate required from %(day)s on, if there is anything of an animal in it")
    elif deadline.days > 0:
        text = N_("Certificate required from %(day)s on")
    else:
        text = N_("Certificate required since %(day)s")
    if deadline.days > 0:
        countdown = page.ngettext("%(num)s day left", "%(num)s days left", deadline.days)
    elif deadline.days == 0:
        countdown = page.gettext(N_("from today on"))
    else:
        countdown = page.ngettext("%(num)s day ago", "%(num)s days ago", -deadline.days)
    return DeadlineView(
        words=page.gettext(text, day=day),
        countdown=countdown,
        passed=deadline.days <= 0,
        source=deadline.source,
        unconfirmed=not deadline.confidence.confirmed,
    )


def next_url(page: Page, row: OnRoad) -> str:
    """Where the next step is taken."""
    own = page.url(PRODUCT, slug=row.good.slug)
    application = row.application
    if row.next is Next.SAY_SIZE:
        return page.url("businesses:profile") + "#f-scale"
    if row.next is Next.CONTINUE and application is not None:
        return page.url("halal:application_own", number=application.id)
    if row.next is Next.ENTER:
        return page.url("halal:certificate_new")
    anchors = {
        Next.ANSWER: "questions",
        Next.MARK: "f-marked",
        Next.CLEAR_UP: "questions",
        Next.MATCH: "certificates",
        Next.READ_REFUSAL: "certificates",
        Next.RENEW: "certificates",
        Next.ASK_AGAIN: "certificates",
        Next.WAIT: "certificates",
        Next.ROUTE: "routes",
        Next.APPLY: "application",
    }
    return f"{own}#{anchors[row.next]}" if row.next in anchors else own


def _row(page: Page, row: OnRoad) -> RoadRow:
    return RoadRow(
        name=row.good.name,
        url=page.url(PRODUCT, slug=row.good.slug),
        state=row.good.state.value,
        state_label=page.gettext(desk.STATE_LABELS[row.good.state]),
        badge=halal_views.badge_of(page.language, row.status),
        deadline=deadline_view(page, row.deadline),
        next=page.gettext(routes.NEXT_WORDS[row.next]),
        next_url=next_url(page, row),
        waits=row.next is not Next.NOTHING,
    )


def journey_row(page: Page, application: Application) -> JourneyRow:
    """An application in a list."""
    stage = Stage(application.stage)
    reached = application.steps[-1].reached_on if application.steps else day_of(application.opened_at)
    if application.closed_on is None:
        state = "in_process" if application.steps else "draft"
    else:
        state = "done" if stage is Stage.CERTIFICATE_ISSUED else "closed"
    return JourneyRow(
        url=page.url("halal:application_own", number=application.id),
        route=page.gettext(words.ROUTES[Route(application.route)]),
        stage=page.gettext(words.STAGES[stage]),
        state=state,
        note=page.gettext(N_("since %(day)s"), day=show_date(reached, page.language)),
    )


def route_view(page: Page, verdict: RouteVerdict, steps: tuple[tuple[Stage, dt.date], ...] = ()) -> RouteView:
    """A route with all that a maker wants to know of it."""
    label, tone = VERDICTS[verdict.verdict]
    return RouteView(
        code=verdict.route.value,
        label=page.gettext(words.ROUTES[verdict.route]),
        verdict=page.gettext(label),
        tone=tone,
        reasons=tuple(_because(page, each) for each in verdict.because),
        steps=step_views(page, verdict.route, steps),
        papers=tuple(ReasonOfRoute(page.gettext(text), source) for text, source in routes.PAPERS[verdict.route]),
        cost=page.gettext(COSTS[verdict.route]),
    )


def _because(page: Page, because: Because) -> ReasonOfRoute:
    return ReasonOfRoute(page.gettext(because.sentence), because.source)


def step_views(page: Page, route: Route, steps: tuple[tuple[Stage, dt.date], ...] = ()) -> tuple[StepView, ...]:
    """The checklist of a route in words."""
    return tuple(_step(page, each) for each in routes.checklist(route, steps))


def _step(page: Page, milestone: Milestone) -> StepView:
    usual = ""
    period = milestone.period
    if period is not None:
        usual = (
            page.ngettext("usually %(num)s working day", "usually %(num)s working days", period.most)
            if period.least == period.most
            else page.gettext(N_("usually %(least)s to %(most)s working days"), least=period.least, most=period.most)
        )
        source = (
            N_("%(period)s (%(source)s; press of 2023, unconfirmed)")
            if period.from_press
            else N_("%(period)s (%(source)s)")
        )
        usual = page.gettext(source, period=usual, source=period.source)
    return StepView(
        label=page.gettext(words.STAGES[milestone.stage]),
        doing=page.gettext(milestone.doing),
        state=milestone.state,
        when=show_date(milestone.reached_on, page.language) if milestone.reached_on else "",
        usual=usual,
    )


# --- all goods ------------------------------------------------------------------------------------------------------


@router.get("/{locale}/workspace/halal", name=ROAD)
def halal_road(
    locale: Language,
    page: PageDep,
    person: ReaderDep,
    session: SessionDep,
    now: NowDep,
    number: Annotated[int, Query(alias="page", ge=1, le=MOST_PAGES)] = 1,
) -> Response:
    """Every product with its status, its deadline and the next step."""
    business = businesses.find_own_business(session, person)
    if business is None:
        return page.redirect("businesses:start")
    road = roads.look(session, business, on=day_of(now))
    shown = road.rows[(number - 1) * PER_PAGE : number * PER_PAGE]
    needing = sum(row.needs for row in road.rows)
    view = RoadPage(
        rows=tuple(_row(page, row) for row in shown),
        needing=page.ngettext(
            "%(num)s of them needs something of you", "%(num)s of them need something of you", needing
        )
        if needing
        else "",
        total=len(road.rows),
        pages=(
            page.url(ROAD) if number > 1 else None,
            page.url(ROAD, page=number + 1) if number * PER_PAGE < len(road.rows) else None,
        ),
        journeys=tuple(
            journey_row(page, each) for each in applications.list_own_applications(session, [business.id])[:10]
        ),
        note=page.gettext(words.NOT_LEGAL_ADVICE),
    )
    work = desks.workspace_frame(page, session, business, ROAD)
    return page.render(
        "catalogue/workspace_halal_road.html", PageMeta(title=page.gettext(N_("Halal"))), work=work, view=view
    )


# --- one product ----------------------------------------------------------------------------------------------------


def _paper(page: Page, candidate: Candidate) -> PaperView:
    paper = candidate.paper
    return PaperView(
        item_id=candidate.item_id,
        item=candidate.item,
        number=paper.number,
        state=page.gettext(words.CERTIFICATE_STATES[paper.state]),
        url=page.url("halal:certificate_own", public_id=paper.public_id),
        why=page.gettext(names.WHY_WORDS[candidate.why]),
    )


def _covering(page: Page, road: Road, row: OnRoad) -> tuple[PaperView, ...]:
    papers = {paper.id: paper for paper in road.papers}
    views = []
    for link in row.links:
        paper = papers.get(link.certificate_id)
        views.append(
            PaperView(
                item_id=link.item_id,
                item=link.item,
                number=paper.number if paper else "",
                state=page.gettext(words.CERTIFICATE_STATES[paper.state]) if paper else page.gettext(N_("Ended")),
                url=page.url("halal:certificate_own", public_id=link.public_id),
                why=page.gettext(
                    N_("matched since %(day)s")
                    if link.confirmed_on
                    else N_("matched since %(day)s, not confirmed yet"),
                    day=show_date(link.since, page.language),
                ),
            )
        )
    return tuple(views)


def _page(page: Page, session: Session, product: Product, now: dt.datetime) -> ProductHalalPage:
    road = roads.look(session, product.business, on=day_of(now), only=[product.id])
    archived = product.state == ProductState.ARCHIVED
    row = road.rows[0] if road.rows else None
    if row is None:
        raise Conflict(N_("This product is archived. Take it back into your list before you change it."))
    facts, answers = row.judged.facts, row.answers
    assessment = row.judged.assessment
    steps = tuple((Stage(each.stage), each.reached_on) for each in row.application.steps) if row.application else ()
    joined = {each.id for each in row.applications}
    joinable = [
        each
        for each in applications.list_own_applications(session, [product.business_id])
        if each.closed_on is None and each.id not in joined
    ]
    taking = Route(row.application.route) if row.application else None
    open_routes = [each for each in (row.declare, row.regular) if each.verdict is not Verdict.CLOSED]
    return ProductHalalPage(
        head=desk.head(page, product, PRODUCT),
        badge=halal_views.badge_of(page.language, assessment.status),
        meaning=page.gettext(words.STATUS_MEANINGS[assessment.status]),
        reasons=tuple(halal_views.reason_view(page, each, road.reference.bodies) for each in assessment.reasons),
        public=product.state == ProductState.PUBLISHED,
        deadline=deadline_view(page, row.deadline),
        next=page.gettext(routes.NEXT_WORDS[row.next]),
        next_url=next_url(page, row),
        waits=row.next is not Next.NOTHING,
        version=answers.version if answers else 0,
        uses=[(each.value, page.gettext(text)) for each, text in routes.USES.items()],
        category=page.gettext(words.GOODS_CLASSES[GoodsClass(product.category.goods_class)]),
        ask_alcohol=routes.asks_alcohol(facts.goods_class),
        ask_animal=routes.asks_animal(facts.goods_class),
        said=[("", page.gettext(N_("Not said"))), *((each.value, page.gettext(words.ANSWERS[each])) for each in Said)],
        not_halal=facts.not_halal,
        ask_route=not facts.not_halal and facts.goods_class in {GoodsClass.FOOD, GoodsClass.DRINK},
        conditions=tuple((each.value, page.gettext(text)) for each, text in routes.QUESTIONS.items()),
        routes=tuple(
            route_view(page, each, steps if each.route is taking else ()) for each in (row.declare, row.regular)
        ),
        covering=_covering(page, road, row),
        refusals=tuple((link.item, link.refusal) for link in row.refusals),
        likely=tuple(_paper(page, each) for each in row.candidates),
        has_papers=bool(road.papers),
        journeys=tuple(journey_row(page, each) for each in row.applications),
        may_apply=bool(open_routes) and not archived,
        route_options=[(each.route.value, page.gettext(words.ROUTES[each.route])) for each in open_routes],
        joinable=[
            (
                str(each.id),
                page.gettext(
                    N_("Application %(number)s: %(stage)s"),
                    number=each.id,
                    stage=page.gettext(words.STAGES[Stage(each.stage)]),
                ),
            )
            for each in joinable
        ],
        note=page.gettext(words.NOT_LEGAL_ADVICE),
    )


def _values(product: Product, answers: ProductHalal | None) -> dict[str, Any]:
    """What stands in the fields of both forms."""
    values: dict[str, Any] = {"use_as": (answers and answers.use_as) or product.category.goods_class}
    if answers is not None:
        for name in ("animal", "pork", "alcohol"):
            values[name] = getattr(answers, name) or ""
        values |= {name: "true" if getattr(answers, name) else "" for name in ("declared_not_halal", "marked")}
        values |= {f"route.{name}": value for name, value in answers.route.items()}
    return values


def _title(page: Page, product: Product) -> str:
    return page.gettext(N_("Halal: %(name)s"), name=desk.name_of(product))


@router.get("/{locale}/workspace/products/{slug}/halal", name=PRODUCT)
def product_halal(
    locale: Language, slug: SlugPath, page: PageDep, person: ReaderDep, session: SessionDep, now: NowDep
) -> Response:
    """Status, questions, routes, certificates and application of one product."""
    product = editing.get_own_product(session, person, slug)
    if product.state == ProductState.ARCHIVED:
        return page.redirect("catalogue:product_edit", slug=slug)
    form = FormState(values=_values(product, queries.find_answers(session, product.id)))
    return _show(page, session, person, product, now, form=form)


def _show(
    page: Page, session: Session, person: Subject, product: Product, now: dt.datetime, *, form: FormState
) -> Response:
    work = desks.workspace_frame(page, session, businesses.find_own_business(session, person), ROAD)
    view = _page(page, session, product, now)
    meta = PageMeta(title=_title(page, product))
    return page.render("catalogue/workspace_halal_product.html", meta, work=work, view=view, form=form)


def _refuse(
    page: Page,
    session: Session,
    person: Subject,
    slug: str,
    now: dt.datetime,
    error: DomainError,
    typed: Mapping[str, Any] | None = None,
) -> Response:
    session.rollback()
    product = editing.get_own_product(session, person, slug)
    if product.state == ProductState.ARCHIVED:
        raise error
    state = form_state(dict(typed or {}), error, page.language)
    values = {**_values(product, queries.find_answers(session, product.id)), **state.values}
    work = desks.workspace_frame(page, session, businesses.find_own_business(session, person), ROAD)
    meta = PageMeta(title=desk.error_title(page, _title(page, product)))
    return page.reject(
        "catalogue/workspace_halal_product.html",
        meta,
        error,
        form=replace(state, values=values),
        work=work,
        view=_page(page, session, product, now),
    )


def _merged(form: FormData, product: Product, answers: ProductHalal | None) -> dict[str, Any]:
    """The answers that stand with those of the form that was sent; the other form's stay as they are."""
    typed = form_values(form)
    merged: dict[str, Any] = {"route": dict(answers.route) if answers else {}}
    if answers is not None:
        kept = ("use_as", "animal", "pork", "alcohol", "declared_not_halal", "marked")
        merged |= {name: getattr(answers, name) for name in kept if getattr(answers, name) is not None}
    if typed.get("do") == "route":
        for condition in Condition:
            said = str(typed.get(f"route.{condition.value}", ""))
            merged["route"].pop(condition.value, None)
            if said:
                merged["route"][condition.value] = said
        return merged
    for name in ("use_as", "animal", "pork", "alcohol"):
        if name in typed:
            merged.pop(name, None)
            if str(typed[name]).strip():
                merged[name] = typed[name]
    merged |= {name: bool(typed.get(name)) for name in ("declared_not_halal", "marked")}
    return merged


def version_of(form: FormData) -> int | None:
    """The version that a form was filled in on."""
    value = form.get("version")
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else None  # noqa: PLR2004


def number_of(form: FormData, name: str) -> int:
    """The row's number in a field that no person fills in.

    Raises:
        NotFound: it is none.
    """
    value = form.get(name)
    if not isinstance(value, str) or not (value.isascii() and value.isdigit() and len(value) < 19):  # noqa: PLR2004
        raise NotFound
    return int(value)


@router.post("/{locale}/workspace/products/{slug}/halal", name="catalogue:product_save_halal")
def product_save_halal(
    locale: Language,
    slug: SlugPath,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Save the answers about the product, or those about the self-declare route."""
    product = editing.get_own_product(session, person, slug, lock=True)
    try:
        data = parse_form(HalalAnswers, _merged(form, product, queries.find_answers(session, product.id)))
        service.answer_questions(session, actor=person, product=product, data=data, now=now, version=version_of(form))
    except DomainError as error:
        return _refuse(page, session, person, slug, now, error, form_values(form))
    anchor = "routes" if form.get("do") == "route" else ""
    return page.redirect(PRODUCT, slug=slug, notice="saved", anchor=anchor)


@router.post("/{locale}/workspace/products/{slug}/halal/links", name="catalogue:product_link")
def product_link(
    locale: Language,
    slug: SlugPath,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Match the product with a name printed on a certificate, or take that back."""
    product = editing.get_own_product(session, person, slug, lock=True)
    act: dict[str, Any] = {"actor": person, "product": product, "item_id": number_of(form, "item"), "now": now}
    try:
        if form.get("do") == "unlink":
            service.unlink_item(session, **act)
        else:
            service.link_item(session, **act)
    except NotFound:
        raise
    except DomainError as error:
        return _refuse(page, session, person, slug, now, error)
    return page.redirect(PRODUCT, slug=slug, notice="saved", anchor="certificates")


@router.post("/{locale}/workspace/products/{slug}/halal/application", name="catalogue:product_apply")
def product_apply(
    locale: Language,
    slug: SlugPath,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Begin an application for the product, or add it to one that is open."""
    product = editing.get_own_product(session, person, slug, lock=True)
    try:
        products.require_editable(session, person, product)
        if form.get("application"):
            number = number_of(form, "application")
            application = applications.get_own_application(session, person, number, lock=True)
        else:
            application = journeys.start_application(
                session, actor=person, business=product.business, data=parse_form(ApplicationStart, form), now=now
            )
        service.attach_product(session, actor=person, application=application, product=product, now=now)
    except NotFound:
        raise
    except DomainError as error:
        return _refuse(page, session, person, slug, now, error, form_values(form))
    return page.redirect("halal:application_own", number=application.id, notice="saved")
