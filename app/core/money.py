"""Money: whole smallest units with their currency, never a float, never without the currency."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Self

from babel.numbers import format_currency
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.languages import N_, Language, babel_locale


class Currency(StrEnum):
    """The currencies goods are priced in (ISO 4217)."""

    IDR = "IDR"
    MYR = "MYR"
    KRW = "KRW"
    USD = "USD"

    @classmethod
    def by_code(cls, code: str | None) -> "Currency | None":
        """The currency with this code, or None."""
        return cls._value2member_map_.get(code)  # type: ignore[return-value]

    @property
    def digits(self) -> int:
        """Decimal digits in use: nobody pays part of a rupiah or a won."""
        return 0 if self in {Currency.IDR, Currency.KRW} else 2


MOST_MINOR = 10**18
"""Amounts stay below this, so that every one fits a database's 64 bits."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in smallest units (sen of a ringgit, cents, whole rupiah and won) of one currency."""

    currency: Currency
    minor: int

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: Currency | str) -> Self:
        """Money from an amount in the major unit.

        Raises:
            ValueError: for more decimals than the currency has, or something that is no number.
        """
        unit = Currency(currency)
        try:
            scaled = Decimal(amount).scaleb(unit.digits)
        except InvalidOperation as error:
            msg = f"{amount!r} is no amount"
            raise ValueError(msg) from error
        if not scaled.is_finite() or abs(scaled) >= MOST_MINOR:
            msg = f"{amount!r} is no amount of money"
            raise ValueError(msg)
        if scaled != scaled.to_integral_value():
            msg = f"{currency} has {unit.digits} decimals"
            raise ValueError(msg)
        return cls(currency=unit, minor=int(scaled))

    @property
    def amount(self) -> Decimal:
        """The amount in the major unit with exactly the currency's digits."""
        return Decimal(self.minor).scaleb(-self.currency.digits)

    def convert(self, to: Currency, rate: Decimal) -> "Money":
        """This amount in another currency at ``rate`` (major units of ``to`` for one major unit), half-even rounded."""
        value = (self.amount * rate).scaleb(to.digits).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        return Money(currency=to, minor=int(value))

    def show(self, language: Language) -> str:
        """The amount as the reader writes it, with the digits people use in cash."""
        return _shown(self.minor, self.currency, language)


@lru_cache(maxsize=20_000)
def _shown(minor: int, currency: Currency, language: Language) -> str:
    amount = Decimal(minor).scaleb(-currency.digits)
    locale = babel_locale(language)
    pattern = locale.currency_formats["standard"].pattern
    if not currency.digits:
        pattern = pattern.replace("0.00", "0")
    return format_currency(amount, currency.value, pattern, locale=locale, currency_digits=False)


AmountText = Annotated[str, Field(pattern=r"^\d{1,13}(\.\d{1,2})?$", examples=["125000"])]


class MoneyPublic(BaseModel):
    """Money in JSON: a decimal text in the major unit with exactly the currency's digits, beside the currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: AmountText
    currency: Currency

    @model_validator(mode="after")
    def _fits_currency(self) -> Self:
        try:
            Money.of(self.amount, self.currency)
        except ValueError as error:
            raise PydanticCustomError(
                "money_digits",
                N_("Write %(currency)s with at most %(digits)s decimals."),
                {"currency": self.currency.value, "digits": self.currency.digits},
            ) from error
        return self

    @classmethod
    def from_money(cls, money: Money) -> "MoneyPublic":
        """The JSON form of an amount."""
        return cls.model_construct(amount=str(money.amount), currency=money.currency)

    def to_money(self) -> Money:
        """The amount itself."""
        return Money.of(self.amount, self.currency)
