"""Partner cities, the districts of Bandung, and what sources claim about the cities' ties."""

import datetime as dt

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from app.core.models import BigId, Table, id_field, json_field


class City(Table, table=True):
    """A city goods come from or go to."""

    public_content = True
    __tablename__ = "city"
    id: int = id_field()
    slug: str = Field(max_length=60, unique=True)
    names: dict[str, str] = json_field()
    """The name by language code."""
    country: str = Field(max_length=2)
    """ISO 3166-1 alpha-2."""
    zone: str = Field(max_length=40)
    """IANA time zone."""
    currency: str = Field(max_length=3)
    languages: list[str] = json_field()
    latitude: float | None = None
    """Degrees north; None when the place on the map is not known."""
    longitude: float | None = None
    home: bool = False
    """Whether this is Bandung or its surroundings, where the makers live."""
    store_market: bool = False
    """Whether goods are offered here: Petaling Jaya, Seoul, Cuenca."""


class CityClaim(Table, table=True):
    """One thing a source says about a city's tie with Bandung; sources that disagree stand side by side."""

    public_content = True
    __tablename__ = "city_claim"
    id: int = id_field()
    city_id: int = Field(foreign_key="city.id", sa_type=BigId, index=True)
    kind: str = Field(max_length=40)
    value: str
    note: str = ""
    source: str
    confidence: str = Field(max_length=40)
    as_of: dt.date | None = None


class Kecamatan(Table, table=True):
    """A district, by the code of the Ministry of Home Affairs (such as 32.73.02)."""

    public_content = True
    __tablename__ = "kecamatan"
    __table_args__ = (UniqueConstraint("regency", "name"),)
    code: str = Field(primary_key=True, max_length=13)
    name: str = Field(max_length=80)
    slug: str = Field(max_length=80, unique=True)
    regency: str = Field(max_length=80)
    aliases: list[str] = json_field(default_factory=list)
