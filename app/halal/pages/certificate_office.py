"""The verification desk: certificates that wait, each with its paper beside its data, one by one or several at once."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from app.accounts.subjects import Subject
from app.accounts.web import Number, OfficialDep, PageDep
from app.businesses import desks
from app.businesses.models import Business
from app.core import papers
from app.core.config import Settings
from app.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from app.core.forms import FormDep, FormState, explain, form_state, form_values, parse_form
from app.core.languages import N_, Language
from app.core.pagination import CursorText
from app.core.templating import Page, PageMeta
from app.core.validation import MESSAGES
from app.core.web import NowDep, SessionDep, SettingsDep, StorageDep, moment_of
from app.halal import client, findings, letters, matches, numbers, rules, uploads, words
from app.halal.matches import MatchedGood
from app.halal.models import Certificate, Check
from app.halal.pages import certificates as shared
from app.halal.queries import certificates as queries
from app.halal.queries.certificates import Held
from app.halal.schemas.certificates import (
    CertificateCorrect,
    CertificateDecision,
    CertificateReject,
    CertificateSupersede,
    CheckRecord,
)
from app.halal.service import certificates as service
from app.halal.vocabulary import CertificateState, CheckResult, EventKind, Provider, RejectReason

router = uploads.paper_router(include_in_schema=False)
QUEUE, REVIEW, BATCH = "halal:certificate_queue", "halal:certificate_review", "halal:certificate_batch"
CORRECT = "halal:certificate_correct"
PER_PAGE = 50
MOST_AT_ONCE = 50
DETAIL = "halal/certificate_review.html"
BATCH_PAGE = "halal/certificate_batch.html"
CORRECT_PAGE = "halal/certificate_correct.html"
PublicIdPath = Annotated[str, Path(max_length=16)]
LINK, SHOWN = "link", "shown"
"""Fields: matches to be confirmed with a certificate, and all that its page showed."""
BY_HAND = N_("the original, at our desk")
ACTS: dict[str, str] = {
    "certificate.entered": N_("Entered by the maker"),
    "certificate.withdrawn": N_("Withdrawn by the maker"),
    "certificate.checked": N_("Looked up"),
    "certificate.verified": N_("Confirmed"),
    "certificate.rejected": N_("Not confirmed"),
    "certificate.suspended": N_("Suspended"),
    "certificate.reinstated": N_("In force again"),
    "certificate.revoked": N_("Revoked"),
    "certificate.superseded": N_("Replaced"),
    "certificate.corrected": N_("Corrected"),
}
"""Acts of the audit trail in words."""


@dataclass(frozen=True)
class QueueRow:
    """A certificate in the queue."""

    public_id: str
    url: str
    number: str
    body: str
    maker: str
    holder: str
    items: int
    state: str
    state_label: str
    sign: str
    """What is unusual, or what the register said; empty when there is nothing to say."""
    age: str
    choosable: bool


@dataclass(frozen=True)
class QueueView:
    """Certificates for the office."""

    q: str
    state: str
    states: tuple[tuple[str, str, int, bool], ...]
    """(label, address, count, chosen)."""
    rows: tuple[QueueRow, ...]
    total_text: str
    next_url: str | None
    first_url: str | None
    batch_url: str
    choosable: bool


@dataclass(frozen=True)
class LookView:
    """One look-up."""

    at: dt.datetime
    result: str
    agrees: bool
    how: str
    looked_at: str
    link: str
    found: tuple[tuple[str, str], ...]
    note: str
    evidence_url: str


@dataclass(frozen=True)
class PrintedName:
    """A product name as printed, with the goods that the maker says it means."""

    name: str
    goods: tuple[MatchedGood, ...]


@dataclass(frozen=True)
class ReviewView:
    """One certificate with all that a decision needs."""

    public_id: str
    number: str
    state: str
    state_label: str
    age: str
    maker: tuple[str, str, bool]
    """(brand, address of her page in the office, verified)."""
    facts: tuple[tuple[str, str], ...]
    items: tuple[PrintedName, ...]
    ticked: frozenset[int] | None
    """Matches that the official chose before she was refused; None: those whose names are alike."""
    warnings: tuple[str, ...]
    file: tuple[str, str] | None
    picture: str
    search_url: str
    register: bool
    """Whether a register can be asked."""
    finding: LookView | None
    looks: tuple[LookView, ...]
    results: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    successors: tuple[tuple[str, str], ...]
    said: tuple[str, ...]
    moves: frozenset[str]
    history: tuple[tuple[dt.datetime, str, str], ...]
    version: int
    waiting: int
    accept: str
    confirmed_by: str
    """The look-up that already lets one confirm, in words."""


@dataclass(frozen=True)
class BatchRow:
    """A certificate among several."""

    public_id: str
    url: str
    number: str
    maker: str
    facts: tuple[tuple[str, str], ...]
    items: tuple[PrintedName, ...]
    ticked: frozenset[int] | None
    warnings: tuple[str, ...]
    picture: str
    file: tuple[str, str] | None
    search_url: str
    version: int
    decidable: bool
    state: str
    state_label: str
    outcome: tuple[str, str] | None
    """(state for the sign, words) of what came of it."""


@dataclass(frozen=True)
class BatchView:
    """Several certificates, before or after they were decided."""

    rows: tuple[BatchRow, ...]
    results: tuple[tuple[str, str], ...]
    done: bool
    summary: str
    waiting: int


# --- the queue --------------------------------------------------------------------------------------------------------


@router.get("/{locale}/office/halal", name=QUEUE)
def certificate_queue(
    locale: Language,
    page: PageDep,
    official: OfficialDep,
    session: SessionDep,
    now: NowDep,
    state: Annotated[str, Query(max_length=40)] = CertificateState.CLAIMED.value,
    q: Annotated[str, Query(max_length=400)] = "",
    cursor: CursorText | None = None,
) -> Response:
    """Certificates in a state, those that wait longest first."""
    q = q.replace("\x00", "").strip()[:120]
    chosen = next((each for each in CertificateState if each.value == state), None)
    try:
        found = queries.list_for_review(session, state=chosen, q=q, limit=PER_PAGE, cursor=cursor)
    except Invalid:
        cursor = None
        found = queries.list_for_review(session, state=chosen, q=q, limit=PER_PAGE)
    counts = queries.count_by_state(session)
    value = chosen.value if chosen else "all"

    def url(**changes: Any) -> str:
        return page.url(QUEUE, **{"state": value, "q": q, **changes})

    states = [
        (page.gettext(words.CERTIFICATE_STATES[each]), url(state=each.value), counts[each], each is chosen)
        for each in counts
        if counts[each] or each is chosen or each is CertificateState.CLAIMED
    ]
    states.append((page.gettext(N_("All")), url(state="all"), sum(counts.values()), chosen is None))
    rows = tuple(_queue_row(page, held, now) for held in found.rows)
    view = QueueView(
        q=q,
        state=value,
        states=tuple(states),
        rows=rows,
        total_text=page.ngettext("%(num)s certificate", "%(num)s certificates", found.total),
        next_url=url(cursor=found.next) if found.next else None,
        first_url=url() if cursor else None,
        batch_url=page.url(BATCH),
        choosable=sum(row.choosable for row in rows) > 1,
    )
    return page.render(
        "halal/certificate_queue.html",
        PageMeta(title=page.gettext(N_("Halal certificates"))),
        work=desks.office_frame(page, session, QUEUE),
        view=view,
    )


def _queue_row(page: Page, held: Held, now: dt.datetime) -> QueueRow:
    certificate = held.certificate
    state, label = shared.shown_state(certificate, rules.day_of(now))
    waits = certificate.state == CertificateState.CLAIMED
    finding = queries.last_finding(certificate)
    warning = numbers.judge(certificate.body, certificate.number)
    sign = ""
    if waits and finding is not None:
        sign = page.gettext(words.CHECK_RESULTS[CheckResult(finding.result)])
    elif waits and warning is not None:
        sign = page.gettext(shared.WARNINGS[warning])
    return QueueRow(
        public_id=certificate.public_id,
        url=page.url(REVIEW, public_id=certificate.public_id),
        number=certificate.number,
        body=certificate.body,
        maker=held.business.brand,
        holder=certificate.holder,
        items=len(queries.items_of(certificate)),
        state=state,
        state_label=page.gettext(label),
        sign=sign,
        age=age_of(page, certificate.entered_at, now) if waits else "",
        choosable=waits,
    )


def age_of(page: Page, since: dt.datetime | None, now: dt.datetime) -> str:
    """How long something has waited, in whole hours or days."""
    if since is None:
        return ""
    hours = max(0, int((now - since).total_seconds() // 3600))
    if hours < 24:  # noqa: PLR2004 - a day
        return page.ngettext("%(num)s hour", "%(num)s hours", hours)
    return page.ngettext("%(num)s day", "%(num)s days", hours // 24)


# --- one --------------------------------------------------------------------------------------------------------------


@router.get("/{locale}/office/halal/certificates/{public_id}", name=REVIEW)
def certificate_review(
    locale: Language,
    public_id: PublicIdPath,
    page: PageDep,
    official: OfficialDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """One certificate with its paper beside its data, and the decision."""
    held = queries.get_to_decide(session, public_id, official=official)
    view = _review(page, session, held, settings, now)
    return page.render(
        DETAIL,
        PageMeta(title=held.certificate.number),
        work=desks.office_frame(page, session, QUEUE),
        view=view,
        form=FormState(values={"looked_at": view.search_url or page.gettext(BY_HAND)}),
    )


@router.post("/{locale}/office/halal/certificates/{public_id}/verify", name="halal:certificate_verify")
def certificate_verify(
    locale: Language,
    public_id: PublicIdPath,
    request: Request,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Record the look-up and confirm in one act, then go to the next."""
    held = queries.get_to_decide(session, public_id, official=official)
    try:
        check = parse_form(CheckRecord, form) if form.get("result") or not _looked_up(held) else None
        service.verify_certificate(
            session,
            actor=official,
            certificate=held.certificate,
            business=held.business,
            check=check,
            evidence=uploads.paper_of(request, form, person=official, settings=settings, field=uploads.EVIDENCE),
            now=now,
            settings=settings,
            seen_version=shared.seen_version(form),
            matches=_numbers(form, LINK),
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refuse(page, session, official, public_id, error, form, settings, now)
    return _next(page, session)


def _numbers(form: FormData, name: str) -> list[int]:
    """The numbers in the fields of a name, which no person types; anything else is not looked for."""
    texts = [each for each in form.getlist(name) if isinstance(each, str)]
    return [int(each) for each in texts if each.isascii() and each.isdecimal() and len(each) < 19]  # noqa: PLR2004


def _printed(certificate: Certificate, goods: Mapping[int, list[MatchedGood]]) -> tuple[PrintedName, ...]:
    return tuple(PrintedName(item.name, tuple(goods.get(item.id, ()))) for item in queries.items_of(certificate))


def _ticked(form: FormData, public_id: str = "") -> frozenset[int] | None:
    """The matches that were ticked in a form, or None where it showed none."""
    shown, ticked = (f"{SHOWN}-{public_id}", f"{LINK}-{public_id}") if public_id else (SHOWN, LINK)
    return frozenset(_numbers(form, ticked)) if _numbers(form, shown) else None


def _looked_up(held: Held) -> bool:
    return queries.confirming(held.certificate) is not None


@router.post("/{locale}/office/halal/certificates/{public_id}/check", name="halal:certificate_check")
def certificate_check(
    locale: Language,
    public_id: PublicIdPath,
    request: Request,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Record a look-up that decides nothing."""
    held = queries.get_to_decide(session, public_id, official=official)
    try:
        data = parse_form(CheckRecord, form)
        evidence = uploads.paper_of(request, form, person=official, settings=settings, field=uploads.EVIDENCE)
        service.record_check(
            session,
            actor=official,
            certificate=held.certificate,
            data=data,
            evidence=evidence,
            now=now,
            settings=settings,
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refuse(page, session, official, public_id, error, form, settings, now)
    return page.redirect(REVIEW, public_id=public_id, notice="saved")


@router.post("/{locale}/office/halal/certificates/{public_id}/ask", name="halal:certificate_ask")
def certificate_ask(
    locale: Language,
    public_id: PublicIdPath,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Have the worker ask the register; its answer shows when the page is loaded again."""
    held = queries.get_to_decide(session, public_id, official=official)
    try:
        service.ask_register_again(session, actor=official, certificate=held.certificate, now=now, settings=settings)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refuse(page, session, official, public_id, error, form, settings, now)
    return page.redirect(REVIEW, public_id=public_id, notice="asked")


@router.post("/{locale}/office/halal/certificates/{public_id}/reject", name="halal:certificate_reject")
def certificate_reject(
    locale: Language,
    public_id: PublicIdPath,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Say that it could not be confirmed, with a reason, then go to the next."""
    held = queries.get_to_decide(session, public_id, official=official)
    try:
        data = parse_form(CertificateReject, form)
        service.reject_certificate(
            session,
            actor=official,
            certificate=held.certificate,
            business=held.business,
            data=data,
            now=now,
            settings=settings,
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refuse(page, session, official, public_id, error, form, settings, now)
    return _next(page, session)


_DECISIONS: Mapping[str, tuple[type[CertificateDecision], Any]] = {
    "suspend": (CertificateDecision, service.suspend_certificate),
    "reinstate": (CertificateDecision, service.reinstate_certificate),
    "revoke": (CertificateDecision, service.revoke_certificate),
    "supersede": (CertificateSupersede, service.supersede_certificate),
}


def _decide(
    act: str,
    public_id: str,
    page: Page,
    official: Subject,
    form: FormData,
    session: Session,
    settings: Settings,
    now: dt.datetime,
) -> Response:
    held = queries.get_to_decide(session, public_id, official=official)
    schema, perform = _DECISIONS[act]
    try:
        perform(
            session,
            actor=official,
            certificate=held.certificate,
            business=held.business,
            data=parse_form(schema, form),
            now=now,
            settings=settings,
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refuse(page, session, official, public_id, error, form, settings, now)
    return page.redirect(REVIEW, public_id=public_id, notice="saved")


@router.post("/{locale}/office/halal/certificates/{public_id}/suspend", name="halal:certificate_suspend")
def certificate_suspend(
    locale: Language,
    public_id: PublicIdPath,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Note a suspension, with its reason."""
    return _decide("suspend", public_id, page, official, form, session, settings, now)


@router.post("/{locale}/office/halal/certificates/{public_id}/reinstate", name="halal:certificate_reinstate")
def certificate_reinstate(
    locale: Language,
    public_id: PublicIdPath,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Note that a suspension was lifted."""
    return _decide("reinstate", public_id, page, official, form, session, settings, now)


@router.post("/{locale}/office/halal/certificates/{public_id}/revoke", name="halal:certificate_revoke")
def certificate_revoke(
    locale: Language,
    public_id: PublicIdPath,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Note a revocation, with its reason."""
    return _decide("revoke", public_id, page, official, form, session, settings, now)


@router.post("/{locale}/office/halal/certificates/{public_id}/supersede", name="halal:certificate_supersede")
def certificate_supersede(
    locale: Language,
    public_id: PublicIdPath,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Note that another certificate took its place."""
    return _decide("supersede", public_id, page, official, form, session, settings, now)


@router.get("/{locale}/office/halal/certificates/{public_id}/checks/{check_id}", name="halal:check_evidence")
def check_evidence(
    locale: Language,
    public_id: PublicIdPath,
    check_id: Number,
    official: OfficialDep,
    session: SessionDep,
    storage: StorageDep,
) -> Response:
    """What remains of a look-up, saved by the browser, whatever it is."""
    check = queries.get_check(session, public_id, check_id, official=official)
    content = storage.get(check.evidence_key) if check.evidence_key else None
    if content is None:
        raise NotFound
    headers = papers.download_headers(f"check-{check.id}.{check.evidence_key.rpartition('.')[2]}")
    return Response(content, media_type="application/octet-stream", headers=headers)


def _next(page: Page, session: Session) -> Response:
    oldest = queries.get_queue(session).oldest_id
    if oldest is None:
        return page.redirect(QUEUE, notice="saved")
    return page.redirect(REVIEW, public_id=oldest, notice="decided")


def _refuse(
    page: Page,
    session: Session,
    official: Subject,
    public_id: str,
    error: DomainError,
    form: FormData,
    settings: Settings,
    now: dt.datetime,
) -> Response:
    session.expire_all()  # somebody else may have decided: show how it stands
    held = queries.get_to_decide(session, public_id, official=official)
    return page.reject(
        DETAIL,
        PageMeta(title=page.gettext(N_("Error: %(title)s"), title=held.certificate.number)),
        error,
        form=form_state(form, error, page.language),
        work=desks.office_frame(page, session, QUEUE),
        view=_review(page, session, held, settings, now, ticked=_ticked(form)),
    )


def _warnings(page: Page, session: Session, held: Held) -> Iterator[str]:
    certificate = held.certificate
    warning = numbers.judge(certificate.body, certificate.number)
    if warning is not None:
        yield page.gettext(shared.WARNINGS[warning])
    other = queries.find_confirmed(session, certificate.body, certificate.number_key, other_than=certificate.id)
    if other is not None:
        yield page.gettext(
            N_("This number is confirmed for %(holder)s already. One of the two is wrong."), holder=other.holder
        )
    if not certificate.file_key:
        yield page.gettext(N_("There is no photo or PDF of it."))


def search_url(settings: Settings, certificate: Certificate) -> str:
    """The official search for a certificate; only of the body whose search the settings name."""
    if certificate.body != numbers.BPJPH:
        return ""
    asked = findings.Asked(
        certificate.number, certificate.holder, tuple(item.name for item in queries.items_of(certificate))
    )
    address = client.checker_of(settings).address(asked)
    return address if len(address) <= 300 else ""  # noqa: PLR2004 - as long as a place may be


def _review(
    page: Page,
    session: Session,
    held: Held,
    settings: Settings,
    now: dt.datetime,
    *,
    ticked: frozenset[int] | None = None,
) -> ReviewView:
    certificate, business = held.certificate, held.business
    state, label = shared.shown_state(certificate, rules.day_of(now))
    standing = CertificateState(certificate.state)
    finding, confirming = queries.last_finding(certificate), queries.confirming(certificate)
    waits = standing is CertificateState.CLAIMED
    return ReviewView(
        public_id=certificate.public_id,
        number=certificate.number,
        state=state,
        state_label=page.gettext(label),
        age=age_of(page, certificate.entered_at, now) if waits else "",
        maker=(
            business.brand,
            page.url("businesses:review_detail", slug=business.slug),
            business.state == "verified",
        ),
        facts=(*shared.reads(page, held), (page.gettext(N_("Registered name")), business.legal_name)),
        items=_printed(certificate, matches.list_goods(page, session, [certificate.id])),
        ticked=ticked,
        warnings=tuple(_warnings(page, session, held)),
        file=shared.file_link(page, certificate),
        picture=shared.picture_link(page, certificate),
        search_url=search_url(settings, certificate),
        register=bool(settings.halal_register_url) and certificate.body == numbers.BPJPH,
        finding=_look(page, certificate, finding) if finding else None,
        looks=tuple(_look(page, certificate, check) for check in reversed(certificate.checks)),
        results=_results(page),
        reasons=tuple((reason.value, page.gettext(words.REJECT_REASONS[reason])) for reason in RejectReason),
        successors=tuple(_successors(session, held)),
        said=tuple(letters.reason_lines(certificate, page.language)),
        moves=frozenset(kind.value for kind in EventKind if rules.move(standing, kind) is not None),
        history=tuple(
            (at, page.gettext(ACTS[action]) if action in ACTS else action, who)
            for at, action, who in queries.list_history(session, certificate)
        ),
        version=certificate.version,
        waiting=queries.get_queue(session).count,
        accept=papers.ACCEPT,
        confirmed_by=confirming.looked_at if confirming is not None and waits else "",
    )


def _results(page: Page) -> tuple[tuple[str, str], ...]:
    return tuple((result.value, page.gettext(words.CHECK_RESULTS[result])) for result in CheckResult)


def _successors(session: Session, held: Held) -> Iterator[tuple[str, str]]:
    for each in queries.list_own(session, held.business):
        if each.id != held.certificate.id and each.state in {CertificateState.VERIFIED, CertificateState.SUSPENDED}:
            yield each.public_id, each.number


def _look(page: Page, certificate: Certificate, check: Check) -> LookView:
    found = (
        (page.gettext(N_("Certificate number")), check.found_number),
        (page.gettext(N_("Holder")), check.found_holder),
        (page.gettext(N_("Product names")), ", ".join(check.found_products)),
    )
    evidence = page.url("halal:check_evidence", public_id=certificate.public_id, check_id=check.id)
    is_link = check.looked_at.startswith(("https://", "http://"))
    return LookView(
        at=check.checked_at,
        result=page.gettext(words.CHECK_RESULTS[CheckResult(check.result)]),
        agrees=check.result == CheckResult.CONFIRMED,
        how=page.gettext(words.PROVIDERS[Provider(check.provider)]),
        looked_at=check.looked_at,
        link=check.looked_at if is_link else "",
        found=tuple((word, fact) for word, fact in found if fact),
        note=check.note,
        evidence_url=evidence if check.evidence_key else "",
    )


# --- put right --------------------------------------------------------------------------------------------------------


@router.get("/{locale}/office/halal/certificates/{public_id}/correct", name=CORRECT)
def certificate_correct(
    locale: Language, public_id: PublicIdPath, page: PageDep, official: OfficialDep, session: SessionDep, now: NowDep
) -> Response:
    """What is written of a certificate, to be put right with a reason."""
    held = queries.get_to_decide(session, public_id, official=official)
    return page.render(
        CORRECT_PAGE,
        PageMeta(title=page.gettext(N_("Correct %(number)s"), number=held.certificate.number)),
        work=desks.office_frame(page, session, QUEUE),
        view=shared.form_view(page, session, now, certificate=held.certificate),
        held=(public_id, held.certificate.number, held.certificate.version),
        form=FormState(values=shared.typed(held.certificate)),
    )


@router.post("/{locale}/office/halal/certificates/{public_id}/correct", name="halal:certificate_put_right")
def certificate_put_right(
    locale: Language,
    public_id: PublicIdPath,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Put it right; what was written before stays in its history."""
    held = queries.get_to_decide(session, public_id, official=official)
    try:
        data = _corrected(form)
        service.correct_certificate(
            session,
            actor=official,
            certificate=held.certificate,
            business=held.business,
            data=data,
            now=now,
            settings=settings,
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        session.expire_all()
        held = queries.get_to_decide(session, public_id, official=official)
        title = page.gettext(N_("Correct %(number)s"), number=held.certificate.number)
        return page.reject(
            CORRECT_PAGE,
            PageMeta(title=page.gettext(N_("Error: %(title)s"), title=title)),
            error,
            form=form_state(form, error, page.language),
            work=desks.office_frame(page, session, QUEUE),
            view=shared.form_view(page, session, now, certificate=held.certificate),
            held=(public_id, held.certificate.number, held.certificate.version),
        )
    return page.redirect(REVIEW, public_id=public_id, notice="saved")


def _corrected(form: FormData) -> CertificateCorrect:
    """The correction with fields that were emptied on purpose.

    Raises:
        Invalid: something is emptied that a certificate has.
    """
    blank = {name for name, value in form_values(form).items() if isinstance(value, str) and not value.strip()}
    missing = blank & {"number", "body", "holder", "issued_on", "items"}
    if missing:
        raise Invalid(fields=dict.fromkeys(sorted(missing), MESSAGES["missing"]))
    emptied = {"valid_until": None, "decree_number": ""}
    data = parse_form(CertificateCorrect, form)
    return data.model_copy(update={name: value for name, value in emptied.items() if name in blank})


# --- several at once --------------------------------------------------------------------------------------------------


@router.get("/{locale}/office/halal/batch", name=BATCH)
def certificate_batch(
    locale: Language,
    page: PageDep,
    official: OfficialDep,
    session: SessionDep,
    settings: SettingsDep,
    id: Annotated[list[Annotated[str, Query(max_length=16)]], Query(max_length=MOST_AT_ONCE)] = [],  # noqa: A002, B006
) -> Response:
    """Several certificates with their data, each to be looked up, before anything is decided."""
    rows = _batch_rows(page, session, [(held, None) for held in queries.list_chosen(session, id)], settings)
    return _batch_page(page, session, rows, FormState(values={"looked_at": _search_place(page, settings)}))


def _search_place(page: Page, settings: Settings) -> str:
    return settings.halal_search_url.partition("?")[0] or page.gettext(BY_HAND)


@router.post("/{locale}/office/halal/batch", name="halal:certificate_batch_decide")
def certificate_batch_decide(
    locale: Language,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Decide each by its own look-up: those that agree are confirmed, the others keep waiting with what was found."""
    values = form_values(form)
    chosen = values.get("id", [])
    ids = [chosen] if isinstance(chosen, str) else list(chosen)
    found = queries.list_chosen(session, ids[:MOST_AT_ONCE])
    looked_at = str(values.get("looked_at", "")).strip()
    picked = {held.certificate.public_id: str(values.get(f"result-{held.certificate.public_id}", "")) for held in found}
    if not looked_at or not any(picked.values()):
        fields = {} if looked_at else {"looked_at": MESSAGES["missing"]}
        error = Invalid(N_("Say for at least one what you found."), code="nothing_chosen", fields=fields)
        rows = _batch_rows(page, session, [(held, None) for held in found], settings, form)
        return _batch_page(page, session, rows, form_state(form, error, page.language), error=error)
    decided: list[tuple[str, tuple[str, str] | None]] = []
    confirmed = 0
    for held in found:
        certificate = held.certificate
        result = picked[certificate.public_id]
        outcome = None
        if result:
            seen = values.get(f"version-{certificate.public_id}")
            seen_matches = _numbers(form, f"{LINK}-{certificate.public_id}")
            outcome = _decide_one(page, session, official, held, result, looked_at, seen, seen_matches, settings, now)
            confirmed += outcome[0] == "verified"
        decided.append((certificate.public_id, outcome))
    session.expire_all()
    after = {held.certificate.public_id: held for held in queries.list_chosen(session, ids[:MOST_AT_ONCE])}
    shown = _batch_rows(page, session, [(after[public_id], outcome) for public_id, outcome in decided], settings)
    summary = page.ngettext("%(num)s certificate is confirmed.", "%(num)s certificates are confirmed.", confirmed)
    return _batch_page(page, session, shown, FormState(), summary=summary)


def _decide_one(
    page: Page,
    session: Session,
    official: Subject,
    held: Held,
    result: str,
    looked_at: str,
    seen: object,
    seen_matches: list[int],
    settings: Settings,
    now: dt.datetime,
) -> tuple[str, str]:
    """What came of one certificate: (state for the sign, words). What is refused leaves nothing behind."""
    certificate = held.certificate
    version = int(seen) if isinstance(seen, str) and seen.isascii() and seen.isdecimal() and len(seen) < 10 else None  # noqa: PLR2004
    try:
        check = parse_form(CheckRecord, {"looked_at": looked_at, "result": result})
        with session.begin_nested():
            if version != certificate.version:
                raise Conflict
            if check.result is CheckResult.CONFIRMED:
                service.verify_certificate(
                    session,
                    actor=official,
                    certificate=certificate,
                    business=held.business,
                    check=check,
                    evidence=None,
                    now=now,
                    settings=settings,
                    seen_version=version,
                    matches=seen_matches,
                )
                return "verified", page.gettext(N_("Confirmed"))
            service.record_check(
                session,
                actor=official,
                certificate=certificate,
                data=check,
                evidence=None,
                now=now,
                settings=settings,
            )
            return "claimed", page.gettext(N_("Recorded; it still waits for a decision"))
    except DomainError as error:
        message, fields = explain(error, page.language)
        return "rejected", next(iter(fields.values()), message)


def _batch_rows(
    page: Page,
    session: Session,
    rows: Sequence[tuple[Held, tuple[str, str] | None]],
    settings: Settings,
    form: FormData | None = None,
) -> tuple[BatchRow, ...]:
    """Certificates with what came of each; ``form``: what was chosen before it was refused."""
    goods = matches.list_goods(page, session, [held.certificate.id for held, _ in rows])
    return tuple(_batch_row(page, session, held, settings, outcome, goods, form) for held, outcome in rows)


def _batch_row(
    page: Page,
    session: Session,
    held: Held,
    settings: Settings,
    outcome: tuple[str, str] | None,
    goods: Mapping[int, list[MatchedGood]],
    form: FormData | None,
) -> BatchRow:
    certificate = held.certificate
    standing = CertificateState(certificate.state)
    return BatchRow(
        public_id=certificate.public_id,
        url=page.url(REVIEW, public_id=certificate.public_id),
        number=certificate.number,
        maker=held.business.brand,
        facts=tuple(shared.reads(page, held)),
        items=_printed(certificate, goods),
        ticked=_ticked(form, certificate.public_id) if form is not None else None,
        warnings=tuple(_warnings(page, session, held)) if standing is CertificateState.CLAIMED else (),
        picture=shared.picture_link(page, certificate),
        file=shared.file_link(page, certificate),
        search_url=search_url(settings, certificate),
        version=certificate.version,
        decidable=standing is CertificateState.CLAIMED,
        state=standing.value,
        state_label=page.gettext(words.CERTIFICATE_STATES[standing]),
        outcome=outcome,
    )


def _batch_page(
    page: Page,
    session: Session,
    rows: tuple[BatchRow, ...],
    form: FormState,
    *,
    error: DomainError | None = None,
    summary: str = "",
) -> Response:
    view = BatchView(
        rows=rows,
        results=_results(page),
        done=bool(summary),
        summary=summary,
        waiting=queries.get_queue(session).count,
    )
    title = page.gettext(N_("Look at several certificates"))
    work = desks.office_frame(page, session, QUEUE)
    if error is not None:
        meta = PageMeta(title=page.gettext(N_("Error: %(title)s"), title=title))
        return page.reject(BATCH_PAGE, meta, error, form=form, work=work, view=view)
    return page.render(BATCH_PAGE, PageMeta(title=title), form=form, work=work, view=view)


# --- the office's first page ------------------------------------------------------------------------------------------


def _waiting(session: Session, _: Business | None) -> int:
    return queries.get_queue(session).count


def _todos(page: Page, session: Session) -> Iterator[desks.Todo]:
    """Certificates that wait for a check; nothing when none does."""
    queue = queries.get_queue(session)
    if queue.oldest_id is None:
        return
    age = age_of(page, queue.oldest_at, moment_of(page.request))
    yield desks.Todo(
        text=page.ngettext(
            "%(num)s halal certificate waits for a check", "%(num)s halal certificates wait for a check", queue.count
        ),
        url=page.url(REVIEW, public_id=queue.oldest_id),
        action=page.gettext(N_("Look at the first")),
        since=page.gettext(N_("the oldest has waited %(age)s"), age=age),
    )


desks.OFFICE_NAV.append(desks.NavItem(QUEUE, "certificate", N_("Halal"), _waiting))
desks.OFFICE_QUEUES.append(_todos)
