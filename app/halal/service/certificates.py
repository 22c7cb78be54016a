"""What makers and officials do with certificates, one function per thing a person can do.

Each act moves the state by ``rules.MOVES`` in one guarded update, adds one event and one entry to the audit trail, and
tells the areas above that the certificate is worth something else now. What a person looks up is recorded as a check;
only a check by a person that agrees, made after the data was last changed, lets an official confirm.
"""

import datetime as dt
import secrets
import string
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from app.accounts import audit, personal
from app.accounts.subjects import Actor, Command, Subject
from app.businesses import queries as business_queries
from app.businesses import rules as businesses
from app.businesses.models import Business
from app.core import imaging, outbox, papers
from app.core.config import Settings
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.imaging import PictureRefused
from app.core.languages import N_
from app.core.papers import Paper
from app.core.storage import PRIVATE, Storage
from app.core.versions import bump_public
from app.halal import letters, numbers, rules
from app.halal.findings import Finding
from app.halal.models import Certificate, CertificateEvent, CertificateItem, Check
from app.halal.queries import certificates as certificate_queries
from app.halal.schemas.certificates import (
    CertificateCorrect,
    CertificateDecision,
    CertificateEnter,
    CertificateReject,
    CertificateSupersede,
    CertificateUpdate,
    CheckRecord,
)
from app.halal.service import tell_certificates_changed, tell_matches_confirmed
from app.halal.vocabulary import CertificateState, CheckResult, EventKind, Provider

PAPERS = f"{PRIVATE}halal/"
"""Where photos of certificates and evidence of checks are kept."""
KEPT = dt.timedelta(days=1)
"""How long a file waits for its row: a form that was refused keeps it until it is sent again."""
LOOK_UP = "halal.look_up"
MOST_OPEN = 200
"""Certificates of one maker that wait for a check at a time."""
_SIGNS = string.ascii_lowercase + string.digits


class WrongMove(Conflict):
    """A certificate in this state cannot be moved like that."""

    code = "wrong_state"
    message = N_("This has already been decided, or is not ready for it. Look at it again.")


class NumberConfirmed(Conflict):
    """One number of one body is confirmed for one holder only."""

    code = "number_confirmed"
    message = N_(
        "This number of this body is confirmed for another certificate already. One of the two is wrong: look both up"
        " again, and revoke or reject that one."
    )


class NotChecked(Conflict):
    """An official confirms only what somebody has looked up."""

    code = "not_checked"
    message = N_("Look the certificate up first, and say what you found.")


# --- files ------------------------------------------------------------------------------------------------------------


def receive_paper(storage: Storage, *, file_name: str, content: bytes, shown: bool = True) -> Paper:
    """Keep a photo or PDF; of a photo that is ``shown``, a picture made anew without metadata as well.

    Takes a second or so: never inside a transaction.

    Raises:
        TooLarge, FileRefused: see ``papers.receive``.
        PictureRefused: the photo is damaged, or too large to be read.
    """
    found = papers.kind_of(content)
    view = None
    if shown and found is not None and found[0] != papers.PDF and len(content) <= papers.MAX_BYTES:
        try:
            view = imaging.reprint(content).data
        except PictureRefused as refusal:
            refusal.fields = {"file": refusal.message}
            raise
    paper = papers.receive(storage, folder=PAPERS, file_name=file_name, content=content)
    if view is not None:
        storage.put(view_key(paper.key), view)
    return paper


def view_key(file_key: str) -> str:
    """Where the picture made anew of a photo is kept."""
    return f"{file_key.rpartition('.')[0]}.view.jpeg"


# --- the maker --------------------------------------------------------------------------------------------------------


def enter_certificate(
    session: Session,
    *,
    actor: Actor,
    business: Business,
    data: CertificateEnter,
    paper: Paper | None,
    now: dt.datetime,
    settings: Settings,
) -> Certificate:
    """Enter a certificate, which is a claim until an official confirms it.

    Raises:
        NotFound: the maker is not this person's.
        Invalid: no such body, dates that cannot be, or the number of a decree (KH) in place of the certificate's.
        Conflict: she entered this number already, or many wait.
    """
    _require_own(actor, business)
    # Two entries of one maker at once wait for each other here.
    session.exec(select(Business.id).where(Business.id == business.id).with_for_update()).one()
    values = _values(session, data.model_dump(), now=now)
    _check_new(session, business, values["body"], values["number_key"])
    items = values.pop("items")
    certificate = Certificate(
        **values,
        **_file(paper),
        public_id="".join(secrets.choice(_SIGNS) for _ in range(16)),
        business_id=business.id,
        state=CertificateState.CLAIMED,
        entered_at=now,
        updated_at=now,
    )
    session.add(certificate)
    session.flush()
    session.add_all([CertificateItem(certificate_id=certificate.id, name=name) for name in items])
    _happened(session, actor, certificate, EventKind.ENTERED, now)
    after = {"body": certificate.body, "number": certificate.number, "items": len(items), "file": certificate.sha256}
    _note(session, actor, "entered", certificate, now, after=after)
    if paper is not None:
        papers.ask_for_sweep(session, now=now)
    ask_register(session, certificate=certificate, now=now, settings=settings)
    tell_certificates_changed(session, [certificate.id], now=now)
    return certificate


def update_certificate(
    session: Session,
    *,
    actor: Actor,
    certificate: Certificate,
    business: Business,
    data: CertificateEnter | CertificateUpdate,
    paper: Paper | None,
    now: dt.datetime,
    settings: Settings,
    seen_version: int | None = None,
) -> None:
    """Enter a certificate anew while it waits for its check, or after it was rejected: then it waits again.

    An update changes what it names; a whole entry, everything. Without ``paper`` the file stays.

    Raises:
        NotFound: the certificate is not this person's.
        WrongMove: it is confirmed, or its life is over.
        Invalid, Conflict: as in ``enter_certificate``, or it changed since ``seen_version``.
    """
    _require_own(actor, business)
    named = data.model_dump(exclude_unset=isinstance(data, CertificateUpdate))
    values = _values(session, {**_entered(certificate), **named}, now=now)
    same = values["body"] == certificate.body and values["number_key"] == certificate.number_key
    if not same:
        _check_new(session, business, values["body"], values["number_key"])
    items = values.pop("items")
    rejected = certificate.state == CertificateState.REJECTED
    if rejected:
        values |= {"reject_code": None, "reject_reason": "", "entered_at": now, "decided_at": None}
        values["decided_by_id"] = None
    if paper is not None:
        values |= _file(paper)
        papers.ask_for_sweep(session, now=now)
    before = {"number": certificate.number, "body": certificate.body, "file": certificate.sha256}
    _move(session, actor, certificate, EventKind.ENTERED, now, values=values, seen_version=seen_version)
    _set_items(session, certificate, items, now)
    after = {"number": certificate.number, "body": certificate.body, "file": certificate.sha256}
    _note(session, actor, "entered", certificate, now, before=before, after=after)
    ask_register(session, certificate=certificate, now=now, settings=settings)
    tell_certificates_changed(session, [certificate.id], now=now)


def withdraw_certificate(
    session: Session,
    *,
    actor: Actor,
    certificate: Certificate,
    business: Business,
    now: dt.datetime,
    seen_version: int | None = None,
) -> None:
    """Take back a certificate that is not confirmed: it claims nothing any more.

    Raises:
        NotFound: the certificate is not this person's.
        WrongMove: it is confirmed, or its life is over.
    """
    _require_own(actor, business)
    _move(session, actor, certificate, EventKind.WITHDRAWN, now, seen_version=seen_version)
    _note(session, actor, "withdrawn", certificate, now, after=_state(certificate))
    tell_certificates_changed(session, [certificate.id], now=now)


# --- the office -------------------------------------------------------------------------------------------------------


def record_check(
    session: Session,
    *,
    actor: Actor,
    certificate: Certificate,
    data: CheckRecord,
    evidence: Paper | None,
    now: dt.datetime,
    settings: Settings,
) -> Check:
    """Record what a person found who looked a certificate up; it decides nothing.

    Raises:
        Forbidden: not an official.
    """
    _require_decide(actor)
    check = _add_check(session, actor, certificate, data, evidence, now, settings)
    after = {"check": check.id, "result": check.result, "evidence": check.evidence_sha256}
    _note(session, actor, "checked", certificate, now, after=after)
    return check


def verify_certificate(
    session: Session,
    *,
    actor: Actor,
    certificate: Certificate,
    business: Business,
    check: CheckRecord | None,
    evidence: Paper | None,
    now: dt.datetime,
    settings: Settings,
    seen_version: int | None = None,
    matches: Sequence[int] = (),
) -> None:
    """Confirm a certificate, by the check given or by one recorded since its data last changed. The maker is told.

    ``matches`` are those of goods with its items that the official saw and confirms with it; others keep waiting.

    Raises:
        Forbidden: not an official.
        NotChecked: nobody looked it up, or what was found does not agree.
        NumberConfirmed: the number is confirmed for another certificate.
        Conflict: somebody decided first, or it changed since ``seen_version`` was looked at, or a match has ended.
        NotFound: one of the matches is none with this certificate.
        WrongMove: it does not wait for a check.
    """
    _require_decide(actor)
    if check is not None and check.result is not CheckResult.CONFIRMED:
        message = N_("Only a look-up that agrees lets you confirm. Record the check alone, or reject the certificate.")
        raise NotChecked(message, fields={"result": message})
    if check is None and certificate_queries.confirming(certificate) is None:
        raise NotChecked(fields={"result": NotChecked.message})
    _forbid_second(session, certificate, certificate.body, certificate.number_key)
    values = _decided(actor, now)
    due = _surveillance(certificate.issued_on, certificate.valid_until, now)
    _move(
        session,
        actor,
        certificate,
        EventKind.VERIFIED,
        now,
        values={**values, "surveillance_due": due},
        seen_version=seen_version,
    )
    after = _state(certificate)
    if check is not None:
        added = _add_check(session, actor, certificate, check, evidence, now, settings)
        after |= {"check": added.id, "evidence": added.evidence_sha256}
    _note(session, actor, "verified", certificate, now, after=after)
    _tell(session, business, certificate, EventKind.VERIFIED, now, settings)
    if matches:
        tell_matches_confirmed(session, actor, certificate.id, matches, now=now)


def reject_certificate(
    session: Session,
    *,
    actor: Actor,
    certificate: Certificate,
    business: Business,
    data: CertificateReject,
    now: dt.datetime,
    settings: Settings,
) -> None:
    """Say that a certificate could not be confirmed, and why. The maker is told and may enter it anew.

    Raises:
        Forbidden: not an official.
        Conflict: somebody decided first, or it changed since it was looked at.
        WrongMove: it does not wait for a check.
    """
    _require_decide(actor)
    values = _decided(actor, now, reject_code=data.code.value, reject_reason=data.text)
    _move(session, actor, certificate, EventKind.REJECTED, now, values=values, seen_version=data.seen_version)
    _note(session, actor, "rejected", certificate, now, after={**_state(certificate), "reason": data.code.value})
    _tell(session, business, certificate, EventKind.REJECTED, now, settings)


def suspend_certificate(
    session: Session,
    *,
    actor: Actor,
    certificate: Certificate,
    business: Business,
    data: CertificateDecision,
    now: dt.datetime,
    settings: Settings,
) -> None:
    """Note that a confirmed certificate is suspended: from today it gives nothing. The maker is told.

    Raises:
        Forbidden, Conflict, WrongMove: as in ``reject_certificate``.
    """
    _decide(session, actor, certificate, business, data, EventKind.SUSPENDED, now, settings)


def reinstate_certificate(
    session: Session,
    *,
    actor: Actor,
    certificate: Certificate,
    business: Business,
    data: CertificateDecision,
    now: dt.datetime,
    settings: Settings,
) -> None:
    """Note that a suspended certificate is in force again. The maker is told.

    Raises:
        Forbidden, Conflict, WrongMove: as in ``reject_certificate``.
    """
    _decide(session, actor, certificate, business, data, EventKind.REINSTATED, now, settings)


def revoke_certificate(
    session: Session,
    *,
    actor: Actor,
    certificate: Certificate,
    business: Business,
    data: CertificateDecision,
    now: dt.datetime,
    settings: Settings,
) -> None:
    """Note that a certificate was revoked: for good. The maker is told.

    Raises:
        Forbidden, Conflict, WrongMove: as in ``reject_certificate``.
    """
    _decide(session, actor, certificate, business, data, EventKind.REVOKED, now, settings)


def supersede_certificate(
    session: Session,
    *,
    actor: Actor,
    certificate: Certificate,
    business: Business,
    data: CertificateSupersede,
    now: dt.datetime,
    settings: Settings,
) -> None:
    """Note that another certificate took the place of one, which gives nothing any more. The maker is told.

    Raises:
        Forbidden, Conflict, WrongMove: as in ``reject_certificate``.
        Invalid: the successor is not a confirmed certificate of the same maker.
    """
    _require_decide(actor)
    successor = _successor(session, certificate, data.successor) if data.successor else None
    _decide(session, actor, certificate, business, data, EventKind.SUPERSEDED, now, settings, successor=successor)


def correct_certificate(
    session: Session,
    *,
    actor: Actor,
    certificate: Certificate,
    business: Business,
    data: CertificateCorrect,
    now: dt.datetime,
    settings: Settings,
) -> None:
    """Put right what is written of a certificate, with the reason, which stays visible. The maker is told.

    Past days are judged anew by what is right. Items that are no longer named are taken off, with what rested on them.

    Raises:
        Forbidden: not an official.
        Invalid: nothing is changed, no such body, or dates that cannot be.
        NumberConfirmed: the number is confirmed for another certificate.
        Conflict: it changed since it was looked at.
        WrongMove: its life is over.
    """
    _require_decide(actor)
    old = _entered(certificate)
    values = _values(session, {**old, **data.changes()}, now=now)
    items = values.pop("items")
    changed = sorted(name for name in data.changes() if values.get(name, items) != old[name])
    if not changed:
        raise Invalid(N_("Nothing would change. Correct a field, then save."), code="nothing_changed")
    if certificate.state in _CONFIRMED_NOW:
        _forbid_second(session, certificate, values["body"], values["number_key"])
    _move(
        session,
        actor,
        certificate,
        EventKind.CORRECTED,
        now,
        values=values,
        seen_version=data.seen_version,
        words=data.reason,
    )
    _set_items(session, certificate, items, now)
    before = {name: _plain(old[name]) for name in changed if name != "holder"}
    after = {name: _plain(values.get(name, items)) for name in changed if name != "holder"}
    _note(session, actor, "corrected", certificate, now, before=before, after={**after, "changed": changed})
    _tell(session, business, certificate, EventKind.CORRECTED, now, settings, words=data.reason)


def _decide(
    session: Session,
    actor: Actor,
    certificate: Certificate,
    business: Business,
    data: CertificateDecision,
    kind: EventKind,
    now: dt.datetime,
    settings: Settings,
    *,
    successor: Certificate | None = None,
) -> None:
    _require_decide(actor)
    _move(
        session,
        actor,
        certificate,
        kind,
        now,
        values=_decided(actor, now, reject_reason=data.text),
        seen_version=data.seen_version,
        words=data.text,
    )
    after = _state(certificate)
    if successor is not None:
        successor.supersedes_id = certificate.id
        after["successor"] = successor.public_id
        session.flush()
    _note(session, actor, kind.value, certificate, now, after=after)
    _tell(session, business, certificate, kind, now, settings)


# --- the register -----------------------------------------------------------------------------------------------------


def ask_register(
    session: Session, *, certificate: Certificate, now: dt.datetime, settings: Settings, again: bool = False
) -> bool:
    """Have the worker ask the register, when the settings name one; says whether it will.

    Once for each form of the certificate's data; ``again`` asks anew, once a minute at most.
    """
    if not settings.halal_register_url:
        return False
    key = f"{LOOK_UP}:{certificate.id}:{certificate.version}" + (f":{now:%Y%m%d%H%M}" if again else "")
    payload = {"certificate": certificate.id, "version": certificate.version, "token": secrets.token_hex(16)}
    return outbox.enqueue(session, kind=LOOK_UP, key=key, payload=payload, now=now)


def ask_register_again(
    session: Session, *, actor: Actor, certificate: Certificate, now: dt.datetime, settings: Settings
) -> None:
    """Have the register asked anew.

    Raises:
        Forbidden: not an official.
        Conflict: no register is named in the settings, or it was asked a moment ago.
    """
    _require_decide(actor)
    if not settings.halal_register_url:
        raise Conflict(N_("No register is set up that can be asked. Look it up by the link."), code="no_register")
    if not ask_register(session, certificate=certificate, now=now, settings=settings, again=True):
        raise Conflict(N_("The register is being asked already. Load this page again in a moment."), code="asked")


def record_finding(
    session: Session,
    *,
    certificate_id: int,
    version: int,
    looked_at: str,
    finding: Finding,
    evidence: tuple[str, str, str],
    now: dt.datetime,
) -> None:
    """Record what the register answered; it decides nothing. ``evidence`` is the raw answer's key, type and digest.

    Nothing is recorded when the certificate changed since it was asked about, or when this answer is recorded already.
    """
    key, mime, digest = evidence
    certificate = session.exec(select(Certificate).where(Certificate.id == certificate_id).with_for_update()).first()
    if certificate is None or certificate.version != version:
        return
    if key and session.exec(select(Check.id).where(Check.evidence_key == key)).first() is not None:
        return
    check = Check(
        certificate_id=certificate_id,
        provider=Provider.HTTP,
        looked_at=looked_at,
        result=finding.result,
        found_number=finding.number,
        found_holder=finding.holder,
        found_products=list(finding.products),
        evidence_key=key,
        evidence_mime=mime[:60],
        evidence_sha256=digest,
        note=finding.note,
        checked_at=now,
    )
    session.add(check)
    session.flush()
    after = {"check": check.id, "result": finding.result.value, "evidence": digest}
    _note(session, Command("register"), "checked", certificate, now, after=after)


# --- personal data (UU 27/2022) ---------------------------------------------------------------------------------------


@personal.exports("halal")
def export_certificates(session: Session, user_id: int) -> list[dict[str, Any]] | None:
    """What a maker entered of her certificates, without the files."""
    business = business_queries.find_business_of_user(session, user_id)
    if business is None:
        return None
    return [
        {
            "number": row.number,
            "body": row.body,
            "decree_number": row.decree_number,
            "holder": row.holder,
            "issued_on": _plain(row.issued_on),
            "valid_until": _plain(row.valid_until),
            "state": str(row.state),
            "file_name": row.file_name,
            "items": [item.name for item in certificate_queries.items_of(row)],
        }
        for row in certificate_queries.list_own(session, business)
    ]


@personal.erases("halal")
def erase_certificates(session: Session, actor: Subject, now: dt.datetime) -> None:
    """Forget names and files of the certificates of a maker whom nobody else acts for, and take back mere claims.

    Numbers and dates of confirmed ones stay: the status of goods on past days rests on them.
    """
    business = business_queries.find_business_of_user(session, actor.user_id)
    if business is None or any(each.id != actor.user_id for each in business_queries.list_members(session, business)):
        return
    forgotten = {"holder": "", "decree_number": "", "file_name": "", "file_key": "", "mime": "", "size": 0}
    rows = certificate_queries.list_own(session, business)
    for certificate in rows:
        values = {**forgotten, "sha256": "", "updated_at": now}
        if rules.move(CertificateState(certificate.state), EventKind.WITHDRAWN) is not None:
            _move(session, actor, certificate, EventKind.WITHDRAWN, now, values=values)
        else:
            for name, value in values.items():
                setattr(certificate, name, value)
        for check in certificate.checks:
            check.found_holder = check.note = check.evidence_key = check.evidence_mime = check.evidence_sha256 = ""
    session.flush()
    if rows:
        papers.ask_for_sweep(session, now=now)
        tell_certificates_changed(session, [certificate.id for certificate in rows], now=now)


# --- parts ------------------------------------------------------------------------------------------------------------


def _require_own(actor: Actor, business: Business) -> None:
    if not businesses.can_edit_business(actor, business):
        raise NotFound


def _require_decide(actor: Actor) -> None:
    if not businesses.can_decide(actor):
        raise Forbidden


def _values(session: Session, given: Mapping[str, Any], *, now: dt.datetime) -> dict[str, Any]:
    """The columns of what was entered, checked by what the database and the day know."""
    values = dict(given)
    issued_on, valid_until, today = values["issued_on"], values["valid_until"], rules.day_of(now)
    if certificate_queries.find_issuer(session, values["body"]) is None:
        raise Invalid(fields={"body": N_("Choose the body that issued it.")})
    if values["body"] in numbers.INDONESIAN and numbers.is_decree(values["number"]):
        message = N_(
            "This is the number of the halal decree (KH). Write it in the field for the decree; the certificate's own"
            " number comes later and begins with ID."
        )
        raise Invalid(fields={"number": message})
    if issued_on is not None and issued_on > today:
        raise Invalid(fields={"issued_on": N_("This day lies ahead. Write the day of issue as it is printed.")})
    if issued_on is not None and valid_until is not None and valid_until < issued_on:
        raise Invalid(fields={"valid_until": N_("The last day cannot come before the day of issue.")})
    return {
        **values,
        "number_key": numbers.number_key(values["number"]),
        "surveillance_due": _surveillance(issued_on, valid_until, now),
    }


def _surveillance(issued_on: dt.date | None, valid_until: dt.date | None, now: dt.datetime) -> dt.date | None:
    return rules.surveillance_due(issued_on, rules.day_of(now)) if valid_until is None else None


def _entered(certificate: Certificate) -> dict[str, Any]:
    """What can be entered of a certificate, as it stands."""
    names = ("body", "number", "decree_number", "holder", "issued_on", "valid_until")
    standing = {name: getattr(certificate, name) for name in names}
    return {**standing, "items": [item.name for item in certificate_queries.items_of(certificate)]}


def _check_new(session: Session, business: Business, body: str, number_key: str) -> None:
    standing = session.exec(
        select(Certificate.number_key, Certificate.body, Certificate.state).where(
            Certificate.business_id == business.id,
            col(Certificate.state).in_([state.value for state in certificate_queries.LIVING]),
        )
    ).all()
    if any(key == number_key and issuer == body for key, issuer, _ in standing):
        message = N_("You entered this number already. Open that certificate and change it there.")
        raise Conflict(message, code="number_entered", fields={"number": message})
    if sum(state == CertificateState.CLAIMED for _, _, state in standing) >= MOST_OPEN:
        raise Conflict(N_("Many of your certificates wait for a check. Wait until the city has looked at some."))


def _forbid_second(session: Session, certificate: Certificate, body: str, number_key: str) -> None:
    """Say so kindly before the index does, which alone holds against two at once."""
    if certificate_queries.find_confirmed(session, body, number_key, other_than=certificate.id) is not None:
        raise NumberConfirmed


_CONFIRMED_NOW = (CertificateState.VERIFIED.value, CertificateState.SUSPENDED.value)


def _successor(session: Session, certificate: Certificate, public_id: str) -> Certificate:
    found = session.exec(select(Certificate).where(Certificate.public_id == public_id)).first()
    fits = (
        found is not None
        and found.id != certificate.id
        and found.business_id == certificate.business_id
        and found.state in _CONFIRMED_NOW
    )
    if found is None or not fits:
        raise Invalid(fields={"successor": N_("Choose a confirmed certificate of the same maker.")})
    return found


def _file(paper: Paper | None) -> dict[str, Any]:
    if paper is None:
        return {}
    return {
        "file_name": paper.file_name,
        "file_key": paper.key,
        "mime": paper.mime,
        "size": paper.size,
        "sha256": paper.sha256,
    }


def _decided(actor: Actor, now: dt.datetime, **values: Any) -> dict[str, Any]:
    cleared = {"reject_code": None, "reject_reason": ""}
    return {**cleared, "decided_at": now, "decided_by_id": actor.user_id, **values}


def _move(
    session: Session,
    actor: Actor,
    certificate: Certificate,
    kind: EventKind,
    now: dt.datetime,
    *,
    values: Mapping[str, Any] | None = None,
    seen_version: int | None = None,
    words: str = "",
) -> None:
    """Move a certificate on by one guarded update with its event: of two at once one wins and the other is told."""
    before = CertificateState(certificate.state)
    after = rules.move(before, kind)
    if after is None:
        raise WrongMove
    session.flush()
    changes: dict[str, Any] = {**(values or {}), "state": after.value, "updated_at": now}
    statement = update(Certificate).where(
        col(Certificate.id) == certificate.id,
        col(Certificate.state) == before.value,
        col(Certificate.version) == (certificate.version if seen_version is None else seen_version),
    )
    try:
        with session.begin_nested():
            statement = statement.values(**changes, version=col(Certificate.version) + 1)
            result = session.connection().execute(statement)
    except IntegrityError as error:
        raise NumberConfirmed from error
    if result.rowcount != 1:
        raise Conflict
    bump_public(session)
    session.refresh(certificate, attribute_names=[*changes, "version"])
    _happened(session, actor, certificate, kind, now, words)


def _happened(
    session: Session, actor: Actor, certificate: Certificate, kind: EventKind, now: dt.datetime, words: str = ""
) -> None:
    last: dt.date | None = session.exec(
        select(func.max(CertificateEvent.effective_on)).where(CertificateEvent.certificate_id == certificate.id)
    ).one()
    today = rules.day_of(now)
    event = CertificateEvent(
        certificate_id=certificate.id,
        kind=kind,
        # A clock that was set back must not turn the order of events round.
        effective_on=today if last is None else max(today, last),
        recorded_at=now,
        recorded_by_id=actor.user_id,
        note=words,
    )
    session.add(event)
    session.flush()
    session.expire(certificate, ["events"])


def _set_items(session: Session, certificate: Certificate, names: list[str], now: dt.datetime) -> None:
    """Keep the names that stay, take off those that are gone, add the new ones: what is linked with a name stays."""
    statement = select(CertificateItem).where(
        CertificateItem.certificate_id == certificate.id, col(CertificateItem.removed_at).is_(None)
    )
    standing = {item.name: item for item in session.exec(statement)}
    for name, item in standing.items():
        if name not in names:
            item.removed_at = now
    for name in names:
        if name not in standing:
            session.add(CertificateItem(certificate_id=certificate.id, name=name))
    session.flush()
    session.expire(certificate, ["items"])


def _add_check(
    session: Session,
    actor: Actor,
    certificate: Certificate,
    data: CheckRecord,
    evidence: Paper | None,
    now: dt.datetime,
    settings: Settings,
) -> Check:
    linked = bool(settings.halal_search_url) and data.looked_at.startswith(settings.halal_search_url.partition("?")[0])
    check = Check(
        certificate_id=certificate.id,
        provider=Provider.LINK if linked else Provider.MANUAL,
        looked_at=data.looked_at,
        result=data.result,
        evidence_key=evidence.key if evidence else "",
        evidence_mime=evidence.mime if evidence else "",
        evidence_sha256=evidence.sha256 if evidence else "",
        note=data.note,
        checked_at=now,
        checked_by_id=actor.user_id,
    )
    session.add(check)
    session.flush()
    session.expire(certificate, ["checks"])
    if evidence is not None:
        papers.ask_for_sweep(session, now=now)
    return check


def _tell(
    session: Session,
    business: Business,
    certificate: Certificate,
    kind: EventKind,
    now: dt.datetime,
    settings: Settings,
    words: str = "",
) -> None:
    letters.tell(
        session, business=business, certificate=certificate, kind=kind, now=now, settings=settings, words=words
    )
    tell_certificates_changed(session, [certificate.id], now=now)


def _state(certificate: Certificate) -> dict[str, Any]:
    return {"state": str(certificate.state), "version": certificate.version}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _note(
    session: Session,
    actor: Actor,
    act: str,
    certificate: Certificate,
    now: dt.datetime,
    *,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"certificate.{act}",
        subject_type="certificate",
        subject_id=certificate.id,
        before=before,
        after=after,
        now=now,
    )
