"""JSON of this area."""

from typing import Annotated, Any

from fastapi import Body, Query, Response

from app.accounts import queries, service
from app.accounts.schemas import (
    AuditEntryPublic,
    MePublic,
    SessionPublic,
    TokenCreate,
    TokenMade,
    TokenPublic,
)
from app.accounts.web import HolderDep, Number, OfficialDep, PersonDep
from app.core.pagination import DEFAULT_LIMIT, CursorText, Limit, Paged
from app.core.web import NowDep, SessionDep, UnitDep, unit_router

router = unit_router(tags=["accounts"])


def _problem(status: int, code: str, detail: str) -> dict[int | str, dict[str, Any]]:
    example = {
        "type": "about:blank",
        "title": {
            401: "Unauthorized",
            403: "Forbidden",
            404: "Not Found",
            409: "Conflict",
            422: "Unprocessable Entity",
        }[status],
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": "5f0c1e7a9b3d4c62",
    }
    return {status: {"description": detail, "content": {"application/problem+json": {"example": example}}}}


SIGN_IN = _problem(401, "unauthenticated", "Sign in to go on.")
SCOPE = _problem(403, "scope_missing", "Your account may not do this.")
MISSING = _problem(404, "not_found", "This could not be found. It may have been moved or is not public.")
MALFORMED = _problem(422, "invalid", "Some fields need another look.")


def _example(model: Any) -> dict[str, Any]:
    return model.model_config["json_schema_extra"]["examples"][0]  # type: ignore[no-any-return]


def _list_of(model: Any, next_cursor: str | None = None) -> dict[int | str, dict[str, Any]]:
    example = {"items": [_example(model)], "next": next_cursor, "total": 1}
    return {200: {"content": {"application/json": {"example": example}}}}


@router.get("/me", responses={**SIGN_IN, **MALFORMED})
def me(person: PersonDep, session: SessionDep) -> MePublic:
    """Who is calling, with roles and what the token in use may do."""
    return queries.get_me(session, person)


@router.get(
    "/me/tokens",
    responses={**_list_of(TokenPublic), **SIGN_IN, **SCOPE, **MALFORMED},
)
def list_tokens(person: HolderDep, session: SessionDep, now: NowDep) -> Paged[TokenPublic]:
    """The person's tokens that work, newest first; at most fifty, so always one page."""
    items = queries.list_tokens(session, person, now=now)
    return Paged[TokenPublic](items=items, next=None, total=len(items))


@router.post(
    "/me/tokens",
    status_code=201,
    responses={**SIGN_IN, **SCOPE, **_problem(409, "too_many_tokens", "You have fifty tokens."), **MALFORMED},
)
def create_token(
    person: HolderDep,
    session: SessionDep,
    unit: UnitDep,
    now: NowDep,
    response: Response,
    data: Annotated[TokenCreate, Body(examples=[_example(TokenCreate)])],
) -> TokenMade:
    """Make a token with at most the caller's scopes. Its text is in this answer only, which is never replayed."""
    unit.secret = True
    response.headers["Cache-Control"] = "no-store"
    return service.create_token(session, actor=person, data=data, now=now)


@router.delete(
    "/me/tokens/{token_id}",
    status_code=204,
    response_class=Response,
    responses={**SIGN_IN, **SCOPE, **MISSING, **MALFORMED},
    openapi_extra={"parameters": [{"name": "token_id", "in": "path", "required": True, "example": 12}]},
)
def revoke_token(token_id: Number, person: HolderDep, session: SessionDep, now: NowDep) -> None:
    """End one of the person's tokens."""
    service.revoke_token(session, actor=person, token_id=token_id, now=now)


@router.get(
    "/me/sessions",
    responses={**_list_of(SessionPublic), **SIGN_IN, **SCOPE, **MALFORMED},
)
def list_sessions(person: HolderDep, session: SessionDep, now: NowDep) -> Paged[SessionPublic]:
    """Devices that the person is signed in on, last seen first; at most fifty, so always one page."""
    items = queries.list_sessions(session, person, now=now)
    return Paged[SessionPublic](items=items, next=None, total=len(items))


@router.delete(
    "/me/sessions/{session_id}",
    status_code=204,
    response_class=Response,
    responses={**SIGN_IN, **SCOPE, **MISSING, **MALFORMED},
)
def end_session(session_id: Number, person: HolderDep, session: SessionDep, now: NowDep) -> None:
    """Sign one of the person's devices out."""
    service.end_session(session, actor=person, session_id=session_id, now=now)


@router.get(
    "/audit",
    responses={**_list_of(AuditEntryPublic, "WyJuZXdlc3QiLG51bGwsMzEwXQ"), **SIGN_IN, **SCOPE, **MALFORMED},
)
def list_audit_entries(
    person: OfficialDep,
    session: SessionDep,
    subject_type: Annotated[str | None, Query(max_length=40, examples=["business"])] = None,
    subject_id: Annotated[str | None, Query(max_length=80, examples=["18"])] = None,
    actor_id: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    action: Annotated[str | None, Query(max_length=80, examples=["business.verified"])] = None,
    cursor: Annotated[CursorText | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Paged[AuditEntryPublic]:
    """The audit trail for officials, newest first."""
    return queries.list_audit_entries(
        session,
        subject_type=subject_type,
        subject_id=subject_id,
        actor_id=actor_id,
        action=action,
        cursor=cursor,
        limit=limit,
    )
