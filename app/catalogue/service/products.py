"""What makers do with their goods: make, change, word, price, put in forms, archive, and send to the city.

Every function checks that the actor acts for the maker (others do not find the product), leaves one entry in the
audit trail and brings the read side in line, all in the caller's transaction. ``product`` comes from
``queries.editing`` with everything that hangs on it.
"""

import datetime as dt
import itertools
import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session

from app.accounts import audit
from app.accounts.subjects import Actor
from app.businesses.models import Business
from app.catalogue import index, rules
from app.catalogue.completeness import missing_for_review, offer_of
from app.catalogue.families import Attribute, attributes_of
from app.catalogue.models import Price, PriceVisibility, Product, ProductState, ProductText, Unit, Variant
from app.catalogue.queries import editing
from app.catalogue.schemas.editing import (
    AttributeValue,
    PricesUpdate,
    PriceTier,
    ProductCreate,
    ProductUpdate,
    TextUpdate,
    VariantsUpdate,
)
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion
from app.core.languages import N_, Language
from app.core.money import Currency

_LATER = "catalogue_index_later"
MAX_SLUG_WORDS = 60
MAX_ATTRIBUTE_TEXT = 300
MAX_ATTRIBUTE_NUMBER = 10_000_000
TEXT_FIELDS = ("name", "summary", "story", "care", "materials")


@contextmanager
def together(session: Session, *, now: dt.datetime) -> Iterator[None]:
    """Bring the read side in line once, at the end, for all that is changed within."""
    waiting: dict[int, None] = session.info.setdefault(_LATER, {})
    try:
        yield
    finally:
        session.info.pop(_LATER, None)
    if waiting:
        index.reindex_products(session, list(waiting), now=now)


def reindex(session: Session, product_id: int, *, now: dt.datetime) -> None:
    """Bring the read side of a product in line, now or at the end of ``together``."""
    waiting: dict[int, None] | None = session.info.get(_LATER)
    if waiting is None:
        index.reindex_products(session, [product_id], now=now)
    else:
        session.flush()
        waiting[product_id] = None


def require_editable(session: Session, actor: Actor, product: Product) -> Business:
    """The maker of a product that the actor may change.

    Raises:
        NotFound: the actor does not act for the maker.
        Forbidden: an official, who may look at it and decide about it but not change it.
        Conflict: it is archived.
    """
    business = require_maker(session, actor, product)
    if not rules.can_edit_in(product.state):
        raise Conflict(N_("This product is archived. Take it back into your list before you change it."))
    return business


def require_maker(session: Session, actor: Actor, product: Product) -> Business:
    """The maker of a product that the actor acts for, whatever the product's state.

    Raises:
        NotFound, Forbidden: see ``require_editable``.
    """
    business = session.get_one(Business, product.business_id)
    if not rules.can_edit_goods(actor, business):
        raise Forbidden if rules.can_review(actor) else NotFound
    return business


def check_version(product: Product, version: int | None) -> None:
    """Refuse a change made to another version than the one that stands.

    Raises:
        StaleVersion
    """
    if version is not None and version != product.version:
        raise StaleVersion


def touch(product: Product, now: dt.datetime) -> None:
    """Give the product a new version, also when the change is in what hangs on it."""
    product.updated_at = now
    flag_modified(product, "updated_at")


def _finish(
    session: Session,
    product: Product,
    *,
    actor: Actor,
    action: str,
    now: dt.datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    touch(product, now)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"product.{action}",
        subject_type="product",
        subject_id=product.id,
        before=before,
        after=after,
        now=now,
    )
    reindex(session, product.id, now=now)


def make_slug(session: Session, name: str, fallback: str) -> str:
    """An address for a new product: its name in plain letters and a short number; it stays when the name changes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_SLUG_WORDS].strip("-") or fallback
    while True:
        slug = f"{words}-{10_000 + secrets.randbelow(90_000)}"
        if not editing.slug_taken(session, slug):
            return slug


def create_product(
    session: Session,
    *,
    actor: Actor,
    business: Business,
    data: ProductCreate,
    now: dt.datetime,
    slug: str | None = None,
) -> Product:
    """A new draft with its name in one language, one form to sell and, when given, one price.

    Raises:
        NotFound: the actor does not act for the maker.
        Invalid: there is no such category, or the minimum order does not fit its steps.
    """
    if not rules.can_edit_goods(actor, business):
        raise Forbidden if rules.can_review(actor) else NotFound
    category = editing.get_category(session, data.category)
    _check_steps(data.moq, data.order_multiple)
    address = slug or make_slug(session, data.name, category.slug)
    product = Product(
        slug=address,
        business_id=business.id,
        category_id=category.id,
        source_language=data.language,
        unit=data.unit,
        moq=data.moq,
        order_multiple=data.order_multiple,
        price_visibility=PriceVisibility.PUBLIC if data.price else PriceVisibility.ON_REQUEST,
        created_at=now,
        updated_at=now,
        texts=[],
        variants=[],
        prices=[],
        pictures=[],
    )
    session.add(product)
    session.flush()
    product.texts.append(
        ProductText(product_id=product.id, language=data.language, name=data.name, summary=data.summary, updated_at=now)
    )
    product.variants.append(Variant(product_id=product.id, sku=address.upper()[:60]))
    if data.price is not None:
        money = data.price.to_money()
        product.prices.append(Price(product_id=product.id, currency=money.currency, min_quantity=1, minor=money.minor))
    product.category = category
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="product.created",
        subject_type="product",
        subject_id=product.id,
        after={"slug": address, "name": data.name, "category": data.category},
        now=now,
    )
    reindex(session, product.id, now=now)
    return product


def update_product(
    session: Session,
    *,
    actor: Actor,
    product: Product,
    data: ProductUpdate,
    now: dt.datetime,
    version: int | None = None,
) -> Product:
    """Change facts; what is not sent stays, ``None`` empties a fact. A published product stays published.

    Attributes are merged by key; those of an earlier category are kept out of sight, for the way back.

    Raises:
        NotFound, Forbidden, Conflict: see ``require_editable``.
        StaleVersion: somebody else changed it after ``version`` was read.
        Invalid: an attribute the family does not have or that does not fit; a fact that cannot be empty; a minimum
            order that does not fit its steps or its prices.
    """
    require_editable(session, actor, product)
    check_version(product, version)
    sent = data.model_dump(exclude_unset=True)
    attributes = sent.pop("attributes", None) or {}
    family = _change_category(session, product, sent)
    always = ("unit", "moq", "order_multiple", "price_visibility")
    empty = {name: N_("Fill in this field.") for name in always if name in sent and sent[name] is None}
    if empty:
        raise Invalid(fields=empty)
    wanted = {**product.attributes, **_check_attributes(family, attributes)}
    sent["attributes"] = {key: value for key, value in wanted.items() if value is not None}
    _check_steps(sent.get("moq", product.moq), sent.get("order_multiple", product.order_multiple))
    _check_first_tier(product, sent.get("moq", product.moq))
    before = {name: _plain(getattr(product, name)) for name in sent}
    after = {name: _plain(value) for name, value in sent.items()}
    changed = [name for name in sent if before[name] != after[name]]
    if not changed:
        return product
    for name in changed:
        setattr(product, name, sent[name])
    _finish(
        session,
        product,
        actor=actor,
        action="changed",
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        now=now,
    )
    return product


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Unit | PriceVisibility) else value


def _change_category(session: Session, product: Product, sent: dict[str, Any]) -> str:
    """Put the category's number in its place among what was sent, and give the family that then holds."""
    if "category" not in sent:
        return product.category.family
    category = editing.get_category(session, sent.pop("category") or "")
    if category.id != product.category_id:
        sent["category_id"] = category.id
        product.category = category
    return category.family


def _check_steps(moq: int, order_multiple: int) -> None:
    if moq % order_multiple:
        message = N_("The minimum order must be a multiple of the step it is ordered in.")
        raise Invalid(fields={"moq": message})


def _check_first_tier(product: Product, moq: int) -> None:
    """The minimum order must have a price in every currency."""
    firsts: dict[tuple[str, int | None], int] = {}
    for price in product.prices:
        key = (price.currency, price.variant_id)
        firsts[key] = min(price.min_quantity, firsts.get(key, price.min_quantity))
    if any(first > moq for first in firsts.values()):
        raise Invalid(fields={"moq": N_("There is no price for so few. Change the prices first.")})


def _check_attributes(family: str, values: dict[str, AttributeValue]) -> dict[str, AttributeValue]:
    """Values as they are kept; ``None`` for one that is emptied.

    Raises:
        Invalid: naming every attribute that the family does not have or whose value does not fit.
    """
    known = {attribute.key: attribute for attribute in attributes_of(family)}
    kept: dict[str, AttributeValue] = {}
    faults: dict[str, str] = {}
    for key, value in values.items():
        attribute = known.get(key)
        if attribute is None:
            faults[f"attributes.{key}"] = N_("Goods of this category do not have this fact.")
            continue
        try:
            kept[key] = _read_attribute(attribute, value)
        except ValueError:
            faults[f"attributes.{key}"] = _ATTRIBUTE_FAULTS[attribute.kind]
    if faults:
        raise Invalid(fields=faults)
    return kept


_ATTRIBUTE_FAULTS = {
    "text": N_("Write at most 300 characters."),
    "number": N_("Write a number, such as 12.5."),
    "choice": N_("Choose one from the list."),
    "flag": N_("Choose yes or no."),
}


def _read_attribute(attribute: Attribute, value: AttributeValue) -> AttributeValue:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if attribute.kind == "number":
        return _read_number(value)
    if attribute.kind == "flag":
        if isinstance(value, bool):
            return value
        return {"true": True, "false": False}[str(value).lower()] if str(value).lower() in _FLAGS else _refuse()
    if not isinstance(value, str):
        return _refuse()
    text = " ".join(value.split())
    fits = text in attribute.choices if attribute.kind == "choice" else len(text) <= MAX_ATTRIBUTE_TEXT
    return text if fits and text.isprintable() else _refuse()


_FLAGS = frozenset({"true", "false"})


def _refuse() -> AttributeValue:
    msg = "does not fit"
    raise ValueError(msg)


def _read_number(value: str | float | bool) -> AttributeValue:  # noqa: FBT001 - a value as it came
    if isinstance(value, bool):
        return _refuse()
    number = float(value.replace(" ", "").replace(",", ".")) if isinstance(value, str) else float(value)
    if not 0 <= number <= MAX_ATTRIBUTE_NUMBER:  # also refuses what is no number at all
        return _refuse()
    return int(number) if number.is_integer() else number


def save_text(
    session: Session,
    *,
    actor: Actor,
    product: Product,
    language: Language,
    data: TextUpdate,
    now: dt.datetime,
    version: int | None = None,
) -> ProductText:
    """Write the words of one language; a translation remembers which source text it was made from.

    Saving a translation unchanged says that it fits the source text as it is now.

    Raises:
        NotFound, Forbidden, Conflict, StaleVersion: see ``update_product``.
    """
    require_editable(session, actor, product)
    check_version(product, version)
    source = editing.source_text(product)
    made_from = "" if source is None or language == product.source_language else editing.text_digest(source)
    values: dict[str, Any] = {**data.model_dump(), "source_hash": made_from}
    text = next((each for each in product.texts if each.language == language), None)
    if text is None:
        text = ProductText(product_id=product.id, language=language, updated_at=now, **values)
        product.texts.append(text)
        changed = [name for name in TEXT_FIELDS if values[name]]
    else:
        changed = [name for name, value in values.items() if getattr(text, name) != value]
        if not changed:
            return text
        for name in changed:
            setattr(text, name, values[name])
        text.updated_at = now
    _finish(
        session,
        product,
        actor=actor,
        action="text_saved",
        after={"language": language.value, "origin": data.origin.value, "name": data.name, "changed": changed},
        now=now,
    )
    return text


def remove_text(
    session: Session,
    *,
    actor: Actor,
    product: Product,
    language: Language,
    now: dt.datetime,
    version: int | None = None,
) -> None:
    """Take a translation away.

    Raises:
        NotFound: there is no text in this language; and as ``update_product``.
        Conflict: it is the text that the others are translated from.
    """
    require_editable(session, actor, product)
    check_version(product, version)
    text = next((each for each in product.texts if each.language == language), None)
    if text is None:
        raise NotFound
    if language == product.source_language:
        raise Conflict(N_("The first language of a product cannot be removed: the others are translated from it."))
    before = {"language": language.value, "name": text.name}
    product.texts.remove(text)
    _finish(session, product, actor=actor, action="text_removed", before=before, now=now)


def set_prices(
    session: Session,
    *,
    actor: Actor,
    product: Product,
    data: PricesUpdate,
    now: dt.datetime,
    version: int | None = None,
) -> None:
    """Put these prices in the place of all that stand.

    Raises:
        NotFound, Forbidden, Conflict, StaleVersion: see ``update_product``.
        Invalid: tiers of one currency that do not begin at or below the minimum order, do not rise in quantity, rise in
            price or name a variant that is not there; at ``tiers.<n>.<field>``.
    """
    require_editable(session, actor, product)
    check_version(product, version)
    _check_tiers(product, data.tiers)
    session.flush()  # a variant made in this transaction has its number from here on
    wanted = []
    for tier in data.tiers:
        variant = editing.variant_by_sku(product, tier.sku) if tier.sku else None
        money = tier.price.to_money()
        wanted.append((money.currency.value, variant.id if variant else None, tier.min_quantity, money.minor))
    standing = sorted(
        ((each.currency, each.variant_id, each.min_quantity, each.minor) for each in product.prices), key=str
    )
    visibility = data.visibility or product.price_visibility
    if sorted(wanted, key=str) == standing and visibility == product.price_visibility:
        return
    before = _price_words(product)
    product.price_visibility = visibility
    if sorted(wanted, key=str) != standing:
        product.prices = [
            Price(
                product_id=product.id,
                currency=Currency(currency),
                variant_id=variant_id,
                min_quantity=quantity,
                minor=minor,
            )
            for currency, variant_id, quantity, minor in sorted(wanted, key=lambda row: (row[0], row[2]))
        ]
    _finish(session, product, actor=actor, action="prices_set", before=before, after=_price_words(product), now=now)


def _price_words(product: Product) -> dict[str, Any]:
    tiers = [[each.currency, each.variant_id, each.min_quantity, each.minor] for each in product.prices]
    return {"visibility": _plain(product.price_visibility), "tiers": tiers}


def _check_tiers(product: Product, tiers: list[PriceTier]) -> None:
    faults: dict[str, str] = {}
    groups: dict[tuple[str, str | None], list[tuple[int, PriceTier]]] = {}
    for place, tier in enumerate(tiers):
        if tier.sku is not None and editing.variant_by_sku(product, tier.sku) is None:
            faults[f"tiers.{place}.sku"] = N_("There is no variant with this code.")
        groups.setdefault((tier.price.currency.value, tier.sku), []).append((place, tier))
    for group in groups.values():
        first_place, first = group[0]
        if first.min_quantity > product.moq:
            faults[f"tiers.{first_place}.min_quantity"] = N_("Begin with a price for the minimum order or for 1.")
        if len(group) > rules.MAX_TIERS:
            faults[f"tiers.{group[rules.MAX_TIERS][0]}.min_quantity"] = N_("Ten steps are enough for one currency.")
        for (_, lower), (place, tier) in itertools.pairwise(group):
            if tier.min_quantity <= lower.min_quantity:
                faults[f"tiers.{place}.min_quantity"] = N_("Each step begins at a larger quantity than the one before.")
            elif tier.price.to_money() > lower.price.to_money():
                faults[f"tiers.{place}.price"] = N_("More pieces cannot cost more each than fewer.")
    if faults:
        raise Invalid(fields=faults)


def set_variants(
    session: Session,
    *,
    actor: Actor,
    product: Product,
    data: VariantsUpdate,
    now: dt.datetime,
    version: int | None = None,
) -> None:
    """Put these forms, in this order, in the place of those that stand; a kept SKU keeps its prices.

    Raises:
        NotFound, Forbidden, Conflict, StaleVersion: see ``update_product``.
        Invalid: two forms with one SKU, one GTIN or the same options; at ``variants.<n>.<field>``.
    """
    require_editable(session, actor, product)
    check_version(product, version)
    _check_variants(data)
    before = _variant_words(product)
    standing = {variant.sku: variant for variant in product.variants}
    kept = {each.sku for each in data.variants}
    removed = {variant.id for variant in product.variants if variant.sku not in kept}
    if removed:
        product.prices = [price for price in product.prices if price.variant_id not in removed]
        session.flush()  # prices go before the forms they belong to
    variants = []
    for place, each in enumerate(data.variants):
        variant = standing.get(each.sku) or Variant(product_id=product.id, sku=each.sku)
        variant.options = each.options
        variant.gtin = each.gtin
        variant.weight_g = each.weight_g
        variant.active = each.active
        variant.position = place
        variants.append(variant)
    product.variants = variants
    after = _variant_words(product)
    if after != before:
        _finish(session, product, actor=actor, action="variants_set", before=before, after=after, now=now)


def _variant_words(product: Product) -> dict[str, Any]:
    return {
        "variants": [
            {
                "sku": each.sku,
                "options": dict(each.options),
                "gtin": each.gtin,
                "weight_g": each.weight_g,
                "active": each.active,
            }
            for each in product.variants
        ]
    }


def _check_variants(data: VariantsUpdate) -> None:
    faults: dict[str, str] = {}
    skus: set[str] = set()
    gtins: set[str] = set()
    options: set[frozenset[tuple[str, str]]] = set()
    for place, each in enumerate(data.variants):
        if each.sku.casefold() in skus:
            faults[f"variants.{place}.sku"] = N_("Another variant has this code already.")
        if each.gtin and each.gtin in gtins:
            faults[f"variants.{place}.gtin"] = N_("Another variant has this barcode already.")
        chosen = frozenset((key.casefold(), value.casefold()) for key, value in each.options.items())
        if chosen in options:
            faults[f"variants.{place}.options"] = N_("Another variant has the same choices.")
        skus.add(each.sku.casefold())
        gtins |= {each.gtin} if each.gtin else set()
        options.add(chosen)
    if not any(each.active for each in data.variants):
        faults["variants.0.active"] = N_("Leave at least one variant on sale.")
    if faults:
        raise Invalid(fields=faults)


def archive_product(session: Session, *, actor: Actor, product: Product, now: dt.datetime) -> None:
    """Take a product out of the market and out of the way.

    Raises:
        NotFound, Forbidden: the actor does not act for the maker.
        Conflict: it is archived already.
    """
    require_maker(session, actor, product)
    _move(session, actor=actor, product=product, to=ProductState.ARCHIVED, action="archived", now=now)


def restore_product(session: Session, *, actor: Actor, product: Product, now: dt.datetime) -> None:
    """Take an archived product back as a draft.

    Raises:
        NotFound, Forbidden: the actor does not act for the maker.
        Conflict: it is not archived.
    """
    require_maker(session, actor, product)
    _move(session, actor=actor, product=product, to=ProductState.DRAFT, action="restored", now=now)


def missing_fields(product: Product) -> dict[str, str]:
    """What must be filled in before the city looks at a product: an English msgid by field."""
    return missing_for_review(offer_of(product, product.category.family, frozenset()))


def submit_product(
    session: Session, *, actor: Actor, product: Product, now: dt.datetime, version: int | None = None
) -> None:
    """Send a product to the city.

    Raises:
        NotFound, Forbidden, StaleVersion: see ``update_product``.
        Conflict: it waits or is public already, or the city has suspended the maker.
        Invalid: something required is missing, each named by its field.
    """
    business = require_editable(session, actor, product)
    check_version(product, version)
    if not rules.can_submit(business):
        raise Conflict(N_("The city has suspended this maker. Write to the city before you send goods."))
    missing = missing_fields(product)
    if missing and rules.can_move(product.state, ProductState.IN_REVIEW):
        raise Invalid(
            N_("Something is still missing. Fill it in, then send the product again."),
            code="incomplete",
            fields=missing,
        )
    product.submitted_at = now
    _move(session, actor=actor, product=product, to=ProductState.IN_REVIEW, action="submitted", now=now)


def _move(session: Session, *, actor: Actor, product: Product, to: ProductState, action: str, now: dt.datetime) -> None:
    state = ProductState(product.state)
    if not rules.can_move(state, to):
        raise Conflict(N_("A product in this state cannot take that step. Look at it again."))
    product.state = to
    _finish(
        session,
        product,
        actor=actor,
        action=action,
        before={"state": state.value},
        after={"state": to.value},
        now=now,
    )
