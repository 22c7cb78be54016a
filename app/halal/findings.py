"""What an answer of the halal register says about a certificate. Pure; everything that is not sure is not confirmed.

The form is the one seen in public front-end code of the register (``data.datas[]`` with ``reg_prod_name``,
``pelaku_usaha.nama_pu`` and ``sertifikat.no_sert``); no official description of it is known. A finding never gives a
badge: an official reads it and decides.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.halal.numbers import number_key
from app.halal.vocabulary import CheckResult

OK = 200
MOST_ROWS = 2000
MOST_NAMED = 50
LONGEST = 200
_LEGAL_FORMS = frozenset({"pt", "cv", "ud", "pd", "tbk", "persero", "perseroan", "usaha", "dagang", "toko", "koperasi"})
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json")


@dataclass(frozen=True)
class Asked:
    """What a certificate claims."""

    number: str
    holder: str
    products: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """What an answer comes to."""

    result: CheckResult
    number: str = ""
    holder: str = ""
    products: tuple[str, ...] = ()
    note: str = ""
    """Why, for the official; constant words, nothing of the answer."""


@dataclass(frozen=True)
class _Row:
    number: str
    holder: str
    product: str


class _Unreadable(Exception):
    """The answer says nothing; the text says why."""


def judge(*, status: int, content_type: str, body: bytes, asked: Asked) -> Finding:
    """What an answer says about a certificate: this number, this holder and every product printed, or less."""
    try:
        rows, whole = _read(status, content_type, body)
    except _Unreadable as error:
        return Finding(CheckResult.UNREADABLE, note=str(error))
    same_number = [row for row in rows if number_key(row.number) == number_key(asked.number)]
    company = company_key(asked.holder)
    same_holder = [row for row in same_number if company and company_key(row.holder) == company]
    products = {name_key(row.product) for row in same_holder}
    if same_holder and asked.products and all(name_key(name) in products for name in asked.products):
        return _finding(CheckResult.CONFIRMED, same_holder)
    if same_number and not same_holder:
        return _finding(CheckResult.OTHER_HOLDER, same_number)
    if not whole:
        return _finding(CheckResult.UNREADABLE, same_holder, "only a part of the list came")
    return _finding(CheckResult.OTHER_PRODUCTS if same_holder else CheckResult.NOT_FOUND, same_holder)


def _finding(result: CheckResult, rows: Sequence[_Row], note: str = "") -> Finding:
    if not rows:
        return Finding(result, note=note)
    products = tuple(dict.fromkeys(row.product[:LONGEST] for row in rows))[:MOST_NAMED]
    return Finding(result, rows[0].number[:80], rows[0].holder[:LONGEST], products, note)


def name_key(name: str) -> str:
    """A name as two spellings of it are compared: letters and digits in lower case, single spaces."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(sign if sign.isalnum() else " " for sign in plain).split())


def company_key(name: str) -> str:
    """A company's name without its legal form, so that "PT. Sari Rasa Tbk" is "Sari Rasa"."""
    return " ".join(word for word in name_key(name).split() if word not in _LEGAL_FORMS)


def _read(status: int, content_type: str, body: bytes) -> tuple[list[_Row], bool]:
    """The rows of an answer, and whether these are all there are."""
    if status != OK:
        raise _Unreadable(f"status {status}")
    kind, _, parameters = content_type.lower().partition(";")
    if not _JSON.fullmatch(kind.strip()):
        raise _Unreadable("not JSON by its own word")
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", parameters)
    if charset and charset[1] not in {"utf-8", "utf8"}:
        raise _Unreadable("another character set")
    try:
        answer = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise _Unreadable("another character set") from error
    except (ValueError, RecursionError) as error:
        raise _Unreadable("not JSON, or cut off") from error
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("datas"), list):
        raise _Unreadable("another form")
    if len(data["datas"]) > MOST_ROWS:
        raise _Unreadable("too many entries")
    rows = list(_rows(data["datas"]))
    return rows, _is_whole(data, len(rows))


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _rows(entries: list[Any]) -> Iterator[_Row]:
    for entry in entries:
        yield _Row(
            number=_text(entry, "sertifikat", "no_sert"),
            holder=_text(entry, "pelaku_usaha", "nama_pu"),
            product=_text(entry, "reg_prod_name"),
        )


def _text(entry: Any, *path: str) -> str:
    value = entry
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            raise _Unreadable("another form")
        value = value[name]
    if not isinstance(value, str) or any(unicodedata.category(sign) in {"Cs", "Cc"} for sign in value):
        raise _Unreadable("another form")
    return value


def _is_whole(data: Mapping[str, Any], rows: int) -> bool:
    total, pages = data.get("total_items"), data.get("total_pages", 1)
    if type(total) is not int or type(pages) is not int:
        raise _Unreadable("another form")
    return total <= rows and pages <= 1
