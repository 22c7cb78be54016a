"""What both edges need to know who is calling, and routes that check passwords before they write."""

import contextlib
import datetime as dt
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from app.accounts import queries, service
from app.accounts.models import Scope
from app.accounts.subjects import Subject, require, require_official
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import DomainError, SecondFactorNeeded, Unauthenticated
from app.core.templating import Page, Templates, local_address
from app.core.web import (
    SAFE_METHODS,
    NowDep,
    Unit,
    as_domain_error,
    currency_of,
    language_of,
    session_cookie_name,
)


class DirectRoute(APIRoute):
    """A route without a unit of work of its own.

    It counts tries and hashes passwords first, which must outlive a refusal and must not hold the database, and
    then writes in a short transaction (``Database.writing``).
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler; failures of the database are answered as in a unit of work."""
        handle = super().get_route_handler()

        async def handle_directly(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:
                known = as_domain_error(error)
                if known is None:
                    raise
                raise known from error

        return handle_directly


Number = Annotated[int, Path(ge=1, le=2**62)]
"""A row's number in an address, within what both databases can look for."""


def direct_router(**arguments: Any) -> APIRouter:
    """A router for what checks passwords and codes."""
    return APIRouter(route_class=DirectRoute, **arguments)


def client_address(request: Request) -> str:
    """The network address of the caller, as the server and its trusted proxies tell it."""
    return request.client.host if request.client is not None else ""


def device_of(request: Request) -> str:
    """The calling browser in two words."""
    return queries.describe_device(request.headers.get("user-agent", "")[:1000])


def set_session_cookie(response: Response, token: str, life: dt.timedelta | None, settings: Settings) -> None:
    """Hand a session's token to the browser; without ``life`` the cookie lasts as long as the browser runs."""
    response.set_cookie(
        session_cookie_name(settings),
        token,
        max_age=None if life is None else int(life.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.secure,
    )


def drop_session_cookie(response: Response, settings: Settings) -> None:
    """Take the session's token from the browser."""
    response.delete_cookie(
        session_cookie_name(settings), path="/", httponly=True, samesite="lax", secure=settings.secure
    )


async def get_signed_in(request: Request, now: NowDep) -> queries.SignedIn | None:
    """What the session cookie stands for, a sign-in that waits for its one-time code included."""
    settings: Settings = request.app.state.settings
    database: Database = request.app.state.database
    cookie = request.cookies.get(session_cookie_name(settings))
    if not cookie:
        return None

    def by_cookie() -> queries.SignedIn | None:
        with database.reading() as session:
            return queries.find_signed_in(session, cookie=cookie, now=now, settings=settings)

    return await run_in_threadpool(by_cookie)


SignedInDep = Annotated[queries.SignedIn | None, Depends(get_signed_in)]


async def get_subject(request: Request, now: NowDep, signed_in: SignedInDep) -> Subject | None:
    """Who is calling, or None. Nothing is asked of the database when neither cookie nor token came.

    Raises:
        Unauthenticated: a bearer token came that is unknown, expired or revoked.
    """
    settings: Settings = request.app.state.settings
    database: Database = request.app.state.database
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated

        def by_token() -> tuple[Subject, dt.datetime | None] | None:
            with database.reading() as session:
                return queries.find_subject_by_token(session, token=token.strip(), now=now, settings=settings)

        found = await run_in_threadpool(by_token)
        if found is None:
            raise Unauthenticated(code="token_invalid")
        subject, last_seen_at = found
    elif signed_in is None or signed_in.code_missing:
        return None
    else:
        subject, last_seen_at = signed_in.subject, signed_in.last_seen_at
    if last_seen_at is None or now - last_seen_at >= service.TOUCH_EVERY:
        await run_in_threadpool(_touch, request, subject, now)
    return subject


def _touch(request: Request, subject: Subject, now: dt.datetime) -> None:
    unit: Unit | None = getattr(request.state, "unit", None)
    if unit is not None and unit.write:
        service.touch(unit.session, subject=subject, now=now)
    elif request.method in SAFE_METHODS:
        database: Database = request.app.state.database
        # Whether it can be noted must not decide whether the page is shown.
        with contextlib.suppress(DBAPIError), database.writing() as session:
            service.touch(session, subject=subject, now=now)


SubjectDep = Annotated[Subject | None, Depends(get_subject)]


async def get_page(request: Request, subject: SubjectDep) -> Page:
    """What a page handler answers with."""
    language = language_of(request)
    return Page(request=request, viewer=subject, language=language, currency=currency_of(request, language))


async def get_person(subject: SubjectDep) -> Subject:
    """The signed-in person.

    Raises:
        Unauthenticated
    """
    return require(subject)


async def get_official(subject: SubjectDep) -> Subject:
    """The signed-in official, every needed factor given.

    Raises:
        Unauthenticated, Forbidden, SecondFactorNeeded
    """
    return require_official(subject)


def scoped(scope: Scope) -> object:
    """A dependency giving the person, when a token carries the scope."""

    async def get_scoped(subject: SubjectDep) -> Subject:
        return require(subject, scope)

    return Depends(get_scoped)


async def get_account_holder(subject: SubjectDep) -> Subject:
    """The signed-in person, with a token only when it may manage the account.

    Raises:
        Unauthenticated, Forbidden
    """
    return require(subject, Scope.ACCOUNT)


PageDep = Annotated[Page, Depends(get_page)]
PersonDep = Annotated[Subject, Depends(get_person)]
HolderDep = Annotated[Subject, Depends(get_account_holder)]
OfficialDep = Annotated[Subject, Depends(get_official)]


def way_in(request: Request, error: DomainError) -> Response | None:
    """Where a person goes who must sign in, or must set up one-time codes, before a page.

    None for other failures and for programs, who are told. Asks nothing of the database.
    """
    if request.url.path.startswith("/api/"):
        return None
    if isinstance(error, Unauthenticated):
        name = "accounts:sign_in"
    elif isinstance(error, SecondFactorNeeded):
        name = "accounts:totp"
    else:
        return None
    if request.method in SAFE_METHODS:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    else:  # what was sent is in the browser; back to the page that sent it
        referer = urlsplit(request.headers.get("referer", ""))
        wanted = referer.path if referer.netloc == request.headers.get("host", "") else ""
    templates: Templates = request.app.state.templates
    address = templates.urls.url(name, locale=language_of(request).value, next=local_address(wanted) or "")
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
