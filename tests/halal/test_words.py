"""Words: every code has them, and every reason becomes a sentence in every language."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest

from app.core.languages import Language
from app.halal import rules, vocabulary, words

TABLES: list[tuple[Mapping[Any, str], type[StrEnum]]] = [
    (words.STATUS_LABELS, rules.Status),
    (words.STATUS_MEANINGS, rules.Status),
    (words.REASONS, rules.ReasonCode),
    (words.PHASES, rules.Phase),
    (words.CERTIFICATE_STATES, vocabulary.CertificateState),
    (words.EVENTS, vocabulary.EventKind),
    (words.RECOGNITION, vocabulary.RecognitionStatus),
    (words.RULES, vocabulary.RuleKind),
    (words.GOODS_CLASSES, vocabulary.GoodsClass),
    (words.SCALES, vocabulary.Scale),
    (words.ANSWERS, vocabulary.Said),
    (words.CONFIDENCE, vocabulary.Confidence),
    (words.PROVIDERS, vocabulary.Provider),
    (words.CHECK_RESULTS, vocabulary.CheckResult),
    (words.REJECT_REASONS, vocabulary.RejectReason),
    (words.ROUTES, vocabulary.Route),
    (words.STAGES, vocabulary.Stage),
]
ALWAYS_DATED = {
    rules.ReasonCode.CERTIFICATE_NOT_YET,
    rules.ReasonCode.CERTIFICATE_LAPSED,
    rules.ReasonCode.CERTIFICATE_REJECTED,
    rules.ReasonCode.CERTIFICATE_WITHDRAWN,
    rules.ReasonCode.CERTIFICATE_REVOKED,
    rules.ReasonCode.CERTIFICATE_SUPERSEDED,
    rules.ReasonCode.CERTIFICATE_CORRECTED,
    rules.ReasonCode.SURVEILLANCE_OVERDUE,
    rules.ReasonCode.REQUIRED_FROM,
}
"""Reasons that the rules never give without a day."""


@pytest.mark.parametrize(("table", "codes"), TABLES)
def test_words_of_a_table_cover_every_code(table: Mapping[Any, str], codes: type[StrEnum]) -> None:
    assert set(table) == set(codes)
    assert all(table.values())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", rules.ReasonCode)
@pytest.mark.parametrize("day", [dt.date(2026, 10, 18), None])
def test_say_leaves_no_place_unfilled(language: Language, code: rules.ReasonCode, day: dt.date | None) -> None:
    sentence = words.say(rules.Reason(code, on=day, body="BPJPH"), language, {"BPJPH": "The Agency"})
    assert sentence
    assert "%(" not in sentence
    assert ("%(body)s" in words.REASONS[code]) == ("The Agency" in sentence)


def test_say_without_a_day_leaves_no_hole() -> None:
    for code in set(rules.ReasonCode) - ALWAYS_DATED:
        sentence = words.say(rules.Reason(code, body="BPJPH"), Language.EN, {})
        assert "  " not in sentence, code
        assert " ." not in sentence, code


def test_words_of_what_rests_on_the_maker_say_so() -> None:
    for status in (rules.Status.IN_PROCESS, rules.Status.CLAIMED):
        assert "as the maker says" in words.STATUS_LABELS[status]
    assert words.CONFIDENCE[vocabulary.Confidence.UNVERIFIED] == "unconfirmed"
