"""The halal standing of each public product: what lists are filtered by, and what pages compute statuses from.

A listing names its standing (see ``halal.rules``): all that its status depends on, apart from day, destination and
reference facts. There are few standings and many products, so that a change of a reference fact touches no listing,
and a filter is a set of standings. ``standing_until`` is the first day on which a product's own dates may give it
another; from that day on a listing promises nothing until the daily sweep has looked at it, even if the sweep is late.
"""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from app.businesses.models import Business
from app.businesses.models import Scale as BusinessScale
from app.catalogue.models import (
    Category,
    HalalFact,
    HalalStanding,
    Product,
    ProductApplication,
    ProductCertificateItem,
    ProductHalal,
)
from app.cities.models import City
from app.core.database import insert_or_ignore, upsert
from app.halal import rules
from app.halal.models import Application, CertificateItem
from app.halal.queries import facts as halal
from app.halal.rules import ProductFacts, ProductHistory, Span, Standing, Status
from app.halal.vocabulary import GoodsClass, Said, Scale

_SCALES = {
    BusinessScale.MICRO.value: Scale.MICRO_SMALL,
    BusinessScale.SMALL.value: Scale.MICRO_SMALL,
    BusinessScale.MEDIUM.value: Scale.MEDIUM_LARGE,
}
_fact = HalalFact.__table__  # type: ignore[attr-defined]
_standing = HalalStanding.__table__  # type: ignore[attr-defined]
_FACT_COLUMNS = ("goods_class", "scale", "animal", "not_halal", "marked", "made_in")


# --- what is known of products --------------------------------------------------------------------------------------


def read_facts(session: Session, ids: Sequence[int], *, today: dt.date) -> dict[int, ProductFacts]:
    """What the rows of these products, their makers and their makers' answers say now; one statement."""
    statement = (
        select(
            col(Product.id),
            col(Category.goods_class),
            col(Business.scale),
            col(City.country),
            col(ProductHalal.use_as),
            col(ProductHalal.animal),
            col(ProductHalal.pork),
            col(ProductHalal.alcohol),
            col(ProductHalal.declared_not_halal),
            col(ProductHalal.marked),
        )
        .join(Category, col(Category.id) == col(Product.category_id))
        .join(Business, col(Business.id) == col(Product.business_id))
        .join(City, col(City.id) == col(Business.city_id))
        .outerjoin(ProductHalal, col(ProductHalal.product_id) == col(Product.id))
        .where(col(Product.id).in_(ids))
    )
    return {
        row.id: ProductFacts(
            since=today,
            goods_class=GoodsClass(row.use_as or row.goods_class),
            scale=_SCALES.get(row.scale or ""),
            animal=Said(row.animal) if row.animal else None,
            not_halal=bool(row.declared_not_halal) or Said.YES.value in {row.pork, row.alcohol},
            marked=bool(row.marked),
            made_in=row.country,
        )
        for row in session.connection().execute(statement)
    }


def record_facts(session: Session, ids: Sequence[int], *, today: dt.date) -> None:
    """Note what is known of these products now, when it is not what was noted last; a day has one row."""
    present = read_facts(session, ids, today=today)
    noted = _noted_facts(session, ids)
    rows = [
        {"product_id": number, "since": today, **_fact_values(facts)}
        for number, facts in present.items()
        if not noted.get(number) or _fact_values(noted[number][-1]) != _fact_values(facts)
    ]
    upsert(session, _fact, rows, conflict=["product_id", "since"], update=list(_FACT_COLUMNS))


def _fact_values(facts: ProductFacts) -> dict[str, Any]:
    return {
        "goods_class": facts.goods_class.value,
        "scale": facts.scale.value if facts.scale else None,
        "animal": facts.animal.value if facts.animal else None,
        "not_halal": facts.not_halal,
        "marked": facts.marked,
        "made_in": facts.made_in,
    }


def _noted_facts(session: Session, ids: Sequence[int]) -> dict[int, list[ProductFacts]]:
    noted: dict[int, list[ProductFacts]] = defaultdict(list)
    statement = select(_fact).where(_fact.c.product_id.in_(ids)).order_by(_fact.c.product_id, _fact.c.since)
    for row in session.connection().execute(statement):
        noted[row.product_id].append(
            ProductFacts(
                since=row.since,
                goods_class=GoodsClass(row.goods_class),
                scale=Scale(row.scale) if row.scale else None,
                animal=Said(row.animal) if row.animal else None,
                not_halal=row.not_halal,
                marked=row.marked,
                made_in=row.made_in,
            )
        )
    return noted


def read_histories(
    session: Session, ids: Sequence[int], *, current: Mapping[int, ProductFacts] | None = None
) -> dict[int, ProductHistory]:
    """All that is known of these products, for ``rules.assess``; seven statements at most.

    ``current`` gives the facts of products of which nothing was noted yet, because they are not public.
    """
    noted = _noted_facts(session, ids)
    covers = _covers(session, ids)
    certificates = halal.list_certificate_facts(session, {number for each in covers.values() for number in each})
    applied = _applied(session, ids)
    spans = halal.list_application_spans(session, {number for each in applied.values() for number in each})
    return {
        number: ProductHistory(
            facts=tuple(noted.get(number) or ([current[number]] if current and number in current else [])),
            certificates=tuple(
                rules.CertificateFacts(
                    id=certificates[each].id,
                    body=certificates[each].body,
                    issued_on=certificates[each].issued_on,
                    valid_until=certificates[each].valid_until,
                    events=certificates[each].events,
                    covers=tuple(link.linked for link in links),
                    confirmed=tuple(link.confirmed for link in links if link.confirmed is not None),
                    surveillance_due=certificates[each].surveillance_due,
                )
                for each, links in sorted(covers.get(number, {}).items())
            ),
            applications=tuple(
                rules.ApplicationFacts(each, route, tuple(rules.both(spans.get(each, ()), about)))
                for each, (route, about) in sorted(applied.get(number, {}).items())
            ),
        )
        for number in ids
    }


@dataclass(frozen=True, slots=True)
class _Link:
    """The days on which an item was linked with a product, and those on which an official had confirmed that."""

    linked: Span
    confirmed: Span | None


def _covers(session: Session, ids: Sequence[int]) -> dict[int, dict[int, list[_Link]]]:
    """By product and certificate the links of its items with the product."""
    covers: dict[int, dict[int, list[_Link]]] = defaultdict(lambda: defaultdict(list))
    statement = (
        select(
            col(ProductCertificateItem.product_id),
            col(CertificateItem.certificate_id),
            col(ProductCertificateItem.since),
            col(ProductCertificateItem.until),
            col(ProductCertificateItem.confirmed_on),
        )
        .join(CertificateItem, col(CertificateItem.id) == col(ProductCertificateItem.item_id))
        .where(col(ProductCertificateItem.product_id).in_(ids))
        .order_by(col(ProductCertificateItem.id))
    )
    for product, certificate, since, until, confirmed_on in session.connection().execute(statement):
        confirmed = Span(max(since, confirmed_on), until) if confirmed_on is not None else None
        covers[product][certificate].append(_Link(Span(since, until), confirmed))
    return covers


def _applied(session: Session, ids: Sequence[int]) -> dict[int, dict[int, tuple[str, list[Span]]]]:
    """By product and application its route, and the days on which it was about the product."""
    applied: dict[int, dict[int, tuple[str, list[Span]]]] = defaultdict(dict)
    statement = (
        select(
            col(ProductApplication.product_id),
            col(Application.id),
            col(Application.route),
            col(ProductApplication.since),
            col(ProductApplication.until),
        )
        .join(Application, col(Application.id) == col(ProductApplication.application_id))
        .where(col(ProductApplication.product_id).in_(ids))
        .order_by(col(Application.id), col(ProductApplication.since))
    )
    for product, application, route, since, until in session.connection().execute(statement):
        applied[product].setdefault(application, (str(route), []))[1].append(Span(since, until))
    return applied


# --- standings of listings ------------------------------------------------------------------------------------------


def place(session: Session, ids: Sequence[int], *, today: dt.date) -> dict[int, tuple[int, dt.date | None]]:
    """By product the number of its standing today, and the first day that may bring another; makes new standings."""
    found = find_standings(session, ids, today=today)
    numbers = _numbers(session, {digest_of(standing) for standing, _ in found.values()})
    for standing in dict.fromkeys(standing for standing, _ in found.values()):
        digest = digest_of(standing)
        if digest not in numbers:
            insert_or_ignore(session, _standing, {"digest": digest, **_columns(standing)}, conflict=["digest"])
            numbers |= _numbers(session, {digest})
    return {number: (numbers[digest_of(standing)], until) for number, (standing, until) in found.items()}


def find_standings(
    session: Session, ids: Sequence[int], *, today: dt.date
) -> dict[int, tuple[Standing, dt.date | None]]:
    """The standing of each product on a day with its end, computed anew from its history."""
    found = {}
    for number, history in read_histories(session, ids).items():
        standing = rules.standing_of(history, today)
        if standing is not None:
            found[number] = (standing, rules.standing_until(history, today))
    return found


def agrees(standing: Standing, facts: ProductFacts) -> bool:
    """Whether a standing rests on these facts."""
    of_facts = (facts.goods_class, facts.scale, facts.animal, facts.not_halal, facts.made_in)
    return (standing.goods_class, standing.scale, standing.animal, standing.not_halal, standing.made_in) == of_facts


def _numbers(session: Session, digests: Iterable[str]) -> dict[str, int]:
    statement = select(_standing.c.digest, _standing.c.id).where(_standing.c.digest.in_(sorted(digests)))
    return {row[0]: row[1] for row in session.connection().execute(statement)}


def _columns(standing: Standing) -> dict[str, Any]:
    return {
        "goods_class": standing.goods_class.value,
        "scale": standing.scale.value if standing.scale else None,
        "animal": standing.animal.value if standing.animal else None,
        "not_halal": standing.not_halal,
        "made_in": standing.made_in,
        "evidence": sorted([body, phase.value] for body, phase in standing.evidence),
        "in_process": standing.in_process,
    }


def digest_of(standing: Standing) -> str:
    """What a standing is found by."""
    content = json.dumps(_columns(standing), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


# --- the read side --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standings:
    """Every standing with the reference facts of now: answers what a standing comes to for a day and a destination."""

    by_id: Mapping[int, Standing]
    reference: rules.ReferenceFacts
    _known: dict[tuple[dt.date, str], dict[int, Status]] = field(default_factory=dict, repr=False, compare=False)

    def statuses(self, on: dt.date, destination: str = rules.HOME) -> Mapping[int, Status]:
        """The status of every standing at a destination on a day."""
        known = self._known.get((on, destination))
        if known is None:
            known = {
                number: rules.status_of(standing, self.reference, on, destination)
                for number, standing in self.by_id.items()
            }
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            self._known[on, destination] = known
        return known

    def status(self, listing: Any, on: dt.date, destination: str = rules.HOME) -> Status:
        """The status of a listing (a row with ``standing_id`` and ``standing_until``)."""
        if listing.standing_until is not None and listing.standing_until <= on:
            return Status.UNKNOWN
        return self.statuses(on, destination).get(listing.standing_id, Status.UNKNOWN)

    def destinations(self) -> tuple[str, ...]:
        """Countries that something is known about: home first, then by code."""
        named = {fact.destination for fact in self.reference.recognition}
        named |= {rule.country for rule in self.reference.rules}
        return (rules.HOME, *sorted(named - {rules.HOME}))


_MOST_KNOWN = 64


def read_standings(session: Session) -> Standings:
    """All standings and reference facts as they are now."""
    by_id = {
        row.id: Standing(
            goods_class=GoodsClass(row.goods_class),
            scale=Scale(row.scale) if row.scale else None,
            animal=Said(row.animal) if row.animal else None,
            not_halal=row.not_halal,
            made_in=row.made_in,
            evidence=frozenset((body, rules.Phase(phase)) for body, phase in row.evidence),
            in_process=row.in_process,
        )
        for row in session.connection().execute(select(_standing))
    }
    return Standings(by_id, halal.get_reference_facts(session))
