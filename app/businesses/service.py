"""What makers and officials do with profiles, one function per thing a person can do."""

import datetime as dt
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, col, select

from app.accounts import audit, personal
from app.accounts.models import Membership, Organisation, OrganisationKind, Role, User
from app.accounts.subjects import Actor, Subject
from app.businesses import letters, queries, rules
from app.businesses.jobs import DELETE_FILE, PAPERS
from app.businesses.models import (
    Business,
    BusinessState,
    BusinessText,
    Contact,
    ContactKind,
    Licence,
    ReturnReason,
    TextOrigin,
    Trademark,
    name_key,
)
from app.businesses.schemas import (
    BusinessStart,
    BusinessUpdate,
    ContactSave,
    LicenceAdd,
    LicenceUpdate,
    ReasonGiven,
    StorySave,
    TrademarkAdd,
    TrademarkUpdate,
)
from app.cities import queries as city_queries
from app.cities.models import City
from app.core import outbox, papers
from app.core.config import Settings
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.languages import N_, Language
from app.core.storage import Storage
from app.core.versions import bump_public

CHANGED: list[Callable[[Session, int, dt.datetime], None]] = []
"""Called with (session, business id, now) in the transaction in which a maker's name, place or public standing changed.

The catalogue keeps lists of goods that carry these, but lies above this area, which must not know it: the catalogue
adds its function here when it is imported, as it adds handlers to the outbox.
"""

MAX_LICENCES = 30
MAX_TRADEMARKS = 50
PUBLIC_PAGE = "public_page"
SHOWN_WITH_GOODS = frozenset({"brand", "kecamatan_code", "city_id", "scale"})


class ProfileIncomplete(Conflict):
    """The city cannot check a profile that lacks something; ``fields`` names all of it."""

    code = "profile_incomplete"
    message = N_("The city needs a little more before it can check this.")


class WrongMove(Conflict):
    """A profile in this state cannot be moved like that."""

    code = "wrong_state"
    message = N_("This has already been decided, or is not ready for it. Look at it again.")


# --- the maker --------------------------------------------------------------------------------------------------------


def start_business(
    session: Session,
    *,
    actor: Actor,
    data: BusinessStart,
    now: dt.datetime,
    owner_id: int | None = None,
    slug: str | None = None,
    external: tuple[str, str] | None = None,
) -> Business:
    """Begin a maker's profile as a draft, with an organisation that its person acts for.

    A signed-in person begins her own. A command may name ``owner_id`` (or nobody, for imported makers that no person
    has claimed yet), a ``slug`` and the ``external`` (source, id) of the record it comes from.

    Raises:
        Conflict: the person acts for a maker already, or the NIB or slug is in use.
        Invalid: there is no such district.
    """
    if isinstance(actor, Subject):
        owner_id = actor.user_id
    if owner_id is not None:
        # Two requests of one person at once wait for each other here.
        session.exec(select(User).where(User.id == owner_id).with_for_update()).one()
        if queries.find_business_of_user(session, owner_id) is not None:
            raise Conflict(N_("You have a workspace already."), code="business_exists")
    _check_nib(session, data.nib, other_than=None)
    organisation = Organisation(kind=OrganisationKind.BUSINESS, name=data.brand, created_at=now)
    session.add(organisation)
    session.flush()
    if owner_id is not None:
        session.add(Membership(user_id=owner_id, organisation_id=organisation.id, role=Role.MAKER, created_at=now))
    business = Business(
        **data.model_dump(exclude={"story"}),
        organisation_id=organisation.id,
        slug=slug or _free_slug(session, data.brand),
        city_id=_city_of(session, data.kecamatan_code).id,
        created_at=now,
        updated_at=now,
        external_source=external[0] if external else None,
        external_id=external[1] if external else None,
        texts=[],
        contacts=[],
        licences=[],
        trademarks=[],
    )
    session.add(business)
    session.flush()
    if data.story:
        _set_story(session, business, data.source_language, data.story, TextOrigin.HUMAN, now)
    _note(session, actor, "business.started", business, now, after={"slug": business.slug, "brand": business.brand})
    return business


def update_profile(
    session: Session, *, actor: Actor, business: Business, data: BusinessUpdate, now: dt.datetime, whole: bool = False
) -> None:
    """Change the fields that ``data`` sets; with ``whole``, all of them, so that what is empty is cleared.

    Legal name and NIB stay as the city checked them; nothing that the city needs can be emptied once it was sent.

    Raises:
        NotFound: the profile is not this person's.
        Conflict: a checked field would change, a needed one would be emptied, or the NIB is in use.
        Invalid: no brand, or there is no such district.
    """
    _require_edit(actor, business)
    wanted = data.model_dump(exclude_unset=not whole)
    changes = {name: value for name, value in wanted.items() if getattr(business, name) != value}
    if not changes:
        return
    _check_changes(session, business, changes)
    if "kecamatan_code" in changes:
        changes["city_id"] = _city_of(session, changes["kecamatan_code"]).id
    before = {name: _plain(getattr(business, name)) for name in changes}
    for name, value in changes.items():
        setattr(business, name, value)
    _touch(business, now)
    if "brand" in changes:
        business.name_key = name_key(business.brand)
        organisation = session.get(Organisation, business.organisation_id)
        if organisation is not None:
            organisation.name = business.brand
    if business.state not in {BusinessState.DRAFT, BusinessState.RETURNED}:
        missing = rules.missing_for_check(business, _texts(session, business))
        if missing:
            raise ProfileIncomplete(fields=missing)
    session.flush()
    if "kecamatan_code" in changes:
        session.expire(business, ["kecamatan", "city"])
    after = {name: _plain(value) for name, value in changes.items()}
    _note(session, actor, "business.updated", business, now, before=before, after=after)
    if SHOWN_WITH_GOODS & changes.keys():
        _tell_changed(session, business, now)


def save_story(
    session: Session, *, actor: Actor, business: Business, language: Language, data: StorySave, now: dt.datetime
) -> None:
    """Keep the story in a language; an empty one removes a translation.

    A translation remembers which form of the maker's own story it was made from, so that a later change marks it.

    Raises:
        NotFound: the profile is not this person's.
        Conflict: the maker's own story would be removed after it was sent to the city.
    """
    _require_edit(actor, business)
    standing = _find_text(session, business, language)
    before = {"digest": rules.text_digest(standing.story)} if standing else None
    if not data.story:
        if standing is None:
            return
        own = language == business.source_language
        if own and business.state not in {BusinessState.DRAFT, BusinessState.RETURNED}:
            raise ProfileIncomplete(fields={"story": rules.MISSING["story"]})
        session.delete(standing)
    else:
        _set_story(session, business, language, data.story, data.origin, now)
    _touch(business, now)
    session.flush()
    session.expire(business, ["texts"])
    after = {"digest": rules.text_digest(data.story), "origin": data.origin.value} if data.story else None
    _note(session, actor, "business.story_saved", business, now, before=before, after=after, part=language.value)


def save_contact(session: Session, *, actor: Actor, business: Business, data: ContactSave, now: dt.datetime) -> Contact:
    """Keep a way to reach the maker; ``public`` is her consent to show it, kept with its moment and purpose.

    Consent stands from when it was first given for this value; another value needs it anew.

    Raises:
        NotFound: the profile is not this person's.
    """
    _require_edit(actor, business)
    contact = _find_contact(session, business, data.kind)
    before = _contact_state(contact)
    if contact is None:
        contact = Contact(business_id=business.id, kind=data.kind, value=data.value)
    same = contact.value == data.value
    contact.value = data.value
    if not data.public:
        contact.consented_at, contact.purpose = None, ""
    elif contact.consented_at is None or not same:
        contact.consented_at, contact.purpose = now, PUBLIC_PAGE
    session.add(contact)
    _touch(business, now)
    session.flush()
    session.expire(business, ["contacts"])
    after = {**(_contact_state(contact) or {}), "changed": not same}
    _note(session, actor, "business.contact_saved", business, now, before=before, after=after, part=data.kind.value)
    return contact


def withdraw_consent(
    session: Session, *, actor: Actor, business: Business, kind: ContactKind, now: dt.datetime
) -> None:
    """Take a contact off the public page at once; it stays for the maker herself.

    Raises:
        NotFound: the profile is not this person's, or has no such contact.
    """
    _require_edit(actor, business)
    contact = _find_contact(session, business, kind)
    if contact is None:
        raise NotFound
    if contact.consented_at is None:
        return
    before = _contact_state(contact)
    contact.consented_at, contact.purpose = None, ""
    _touch(business, now)
    session.flush()
    after = _contact_state(contact)
    _note(session, actor, "business.consent_withdrawn", business, now, before=before, after=after, part=kind.value)


def remove_contact(session: Session, *, actor: Actor, business: Business, kind: ContactKind, now: dt.datetime) -> None:
    """Forget a contact.

    Raises:
        NotFound: the profile is not this person's, or has no such contact.
    """
    _require_edit(actor, business)
    contact = _find_contact(session, business, kind)
    if contact is None:
        raise NotFound
    before = _contact_state(contact)
    session.delete(contact)
    _touch(business, now)
    session.flush()
    session.expire(business, ["contacts"])
    _note(session, actor, "business.contact_removed", business, now, before=before, part=kind.value)


def add_licence(
    session: Session,
    *,
    actor: Actor,
    business: Business,
    data: LicenceAdd,
    file_name: str,
    content: bytes,
    storage: Storage,
    now: dt.datetime,
) -> Licence:
    """Keep a paper with its file, which only the maker and officials can open.

    The file is durable before the row that names it; when the transaction fails afterwards, the file has no row and
    the next sweep removes it.

    Raises:
        NotFound: the profile is not this person's.
        TooLarge: more than 10 MB.
        FileRefused: not a PDF, JPEG, PNG or WebP by its first bytes, or empty.
        Conflict: there are many papers already.
    """
    _require_edit(actor, business)
    standing = session.exec(select(Licence.id).where(Licence.business_id == business.id)).all()
    if len(standing) >= MAX_LICENCES:
        raise Conflict(N_("There are many papers here already. Remove one you no longer need first."), code="too_many")
    paper = papers.receive(storage, folder=PAPERS, file_name=file_name, content=content)
    papers.ask_for_sweep(session, now=now)
    licence = Licence(
        **data.model_dump(),
        business_id=business.id,
        file_name=paper.file_name,
        file_key=paper.key,
        mime=paper.mime,
        size=paper.size,
        sha256=paper.sha256,
        created_at=now,
    )
    session.add(licence)
    _touch(business, now)
    session.flush()
    session.expire(business, ["licences"])
    after = {"licence": licence.id, "kind": data.kind.value, "sha256": licence.sha256}
    _note(session, actor, "business.licence_added", business, now, after=after)
    return licence


def update_licence(
    session: Session, *, actor: Actor, business: Business, licence_id: int, data: LicenceUpdate, now: dt.datetime
) -> Licence:
    """Change what is said of a paper; only what ``data`` names. The file stays.

    Raises:
        NotFound: the profile is not this person's, or the paper is not the profile's.
    """
    _require_edit(actor, business)
    licence = _licence_of(session, business, licence_id)
    changes = _change_part(licence, data)
    if changes is not None:
        before, after = ({"licence": licence.id, **side} for side in changes)
        _touch(business, now)
        session.flush()
        _note(session, actor, "business.licence_changed", business, now, before=before, after=after)
    return licence


def _licence_of(session: Session, business: Business, licence_id: int) -> Licence:
    licence = session.get(Licence, licence_id)
    if licence is None or licence.business_id != business.id:
        raise NotFound
    return licence


def _mark_of(session: Session, business: Business, trademark_id: int) -> Trademark:
    mark = session.get(Trademark, trademark_id)
    if mark is None or mark.business_id != business.id:
        raise NotFound
    return mark


def _change_part(
    row: Licence | Trademark, data: LicenceUpdate | TrademarkUpdate
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Write what is named into a row; gives what was and what is, as kept by the audit, or None without a change."""
    wanted = {name: getattr(data, name) for name in data.model_fields_set}
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return None
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    told = [
        {name: str(value) if isinstance(value, dt.date | StrEnum) else value for name, value in side.items()}
        for side in (before, changed)
    ]
    return told[0], told[1]


def remove_licence(session: Session, *, actor: Actor, business: Business, licence_id: int, now: dt.datetime) -> None:
    """Forget a paper; its file is removed once this is committed.

    Raises:
        NotFound: the profile is not this person's, or the paper is not the profile's.
    """
    _require_edit(actor, business)
    licence = _licence_of(session, business, licence_id)
    before = {"licence": licence.id, "kind": str(licence.kind), "sha256": licence.sha256}
    _forget_file(session, licence, now)
    session.delete(licence)
    _touch(business, now)
    session.flush()
    session.expire(business, ["licences"])
    _note(session, actor, "business.licence_removed", business, now, before=before)


def add_trademark(
    session: Session, *, actor: Actor, business: Business, data: TrademarkAdd, now: dt.datetime
) -> Trademark:
    """Note a mark that the maker has registered or applied for.

    Raises:
        NotFound: the profile is not this person's.
        Conflict: there are many marks already.
    """
    _require_edit(actor, business)
    standing = session.exec(select(Trademark.id).where(Trademark.business_id == business.id)).all()
    if len(standing) >= MAX_TRADEMARKS:
        raise Conflict(N_("There are many trademarks here already. Remove one first."), code="too_many")
    mark = Trademark(**data.model_dump(), business_id=business.id)
    session.add(mark)
    _touch(business, now)
    session.flush()
    session.expire(business, ["trademarks"])
    _note(session, actor, "business.trademark_added", business, now, after={"name": mark.name, "number": mark.number})
    return mark


def update_trademark(
    session: Session, *, actor: Actor, business: Business, trademark_id: int, data: TrademarkUpdate, now: dt.datetime
) -> Trademark:
    """Change a mark, such as when DJKI registers it; only what ``data`` names.

    Raises:
        NotFound: the profile is not this person's, or the mark is not the profile's.
        Invalid: the name would be empty.
    """
    _require_edit(actor, business)
    mark = _mark_of(session, business, trademark_id)
    changes = _change_part(mark, data)
    if changes is not None:
        before, after = ({"trademark": mark.id, **side} for side in changes)
        _touch(business, now)
        session.flush()
        _note(session, actor, "business.trademark_changed", business, now, before=before, after=after)
    return mark


def remove_trademark(
    session: Session, *, actor: Actor, business: Business, trademark_id: int, now: dt.datetime
) -> None:
    """Forget a mark.

    Raises:
        NotFound: the profile is not this person's, or the mark is not the profile's.
    """
    _require_edit(actor, business)
    mark = _mark_of(session, business, trademark_id)
    before = {"name": mark.name, "number": mark.number}
    session.delete(mark)
    _touch(business, now)
    session.flush()
    session.expire(business, ["trademarks"])
    _note(session, actor, "business.trademark_removed", business, now, before=before)


def submit_business(session: Session, *, actor: Actor, business: Business, now: dt.datetime) -> None:
    """Send a profile to the city for its check.

    Raises:
        NotFound: the profile is not this person's.
        Forbidden: she has not confirmed her e-mail address, where the answer goes.
        ProfileIncomplete: naming every field that is missing.
        WrongMove: it is with the city already, or verified.
    """
    _require_edit(actor, business)
    if isinstance(actor, Subject) and not actor.email_verified:
        raise Forbidden(N_("Confirm your e-mail address first: the city answers there."), code="email_unverified")
    missing = rules.missing_for_check(business, _texts(session, business))
    if missing:
        raise ProfileIncomplete(fields=missing)
    _move(
        session,
        business,
        BusinessState.SUBMITTED,
        now,
        values={"submitted_at": now, "return_code": "", "return_reason": ""},
    )
    _note_move(session, actor, "business.submitted", business, now)


# --- the office -------------------------------------------------------------------------------------------------------


def verify_business(
    session: Session,
    *,
    actor: Actor,
    business: Business,
    now: dt.datetime,
    settings: Settings,
    seen_version: int | None = None,
) -> None:
    """Confirm that the maker is who she says: her goods may be public. She is told by mail.

    Raises:
        Forbidden: not an official.
        Conflict: somebody decided first, or the profile changed since ``seen_version`` was looked at.
        WrongMove: it was not submitted.
    """
    _require_decide(actor)
    if business.state != BusinessState.SUBMITTED:
        raise WrongMove
    _move(session, business, BusinessState.VERIFIED, now, seen_version, _decided(actor, now, verified_at=now))
    _note_move(session, actor, "business.verified", business, now)
    letters.business_verified(session, business=business, now=now, settings=settings)
    _tell_changed(session, business, now)


def return_business(
    session: Session, *, actor: Actor, business: Business, data: ReasonGiven, now: dt.datetime, settings: Settings
) -> None:
    """Send a profile back with a reason; the maker is told by mail. A suspended one may be opened again this way.

    Raises:
        Forbidden: not an official.
        Conflict: somebody decided first, or the profile changed since it was looked at.
        WrongMove: it was neither submitted nor suspended.
    """
    _require_decide(actor)
    values = _decided(actor, now, return_code=data.code.value, return_reason=data.text, verified_at=None)
    _move(session, business, BusinessState.RETURNED, now, data.seen_version, values)
    _note_move(session, actor, "business.returned", business, now, reason=data.code.value)
    letters.business_returned(session, business=business, now=now, settings=settings)


def suspend_business(
    session: Session, *, actor: Actor, business: Business, data: ReasonGiven, now: dt.datetime, settings: Settings
) -> None:
    """Take a verified maker and her goods off the public pages at once; she is told by mail.

    Raises:
        Forbidden: not an official.
        Conflict: somebody decided first, or the profile changed since it was looked at.
        WrongMove: she is not verified.
    """
    _require_decide(actor)
    values = _decided(actor, now, return_code=data.code.value, return_reason=data.text)
    _move(session, business, BusinessState.SUSPENDED, now, data.seen_version, values)
    _note_move(session, actor, "business.suspended", business, now, reason=data.code.value)
    letters.business_suspended(session, business=business, now=now, settings=settings)
    _tell_changed(session, business, now)


def restore_business(
    session: Session,
    *,
    actor: Actor,
    business: Business,
    now: dt.datetime,
    settings: Settings,
    seen_version: int | None = None,
) -> None:
    """Show a suspended maker and her goods again; the day of her verification stays. She is told by mail.

    Raises:
        Forbidden: not an official.
        Conflict: somebody decided first, or the profile changed since it was looked at.
        WrongMove: she is not suspended.
    """
    _require_decide(actor)
    if business.state != BusinessState.SUSPENDED:
        raise WrongMove
    _move(session, business, BusinessState.VERIFIED, now, seen_version, _decided(actor, now))
    _note_move(session, actor, "business.restored", business, now)
    letters.business_verified(session, business=business, now=now, settings=settings)
    _tell_changed(session, business, now)


# --- personal data (UU 27/2022) ---------------------------------------------------------------------------------------


@personal.exports("maker")
def export_maker(session: Session, user_id: int) -> dict[str, Any] | None:
    """The profile that a person acts for, with everything but its files, as plain values."""
    business = queries.find_business_of_user(session, user_id)
    if business is None:
        return None
    return {
        "profile": _exported(business),
        "stories": [_exported(row) for row in _texts(session, business)],
        **{
            name: [_exported(row) for row in session.exec(select(part).where(part.business_id == business.id))]
            for name, part in (("contacts", Contact), ("papers", Licence), ("trademarks", Trademark))
        },
    }


def _exported(row: Any) -> dict[str, Any]:
    moments = {
        name: value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
        for name, value in row.model_dump(warnings=False).items()
        if isinstance(value, dt.datetime)
    }
    days = {name: value.isoformat() for name, value in row if type(value) is dt.date}
    return {**row.model_dump(warnings=False), **moments, **days}


@personal.erases("maker")
def erase_maker(session: Session, actor: Subject, now: dt.datetime) -> None:
    """Empty the profile of a person whom nobody else acts for, and take it off the public pages.

    What others act for as well stays theirs. The row itself stays, because goods and decisions refer to it.
    """
    business = queries.find_business_of_user(session, actor.user_id)
    if business is None or any(member.id != actor.user_id for member in queries.list_members(session, business)):
        return
    for licence in session.exec(select(Licence).where(Licence.business_id == business.id)):
        _forget_file(session, licence, now)
        session.delete(licence)
    for part in (BusinessText, Contact, Trademark):
        session.connection().execute(delete(part).where(col(part.business_id) == business.id))
    business.legal_name, business.nib, business.capacity = "", None, ""
    business.year = business.employees = None
    if business.state == BusinessState.VERIFIED:
        business.state, business.return_code = BusinessState.SUSPENDED, ReturnReason.ASKED_BY_MAKER.value
    elif business.state == BusinessState.SUBMITTED:
        business.state, business.submitted_at = BusinessState.DRAFT, None
    _touch(business, now)
    session.flush()
    session.expire(business, ["texts", "contacts", "licences", "trademarks"])
    _tell_changed(session, business, now)


# --- parts ------------------------------------------------------------------------------------------------------------


def _check_changes(session: Session, business: Business, changes: Mapping[str, Any]) -> None:
    if "brand" in changes and not changes["brand"]:
        raise Invalid(fields={"brand": rules.MISSING["brand"]})
    locked = {"legal_name", "nib"} & changes.keys()
    if locked and business.state in rules.CHECKED:
        message = N_("The city has checked this. Ask the office to open it again before you change it.")
        raise Conflict(message, code="checked_field", fields=dict.fromkeys(sorted(locked), message))
    _check_nib(session, changes.get("nib"), other_than=business.id)


def _require_edit(actor: Actor, business: Business) -> None:
    if not rules.can_edit_business(actor, business):
        raise NotFound


def _require_decide(actor: Actor) -> None:
    if not rules.can_decide(actor):
        raise Forbidden


def _decided(actor: Actor, now: dt.datetime, **values: Any) -> dict[str, Any]:
    cleared = {"return_code": "", "return_reason": ""}
    return {**cleared, "decided_at": now, "decided_by_id": actor.user_id, **values}


def _move(
    session: Session,
    business: Business,
    after: BusinessState,
    now: dt.datetime,
    seen_version: int | None = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Move a profile on by one guarded update: of two people deciding at once one wins and the other is told."""
    before = BusinessState(business.state)
    if not rules.can_move(before, after):
        raise WrongMove
    session.flush()
    changes: dict[str, Any] = {**(values or {}), "state": after.value, "updated_at": now}
    statement = update(Business).where(col(Business.id) == business.id, col(Business.state) == before.value)
    if seen_version is not None:
        statement = statement.where(col(Business.version) == seen_version)
    statement = statement.values(**changes, version=col(Business.version) + 1)
    result = session.connection().execute(statement)
    if result.rowcount != 1:
        raise Conflict
    bump_public(session)
    session.refresh(business, attribute_names=[*changes, "version"])


def _note(
    session: Session,
    actor: Actor,
    action: str,
    business: Business,
    now: dt.datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    part: str = "",
) -> None:
    if part:
        before = {"part": part, **before} if before is not None else None
        after = {"part": part, **(after or {})}
    audit.record(
        session,
        actor=actor,
        action=action,
        subject_type="business",
        subject_id=business.id,
        before=before,
        after=after,
        now=now,
    )


def _note_move(
    session: Session, actor: Actor, action: str, business: Business, now: dt.datetime, *, reason: str = ""
) -> None:
    after: dict[str, Any] = {"state": str(business.state), "version": business.version}
    if reason:
        after["reason"] = reason
    _note(session, actor, action, business, now, after=after)


def _tell_changed(session: Session, business: Business, now: dt.datetime) -> None:
    for listener in CHANGED:
        listener(session, business.id, now)


def _touch(business: Business, now: dt.datetime) -> None:
    """Count a change to a part as a change of the whole, so that its version moves on."""
    business.updated_at = now
    flag_modified(business, "updated_at")


def _texts(session: Session, business: Business) -> list[BusinessText]:
    return list(session.exec(select(BusinessText).where(BusinessText.business_id == business.id)))


def _find_text(session: Session, business: Business, language: Language) -> BusinessText | None:
    statement = select(BusinessText).where(
        BusinessText.business_id == business.id, col(BusinessText.language) == str(language)
    )
    return session.exec(statement).first()


def _set_story(
    session: Session, business: Business, language: Language, story: str, origin: TextOrigin, now: dt.datetime
) -> None:
    text = _find_text(session, business, language)
    if text is None:
        text = BusinessText(business_id=business.id, language=language, story=story, updated_at=now)
    text.story, text.origin, text.updated_at = story, origin, now
    source = None if language == business.source_language else _find_text(session, business, business.source_language)
    text.source_hash = rules.text_digest(source.story) if source is not None else ""
    session.add(text)
    session.flush()


def _find_contact(session: Session, business: Business, kind: ContactKind) -> Contact | None:
    statement = select(Contact).where(Contact.business_id == business.id, col(Contact.kind) == kind.value)
    return session.exec(statement).first()


def _contact_state(contact: Contact | None) -> dict[str, Any] | None:
    """What the trail keeps of a contact: whether it is public, never the contact itself."""
    return None if contact is None else {"public": contact.consented_at is not None, "purpose": contact.purpose}


def _forget_file(session: Session, licence: Licence, now: dt.datetime) -> None:
    if licence.file_key:
        key = f"{DELETE_FILE}:{licence.file_key}"
        outbox.enqueue(session, kind=DELETE_FILE, key=key, payload={"key": licence.file_key}, now=now)


def _check_nib(session: Session, nib: str | None, *, other_than: int | None) -> None:
    if nib is None:
        return
    holder = session.exec(select(Business.id).where(Business.nib == nib)).first()
    if holder is not None and holder != other_than:
        message = N_("Another maker has this NIB. If it is yours, write to the office.")
        raise Conflict(message, code="nib_in_use", fields={"nib": message})


def _city_of(session: Session, kecamatan_code: str | None) -> City:
    if kecamatan_code is None:
        city = session.exec(select(City).where(City.slug == "bandung")).first()
    elif city_queries.find_kecamatan(session, kecamatan_code) is None:
        city = None
    else:
        city = city_queries.find_home_city(session, kecamatan_code)
    if city is None:
        raise Invalid(fields={"kecamatan_code": N_("Choose a district of the list.")})
    return city


def _free_slug(session: Session, brand: str) -> str:
    base = rules.slug_of(brand)
    taken = set(session.exec(select(Business.slug).where(col(Business.slug).startswith(base, autoescape=True))))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _plain(value: Any) -> Any:
    return value.value if hasattr(value, "value") else value
