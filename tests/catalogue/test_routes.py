"""Which route to a certificate is open and why, by when one is wanted, and what comes next (DOMAIN section 1)."""

import dataclasses
import datetime as dt
from typing import Any

import pytest

from app.catalogue import routes
from app.catalogue.routes import Condition, Next, Situation, Verdict
from app.halal.rules import ObligationFacts, ProductFacts, ReasonCode, ReferenceFacts, Status
from app.halal.vocabulary import ROUTE_STAGES, Confidence, GoodsClass, Route, Said, Scale, Stage

TODAY = dt.date(2026, 11, 20)
FOOD = ProductFacts(since=TODAY, goods_class=GoodsClass.FOOD, scale=Scale.MICRO_SMALL)
ALL_YES = {each.value: "yes" for each in Condition}


def _facts(**changes: Any) -> ProductFacts:
    return dataclasses.replace(FOOD, **changes)


# --- routes ---------------------------------------------------------------------------------------------------------

TABLE = [
    (FOOD, ALL_YES, True, Verdict.OPEN, {"met"}),
    (_facts(goods_class=GoodsClass.DRINK), ALL_YES, True, Verdict.OPEN, {"met"}),
    (FOOD, {}, True, Verdict.UNDECIDED, {"unanswered"}),
    (FOOD, {**ALL_YES, "materials": "unsure"}, True, Verdict.UNDECIDED, {"materials"}),
    (FOOD, ALL_YES, False, Verdict.UNDECIDED, {"nib"}),
    (_facts(scale=None), ALL_YES, True, Verdict.UNDECIDED, {"scale_unsaid"}),
    (_facts(scale=Scale.MEDIUM_LARGE), ALL_YES, True, Verdict.CLOSED, {"scale"}),
    # One no closes, whatever else is open; each no is named.
    (FOOD, {"meat": "no"}, False, Verdict.CLOSED, {"meat"}),
    (FOOD, {**ALL_YES, "sales": "no", "one_site": "no"}, True, Verdict.CLOSED, {"sales", "one_site"}),
    *((FOOD, {**ALL_YES, each.value: "no"}, True, Verdict.CLOSED, {each.value}) for each in Condition),
    # Fashion, craft, cosmetics and remedies go the regular way, and are asked nothing more.
    *(
        (_facts(goods_class=kind), {"sales": "no"}, True, Verdict.CLOSED, {"not_food"})
        for kind in GoodsClass
        if kind not in {GoodsClass.FOOD, GoodsClass.DRINK}
    ),
    (_facts(not_halal=True), ALL_YES, True, Verdict.CLOSED, {"not_halal"}),
]


@pytest.mark.parametrize(("facts", "answers", "has_nib", "verdict", "codes"), TABLE)
def test_self_declaration_is_open_when_every_condition_is_met(
    facts: ProductFacts,
    answers: dict[str, str],
    has_nib: bool,  # noqa: FBT001 - a column of the table
    verdict: Verdict,
    codes: set[str],
) -> None:
    declare, _ = routes.judge(facts, answers, has_nib=has_nib)
    assert (declare.route, declare.verdict) == (Route.SELF_DECLARE, verdict)
    assert {each.code for each in declare.because} == codes
    assert all(each.sentence for each in declare.because)


def test_every_closed_reason_names_its_source() -> None:
    closed = [routes.judge(facts, answers, has_nib=nib)[0] for facts, answers, nib, *_ in TABLE]
    reasons = [each for verdict in closed if verdict.verdict is Verdict.CLOSED for each in verdict.because]
    assert len(reasons) > len(Condition)
    assert [each.code for each in reasons if not each.source] == []


@pytest.mark.parametrize("kind", list(GoodsClass))
def test_the_regular_route_is_open_to_all_but_what_is_not_halal(kind: GoodsClass) -> None:
    assert routes.judge(_facts(goods_class=kind), {}, has_nib=False)[1].verdict is Verdict.OPEN
    assert routes.judge(_facts(goods_class=kind, not_halal=True), {}, has_nib=True)[1].verdict is Verdict.CLOSED


def test_every_condition_is_a_question_and_a_refusal() -> None:
    assert set(routes.QUESTIONS) == set(routes.FAILED) == set(Condition)


# --- checklists -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", list(Route))
def test_a_checklist_has_every_stage_with_what_is_done_there(route: Route) -> None:
    steps = routes.checklist(route)
    assert tuple(each.stage for each in steps) == ROUTE_STAGES[route][1:]
    assert [each.state for each in steps] == ["now"] + ["next"] * (len(steps) - 1)
    assert all(each.doing for each in steps)


def test_a_checklist_shows_days_and_passes_over_what_nobody_saw() -> None:
    day = dt.date(2026, 10, 1)
    steps = routes.checklist(Route.REGULAR, [(Stage.SUBMITTED, day), (Stage.PAID, dt.date(2026, 11, 2))])
    states = {each.stage: (each.state, each.reached_on) for each in steps}
    assert states[Stage.SUBMITTED] == ("done", day)
    assert states[Stage.FEE_SET] == ("done", None)
    assert states[Stage.PAID] == ("done", dt.date(2026, 11, 2))
    assert states[Stage.STTD_ISSUED] == ("now", None)
    assert states[Stage.LPH_EXAMINING] == ("next", None)


def test_being_sent_back_and_a_correction_count_in_a_checklist() -> None:
    day = dt.date(2026, 10, 1)
    back = [(Stage.SUBMITTED, day), (Stage.RETURNED_FOR_DOCUMENTS, day)]
    assert next(each.stage for each in routes.checklist(Route.REGULAR, back) if each.state == "now") == (
        Stage.DOCUMENTS_VERIFIED
    )
    corrected = [(Stage.PAID, day), (Stage.SUBMITTED, day)]
    states = {each.stage: each.state for each in routes.checklist(Route.REGULAR, corrected)}
    assert (states[Stage.SUBMITTED], states[Stage.DOCUMENTS_VERIFIED], states[Stage.PAID]) == ("done", "now", "next")


def test_periods_of_the_press_are_called_so() -> None:
    assert {period.source for period in routes.PERIODS.values() if period.from_press} == {routes.PRESS_2023}
    examined = routes.PERIODS[Route.REGULAR, Stage.LPH_REPORTED]
    assert (examined.least, examined.most) == (40, 60)
    assert routes.PERIODS[Route.SELF_DECLARE, Stage.COMMITTEE_HALAL].most == 1


# --- deadlines ------------------------------------------------------------------------------------------------------


def _duty(kind: GoodsClass, scale: Scale, on: dt.date, **more: Any) -> ObligationFacts:
    return ObligationFacts(kind, scale, on, more.pop("confidence", Confidence.PUBLIC), source="a law", **more)


LAW = ReferenceFacts(
    obligations=(
        _duty(GoodsClass.FOOD, Scale.MEDIUM_LARGE, dt.date(2024, 10, 18)),
        _duty(GoodsClass.FOOD, Scale.MICRO_SMALL, dt.date(2026, 10, 18)),
        _duty(GoodsClass.WORN_GOODS, Scale.ALL, dt.date(2026, 10, 18), animal_only=True),
        _duty(GoodsClass.HERBAL, Scale.ALL, dt.date(2029, 10, 18)),
    )
)


@pytest.mark.parametrize(
    ("facts", "on", "days", "only_if_animal"),
    [
        (FOOD, dt.date(2026, 10, 18), 0, False),
        (FOOD, dt.date(2026, 10, 17), 1, False),
        (FOOD, dt.date(2026, 11, 20), -33, False),
        (_facts(scale=Scale.MEDIUM_LARGE), dt.date(2024, 10, 19), -1, False),
        (_facts(goods_class=GoodsClass.HERBAL), dt.date(2029, 10, 17), 1, False),
        (_facts(goods_class=GoodsClass.WORN_GOODS, animal=Said.YES), TODAY, -33, False),
        (_facts(goods_class=GoodsClass.WORN_GOODS), TODAY, -33, True),
        (_facts(goods_class=GoodsClass.WORN_GOODS, animal=Said.UNSURE), TODAY, -33, True),
    ],
)
def test_a_deadline_counts_the_days(
    facts: ProductFacts,
    on: dt.date,
    days: int,
    only_if_animal: bool,  # noqa: FBT001 - as above
) -> None:
    deadline = routes.deadline_of(dataclasses.replace(facts, since=on), LAW, on)
    assert deadline is not None
    assert (deadline.days, deadline.only_if_animal, deadline.source) == (days, only_if_animal, "a law")


@pytest.mark.parametrize(
    "facts",
    [
        _facts(not_halal=True),
        _facts(goods_class=GoodsClass.OTHER),
        _facts(goods_class=GoodsClass.WORN_GOODS, animal=Said.NO),
    ],
)
def test_what_no_duty_binds_has_no_deadline(facts: ProductFacts) -> None:
    assert routes.deadline_of(facts, LAW, TODAY) is None


# --- what next ------------------------------------------------------------------------------------------------------

BASE = Situation(
    refused=False,
    status=Status.REQUIRED_MISSING,
    facts=FOOD,
    codes=frozenset({ReasonCode.REQUIRED_SINCE}),
    answered=True,
    candidates=0,
    ends_on=None,
    application=None,
    verdict=Verdict.OPEN,
    on=TODAY,
)


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({}, Next.APPLY),
        ({"verdict": Verdict.UNDECIDED}, Next.ROUTE),
        ({"verdict": Verdict.CLOSED}, Next.APPLY),
        ({"answered": False}, Next.ANSWER),
        ({"candidates": 1, "answered": False}, Next.MATCH),
        ({"application": (Route.REGULAR, Stage.PAID)}, Next.CONTINUE),
        ({"application": (Route.REGULAR, Stage.CERTIFICATE_ISSUED)}, Next.ENTER),
        ({"status": Status.CLAIMED}, Next.WAIT),
        ({"status": Status.SUSPENDED}, Next.ASK_AGAIN),
        ({"status": Status.LAPSED}, Next.RENEW),
        ({"status": Status.UNKNOWN, "codes": frozenset({ReasonCode.ANIMAL_NOT_ANSWERED})}, Next.ANSWER),
        ({"status": Status.UNKNOWN, "codes": frozenset({ReasonCode.SCALE_NOT_KNOWN})}, Next.SAY_SIZE),
        ({"status": Status.NOT_REQUIRED, "codes": frozenset({ReasonCode.NO_OBLIGATION})}, Next.NOTHING),
        # Where no duty is known nobody is pressed to answer.
        (
            {"status": Status.NOT_REQUIRED, "codes": frozenset({ReasonCode.NO_OBLIGATION}), "answered": False},
            Next.NOTHING,
        ),
        ({"status": Status.NOT_REQUIRED, "codes": frozenset({ReasonCode.REQUIRED_FROM})}, Next.APPLY),
        ({"status": Status.CERTIFIED}, Next.NOTHING),
        ({"status": Status.CERTIFIED, "ends_on": TODAY + dt.timedelta(days=90)}, Next.RENEW),
        ({"status": Status.CERTIFIED, "ends_on": TODAY + dt.timedelta(days=91)}, Next.NOTHING),
        ({"status": Status.NOT_HALAL, "facts": _facts(not_halal=True)}, Next.MARK),
        ({"status": Status.NOT_HALAL, "facts": _facts(not_halal=True, marked=True)}, Next.NOTHING),
        (
            {"status": Status.NOT_HALAL, "codes": frozenset({ReasonCode.CERTIFICATE_DESPITE_DECLARATION})},
            Next.CLEAR_UP,
        ),
    ],
)
def test_the_next_step_is_the_one_that_helps_most(changes: dict[str, Any], step: Next) -> None:
    assert routes.next_step(dataclasses.replace(BASE, **changes)) is step


def test_every_next_step_has_words() -> None:
    assert set(routes.NEXT_WORDS) == set(Next)


def test_the_most_urgent_comes_first() -> None:
    def of(status: Status, step: Next, ends_on: dt.date | None = None) -> tuple[int, int]:
        return routes.urgency(status, step, None, ends_on, TODAY)

    week = TODAY + dt.timedelta(days=7)
    month = TODAY + dt.timedelta(days=30)
    ordered = [
        of(Status.LAPSED, Next.RENEW),
        of(Status.CERTIFIED, Next.RENEW, week),
        of(Status.CERTIFIED, Next.RENEW, month),
        of(Status.NOT_REQUIRED, Next.ANSWER),
        of(Status.NOT_REQUIRED, Next.APPLY),
        of(Status.IN_PROCESS, Next.CONTINUE),
        of(Status.CERTIFIED, Next.NOTHING),
    ]
    assert ordered == sorted(ordered)
    assert len(set(ordered)) == len(ordered)
