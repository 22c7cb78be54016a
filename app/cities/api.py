"""JSON of cities and districts."""

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from app.cities import queries, rules
from app.cities.schemas import (
    CityDetail,
    CityList,
    CityPublic,
    CityQuery,
    ClaimPublic,
    KecamatanList,
    KecamatanPublic,
    KecamatanQuery,
    TopicPublic,
)
from app.core.answers import keep_answer
from app.core.errors import Invalid
from app.core.languages import N_, Language
from app.core.web import LanguageDep, SessionDep, unit_router

router = unit_router(tags=["cities"])


def _fields(ties: queries.CityTies, language: Language) -> dict[str, Any]:
    city = ties.city
    shown = city.model_dump(exclude={"id"})
    return {**shown, "name": city.names[language.value], "sources_disagree": ties.disagree}


@router.get("/cities", summary="List cities")
def list_cities(
    request: Request, session: SessionDep, language: LanguageDep, query: Annotated[CityQuery, Query()]
) -> CityList:
    """Home cities first, then the cities where goods are offered, then the other partner cities."""
    keep_answer(request)
    items = [
        CityPublic(**_fields(ties, language))
        for ties in queries.list_cities(session)
        if query.home in {None, ties.city.home} and query.store_market in {None, ties.city.store_market}
    ]
    return CityList(items=items, total=len(items))


@router.get("/cities/{slug}", summary="One city and its ties with Bandung")
def get_city(
    request: Request,
    response: Response,
    session: SessionDep,
    language: LanguageDep,
    slug: Annotated[str, Path(max_length=60, examples=["seoul"])],
) -> CityDetail:
    """What sources say about a city, side by side where they disagree."""
    keep_answer(request)
    ties = queries.get_city(session, slug)
    response.headers["Content-Language"] = language.value
    return CityDetail(
        **_fields(ties, language),
        ties=[
            TopicPublic(
                topic=topic.name,
                disagree=topic.disagree,
                claims=[ClaimPublic.model_validate(claim, from_attributes=True) for claim in topic.claims],
            )
            for topic in ties.topics
        ],
    )


@router.get("/kecamatan", summary="List districts")
def list_kecamatan(request: Request, session: SessionDep, query: Annotated[KecamatanQuery, Query()]) -> KecamatanList:
    """The districts of Bandung and its surroundings, by code."""
    keep_answer(request)
    if query.city is not None and query.city not in rules.HOME_CITIES.values():
        raise Invalid(fields={"city": N_("There is no such city.")})
    items = [
        KecamatanPublic(**row.model_dump(), city=rules.home_city_of(row.code))
        for row in queries.list_kecamatan(session, city=query.city)
    ]
    return KecamatanList(items=items, total=len(items))
