"""Reading makers: what the public sees, what a maker sees of her own, what the office works through."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry, Membership, Role, User
from app.accounts.subjects import Actor, Subject, require_official
from app.businesses import rules
from app.businesses.models import Business, BusinessState, Contact, Licence, name_key
from app.businesses.schemas import (
    BusinessOwn,
    BusinessPublic,
    BusinessSummary,
    CompletenessPublic,
    ContactOwn,
    ContactPublic,
    LicencePublic,
    PlacePublic,
    StoryPublic,
    TrademarkPublic,
)
from app.cities.models import City, Kecamatan
from app.core.errors import Invalid, NotFound
from app.core.languages import N_, Language
from app.core.pagination import Cursor

BY_NAME = "name"
BY_AGE = "age"
_PUBLIC_PARTS = (
    selectinload(Business.texts),  # type: ignore[arg-type]
    selectinload(Business.contacts),  # type: ignore[arg-type]
    selectinload(Business.trademarks),  # type: ignore[arg-type]
    selectinload(Business.kecamatan),  # type: ignore[arg-type]
    selectinload(Business.city),  # type: ignore[arg-type]
)
_ALL_PARTS = (*_PUBLIC_PARTS, selectinload(Business.licences))  # type: ignore[arg-type]


def find_public_business_id(session: Session, slug: str) -> int | None:
    """The number of a verified maker, or None."""
    statement = select(Business.id).where(Business.slug == slug, col(Business.state) == BusinessState.VERIFIED.value)
    return session.exec(statement).first()


def get_public_business(session: Session, slug: str) -> Business:
    """A verified maker with all that can be public.

    Raises:
        NotFound: there is none, or she is not verified.
    """
    statement = select(Business).where(Business.slug == slug, col(Business.state) == BusinessState.VERIFIED.value)
    business = session.exec(statement.options(*_PUBLIC_PARTS)).first()
    if business is None:
        raise NotFound
    return business


def get_business(session: Session, slug: str, *, viewer: Actor) -> Business:
    """A maker in any state with everything, for her owner and for officials.

    Raises:
        NotFound: there is none, or it is not this viewer's.
    """
    business = session.exec(select(Business).where(Business.slug == slug).options(*_ALL_PARTS)).first()
    if business is None or not rules.can_see_business(viewer, business):
        raise NotFound
    return business


def get_business_to_decide(session: Session, slug: str, *, official: Subject) -> Business:
    """A maker in any state with everything, for an official who decides.

    Raises:
        Forbidden, SecondFactorNeeded: not an official: the operation is not this person's, whatever the slug.
        NotFound: there is none.
    """
    return get_business(session, slug, viewer=require_official(official))


def get_started(session: Session, business_id: int) -> Business:
    """The profile that was begun in this transaction, with everything; the caller was just made its owner."""
    return session.exec(select(Business).where(Business.id == business_id).options(*_ALL_PARTS)).one()


def find_own_business(session: Session, person: Subject) -> Business | None:
    """The maker that a person acts for (the first, if she acts for several), with everything, or None."""
    organisations = person.organisations(Role.MAKER)
    if not organisations:
        return None
    statement = (
        select(Business)
        .where(col(Business.organisation_id).in_(organisations))
        .order_by(col(Business.id))
        .limit(1)
        .options(*_ALL_PARTS)
    )
    return session.exec(statement).first()


def get_own_business(session: Session, person: Subject) -> Business:
    """The maker that a person acts for, with everything.

    Raises:
        NotFound: she acts for none.
    """
    business = find_own_business(session, person)
    if business is None:
        raise NotFound
    return business


def find_business_of_user(session: Session, user_id: int) -> Business | None:
    """The maker that a person acts for, by what the database says now, or None."""
    statement = (
        select(Business)
        .join(Membership, col(Membership.organisation_id) == col(Business.organisation_id))
        .where(Membership.user_id == user_id, Membership.role == Role.MAKER)
        .order_by(col(Business.id))
    )
    return session.exec(statement).first()


def get_licence(session: Session, licence_id: int, *, viewer: Actor) -> Licence:
    """A paper, for the maker it belongs to and for officials.

    Raises:
        NotFound
    """
    row = session.exec(
        select(Licence, Business)
        .join(Business, col(Business.id) == col(Licence.business_id))
        .where(Licence.id == licence_id)
    ).first()
    if row is None or not rules.can_see_business(viewer, row[1]):
        raise NotFound
    return row[0]


def list_members(session: Session, business: Business) -> list[User]:
    """The people who act for a maker and can be written to."""
    statement = (
        select(User)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(
            Membership.organisation_id == business.organisation_id,
            Membership.role == Role.MAKER,
            col(User.disabled_at).is_(None),
        )
        .order_by(col(User.id))
    )
    return list(session.exec(statement))


# --- the public list --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BusinessPage:
    """One page of verified makers by name. ``rows`` have id, slug, brand, kecamatan code and name and slug, city slug,
    year, verified_at, kbli, name_key.
    """

    rows: list[Any]
    next: str | None
    total: int


def list_public_businesses(
    session: Session,
    *,
    q: str = "",
    kecamatan: str | None = None,
    city: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> BusinessPage:
    """Verified makers by name; ``q`` is a part of the name, ``kecamatan`` and ``city`` are slugs.

    Raises:
        Invalid: for a cursor that is damaged, and for slugs that name nothing.
    """
    conditions: list[Any] = [col(Business.state) == BusinessState.VERIFIED.value]
    words = name_key(q)
    if q.strip() and not words:
        return BusinessPage([], None, 0)
    if words:
        conditions.append(col(Business.name_key).contains(words, autoescape=True))
    if kecamatan is not None:
        code = session.exec(select(Kecamatan.code).where(Kecamatan.slug == kecamatan)).first()
        if code is None:
            raise Invalid(fields={"kecamatan": N_("There is no such district.")})
        conditions.append(col(Business.kecamatan_code) == code)
    if city is not None:
        city_id = session.exec(select(City.id).where(City.slug == city)).first()
        if city_id is None:
            raise Invalid(fields={"city": N_("There is no such city.")})
        conditions.append(col(Business.city_id) == city_id)
    total = session.exec(select(func.count()).select_from(Business).where(*conditions)).one()
    if cursor is not None:
        place = Cursor.decode(cursor, sort=BY_NAME)
        key = str(place.key)
        conditions.append(
            (col(Business.name_key) > key) | ((col(Business.name_key) == key) & (col(Business.id) > place.id))
        )
    statement = (
        select(  # type: ignore[call-overload]
            Business.id,
            Business.slug,
            Business.brand,
            Business.kecamatan_code,
            col(Kecamatan.name).label("kecamatan_name"),
            col(Kecamatan.slug).label("kecamatan_slug"),
            col(City.slug).label("city_slug"),
            Business.year,
            Business.verified_at,
            Business.kbli,
            Business.name_key,
        )
        .join(City, col(City.id) == col(Business.city_id))
        .outerjoin(Kecamatan, col(Kecamatan.code) == col(Business.kecamatan_code))
        .where(*conditions)
        .order_by(col(Business.name_key), col(Business.id))
        .limit(limit + 1)
    )
    rows = list(session.exec(statement))
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = Cursor(BY_NAME, rows[-1].name_key, rows[-1].id).encode()
    return BusinessPage(rows=rows, next=following, total=total)


@dataclass(frozen=True)
class PlaceCount:
    """A district with the number of verified makers in it."""

    slug: str
    name: str
    count: int


def count_by_kecamatan(session: Session) -> list[PlaceCount]:
    """Districts that have verified makers, most makers first."""
    number = func.count(col(Business.id))
    statement = (
        select(Kecamatan.slug, Kecamatan.name, number)
        .join(Business, col(Business.kecamatan_code) == col(Kecamatan.code))
        .where(col(Business.state) == BusinessState.VERIFIED.value)
        .group_by(col(Kecamatan.slug), col(Kecamatan.name))
        .order_by(number.desc(), col(Kecamatan.slug))
    )
    return [PlaceCount(*row) for row in session.exec(statement)]


# --- the office -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Queue:
    """What waits: how many, the oldest one and since when."""

    count: int
    oldest_slug: str | None
    oldest_at: dt.datetime | None


def get_review_queue(session: Session) -> Queue:
    """Profiles that wait for the city's check."""
    waiting = col(Business.state) == BusinessState.SUBMITTED.value
    count = session.exec(select(func.count()).select_from(Business).where(waiting)).one()
    first = session.exec(
        select(Business.slug, Business.submitted_at)
        .where(waiting)
        .order_by(col(Business.submitted_at), col(Business.id))
        .limit(1)
    ).first()
    return Queue(count, first[0] if first else None, first[1] if first else None)


def find_next_waiting(session: Session) -> str | None:
    """Slug of the profile that has waited longest for a check, or None."""
    return get_review_queue(session).oldest_slug


def count_by_state(session: Session) -> dict[BusinessState, int]:
    """How many makers are in each state."""
    rows = session.exec(select(Business.state, func.count()).group_by(col(Business.state)))
    counts = {BusinessState(state): number for state, number in rows}
    return {state: counts.get(state, 0) for state in BusinessState}


def list_for_review(
    session: Session, *, state: BusinessState | None, q: str = "", limit: int, cursor: str | None = None
) -> BusinessPage:
    """Makers for the office: those who wait longest first; ``q`` is a part of brand or legal name, or an NIB.

    Rows have id, slug, brand, legal_name, nib, state, since (submitted, else begun) and the district's name.

    Raises:
        Invalid: for a cursor that is damaged.
    """
    since = func.coalesce(Business.submitted_at, Business.created_at)
    conditions: list[Any] = []
    if state is not None:
        conditions.append(col(Business.state) == state.value)
    words = name_key(q)
    if q.strip():
        legal = func.lower(col(Business.legal_name)).contains(q.strip().lower(), autoescape=True)
        named = col(Business.name_key).contains(words, autoescape=True) if words else legal
        conditions.append(named | legal | (col(Business.nib) == q.strip()))
    total = session.exec(select(func.count()).select_from(Business).where(*conditions)).one()
    if cursor is not None:
        place = Cursor.decode(cursor, sort=BY_AGE)
        moment = _moment_of(place)
        conditions.append((since > moment) | ((since == moment) & (col(Business.id) > place.id)))
    statement = (
        select(  # type: ignore[call-overload]
            Business.id,
            Business.slug,
            Business.brand,
            Business.legal_name,
            Business.nib,
            Business.state,
            since.label("since"),
            col(Kecamatan.name).label("kecamatan_name"),
        )
        .outerjoin(Kecamatan, col(Kecamatan.code) == col(Business.kecamatan_code))
        .where(*conditions)
        .order_by(since, col(Business.id))
        .limit(limit + 1)
    )
    rows = list(session.exec(statement))
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = Cursor(BY_AGE, int(rows[-1].since.timestamp() * 1_000_000), rows[-1].id).encode()
    return BusinessPage(rows=rows, next=following, total=total)


def _moment_of(place: Cursor) -> dt.datetime:
    try:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=int(place.key or 0))
    except (OverflowError, ValueError) as error:
        message = N_("This place in the list is no longer known. Start again from the first page.")
        raise Invalid(message, code="bad_cursor", fields={"cursor": message}) from error


def missing_of(business: Business) -> dict[str, str]:
    """What a profile with its stories lacks before the city can check it: field and what to do."""
    return rules.missing_for_check(business, business.texts)


def list_history(session: Session, business: Business) -> list[tuple[dt.datetime, str, str]]:
    """The last acts on a profile, newest first: moment, action, and who acted (empty for a command or an import)."""
    statement = (
        select(AuditEntry.at, AuditEntry.action, User.name)
        .outerjoin(User, col(User.id) == col(AuditEntry.actor_id))
        .where(AuditEntry.subject_type == "business", AuditEntry.subject_id == str(business.id))
        .order_by(col(AuditEntry.id).desc())
        .limit(20)
    )
    return [(at, action, name or "") for at, action, name in session.exec(statement)]


# --- as clients see them ----------------------------------------------------------------------------------------------


def summary_of(row: Any) -> BusinessSummary:
    """A row of the public list."""
    return BusinessSummary(
        slug=row.slug,
        brand=row.brand,
        kecamatan=PlacePublic(slug=row.kecamatan_slug, name=row.kecamatan_name) if row.kecamatan_slug else None,
        city=row.city_slug,
        year=row.year,
        verified_on=row.verified_at.date() if row.verified_at else None,
    )


def public_contacts(business: Business) -> list[Contact]:
    """The contacts that the maker agreed to publish."""
    return [contact for contact in business.contacts if contact.consented_at is not None]


def _common(business: Business, language: Language) -> dict[str, Any]:
    kecamatan, city = business.kecamatan, business.city
    return {
        "slug": business.slug,
        "brand": business.brand,
        "legal_name": business.legal_name,
        "kecamatan": PlacePublic(slug=kecamatan.slug, name=kecamatan.name) if kecamatan else None,
        "city": PlacePublic(slug=city.slug, name=city.names[language.value]),
        "country": city.country,
        "kbli": business.kbli,
        "scale": business.scale,
        "year": business.year,
        "employees": business.employees,
        "capacity": business.capacity,
        "source_language": business.source_language,
        "stories": {
            str(text.language): StoryPublic(
                story=text.story, origin=text.origin, stale=rules.is_stale(text, business.texts, business)
            )
            for text in sorted(business.texts, key=lambda each: str(each.language))
        },
        "trademarks": [
            TrademarkPublic.model_validate(mark, from_attributes=True)
            for mark in sorted(business.trademarks, key=lambda each: each.id)
        ],
        "verified_on": business.verified_at.date() if business.verified_at else None,
    }


def public_of(business: Business, language: Language) -> BusinessPublic:
    """What anybody may know of a verified maker."""
    contacts = [ContactPublic(kind=contact.kind, value=contact.value) for contact in public_contacts(business)]
    return BusinessPublic(**_common(business, language), contacts=contacts)


def completeness_of(business: Business) -> rules.Completeness:
    """How complete a profile with all its parts is."""
    return rules.completeness(
        business,
        texts=business.texts,
        contacts=business.contacts,
        licences=business.licences,
        trademarks=business.trademarks,
    )


def own_of(business: Business, language: Language) -> BusinessOwn:
    """What the owner and officials know of a maker."""
    complete = completeness_of(business)
    return BusinessOwn(
        **_common(business, language),
        contacts=[ContactOwn.model_validate(contact, from_attributes=True) for contact in business.contacts],
        nib=business.nib,
        state=business.state,
        return_code=business.return_code,
        return_reason=business.return_reason,
        submitted_at=business.submitted_at,
        decided_at=business.decided_at,
        licences=[LicencePublic.model_validate(paper, from_attributes=True) for paper in business.licences],
        completeness=CompletenessPublic(percent=complete.percent, next=complete.next),
        version=business.version,
    )
