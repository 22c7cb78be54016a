"""Reads the golden table: one line says all that is known of a product, and what its status and reasons must be.

The columns, in the words of the table:

- ``product``: goods class, size of the maker if known, then ``animal=``, ``made_in=``, ``not_halal``, ``marked``;
  `` & `` begins what is known from ``since=`` on. Without ``since`` it is known since 2019.
- ``certificates``: the body, then ``issued``, ``until`` (last valid day), ``due`` (inspection), events, ``linked``
  (from the first event when not said), ``confirmed`` (when an official had confirmed the link: as long as it holds when
  not said; ``unconfirmed``: never); `` & `` begins the next one. They are numbered from 1.
- ``applications``: the route and its stays with the authorities.
- ``reasons``: code, ``#`` number where there are several certificates, ``@`` day, ``?`` if the fact is from memory.
"""

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from app.halal.rules import (
    ApplicationFacts,
    Assessment,
    CertificateEvent,
    CertificateFacts,
    ProductFacts,
    ProductHistory,
    Reason,
    ReferenceFacts,
    Span,
    Status,
    assess,
)
from app.halal.vocabulary import Confidence, EventKind, GoodsClass, Said, Scale

TABLE = Path(__file__).with_name("golden.csv")
KNOWN_SINCE = dt.date(2019, 1, 1)
_EVENTS = {kind.value for kind in EventKind}


@dataclass(frozen=True)
class Case:
    name: str
    history: ProductHistory
    reference: str
    on: dt.date
    destination: str
    status: Status
    rests_on: int | None
    reasons: tuple[str, ...]
    source: str
    why: str

    def assess(self, reference: ReferenceFacts) -> Assessment:
        return assess(self.history, reference, on=self.on, destination=self.destination)

    def tokens(self, assessment: Assessment) -> tuple[str, ...]:
        """The reasons found, written as the table writes them."""
        several = len(self.history.certificates) > 1
        return tuple(sorted(_token(reason, several=several) for reason in assessment.reasons))


def _token(reason: Reason, *, several: bool) -> str:
    number = f"#{reason.certificate_id}" if several and reason.certificate_id is not None else ""
    day = f"@{reason.on}" if reason.on is not None else ""
    remembered = "?" if reason.confidence is Confidence.UNVERIFIED else ""
    return f"{reason.code}{number}{day}{remembered}"


def _facts(text: str) -> ProductFacts:
    goods, *rest = text.split()
    said = dict(word.split("=") for word in rest if "=" in word)
    flags = {word for word in rest if "=" not in word}
    sizes = flags & set(Scale)
    assert flags <= {*Scale, "not_halal", "marked"}, text
    assert said.keys() <= {"animal", "made_in", "since"}, text
    return ProductFacts(
        since=dt.date.fromisoformat(said["since"]) if "since" in said else KNOWN_SINCE,
        goods_class=GoodsClass(goods),
        scale=Scale(sizes.pop()) if sizes else None,
        animal=Said(said["animal"]) if "animal" in said else None,
        not_halal="not_halal" in flags,
        marked="marked" in flags,
        made_in=said.get("made_in", "ID"),
    )


def _span(text: str) -> Span:
    since, _, until = text.partition(" to ")
    return Span(dt.date.fromisoformat(since), dt.date.fromisoformat(until) if until else None)


def _certificate(number: int, text: str) -> CertificateFacts:
    body, *rest = text.split("; ")
    days: dict[str, dt.date] = {}
    events: list[CertificateEvent] = []
    covers: list[Span] = []
    confirmed: list[Span] = []
    never = False
    for part in rest:
        word, _, value = part.partition(" ")
        if word == "linked":
            covers.append(_span(value))
        elif word == "confirmed":
            confirmed.append(_span(value))
        elif part == "unconfirmed":
            never = True
        elif word in _EVENTS:
            events.append(CertificateEvent(EventKind(word), dt.date.fromisoformat(value)))
        else:
            assert word in {"issued", "until", "due"}, part
            days[word] = dt.date.fromisoformat(value)
    covers = covers or [Span(events[0].on)]
    return CertificateFacts(
        id=number,
        body=body,
        issued_on=days.get("issued"),
        valid_until=days.get("until"),
        events=tuple(events),
        covers=tuple(covers),
        confirmed=() if never else tuple(confirmed or covers),
        surveillance_due=days.get("due"),
    )


def _application(number: int, text: str) -> ApplicationFacts:
    route, _, stays = text.partition(" ")
    return ApplicationFacts(number, route, tuple(_span(each) for each in stays.split(", ")))


def _parts(text: str) -> list[str]:
    return text.split(" & ") if text else []


def read_cases() -> list[Case]:
    """Every line of the table."""
    with TABLE.open(newline="", encoding="utf-8") as lines:
        return [
            Case(
                name=row["case"],
                history=ProductHistory(
                    facts=tuple(_facts(each) for each in _parts(row["product"])),
                    certificates=tuple(
                        _certificate(number, each) for number, each in enumerate(_parts(row["certificates"]), 1)
                    ),
                    applications=tuple(
                        _application(number, each) for number, each in enumerate(_parts(row["applications"]), 1)
                    ),
                ),
                reference=row["reference"],
                on=dt.date.fromisoformat(row["on"]),
                destination=row["destination"],
                status=Status(row["status"]),
                rests_on=int(row["rests_on"]) if row["rests_on"] else None,
                reasons=tuple(sorted(row["reasons"].split())),
                source=row["source"],
                why=row["why"],
            )
            for row in csv.DictReader(lines)
        ]


CASES = read_cases()
