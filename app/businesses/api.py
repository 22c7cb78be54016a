"""JSON of makers."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Body, Path, Query, Request, Response
from starlette.datastructures import FormData, UploadFile

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import scoped
from app.businesses import queries, service
from app.businesses.models import Business, ContactKind, Licence, LicenceKind, Trademark
from app.businesses.schemas import (
    BusinessList,
    BusinessOwn,
    BusinessPublic,
    BusinessQuery,
    BusinessStart,
    BusinessUpdate,
    ContactSave,
    Decision,
    LicenceAdd,
    LicenceList,
    LicencePublic,
    LicenceUpdate,
    ReasonGiven,
    StorySave,
    TrademarkAdd,
    TrademarkList,
    TrademarkOwn,
    TrademarkUpdate,
)
from app.core import papers
from app.core.answers import keep_answer
from app.core.errors import NotFound
from app.core.forms import FormDep, parse_form
from app.core.languages import Language
from app.core.web import LanguageDep, NowDep, SessionDep, SettingsDep, StorageDep, check_if_match, etag_of, unit_router

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


# --- papers and marks -------------------------------------------------------------------------------------------------

Part = TypeVar("Part", Licence, Trademark)
Number = Annotated[int, Path(ge=1, le=2**62, examples=[12])]
PAPER_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["kind", "file"],
                    "properties": {
                        "kind": {"type": "string", "enum": [kind.value for kind in LicenceKind]},
                        "number": {"type": "string", "maxLength": 80},
                        "valid_until": {"type": "string", "format": "date"},
                        "file": {"type": "string", "format": "binary"},
                    },
                },
                "example": {
                    "kind": "pirt",
                    "number": "P-IRT 2.06.3273.01.0123-29",
                    "valid_until": "2029-03-31",
                    "file": "(the bytes of a PDF, JPEG, PNG or WebP file of at most 10 MB)",
                },
            }
        },
    }
}
PAPER_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file as it was sent",
        "content": {
            mime: {"schema": {"type": "string", "format": "binary"}, "example": "(bytes)"}
            for mime in ("application/pdf", "image/jpeg", "image/png", "image/webp")
        },
    }
}


def _tag(session: SessionDep, response: Response, business: Business) -> None:
    """The version after a change, for the next If-Match."""
    session.flush()
    session.refresh(business, ["version"])
    response.headers["ETag"] = etag_of(business.version)


def _paper(row: Licence) -> LicencePublic:
    return LicencePublic.model_validate(row, from_attributes=True)


def _mark(row: Trademark) -> TrademarkOwn:
    return TrademarkOwn.model_validate(row, from_attributes=True)


@router.get("/businesses/{slug}/licences", summary="A maker's papers, for her and for officials", responses=ABSENT)
def list_licences(response: Response, session: SessionDep, reader: ReaderDep, slug: SlugPath) -> LicenceList:
    """Papers without their files. The ETag is the profile's and goes into If-Match of a change."""
    business = queries.get_business(session, slug, viewer=reader)
    response.headers["ETag"] = etag_of(business.version)
    items = [_paper(row) for row in sorted(business.licences, key=lambda row: row.id)]
    return LicenceList(items=items, total=len(items))


@router.post(
    "/businesses/{slug}/licences",
    status_code=201,
    summary="Add a paper with its file",
    responses={**ABSENT, **REFUSED, **LOCKED},
    openapi_extra=PAPER_BODY,
)
def add_licence(
    request: Request,
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    storage: StorageDep,
    form: FormDep,
    now: NowDep,
    slug: SlugPath,
) -> LicencePublic:
    """Only the maker and officials can open the file."""
    business = _change(session, request, writer, slug)
    name, content = _file_of(form)
    licence = service.add_licence(
        session,
        actor=writer,
        business=business,
        data=parse_form(LicenceAdd, form),
        file_name=name,
        content=content,
        storage=storage,
        now=now,
    )
    _tag(session, response, business)
    response.headers["Location"] = f"/api/v1/businesses/{slug}/licences/{licence.id}"
    return _paper(licence)


def _file_of(form: FormData) -> tuple[str, bytes]:
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        return "", b""
    return upload.filename or "", upload.file.read(papers.MAX_BYTES + 1)


@router.get("/businesses/{slug}/licences/{licence_id}", summary="One paper", responses=ABSENT)
def get_licence(
    response: Response, session: SessionDep, reader: ReaderDep, slug: SlugPath, licence_id: Number
) -> LicencePublic:
    """What is said of a paper."""
    business = queries.get_business(session, slug, viewer=reader)
    response.headers["ETag"] = etag_of(business.version)
    return _paper(_one(business.licences, licence_id))


def _one(rows: Sequence[Part], number: int) -> Part:
    for row in rows:
        if row.id == number:
            return row
    raise NotFound


@router.get(
    "/businesses/{slug}/licences/{licence_id}/file",
    summary="The file of a paper",
    response_class=Response,
    responses={**ABSENT, **PAPER_FILE},
)
def get_licence_file(
    session: SessionDep, reader: ReaderDep, storage: StorageDep, slug: SlugPath, licence_id: Number
) -> Response:
    """As it was sent, for the maker and for officials."""
    business = queries.get_business(session, slug, viewer=reader)
    licence = _one(business.licences, licence_id)
    content = storage.get(licence.file_key) if licence.file_key else None
    if content is None:
        raise NotFound
    return Response(content, media_type=licence.mime, headers=papers.download_headers(licence.file_name))


@router.patch(
    "/businesses/{slug}/licences/{licence_id}",
    summary="Change what is said of a paper",
    responses={**ABSENT, **LOCKED},
)
def update_licence(
    request: Request,
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    now: NowDep,
    slug: SlugPath,
    licence_id: Number,
    data: LicenceUpdate,
) -> LicencePublic:
    """Kind, number and day; for another file add a new paper and remove this one."""
    business = _change(session, request, writer, slug)
    licence = service.update_licence(
        session, actor=writer, business=business, licence_id=licence_id, data=data, now=now
    )
    _tag(session, response, business)
    return _paper(licence)


@router.delete(
    "/businesses/{slug}/licences/{licence_id}",
    status_code=204,
    response_class=Response,
    summary="Forget a paper and its file",
    responses={**ABSENT, **LOCKED},
)
def remove_licence(
    request: Request, session: SessionDep, writer: WriterDep, now: NowDep, slug: SlugPath, licence_id: Number
) -> None:
    """The file goes a little later."""
    business = _change(session, request, writer, slug)
    service.remove_licence(session, actor=writer, business=business, licence_id=licence_id, now=now)


@router.get("/businesses/{slug}/trademarks", summary="A maker's marks, for her and for officials", responses=ABSENT)
def list_trademarks(response: Response, session: SessionDep, reader: ReaderDep, slug: SlugPath) -> TrademarkList:
    """Marks in any state. The ETag is the profile's and goes into If-Match of a change."""
    business = queries.get_business(session, slug, viewer=reader)
    response.headers["ETag"] = etag_of(business.version)
    items = [_mark(row) for row in sorted(business.trademarks, key=lambda row: row.id)]
    return TrademarkList(items=items, total=len(items))


@router.post(
    "/businesses/{slug}/trademarks",
    status_code=201,
    summary="Note a mark",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def add_trademark(
    request: Request,
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    now: NowDep,
    slug: SlugPath,
    data: TrademarkAdd,
) -> TrademarkOwn:
    """A mark that is registered at DJKI, or applied for."""
    business = _change(session, request, writer, slug)
    mark = service.add_trademark(session, actor=writer, business=business, data=data, now=now)
    _tag(session, response, business)
    response.headers["Location"] = f"/api/v1/businesses/{slug}/trademarks/{mark.id}"
    return _mark(mark)


@router.get("/businesses/{slug}/trademarks/{trademark_id}", summary="One mark", responses=ABSENT)
def get_trademark(
    response: Response, session: SessionDep, reader: ReaderDep, slug: SlugPath, trademark_id: Number
) -> TrademarkOwn:
    """What is said of a mark."""
    business = queries.get_business(session, slug, viewer=reader)
    response.headers["ETag"] = etag_of(business.version)
    return _mark(_one(business.trademarks, trademark_id))


@router.patch("/businesses/{slug}/trademarks/{trademark_id}", summary="Change a mark", responses={**ABSENT, **LOCKED})
def update_trademark(
    request: Request,
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    now: NowDep,
    slug: SlugPath,
    trademark_id: Number,
    data: TrademarkUpdate,
) -> TrademarkOwn:
    """Such as when an application has become a registration."""
    business = _change(session, request, writer, slug)
    mark = service.update_trademark(
        session, actor=writer, business=business, trademark_id=trademark_id, data=data, now=now
    )
    _tag(session, response, business)
    return _mark(mark)


@router.delete(
    "/businesses/{slug}/trademarks/{trademark_id}",
    status_code=204,
    response_class=Response,
    summary="Forget a mark",
    responses={**ABSENT, **LOCKED},
)
def remove_trademark(
    request: Request, session: SessionDep, writer: WriterDep, now: NowDep, slug: SlugPath, trademark_id: Number
) -> None:
    """It is no longer on the maker's page."""
    business = _change(session, request, writer, slug)
    service.remove_trademark(session, actor=writer, business=business, trademark_id=trademark_id, now=now)


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
