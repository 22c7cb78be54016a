"""Who may do what with halal certificates and the facts they are judged by."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from app.halal.models import Body, DestinationRule, Obligation, Recognition
from tests.factories import NOON, save
from tests.halal import certificate_rows
from tests.support.roles import IN, Call, Outcome, World, row

OFFICE: dict[str, Outcome] = {
    "anonymous": IN,
    "token": 403,
    "buyer": 403,
    "maker": 403,
    "other": 403,
    "official": 200,
    "admin": 200,
}
DECIDES: dict[str, Outcome] = {**OFFICE, "official": 303, "admin": 303}
JSON_DECIDES: dict[str, Outcome] = {**OFFICE, "anonymous": 401}
JSON_ADDS: dict[str, Outcome] = {**JSON_DECIDES, "official": 201, "admin": 201}

# --- reference facts --------------------------------------------------------------------------------------------------

_READ: dict[str, Any] = {"source": "muis.gov.sg", "confidence": "official", "as_of": "2026-11-20"}
_GIVEN: dict[str, Any] = {**_READ, "reason": "Read at our desk."}
_BODY = {**_GIVEN, "code": "MUIS", "name": "Majlis Ugama Islam Singapura"}
_RECOGNITION = {**_GIVEN, "body": "MUIS", "destination": "MY", "status": "recognised"}
_RULE = {**_GIVEN, "country": "SG", "goods_class": "food", "kind": "claim_only"}
_OBLIGATION = {**_GIVEN, "goods_class": "other", "label": "Other goods", "scale": "all"}
_END = {"valid_until": "2027-01-01", "reason": "Off the list."}


def _known(**changes: Any) -> dict[str, Any]:
    return {**_READ, "as_of": dt.date(2026, 11, 20), "recorded_at": NOON, **changes}


def _make_body(world: World) -> int:
    number: int = save(world.session, Body(**_known(code="MUIS", name="Majlis Ugama Islam Singapura"))).id
    return number


def _make_recognition(world: World) -> int:
    _make_body(world)
    fact = Recognition(**_known(body="MUIS", destination="MY", status="pending"))
    number: int = save(world.session, fact).id
    return number


def _make_rule(world: World) -> int:
    number: int = save(world.session, DestinationRule(**_known(country="SG", goods_class="food", kind="unknown"))).id
    return number


def _make_obligation(world: World) -> int:
    fact = Obligation(**_known(goods_class="other", label="Other goods", scale="all", note="To be read."))
    number: int = save(world.session, fact).id
    return number


def _fact(make: Callable[[World], int], **given: Any) -> Callable[[World], Call]:
    """A fact in the address."""
    return lambda world: Call({"fact_id": make(world), **_kind_of(make)}, **given)


def _kind_of(make: Callable[[World], int]) -> dict[str, str]:
    return {"kind": "recognition"} if make is _make_recognition else {}


def _new_recognition(world: World) -> Call:
    _make_body(world)
    return Call({"kind": "recognition"}, form=_RECOGNITION)


def _new_recognition_json(world: World) -> Call:
    _make_body(world)
    return Call(json=_RECOGNITION)


DESK = "/{locale}/office/halal/reference"
JSON = "/api/v1/halal"
ROWS = [
    row("GET /{locale}/halal/recognition", all=200),
    row(f"GET {DESK}", **(OFFICE | {"official": 303, "admin": 303})),
    row(f"GET {DESK}/{{kind}}", lambda _: Call({"kind": "bodies"}), **OFFICE),
    row(f"GET {DESK}/{{kind}}/new", lambda _: Call({"kind": "recognition"}), **OFFICE),
    row(f"POST {DESK}/{{kind}}", _new_recognition, **DECIDES),
    row(f"GET {DESK}/{{kind}}/{{fact_id}}", _fact(_make_recognition), **OFFICE),
    row(f"POST {DESK}/{{kind}}/{{fact_id}}/end", _fact(_make_recognition, form=_END), **DECIDES),
    row(f"GET {DESK}/{{kind}}/{{fact_id}}/correct", _fact(_make_recognition), **OFFICE),
    row(f"POST {DESK}/{{kind}}/{{fact_id}}/correct", _fact(_make_recognition, form=_RECOGNITION), **DECIDES),
    *(row(f"GET {JSON}/{kind}", all=200) for kind in ("bodies", "recognition", "rules", "obligations")),
    row(f"POST {JSON}/bodies", lambda _: Call(json=_BODY), **JSON_ADDS),
    row(f"POST {JSON}/recognition", _new_recognition_json, **JSON_ADDS),
    row(f"POST {JSON}/rules", lambda _: Call(json=_RULE), **JSON_ADDS),
    row(f"POST {JSON}/obligations", lambda _: Call(json=_OBLIGATION), **JSON_ADDS),
    *(
        row(f"POST {JSON}/{kind}/{{fact_id}}/end", _fact(make, json=_END), **JSON_DECIDES)
        for kind, make in (
            ("bodies", _make_body),
            ("recognition", _make_recognition),
            ("rules", _make_rule),
            ("obligations", _make_obligation),
        )
    ),
    row(f"POST {JSON}/bodies/{{fact_id}}/correct", _fact(_make_body, json=_BODY | {"issues": True}), **JSON_DECIDES),
    row(f"POST {JSON}/recognition/{{fact_id}}/correct", _fact(_make_recognition, json=_RECOGNITION), **JSON_DECIDES),
    row(f"POST {JSON}/rules/{{fact_id}}/correct", _fact(_make_rule, json=_RULE), **JSON_DECIDES),
    row(f"POST {JSON}/obligations/{{fact_id}}/correct", _fact(_make_obligation, json=_OBLIGATION), **JSON_DECIDES),
    *certificate_rows.ROWS,
]
