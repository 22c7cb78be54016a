"""The edge's common ground: one unit of work a request, replayed answers, and the dependencies both edges share."""

import asyncio
import datetime as dt
import functools
import inspect
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from app.core import idempotency
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import Conflict, DomainError, Invalid, NotFound, StaleVersion, StorageFull, Unavailable
from app.core.languages import DEFAULT_LANGUAGE, N_, Language, negotiate
from app.core.money import Currency
from app.core.storage import Storage

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_KEY = 255
FORM_KEY = "_key"
MULTIPART = "multipart/form-data"
FORM_KINDS = frozenset({MULTIPART, "application/x-www-form-urlencoded"})
SESSION_COOKIE = "session"
CURRENCY_OF = {
    Language.ID: Currency.IDR,
    Language.EN: Currency.USD,
    Language.MS: Currency.MYR,
    Language.KO: Currency.KRW,
    Language.ES: Currency.USD,
}


@dataclass
class Unit:
    """The unit of work of one request: its session, committed when the answer is ready, rolled back on refusal."""

    session: Session
    write: bool
    rejected: bool = False
    """Set by an edge that answers a refusal itself (a form shown again): the transaction is rolled back."""
    secret: bool = False
    """Set by an edge whose answer shows a secret: it is not kept for replay."""


def now_utc() -> dt.datetime:
    """The clock; tests put another in its place."""
    return dt.datetime.now(dt.UTC)


def session_cookie_name(settings: Settings) -> str:
    """Name of the session cookie; browsers guard the ``__Host-`` prefix, which needs https."""
    return f"__Host-{SESSION_COOKIE}" if settings.secure else SESSION_COOKIE


def as_domain_error(error: Exception) -> DomainError | None:
    """What a database failure means for the visitor, or None when it is a fault of ours."""
    if isinstance(error, StaleDataError):
        return StaleVersion()
    if isinstance(error, PoolTimeout):
        return Unavailable()
    return _as_domain_error(error) if isinstance(error, DBAPIError) else None


def _as_domain_error(error: DBAPIError) -> DomainError | None:
    text = str(error.orig).lower()
    if "disk is full" in text or "no space left" in text or getattr(error.orig, "sqlstate", "") == "53100":
        return StorageFull()
    if isinstance(error, IntegrityError):
        return Conflict()
    if isinstance(error, DataError):
        return Invalid()
    if "readonly database" in text:
        return None  # A read that tried to write: PostgreSQL's word for it is no OperationalError either.
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return Unavailable()
    return None


class UnitRoute(APIRoute):
    """A route whose handler runs in one transaction that is committed before the answer leaves.

    Also here, because they belong to the same transaction: answers kept under an ``Idempotency-Key`` (or a form's
    key), and for JSON routes the refusal of query parameters that the operation does not know.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **arguments: Any) -> None:
        if SAFE_METHODS.issuperset(arguments.get("methods") or ()):
            endpoint = _letting_go(endpoint)
        super().__init__(path, endpoint, **arguments)
        self.known_query = _query_names(self)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, wrapped in a unit of work."""
        handle = super().get_route_handler()

        async def handle_in_unit(request: Request) -> Response:
            _refuse_nul(request)
            if request.url.path.startswith("/api/"):
                _refuse_unknown(request, self.known_query)
            database: Database = request.app.state.database
            unit = Unit(database.session(write=request.method not in SAFE_METHODS), request.method not in SAFE_METHODS)
            request.state.unit = unit
            try:
                if unit.write:
                    return await _handle_write(request, unit, handle)
                return await handle(request)
            except Exception as error:
                known = as_domain_error(error)
                if known is None:
                    raise
                raise known from error
            finally:
                if unit.write:
                    await request.close()  # the files of a form
                    await run_in_threadpool(unit.session.close)
                else:
                    unit.session.close()

        return handle_in_unit


def _letting_go(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """A reading handler that gives its connection back before it leaves its thread.

    What it answers with is checked and written in another turn of the threads, for which it may wait behind requests
    that wait for a connection: held until then, the connections run out.
    """
    if inspect.iscoroutinefunction(endpoint):
        return endpoint

    @functools.wraps(endpoint)
    def run(**arguments: Any) -> Any:
        try:
            return endpoint(**arguments)
        finally:
            for each in arguments.values():
                if isinstance(each, Session):
                    each.close()

    return run


def _query_parameters(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for needed in dependant.dependencies:
        yield from _query_parameters(needed)


def _query_names(route: APIRoute) -> frozenset[str]:
    names = {"locale"}
    for parameter in _query_parameters(route.dependant):
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            names |= {info.alias or name for name, info in annotation.model_fields.items()}
        else:
            names.add(parameter.alias)
    return frozenset(names)


def _refuse_nul(request: Request) -> None:
    """No address holds the character NUL; PostgreSQL would refuse it half-way."""
    if "\0" in request.url.path:
        raise NotFound
    if "%00" in request.url.query:
        raise Invalid(N_("A text holds the character NUL. Leave it out."), code="nul_character")


def _refuse_unknown(request: Request, known: frozenset[str]) -> None:
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        message = N_("This parameter is not known here.")
        raise Invalid(code="unknown_parameter", fields=dict.fromkeys(unknown, message))
    locale = request.query_params.get("locale")
    if locale is not None and Language.by_code(locale) is None:
        raise Invalid(fields={"locale": N_("Choose one of: id, en, ms, ko, es.")})


async def _handle_write(
    request: Request, unit: Unit, handle: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Response:
    claim = await _key_of(request)
    if claim is not None:
        kept = await run_in_threadpool(
            idempotency.claim, unit.session, key_digest=claim[0], body_digest=claim[1], now=_clock(request)()
        )
        if kept is not None:
            await run_in_threadpool(unit.session.rollback)
            response = Response(kept.body, status_code=kept.status)
            response.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept.headers]
            response.headers["Idempotent-Replayed"] = "true"
            return response
    response = await handle(request)
    # A commit that has begun is waited for, also when the request is cancelled: the session is closed only after it.
    finishing = asyncio.ensure_future(run_in_threadpool(_finish, unit, response, claim[0] if claim else None))
    try:
        await asyncio.shield(finishing)
    except asyncio.CancelledError:
        await asyncio.wait([finishing])
        raise
    if unit.session.info.get("outbox_added") and not unit.rejected:
        await run_in_threadpool(request.app.state.nudge)
    return response


def _finish(unit: Unit, response: Response, key_digest: str | None) -> None:
    if unit.rejected:
        unit.session.rollback()
        return
    signs_in = any(f"{SESSION_COOKIE}=" in value for value in response.headers.getlist("set-cookie"))
    if key_digest is not None and (signs_in or unit.secret):
        idempotency.release(unit.session, key_digest=key_digest)
    elif key_digest is not None:
        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in response.raw_headers]
        idempotency.keep(
            unit.session,
            key_digest=key_digest,
            status=response.status_code,
            headers=headers,
            body=bytes(response.body) if hasattr(response, "body") else b"",
        )
    unit.session.commit()


async def _key_of(request: Request) -> tuple[str, str] | None:
    """Digests of (who, route, key) and of the body, when the call carries a key."""
    key = request.headers.get("idempotency-key", "")
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    body = await request.body()  # kept, so that the handler can read it again
    if kind in FORM_KINDS:
        value = (await request.form()).get(FORM_KEY)
        key = key or (value if isinstance(value, str) else "")
    elif b"\\u0000" in body or b"\0" in body:
        # PostgreSQL cannot keep this character in a text, and nobody types it.
        raise Invalid(N_("A text holds the character NUL. Leave it out."), code="nul_character")
    if not key:
        return None
    if len(key) > MAX_KEY:
        raise Invalid(N_("The Idempotency-Key may have at most 255 characters."), code="idempotency_key_too_long")
    settings: Settings = request.app.state.settings
    who = request.headers.get("authorization") or request.cookies.get(session_cookie_name(settings)) or ""
    route = f"{request.method} {request.url.path}?{request.url.query}"
    # A browser draws a new boundary each time it sends the same form with files, so the fields are compared.
    parts = await _form_parts(request) if kind == MULTIPART else [body]
    return (
        idempotency.digest(who.encode(), route.encode(), key.encode()),
        idempotency.digest(kind.encode(), *parts),
    )


async def _form_parts(request: Request) -> list[bytes]:
    parts: list[bytes] = []
    for name, value in (await request.form()).multi_items():
        parts.append(name.encode("utf-8", "surrogatepass"))
        if isinstance(value, str):
            parts.append(value.encode("utf-8", "surrogatepass"))
        else:
            parts += [(value.filename or "").encode("utf-8", "surrogatepass"), await value.read()]
            await value.seek(0)
    return parts


def clock_of(application: FastAPI) -> Callable[[], dt.datetime]:
    """The clock of an application."""
    return application.dependency_overrides.get(now_utc) or now_utc


def _clock(request: Request) -> Callable[[], dt.datetime]:
    return clock_of(request.app)


def unit_router(**arguments: Any) -> APIRouter:
    """A router whose routes each run in one unit of work."""
    return APIRouter(route_class=UnitRoute, **arguments)


async def get_session(request: Request) -> Session:
    """The session of this request's unit of work."""
    return request.state.unit.session  # type: ignore[no-any-return]


async def get_unit(request: Request) -> Unit:
    """This request's unit of work."""
    return request.state.unit  # type: ignore[no-any-return]


async def get_database(request: Request) -> Database:
    """The databases of this process."""
    return request.app.state.database  # type: ignore[no-any-return]


async def get_app_settings(request: Request) -> Settings:
    """The settings of this process."""
    return request.app.state.settings  # type: ignore[no-any-return]


async def get_storage(request: Request) -> Storage:
    """Where files are kept."""
    return request.app.state.storage  # type: ignore[no-any-return]


def language_of(request: Request) -> Language:
    """The language to answer in: the path's, the ``locale`` parameter, the cookie, the header, or English."""
    first = request.url.path.split("/", 2)[1] if request.url.path.startswith("/") else ""
    in_path = Language.by_code(first)
    if in_path is not None:
        return in_path
    asked = request.query_params.get("locale") or ("" if first == "api" else request.cookies.get("locale", ""))
    return Language.by_code(asked) or negotiate(request.headers.get("accept-language")) or DEFAULT_LANGUAGE


async def get_language(request: Request) -> Language:
    """The language to answer in."""
    return language_of(request)


def currency_of(request: Request, language: Language) -> Currency:
    """The visitor's currency: the ``currency`` parameter, the cookie, or the usual one of the language."""
    asked = request.query_params.get("currency") or request.cookies.get("currency", "")
    return Currency.by_code(asked) or CURRENCY_OF[language]


def moment_of(request: Request) -> dt.datetime:
    """The moment of this request (UTC), for what is handed a request and not its parts."""
    return _clock(request)()


async def get_now(request: Request) -> dt.datetime:
    """The moment of this request (UTC)."""
    return moment_of(request)


SessionDep = Annotated[Session, Depends(get_session)]
UnitDep = Annotated[Unit, Depends(get_unit)]
DatabaseDep = Annotated[Database, Depends(get_database)]
SettingsDep = Annotated[Settings, Depends(get_app_settings)]
StorageDep = Annotated[Storage, Depends(get_storage)]
LanguageDep = Annotated[Language, Depends(get_language)]
NowDep = Annotated[dt.datetime, Depends(get_now)]


def etag_of(version: int) -> str:
    """The entity tag of a resource with a version number."""
    return f'"v{version}"'


def check_if_match(request: Request, version: int) -> None:
    """Refuse a change to a resource that moved on since it was read.

    Raises:
        StaleVersion: when ``If-Match`` names another version.
    """
    wanted = request.headers.get("if-match")
    if (
        wanted is not None
        and wanted.strip() != "*"
        and etag_of(version) not in [tag.strip() for tag in wanted.split(",")]
    ):
        raise StaleVersion
