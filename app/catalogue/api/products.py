"""Changing goods and deciding about them, in JSON."""

from typing import Annotated

from fastapi import Body, Query, Request, Response

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import OfficialDep, scoped
from app.catalogue import own
from app.catalogue.api.answers import (
    CHANGING,
    CONFLICT,
    MALFORMED,
    READING,
    SCOPE,
    SIGN_IN,
    Slug,
    example_of,
    list_example,
)
from app.catalogue.models import Product, ProductState
from app.catalogue.queries import editing
from app.catalogue.queries.reference import get_reference
from app.catalogue.schemas.editing import (
    PricesUpdate,
    ProductCreate,
    ProductOwn,
    ProductOwnSummary,
    ProductUpdate,
    ReturnDecision,
    TextUpdate,
    VariantsUpdate,
)
from app.catalogue.service import products, review
from app.core.languages import Language
from app.core.pagination import DEFAULT_LIMIT, CursorText, Limit, Paged
from app.core.web import LanguageDep, NowDep, SessionDep, check_if_match, currency_of, etag_of, unit_router

router = unit_router(tags=["catalogue"])
ReaderDep = Annotated[Subject, scoped(Scope.CATALOGUE_READ)]
WriterDep = Annotated[Subject, scoped(Scope.CATALOGUE_WRITE)]


def _shown(
    request: Request, response: Response, session: SessionDep, person: Subject, slug: str, language: Language
) -> ProductOwn:
    product = editing.get_own_product(session, person, slug)
    return _as_json(request, response, session, product, language)


def _as_json(
    request: Request, response: Response, session: SessionDep, product: Product, language: Language
) -> ProductOwn:
    response.headers["ETag"] = etag_of(product.version)
    return own.detail(product, language, currency_of(request, language), get_reference(session))


def _to_change(request: Request, session: SessionDep, person: Subject, slug: str) -> Product:
    product = editing.get_own_product(session, person, slug, lock=True)
    check_if_match(request, product.version)
    return product


@router.get(
    "/me/products", summary="My goods, in every state", responses={**list_example(ProductOwnSummary), **READING}
)
def list_own_products(
    person: ReaderDep,
    session: SessionDep,
    state: Annotated[ProductState | None, Query(description="Only these; archived ones only so")] = None,
    cursor: Annotated[CursorText | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Paged[ProductOwnSummary]:
    """Goods of the makers that the caller acts for, newest first."""
    numbers = [business.id for business in editing.list_own_businesses(session, person)]
    page = editing.list_own_products(session, numbers, state=state, limit=limit, cursor=cursor)
    reference = get_reference(session)
    items = [own.summary(row, reference) for row in page.rows]
    return Paged[ProductOwnSummary](items=items, next=page.next, total=page.total)


@router.get("/me/products/{slug}", summary="One of my goods", responses={**READING})
def get_own_product(
    request: Request, response: Response, slug: Slug, person: ReaderDep, session: SessionDep, language: LanguageDep
) -> ProductOwn:
    """Everything about a product of the caller's maker, with what it lacks; ``ETag`` is for ``If-Match``."""
    return _shown(request, response, session, person, slug, language)


@router.post("/products", summary="Add a product", status_code=201, responses={**READING})
def create_product(
    request: Request,
    response: Response,
    person: WriterDep,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
    data: Annotated[ProductCreate, Body(examples=[example_of(ProductCreate)])],
) -> ProductOwn:
    """A new draft of the caller's maker."""
    business = editing.get_own_business(session, person, data.business)
    product = products.create_product(session, actor=person, business=business, data=data, now=now)
    return _shown(request, response, session, person, product.slug, language)


@router.patch("/products/{slug}", summary="Change facts of a product", responses={**CHANGING})
def update_product(
    request: Request,
    response: Response,
    slug: Slug,
    person: WriterDep,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
    data: Annotated[ProductUpdate, Body(examples=[example_of(ProductUpdate)])],
) -> ProductOwn:
    """Only what is sent is changed; ``null`` empties a fact."""
    product = _to_change(request, session, person, slug)
    products.update_product(session, actor=person, product=product, data=data, now=now)
    return _shown(request, response, session, person, slug, language)


@router.put("/products/{slug}/texts/{language}", summary="Write the words of one language", responses={**CHANGING})
def save_text(
    request: Request,
    response: Response,
    slug: Slug,
    language: Language,
    person: WriterDep,
    session: SessionDep,
    answer_language: LanguageDep,
    now: NowDep,
    data: Annotated[TextUpdate, Body(examples=[example_of(TextUpdate)])],
) -> ProductOwn:
    """Put words in place of those that stand; a translation remembers the source text it was made from."""
    product = _to_change(request, session, person, slug)
    products.save_text(session, actor=person, product=product, language=language, data=data, now=now)
    return _shown(request, response, session, person, slug, answer_language)


@router.delete(
    "/products/{slug}/texts/{language}",
    summary="Remove a translation",
    status_code=204,
    response_class=Response,
    responses={**CHANGING},
)
def remove_text(
    request: Request, slug: Slug, language: Language, person: WriterDep, session: SessionDep, now: NowDep
) -> None:
    """Take the words of one language away; the first language stays."""
    product = _to_change(request, session, person, slug)
    products.remove_text(session, actor=person, product=product, language=language, now=now)


@router.put("/products/{slug}/prices", summary="Set all prices", responses={**CHANGING})
def set_prices(
    request: Request,
    response: Response,
    slug: Slug,
    person: WriterDep,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
    data: Annotated[PricesUpdate, Body(examples=[example_of(PricesUpdate)])],
) -> ProductOwn:
    """Put these tiers in place of all that stand; quantities rise, prices do not."""
    product = _to_change(request, session, person, slug)
    products.set_prices(session, actor=person, product=product, data=data, now=now)
    return _shown(request, response, session, person, slug, language)


@router.put("/products/{slug}/variants", summary="Set all variants", responses={**CHANGING})
def set_variants(
    request: Request,
    response: Response,
    slug: Slug,
    person: WriterDep,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
    data: Annotated[VariantsUpdate, Body(examples=[example_of(VariantsUpdate)])],
) -> ProductOwn:
    """Put these forms in place of all that stand; one whose SKU stays keeps its prices."""
    product = _to_change(request, session, person, slug)
    products.set_variants(session, actor=person, product=product, data=data, now=now)
    return _shown(request, response, session, person, slug, language)


@router.post("/products/{slug}/submit", summary="Send a product to the city", responses={**CHANGING})
def submit_product(
    request: Request,
    response: Response,
    slug: Slug,
    person: WriterDep,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
) -> ProductOwn:
    """Ask for publication; 422 names every field that is still missing."""
    product = _to_change(request, session, person, slug)
    products.submit_product(session, actor=person, product=product, now=now)
    return _shown(request, response, session, person, slug, language)


@router.post("/products/{slug}/archive", summary="Archive a product", responses={**CHANGING})
def archive_product(
    request: Request,
    response: Response,
    slug: Slug,
    person: WriterDep,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
) -> ProductOwn:
    """Take a product off the market."""
    product = _to_change(request, session, person, slug)
    products.archive_product(session, actor=person, product=product, now=now)
    return _shown(request, response, session, person, slug, language)


@router.post("/products/{slug}/restore", summary="Take an archived product back", responses={**CHANGING})
def restore_product(
    request: Request,
    response: Response,
    slug: Slug,
    person: WriterDep,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
) -> ProductOwn:
    """Make an archived product a draft again."""
    product = _to_change(request, session, person, slug)
    products.restore_product(session, actor=person, product=product, now=now)
    return _shown(request, response, session, person, slug, language)


@router.get(
    "/review/products",
    summary="Goods that wait for the city",
    responses={**list_example(ProductOwnSummary), **SIGN_IN, **SCOPE, **MALFORMED},
)
def list_review(
    person: OfficialDep,
    session: SessionDep,
    cursor: Annotated[CursorText | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Paged[ProductOwnSummary]:
    """The queue of officials, those that wait longest first."""
    page = editing.list_review(session, limit=limit, cursor=cursor)
    reference = get_reference(session)
    items = [own.summary(row, reference) for row in page.rows]
    return Paged[ProductOwnSummary](items=items, next=page.next, total=page.total)


@router.get("/review/products/{slug}", summary="One product of any maker, for officials", responses={**READING})
def get_reviewed_product(
    request: Request, response: Response, slug: Slug, person: OfficialDep, session: SessionDep, language: LanguageDep
) -> ProductOwn:
    """Everything about a product; ``ETag`` is for ``If-Match`` of the decision."""
    product = editing.get_reviewed_product(session, person, slug)
    return _as_json(request, response, session, product, language)


@router.post("/products/{slug}/publish", summary="Publish a product", responses={**CHANGING})
def publish_product(
    request: Request,
    response: Response,
    slug: Slug,
    person: OfficialDep,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
) -> ProductOwn:
    """An official's decision; of two at the same moment one succeeds, the other is answered 409."""
    product = editing.get_reviewed_product(session, person, slug)
    check_if_match(request, product.version)
    review.publish_product(session, actor=person, product=product, now=now)
    return _as_json(request, response, session, editing.get_reviewed_product(session, person, slug), language)


@router.post("/products/{slug}/return", summary="Return a product to its maker", responses={**CHANGING, **CONFLICT})
def return_product(
    request: Request,
    response: Response,
    slug: Slug,
    person: OfficialDep,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
    data: Annotated[ReturnDecision, Body(examples=[example_of(ReturnDecision)])],
) -> ProductOwn:
    """An official's decision, with the reason."""
    product = editing.get_reviewed_product(session, person, slug)
    check_if_match(request, product.version)
    review.return_product(session, actor=person, product=product, data=data, now=now)
    return _as_json(request, response, session, editing.get_reviewed_product(session, person, slug), language)


@router.post("/products/{slug}/take-down", summary="Take a public product off the market", responses={**CHANGING})
def take_down_product(
    request: Request,
    response: Response,
    slug: Slug,
    person: OfficialDep,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
    data: Annotated[ReturnDecision, Body(examples=[example_of(ReturnDecision)])],
) -> ProductOwn:
    """An official's decision about a product that is public, with the reason."""
    product = editing.get_reviewed_product(session, person, slug)
    check_if_match(request, product.version)
    review.take_down_product(session, actor=person, product=product, data=data, now=now)
    return _as_json(request, response, session, editing.get_reviewed_product(session, person, slug), language)
