"""Rows of the read side turned into what clients see, in a language and a currency."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from app.catalogue.families import attributes_of
from app.catalogue.models import Picture, PictureState, PriceVisibility, Product
from app.catalogue.queries.halal_public import CertificateName, HalalDay, ProductHalal, PublicCertificate
from app.catalogue.queries.listing import Facets
from app.catalogue.queries.reference import Reference
from app.catalogue.schemas.detail import (
    AttributePublic,
    MakerPublic,
    PriceTierPublic,
    ProductDetail,
    ProductTextPublic,
    VariantPublic,
)
from app.catalogue.schemas.halal_public import (
    CertificatePublic,
    CheckPublic,
    HalalAssessmentPublic,
    HalalReasonPublic,
)
from app.catalogue.schemas.listing import HalalPublic, IndicativePrice, NamedPublic, PictureFile, PicturePublic
from app.core.languages import Language, translate
from app.core.money import Currency, Money, MoneyPublic
from app.core.storage import media_url
from app.halal import words
from app.halal.rules import Reason, Status

CertificateLink = Callable[[Language, str], str]
"""Makes the address of a certificate's public page in a language."""
MEDIA_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpeg": "image/jpeg"}


def pick(texts: Mapping[str, str], language: Language) -> tuple[str, str]:
    """The text to show a reader and its language, by the order of fallbacks."""
    for candidate in language.fallbacks:
        text = texts.get(candidate.value)
        if text:
            return text, candidate.value
    return "", language.value


def listed_price(prices: Mapping[str, list[int]] | None, currency: Currency) -> tuple[Money, bool] | None:
    """The stored unit price to show (the reader's currency when it is stored, else rupiah, else any) and "from"."""
    if not prices:
        return None
    code = currency.value if currency.value in prices else "IDR" if "IDR" in prices else min(prices)
    at_minimum, lowest = prices[code]
    return Money(Currency(code), at_minimum), lowest < at_minimum


def converted(money: Money, currency: Currency, reference: Reference) -> Money | None:
    """A price in another currency by the newest rates, or None when it needs none or there is none."""
    if money.currency == currency or reference.rates is None:
        return None
    return reference.rates.convert(money, currency)


def indicative(money: Money, currency: Currency, reference: Reference) -> IndicativePrice | None:
    """The same with the day and the source of its rate."""
    guide = converted(money, currency, reference)
    if guide is None or reference.rates is None:
        return None
    return IndicativePrice.model_construct(
        amount=str(guide.amount),
        currency=currency,
        rate_date=reference.rates.day,
        rate_source=reference.rates.source,
    )


def picture(data: Mapping[str, Any] | None, language: Language) -> PicturePublic | None:
    """A picture's files with the alternative text in the reader's language."""
    if not data:
        return None
    return PicturePublic.model_construct(
        alt=pick(data["alt"], language)[0],
        width=data["width"],
        height=data["height"],
        focal_x=data["focal"][0],
        focal_y=data["focal"][1],
        files=[
            PictureFile.model_construct(
                url=media_url(sha256, kind), media_type=MEDIA_TYPES[kind], width=width, height=height
            )
            for kind, width, height, sha256 in data["files"]
        ],
    )


# A list in JSON is made of plain dictionaries with the fields of ``ProductSummary`` and ``FacetsPublic``: of a page's
# five hundred objects, making models takes longer than reading, converting and writing the page together.


def summary(
    row: Any, language: Language, currency: Currency, reference: Reference, halal: dict[str, Any]
) -> dict[str, Any]:
    """A row of the read side as lists show it: the fields of ``ProductSummary``."""
    text, locale = pick(row.names, language)
    price = listed_price(row.prices, currency)
    guide = indicative(price[0], currency, reference) if price else None
    place = reference.kecamatan.get(row.kecamatan_code or "")
    return {
        "slug": row.slug,
        "name": {"text": text, "locale": locale},
        "business": {"slug": row.business_slug, "name": row.business_name},
        "category": reference.categories[row.category_id].slug,
        "kecamatan": place[0] if place else None,
        "city": reference.cities[row.city_id],
        "verified": bool(row.verified),
        "unit": row.unit,
        "moq": row.moq,
        "lead_days": row.lead_days,
        "price": {"amount": str(price[0].amount), "currency": price[0].currency} if price else None,
        "price_from": bool(price and price[1]),
        "indicative": guide and vars(guide),
        "picture": _card_picture(row.picture, language),
        "halal": halal,
        "published_at": dt.datetime.fromtimestamp(row.published_us / 1_000_000, tz=dt.UTC),
    }


def _card_picture(data: Mapping[str, Any] | None, language: Language) -> dict[str, Any] | None:
    if not data:
        return None
    return {
        "alt": pick(data["alt"], language)[0],
        "width": data["width"],
        "height": data["height"],
        "focal_x": data["focal"][0],
        "focal_y": data["focal"][1],
        "files": [
            {"url": media_url(sha256, kind), "media_type": MEDIA_TYPES[kind], "width": width, "height": height}
            for kind, width, height, sha256 in data["files"]
        ],
    }


def facets_public(facets: Facets) -> dict[str, list[dict[str, Any]]]:
    """Facets in JSON: the fields of ``FacetsPublic``."""
    return {
        facet: [{"value": each.value, "count": each.count, "selected": each.selected} for each in choices]
        for facet, choices in vars(facets).items()
    }


def halal_summary(
    status: Status,
    language: Language,
    destination: str,
    certificate: CertificateName | PublicCertificate | None,
    *,
    link: CertificateLink,
) -> dict[str, Any]:
    """A status as lists show it: the fields of ``HalalPublic``."""
    return {
        "status": status.value,
        "label": translate(language, words.STATUS_LABELS[status]),
        "destination": destination,
        "certificate_number": certificate.number if certificate else None,
        "body": certificate.body if certificate else None,
        "url": link(language, certificate.public_id) if certificate else None,
    }


def assessment(
    slug: str,
    found: ProductHalal,
    halal: HalalDay,
    *,
    destination: str,
    language: Language,
    link: CertificateLink,
) -> HalalAssessmentPublic:
    """The status of a product at a destination with its reasons."""
    assessed = found.assessments[destination]
    certificate = found.deciding(destination)
    return HalalAssessmentPublic(
        product=slug,
        destination=destination,
        on=halal.on,
        status=assessed.status,
        label=translate(language, words.STATUS_LABELS[assessed.status]),
        meaning=translate(language, words.STATUS_MEANINGS[assessed.status]),
        reasons=[_reason(each, language, halal) for each in assessed.reasons],
        certificate=_certificate(certificate, language, halal, link) if certificate else None,
        note=translate(language, words.NOT_LEGAL_ADVICE),
    )


def _reason(reason: Reason, language: Language, halal: HalalDay) -> HalalReasonPublic:
    return HalalReasonPublic(
        code=reason.code,
        text=words.say(reason, language, halal.reference.bodies),
        on=reason.on,
        body=reason.body or None,
        source=reason.source or None,
        confidence=reason.confidence.value if reason.confidence else None,
        confirmed=reason.confidence is None or reason.confidence.confirmed,
        as_of=reason.as_of,
    )


def _certificate(
    certificate: PublicCertificate, language: Language, halal: HalalDay, link: CertificateLink
) -> CertificatePublic:
    check = certificate.checks[0] if certificate.checks else None
    return CertificatePublic(
        public_id=certificate.public_id,
        body=certificate.body,
        body_name=halal.reference.bodies.get(certificate.body, certificate.body),
        number=certificate.number,
        holder=certificate.holder,
        issued_on=certificate.issued_on,
        valid_until=certificate.valid_until,
        last_check=CheckPublic(checked_at=check.at, looked_at=check.looked_at, result=check.result.value)
        if check
        else None,
        url=link(language, certificate.public_id),
    )


def detail(
    product: Product,
    language: Language,
    currency: Currency,
    reference: Reference,
    halal: HalalPublic | None = None,
) -> ProductDetail:
    """A product with everything the public may know."""
    texts = {text.language: text for text in product.texts}
    name, locale = pick({code: text.name for code, text in texts.items()}, language)
    node = reference.categories[product.category_id]
    business = product.business
    size = [product.length_mm, product.width_mm, product.height_mm]
    return ProductDetail(
        slug=product.slug,
        locale=locale,
        name=name,
        texts={
            code: ProductTextPublic(
                name=text.name,
                summary=text.summary,
                story=text.story,
                care=text.care,
                materials=text.materials,
                origin=text.origin,
            )
            for code, text in sorted(texts.items())
        },
        category=NamedPublic(slug=node.slug, name=node.name(language)),
        business=MakerPublic(
            slug=business.slug,
            name=business.brand,
            kecamatan=business.kecamatan.name if business.kecamatan else None,
            city=business.city.names[language.value],
            country=business.city.country,
            verified_on=business.verified_at.date() if business.verified_at else None,
        ),
        attributes=attributes(product, node.family, language),
        hs_code=product.hs_code,
        unit=product.unit,
        moq=product.moq,
        order_multiple=product.order_multiple,
        lead_days=product.lead_days,
        capacity_per_month=product.capacity_per_month,
        shelf_life_days=product.shelf_life_days,
        weight_g=product.weight_g,
        size_mm=[side for side in size if side is not None] if all(size) else None,
        price_visibility=product.price_visibility,
        prices=price_tiers(product, currency, reference),
        variants=[
            VariantPublic(sku=each.sku, options=each.options, gtin=each.gtin, weight_g=each.weight_g)
            for each in product.variants
            if each.active
        ],
        pictures=pictures(product, language),
        halal=halal,
        published_at=product.published_at,
        updated_at=product.updated_at,
    )


def attributes(product: Product, family: str, language: Language) -> list[AttributePublic]:
    """A product's attributes in the family's order, in words."""
    return [
        AttributePublic(
            key=each.key,
            label=each.label(language),
            value=product.attributes[each.key],
            shown=each.show(product.attributes[each.key], language),
            unit=each.unit,
        )
        for each in attributes_of(family)
        if product.attributes.get(each.key) not in {None, ""}
    ]


def price_tiers(product: Product, currency: Currency, reference: Reference) -> list[PriceTierPublic]:
    """Public unit prices by quantity in the currency to show; empty when the price is given on request."""
    if product.price_visibility != PriceVisibility.PUBLIC:
        return []
    general = [price for price in product.prices if price.variant_id is None] or list(product.prices)
    known = {price.currency for price in general}
    if not known:
        return []
    code = currency.value if currency.value in known else "IDR" if "IDR" in known else min(known)
    tiers = []
    for price in sorted((each for each in general if each.currency == code), key=lambda each: each.min_quantity):
        money = Money(Currency(code), price.minor)
        tiers.append(
            PriceTierPublic(
                min_quantity=price.min_quantity,
                price=MoneyPublic.from_money(money),
                indicative=indicative(money, currency, reference),
            )
        )
    return tiers


def pictures(product: Product, language: Language) -> list[PicturePublic]:
    """The ready pictures, first one first."""
    ready = [each for each in product.pictures if each.state == PictureState.READY]
    shown = (
        picture(stored_picture(each), language) for each in sorted(ready, key=lambda each: (each.position, each.id))
    )
    return [each for each in shown if each is not None]


def stored_picture(row: Picture) -> dict[str, Any]:
    """A picture's row in the form the read side keeps."""
    return {
        "alt": row.alt,
        "width": row.width,
        "height": row.height,
        "focal": [row.focal_x, row.focal_y],
        "files": [[file["format"], file["width"], file["height"], file["sha256"]] for file in row.derivatives],
    }
