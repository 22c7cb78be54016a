"""Reading cities, the claims about them, and districts. All of it is public."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_
from sqlmodel import Session, col, select

from app.cities import rules
from app.cities.models import City, CityClaim, Kecamatan
from app.core.errors import NotFound


@dataclass(frozen=True)
class Topic:
    """The answers of all sources to one question about a city's tie with Bandung."""

    name: str
    claims: tuple[CityClaim, ...]
    disagree: bool


@dataclass(frozen=True)
class CityTies:
    """A city with what sources say about it."""

    city: City
    topics: tuple[Topic, ...]

    @property
    def disagree(self) -> bool:
        """Whether sources contradict each other on anything."""
        return any(topic.disagree for topic in self.topics)


def list_cities(session: Session) -> list[CityTies]:
    """Home cities first, then the markets, then partner cities by their English name, all with their claims.

    Cities that only name where an imported maker lives are not among them.
    """
    claims: dict[int, list[CityClaim]] = {}
    for claim in session.exec(select(CityClaim).order_by(col(CityClaim.id))):
        claims.setdefault(claim.city_id, []).append(claim)
    shown = or_(col(City.home), col(City.store_market), col(City.id).in_(claims))
    rows = session.exec(select(City).where(shown))
    cities = sorted(rows, key=lambda city: (not city.home, not city.store_market, city.id))
    others = [city for city in cities if not city.home and not city.store_market]
    named = [city for city in cities if city not in others] + sorted(others, key=lambda city: city.names["en"])
    return [CityTies(city, _topics(claims.get(city.id, []))) for city in named]


def get_city(session: Session, slug: str) -> CityTies:
    """A city with its claims.

    Raises:
        NotFound
    """
    city = session.exec(select(City).where(City.slug == slug)).first()
    if city is None:
        raise NotFound
    claims = session.exec(select(CityClaim).where(CityClaim.city_id == city.id).order_by(col(CityClaim.id)))
    return CityTies(city, _topics(claims))


def _topics(claims: Iterable[CityClaim]) -> tuple[Topic, ...]:
    grouped: dict[str, list[CityClaim]] = {topic: [] for topic in rules.TOPICS}
    for claim in claims:
        grouped.setdefault(rules.topic_of(claim.kind), []).append(claim)
    return tuple(
        Topic(name, tuple(rows), rules.disagree(name, [row.value for row in rows]))
        for name, rows in grouped.items()
        if rows
    )


def list_kecamatan(session: Session, *, city: str | None = None) -> list[Kecamatan]:
    """Every district by its code, or those of one home city (its slug)."""
    rows = session.exec(select(Kecamatan).order_by(col(Kecamatan.code))).all()
    return [row for row in rows if city is None or rules.home_city_of(row.code) == city]


def find_kecamatan(session: Session, code: str) -> Kecamatan | None:
    """A district by its code, or None."""
    return session.get(Kecamatan, code)


def find_kecamatan_by_name(session: Session, name: str) -> Kecamatan | None:
    """A district by any of its spellings (``Ujung Berung``), or None."""
    wanted = rules.spelling_key(name)
    return next(
        (
            row
            for row in session.exec(select(Kecamatan).order_by(col(Kecamatan.code)))
            if wanted in {rules.spelling_key(spelling) for spelling in (row.name, row.slug, *row.aliases)}
        ),
        None,
    )


def find_home_city(session: Session, kecamatan_code: str) -> City | None:
    """The home city that a district belongs to, or None."""
    slug = rules.home_city_of(kecamatan_code)
    return session.exec(select(City).where(City.slug == slug)).first() if slug else None
