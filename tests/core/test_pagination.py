"""Cursors: damaged ones are refused, walking with them repeats and loses nothing."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.pagination import Cursor

KEYS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40),
)


@given(st.sampled_from(["newest", "price"]), KEYS, st.integers(0, 2**63 - 1))
def test_a_cursor_survives_its_text(sort: str, key: Any, row: int) -> None:
    cursor = Cursor(sort, key, row)
    assert Cursor.decode(cursor.encode(), sort=sort) == cursor


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Cursor.decode(text, sort="newest")
    assert (refusal.value.code, list(refusal.value.fields)) == ("bad_cursor", ["cursor"])


@pytest.mark.parametrize(
    "value",
    [
        ["price", 1, 1],
        ["newest", 1, "1"],
        ["newest", 1, True],
        ["newest", True, 1],
        ["newest", [1], 1],
        ["newest", {}, 1],
        ["newest", 2**63, 1],
        ["newest", 1, 2**63],
        ["newest", float("nan"), 1],
        ["newest", float("inf"), 1],
        ["newest", "a\0b", 1],
        ["newest", "\ud800", 1],
        ["newest", 1],
        ["newest", 1, 1, 1],
        {"newest": 1, "b": 2, "c": 3},
        "abc",
        5,
        None,
    ],
)
def test_what_no_database_can_compare_is_refused(value: Any) -> None:
    text = base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
    with pytest.raises(Invalid) as refusal:
        Cursor.decode(text, sort="newest")
    assert refusal.value.code == "bad_cursor"


@given(st.lists(st.integers(0, 5), max_size=40), st.lists(st.integers(0, 5), max_size=20), st.integers(1, 7))
def test_walking_under_inserts_repeats_and_loses_nothing(first: list[int], later: list[int], limit: int) -> None:
    rows = [(key, row) for row, key in enumerate(first)]
    added = [(key, row) for row, key in enumerate(later, start=len(first))]
    known, seen = list(rows), []
    cursor: str | None = None
    while True:
        place = Cursor.decode(cursor, sort="key") if cursor else None
        rest = sorted(row for row in known if place is None or row > (place.key, place.id))
        page = rest[:limit]
        seen += page
        if len(rest) <= limit:
            break
        cursor = Cursor("key", *page[-1]).encode()
        known += added[:1]
        added = added[1:]
    assert len(seen) == len(set(seen))
    assert set(rows) <= set(seen)
    assert seen == sorted(seen)
