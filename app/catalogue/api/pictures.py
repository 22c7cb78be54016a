"""Pictures of goods and makers, in JSON and multipart."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response

from app.catalogue import own
from app.catalogue.api.answers import CHANGING, READING, Number, Slug, example_of, problem
from app.catalogue.api.products import ReaderDep, WriterDep
from app.catalogue.queries import editing
from app.catalogue.schemas.editing import PictureStored, PictureUpdate
from app.catalogue.service import pictures
from app.catalogue.uploads import FIELD, one_received, upload_router
from app.core.web import NowDep, SessionDep, unit_router

router = APIRouter()
plain = unit_router(tags=["pictures"])
upload = upload_router(tags=["pictures"])
REFUSED = problem(422, "damaged", "This picture is damaged or incomplete. Save it again as JPEG or PNG.", FIELD)
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {FIELD: {"type": "string", "format": "binary"}},
                },
                "example": {FIELD: "(the bytes of a JPEG, PNG, WebP, AVIF or HEIC file of at most 15 MB)"},
            }
        },
    }
}


@upload.post(
    "/products/{slug}/pictures",
    summary="Add a picture to a product",
    status_code=201,
    responses={**CHANGING, **REFUSED},
    openapi_extra=BODY,
)
def add_picture(request: Request, slug: Slug, person: WriterDep, session: SessionDep, now: NowDep) -> PictureStored:
    """The last picture of a product, at most twelve; its files follow in a moment (``state`` becomes ``ready``)."""
    product = editing.get_own_product(session, person, slug, lock=True)
    received = one_received(request)
    return own.picture(pictures.add_picture(session, actor=person, product=product, received=received, now=now))


@upload.post(
    "/me/businesses/{slug}/cover",
    summary="Set a maker's cover picture",
    status_code=201,
    responses={**READING, **REFUSED},
    openapi_extra=BODY,
)
def set_cover(request: Request, slug: Slug, person: WriterDep, session: SessionDep, now: NowDep) -> PictureStored:
    """The wide picture on top of a maker's page, in place of the one before."""
    business = editing.get_own_business(session, person, slug)
    received = one_received(request)
    return own.picture(pictures.set_cover(session, actor=person, business=business, received=received, now=now))


@plain.get("/pictures/{picture_id}", summary="One of my pictures", responses={**READING})
def get_picture(picture_id: Number, person: ReaderDep, session: SessionDep) -> PictureStored:
    """A picture of one's goods, or one's cover, with its state and files."""
    return own.picture(editing.get_own_picture(session, person, picture_id)[0])


@plain.patch("/pictures/{picture_id}", summary="Describe or move a picture", responses={**CHANGING})
def update_picture(
    picture_id: Number,
    person: WriterDep,
    session: SessionDep,
    now: NowDep,
    data: Annotated[PictureUpdate, Body(examples=[example_of(PictureUpdate)])],
) -> PictureStored:
    """Alternative text by language, the point to keep in view, the place among the pictures; only what is sent."""
    picture, owner = editing.get_own_picture(session, person, picture_id, lock=True)
    return own.picture(pictures.update_picture(session, actor=person, owner=owner, picture=picture, data=data, now=now))


@plain.delete(
    "/pictures/{picture_id}",
    summary="Remove a picture",
    status_code=204,
    response_class=Response,
    responses={**CHANGING},
)
def remove_picture(picture_id: Number, person: WriterDep, session: SessionDep, now: NowDep) -> None:
    """Take a picture away; its files go a little later."""
    picture, owner = editing.get_own_picture(session, person, picture_id, lock=True)
    pictures.remove_picture(session, actor=person, owner=owner, picture=picture, now=now)


router.include_router(plain)
router.include_router(upload)
