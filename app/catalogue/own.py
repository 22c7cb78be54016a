"""Goods as their maker and the city see them: with state, gaps, stale marks and prices that are not public."""

from app.catalogue import completeness, presenting
from app.catalogue.completeness import DESTINATIONS, Completeness, Destination
from app.catalogue.families import attributes_of
from app.catalogue.models import Picture, Price, Product
from app.catalogue.queries.editing import OwnRow, stale_languages
from app.catalogue.queries.reference import CategoryNode, Reference
from app.catalogue.schemas.editing import (
    AttributeAsked,
    CategoryPublic,
    ChoicePublic,
    CompletenessPublic,
    PictureStored,
    PriceStored,
    ProductOwn,
    ProductOwnSummary,
    TextStored,
    read_reason,
)
from app.catalogue.schemas.listing import NamedPublic, PictureFile
from app.catalogue.service.pictures import in_order
from app.core.languages import Language, translate
from app.core.money import Currency, Money, MoneyPublic
from app.core.storage import media_url


def summary(row: OwnRow, reference: Reference) -> ProductOwnSummary:
    """A row of a maker's list or of the city's queue."""
    return ProductOwnSummary(
        slug=row.slug,
        name=row.name,
        state=row.state,
        category=reference.categories[row.category_id].slug,
        business=NamedPublic(slug=row.business_slug, name=row.business_name),
        languages=list(row.languages),
        pictures=row.pictures,
        price=MoneyPublic.from_money(row.price) if row.price else None,
        updated_at=row.updated_at,
        submitted_at=row.submitted_at,
    )


def assessed(product: Product) -> list[tuple[Language, Destination, Completeness]]:
    """How ready a product is for each destination, in the language read there."""
    offer = completeness.offer_of(product, product.category.family, stale_languages(product))
    return [(each.language, each, completeness.assess(offer, each.language, each)) for each in DESTINATIONS]


def step_label(step: completeness.Step, family: str, language: Language) -> str:
    """What is worth filling in, in words; an attribute by its own name."""
    place, _, key = step.field.partition(".")
    if place == "attributes":
        for attribute in attributes_of(family):
            if attribute.key == key:
                return attribute.label(language)
    return translate(language, step.label)


def picture(row: Picture) -> PictureStored:
    """A picture as its maker sees it."""
    return PictureStored(
        id=row.id,
        state=row.state,
        reason=row.reason,
        alt=row.alt,
        width=row.width,
        height=row.height,
        focal_x=row.focal_x,
        focal_y=row.focal_y,
        position=row.position,
        files=[
            PictureFile(
                url=media_url(each["sha256"], each["format"]),
                media_type=presenting.MEDIA_TYPES[each["format"]],
                width=each["width"],
                height=each["height"],
            )
            for each in row.derivatives
        ],
    )


def price_order(product: Product) -> list[Price]:
    """A product's stored prices: by currency, the general ones before those of variants, by quantity."""
    return sorted(product.prices, key=lambda each: (each.currency, each.variant_id or 0, each.min_quantity))


def detail(product: Product, language: Language, currency: Currency, reference: Reference) -> ProductOwn:
    """A product with everything its maker may know."""
    stale = stale_languages(product)
    offer = completeness.offer_of(product, product.category.family, stale)
    skus = {variant.id: variant.sku for variant in product.variants}
    reason, note = read_reason(product.return_reason) if product.return_reason else (None, "")
    public = presenting.detail(product, language, currency, reference)
    return ProductOwn(
        **{name: getattr(public, name) for name in type(public).model_fields},
        state=product.state,
        version=product.version,
        return_reason=reason,
        return_note=note,
        source_language=product.source_language,
        own_texts={
            text.language: TextStored(
                name=text.name,
                summary=text.summary,
                story=text.story,
                care=text.care,
                materials=text.materials,
                origin=text.origin,
                stale=text.language in stale,
                updated_at=text.updated_at,
            )
            for text in sorted(product.texts, key=lambda text: text.language)
        },
        own_prices=[
            PriceStored(
                min_quantity=price.min_quantity,
                price=MoneyPublic.from_money(Money(Currency(price.currency), price.minor)),
                sku=skus.get(price.variant_id) if price.variant_id else None,
            )
            for price in sorted(
                product.prices, key=lambda each: (each.currency, each.variant_id or 0, each.min_quantity)
            )
        ],
        own_pictures=[picture(each) for each in in_order(product)],
        completeness=[
            CompletenessPublic(
                language=reader,
                destination=destination.country,
                percent=result.percent,
                next_field=result.next.field if result.next else None,
                next_label=step_label(result.next, product.category.family, language) if result.next else None,
            )
            for reader, destination, result in assessed(product)
        ],
        missing={
            name: translate(language, message) for name, message in completeness.missing_for_review(offer).items()
        },
    )


def category(node: CategoryNode, language: Language, reference: Reference) -> CategoryPublic:
    """A category with what is below it."""
    return CategoryPublic(
        slug=node.slug,
        name=node.name(language),
        family=node.family,
        hs_headings=[heading for heading in node.hs_hint.split(";") if heading],
        children=[category(reference.categories[number], language, reference) for number in node.children],
    )


def attributes(family: str, language: Language) -> list[AttributeAsked]:
    """The facts asked of a family's goods, in their order."""
    return [
        AttributeAsked(
            key=each.key,
            label=each.label(language),
            kind=each.kind,
            unit=each.unit,
            required=each.required,
            choices=[ChoicePublic(value=choice, label=each.show(choice, language)) for choice in each.choices],
        )
        for each in attributes_of(family)
    ]
