"""Tells what the rows of a batch are: new, changed, or as they stand; and who sells what is new."""

import datetime as dt
import hashlib
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from app.accounts import audit
from app.accounts.subjects import Actor
from app.businesses.models import Business, BusinessState
from app.businesses.rules import slug_of
from app.catalogue.imports.goods import Goods, Values, read_goods, values_of
from app.catalogue.imports.mapping import Offer, Seller, SheetMapping
from app.catalogue.imports.reading import SheetRefused
from app.catalogue.imports.values import TEXTS
from app.catalogue.models import Category, Product, ProductState
from app.cities.models import City
from app.core.database import is_sqlite
from app.core.languages import N_

PUBLISHABLE = frozenset({ProductState.DRAFT.value, ProductState.IN_REVIEW.value})
VERIFIABLE = frozenset({BusinessState.DRAFT.value, BusinessState.SUBMITTED.value})
"""States that an import with ``publish`` moves on. What the city returned, suspended or archived stays so."""

_product = Product.__table__  # type: ignore[attr-defined]
_business = Business.__table__  # type: ignore[attr-defined]
_city = City.__table__  # type: ignore[attr-defined]


@dataclass(slots=True)
class Places:
    """What rows refer to, read once: categories and cities; and the makers met so far."""

    categories: dict[str, int]
    families: dict[str, str]
    cities: dict[str, int]
    """City by slug and by English name."""
    makers: dict[str, int] = field(default_factory=dict)
    """Maker by external id of the source."""

    @classmethod
    def load(cls, session: Session) -> "Places":
        """Read them. Raises SheetRefused when there are no categories."""
        connection = session.connection()
        rows = connection.execute(select(col(Category.slug), col(Category.id), col(Category.family))).all()
        if not rows:
            raise SheetRefused(N_("There are no categories yet. Run little-bandung seed first."))
        cities = connection.execute(select(_city.c.slug, _city.c.names, _city.c.id)).all()
        return cls(
            categories={slug: number for slug, number, _ in rows},
            families={slug: family for slug, _, family in rows},
            cities={name: number for slug, names, number in cities for name in (names.get("en", slug), slug)},
        )


@dataclass(slots=True)
class Batch:
    """What one batch does, gathered before anything is written."""

    session: Session
    mapping: SheetMapping
    places: Places
    publish: bool
    dry_run: bool
    actor: Actor
    now: dt.datetime
    created: list[tuple[int, int, str, Offer]] = field(default_factory=list)
    """Product number, maker number, slug, offer."""
    changed: list[tuple[Goods, Offer, Values]] = field(default_factory=list)
    published: list[int] = field(default_factory=list)
    redigested: list[tuple[int, str]] = field(default_factory=list)
    unchanged: int = 0
    trail: list[audit.Change] = field(default_factory=list)
    reindex: list[int] = field(default_factory=list)
    sellers: list[tuple[int, str, Seller]] = field(default_factory=list)
    """Makers to be made: number, slug, seller."""
    verified: list[tuple[int, str]] = field(default_factory=list)
    """Makers to be verified, with their present state."""


def sort_out(batch: Batch, offers: list[Offer]) -> None:
    """Tell new rows, changed ones and those that change nothing apart."""
    standing = _standing(batch, offers)
    looked_at: list[tuple[int, Offer]] = []
    fresh: list[Offer] = []
    for offer in offers:
        row = standing.get(("slug", offer.product)) if offer.product else None
        row = row or standing.get(("id", offer.external_id))
        if row is None:
            fresh.append(offer)
        elif batch.mapping.compare == "digest" and row["external_digest"] == offer.digest:
            if batch.publish and row["state"] in PUBLISHABLE:
                batch.published.append(row["id"])
            else:
                batch.unchanged += 1
        else:
            looked_at.append((row["id"], offer))
    _compare(batch, looked_at)
    _meet_sellers(batch, offers)
    _welcome(batch, fresh)


def _standing(batch: Batch, offers: list[Offer]) -> dict[tuple[str, str], Any]:
    connection = batch.session.connection()
    columns = [_product.c[name] for name in ("id", "slug", "external_id", "external_digest", "state")]
    numbers = [offer.external_id for offer in offers if offer.external_id]
    slugs = [offer.product for offer in offers if offer.product]
    found: dict[tuple[str, str], Any] = {}
    mine = (_product.c.external_source == batch.mapping.source) & _product.c.external_id.in_(numbers)
    for row in connection.execute(select(*columns).where(mine)).mappings():
        found["id", row["external_id"]] = row
    if slugs:
        for row in connection.execute(select(*columns).where(_product.c.slug.in_(slugs))).mappings():
            found["slug", row["slug"]] = row
    return found


def _compare(batch: Batch, looked_at: list[tuple[int, Offer]]) -> None:
    if not looked_at:
        return
    standing = read_goods(batch.session, [number for number, _ in looked_at])
    for number, offer in looked_at:
        goods = standing[number]
        now = values_of(goods, batch.mapping, offer.values)
        publish = batch.publish and goods.product["state"] in PUBLISHABLE
        if publish:
            batch.published.append(number)
        if now != offer.values:
            batch.changed.append((goods, offer, now))
            continue
        batch.unchanged += not publish
        if batch.mapping.compare == "digest":
            batch.redigested.append((number, offer.digest))


def _welcome(batch: Batch, offers: list[Offer]) -> None:
    """Give new goods their maker, number and slug."""
    if not offers:
        return
    makers = _makers(batch, offers)
    numbers = reserve(batch, _product, len(offers))
    slugs = _free_slugs(batch, _product, [_slug(batch.mapping.source, offer) for offer in offers])
    for offer, number, slug in zip(offers, numbers, slugs, strict=True):
        maker = makers[offer.seller.external_id if offer.seller else offer.maker]
        batch.created.append((number, maker, slug, offer))


def reserve(batch: Batch, table: Any, count: int) -> list[int]:
    """Numbers for new rows, so that all that hangs on them can be inserted in bulk."""
    if batch.dry_run or not count:
        return [0] * count
    connection = batch.session.connection()
    if is_sqlite(batch.session):
        # This transaction holds the only write lock.
        last = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        return list(range(last + 1, last + count + 1))
    sequence = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return list(connection.execute(sequence, {"name": table.name, "count": count}).scalars())


def _slug(source: str, offer: Offer) -> tuple[str, str]:
    """An address from the name, and what makes it the only one."""
    facts = offer.values.get("facts", {})
    texts = offer.values[TEXTS]
    name = texts.get(facts.get("source_language"), next(iter(texts.values())))["name"]
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "".join(character if character.isalnum() else " " for character in plain).split()
    short = "-".join(words)[:70].strip("-") or "product"
    return short, hashlib.blake2b(f"{source}\n{offer.external_id}".encode(), digest_size=16).hexdigest()


def _free_slugs(batch: Batch, table: Any, wanted: list[tuple[str, str]], *, bare: bool = False) -> list[str]:
    """Slugs that nothing has yet: the name with as much of the digest as it takes (none at first when ``bare``)."""
    lengths = (0, 6, 12, 24) if bare else (6, 12, 24)
    found: dict[int, str] = {}
    taken: set[str] = set()
    for length in lengths:
        open_places = [place for place in range(len(wanted)) if place not in found]
        trials = {place: f"{wanted[place][0]}-{wanted[place][1][:length]}".rstrip("-") for place in open_places}
        statement = select(table.c.slug).where(table.c.slug.in_(list(trials.values())))
        taken |= set(batch.session.connection().execute(statement).scalars())
        for place, slug in trials.items():
            if slug not in taken:
                taken.add(slug)
                found[place] = slug
    return [found[place] for place in range(len(wanted))]


def _meet_sellers(batch: Batch, offers: list[Offer]) -> None:
    """Learn the numbers of the makers that this source made before; with ``publish`` they become verified."""
    makers = batch.places.makers
    unknown = {offer.seller.external_id for offer in offers if offer.seller} - makers.keys()
    if not unknown:
        return
    mine = (_business.c.external_source == batch.mapping.source) & _business.c.external_id.in_(unknown)
    statement = select(_business.c.external_id, _business.c.id, _business.c.state).where(mine)
    for name, number, state in batch.session.connection().execute(statement).all():
        makers[name] = number
        if batch.publish and state in VERIFIABLE:
            batch.verified.append((number, state))


def _makers(batch: Batch, offers: list[Offer]) -> dict[str, int]:
    """The maker's number by external id or slug; sellers that are not makers yet become such."""
    if batch.mapping.seller is None:
        named = {offer.maker for offer in offers}
        statement = select(_business.c.slug, _business.c.id).where(_business.c.slug.in_(named))
        return dict(batch.session.connection().execute(statement).all())
    makers = batch.places.makers
    sellers = {offer.seller.external_id: offer.seller for offer in reversed(offers) if offer.seller}
    fresh = [seller for name, seller in sellers.items() if name not in makers]
    numbers = reserve(batch, _business, len(fresh))
    brands = [
        (slug_of(seller.brand), hashlib.blake2b(seller.external_id.encode(), digest_size=16).hexdigest())
        for seller in fresh
    ]
    slugs = _free_slugs(batch, _business, brands, bare=True)
    for seller, number, slug in zip(fresh, numbers, slugs, strict=True):
        makers[seller.external_id] = number
        batch.sellers.append((number, slug, seller))
    return makers
