"""Who may do what with goods."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import update

from app.catalogue.models import Picture, PictureState, Product, ProductState
from app.halal.models import Application, Certificate, CertificateItem
from app.halal.vocabulary import Route as HalalRoute
from tests.catalogue.goods import photo
from tests.factories import NOON, save
from tests.halal.papers import items_of, link_product, make_certificate
from tests.support.roles import IN, Call, Outcome, World, row

NEW = {"name": "Keripik", "category": "food", "price": {"amount": "9000", "currency": "IDR"}}
REASON = {"reason": "words", "note": "Tulis bahannya."}

OWN: dict[str, Outcome] = {
    "anonymous": IN,
    "token": 403,
    "buyer": 404,
    "maker": 200,
    "other": 404,
    "official": 404,
    "admin": 404,
}
"""A page of the maker's product."""
MINE: dict[str, Outcome] = {**OWN, "maker": 303}
"""A form of it."""
LIST: dict[str, Outcome] = {**OWN, "buyer": 303, "official": 303, "admin": 303, "other": 200}
"""Those who act for no maker are asked to become one."""
OFFICE: dict[str, Outcome] = {
    "anonymous": IN,
    "token": 403,
    "buyer": 403,
    "maker": 403,
    "other": 403,
    "official": 200,
    "admin": 200,
}
JSON_OWN: dict[str, Outcome] = {**OWN, "anonymous": 401}
JSON_GONE: dict[str, Outcome] = {**JSON_OWN, "maker": 204}
JSON_MADE: dict[str, Outcome] = {**JSON_OWN, "maker": 201}
JSON_OFFICE: dict[str, Outcome] = {**OFFICE, "anonymous": 401}

Maker = Callable[[World], Call]


def _product(**call: Any) -> Maker:
    return lambda world: Call({"slug": world.product.slug, **call.get("params", {})}, **_rest(call))


def _draft(**call: Any) -> Maker:
    return lambda world: Call({"slug": world.draft.slug, **call.get("params", {})}, **_rest(call))


def _rest(call: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in call.items() if name != "params"}


def _in(state: ProductState, make: Maker) -> Maker:
    def put(world: World) -> Call:
        world.session.connection().execute(
            update(Product)
            .where(Product.__table__.c.id == world.draft.id)  # type: ignore[attr-defined]
            .values(state=state.value, submitted_at=NOON)
        )
        world.session.commit()
        return make(world)

    return put


def _pictured(**call: Any) -> Maker:
    """A picture of the maker's draft."""

    def put(world: World) -> Call:
        picture = save(
            world.session,
            Picture(
                product_id=world.draft.id,
                sha256="a" * 64,
                original_key="private/originals/" + "a" * 64,
                mime="image/jpeg",
                width=9,
                height=9,
                state=PictureState.FAILED,
                reason="damaged",
                created_at=NOON,
            ),
        )
        return Call({"slug": world.draft.slug, "picture_id": picture.id}, **call)

    return put


def _cover(**call: Any) -> Maker:
    """The maker's cover."""

    def put(world: World) -> Call:
        picture = save(
            world.session,
            Picture(
                business_id=world.business.id,
                sha256="b" * 64,
                original_key="private/originals/" + "b" * 64,
                mime="image/jpeg",
                width=9,
                height=9,
                created_at=NOON,
            ),
        )
        return Call({"picture_id": picture.id}, **call)

    return put


def _upload(make: Maker) -> Maker:
    def put(world: World) -> Call:
        call = make(world)
        call.files = {"pictures": ("a.jpg", photo(40, 50), "image/jpeg")}
        return call

    return put


WORK = "/{locale}/workspace/products"


def _paper(world: World) -> Any:
    """A confirmed certificate of the maker, with its first item."""
    return make_certificate(world.session, business=world.business)


def _confirmed(world: World) -> Call:
    """A confirmed certificate, which everybody may see."""
    return Call({"public_id": make_certificate(world.session, business=world.business).public_id})


def _matched(params: Any) -> Maker:
    """A certificate that the maker's draft is matched with; ``params`` makes the call of its item."""

    def put(world: World) -> Call:
        item = items_of(world.session, _paper(world))[0]
        link_product(world.session, world.draft, item)
        made: Call = params(world, item)
        return made

    return put


def _waiting(world: World) -> int:
    """A match that no official has confirmed."""
    certificate = make_certificate(world.session, business=world.business)
    number: int = link_product(world.session, world.product, certificate, confirmed_on=None).id
    return number


def _public_name(world: World, item: CertificateItem) -> str:
    return world.session.get_one(Certificate, item.certificate_id).public_id


def _item(world: World, **call: Any) -> Call:
    return Call({"slug": world.draft.slug}, **call)


def _journey(**call: Any) -> Maker:
    """An application of the maker's."""

    def put(world: World) -> Call:
        application = Application(business_id=world.business.id, route=HalalRoute.REGULAR, opened_at=NOON)
        number = save(world.session, application).id
        return Call({"number": number, "application_id": number}, **call)

    return put


STEP = {"stage": "submitted", "reached_on": "2026-11-19"}
PAGES = "/{locale}/workspace"
HALAL = "/api/v1/products/{slug}/halal"
JOURNEY = "/api/v1/halal/applications/{application_id}"
HALAL_ROWS = [
    row(f"GET {PAGES}/halal", **LIST),
    row(f"GET {PAGES}/products/{{slug}}/halal", _draft(), **OWN),
    row(f"POST {PAGES}/products/{{slug}}/halal", _draft(form={"do": "answers", "use_as": "food"}), **MINE),
    row(
        f"POST {PAGES}/products/{{slug}}/halal/links",
        _matched(lambda world, item: _item(world, form={"do": "unlink", "item": str(item.id)})),
        **MINE,
    ),
    row(f"POST {PAGES}/products/{{slug}}/halal/application", _draft(form={"route": "regular"}), **MINE),
    row(
        f"GET {PAGES}/certificates/{{public_id}}/products",
        lambda world: Call({"public_id": _paper(world).public_id}),
        **OWN,
    ),
    row(
        f"POST {PAGES}/certificates/{{public_id}}/products",
        lambda world: Call({"public_id": _paper(world).public_id}, form={}),
        **MINE,
    ),
    row(f"GET {PAGES}/applications", **{**OWN, "other": 200}),
    row(f"POST {PAGES}/applications", lambda _: Call(form={"route": "regular"}), **{**MINE, "other": 303}),
    row(f"GET {PAGES}/applications/{{number}}", _journey(), **OWN),
    row(f"POST {PAGES}/applications/{{number}}", _journey(form={"registration_number": "SH-1"}), **MINE),
    row(f"POST {PAGES}/applications/{{number}}/steps", _journey(form=STEP), **MINE),
    row(f"POST {PAGES}/applications/{{number}}/products", _journey(form={}), **MINE),
    row(f"GET {HALAL}/answers", _draft(), **JSON_OWN),
    row(f"PUT {HALAL}/answers", _draft(json={"pork": "no"}), **JSON_OWN),
    row(f"GET {HALAL}/links", _draft(), **JSON_OWN),
    row(
        f"POST {HALAL}/links",
        _matched(lambda world, item: _item(world, json={"certificate": _public_name(world, item), "item": item.id})),
        **JSON_MADE,
    ),
    row(
        f"DELETE {HALAL}/links/{{item_id}}",
        _matched(lambda world, item: Call({"slug": world.draft.slug, "item_id": item.id})),
        **JSON_GONE,
    ),
    row("GET /api/v1/halal/applications", all=200, anonymous=401, token=403),
    row(
        "POST /api/v1/halal/applications",
        lambda _: Call(json={"route": "regular"}),
        **{**JSON_MADE, "other": 201},
    ),
    row(f"GET {JOURNEY}", _journey(), **JSON_OWN),
    row(f"PATCH {JOURNEY}", _journey(json={"registration_number": "SH-1"}), **JSON_OWN),
    row(f"POST {JOURNEY}/steps", _journey(json=STEP), **JSON_MADE),
    row(f"PUT {JOURNEY}/products", _journey(json={"products": []}), **JSON_OWN),
]


ROWS = [
    *HALAL_ROWS,
    row("GET /{locale}/products", all=200),
    row("GET /{locale}/products/{slug}", _product(), all=200),
    row("GET /{locale}/halal", all=200),
    row("GET /{locale}/halal/certificates/{public_id}", _confirmed, all=200),
    row("GET /{locale}/halal/certificates/{public_id}/qr.svg", _confirmed, all=200),
    row("GET /api/v1/halal/certificates/{public_id}/products", _confirmed, all=200),
    row("GET /api/v1/products/{slug}/halal", _product(), all=200),
    row("GET /{locale}/categories/{slug}", lambda _: Call({"slug": "food"}), all=200),
    row("GET /{locale}/suggestions", lambda _: Call(query={"q": "ker"}), all=200),
    row("GET /api/v1/products", all=200),
    row("GET /api/v1/products/{slug}", _product(), all=200),
    row("GET /api/v1/suggestions", lambda _: Call(query={"q": "ker"}), all=200),
    row(f"GET {WORK}", **LIST),
    row(f"GET {WORK}/new", **{**OWN, "other": 200}),
    row(
        f"POST {WORK}/new",
        lambda _: Call(form={"name": "Keripik", "category": "food", "price": "9000"}),
        **{**MINE, "other": 303},
    ),
    row(f"GET {WORK}/{{slug}}", _product(), **OWN),
    row(f"POST {WORK}/{{slug}}", _product(form={"moq": "3"}), **MINE),
    row(f"GET {WORK}/{{slug}}/texts", _product(), **OWN),
    row(f"POST {WORK}/{{slug}}/texts/{{language}}", _product(params={"language": "ko"}, form={"name": "칩"}), **MINE),
    row(f"GET {WORK}/{{slug}}/prices", _product(), **OWN),
    row(f"POST {WORK}/{{slug}}/prices", _product(form={"amount-0": "9000"}), **MINE),
    row(f"GET {WORK}/{{slug}}/variants", _product(), **OWN),
    row(f"POST {WORK}/{{slug}}/variants", _product(form={"sku-0": "A", "active-0": "true"}), **MINE),
    row(f"GET {WORK}/{{slug}}/pictures", _product(), **OWN),
    row(f"POST {WORK}/{{slug}}/pictures", _upload(_product()), **MINE),
    row(f"POST {WORK}/{{slug}}/pictures/{{picture_id}}", _pictured(form={"do": "remove"}), **MINE),
    row(f"GET {WORK}/{{slug}}/preview", _product(), **OWN),
    row(f"POST {WORK}/{{slug}}/state", _product(form={"do": "archive"}), **MINE),
    row("GET /{locale}/workspace/cover", **{**OWN, "other": 200}),
    row("POST /{locale}/workspace/cover", _upload(lambda _: Call()), **{**MINE, "other": 303}),
    row("POST /{locale}/workspace/cover/{picture_id}", _cover(form={"do": "remove"}), **MINE),
    row("GET /{locale}/office/products", **OFFICE),
    row("GET /{locale}/office/products/{slug}", _draft(), **OFFICE),
    row(
        "POST /{locale}/office/products/{slug}",
        _in(ProductState.IN_REVIEW, _draft(form={"do": "publish"})),
        **{**OFFICE, "official": 303, "admin": 303},
    ),
    row("GET /api/v1/categories", all=200),
    row("GET /api/v1/hs-headings", lambda _: Call(query={"category": "food"}), all=200),
    row("GET /api/v1/attributes", lambda _: Call(query={"category": "food"}), all=200),
    row("GET /api/v1/me/products", all=200, anonymous=401, token=403),
    row("GET /api/v1/me/products/{slug}", _draft(), **JSON_OWN),
    row("POST /api/v1/products", lambda _: Call(json=NEW), **{**JSON_MADE, "other": 201}),
    row("PATCH /api/v1/products/{slug}", _draft(json={"lead_days": 3}), **JSON_OWN),
    row(
        "PUT /api/v1/products/{slug}/texts/{language}",
        _draft(params={"language": "ko"}, json={"name": "칩"}),
        **JSON_OWN,
    ),
    row("DELETE /api/v1/products/{slug}/texts/{language}", _draft(params={"language": "en"}), **JSON_GONE),
    row("PUT /api/v1/products/{slug}/prices", _draft(json={"tiers": []}), **JSON_OWN),
    row("PUT /api/v1/products/{slug}/variants", _draft(json={"variants": [{"sku": "A"}]}), **JSON_OWN),
    row("POST /api/v1/products/{slug}/submit", _product(), **{**JSON_OWN, "maker": 409}),
    row("POST /api/v1/products/{slug}/archive", _draft(), **JSON_OWN),
    row("POST /api/v1/products/{slug}/restore", _in(ProductState.ARCHIVED, _draft()), **JSON_OWN),
    row("POST /api/v1/products/{slug}/pictures", _upload(_draft()), **JSON_MADE),
    row("GET /api/v1/pictures/{picture_id}", _pictured(), **JSON_OWN),
    row("PATCH /api/v1/pictures/{picture_id}", _pictured(json={"focal_x": 0.2}), **JSON_OWN),
    row("DELETE /api/v1/pictures/{picture_id}", _pictured(), **JSON_GONE),
    row(
        "POST /api/v1/me/businesses/{slug}/cover",
        _upload(lambda world: Call({"slug": world.business.slug})),
        **JSON_MADE,
    ),
    row("GET /api/v1/review/products", **JSON_OFFICE),
    row("GET /api/v1/review/products/{slug}", _draft(), **JSON_OFFICE),
    row("POST /api/v1/products/{slug}/publish", _in(ProductState.IN_REVIEW, _draft()), **JSON_OFFICE),
    row("POST /api/v1/products/{slug}/return", _in(ProductState.IN_REVIEW, _draft(json=REASON)), **JSON_OFFICE),
    row("POST /api/v1/products/{slug}/take-down", _product(json=REASON), **JSON_OFFICE),
    row("GET /{locale}/office/halal/goods-links", **OFFICE),
    row(
        "POST /{locale}/office/halal/goods-links/confirm",
        lambda world: Call(form={"link": str(_waiting(world))}),
        **(OFFICE | {"official": 303, "admin": 303}),
    ),
    row(
        "POST /{locale}/office/halal/goods-links/refuse",
        lambda world: Call(form={"link": str(_waiting(world)), "text": "Another product."}),
        **(OFFICE | {"official": 303, "admin": 303}),
    ),
    row("GET /api/v1/halal/links", **JSON_OFFICE),
    row("POST /api/v1/halal/links/{id}/confirm", lambda world: Call({"id": _waiting(world)}), **JSON_OFFICE),
    row(
        "POST /api/v1/halal/links/{id}/refuse",
        lambda world: Call({"id": _waiting(world)}, json={"text": "Another product."}),
        **(JSON_OFFICE | {"official": 204, "admin": 204}),
    ),
    row("GET /{locale}/office/halal/calendar", **OFFICE),
    row("GET /{locale}/office/halal/coverage", **OFFICE),
    row("GET /{locale}/office/halal/coverage/goods", **OFFICE),
    row("GET /{locale}/office/halal/coverage/export", **OFFICE),
    row("GET /api/v1/halal/coverage", **JSON_OFFICE),
    row("GET /api/v1/halal/coverage/products", **JSON_OFFICE),
]
