"""What the goods say about their makers: how many are public, and a picture to know the maker by."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.catalogue.models import Listing, Picture, PictureState


@dataclass(frozen=True)
class Table:
    """What lies on a maker's table."""

    goods: int
    picture: dict[str, Any] | None
    """As the read side keeps it, of her newest product that has one."""


def count_goods(session: Session, business_ids: Collection[int]) -> dict[int, Table]:
    """By maker: public goods and a picture, in two statements whatever the number of makers."""
    if not business_ids:
        return {}
    connection = session.connection()
    pictured: Any = func.max(col(Listing.product_id)).filter(col(Listing.picture).is_not(None))
    counted = connection.execute(
        select(col(Listing.business_id), func.count(), pictured)
        .where(col(Listing.business_id).in_(business_ids))
        .group_by(col(Listing.business_id))
    ).all()
    shown = [row[2] for row in counted if row[2] is not None]
    pictures: dict[int, dict[str, Any]] = {
        row[0]: row[1]
        for row in connection.execute(
            select(col(Listing.product_id), col(Listing.picture)).where(col(Listing.product_id).in_(shown))
        )
    }
    return {row[0]: Table(goods=row[1], picture=pictures.get(row[2])) for row in counted}


def find_covers(session: Session, business_ids: list[int]) -> dict[int, Picture]:
    """By maker: the newest ready picture of herself or her workshop, in one statement."""
    rows = session.scalars(
        select(Picture)
        .where(col(Picture.business_id).in_(business_ids), col(Picture.state) == PictureState.READY.value)
        .order_by(col(Picture.id))
    )
    return {row.business_id: row for row in rows if row.business_id is not None}
