"""The tree of goods and the facts asked of them, in JSON."""

from typing import Annotated

from fastapi import Query, Request

from app.catalogue import own
from app.catalogue.api.answers import MALFORMED
from app.catalogue.headings import all_headings, headings_of
from app.catalogue.queries.reference import get_reference
from app.catalogue.schemas.editing import AttributeList, CategoryTree, HeadingList, HeadingPublic
from app.core.answers import keep_answer, public_version_of
from app.core.errors import Invalid
from app.core.languages import N_
from app.core.web import LanguageDep, SessionDep, unit_router

router = unit_router(tags=["catalogue"])


@router.get("/categories", summary="The tree of goods", responses={**MALFORMED})
def list_categories(request: Request, session: SessionDep, language: LanguageDep) -> CategoryTree:
    """All categories with their names in the language asked for."""
    keep_answer(request)
    reference = get_reference(session, version=public_version_of(request))
    items = [own.category(node, language, reference) for node in reference.roots]
    return CategoryTree(items=items, total=len(items))


@router.get("/attributes", summary="The facts asked of a category's goods", responses={**MALFORMED})
def list_attributes(
    request: Request,
    session: SessionDep,
    language: LanguageDep,
    category: Annotated[str, Query(max_length=100, examples=["chips-crackers"])],
) -> AttributeList:
    """Attributes in the order they are asked, with their choices."""
    keep_answer(request)
    reference = get_reference(session, version=public_version_of(request))
    node = reference.by_slug.get(category)
    if node is None:
        raise Invalid(fields={"category": N_("Choose a category from the list.")})
    items = own.attributes(node.family, language)
    return AttributeList(items=items, total=len(items))


@router.get("/hs-headings", summary="Customs headings in plain words", responses={**MALFORMED})
def list_headings(
    request: Request,
    session: SessionDep,
    language: LanguageDep,
    category: Annotated[str | None, Query(max_length=100, examples=["coffee"])] = None,
) -> HeadingList:
    """Four-digit headings of HS 2022: those worth looking at for a category, likeliest first, or all by code.

    The words are ours and help to find a heading; the legal text of the tariff decides.
    """
    keep_answer(request)
    found = tuple(all_headings().values())
    if category is not None:
        node = get_reference(session, version=public_version_of(request)).by_slug.get(category)
        if node is None:
            raise Invalid(fields={"category": N_("Choose a category from the list.")})
        found = headings_of(node.hs_hint)
    items = [HeadingPublic(code=heading.code, name=heading.name(language)) for heading in found]
    return HeadingList(items=items, total=len(items))
