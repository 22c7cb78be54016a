"""The demo's makers and goods in ``app/demo/data``: complete, consistent and true to the reference tables."""

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import phonenumbers
import pytest

from app.demo.drawing import KINDS, PATTERNS, PROPS

APP = Path(__file__).parents[2] / "app"
DATA = APP / "demo" / "data"
REFERENCE = APP / "catalogue" / "reference"
LOCALES = {"id", "en", "ms", "ko", "es"}
BASE_LOCALES = {"id", "en"}
FILES = sorted(DATA.glob("*.toml"))
# A story counts words; Korean writes the same story in about half as many spaced words as English.
STORY_WORDS = {"id": (60, 130), "en": (60, 130), "ms": (60, 130), "ko": (40, 130), "es": (60, 135)}
GOODS_STATES = {"published", "in_review", "draft", "returned"}
UNITS = {"pack", "piece", "pair", "bottle", "jar", "box", "set", "metre", "kg"}
DECIMALS = {"MYR": 2, "KRW": 0, "USD": 2}
HEX = re.compile(r"#[0-9A-F]{6}", re.IGNORECASE)
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HANGUL = re.compile(r"[가-힣]")

Record = dict[str, Any]


def _read(path: Path) -> Record:
    with path.open("rb") as file:
        return tomllib.load(file)


def _table(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


RECORDS = {path.stem: _read(path) for path in FILES}
FAMILIES = {row["slug"]: row["family"] for row in _table("categories.csv")}
ROOTS = {row["slug"] for row in _table("categories.csv") if not row["parent_slug"]}
ATTRIBUTES = {(row["family"], row["key"]): row for row in _table("attributes.csv")}


def _goods() -> Iterator[tuple[str, Record]]:
    for stem, record in RECORDS.items():
        for product in record["products"]:
            yield stem, product


GOODS = [pytest.param(stem, product, id=product["slug"]) for stem, product in _goods()]
MAKERS = [pytest.param(stem, record["maker"], id=stem) for stem, record in RECORDS.items()]


def _repeated(values: Iterator[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


def _value_fits(value: object, row: dict[str, str]) -> bool:
    match row["kind"]:
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        case "flag":
            return isinstance(value, bool)
        case "choice":
            return value in row["choices"].split("|")
        case "text":
            return isinstance(value, str) and bool(value.strip())
    return False


def test_demo_holds_enough_makers_goods_and_languages() -> None:
    goods = [product for _, product in _goods()]

    assert len(RECORDS) >= 40
    assert len(goods) >= 240
    assert sum(1 for product in goods if product["name"].keys() == LOCALES) >= 40
    assert sum(1 for record in RECORDS.values() if record["maker"]["story"].keys() == LOCALES) >= 12


def test_identifiers_are_unique_over_all_files() -> None:
    makers = [record["maker"] for record in RECORDS.values()]

    for key in ("slug", "brand", "legal_name", "nib", "phone", "email"):
        assert _repeated(maker[key] for maker in makers) == [], key
    assert _repeated(product["slug"] for _, product in _goods()) == []
    assert _repeated(variant["sku"] for _, product in _goods() for variant in product["variants"]) == []
    assert _repeated(f"{stem}: {product['name']['id']}" for stem, product in _goods()) == []


def test_queues_of_the_official_are_alive() -> None:
    makers = Counter(record["maker"]["state"] for record in RECORDS.values())
    goods = Counter(product["state"] for _, product in _goods())

    assert makers.keys() == {"verified", "submitted", "draft", "returned"}
    assert makers["submitted"] >= 3
    assert goods.keys() == GOODS_STATES
    assert goods["in_review"] >= 5
    assert makers["verified"] > len(RECORDS) / 2
    assert goods["published"] > len(GOODS) / 2


@pytest.mark.parametrize(("stem", "maker"), MAKERS)
def test_maker_is_complete(stem: str, maker: Record) -> None:
    assert maker["slug"] == stem
    assert SLUG.fullmatch(stem)
    assert re.fullmatch(r"[0-9]{13}", maker["nib"])
    assert maker["kbli"]
    assert all(re.fullmatch(r"[0-9]{5}", code) for code in maker["kbli"])
    assert maker["scale"] in {"micro", "small", "medium"}
    assert re.fullmatch(r"32\.(73|77|04|17)\.[0-9]{2}", maker["kecamatan"])
    assert 1950 <= maker["year"] <= 2026
    assert maker["state"] in {"draft", "submitted", "verified", "returned"}
    assert ("return_reason" in maker) == (maker["state"] == "returned")
    assert HEX.fullmatch(maker["ground"])
    assert maker["light"] in {"left", "right"}
    assert maker["employees"] >= 1


@pytest.mark.parametrize(("stem", "maker"), MAKERS)
def test_maker_contacts_can_reach_nobody(stem: str, maker: Record) -> None:
    number = phonenumbers.parse(maker["phone"], None)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    assert e164.startswith(("+628110000", "+628110001"))
    assert maker["email"].endswith(f"@{stem}.example")
    assert maker.get("website", f"https://{stem}.example").endswith(".example")


@pytest.mark.parametrize(("stem", "maker"), MAKERS)
def test_maker_story_is_told_in_the_base_languages(stem: str, maker: Record) -> None:
    story = maker["story"]

    assert BASE_LOCALES <= story.keys() <= LOCALES, stem
    for locale, text in story.items():
        least, most = STORY_WORDS[locale]
        assert least <= len(text.split()) <= most, (stem, locale)
    assert "ko" not in story or HANGUL.search(story["ko"])


@pytest.mark.parametrize("stem", list(RECORDS))
def test_maker_shows_five_to_eight_goods_on_a_ground_of_its_own(stem: str) -> None:
    goods = RECORDS[stem]["products"]
    grounds = Counter(record["maker"]["ground"].upper() for record in RECORDS.values())

    assert 5 <= len(goods) <= 8
    assert grounds[RECORDS[stem]["maker"]["ground"].upper()] == 1


@pytest.mark.parametrize("stem", list(RECORDS))
def test_no_goods_of_an_unverified_maker_are_public(stem: str) -> None:
    record = RECORDS[stem]

    if record["maker"]["state"] != "verified":
        assert [product["slug"] for product in record["products"] if product["state"] == "published"] == []


@pytest.mark.parametrize(("stem", "product"), GOODS)
def test_texts_are_in_the_same_languages(stem: str, product: Record) -> None:
    locales = product["name"].keys()

    assert BASE_LOCALES <= locales <= LOCALES, stem
    for key in ("summary", "story", "materials", "alt", *({"care"} & product.keys())):
        assert product[key].keys() == locales, key
    texts = [text for key in ("name", "summary", "story", "materials", "alt") for text in product[key].values()]
    assert [text for text in texts if text != text.strip() or not text] == []
    if "ko" in locales:
        keys = ("name", "summary", "story", "materials", "alt")
        assert [key for key in keys if not HANGUL.search(product[key]["ko"])] == []


@pytest.mark.parametrize(("stem", "product"), GOODS)
def test_category_and_attributes_fit_the_reference(stem: str, product: Record) -> None:
    assert product["category"] in FAMILIES, stem
    assert product["category"] not in ROOTS
    family = FAMILIES[product["category"]]
    known = {key: row for (owner, key), row in ATTRIBUTES.items() if owner == family}

    assert product["attributes"].keys() <= known.keys()
    assert [key for key, value in product["attributes"].items() if not _value_fits(value, known[key])] == []
    assert {key for key, row in known.items() if row["required"] == "1"} <= product["attributes"].keys()


@pytest.mark.parametrize(("stem", "product"), GOODS)
def test_trade_facts_are_sound(stem: str, product: Record) -> None:
    assert SLUG.fullmatch(product["slug"]), stem
    assert re.fullmatch(r"[0-9]{6}", product["hs"])
    assert 1 <= int(product["hs"][:2]) <= 97
    assert product["unit"] in UNITS
    assert product["state"] in GOODS_STATES
    assert ("return_reason" in product) == (product["state"] == "returned")
    assert product["visibility"] in {"public", "signed_in", "approved", "on_request"}
    assert product["moq"] >= 1
    assert product["order_multiple"] >= 1
    assert product["moq"] % product["order_multiple"] == 0
    assert product["capacity_per_month"] >= product["moq"]
    assert product["lead_days"] >= 1
    assert product["weight_g"] >= product["attributes"].get("net_weight", 0)
    assert len(product["size_mm"]) == 3
    assert all(side > 0 for side in product["size_mm"])


@pytest.mark.parametrize(("stem", "product"), GOODS)
def test_perishable_goods_name_their_shelf_life(stem: str, product: Record) -> None:
    if FAMILIES[product["category"]] in {"food", "drink", "beauty"}:
        assert product["shelf_life_days"] > 0, stem


@pytest.mark.parametrize(("stem", "product"), GOODS)
def test_prices_fall_with_quantity(stem: str, product: Record) -> None:
    tiers = product["tiers"]

    assert tiers[0] == [1, product["price_idr"]], stem
    for (quantity, price), (more, lower) in pairwise(tiers):
        assert more > quantity
        assert 0 < lower < price
    for currency, amount in product.get("prices", {}).items():
        _, _, decimals = amount.partition(".")
        assert len(decimals) == DECIMALS[currency]
        assert float(amount) > 0


@pytest.mark.parametrize(("stem", "product"), GOODS)
def test_variants_differ_in_one_kind_of_option(stem: str, product: Record) -> None:
    variants = product["variants"]
    options = [tuple(sorted(variant.get("options", {}).items())) for variant in variants]

    assert 1 <= len(variants) <= 8, stem
    assert len(set(options)) == len(variants)
    assert len({tuple(key for key, _ in option) for option in options}) == 1
    assert {key for option in options for key, _ in option} <= {"size", "colour", "flavour", "weight"}
    assert all(variant.get("price_idr", product["price_idr"]) > 0 for variant in variants)


@pytest.mark.parametrize(("stem", "product"), GOODS)
def test_drawing_can_be_drawn(stem: str, product: Record) -> None:
    drawing = product["drawing"]

    assert drawing.keys() == {"kind", "colour", "accent", "pattern", "label", "prop"}, stem
    assert drawing["kind"] in KINDS
    assert drawing["pattern"] in PATTERNS
    assert drawing["prop"] in PROPS
    assert HEX.fullmatch(drawing["colour"])
    assert HEX.fullmatch(drawing["accent"])


def test_no_two_goods_of_a_maker_are_drawn_alike() -> None:
    assert (
        _repeated(
            f"{stem}: {product['drawing']['kind']} {product['drawing']['colour'].upper()}" for stem, product in _goods()
        )
        == []
    )


@pytest.mark.parametrize(("stem", "product"), GOODS)
def test_texts_promise_neither_halal_nor_health(stem: str, product: Record) -> None:
    texts = [text for key in ("name", "summary", "story", "alt") for text in product[key].values()]
    promise = re.compile(
        r"\bhalal\b|할랄|menyembuhkan|\bkhasiat\b|\bcures?\b|\bheals?\b|치료|효능|\bcura\b", re.IGNORECASE
    )

    assert [text for text in texts if promise.search(text)] == [], stem
