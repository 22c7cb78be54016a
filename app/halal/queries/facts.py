"""What the status function takes, read from the rows as plain data."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.halal import rules, vocabulary
from app.halal.models import (
    ApplicationStep,
    Body,
    Certificate,
    CertificateEvent,
    DestinationRule,
    Fact,
    Obligation,
    Recognition,
)
from app.halal.vocabulary import NOT_WITH_THE_AUTHORITIES

# --- plain data for the rules ---------------------------------------------------------------------------------------


def get_reference_facts(session: Session) -> rules.ReferenceFacts:
    """All reference facts that stand now, as the rules take them; four statements."""
    obligations = _current(session, Obligation)
    return rules.ReferenceFacts(
        bodies={
            row.code: rules.BodyFacts(
                code=row.code,
                country=row.country,
                authority=row.authority,
                confidence=vocabulary.Confidence(row.confidence),
                valid=_span(row),
                source=row.source,
                as_of=row.as_of,
            )
            for row in _current(session, Body)
        },
        recognition=tuple(
            rules.RecognitionFacts(
                body=row.body,
                destination=row.destination,
                status=vocabulary.RecognitionStatus(row.status),
                confidence=vocabulary.Confidence(row.confidence),
                goods=frozenset(vocabulary.GoodsClass(each) for each in row.goods),
                made_in=row.made_in,
                valid=_span(row),
                source=row.source,
                as_of=row.as_of,
            )
            for row in _current(session, Recognition)
            if row.direction == IMPORT_ACCEPTANCE
        ),
        rules=tuple(
            rules.RuleFacts(
                country=row.country,
                goods_class=vocabulary.GoodsClass(row.goods_class),
                kind=vocabulary.RuleKind(row.kind),
                confidence=vocabulary.Confidence(row.confidence),
                valid=_span(row),
                source=row.source,
                as_of=row.as_of,
            )
            for row in _current(session, DestinationRule)
        ),
        obligations=tuple(_obligations(obligations)),
        animal_limit=_animal_limit(obligations),
    )


IMPORT_ACCEPTANCE = "import_acceptance"
"""The direction of recognition that says what a destination makes of goods that come in."""


def _animal_limit(rows: Iterable[Obligation]) -> rules.LimitFacts | None:
    """What is known of the limit itself: the row that names it and no day.

    Until an official has read it in the law and corrected that row, no goods are told by it that they are free.
    """
    stated = [row for row in rows if row.animal_only and row.mandatory_from is None and row.valid_until is None]
    for row in stated[-1:]:
        return rules.LimitFacts(vocabulary.Confidence(row.confidence), source=row.source, as_of=row.as_of)
    return None


def _obligations(rows: Iterable[Obligation]) -> Iterable[rules.ObligationFacts]:
    """Those that bind somebody who sells here: other kinds of goods and sizes are kept for reading only."""
    classes = {each.value for each in vocabulary.GoodsClass}
    scales = {each.value for each in vocabulary.Scale}
    for row in rows:
        if row.goods_class in classes and row.scale in scales and row.mandatory_from is not None:
            yield rules.ObligationFacts(
                goods_class=vocabulary.GoodsClass(row.goods_class),
                scale=vocabulary.Scale(row.scale),
                mandatory_from=row.mandatory_from,
                confidence=vocabulary.Confidence(row.confidence),
                animal_only=row.animal_only,
                valid=_span(row),
                source=row.source,
                as_of=row.as_of,
            )


def _current(session: Session, model: type[Any]) -> Sequence[Any]:
    return session.exec(select(model).where(model.current).order_by(model.id)).all()


def _span(row: Fact) -> rules.Span:
    return rules.Span(row.valid_from or dt.date.min, row.valid_until)


def list_certificate_facts(session: Session, ids: Iterable[int]) -> dict[int, rules.CertificateFacts]:
    """Certificates by number as the rules take them, without what they cover; two statements."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    events: dict[int, list[rules.CertificateEvent]] = {}
    statement = (
        sa.select(col(CertificateEvent.certificate_id), col(CertificateEvent.kind), col(CertificateEvent.effective_on))
        .where(col(CertificateEvent.certificate_id).in_(wanted))
        .order_by(col(CertificateEvent.id))
    )
    for number, kind, on in session.connection().execute(statement):
        events.setdefault(number, []).append(rules.CertificateEvent(vocabulary.EventKind(kind), on))
    rows = session.connection().execute(
        sa.select(
            col(Certificate.id),
            col(Certificate.body),
            col(Certificate.issued_on),
            col(Certificate.valid_until),
            col(Certificate.surveillance_due),
        ).where(col(Certificate.id).in_(wanted))
    )
    return {
        number: rules.CertificateFacts(
            id=number,
            body=body,
            issued_on=issued_on,
            valid_until=valid_until,
            events=tuple(events.get(number, ())),
            covers=(),
            surveillance_due=due,
        )
        for number, body, issued_on, valid_until, due in rows
    }


def list_application_spans(session: Session, ids: Iterable[int]) -> dict[int, tuple[rules.Span, ...]]:
    """By application the days on which it was with the authorities, as far as the maker had told by then.

    One statement. What she tells later of an earlier day leaves the status of the days in between alone.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    steps: dict[int, list[tuple[dt.date, bool]]] = {}
    statement = (
        sa.select(col(ApplicationStep.application_id), col(ApplicationStep.stage), col(ApplicationStep.recorded_at))
        .where(col(ApplicationStep.application_id).in_(wanted))
        .order_by(col(ApplicationStep.id))
    )
    outside = {stage.value for stage in NOT_WITH_THE_AUTHORITIES}
    for number, stage, told in session.connection().execute(statement):
        steps.setdefault(number, []).append((rules.day_of(told), str(stage) not in outside))
    return {number: tuple(_spans(each)) for number, each in steps.items()}


def _spans(steps: list[tuple[dt.date, bool]]) -> Iterable[rules.Span]:
    begun: dt.date | None = None
    for on, inside in steps:
        if inside and begun is None:
            begun = on
        elif not inside and begun is not None:
            if on > begun:
                yield rules.Span(begun, on)
            begun = None
    if begun is not None:
        yield rules.Span(begun)
