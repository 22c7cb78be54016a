import datetime as dt
from collections import Counter

import pytest
from sqlmodel import Session

from app.halal.queries import facts as queries
from app.halal.rules import ReasonCode, Status, day_of, status_of, surveillance_due
from app.halal.service import reference
from app.halal.vocabulary import EventKind, GoodsClass, RecognitionStatus, RuleKind, Said, Scale
from tests.factories import NOON
from tests.halal.golden import CASES, Case
from tests.halal.reference_facts import SHIPPED, VARIANTS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_status_and_reasons_are_as_reviewed(case: Case) -> None:
    found = case.assess(VARIANTS[case.reference])

    assert (found.status, found.certificate_id) == (case.status, case.rests_on), case.why
    assert case.tokens(found) == case.reasons, case.why


def test_table_is_whole() -> None:
    assert len(CASES) >= 150
    assert [name for name, times in Counter(case.name for case in CASES).items() if times > 1] == []
    assert [case.name for case in CASES if not case.source or not case.why] == []
    assert {case.reference for case in CASES} == set(VARIANTS)


def test_table_covers_every_code() -> None:
    facts = [facts for case in CASES for facts in case.history.facts]
    events = [event for case in CASES for each in case.history.certificates for event in each.events]
    reasons = {token.split("@")[0].split("#")[0].rstrip("?") for case in CASES for token in case.reasons}
    references = VARIANTS.values()

    assert {case.status for case in CASES} == set(Status)
    assert reasons == set(ReasonCode)
    assert {each.goods_class for each in facts} == set(GoodsClass)
    assert {each.scale for each in facts} == {Scale.MICRO_SMALL, Scale.MEDIUM_LARGE, None}
    assert {each.animal for each in facts} == {*Said, None}
    assert {event.kind for event in events} == set(EventKind)
    assert {fact.status for each in references for fact in each.recognition} == set(RecognitionStatus)
    assert {rule.kind for each in references for rule in each.rules} == set(RuleKind)


def test_a_boundary_day_stands_beside_the_day_before() -> None:
    days = {case.on for case in CASES}
    for day in ("2024-10-18", "2026-10-18", "2029-10-18", "2034-10-18", "2023-11-18", "2028-03-01", "2027-01-01"):
        bound = dt.date.fromisoformat(day)
        assert {bound, bound - dt.timedelta(days=1)} <= days


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.status in list(Status)[:3]], ids=lambda case: case.name
)
def test_reasons_that_decide_stand_first(case: Case) -> None:
    found = case.assess(VARIANTS[case.reference])

    assert found.reasons[0].certificate_id == case.rests_on
    assert found.reasons[0].code is ReasonCode.CERTIFICATE_LIVE
    assert found.standing is not None
    assert status_of(found.standing, VARIANTS[case.reference], case.on, case.destination) is case.status


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-10-17T16:59:59+00:00", "2026-10-17"),
        ("2026-10-17T17:00:00+00:00", "2026-10-18"),
        ("2026-10-18T16:59:59.999999+00:00", "2026-10-18"),
        ("2026-10-18T00:59:59+08:00", "2026-10-17"),
        ("2026-10-18T01:00:00+08:00", "2026-10-18"),
        ("2024-02-29T16:59:59+00:00", "2024-02-29"),
        ("2024-02-29T17:00:00+00:00", "2024-03-01"),
        ("2026-12-31T17:00:00+00:00", "2027-01-01"),
    ],
)
def test_day_is_the_calendar_day_in_jakarta(moment: str, day: str) -> None:
    assert day_of(dt.datetime.fromisoformat(moment)) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    ("issued", "on", "due"),
    [
        ("2024-03-01", "2024-03-01", "2028-03-01"),
        ("2024-03-01", "2028-02-29", "2028-03-01"),
        ("2024-03-01", "2028-03-01", "2028-03-01"),
        ("2024-03-01", "2028-03-02", "2032-03-01"),
        ("2024-02-29", "2026-11-20", "2028-02-29"),
        ("2096-02-29", "2099-01-01", "2100-03-01"),
    ],
)
def test_inspection_falls_due_every_four_years(issued: str, on: str, due: str) -> None:
    # PP 42/2024 art. 52: every 4 years. The year 2100 has no 29 February.
    found = surveillance_due(dt.date.fromisoformat(issued), dt.date.fromisoformat(on))

    assert found == dt.date.fromisoformat(due)


def test_inspection_without_a_day_of_issue_is_not_known() -> None:
    assert surveillance_due(None, dt.date(2026, 11, 20)) is None


def test_named_reference_is_the_one_that_ships(session: Session) -> None:
    """The table is judged by facts written a second time by hand: the files must say the same."""
    reference.load_reference(session, NOON)
    shipped = queries.get_reference_facts(session)

    wrong = [
        case.name
        for case in CASES
        if case.reference == "shipped"
        and ((found := case.assess(shipped)).status, case.tokens(found)) != (case.status, case.reasons)
    ]
    assert wrong == []
    assert SHIPPED.bodies.keys() <= shipped.bodies.keys()
    assert {code for code, body in shipped.bodies.items() if body.authority} == {"BPJPH", "JAKIM"}
