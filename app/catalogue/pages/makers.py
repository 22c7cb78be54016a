"""Public pages of makers. They show goods, so they live here, above the area that owns the profiles."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from app.accounts.web import PageDep
from app.businesses import queries as business_queries
from app.businesses.models import Business, ContactKind, TrademarkState
from app.businesses.trades import trade_label
from app.catalogue import halal_views, presenting, views
from app.catalogue.queries import halal_public, listing, makers
from app.catalogue.queries.halal_public import HalalDay
from app.catalogue.queries.reference import get_reference
from app.catalogue.schemas.listing import PicturePublic
from app.core.answers import keep_answer, public_version_of
from app.core.errors import Invalid
from app.core.languages import N_, Language, show_date
from app.core.pagination import CursorText
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, unit_router
from app.halal.rules import day_of

router = unit_router()
PER_PAGE = 24
TONES = 5
CONTACT_LABELS = {
    ContactKind.PHONE: N_("Telephone"),
    ContactKind.WHATSAPP: N_("WhatsApp"),
    ContactKind.EMAIL: N_("E-mail"),
    ContactKind.WEBSITE: N_("Website"),
}
MARK_WORDS = {
    TrademarkState.REGISTERED: N_("%(name)s, registered trademark %(number)s"),
    TrademarkState.APPLIED: N_("%(name)s, trademark applied for %(number)s"),
}


@dataclass(frozen=True)
class Place:
    """A district to choose, or the one that is chosen."""

    label: str
    url: str
    count: int
    selected: bool


@dataclass(frozen=True)
class BusinessListPage:
    """The list of makers."""

    q: str
    makers: tuple[views.MakerCard, ...]
    total_text: str
    places: tuple[Place, ...]
    chips: tuple[tuple[str, str], ...]
    clear_url: str
    hidden: tuple[tuple[str, str], ...]
    """Other filters that a search keeps: (name, value)."""
    next_url: str | None
    first_url: str | None


@dataclass(frozen=True)
class ContactView:
    """A way to reach a maker that she agreed to publish."""

    icon: str
    label: str
    text: str
    url: str


@dataclass(frozen=True)
class BusinessPage:
    """A maker's page."""

    name: str
    tagline: str
    picture: views.PictureView | None
    tone: int
    signs: tuple[tuple[str, str], ...]
    verified_text: str
    share_url: str
    ask_url: str | None
    story: str
    story_locale: str | None
    facts: tuple[tuple[str, str], ...]
    contacts: tuple[ContactView, ...]
    certificates: tuple[tuple[str, str, str], ...]
    """(sign, words, address) of confirmed halal certificates."""
    trademarks: tuple[str, ...]
    items: tuple[views.ProductCard, ...]
    total_text: str
    next_url: str | None
    first_url: str | None


@router.get("/{locale}/makers", name="businesses:business_list", include_in_schema=False)
def business_list(
    request: Request,
    locale: Language,
    page: PageDep,
    session: SessionDep,
    q: Annotated[str, Query(max_length=400)] = "",
    kecamatan: Annotated[str, Query(max_length=400)] = "",
    city: Annotated[str, Query(max_length=400)] = "",
    cursor: CursorText | None = None,
) -> Response:
    """Verified makers by name; what makes no sense in the address is left out rather than refused."""
    keep_answer(request)
    q = q.replace("\x00", "").strip()[:120]
    try:
        found = business_queries.list_public_businesses(
            session, q=q, kecamatan=kecamatan or None, city=city or None, limit=PER_PAGE, cursor=cursor
        )
    except Invalid:
        kecamatan = city = ""
        cursor = None
        found = business_queries.list_public_businesses(session, q=q, limit=PER_PAGE)
    tables = makers.count_goods(session, [row.id for row in found.rows])
    places = business_queries.count_by_kecamatan(session)
    reference = get_reference(session, version=public_version_of(request))

    def url(**changes: Any) -> str:
        return page.url("businesses:business_list", **{"q": q, "kecamatan": kecamatan, "city": city, **changes})

    chips = [(each.name, url(kecamatan="")) for each in places if each.slug == kecamatan]
    if city and city in reference.cities.values():
        chips.append((_city_label(city), url(city="")))
    view = BusinessListPage(
        q=q,
        makers=tuple(_maker_card(page, row, tables.get(row.id)) for row in found.rows),
        total_text=page.ngettext("%(num)s maker", "%(num)s makers", found.total),
        places=tuple(
            Place(
                label=each.name,
                url=url(kecamatan="" if each.slug == kecamatan else each.slug),
                count=each.count,
                selected=each.slug == kecamatan,
            )
            for each in places
        ),
        chips=tuple(chips),
        clear_url=page.url("businesses:business_list", q=q),
        hidden=tuple((name, value) for name, value in (("kecamatan", kecamatan), ("city", city)) if value),
        next_url=url(cursor=found.next) if found.next else None,
        first_url=url() if cursor else None,
    )
    bare = not (q or kecamatan or city or cursor)
    meta = PageMeta(
        title=page.gettext(N_("Makers")),
        description=page.gettext(N_("The small makers of Bandung, each one checked by the city.")),
        canonical=page.absolute(page.url("businesses:business_list")) if bare else "",
        alternates=page.alternates("businesses:business_list") if bare else (),
    )
    return page.render("businesses/business_list.html", meta, view=view)


def _city_label(slug: str) -> str:
    return slug.replace("-", " ").title()


def _maker_card(page: Page, row: Any, table: makers.Table | None) -> views.MakerCard:
    picture = views.picture_view(presenting.picture(table.picture, page.language)) if table else None
    return views.MakerCard(
        url=page.url("businesses:business_detail", slug=row.slug),
        name=row.brand,
        picture=picture,
        kecamatan=row.kecamatan_name,
        trade=trade_label(row.kbli[0], page.language) if row.kbli else "",
        verified=True,
        goods=table.goods if table else 0,
    )


@router.get("/{locale}/makers/{slug}", name="businesses:business_detail", include_in_schema=False)
def business_detail(
    request: Request,
    locale: Language,
    slug: Annotated[str, Path(max_length=80)],
    page: PageDep,
    session: SessionDep,
    now: NowDep,
    cursor: CursorText | None = None,
) -> Response:
    """One maker: her story, how to reach her, her goods."""
    keep_answer(request)
    business = business_queries.get_public_business(session, slug)
    wanted = listing.ListingFilter(page.language, page.currency, business_id=business.id)
    version = public_version_of(request)
    try:
        goods = listing.list_products(session, wanted, on=day_of(now), limit=PER_PAGE, cursor=cursor, version=version)
    except Invalid:
        cursor = None
        goods = listing.list_products(session, wanted, on=day_of(now), limit=PER_PAGE, version=version)
    cover = makers.find_covers(session, [business.id]).get(business.id)
    shown = presenting.stored_picture(cover) if cover else goods.rows[0].picture if goods.rows else None
    picture = presenting.picture(shown, page.language)
    papers = halal_public.list_of_business(session, business.id)
    view = _business_view(page, business, goods, cursor, picture, papers)
    canonical = page.absolute(page.url("businesses:business_detail", slug=slug))
    share = page.absolute(views.largest(picture, "image/jpeg")) if picture else ""
    trail = ((page.gettext(N_("Makers")), page.url("businesses:business_list")), (business.brand, None))
    meta = PageMeta(
        title=business.brand,
        description=view.story[:200] or page.gettext(N_("A maker of Bandung, checked by the city.")),
        canonical="" if cursor else canonical,
        alternates=() if cursor else page.alternates("businesses:business_detail", slug=slug),
        image=share,
        json_ld=(_business_ld(business, view, canonical, share), views.breadcrumb_ld(page, trail)),
    )
    return page.render("businesses/business_detail.html", meta, view=view)


def _business_view(
    page: Page,
    business: Business,
    goods: listing.ListingPage,
    cursor: str | None,
    picture: PicturePublic | None,
    papers: list[halal_public.PublicCertificate],
) -> BusinessPage:
    shown = business_queries.public_of(business, page.language)
    story, story_locale = presenting.pick({code: text.story for code, text in shown.stories.items()}, page.language)
    place = shown.city.name
    if shown.kecamatan:
        place = page.gettext(N_("%(district)s, %(city)s"), district=shown.kecamatan.name, city=shown.city.name)
    signs = [("pin", place)]
    if shown.year:
        signs.append(("calendar", page.gettext(N_("since %(year)s"), year=shown.year)))
    if shown.employees:
        signs.append(("people", page.ngettext("%(num)s person", "%(num)s people", shown.employees)))
    facts = [
        (page.gettext(N_("Registered name")), shown.legal_name),
        (page.gettext(N_("Makes")), ", ".join(filter(None, (trade_label(code, page.language) for code in shown.kbli)))),
        (page.gettext(N_("Workshop in")), place),
        (page.gettext(N_("Can make")), shown.capacity),
    ]
    contacts = tuple(_contact(page, contact.kind, contact.value) for contact in shown.contacts)
    trade = trade_label(shown.kbli[0], page.language) if shown.kbli else ""

    def url(**changes: Any) -> str:
        return page.url("businesses:business_detail", slug=business.slug, **changes)

    return BusinessPage(
        name=shown.brand,
        tagline=trade,
        picture=views.picture_view(picture),
        tone=sum(business.slug.encode()) % TONES,
        signs=tuple(signs),
        verified_text=page.gettext(
            N_("Checked by the city on %(day)s"), day=show_date(shown.verified_on, page.language)
        )
        if shown.verified_on
        else "",
        share_url=page.absolute(url()),
        ask_url="#contact" if contacts else None,
        story=story,
        story_locale=story_locale if story and story_locale != page.language.value else None,
        facts=tuple(facts),
        contacts=contacts,
        certificates=tuple(_certificate(page, each, goods.halal) for each in papers),
        trademarks=tuple(
            page.gettext(MARK_WORDS[mark.state], name=mark.name, number=mark.number).strip()
            for mark in shown.trademarks
            if mark.state in MARK_WORDS
        ),
        items=tuple(views.card(page, row, goods.reference, goods.halal) for row in goods.rows),
        total_text=page.ngettext("%(num)s product", "%(num)s products", goods.total),
        next_url=url(cursor=goods.next) if goods.next else None,
        first_url=url() if cursor else None,
    )


def _certificate(page: Page, certificate: halal_public.PublicCertificate, halal: HalalDay) -> tuple[str, str, str]:
    badge = halal_views.certificate_badge(page, certificate, halal)
    label = page.gettext(
        N_("Halal certificate %(number)s of %(body)s: %(state)s"),
        number=certificate.number,
        body=certificate.body,
        state=badge.label,
    )
    return badge.state, label, page.url("catalogue:certificate_detail", public_id=certificate.public_id)


def _contact(page: Page, kind: ContactKind, value: str) -> ContactView:
    addresses = {
        ContactKind.PHONE: ("phone", f"tel:{value}"),
        ContactKind.WHATSAPP: ("message", f"https://wa.me/{value.lstrip('+')}"),
        ContactKind.EMAIL: ("mail", f"mailto:{value}"),
        ContactKind.WEBSITE: ("globe", value),
    }
    icon, url = addresses[kind]
    return ContactView(icon=icon, label=page.gettext(CONTACT_LABELS[kind]), text=value, url=url)


def _business_ld(business: Business, view: BusinessPage, canonical: str, image: str) -> dict[str, Any]:
    """The maker for search engines (schema.org). Contacts only where the page shows them."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LocalBusiness",
        "name": business.brand,
        "url": canonical,
        "address": {
            "@type": "PostalAddress",
            "addressLocality": business.kecamatan.name if business.kecamatan else business.city.names["id"],
            "addressRegion": business.city.names["id"],
            "addressCountry": business.city.country,
        },
    }
    if business.legal_name:
        data["legalName"] = business.legal_name
    if business.year:
        data["foundingDate"] = str(business.year)
    if view.story:
        data["description"] = view.story[:500]
    if image:
        data["image"] = image
    for contact in business_queries.public_contacts(business):
        name = {ContactKind.PHONE: "telephone", ContactKind.EMAIL: "email", ContactKind.WEBSITE: "sameAs"}
        if contact.kind in name:
            data[name[ContactKind(contact.kind)]] = contact.value
    return data
