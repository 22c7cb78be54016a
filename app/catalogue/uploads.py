"""Uploads of pictures: decoded and stored before the request's transaction begins, because both take long."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from app.accounts.web import get_signed_in, get_subject
from app.catalogue import rules
from app.catalogue.service import pictures
from app.catalogue.service.pictures import Received
from app.core.errors import Invalid
from app.core.imaging import MAX_BYTES, PictureRefused
from app.core.languages import N_
from app.core.web import UnitRoute, as_domain_error, now_utc

FIELD = "pictures"


@dataclass(frozen=True)
class Upload:
    """One file as sent: received, or refused with the reason."""

    name: str
    received: Received | None
    refusal: PictureRefused | None


class UploadRoute(UnitRoute):
    """A route with files in the field ``pictures``; ``uploads_of`` gives what became of them.

    Only a signed-in person's files are looked at. Other files in the same form are not.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, called when every file has been looked at."""
        handle = super().get_route_handler()

        async def handle_upload(request: Request) -> Response:
            try:
                request.state.uploads = await _look_at(request)
            except Exception as error:
                known = as_domain_error(error)
                if known is None:
                    raise
                raise known from error
            return await handle(request)

        return handle_upload


async def _look_at(request: Request) -> list[Upload]:
    if "multipart/form-data" not in request.headers.get("content-type", "").lower():
        return []
    now = request.app.dependency_overrides.get(now_utc, now_utc)()
    subject = await get_subject(request, now, await get_signed_in(request, now))
    if subject is None:
        return []
    await request.body()  # kept, so that the unit of work can read it again
    files = [each for each in (await request.form()).getlist(FIELD) if isinstance(each, UploadFile)]
    uploads = []
    for file in [each for each in files if each.filename or each.size][: rules.MAX_PICTURES]:
        data = await file.read(MAX_BYTES + 1)
        await file.seek(0)
        uploads.append(await run_in_threadpool(_receive, request, file.filename or "", data))
    return uploads


def _receive(request: Request, name: str, data: bytes) -> Upload:
    try:
        return Upload(name, pictures.receive(request.app.state.storage, data), None)
    except PictureRefused as refusal:
        return Upload(name, None, refusal)


def upload_router(**arguments: Any) -> APIRouter:
    """A router for forms and calls with pictures."""
    return APIRouter(route_class=UploadRoute, **arguments)


def uploads_of(request: Request) -> list[Upload]:
    """The files of this request."""
    uploads: list[Upload] = request.state.uploads
    return uploads


def one_received(request: Request) -> Received:
    """The one picture of this request.

    Raises:
        Invalid: there is none.
        PictureRefused: it cannot become a picture here.
    """
    uploads = uploads_of(request)
    if not uploads:
        raise Invalid(fields={FIELD: N_("Choose a picture.")})
    refusal = uploads[0].refusal
    if refusal is not None:
        refusal.fields = {FIELD: refusal.message}
        raise refusal
    received = uploads[0].received
    assert received is not None  # noqa: S101 - an upload is either refused or received
    return received
