"""What must hold of the status function whatever happens: shown on random histories and random reference facts."""

import datetime as dt
import os
import typing
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from app.halal.rules import (
    MOVES,
    RANK,
    ApplicationFacts,
    Assessment,
    BodyFacts,
    CertificateEvent,
    CertificateFacts,
    LimitFacts,
    ObligationFacts,
    Phase,
    ProductFacts,
    ProductHistory,
    ReasonCode,
    RecognitionFacts,
    ReferenceFacts,
    RuleFacts,
    Span,
    Standing,
    Status,
    assess,
    move,
    phase_on,
    reference_boundaries,
    standing_of,
    standing_until,
    state_on,
    status_of,
)
from app.halal.vocabulary import (
    CertificateState,
    Confidence,
    EventKind,
    GoodsClass,
    RecognitionStatus,
    RuleKind,
    Said,
    Scale,
)

EXAMPLES = 20_000 if os.environ.get("LB_TEST_DEEP") else 500
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
BODIES = ("BPJPH", "JAKIM", "KMF")
PLACES = ("ID", "MY", "KR")
GOODS = (GoodsClass.FOOD, GoodsClass.COSMETIC, GoodsClass.WORN_GOODS)
CONFIDENCES = (Confidence.PUBLIC, Confidence.OFFICIAL, Confidence.UNVERIFIED)
FIRST = dt.date(2026, 10, 1)
LAST = dt.date(2026, 11, 9)
ALWAYS = Span(dt.date.min)
T = typing.TypeVar("T")


class Dice:
    """Throws histories and reference facts: from a seed, since to draw every date singly takes fifty times as long.

    ``size`` bounds how much happens, so that a failure is shown on a small history if there is one.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.random = Random(seed)
        self.destination = self.pick(PLACES)
        self.on = self.day()

    def pick(self, among: Iterable[T]) -> T:
        return self.random.choice(tuple(among))

    def once_in(self, times: int) -> bool:
        return self.random.randrange(times) == 0

    def some(self, throw: Callable[[], T], most: int) -> tuple[T, ...]:
        return tuple(throw() for _ in range(self.random.randint(0, min(most, self.size))))

    def maybe(self, throw: Callable[[], T]) -> T | None:
        return None if self.once_in(2) else throw()

    def day(self) -> dt.date:
        """One of forty days: so few that what happens to one thing often falls on the day of another."""
        return FIRST + dt.timedelta(days=self.random.randrange(40))

    def ahead(self) -> dt.date:
        """A day after the one that is asked about."""
        return self.on + dt.timedelta(days=self.random.randint(1, 60))

    def span(self) -> Span:
        since = self.day()
        return Span(since, self.maybe(lambda: since + dt.timedelta(days=self.random.randint(1, 40))))

    def facts(self) -> tuple[ProductFacts, ...]:
        return tuple(
            ProductFacts(
                since=day,
                goods_class=self.pick(GOODS),
                scale=self.pick([None, Scale.MICRO_SMALL, Scale.MEDIUM_LARGE]),
                animal=self.pick([None, *Said]),
                not_halal=self.once_in(10),
                marked=self.once_in(2),
                made_in=self.pick(PLACES),
            )
            for day in sorted({self.day(), *self.some(self.day, 2)})
        )

    def events(self) -> tuple[CertificateEvent, ...]:
        """A life in the order in which it was recorded: mostly one that may be lived, now and then any."""
        kinds = [EventKind.ENTERED]
        state = CertificateState.CLAIMED
        for _ in range(self.random.randint(0, self.size + 2)):
            possible = list(EventKind) if self.once_in(10) else list(MOVES[state])
            if not possible:
                break
            kinds.append(self.pick(possible))
            state = move(state, kinds[-1]) or state
        happened = [self.day() for _ in kinds]
        if not self.once_in(10):
            happened.sort()
        return tuple(CertificateEvent(kind, day) for kind, day in zip(kinds, happened, strict=True))

    def certificate(self, number: int = 99) -> CertificateFacts:
        return CertificateFacts(
            id=number,
            body=self.pick(BODIES),
            issued_on=self.maybe(self.day),
            valid_until=self.maybe(self.day),
            events=self.events(),
            covers=(covers := (self.span(), *self.some(self.span, 1))),
            confirmed=self.confirmed(covers),
            surveillance_due=self.maybe(self.day),
        )

    def confirmed(self, covers: tuple[Span, ...]) -> tuple[Span, ...]:
        """Of most links: from some day on, often the first, as long as they hold."""
        found = []
        for span in covers:
            since = span.since if self.once_in(2) else max(span.since, self.day())
            if not self.once_in(5) and (span.until is None or since < span.until):
                found.append(Span(since, span.until))
        return tuple(found)

    def history(self) -> ProductHistory:
        return ProductHistory(
            facts=self.facts(),
            certificates=tuple(self.certificate(number) for number in range(1, self.random.randint(0, self.size) + 1)),
            applications=self.some(lambda: ApplicationFacts(self.random.randrange(99), "regular", (self.span(),)), 1),
        )

    def recognition(self) -> RecognitionFacts:
        return RecognitionFacts(
            body=self.pick(BODIES),
            destination=self.pick(PLACES),
            status=self.pick(RecognitionStatus),
            confidence=self.pick(CONFIDENCES),
            goods=frozenset(self.some(lambda: self.pick(GOODS), 2)),
            made_in=self.pick(["", *PLACES]),
            valid=self.span(),
            source=self.pick(["one", "two"]),
        )

    def rule(self) -> RuleFacts:
        return RuleFacts(
            country=self.pick(PLACES),
            goods_class=self.pick(GOODS),
            kind=self.pick(RuleKind),
            confidence=self.pick(CONFIDENCES),
            valid=self.span(),
            source=self.pick(["one", "two"]),
        )

    def obligation(self) -> ObligationFacts:
        return ObligationFacts(
            goods_class=self.pick(GOODS),
            scale=self.pick(Scale),
            mandatory_from=self.day(),
            confidence=self.pick(CONFIDENCES),
            animal_only=self.once_in(2),
            valid=self.maybe(self.span) or ALWAYS,
            source=self.pick(["one", "two"]),
        )

    def reference(self) -> ReferenceFacts:
        return ReferenceFacts(
            bodies={
                code: BodyFacts(
                    code,
                    country,
                    authority=self.once_in(2),
                    confidence=self.pick(CONFIDENCES),
                    valid=self.maybe(self.span) or ALWAYS,
                )
                for code, country in zip(BODIES, PLACES, strict=True)
            },
            recognition=self.some(self.recognition, 5) + self.some(self.recognition, 5),
            rules=self.some(self.rule, 4),
            obligations=self.some(self.obligation, 4) + self.some(self.obligation, 4),
            animal_limit=self.maybe(lambda: LimitFacts(self.pick(CONFIDENCES))),
        )

    # --- what comes after the day that is asked about ---

    def later_history(self, history: ProductHistory) -> ProductHistory:
        """The same history with what became known, or happened, after the day."""
        kept = tuple(each for each in history.facts if each.since <= self.on)
        known = tuple(each for each in self.facts() if each.since > self.on)
        new = replace(self.certificate(77), covers=(Span(self.ahead()),))
        return ProductHistory(
            facts=kept + known,
            certificates=(*(self._lived_on(each) for each in history.certificates), new),
            applications=(
                *(replace(each, open=self._ended(each.open)) for each in history.applications),
                ApplicationFacts(100, "regular", (Span(self.ahead()),)),
            ),
        )

    def _lived_on(self, certificate: CertificateFacts) -> CertificateFacts:
        possible = set(EventKind) - {EventKind.CORRECTED}
        happened = self.some(lambda: CertificateEvent(self.pick(sorted(possible)), self.ahead()), 2)
        return replace(
            certificate,
            events=tuple(each for each in certificate.events if each.on <= self.on) + happened,
            covers=self._ended(certificate.covers) + self.some(lambda: Span(self.ahead()), 1),
            confirmed=self._ended(certificate.confirmed) + self.some(lambda: Span(self.ahead()), 1),
        )

    def _ended(self, spans: Iterable[Span]) -> tuple[Span, ...]:
        return tuple(
            replace(span, until=self.maybe(self.ahead)) if span.until is None or span.until > self.on else span
            for span in spans
        )

    def later_reference(self, reference: ReferenceFacts) -> ReferenceFacts:
        """The same facts, some ended after the day, and others that begin after it."""

        def later(rows: Iterable[Any], throw: Callable[[], Any]) -> tuple[Any, ...]:
            ended = tuple(replace(row, valid=self._ended([row.valid])[0]) for row in rows)
            return ended + tuple(replace(row, valid=Span(self.ahead())) for row in self.some(throw, 2))

        return replace(
            reference,
            recognition=later(reference.recognition, self.recognition),
            rules=later(reference.rules, self.rule),
            obligations=later(reference.obligations, self.obligation),
        )


thrown = st.builds(Dice, st.integers(0, 3), st.integers(0, 2**48))


def _answer(found: Assessment) -> tuple[Any, ...]:
    return (found.status, found.standing, found.certificate_id, frozenset(found.reasons))


# --- a status changes on boundary days only -------------------------------------------------------------------------


@many
@given(thrown)
def test_status_changes_on_a_boundary_day_only(dice: Dice) -> None:
    history, reference = dice.history(), dice.reference()
    on, destination = dice.on, dice.destination
    boundaries = sorted({*_history_days(history), *reference_boundaries(reference)})
    before = bisect_right(boundaries, on)
    since = boundaries[before - 1] if before else dt.date.min
    event("with a boundary before" if before else "before every boundary")

    found = assess(history, reference, on=on, destination=destination)

    assert found.status is assess(history, reference, on=since, destination=destination).status


def _history_days(history: ProductHistory) -> list[dt.date]:
    """Every day on which ``standing_until`` says that something may change."""
    found = [dt.date.min]
    while (day := standing_until(history, found[-1])) is not None:
        assert day > found[-1]
        found.append(day)
    return found


@many
@given(thrown)
def test_standing_holds_until_it_says(dice: Dice) -> None:
    history, on = dice.history(), dice.on
    until = standing_until(history, on)
    last = LAST + dt.timedelta(days=90) if until is None else until - dt.timedelta(days=1)
    held = [on + dt.timedelta(days=number) for number in range((last - on).days + 1)]

    assert {standing_of(history, day) for day in held} == {standing_of(history, on)}


@many
@given(thrown)
def test_standing_until_lies_ahead(dice: Dice) -> None:
    until = standing_until(dice.history(), dice.on)

    assert until is None or until > dice.on


# --- more evidence never worsens ------------------------------------------------------------------------------------


@many
@given(thrown)
def test_a_certificate_more_never_worsens(dice: Dice) -> None:
    history, reference, more = dice.history(), dice.reference(), dice.certificate()
    on, destination = dice.on, dice.destination
    before = assess(history, reference, on=on, destination=destination).status
    richer = replace(history, certificates=(*history.certificates, more))
    after = assess(richer, reference, on=on, destination=destination).status

    event(f"{before} -> {after}" if after is not before else "the same")
    if before is Status.NOT_HALAL:
        assert after is Status.NOT_HALAL
    else:
        assert RANK[after] <= RANK[before]


@many
@given(thrown)
def test_to_confirm_a_link_never_worsens(dice: Dice) -> None:
    history, reference = dice.history(), dice.reference()
    on, destination = dice.on, dice.destination
    before = assess(history, reference, on=on, destination=destination).status
    proven = replace(history, certificates=tuple(replace(each, confirmed=each.covers) for each in history.certificates))
    after = assess(proven, reference, on=on, destination=destination).status

    event(f"{before} -> {after}" if after is not before else "the same")
    assert after is before if before is Status.NOT_HALAL else RANK[after] <= RANK[before]


@many
@given(thrown)
def test_an_application_more_never_worsens(dice: Dice) -> None:
    history, reference, stay = dice.history(), dice.reference(), dice.span()
    on, destination = dice.on, dice.destination
    before = assess(history, reference, on=on, destination=destination).status
    richer = replace(history, applications=(*history.applications, ApplicationFacts(100, "regular", (stay,))))
    after = assess(richer, reference, on=on, destination=destination).status

    assert after is before if before is Status.NOT_HALAL else RANK[after] <= RANK[before]


# --- the past stands ------------------------------------------------------------------------------------------------


@many
@given(thrown)
def test_what_comes_later_leaves_the_past_alone(dice: Dice) -> None:
    history, reference = dice.history(), dice.reference()
    # What is only corrected later is the next test's.
    history = replace(
        history,
        certificates=tuple(
            replace(
                each,
                events=tuple(
                    happened
                    for happened in each.events
                    if happened.on <= dice.on or happened.kind is not EventKind.CORRECTED
                ),
            )
            for each in history.certificates
        ),
    )
    then = assess(history, reference, on=dice.on, destination=dice.destination)

    now = assess(dice.later_history(history), dice.later_reference(reference), on=dice.on, destination=dice.destination)

    event(str(then.status))
    assert now == then


@many
@given(thrown)
def test_a_correction_is_told_of_every_day_it_may_have_changed(dice: Dice) -> None:
    history, reference, wrong = dice.history(), dice.reference(), dice.certificate()
    others = history.certificates
    corrected = CertificateEvent(EventKind.CORRECTED, dice.day())
    right = replace(
        wrong,
        issued_on=dice.maybe(dice.day),
        valid_until=dice.maybe(dice.day),
        events=(*wrong.events, corrected),
    )

    before, after = (
        assess(replace(history, certificates=(each, *others)), reference, on=dice.on, destination=dice.destination)
        for each in (wrong, right)
    )

    told = {reason.certificate_id for reason in after.reasons if reason.code is ReasonCode.CERTIFICATE_CORRECTED}
    covered = any(span.covers(dice.on) for span in wrong.covers)
    assert (right.id in told) == (covered and before.standing is not None)
    if (before.status, before.certificate_id) != (after.status, after.certificate_id):
        event("the correction changed the answer")
        assert right.id in told


# --- nothing but proof gives the badge ------------------------------------------------------------------------------


@many
@given(thrown)
def test_certified_rests_on_a_live_verified_certificate(dice: Dice) -> None:
    history, reference = dice.history(), dice.reference()
    on, destination = dice.on, dice.destination
    found = assess(history, reference, on=on, destination=destination)
    certified = {Status.CERTIFIED, Status.CERTIFIED_NOT_RECOGNISED, Status.CERTIFIED_RECOGNITION_UNKNOWN}

    assert (found.status in certified) == (found.certificate_id is not None)
    if found.certificate_id is not None:
        event(str(found.status))
        rests_on = next(each for each in history.certificates if each.id == found.certificate_id)
        assert any(span.covers(on) for span in rests_on.covers)
        assert any(span.covers(on) for span in rests_on.confirmed)
        assert state_on(rests_on.events, on) is CertificateState.VERIFIED
        assert any(each.kind is EventKind.VERIFIED and each.on <= on for each in rests_on.events)
        assert rests_on.valid_until is None or on <= rests_on.valid_until
        assert rests_on.issued_on is None or rests_on.issued_on <= on
    if found.status is Status.CERTIFIED:
        codes = {reason.code: reason for reason in found.reasons}
        vouching = codes.get(ReasonCode.OWN_AUTHORITY) or codes[ReasonCode.RECOGNISED]
        assert vouching.confidence is not None
        assert vouching.confidence.confirmed


@many
@given(thrown)
def test_a_duty_is_told_on_confirmed_facts_only(dice: Dice) -> None:
    history, reference = dice.history(), dice.reference()
    on, destination = dice.on, dice.destination
    found = assess(history, reference, on=on, destination=destination)

    if found.status is Status.REQUIRED_MISSING:
        duties = {ReasonCode.REQUIRED_SINCE, ReasonCode.RULE_MANDATORY}
        [duty] = [reason for reason in found.reasons if reason.code in duties]
        assert duty.confidence is not None
        assert duty.confidence.confirmed


TEXTS = {"made_in", "body", "route"}
"""The only words among the facts of a product, and codes at that: a country, a body, a route."""


def test_no_words_of_a_text_enter() -> None:
    reached = _fields(ProductHistory)

    assert {name for name, kind in reached if kind is str} == TEXTS
    assert {kind for _, kind in reached} - {str, int, bool, dt.date} == {
        kind for _, kind in reached if isinstance(kind, type) and issubclass(kind, StrEnum)
    }


def _fields(model: type[Any]) -> set[tuple[str, Any]]:
    """Every field reached from a class, with its plain type."""
    found: set[tuple[str, Any]] = set()
    hints = typing.get_type_hints(model)
    for each in fields(model):
        for kind in _kinds(hints[each.name]):
            found |= _fields(kind) if isinstance(kind, type) and is_dataclass(kind) else {(each.name, kind)}
    return found


def _kinds(hint: Any) -> list[Any]:
    inner = [each for each in typing.get_args(hint) if each not in {Ellipsis, type(None)}]
    return [kind for each in inner for kind in _kinds(each)] if inner else [hint]


# --- one answer, however it is asked --------------------------------------------------------------------------------


@many
@given(thrown)
def test_status_of_the_standing_is_the_status(dice: Dice) -> None:
    history, reference = dice.history(), dice.reference()
    on, destination = dice.on, dice.destination
    standing = standing_of(history, on)
    found = assess(history, reference, on=on, destination=destination)

    assert found.standing == standing
    if standing is None:
        assert found.status is Status.UNKNOWN
        assert [reason.code for reason in found.reasons] == [ReasonCode.NOT_LISTED_YET]
    else:
        assert found.status is status_of(standing, reference, on, destination)
        assert found.reasons


@many
@given(thrown)
def test_order_of_what_is_known_makes_no_difference(dice: Dice) -> None:
    history, reference = dice.history(), dice.reference()
    on, destination = dice.on, dice.destination

    def mixed(rows: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(dice.random.sample(rows, len(rows)))

    def events_mixed(rows: tuple[CertificateEvent, ...]) -> tuple[CertificateEvent, ...]:
        """Events of one day count in their order; those of different days may be recorded in any."""
        order = {day: dice.random.random() for day in sorted({each.on for each in rows})}
        return tuple(sorted(rows, key=lambda each: order[each.on]))

    other = replace(
        history,
        certificates=mixed(
            [
                replace(
                    each,
                    events=events_mixed(each.events),
                    covers=mixed(each.covers),
                    confirmed=mixed(each.confirmed),
                )
                for each in history.certificates
            ]
        ),
        applications=mixed(history.applications),
    )
    elsewhere = replace(
        reference,
        recognition=mixed(reference.recognition),
        rules=mixed(reference.rules),
        obligations=mixed(reference.obligations),
    )

    assert _answer(assess(other, elsewhere, on=on, destination=destination)) == _answer(
        assess(history, reference, on=on, destination=destination)
    )


@many
@given(thrown)
def test_what_is_not_known_matters_only_where_answers_differ(dice: Dice) -> None:
    history, reference, on = dice.history(), dice.reference(), dice.on

    def answer(**known: Any) -> Status:
        return status_of(replace(bare, **known), reference, on, "ID")

    standing = standing_of(history, on)
    assume(standing is not None and not standing.not_halal)
    assert standing is not None
    bare: Standing = replace(standing, evidence=frozenset(), in_process=False, made_in="ID")

    sizes = {answer(scale=Scale.MICRO_SMALL), answer(scale=Scale.MEDIUM_LARGE)}
    matter = {answer(animal=Said.YES), answer(animal=Said.NO)}

    assert answer(scale=None) is (sizes.pop() if len(sizes) == 1 else Status.UNKNOWN)
    for unanswered in (None, Said.UNSURE):
        assert answer(animal=unanswered) is (next(iter(matter)) if len(matter) == 1 else Status.UNKNOWN)


# --- phases ---------------------------------------------------------------------------------------------------------


@many
@given(thrown)
def test_phase_turns_on_the_printed_days(dice: Dice) -> None:
    certificate = dice.certificate()
    one_day = dt.timedelta(days=1)
    verified = replace(
        certificate,
        events=(CertificateEvent(EventKind.ENTERED, dt.date.min), CertificateEvent(EventKind.VERIFIED, dt.date.min)),
    )
    issued, until = verified.issued_on, verified.valid_until
    assume(issued is None or until is None or issued <= until)
    if issued is not None:
        assert phase_on(verified, issued) is Phase.LIVE
        assert phase_on(verified, issued - one_day) is Phase.NOT_YET
    if until is not None:
        assert phase_on(verified, until) is Phase.LIVE
        assert phase_on(verified, until + one_day) is Phase.LAPSED
        claimed = replace(verified, events=verified.events[:1])
        assert (phase_on(claimed, until), phase_on(claimed, until + one_day)) == (Phase.CLAIMED, Phase.NONE)


@many
@given(thrown)
def test_phase_follows_the_state_of_the_day(dice: Dice) -> None:
    certificate, on = dice.certificate(), dice.on
    state, phase = state_on(certificate.events, on), phase_on(certificate, on)

    allowed = {
        None: {Phase.NONE},
        CertificateState.CLAIMED: {Phase.CLAIMED, Phase.NONE},
        CertificateState.VERIFIED: {Phase.LIVE, Phase.NOT_YET, Phase.LAPSED},
        CertificateState.SUSPENDED: {Phase.SUSPENDED, Phase.LAPSED},
    }
    assert phase in allowed.get(state, {Phase.NONE})


@many
@given(thrown)
def test_a_life_recorded_day_by_day_is_its_moves_in_turn(dice: Dice) -> None:
    life = tuple(sorted(dice.events(), key=lambda each: each.on))

    state: CertificateState | None = None
    for each in life:
        state = move(state, each.kind) or state
    assert state_on(life, LAST) is state
