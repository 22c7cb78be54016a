"""Lists and search of public goods in JSON."""

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic_core import to_json

from app.businesses import queries as business_queries
from app.catalogue import presenting
from app.catalogue.api.answers import Destination, certificate_link
from app.catalogue.queries import halal_public, listing, products
from app.catalogue.queries.halal_public import get_halal
from app.catalogue.queries.reference import get_reference
from app.catalogue.schemas.detail import ProductDetail
from app.catalogue.schemas.listing import HalalPublic, ProductList, ProductQuery, SuggestionList
from app.core.answers import keep_answer, public_version_of
from app.core.errors import Invalid
from app.core.languages import N_
from app.core.money import Currency
from app.core.web import LanguageDep, NowDep, SessionDep, currency_of, unit_router
from app.halal.rules import HOME, day_of

router = unit_router(tags=["products"])


@router.get("/products", summary="List and search public goods", response_model=ProductList)
def list_products(
    request: Request, session: SessionDep, language: LanguageDep, now: NowDep, query: Annotated[ProductQuery, Query()]
) -> Response:
    """Goods of verified makers with facets; every filter may be combined with every other."""
    keep_answer(request)
    currency = query.currency or currency_of(request, language)
    business_id = None
    if query.business is not None:
        business_id = business_queries.find_public_business_id(session, query.business)
        if business_id is None:
            raise Invalid(fields={"business": N_("There is no such maker.")})
    page = listing.list_products(
        session,
        listing.ListingFilter(
            language=language,
            currency=currency,
            q=query.q,
            category=query.category,
            business_id=business_id,
            kecamatan=tuple(query.kecamatan),
            city=query.city,
            verified=query.verified,
            price_min=query.price_min,
            price_max=query.price_max,
            moq_max=query.moq_max,
            halal=query.halal,
            recognised_in=query.recognised_in,
            sort=query.sort,
        ),
        on=day_of(now),
        limit=query.limit,
        cursor=query.cursor,
        version=public_version_of(request),
    )
    destination = query.recognised_in or HOME
    deciding = halal_public.find_deciding(session, page.rows, page.halal, destination)
    link = certificate_link(request)

    def halal_of(row: Any) -> dict[str, Any]:
        status, certificate = page.halal.status(row, destination), deciding.get(row.product_id)
        return presenting.halal_summary(status, language, destination, certificate, link=link)

    answer = {
        "items": [presenting.summary(row, language, currency, page.reference, halal_of(row)) for row in page.rows],
        "next": page.next,
        "total": page.total,
        "facets": presenting.facets_public(page.facets),
        "corrected": page.corrected,
    }
    # Written here, in the thread that read it: a second round of checking costs as much as the reading.
    return Response(to_json(answer), media_type="application/json")


@router.get("/products/{slug}", summary="One public product")
def get_product(
    request: Request,
    response: Response,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
    slug: Annotated[str, Path(max_length=100, examples=["keripik-tempe-sagu"])],
    currency: Annotated[Currency | None, Query(description="Currency of indicative prices")] = None,
    destination: Destination = HOME,
) -> ProductDetail:
    """A published product of a verified maker."""
    keep_answer(request)
    product = products.get_public_product(session, slug)
    reference = get_reference(session, version=public_version_of(request))
    halal = get_halal(session, on=day_of(now), version=reference.version)
    known = halal_public.get_product_halal(session, product.id, halal, destinations=[destination])
    # The day too: statuses change at midnight in Bandung.
    parts = (product.version, reference.version, halal.on.isoformat(), language.value, currency or "", destination)
    response.headers["ETag"] = f'"v{"-".join(str(part) for part in parts)}"'
    status, certificate = known.assessments[destination].status, known.deciding(destination)
    summary = presenting.halal_summary(status, language, destination, certificate, link=certificate_link(request))
    money = currency or currency_of(request, language)
    return presenting.detail(product, language, money, reference, HalalPublic(**summary))


@router.get("/suggestions", summary="Complete a search while it is typed")
def list_suggestions(
    request: Request, session: SessionDep, q: Annotated[str, Query(max_length=80, examples=["kerip"])]
) -> SuggestionList:
    """Words of public names that continue what was typed, the most frequent first."""
    keep_answer(request)
    return SuggestionList(words=listing.suggest_words(session, q))
