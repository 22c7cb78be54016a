"""Matching the names printed on a certificate with goods: proposals that a person confirms."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import PageDep, scoped
from app.businesses import desks
from app.businesses import queries as businesses
from app.businesses.models import Business
from app.catalogue import names
from app.catalogue import road as roads
from app.catalogue.pages import desk
from app.catalogue.pages.halal_road import ROAD
from app.catalogue.queries import halal as queries
from app.catalogue.queries.halal import Good
from app.catalogue.service import halal as service
from app.core.errors import DomainError, NotFound
from app.core.forms import FormDep, FormState, form_state
from app.core.languages import N_, Language
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, unit_router
from app.halal import words
from app.halal.models import Certificate

router = unit_router(include_in_schema=False)
ReaderDep = Annotated[Subject, scoped(Scope.CATALOGUE_READ)]
WriterDep = Annotated[Subject, scoped(Scope.CATALOGUE_WRITE)]
PublicIdPath = Annotated[str, Path(max_length=16)]
MATCH = "catalogue:certificate_match"


@dataclass(frozen=True)
class ItemView:
    """A printed name with the goods it may mean."""

    id: int
    name: str
    options: list[tuple[str, str, str]]
    """(slug, name, why)."""
    ticked: tuple[str, ...]
    linked: tuple[str, ...]
    others: list[tuple[str, str]]


@dataclass(frozen=True)
class MatchPage:
    """A certificate and what its names may mean."""

    public_id: str
    number: str
    state: str
    state_label: str
    items: tuple[ItemView, ...]
    nothing_to_match: bool
    back: str


def _item(
    page: Page,
    item_id: int,
    name: str,
    goods: list[Good],
    suggested: tuple[names.Suggestion, ...],
    linked: set[int],
    refused: set[int],
) -> ItemView:
    known = {good.id: good for good in goods}
    scores = {each.product_id: each for each in suggested}
    shown = [*(number for number in known if number in linked), *(each for each in scores if each not in linked)]
    options = []
    for number in shown:
        why = (
            page.gettext(N_("matched"))
            if number in linked
            else page.gettext(N_("proposed: %(why)s"), why=page.gettext(names.WHY_WORDS[scores[number].why]))
        )
        options.append((known[number].slug, known[number].name, why))
    # Once somebody has decided about a name, nothing more is ticked beforehand.
    certain = () if linked else tuple(each for each in scores if scores[each].score >= names.CHOSEN_FROM)
    proposed = tuple(each for each in certain if each not in refused)
    return ItemView(
        id=item_id,
        name=name,
        options=options,
        ticked=tuple(known[number].slug for number in shown if number in linked or number in proposed),
        linked=tuple(known[number].slug for number in shown if number in linked),
        others=[
            ("", ""),
            *sorted(
                ((good.slug, good.name) for good in goods if good.id not in shown), key=lambda each: each[1].casefold()
            ),
        ],
    )


def _page(page: Page, session: Session, business: Business, certificate: Certificate) -> MatchPage:
    paper = queries.paper_of(certificate)
    goods = queries.list_goods(session, business.id)
    suggested = roads.propose(paper, goods, brand=business.brand)
    linked: dict[int, set[int]] = {}
    refused: dict[int, set[int]] = {}
    for link in queries.list_links(session, [good.id for good in goods], ended=True):
        if link.until is None:
            linked.setdefault(link.item_id, set()).add(link.product_id)
        elif link.refusal:
            refused.setdefault(link.item_id, set()).add(link.product_id)
    return MatchPage(
        public_id=paper.public_id,
        number=paper.number,
        state=paper.state.value,
        state_label=page.gettext(words.CERTIFICATE_STATES[paper.state]),
        items=tuple(
            _item(
                page, item_id, name, goods, suggested[item_id], linked.get(item_id, set()), refused.get(item_id, set())
            )
            for item_id, name in paper.items
        ),
        nothing_to_match=not goods or paper.state not in queries.SHOWN_STATES,
        back=page.url("halal:certificate_own", public_id=paper.public_id),
    )


def _frame(page: Page, session: Session, person: Subject) -> Any:
    return desks.workspace_frame(page, session, businesses.find_own_business(session, person), ROAD)


def _title(page: Page, certificate: Certificate) -> str:
    return page.gettext(N_("What certificate %(number)s covers"), number=certificate.number)


@router.get("/{locale}/workspace/certificates/{public_id}/products", name=MATCH)
def certificate_match(
    locale: Language, public_id: PublicIdPath, page: PageDep, person: ReaderDep, session: SessionDep
) -> Response:
    """Each printed name with the goods it may mean, to be confirmed."""
    certificate = queries.get_own_certificate(session, person, public_id)
    view = _page(page, session, session.get_one(Business, certificate.business_id), certificate)
    meta = PageMeta(title=_title(page, certificate))
    return page.render(
        "catalogue/workspace_halal_match.html", meta, work=_frame(page, session, person), view=view, form=FormState()
    )


@router.post("/{locale}/workspace/certificates/{public_id}/products", name="catalogue:certificate_save_match")
def certificate_save_match(
    locale: Language,
    public_id: PublicIdPath,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Link what is ticked, unlink what no longer is."""
    certificate = queries.get_own_certificate(session, person, public_id)
    slugs = {good.slug: good.id for good in queries.list_goods(session, certificate.business_id)}
    wanted = _pairs(form, ("item", "other"), certificate, slugs)
    shown = _pairs(form, ("was",), certificate, slugs)
    try:
        service.match_items(session, actor=person, certificate=certificate, wanted=wanted, shown=shown, now=now)
    except NotFound:
        raise
    except DomainError as error:
        session.rollback()
        certificate = queries.get_own_certificate(session, person, public_id)
        view = _page(page, session, session.get_one(Business, certificate.business_id), certificate)
        meta = PageMeta(title=desk.error_title(page, _title(page, certificate)))
        state = form_state(form, error, page.language)
        return page.reject(
            "catalogue/workspace_halal_match.html",
            meta,
            error,
            form=state,
            work=_frame(page, session, person),
            view=view,
        )
    return page.redirect(MATCH, public_id=public_id, notice="saved")


def _pairs(
    form: FormData, marks: tuple[str, ...], certificate: Certificate, slugs: dict[str, int]
) -> set[tuple[int, int]]:
    """(item, product) of the fields ``<mark>-<item>``; a product that is not this maker's is not found."""
    pairs = set()
    for item in certificate.items:
        for mark in marks:
            for slug in form.getlist(f"{mark}-{item.id}"):
                if slug == "":
                    continue
                if not isinstance(slug, str) or slug not in slugs:
                    raise NotFound
                pairs.add((item.id, slugs[slug]))
    return pairs
