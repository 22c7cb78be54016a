"""The drawn pictures of the demo: every kind, both views, steady for a seed and different for another."""

import io
import re
from itertools import product

import pytest
from PIL import Image, ImageChops, ImageStat

from app.demo.drawing import (
    KINDS,
    PATTERNS,
    PROPS,
    TRADES,
    Drawing,
    Ground,
    lettering,
    maker_picture,
    product_picture,
    product_svg,
)

GROUND = Ground(colour="#d9c7a8", light="left")
BRIEF = """
keripik_pouch snack_box cookie_jar dodol_box noodle_cup sambal_jar spice_jars honey_jar dried_fruit_pouch hamper
coffee_bag coffee_cup tea_tin drink_bottle syrup_bottle batik_cloth folded_cloth scarf hijab dress shirt koko_shirt
jacket_denim jacket_leather tshirt kids_outfit socks hat leather_shoe sneaker boot sandal handbag sling_bag backpack
wallet belt duffel rattan_basket bamboo_lamp bamboo_tray angklung wayang_golek ceramic_bowl ceramic_mug ceramic_vase
wood_board wood_bowl candle diffuser soap_bar cream_jar essential_oil hair_oil jamu_bottle necklace bracelet earrings
wood_watch toy_car plush_toy building_blocks notebook greeting_card cushion table_runner plant_pot key_fob kite_fan
"""
SMALL = 96


def drawing(kind: str = "sambal_jar", *, pattern: str = "kawung", label: str = "SARI", prop: str = "leaf") -> Drawing:
    """Give a drawing to vary."""
    return Drawing(kind=kind, colour="#a83a22", accent="#e9b13b", pattern=pattern, label=label, prop=prop)


def pixels(jpeg: bytes) -> Image.Image:
    """Decode a picture."""
    return Image.open(io.BytesIO(jpeg)).convert("RGB")


def difference(one: bytes, two: bytes) -> float:
    """Give the mean difference of two pictures, 0 to 255."""
    return max(ImageStat.Stat(ImageChops.difference(pixels(one), pixels(two))).mean)


def test_kinds_are_those_the_demo_data_names() -> None:
    assert frozenset(BRIEF.split()) == KINDS


@pytest.mark.parametrize(("kind", "view"), list(product(sorted(KINDS), (0, 1))))
def test_every_kind_shows_a_good_on_its_ground(kind: str, view: int) -> None:
    shown = pixels(product_picture(drawing(kind), GROUND, seed=kind, view=view, width=SMALL))

    assert shown.size == (96, 120)
    middle = shown.crop((20, 30, 76, 105))
    assert max(ImageStat.Stat(middle).stddev) > 14


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_differs_by_view(kind: str) -> None:
    first, second = (product_picture(drawing(kind), GROUND, seed="a", view=view, width=SMALL) for view in (0, 1))

    assert difference(first, second) > 2


def test_two_seeds_never_look_alike() -> None:
    for kind in sorted(KINDS):
        first, second = (product_picture(drawing(kind), GROUND, seed=seed, width=SMALL) for seed in ("a", "b"))
        assert difference(first, second) > 1.0, kind


def test_same_seed_gives_the_same_svg_and_bytes() -> None:
    for kind in sorted(KINDS):
        assert product_svg(drawing(kind), GROUND, seed="a") == product_svg(drawing(kind), GROUND, seed="a")
    assert product_picture(drawing(), GROUND, seed="a", width=SMALL) == product_picture(
        drawing(), GROUND, seed="a", width=SMALL
    )


def test_picture_is_a_jpeg_in_four_to_five() -> None:
    shown = Image.open(io.BytesIO(product_picture(drawing(), GROUND, seed="a")))

    assert (shown.format, shown.size) == ("JPEG", (1080, 1350))


def test_light_from_the_other_side_changes_the_picture() -> None:
    left, right = (
        product_picture(drawing(), Ground(GROUND.colour, light), seed="a", width=SMALL) for light in ("left", "right")
    )

    assert difference(left, right) > 2


def test_every_pattern_and_prop_draws() -> None:
    plain = product_svg(drawing("batik_cloth", pattern="plain"), GROUND, seed="a")
    for pattern in PATTERNS - {"plain"}:
        assert product_svg(drawing("batik_cloth", pattern=pattern), GROUND, seed="a") != plain
    bare = product_svg(drawing(prop="none"), GROUND, seed="a")
    for prop in PROPS - {"none"}:
        assert product_svg(drawing(prop=prop), GROUND, seed="a") != bare


def test_svg_needs_no_font_and_uses_only_what_it_defines() -> None:
    for kind in sorted(KINDS):
        svg = product_svg(drawing(kind), GROUND, seed="a", view=1)
        assert "<text" not in svg
        used = set(re.findall(r"url\(#(d\d+)\)", svg))
        defined = set(re.findall(r'id="(d\d+)"', svg))
        assert used <= defined, kind


@pytest.mark.parametrize("sign", sorted(set(lettering.LETTERS) - {" "}))
def test_every_letter_is_drawn_within_its_body(sign: str) -> None:
    markup = lettering.line(sign, 50, 50, 40, "#000000", width=90)

    assert lettering.LETTERS[sign][1] in markup
    assert markup.count("<path") == 1


def test_alphabet_is_complete() -> None:
    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789&-' ") == set(lettering.LETTERS)


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Café Ñandú", "CAFE NANDU"), ("kopi 커피", "KOPI"), ("Abah’s  no.1!", "ABAH'S NO1"), ("", "")],
)
def test_foreign_letters_are_folded_or_dropped(text: str, folded: str) -> None:
    assert lettering.fold(text) == folded


def test_long_label_breaks_into_two_even_lines_and_stays_within_its_width() -> None:
    assert lettering.lines_of("Keripik Tempe Sanan") == ["KERIPIK", "TEMPE SANAN"]
    scale = float(re.findall(r"scale\(([\d.]+)\)", lettering.line("M" * 40, 0, 0, 40, "#000000", width=100))[0])
    assert scale * lettering.advance("M" * 40) <= 100


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (drawing("spaceship"), "unknown kind 'spaceship'; known: angklung, "),
        (drawing(pattern="tartan"), "unknown pattern 'tartan'; known: check, "),
        (drawing(prop="cat"), "unknown prop 'cat'; known: beans, "),
    ],
)
def test_unknown_name_is_refused_with_the_known_ones(wrong: Drawing, named: str) -> None:
    with pytest.raises(ValueError, match=re.escape(named)):
        product_picture(wrong, GROUND, seed="a")


@pytest.mark.parametrize("trade", sorted(TRADES))
def test_every_trade_has_its_workshop(trade: str) -> None:
    shown = Image.open(io.BytesIO(maker_picture(seed="a", ground=GROUND, trade=trade, width=320)))

    assert (shown.format, shown.size) == ("JPEG", (320, 180))


def test_workshops_differ_by_seed_and_refuse_an_unknown_trade() -> None:
    one, two = (maker_picture(seed=seed, ground=GROUND, trade="food", width=320) for seed in ("a", "b"))

    assert difference(one, two) > 1
    with pytest.raises(ValueError, match="unknown trade 'war'; known: bags, "):
        maker_picture(seed="a", ground=GROUND, trade="war")
