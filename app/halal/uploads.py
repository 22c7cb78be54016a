"""Photos and papers sent with forms: looked at and kept before the request's transaction, because both take long.

A form that is refused gives the file back as a signed word in a hidden field, so that nobody has to choose it again.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Coroutine
from dataclasses import astuple
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from app.accounts.queries import keyed_digest
from app.accounts.subjects import Subject
from app.accounts.web import get_signed_in, get_subject
from app.core.config import Settings
from app.core.errors import DomainError, StorageFull, Unavailable
from app.core.papers import MAX_BYTES, Paper
from app.core.storage import Storage
from app.core.web import UnitRoute, as_domain_error, now_utc
from app.halal.service import certificates as service

FILE, EVIDENCE, KEPT = "file", "evidence", "kept"
_SHOWN = {FILE: True, EVIDENCE: False}
Kept = Paper | DomainError


class PaperRoute(UnitRoute):
    """A route with a file in the field ``file`` or ``evidence``; ``paper_of`` gives what became of it.

    Only a signed-in person's files are looked at.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, called when the files have been looked at."""
        handle = super().get_route_handler()

        async def handle_upload(request: Request) -> Response:
            try:
                request.state.papers = await _look_at(request)
            except Exception as error:
                known = as_domain_error(error)
                if known is None:
                    raise
                raise known from error
            return await handle(request)

        return handle_upload


def paper_router(**arguments: Any) -> APIRouter:
    """A router for forms and calls with papers."""
    return APIRouter(route_class=PaperRoute, **arguments)


async def _look_at(request: Request) -> dict[str, Kept]:
    if "multipart/form-data" not in request.headers.get("content-type", "").lower():
        return {}
    now = request.app.dependency_overrides.get(now_utc, now_utc)()
    subject = await get_subject(request, now, await get_signed_in(request, now))
    if subject is None:
        return {}
    await request.body()  # kept, so that the unit of work can read it again
    form = await request.form()
    found: dict[str, Kept] = {}
    for field in _SHOWN:
        file = form.get(field)
        if isinstance(file, UploadFile) and (file.filename or file.size):
            content = await file.read(MAX_BYTES + 1)
            await file.seek(0)
            found[field] = await run_in_threadpool(_receive, request, field, file.filename or "", content)
    return found


def _receive(request: Request, field: str, name: str, content: bytes) -> Kept:
    storage: Storage = request.app.state.storage
    try:
        return service.receive_paper(storage, file_name=name, content=content, shown=_SHOWN[field])
    except (Unavailable, StorageFull):
        raise
    except DomainError as refusal:
        refusal.fields = {field: refusal.message}
        return refusal


def paper_of(
    request: Request, form: FormData, *, person: Subject, settings: Settings, field: str = FILE
) -> Paper | None:
    """The file of this request, or the one that an earlier, refused form of this person kept; None without one.

    Raises:
        TooLarge, FileRefused, PictureRefused: it is no paper that we take.
    """
    found: dict[str, Kept] = request.state.papers
    sent = found.get(field)
    if isinstance(sent, DomainError):
        raise sent
    word = form.get(KEPT)
    if sent is not None or field != FILE or not isinstance(word, str):
        return sent
    paper = _unsign(word, person, settings)
    storage: Storage = request.app.state.storage
    return paper if paper is not None and storage.exists(paper.key) else None


def kept_of(request: Request, form: FormData, *, person: Subject, settings: Settings) -> tuple[str, str] | None:
    """The word under which a refused form keeps its file, with the file's name."""
    try:
        paper = paper_of(request, form, person=person, settings=settings)
    except DomainError:
        return None
    return (_sign(paper, person, settings), paper.file_name) if paper is not None else None


def _sign(paper: Paper, person: Subject, settings: Settings) -> str:
    text = base64.urlsafe_b64encode(json.dumps(astuple(paper)).encode()).decode()
    return f"{text}.{_digest(text, person, settings)}"


def _unsign(word: str, person: Subject, settings: Settings) -> Paper | None:
    text, _, digest = word.rpartition(".")
    if not hmac.compare_digest(digest.encode(errors="replace"), _digest(text, person, settings).encode()):
        return None
    try:
        return Paper(*json.loads(base64.urlsafe_b64decode(text)))
    except (ValueError, TypeError, binascii.Error):
        return None


def _digest(text: str, person: Subject, settings: Settings) -> str:
    return keyed_digest(settings, f"paper:{person.user_id}:{text}")
