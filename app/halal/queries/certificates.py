"""Reading certificates: what the public may know of confirmed ones, what makers see of theirs, the office's queue."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, func, select

from app.accounts.models import AuditEntry, Role, User
from app.accounts.subjects import Actor, Command, Subject, require_official
from app.businesses import rules as businesses
from app.businesses.models import Business, BusinessState, name_key
from app.core.errors import Invalid, NotFound
from app.core.languages import N_
from app.core.pagination import Cursor
from app.halal import numbers, rules
from app.halal.models import Body, Certificate, CertificateEvent, CertificateItem, Check
from app.halal.schemas.certificates import (
    CertificateOwn,
    CertificatePublic,
    CertificateQuery,
    CheckOwn,
    CheckPublic,
    EventPublic,
    FilePublic,
    HolderPublic,
)
from app.halal.vocabulary import CertificateState, CheckResult, EventKind, Provider

BY_AGE = "age"
NEWEST = "newest"
CONFIRMED = frozenset(
    {
        CertificateState.VERIFIED,
        CertificateState.SUSPENDED,
        CertificateState.REVOKED,
        CertificateState.SUPERSEDED,
    }
)
"""States of certificates that the city confirmed at some time: anybody may know of these."""
LIVING = frozenset({CertificateState.CLAIMED, CertificateState.VERIFIED, CertificateState.SUSPENDED})
_CHANGES = frozenset({EventKind.ENTERED, EventKind.CORRECTED})
_PARTS = (
    selectinload(Certificate.items),  # type: ignore[arg-type]
    selectinload(Certificate.events),  # type: ignore[arg-type]
    selectinload(Certificate.checks),  # type: ignore[arg-type]
)


@dataclass(frozen=True)
class Held:
    """A certificate with all its parts, and the maker it belongs to."""

    certificate: Certificate
    business: Business


@dataclass(frozen=True)
class CertificatePage:
    """One page of certificates with how many there are in all."""

    rows: Sequence[Held]
    next: str | None
    total: int


@dataclass(frozen=True)
class Queue:
    """What waits for officials."""

    count: int
    oldest_id: str | None
    oldest_at: dt.datetime | None


# --- bodies ---------------------------------------------------------------------------------------------------------


def list_issuers(session: Session) -> list[Body]:
    """Bodies whose certificates can be entered: Indonesian ones first, then by name."""
    statement = select(Body).where(col(Body.current), col(Body.issues))
    rows = session.exec(statement).all()
    return sorted(rows, key=lambda row: (row.country != rules.HOME, row.code != numbers.BPJPH, row.name, row.code))


def find_issuer(session: Session, code: str) -> Body | None:
    """The body under a code when its certificates can be entered."""
    return session.exec(select(Body).where(Body.code == code, col(Body.current), col(Body.issues))).first()


# --- one ------------------------------------------------------------------------------------------------------------


def get_certificate(session: Session, public_id: str, *, viewer: Actor) -> Held:
    """A certificate in any state with everything, for its maker and for officials.

    Raises:
        NotFound: there is none, or it is not this viewer's.
    """
    held = _find(session, public_id)
    if held is None or not businesses.can_see_business(viewer, held.business):
        raise NotFound
    return held


def get_own_certificate(session: Session, public_id: str, *, person: Actor) -> Held:
    """A certificate of the maker that a person acts for.

    Raises:
        NotFound: there is none, or it is another's; an official who acts for no maker finds nothing here.
    """
    held = _find(session, public_id)
    if held is None or not businesses.can_edit_business(person, held.business):
        raise NotFound
    return held


def get_to_decide(session: Session, public_id: str, *, official: Subject) -> Held:
    """A certificate in any state with everything, for an official who decides.

    Raises:
        Forbidden, SecondFactorNeeded: not an official: the operation is not this person's, whatever the name.
        NotFound: there is none.
    """
    return get_certificate(session, public_id, viewer=require_official(official))


def get_public_certificate(session: Session, public_id: str) -> Held:
    """A certificate that the city confirmed at some time, of a maker whom anybody may see.

    Raises:
        NotFound
    """
    held = _find(session, public_id)
    if held is None or not is_public(held.certificate, held.business):
        raise NotFound
    return held


def is_public(certificate: Certificate, business: Business) -> bool:
    """Whether anybody may know of a certificate."""
    return certificate.state in CONFIRMED and business.state == BusinessState.VERIFIED


def find_by_id(session: Session, certificate_id: int) -> Certificate | None:
    """A certificate with everything by its row number, for jobs."""
    return session.exec(select(Certificate).where(Certificate.id == certificate_id).options(*_PARTS)).first()


def _find(session: Session, public_id: str) -> Held | None:
    statement = (
        select(Certificate, Business)
        .join(Business, col(Business.id) == col(Certificate.business_id))
        .where(Certificate.public_id == public_id)
        .options(*_PARTS)
    )
    row = session.exec(statement).first()
    return Held(*row) if row else None


def get_check(session: Session, public_id: str, check_id: int, *, official: Subject) -> Check:
    """A look-up of a certificate, for officials.

    Raises:
        Forbidden, SecondFactorNeeded, NotFound
    """
    held = get_to_decide(session, public_id, official=official)
    for check in held.certificate.checks:
        if check.id == check_id:
            return check
    raise NotFound


def find_confirmed(session: Session, body: str, number_key: str, *, other_than: int) -> Certificate | None:
    """Another certificate that is confirmed under a number of a body."""
    statement = select(Certificate).where(
        Certificate.body == body,
        Certificate.number_key == number_key,
        col(Certificate.state).in_([CertificateState.VERIFIED.value, CertificateState.SUSPENDED.value]),
        Certificate.id != other_than,
    )
    return session.exec(statement).first()


# --- lists ----------------------------------------------------------------------------------------------------------


def list_certificates(session: Session, query: CertificateQuery, *, viewer: Actor | None) -> CertificatePage:
    """Certificates that a viewer may know of, those entered last first; five statements however many there are.

    Raises:
        Invalid: for a cursor that is damaged.
    """
    conditions = [*_filters(query), *_visible(viewer)]
    if query.state is not None:
        conditions.append(col(Certificate.state) == query.state.value)
    return _page(session, conditions, order=NEWEST, limit=query.limit, cursor=query.cursor)


def list_own(session: Session, business: Business) -> list[Certificate]:
    """Every certificate of a maker with all parts, those entered last first."""
    statement = (
        select(Certificate)
        .where(Certificate.business_id == business.id)
        .order_by(col(Certificate.entered_at).desc(), col(Certificate.id).desc())
        .options(*_PARTS)
    )
    return list(session.exec(statement))


def list_for_review(
    session: Session, *, state: CertificateState | None, q: str, limit: int, cursor: str | None = None
) -> CertificatePage:
    """Certificates for the office, those that have waited longest first; ``q`` as in ``CertificateQuery``.

    Raises:
        Invalid: for a cursor that is damaged.
    """
    conditions = _search(q)
    if state is not None:
        conditions.append(col(Certificate.state) == state.value)
    return _page(session, conditions, order=BY_AGE, limit=limit, cursor=cursor)


def list_chosen(session: Session, public_ids: Sequence[str]) -> list[Held]:
    """Certificates by name, those that have waited longest first; unknown names are passed over."""
    statement = (
        select(Certificate, Business)
        .join(Business, col(Business.id) == col(Certificate.business_id))
        .where(col(Certificate.public_id).in_(sorted(set(public_ids))))
        .order_by(col(Certificate.entered_at), col(Certificate.id))
        .options(*_PARTS)
    )
    return [Held(*row) for row in session.exec(statement)]


def count_by_state(session: Session) -> dict[CertificateState, int]:
    """How many certificates stand in each state."""
    statement = select(Certificate.state, func.count()).group_by(col(Certificate.state))
    found = {CertificateState(state): count for state, count in session.exec(statement)}
    return {state: found.get(state, 0) for state in CertificateState}


def get_queue(session: Session) -> Queue:
    """How many certificates wait for a check, and the one that has waited longest; one statement."""
    waiting = col(Certificate.state) == CertificateState.CLAIMED.value
    count = select(func.count()).select_from(Certificate).where(waiting).scalar_subquery()
    statement = (
        sa.select(count, col(Certificate.public_id), col(Certificate.entered_at))
        .where(waiting)
        .order_by(col(Certificate.entered_at), col(Certificate.id))
        .limit(1)
    )
    row = session.connection().execute(statement).first()
    return Queue(*row) if row else Queue(0, None, None)


def count_rejected(session: Session, business: Business) -> int:
    """How many certificates a maker should look at again."""
    statement = select(func.count()).where(
        Certificate.business_id == business.id, col(Certificate.state) == CertificateState.REJECTED.value
    )
    return session.exec(statement).one()


def list_history(session: Session, certificate: Certificate) -> list[tuple[dt.datetime, str, str]]:
    """Acts on a certificate, newest first: moment, action, and who acted (empty for a command or the worker)."""
    statement = (
        select(AuditEntry.at, AuditEntry.action, User.name)
        .outerjoin(User, col(User.id) == col(AuditEntry.actor_id))
        .where(AuditEntry.subject_type == "certificate", AuditEntry.subject_id == str(certificate.id))
        .order_by(col(AuditEntry.id).desc())
        .limit(50)
    )
    return [(at, action, name or "") for at, action, name in session.exec(statement)]


def _visible(viewer: Actor | None) -> list[Any]:
    if isinstance(viewer, Command) or (isinstance(viewer, Subject) and viewer.is_official):
        return []
    public = col(Certificate.state).in_([state.value for state in CONFIRMED]) & (
        col(Business.state) == BusinessState.VERIFIED.value
    )
    own = sorted(viewer.organisations(Role.MAKER)) if isinstance(viewer, Subject) else []
    return [public | col(Business.organisation_id).in_(own)] if own else [public]


def _filters(query: CertificateQuery) -> list[Any]:
    conditions = _search(query.q)
    if query.number:
        conditions.append(col(Certificate.number_key) == numbers.number_key(query.number.replace("\0", "")))
    if query.body:
        conditions.append(col(Certificate.body) == query.body)
    if query.business:
        conditions.append(col(Business.slug) == query.business)
    return conditions


def _search(q: str) -> list[Any]:
    q = q.replace("\0", "").strip()
    if not q:
        return []
    key, words, plain = numbers.number_key(q), name_key(q), q.lower()
    found = [func.lower(col(Certificate.holder)).contains(plain, autoescape=True)]
    if any(character.isalnum() for character in key):
        found.append(col(Certificate.number_key).contains(key, autoescape=True))
    if words:
        found.append(col(Business.name_key).contains(words, autoescape=True))
    named = select(CertificateItem.id).where(
        col(CertificateItem.certificate_id) == col(Certificate.id),
        col(CertificateItem.removed_at).is_(None),
        func.lower(col(CertificateItem.name)).contains(plain, autoescape=True),
    )
    return [sa.or_(*found, named.exists())]


def _page(session: Session, conditions: list[Any], *, order: str, limit: int, cursor: str | None) -> CertificatePage:
    joined = col(Business.id) == col(Certificate.business_id)
    total = session.exec(select(func.count()).select_from(Certificate).join(Business, joined).where(*conditions)).one()
    at, number = col(Certificate.entered_at), col(Certificate.id)
    if cursor is not None:
        place = Cursor.decode(cursor, sort=order)
        moment = _moment_of(place)
        beyond = (
            (at > moment) | ((at == moment) & (number > place.id))
            if order == BY_AGE
            else (at < moment) | ((at == moment) & (number < place.id))
        )
        conditions = [*conditions, beyond]
    ordering = (at, number) if order == BY_AGE else (at.desc(), number.desc())
    statement = select(Certificate, Business).join(Business, joined).where(*conditions).options(*_PARTS)
    rows = [Held(*row) for row in session.exec(statement.order_by(*ordering).limit(limit + 1))]
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        last = rows[-1].certificate
        following = Cursor(order, round(last.entered_at.timestamp() * 1_000_000), last.id).encode()
    return CertificatePage(rows, following, total)


def _moment_of(place: Cursor) -> dt.datetime:
    try:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=int(place.key or 0))
    except (OverflowError, ValueError) as error:
        message = N_("This place in the list is no longer known. Start again from the first page.")
        raise Invalid(message, code="bad_cursor", fields={"cursor": message}) from error


# --- what follows from the rows -------------------------------------------------------------------------------------


def items_of(certificate: Certificate) -> list[CertificateItem]:
    """The product names that stand on a certificate now."""
    return [item for item in certificate.items if item.removed_at is None]


def changed_at(certificate: Certificate) -> dt.datetime:
    """When its data was last entered or corrected: a look-up before that says nothing of it."""
    changes = [event.recorded_at for event in certificate.events if event.kind in _CHANGES]
    return max(changes, default=certificate.entered_at)


def last_look(certificate: Certificate) -> Check | None:
    """The last look-up by a person."""
    looked = [check for check in certificate.checks if check.provider != Provider.HTTP]
    return looked[-1] if looked else None


def confirming(certificate: Certificate) -> Check | None:
    """The look-up that lets an official confirm: by a person, agreeing, since the data was last changed."""
    since = changed_at(certificate)
    for check in reversed(certificate.checks):
        if check.provider != Provider.HTTP and check.result == CheckResult.CONFIRMED and check.checked_at >= since:
            return check
    return None


def last_finding(certificate: Certificate) -> Check | None:
    """What the register last answered this program, when it was asked since the data was last changed."""
    asked = [check for check in certificate.checks if check.provider == Provider.HTTP]
    return asked[-1] if asked and asked[-1].checked_at >= changed_at(certificate) else None


def phase_of(certificate: Certificate, on: dt.date) -> rules.Phase:
    """What a certificate with its events is worth on a day."""
    return rules.phase_on(
        rules.CertificateFacts(
            id=certificate.id,
            body=certificate.body,
            issued_on=certificate.issued_on,
            valid_until=certificate.valid_until,
            events=tuple(
                rules.CertificateEvent(EventKind(event.kind), event.effective_on) for event in certificate.events
            ),
            covers=(),
        ),
        on,
    )


# --- as clients see them --------------------------------------------------------------------------------------------


def public_of(held: Held, *, on: dt.date) -> CertificatePublic:
    """What anybody may know, with what it is worth on a day."""
    return CertificatePublic(**_common(held, on))


def own_of(held: Held, *, on: dt.date, superseded: dict[int, str]) -> CertificateOwn:
    """What its maker and officials know; ``superseded`` gives public ids of certificates by number."""
    certificate = held.certificate
    file = FilePublic(
        name=certificate.file_name, mime=certificate.mime, size=certificate.size, sha256=certificate.sha256
    )
    return CertificateOwn(
        **_common(held, on),
        decree_number=certificate.decree_number,
        number_warning=numbers.judge(certificate.body, certificate.number),
        reject_code=certificate.reject_code,
        reason=certificate.reject_reason,
        file=file if certificate.file_key else None,
        entered_at=certificate.entered_at,
        supersedes=superseded.get(certificate.supersedes_id) if certificate.supersedes_id is not None else None,
        events=[
            EventPublic(
                kind=EventKind(event.kind), on=event.effective_on, recorded_at=event.recorded_at, note=event.note
            )
            for event in certificate.events
        ],
        checks=[CheckOwn.model_validate(check, from_attributes=True) for check in certificate.checks],
        version=certificate.version,
    )


def shown_to(session: Session, rows: Sequence[Held], *, viewer: Actor | None, on: dt.date) -> list[CertificatePublic]:
    """Each certificate as a viewer may know it; one further statement when some took the place of others."""
    own = [held for held in rows if viewer is not None and businesses.can_see_business(viewer, held.business)]
    superseded = list_names(session, own)
    mine = {held.certificate.id for held in own}
    return [
        own_of(held, on=on, superseded=superseded) if held.certificate.id in mine else public_of(held, on=on)
        for held in rows
    ]


def list_names(session: Session, rows: Sequence[Held]) -> dict[int, str]:
    """Public ids of the certificates whose place these took, by row number."""
    wanted = {held.certificate.supersedes_id for held in rows} - {None}
    if not wanted:
        return {}
    statement = select(Certificate.id, Certificate.public_id).where(col(Certificate.id).in_(wanted))
    return dict(session.exec(statement).all())


def _common(held: Held, on: dt.date) -> dict[str, Any]:
    certificate, business = held.certificate, held.business
    look = last_look(certificate)
    return {
        "public_id": certificate.public_id,
        "body": certificate.body,
        "number": certificate.number,
        "holder": certificate.holder,
        "business": HolderPublic(slug=business.slug, brand=business.brand),
        "issued_on": certificate.issued_on,
        "valid_until": certificate.valid_until,
        "surveillance_due": certificate.surveillance_due,
        "state": certificate.state,
        "valid_today": phase_of(certificate, on) is rules.Phase.LIVE,
        "items": [item.name for item in items_of(certificate)],
        "last_check": CheckPublic.model_validate(look, from_attributes=True) if look else None,
        "decided_at": certificate.decided_at,
    }


# --- for the checker ------------------------------------------------------------------------------------------------


def list_events(session: Session) -> dict[int, list[rules.CertificateEvent]]:
    """Every event by certificate in its order; one statement."""
    events: dict[int, list[rules.CertificateEvent]] = defaultdict(list)
    statement = sa.select(
        col(CertificateEvent.certificate_id), col(CertificateEvent.kind), col(CertificateEvent.effective_on)
    ).order_by(col(CertificateEvent.id))
    for number, kind, on in session.connection().execute(statement):
        events[number].append(rules.CertificateEvent(EventKind(kind), on))
    return events
