"""Rows of the read side turned into what clients see, in a language and a currency."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from app.catalogue.queries.listing import Facets, FacetValue
from app.catalogue.queries.reference import Reference
from app.catalogue.schemas.listing import (
    FacetsPublic,
    FacetValuePublic,
    IndicativePrice,
    NamedPublic,
    PictureFile,
    PicturePublic,
    ProductSummary,
    TextPublic,
)
from app.core.languages import Language
from app.core.money import Currency, Money, MoneyPublic

MEDIA_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpeg": "image/jpeg"}


def pick(texts: Mapping[str, str], language: Language) -> tuple[str, str]:
    """The text to show a reader and its language, by the order of fallbacks."""
    for candidate in language.fallbacks:
        text = texts.get(candidate.value)
        if text:
            return text, candidate.value
    return "", language.value


def media_url(sha256: str, kind: str) -> str:
    """Where a public file is served, by its digest."""
    return f"/media/{sha256}.{kind}"


def listed_price(prices: Mapping[str, list[int]] | None, currency: Currency) -> tuple[Money, bool] | None:
    """The stored unit price to show (the reader's currency when it is stored, else rupiah, else any) and "from"."""
    if not prices:
        return None
    code = currency.value if currency.value in prices else "IDR" if "IDR" in prices else min(prices)
    at_minimum, lowest = prices[code]
    return Money(Currency(code), at_minimum), lowest < at_minimum


def indicative(money: Money, currency: Currency, reference: Reference) -> IndicativePrice | None:
    """A price in another currency by the newest rates, or None when it needs none or there is none."""
    if money.currency == currency or reference.rates is None:
        return None
    converted = reference.rates.convert(money, currency)
    if converted is None:
        return None
    return IndicativePrice.model_construct(
        amount=str(converted.amount),
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


def summary(row: Any, language: Language, currency: Currency, reference: Reference) -> ProductSummary:
    """A row of the read side as lists show it."""
    text, locale = pick(row.names, language)
    price = listed_price(row.prices, currency)
    place = reference.kecamatan.get(row.kecamatan_code or "")
    return ProductSummary.model_construct(
        slug=row.slug,
        name=TextPublic.model_construct(text=text, locale=locale),
        business=NamedPublic.model_construct(slug=row.business_slug, name=row.business_name),
        category=reference.categories[row.category_id].slug,
        kecamatan=place[0] if place else None,
        city=reference.cities[row.city_id],
        verified=bool(row.verified),
        unit=row.unit,
        moq=row.moq,
        lead_days=row.lead_days,
        price=MoneyPublic.from_money(price[0]) if price else None,
        price_from=bool(price and price[1]),
        indicative=indicative(price[0], currency, reference) if price else None,
        picture=picture(row.picture, language),
        published_at=dt.datetime.fromtimestamp(row.published_us / 1_000_000, tz=dt.UTC),
    )


def facets_public(facets: Facets) -> FacetsPublic:
    """Facets in JSON."""

    def values(choices: tuple[FacetValue, ...]) -> list[FacetValuePublic]:
        return [
            FacetValuePublic.model_construct(value=each.value, count=each.count, selected=each.selected)
            for each in choices
        ]

    return FacetsPublic.model_construct(
        category=values(facets.category),
        kecamatan=values(facets.kecamatan),
        price=values(facets.price),
        moq_max=values(facets.moq_max),
        verified=values(facets.verified),
    )
