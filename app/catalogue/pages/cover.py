"""A maker's cover: the one picture of herself or her workshop on top of her page."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import PageDep, scoped
from app.businesses import desks
from app.businesses import queries as businesses
from app.businesses.models import Business, BusinessState
from app.catalogue.models import PictureState
from app.catalogue.pages import desk
from app.catalogue.queries import editing
from app.catalogue.service import pictures
from app.catalogue.uploads import one_received, upload_router
from app.core.errors import DomainError, NotFound
from app.core.forms import FormDep, FormState, form_state
from app.core.languages import N_, Language
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, unit_router

router = APIRouter(include_in_schema=False)
plain = unit_router(include_in_schema=False)
upload = upload_router(include_in_schema=False)
ReaderDep = Annotated[Subject, scoped(Scope.CATALOGUE_READ)]
WriterDep = Annotated[Subject, scoped(Scope.CATALOGUE_WRITE)]
COVER = "catalogue:cover"
TEMPLATE = "catalogue/workspace_cover.html"
TITLE = N_("Cover picture")


@dataclass(frozen=True)
class CoverPage:
    """The cover with what can be done to it."""

    steps: tuple[tuple[str, str, str], ...]
    brand: str
    tile: desk.PictureTile | None
    waiting: bool
    public_url: str | None


def _view(page: Page, session: SessionDep, business: Business) -> CoverPage:
    picture = editing.find_cover(session, business.id)
    verified = business.state == BusinessState.VERIFIED
    return CoverPage(
        steps=desks.profile_steps(page, COVER),
        brand=business.brand,
        tile=desk.picture_tile(page, picture) if picture else None,
        waiting=picture is not None and picture.state == PictureState.PROCESSING,
        public_url=page.url("businesses:business_detail", slug=business.slug) if verified else None,
    )


@plain.get("/{locale}/workspace/cover", name=COVER)
def cover(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep) -> Response:
    """The cover: choose, describe, point, remove."""
    business = businesses.get_own_business(session, person)
    work = desks.workspace_frame(page, session, business, "businesses:profile")
    view = _view(page, session, business)
    return page.render(TEMPLATE, PageMeta(title=page.gettext(TITLE)), work=work, view=view, form=FormState())


@upload.post("/{locale}/workspace/cover", name="catalogue:cover_upload")
def cover_upload(
    locale: Language, request: Request, page: PageDep, person: WriterDep, session: SessionDep, now: NowDep
) -> Response:
    """Put a picture in the place of the cover."""
    business = businesses.get_own_business(session, person)
    try:
        pictures.set_cover(session, actor=person, business=business, received=one_received(request), now=now)
    except DomainError as error:
        return _refuse(page, person, session, error)
    return page.redirect(COVER, notice="uploaded")


@plain.post("/{locale}/workspace/cover/{picture_id}", name="catalogue:cover_save")
def cover_save(
    locale: Language,
    picture_id: Annotated[int, Path(ge=1, le=2**62)],
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """What the buttons of the cover do: save its words, point, remove, try again."""
    picture, business = editing.get_own_picture(session, person, picture_id, lock=True)
    if not isinstance(business, Business):
        raise NotFound
    try:
        desk.press_button(session, form, actor=person, owner=business, picture=picture, now=now)
    except DomainError as error:
        return _refuse(page, person, session, error)
    return page.redirect(COVER, notice="deleted" if form.get("do") == "remove" else "saved")


def _refuse(page: Page, person: Subject, session: SessionDep, error: DomainError) -> Response:
    session.rollback()
    business = businesses.get_own_business(session, person)
    work = desks.workspace_frame(page, session, business, "businesses:profile")
    meta = PageMeta(title=desk.error_title(page, page.gettext(TITLE)))
    state = form_state({}, error, page.language)
    return page.reject(TEMPLATE, meta, error, form=state, work=work, view=_view(page, session, business))


router.include_router(upload)
router.include_router(plain)
