"""How ready a product is for readers of a language in a country, and what is worth filling in next; pure.

The weights follow what buyers ask first: a picture, a name they can read, a price in their money, then what a freight
forwarder and a customs officer ask. A product that lacks nothing has 100 for every language and destination.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from app.catalogue.families import attributes_of
from app.catalogue.models import PictureState, PriceVisibility, Product
from app.core.languages import N_, Language
from app.core.money import Currency

INGREDIENT_FAMILIES = frozenset({"food", "drink", "beauty"})
"""Whose goods list ingredients, and spoil."""
GOOD_NUMBER_OF_PICTURES = 3


@dataclass(frozen=True)
class Destination:
    """A country that goods are offered in, with what its buyers read and pay."""

    country: str
    language: Language
    currency: Currency


DESTINATIONS = (
    Destination("MY", Language.MS, Currency.MYR),
    Destination("KR", Language.KO, Currency.KRW),
    Destination("EC", Language.ES, Currency.USD),
    Destination("ID", Language.ID, Currency.IDR),
)
BY_COUNTRY = {each.country: each for each in DESTINATIONS}


@dataclass(frozen=True)
class Words:
    """Which texts stand in one language."""

    name: bool = True
    summary: bool = False
    story: bool = False
    care: bool = False
    materials: bool = False
    stale: bool = False


@dataclass(frozen=True)
class Offer:
    """What is known of a product, as far as completeness asks."""

    family: str
    source_language: Language = Language.ID
    words: dict[Language, Words] = field(default_factory=dict)
    pictures: int = 0
    """Ready or on their way."""
    alt: frozenset[Language] = frozenset()
    """Languages in which every picture is described."""
    currencies: frozenset[Currency] = frozenset()
    on_request: bool = False
    attributes: frozenset[str] = frozenset()
    """Keys that have a value."""
    lead_days: bool = False
    capacity: bool = False
    weight: bool = False
    size: bool = False
    shelf_life: bool = False
    hs_code: bool = False

    def with_words(self, language: Language, words: Words) -> "Offer":
        """The same with other texts in one language."""
        return replace(self, words={**self.words, language: words})


@dataclass(frozen=True)
class Step:
    """Something worth filling in."""

    field: str
    """Name of the input; ``attributes.`` before the key of an attribute, the language behind a text."""
    label: str
    """An English msgid; for an attribute the sentence around its own label."""
    weight: int
    done: bool


@dataclass(frozen=True)
class Completeness:
    """How much of what a reader wants stands: percent 0 to 100, and the missing step that weighs most."""

    percent: int
    next: Step | None


LABELS = {
    "picture": N_("A first picture"),
    "pictures": N_("Three pictures: the whole, a detail, in use"),
    "alt": N_("What the pictures show, in words"),
    "name": N_("The name in this language"),
    "summary": N_("One sentence that sells"),
    "story": N_("How it is made"),
    "care": N_("Care and keeping"),
    "materials": N_("What it is made of"),
    "ingredients": N_("The ingredients"),
    "stale": N_("The translation, now that the original changed"),
    "price": N_("A price"),
    "price_there": N_("A price in the money of this country"),
    "attribute": N_("A fact that buyers filter by"),
    "attributes": N_("More facts"),
    "lead_days": N_("How many days you need"),
    "capacity_per_month": N_("How much you can make in a month"),
    "weight_g": N_("The weight with packing"),
    "size": N_("The size with packing"),
    "shelf_life_days": N_("How long it keeps"),
    "hs_code": N_("The customs code"),
}


def steps(offer: Offer, language: Language, destination: Destination) -> Iterator[Step]:
    """Everything that counts for readers of a language in a country, what comes first being asked first."""
    words = offer.words.get(language, Words(name=False))
    edible = offer.family in INGREDIENT_FAMILIES
    abroad = destination.country != "ID"

    def step(name: str, weight: int, *, done: bool, place: str = "") -> Step:
        return Step(place or name, LABELS[name], weight, done)

    yield step("picture", 20, done=offer.pictures > 0)
    yield step("name", 14, done=words.name, place=f"name.{language.value}")
    yield step("price", 10, done=bool(offer.currencies) or offer.on_request)
    yield step("summary", 8, done=words.summary, place=f"summary.{language.value}")
    asked = attributes_of(offer.family)
    for attribute in asked:
        if attribute.required:
            yield step("attribute", 6, done=attribute.key in offer.attributes, place=f"attributes.{attribute.key}")
    if words.name and language != offer.source_language:
        yield step("stale", 6, done=not words.stale, place=f"stale.{language.value}")
    yield step(
        "ingredients" if edible else "materials",
        7 if edible else 4,
        done=words.materials,
        place=f"materials.{language.value}",
    )
    yield step("story", 6, done=words.story, place=f"story.{language.value}")
    yield step("lead_days", 5, done=offer.lead_days)
    if abroad:
        there = destination.currency in offer.currencies or offer.on_request
        yield step("price_there", 5, done=there)
        yield step("weight_g", 5, done=offer.weight)
        yield step("hs_code", 4, done=offer.hs_code)
        yield step("size", 3, done=offer.size)
    yield step("pictures", 4, done=offer.pictures >= GOOD_NUMBER_OF_PICTURES)
    if edible:
        yield step("shelf_life_days", 4, done=offer.shelf_life)
    yield step("capacity_per_month", 3, done=offer.capacity)
    yield step("alt", 3, done=language in offer.alt, place=f"alt.{language.value}")
    yield step("care", 2, done=words.care, place=f"care.{language.value}")
    optional = [attribute.key for attribute in asked if not attribute.required]
    if optional:
        filled = sum(key in offer.attributes for key in optional)
        missing = next((key for key in optional if key not in offer.attributes), optional[0])
        # Half of what may be told is plenty: not every question fits every product.
        yield step("attributes", 3, done=2 * filled >= len(optional), place=f"attributes.{missing}")


def assess(offer: Offer, language: Language, destination: Destination) -> Completeness:
    """How complete an offer is for readers of a language in a country.

    The percentage is rounded down, so that 100 means that nothing is missing.
    """
    wanted = list(steps(offer, language, destination))
    total = sum(each.weight for each in wanted)
    done = sum(each.weight for each in wanted if each.done)
    missing = [each for each in wanted if not each.done]
    return Completeness(
        percent=100 * done // total, next=max(missing, key=lambda each: each.weight) if missing else None
    )


MISSING = {
    "name": N_("Give the product a name."),
    "summary": N_("Write one sentence that says what it is."),
    "price": N_("Give a price, or say that it is given on request."),
    "picture": N_("Add at least one picture."),
    "attribute": N_("Fill in this field: buyers filter by it."),
}


def missing_for_review(offer: Offer) -> dict[str, str]:
    """What must stand before the city looks at a product: an English msgid by the name of the input."""
    words = offer.words.get(offer.source_language, Words(name=False))
    missing = {}
    if not words.name:
        missing["name"] = MISSING["name"]
    if not words.summary:
        missing["summary"] = MISSING["summary"]
    if not offer.currencies and not offer.on_request:
        missing["price"] = MISSING["price"]
    if not offer.pictures:
        missing["picture"] = MISSING["picture"]
    for attribute in attributes_of(offer.family):
        if attribute.required and attribute.key not in offer.attributes:
            missing[f"attributes.{attribute.key}"] = MISSING["attribute"]
    return missing


def offer_of(product: Product, family: str, stale: frozenset[str]) -> Offer:
    """What completeness asks, from a product with its texts, prices and pictures loaded."""
    pictures = [each for each in product.pictures if each.state != PictureState.FAILED]
    return Offer(
        family=family,
        source_language=Language(product.source_language),
        words={
            Language(text.language): Words(
                name=bool(text.name),
                summary=bool(text.summary),
                story=bool(text.story),
                care=bool(text.care),
                materials=bool(text.materials),
                stale=text.language in stale,
            )
            for text in product.texts
        },
        pictures=len(pictures),
        alt=frozenset(
            language for language in Language if pictures and all(each.alt.get(language.value) for each in pictures)
        ),
        currencies=frozenset(Currency(price.currency) for price in product.prices),
        on_request=product.price_visibility == PriceVisibility.ON_REQUEST,
        attributes=frozenset(key for key, value in product.attributes.items() if value not in {None, ""}),
        lead_days=product.lead_days is not None,
        capacity=product.capacity_per_month is not None,
        weight=product.weight_g is not None or any(variant.weight_g for variant in product.variants),
        size=all(side is not None for side in (product.length_mm, product.width_mm, product.height_mm)),
        shelf_life=product.shelf_life_days is not None,
        hs_code=bool(product.hs_code),
    )
