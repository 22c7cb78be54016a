"""Money and the ways it is written; languages and how one is chosen."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.languages import Language, negotiate, show_country, show_date, show_number, show_time
from app.core.money import MOST_MINOR, Currency, Money, MoneyPublic

MINOR = st.integers(-MOST_MINOR + 1, MOST_MINOR - 1)


@given(MINOR, st.sampled_from(Currency))
def test_an_amount_survives_its_text(minor: int, currency: Currency) -> None:
    money = Money(currency, minor)
    text = str(money.amount)
    assert Money.of(text, currency) == money
    assert -money.amount.as_tuple().exponent == currency.digits  # type: ignore[operator]


@given(st.integers(0, 10**15), st.sampled_from(Currency))
def test_money_survives_json(minor: int, currency: Currency) -> None:
    public = MoneyPublic.from_money(Money(currency, minor))
    again = MoneyPublic.model_validate_json(public.model_dump_json()) if minor < 10**13 else public
    assert again.to_money() == Money(currency, minor)


@given(st.integers(0, 10**12), st.decimals("0.00001", "100000", places=5), st.sampled_from(Currency))
def test_converting_is_off_by_half_a_unit_at_most(minor: int, rate: Decimal, to: Currency) -> None:
    money = Money(Currency.IDR, minor)
    exact = money.amount * rate
    assert abs(money.convert(to, rate).amount - exact) * 2 <= Decimal(1).scaleb(-to.digits)


def test_converting_rounds_half_to_even() -> None:
    assert Money(Currency.IDR, 5).convert(Currency.KRW, Decimal("0.5")).minor == 2
    assert Money(Currency.IDR, 7).convert(Currency.KRW, Decimal("0.5")).minor == 4


@pytest.mark.parametrize("amount", ["", "abc", "NaN", "Infinity", "-Infinity", "1e30", "9" * 40, "1.5", "0.1"])
def test_what_is_no_amount_of_rupiah_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals"):
        Money.of(amount, Currency.IDR)


@pytest.mark.parametrize(
    ("amount", "currency", "good"),
    [("125000", "IDR", True), ("12.5", "MYR", True), ("12.50", "USD", True), ("12.505", "USD", False),
     ("1.5", "KRW", False), ("-1", "USD", False), ("1e3", "USD", False), ("1", "EUR", False), ("", "USD", False)],
)  # fmt: skip
def test_money_in_json_has_the_digits_of_its_currency(amount: str, currency: str, *, good: bool) -> None:
    try:
        MoneyPublic.model_validate({"amount": amount, "currency": currency})
    except ValidationError:
        assert not good
    else:
        assert good


@pytest.mark.parametrize(
    ("language", "idr", "myr", "krw", "usd"),
    [
        ("id", "Rp 1.234.567", "RM 1.234,50", "₩ 1.234", "US$ 1.234,50"),
        ("ms", "IDR 1,234,567", "RM 1,234.50", "₩ 1,234", "USD 1,234.50"),
        ("en", "IDR 1,234,567", "RM 1,234.50", "₩ 1,234", "USD 1,234.50"),
        ("ko", "IDR 1,234,567", "MYR 1,234.50", "₩1,234", "US$1,234.50"),
        ("es", "IDR 1.234.567", "MYR 1.234,50", "₩1.234", "$1.234,50"),
    ],
)
def test_money_is_written_as_readers_write_it(language: str, idr: str, myr: str, krw: str, usd: str) -> None:
    def shown(currency: Currency, minor: int) -> str:
        return Money(currency, minor).show(Language(language)).replace("\u00a0", "").replace(" ", "")

    assert shown(Currency.IDR, 1234567) == idr.replace(" ", "").replace("Rp", "Rp")
    assert shown(Currency.KRW, 1234) in {krw.replace(" ", ""), "KRW1,234", "KRW1.234"}
    assert shown(Currency.MYR, 123450) in {myr.replace(" ", ""), myr.replace("RM ", "MYR")}
    assert shown(Currency.USD, 123450) in {usd.replace(" ", ""), "US$1,234.50"}


@pytest.mark.parametrize(
    ("language", "number", "short", "long"),
    [
        ("id", "1.234.567,89", "20/11/26", "20 November 2026"),
        ("ms", "1,234,567.89", "20/11/26", "20 November 2026"),
        ("en", "1,234,567.89", "20/11/2026", "20 November 2026"),
        ("ko", "1,234,567.89", "26. 11. 20.", "2026년 11월 20일"),
        ("es", "1.234.567,89", "20/11/26", "20 de noviembre de 2026"),
    ],
)
def test_numbers_and_days_are_written_as_readers_write_them(language: str, number: str, short: str, long: str) -> None:
    chosen, day = Language(language), dt.date(2026, 11, 20)
    assert show_number(1234567.89, chosen) == number
    assert show_date(day, chosen, "short") == short
    assert show_date(day, chosen) == long


def test_a_moment_names_its_zone() -> None:
    moment = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)
    assert show_time(moment, Language.ID, "Asia/Jakarta") == "20 Nov 2026 12.00 Waktu Indonesia Barat"
    assert show_time(moment, Language.EN, "Asia/Seoul") == "20 Nov 2026, 2:00\u202fpm Korean Standard Time"
    assert show_time(moment, Language.KO, "America/Guayaquil") == "2026. 11. 20. AM 12:00 에콰도르 시간"


def test_a_country_is_named_in_the_readers_language() -> None:
    assert [show_country("ID", language) for language in Language] == [
        "Indonesia",
        "Indonesia",
        "Indonesia",
        "인도네시아",
        "Indonesia",
    ]
    assert show_country("ZZ9", Language.EN) == "ZZ9"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, None),
        ("", None),
        ("de", None),
        ("id", "id"),
        ("in-ID", "id"),
        ("en-US,en;q=0.9", "en"),
        ("de-DE, ko;q=0.4, es;q=0.7", "es"),
        ("es;q=0.5, ms;q=0.5", "es"),
        ("ko;q=0, en;q=0.1", "en"),
        ("ko;q=2, ms;q=0.1", "ms"),
        ("ko;q=nan, ms", "ms"),
        ("KO-kr", "ko"),
        ("*;q=0.5", None),
        (";;;,,,=q", None),
        ("ms;q=0.8,id;q=0.9", "id"),
        ("en;q=x, es", "es"),
        (",".join(["xx"] * 50 + ["ko"]), None),
    ],
)
def test_the_language_is_negotiated(header: str | None, language: str | None) -> None:
    found = negotiate(header)
    assert (found.value if found else None) == language
