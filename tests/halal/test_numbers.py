"""Numbers of certificates: taken as text, looked up by letters and digits, judged by a warning at most."""

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.halal import numbers
from app.halal.numbers import NumberWarning, judge, number_key
from app.halal.schemas.certificates import CertificateEnter
from tests.conftest import data_folder

MUIS = data_folder() / "halal" / "muis_halal_establishments_sg.csv.gz"


@pytest.mark.parametrize(
    ("body", "number", "warning"),
    [
        ("BPJPH", "ID32110001333131122", None),
        ("BPJPH", " id 3211.0001-3331 31122", None),
        ("BPJPH", "ＩＤ３２１１０００１３３３１３１１２２", None),
        ("BPJPH", "ID3211000133313112", NumberWarning.BPJPH_FORM),
        ("BPJPH", "ID321100013331311222", NumberWarning.BPJPH_FORM),
        ("BPJPH", "00230049860209", NumberWarning.OLD_NUMBER),
        ("BPJPH", "LPPOM-00230049860209", NumberWarning.OLD_NUMBER),
        ("BPJPH", "KH 12/2024", NumberWarning.LOOKS_LIKE_DECREE),
        ("MUI", "00230049860209", None),
        ("MUI", "LPPOM-00230049860209", None),
        ("MUI", "MUI-LPPOM-2016-77", None),
        ("MUI", "123", NumberWarning.OLD_FORM),
        ("MUI", "ID32110001333131122", NumberWarning.NEW_NUMBER),
        ("JAKIM", "JAKIM.700-2/3/123-04/2019", None),
        ("KMF", "K-24-0001", None),
        ("KMF", "abc", NumberWarning.NO_DIGITS),
        ("MUIS", "EEHK25120000014", None),
    ],
)
def test_judgement_of_a_number(body: str, number: str, warning: NumberWarning | None) -> None:
    assert judge(body, number) is warning


@pytest.mark.parametrize("number", ["KH-12", "kh 12", "12/KH", "1127001234KH", "Ketetapan Halal 7", "Komite Fatwa 3"])
def test_a_decree_says_so(number: str) -> None:
    assert numbers.is_decree(number)


@pytest.mark.parametrize(
    "number", ["KHA-2024-001", "ID32110001333131122", "EEHK25120000014", "MKH12", "00230049860209"]
)
def test_letters_within_a_word_are_no_decree(number: str) -> None:
    assert not numbers.is_decree(number)


@given(st.text(min_size=1, max_size=80), st.sampled_from(["BPJPH", "MUI", "JAKIM", "KMF", "?"]))
def test_every_text_has_a_key_and_is_judged(number: str, body: str) -> None:
    key = number_key(number)
    assert len(key) <= numbers.MAX_KEY
    assert number_key(key) == key
    assert (key == "") == (number.strip() == "" and not any(each.isalnum() for each in key))
    assert judge(body, number) in {None, *NumberWarning}


@given(st.from_regex(r"ID[0-9]{17}", fullmatch=True), st.lists(st.sampled_from(" .-/"), min_size=18, max_size=18))
def test_signs_between_do_not_count(number: str, between: list[str]) -> None:
    spread = "".join(each for pair in zip(number, [*between, ""], strict=True) for each in pair)
    assert number_key(spread) == number
    assert judge("BPJPH", spread) is None


@pytest.mark.skipif(not MUIS.exists(), reason="the real files are not here; LB_TEST_DATA_DIR names their folder")
def test_every_number_of_a_foreign_register_is_taken_as_text() -> None:
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(MUIS.read_bytes()).decode())))
    assert len(rows) > 3000
    warned = 0
    for row in rows:
        number, holder = row["certificate_number"], row["name"] or "?"
        for body in ("MUIS", "BPJPH"):
            data = CertificateEnter.model_validate(
                {"body": body, "number": number, "holder": holder, "issued_on": "2025-01-01", "items": ["Any"]}
            )
            assert data.number == " ".join(number.split())
            assert number_key(data.number)
            assert not numbers.is_decree(number)
        assert judge("MUIS", number) is None
        warned += judge("BPJPH", number) is NumberWarning.BPJPH_FORM
    assert warned == len(rows)
