"""Routes that do one thing each, added to the real application so that its core can be watched at work."""

import secrets
from collections.abc import Callable
from typing import Annotated

from fastapi import Body, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import text

from app.accounts.web import PageDep
from app.core.answers import keep_answer
from app.core.database import lock_chain
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, StaleVersion, TooManyTries, Unauthenticated
from app.core.forms import FormDep, form_state, parse_form
from app.core.languages import Language
from app.core.limits import RateWindow
from app.core.rates import get_rates
from app.core.templating import PageMeta
from app.core.web import NowDep, SessionDep, UnitDep, check_if_match, etag_of, unit_router

router = unit_router(include_in_schema=False)
ERRORS: dict[str, Callable[[], DomainError]] = {
    "bad": DomainError,
    "not-found": NotFound,
    "signed-out": Unauthenticated,
    "forbidden": Forbidden,
    "conflict": Conflict,
    "stale": StaleVersion,
    "tries": lambda: TooManyTries(retry_after_s=77),
}


def make_error(name: str) -> DomainError:
    return ERRORS[name]()


class ThingCreate(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=20)]
    number: Annotated[int, Field(ge=1)] = 1


def add_thing(session: SessionDep, now: NowDep, prefix: str = "thing") -> str:
    key = f"{prefix}:{secrets.token_hex(8)}"
    session.add(RateWindow(key=key, hits=1, started_at=now))
    session.flush()
    return key


@router.post("/api/v1/probe/things", status_code=201)
def create_thing(data: ThingCreate, session: SessionDep, now: NowDep) -> dict[str, str]:
    lock_chain(session, 77)
    return {"key": add_thing(session, now, data.name)}


@router.get("/api/v1/probe/things/{key}")
def get_thing(key: str, session: SessionDep) -> dict[str, int]:
    thing = session.get(RateWindow, key)
    if thing is None:
        raise NotFound
    return {"hits": thing.hits}


@router.post("/api/v1/probe/raise/{name}")
def create_and_raise(name: str, session: SessionDep, now: NowDep) -> None:
    add_thing(session, now, name)
    raise Conflict


@router.post("/api/v1/probe/answer/{name}")
def create_and_answer(name: str, session: SessionDep, now: NowDep) -> Response:
    add_thing(session, now, name)
    return JSONResponse({"said": "conflict, and kept"}, status_code=409)


@router.post("/api/v1/probe/secret/{name}")
def create_secret(name: str, session: SessionDep, now: NowDep, unit: UnitDep) -> dict[str, str]:
    unit.secret = True
    return {"key": add_thing(session, now, name)}


@router.post("/api/v1/probe/cookie/{name}")
def create_with_cookie(name: str, session: SessionDep, now: NowDep) -> Response:
    response = JSONResponse({"key": add_thing(session, now, name)})
    response.set_cookie("session", "a-new-session")
    return response


@router.post("/api/v1/probe/fill/{name}")
def fill(name: str, session: SessionDep, now: NowDep, data: Annotated[bytes, Body()]) -> dict[str, int]:
    for _ in range(200):
        add_thing(session, now, name + "x" * 150)
    return {"size": len(data)}


@router.put("/api/v1/probe/versioned")
def change_versioned(request: Request) -> dict[str, str]:
    check_if_match(request, 3)
    return {"etag": etag_of(4)}


@router.get("/api/v1/probe/writes")
def write_on_read(session: SessionDep, now: NowDep) -> None:
    add_thing(session, now)


@router.get("/api/v1/probe/fault")
def fault() -> None:
    raise RuntimeError("a detail nobody may see")


@router.get("/api/v1/probe/errors/{name}")
def fail(name: str) -> None:
    raise make_error(name)


@router.get("/api/v1/probe/rate")
def get_rate(request: Request, session: SessionDep) -> dict[str, str]:
    keep_answer(request)
    rates = get_rates(session)
    return {"source": rates.source if rates else "", "padding": "x" * 2000}


@router.get("/{locale}/probe/fault")
def page_fault(locale: Language) -> None:
    raise RuntimeError("a detail nobody may see")


@router.get("/{locale}/probe/errors/{name}")
def page_fail(locale: Language, name: str) -> None:
    raise make_error(name)


@router.get("/{locale}/probe/cookies")
def show_cookies(request: Request, locale: Language, page: PageDep, session: SessionDep) -> Response:
    keep_answer(request)
    session.connection().execute(text("SELECT 1"))
    return Response(f"{page.language.value} {page.currency.value}", media_type="text/plain; charset=utf-8")


@router.post("/{locale}/probe/form")
def save_form(locale: Language, page: PageDep, form: FormDep, session: SessionDep, now: NowDep) -> Response:
    key = add_thing(session, now, "form")
    try:
        data = parse_form(ThingCreate, form)
        if data.name == "taken":
            raise Conflict(fields={"name": "This is taken."})
    except DomainError as error:
        state = form_state(form, error, page.language)
        response = page.reject("accounts/sign_in.html", PageMeta(title="Probe"), error, form=state)
        response.headers["X-Typed"] = str(state.value("name"))
        response.headers["X-Error"] = str(state.error("name")).encode("ascii", "replace").decode()
        return response
    return Response(key, media_type="text/plain")
