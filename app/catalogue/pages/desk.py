"""What a maker's and an official's pages of goods share: the frame, the head of a product, its sections."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session
from starlette.datastructures import FormData

from app.accounts.subjects import Subject
from app.businesses import desks
from app.businesses.models import Business
from app.catalogue import bans, own, presenting, rules, views
from app.catalogue.completeness import missing_for_review, offer_of
from app.catalogue.models import Picture, PictureState, Product, ProductState
from app.catalogue.queries import editing
from app.catalogue.queries.editing import OwnRow, stale_languages
from app.catalogue.routes import TAKEN_IN
from app.catalogue.schemas.editing import REASON_LABELS, PictureUpdate, read_reason
from app.catalogue.service import pictures
from app.core.forms import parse_form
from app.core.languages import N_, Language, show_date
from app.core.templating import Page

STATE_LABELS = {
    ProductState.DRAFT: N_("Draft"),
    ProductState.IN_REVIEW: N_("With the city"),
    ProductState.PUBLISHED: N_("Public"),
    ProductState.RETURNED: N_("Returned to you"),
    ProductState.ARCHIVED: N_("Archived"),
}
COUNTRIES = {"MY": N_("Malaysia"), "KR": N_("Korea"), "EC": N_("Ecuador"), "ID": N_("Indonesia")}
SECTIONS = (
    ("catalogue:product_edit", N_("Facts")),
    ("catalogue:product_texts", N_("Words")),
    ("catalogue:product_prices", N_("Prices")),
    ("catalogue:product_variants", N_("Variants")),
    ("catalogue:product_pictures", N_("Pictures")),
    ("catalogue:product_halal", N_("Halal")),
    ("catalogue:product_preview", N_("Preview")),
)
HALAL_WORDS = ("halal", "할랄")


REASONS = {
    "damaged": N_("The picture could not be read. Save it again as JPEG and upload that."),
    "empty": N_("The file was lost. Upload the picture again."),
    "too_slow": N_("The picture took too long to read. Save it again as JPEG and upload that."),
}


@dataclass(frozen=True)
class Meter:
    """How ready a product is for a country, and what is worth filling in next."""

    label: str
    percent: int
    next: tuple[str, str] | None


@dataclass(frozen=True)
class Head:
    """What stands above every page of one product."""

    slug: str
    name: str
    version: int
    state: str
    state_label: str
    reason: str
    note: str
    sections: tuple[tuple[str, str, bool], ...]
    missing: tuple[tuple[str, str], ...]
    """(what to do, where) for everything that must stand before it can be sent."""
    meters: tuple[Meter, ...]
    halal_in_text: bool
    halal_url: str
    bans: tuple[str, ...]
    """Words in names and pictures that no halal certificate is given for, as hints."""
    public_url: str | None
    can_submit: bool
    can_archive: bool
    can_restore: bool


@dataclass(frozen=True)
class RowView:
    """A product in a list of the workspace or the office."""

    url: str
    name: str
    state: str
    state_label: str
    category: str
    maker: str
    picture: views.PictureView | None
    price: str
    languages: str
    row: OwnRow


@dataclass(frozen=True)
class PictureTile:
    """A picture with what can be done to it."""

    id: int
    state: str
    reason: str
    picture: views.PictureView | None
    alts: tuple[tuple[str, str, str], ...]
    """(code, name of the language, text)."""
    focal: tuple[float, float]
    first: bool
    last: bool


def _returned(session: Session, business: Business | None) -> int:
    return editing.count_own_states(session, [business.id])[ProductState.RETURNED] if business else 0


def _waiting(session: Session, _: Business | None) -> int:
    return editing.count_review(session)


def _own_todos(page: Page, session: Session, business: Business) -> Iterator[desks.Todo]:
    """What waits for a maker among her goods."""
    counts = editing.count_own_states(session, [business.id])
    returned, drafts = counts[ProductState.RETURNED], counts[ProductState.DRAFT]
    look = page.gettext(N_("Look at them"))
    if returned:
        words = page.ngettext("%(num)s product was returned to you", "%(num)s products were returned to you", returned)
        yield desks.Todo(words, page.url("catalogue:workspace_products", state="returned"), look)
    if drafts:
        words = page.ngettext("%(num)s product is not sent yet", "%(num)s products are not sent yet", drafts)
        yield desks.Todo(words, page.url("catalogue:workspace_products", state="draft"), look)
    if not any(counts.values()):
        address = page.url("catalogue:product_new")
        yield desks.Todo(page.gettext(N_("Nothing to sell yet")), address, page.gettext(N_("Add a product")))


def _office_todos(page: Page, session: Session) -> Iterator[desks.Todo]:
    """The queue of goods."""
    queue = editing.list_review(session, limit=1)
    since = queue.rows[0].submitted_at if queue.rows else None
    yield desks.Todo(
        page.ngettext("%(num)s product to check", "%(num)s products to check", queue.total),
        page.url("catalogue:review_list"),
        page.gettext(N_("Check goods")),
        page.gettext(N_("the oldest since %(day)s"), day=show_date(since, page.language)) if since else "",
    )


desks.WORKSPACE_NAV[1:1] = [
    desks.NavItem("catalogue:workspace_products", "list", N_("Goods"), _returned),
    desks.NavItem("catalogue:product_new", "plus", N_("Add")),
]
desks.PROFILE_PARTS.insert(2, ("catalogue:cover", N_("Cover picture")))
desks.OFFICE_NAV.append(desks.NavItem("catalogue:review_list", "box", N_("Goods"), _waiting))
desks.WORKSPACE_PANELS.append(_own_todos)
desks.OFFICE_QUEUES.append(_office_todos)


def place_of(page: Page, product: Product, field: str) -> str:
    """The address of the input where something is filled in."""
    name, _, rest = field.partition(".")
    slug = product.slug
    if name in {"name", "summary", "story", "care", "materials", "stale"}:
        language = rest or product.source_language
        anchor = "name" if name == "stale" else name
        return f"{page.url('catalogue:product_texts', slug=slug, language=language)}#f-{anchor}"
    if name in {"picture", "pictures", "alt"}:
        return page.url("catalogue:product_pictures", slug=slug)
    if name in {"price", "price_there"}:
        return page.url("catalogue:product_prices", slug=slug)
    anchor = {"size": "length_mm"}.get(field, field)
    return f"{page.url('catalogue:product_edit', slug=slug)}#f-{anchor}"


def head(page: Page, product: Product, current: str, *, office: bool = False) -> Head:
    """The head of a product's pages; ``current`` is the route of the section that is open."""
    reason, note = read_reason(product.return_reason) if product.return_reason else (None, "")
    offer = offer_of(product, product.category.family, stale_languages(product))
    state = ProductState(product.state)
    may_submit = rules.can_move(state, ProductState.IN_REVIEW)
    return Head(
        slug=product.slug,
        name=name_of(product),
        version=product.version,
        state=state.value,
        state_label=page.gettext(STATE_LABELS[state]),
        reason=page.gettext(REASON_LABELS[reason]) if reason and state == ProductState.RETURNED else "",
        note=note if state == ProductState.RETURNED else "",
        sections=tuple(
            (page.gettext(label), page.url(name, slug=product.slug), name == current) for name, label in SECTIONS
        ),
        missing=tuple(
            (
                page.gettext(message)
                if not field.startswith("attributes.")
                else _attribute_missing(page, product, field),
                place_of(page, product, field),
            )
            for field, message in missing_for_review(offer).items()
        )
        if may_submit or office
        else (),
        meters=tuple(
            Meter(
                label=page.gettext(
                    N_("%(country)s, in %(language)s"),
                    country=page.gettext(COUNTRIES[destination.country]),
                    language=language.native_name,
                ),
                percent=result.percent,
                next=(
                    own.step_label(result.next, product.category.family, page.language),
                    place_of(page, product, result.next.field),
                )
                if result.next
                else None,
            )
            for language, destination, result in own.assessed(product)
        ),
        halal_in_text=mentions_halal(product),
        halal_url=page.url("catalogue:product_halal", slug=product.slug),
        bans=tuple(page.gettext(bans.HINTS[each.ban], word=each.word) for each in banned_words(product)),
        public_url=page.url("catalogue:product_detail", slug=product.slug) if state == ProductState.PUBLISHED else None,
        can_submit=may_submit,
        can_archive=rules.can_move(state, ProductState.ARCHIVED),
        can_restore=state == ProductState.ARCHIVED,
    )


def _attribute_missing(page: Page, product: Product, field: str) -> str:
    key = field.partition(".")[2]
    labels = {each.key: each.label for each in own.attributes(product.category.family, page.language)}
    return page.gettext(N_("Fill in “%(field)s”: buyers filter by it."), field=labels[key])


def name_of(product: Product) -> str:
    """The name in the product's first language."""
    texts = {text.language: text.name for text in product.texts}
    return texts.get(product.source_language) or next(iter(texts.values()), product.slug)


def mentions_halal(product: Product) -> bool:
    """Whether a product's own words speak of halal, which earns nothing: only a certificate does."""
    return any(
        word in part.casefold()
        for text in product.texts
        for part in (text.name, text.summary, text.story, text.care, text.materials)
        for word in HALAL_WORDS
    )


def banned_words(product: Product) -> tuple[bans.Found, ...]:
    """Words in the names of goods for the body, and in what their pictures show, that stand in a certificate's way."""
    if product.category.goods_class not in TAKEN_IN:
        return ()
    names = bans.find_in_names(text.name for text in product.texts)
    shown = bans.find_in_pictures(alt for picture in product.pictures for alt in picture.alt.values())
    return (*names, *shown)


def row_view(page: Page, row: OwnRow, category: str, url: str) -> RowView:
    """A row of a list."""
    return RowView(
        url=url,
        name=row.name,
        state=row.state.value,
        state_label=page.gettext(STATE_LABELS[row.state]),
        category=category,
        maker=row.business_name,
        picture=views.picture_view(presenting.picture(row.picture, page.language)),
        price=row.price.show(page.language) if row.price else page.gettext(N_("Price on request")),
        languages=" ".join(row.languages),
        row=row,
    )


def error_title(page: Page, title: str) -> str:
    """The title of a refused form."""
    return page.gettext(N_("Error: %(title)s"), title=title)


def category_options(reference: Any, page: Page) -> list[tuple[str, list[tuple[str, str]]]]:
    """The tree as the choices of a select: what is below each branch, or the branch itself."""
    options = []
    for root in reference.roots:
        nodes = [reference.categories[number] for number in root.children] or [root]
        options.append((root.name(page.language), [(node.slug, node.name(page.language)) for node in nodes]))
    return options


def picture_tile(page: Page, picture: Picture, *, first: bool = True, last: bool = True) -> PictureTile:
    """A picture as its maker sees it."""
    failed, ready = picture.state == PictureState.FAILED, picture.state == PictureState.READY
    shown = presenting.picture(presenting.stored_picture(picture), page.language) if ready else None
    return PictureTile(
        id=picture.id,
        state=picture.state,
        reason=page.gettext(REASONS.get(picture.reason, REASONS["damaged"])) if failed else "",
        picture=views.picture_view(shown),
        alts=tuple((code.value, code.native_name, picture.alt.get(code.value, "")) for code in Language),
        focal=(picture.focal_x, picture.focal_y),
        first=first,
        last=last,
    )


def press_button(
    session: Session,
    form: FormData,
    *,
    actor: Subject,
    owner: Product | Business,
    picture: Picture,
    now: dt.datetime,
) -> None:
    """Do what the buttons of a picture say: save its words, point, move, remove, try again.

    Raises:
        DomainError: it cannot be done; see ``service.pictures``.
    """
    act: dict[str, Any] = {"actor": actor, "owner": owner, "picture": picture, "now": now}
    do = str(form.get("do", ""))
    if do == "remove":
        pictures.remove_picture(session, **act)
        return
    if do == "retry":
        pictures.retry_picture(session, **act)
        return
    change: dict[str, Any] = {}
    if do in {"earlier", "later"} and isinstance(owner, Product):
        place = pictures.in_order(owner).index(picture)
        change["position"] = max(0, place + (1 if do == "later" else -1))
    if do.startswith("point:"):
        change["focal_x"], _, change["focal_y"] = do.removeprefix("point:").partition(":")
    typed = {code.value: form.get(f"alt_{code.value}") for code in Language}
    change["alt"] = {code: text.strip() for code, text in typed.items() if isinstance(text, str)}
    pictures.update_picture(session, data=parse_form(PictureUpdate, change), **act)
