"""Reference facts for the golden table, written by hand from the collected facts, and named variants of them.

``SHIPPED`` says what the files say that come with the program; a test compares the two. A variant changes one thing.
"""

import datetime as dt
from dataclasses import replace

from app.halal.rules import (
    BodyFacts,
    LimitFacts,
    ObligationFacts,
    RecognitionFacts,
    ReferenceFacts,
    RuleFacts,
    Span,
)
from app.halal.vocabulary import Confidence, GoodsClass, RecognitionStatus, RuleKind, Scale

PUBLIC, MEMORY, OFFICIAL = Confidence.PUBLIC, Confidence.UNVERIFIED, Confidence.OFFICIAL
FIRST_PHASE = dt.date(2024, 10, 18)
SECOND_PHASE = dt.date(2026, 10, 18)
AGREEMENTS = dt.date(2023, 11, 18)


def _body(code: str, country: str, *, authority: bool = False) -> BodyFacts:
    return BodyFacts(code, country, authority, PUBLIC)


def _recognition(
    body: str,
    destination: str,
    status: RecognitionStatus,
    *,
    made_in: str = "",
    since: dt.date = dt.date.min,
    until: dt.date | None = None,
    confidence: Confidence = PUBLIC,
    goods: frozenset[GoodsClass] = frozenset(),
) -> RecognitionFacts:
    return RecognitionFacts(body, destination, status, confidence, goods, made_in, Span(since, until))


def _rule(
    country: str,
    goods: GoodsClass,
    kind: RuleKind,
    *,
    since: dt.date = dt.date.min,
    confidence: Confidence = PUBLIC,
) -> RuleFacts:
    return RuleFacts(country, goods, kind, confidence, Span(since))


def _obligation(
    goods: GoodsClass,
    scale: Scale,
    begins: dt.date,
    *,
    animal_only: bool = False,
    confidence: Confidence = PUBLIC,
    valid: Span = Span(dt.date.min),  # noqa: B008 - frozen
) -> ObligationFacts:
    return ObligationFacts(goods, scale, begins, confidence, animal_only=animal_only, valid=valid)


SHIPPED = ReferenceFacts(
    bodies={
        body.code: body
        for body in (
            _body("BPJPH", "ID", authority=True),
            _body("JAKIM", "MY", authority=True),
            _body("MUI", "ID"),
            _body("KMF", "KR"),
            _body("KHA", "KR"),
            _body("KOHAS", "KR"),
            _body("CHILEHALAL", "CL"),
        )
    },
    recognition=(
        _recognition("BPJPH", "MY", RecognitionStatus.RECOGNISED, made_in="ID"),
        _recognition("JAKIM", "ID", RecognitionStatus.RECOGNISED, made_in="MY"),
        _recognition("KMF", "ID", RecognitionStatus.RECOGNISED, made_in="KR", since=AGREEMENTS),
        _recognition("KHA", "ID", RecognitionStatus.RECOGNISED, made_in="KR", since=AGREEMENTS),
        _recognition("KMF", "MY", RecognitionStatus.RECOGNISED, made_in="KR"),
        _recognition("KHA", "MY", RecognitionStatus.CLAIMED, made_in="KR"),
        _recognition("CHILEHALAL", "ID", RecognitionStatus.RECOGNISED, made_in="CL", since=AGREEMENTS),
        _recognition("BPJPH", "KR", RecognitionStatus.UNKNOWN),
        _recognition("BPJPH", "EC", RecognitionStatus.UNKNOWN),
        _recognition("BPJPH", "BE", RecognitionStatus.UNKNOWN),
        _recognition("BPJPH", "SG", RecognitionStatus.UNKNOWN, confidence=MEMORY),
        _recognition("BPJPH", "AE", RecognitionStatus.UNKNOWN, confidence=MEMORY),
        _recognition("MUI", "MY", RecognitionStatus.UNKNOWN, confidence=MEMORY),
        _recognition("JAKIM", "KR", RecognitionStatus.UNKNOWN, confidence=MEMORY),
    ),
    rules=(
        _rule("MY", GoodsClass.FOOD, RuleKind.CLAIM_ONLY),
        _rule("MY", GoodsClass.DRINK, RuleKind.CLAIM_ONLY),
        *(
            _rule(country, goods, RuleKind.UNKNOWN)
            for country in ("KR", "EC")
            for goods in (GoodsClass.FOOD, GoodsClass.DRINK, GoodsClass.COSMETIC, GoodsClass.HERBAL)
        ),
    ),
    obligations=(
        _obligation(GoodsClass.FOOD, Scale.MEDIUM_LARGE, FIRST_PHASE),
        _obligation(GoodsClass.DRINK, Scale.MEDIUM_LARGE, FIRST_PHASE),
        _obligation(GoodsClass.FOOD, Scale.MICRO_SMALL, SECOND_PHASE),
        _obligation(GoodsClass.DRINK, Scale.MICRO_SMALL, SECOND_PHASE),
        _obligation(GoodsClass.HERBAL, Scale.ALL, SECOND_PHASE),
        _obligation(GoodsClass.COSMETIC, Scale.ALL, SECOND_PHASE),
        _obligation(GoodsClass.WORN_GOODS, Scale.ALL, SECOND_PHASE, animal_only=True),
        _obligation(GoodsClass.HOUSEHOLD_GOODS, Scale.ALL, SECOND_PHASE, animal_only=True),
    ),
    animal_limit=LimitFacts(MEMORY),
)


def _recognising(*facts: RecognitionFacts) -> ReferenceFacts:
    return replace(SHIPPED, recognition=(*SHIPPED.recognition, *facts))


def _ruling(*rules: RuleFacts) -> ReferenceFacts:
    return replace(SHIPPED, rules=(*SHIPPED.rules, *rules))


def _obliging(*obligations: ObligationFacts) -> ReferenceFacts:
    classes = {each.goods_class for each in obligations}
    kept = tuple(each for each in SHIPPED.obligations if each.goods_class not in classes)
    return replace(SHIPPED, obligations=(*kept, *obligations))


def _without_recognition(body: str, destination: str) -> tuple[RecognitionFacts, ...]:
    return tuple(fact for fact in SHIPPED.recognition if (fact.body, fact.destination) != (body, destination))


_NEW_YEAR = dt.date(2027, 1, 1)
_OTHER = GoodsClass.OTHER
VARIANTS: dict[str, ReferenceFacts] = {
    "shipped": SHIPPED,
    "nothing_known": ReferenceFacts(),
    # An official has read the limit to animal matter in the law.
    "limit_confirmed": replace(SHIPPED, animal_limit=LimitFacts(OFFICIAL)),
    # The limit turned out to be no law.
    "no_limit": _obliging(_obligation(GoodsClass.WORN_GOODS, Scale.ALL, SECOND_PHASE)),
    # The obligation itself is from memory.
    "obligation_from_memory": _obliging(_obligation(GoodsClass.COSMETIC, Scale.ALL, SECOND_PHASE, confidence=MEMORY)),
    # A second one from memory beside a confirmed one.
    "rumour_beside_law": _obliging(
        _obligation(GoodsClass.COSMETIC, Scale.ALL, SECOND_PHASE),
        _obligation(GoodsClass.COSMETIC, Scale.ALL, _NEW_YEAR, confidence=MEMORY),
    ),
    "medium_only": _obliging(_obligation(GoodsClass.COSMETIC, Scale.MEDIUM_LARGE, SECOND_PHASE)),
    # On 1 October 2026 the second phase of food is put off by a year.
    "put_off": _obliging(
        _obligation(GoodsClass.FOOD, Scale.MICRO_SMALL, SECOND_PHASE, valid=Span(dt.date.min, dt.date(2026, 10, 1))),
        _obligation(
            GoodsClass.FOOD,
            Scale.MICRO_SMALL,
            dt.date(2027, 10, 18),
            valid=Span(dt.date(2026, 10, 1)),
        ),
    ),
    # The minister has fixed the day for imports.
    "importers_dated": _obliging(
        *(each for each in SHIPPED.obligations if each.goods_class is GoodsClass.FOOD),
        _obligation(GoodsClass.FOOD, Scale.IMPORTER, SECOND_PHASE, confidence=OFFICIAL),
    ),
    # Medicines as if they were sold here.
    "otc_medicine": _obliging(_obligation(GoodsClass.HERBAL, Scale.ALL, dt.date(2029, 10, 18))),
    "prescription_medicine": _obliging(_obligation(GoodsClass.HERBAL, Scale.ALL, dt.date(2034, 10, 18))),
    "device_class_b": _obliging(_obligation(_OTHER, Scale.ALL, dt.date(2029, 10, 18), confidence=MEMORY)),
    "authority_from_memory": replace(
        SHIPPED, bodies={**SHIPPED.bodies, "BPJPH": BodyFacts("BPJPH", "ID", authority=True, confidence=MEMORY)}
    ),
    "authority_ended": replace(
        SHIPPED,
        bodies={
            **SHIPPED.bodies,
            "BPJPH": BodyFacts("BPJPH", "ID", authority=True, confidence=PUBLIC, valid=Span(dt.date.min, _NEW_YEAR)),
        },
    ),
    "sg_from_memory": _recognising(
        _recognition("BPJPH", "SG", RecognitionStatus.RECOGNISED, since=_NEW_YEAR, confidence=MEMORY)
    ),
    "sg_food_only": _recognising(
        _recognition("BPJPH", "SG", RecognitionStatus.RECOGNISED, since=_NEW_YEAR, goods=frozenset({GoodsClass.FOOD}))
    ),
    # All goods are recognised from the new year, but cosmetics are refused, and nobody knows since when.
    "sg_refuses_cosmetics": _recognising(
        _recognition("BPJPH", "SG", RecognitionStatus.RECOGNISED, since=_NEW_YEAR),
        _recognition("BPJPH", "SG", RecognitionStatus.NOT_RECOGNISED, goods=frozenset({GoodsClass.COSMETIC})),
    ),
    "sg_refuses": _recognising(_recognition("BPJPH", "SG", RecognitionStatus.NOT_RECOGNISED, since=_NEW_YEAR)),
    "kr_pending": _recognising(_recognition("BPJPH", "KR", RecognitionStatus.PENDING, since=_NEW_YEAR)),
    # Malaysia ends the memorandum at the new year: one fact ends, the next begins.
    "my_withdraws": replace(
        SHIPPED,
        recognition=(
            *_without_recognition("BPJPH", "MY"),
            _recognition("BPJPH", "MY", RecognitionStatus.RECOGNISED, made_in="ID", until=_NEW_YEAR),
            _recognition("BPJPH", "MY", RecognitionStatus.WITHDRAWN, since=_NEW_YEAR),
        ),
    ),
    # The agreement ends at the new year and nothing is known of another.
    "my_ends": replace(
        SHIPPED,
        recognition=(
            *_without_recognition("BPJPH", "MY"),
            _recognition("BPJPH", "MY", RecognitionStatus.RECOGNISED, made_in="ID", until=_NEW_YEAR),
        ),
    ),
    # Two sources of one day disagree.
    "sources_disagree": _recognising(
        _recognition("BPJPH", "SG", RecognitionStatus.RECOGNISED, since=_NEW_YEAR),
        _recognition("BPJPH", "SG", RecognitionStatus.PENDING, since=_NEW_YEAR),
    ),
    "sg_mandatory": _ruling(_rule("SG", GoodsClass.FOOD, RuleKind.MANDATORY, since=_NEW_YEAR)),
    "sg_mandatory_from_memory": _ruling(
        _rule("SG", GoodsClass.FOOD, RuleKind.MANDATORY, since=_NEW_YEAR, confidence=MEMORY)
    ),
    "sg_voluntary": _ruling(_rule("SG", GoodsClass.FOOD, RuleKind.VOLUNTARY)),
    "sg_voluntary_from_memory": _ruling(_rule("SG", GoodsClass.FOOD, RuleKind.VOLUNTARY, confidence=MEMORY)),
    "sg_marks": _ruling(_rule("SG", GoodsClass.FOOD, RuleKind.NOT_HALAL_MARK_REQUIRED)),
    # Malaysia makes certificates mandatory at the new year.
    "my_mandatory": _ruling(_rule("MY", GoodsClass.FOOD, RuleKind.MANDATORY, since=_NEW_YEAR)),
}
