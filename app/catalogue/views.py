"""What the catalogue's templates are given: frozen views made of public schemas, words already translated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.catalogue import halal_views, presenting
from app.catalogue.halal_views import HalalBadge, HalalPanel
from app.catalogue.queries.halal_public import HalalDay, PublicCertificate
from app.catalogue.queries.reference import Reference
from app.catalogue.schemas.detail import PriceTierPublic, ProductDetail
from app.catalogue.schemas.listing import PicturePublic
from app.core.languages import N_, NN_, Language, show_country, show_date, show_number
from app.core.money import Money
from app.core.storage import media_url
from app.core.templating import Page

UNIT_LABELS = {
    "piece": N_("piece"),
    "pack": N_("pack"),
    "pair": N_("pair"),
    "bottle": N_("bottle"),
    "jar": N_("jar"),
    "box": N_("box"),
    "set": N_("set"),
    "metre": N_("metre"),
    "kg": N_("kg"),
}
UNIT_COUNTS = {
    "piece": NN_("%(num)s piece", "%(num)s pieces"),
    "pack": NN_("%(num)s pack", "%(num)s packs"),
    "pair": NN_("%(num)s pair", "%(num)s pairs"),
    "bottle": NN_("%(num)s bottle", "%(num)s bottles"),
    "jar": NN_("%(num)s jar", "%(num)s jars"),
    "box": NN_("%(num)s box", "%(num)s boxes"),
    "set": NN_("%(num)s set", "%(num)s sets"),
    "metre": NN_("%(num)s metre", "%(num)s metres"),
    "kg": NN_("%(num)s kg", "%(num)s kg"),
}
OPTION_LABELS = {"size": N_("Size"), "colour": N_("Colour"), "flavour": N_("Flavour"), "weight": N_("Weight")}


@dataclass(frozen=True)
class Link:
    """A named address, with a count when it leads to a list."""

    name: str
    url: str
    count: int | None = None


@dataclass(frozen=True)
class Branch:
    """A root category."""

    name: str
    url: str
    slug: str


@dataclass(frozen=True)
class Option:
    """One choice of a facet."""

    label: str
    url: str
    count: int | None
    selected: bool


@dataclass(frozen=True)
class Facet:
    """A group of choices."""

    id: str
    title: str
    open: bool
    options: tuple[Option, ...]


@dataclass(frozen=True)
class PriceView:
    """A price ready to read."""

    text: str
    about_text: str | None
    from_: bool


@dataclass(frozen=True)
class PictureView:
    """A picture ready to place."""

    alt: str
    width: int
    height: int
    src: str
    sources: tuple[tuple[str, str], ...]
    focal_x: float
    focal_y: float


@dataclass(frozen=True)
class ProductCard:
    """A product in a list."""

    url: str
    name: str
    name_locale: str | None
    picture: PictureView | None
    price: PriceView | None
    moq: str | None
    unit_label: str
    business_name: str
    kecamatan: str | None
    verified: bool
    halal: HalalBadge | None = None


@dataclass(frozen=True)
class MakerCard:
    """A maker in a list or beside her product."""

    url: str
    name: str
    picture: PictureView | None
    kecamatan: str | None
    trade: str
    verified: bool
    goods: int = 0
    story_line: str = ""
    verified_text: str = ""


@dataclass(frozen=True)
class Rail:
    """A row of goods with a heading."""

    title: str
    url: str | None
    cards: tuple[ProductCard, ...]


@dataclass(frozen=True)
class ProductListPage:
    """A list of goods with its filters."""

    title: str
    intro: str
    trail: tuple[tuple[str, str | None], ...]
    query: str
    items: tuple[ProductCard, ...]
    total: int
    total_text: str
    children: tuple[Link, ...]
    facets: tuple[Facet, ...]
    chips: tuple[tuple[str, str], ...]
    clear_url: str
    sorts: tuple[tuple[str, str, bool], ...]
    next_url: str | None
    first_url: str | None
    suggestion: tuple[str, str] | None
    near: tuple[Link, ...]
    ask_url: str | None


@dataclass(frozen=True)
class TierView:
    """A unit price from a quantity on."""

    quantity: str
    text: str
    about_text: str | None


@dataclass(frozen=True)
class ProductPage:
    """One product."""

    name: str
    name_locale: str | None
    summary: str
    trail: tuple[tuple[str, str | None], ...]
    pictures: tuple[PictureView, ...]
    price: PriceView | None
    unit_label: str
    rate_text: str
    tiers: tuple[TierView, ...]
    key_facts: tuple[tuple[str, str, str], ...]
    variants: tuple[tuple[str, str, bool], ...]
    halal: HalalPanel | None
    """None as long as the product is not public."""
    maker: MakerCard
    ask_url: str
    ask_label: str
    story: str
    story_locale: str | None
    care: str
    facts: tuple[tuple[str, str], ...]
    more: Rail | None
    share_url: str


def toggle(values: tuple[str, ...], value: str) -> list[str]:
    """The values with one added, or taken away when it was among them."""
    return [each for each in values if each != value] if value in values else [*values, value]


def other_language(locale: str, page: Page) -> str | None:
    """The language of a text when it is not the page's."""
    return None if locale == page.language.value else locale


def picture_view(picture: PicturePublic | None) -> PictureView | None:
    """A picture's files as sources of a ``<picture>``."""
    if picture is None:
        return None
    sources = []
    for mime in ("image/avif", "image/webp", "image/jpeg"):
        files = sorted((file for file in picture.files if file.media_type == mime), key=lambda file: file.width)
        if files:
            sources.append((mime, ", ".join(f"{file.url} {file.width}w" for file in files)))
    jpegs = sorted((file for file in picture.files if file.media_type == "image/jpeg"), key=lambda file: file.width)
    if not jpegs:
        return None
    return PictureView(
        alt=picture.alt,
        width=picture.width,
        height=picture.height,
        src=jpegs[min(1, len(jpegs) - 1)].url,
        sources=tuple(pair for pair in sources if pair[0] != "image/jpeg") + tuple(sources[-1:]),
        focal_x=picture.focal_x,
        focal_y=picture.focal_y,
    )


def card_picture(data: Mapping[str, Any] | None, language: Language) -> PictureView | None:
    """The same straight from what the read side keeps: a page of cards has hundreds of files."""
    if not data:
        return None
    by_kind: dict[str, list[tuple[int, str]]] = {"avif": [], "webp": [], "jpeg": []}
    for kind, width, _, sha256 in sorted(data["files"]):
        by_kind[kind].append((width, media_url(sha256, kind)))
    jpegs = by_kind["jpeg"]
    if not jpegs:
        return None
    return PictureView(
        alt=presenting.pick(data["alt"], language)[0],
        width=data["width"],
        height=data["height"],
        src=jpegs[min(1, len(jpegs) - 1)][1],
        sources=tuple(
            (presenting.MEDIA_TYPES[kind], ", ".join([f"{url} {width}w" for width, url in files]))
            for kind, files in by_kind.items()
            if files
        ),
        focal_x=data["focal"][0],
        focal_y=data["focal"][1],
    )


def largest(picture: PicturePublic, mime: str) -> str:
    """The address of the widest file of a kind."""
    files = [file for file in picture.files if file.media_type == mime] or picture.files
    return max(files, key=lambda file: file.width).url


def about(page: Page, guide: Money | None) -> str | None:
    """A converted price in words."""
    return None if guide is None else page.gettext(N_("about %(price)s"), price=guide.show(page.language))


def _guide(tier: PriceTierPublic) -> Money | None:
    return Money.of(tier.indicative.amount, tier.indicative.currency) if tier.indicative else None


def unit_label(page: Page, unit: str) -> str:
    """What one piece of the price is, in words."""
    return page.gettext(UNIT_LABELS[unit])


def quantity(page: Page, number: int, unit: str) -> str:
    """So many of a unit, as a counted phrase."""
    return page.ngettext(*UNIT_COUNTS[unit], number)


def card(page: Page, row: Any, reference: Reference, halal: HalalDay) -> ProductCard:
    """A row of the read side as a card."""
    text, locale = presenting.pick(row.names, page.language)
    listed = presenting.listed_price(row.prices, page.currency)
    price = None
    if listed is not None:
        money, from_ = listed
        price = PriceView(
            text=money.show(page.language),
            about_text=about(page, presenting.converted(money, page.currency, reference)),
            from_=from_,
        )
    place = reference.kecamatan.get(row.kecamatan_code or "")
    return ProductCard(
        url=page.url("catalogue:product_detail", slug=row.slug),
        name=text,
        name_locale=other_language(locale, page),
        picture=card_picture(row.picture, page.language),
        price=price,
        moq=quantity(page, row.moq, row.unit) if row.moq > 1 else None,
        unit_label=unit_label(page, row.unit),
        business_name=row.business_name,
        kecamatan=place[1] if place else None,
        verified=bool(row.verified),
        halal=halal_views.card_badge(page.language, halal, row),
    )


def price_band(page: Page, value: str) -> str:
    """A price band in words; empty ends are open."""
    low, _, high = value.partition("-")

    def shown(amount: str) -> str:
        return Money.of(amount, page.currency).show(page.language)

    if low and high:
        return page.gettext(N_("%(low)s to %(high)s"), low=shown(low), high=shown(high))
    if high:
        return page.gettext(N_("up to %(price)s"), price=shown(high))
    return page.gettext(N_("from %(price)s"), price=shown(low)) if low else value


def _tiers(page: Page, tiers: list[PriceTierPublic]) -> Iterable[TierView]:
    for place, tier in enumerate(tiers):
        following = tiers[place + 1].min_quantity - 1 if place + 1 < len(tiers) else None
        start = show_number(tier.min_quantity, page.language)
        quantity = f"{start} – {show_number(following, page.language)}" if following else f"{start} +"
        yield TierView(
            quantity=quantity, text=tier.price.to_money().show(page.language), about_text=about(page, _guide(tier))
        )


def _price(page: Page, shown: ProductDetail) -> PriceView | None:
    if not shown.prices:
        return None
    reachable = [tier for tier in shown.prices if tier.min_quantity <= shown.moq] or shown.prices[:1]
    tier = reachable[-1]
    return PriceView(
        text=tier.price.to_money().show(page.language),
        about_text=about(page, _guide(tier)),
        from_=len(shown.prices) > 1,
    )


def days(page: Page, number: int) -> str:
    """A number of days in words."""
    return page.ngettext("%(num)s day", "%(num)s days", number)


def product_page(
    page: Page,
    shown: ProductDetail,
    reference: Reference,
    *,
    more: tuple[ProductCard, ...],
    maker_story: str,
    halal: HalalPanel | None = None,
) -> ProductPage:
    """The page of a product."""
    name, locale = presenting.pick({code: text.name for code, text in shown.texts.items()}, page.language)
    story, story_locale = presenting.pick({code: text.story for code, text in shown.texts.items()}, page.language)
    node = reference.by_slug[shown.category.slug]
    trail: list[tuple[str, str | None]] = [(page.gettext(N_("All goods")), page.url("catalogue:product_list"))]
    trail += [
        (each.name(page.language), page.url("catalogue:category_detail", slug=each.slug))
        for each in reference.path(node.id)
    ]
    verified = shown.business.verified_on
    maker_url = page.url("businesses:business_detail", slug=shown.business.slug)
    rates = reference.rates
    converted = any(tier.indicative for tier in shown.prices)
    return ProductPage(
        name=name,
        name_locale=other_language(locale, page),
        summary=presenting.pick({code: text.summary for code, text in shown.texts.items()}, page.language)[0],
        trail=(*trail, (name, None)),
        pictures=tuple(view for each in shown.pictures if (view := picture_view(each)) is not None),
        price=_price(page, shown),
        unit_label=unit_label(page, shown.unit),
        rate_text=page.gettext(
            N_("Converted prices are only a guide: %(source)s, rates of %(day)s."),
            source=rates.source,
            day=show_date(rates.day, page.language),
        )
        if rates and converted
        else "",
        tiers=tuple(_tiers(page, shown.prices)),
        key_facts=tuple(_key_facts(page, shown)),
        variants=tuple((option_words(page, each.options) or each.sku, f"#{each.sku}", False) for each in shown.variants)
        if len(shown.variants) > 1
        else (),
        halal=halal,
        maker=MakerCard(
            url=maker_url,
            name=shown.business.name,
            picture=None,
            kecamatan=shown.business.kecamatan,
            trade=reference.path(node.id)[0].name(page.language),
            verified=verified is not None,
            story_line=maker_story[:200],
            verified_text=page.gettext(N_("Verified by the city on %(day)s"), day=show_date(verified, page.language))
            if verified
            else "",
        ),
        ask_url=maker_url + "#contact",
        ask_label=page.gettext(N_("Ask the maker")),
        story=story,
        story_locale=other_language(story_locale, page) if story else None,
        care=presenting.pick({code: text.care for code, text in shown.texts.items()}, page.language)[0],
        facts=tuple(_facts(page, shown)),
        more=Rail(
            title=page.gettext(N_("More from %(maker)s"), maker=shown.business.name),
            url=maker_url,
            cards=more,
        )
        if more
        else None,
        share_url=page.absolute(page.url("catalogue:product_detail", slug=shown.slug)),
    )


def option_words(page: Page, options: dict[str, str]) -> str:
    """A variant's options in words, such as "Size: 40"."""
    parts = []
    for key, value in options.items():
        label = page.gettext(OPTION_LABELS[key]) if key in OPTION_LABELS else key
        parts.append(page.gettext(N_("%(word)s: %(fact)s"), word=label, fact=value))
    return ", ".join(parts)


def _key_facts(page: Page, shown: ProductDetail) -> Iterable[tuple[str, str, str]]:
    yield "box", page.gettext(N_("Minimum order")), quantity(page, shown.moq, shown.unit)
    if shown.lead_days is not None:
        yield "clock", page.gettext(N_("Ready in")), days(page, shown.lead_days)
    if shown.capacity_per_month:
        yield "factory", page.gettext(N_("A month at most")), quantity(page, shown.capacity_per_month, shown.unit)


def _facts(page: Page, shown: ProductDetail) -> Iterable[tuple[str, str]]:
    materials = presenting.pick({code: text.materials for code, text in shown.texts.items()}, page.language)[0]
    yield page.gettext(N_("Made of")), materials
    for attribute in shown.attributes:
        yield attribute.label, attribute.shown
    if shown.order_multiple > 1:
        yield page.gettext(N_("Ordered in steps of")), quantity(page, shown.order_multiple, shown.unit)
    if shown.shelf_life_days:
        yield page.gettext(N_("Keeps for")), days(page, shown.shelf_life_days)
    if shown.weight_g:
        yield page.gettext(N_("Weight packed")), f"{show_number(shown.weight_g, page.language)} g"
    if shown.size_mm:
        yield (
            page.gettext(N_("Size packed")),
            " × ".join(show_number(side, page.language) for side in shown.size_mm) + " mm",
        )
    if shown.hs_code:
        yield page.gettext(N_("Customs code (HS 2022)")), shown.hs_code
    yield page.gettext(N_("Made in")), f"{shown.business.city}, {show_country(shown.business.country, page.language)}"


AVAILABILITY = "https://schema.org/MadeToOrder"


def product_ld(
    page: Page,
    shown: ProductDetail,
    canonical: str,
    *,
    certificate: PublicCertificate | None = None,
    halal: HalalDay | None = None,
) -> dict[str, Any]:
    """The product for search engines (schema.org); prices only as stored, never converted.

    ``certificate`` is the live one that its status rests on: what is not certified says nothing here.
    """
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": shown.name,
        "url": canonical,
        "category": shown.category.name,
        "brand": {"@type": "Brand", "name": shown.business.name},
        "countryOfOrigin": {"@type": "Country", "name": shown.business.country},
    }
    text = presenting.pick({code: each.summary for code, each in shown.texts.items()}, page.language)[0]
    if text:
        data["description"] = text
    if shown.pictures:
        data["image"] = [page.absolute(largest(each, "image/jpeg")) for each in shown.pictures]
    if shown.variants:
        data["sku"] = shown.variants[0].sku
    if shown.prices:
        tier = [each for each in shown.prices if each.min_quantity <= shown.moq] or shown.prices[:1]
        data["offers"] = {
            "@type": "Offer",
            "url": canonical,
            "price": tier[-1].price.amount,
            "priceCurrency": tier[-1].price.currency,
            "availability": AVAILABILITY,
            "eligibleQuantity": {"@type": "QuantitativeValue", "minValue": shown.moq},
            "seller": {"@type": "Organization", "name": shown.business.name},
        }
    if certificate is not None and halal is not None:
        data["hasCertification"] = _certification_ld(page, certificate, halal)
    return data


def _certification_ld(page: Page, certificate: PublicCertificate, halal: HalalDay) -> dict[str, Any]:
    data: dict[str, Any] = {
        "@type": "Certification",
        "name": "Halal",
        "certificationStatus": "https://schema.org/CertificationActive",
        "certificationIdentification": certificate.number,
        "issuedBy": {
            "@type": "Organization",
            "name": halal.reference.bodies.get(certificate.body, certificate.body),
        },
        "url": page.absolute(page.url("catalogue:certificate_detail", public_id=certificate.public_id)),
    }
    if certificate.issued_on is not None:
        data["validFrom"] = certificate.issued_on.isoformat()
    if certificate.valid_until is not None:
        data["expires"] = certificate.valid_until.isoformat()
    return data


def breadcrumb_ld(page: Page, trail: tuple[tuple[str, str | None], ...]) -> dict[str, Any]:
    """The path to a page for search engines."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, **({"item": page.absolute(url)} if url else {})}
            for place, (name, url) in enumerate(trail, start=1)
        ],
    }
