"""The city's queue of goods: look, publish or return, next one."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Response

from app.accounts.web import OfficialDep, PageDep
from app.businesses import desks
from app.catalogue import own, presenting, views
from app.catalogue.models import Product, ProductState
from app.catalogue.pages import desk
from app.catalogue.queries import editing
from app.catalogue.queries.reference import get_reference
from app.catalogue.schemas.editing import REASON_LABELS, ReturnDecision
from app.catalogue.service import review
from app.core.errors import DomainError, Invalid
from app.core.forms import FormDep, FormState, form_state, parse_form
from app.core.languages import N_, Language
from app.core.pagination import CursorText
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, unit_router

router = unit_router(include_in_schema=False)
PER_PAGE = 50
QUEUE = "catalogue:review_list"
SlugPath = Annotated[str, Path(max_length=100)]


@dataclass(frozen=True)
class QueueRow:
    """A product that waits."""

    row: desk.RowView
    age: str


@dataclass(frozen=True)
class QueuePage:
    """What waits for the city, longest first."""

    rows: tuple[QueueRow, ...]
    total: int
    next_url: str | None
    first_url: str | None


@dataclass(frozen=True)
class TextView:
    """The words of one language, for reading."""

    language: Language
    origin: str
    stale: bool
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReviewPage:
    """One product with all that a decision needs."""

    head: desk.Head
    maker: str
    maker_url: str | None
    maker_verified: bool
    age: str
    category: str
    pictures: tuple[views.PictureView, ...]
    facts: tuple[tuple[str, str], ...]
    texts: tuple[TextView, ...]
    reasons: tuple[tuple[str, str], ...]
    waiting: int
    next_url: str | None
    decidable: bool
    public: bool


def _age(page: Page, since: dt.datetime | None, now: dt.datetime) -> str:
    if since is None:
        return ""
    days = (now - since).days
    if days < 1:
        return page.gettext(N_("since today"))
    return page.ngettext("for %(num)s day", "for %(num)s days", days)


@router.get("/{locale}/office/products", name=QUEUE)
def review_list(
    locale: Language,
    page: PageDep,
    person: OfficialDep,
    session: SessionDep,
    now: NowDep,
    cursor: CursorText | None = None,
) -> Response:
    """Goods that wait for a decision."""
    try:
        found = editing.list_review(session, limit=PER_PAGE, cursor=cursor)
    except Invalid:
        cursor = None
        found = editing.list_review(session, limit=PER_PAGE)
    reference = get_reference(session)
    rows = tuple(
        QueueRow(
            desk.row_view(
                page,
                row,
                reference.categories[row.category_id].name(page.language),
                page.url("catalogue:review_detail", slug=row.slug),
            ),
            _age(page, row.submitted_at, now),
        )
        for row in found.rows
    )
    view = QueuePage(
        rows=rows,
        total=found.total,
        next_url=page.url(QUEUE, cursor=found.next) if found.next else None,
        first_url=page.url(QUEUE) if cursor else None,
    )
    work = desks.office_frame(page, session, QUEUE)
    meta = PageMeta(title=page.gettext(N_("Goods to check")))
    return page.render("catalogue/review_list.html", meta, work=work, view=view)


def _review_page(page: Page, session: SessionDep, product: Product, now: dt.datetime) -> ReviewPage:
    reference = get_reference(session)
    shown = own.detail(product, page.language, page.currency, reference)
    following = editing.find_next_review(session, after=product)
    stale = editing.stale_languages(product)
    labels = (
        ("name", N_("Name")),
        ("summary", N_("One sentence")),
        ("story", N_("How it is made")),
        ("materials", N_("Made of")),
        ("care", N_("Care and keeping")),
    )
    return ReviewPage(
        head=desk.head(page, product, "", office=True),
        maker=product.business.brand,
        maker_url=page.url("businesses:business_detail", slug=product.business.slug)
        if product.business.verified_at
        else None,
        maker_verified=product.business.state == "verified",
        age=_age(page, product.submitted_at, now),
        category=" › ".join(node.name(page.language) for node in reference.path(product.category_id)),
        pictures=tuple(
            view for each in presenting.pictures(product, page.language) if (view := views.picture_view(each))
        ),
        facts=tuple(
            [
                (
                    page.gettext(N_("From %(count)s"), count=each.min_quantity),
                    each.price.to_money().show(page.language) + (f" ({each.sku})" if each.sku else ""),
                )
                for each in shown.own_prices
            ]
            + [(each.label, each.shown) for each in shown.attributes]
            + [
                (page.gettext(N_("Minimum order")), str(product.moq)),
                (page.gettext(N_("Ready in (days)")), str(product.lead_days or "")),
                (page.gettext(N_("Customs code (HS 2022)")), product.hs_code or ""),
            ]
        ),
        texts=tuple(
            TextView(
                language=Language(text.language),
                origin=text.origin,
                stale=text.language in stale,
                rows=tuple((page.gettext(label), getattr(text, name)) for name, label in labels),
            )
            for text in sorted(
                product.texts, key=lambda each: (each.language != product.source_language, each.language)
            )
        ),
        reasons=tuple((reason.value, page.gettext(label)) for reason, label in REASON_LABELS.items()),
        waiting=editing.count_review(session),
        next_url=page.url("catalogue:review_detail", slug=following) if following else None,
        decidable=product.state == ProductState.IN_REVIEW,
        public=product.state == ProductState.PUBLISHED,
    )


def _title(page: Page, product: Product) -> str:
    return page.gettext(N_("Check: %(name)s"), name=desk.name_of(product))


@router.get("/{locale}/office/products/{slug}", name="catalogue:review_detail")
def review_detail(
    locale: Language, slug: SlugPath, page: PageDep, person: OfficialDep, session: SessionDep, now: NowDep
) -> Response:
    """One product with everything that a decision needs on one page."""
    product = editing.get_reviewed_product(session, person, slug)
    view = _review_page(page, session, product, now)
    work = desks.office_frame(page, session, QUEUE)
    meta = PageMeta(title=_title(page, product))
    return page.render("catalogue/review_detail.html", meta, work=work, view=view, form=FormState())


@router.post("/{locale}/office/products/{slug}", name="catalogue:review_decide")
def review_decide(
    locale: Language,
    slug: SlugPath,
    page: PageDep,
    person: OfficialDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Publish, return or take down; then the next one that waits."""
    product = editing.get_reviewed_product(session, person, slug)
    seen = form.get("version")
    version = int(seen) if isinstance(seen, str) and seen.isascii() and seen.isdigit() and len(seen) < 10 else None  # noqa: PLR2004
    do = form.get("do")
    try:
        if do == "publish":
            review.publish_product(session, actor=person, product=product, now=now, version=version)
        else:
            act = review.take_down_product if do == "take_down" else review.return_product
            data = parse_form(ReturnDecision, form)
            act(session, actor=person, product=product, data=data, now=now, version=version)
    except DomainError as error:
        session.rollback()
        product = editing.get_reviewed_product(session, person, slug)
        view = _review_page(page, session, product, now)
        meta = PageMeta(title=desk.error_title(page, _title(page, product)))
        state = form_state(form, error, page.language)
        work = desks.office_frame(page, session, QUEUE)
        return page.reject("catalogue/review_detail.html", meta, error, form=state, work=work, view=view)
    following = editing.find_next_review(session, after=product)
    if following is None:
        return page.redirect(QUEUE, notice="decided" if do == "publish" else "returned")
    return page.redirect("catalogue:review_detail", slug=following, notice="decided")
