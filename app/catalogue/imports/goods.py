"""Many products at once as the database has them, in the form in which rows of sheets are understood."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session, col

from app.businesses.models import Business
from app.catalogue.imports.mapping import SheetMapping
from app.catalogue.imports.values import ATTRIBUTES, TEXTS, TIERS, VARIANTS, show_moment, tier_order
from app.catalogue.models import Category, Price, Product, ProductState, ProductText, Variant

BATCH = 500
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goods:
    """A product with all that belongs to it, as plain rows."""

    product: Mapping[str, Any]
    maker: str
    category: str
    texts: Sequence[Mapping[str, Any]]
    variants: Sequence[Mapping[str, Any]]
    """Those on sale, in their order."""
    prices: Sequence[Mapping[str, Any]]

    def base_price(self, currency: str) -> Mapping[str, Any] | None:
        """The plain price in a currency, which a column of its own holds."""
        return next((row for row in self.prices if row["currency"] == currency and is_base(row)), None)


def is_base(price: Mapping[str, Any]) -> bool:
    """Whether a price is of the whole product, from one piece on and for good."""
    return (
        price["variant_id"] is None
        and price["min_quantity"] == 1
        and price["valid_from"] is None
        and price["valid_until"] is None
    )


def read_goods(session: Session, ids: Sequence[int]) -> dict[int, Goods]:
    """The products with these numbers."""
    connection = session.connection()
    statement: Select[*tuple[Any, ...]] = (
        select(Product.__table__, col(Business.slug).label("maker"), col(Category.slug).label("category"))  # type: ignore[attr-defined]
        .join(Business, col(Business.id) == col(Product.business_id))
        .join(Category, col(Category.id) == col(Product.category_id))
        .where(col(Product.id).in_(ids))
        .order_by(col(Product.id))
    )
    products = connection.execute(statement).mappings().all()
    texts, variants, prices = (_by_product(session, model, ids) for model in (ProductText, Variant, Price))
    return {
        row["id"]: Goods(
            product=dict(row),
            maker=row["maker"],
            category=row["category"],
            texts=texts[row["id"]],
            variants=sorted(
                (variant for variant in variants[row["id"]] if variant["active"]),
                key=lambda variant: (variant["position"], variant["id"]),
            ),
            prices=prices[row["id"]],
        )
        for row in products
    }


def iterate_goods(session: Session, state: ProductState | None = None) -> Iterator[Goods]:
    """Every product, or those in one state, by number; a few hundred at a time are in memory."""
    last = 0
    while True:
        statement = select(col(Product.id)).where(col(Product.id) > last).order_by(col(Product.id)).limit(BATCH)
        if state is not None:
            statement = statement.where(col(Product.state) == state.value)
        ids = session.connection().execute(statement).scalars().all()
        if not ids:
            return
        yield from read_goods(session, ids).values()
        last = ids[-1]


def _by_product(session: Session, model: Any, ids: Sequence[int]) -> dict[int, list[Mapping[str, Any]]]:
    grouped: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    table = model.__table__
    for row in (
        session.connection().execute(table.select().where(table.c.product_id.in_(ids)).order_by(table.c.id)).mappings()
    ):
        grouped[row["product_id"]].append(dict(row))
    return grouped


def values_of(goods: Goods, mapping: SheetMapping, like: Values) -> Values:
    """What stands of a product, in the parts that an offer's values (``like``) have."""
    values: Values = {"category": goods.category, TEXTS: {}}
    for row in goods.texts:
        fields = next((texts for language, texts in mapping.texts.items() if language.value == row["language"]), None)
        if fields is not None:
            values[TEXTS][row["language"]] = {name: row[name] for name in fields}
    if "prices" in like:
        found = {code: goods.base_price(code) for code in like["prices"]}
        values["prices"] = {code: row and row["minor"] for code, row in found.items()}
    if "facts" in like:
        values["facts"] = {name: goods.product[name] for name in like["facts"]}
    if ATTRIBUTES in like:
        attributes = dict(sorted(goods.product["attributes"].items()))
        if mapping.documents.attributes is None:
            attributes = {name: value for name, value in attributes.items() if name in mapping.attributes}
        values[ATTRIBUTES] = attributes
    if VARIANTS in like:
        values[VARIANTS] = [
            {
                "sku": row["sku"],
                "options": dict(sorted(row["options"].items())),
                "gtin": row["gtin"],
                "weight_g": row["weight_g"],
            }
            for row in goods.variants
        ]
    if TIERS in like:
        values[TIERS] = further_prices(goods)
    if "gtin" in like:
        values["gtin"] = goods.variants[0]["gtin"] if goods.variants else None
    return values


def further_prices(goods: Goods) -> list[Values]:
    """Prices that have no column of their own."""
    skus = {row["id"]: row["sku"] for row in goods.variants}
    base = {row["currency"]: row["id"] for row in reversed(goods.prices) if is_base(row)}
    return sorted(
        (
            {
                "currency": row["currency"],
                "from": row["min_quantity"],
                "minor": row["minor"],
                "sku": skus[row["variant_id"]] if row["variant_id"] is not None else None,
                "valid_from": show_moment(row["valid_from"]),
                "valid_until": show_moment(row["valid_until"]),
            }
            for row in goods.prices
            if row["id"] not in base.values() and (row["variant_id"] is None or row["variant_id"] in skus)
        ),
        key=tier_order,
    )
