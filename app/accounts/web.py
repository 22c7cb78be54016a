"""Dependencies of both edges that need to know who is calling."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from app.accounts import queries
from app.accounts.models import Scope
from app.accounts.subjects import Subject, require, require_official
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import Unauthenticated
from app.core.templating import Page
from app.core.web import NowDep, currency_of, language_of, session_cookie_name


async def get_subject(request: Request, now: NowDep) -> Subject | None:
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

        def by_token() -> Subject | None:
            with database.reading() as session:
                return queries.find_subject_by_token(session, token=token.strip(), now=now, settings=settings)

        subject = await run_in_threadpool(by_token)
        if subject is None:
            raise Unauthenticated(code="token_invalid")
        return subject
    cookie = request.cookies.get(session_cookie_name(settings))
    if not cookie:
        return None

    def by_cookie() -> Subject | None:
        with database.reading() as session:
            return queries.find_subject_by_cookie(session, cookie=cookie, now=now, settings=settings)

    return await run_in_threadpool(by_cookie)


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


PageDep = Annotated[Page, Depends(get_page)]
PersonDep = Annotated[Subject, Depends(get_person)]
OfficialDep = Annotated[Subject, Depends(get_official)]
