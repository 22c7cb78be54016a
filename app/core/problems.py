"""Failures as answers: RFC 9457 problem JSON under ``/api``, a page elsewhere; in the reader's language."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from app.core.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    TooManyTries,
    Unauthenticated,
    Unavailable,
)
from app.core.forms import describe, explain
from app.core.languages import N_, Language
from app.core.web import language_of

PROBLEM = "application/problem+json"
RETRY_AFTER_S = 2


class MethodNotAllowed(DomainError):
    """The address exists but not for this method."""

    status = 405
    code = "method_not_allowed"
    message = N_("This address does not take that kind of request.")


class Broken(DomainError):
    """A fault of ours."""

    status = 500
    code = "internal_error"
    message = N_("Something went wrong on our side. It has been noted; please try again.")


_BY_STATUS: dict[int, type[DomainError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    409: Conflict,
    422: Invalid,
    503: Unavailable,
}


class FieldProblem(BaseModel):
    """What is wrong with one input."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """A failure in JSON (RFC 9457), in the reader's language."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unprocessable Entity",
                    "status": 422,
                    "code": "invalid",
                    "detail": "Some fields need another look.",
                    "request_id": "5f0c1e2ab3d44f60",
                    "errors": [{"field": "moq", "code": "greater_than_equal", "message": "Choose 1 or more."}],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldProblem] | None = None


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": words, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, words in (
        ("4XX", "The request was refused; `code` and `errors` say why"),
        ("5XX", "We could not answer; trying again soon may help"),
    )
}
"""Failures that every operation may answer with."""


def describe_api(app: FastAPI) -> None:
    """Add the form of failures to the API's description, which is made once."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in (Problem, FieldProblem):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schema.pop("$defs", None)
            schemas[model.__name__] = schema
        return document

    app.openapi = openapi  # type: ignore[method-assign]


ErrorPage = Callable[[Request, DomainError, str], Response]
WayIn = Callable[[Request, DomainError], Response | None]


def problem(request: Request, error: DomainError, errors: list[dict[str, str]] | None = None) -> JSONResponse:
    """An error as problem JSON."""
    language = language_of(request)
    detail, fields = explain(error, language)
    entries = errors or [{"field": name, "code": error.code, "message": text} for name, text in fields.items()]
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": detail,
        "request_id": request.scope.get("request_id", ""),
    }
    if entries:
        body["errors"] = entries
    headers = {"Content-Language": language.value, "Cache-Control": "no-store", **_headers(error)}
    return JSONResponse(body, status_code=error.status, media_type=PROBLEM, headers=headers)


def respond(request: Request, error: DomainError, error_page: ErrorPage) -> Response:
    """An error as problem JSON under ``/api``, as a page elsewhere."""
    if request.url.path.startswith("/api/") or request.url.path == "/openapi.json":
        return problem(request, error)
    response = error_page(request, error, explain(error, language_of(request))[0])
    for name, value in _headers(error).items():
        response.headers[name] = value
    return response


def _headers(error: DomainError) -> dict[str, str]:
    if isinstance(error, TooManyTries):
        return {"Retry-After": str(error.retry_after_s)}
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": str(RETRY_AFTER_S)}
    if error.status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Bearer"}
    return {}


def _validation_entries(error: RequestValidationError, language: Language) -> list[dict[str, str]]:
    entries = []
    for detail in error.errors():
        path = [str(part) for part in detail["loc"]]
        if path and path[0] in {"body", "query", "path", "header", "cookie"} and len(path) > 1:
            path = path[:1] if detail["type"] == "json_invalid" else path[1:]
        entries.append({"field": ".".join(path), "code": detail["type"], "message": describe(detail, language)})
    return entries


def install(app: FastAPI, error_page: ErrorPage, way_in: WayIn) -> None:
    """Answer every failure of ``app``; ``error_page`` renders it for people, ``way_in`` may lead them on instead."""

    def answer(request: Request, error: DomainError, errors: list[dict[str, str]] | None = None) -> Response:
        if errors and request.url.path.startswith("/api/"):
            return problem(request, error, errors)
        return way_in(request, error) or respond(request, error, error_page)

    @app.exception_handler(DomainError)
    def _domain(request: Request, error: DomainError) -> Response:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    def _validation(request: Request, error: RequestValidationError) -> Response:
        if not request.url.path.startswith("/api/") and any(
            detail["loc"][:1] == ("path",) for detail in error.errors()
        ):
            return answer(request, NotFound())  # such as an unknown language in the address
        return answer(request, Invalid(), _validation_entries(error, language_of(request)))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        kind = _BY_STATUS.get(error.status_code)
        if kind is None:
            known: DomainError = DomainError(code="http_error")
            known.status = error.status_code
        else:
            known = kind()
        response = answer(request, known)
        for name, value in (error.headers or {}).items():
            response.headers[name] = value
        return response
