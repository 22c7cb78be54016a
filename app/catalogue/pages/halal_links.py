"""Matches of goods with printed names, for officials: those that wait, and what pages of certificates show of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Response
from sqlmodel import Session
from starlette.datastructures import FormData

from app.accounts.web import OfficialDep, PageDep
from app.businesses import desks
from app.catalogue import names, presenting, views
from app.catalogue import road as roads
from app.catalogue.pages import desk
from app.catalogue.queries import halal_links as queries
from app.catalogue.queries.halal_links import Match
from app.catalogue.schemas.halal_office import LinkRefuse
from app.catalogue.service import halal as service
from app.core.errors import DomainError, Forbidden, Invalid, NotFound
from app.core.forms import FormDep, FormState, form_state, parse_form
from app.core.languages import N_, Language
from app.core.pagination import CursorText
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, moment_of, unit_router
from app.halal import matches
from app.halal.matches import MatchedGood
from app.halal.rules import day_of

router = unit_router(include_in_schema=False)
LINKS = "catalogue:halal_links"
NAV = "halal:certificate_queue"
"""The place in the office's navigation that this page belongs to."""
TEMPLATE = "catalogue/office_halal_links.html"
PER_PAGE = 30


@dataclass(frozen=True)
class LinkRow:
    """A match that waits."""

    good: MatchedGood
    item: str
    number: str
    certificate_url: str
    maker: str
    age: str
    refusing: bool
    """Its refusal was sent and lacks something."""


@dataclass(frozen=True)
class LinksPage:
    """Matches that wait, the oldest first."""

    rows: tuple[LinkRow, ...]
    total: int
    ticked: frozenset[int]
    next_url: str | None
    first_url: str | None


# --- beside the certificate -----------------------------------------------------------------------------------------


def good_of(page: Page, match: Match) -> MatchedGood:
    """A match in words: the product's name in Indonesian, as certificates are printed, and in English."""
    name = match.names.get(Language.ID.value) or match.names.get(match.source_language)
    shown = name or next(iter(match.names.values()), match.slug)
    also = match.names.get(Language.EN.value, "")
    return MatchedGood(
        id=match.id,
        item_id=match.item_id,
        name=shown,
        also="" if also == shown else also,
        picture=views.picture_view(presenting.picture(match.picture, page.language)),
        url=page.url("catalogue:review_detail", slug=match.slug),
        likeness=page.gettext(
            N_("%(score)s of 100 alike: %(why)s"), score=match.score, why=page.gettext(names.WHY_WORDS[match.why])
        ),
        alike=match.score >= roads.LIKELY_FROM,
        confirmed=match.confirmed,
    )


def _panel(page: Page, session: Session, certificate_ids: Sequence[int]) -> Iterable[MatchedGood]:
    return (good_of(page, match) for match in queries.list_matches(session, certificate_ids))


matches.REVIEW_PANELS.append(_panel)


# --- what waits -----------------------------------------------------------------------------------------------------


def _view(
    page: Page,
    session: Session,
    cursor: str | None,
    *,
    ticked: frozenset[int] = frozenset(),
    refusing: frozenset[int] = frozenset(),
) -> LinksPage:
    now = moment_of(page.request)
    today = day_of(now)
    try:
        found = queries.list_waiting(session, today=today, limit=PER_PAGE, cursor=cursor)
    except Invalid:
        cursor = None
        found = queries.list_waiting(session, today=today, limit=PER_PAGE)
    return LinksPage(
        rows=tuple(
            LinkRow(
                good=good_of(page, match),
                item=match.item,
                number=match.number,
                certificate_url=page.url("halal:certificate_review", public_id=match.public_id),
                maker=match.brand,
                age=_age(page, (now - match.linked_at).days),
                refusing=match.id in refusing,
            )
            for match in found.rows
        ),
        total=found.total,
        ticked=ticked,
        next_url=page.url(LINKS, cursor=found.next) if found.next else None,
        first_url=page.url(LINKS) if cursor else None,
    )


def _age(page: Page, days: int) -> str:
    if days < 1:
        return page.gettext(N_("since today"))
    return page.ngettext("for %(num)s day", "for %(num)s days", days)


def _title(page: Page) -> str:
    return page.gettext(N_("Goods matched with certificates"))


@router.get("/{locale}/office/halal/goods-links", name=LINKS)
def halal_links(
    locale: Language, page: PageDep, official: OfficialDep, session: SessionDep, cursor: CursorText | None = None
) -> Response:
    """Each product beside the printed name that its maker matched it with."""
    view = _view(page, session, cursor)
    work = desks.office_frame(page, session, NAV)
    return page.render(TEMPLATE, PageMeta(title=_title(page)), work=work, view=view, form=FormState())


@router.post("/{locale}/office/halal/goods-links/confirm", name="catalogue:halal_links_confirm")
def confirm_links(
    locale: Language, page: PageDep, official: OfficialDep, form: FormDep, session: SessionDep, now: NowDep
) -> Response:
    """Confirm those that are ticked."""
    ids = _ids(form)
    try:
        if not ids:
            raise Invalid(N_("Tick at least one."), code="nothing_chosen")
        service.confirm_links(session, actor=official, ids=ids, now=now)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refused(page, session, error, form, ticked=ids)
    return page.redirect(LINKS, notice="saved")


@router.post("/{locale}/office/halal/goods-links/refuse", name="catalogue:halal_links_refuse")
def refuse_link(
    locale: Language, page: PageDep, official: OfficialDep, form: FormDep, session: SessionDep, now: NowDep
) -> Response:
    """Say that one is not what the certificate names, and why."""
    ids = _ids(form)
    if not ids:
        raise NotFound
    try:
        service.refuse_links(session, actor=official, ids=ids, reason=parse_form(LinkRefuse, form).text, now=now)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refused(page, session, error, form, refusing=ids)
    return page.redirect(LINKS, notice="saved")


def _ids(form: FormData) -> frozenset[int]:
    texts = [each for each in form.getlist("link") if isinstance(each, str)]
    return frozenset(int(each) for each in texts if each.isascii() and each.isdecimal() and len(each) < 19)  # noqa: PLR2004


def _refused(page: Page, session: Session, error: DomainError, form: FormData, **chosen: Any) -> Response:
    session.rollback()
    return page.reject(
        TEMPLATE,
        PageMeta(title=desk.error_title(page, _title(page))),
        error,
        form=form_state(form, error, page.language),
        work=desks.office_frame(page, session, NAV),
        view=_view(page, session, None, **chosen),
    )


def _todos(page: Page, session: Session) -> Iterator[desks.Todo]:
    """Matches that wait; nothing when none does."""
    now = moment_of(page.request)
    number, oldest = queries.count_waiting(session, today=day_of(now))
    if number and oldest is not None:
        yield desks.Todo(
            page.ngettext(
                "%(num)s match of a product with a certificate waits",
                "%(num)s matches of products with certificates wait",
                number,
            ),
            page.url(LINKS),
            page.gettext(N_("Look at them")),
            page.gettext(N_("the oldest %(age)s"), age=_age(page, (now - oldest).days)),
        )


desks.OFFICE_QUEUES.append(_todos)
