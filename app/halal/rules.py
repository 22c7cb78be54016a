"""The halal status of a product: computed from dated facts for a day and a destination, with its reasons. Pure.

Nothing here reads a database or a clock, and no words of a product's texts count. The steps:

1. ``standing_of`` reduces a product's history to what counts on a day: its facts, and the phase of each certificate.
   Many products share one standing, so that lists can be filtered by status without a stored status.
2. ``status_of`` judges a standing for a destination by the reference facts that hold on that day.
3. ``assess`` does both and gives the reasons for what it found, good and bad.

The best evidence wins: ``certified`` before ``in_process`` before ``required_missing``; what is declared not halal
stays so. See docs/halal.md for the meaning of each status and its sources.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

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

HOME = "ID"
"""Where the goods are made, whose law says from when a certificate is mandatory (ISO 3166-1)."""
ZONE = ZoneInfo("Asia/Jakarta")
"""The zone whose calendar days count: certificates and obligations are Indonesian."""
SURVEILLANCE_YEARS = 4
"""A certificate without an end is looked at anew this often (PP 42/2024 art. 52)."""


def day_of(moment: dt.datetime) -> dt.date:
    """The calendar day in Bandung."""
    return moment.astimezone(ZONE).date()


MOVES: dict[CertificateState, dict[EventKind, CertificateState]] = {
    CertificateState.CLAIMED: {
        EventKind.ENTERED: CertificateState.CLAIMED,
        EventKind.VERIFIED: CertificateState.VERIFIED,
        EventKind.REJECTED: CertificateState.REJECTED,
        EventKind.WITHDRAWN: CertificateState.WITHDRAWN,
        EventKind.CORRECTED: CertificateState.CLAIMED,
    },
    CertificateState.REJECTED: {
        EventKind.ENTERED: CertificateState.CLAIMED,
        EventKind.WITHDRAWN: CertificateState.WITHDRAWN,
    },
    CertificateState.VERIFIED: {
        EventKind.SUSPENDED: CertificateState.SUSPENDED,
        EventKind.REVOKED: CertificateState.REVOKED,
        EventKind.SUPERSEDED: CertificateState.SUPERSEDED,
        EventKind.CORRECTED: CertificateState.VERIFIED,
    },
    CertificateState.SUSPENDED: {
        EventKind.REINSTATED: CertificateState.VERIFIED,
        EventKind.REVOKED: CertificateState.REVOKED,
        EventKind.SUPERSEDED: CertificateState.SUPERSEDED,
        EventKind.CORRECTED: CertificateState.SUSPENDED,
    },
    CertificateState.WITHDRAWN: {},
    CertificateState.REVOKED: {},
    CertificateState.SUPERSEDED: {},
}
"""The state after each event that may happen in a state; ``entered`` begins a life."""


def move(state: CertificateState | None, kind: EventKind) -> CertificateState | None:
    """The state after an event, or None when it may not happen then."""
    if state is None:
        return CertificateState.CLAIMED if kind is EventKind.ENTERED else None
    return MOVES[state].get(kind)


class Phase(StrEnum):
    """What a certificate is worth on a day."""

    LIVE = "live"
    CLAIMED = "claimed"
    NOT_YET = "not_yet"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    NONE = "none"
    """Rejected, withdrawn, revoked, superseded, or not there yet."""


class Status(StrEnum):
    """The answer, best first: of several pieces of evidence the best one counts. ``not_halal`` stands apart."""

    CERTIFIED = "certified"
    CERTIFIED_RECOGNITION_UNKNOWN = "certified_recognition_unknown"
    CERTIFIED_NOT_RECOGNISED = "certified_not_recognised"
    NOT_REQUIRED = "not_required"
    IN_PROCESS = "in_process"
    CLAIMED = "claimed"
    SUSPENDED = "suspended"
    LAPSED = "lapsed"
    REQUIRED_MISSING = "required_missing"
    UNKNOWN = "unknown"
    NOT_HALAL = "not_halal"


RANK: Mapping[Status, int] = {status: place for place, status in enumerate(Status)}
"""Smaller is better; ``not_halal`` is never compared."""


class ReasonCode(StrEnum):
    """Why a status is what it is; ``app.halal.words`` says each in five languages."""

    NOT_LISTED_YET = "not_listed_yet"
    DECLARED_NOT_HALAL = "declared_not_halal"
    MARK_MISSING = "mark_missing"
    CERTIFICATE_DESPITE_DECLARATION = "certificate_despite_declaration"
    CERTIFICATE_LIVE = "certificate_live"
    LINK_UNCONFIRMED = "link_unconfirmed"
    CERTIFICATE_CLAIMED = "certificate_claimed"
    CERTIFICATE_NOT_YET = "certificate_not_yet"
    CERTIFICATE_LAPSED = "certificate_lapsed"
    CERTIFICATE_SUSPENDED = "certificate_suspended"
    CERTIFICATE_REJECTED = "certificate_rejected"
    CERTIFICATE_WITHDRAWN = "certificate_withdrawn"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_SUPERSEDED = "certificate_superseded"
    CERTIFICATE_CORRECTED = "certificate_corrected"
    SURVEILLANCE_OVERDUE = "surveillance_overdue"
    OWN_AUTHORITY = "own_authority"
    RECOGNISED = "recognised"
    RECOGNITION_UNCONFIRMED = "recognition_unconfirmed"
    RECOGNITION_CLAIMED = "recognition_claimed"
    RECOGNITION_PENDING = "recognition_pending"
    RECOGNITION_UNKNOWN = "recognition_unknown"
    RECOGNITION_WITHDRAWN = "recognition_withdrawn"
    NOT_RECOGNISED = "not_recognised"
    IN_PROCESS = "in_process"
    REQUIRED_SINCE = "required_since"
    REQUIRED_FROM = "required_from"
    REQUIREMENT_UNCONFIRMED = "requirement_unconfirmed"
    NO_OBLIGATION = "no_obligation"
    NO_ANIMAL_MATERIAL = "no_animal_material"
    ANIMAL_NOT_ANSWERED = "animal_not_answered"
    SCALE_NOT_KNOWN = "scale_not_known"
    RULE_MANDATORY = "rule_mandatory"
    RULE_CLAIM_ONLY = "rule_claim_only"
    RULE_VOLUNTARY = "rule_voluntary"
    RULE_MARK_REQUIRED = "rule_mark_required"
    RULE_UNKNOWN = "rule_unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, with what it rests on."""

    code: ReasonCode
    on: dt.date | None = None
    """The day it is about: until when, since when, from when."""
    certificate_id: int | None = None
    body: str = ""
    """Code of the body it is about."""
    source: str = ""
    """Where the reference fact comes from; empty for facts of the product itself."""
    confidence: Confidence | None = None
    as_of: dt.date | None = field(default=None, compare=False)
    """The day that source was read."""


# --- what a status is computed from ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What is known of a product from a day on."""

    since: dt.date
    goods_class: GoodsClass
    scale: Scale | None = None
    """Of its maker; never ``all``."""
    animal: Said | None = None
    """Whether it contains something of an animal; asked of goods that are worn or used."""
    not_halal: bool = False
    """Its maker says it is not halal, or that it contains pork or an alcoholic drink."""
    marked: bool = False
    """The pack carries the mark that the law asks of such goods."""
    made_in: str = HOME


@dataclass(frozen=True, slots=True)
class CertificateEvent:
    """Something that happened to a certificate; events of one day count in their order."""

    kind: EventKind
    on: dt.date
    """From this day on, in Bandung."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the one before ``until``."""

    since: dt.date
    until: dt.date | None = None

    def covers(self, on: dt.date) -> bool:
        """Whether a day is among them."""
        return self.since <= on and (self.until is None or on < self.until)


def both(some: Iterable[Span], others: Sequence[Span]) -> Iterator[Span]:
    """The days that are among the ones and among the others."""
    for one in some:
        for other in others:
            since = max(one.since, other.since)
            until = min(one.until or dt.date.max, other.until or dt.date.max)
            if since < until:
                yield Span(since, None if one.until is None and other.until is None else until)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A certificate as far as it covers one product."""

    id: int
    body: str
    issued_on: dt.date | None
    valid_until: dt.date | None
    """The last valid day as printed; None when it holds until materials or process change."""
    events: tuple[CertificateEvent, ...]
    covers: tuple[Span, ...]
    """When an item of it was linked with the product."""
    confirmed: tuple[Span, ...] = ()
    """When such a link was confirmed by an official; only then the certificate speaks for the product."""
    surveillance_due: dt.date | None = None


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """A journey towards a certificate: from when to when it was with the authorities."""

    id: int
    route: str
    open: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ProductHistory:
    """All that is known of one product, with its days."""

    facts: tuple[ProductFacts, ...] = ()
    """In the order of their days."""
    certificates: tuple[CertificateFacts, ...] = ()
    applications: tuple[ApplicationFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class BodyFacts:
    """A body that issues or recognises certificates."""

    code: str
    country: str
    authority: bool
    """It is the halal authority of its country: there its certificates need no further recognition."""
    confidence: Confidence
    valid: Span = Span(dt.date.min)
    source: str = ""
    as_of: dt.date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RecognitionFacts:
    """What a destination makes of a body's certificates, for some goods, from a day to a day."""

    body: str
    destination: str
    status: RecognitionStatus
    confidence: Confidence
    goods: frozenset[GoodsClass] = frozenset()
    """Empty: all goods."""
    made_in: str = ""
    """Only goods made there; empty: wherever."""
    valid: Span = Span(dt.date.min)
    source: str = ""
    as_of: dt.date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What a destination asks of a kind of goods, from a day to a day."""

    country: str
    goods_class: GoodsClass
    kind: RuleKind
    confidence: Confidence
    valid: Span = Span(dt.date.min)
    source: str = ""
    as_of: dt.date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ObligationFacts:
    """From which day makers of a size need a certificate at home for a kind of goods."""

    goods_class: GoodsClass
    scale: Scale
    mandatory_from: dt.date
    confidence: Confidence
    animal_only: bool = False
    """Binds only goods from or with animal matter."""
    valid: Span = Span(dt.date.min)
    """While this is the rule: a date put off ends one obligation and begins another."""
    source: str = ""
    as_of: dt.date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """That goods which are worn or used are bound only if they come from animals or contain something of them."""

    confidence: Confidence
    source: str = ""
    as_of: dt.date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ReferenceFacts:
    """All reference facts that stand now."""

    bodies: Mapping[str, BodyFacts] = field(default_factory=dict)
    recognition: tuple[RecognitionFacts, ...] = ()
    rules: tuple[RuleFacts, ...] = ()
    obligations: tuple[ObligationFacts, ...] = ()
    animal_limit: LimitFacts | None = None
    """None: it can be trusted as far as the obligations that name it."""


# --- step 1: what counts on a day -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What a status depends on, apart from the reference facts, the day and the destination."""

    goods_class: GoodsClass
    scale: Scale | None
    animal: Said | None
    not_halal: bool
    made_in: str
    evidence: frozenset[tuple[str, Phase]]
    """(body, phase) of the certificates that count for something."""
    in_process: bool


def facts_on(history: ProductHistory, on: dt.date) -> ProductFacts | None:
    """The facts that hold on a day; None before the first."""
    known = [facts for facts in history.facts if facts.since <= on]
    return known[-1] if known else None


def state_on(events: Iterable[CertificateEvent], on: dt.date) -> CertificateState | None:
    """The state of a certificate on a day, from what had happened by then; moves that may not be are passed over."""
    state: CertificateState | None = None
    for event in sorted((each for each in events if each.on <= on), key=lambda each: each.on):
        state = move(state, event.kind) or state
    return state


def phase_on(certificate: CertificateFacts, on: dt.date) -> Phase:
    """What a certificate is worth on a day. Its last valid day is still valid."""
    state = state_on(certificate.events, on)
    if state not in _PHASE_OF_STATE:
        return Phase.NONE
    if certificate.valid_until is not None and on > certificate.valid_until:
        # A claim that nobody confirmed never was valid, and by its own date claims nothing any more. What was
        # suspended until its end cannot come back: it has lapsed.
        return Phase.NONE if state is CertificateState.CLAIMED else Phase.LAPSED
    if state is CertificateState.VERIFIED and certificate.issued_on is not None and on < certificate.issued_on:
        return Phase.NOT_YET
    return _PHASE_OF_STATE[state]


_PHASE_OF_STATE = {
    CertificateState.CLAIMED: Phase.CLAIMED,
    CertificateState.VERIFIED: Phase.LIVE,
    CertificateState.SUSPENDED: Phase.SUSPENDED,
}
COUNTING = frozenset({Phase.LIVE, Phase.CLAIMED, Phase.LAPSED, Phase.SUSPENDED})


def worth_on(certificate: CertificateFacts, on: dt.date) -> Phase:
    """What a certificate is worth on a day for the product that it is linked with.

    That it covers the product is the maker's claim until an official has confirmed the link: of a live certificate a
    claim remains, of one that is suspended or has lapsed nothing, as nobody can claim that it is in force. So to
    confirm a link never worsens a status.
    """
    phase = phase_on(certificate, on)
    if phase is Phase.CLAIMED or _is_confirmed(certificate, on):
        return phase
    return Phase.CLAIMED if phase is Phase.LIVE else Phase.NONE


def _is_confirmed(certificate: CertificateFacts, on: dt.date) -> bool:
    return any(span.covers(on) for span in certificate.confirmed)


def standing_of(history: ProductHistory, on: dt.date) -> Standing | None:
    """What counts of a history on a day; None before anything was known."""
    facts = facts_on(history, on)
    if facts is None:
        return None
    phases = {(each.body, worth_on(each, on)) for each in _covering(history, on)}
    return Standing(
        goods_class=facts.goods_class,
        scale=facts.scale,
        animal=facts.animal,
        not_halal=facts.not_halal,
        made_in=facts.made_in,
        evidence=frozenset((body, phase) for body, phase in phases if phase in COUNTING),
        in_process=any(span.covers(on) for each in history.applications for span in each.open),
    )


def _covering(history: ProductHistory, on: dt.date) -> list[CertificateFacts]:
    return [each for each in history.certificates if any(span.covers(on) for span in each.covers)]


def standing_until(history: ProductHistory, on: dt.date) -> dt.date | None:
    """The first day after ``on`` that the history itself says may bring another standing; None when none does."""
    return min((day for day in _boundaries(history) if day > on), default=None)


def _boundaries(history: ProductHistory) -> Iterator[dt.date]:
    for facts in history.facts:
        yield facts.since
    for certificate in history.certificates:
        if certificate.issued_on is not None:
            yield certificate.issued_on
        if certificate.valid_until is not None and certificate.valid_until < dt.date.max:
            yield certificate.valid_until + dt.timedelta(days=1)
        for event in certificate.events:
            yield event.on
        yield from _edges(certificate.covers)
        yield from _edges(certificate.confirmed)
    for application in history.applications:
        yield from _edges(application.open)


def _edges(spans: Iterable[Span]) -> Iterator[dt.date]:
    for span in spans:
        yield span.since
        if span.until is not None:
            yield span.until


def reference_boundaries(reference: ReferenceFacts) -> Iterator[dt.date]:
    """Every day on which reference facts begin or end to hold."""
    for obligation in reference.obligations:
        yield obligation.mandatory_from
    yield from _edges(body.valid for body in reference.bodies.values())
    yield from _edges(obligation.valid for obligation in reference.obligations)
    yield from _edges(fact.valid for fact in reference.recognition)
    yield from _edges(rule.valid for rule in reference.rules)


# --- step 2: what a destination makes of it -------------------------------------------------------------------------


def status_of(standing: Standing, reference: ReferenceFacts, on: dt.date, destination: str) -> Status:
    """The status of a standing at a destination (ISO 3166-1) on a day."""
    return _judge(standing, reference, on, destination)[0]


def _judge(
    standing: Standing, reference: ReferenceFacts, on: dt.date, destination: str
) -> tuple[Status, tuple[Reason, ...]]:
    """The status and the reasons that come from reference facts; those of certificates are added by ``assess``."""
    if standing.not_halal:
        return Status.NOT_HALAL, ()
    found: list[tuple[Status, tuple[Reason, ...]]] = [_without_evidence(standing, reference, on, destination)]
    for body, phase in sorted(standing.evidence):
        if phase is Phase.LIVE:
            found.append(_recognised(body, standing, reference, on, destination))
        else:
            found.append((_BY_PHASE[phase], ()))
    if standing.in_process:
        found.append((Status.IN_PROCESS, ()))
    found.sort(key=lambda answer: RANK[answer[0]])
    return found[0][0], tuple(dict.fromkeys(reason for _, reasons in found for reason in reasons))


_BY_PHASE = {Phase.CLAIMED: Status.CLAIMED, Phase.LAPSED: Status.LAPSED, Phase.SUSPENDED: Status.SUSPENDED}


def recognition_on(
    reference: ReferenceFacts, *, body: str, destination: str, goods: GoodsClass, made_in: str, on: dt.date
) -> RecognitionFacts | None:
    """The fact that says what a destination makes of a body's certificate for such goods on a day, or None.

    Of several the one that began last counts, and of those the most cautious; of those that say the same, a confirmed
    one. A refusal of which nobody knows since when counts before what has a date.
    """
    fitting = [
        fact
        for fact in reference.recognition
        if fact.body == body
        and fact.destination == destination
        and (not fact.goods or goods in fact.goods)
        and fact.made_in in {"", made_in}
        and fact.valid.covers(on)
    ]
    cautious = list(RecognitionStatus)
    return max(
        fitting,
        key=lambda fact: (
            fact.status in _REFUSALS and fact.valid.since == dt.date.min,
            fact.valid.since,
            cautious.index(fact.status),
            fact.confidence.confirmed,
            fact.source,
        ),
        default=None,
    )


_REFUSALS = frozenset({RecognitionStatus.WITHDRAWN, RecognitionStatus.NOT_RECOGNISED})
_BY_RECOGNITION = {
    RecognitionStatus.RECOGNISED: (Status.CERTIFIED, ReasonCode.RECOGNISED),
    RecognitionStatus.CLAIMED: (Status.CERTIFIED_RECOGNITION_UNKNOWN, ReasonCode.RECOGNITION_CLAIMED),
    RecognitionStatus.PENDING: (Status.CERTIFIED_RECOGNITION_UNKNOWN, ReasonCode.RECOGNITION_PENDING),
    RecognitionStatus.UNKNOWN: (Status.CERTIFIED_RECOGNITION_UNKNOWN, ReasonCode.RECOGNITION_UNKNOWN),
    RecognitionStatus.WITHDRAWN: (Status.CERTIFIED_NOT_RECOGNISED, ReasonCode.RECOGNITION_WITHDRAWN),
    RecognitionStatus.NOT_RECOGNISED: (Status.CERTIFIED_NOT_RECOGNISED, ReasonCode.NOT_RECOGNISED),
}


def is_authority(body: BodyFacts | None, destination: str, on: dt.date) -> bool:
    """Whether a body is the halal authority of a destination on a day, as far as anybody says."""
    return body is not None and body.authority and body.country == destination and body.valid.covers(on)


def _recognised(
    body: str, standing: Standing, reference: ReferenceFacts, on: dt.date, destination: str
) -> tuple[Status, tuple[Reason, ...]]:
    issuer = reference.bodies.get(body)
    if issuer is not None and is_authority(issuer, destination, on):
        confirmed = issuer.confidence.confirmed
        code = ReasonCode.OWN_AUTHORITY if confirmed else ReasonCode.RECOGNITION_UNCONFIRMED
        reason = Reason(code, body=body, source=issuer.source, confidence=issuer.confidence, as_of=issuer.as_of)
        return (Status.CERTIFIED if confirmed else Status.CERTIFIED_RECOGNITION_UNKNOWN), (reason,)
    fact = recognition_on(
        reference,
        body=body,
        destination=destination,
        goods=standing.goods_class,
        made_in=standing.made_in,
        on=on,
    )
    if fact is None:
        return Status.CERTIFIED_RECOGNITION_UNKNOWN, (Reason(ReasonCode.RECOGNITION_UNKNOWN, body=body),)
    status, code = _BY_RECOGNITION[fact.status]
    if status is Status.CERTIFIED and not fact.confidence.confirmed:
        status, code = Status.CERTIFIED_RECOGNITION_UNKNOWN, ReasonCode.RECOGNITION_UNCONFIRMED
    since = fact.valid.since if fact.valid.since > dt.date.min else None
    return status, (
        Reason(code, on=since, body=body, source=fact.source, confidence=fact.confidence, as_of=fact.as_of),
    )


def _without_evidence(
    standing: Standing, reference: ReferenceFacts, on: dt.date, destination: str
) -> tuple[Status, tuple[Reason, ...]]:
    """What holds when there is no certificate at all."""
    if destination == HOME:
        return _obliged(standing, reference, on)
    rules = [
        rule
        for rule in reference.rules
        if rule.country == destination and rule.goods_class == standing.goods_class and rule.valid.covers(on)
    ]
    rule = max(
        rules,
        key=lambda each: (each.valid.since, _CAUTIOUS_RULES.index(each.kind), each.confidence.confirmed, each.source),
        default=None,
    )
    if rule is None:
        return Status.UNKNOWN, (Reason(ReasonCode.RULE_UNKNOWN),)
    reason = Reason(_BY_RULE[rule.kind], source=rule.source, confidence=rule.confidence, as_of=rule.as_of)
    said = rule.kind if rule.confidence.confirmed else RuleKind.UNKNOWN
    return _WITHOUT_BY_RULE.get(said, Status.UNKNOWN), (reason,)


_CAUTIOUS_RULES = (
    RuleKind.VOLUNTARY,
    RuleKind.NOT_HALAL_MARK_REQUIRED,
    RuleKind.CLAIM_ONLY,
    RuleKind.UNKNOWN,
    RuleKind.MANDATORY,
)
"""Of rules that began on one day the last of these counts."""
_WITHOUT_BY_RULE = {RuleKind.MANDATORY: Status.REQUIRED_MISSING, RuleKind.VOLUNTARY: Status.NOT_REQUIRED}
"""Where only the claim is ruled, there is no duty, but what is asked is whether it may be called halal: unknown."""
_BY_RULE = {
    RuleKind.MANDATORY: ReasonCode.RULE_MANDATORY,
    RuleKind.CLAIM_ONLY: ReasonCode.RULE_CLAIM_ONLY,
    RuleKind.VOLUNTARY: ReasonCode.RULE_VOLUNTARY,
    RuleKind.NOT_HALAL_MARK_REQUIRED: ReasonCode.RULE_MARK_REQUIRED,
    RuleKind.UNKNOWN: ReasonCode.RULE_UNKNOWN,
}


def obligations_for(
    reference: ReferenceFacts, goods_class: GoodsClass, scale: Scale | None, *, on: dt.date, made_in: str = HOME
) -> tuple[ObligationFacts, ...]:
    """The obligations that may bind a maker of this size (all of them when the size is not known), earliest first.

    Those that are the rule on a day, whether they have begun to bind by then or will later. Goods made abroad are bound
    by what holds for every size or for importers, whatever the size of their maker.
    """
    home = (scale,) if scale else HOME_SIZES
    sizes = {Scale.ALL, *(home if made_in == HOME else (Scale.IMPORTER,))}
    fitting = [
        each
        for each in reference.obligations
        if each.goods_class == goods_class and each.scale in sizes and each.valid.covers(on)
    ]
    return tuple(sorted(fitting, key=lambda each: (each.mandatory_from, each.animal_only, each.scale, each.source)))


HOME_SIZES = (Scale.MICRO_SMALL, Scale.MEDIUM_LARGE)


def _obliged(standing: Standing, reference: ReferenceFacts, on: dt.date) -> tuple[Status, tuple[Reason, ...]]:
    """What the law at home says of goods without a certificate."""
    goods_class, limit = standing.goods_class, reference.animal_limit
    if standing.made_in != HOME:
        obligations = obligations_for(reference, goods_class, None, on=on, made_in=standing.made_in)
        if not obligations and obligations_for(reference, goods_class, None, on=on):
            # Makers at home are bound; from when imports are, the minister fixes (PP 42/2024 art. 160(3)).
            return Status.UNKNOWN, (Reason(ReasonCode.REQUIREMENT_UNCONFIRMED),)
        return _bound(standing, obligations, limit, on)
    sizes = (standing.scale,) if standing.scale else HOME_SIZES
    answers = [_bound(standing, obligations_for(reference, goods_class, size, on=on), limit, on) for size in sizes]
    found = {status for status, _ in answers}
    if len(found) == 1:
        # Whatever her size: bound since both are; not bound until the first one is.
        pick = max if Status.REQUIRED_MISSING in found else min
        return pick(answers, key=lambda answer: answer[1][0].on or dt.date.max)
    doubts = [
        replace(each, code=ReasonCode.SCALE_NOT_KNOWN) if status is Status.REQUIRED_MISSING else each
        for status, reasons in answers
        if status is not Status.NOT_REQUIRED
        for each in reasons
    ]
    return Status.UNKNOWN, tuple(dict.fromkeys(doubts))


def _bound(
    standing: Standing, obligations: tuple[ObligationFacts, ...], limit: LimitFacts | None, on: dt.date
) -> tuple[Status, tuple[Reason, ...]]:
    """What the obligations of one size, earliest first, say of goods without a certificate."""
    if not obligations:
        return Status.NOT_REQUIRED, (Reason(ReasonCode.NO_OBLIGATION),)
    binding = [(each, _binds(each, standing.animal, limit)) for each in obligations]
    begun = [(each, binds) for each, binds in binding if each.mandatory_from <= on]
    for each, binds in begun:
        if binds is Said.YES:
            return Status.REQUIRED_MISSING, (_of(each, ReasonCode.REQUIRED_SINCE),)
    for each, binds in begun:
        if binds is Said.UNSURE:
            doubts = _of_matter(each, standing.animal, limit)
            if standing.animal is Said.NO or not doubts:
                doubts = (*doubts, _of(each, ReasonCode.REQUIREMENT_UNCONFIRMED))
            return Status.UNKNOWN, doubts
    for each, binds in binding:
        if binds is not Said.NO and each.mandatory_from > on:
            reason = _of(each, ReasonCode.REQUIRED_FROM)
            return Status.NOT_REQUIRED, (reason, *_of_matter(each, standing.animal, limit))
    return Status.NOT_REQUIRED, _of_matter(obligations[0], standing.animal, limit)


def _binds(obligation: ObligationFacts, animal: Said | None, limit: LimitFacts | None) -> Said:
    """Whether an obligation binds such goods once it has begun; unsure, too, where only unconfirmed facts say so."""
    if not obligation.animal_only or animal is Said.YES:
        return Said.YES if obligation.confidence.confirmed else Said.UNSURE
    free = animal is Said.NO and (limit or obligation).confidence.confirmed
    return Said.NO if free else Said.UNSURE


def _of_matter(obligation: ObligationFacts, animal: Said | None, limit: LimitFacts | None) -> tuple[Reason, ...]:
    """What is to be said of animal matter in goods that only then are bound."""
    if not obligation.animal_only or animal is Said.YES:
        return ()
    if animal is not Said.NO:
        return (_of(obligation, ReasonCode.ANIMAL_NOT_ANSWERED),)
    fact = limit or obligation
    return (Reason(ReasonCode.NO_ANIMAL_MATERIAL, source=fact.source, confidence=fact.confidence, as_of=fact.as_of),)


def _of(bound: ObligationFacts, code: ReasonCode) -> Reason:
    return Reason(code, on=bound.mandatory_from, source=bound.source, confidence=bound.confidence, as_of=bound.as_of)


# --- step 3: the answer with its reasons ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assessment:
    """The status of a product for a day and a destination, with every reason that led to it."""

    status: Status
    on: dt.date
    destination: str
    reasons: tuple[Reason, ...]
    standing: Standing | None
    certificate_id: int | None
    """The live certificate that it rests on, when it rests on one."""


_BY_STATE = {
    CertificateState.REJECTED: ReasonCode.CERTIFICATE_REJECTED,
    CertificateState.WITHDRAWN: ReasonCode.CERTIFICATE_WITHDRAWN,
    CertificateState.REVOKED: ReasonCode.CERTIFICATE_REVOKED,
    CertificateState.SUPERSEDED: ReasonCode.CERTIFICATE_SUPERSEDED,
}
_CONFIRMED = frozenset({CertificateState.VERIFIED, CertificateState.SUSPENDED})
_CERTIFIED = frozenset(
    {Status.CERTIFIED, Status.CERTIFIED_RECOGNITION_UNKNOWN, Status.CERTIFIED_NOT_RECOGNISED},
)


def assess(history: ProductHistory, reference: ReferenceFacts, *, on: dt.date, destination: str = HOME) -> Assessment:
    """The status of a product on a day at a destination, with its reasons, those that decide first."""
    standing = standing_of(history, on)
    if standing is None:
        return Assessment(Status.UNKNOWN, on, destination, (Reason(ReasonCode.NOT_LISTED_YET),), None, None)
    status, judged = _judge(standing, reference, on, destination)
    certificates = [reason for each in _covering(history, on) for reason in _certificate_reasons(each, on)]
    declared: list[Reason] = []
    deciding: int | None = None
    if status is Status.NOT_HALAL:
        declared = list(_declaration_reasons(history, standing, on))
    elif status in _CERTIFIED:
        deciding = _deciding(history, standing, reference, on, destination, status)
        certificates.sort(key=lambda reason: reason.certificate_id != deciding)
    applications = [
        Reason(ReasonCode.IN_PROCESS, on=span.since)
        for each in history.applications
        for span in each.open
        if span.covers(on)
    ]
    reasons = tuple(dict.fromkeys((*declared, *certificates, *applications, *judged)))
    return Assessment(status, on, destination, reasons, standing, deciding)


def _declaration_reasons(history: ProductHistory, standing: Standing, on: dt.date) -> Iterator[Reason]:
    facts = facts_on(history, on)
    if facts is None:
        return
    yield Reason(ReasonCode.DECLARED_NOT_HALAL, on=_declared_since(history, on))
    if not facts.marked:
        yield Reason(ReasonCode.MARK_MISSING)
    if any(phase is Phase.LIVE for _, phase in standing.evidence):
        yield Reason(ReasonCode.CERTIFICATE_DESPITE_DECLARATION)


def _declared_since(history: ProductHistory, on: dt.date) -> dt.date | None:
    """The first day of the declaration that stands on a day, whatever else was answered meanwhile."""
    since = None
    for facts in history.facts:
        if facts.since <= on:
            since = (since or facts.since) if facts.not_halal else None
    return since


def _deciding(
    history: ProductHistory,
    standing: Standing,
    reference: ReferenceFacts,
    on: dt.date,
    destination: str,
    status: Status,
) -> int | None:
    """The live certificate that gives the status; of several the one that holds longest."""
    giving = [
        each
        for each in _covering(history, on)
        if worth_on(each, on) is Phase.LIVE
        and _recognised(each.body, standing, reference, on, destination)[0] is status
    ]
    longest = max(giving, key=lambda each: (each.valid_until or dt.date.max, -each.id), default=None)
    return longest.id if longest else None


def _certificate_reasons(certificate: CertificateFacts, on: dt.date) -> Iterator[Reason]:
    for code, day in _told(certificate, on):
        yield Reason(code, on=day, certificate_id=certificate.id, body=certificate.body)


def _told(certificate: CertificateFacts, on: dt.date) -> Iterator[tuple[ReasonCode, dt.date | None]]:
    """What is to be said of a certificate on a day, each with the day it is about."""
    happened = [each for each in certificate.events if each.on <= on]
    state, phase = state_on(certificate.events, on), phase_on(certificate, on)
    if state in _CONFIRMED and not _is_confirmed(certificate, on):
        yield ReasonCode.LINK_UNCONFIRMED, None
    elif phase is Phase.LIVE:
        yield ReasonCode.CERTIFICATE_LIVE, certificate.valid_until
        if certificate.surveillance_due is not None and certificate.surveillance_due < on:
            yield ReasonCode.SURVEILLANCE_OVERDUE, certificate.surveillance_due
    elif phase is Phase.NOT_YET:
        yield ReasonCode.CERTIFICATE_NOT_YET, certificate.issued_on
    if state is CertificateState.CLAIMED:
        yield ReasonCode.CERTIFICATE_CLAIMED, _last(happened, EventKind.ENTERED)
    if state in _BY_STATE:
        yield _BY_STATE[state], max(each.on for each in happened)
    elif state is not None and certificate.valid_until is not None and certificate.valid_until < on:
        yield ReasonCode.CERTIFICATE_LAPSED, certificate.valid_until
    if state is CertificateState.SUSPENDED:
        yield ReasonCode.CERTIFICATE_SUSPENDED, _last(happened, EventKind.SUSPENDED)
    # A correction changes what was known of earlier days, too, so it is told of every day.
    corrected = _last(certificate.events, EventKind.CORRECTED)
    if corrected is not None:
        yield ReasonCode.CERTIFICATE_CORRECTED, corrected


def _last(events: Sequence[CertificateEvent], kind: EventKind) -> dt.date | None:
    return max((each.on for each in events if each.kind is kind), default=None)


def surveillance_due(issued_on: dt.date | None, on: dt.date) -> dt.date | None:
    """The next day, today included, on which a certificate without an end is looked at anew; counted from its issue."""
    if issued_on is None:
        return None
    year = issued_on.year + SURVEILLANCE_YEARS
    while _in_year(issued_on, year) < on:
        year += SURVEILLANCE_YEARS
    return _in_year(issued_on, year)


def _in_year(day: dt.date, year: int) -> dt.date:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return dt.date(year, 3, 1)
