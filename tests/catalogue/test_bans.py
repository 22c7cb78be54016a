"""Words that no halal certificate is given for (Kepkaban BPJPH 146/2025 ch. III.D)."""

import pytest

from app.catalogue import bans
from app.catalogue.bans import Ban, Found


@pytest.mark.parametrize(
    ("name", "ban", "word"),
    [
        ("Rawon Setan", Ban.VICE, "setan"),
        ("Ceker Iblis Level 5", Ban.VICE, "iblis"),
        ("Kue rasa RUM", Ban.ALCOHOL, "rum"),
        ("Cerveza de jengibre", Ban.ALCOHOL, "cerveza"),
        ("Anggur Merah", Ban.ALCOHOL, "anggur merah"),
        ("Jamón serrano", Ban.ANIMAL, "jamon"),
        ("Hot-dog sapi", Ban.ANIMAL, "dog"),
        ("돼지고기 맛 과자", Ban.ANIMAL, "돼지고기"),
    ],
)
def test_a_banned_word_is_found_in_a_name(name: str, ban: Ban, word: str) -> None:
    assert bans.find_in_names([name, name]) == (Found(ban, word),)


@pytest.mark.parametrize(
    "name",
    ["Bir Pletok Betawi", "BIR KOTJOK", "Sirup Birru", "Anggur segar", "Merah putih", "Sate Ayam", "Crumble", "", "🎋"],
)
def test_traditional_names_and_other_words_are_left_alone(name: str) -> None:
    assert bans.find_in_names([name]) == ()


def test_a_traditional_name_hides_no_other_word() -> None:
    assert bans.find_in_names(["Bir pletok rasa bir"]) == (Found(Ban.ALCOHOL, "bir"),)


def test_forbidden_animals_on_pictures_are_found() -> None:
    descriptions = ["A smiling pig on a red pouch", "Seekor anjing", "Kambing"]
    assert bans.find_in_pictures(descriptions) == (Found(Ban.PICTURE, "pig"), Found(Ban.PICTURE, "anjing"))


def test_every_ban_has_a_hint_with_a_place_for_the_word() -> None:
    assert {ban for ban in Ban if "%(word)s" in bans.HINTS[ban]} == set(Ban)
