"""Coverage of goods by halal certificates in JSON, for officials."""

from typing import Annotated

from fastapi import Query

from app.accounts.web import OfficialDep
from app.catalogue import coverage
from app.catalogue.api.answers import MALFORMED, SCOPE, SIGN_IN, list_example
from app.catalogue.queries import halal_coverage
from app.catalogue.queries.halal_coverage import Dimension, Filter
from app.catalogue.queries.reference import get_reference
from app.catalogue.schemas.halal_office import CountsPublic, CoveragePublic, CoverageQuery, CoveredGood, CoveredGoodList
from app.catalogue.schemas.listing import TextPublic
from app.core.languages import N_, translate
from app.core.web import LanguageDep, NowDep, SessionDep, unit_router
from app.halal.rules import HOME, day_of

router = unit_router(tags=["halal"])
READING = {**SIGN_IN, **SCOPE, **MALFORMED}


@router.get("/halal/coverage", summary="How far goods have the certificates that they need", responses=READING)
def get_coverage(person: OfficialDep, session: SessionDep, language: LanguageDep, now: NowDep) -> CoveragePublic:
    """Public goods by status at home today, by district, kind of goods and size of the maker."""
    reference = get_reference(session)
    found = halal_coverage.get_coverage(session, reference, today=day_of(now))

    def shown(line: coverage.Line) -> CountsPublic:
        counts = {status: number for status in coverage.ORDER if (number := line.tally.statuses[status])}
        return CountsPublic(key=line.key, name=line.name, products=line.tally.products, statuses=counts)

    by = {
        dimension: [shown(line) for line in coverage.lines(found, dimension, reference, language)]
        for dimension in Dimension
    }
    return CoveragePublic(
        as_of=found.on,
        destination=HOME,
        total=shown(coverage.Line("", translate(language, N_("All goods")), found.total)),
        by_kecamatan=by[Dimension.KECAMATAN],
        by_category=by[Dimension.CATEGORY],
        by_scale=by[Dimension.SCALE],
    )


@router.get(
    "/halal/coverage/products",
    summary="The goods behind a figure of the coverage",
    responses={**list_example(CoveredGood), **READING},
)
def list_covered(
    person: OfficialDep,
    session: SessionDep,
    language: LanguageDep,
    now: NowDep,
    query: Annotated[CoverageQuery, Query()],
) -> CoveredGoodList:
    """Public goods by maker; each filter takes the keys of the coverage."""
    reference = get_reference(session)
    chosen = Filter(query.status, query.kecamatan, query.category, query.scale, query.goods, query.since)
    page = halal_coverage.list_covered(
        session, reference, chosen, today=day_of(now), limit=query.limit, cursor=query.cursor
    )
    items = []
    for row in page.rows:
        name, code = coverage.name_of(row, language)
        items.append(
            CoveredGood(
                slug=row.slug,
                name=TextPublic(text=name, locale=code),
                business=row.business_slug,
                business_name=row.business_name,
                kecamatan=row.kecamatan,
                category=reference.categories[row.category_id].slug,
                scale=row.scale,
                goods_class=row.goods_class,
                status=row.status,
                required_since=row.required_since,
            )
        )
    return CoveredGoodList(items=items, next=page.next, total=page.total)
