"""Writes the read side: one listing a public product, its search documents and the vocabulary of names.

Called by services in the transaction that changes a product, its maker or its pictures, so that lists and search
never disagree with the goods.
"""

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import Session, col

from app.businesses.models import Business, BusinessState
from app.catalogue import analyser, cube, search, standings
from app.catalogue.glossary import GLOSSARY_FILE
from app.catalogue.models import (
    Category,
    Listing,
    Picture,
    PictureState,
    Price,
    PriceVisibility,
    Product,
    ProductState,
    ProductText,
    SearchDocument,
    SearchWord,
    Variant,
)
from app.cities.models import Kecamatan
from app.core.database import add_counts, upsert
from app.core.languages import Language
from app.core.money import Currency, Money
from app.core.rates import Rates, get_rates
from app.core.versions import bump_public
from app.halal.rules import day_of

BATCH = 500
MOQ_BANDS = (1, 10, 50, 200)
"""Largest minimum order of each band but the last."""

_listing = Listing.__table__  # type: ignore[attr-defined]
_document = SearchDocument.__table__  # type: ignore[attr-defined]
_word = SearchWord.__table__  # type: ignore[attr-defined]
Row = dict[str, Any]


def reindex_products(session: Session, ids: Sequence[int], *, now: dt.datetime) -> None:
    """Bring the read side of these products in line with their rows; what is not public leaves it."""
    session.flush()
    bump_public(session)
    rates = get_rates(session)
    categories = _categories(session)
    for start in range(0, len(ids), BATCH):
        _reindex_batch(session, list(ids[start : start + BATCH]), rates, categories, today=day_of(now))


def reindex_business(session: Session, business_id: int, now: dt.datetime) -> None:
    """Bring all products of a maker in line, after her name, place, size or state changed."""
    session.flush()
    statement = select(col(Product.id)).where(col(Product.business_id) == business_id)
    reindex_products(session, session.connection().execute(statement).scalars().all(), now=now)


def reindex_all(session: Session, *, now: dt.datetime) -> int:
    """Write the whole read side anew and give the number of products looked at."""
    ids = session.connection().execute(select(col(Product.id)).order_by(col(Product.id))).scalars().all()
    reindex_products(session, ids, now=now)
    return len(ids)


def place_standings(session: Session, ids: Sequence[int], *, now: dt.datetime) -> int:
    """Bring the halal standing of these products' listings in line with what is known; gives how many changed.

    Cheaper than to index them anew, which does it too: for certificates and the daily sweep.
    """
    session.flush()
    today = day_of(now)
    changed = 0
    for start in range(0, len(ids), BATCH):
        batch = list(ids[start : start + BATCH])
        _lock(session, batch)
        columns = (_listing.c.product_id, _listing.c.standing_id, _listing.c.standing_until)
        standing = session.connection().execute(select(*columns).where(_listing.c.product_id.in_(batch))).all()
        placed = standings.place(session, batch, today=today)
        rows = [
            {"number": row[0], "standing": wanted[0], "end": wanted[1]}
            for row in standing
            if (wanted := placed.get(row[0], (0, None))) != (row[1], row[2])
        ]
        if rows:
            statement = (
                update(Listing)
                .where(col(Listing.product_id) == bindparam("number"))
                .values(standing_id=bindparam("standing"), standing_until=bindparam("end"))
            )
            session.connection().execute(statement, rows)
            cube.note_changes(session, (row["number"] for row in rows))
            changed += len(rows)
    if changed:
        bump_public(session)
    return changed


def _lock(session: Session, ids: Sequence[int]) -> None:
    """Wait for whoever else places these goods, before anything is read that decides: the later one sees it all."""
    goods = select(col(Product.id)).where(col(Product.id).in_(ids)).order_by(col(Product.id))
    session.connection().execute(goods.with_for_update(key_share=True))


def _categories(session: Session) -> dict[int, int]:
    """Root category by category."""
    parents: dict[int, int | None] = {
        row[0]: row[1] for row in session.connection().execute(select(col(Category.id), col(Category.parent_id)))
    }

    def root(category: int) -> int:
        parent = parents[category]
        return category if parent is None else root(parent)

    return {category: root(category) for category in parents}


def _reindex_batch(
    session: Session, ids: list[int], rates: Rates | None, roots: dict[int, int], *, today: dt.date
) -> None:
    connection = session.connection()
    _lock(session, ids)
    products, texts, listings = _offers(session, ids, rates, roots)
    public = [row["product_id"] for row in listings]
    standings.record_facts(session, public, today=today)
    _set_standings(listings, standings.place(session, public, today=today))
    old_names: dict[int, dict[str, str]] = {
        row[0]: row[1]
        for row in connection.execute(
            select(_listing.c.product_id, _listing.c.names).where(_listing.c.product_id.in_(ids))
        )
    }
    shown = {row["product_id"] for row in listings}
    gone = [number for number in ids if number not in shown]
    if gone:
        connection.execute(delete(Listing).where(col(Listing.product_id).in_(gone)))
    columns = [column.name for column in _listing.columns if column.name != "product_id"]
    upsert(session, _listing, listings, conflict=["product_id"], update=columns)
    cube.note_changes(session, ids)
    _write_documents(session, ids, products, {number: rows for number, rows in texts.items() if number in shown})
    _count_words(session, ids, old_names, {row["product_id"]: row["names"] for row in listings})


def _offers(
    session: Session, ids: list[int], rates: Rates | None, roots: dict[int, int]
) -> tuple[dict[int, Any], dict[int, list[Row]], list[Row]]:
    """Of these products the public ones, their texts and the listings that are made of them."""
    products = {row["id"]: row for row in session.connection().execute(_public_products(ids)).mappings()}
    texts = _by_product(session, ProductText, list(products))
    prices = _by_product(session, Price, list(products))
    variants = _by_product(session, Variant, list(products))
    pictures = _by_product(session, Picture, list(products))
    listings = [
        _listing_row(product, texts[number], prices[number], variants[number], pictures[number], rates, roots)
        for number, product in products.items()
        if texts[number]
    ]
    return products, texts, listings


def _set_standings(listings: list[Row], placed: dict[int, tuple[int, dt.date | None]]) -> None:
    for row in listings:
        row["standing_id"], row["standing_until"] = placed.get(row["product_id"], (0, None))


def wanted_rows(session: Session, ids: Sequence[int]) -> tuple[list[Row], dict[int, str]]:
    """What the read side of these products should be: listings, and digests by number of search document.

    For the invariant checker, which compares it with what stands; halal standings have a check of their own.
    """
    products, texts, listings = _offers(session, list(ids), get_rates(session), _categories(session))
    digests = {
        search.document_id(number, Language(row["language"])): _text_digest(row["name"], _body(products[number], row))
        for number, rows in texts.items()
        for row in rows
    }
    return listings, digests


def _public_products(ids: list[int]) -> Any:
    return (
        select(
            Product.__table__,  # type: ignore[attr-defined]
            col(Business.slug).label("business_slug"),
            col(Business.brand).label("business_name"),
            col(Business.city_id),
            col(Business.kecamatan_code),
            col(Business.verified_at),
            col(Kecamatan.name).label("kecamatan_name"),
        )
        .join(Business, col(Business.id) == col(Product.business_id))
        .outerjoin(Kecamatan, col(Kecamatan.code) == col(Business.kecamatan_code))
        .where(
            col(Product.id).in_(ids),
            col(Product.state) == ProductState.PUBLISHED.value,
            col(Business.state) == BusinessState.VERIFIED.value,
        )
    )


def _by_product(session: Session, model: Any, ids: list[int]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    if ids:
        statement = model.__table__.select().where(model.__table__.c.product_id.in_(ids)).order_by(model.__table__.c.id)
        for row in session.connection().execute(statement).mappings():
            grouped[row["product_id"]].append(dict(row))
    return grouped


def moq_band(moq: int) -> int:
    """The band of a minimum order, 0 to 4."""
    return sum(moq > limit for limit in MOQ_BANDS)


def _listing_row(
    product: Any,
    texts: list[Row],
    prices: list[Row],
    variants: list[Row],
    pictures: list[Row],
    rates: Rates | None,
    roots: dict[int, int],
) -> Row:
    names = {row["language"]: row["name"] for row in texts}
    public_prices = (
        _list_prices(product, prices) if product["price_visibility"] == PriceVisibility.PUBLIC.value else None
    )
    return {
        "product_id": product["id"],
        "slug": product["slug"],
        "names": names,
        "source_language": product["source_language"],
        "business_id": product["business_id"],
        "business_slug": product["business_slug"],
        "business_name": product["business_name"],
        "verified": product["verified_at"] is not None,
        "city_id": product["city_id"],
        "kecamatan_code": product["kecamatan_code"],
        "kecamatan_name": product["kecamatan_name"] or "",
        "category_id": product["category_id"],
        "root_category_id": roots[product["category_id"]],
        "unit": product["unit"],
        "moq": product["moq"],
        "moq_band": moq_band(product["moq"]),
        "lead_days": product["lead_days"],
        "prices": public_prices,
        "price_key": _price_key(public_prices, rates),
        "picture": _card_picture(pictures),
        "name_words": min(len(set(analyser.words(name))) for name in names.values()),
        "score": _score(product, texts, prices, variants, pictures),
        "published_us": _microseconds(product["published_at"] or product["created_at"]),
    }


def _list_prices(product: Any, prices: list[Row]) -> dict[str, list[int]] | None:
    """By currency: the unit price at the minimum order, and the lowest of all tiers."""
    result: dict[str, list[int]] = {}
    for currency in {row["currency"] for row in prices}:
        tiers = [row for row in prices if row["currency"] == currency]
        reachable = [row for row in tiers if row["min_quantity"] <= product["moq"]] or tiers
        at_minimum = max(reachable, key=lambda row: (row["min_quantity"], -row["minor"]))
        result[currency] = [at_minimum["minor"], min(row["minor"] for row in tiers)]
    return result or None


def _price_key(prices: dict[str, list[int]] | None, rates: Rates | None) -> int | None:
    if not prices:
        return None
    if Currency.IDR.value in prices:
        return prices[Currency.IDR.value][0]
    for code in sorted(prices):
        converted = rates.convert(Money(Currency(code), prices[code][0]), Currency.IDR) if rates else None
        if converted is not None:
            return converted.minor
    return None


def _card_picture(pictures: list[Row]) -> Row | None:
    ready = [row for row in pictures if row["state"] == PictureState.READY.value]
    if not ready:
        return None
    first = min(ready, key=lambda row: (row["position"], row["id"]))
    return {
        "alt": first["alt"],
        "width": first["width"],
        "height": first["height"],
        "focal": [first["focal_x"], first["focal_y"]],
        "files": [[file["format"], file["width"], file["height"], file["sha256"]] for file in first["derivatives"]],
    }


def _score(product: Any, texts: list[Row], prices: list[Row], variants: list[Row], pictures: list[Row]) -> int:
    """How complete an offer is, 0 to 100, from what a buyer asks for first."""
    ready = sum(row["state"] == PictureState.READY.value for row in pictures)
    points = (
        25 * (ready > 0)
        + 10 * (ready > 1)
        + 15 * bool(prices)
        + 10 * any(row["summary"] for row in texts)
        + 10 * any(row["story"] for row in texts)
        + 5 * any(row["materials"] for row in texts)
        + 3 * min(len(texts), 5)
        + 5 * (product["lead_days"] is not None)
        + 3 * (product["weight_g"] is not None)
        + 2 * bool(variants)
    )
    return int(min(points, 100))


def _microseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def _write_documents(session: Session, ids: list[int], products: dict[int, Any], texts: dict[int, list[Row]]) -> None:
    connection = session.connection()
    standing = {
        row[0]: row[1]
        for row in connection.execute(select(_document.c.id, _document.c.digest).where(_document.c.product_id.in_(ids)))
    }
    wanted: dict[int, Row] = {}
    changed: list[search.IndexRow] = []
    for number, rows in texts.items():
        for row in rows:
            language = Language(row["language"])
            body = _body(products[number], row)
            key = search.document_id(number, language)
            digest = _text_digest(row["name"], body)
            wanted[key] = {
                "id": key,
                "product_id": number,
                "language": language.value,
                "words": search.spaced(analyser.words(row["name"])),
                "written": search.spaced(row["name"].split()),
                "digest": digest,
            }
            if standing.get(key) != digest:
                document = analyser.analyse_document(name=row["name"], body=body, locale=language.value)
                changed.append(search.IndexRow(id=key, document=document))
    gone = [key for key in standing if key not in wanted]
    search.remove_documents(session, gone)
    if gone:
        connection.execute(delete(SearchDocument).where(col(SearchDocument.id).in_(gone)))
    upsert(
        session,
        _document,
        [wanted[row.id] for row in changed],
        conflict=["id"],
        update=["product_id", "language", "words", "written", "digest"],
    )
    search.write_documents(session, changed)


def _body(product: Any, text: Row) -> str:
    """What is searched beside the name."""
    parts = (text["summary"], text["story"], text["materials"], product["business_name"])
    return "\n".join(part for part in parts if part)


@lru_cache
def _analysis() -> str:
    """What index terms depend on besides the text: the analyser's version and the words of the glossary."""
    words = hashlib.blake2b(GLOSSARY_FILE.read_bytes(), digest_size=8).hexdigest()
    return f"{analyser.ANALYSER_VERSION} {words}"


def _text_digest(name: str, body: str) -> str:
    content = f"{_analysis()}\n{name}\n{body}"
    return hashlib.blake2b(content.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def _count_words(
    session: Session, ids: Iterable[int], old: dict[int, dict[str, str]], new: dict[int, dict[str, str]]
) -> None:
    """Keep the vocabulary's counts: the number of products that have a word in a name."""
    change: Counter[str] = Counter()
    for number in ids:
        before, after = name_words(old.get(number)), name_words(new.get(number))
        change.update(after - before)
        change.subtract(before - after)
    moved = {word: count for word, count in change.items() if count}
    if not moved:
        return
    rows = [{"word": word, "products": count} for word, count in sorted(moved.items())]
    connection = session.connection()
    add_counts(session, _word, rows, key=("word",), counter="products")
    if any(count < 0 for count in moved.values()):
        connection.execute(delete(SearchWord).where(col(SearchWord.products) <= 0))


def name_words(names: dict[str, str] | None) -> set[str]:
    """The words of a product's names that the vocabulary counts."""
    longest = 40
    return {
        word
        for name in (names or {}).values()
        for word in analyser.words(name)
        if len(word) <= longest and not word.isdigit()
    }


def refresh_price_keys(session: Session) -> int:
    """Recompute comparable prices of goods without a rupiah price, after new rates; gives the number changed."""
    rates = get_rates(session)
    connection = session.connection()
    changed = []
    for number, prices, key in connection.execute(
        select(_listing.c.product_id, _listing.c.prices, _listing.c.price_key).where(_listing.c.prices.is_not(None))
    ).all():
        if Currency.IDR.value in prices:
            continue
        fresh = _price_key(prices, rates)
        if fresh != key:
            connection.execute(update(Listing).where(col(Listing.product_id) == number).values(price_key=fresh))
            changed.append(number)
    if changed:
        cube.note_changes(session, changed)
        bump_public(session)
    return len(changed)
