"""Reference facts of halal in JSON: everybody reads them, officials record them."""

from typing import Annotated, Any

from fastapi import Path, Query, Request

from app.accounts.web import OfficialDep
from app.core.answers import keep_answer
from app.core.pagination import Paged
from app.core.web import NowDep, SessionDep, unit_router
from app.halal.queries import reference as queries
from app.halal.queries.reference import BODIES, OBLIGATIONS, RECOGNITION, RULES, F, FactPage, Kind, Known
from app.halal.schemas.reference import (
    BodyCreate,
    BodyPublic,
    BodyQuery,
    DestinationRuleCreate,
    DestinationRulePublic,
    DestinationRuleQuery,
    FactEnd,
    ObligationCreate,
    ObligationPublic,
    ObligationQuery,
    RecognitionCreate,
    RecognitionPublic,
    RecognitionQuery,
)
from app.halal.service import reference as service

router = unit_router(tags=["halal"])
Number = Annotated[int, Path(ge=1, le=2**62, examples=[12])]
_TITLES = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 422: "Unprocessable Content"}


def _problem(status: int, code: str, detail: str, field: str = "") -> dict[int | str, dict[str, Any]]:
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


MALFORMED = _problem(422, "day_form", "Write a date as year-month-day, such as 2026-11-20.", "valid_from")
RECORDING = {
    **_problem(401, "unauthenticated", "Sign in to go on."),
    **_problem(403, "forbidden", "Your account may not do this."),
    **MALFORMED,
    **_problem(
        409,
        "fact_overlaps",
        "Another row says something about the same on these days. End or correct it first.",
        "valid_from",
    ),
}
CHANGING = {
    **RECORDING,
    **_problem(404, "not_found", "This could not be found. It may have been moved or is not public."),
    **_problem(
        409,
        "fact_replaced",
        "Somebody has corrected or ended this row already. Look at the one that stands now.",
    ),
}


def _listed(model: Any) -> dict[int | str, dict[str, Any]]:
    example = {"items": model.model_config["json_schema_extra"]["examples"], "next": None, "total": 1}
    return {200: {"content": {"application/json": {"example": example}}}, **MALFORMED}


def _page(kind: Kind[F], page: FactPage[F]) -> dict[str, Any]:
    return {"items": [queries.public_of(kind, each) for each in page.rows], "next": page.next, "total": page.total}


def _one(session: SessionDep, kind: Kind[F], row: F) -> Any:
    """The fact as it stands after a change, with what it corrects."""
    session.flush()
    known = next((each for each in queries.list_known(session, kind) if each.row.id == row.id), Known(row, ()))
    return queries.public_of(kind, known)


# --- bodies -----------------------------------------------------------------------------------------------------------


@router.get("/halal/bodies", summary="List halal bodies", responses=_listed(BodyPublic))
def list_bodies(request: Request, session: SessionDep, query: Annotated[BodyQuery, Query()]) -> Paged[BodyPublic]:
    """Bodies that certify, audit, decide, recognise or write standards, with source, confidence and history."""
    keep_answer(request)
    return Paged[BodyPublic](**_page(BODIES, queries.list_bodies(session, query)))


@router.post("/halal/bodies", status_code=201, summary="Add a body, for officials", responses=RECORDING)
def add_body(session: SessionDep, official: OfficialDep, now: NowDep, data: BodyCreate) -> BodyPublic:
    """A body stands once: what is wrong with it is corrected."""
    row = service.add_fact(session, kind=BODIES, actor=official, data=data, now=now)
    return _one(session, BODIES, row)  # type: ignore[no-any-return]


@router.post("/halal/bodies/{fact_id}/end", summary="End a body, for officials", responses=CHANGING)
def end_body(session: SessionDep, official: OfficialDep, now: NowDep, fact_id: Number, data: FactEnd) -> BodyPublic:
    """Record the day from which it is a body no more."""
    row = service.end_fact(session, kind=BODIES, actor=official, fact_id=fact_id, data=data, now=now)
    return _one(session, BODIES, row)  # type: ignore[no-any-return]


@router.post("/halal/bodies/{fact_id}/correct", summary="Correct a body, for officials", responses=CHANGING)
def correct_body(
    session: SessionDep, official: OfficialDep, now: NowDep, fact_id: Number, data: BodyCreate
) -> BodyPublic:
    """A new row takes the place of the mistaken one, which stays in its history."""
    row = service.correct_fact(session, kind=BODIES, actor=official, fact_id=fact_id, data=data, now=now)
    return _one(session, BODIES, row)  # type: ignore[no-any-return]


# --- recognition ------------------------------------------------------------------------------------------------------


@router.get("/halal/recognition", summary="List who recognises whom", responses=_listed(RecognitionPublic))
def list_recognition(
    request: Request, session: SessionDep, query: Annotated[RecognitionQuery, Query()]
) -> Paged[RecognitionPublic]:
    """What destinations make of bodies' certificates. What has no row is not known."""
    keep_answer(request)
    return Paged[RecognitionPublic](**_page(RECOGNITION, queries.list_recognition(session, query)))


@router.post("/halal/recognition", status_code=201, summary="Add a recognition, for officials", responses=RECORDING)
def add_recognition(
    session: SessionDep, official: OfficialDep, now: NowDep, data: RecognitionCreate
) -> RecognitionPublic:
    """Of the rows about one body, destination and kind of goods, one holds on a day."""
    row = service.add_fact(session, kind=RECOGNITION, actor=official, data=data, now=now)
    return _one(session, RECOGNITION, row)  # type: ignore[no-any-return]


@router.post("/halal/recognition/{fact_id}/end", summary="End a recognition, for officials", responses=CHANGING)
def end_recognition(
    session: SessionDep, official: OfficialDep, now: NowDep, fact_id: Number, data: FactEnd
) -> RecognitionPublic:
    """Record the first day on which it holds no more; until then it goes on to count."""
    row = service.end_fact(session, kind=RECOGNITION, actor=official, fact_id=fact_id, data=data, now=now)
    return _one(session, RECOGNITION, row)  # type: ignore[no-any-return]


@router.post("/halal/recognition/{fact_id}/correct", summary="Correct a recognition, for officials", responses=CHANGING)
def correct_recognition(
    session: SessionDep, official: OfficialDep, now: NowDep, fact_id: Number, data: RecognitionCreate
) -> RecognitionPublic:
    """A new row takes the place of the mistaken one, which stays in its history."""
    row = service.correct_fact(session, kind=RECOGNITION, actor=official, fact_id=fact_id, data=data, now=now)
    return _one(session, RECOGNITION, row)  # type: ignore[no-any-return]


# --- rules ------------------------------------------------------------------------------------------------------------


@router.get("/halal/rules", summary="List what destinations ask", responses=_listed(DestinationRulePublic))
def list_rules(
    request: Request, session: SessionDep, query: Annotated[DestinationRuleQuery, Query()]
) -> Paged[DestinationRulePublic]:
    """What a destination asks of a kind of goods. Indonesia's own rules are the obligations."""
    keep_answer(request)
    return Paged[DestinationRulePublic](**_page(RULES, queries.list_rules(session, query)))


@router.post("/halal/rules", status_code=201, summary="Add a rule, for officials", responses=RECORDING)
def add_rule(
    session: SessionDep, official: OfficialDep, now: NowDep, data: DestinationRuleCreate
) -> DestinationRulePublic:
    """Of the rows about one country and kind of goods, one holds on a day."""
    row = service.add_fact(session, kind=RULES, actor=official, data=data, now=now)
    return _one(session, RULES, row)  # type: ignore[no-any-return]


@router.post("/halal/rules/{fact_id}/end", summary="End a rule, for officials", responses=CHANGING)
def end_rule(
    session: SessionDep, official: OfficialDep, now: NowDep, fact_id: Number, data: FactEnd
) -> DestinationRulePublic:
    """Record the first day on which it holds no more; until then it goes on to count."""
    row = service.end_fact(session, kind=RULES, actor=official, fact_id=fact_id, data=data, now=now)
    return _one(session, RULES, row)  # type: ignore[no-any-return]


@router.post("/halal/rules/{fact_id}/correct", summary="Correct a rule, for officials", responses=CHANGING)
def correct_rule(
    session: SessionDep, official: OfficialDep, now: NowDep, fact_id: Number, data: DestinationRuleCreate
) -> DestinationRulePublic:
    """A new row takes the place of the mistaken one, which stays in its history."""
    row = service.correct_fact(session, kind=RULES, actor=official, fact_id=fact_id, data=data, now=now)
    return _one(session, RULES, row)  # type: ignore[no-any-return]


# --- obligations ------------------------------------------------------------------------------------------------------


@router.get(
    "/halal/obligations", summary="List from when certificates are mandatory", responses=_listed(ObligationPublic)
)
def list_obligations(
    request: Request, session: SessionDep, query: Annotated[ObligationQuery, Query()]
) -> Paged[ObligationPublic]:
    """Obligations in Indonesia by kind of goods and size of the maker; some kinds are none that is sold here."""
    keep_answer(request)
    return Paged[ObligationPublic](**_page(OBLIGATIONS, queries.list_obligations(session, query)))


@router.post("/halal/obligations", status_code=201, summary="Add an obligation, for officials", responses=RECORDING)
def add_obligation(session: SessionDep, official: OfficialDep, now: NowDep, data: ObligationCreate) -> ObligationPublic:
    """Of the rows about one kind of goods and size of makers, one holds on a day."""
    row = service.add_fact(session, kind=OBLIGATIONS, actor=official, data=data, now=now)
    return _one(session, OBLIGATIONS, row)  # type: ignore[no-any-return]


@router.post("/halal/obligations/{fact_id}/end", summary="End an obligation, for officials", responses=CHANGING)
def end_obligation(
    session: SessionDep, official: OfficialDep, now: NowDep, fact_id: Number, data: FactEnd
) -> ObligationPublic:
    """Record the first day on which it holds no more; until then it goes on to count."""
    row = service.end_fact(session, kind=OBLIGATIONS, actor=official, fact_id=fact_id, data=data, now=now)
    return _one(session, OBLIGATIONS, row)  # type: ignore[no-any-return]


@router.post("/halal/obligations/{fact_id}/correct", summary="Correct an obligation, for officials", responses=CHANGING)
def correct_obligation(
    session: SessionDep, official: OfficialDep, now: NowDep, fact_id: Number, data: ObligationCreate
) -> ObligationPublic:
    """A new row takes the place of the mistaken one, which stays in its history."""
    row = service.correct_fact(session, kind=OBLIGATIONS, actor=official, fact_id=fact_id, data=data, now=now)
    return _one(session, OBLIGATIONS, row)  # type: ignore[no-any-return]
