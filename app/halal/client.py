"""Looking a certificate up: by hand, by a link to the official search, or by asking a register over HTTP.

There is no documented public interface (see docs/halal.md), so asking over HTTP is off until ``LB_HALAL_REGISTER_URL``
names one. What a register answers is recorded with its raw words and judged by ``findings``; it never confirms by
itself, whatever it says.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from app.core import limits
from app.core.config import Settings
from app.core.database import Database
from app.core.http import PATIENCE, OutsideFailure, Patience, UnusableAnswer, fetch
from app.halal import findings
from app.halal.findings import Asked, Finding
from app.halal.vocabulary import CheckResult, Provider

MINUTE = dt.timedelta(minutes=1)
_PLACE = re.compile(r"\{(number|holder|product)\}")


@dataclass(frozen=True)
class Looked:
    """What a register answered: what it comes to, and its raw words as evidence."""

    looked_at: str
    finding: Finding
    raw: bytes
    mime: str


class CertificateChecker(Protocol):
    """A way to look a certificate up."""

    provider: Provider

    def address(self, asked: Asked) -> str:
        """Where a person looks; empty when no address is known."""
        ...

    def look(self, asked: Asked, *, database: Database, now: dt.datetime) -> Looked | None:
        """What the register answers; None when only a person can look.

        Raises:
            TooManyTries: the register was asked often enough for now.
        """
        ...


class ByHand:
    """A person looks at the original, or wherever she knows."""

    provider = Provider.MANUAL

    def address(self, asked: Asked) -> str:  # noqa: ARG002 - nothing is known
        """No address is known."""
        return ""

    def look(self, asked: Asked, *, database: Database, now: dt.datetime) -> Looked | None:
        """Only a person can."""


class ByLink(ByHand):
    """A person follows a link to the official search, the number filled in."""

    provider = Provider.LINK

    def __init__(self, template: str) -> None:
        self._template = template

    def address(self, asked: Asked) -> str:
        """The official search for this certificate."""
        return fill(self._template, asked)


class OverHttp(ByLink):
    """The register is asked by this program, bounded in time, size and number of questions."""

    provider = Provider.HTTP

    def __init__(self, search: str, register: str, *, per_minute: int, patience: Patience = PATIENCE) -> None:
        super().__init__(search)
        self._register = register
        self._per_minute = per_minute
        self._patience = patience

    def look(self, asked: Asked, *, database: Database, now: dt.datetime) -> Looked:
        """What the register answers, or that it did not."""
        limits.hit(database, name="halal-register", who="us", limit=self._per_minute, window=MINUTE, now=now)
        place = self._register.partition("?")[0][:300]
        try:
            answer = fetch(fill(self._register, asked), accept="application/json", patience=self._patience)
        except UnusableAnswer as error:
            return Looked(place, Finding(CheckResult.UNREADABLE, note=str(error)), b"", "")
        except OutsideFailure as error:
            return Looked(place, Finding(CheckResult.UNREACHABLE, note=str(error)), b"", "")
        finding = findings.judge(status=answer.status, content_type=answer.content_type, body=answer.body, asked=asked)
        return Looked(place, finding, answer.body, answer.content_type)


def fill(template: str, asked: Asked) -> str:
    """An address with number, holder and the first product in their places."""
    values = {"number": asked.number, "holder": asked.holder, "product": asked.products[0] if asked.products else ""}
    return _PLACE.sub(lambda place: quote(values[place[1]], safe=""), template)


def checker_of(settings: Settings) -> CertificateChecker:
    """The way that the settings name: over HTTP, by link, or by hand."""
    if settings.halal_register_url:
        return OverHttp(
            settings.halal_search_url, settings.halal_register_url, per_minute=settings.halal_register_per_minute
        )
    return ByLink(settings.halal_search_url) if settings.halal_search_url else ByHand()
