"""Cities, claims and districts as clients see them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.core.languages import Language

_CITY: dict[str, Any] = {
    "slug": "seoul",
    "name": "Seoul",
    "names": {"id": "Seoul", "en": "Seoul", "ms": "Seoul", "ko": "서울", "es": "Seúl"},
    "country": "KR",
    "zone": "Asia/Seoul",
    "currency": "KRW",
    "languages": ["ko"],
    "latitude": 37.5665,
    "longitude": 126.978,
    "home": False,
    "store_market": True,
    "sources_disagree": True,
}
_CLAIM: dict[str, Any] = {
    "kind": "start_year",
    "value": "2016",
    "note": "Table 1",
    "source": "study S0",
    "confidence": "seed",
}
_KECAMATAN: dict[str, Any] = {
    "code": "32.73.26",
    "slug": "ujungberung",
    "name": "Ujungberung",
    "regency": "Kota Bandung",
    "city": "bandung",
    "aliases": ["Ujung Berung"],
}


class CityPublic(BaseModel):
    """A city goods come from or go to."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CITY]})

    slug: str
    name: str
    names: dict[str, str]
    country: Annotated[str, Field(description="ISO 3166-1 alpha-2")]
    zone: Annotated[str, Field(description="IANA time zone")]
    currency: Annotated[str, Field(description="ISO 4217")]
    languages: Annotated[list[str], Field(description="BCP 47")]
    latitude: Annotated[float | None, Field(description="Degrees north; null when not known")]
    longitude: Annotated[float | None, Field(description="Degrees east; null when not known")]
    home: bool
    store_market: bool
    sources_disagree: Annotated[bool, Field(description="Whether sources contradict each other about the tie")]


class ClaimPublic(BaseModel):
    """What one source says."""

    kind: str
    value: str
    note: str
    source: str
    confidence: str


class TopicPublic(BaseModel):
    """The answers of all sources to one question, side by side."""

    topic: str
    disagree: bool
    claims: list[ClaimPublic]


class CityDetail(CityPublic):
    """A city with what sources say about its tie with Bandung."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_CITY, "ties": [{"topic": "start", "disagree": True, "claims": [_CLAIM]}]}]}
    )

    ties: list[TopicPublic]


class CityList(BaseModel):
    """Every city."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_CITY], "next": None, "total": 20}]})

    items: list[CityPublic]
    next: None = None
    total: int


class KecamatanPublic(BaseModel):
    """A district of greater Bandung."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KECAMATAN]})

    code: Annotated[str, Field(description="Code of the Ministry of Home Affairs")]
    slug: str
    name: str
    regency: str
    city: Annotated[str | None, Field(description="Slug of the home city")]
    aliases: Annotated[list[str], Field(description="Other spellings in use")]


class KecamatanList(BaseModel):
    """Every district, or those of one city."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_KECAMATAN], "next": None, "total": 80}]})

    items: list[KecamatanPublic]
    next: None = None
    total: int


class CityQuery(BaseModel):
    """Filters of the list of cities."""

    model_config = ConfigDict(extra="forbid")

    home: Annotated[bool | None, Field(description="Only Bandung and its surroundings, or only the others")] = None
    store_market: Annotated[bool | None, Field(description="Only cities where goods are offered, or only others")] = (
        None
    )
    locale: Annotated[Language | None, Field(description="Language of names; else Accept-Language")] = None


class KecamatanQuery(BaseModel):
    """Filters of the list of districts."""

    model_config = ConfigDict(extra="forbid")

    city: Annotated[str | None, Field(max_length=60, description="Slug of a home city")] = None
    locale: Annotated[Language | None, Field(description="Language of messages; else Accept-Language")] = None
