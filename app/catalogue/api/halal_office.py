"""Goods and halal certificates in JSON, for officials: matches that wait, and how far goods are covered."""

from typing import Annotated

from fastapi import Body, Path, Query, Response

from app.accounts.web import OfficialDep
from app.catalogue import coverage
from app.catalogue.api.answers import CONFLICT, MALFORMED, MISSING, SCOPE, SIGN_IN, example_of, list_example
from app.catalogue.queries import halal_coverage, halal_links
from app.catalogue.queries.halal_coverage import Dimension, Filter
from app.catalogue.queries.halal_links import Match
from app.catalogue.queries.reference import get_reference
from app.catalogue.schemas.halal_office import (
    CountsPublic,
    CoveragePublic,
    CoverageQuery,
    CoveredGood,
    CoveredGoodList,
    LinkOffice,
    LinkOfficeList,
    LinkQuery,
    LinkRefuse,
)
from app.catalogue.schemas.listing import TextPublic
from app.catalogue.service import halal as service
from app.core.languages import N_, translate
from app.core.web import LanguageDep, NowDep, SessionDep, unit_router
from app.halal.rules import HOME, day_of

router = unit_router(tags=["halal"])
READING = {**SIGN_IN, **SCOPE, **MALFORMED}
DECIDING = {**READING, **MISSING, **CONFLICT}
LinkId = Annotated[int, Path(alias="id", ge=1, le=2**62, examples=[7])]


def _link(match: Match) -> LinkOffice:
    return LinkOffice(
        id=match.id,
        product=match.slug,
        names=dict(match.names),
        certificate=match.public_id,
        number=match.number,
        body=match.body,
        item=match.item,
        likeness=match.score,
        since=match.since,
        confirmed=match.confirmed,
    )


@router.get(
    "/halal/links",
    summary="Matches of goods with certificates that wait for an official",
    responses={**list_example(LinkOffice), **READING},
)
def list_links(
    person: OfficialDep, session: SessionDep, now: NowDep, query: Annotated[LinkQuery, Query()]
) -> LinkOfficeList:
    """Made after their certificate was confirmed, or not confirmed with it; the oldest first."""
    page = halal_links.list_waiting(session, today=day_of(now), limit=query.limit, cursor=query.cursor)
    return LinkOfficeList(items=[_link(each) for each in page.rows], next=page.next, total=page.total)


@router.post("/halal/links/{id}/confirm", summary="Confirm a match (officials)", responses=DECIDING)
def confirm_link(number: LinkId, person: OfficialDep, session: SessionDep, now: NowDep) -> LinkOffice:
    """The product is what the item names; the certificate speaks for it from today on. Saying it twice is as once."""
    service.confirm_links(session, actor=person, ids=[number], now=now)
    return next(_link(each) for each in halal_links.list_by_ids(session, [number]))


@router.post(
    "/halal/links/{id}/refuse",
    summary="Refuse a match (officials)",
    status_code=204,
    response_class=Response,
    responses=DECIDING,
)
def refuse_link(
    number: LinkId,
    person: OfficialDep,
    session: SessionDep,
    now: NowDep,
    data: Annotated[LinkRefuse, Body(examples=[example_of(LinkRefuse)])],
) -> None:
    """The product is not what the item names: the match ends today, and its maker reads why."""
    service.refuse_links(session, actor=person, ids=[number], reason=data.text, now=now)


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
