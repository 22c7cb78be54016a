"""Reading across areas: the home page's picks and every public address."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, or_, select, union_all
from sqlmodel import Session, col

from app.businesses.models import Business, BusinessState, BusinessText
from app.catalogue import presenting
from app.catalogue.models import Category, Listing, Picture, PictureState
from app.catalogue.queries import makers
from app.catalogue.queries.listing import COLUMNS
from app.catalogue.schemas.listing import PicturePublic
from app.cities.models import City, CityClaim, Kecamatan
from app.core.languages import Language
from app.halal.models import Certificate
from app.halal.vocabulary import CertificateState

_listing = Listing.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class StoryPick:
    """A maker's story for the front."""

    slug: str
    brand: str
    place: str
    line: str
    picture: PicturePublic | None


@dataclass(frozen=True)
class MakerPick:
    """A maker for the front."""

    slug: str
    brand: str
    kecamatan: str | None
    root_category_id: int
    goods: int
    picture: PicturePublic | None


def mixed(session: Session, language: Language, *, limit: int) -> list[Any]:  # noqa: ARG001 - a pick per language may come
    """The newest goods, at most one a maker, so that the front shows many of them."""
    rank = func.row_number().over(
        partition_by=_listing.c.business_id, order_by=(_listing.c.score.desc(), _listing.c.published_us.desc())
    )
    picks = select(_listing.c.product_id, rank.label("rank")).where(_listing.c.picture.is_not(None)).subquery()
    statement = (
        select(*COLUMNS)
        .join(picks, picks.c.product_id == _listing.c.product_id)
        .where(picks.c.rank == 1)
        .order_by(_listing.c.published_us.desc(), _listing.c.product_id.desc())
        .limit(limit)
    )
    return list(session.connection().execute(statement))


def _covers(session: Session, ids: list[int], language: Language) -> dict[int, PicturePublic | None]:
    covers = makers.find_covers(session, ids)
    return {number: presenting.picture(presenting.stored_picture(row), language) for number, row in covers.items()}


def find_story(session: Session, language: Language) -> StoryPick | None:
    """The story of a maker with a picture of her workshop; the newest verified one."""
    row: Any = (
        session.connection()
        .execute(
            select(col(Business.id), col(Business.slug), col(Business.brand), col(Kecamatan.name).label("kecamatan"))
            .join(Picture, col(Picture.business_id) == col(Business.id))
            .outerjoin(Kecamatan, col(Kecamatan.code) == col(Business.kecamatan_code))
            .where(col(Business.state) == BusinessState.VERIFIED.value, col(Picture.state) == PictureState.READY.value)
            .order_by(col(Business.verified_at).desc(), col(Business.id))
            .limit(1)
        )
        .first()
    )
    if row is None:
        return None
    texts = session.connection().execute(
        select(col(BusinessText.language), col(BusinessText.story)).where(col(BusinessText.business_id) == row.id)
    )
    story, _ = presenting.pick({each[0]: each[1] for each in texts}, language)
    return StoryPick(
        slug=row.slug,
        brand=row.brand,
        place=row.kecamatan or "Bandung",
        line=story.partition(". ")[0].rstrip(".") + ".",
        picture=_covers(session, [row.id], language).get(row.id),
    )


def list_featured_makers(session: Session, language: Language, *, limit: int) -> list[MakerPick]:
    """Makers with the most complete offers."""
    goods = (
        select(
            _listing.c.business_id,
            func.count().label("goods"),
            func.max(_listing.c.score).label("score"),
            func.min(_listing.c.root_category_id).label("root"),
            func.max(_listing.c.business_slug).label("slug"),
            func.max(_listing.c.business_name).label("brand"),
            func.max(_listing.c.kecamatan_name).label("kecamatan"),
        )
        .where(_listing.c.picture.is_not(None))
        .group_by(_listing.c.business_id)
        .order_by(func.max(_listing.c.score).desc(), func.count().desc(), _listing.c.business_id)
        .limit(limit)
    )
    rows = session.connection().execute(goods).all()
    covers = _covers(session, [row.business_id for row in rows], language)
    return [
        MakerPick(
            slug=row.slug,
            brand=row.brand,
            kecamatan=row.kecamatan or None,
            root_category_id=row.root,
            goods=row.goods,
            picture=covers.get(row.business_id),
        )
        for row in rows
    ]


def count_public_addresses(session: Session) -> int:
    """How many public pages there are in one language."""
    return int(session.connection().execute(select(func.count()).select_from(_addresses().subquery())).scalar_one())


def list_public_addresses(session: Session, *, offset: int, limit: int) -> list[tuple[str, dt.datetime | None]]:
    """(path without the language, moment of the last change) of public pages, in a stable order."""
    addresses = _addresses().subquery()
    statement = select(addresses).order_by(addresses.c.kind, addresses.c.slug).offset(offset).limit(limit)
    paths = {1: "/products/", 2: "/makers/", 3: "/categories/", 4: "/cities/", 5: "/halal/certificates/"}
    return [
        (paths[row.kind] + row.slug, dt.datetime.fromtimestamp(row.us / 1_000_000, tz=dt.UTC) if row.us else None)
        for row in session.connection().execute(statement)
    ]


def _addresses() -> Any:
    return union_all(
        select(literal(1).label("kind"), _listing.c.slug.label("slug"), _listing.c.published_us.label("us")),
        select(literal(2), col(Business.slug), literal(0)).where(col(Business.state) == BusinessState.VERIFIED.value),
        select(literal(3), col(Category.slug), literal(0)),
        select(literal(4), col(City.slug), literal(0)).where(
            or_(col(City.home), col(City.store_market), col(City.id).in_(select(col(CityClaim.city_id))))
        ),
        select(literal(5), col(Certificate.public_id), literal(0)).where(
            col(Certificate.state) == CertificateState.VERIFIED.value
        ),
    )
