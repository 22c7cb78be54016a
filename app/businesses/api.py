"""JSON of makers."""

from typing import Annotated, Any

from fastapi import Body, Path, Query, Request, Response

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import scoped
from app.businesses import queries, service
from app.businesses.models import Business, ContactKind
from app.businesses.schemas import (
    BusinessList,
    BusinessOwn,
    BusinessPublic,
    BusinessQuery,
    BusinessStart,
    BusinessUpdate,
    ContactSave,
    Decision,
    ReasonGiven,
    StorySave,
)
from app.core.answers import keep_answer
from app.core.languages import Language
from app.core.web import LanguageDep, NowDep, SessionDep, SettingsDep, check_if_match, etag_of, unit_router

router = unit_router(tags=["businesses"])
SlugPath = Annotated[str, Path(max_length=80, examples=["samak-rupa"])]
ReaderDep = Annotated[Subject, scoped(Scope.BUSINESS_READ)]
WriterDep = Annotated[Subject, scoped(Scope.BUSINESS_WRITE)]
OfficeDep = Annotated[Subject, scoped(Scope.OFFICE)]
LOCKED: dict[int | str, dict[str, Any]] = {
    412: {"description": "Somebody else changed it since the version named in If-Match"}
}
REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Its state does not allow this, or somebody decided first"}
}
ABSENT: dict[int | str, dict[str, Any]] = {404: {"description": "There is none, or it is not this caller's"}}


def _own(session: SessionDep, response: Response, viewer: Subject, slug: str, language: Language) -> BusinessOwn:
    session.expire_all()
    business = queries.get_business(session, slug, viewer=viewer)
    response.headers["ETag"] = etag_of(business.version)
    return queries.own_of(business, language)


def _change(session: SessionDep, request: Request, writer: Subject, slug: str) -> Business:
    business = queries.get_business(session, slug, viewer=writer)
    check_if_match(request, business.version)
    return business


@router.get("/businesses", summary="List verified makers")
def list_businesses(request: Request, session: SessionDep, query: Annotated[BusinessQuery, Query()]) -> BusinessList:
    """Verified makers by name. The NIB, papers and unpublished contacts are never here."""
    keep_answer(request)
    found = queries.list_public_businesses(
        session,
        q=query.q.replace("\x00", ""),
        kecamatan=query.kecamatan,
        city=query.city,
        limit=query.limit,
        cursor=query.cursor,
    )
    return BusinessList(items=[queries.summary_of(row) for row in found.rows], next=found.next, total=found.total)


@router.post("/businesses", status_code=201, summary="Begin a maker's profile", responses=REFUSED)
def start_business(
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    language: LanguageDep,
    now: NowDep,
    data: BusinessStart,
) -> BusinessOwn:
    """A draft for the person calling, who may have one. Only the brand is needed to begin."""
    business = service.start_business(session, actor=writer, data=data, now=now)
    session.expire_all()
    business = queries.get_started(session, business.id)
    response.headers["ETag"] = etag_of(business.version)
    response.headers["Location"] = f"/api/v1/businesses/{business.slug}/profile"
    return queries.own_of(business, language)


@router.get("/businesses/{slug}", summary="One verified maker", responses=ABSENT)
def get_business(
    request: Request, response: Response, session: SessionDep, language: LanguageDep, slug: SlugPath
) -> BusinessPublic:
    """What anybody may know of a maker."""
    keep_answer(request)
    business = queries.get_public_business(session, slug)
    response.headers["ETag"] = etag_of(business.version)[:-1] + f'-{language.value}"'
    return queries.public_of(business, language)


@router.get(
    "/businesses/{slug}/profile", summary="A profile in any state, for its owner and officials", responses=ABSENT
)
def get_profile(
    response: Response, session: SessionDep, reader: ReaderDep, language: LanguageDep, slug: SlugPath
) -> BusinessOwn:
    """Everything about a maker; its ETag goes into If-Match of a change."""
    return _own(session, response, reader, slug, language)


@router.patch("/businesses/{slug}", summary="Change one's profile", responses={**ABSENT, **REFUSED, **LOCKED})
def update_business(
    request: Request,
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    language: LanguageDep,
    now: NowDep,
    slug: SlugPath,
    data: BusinessUpdate,
) -> BusinessOwn:
    """Change the fields that are named; the others stay."""
    business = _change(session, request, writer, slug)
    service.update_profile(session, actor=writer, business=business, data=data, now=now)
    return _own(session, response, writer, slug, language)


@router.put(
    "/businesses/{slug}/stories/{story_language}",
    summary="Keep one's story in a language",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def save_story(
    request: Request,
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    language: LanguageDep,
    now: NowDep,
    slug: SlugPath,
    story_language: Annotated[Language, Path(examples=["en"])],
    data: StorySave,
) -> BusinessOwn:
    """An empty story removes a translation."""
    business = _change(session, request, writer, slug)
    service.save_story(session, actor=writer, business=business, language=story_language, data=data, now=now)
    return _own(session, response, writer, slug, language)


@router.put("/businesses/{slug}/contacts", summary="Keep one's contact of a kind", responses={**ABSENT, **LOCKED})
def save_contact(
    request: Request,
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    language: LanguageDep,
    now: NowDep,
    slug: SlugPath,
    data: ContactSave,
) -> BusinessOwn:
    """`public` is the maker's consent to publish it; `false` withdraws it."""
    business = _change(session, request, writer, slug)
    service.save_contact(session, actor=writer, business=business, data=data, now=now)
    return _own(session, response, writer, slug, language)


@router.delete(
    "/businesses/{slug}/contacts/{kind}", summary="Forget one's contact of a kind", responses={**ABSENT, **LOCKED}
)
def remove_contact(
    request: Request,
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    language: LanguageDep,
    now: NowDep,
    slug: SlugPath,
    kind: Annotated[ContactKind, Path(examples=["phone"])],
) -> BusinessOwn:
    """The contact is removed from the profile and its public page."""
    business = _change(session, request, writer, slug)
    service.remove_contact(session, actor=writer, business=business, kind=kind, now=now)
    return _own(session, response, writer, slug, language)


@router.post(
    "/businesses/{slug}/submit",
    summary="Send one's profile to the city",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def submit_business(
    request: Request,
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    language: LanguageDep,
    now: NowDep,
    slug: SlugPath,
) -> BusinessOwn:
    """Refused with one entry for each field that the city needs and does not have."""
    business = _change(session, request, writer, slug)
    service.submit_business(session, actor=writer, business=business, now=now)
    return _own(session, response, writer, slug, language)


NO_BODY: Any = Body(examples=[{"seen_version": 4}])


@router.post("/businesses/{slug}/verify", summary="Verify a maker (officials)", responses={**ABSENT, **REFUSED})
def verify_business(
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    language: LanguageDep,
    now: NowDep,
    settings: SettingsDep,
    slug: SlugPath,
    data: Annotated[Decision, NO_BODY],
) -> BusinessOwn:
    """Her goods may be public from now on. She is told by mail."""
    business = queries.get_business_to_decide(session, slug, official=official)
    service.verify_business(
        session, actor=official, business=business, now=now, settings=settings, seen_version=data.seen_version
    )
    return _own(session, response, official, slug, language)


@router.post("/businesses/{slug}/return", summary="Return a profile (officials)", responses={**ABSENT, **REFUSED})
def return_business(
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    language: LanguageDep,
    now: NowDep,
    settings: SettingsDep,
    slug: SlugPath,
    data: ReasonGiven,
) -> BusinessOwn:
    """The reason is told to the maker by mail."""
    business = queries.get_business_to_decide(session, slug, official=official)
    service.return_business(session, actor=official, business=business, data=data, now=now, settings=settings)
    return _own(session, response, official, slug, language)


@router.post("/businesses/{slug}/suspend", summary="Take a maker down (officials)", responses={**ABSENT, **REFUSED})
def suspend_business(
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    language: LanguageDep,
    now: NowDep,
    settings: SettingsDep,
    slug: SlugPath,
    data: ReasonGiven,
) -> BusinessOwn:
    """Her page and goods are no longer public. The reason is told to her by mail."""
    business = queries.get_business_to_decide(session, slug, official=official)
    service.suspend_business(session, actor=official, business=business, data=data, now=now, settings=settings)
    return _own(session, response, official, slug, language)


@router.post("/businesses/{slug}/restore", summary="Show a maker again (officials)", responses={**ABSENT, **REFUSED})
def restore_business(
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    language: LanguageDep,
    now: NowDep,
    settings: SettingsDep,
    slug: SlugPath,
    data: Annotated[Decision, NO_BODY],
) -> BusinessOwn:
    """Ends a suspension; the day of her verification stays."""
    business = queries.get_business_to_decide(session, slug, official=official)
    service.restore_business(
        session, actor=official, business=business, now=now, settings=settings, seen_version=data.seen_version
    )
    return _own(session, response, official, slug, language)
