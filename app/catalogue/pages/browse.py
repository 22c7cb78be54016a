"""Pages for buyers: lists, search, a category, a product."""

import contextlib
import datetime as dt
from collections import OrderedDict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from fastapi.responses import JSONResponse

from app.accounts.web import PageDep
from app.catalogue import halal_views, presenting, views
from app.catalogue.queries import halal_public, listing, products
from app.catalogue.queries.reference import CategoryNode, Reference, get_reference
from app.catalogue.schemas.listing import Sort
from app.core.answers import keep_answer, public_version_of
from app.core.errors import Invalid, NotFound
from app.core.languages import N_, Language, is_country, show_country, show_number
from app.core.money import Currency
from app.core.pagination import CursorText
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, unit_router
from app.halal.rules import Status, day_of
from app.halal.words import STATUS_LABELS

router = unit_router()
PER_PAGE = 24
SORT_LABELS = {
    Sort.RELEVANCE: N_("Best match"),
    Sort.NEWEST: N_("Newest first"),
    Sort.PRICE: N_("Price, low to high"),
    Sort.PRICE_DESC: N_("Price, high to low"),
}


@dataclass(frozen=True)
class Browse:
    """The state of a list as its address says it. What makes no sense is left out rather than refused."""

    q: str
    category: str | None
    kecamatan: tuple[str, ...]
    verified: bool | None
    price: str
    moq_max: int | None
    halal: Status | None
    recognised_in: str | None
    sort: Sort | None

    def params(self, **changes: Any) -> dict[str, Any]:
        """The query of an address with some choices changed; the place in the list starts anew."""
        values = {
            "q": self.q,
            "kecamatan": list(self.kecamatan),
            "verified": {None: None, True: "true", False: "false"}[self.verified],
            "price": self.price,
            "moq_max": self.moq_max,
            "halal": self.halal.value if self.halal else None,
            "recognised_in": self.recognised_in,
            "sort": self.sort.value if self.sort else None,
        }
        return {name: value for name, value in {**values, **changes}.items() if value or value == 0}

    def filters(self, language: Language, currency: Currency) -> listing.ListingFilter:
        """The same as a filter."""
        low, _, high = self.price.partition("-")
        return listing.ListingFilter(
            language=language,
            currency=currency,
            q=self.q,
            category=self.category,
            kecamatan=self.kecamatan,
            verified=self.verified,
            price_min=Decimal(low) if low.isdigit() else None,
            price_max=Decimal(high) if high.isdigit() else None,
            moq_max=self.moq_max,
            halal=self.halal,
            recognised_in=self.recognised_in,
            sort=self.sort,
        )


def _browse(request: Request, category: str | None) -> Browse:
    query = request.query_params
    moq = query.get("moq_max", "")
    sort = query.get("sort", "")
    price = query.get("price", "")
    country = query.get("recognised_in", "")
    return Browse(
        q=query.get("q", "").replace("\x00", "").strip()[:200],
        category=category,
        kecamatan=tuple(dict.fromkeys(query.getlist("kecamatan")))[:40],
        verified={"true": True, "false": False}.get(query.get("verified", "")),
        price=price if len(price) <= 25 and price.replace("-", "", 1).isdigit() else "",  # noqa: PLR2004
        moq_max=int(moq) if moq.isdigit() and 0 < len(moq) <= 7 and int(moq) else None,  # noqa: PLR2004
        halal=next((each for each in Status if each.value == query.get("halal")), None),
        recognised_in=country if is_country(country) else None,
        sort=next((each for each in Sort if each.value == sort), None),
    )


@router.get("/{locale}/products", name="catalogue:product_list", include_in_schema=False)
def product_list(
    request: Request,
    locale: Language,
    page: PageDep,
    session: SessionDep,
    now: NowDep,
    cursor: CursorText | None = None,
) -> Response:
    """All goods, or those that a search finds."""
    keep_answer(request)
    state = _browse(request, None)
    return _render_list(request, page, session, state, None, cursor, on=day_of(now))


@router.get("/{locale}/categories/{slug}", name="catalogue:category_detail", include_in_schema=False)
def category_detail(
    request: Request,
    locale: Language,
    slug: Annotated[str, Path(max_length=60)],
    page: PageDep,
    session: SessionDep,
    now: NowDep,
    cursor: CursorText | None = None,
) -> Response:
    """The goods of a category."""
    keep_answer(request)
    reference = get_reference(session, version=public_version_of(request))
    node = reference.by_slug.get(slug)
    if node is None:
        raise NotFound
    return _render_list(request, page, session, _browse(request, slug), node, cursor, on=day_of(now))


def _render_list(
    request: Request,
    page: Page,
    session: SessionDep,
    state: Browse,
    node: CategoryNode | None,
    cursor: str | None,
    *,
    on: dt.date,
) -> Response:
    wanted = state.filters(page.language, page.currency)
    version = public_version_of(request)
    try:
        result = listing.list_products(session, wanted, on=on, limit=PER_PAGE, cursor=cursor, version=version)
    except Invalid:
        # A filter or a place that is no longer known: show the list without it instead of an error.
        state = replace(state, kecamatan=())
        result = listing.list_products(
            session, state.filters(page.language, page.currency), on=on, limit=PER_PAGE, version=version
        )
        cursor = None
    if not result.rows and state.q and cursor is None:
        request.app.state.misses.note(state.q, page.language)
    view = _list_view(page, state, node, result, cursor)
    name, params = _place(state)
    bare = not any(
        (
            state.q,
            state.kecamatan,
            state.price,
            state.moq_max,
            state.verified is not None,
            state.halal,
            state.recognised_in,
            cursor,
            state.sort,
        )
    )
    meta = PageMeta(
        title=view.title,
        description=view.intro
        or page.gettext(N_("Goods by the small makers of Bandung, with prices, minimum orders and lead times.")),
        canonical=page.absolute(page.url(name, **params)) if bare else "",
        alternates=page.alternates(name, **params) if bare else (),
        json_ld=(views.breadcrumb_ld(page, view.trail),) if bare and view.trail else (),
    )
    return page.render("catalogue/product_list.html", meta, view=view, query=state.q)


def _place(state: Browse) -> tuple[str, dict[str, Any]]:
    if state.category:
        return "catalogue:category_detail", {"slug": state.category}
    return "catalogue:product_list", {}


def _list_view(
    page: Page, state: Browse, node: CategoryNode | None, result: listing.ListingPage, cursor: str | None
) -> views.ProductListPage:
    name, place = _place(state)
    reference = result.reference

    def url(**changes: Any) -> str:
        return page.url(name, **place, **state.params(**changes))

    def category_url(slug: str) -> str:
        return page.url("catalogue:category_detail", slug=slug, **state.params())

    total_text = page.ngettext("%(num)s product", "%(num)s products", result.total)
    title = node.name(page.language) if node else page.gettext(N_("All goods"))
    if state.q:
        title = page.gettext(N_("“%(words)s”"), words=state.q)
    trail: tuple[tuple[str, str | None], ...] = ()
    if node:
        nodes = reference.path(node.id)
        trail = (
            (page.gettext(N_("All goods")), page.url("catalogue:product_list")),
            *((each.name(page.language), category_url(each.slug) if each is not node else None) for each in nodes),
        )
    suggestion = None
    intro = ""
    if result.corrected:
        intro = page.gettext(
            N_("Nothing is called “%(typed)s”. These are goods for “%(words)s”."), typed=state.q, words=result.corrected
        )
    return views.ProductListPage(
        title=title,
        intro=intro,
        trail=trail,
        query=state.q,
        items=tuple(views.card(page, row, reference, result.halal) for row in result.rows),
        total=result.total,
        total_text=total_text,
        children=tuple(
            views.Link(reference.by_slug[each.value].name(page.language), category_url(each.value), each.count)
            for each in result.facets.category
            if node is not None and node.children and each.value != node.slug
        ),
        facets=_facets(page, state, result, url, category_url),
        chips=_chips(page, state, result, url),
        clear_url=page.url(name, **place, **({"q": state.q} if state.q else {})),
        sorts=tuple(
            (page.gettext(label), url(sort=None if _is_default(sort, state) else sort.value), sort is _order(state))
            for sort, label in SORT_LABELS.items()
            if state.q or sort is not Sort.RELEVANCE
        ),
        next_url=url(cursor=result.next) if result.next else None,
        first_url=url() if cursor else None,
        suggestion=suggestion,
        near=tuple(
            views.Link(each.name(page.language), page.url("catalogue:category_detail", slug=each.slug), None)
            for each in reference.roots
        )
        if not result.rows
        else (),
        ask_url=None,
    )


def _order(state: Browse) -> Sort:
    return listing.ListingFilter(Language.EN, Currency.IDR, q=state.q, sort=state.sort).order


def _is_default(sort: Sort, state: Browse) -> bool:
    return sort is (Sort.RELEVANCE if state.q else Sort.NEWEST)


_shown_facets: OrderedDict[tuple[Language, Currency, Browse], tuple[listing.Facets, tuple[views.Facet, ...]]] = (
    OrderedDict()
)
MOST_SHOWN_FACETS = 256


def _facets(
    page: Page, state: Browse, result: listing.ListingPage, url: Any, category_url: Any
) -> tuple[views.Facet, ...]:
    """The facets in words; made once for all pages of a list, since most of them differ by the place only."""
    key = (page.language, page.currency, state)
    kept = _shown_facets.get(key)
    if kept is not None and kept[0] is result.facets:
        return kept[1]
    shown = _facets_in_words(page, state, result, url, category_url)
    _shown_facets[key] = (result.facets, shown)
    while len(_shown_facets) > MOST_SHOWN_FACETS:
        with contextlib.suppress(KeyError):  # another thread may have been faster
            _shown_facets.popitem(last=False)
    return shown


def _facets_in_words(
    page: Page, state: Browse, result: listing.ListingPage, url: Any, category_url: Any
) -> tuple[views.Facet, ...]:
    reference = result.reference
    facets = [
        views.Facet(
            id="category",
            title=page.gettext(N_("Category")),
            open=True,
            options=tuple(
                views.Option(
                    reference.by_slug[each.value].name(page.language),
                    category_url(each.value)
                    if not each.selected
                    else page.url("catalogue:product_list", **state.params()),
                    each.count,
                    each.selected,
                )
                for each in result.facets.category
            ),
        ),
        views.Facet(
            id="halal",
            title=page.gettext(N_("Halal")),
            open=True,
            options=tuple(
                views.Option(
                    page.gettext(STATUS_LABELS[Status(each.value)]),
                    url(halal=None if each.selected else each.value),
                    each.count,
                    each.selected,
                )
                for each in result.facets.halal
            ),
        ),
        views.Facet(
            id="recognised-in",
            title=page.gettext(N_("Certified and recognised in")),
            open=state.recognised_in is not None,
            options=tuple(
                views.Option(
                    show_country(each.value, page.language),
                    url(recognised_in=None if each.selected else each.value),
                    each.count,
                    each.selected,
                )
                for each in result.facets.recognised_in
            ),
        ),
        views.Facet(
            id="price",
            title=page.gettext(N_("Price per unit (%(currency)s)"), currency=page.currency.value),
            open=True,
            options=tuple(
                views.Option(
                    views.price_band(page, each.value),
                    url(price=None if each.selected else each.value),
                    each.count,
                    each.selected,
                )
                for each in result.facets.price
            ),
        ),
        views.Facet(
            id="moq",
            title=page.gettext(N_("Minimum order")),
            open=False,
            options=tuple(
                views.Option(
                    page.gettext(N_("up to %(count)s"), count=show_number(int(each.value), page.language)),
                    url(moq_max=None if each.selected else each.value),
                    each.count,
                    each.selected,
                )
                for each in result.facets.moq_max
            ),
        ),
        views.Facet(
            id="kecamatan",
            title=page.gettext(N_("District")),
            open=bool(state.kecamatan),
            options=tuple(
                views.Option(
                    _kecamatan_name(reference, each.value),
                    url(kecamatan=views.toggle(state.kecamatan, each.value)),
                    each.count,
                    each.selected,
                )
                for each in result.facets.kecamatan[:40]
            ),
        ),
        views.Facet(
            id="verified",
            title=page.gettext(N_("Maker")),
            open=False,
            options=tuple(
                views.Option(
                    page.gettext(N_("Verified by the city")),
                    url(verified=None if each.selected else each.value),
                    each.count,
                    each.selected,
                )
                for each in result.facets.verified
                if each.value == "true"
            ),
        ),
    ]
    return tuple(facet for facet in facets if facet.options)


def _kecamatan_name(reference: Reference, slug: str) -> str:
    code = reference.kecamatan_codes.get(slug)
    return reference.kecamatan[code][1] if code else slug


def _chips(page: Page, state: Browse, result: listing.ListingPage, url: Any) -> tuple[tuple[str, str], ...]:
    chips = [
        (_kecamatan_name(result.reference, slug), url(kecamatan=views.toggle(state.kecamatan, slug)))
        for slug in state.kecamatan
    ]
    if state.price:
        chips.append((views.price_band(page, state.price), url(price=None)))
    if state.moq_max:
        count = show_number(state.moq_max, page.language)
        chips.append((page.gettext(N_("Minimum up to %(count)s"), count=count), url(moq_max=None)))
    if state.halal is not None:
        chips.append((page.gettext(STATUS_LABELS[state.halal]), url(halal=None)))
    if state.recognised_in is not None:
        country = show_country(state.recognised_in, page.language)
        chips.append((page.gettext(N_("Recognised in %(country)s"), country=country), url(recognised_in=None)))
    if state.verified is not None:
        chips.append((page.gettext(N_("Verified by the city")), url(verified=None)))
    return tuple(chips)


@router.get("/{locale}/suggestions", name="catalogue:product_suggestions", include_in_schema=False)
def product_suggestions(
    request: Request,
    locale: Language,
    page: PageDep,
    session: SessionDep,
    q: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Continuations of what is being typed, for the search field."""
    keep_answer(request)
    items = [
        {"text": words, "url": page.url("catalogue:product_list", q=words), "kind": ""}
        for words in listing.suggest_words(session, q)
    ]
    return JSONResponse({"items": items})


@router.get("/{locale}/products/{slug}", name="catalogue:product_detail", include_in_schema=False)
def product_detail(
    request: Request,
    locale: Language,
    slug: Annotated[str, Path(max_length=100)],
    page: PageDep,
    session: SessionDep,
    now: NowDep,
    destination: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """One product. A destination of two letters is told of first; what else stands in the address is passed over."""
    keep_answer(request)
    reference = get_reference(session, version=public_version_of(request))
    product = products.get_public_product(session, slug)
    shown = presenting.detail(product, page.language, page.currency, reference)
    others = listing.list_products(
        session,
        listing.ListingFilter(page.language, page.currency, business_id=product.business_id),
        on=day_of(now),
        limit=9,
        version=reference.version,
    )
    more = tuple(views.card(page, row, reference, others.halal) for row in others.rows if row.product_id != product.id)[
        :8
    ]
    chosen = destination if is_country(destination) else None
    known = halal_public.get_product_halal(
        session, product.id, others.halal, destinations=others.halal.reference.destinations(chosen)
    )
    stories: dict[str, str] = {text.language: text.story for text in product.business.texts}
    view = views.product_page(
        page,
        shown,
        reference,
        more=more,
        maker_story=presenting.pick(stories, page.language)[0],
        halal=halal_views.panel(page, known, others.halal, chosen=chosen),
    )
    canonical = page.absolute(page.url("catalogue:product_detail", slug=slug))
    picture = shown.pictures[0] if shown.pictures else None
    product_ld = views.product_ld(page, shown, canonical, certificate=known.deciding(), halal=others.halal)
    meta = PageMeta(
        title=view.name,
        description=view.summary or view.story[:160],
        canonical=canonical,
        alternates=page.alternates("catalogue:product_detail", slug=slug),
        image=page.absolute(views.largest(picture, "image/jpeg")) if picture else "",
        json_ld=(product_ld, views.breadcrumb_ld(page, view.trail)),
    )
    return page.render("catalogue/product_detail.html", meta, view=view)
