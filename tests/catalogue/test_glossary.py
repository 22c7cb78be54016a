from collections.abc import Sequence
from pathlib import Path

import pytest

from app.catalogue.glossary import COLUMNS, Concept, Glossary, glossary, read_concepts
from app.catalogue.tokens import Stemmer, cut
from app.core.languages import Language

SMALL = (
    "goods,,barang,goods,barang,상품,bienes",
    "shoes,goods,sepatu,shoe|shoes,kasut,구두|신발,zapato|zapatos",
    "leather,goods,kulit,leather,kulit,가죽,cuero",
    "leather-shoes,shoes|leather,sepatu kulit,leather shoes,kasut kulit,가죽 구두,zapatos de cuero",
    "clock,goods,jam,clock,jam,시계,reloj",
    "preserve,goods,selai,jam,jem,잼,mermelada",
    "tea,goods,teh,tea,teh,차|홍차,té",
    "health,goods,kesehatan,health,kesihatan,건강,salud",
    "shirt,goods,kemeja,shirt,kemeja,셔츠,camisa",
    "table,goods,meja,table,meja,식탁,mesa",
    "tote-bag,goods,tas jinjing,tote bag,beg jinjing,토트백,bolso tote",
)


def read(folder: Path, rows: Sequence[str], header: str = ",".join(COLUMNS)) -> list[Concept]:
    path = folder / "glossary.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return read_concepts(path)


@pytest.fixture
def small(tmp_path: Path) -> Glossary:
    return Glossary(read(tmp_path, SMALL))


def found(table: Glossary, text: str, language: str = "id") -> list[tuple[str, ...]]:
    return [phrase.concepts for phrase in table.find(cut(text), Language(language))]


def test_the_trade_glossary_names_enough_goods_in_all_five_languages() -> None:
    concepts = glossary().concepts.values()
    assert len(concepts) >= 330
    assert [c.slug for c in concepts if set(c.terms) != set(Language) or not all(c.terms.values())] == []


def test_every_name_of_the_trade_glossary_is_recognised_in_its_own_language() -> None:
    lost = [
        (concept.slug, language.value, name)
        for concept in glossary().concepts.values()
        for language, names in concept.terms.items()
        for name in names
        if not any(concept.slug in phrase.concepts for phrase in glossary().find(cut(name), language))
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Sepatu kulit pria", "id", [("leather-shoes",)]),
        ("sepatu dan kulit", "id", [("shoes",), ("leather",)]),
        ("zapatos cuero", "es", [("leather-shoes",)]),
        ("ZAPATOS de CUERO", "ko", [("leather-shoes",)]),
        ("zapatos y zapatos", "es", [("shoes",), ("shoes",)]),
        ("가죽 구두", "ko", [("leather-shoes",)]),
        ("소가죽구두를 팝니다", "id", [("leather-shoes",)]),
        ("소가죽 구두", "ko", [("leather-shoes",)]),
        ("totebag", "en", [("tote-bag",)]),
        ("tote-bag kanvas", "id", [("tote-bag",)]),
        ("kemejanya", "id", [("shirt",)]),
        ("camisas", "es", [("shirt",)]),
        ("shirts", "id", [("shirt",)]),
        ("camisas", "id", []),
        ("bermeja", "id", []),
    ],
)
def test_phrases_are_found(small: Glossary, text: str, language: str, expected: list[tuple[str, ...]]) -> None:
    assert found(small, text, language) == expected


@pytest.mark.parametrize(
    ("language", "meaning"),
    [("id", "clock"), ("ms", "clock"), ("en", "preserve"), ("ko", "preserve"), ("es", "preserve")],
)
def test_a_false_friend_means_what_it_means_to_the_reader(small: Glossary, language: str, meaning: str) -> None:
    assert found(small, "jam", language) == [(meaning,)]


def test_a_syllable_counts_only_alone_and_a_span_respects_a_space(small: Glossary) -> None:
    assert found(small, "차", "ko") == [("tea",)]
    assert found(small, "자동차", "ko") == []
    assert found(small, "건강", "ko") == [("health",)]
    assert found(small, "수건 강황", "ko") == []


def test_several_concepts_in_one_run_are_told_in_reading_order(small: Glossary) -> None:
    assert found(small, "홍차건강", "ko") == [("tea",), ("health",)]


def test_in_one_run_the_longest_name_wins_over_one_that_begins_before_it(tmp_path: Path) -> None:
    rows = ("beef,,sapi,beef,lembu,소가,res", "leather,,kulit,leather,kulit,가죽신,cuero")
    assert found(Glossary(read(tmp_path, rows)), "소가죽신", "ko") == [("leather",)]


def test_broader_concepts_come_along_once_and_through_all_levels(small: Glossary) -> None:
    phrases = small.find(cut("sepatu kulit, kulit"), Language.ID)
    assert small.tokens_with_broader(phrases) == ("zcleathershoes", "zcshoes", "zcgoods", "zcleather")


def test_a_name_is_not_stemmed_to_the_name_of_another_good(small: Glossary) -> None:
    assert small.stem("kemeja", Stemmer.INDONESIAN) == "kemeja"
    assert small.stem("sepatunya", Stemmer.INDONESIAN) == "sepatu"


def test_a_name_is_not_shortened_to_a_single_word_by_its_function_words(tmp_path: Path) -> None:
    rows = ("tablecloth,,taplak,tablecloth,alas,식탁보,de la mesa",)
    assert found(Glossary(read(tmp_path, rows)), "mesa", "es") == []
    assert found(Glossary(read(tmp_path, rows)), "de la mesa", "es") == [("tablecloth",)]


def test_homonyms_of_one_language_are_both_told(tmp_path: Path) -> None:
    rows = ("bank,,bank,bank,bank,은행,banco", "bench,,bangku,bench,bangku,벤치,banco")
    assert found(Glossary(read(tmp_path, rows)), "bancos", "es") == [("bank", "bench")]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (("Tea,,teh,tea,teh,차,té",), "'Tea' is no concept slug"),
        (("tea,,teh,tea,,차,té",), "tea has no usable name in ms"),
        (("tea,,teh,tea,teh,🍵,té",), "tea has no usable name in ko"),
        (("tea,drinks,teh,tea,teh,차,té",), "tea names drinks as broader"),
        (("tea,tea,teh,tea,teh,차,té",), "tea is broader than itself"),
        (("tea,,teh,tea,teh,차,té", "tea,,teh,tea,teh,차,té"), "tea stands twice"),
        (("t-ea,,teh,tea,teh,차,té", "tea,,teh,tea,teh,차,té"), "differ by hyphens only"),
    ],
)
def test_a_broken_file_is_refused_with_its_reason(tmp_path: Path, rows: Sequence[str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Glossary(read(tmp_path, rows))


def test_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the columns must be concept,broader,id,en,ms,ko,es"):
        read(tmp_path, SMALL, header="concept,id,en,ms,ko,es")
