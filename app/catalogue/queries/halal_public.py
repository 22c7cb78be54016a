"""What buyers read about halal: statuses of now, confirmed certificates, and the goods that they cover.

Only certificates that an official once confirmed are public; a claimed one is known to its maker and the city alone.
"""

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from app.businesses.models import Business, BusinessState
from app.catalogue.models import Listing, ProductCertificateItem
from app.catalogue.queries.reference import kept_for
from app.catalogue.standings import Standings, read_histories, read_standings
from app.core.errors import NotFound
from app.core.versions import public_version
from app.halal import rules
from app.halal.models import Body, Certificate, CertificateItem, Check
from app.halal.numbers import number_key
from app.halal.queries import facts
from app.halal.rules import Assessment, CertificateFacts, Phase, Status
from app.halal.vocabulary import CertificateState, CheckResult, GoodsClass

PUBLIC_STATES = tuple(
    state.value
    for state in (
        CertificateState.VERIFIED,
        CertificateState.SUSPENDED,
        CertificateState.REVOKED,
        CertificateState.SUPERSEDED,
    )
)
"""States in which a certificate has a page of its own: an official confirmed it, whatever became of it."""
CERTIFIED = frozenset({Status.CERTIFIED, Status.CERTIFIED_RECOGNITION_UNKNOWN, Status.CERTIFIED_NOT_RECOGNISED})
"""Statuses that rest on a live certificate."""
FIRST_DESTINATIONS = ("MY", "KR", "EC", rules.HOME)
"""Where the programme sells, before other countries that something is known about."""
_listing = Listing.__table__  # type: ignore[attr-defined]
_certificate = Certificate.__table__  # type: ignore[attr-defined]


# --- what every list needs ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HalalReference:
    """What statuses are told by, as of one public version."""

    version: int
    standings: Standings
    bodies: Mapping[str, str]
    """Names by code."""

    def destinations(self, first: str | None = None) -> tuple[str, ...]:
        """Where to show statuses for: the country asked for, those the programme sells in, then the others known."""
        wanted = (*((first,) if first else ()), *FIRST_DESTINATIONS, *self.standings.destinations())
        return tuple(dict.fromkeys(wanted))


@dataclass(frozen=True)
class HalalDay:
    """The same on one day in Bandung."""

    reference: HalalReference
    on: dt.date

    def status(self, row: Any, destination: str = rules.HOME) -> Status:
        """The status of a listing."""
        return self.reference.standings.status(row, self.on, destination)

    def statuses(self, destination: str = rules.HOME) -> Mapping[int, Status]:
        """The status of every standing; what is not among them is unknown."""
        return self.reference.standings.statuses(self.on, destination)

    def standings_with(self, status: Status, destination: str = rules.HOME) -> frozenset[int]:
        """The standings that come to a status; 0, nothing known, among them when that is ``unknown``."""
        found = {number for number, each in self.statuses(destination).items() if each is status}
        return frozenset(found | {0} if status is Status.UNKNOWN else found)

    def goods_class(self, row: Any) -> GoodsClass | None:
        """What kind of goods the law takes a listing for; None when nothing is known."""
        standing = self.reference.standings.by_id.get(row.standing_id)
        return standing.goods_class if standing else None


class _Kept(threading.local):
    value: HalalReference | None = None
    scope: str = ""


_kept = _Kept()


def get_halal(session: Session, *, on: dt.date, version: int | None = None) -> HalalDay:
    """What statuses are told by on a day; read once for each public version."""
    version = public_version(session) if version is None else version
    scope = kept_for(session)
    if scope is None:
        return HalalDay(_read(session, version), on)
    if _kept.value is None or _kept.value.version != version or _kept.scope != scope:
        _kept.value, _kept.scope = _read(session, version), scope
    return HalalDay(_kept.value, on)


def _read(session: Session, version: int) -> HalalReference:
    names = select(col(Body.code), col(Body.name)).where(col(Body.current))
    bodies: dict[str, str] = {row[0]: row[1] for row in session.connection().execute(names)}
    return HalalReference(version=version, standings=read_standings(session), bodies=bodies)


# --- one product ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProductHalal:
    """What is known of one product on a day."""

    assessments: Mapping[str, Assessment]
    """By destination, in the order to show them."""
    certificates: Mapping[int, "PublicCertificate"]
    """Those of the product that are public, by number."""

    @property
    def at_home(self) -> Assessment:
        """The status where the goods are made."""
        return self.assessments[rules.HOME]

    def deciding(self, destination: str = rules.HOME) -> "PublicCertificate | None":
        """The certificate that a status rests on, when it rests on one."""
        number = self.assessments[destination].certificate_id
        return self.certificates.get(number) if number is not None else None


def get_product_halal(
    session: Session, product_id: int, halal: HalalDay, *, destinations: Sequence[str]
) -> ProductHalal:
    """The statuses of a public product at home and at destinations with their reasons."""
    history = read_histories(session, [product_id])[product_id]
    assessments = {
        destination: rules.assess(history, halal.reference.standings.reference, on=halal.on, destination=destination)
        for destination in dict.fromkeys((*destinations, rules.HOME))
    }
    covering = [each.id for each in history.certificates if any(span.covers(halal.on) for span in each.covers)]
    return ProductHalal(assessments, read_certificates(session, covering))


@dataclass(frozen=True)
class CertificateName:
    """As much of a confirmed certificate as lists name."""

    public_id: str
    body: str
    number: str


def find_deciding(
    session: Session, rows: Sequence[Any], halal: HalalDay, destination: str = rules.HOME
) -> dict[int, CertificateName]:
    """By product the certificate that its status rests on; of several the one that holds longest.

    ``rows`` have ``product_id``, ``standing_id`` and ``standing_until``. One statement when one of them is certified.
    """
    statuses = {row.product_id: halal.status(row, destination) for row in rows}
    certified = {row.product_id: row.standing_id for row in rows if statuses[row.product_id] in CERTIFIED}
    if not certified:
        return {}
    link, on = ProductCertificateItem, halal.on
    statement = (
        select(
            col(link.product_id),
            _certificate.c.public_id,
            _certificate.c.body,
            _certificate.c.number,
            _certificate.c.state,
        )
        .select_from(ProductCertificateItem)
        .join(CertificateItem, col(CertificateItem.id) == col(link.item_id))
        .join(Certificate, _certificate.c.id == col(CertificateItem.certificate_id))
        .where(
            col(link.product_id).in_(sorted(certified)),
            col(link.since) <= on,
            or_(col(link.until).is_(None), col(link.until) > on),
            col(link.confirmed_on) <= on,
            or_(_certificate.c.issued_on.is_(None), _certificate.c.issued_on <= on),
            or_(_certificate.c.valid_until.is_(None), _certificate.c.valid_until >= on),
        )
        # Those that hold longest first, on both databases.
        .order_by(
            _certificate.c.valid_until.is_not(None),
            _certificate.c.valid_until.desc(),
            _certificate.c.id,
        )
    )
    found: dict[int, CertificateName] = {}
    giving: dict[tuple[int, str], bool] = {}
    reference = halal.reference.standings
    for product, public_id, body, number, state in session.connection().execute(statement):
        # Not asked in the statement: SQLite would begin with all confirmed certificates instead of these few goods.
        if state != CertificateState.VERIFIED.value:
            continue
        standing = certified[product]
        if (standing, body) not in giving:
            alone = replace(reference.by_id[standing], evidence=frozenset({(body, Phase.LIVE)}), in_process=False)
            status = rules.status_of(alone, reference.reference, on, destination)
            giving[standing, body] = status is reference.statuses(on, destination)[standing]
        if product not in found and giving[standing, body]:
            found[product] = CertificateName(public_id, body, number)
    return found


# --- certificates ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CheckMade:
    """Somebody of the city looked a certificate up."""

    provider: str
    looked_at: str
    result: CheckResult
    found_number: str
    found_holder: str
    at: dt.datetime


@dataclass(frozen=True)
class PublicCertificate:
    """A certificate as everybody may see it: without its decree, file, notes and people."""

    id: int
    public_id: str
    body: str
    number: str
    holder: str
    issued_on: dt.date | None
    valid_until: dt.date | None
    surveillance_due: dt.date | None
    state: CertificateState
    decided_at: dt.datetime | None
    business_id: int
    business_name: str
    business_slug: str | None
    """Of her page, when it is public."""
    facts: CertificateFacts
    checks: tuple[CheckMade, ...] = ()
    """Newest first; only the newest where several certificates are read."""

    def phase(self, on: dt.date) -> Phase:
        """What it is worth on a day."""
        return rules.phase_on(self.facts, on)


_COLUMNS: tuple[Any, ...] = (
    _certificate.c.id,
    _certificate.c.public_id,
    _certificate.c.body,
    _certificate.c.number,
    _certificate.c.holder,
    _certificate.c.issued_on,
    _certificate.c.valid_until,
    _certificate.c.surveillance_due,
    _certificate.c.state,
    _certificate.c.decided_at,
    _certificate.c.business_id,
    col(Business.brand).label("business_name"),
    col(Business.slug).label("slug"),
    col(Business.state).label("business_state"),
)


def _public(*where: Any) -> Any:
    return (
        select(*_COLUMNS)
        .join(Business, col(Business.id) == _certificate.c.business_id)
        .where(_certificate.c.state.in_(PUBLIC_STATES), col(Business.state) == BusinessState.VERIFIED.value, *where)
    )


def _read_public(session: Session, statement: Any, *, checks: int) -> list[PublicCertificate]:
    """Certificates in the order of a statement; ``checks``: 0 none of them, 1 the newest of each, 2 all."""
    rows = session.connection().execute(statement).all()
    known = facts.list_certificate_facts(session, [row.id for row in rows])
    made = _checks(session, [row.id for row in rows], newest=checks == 1) if checks else {}
    return [
        PublicCertificate(
            id=row.id,
            public_id=row.public_id,
            body=row.body,
            number=row.number,
            holder=row.holder,
            issued_on=row.issued_on,
            valid_until=row.valid_until,
            surveillance_due=row.surveillance_due,
            state=CertificateState(row.state),
            decided_at=row.decided_at,
            business_id=row.business_id,
            business_name=row.business_name,
            business_slug=row.slug if row.business_state == BusinessState.VERIFIED.value else None,
            facts=known[row.id],
            checks=tuple(made.get(row.id, ())),
        )
        for row in rows
    ]


def _checks(session: Session, ids: Sequence[int], *, newest: bool) -> dict[int, list[CheckMade]]:
    if not ids:
        return {}
    statement = select(
        col(Check.certificate_id),
        col(Check.provider),
        col(Check.looked_at),
        col(Check.result),
        col(Check.found_number),
        col(Check.found_holder),
        col(Check.checked_at),
    ).where(col(Check.certificate_id).in_(ids))
    if newest:
        last = select(func.max(col(Check.id))).where(col(Check.certificate_id).in_(ids))
        statement = statement.where(col(Check.id).in_(last.group_by(col(Check.certificate_id))))
    made: dict[int, list[CheckMade]] = defaultdict(list)
    for number, provider, looked_at, result, found_number, holder, at in session.connection().execute(
        statement.order_by(col(Check.id).desc())
    ):
        made[number].append(CheckMade(str(provider), looked_at, CheckResult(result), found_number, holder, at))
    return made


def read_certificates(session: Session, ids: Iterable[int]) -> dict[int, PublicCertificate]:
    """Those of these certificates that are public, by number, each with its newest check."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    statement = _public(_certificate.c.id.in_(wanted))
    return {each.id: each for each in _read_public(session, statement, checks=1)}


def get_public_certificate(session: Session, public_id: str) -> PublicCertificate:
    """A confirmed certificate with all its checks.

    Raises:
        NotFound: there is none, or it is not public.
    """
    found = _read_public(session, _public(_certificate.c.public_id == public_id), checks=2)
    if not found:
        raise NotFound
    return found[0]


def find_successor(session: Session, certificate: PublicCertificate) -> PublicCertificate | None:
    """The confirmed certificate that replaced this one, or None."""
    if certificate.state is not CertificateState.SUPERSEDED:
        return None
    statement = _public(_certificate.c.supersedes_id == certificate.id).order_by(_certificate.c.id.desc()).limit(1)
    return next(iter(_read_public(session, statement, checks=0)), None)


def find_by_number(session: Session, number: str) -> list[PublicCertificate]:
    """Confirmed certificates with this number, however it is written; those in force first. No guesses."""
    if not number.strip():
        return []
    order = {state: place for place, state in enumerate(PUBLIC_STATES)}
    statement = _public(_certificate.c.number_key == number_key(number)).order_by(_certificate.c.id.desc()).limit(MOST)
    return sorted(_read_public(session, statement, checks=1), key=lambda each: order[each.state.value])


MOST = 20
"""Certificates shown for one question."""


def search_certificates(session: Session, words: str) -> list[PublicCertificate]:
    """Confirmed certificates whose holder, or one of whose printed names, has all these words in it."""
    parts = words.split()[:8]
    if not parts:
        return []
    # Lower case of the database folds no more than ASCII on SQLite: enough for names as certificates print them.
    holder, brand = func.lower(_certificate.c.holder), func.lower(col(Business.brand))
    item = func.lower(col(CertificateItem.name))
    printed = (
        select(col(CertificateItem.certificate_id))
        .where(
            col(CertificateItem.removed_at).is_(None),
            *(item.contains(part.lower(), autoescape=True) for part in parts),
        )
        .limit(MOST * 10)
    )
    named = [and_(*(column.contains(part.lower(), autoescape=True) for part in parts)) for column in (holder, brand)]
    statement = _public(or_(*named, _certificate.c.id.in_(printed)))
    live = statement.where(_certificate.c.state == CertificateState.VERIFIED.value)
    return _read_public(session, live.order_by(_certificate.c.id.desc()).limit(MOST), checks=1)


def list_of_business(session: Session, business_id: int) -> list[PublicCertificate]:
    """A maker's confirmed certificates that were not replaced or revoked, newest first."""
    states = (CertificateState.VERIFIED.value, CertificateState.SUSPENDED.value)
    statement = _public(_certificate.c.business_id == business_id, _certificate.c.state.in_(states))
    return _read_public(session, statement.order_by(_certificate.c.id.desc()).limit(MOST), checks=0)


# --- what a certificate covers --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CoveredItem:
    """A product name as printed, with the public goods that an official confirmed it to mean."""

    id: int
    name: str
    goods: tuple[Any, ...]
    """Rows with slug, names, standing_id and standing_until."""


MOST_GOODS = 200
"""Goods shown on the page of one certificate; the rest is in the JSON."""
_GOODS = (
    _listing.c.product_id,
    _listing.c.slug,
    _listing.c.names,
    _listing.c.standing_id,
    _listing.c.standing_until,
)


def list_items(session: Session, certificate: PublicCertificate, *, on: dt.date) -> tuple[CoveredItem, ...]:
    """What a certificate names, in the order printed, with the public goods behind each name today."""
    names = (
        session.connection()
        .execute(
            select(col(CertificateItem.id), col(CertificateItem.name))
            .where(col(CertificateItem.certificate_id) == certificate.id, col(CertificateItem.removed_at).is_(None))
            .order_by(col(CertificateItem.id))
        )
        .all()
    )
    goods: dict[int, list[Any]] = defaultdict(list)
    for row in session.connection().execute(_covered(certificate.id, on).limit(MOST_GOODS)):
        goods[row.item_id].append(row)
    return tuple(CoveredItem(number, name, tuple(goods[number])) for number, name in names)


def _covered(certificate_id: int, on: dt.date) -> Any:
    link = ProductCertificateItem
    return (
        select(*_GOODS, col(CertificateItem.id).label("item_id"), col(CertificateItem.name).label("item_name"))
        .select_from(_listing)
        .join(link, col(link.product_id) == _listing.c.product_id)
        .join(CertificateItem, col(CertificateItem.id) == col(link.item_id))
        .where(
            col(CertificateItem.certificate_id) == certificate_id,
            col(CertificateItem.removed_at).is_(None),
            col(link.since) <= on,
            or_(col(link.until).is_(None), col(link.until) > on),
            col(link.confirmed_on) <= on,
        )
        .order_by(_listing.c.product_id, col(CertificateItem.id))
    )


def list_covered(
    session: Session, certificate: PublicCertificate, *, on: dt.date, limit: int, after: tuple[int, int] | None
) -> tuple[list[Any], int]:
    """Public goods that a certificate covers today, after a (product, item), and how many there are in all."""
    statement = _covered(certificate.id, on)
    total = (
        session.connection().execute(select(func.count()).select_from(statement.order_by(None).subquery())).scalar_one()
    )
    if after is not None:
        product, item = after
        number = _listing.c.product_id
        statement = statement.where(or_(number > product, and_(number == product, col(CertificateItem.id) > item)))
    return list(session.connection().execute(statement.limit(limit + 1))), int(total)


@dataclass(frozen=True)
class Recognised:
    """What a destination makes of a body's certificates, for some goods."""

    destination: str
    fact: rules.RecognitionFacts | None
    """None: the body is the destination's own authority, or nothing is known."""
    own: rules.BodyFacts | None = None


def list_recognition(halal: HalalDay, body: str) -> tuple[Recognised, ...]:
    """What each destination makes of a body's certificates today; reads nothing."""
    reference = halal.reference.standings.reference
    issuer = reference.bodies.get(body)
    found: list[Recognised] = []
    for destination in halal.reference.destinations():
        if rules.is_authority(issuer, destination, halal.on):
            found.append(Recognised(destination, None, issuer))
            continue
        valid = [
            each
            for each in reference.recognition
            if each.body == body and each.destination == destination and each.valid.covers(halal.on)
        ]
        found += [Recognised(destination, each) for each in valid] or [Recognised(destination, None)]
    return tuple(found)
