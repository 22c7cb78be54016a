"""Warnings to makers before a halal date: 90, 30 and 7 days ahead, and once when a duty has begun without them.

Only verified makers are written to, about their certificates and their public goods: what is not public is sold by
nobody here, and a maker who is taken down for now hears from the city about that first. When she is verified again,
she gets what is due then. A date gets one warning for each distance, however late the work runs: the nearest distance
that has been reached, never one that lies behind. A maker gets one mail a day, with everything in it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.businesses import queries as businesses
from app.businesses.models import Business, BusinessState
from app.catalogue import halal_letters
from app.catalogue.queries import halal_calendar
from app.catalogue.queries.halal_calendar import DueKind
from app.core.config import Settings
from app.core.database import Database, insert_or_ignore
from app.halal.models import NoticeSent
from app.halal.rules import ZONE, day_of
from app.halal.vocabulary import GoodsClass

DISTANCES = (7, 30, 90)
"""Days ahead, the nearest first."""
BEGUN = 0
"""The distance of a duty that has begun."""
_notice = NoticeSent.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Notice:
    """One date that a maker is warned of."""

    kind: DueKind
    subject: str
    """What it is about, the same whenever it is asked: a certificate's number of row, or a kind of goods."""
    day: dt.date
    distance: int
    days_left: int
    body: str = ""
    number: str = ""
    goods_class: GoodsClass | None = None
    products: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """By which it is sent once."""
        return f"{self.kind}:{self.subject}:{self.day}:{self.distance}"


def distance_of(day: dt.date, today: dt.date) -> int | None:
    """The nearest distance that has been reached before a day; None while it is further off, and once it is over."""
    left = (day - today).days
    return next((distance for distance in DISTANCES if left <= distance), None) if left >= 0 else None


def list_notices(session: Session, *, today: dt.date) -> dict[int, list[Notice]]:
    """By maker what she would be warned of today, the earliest date first, whether or not it has been sent."""
    found: dict[int, list[Notice]] = defaultdict(list)
    for due in halal_calendar.list_days_of_makers(session, today=today):
        distance = distance_of(due.day, today)
        if distance is not None:
            notice = Notice(
                kind=due.kind,
                subject=str(due.certificate_id),
                day=due.day,
                distance=distance,
                days_left=(due.day - today).days,
                body=due.body,
                number=due.number,
                products=due.products,
            )
            found[due.business_id].append(notice)
    for business, notice in _duties(session, today):
        found[business].append(notice)
    for notices in found.values():
        notices.sort(key=lambda notice: (notice.day, notice.key))
    return dict(found)


def _duties(session: Session, today: dt.date) -> Iterable[tuple[int, Notice]]:
    goods: dict[tuple[int, GoodsClass, dt.date], list[str]] = defaultdict(list)
    for product in halal_calendar.list_unprepared(session, today=today):
        goods[product.business_id, product.goods_class, product.day].append(product.name)
    for (business, goods_class, day), names in goods.items():
        distance = BEGUN if day <= today else distance_of(day, today)
        if distance is not None:
            yield (
                business,
                Notice(
                    kind=DueKind.OBLIGATION,
                    subject=goods_class.value,
                    day=day,
                    distance=distance,
                    days_left=(day - today).days,
                    goods_class=goods_class,
                    products=tuple(names),
                ),
            )


def send_notices(database: Database, settings: Settings, *, now: dt.datetime) -> int:
    """Warn every maker of what is due today and was not said before; gives how many makers were written to.

    A transaction a maker: of two workers at once, one notes a warning and sends it.
    """
    today = day_of(now)
    with database.reading() as session:
        waiting = {
            business: fresh
            for business, notices in list_notices(session, today=today).items()
            if (fresh := _unsent(session, business, notices, today))
        }
    written = 0
    for business, notices in sorted(waiting.items()):
        with database.writing() as session:
            written += _warn(session, business, notices, settings=settings, now=now)
    return written


def _unsent(session: Session, business: int, notices: list[Notice], today: dt.date) -> list[Notice]:
    """Those that were never sent; none at all on a day on which the maker has had a mail already."""
    midnight = dt.datetime.combine(today, dt.time(), ZONE)
    keys = [notice.key for notice in notices]
    sent = session.exec(
        select(NoticeSent.key, NoticeSent.sent_at).where(
            NoticeSent.business_id == business,
            col(NoticeSent.key).in_(keys) | (col(NoticeSent.sent_at) >= midnight),
        )
    ).all()
    if any(at >= midnight for _, at in sent):
        return []
    known = {key for key, _ in sent}
    return [notice for notice in notices if notice.key not in known]


def _warn(session: Session, business_id: int, notices: list[Notice], *, settings: Settings, now: dt.datetime) -> bool:
    business = session.get(Business, business_id)
    people = businesses.list_members(session, business) if business is not None else []
    if business is None or business.state != BusinessState.VERIFIED or not people:
        return False  # Nobody to tell: whoever joins her later is told what is due then.
    new = [notice for notice in notices if _note(session, business_id, notice, now)]
    if not new:
        return False
    halal_letters.dates_near(session, business=business, people=people, notices=new, settings=settings, now=now)
    return True


def _note(session: Session, business_id: int, notice: Notice, now: dt.datetime) -> bool:
    """Note that a warning goes out; False when another worker has noted it meanwhile."""
    values = {
        "business_id": business_id,
        "key": notice.key,
        "details": {"products": len(notice.products)},
        "sent_at": now,
    }
    return insert_or_ignore(session, _notice, values, conflict=["business_id", "key"])
