"""The life of a profile, names, papers and completeness, as properties."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.accounts.models import Role
from app.accounts.subjects import Actor, Command, Subject, Visitor
from app.businesses import rules, trades
from app.businesses.models import Business, BusinessState, BusinessText, ContactKind, Scale, name_key
from app.businesses.schemas import BusinessStart, ContactSave
from app.core.languages import Language

NOON = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)
STATES = list(BusinessState)


def business(**changes: Any) -> Business:
    values: dict[str, Any] = {
        "organisation_id": 7,
        "slug": "a",
        "brand": "A",
        "kbli": [],
        "city_id": 1,
        "source_language": Language.ID,
    }
    return Business(**(values | changes))


def person(*memberships: tuple[Role, int]) -> Subject:
    return Subject(1, "Euis", "e@example.org", Language.ID, email_verified=True, memberships=frozenset(memberships))


def test_every_state_has_its_moves_and_none_leads_to_itself() -> None:
    assert set(rules.MOVES) == set(STATES)
    assert not [state for state in STATES if rules.can_move(state, state)]


@given(st.lists(st.sampled_from(STATES), max_size=12))
def test_no_way_leads_to_verified_but_by_way_of_submitted(wishes: list[BusinessState]) -> None:
    state, submitted = BusinessState.DRAFT, False
    for wish in wishes:
        if rules.can_move(state, wish):
            state = wish
            submitted = submitted or state is BusinessState.SUBMITTED
            assert submitted or state is not BusinessState.VERIFIED
    assert state in STATES


def test_every_state_can_be_reached_and_left() -> None:
    reached, edge = {BusinessState.DRAFT}, [BusinessState.DRAFT]
    while edge:
        fresh = rules.MOVES[edge.pop()] - reached
        reached |= fresh
        edge += fresh
    assert reached == set(STATES)
    assert all(rules.MOVES[state] for state in STATES)


def test_who_may_see_edit_and_decide() -> None:
    mine = business()
    table: dict[str, tuple[Actor, tuple[bool, bool, bool]]] = {
        "owner": (person((Role.MAKER, 7)), (True, True, False)),
        "stranger": (person((Role.MAKER, 8)), (False, False, False)),
        "buyer of the same organisation": (person((Role.BUYER, 7)), (False, False, False)),
        "official": (person((Role.OFFICIAL, 1)), (True, False, True)),
        "command": (Command(), (True, True, True)),
        "visitor": (Visitor(), (False, False, False)),
    }
    for name, (actor, expected) in table.items():
        allowed = (
            rules.can_see_business(actor, mine),
            rules.can_edit_business(actor, mine),
            rules.can_decide(actor),
        )
        assert allowed == expected, name
    assert rules.can_see_business(None, mine) is False


@given(st.text(max_size=200))
def test_slugs_are_plain_whatever_the_brand(brand: str) -> None:
    slug = rules.slug_of(brand)
    assert 0 < len(slug) <= 60
    assert all(character in "abcdefghijklmnopqrstuvwxyz0123456789-" for character in slug)
    assert not slug.startswith("-")
    assert not slug.endswith("-")


@given(st.text(max_size=200))
def test_name_keys_are_stable_under_repetition_and_capitals(brand: str) -> None:
    assert name_key(name_key(brand)) == name_key(brand)
    assert len(name_key(brand)) <= 160


def test_name_keys_drop_accents_and_keep_hangul() -> None:
    assert name_key("  Éndah—Café! ") == "endah cafe"
    assert name_key("서울 한과") == "서울 한과"


def test_completeness_counts_to_a_hundred_and_names_what_the_city_needs_first() -> None:
    assert sum(points for points, _ in rules.WORTH.values()) == 100
    empty = rules.completeness(business(brand=""), texts=[], contacts=[], licences=[], trademarks=[])
    assert (empty.percent, empty.next) == (0, "brand")
    told = business(legal_name="CV A", nib="1" * 13, kbli=["15121"], scale=Scale.MICRO, kecamatan_code="32.73.02")
    story = BusinessText(business_id=1, language=Language.ID, story="Cerita.", updated_at=NOON)
    some = rules.completeness(told, texts=[story], contacts=[], licences=[], trademarks=[])
    assert (some.percent, some.next) == (62, "contact")
    assert rules.missing_for_check(told, [story]) == {}


@pytest.mark.parametrize("nib", ["9120 3041 16819", "9120.304.116-819", "9120304116819"])
def test_an_nib_may_be_written_with_spaces(nib: str) -> None:
    assert BusinessStart(brand="A", nib=nib).nib == "9120304116819"


@pytest.mark.parametrize("nib", ["912030411681", "91203041168190", "912030411681a", "٩١٢٠٣٠٤١١٦٨١٩", " "])
def test_another_nib_is_refused(nib: str) -> None:
    with pytest.raises(ValidationError, match="13 digits"):
        BusinessStart(brand="A", nib=nib)


@given(st.text(max_size=60))
def test_a_contact_of_any_text_is_refused_or_normal(value: str) -> None:
    for kind in ContactKind:
        try:
            contact = ContactSave(kind=kind, value=value)
        except ValidationError:
            continue
        again = ContactSave(kind=kind, value=contact.value)
        assert again.value == contact.value
        if kind in {ContactKind.PHONE, ContactKind.WHATSAPP}:
            assert contact.value.startswith("+")
            assert contact.value[1:].isdigit()


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "https://user@a.example", "https://", "//a.example"],
)
def test_a_website_is_a_web_address(address: str) -> None:
    with pytest.raises(ValidationError):
        ContactSave(kind=ContactKind.WEBSITE, value=address)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("keripik", "10794"),
        ("chips", "10794"),
        ("가죽", "15121"),
        ("kopi", "10761"),
        ("zapatos", "15201"),
        ("1512", "15121"),
    ],
)
def test_trades_are_found_by_plain_words_in_each_language(words: str, code: str) -> None:
    assert code in [trade.code for trade in trades.find_trades(words)]


def test_trades_are_complete() -> None:
    for trade in trades.all_trades():
        assert len(trade.code) == 5
        assert trade.code.isdigit()
        assert set(trade.names) == {language.value for language in Language}
        assert all(trade.names.values())
    assert trades.find_trades("zzzz") == ()
    assert trades.trade_label("99999", Language.EN) == ""
