"""What the operations of the catalogue share: refusals with examples, and addresses of goods."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Path, Query, Request

from app.core.languages import Language

Slug = Annotated[str, Path(max_length=100, examples=["keripik-tempe-ketumbar-40317"])]
Destination = Annotated[
    str, Query(pattern="^[A-Z]{2}$", description="Country to sell in (ISO 3166-1)", examples=["MY"])
]
Number = Annotated[int, Path(ge=1, le=2**62, examples=[41])]
_TITLES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    412: "Precondition Failed",
    422: "Unprocessable Content",
}


def problem(status: int, code: str, detail: str, field: str = "") -> dict[int | str, dict[str, Any]]:
    """A documented refusal."""
    example: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES[status],
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": "5f0c1e7a9b3d4c62",
    }
    if field:
        example["errors"] = [{"field": field, "code": code, "message": detail}]
    return {status: {"description": detail, "content": {"application/problem+json": {"example": example}}}}


SIGN_IN = problem(401, "unauthenticated", "Sign in to go on.")
SCOPE = problem(403, "scope_missing", "Your account may not do this.")
MISSING = problem(404, "not_found", "This could not be found. It may have been moved or is not public.")
CONFLICT = problem(409, "conflict", "This has changed in the meantime. Look at it again and repeat.")
STALE = problem(412, "stale_version", "Somebody else changed this after you opened it.")
MALFORMED = problem(422, "invalid", "Fill in this field.", "name")
READING = {**SIGN_IN, **SCOPE, **MISSING, **MALFORMED}
CHANGING = {**READING, **CONFLICT, **STALE}


def example_of(model: Any) -> dict[str, Any]:
    """The example of a schema."""
    example: dict[str, Any] = model.model_config["json_schema_extra"]["examples"][0]
    return example


def list_example(model: Any, following: str | None = None) -> dict[int | str, dict[str, Any]]:
    """The example of a list of these."""
    example = {"items": [example_of(model)], "next": following, "total": 1}
    return {200: {"content": {"application/json": {"example": example}}}}


def certificate_link(request: Request) -> Callable[[Language, str], str]:
    """Makes the absolute address of a certificate's public page in a language."""
    base, urls = str(request.app.state.settings.public_url), request.app.state.templates.urls

    def link(language: Language, public_id: str) -> str:
        return base + str(urls.url("catalogue:certificate_detail", locale=language.value, public_id=public_id))

    return link
