"""Versions of the schema go up, down and up again, with rows in place, and end where the models stand."""

from collections.abc import Callable
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from app.core.config import ROOT

PLACES = text("SELECT slug, latitude, longitude FROM city ORDER BY slug")
CITY = text(
    "INSERT INTO city (slug, names, country, zone, currency, languages, latitude, longitude, home, store_market) "
    "VALUES (:slug, '{}', 'ID', 'Asia/Jakarta', 'IDR', '[]', :latitude, :longitude, false, false)"
)


@pytest.fixture
def config(empty_database: Callable[[str], str]) -> Config:
    """The migrations, pointed at a database of their own."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = empty_database("versions")
    return config


def test_every_version_goes_down_and_up_again(config: Config) -> None:
    command.downgrade(config, "base")
    command.upgrade(config, "head")
    command.check(config)


def test_places_that_were_never_looked_up_lose_their_coordinates(config: Config) -> None:
    engine = create_engine(config.attributes["url"])

    def places() -> list[tuple[Any, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(PLACES)]

    command.downgrade(config, "0002")
    with engine.begin() as connection:
        middle = {"latitude": -5.0, "longitude": 120.0}
        connection.execute(CITY, {"slug": "garut", **middle})
        connection.execute(CITY, {"slug": "seoul", "latitude": 37.5, "longitude": 126.9})
    command.upgrade(config, "head")
    assert places() == [("garut", None, None), ("seoul", 37.5, 126.9)]
    command.downgrade(config, "0002")
    assert places() == [("garut", -5.0, 120.0), ("seoul", 37.5, 126.9)]
    command.upgrade(config, "head")
    assert places() == [("garut", None, None), ("seoul", 37.5, 126.9)]
    engine.dispose()
