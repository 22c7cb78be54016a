"""Reading goods that need not be public: for the people of their maker, and for the city."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, select

from app.accounts.models import Role
from app.accounts.subjects import Actor, Subject, require_official
from app.businesses.models import Business
from app.catalogue import rules
from app.catalogue.models import (
    Category,
    Picture,
    PictureState,
    Price,
    Product,
    ProductState,
    ProductText,
    Variant,
)
from app.core.errors import Invalid, NotFound
from app.core.languages import N_
from app.core.money import Currency, Money
from app.core.pagination import Cursor

_WHOLE = (
    selectinload(Product.texts),  # type: ignore[arg-type]
    selectinload(Product.variants),  # type: ignore[arg-type]
    selectinload(Product.prices),  # type: ignore[arg-type]
    selectinload(Product.pictures),  # type: ignore[arg-type]
    selectinload(Product.category),  # type: ignore[arg-type]
    selectinload(Product.business).selectinload(Business.texts),  # type: ignore[arg-type]
    selectinload(Product.business).selectinload(Business.kecamatan),  # type: ignore[arg-type]
    selectinload(Product.business).selectinload(Business.city),  # type: ignore[arg-type]
)


def _whole(condition: ColumnElement[bool], *, lock: bool) -> Any:
    statement = select(Product).where(condition).options(*_WHOLE).execution_options(populate_existing=True)
    return statement.with_for_update(of=Product) if lock else statement


def get_own_product(session: Session, actor: Actor, slug: str, *, lock: bool = False) -> Product:
    """A product of a maker that the actor acts for, with all that hangs on it; other people's are not found.

    ``lock`` makes others who change it wait (PostgreSQL; SQLite has one writer anyway).

    Raises:
        NotFound
    """
    product: Product | None = session.exec(_whole(col(Product.slug) == slug, lock=lock)).first()
    if product is None or not rules.can_edit_goods(actor, product.business):
        raise NotFound
    return product


def get_reviewed_product(session: Session, actor: Actor, slug: str) -> Product:
    """A product of any maker, with all that hangs on it, for an official.

    Raises:
        Unauthenticated, Forbidden, SecondFactorNeeded, NotFound
    """
    if isinstance(actor, Subject):
        require_official(actor)
    product: Product | None = session.exec(_whole(col(Product.slug) == slug, lock=False)).first()
    if product is None or not rules.can_review(actor):
        raise NotFound
    return product


def get_own_picture(
    session: Session, actor: Subject, number: int, *, lock: bool = False
) -> tuple[Picture, Product | Business]:
    """A picture with what it shows: a product, or a maker whose cover it is, that the actor acts for.

    Raises:
        NotFound: there is none, or it is other people's.
    """
    picture = session.get(Picture, number)
    if picture is None:
        raise NotFound
    if picture.business_id is not None:
        for business in list_own_businesses(session, actor):
            if business.id == picture.business_id:
                return picture, business
        raise NotFound
    slug = session.exec(select(Product.slug).where(Product.id == picture.product_id)).one()
    product = get_own_product(session, actor, slug, lock=lock)
    return picture, product


def find_cover(session: Session, business_id: int) -> Picture | None:
    """A maker's cover in any state."""
    newest = select(Picture).where(Picture.business_id == business_id).order_by(col(Picture.id).desc())
    return session.exec(newest).first()


def list_own_businesses(session: Session, actor: Subject) -> list[Business]:
    """The makers that a person acts for, oldest first."""
    numbers = actor.organisations(Role.MAKER)
    if not numbers:
        return []
    statement = select(Business).where(col(Business.organisation_id).in_(numbers)).order_by(col(Business.id))
    return list(session.exec(statement).all())


def get_own_business(session: Session, actor: Subject, slug: str | None = None) -> Business:
    """The maker that new goods belong to: the one named, else the person's first.

    Raises:
        NotFound: the person acts for no maker, or not for this one.
    """
    for business in list_own_businesses(session, actor):
        if slug is None or business.slug == slug:
            return business
    raise NotFound


def text_digest(text: ProductText) -> str:
    """The digest of a text that translations remember."""
    content = f"{text.name}\n\x1f{text.summary}\n\x1f{text.story}\n\x1f{text.care}\n\x1f{text.materials}"
    return hashlib.blake2b(content.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def source_text(product: Product) -> ProductText | None:
    """The text that a product's translations are made from."""
    return next((text for text in product.texts if text.language == product.source_language), None)


def stale_languages(product: Product) -> frozenset[str]:
    """Codes of the languages whose text is older than the source text it was translated from."""
    source = source_text(product)
    if source is None:
        return frozenset()
    digest = text_digest(source)
    return frozenset(
        text.language for text in product.texts if text is not source and text.source_hash not in {"", digest}
    )


@dataclass(frozen=True)
class OwnRow:
    """A product in its maker's list or in the city's queue."""

    id: int
    slug: str
    name: str
    state: ProductState
    return_reason: str
    category_id: int
    business_slug: str
    business_name: str
    updated_at: dt.datetime
    submitted_at: dt.datetime | None
    languages: tuple[str, ...]
    pictures: int
    picture: dict[str, Any] | None
    """As the read side keeps it; of the first ready one."""
    price: Money | None
    """The lowest tier in rupiah, else in the currency that comes first."""


@dataclass(frozen=True)
class OwnPage:
    """A page of goods that need not be public."""

    rows: tuple[OwnRow, ...]
    next: str | None
    total: int


def count_own_states(session: Session, business_ids: Iterable[int]) -> dict[ProductState, int]:
    """How many goods of these makers stand in each state; every state is there."""
    statement = (
        select(Product.state, func.count())
        .where(col(Product.business_id).in_(list(business_ids)))
        .group_by(col(Product.state))
    )
    counts = dict.fromkeys(ProductState, 0)
    for state, number in session.exec(statement):
        counts[ProductState(state)] = number
    return counts


def list_own_products(
    session: Session,
    business_ids: Iterable[int],
    *,
    state: ProductState | None = None,
    limit: int,
    cursor: str | None = None,
) -> OwnPage:
    """Goods of these makers, newest first, archived ones last in nobody's way: only when asked for.

    Raises:
        Invalid: the cursor is damaged.
    """
    wanted: list[ColumnElement[bool]] = [col(Product.business_id).in_(list(business_ids))]
    wanted.append(col(Product.state) == state.value if state else col(Product.state) != ProductState.ARCHIVED.value)
    total = session.exec(select(func.count()).select_from(Product).where(*wanted)).one()
    if cursor is not None:
        wanted.append(col(Product.id) < Cursor.decode(cursor, sort="own").id)
    rows = _rows(session, wanted, order=[col(Product.id).desc()], limit=limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    following = Cursor(sort="own", key=None, id=rows[-1].id).encode() if more else None
    return OwnPage(tuple(rows), following, total)


def list_review(session: Session, *, limit: int, cursor: str | None = None) -> OwnPage:
    """Goods that wait for the city, those that wait longest first.

    Raises:
        Invalid: the cursor is damaged.
    """
    wanted: list[ColumnElement[bool]] = [col(Product.state) == ProductState.IN_REVIEW.value]
    total = count_review(session)
    if cursor is not None:
        place = Cursor.decode(cursor, sort="review")
        try:
            moment = dt.datetime.fromisoformat(str(place.key))
        except ValueError as error:
            raise Invalid(code="bad_cursor", fields={"cursor": N_("Start again from the first page.")}) from error
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        waiting = col(Product.submitted_at)
        wanted.append((waiting > moment) | ((waiting == moment) & (col(Product.id) > place.id)))
    order = [col(Product.submitted_at), col(Product.id)]
    rows = _rows(session, wanted, order=order, limit=limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    following = None
    if more and rows[-1].submitted_at is not None:
        following = Cursor(sort="review", key=rows[-1].submitted_at.isoformat(), id=rows[-1].id).encode()
    return OwnPage(tuple(rows), following, total)


def count_review(session: Session) -> int:
    """How many goods wait for the city."""
    statement = select(func.count()).select_from(Product).where(Product.state == ProductState.IN_REVIEW)
    return session.exec(statement).one()


def find_next_review(session: Session, *, after: Product | None = None) -> str | None:
    """The slug of the product that waits longest, or of the one that follows ``after``; None when nothing waits."""
    statement = (
        select(Product.slug)
        .where(Product.state == ProductState.IN_REVIEW)
        .order_by(col(Product.submitted_at), col(Product.id))
        .limit(1)
    )
    if after is not None and after.submitted_at is not None:
        waiting = col(Product.submitted_at)
        later = statement.where(
            (waiting > after.submitted_at) | ((waiting == after.submitted_at) & (col(Product.id) > after.id))
        )
        found = session.exec(later).first()
        if found is not None:
            return found
        statement = statement.where(col(Product.id) != after.id)
    return session.exec(statement).first()


def _rows(session: Session, wanted: list[ColumnElement[bool]], *, order: list[Any], limit: int) -> list[OwnRow]:
    """Rows with what a list shows of them, in five statements whatever their number."""
    statement: Select[Any] = (
        select(  # type: ignore[call-overload, unused-ignore]
            Product.id,
            Product.slug,
            Product.state,
            Product.return_reason,
            Product.source_language,
            Product.category_id,
            Product.updated_at,
            Product.submitted_at,
            col(Business.slug).label("business_slug"),
            col(Business.brand).label("business_name"),
        )
        .join(Business, col(Business.id) == col(Product.business_id))
        .where(*wanted)
        .order_by(*order)
        .limit(limit)
    )
    connection = session.connection()
    products = connection.execute(statement).mappings().all()
    numbers = [row["id"] for row in products]
    if not numbers:
        return []
    names: dict[int, dict[str, str]] = {number: {} for number in numbers}
    for product_id, language, name in connection.execute(
        select(col(ProductText.product_id), col(ProductText.language), col(ProductText.name)).where(
            col(ProductText.product_id).in_(numbers)
        )
    ):
        names[product_id][language] = name
    pictures = list_ready_pictures(session, numbers)
    prices = _prices(session, numbers)
    rows = []
    for row in products:
        texts = names[row["id"]]
        shown = pictures.get(row["id"], [])
        rows.append(
            OwnRow(
                id=row["id"],
                slug=row["slug"],
                name=texts.get(row["source_language"]) or next(iter(texts.values()), row["slug"]),
                state=ProductState(row["state"]),
                return_reason=row["return_reason"],
                category_id=row["category_id"],
                business_slug=row["business_slug"],
                business_name=row["business_name"],
                updated_at=row["updated_at"],
                submitted_at=row["submitted_at"],
                languages=tuple(sorted(texts)),
                pictures=len(shown),
                picture=shown[0] if shown else None,
                price=prices.get(row["id"]),
            )
        )
    return rows


def list_ready_pictures(session: Session, numbers: list[int]) -> dict[int, list[dict[str, Any]]]:
    """By product its ready pictures as the read side keeps them, the first one first; one statement."""
    table = Picture.__table__  # type: ignore[attr-defined]
    statement = (
        table.select()
        .where(table.c.product_id.in_(numbers), table.c.state == PictureState.READY.value)
        .order_by(table.c.position, table.c.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in session.connection().execute(statement).mappings():
        found.setdefault(row["product_id"], []).append(
            {
                "alt": row["alt"],
                "width": row["width"],
                "height": row["height"],
                "focal": [row["focal_x"], row["focal_y"]],
                "files": [
                    [each["format"], each["width"], each["height"], each["sha256"]] for each in row["derivatives"]
                ],
            }
        )
    return found


def _prices(session: Session, numbers: list[int]) -> dict[int, Money]:
    statement = (
        select(col(Price.product_id), col(Price.currency), func.min(col(Price.minor)))
        .where(col(Price.product_id).in_(numbers))
        .group_by(col(Price.product_id), col(Price.currency))
    )
    found: dict[int, Money] = {}
    for product_id, code, minor in session.connection().execute(statement):
        money = Money(Currency(code), minor)
        standing = found.get(product_id)
        if standing is None or money.currency == Currency.IDR:
            found[product_id] = money
    return found


def get_category(session: Session, slug: str) -> Category:
    """The category with this slug.

    Raises:
        Invalid: there is none; the message stands at ``category``.
    """
    category = session.exec(select(Category).where(Category.slug == slug)).first()
    if category is None:
        raise Invalid(fields={"category": N_("Choose a category from the list.")})
    return category


def slug_taken(session: Session, slug: str) -> bool:
    """Whether a product has this slug already."""
    return session.exec(select(Product.id).where(Product.slug == slug)).first() is not None


def variant_by_sku(product: Product, sku: str) -> Variant | None:
    """The variant of a product with this code, or None."""
    return next((variant for variant in product.variants if variant.sku == sku), None)
