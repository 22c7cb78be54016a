"""Trades by their KBLI code: a short list of our own that helps to find the right one."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.businesses.models import name_key
from app.core.languages import Language

FILE = Path(__file__).parent / "reference" / "trades.csv"


@dataclass(frozen=True)
class Trade:
    """A five-digit code of KBLI 2020 with plain names."""

    code: str
    names: dict[str, str]
    words: str

    def name(self, language: Language) -> str:
        """The name in a language."""
        return self.names[language.value]


@lru_cache
def all_trades() -> tuple[Trade, ...]:
    """Every trade of the list, by code."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Trade(
                code=row["code"],
                names={language.value: row[f"name_{language.value}"] for language in Language},
                words=row["words"],
            )
            for row in csv.DictReader(file)
        )


def find_trades(words: str) -> tuple[Trade, ...]:
    """Trades that have every one of these words, or the beginning of it, in a name, a search word or the code."""
    wanted = name_key(words).split()
    return tuple(
        trade for trade in all_trades() if all(any(each.startswith(word) for each in _words(trade)) for word in wanted)
    )


@lru_cache
def _by_code() -> dict[str, Trade]:
    return {trade.code: trade for trade in all_trades()}


def trade_label(code: str, language: Language) -> str:
    """A code in words, or nothing when it is not in the list: bare digits tell a reader nothing."""
    trade = _by_code().get(code)
    return trade.name(language) if trade else ""


@lru_cache
def _index() -> dict[str, tuple[str, ...]]:
    return {
        trade.code: tuple(
            word for text in (trade.code, trade.words, *trade.names.values()) for word in name_key(text).split()
        )
        for trade in all_trades()
    }


def _words(trade: Trade) -> tuple[str, ...]:
    return _index()[trade.code]
