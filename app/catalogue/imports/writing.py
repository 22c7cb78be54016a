"""Writes what a batch was sorted into: whole tables at a time, and one entry of the audit trail for each thing."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from app.accounts import audit
from app.accounts.models import Organisation, OrganisationKind
from app.businesses.models import Business, BusinessState, TextOrigin, name_key
from app.businesses.rules import slug_of
from app.catalogue import index
from app.catalogue.imports.goods import Goods, Values, is_base
from app.catalogue.imports.mapping import Offer
from app.catalogue.imports.sorting import Batch, reserve
from app.catalogue.imports.values import ATTRIBUTES, TEXTS, TIERS, VARIANTS
from app.catalogue.models import Price, PriceVisibility, Product, ProductState, ProductText, Unit, Variant
from app.catalogue.queries.editing import text_digest
from app.cities.models import City
from app.core.database import upsert
from app.core.languages import Language
from app.core.versions import bump_public

_product = Product.__table__  # type: ignore[attr-defined]
_text = ProductText.__table__  # type: ignore[attr-defined]
_variant = Variant.__table__  # type: ignore[attr-defined]
_price = Price.__table__  # type: ignore[attr-defined]
_business = Business.__table__  # type: ignore[attr-defined]
_organisation = Organisation.__table__  # type: ignore[attr-defined]
_city = City.__table__  # type: ignore[attr-defined]


def write(batch: Batch) -> None:
    """All that a batch holds, in an order in which nothing points to what is not there yet."""
    _write_sellers(batch)
    _verify_sellers(batch)
    _write_new(batch)
    _write_changed(batch)
    _publish(batch)
    if batch.redigested:
        rows = [{"number": number, "digest": digest} for number, digest in batch.redigested]
        statement = update(_product).where(_product.c.id == bindparam("number"))
        batch.session.connection().execute(statement.values(external_digest=bindparam("digest")), rows)
    if batch.reindex:
        index.reindex_products(batch.session, sorted(set(batch.reindex)), now=batch.now)
    # The trail is one chain that all writers share: it is held for as short as possible.
    if batch.trail:
        audit.record_many(batch.session, actor=batch.actor, now=batch.now, changes=batch.trail)


def _write_sellers(batch: Batch) -> None:
    if not batch.sellers:
        return
    now, publish, connection = batch.now, batch.publish, batch.session.connection()
    organisations = reserve(batch, _organisation, len(batch.sellers))
    connection.execute(
        _organisation.insert(),
        [
            {"id": number, "kind": OrganisationKind.BUSINESS, "name": seller.brand, "created_at": now}
            for number, (_, _, seller) in zip(organisations, batch.sellers, strict=True)
        ],
    )
    state = BusinessState.VERIFIED if publish else BusinessState.DRAFT
    connection.execute(
        _business.insert(),
        [
            {
                "id": number,
                "organisation_id": organisation,
                "slug": slug,
                "brand": seller.brand,
                "name_key": name_key(seller.brand),
                "city_id": _city_of(batch, seller.origin),
                "source_language": batch.mapping.language,
                "state": state,
                "created_at": now,
                "updated_at": now,
                "submitted_at": now if publish else None,
                "decided_at": now if publish else None,
                "verified_at": now if publish else None,
                "external_source": batch.mapping.source,
                "external_id": seller.external_id,
            }
            for organisation, (number, slug, seller) in zip(organisations, batch.sellers, strict=True)
        ],
    )
    bump_public(batch.session)
    batch.trail += [
        (
            "business.imported",
            "business",
            str(number),
            None,
            {
                "source": batch.mapping.source,
                "external_id": seller.external_id,
                "brand": seller.brand,
                "state": state.value,
            },
        )
        for number, _, seller in batch.sellers
    ]


def _city_of(batch: Batch, origin: str) -> int:
    """The city a seller is from, put down by its name alone when it is not known yet."""
    cities, origins = batch.places.cities, batch.mapping.origins
    if origin in cities:
        return cities[origin]
    slug = slug_of(origin)
    if slug not in cities and origins is not None:
        statement = _city.insert().values(
            slug=slug,
            names={language.value: origin for language in Language},
            country=origins.country,
            zone=origins.zone_of(origin),
            currency=origins.currency,
            languages=origins.languages,
            latitude=origins.latitude,
            longitude=origins.longitude,
            home=False,
            store_market=False,
        )
        number = batch.session.connection().execute(statement.returning(_city.c.id)).scalar_one()
        cities[slug] = number
        batch.trail.append(("city.imported", "city", str(number), None, {"slug": slug, "name": origin}))
    cities[origin] = cities[slug]
    return cities[slug]


def _verify_sellers(batch: Batch) -> None:
    """Sellers of an earlier import without ``publish`` become verified, with all their published goods."""
    if not batch.verified:
        return
    numbers = [number for number, _ in batch.verified]
    connection = batch.session.connection()
    connection.execute(
        update(_business)
        .where(_business.c.id.in_(numbers))
        .values(
            state=BusinessState.VERIFIED,
            submitted_at=func.coalesce(_business.c.submitted_at, batch.now),
            decided_at=batch.now,
            verified_at=batch.now,
            updated_at=batch.now,
            version=_business.c.version + 1,
        )
    )
    goods = select(_product.c.id).where(_product.c.business_id.in_(numbers), _product.c.state == ProductState.PUBLISHED)
    batch.reindex += connection.execute(goods).scalars()
    bump_public(batch.session)
    batch.trail += [
        ("business.verified", "business", str(number), {"state": state}, {"state": BusinessState.VERIFIED.value})
        for number, state in batch.verified
    ]


def _write_new(batch: Batch) -> None:
    if not batch.created:
        return
    publish, source = batch.publish, batch.mapping.source
    state = ProductState.PUBLISHED if publish else ProductState.DRAFT
    decided = batch.now if publish else None
    connection = batch.session.connection()
    connection.execute(
        _product.insert(),
        [
            {
                "id": number,
                "slug": slug,
                "business_id": maker,
                "category_id": batch.places.categories[offer.values["category"]],
                "source_language": batch.mapping.language,
                "state": state,
                "attributes": offer.values.get(ATTRIBUTES, {}),
                "unit": Unit.PIECE,
                "price_visibility": PriceVisibility.PUBLIC if _has_price(offer.values) else PriceVisibility.ON_REQUEST,
                "moq": 1,
                "order_multiple": 1,
                **dict.fromkeys(_OPTIONAL),
                **offer.values.get("facts", {}),
                "created_at": batch.now,
                "updated_at": batch.now,
                "submitted_at": decided,
                "decided_at": decided,
                "published_at": decided,
                "external_source": source,
                "external_id": offer.external_id,
                "external_digest": offer.digest,
            }
            for number, maker, slug, offer in batch.created
        ],
    )
    numbered = [(number, offer.values) for number, _, _, offer in batch.created]
    _insert_texts(batch, numbered)
    variants = {
        number: offer.values.get(VARIANTS)
        or [{"sku": offer.external_id[:60], "options": {}, "gtin": offer.values.get("gtin"), "weight_g": None}]
        for number, _, _, offer in batch.created
    }
    _write_variants(batch, variants)
    _insert_prices(batch, numbered)
    bump_public(batch.session)
    batch.trail += [
        (
            "product.imported",
            "product",
            str(number),
            None,
            {"source": source, "external_id": offer.external_id, "state": state.value, **offer.values},
        )
        for number, _, _, offer in batch.created
    ]
    if publish:
        batch.reindex += [number for number, _ in numbered]


_OPTIONAL = (
    "lead_days", "capacity_per_month", "shelf_life_days", "weight_g", "length_mm", "width_mm", "height_mm", "hs_code",
)  # fmt: skip
_BLANK = {"summary": "", "story": "", "care": "", "materials": ""}


def _has_price(values: Values) -> bool:
    return any(minor is not None for minor in values.get("prices", {}).values()) or bool(values.get(TIERS))


def _insert_texts(batch: Batch, goods: Sequence[tuple[int, Values]]) -> None:
    rows = [
        {
            "product_id": number,
            "language": language,
            **_BLANK,
            **fields,
            "origin": TextOrigin.HUMAN,
            "source_hash": "",
            "updated_at": batch.now,
        }
        for number, values in goods
        for language, fields in values[TEXTS].items()
    ]
    batch.session.connection().execute(_text.insert(), rows)


def _write_variants(batch: Batch, variants: Mapping[int, Sequence[Values]]) -> None:
    """Bring variants in line by SKU; those that are no longer named stay for what refers to them, off sale."""
    rows = [
        {**variant, "product_id": number, "position": place, "active": True}
        for number, items in variants.items()
        for place, variant in enumerate(items)
    ]
    changing = ["options", "gtin", "weight_g", "position", "active"]
    upsert(batch.session, _variant, rows, conflict=["product_id", "sku"], update=changing)


def _insert_prices(batch: Batch, goods: Sequence[tuple[int, Values]]) -> None:
    rows = [
        _price_row(number, currency, minor)
        for number, values in goods
        for currency, minor in values.get("prices", {}).items()
        if minor is not None
    ]
    tiered = [(number, tier) for number, values in goods for tier in values.get(TIERS, ())]
    numbers = {number for number, tier in tiered if tier["sku"] is not None}
    found = select(_variant.c.product_id, _variant.c.sku, _variant.c.id).where(_variant.c.product_id.in_(numbers))
    connection = batch.session.connection()
    ids = {(number, sku): variant for number, sku, variant in connection.execute(found)} if numbers else {}
    rows += [
        _price_row(
            number,
            tier["currency"],
            tier["minor"],
            variant_id=ids[number, tier["sku"]] if tier["sku"] is not None else None,
            min_quantity=tier["from"],
            valid_from=_moment(tier["valid_from"]),
            valid_until=_moment(tier["valid_until"]),
        )
        for number, tier in tiered
    ]
    if rows:
        connection.execute(_price.insert(), rows)


def _price_row(number: int, currency: str, minor: int, **others: Any) -> Values:
    plain = {"variant_id": None, "min_quantity": 1, "valid_from": None, "valid_until": None}
    return {"product_id": number, "currency": currency, "minor": minor, **plain, **others}


def _moment(written: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(written) if written else None


def _write_changed(batch: Batch) -> None:
    """Write only the parts that a row changes; everything else of the product stays as its maker has it."""
    for goods, offer, before in batch.changed:
        after = offer.values
        parts = {name for name in after if after[name] != before[name]}
        number = goods.product["id"]
        columns = _changed_columns(batch, goods, offer, before, parts)
        batch.session.connection().execute(update(_product).where(_product.c.id == number).values(**columns))
        if TEXTS in parts:
            _change_texts(batch, goods, before[TEXTS], after)
        if {VARIANTS, "gtin"} & parts:
            _change_variants(batch, goods, after)
        if {"prices", TIERS, VARIANTS} & parts:
            _change_prices(batch, goods, after)
        old, new = ({name: values[name] for name in sorted(parts)} for values in (before, after))
        batch.trail.append(("product.imported", "product", str(number), old, new))
        batch.reindex.append(number)
        bump_public(batch.session)


def _changed_columns(batch: Batch, goods: Goods, offer: Offer, before: Values, parts: Collection[str]) -> Values:
    after = offer.values
    columns: Values = {"updated_at": batch.now, "version": _product.c.version + 1}
    if batch.mapping.compare == "digest":
        columns["external_digest"] = offer.digest
    if "category" in parts:
        columns["category_id"] = batch.places.categories[after["category"]]
    if "facts" in parts:
        columns |= after["facts"]
    if ATTRIBUTES in parts:
        standing = goods.product["attributes"]
        kept = {name: value for name, value in standing.items() if name not in before[ATTRIBUTES]}
        columns["attributes"] = kept | after[ATTRIBUTES]
    if {"prices", TIERS} & set(parts) and "facts" not in after:
        columns["price_visibility"] = _visibility(goods, after)
    return columns


def _change_variants(batch: Batch, goods: Goods, after: Values) -> None:
    connection = batch.session.connection()
    number = goods.product["id"]
    if VARIANTS in after:
        connection.execute(update(_variant).where(_variant.c.product_id == number).values(active=False))
        _write_variants(batch, {number: after[VARIANTS]})
    elif goods.variants:
        first = goods.variants[0]["id"]
        connection.execute(update(_variant).where(_variant.c.id == first).values(gtin=after["gtin"]))


def _visibility(goods: Goods, after: Values) -> str:
    """A sheet that names a price for goods on request makes it public, and one that takes the last away hides it."""
    visible = goods.product["price_visibility"]
    if visible == PriceVisibility.SIGNED_IN:
        return PriceVisibility.SIGNED_IN
    others = [row for row in goods.prices if not is_base(row) or row["currency"] not in after.get("prices", {})]
    return PriceVisibility.PUBLIC if _has_price(after) or others else PriceVisibility.ON_REQUEST


def _change_texts(batch: Batch, goods: Goods, before: Values, after: Values) -> None:
    connection = batch.session.connection()
    number = goods.product["id"]
    own = after.get("facts", {}).get("source_language", goods.product["source_language"])
    standing = {row["language"]: row for row in goods.texts}
    gone = [language for language in before if language not in after[TEXTS]]
    if gone:
        connection.execute(delete(_text).where(_text.c.product_id == number, _text.c.language.in_(gone)))
    source = _BLANK | {name: standing[own][name] for name in ("name", *_BLANK)} if own in standing else dict(_BLANK)
    source |= after[TEXTS].get(own, {})
    rows = []
    for language, fields in after[TEXTS].items():
        if before.get(language) == fields:
            continue
        kept = {name: standing[language][name] for name in _BLANK} if language in standing else _BLANK
        rows.append(
            {
                "product_id": number,
                "language": language,
                **kept,
                **fields,
                "origin": TextOrigin.HUMAN,
                # A translation written anew belongs to the source text as it is now.
                "source_hash": "" if language == own else text_digest(ProductText(**source)),
                "updated_at": batch.now,
            }
        )
    changing = ["name", *_BLANK, "origin", "source_hash", "updated_at"]
    upsert(batch.session, _text, rows, conflict=["product_id", "language"], update=changing)


def _change_prices(batch: Batch, goods: Goods, after: Values) -> None:
    """Write the prices that the sheet speaks of anew: all of them, or one currency's plain price."""
    if TIERS in after:
        gone = [row["id"] for row in goods.prices]
    else:
        gone = [row["id"] for row in goods.prices if is_base(row) and row["currency"] in after.get("prices", {})]
    if gone:
        batch.session.connection().execute(delete(_price).where(_price.c.id.in_(gone)))
    _insert_prices(batch, [(goods.product["id"], after)])


def _publish(batch: Batch) -> None:
    """Goods of an earlier import that are drafts or wait for the city become public."""
    if not batch.published:
        return
    connection = batch.session.connection()
    mine = _product.c.id.in_(batch.published)
    before: dict[int, str] = dict(connection.execute(select(_product.c.id, _product.c.state).where(mine)).all())
    connection.execute(
        update(_product)
        .where(mine)
        .values(
            state=ProductState.PUBLISHED,
            return_reason="",
            submitted_at=func.coalesce(_product.c.submitted_at, batch.now),
            decided_at=batch.now,
            published_at=batch.now,
            updated_at=batch.now,
            version=_product.c.version + 1,
        )
    )
    bump_public(batch.session)
    batch.reindex += batch.published
    batch.trail += [
        ("product.published", "product", str(number), {"state": state}, {"state": ProductState.PUBLISHED.value})
        for number, state in before.items()
    ]
