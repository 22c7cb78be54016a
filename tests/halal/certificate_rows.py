"""Who may do what with certificates."""

from collections.abc import Callable
from typing import Any

from app.core.papers import PDF
from tests.halal.papers import make_body, make_certificate, make_check
from tests.support.roles import IN, Call, Outcome, World, row

OWN: dict[str, Outcome] = {"anonymous": IN, "token": 403, "buyer": 404, "official": 404, "admin": 404}
"""A workspace: those who act for no maker find nothing there."""
MINE: dict[str, Outcome] = {**OWN, "maker": 200, "other": 404}
CHANGED: dict[str, Outcome] = {**MINE, "maker": 303}
DESK: dict[str, Outcome] = {
    "anonymous": IN,
    "token": 403,
    "buyer": 403,
    "maker": 403,
    "other": 403,
    "official": 200,
    "admin": 200,
}
DECIDES: dict[str, Outcome] = {**DESK, "official": 303, "admin": 303}
JSON_MINE: dict[str, Outcome] = {**MINE, "anonymous": 401}
JSON_DESK: dict[str, Outcome] = {**DESK, "anonymous": 401}
LOOK = {"looked_at": "the original, at our desk", "result": "confirmed"}
WORDS = {"text": "BPJPH says so."}
PAPER = {"file": ("a.pdf", b"%PDF-1.4\n", PDF)}
ENTRY: dict[str, Any] = {
    "body": "BPJPH",
    "number": "ID32110001333131122",
    "holder": "CV Maker",
    "issued_on": "2024-03-01",
    "items": "Keripik Singkong",
}


def _new(call: Call) -> Callable[[World], Call]:
    def made(world: World) -> Call:
        make_body(world.session)
        return call

    return made


def _of(state: str, **carried: Any) -> Callable[[World], Call]:
    def made(world: World) -> Call:
        certificate = make_certificate(world.session, business=world.business, state=state)
        return Call({"public_id": certificate.public_id}, **carried)

    return made


def _evidence(world: World) -> Call:
    certificate = make_certificate(world.session, business=world.business, state="claimed")
    return Call({"public_id": certificate.public_id, "check_id": make_check(world.session, certificate).id})


def _batch(world: World) -> Call:
    name = make_certificate(world.session, business=world.business, state="claimed").public_id
    form = {"id": name, "looked_at": "here", f"result-{name}": "confirmed", f"version-{name}": "1"}
    return Call({"id": name}, form=form)  # the page that shows it is told which


SHOP = "/{locale}/workspace/certificates"
OFFICE = "/{locale}/office/halal"
JSON = "/api/v1/halal/certificates"
ONE = f"{JSON}/{{public_id}}"
ROWS = [
    row(f"GET {SHOP}", **{**MINE, "other": 200}),
    row(f"GET {SHOP}/new", **{**MINE, "other": 200}),
    row(f"POST {SHOP}/new", _new(Call(form=ENTRY, files=PAPER)), **{**CHANGED, "other": 303}),
    row(f"GET {SHOP}/{{public_id}}", _of("claimed"), **MINE),
    row(f"POST {SHOP}/{{public_id}}", _of("claimed", form=ENTRY), **CHANGED),
    row(f"POST {SHOP}/{{public_id}}/withdraw", _of("claimed"), **CHANGED),
    # These have no file: those who may open it are told so, and nobody else gets that far.
    row(f"GET {SHOP}/{{public_id}}/file", _of("claimed"), all=404, anonymous=IN, token=403),
    row(f"GET {SHOP}/{{public_id}}/picture", _of("claimed"), all=404, anonymous=IN, token=403),
    # The desk.
    row(f"GET {OFFICE}", **DESK),
    row(f"GET {OFFICE}/batch", **DESK),
    row(f"POST {OFFICE}/batch", _batch, **DESK),
    row(f"GET {OFFICE}/certificates/{{public_id}}", _of("claimed"), **DESK),
    row(f"POST {OFFICE}/certificates/{{public_id}}/verify", _of("claimed", form=LOOK), **DECIDES),
    row(f"POST {OFFICE}/certificates/{{public_id}}/check", _of("claimed", form=LOOK), **DECIDES),
    # No register is set up: who may ask is told so.
    row(f"POST {OFFICE}/certificates/{{public_id}}/ask", _of("claimed"), **(DESK | {"official": 409, "admin": 409})),
    row(f"POST {OFFICE}/certificates/{{public_id}}/reject", _of("claimed", form={"code": "lapsed"}), **DECIDES),
    row(f"POST {OFFICE}/certificates/{{public_id}}/suspend", _of("verified", form=WORDS), **DECIDES),
    row(f"POST {OFFICE}/certificates/{{public_id}}/reinstate", _of("suspended", form=WORDS), **DECIDES),
    row(f"POST {OFFICE}/certificates/{{public_id}}/revoke", _of("verified", form=WORDS), **DECIDES),
    row(f"POST {OFFICE}/certificates/{{public_id}}/supersede", _of("verified", form=WORDS), **DECIDES),
    row(f"GET {OFFICE}/certificates/{{public_id}}/correct", _of("verified"), **DESK),
    row(
        f"POST {OFFICE}/certificates/{{public_id}}/correct",
        _of("verified", form={"holder": "CV Lain", "reason": "Misread."}),
        **DECIDES,
    ),
    row(
        f"GET {OFFICE}/certificates/{{public_id}}/checks/{{check_id}}",
        _evidence,
        **(DESK | {"official": 404, "admin": 404}),
    ),
    # JSON.
    row(f"GET {JSON}", all=200),
    row(
        f"POST {JSON}",
        _new(Call(json={**ENTRY, "items": ["Keripik"]})),
        **(JSON_MINE | {"maker": 201, "other": 201}),
    ),
    row(f"GET {ONE}", _of("claimed"), all=404, maker=200, official=200, admin=200),
    row(f"PATCH {ONE}", _of("claimed", json={"holder": "CV Lain"}), **JSON_MINE),
    row(f"GET {ONE}/file", _of("claimed"), all=404, anonymous=401, token=403),
    row(f"PUT {ONE}/file", _of("claimed", files=PAPER), **JSON_MINE),
    row(f"POST {ONE}/withdraw", _of("claimed"), **JSON_MINE),
    row(f"POST {ONE}/checks", _of("claimed", json=LOOK), **(JSON_DESK | {"official": 201, "admin": 201})),
    row(f"POST {ONE}/verify", _of("claimed", json={"check": LOOK}), **JSON_DESK),
    row(f"POST {ONE}/reject", _of("claimed", json={"code": "lapsed"}), **JSON_DESK),
    row(f"POST {ONE}/suspend", _of("verified", json=WORDS), **JSON_DESK),
    row(f"POST {ONE}/reinstate", _of("suspended", json=WORDS), **JSON_DESK),
    row(f"POST {ONE}/revoke", _of("verified", json=WORDS), **JSON_DESK),
    row(f"POST {ONE}/supersede", _of("verified", json=WORDS), **JSON_DESK),
    row(f"POST {ONE}/correct", _of("verified", json={"holder": "CV Lain", "reason": "Misread."}), **JSON_DESK),
]
