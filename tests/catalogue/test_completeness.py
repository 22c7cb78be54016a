"""The table that says how ready an offer is for readers of a language in a country, and what is worth filling in."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.completeness import (
    BY_COUNTRY,
    DESTINATIONS,
    Offer,
    Words,
    assess,
    missing_for_review,
    steps,
)
from app.catalogue.families import attributes_of, families
from app.core.languages import Language
from app.core.money import Currency

WHOLE = Words(name=True, summary=True, story=True, care=True, materials=True)
BARE = Offer(family="food", words={Language.ID: Words()})
FULL = Offer(
    family="food",
    words=dict.fromkeys(Language, WHOLE),
    pictures=3,
    alt=frozenset(Language),
    currencies=frozenset(Currency),
    attributes=frozenset(each.key for each in attributes_of("food")),
    lead_days=True,
    capacity=True,
    weight=True,
    size=True,
    shelf_life=True,
    hs_code=True,
)


def less(offer: Offer = FULL, **changes: Any) -> Offer:
    """An offer with something changed."""
    return replace(offer, **changes)


def worded(language: Language, **changes: Any) -> Offer:
    """The full offer with other words in one language."""
    return FULL.with_words(language, replace(WHOLE, **changes))


RUPIAH = frozenset({Currency.IDR})
ONLY_ID = less(words={Language.ID: WHOLE})
# Weights of food at home add up to 95; abroad in a translation to 118, or to 112 when there is no name to be stale.
CASES = [
    ("nothing at home", Offer(family="food"), "id", "ID", 0, "picture"),
    ("a name at home", BARE, "id", "ID", 14, "picture"),
    ("a name, read in Korea", BARE, "ko", "KR", 0, "picture"),
    ("name and picture", less(BARE, pictures=1), "id", "ID", 35, "price"),
    (
        "name, picture, price",
        less(BARE, pictures=1, currencies=frozenset({Currency.IDR})),
        "id",
        "ID",
        46,
        "summary.id",
    ),
    ("price on request", less(BARE, pictures=1, on_request=True), "id", "ID", 46, "summary.id"),
    ("everything, Malaysia", FULL, "ms", "MY", 100, None),
    ("everything, Korea", FULL, "ko", "KR", 100, None),
    ("everything, Ecuador", FULL, "es", "EC", 100, None),
    ("everything, at home", FULL, "id", "ID", 100, None),
    ("everything, in English", FULL, "en", "KR", 100, None),
    ("no picture", less(pictures=0), "ms", "MY", 79, "picture"),
    ("one picture", less(pictures=1), "ms", "MY", 96, "pictures"),
    ("no price", less(currencies=frozenset()), "ms", "MY", 87, "price"),
    ("only rupiah, for Malaysia", less(currencies=RUPIAH), "ms", "MY", 95, "price_there"),
    ("only rupiah, at home", less(currencies=RUPIAH), "id", "ID", 100, None),
    ("on request, abroad", less(currencies=frozenset(), on_request=True), "ko", "KR", 100, None),
    ("no Korean", ONLY_ID, "ko", "KR", 66, "name.ko"),
    ("no Malay", ONLY_ID, "ms", "MY", 66, "name.ms"),
    ("no Korean, but nobody asks", ONLY_ID, "id", "ID", 100, None),
    ("Korean out of date", worded(Language.KO, stale=True), "ko", "KR", 94, "stale.ko"),
    ("Korean out of date, for Malaysia", worded(Language.KO, stale=True), "ms", "MY", 100, None),
    ("the source is never out of date", worded(Language.ID, stale=True), "id", "ID", 100, None),
    ("no sentence", worded(Language.ES, summary=False), "es", "EC", 93, "summary.es"),
    ("no story", worded(Language.ES, story=False), "es", "EC", 94, "story.es"),
    ("no ingredients", worded(Language.ES, materials=False), "es", "EC", 94, "materials.es"),
    ("no care", worded(Language.ES, care=False), "es", "EC", 98, "care.es"),
    ("no weight", less(weight=False), "ko", "KR", 95, "weight_g"),
    ("no weight, at home", less(weight=False), "id", "ID", 100, None),
    ("no size", less(size=False), "ko", "KR", 97, "size"),
    ("no customs code", less(hs_code=False), "ko", "KR", 96, "hs_code"),
    ("no lead time", less(lead_days=False), "ko", "KR", 95, "lead_days"),
    ("no capacity", less(capacity=False), "ko", "KR", 97, "capacity_per_month"),
    ("no shelf life", less(shelf_life=False), "ko", "KR", 96, "shelf_life_days"),
    ("pictures not described", less(alt=frozenset({Language.ID})), "ko", "KR", 97, "alt.ko"),
    ("no net weight", less(attributes=FULL.attributes - {"net_weight"}), "ko", "KR", 94, "attributes.net_weight"),
    ("only the net weight", less(attributes=frozenset({"net_weight"})), "ko", "KR", 97, "attributes.flavour"),
    ("weight and code missing", less(weight=False, hs_code=False), "ko", "KR", 92, "weight_g"),
]


@pytest.mark.parametrize(("offer", "language", "country", "percent", "following"), [case[1:] for case in CASES])
def test_completeness(offer: Offer, language: str, country: str, percent: int, following: str | None) -> None:
    result = assess(offer, Language(language), BY_COUNTRY[country])
    assert (result.percent, result.next.field if result.next else None) == (percent, following)


OFFERS = st.builds(
    Offer,
    family=st.sampled_from([*sorted(families()), "unknown"]),
    words=st.dictionaries(
        st.sampled_from(list(Language)),
        st.builds(Words, summary=st.booleans(), story=st.booleans(), materials=st.booleans(), stale=st.booleans()),
    ),
    pictures=st.integers(0, 12),
    currencies=st.frozensets(st.sampled_from(list(Currency))),
    on_request=st.booleans(),
    lead_days=st.booleans(),
    weight=st.booleans(),
    hs_code=st.booleans(),
)


@given(OFFERS, st.sampled_from(list(Language)), st.sampled_from(DESTINATIONS))
def test_percent_and_next_agree(offer: Offer, language: Language, destination: Any) -> None:
    result = assess(offer, language, destination)
    assert 0 <= result.percent <= 100
    assert (result.percent == 100) == (result.next is None)
    missing = [each.weight for each in steps(offer, language, destination) if not each.done]
    assert (max(missing) if missing else None) == (result.next.weight if result.next else None)


@given(OFFERS, st.sampled_from(list(Language)), st.sampled_from(DESTINATIONS))
def test_filling_something_in_never_lowers_it(offer: Offer, language: Language, destination: Any) -> None:
    before = assess(offer, language, destination).percent
    better = replace(offer, pictures=3, weight=True, hs_code=True, lead_days=True, currencies=frozenset(Currency))
    assert assess(better, language, destination).percent >= before


@pytest.mark.parametrize(
    ("offer", "missing"),
    [
        (Offer(family="food"), {"name", "summary", "price", "picture", "attributes.net_weight"}),
        (BARE, {"summary", "price", "picture", "attributes.net_weight"}),
        (FULL, set()),
        (less(words={Language.EN: WHOLE}), {"name", "summary"}),
        (less(on_request=True, currencies=frozenset()), set()),
        (less(family="drink", attributes=frozenset()), set()),
        (less(family="footwear", attributes=frozenset()), {"attributes.upper_material"}),
        (less(family="unknown"), set()),
    ],
)
def test_missing_for_review(offer: Offer, missing: set[str]) -> None:
    assert set(missing_for_review(offer)) == missing


@pytest.mark.parametrize("family", sorted(families()))
def test_at_most_seven_fields_are_needed_to_list_a_product(family: str) -> None:
    needed = {"category", "unit", *missing_for_review(Offer(family=family))}
    assert len(needed) <= 7
