"""Reference data, what sources claim, and the pages and JSON that show them."""

import datetime as dt

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, select

from app.accounts.models import AuditEntry
from app.cities import queries, rules, service
from app.cities.models import City, CityClaim, Kecamatan
from app.core.languages import Language
from app.core.versions import public_version
from tests.factories import make_city

NOON = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)


@pytest.fixture
def loaded(session: Session) -> Session:
    """The reference data in the database."""
    service.load_reference(session, NOON)
    session.commit()
    return session


def test_load_reference_twice_changes_nothing_not_even_the_public_version(loaded: Session) -> None:
    version = public_version(loaded)
    numbers = [len(loaded.exec(select(model)).all()) for model in (City, CityClaim, Kecamatan, AuditEntry)]
    assert service.load_reference(loaded, NOON + dt.timedelta(days=1)) == 0
    loaded.commit()
    assert public_version(loaded) == version
    assert [len(loaded.exec(select(model)).all()) for model in (City, CityClaim, Kecamatan, AuditEntry)] == numbers
    assert numbers == [20, 112, 80, 1]


def test_load_reference_mends_what_was_changed_and_leaves_one_entry(loaded: Session) -> None:
    seoul = loaded.exec(select(City).where(City.slug == "seoul")).one()
    seoul.currency = "XXX"
    claim = loaded.exec(select(CityClaim)).first()
    assert claim is not None
    loaded.delete(claim)
    loaded.add(CityClaim(city_id=seoul.id, kind="form", value="invented", source="nobody", confidence="seed"))
    loaded.commit()
    version = public_version(loaded)
    assert service.load_reference(loaded, NOON) == 3
    loaded.commit()
    assert seoul.currency == "KRW"
    assert public_version(loaded) == version + 1
    assert loaded.exec(select(CityClaim).where(CityClaim.value == "invented")).all() == []
    assert len(loaded.exec(select(AuditEntry)).all()) == 2


def test_every_city_has_a_name_in_each_language_and_a_known_zone(loaded: Session) -> None:
    for city in loaded.exec(select(City)):
        assert set(city.names) == {language.value for language in Language}
        assert all(city.names.values())
        assert city.latitude is not None
        assert city.longitude is not None
        assert abs(city.latitude) <= 90
        assert abs(city.longitude) <= 180
    markets = loaded.exec(select(City.slug).where(City.store_market)).all()
    assert sorted(markets) == ["cuenca", "petaling-jaya", "seoul"]


def test_every_district_belongs_to_a_home_city(loaded: Session) -> None:
    homes = set(loaded.exec(select(City.slug).where(City.home)))
    counted = {slug: len(queries.list_kecamatan(loaded, city=slug)) for slug in homes}
    assert counted == {"bandung": 30, "cimahi": 3, "bandung-regency": 31, "west-bandung": 16}


@pytest.mark.parametrize(
    ("spelling", "code"),
    [("Ujung Berung", "32.73.26"), ("ujungberung", "32.73.26"), ("ASTANA ANYAR", "32.73.10"), ("Nagrek", "32.04.26")],
)
def test_find_kecamatan_by_name_knows_other_spellings(loaded: Session, spelling: str, code: str) -> None:
    found = queries.find_kecamatan_by_name(loaded, spelling)
    assert found is not None
    assert found.code == code


def test_find_kecamatan_by_name_of_elsewhere_is_none(loaded: Session) -> None:
    assert queries.find_kecamatan_by_name(loaded, "Menteng") is None


@pytest.mark.parametrize(
    ("topic", "values", "expected"),
    [
        ("start", ["2012", "2015"], True),
        ("start", ["1960", "1960-06-02", "1960-06"], False),
        ("start", ["1960-06-02", "1960-07"], True),
        ("fields", ["sport; culture", "Culture; Sport"], False),
        ("fields", ["culture", "culture; sport"], True),
        ("form", ["sister city", "MoU"], True),
        ("status", ["quiet"], False),
    ],
)
def test_disagree_tells_contradiction_from_detail(topic: str, values: list[str], *, expected: bool) -> None:
    assert rules.disagree(topic, values) is expected


@given(st.lists(st.sampled_from(["2012", "2015", "2015-11", "2015-11-27", "2016-01"]), min_size=1, max_size=6))
def test_disagree_does_not_depend_on_order_or_repetition(values: list[str]) -> None:
    answer = rules.disagree("start", values)
    assert rules.disagree("start", values[::-1]) is answer
    assert rules.disagree("start", values * 2) is answer


def test_city_page_shows_disagreeing_sources_side_by_side(loaded: Session, client: TestClient) -> None:
    page = client.get("/en/cities/petaling-jaya").text
    assert "Sources disagree" in page
    for words in ("2012", "2015", "27 November 2015", "study S0", "study S2", "reaksinasional.id 2023"):
        assert words in page


def test_city_page_without_contradictions_does_not_claim_any(loaded: Session, client: TestClient) -> None:
    page = client.get("/en/cities/nanning").text
    assert "Since when" in page
    assert "ources disagree" not in page


def test_city_page_tells_both_times(loaded: Session, client: TestClient) -> None:
    page = client.get("/en/cities/cuenca").text
    assert "12 hours behind Bandung" in page
    assert "12:00" in page


@pytest.mark.parametrize("language", [language.value for language in Language])
def test_every_city_has_a_page_in_every_language(loaded: Session, client: TestClient, language: str) -> None:
    listed = client.get(f"/{language}/cities").text
    for city in loaded.exec(select(City)):
        assert f"/{language}/cities/{city.slug}" in listed
        page = client.get(f"/{language}/cities/{city.slug}")
        assert page.status_code == 200
        assert city.names[language] in page.text


def test_unknown_city_is_not_found(loaded: Session, client: TestClient) -> None:
    assert client.get("/en/cities/atlantis").status_code == 404
    assert client.get("/api/v1/cities/atlantis").status_code == 404


def test_api_lists_cities_and_filters(loaded: Session, client: TestClient) -> None:
    everything = client.get("/api/v1/cities").json()
    assert everything["total"] == 20
    assert [city["slug"] for city in everything["items"][:7]] == [
        "bandung",
        "cimahi",
        "bandung-regency",
        "west-bandung",
        "petaling-jaya",
        "seoul",
        "cuenca",
    ]
    markets = client.get("/api/v1/cities", params={"store_market": "true", "locale": "ko"}).json()
    assert [city["name"] for city in markets["items"]] == ["프탈링자야", "서울", "쿠엥카"]


def test_api_city_tells_which_answers_disagree(loaded: Session, client: TestClient) -> None:
    body = client.get("/api/v1/cities/cotabato").json()
    start = next(tie for tie in body["ties"] if tie["topic"] == "start")
    assert start["disagree"] is True
    assert sorted(claim["value"] for claim in start["claims"]) == ["2008", "2017"]


def test_api_lists_districts_of_a_city(loaded: Session, client: TestClient) -> None:
    body = client.get("/api/v1/kecamatan", params={"city": "cimahi"}).json()
    assert [row["name"] for row in body["items"]] == ["Cimahi Selatan", "Cimahi Tengah", "Cimahi Utara"]
    refused = client.get("/api/v1/kecamatan", params={"city": "seoul"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "city")


def test_lists_send_the_same_number_of_statements_for_one_city_and_for_twenty(
    session: Session, client: TestClient
) -> None:
    def statements(path: str) -> int:
        seen: list[str] = []

        def count(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        engine = session.get_bind().engine
        event.listen(engine, "before_cursor_execute", count)
        try:
            assert client.get(path).status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", count)
        return len([statement for statement in seen if statement.lstrip().upper().startswith("SELECT")])

    session.add(
        City(
            slug="one",
            names=dict.fromkeys([language.value for language in Language], "One"),
            country="MY",
            zone="Asia/Kuala_Lumpur",
            currency="MYR",
            languages=["ms"],
            latitude=3,
            longitude=101,
        )
    )
    session.commit()
    few = [statements("/en/cities"), statements("/api/v1/cities"), statements("/api/v1/kecamatan")]
    service.load_reference(session, NOON)
    session.commit()
    assert [statements("/en/cities"), statements("/api/v1/cities"), statements("/api/v1/kecamatan")] == few


def test_a_city_whose_place_is_not_known_has_no_map(client: TestClient, session: Session) -> None:
    make_city(session, slug="garut", latitude=None, longitude=None, home=False)
    page = client.get("/en/cities/garut")
    assert page.status_code == 200
    assert "locator" not in page.text
    assert "GeoCoordinates" not in page.text
    shown = client.get("/api/v1/cities/garut").json()
    assert (shown["latitude"], shown["longitude"]) == (None, None)
