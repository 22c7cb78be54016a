"""The halal status of goods in JSON, with reasons, and the goods that a certificate covers."""

import datetime as dt
from typing import Annotated

from fastapi import Path, Query, Request

from app.catalogue import presenting
from app.catalogue.api.answers import MALFORMED, MISSING, Destination, Slug, certificate_link
from app.catalogue.queries import halal_public, products
from app.catalogue.queries.halal_public import get_halal
from app.catalogue.schemas.halal_public import CoveredProduct, CoveredProductList, HalalAssessmentPublic
from app.catalogue.schemas.listing import HalalPublic, TextPublic
from app.core.answers import keep_answer, public_version_of
from app.core.errors import Invalid
from app.core.languages import N_
from app.core.pagination import DEFAULT_LIMIT, Cursor, CursorText, Limit
from app.core.web import LanguageDep, NowDep, SessionDep, unit_router
from app.halal.rules import HOME, day_of

router = unit_router(tags=["halal"])
BY_PRODUCT = "product"
EARLIEST = dt.date(2000, 1, 1)
LATEST = dt.date(2100, 1, 1)


@router.get("/products/{slug}/halal", summary="The halal status of a product, with reasons", responses={**MISSING})
def get_product_halal(
    request: Request,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
    slug: Slug,
    destination: Destination = HOME,
    on: Annotated[
        dt.date | None, Query(ge=EARLIEST, le=LATEST, description="The day in Bandung; today when left out")
    ] = None,
) -> HalalAssessmentPublic:
    """Computed anew from dated facts for a day and a destination; no words of the product's texts count."""
    keep_answer(request)
    product = products.get_public_product(session, slug)
    halal = get_halal(session, on=on or day_of(now), version=public_version_of(request))
    found = halal_public.get_product_halal(session, product.id, halal, destinations=[destination])
    return presenting.assessment(
        product.slug, found, halal, destination=destination, language=language, link=certificate_link(request)
    )


@router.get(
    "/halal/certificates/{public_id}/products",
    summary="Public goods that a certificate covers",
    responses={**MISSING, **MALFORMED},
)
def list_certificate_products(
    request: Request,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
    public_id: Annotated[str, Path(max_length=16, examples=["q7m2x9k4v1c8z5b3"])],
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText | None = None,
) -> CoveredProductList:
    """Goods that a person linked with an item of a confirmed certificate, by number of the product."""
    keep_answer(request)
    certificate = halal_public.get_public_certificate(session, public_id)
    halal = get_halal(session, on=day_of(now), version=public_version_of(request))
    place = Cursor.decode(cursor, sort=BY_PRODUCT) if cursor else None
    if place is not None and not isinstance(place.key, int):
        raise Invalid(code="bad_cursor", fields={"cursor": N_("This place in the list is no longer known.")})
    after = (place.key, place.id) if place is not None and isinstance(place.key, int) else None
    rows, total = halal_public.list_covered(session, certificate, on=halal.on, limit=limit, after=after)
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = Cursor(sort=BY_PRODUCT, key=rows[-1].product_id, id=rows[-1].item_id).encode()
    deciding = halal_public.find_deciding(session, rows, halal)
    link = certificate_link(request)
    items = []
    for row in rows:
        text, locale = presenting.pick(row.names, language)
        items.append(
            CoveredProduct(
                slug=row.slug,
                name=TextPublic(text=text, locale=locale),
                item=row.item_name,
                halal=HalalPublic(
                    **presenting.halal_summary(
                        halal.status(row), language, HOME, deciding.get(row.product_id), link=link
                    )
                ),
            )
        )
    return CoveredProductList(items=items, next=following, total=total)
