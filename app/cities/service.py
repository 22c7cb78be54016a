"""Loading the reference data of this area."""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from app.accounts import audit
from app.accounts.subjects import Actor, Command
from app.cities.models import City, CityClaim, Kecamatan
from app.core.languages import Language

REFERENCE = Path(__file__).parent / "reference"
Claim = tuple[int, str, str, str, str, str]


def load_reference(session: Session, now: dt.datetime, *, actor: Actor | None = None) -> int:
    """Bring cities, claims and districts in line with the files beside this module; gives the number of changes.

    Loading again changes nothing, not even the public version. Cities and districts that the files no longer name
    stay, because makers and goods may refer to them.
    """
    cities = _load_rows(session, City, "slug", {str(row["slug"]): row for row in _cities()})
    kecamatan = _load_rows(session, Kecamatan, "code", {str(row["code"]): row for row in _kecamatan()})
    session.flush()
    claims = _load_claims(session)
    changed = cities + kecamatan + claims
    if changed:
        audit.record(
            session,
            actor=actor or Command(),
            action="reference.loaded",
            subject_type="reference",
            subject_id="cities",
            after={"cities": cities, "kecamatan": kecamatan, "claims": claims},
            now=now,
        )
    session.flush()
    return changed


def _read(name: str) -> Iterator[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _cities() -> Iterator[dict[str, Any]]:
    for row in _read("cities.csv"):
        yield {
            "slug": row["slug"],
            "names": {language.value: row[f"name_{language.value}"] for language in Language},
            "country": row["country"],
            "zone": row["zone"],
            "currency": row["currency"],
            "languages": row["languages"].split(";"),
            "latitude": float(row["latitude"]),
            "longitude": float(row["longitude"]),
            "home": row["home"] == "1",
            "store_market": row["store_market"] == "1",
        }


def _kecamatan() -> Iterator[dict[str, Any]]:
    for row in _read("kecamatan.csv"):
        yield {**row, "aliases": [alias for alias in row["aliases"].split(";") if alias]}


def _load_rows(session: Session, model: type[Any], key: str, wanted: dict[str, dict[str, Any]]) -> int:
    standing = {getattr(row, key): row for row in session.exec(select(model))}
    changed = 0
    for name, values in wanted.items():
        row = standing.get(name)
        if row is None:
            session.add(model(**values))
            changed += 1
            continue
        # Only what differs is set: a row that is set to what it is would count as changed.
        different = {field: value for field, value in values.items() if getattr(row, field) != value}
        for field, value in different.items():
            setattr(row, field, value)
        changed += bool(different)
    return changed


def _load_claims(session: Session) -> int:
    numbers = {city.slug: city.id for city in session.exec(select(City))}
    wanted: set[Claim] = {
        (numbers[row["city"]], row["kind"], row["value"], row["note"], row["source"], row["confidence"])
        for row in _read("claims.csv")
    }
    standing = {
        (claim.city_id, claim.kind, claim.value, claim.note, claim.source, claim.confidence): claim
        for claim in session.exec(select(CityClaim))
    }
    gone = [claim for key, claim in standing.items() if key not in wanted]
    for claim in gone:
        session.delete(claim)
    fresh = sorted(wanted - standing.keys())
    for city_id, kind, value, note, source, confidence in fresh:
        session.add(CityClaim(city_id=city_id, kind=kind, value=value, note=note, source=source, confidence=confidence))
    return len(gone) + len(fresh)
