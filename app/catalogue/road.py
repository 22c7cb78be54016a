"""Where each product of a maker stands on the road to a certificate: status, by when, which route, what next.

Everything is computed from rows, reference facts and the day; a constant number of statements for any number of goods.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.businesses.models import Business
from app.catalogue import names, routes
from app.catalogue.models import ProductHalal
from app.catalogue.names import Why
from app.catalogue.queries import halal as queries
from app.catalogue.queries.halal import Good, Judged, Link, Paper
from app.catalogue.queries.halal_public import HalalReference, get_halal
from app.catalogue.routes import Deadline, Next, RouteVerdict, Situation
from app.halal.models import Application
from app.halal.rules import Status
from app.halal.vocabulary import CertificateState, Route, Stage

LIKELY_FROM = 78
"""From this score on a certificate is said to be likely to cover a product."""
_COUNTING = frozenset({CertificateState.CLAIMED, CertificateState.VERIFIED, CertificateState.SUSPENDED})


@dataclass(frozen=True)
class Candidate:
    """An item of a certificate that may name a product."""

    paper: Paper
    item_id: int
    item: str
    score: int
    why: Why


@dataclass(frozen=True)
class OnRoad:
    """One product with all that decides what to do about it."""

    good: Good
    judged: Judged
    answers: ProductHalal | None
    links: tuple[Link, ...]
    refusals: tuple[Link, ...]
    """Matches that an official ended, where the product is matched with nothing since."""
    candidates: tuple[Candidate, ...]
    """Of certificates that are not linked with it, the likeliest first."""
    applications: tuple[Application, ...]
    """The newest first."""
    deadline: Deadline | None
    declare: RouteVerdict
    regular: RouteVerdict
    next: Next
    urgency: tuple[int, int]

    @property
    def status(self) -> Status:
        """At home today."""
        return self.judged.assessment.status

    @property
    def needs(self) -> bool:
        """Whether it needs something of its maker."""
        return routes.needs(self.status, self.next)

    @property
    def application(self) -> Application | None:
        """The journey that decides what is next."""
        return current_application(self.applications)


@dataclass(frozen=True)
class Road:
    """The goods of a maker, the most urgent first."""

    rows: tuple[OnRoad, ...]
    papers: tuple[Paper, ...]
    reference: HalalReference
    on: dt.date


def look(session: Session, business: Business, *, on: dt.date, only: Collection[int] | None = None) -> Road:
    """Where a maker's goods stand, all that are not archived or ``only`` these."""
    halal = get_halal(session, on=on)
    reference = halal.reference.standings.reference
    goods = queries.list_goods(session, business.id, only=only)
    ids = [good.id for good in goods]
    judged = queries.judge_goods(session, ids, reference, today=on)
    answered = queries.list_answered(session, ids)
    applied = queries.list_applications_of(session, ids)
    papers = queries.list_papers(session, business.id)
    links: dict[int, list[Link]] = defaultdict(list)
    ended: dict[int, list[Link]] = defaultdict(list)
    for link in queries.list_links(session, ids, ended=True):
        (links if link.until is None else ended)[link.product_id].append(link)
    rows = []
    for good in goods:
        facts = judged[good.id].facts
        status = judged[good.id].assessment.status
        answers = answered.get(good.id)
        declare, regular = routes.judge(facts, answers.route if answers else {}, has_nib=bool(business.nib))
        found = () if status is Status.CERTIFIED else _candidates(good, papers, links[good.id], business.brand, on)
        refusals = () if links[good.id] else tuple(link for link in ended[good.id] if link.refusal)
        application = current_application(applied.get(good.id, ()))
        deadline = routes.deadline_of(facts, reference, on)
        ends_on = judged[good.id].ends_on
        step = routes.next_step(
            Situation(
                status=status,
                facts=facts,
                codes=frozenset(reason.code for reason in judged[good.id].assessment.reasons),
                answered=answers is not None,
                candidates=sum(each.score >= LIKELY_FROM for each in found),
                refused=any(
                    link.until is not None and (on - link.until).days < routes.REFUSAL_DAYS for link in refusals
                ),
                ends_on=ends_on,
                application=(Route(application.route), Stage(application.stage)) if application else None,
                verdict=declare.verdict,
                on=on,
            )
        )
        rows.append(
            OnRoad(
                good=good,
                judged=judged[good.id],
                answers=answers,
                links=tuple(links[good.id]),
                refusals=refusals,
                candidates=found,
                applications=tuple(applied.get(good.id, ())),
                deadline=deadline,
                declare=declare,
                regular=regular,
                next=step,
                urgency=routes.urgency(status, step, deadline, ends_on, on),
            )
        )
    rows.sort(key=lambda row: (*row.urgency, row.good.name.casefold(), row.good.id))
    return Road(tuple(rows), tuple(papers), halal.reference, on)


def current_application(applications: Iterable[Application]) -> Application | None:
    """The newest journey that is open, or that led to a certificate which is not entered here."""
    for each in applications:
        if each.closed_on is None or (each.stage == Stage.CERTIFICATE_ISSUED and each.certificate_id is None):
            return each
    return None


def _candidates(
    good: Good, papers: Sequence[Paper], links: Sequence[Link], brand: str, on: dt.date
) -> tuple[Candidate, ...]:
    linked = {link.certificate_id for link in links}
    found = []
    for paper in papers:
        over = paper.valid_until is not None and paper.valid_until < on
        if paper.state not in _COUNTING or paper.id in linked or over:
            continue
        for item_id, item in paper.items:
            score, why = names.likeness(item, good.names, brand=brand)
            if score >= names.SHOWN_FROM:
                found.append(Candidate(paper, item_id, item, score, why))
    return tuple(sorted(found, key=lambda each: (-each.score, each.item_id))[: names.MOST])


def propose(paper: Paper, goods: Sequence[Good], *, brand: str) -> Mapping[int, tuple[names.Suggestion, ...]]:
    """By item of a certificate the products that it may name, the likeliest first."""
    known = {good.id: good.names for good in goods}
    return {item_id: tuple(names.suggest(item, known, brand=brand)) for item_id, item in paper.items}
