"""Which product a name printed on a certificate is likely to mean: spellings as certificates and shops have them."""

import pytest

from app.catalogue import names
from app.catalogue.names import CHOSEN_FROM, SHOWN_FROM, Why

SAME = [
    # Shouted, with the weight of the pack and words that only packs have.
    ("KERIPIK TEMPE RASA KETUMBAR 150 GR", {"id": "Keripik Tempe Ketumbar"}, "", Why.SAME_WORDS),
    ("BASRENG PEDAS DAUN JERUK", {"id": "Basreng Pedas Daun Jeruk 100 g"}, "", Why.SAME_WORDS),
    ("Madu Hutan Kemasan 350ml", {"id": "Madu Hutan 1 x 350 ml"}, "", Why.SAME_WORDS),
    ("Dodol Garut", {"en": "Garut dodol"}, "", Why.SAME_WORDS),
    ("Pisang Sale", {"id": "Sale Pisang"}, "", Why.SAME_WORDS),
    ("ANGKLUNG SATU OKTAF", {"id": "Set Angklung Satu Oktaf"}, "", Why.SAME_WORDS),
    # The maker's brand belongs to her, not to the good.
    ("KRIPIK TEMPE BU RINI", {"id": "Keripik Tempe"}, "Bu Rini", Why.SAME_MEANING),
    ("Bu Rini", {"id": "Bu Rini"}, "Bu Rini", Why.SAME_WORDS),
    # Other spellings of one word.
    ("Kripik Tempe", {"id": "Keripik Tempe"}, "", Why.SAME_MEANING),
    ("Brownis kukus coklat", {"id": "Brownies Kukus Cokelat"}, "", Why.SPELLING),
    ("Bandrek instan", {"id": "Bandrek instant"}, "", Why.SPELLING),
    ("Ranginang Ketan Itam", {"id": "Rengginang Ketan Hitam"}, "", Why.SPELLING),
]
LIKELY = [
    # The certificate names the good, the shop its flavours; and the other way round.
    ("Keripik Singkong", {"id": "Keripik Singkong Balado"}, Why.WIDER),
    ("Sambal Bawang", {"id": "Sambel Bawang Extra Pedas"}, Why.WIDER),
    ("Keripik Singkong Balado", {"id": "Keripik Singkong"}, Why.NARROWER),
    # Another language, by the glossary.
    ("Teh Hijau", {"en": "Green tea"}, Why.SAME_MEANING),
    ("Kopi Bubuk Robusta 250gr", {"en": "Robusta ground coffee"}, Why.SAME_MEANING),
    ("Kopi Arabika", {"ko": "아라비카 커피"}, Why.SAME_MEANING),
    ("Kopi Arabika", {"es": "Café arábica"}, Why.SAME_MEANING),
    # One word of two is another: shown, never ticked.
    ("Keripik Singkong Pedas", {"id": "Keripik Singkong Manis"}, Why.PARTLY),
    ("Sambal Terasi", {"id": "Sambal Bawang", "en": "Shallot sambal"}, Why.PARTLY),
    ("Abon Sapi", {"id": "Abon Ayam"}, Why.PARTLY),
]
UNLIKE = [
    ("Keripik Pisang", {"id": "Keripik Tempe"}),
    ("Teh Hijau", {"en": "Black tea"}),
    ("Sabun Kopi", {"id": "Kopi Bubuk"}),
    ("Dompet Kulit", {"id": "Keripik Kulit Ayam"}),
    ("Roti Tawar", {"ko": "가죽 지갑"}),
    ("150 gr", {"id": "Keripik Tempe 150 gr"}),
    ("", {"id": "Keripik"}),
    ("Keripik", {}),
]


@pytest.mark.parametrize(("printed", "product", "brand", "why"), SAME)
def test_the_same_good_is_ticked_beforehand(printed: str, product: dict[str, str], brand: str, why: Why) -> None:
    score, because = names.likeness(printed, product, brand=brand)
    assert (score >= CHOSEN_FROM, because) == (True, why), score


@pytest.mark.parametrize(("printed", "product", "why"), LIKELY)
def test_what_may_be_the_same_is_shown_and_not_ticked(printed: str, product: dict[str, str], why: Why) -> None:
    score, because = names.likeness(printed, product)
    assert (SHOWN_FROM <= score < CHOSEN_FROM, because) == (True, why), score


@pytest.mark.parametrize(("printed", "product"), UNLIKE)
def test_other_goods_are_not_suggested(printed: str, product: dict[str, str]) -> None:
    assert names.likeness(printed, product)[0] < SHOWN_FROM
    assert names.suggest(printed, {1: product}) == []


def test_suggestions_come_best_first_and_few() -> None:
    goods = {number: {"id": f"Keripik Singkong Rasa {number}"} for number in range(10, 30)}
    goods[3] = {"id": "Keripik Singkong Balado"}
    goods[4] = {"id": "Kripik Singkong Balado"}
    goods[5] = {"id": "Wayang Golek"}
    found = names.suggest("KERIPIK SINGKONG BALADO 200 GR", goods)
    assert [each.product_id for each in found[:2]] == [3, 4]
    assert len(found) == names.MOST
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


@pytest.mark.parametrize("printed", ["🎋" * 50, "x" * 5000, "ｋｏｐｉ", "한" * 300, "\u202eipok", "0 0 0", "()[]{}"])
def test_any_text_can_be_compared(printed: str) -> None:
    score, _ = names.likeness(printed, {"id": "Kopi Arabika", "ko": "아라비카 커피"})
    assert 0 <= score <= 100
