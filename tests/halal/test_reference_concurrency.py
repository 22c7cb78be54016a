"""Two officials at the same facts at once, on real connections of their own."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry
from app.accounts.subjects import Command
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import Conflict
from app.halal.models import DestinationRule
from app.halal.queries.reference import RULES
from app.halal.schemas.reference import DestinationRuleCreate, FactEnd
from app.halal.service import reference as service
from tests.factories import NOON

COUNTRIES = ("SG", "TH", "TR", "AE", "BE", "CL", "JP", "TW")
Act = Callable[[Session, str], Any]


@pytest.fixture
def database(empty_database: Callable[[str], str], tmp_path: Path) -> Iterator[Database]:
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url=empty_database("facts"), queue_url="memory:")
    database = Database(settings)
    yield database
    database.dispose()


def rule(country: str, kind: str) -> DestinationRuleCreate:
    return DestinationRuleCreate.model_validate(
        {
            "country": country,
            "goods_class": "food",
            "kind": kind,
            "source": "Read at our desk",
            "confidence": "official",
            "as_of": "2026-11-20",
            "reason": "Looked up.",
        }
    )


def add(session: Session, country: str) -> Any:
    return service.add_fact(session, kind=RULES, actor=Command(), data=rule(country, "unknown"), now=NOON)


def find(session: Session, country: str) -> int:
    return session.exec(
        select(DestinationRule.id).where(DestinationRule.country == country).order_by(col(DestinationRule.id))
    ).all()[0]


def correct_to(kind: str) -> Act:
    def correct(session: Session, country: str) -> Any:
        data = rule(country, kind)
        number = find(session, country)
        return service.correct_fact(session, kind=RULES, actor=Command(), fact_id=number, data=data, now=NOON)

    return correct


def end(session: Session, country: str) -> Any:
    data = FactEnd.model_validate({"valid_until": "2027-01-01", "reason": "Over."})
    number = find(session, country)
    return service.end_fact(session, kind=RULES, actor=Command(), fact_id=number, data=data, now=NOON)


def at_once(database: Database, *acts: Act) -> dict[str, list[str]]:
    """Both acts on each country's rule at the same moment: what became of them."""
    results: dict[str, list[str]] = {country: [] for country in COUNTRIES}
    barrier = threading.Barrier(len(acts))

    def run(act: Act) -> None:
        for country in COUNTRIES:
            barrier.wait(timeout=30)
            try:
                with database.writing() as session:
                    act(session, country)
                results[country].append("done")
            except Conflict as error:
                results[country].append(error.code)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return {country: sorted(outcome) for country, outcome in results.items()}


def test_of_two_who_add_the_same_at_once_one_is_told(database: Database) -> None:
    assert at_once(database, add, add) == {country: ["done", "fact_overlaps"] for country in COUNTRIES}


def test_of_two_who_correct_the_same_at_once_one_is_told(database: Database) -> None:
    with database.writing() as session:
        for country in COUNTRIES:
            add(session, country)

    outcome = at_once(database, correct_to("mandatory"), correct_to("voluntary"))

    assert outcome == {country: ["done", "fact_replaced"] for country in COUNTRIES}
    with database.reading() as session:
        for country in COUNTRIES:
            rows = session.exec(select(DestinationRule).where(DestinationRule.country == country)).all()
            assert sorted(row.current for row in rows) == [False, True]
        corrections = select(AuditEntry.id).where(AuditEntry.action == "halal_destination_rule.corrected")
        assert len(session.exec(corrections).all()) == len(COUNTRIES)


def test_an_end_and_a_correction_at_once_leave_one_row_that_stands(database: Database) -> None:
    with database.writing() as session:
        for country in COUNTRIES:
            add(session, country)

    outcome = at_once(database, correct_to("mandatory"), end)

    # Whoever comes second finds either a row that was corrected, which cannot be ended, or one with an end, which can
    # be corrected like any other.
    assert set(map(tuple, outcome.values())) <= {("done", "done"), ("done", "fact_replaced")}
    with database.reading() as session:
        for country in COUNTRIES:
            rows = session.exec(select(DestinationRule).where(DestinationRule.country == country)).all()
            assert [row.kind for row in rows if row.current] == ["mandatory"]
