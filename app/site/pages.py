"""Home, the gallery of components, preferences, and what machines ask for: feeds, sitemap, health, figures."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from app.accounts.web import PageDep
from app.catalogue import views
from app.catalogue.queries import listing
from app.catalogue.queries.reference import get_reference
from app.catalogue.schemas.listing import Sort
from app.core import metrics
from app.core.answers import keep_answer, public_version_of
from app.core.database import Database
from app.core.errors import Invalid, NotFound
from app.core.forms import FormDep
from app.core.languages import N_, Language, show_country
from app.core.money import Currency
from app.core.templating import Page, PageMeta, local_address
from app.core.web import NowDep, SessionDep, SettingsDep, language_of, unit_router
from app.halal import words
from app.halal.rules import HOME, Status, day_of
from app.site import feed, gallery, queries

router = unit_router(include_in_schema=False)
YEAR_S = 365 * 24 * 3600
PER_SITEMAP = 5000
IN_FEED = 50


@dataclass(frozen=True)
class Story:
    """The picture story that opens the market."""

    over: str
    title: str
    line: str
    url: str
    link_label: str
    picture: views.PictureView | None


@dataclass(frozen=True)
class HomePage:
    """The market's front."""

    story: Story | None
    categories: tuple[views.Branch, ...]
    rails: tuple[views.Rail, ...]
    kecamatan: tuple[views.Link, ...]
    makers: tuple[views.MakerCard, ...]


@router.get("/", name="site:root")
async def root(request: Request) -> Response:
    """On to the home page in the visitor's language: by cookie, then by the browser's languages, then English."""
    response = RedirectResponse(f"/{language_of(request).value}/", status_code=307)
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.headers["Cache-Control"] = "no-cache"
    return response


@router.get("/{locale}/", name="site:home")
def home(request: Request, locale: Language, page: PageDep, session: SessionDep, now: NowDep) -> Response:
    """Goods first: a maker's story, what is new, the branches, districts, makers."""
    keep_answer(request)
    version = public_version_of(request)
    reference = get_reference(session, version=version)

    def goods(limit: int, category: str | None = None, **halal: Any) -> listing.ListingPage:
        wanted = listing.ListingFilter(page.language, page.currency, category=category, **halal)
        return listing.list_products(session, wanted, on=day_of(now), limit=limit, version=version)

    newest = goods(10)
    rails = [
        views.Rail(
            page.gettext(N_("New on the tables")),
            page.url("catalogue:product_list"),
            tuple(
                views.card(page, row, reference, newest.halal)
                for row in queries.mixed(session, page.language, limit=10)
            ),
        )
    ]
    rails += _certified(page, newest, goods)
    counts = {value.value: value.count for value in newest.facets.category}
    for node in sorted(reference.roots, key=lambda each: -counts.get(each.slug, 0))[:4]:
        if counts.get(node.slug, 0) < FEWEST:
            continue
        rails.append(
            views.Rail(
                node.name(page.language),
                page.url("catalogue:category_detail", slug=node.slug),
                tuple(views.card(page, row, reference, newest.halal) for row in goods(8, node.slug).rows),
            )
        )
    told = queries.find_story(session, page.language)
    view = HomePage(
        story=Story(
            over=told.place,
            title=told.brand,
            line=told.line,
            url=page.url("businesses:business_detail", slug=told.slug),
            link_label=page.gettext(N_("Meet the maker")),
            picture=views.picture_view(told.picture),
        )
        if told
        else None,
        categories=tuple(
            views.Branch(node.name(page.language), page.url("catalogue:category_detail", slug=node.slug), node.slug)
            for node in reference.roots
            if counts.get(node.slug)
        ),
        rails=tuple(rail for rail in rails if rail.cards),
        kecamatan=tuple(
            views.Link(
                reference.kecamatan[reference.kecamatan_codes[each.value]][1],
                page.url("catalogue:product_list", kecamatan=each.value),
                each.count,
            )
            for each in newest.facets.kecamatan[:18]
        ),
        makers=tuple(
            views.MakerCard(
                url=page.url("businesses:business_detail", slug=maker.slug),
                name=maker.brand,
                picture=views.picture_view(maker.picture),
                kecamatan=maker.kecamatan,
                trade=reference.categories[maker.root_category_id].name(page.language),
                verified=True,
                goods=maker.goods,
            )
            for maker in queries.list_featured_makers(session, page.language, limit=6)
        ),
    )
    meta = PageMeta(
        title=page.gettext(N_("Goods from the makers of Bandung")),
        description=page.gettext(
            N_("Coffee, snacks, leather, batik, angklung: goods of Bandung's makers, with prices and lead times.")
        ),
        canonical=page.absolute(page.url("site:home")),
        alternates=page.alternates("site:home"),
        json_ld=(
            {
                "@context": "https://schema.org",
                "@type": "WebSite",
                "name": "Little Bandung",
                "url": page.absolute(page.url("site:home")),
                "inLanguage": page.language.value,
                "potentialAction": {
                    "@type": "SearchAction",
                    "target": page.absolute(page.url("catalogue:product_list")) + "?q={query}",
                    "query-input": "required name=query",
                },
            },
        ),
    )
    return page.render("site/home.html", meta, view=view)


FEWEST = 4
"""Fewer goods do not make a rail."""


def _certified(page: Page, newest: listing.ListingPage, goods: Callable[..., listing.ListingPage]) -> list[views.Rail]:
    """Goods certified for where the reader of this language lives; where too few are, those certified at home."""
    destination = page.language.territory[-2:]
    offered = {each.value: each.count for each in newest.facets.recognised_in}
    for country in dict.fromkeys((destination, HOME)):
        if offered.get(country, 0) >= FEWEST:
            found = goods(10, recognised_in=country)
            return [
                views.Rail(
                    page.gettext(
                        N_("Certified halal, recognised in %(country)s"), country=show_country(country, page.language)
                    ),
                    page.url("catalogue:product_list", recognised_in=country),
                    tuple(views.card(page, row, found.reference, found.halal) for row in found.rows),
                )
            ]
    return []


@router.post("/{locale}/preferences", name="site:preferences")
def save_preferences(locale: Language, page: PageDep, form: FormDep, settings: SettingsDep) -> Response:
    """Keep the visitor's currency in a cookie and go back to where she was."""
    target = str(form.get("next", ""))
    response = page.go(local_address(target) or page.url("site:home"))
    currency = Currency.by_code(str(form.get("currency", "")))
    if currency is not None:
        response.set_cookie("currency", currency.value, max_age=YEAR_S, samesite="lax", secure=settings.secure)
    response.set_cookie("locale", locale.value, max_age=YEAR_S, samesite="lax", secure=settings.secure)
    return response


@router.get("/{locale}/feed.atom", name="site:feed")
def get_feed(
    request: Request,
    locale: Language,
    page: PageDep,
    session: SessionDep,
    now: NowDep,
    category: Annotated[str, Query(max_length=60)] = "",
    halal: Annotated[str, Query(max_length=40)] = "",
    recognised_in: Annotated[str, Query(max_length=2)] = "",
) -> Response:
    """The newest goods, or those of a category, a halal status or a destination, as an Atom feed."""
    keep_answer(request)
    chosen = {"category": category, "halal": halal, "recognised_in": recognised_in}
    asked = {name: value for name, value in chosen.items() if value}
    wanted = listing.ListingFilter(
        page.language,
        page.currency,
        category=category or None,
        halal=next((status for status in Status if status.value == halal), None),
        recognised_in=recognised_in.upper() or None,
        sort=Sort.NEWEST,
    )
    if halal and wanted.halal is None:
        raise NotFound
    try:
        found = listing.list_products(session, wanted, on=day_of(now), limit=IN_FEED)
    except Invalid as error:
        raise NotFound from error
    nodes = found.reference.categories
    entries = [
        feed.Entry(
            card=views.card(page, row, found.reference, found.halal),
            published=dt.datetime.fromtimestamp(row.published_us / 1_000_000, tz=dt.UTC),
            category=(nodes[row.category_id].slug, nodes[row.category_id].name(page.language)),
            status=(status := found.halal.status(row), page.gettext(words.STATUS_LABELS[status])),
        )
        for row in found.rows
    ]
    content = feed.write_feed(
        title=page.gettext(N_("New goods from the makers of Bandung")),
        language=locale.value,
        address=page.absolute(page.url("site:feed", **asked)),
        page=page.absolute(page.url("catalogue:product_list", **asked)),
        origin=page.absolute(""),
        entries=entries,
    )
    return Response(content, media_type=feed.MEDIA_TYPE)


@router.get("/{locale}/design", name="site:design")
def design(request: Request, locale: Language, page: PageDep) -> Response:
    """Every component in every state."""
    keep_answer(request)
    return page.render("site/design.html", PageMeta(title=page.gettext(N_("Design"))), view=gallery.make(page))


@router.get("/robots.txt", name="site:robots")
async def robots(settings: SettingsDep) -> Response:
    """What crawlers are asked to leave alone."""
    lines = ["User-agent: *"]
    lines += [
        f"Disallow: /{language.value}/{area}" for language in Language for area in ("workspace", "office", "account")
    ]
    lines += ["Disallow: /*?*cursor=", f"Sitemap: {settings.public_url}/sitemap.xml"]
    return PlainTextResponse("\n".join(lines) + "\n")


@router.get("/sitemap.xml", name="site:sitemap_index")
def sitemap_index(request: Request, session: SessionDep, settings: SettingsDep) -> Response:
    """The list of sitemaps: each holds at most five thousand addresses, each in five languages."""
    keep_answer(request)
    pages = max(1, math.ceil(queries.count_public_addresses(session) / PER_SITEMAP))
    entries = "".join(
        f"<sitemap><loc>{settings.public_url}/sitemap-{number}.xml</loc></sitemap>" for number in range(1, pages + 1)
    )
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>',
        media_type="application/xml",
    )


@router.get("/sitemap-{number}.xml", name="site:sitemap")
def sitemap(
    request: Request, session: SessionDep, settings: SettingsDep, number: Annotated[int, Path(ge=1, le=10_000)]
) -> Response:
    """One sitemap: goods, makers, categories and cities with their addresses in every language."""
    keep_answer(request)
    rows = queries.list_public_addresses(session, offset=(number - 1) * PER_SITEMAP, limit=PER_SITEMAP)
    if not rows and number > 1:
        raise NotFound
    body = []
    for path, changed in rows:
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{each.value}" href="{settings.public_url}/{each.value}{path}"/>'
            for each in Language
        )
        day = f"<lastmod>{changed:%Y-%m-%d}</lastmod>" if isinstance(changed, dt.datetime) else ""
        body += [
            f"<url><loc>{settings.public_url}/{language.value}{path}</loc>{day}{links}</url>" for language in Language
        ]
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:xhtml="http://www.w3.org/1999/xhtml">{"".join(body)}</urlset>',
        media_type="application/xml",
    )


@router.get("/healthz", name="site:health")
async def health() -> Response:
    """Whether this process runs."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@router.get("/readyz", name="site:ready")
async def ready(request: Request) -> Response:
    """Whether this process can answer: its database is there and migrated."""
    database: Database = request.app.state.database

    def look() -> bool:
        try:
            with database.reading() as session:
                session.connection().execute(text("SELECT value FROM content_version WHERE name = 'public'")).one()
        except SQLAlchemyError:
            return False
        return True

    good = await run_in_threadpool(look)
    return JSONResponse(
        {"status": "ready" if good else "not ready"},
        status_code=200 if good else 503,
        headers={"Cache-Control": "no-store", **({} if good else {"Retry-After": "2"})},
    )


@router.get("/metrics", name="site:metrics")
async def get_metrics(request: Request, settings: SettingsDep) -> Response:
    """Figures of this process, for this machine and the addresses of ``LB_METRICS_FROM``."""
    if not metrics.may_read(request.client.host if request.client else "", request.headers.keys(), settings):
        raise NotFound
    return Response(metrics.expose(), media_type="text/plain; version=0.0.4")


# Last, because its pattern takes every address of one part, such as /healthz.
@router.get("/{locale}", name="site:home_bare")
async def home_bare(locale: Language) -> Response:
    """The home page's address without its slash."""
    return RedirectResponse(f"/{locale.value}/", status_code=308)
