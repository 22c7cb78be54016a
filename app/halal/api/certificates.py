"""JSON of certificates: everybody reads confirmed ones, makers enter theirs, officials look up and decide."""

from typing import Annotated, Any

from fastapi import Body, Path, Query, Request, Response
from sqlmodel import Session

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import SubjectDep, scoped
from app.businesses import queries as businesses
from app.core import papers
from app.core.errors import Invalid, NotFound
from app.core.forms import FormDep
from app.core.languages import N_
from app.core.web import NowDep, SessionDep, SettingsDep, StorageDep, check_if_match, etag_of
from app.halal import rules, uploads
from app.halal.queries import certificates as queries
from app.halal.queries.certificates import Held
from app.halal.schemas.certificates import (
    CertificateCorrect,
    CertificateDecision,
    CertificateEnter,
    CertificateList,
    CertificateOwn,
    CertificatePublic,
    CertificateQuery,
    CertificateReject,
    CertificateSupersede,
    CertificateUpdate,
    CertificateVerify,
    CheckRecord,
)
from app.halal.service import certificates as service

router = uploads.paper_router(tags=["halal"])
WriterDep = Annotated[Subject, scoped(Scope.BUSINESS_WRITE)]
ReaderDep = Annotated[Subject, scoped(Scope.BUSINESS_READ)]
OfficeDep = Annotated[Subject, scoped(Scope.OFFICE)]
PublicIdPath = Annotated[str, Path(max_length=16, examples=["t6r1w8q4m7x2v9k3"])]
ABSENT: dict[int | str, dict[str, Any]] = {404: {"description": "There is none, or it is not this caller's"}}
REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Its state does not allow this, somebody decided first, or the number is taken"}
}
LOCKED: dict[int | str, dict[str, Any]] = {
    412: {"description": "Somebody else changed it since the version named in If-Match"}
}
PAPER_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                },
                "example": {"file": "(the bytes of a PDF, JPEG, PNG or WebP file of at most 10 MB)"},
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


def _reader(subject: Subject | None) -> Subject | None:
    """The caller, as far as her token lets her see more than the public."""
    if subject is None or subject.is_official or subject.scopes is None or Scope.BUSINESS_READ in subject.scopes:
        return subject
    return None


def _own(session: Session, response: Response, viewer: Subject, public_id: str, now: NowDep) -> CertificateOwn:
    """A certificate as it stands after a change."""
    session.flush()
    session.expire_all()
    held = queries.get_certificate(session, public_id, viewer=viewer)
    response.headers["ETag"] = etag_of(held.certificate.version)
    return queries.own_of(held, on=rules.day_of(now), superseded=queries.list_names(session, [held]))


def _to_decide(session: Session, request: Request, official: Subject, public_id: str) -> Held:
    held = queries.get_to_decide(session, public_id, official=official)
    check_if_match(request, held.certificate.version)
    return held


def _to_change(session: Session, request: Request, writer: Subject, public_id: str) -> Held:
    held = queries.get_own_certificate(session, public_id, person=writer)
    check_if_match(request, held.certificate.version)
    return held


# --- reading ----------------------------------------------------------------------------------------------------------


@router.get("/halal/certificates", summary="List certificates")
def list_certificates(
    request: Request, session: SessionDep, subject: SubjectDep, now: NowDep, query: Annotated[CertificateQuery, Query()]
) -> CertificateList:
    """Those that the city has confirmed at some time, the newest first; whoever may, sees hers in other states too."""
    viewer = _reader(subject)
    found = queries.list_certificates(session, query, viewer=viewer)
    items = queries.shown_to(session, found.rows, viewer=viewer, on=rules.day_of(now))
    return CertificateList(items=items, next=found.next, total=found.total)


@router.get("/halal/certificates/{public_id}", summary="One certificate", responses=ABSENT)
def get_certificate(
    request: Request,
    response: Response,
    session: SessionDep,
    subject: SubjectDep,
    now: NowDep,
    public_id: PublicIdPath,
) -> CertificateOwn | CertificatePublic:
    """What the caller may know of it; its maker and officials read everything, and the ETag for If-Match."""
    viewer = _reader(subject)
    if viewer is not None:
        try:
            return _own(session, response, viewer, public_id, now)
        except NotFound:
            pass  # somebody else's: she sees what everybody sees
    held = queries.get_public_certificate(session, public_id)
    today = rules.day_of(now)
    response.headers["ETag"] = etag_of(held.certificate.version)[:-1] + f'-{today:%Y%m%d}"'
    return queries.public_of(held, on=today)


@router.get(
    "/halal/certificates/{public_id}/file",
    summary="The photo or PDF of a certificate",
    response_class=Response,
    responses={**ABSENT, **PAPER_FILE},
)
def get_certificate_file(
    session: SessionDep, reader: ReaderDep, storage: StorageDep, public_id: PublicIdPath
) -> Response:
    """As it was sent, for its maker and for officials."""
    certificate = queries.get_certificate(session, public_id, viewer=reader).certificate
    content = storage.get(certificate.file_key) if certificate.file_key else None
    if content is None:
        raise NotFound
    return Response(content, media_type=certificate.mime, headers=papers.download_headers(certificate.file_name))


# --- the maker --------------------------------------------------------------------------------------------------------


@router.post("/halal/certificates", status_code=201, summary="Enter a certificate", responses={**ABSENT, **REFUSED})
def enter_certificate(
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    settings: SettingsDep,
    now: NowDep,
    data: CertificateEnter,
) -> CertificateOwn:
    """A claim of the maker whom the caller acts for, until an official confirms it. Send its photo or PDF next."""
    business = businesses.get_own_business(session, writer)
    certificate = service.enter_certificate(
        session, actor=writer, business=business, data=data, paper=None, now=now, settings=settings
    )
    response.headers["Location"] = f"/api/v1/halal/certificates/{certificate.public_id}"
    return _own(session, response, writer, certificate.public_id, now)


@router.patch(
    "/halal/certificates/{public_id}",
    summary="Enter a certificate anew",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def update_certificate(
    request: Request,
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    settings: SettingsDep,
    now: NowDep,
    public_id: PublicIdPath,
    data: CertificateUpdate,
) -> CertificateOwn:
    """While it waits for its check, or after it was rejected: then it waits again."""
    held = _to_change(session, request, writer, public_id)
    service.update_certificate(
        session,
        actor=writer,
        certificate=held.certificate,
        business=held.business,
        data=data,
        paper=None,
        now=now,
        settings=settings,
    )
    return _own(session, response, writer, public_id, now)


@router.put(
    "/halal/certificates/{public_id}/file",
    summary="Send the photo or PDF of a certificate",
    responses={**ABSENT, **REFUSED, **LOCKED},
    openapi_extra=PAPER_BODY,
)
def send_certificate_file(
    request: Request,
    response: Response,
    session: SessionDep,
    writer: WriterDep,
    settings: SettingsDep,
    now: NowDep,
    form: FormDep,
    public_id: PublicIdPath,
) -> CertificateOwn:
    """Takes the place of the one before, as long as the certificate is not confirmed."""
    held = _to_change(session, request, writer, public_id)
    paper = uploads.paper_of(request, form, person=writer, settings=settings)
    if paper is None:
        raise Invalid(fields={uploads.FILE: N_("Take a photo of the certificate, or choose its PDF.")})
    service.update_certificate(
        session,
        actor=writer,
        certificate=held.certificate,
        business=held.business,
        data=CertificateUpdate(),
        paper=paper,
        now=now,
        settings=settings,
    )
    return _own(session, response, writer, public_id, now)


@router.post(
    "/halal/certificates/{public_id}/withdraw",
    summary="Take back a certificate",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def withdraw_certificate(
    request: Request, response: Response, session: SessionDep, writer: WriterDep, now: NowDep, public_id: PublicIdPath
) -> CertificateOwn:
    """It claims nothing any more. A confirmed one cannot be taken back."""
    held = _to_change(session, request, writer, public_id)
    service.withdraw_certificate(session, actor=writer, certificate=held.certificate, business=held.business, now=now)
    return _own(session, response, writer, public_id, now)


# --- the office -------------------------------------------------------------------------------------------------------


@router.post(
    "/halal/certificates/{public_id}/checks",
    status_code=201,
    summary="Record a look-up (officials)",
    responses={**ABSENT, **LOCKED},
)
def record_check(
    request: Request,
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    settings: SettingsDep,
    now: NowDep,
    public_id: PublicIdPath,
    data: CheckRecord,
) -> CertificateOwn:
    """Where somebody looked, and what she found; it decides nothing."""
    held = _to_decide(session, request, official, public_id)
    service.record_check(
        session,
        actor=official,
        certificate=held.certificate,
        data=data,
        evidence=None,
        now=now,
        settings=settings,
    )
    return _own(session, response, official, public_id, now)


@router.post(
    "/halal/certificates/{public_id}/verify",
    summary="Confirm a certificate (officials)",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def verify_certificate(
    request: Request,
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    settings: SettingsDep,
    now: NowDep,
    public_id: PublicIdPath,
    data: Annotated[CertificateVerify, Body()],
) -> CertificateOwn:
    """By the look-up given here, or by one recorded since it was last changed. Its maker is told by mail."""
    held = _to_decide(session, request, official, public_id)
    service.verify_certificate(
        session,
        actor=official,
        certificate=held.certificate,
        business=held.business,
        check=data.check,
        evidence=None,
        now=now,
        settings=settings,
        seen_version=data.seen_version,
        matches=data.links,
    )
    return _own(session, response, official, public_id, now)


@router.post(
    "/halal/certificates/{public_id}/reject",
    summary="Say that a certificate could not be confirmed (officials)",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def reject_certificate(
    request: Request,
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    settings: SettingsDep,
    now: NowDep,
    public_id: PublicIdPath,
    data: CertificateReject,
) -> CertificateOwn:
    """With a reason, which is told to its maker; she may enter it anew."""
    held = _to_decide(session, request, official, public_id)
    service.reject_certificate(
        session,
        actor=official,
        certificate=held.certificate,
        business=held.business,
        data=data,
        now=now,
        settings=settings,
    )
    return _own(session, response, official, public_id, now)


@router.post(
    "/halal/certificates/{public_id}/suspend",
    summary="Note a suspension (officials)",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def suspend_certificate(
    request: Request,
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    settings: SettingsDep,
    now: NowDep,
    public_id: PublicIdPath,
    data: CertificateDecision,
) -> CertificateOwn:
    """From today it gives nothing. Its maker is told by mail."""
    held = _to_decide(session, request, official, public_id)
    service.suspend_certificate(
        session,
        actor=official,
        certificate=held.certificate,
        business=held.business,
        data=data,
        now=now,
        settings=settings,
    )
    return _own(session, response, official, public_id, now)


@router.post(
    "/halal/certificates/{public_id}/reinstate",
    summary="Note the end of a suspension (officials)",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def reinstate_certificate(
    request: Request,
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    settings: SettingsDep,
    now: NowDep,
    public_id: PublicIdPath,
    data: CertificateDecision,
) -> CertificateOwn:
    """It is in force again from today. Its maker is told by mail."""
    held = _to_decide(session, request, official, public_id)
    service.reinstate_certificate(
        session,
        actor=official,
        certificate=held.certificate,
        business=held.business,
        data=data,
        now=now,
        settings=settings,
    )
    return _own(session, response, official, public_id, now)


@router.post(
    "/halal/certificates/{public_id}/revoke",
    summary="Note a revocation (officials)",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def revoke_certificate(
    request: Request,
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    settings: SettingsDep,
    now: NowDep,
    public_id: PublicIdPath,
    data: CertificateDecision,
) -> CertificateOwn:
    """It gives nothing any more, for good. Its maker is told by mail."""
    held = _to_decide(session, request, official, public_id)
    service.revoke_certificate(
        session,
        actor=official,
        certificate=held.certificate,
        business=held.business,
        data=data,
        now=now,
        settings=settings,
    )
    return _own(session, response, official, public_id, now)


@router.post(
    "/halal/certificates/{public_id}/supersede",
    summary="Note that another certificate took its place (officials)",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def supersede_certificate(
    request: Request,
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    settings: SettingsDep,
    now: NowDep,
    public_id: PublicIdPath,
    data: CertificateSupersede,
) -> CertificateOwn:
    """It gives nothing any more. Its maker is told by mail."""
    held = _to_decide(session, request, official, public_id)
    service.supersede_certificate(
        session,
        actor=official,
        certificate=held.certificate,
        business=held.business,
        data=data,
        now=now,
        settings=settings,
    )
    return _own(session, response, official, public_id, now)


@router.post(
    "/halal/certificates/{public_id}/correct",
    summary="Put right what is written of a certificate (officials)",
    responses={**ABSENT, **REFUSED, **LOCKED},
)
def correct_certificate(
    request: Request,
    response: Response,
    session: SessionDep,
    official: OfficeDep,
    settings: SettingsDep,
    now: NowDep,
    public_id: PublicIdPath,
    data: CertificateCorrect,
) -> CertificateOwn:
    """What is named is taken for past days too; the correction and its reason stay visible."""
    held = _to_decide(session, request, official, public_id)
    service.correct_certificate(
        session,
        actor=official,
        certificate=held.certificate,
        business=held.business,
        data=data,
        now=now,
        settings=settings,
    )
    return _own(session, response, official, public_id, now)
