"""Who may do what with makers' profiles."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from app.businesses.models import Business, BusinessState, Contact, ContactKind, Licence, LicenceKind, Trademark
from tests.factories import NOON, save
from tests.support.roles import IN, Call, Outcome, World, row

PDF = b"%PDF-1.4\n"
REASON = {"code": "name_differs"}

OWN: dict[str, Outcome] = {"anonymous": IN, "token": 403, "buyer": 404, "official": 404, "admin": 404}
"""A workspace: those who act for no maker find nothing there."""
MINE: dict[str, Outcome] = {**OWN, "maker": 303, "other": 404}
"""A thing of the maker's in the address."""
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
JSON_OWN: dict[str, Outcome] = {
    "anonymous": 401,
    "token": 403,
    "buyer": 404,
    "maker": 200,
    "other": 404,
    "official": 404,
    "admin": 404,
}
JSON_SEEN: dict[str, Outcome] = {**JSON_OWN, "official": 200, "admin": 200}
JSON_OFFICE: dict[str, Outcome] = {**OFFICE, "anonymous": 401}


def _slug(world: World) -> Call:
    return Call({"slug": world.business.slug})


def _in(state: BusinessState, call: Call | None = None) -> Callable[[World], Call]:
    """The maker's profile in a state, complete; the call names it by its slug."""

    def make(world: World) -> Call:
        values = {"state": state.value, "kbli": ["15121"], "submitted_at": NOON}
        world.session.connection().execute(
            update(Business).where(col(Business.id) == world.business.id).values(**values)
        )
        world.session.commit()
        made = call or Call()
        return Call({"slug": world.business.slug}, form=made.form, json=made.json)

    return make


def _form(**values: Any) -> Callable[[World], Call]:
    return lambda _: Call(form=values)


def _body(**values: Any) -> Callable[[World], Call]:
    return lambda world: Call({"slug": world.business.slug}, json=values)


def _contact(world: World) -> Call:
    save(world.session, Contact(business_id=world.business.id, kind=ContactKind.PHONE, value="+6281234567890"))
    return Call({"slug": world.business.slug, "kind": "phone"})


def _paper(world: World) -> Call:
    paper = Licence(business_id=world.business.id, kind=LicenceKind.NIB, created_at=NOON)
    return Call({"licence_id": save(world.session, paper).id})


def _new_paper(_: World) -> Call:
    return Call(form={"kind": "nib"}, files={"file": ("nib.pdf", PDF, "application/pdf")})


def _mark(world: World) -> Call:
    return Call({"trademark_id": save(world.session, Trademark(business_id=world.business.id, name="SAMAK")).id})


def _paper_of(**call: Any) -> Callable[[World], Call]:
    return lambda world: Call({"slug": world.business.slug, **_paper(world).params}, **call)


def _mark_of(**call: Any) -> Callable[[World], Call]:
    return lambda world: Call({"slug": world.business.slug, **_mark(world).params}, **call)


def _paper_sent(world: World) -> Call:
    return Call({"slug": world.business.slug}, form={"kind": "nib"}, files={"file": ("n.pdf", PDF, "application/pdf")})


def _story_in(world: World) -> Call:
    return Call({"slug": world.business.slug, "story_language": "ko"}, json={"story": "안녕"})


BUSINESS = "/api/v1/businesses/{slug}"
ROWS = [
    # The public.
    row("GET /{locale}/makers", all=200),
    row("GET /{locale}/makers/{slug}", _slug, all=200),
    # The workspace.
    row("GET /{locale}/workspace", all=303, anonymous=IN, token=403, maker=200, other=200),
    row("GET /{locale}/workspace/start", all=200, anonymous=IN, token=403, maker=303, other=303),
    row(
        "POST /{locale}/workspace/start",
        _form(brand="Baru"),
        all=303,
        anonymous=IN,
        token=403,
        maker=409,
        other=409,
    ),
    row("GET /{locale}/workspace/trades", all=200, anonymous=IN, token=403),
    *(
        row(f"GET /{{locale}}/workspace/{part}", **OWN, maker=200, other=200)
        for part in ("profile", "stories", "contacts", "licences", "trademarks", "submit")
    ),
    row(
        "POST /{locale}/workspace/profile",
        _in(BusinessState.DRAFT, Call(form={"brand": "Baru"})),
        **OWN,
        maker=303,
        other=409,
    ),
    row(
        "POST /{locale}/workspace/stories",
        _form(language="ko", story_ko="안녕"),
        **OWN,
        maker=303,
        other=303,
    ),
    row(
        "POST /{locale}/workspace/contacts",
        _form(kind="email", value="halo@maker.example"),
        **OWN,
        maker=303,
        other=303,
    ),
    row("POST /{locale}/workspace/contacts/{kind}/withdraw", _contact, **MINE),
    row("POST /{locale}/workspace/contacts/{kind}/remove", _contact, **MINE),
    row("POST /{locale}/workspace/licences", _new_paper, **OWN, maker=303, other=303),
    row("POST /{locale}/workspace/licences/{licence_id}/remove", _paper, **MINE),
    # The row of this paper has no file: those who may open it are told so, and nobody else gets that far.
    row("GET /{locale}/workspace/licences/{licence_id}/file", _paper, all=404, anonymous=IN, token=403),
    row("POST /{locale}/workspace/trademarks", _form(name="SAMAK"), **OWN, maker=303, other=303),
    row("POST /{locale}/workspace/trademarks/{trademark_id}/remove", _mark, **MINE),
    row("POST /{locale}/workspace/submit", _in(BusinessState.DRAFT), **OWN, maker=303, other=409),
    # The office.
    row("GET /{locale}/office", **OFFICE),
    row("GET /{locale}/office/makers", **OFFICE),
    row("GET /{locale}/office/makers/{slug}", _slug, **OFFICE),
    row("POST /{locale}/office/makers/{slug}/verify", _in(BusinessState.SUBMITTED), **DECIDES),
    row("POST /{locale}/office/makers/{slug}/return", _in(BusinessState.SUBMITTED, Call(form=REASON)), **DECIDES),
    row("POST /{locale}/office/makers/{slug}/suspend", _in(BusinessState.VERIFIED, Call(form=REASON)), **DECIDES),
    row("POST /{locale}/office/makers/{slug}/restore", _in(BusinessState.SUSPENDED), **DECIDES),
    # JSON.
    row("GET /api/v1/businesses", all=200),
    row(
        "POST /api/v1/businesses",
        lambda _: Call(json={"brand": "Baru"}),
        all=201,
        anonymous=401,
        token=403,
        maker=409,
        other=409,
    ),
    row(f"GET {BUSINESS}", _slug, all=200),
    row(f"GET {BUSINESS}/profile", _slug, **JSON_SEEN),
    row(f"PATCH {BUSINESS}", _in(BusinessState.DRAFT, Call(json={"employees": 3})), **JSON_OWN),
    row(f"PUT {BUSINESS}/stories/{{story_language}}", _story_in, **JSON_OWN),
    row(f"PUT {BUSINESS}/contacts", _body(kind="phone", value="0812 3456 7890"), **JSON_OWN),
    row(f"DELETE {BUSINESS}/contacts/{{kind}}", _contact, **JSON_OWN),
    row(f"GET {BUSINESS}/licences", _slug, **JSON_SEEN),
    row(f"POST {BUSINESS}/licences", _paper_sent, **(JSON_OWN | {"maker": 201})),
    row(f"GET {BUSINESS}/licences/{{licence_id}}", _paper_of(), **JSON_SEEN),
    # The row of this paper has no file, as above.
    row(f"GET {BUSINESS}/licences/{{licence_id}}/file", _paper_of(), all=404, anonymous=401, token=403),
    row(f"PATCH {BUSINESS}/licences/{{licence_id}}", _paper_of(json={"number": "7"}), **JSON_OWN),
    row(f"DELETE {BUSINESS}/licences/{{licence_id}}", _paper_of(), **(JSON_OWN | {"maker": 204})),
    row(f"GET {BUSINESS}/trademarks", _slug, **JSON_SEEN),
    row(f"POST {BUSINESS}/trademarks", _body(name="SAMAK"), **(JSON_OWN | {"maker": 201})),
    row(f"GET {BUSINESS}/trademarks/{{trademark_id}}", _mark_of(), **JSON_SEEN),
    row(f"PATCH {BUSINESS}/trademarks/{{trademark_id}}", _mark_of(json={"number": "7"}), **JSON_OWN),
    row(f"DELETE {BUSINESS}/trademarks/{{trademark_id}}", _mark_of(), **(JSON_OWN | {"maker": 204})),
    row(f"POST {BUSINESS}/submit", _in(BusinessState.DRAFT), **JSON_OWN),
    row(f"POST {BUSINESS}/verify", _in(BusinessState.SUBMITTED, Call(json={})), **JSON_OFFICE),
    row(f"POST {BUSINESS}/return", _in(BusinessState.SUBMITTED, Call(json=REASON)), **JSON_OFFICE),
    row(f"POST {BUSINESS}/suspend", _in(BusinessState.VERIFIED, Call(json=REASON)), **JSON_OFFICE),
    row(f"POST {BUSINESS}/restore", _in(BusinessState.SUSPENDED, Call(json={})), **JSON_OFFICE),
]
