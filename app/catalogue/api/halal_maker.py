"""What makers say about goods and halal certificates, in JSON: answers, links with printed names, applications."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import Body, Path, Request, Response
from sqlmodel import Session

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import scoped
from app.catalogue.api.answers import CHANGING, CONFLICT, READING, SCOPE, SIGN_IN, Slug, example_of, list_example
from app.catalogue.models import ProductHalal
from app.catalogue.queries import editing
from app.catalogue.queries import halal as queries
from app.catalogue.queries.halal import Link
from app.catalogue.schemas.halal import (
    AnswersOwn,
    ApplicationCreate,
    ApplicationOwn,
    HalalAnswers,
    LinkCreate,
    LinkList,
    LinkOwn,
    ProductsAttach,
    StepOwn,
)
from app.catalogue.service import halal as service
from app.core.errors import NotFound
from app.core.pagination import Paged
from app.core.web import NowDep, SessionDep, check_if_match, etag_of, unit_router
from app.halal import journey
from app.halal.models import Application
from app.halal.queries import applications
from app.halal.schemas.applications import ApplicationStart, ApplicationUpdate, StepRecord
from app.halal.service import applications as journeys
from app.halal.vocabulary import Route, Stage

router = unit_router(tags=["halal"])
ReaderDep = Annotated[Subject, scoped(Scope.CATALOGUE_READ)]
WriterDep = Annotated[Subject, scoped(Scope.CATALOGUE_WRITE)]
ItemId = Annotated[int, Path(ge=1, le=2**62, examples=[12])]
ApplicationId = Annotated[int, Path(ge=1, le=2**62, examples=[3])]


# --- answers --------------------------------------------------------------------------------------------------------


def _answers(response: Response, standing: ProductHalal | None) -> AnswersOwn:
    version = standing.version if standing else 0
    response.headers["ETag"] = etag_of(version)
    if standing is None:
        return AnswersOwn(version=0)
    return AnswersOwn.model_validate(
        {name: getattr(standing, name) for name in AnswersOwn.model_fields} | {"version": version}
    )


@router.get("/products/{slug}/halal/answers", summary="What I answered about a product", responses={**READING})
def get_answers(response: Response, slug: Slug, person: ReaderDep, session: SessionDep) -> AnswersOwn:
    """The maker's answers to the plain questions; ``version`` 0 before the first."""
    product = editing.get_own_product(session, person, slug)
    return _answers(response, queries.find_answers(session, product.id))


@router.put("/products/{slug}/halal/answers", summary="Answer the questions about a product", responses={**CHANGING})
def answer_questions(
    request: Request,
    response: Response,
    slug: Slug,
    person: WriterDep,
    session: SessionDep,
    now: NowDep,
    data: Annotated[HalalAnswers, Body(examples=[example_of(HalalAnswers)])],
) -> AnswersOwn:
    """Put answers in place of those that stand. They give no badge: only a certificate that was checked does."""
    product = editing.get_own_product(session, person, slug, lock=True)
    standing = queries.find_answers(session, product.id)
    check_if_match(request, standing.version if standing else 0)
    answers = service.answer_questions(session, actor=person, product=product, data=data, now=now)
    return _answers(response, answers)


# --- links ----------------------------------------------------------------------------------------------------------


def _link(link: Link) -> LinkOwn:
    return LinkOwn(
        id=link.id,
        certificate=link.public_id,
        item=link.item_id,
        name=link.item,
        since=link.since,
        until=link.until,
        confirmed_on=link.confirmed_on,
        refusal=link.refusal,
    )


@router.get("/products/{slug}/halal/links", summary="Certificates matched with a product", responses={**READING})
def list_links(slug: Slug, person: ReaderDep, session: SessionDep) -> LinkList:
    """Every link with a printed name, those that ended too."""
    product = editing.get_own_product(session, person, slug)
    links = [_link(each) for each in queries.list_links(session, [product.id], ended=True)]
    return LinkList(items=links, total=len(links))


@router.post(
    "/products/{slug}/halal/links",
    summary="Match a product with a printed name",
    status_code=201,
    responses={**READING, **CONFLICT},
)
def link_item(
    slug: Slug,
    person: WriterDep,
    session: SessionDep,
    now: NowDep,
    data: Annotated[LinkCreate, Body(examples=[example_of(LinkCreate)])],
) -> LinkOwn:
    """A person's decision, from today on; saying it twice changes nothing."""
    product = editing.get_own_product(session, person, slug, lock=True)
    certificate = queries.get_own_certificate(session, person, data.certificate)
    if data.item not in {item.id for item in certificate.items}:
        raise NotFound
    made = service.link_item(session, actor=person, product=product, item_id=data.item, now=now)
    return next(_link(each) for each in queries.list_links(session, [product.id]) if each.id == made.id)


@router.delete(
    "/products/{slug}/halal/links/{item_id}",
    summary="Take a match back",
    status_code=204,
    response_class=Response,
    responses={**READING},
)
def unlink_item(slug: Slug, item_id: ItemId, person: WriterDep, session: SessionDep, now: NowDep) -> None:
    """The product is not what the item names, from today on; what was so until yesterday stays."""
    product = editing.get_own_product(session, person, slug, lock=True)
    service.unlink_item(session, actor=person, product=product, item_id=item_id, now=now)


# --- applications ---------------------------------------------------------------------------------------------------


def _shown(session: Session, found: Iterable[Application]) -> list[ApplicationOwn]:
    rows = list(found)
    attached = queries.list_attached(session, [row.id for row in rows])
    slugs = queries.list_slugs(session, {number for each in attached.values() for number in each})
    names = queries.list_certificate_names(session, {row.certificate_id for row in rows if row.certificate_id})
    return [
        ApplicationOwn(
            id=row.id,
            route=Route(row.route),
            stage=Stage(row.stage),
            registration_number=row.registration_number,
            external_status=row.external_status,
            certificate=names.get(row.certificate_id) if row.certificate_id else None,
            closed_on=row.closed_on,
            products=[slugs[number] for number in attached.get(row.id, [])],
            steps=[StepOwn(stage=Stage(step.stage), reached_on=step.reached_on, note=step.note) for step in row.steps],
            next_stages=list(journey.next_stages(Route(row.route), journey.taken(row.steps))),
            version=row.version,
        )
        for row in rows
    ]


def _one(response: Response, session: Session, person: Subject, number: int) -> ApplicationOwn:
    application = applications.get_own_application(session, person, number)
    response.headers["ETag"] = etag_of(application.version)
    return _shown(session, [application])[0]


def _to_change(request: Request, session: Session, person: Subject, number: int) -> Application:
    application = applications.get_own_application(session, person, number, lock=True)
    check_if_match(request, application.version)
    return application


@router.get(
    "/halal/applications",
    summary="My applications",
    responses={**list_example(ApplicationOwn), **SIGN_IN, **SCOPE},
)
def list_applications(person: ReaderDep, session: SessionDep) -> Paged[ApplicationOwn]:
    """All journeys of the makers that the caller acts for, the open ones first."""
    numbers = [business.id for business in editing.list_own_businesses(session, person)]
    items = _shown(session, applications.list_own_applications(session, numbers))
    return Paged[ApplicationOwn](items=items, next=None, total=len(items))


@router.post("/halal/applications", summary="Begin an application", status_code=201, responses={**READING, **CONFLICT})
def start_application(
    response: Response,
    person: WriterDep,
    session: SessionDep,
    now: NowDep,
    data: Annotated[ApplicationCreate, Body(examples=[example_of(ApplicationCreate)])],
) -> ApplicationOwn:
    """A journey that is being prepared, for products of the caller's maker."""
    business = editing.get_own_business(session, person)
    start = ApplicationStart(route=data.route, registration_number=data.registration_number)
    application = journeys.start_application(session, actor=person, business=business, data=start, now=now)
    service.attach_products(session, actor=person, application=application, slugs=data.products, now=now)
    return _one(response, session, person, application.id)


@router.get("/halal/applications/{application_id}", summary="One of my applications", responses={**READING})
def get_application(
    response: Response, application_id: ApplicationId, person: ReaderDep, session: SessionDep
) -> ApplicationOwn:
    """A journey with its steps; ``ETag`` is for ``If-Match``."""
    return _one(response, session, person, application_id)


@router.patch("/halal/applications/{application_id}", summary="Change an application", responses={**CHANGING})
def update_application(
    request: Request,
    response: Response,
    application_id: ApplicationId,
    person: WriterDep,
    session: SessionDep,
    now: NowDep,
    data: Annotated[ApplicationUpdate, Body(examples=[example_of(ApplicationUpdate)])],
) -> ApplicationOwn:
    """Its number in SIHALAL, what SIHALAL calls its state, the certificate it led to."""
    application = _to_change(request, session, person, application_id)
    journeys.update_application(session, actor=person, application=application, data=data, now=now)
    return _one(response, session, person, application_id)


@router.post(
    "/halal/applications/{application_id}/steps",
    summary="Record a stage reached",
    status_code=201,
    responses={**CHANGING},
)
def record_step(
    request: Request,
    response: Response,
    application_id: ApplicationId,
    person: WriterDep,
    session: SessionDep,
    now: NowDep,
    data: Annotated[StepRecord, Body(examples=[example_of(StepRecord)])],
) -> ApplicationOwn:
    """A stage of its route on a day that has come; ``correction`` puts right what was recorded."""
    application = _to_change(request, session, person, application_id)
    journeys.record_step(session, actor=person, application=application, data=data, now=now)
    return _one(response, session, person, application_id)


@router.put(
    "/halal/applications/{application_id}/products",
    summary="Say what an application is about",
    responses={**CHANGING},
)
def attach_products(
    request: Request,
    response: Response,
    application_id: ApplicationId,
    person: WriterDep,
    session: SessionDep,
    now: NowDep,
    data: Annotated[ProductsAttach, Body(examples=[example_of(ProductsAttach)])],
) -> ApplicationOwn:
    """These products, in place of those that stand."""
    application = _to_change(request, session, person, application_id)
    service.attach_products(session, actor=person, application=application, slugs=data.products, now=now)
    return _one(response, session, person, application_id)
