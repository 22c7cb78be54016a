"""A maker's certificates: enter from a phone, follow, change while it waits, take back."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path, Request, Response
from starlette.datastructures import FormData

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import PageDep, scoped
from app.businesses import desks
from app.businesses import queries as businesses
from app.core import papers
from app.core.errors import DomainError, Invalid, NotFound
from app.core.forms import FormDep, FormState, form_state, parse_form
from app.core.languages import N_, Language, show_date
from app.core.papers import Paper
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, SettingsDep, StorageDep
from app.halal import letters, numbers, rules, uploads, words
from app.halal.models import Certificate
from app.halal.numbers import NumberWarning
from app.halal.queries import certificates as queries
from app.halal.queries.certificates import Held
from app.halal.rules import Phase
from app.halal.schemas.certificates import CertificateEnter
from app.halal.service import certificates as service
from app.halal.vocabulary import CertificateState, EventKind

router = uploads.paper_router(include_in_schema=False)
# A browser's session may do everything here; a token only what its scopes say.
ReaderDep = Annotated[Subject, scoped(Scope.BUSINESS_READ)]
WriterDep = Annotated[Subject, scoped(Scope.BUSINESS_WRITE)]
PublicIdPath = Annotated[str, Path(max_length=16)]
PLACE = "catalogue:halal_road"
"""Where these pages stand in the navigation of a workspace."""
MATCH = "catalogue:certificate_match"
LIST, NEW, OWN = "halal:certificates", "halal:certificate_new", "halal:certificate_own"
FORM = "halal/certificate_form.html"
DETAIL = "halal/certificate_own.html"
OPEN = frozenset({CertificateState.CLAIMED, CertificateState.REJECTED})

WARNINGS: dict[NumberWarning, str] = {
    NumberWarning.BPJPH_FORM: N_("Numbers of BPJPH are ID and 17 digits. This one is different; compare it once more."),
    NumberWarning.OLD_NUMBER: N_("This looks like a number of MUI from before 2019, not like one of BPJPH."),
    NumberWarning.NEW_NUMBER: N_("This looks like a number of BPJPH. Compare the body that issued it."),
    NumberWarning.OLD_FORM: N_("Old numbers of MUI are 11 to 15 digits, or LPPOM and digits. This one is different."),
    NumberWarning.LOOKS_LIKE_DECREE: N_("This looks like the number of a halal decree (KH), not of a certificate."),
    NumberWarning.NO_DIGITS: N_("There is no figure in this number. Compare it once more."),
}
NEXT_STEPS: dict[CertificateState, str] = {
    CertificateState.CLAIMED: N_("The city looks it up and writes to you. Meanwhile you can match your goods with it."),
    CertificateState.VERIFIED: N_(
        "Match your goods with the names on it: those that the city confirms carry the badge."
    ),
    CertificateState.REJECTED: N_("Read the reason, put it right and send it again."),
    CertificateState.SUSPENDED: N_(
        "It counts for nothing now. Once the body has lifted the suspension, tell the office."
    ),
    CertificateState.REVOKED: N_("It counts for nothing. When you have a new one, enter that."),
    CertificateState.SUPERSEDED: N_("A newer one has taken its place."),
    CertificateState.WITHDRAWN: N_("You took it back. Nothing more happens with it."),
}
LAPSED = N_("It has lapsed. When you have a new one, enter that.")


@dataclass(frozen=True)
class Row:
    """A certificate in a maker's list."""

    url: str
    number: str
    body: str
    state: str
    state_label: str
    items: tuple[str, ...]
    more: int
    validity: str
    next_step: str


@dataclass(frozen=True)
class ListView:
    """All certificates of a maker."""

    rows: tuple[Row, ...]


@dataclass(frozen=True)
class FormView:
    """What the form of a certificate offers."""

    bodies: tuple[tuple[str, str], ...]
    today: dt.date
    accept: str
    kept: tuple[str, str] | None
    """(word, name of the file) of a form that was refused."""
    standing: str
    """Name of the file that stays unless another is chosen."""
    back: str


@dataclass(frozen=True)
class OwnView:
    """One certificate of a maker."""

    public_id: str
    number: str
    state: str
    state_label: str
    next_step: str
    reasons: tuple[str, ...]
    warning: str
    facts: tuple[tuple[str, str], ...]
    items: tuple[str, ...]
    events: tuple[tuple[dt.date, str, str], ...]
    file: tuple[str, str] | None
    """(address of the file, its name)."""
    picture: str
    match_url: str
    open: bool
    version: int
    form: FormView


def shown_state(certificate: Certificate, on: dt.date) -> tuple[str, str]:
    """A certificate's state on a day as a machine's word and a marked message: lapse counts as one."""
    phase = queries.phase_of(certificate, on)
    if phase in {Phase.LAPSED, Phase.NOT_YET}:
        return phase.value, words.PHASES[phase]
    state = CertificateState(certificate.state)
    return state.value, words.CERTIFICATE_STATES[state]


def validity_of(page: Page, certificate: Certificate) -> str:
    """Until when it holds, in words."""
    if certificate.valid_until is not None:
        return page.gettext(N_("until %(day)s"), day=day_words(page, certificate.valid_until))
    return page.gettext(N_("until materials or process change"))


def day_words(page: Page, day: dt.date) -> str:
    """A day in the reader's way."""
    return show_date(day, page.language)


def reads(page: Page, held: Held) -> list[tuple[str, str]]:
    """What is printed on a certificate, as words and facts."""
    certificate = held.certificate
    issued = day_words(page, certificate.issued_on) if certificate.issued_on else ""
    return [
        (page.gettext(N_("Certificate number")), certificate.number),
        (page.gettext(N_("Issued by")), certificate.body),
        (page.gettext(N_("Holder as printed")), certificate.holder),
        (page.gettext(N_("Issued on")), issued),
        (page.gettext(N_("Holds")), validity_of(page, certificate)),
        (page.gettext(N_("Number of the decree (KH)")), certificate.decree_number),
    ]


# --- list -------------------------------------------------------------------------------------------------------------


@router.get("/{locale}/workspace/certificates", name=LIST)
def certificates(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep, now: NowDep) -> Response:
    """Every certificate of the maker."""
    business = businesses.get_own_business(session, person)
    today = rules.day_of(now)
    rows = tuple(_row(page, each, today) for each in queries.list_own(session, business))
    return page.render(
        "halal/certificates.html",
        PageMeta(title=page.gettext(N_("My halal certificates"))),
        work=desks.workspace_frame(page, session, business, PLACE),
        view=ListView(rows),
    )


def _row(page: Page, certificate: Certificate, today: dt.date) -> Row:
    state, label = shown_state(certificate, today)
    names = [item.name for item in queries.items_of(certificate)]
    shown = 3
    return Row(
        url=page.url(OWN, public_id=certificate.public_id),
        number=certificate.number,
        body=certificate.body,
        state=state,
        state_label=page.gettext(label),
        items=tuple(names[:shown]),
        more=max(0, len(names) - shown),
        validity=validity_of(page, certificate),
        next_step=page.gettext(next_step(certificate, today)),
    )


def next_step(certificate: Certificate, today: dt.date) -> str:
    """What its maker can do, as a marked message."""
    if queries.phase_of(certificate, today) is Phase.LAPSED:
        return LAPSED
    return NEXT_STEPS[CertificateState(certificate.state)]


# --- enter ------------------------------------------------------------------------------------------------------------


def form_view(
    page: Page,
    session: SessionDep,
    now: dt.datetime,
    *,
    kept: tuple[str, str] | None = None,
    certificate: Certificate | None = None,
) -> FormView:
    """What the form of a certificate offers; of one that stands, with its file."""
    return FormView(
        bodies=tuple((body.code, f"{body.code} ({body.name})") for body in queries.list_issuers(session)),
        today=rules.day_of(now),
        accept=papers.ACCEPT,
        kept=kept,
        standing=certificate.file_name if certificate is not None else "",
        back=page.url(OWN, public_id=certificate.public_id) if certificate is not None else page.url(LIST),
    )


@router.get("/{locale}/workspace/certificates/new", name=NEW)
def certificate_new(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep, now: NowDep) -> Response:
    """An empty form; the holder is the maker's registered name until she writes another."""
    business = businesses.get_own_business(session, person)
    return page.render(
        FORM,
        PageMeta(title=page.gettext(N_("Enter a halal certificate"))),
        work=desks.workspace_frame(page, session, business, PLACE),
        view=form_view(page, session, now),
        form=FormState(values={"body": numbers.BPJPH, "holder": business.legal_name or business.brand}),
    )


@router.post("/{locale}/workspace/certificates/new", name="halal:certificate_enter")
def certificate_enter(
    locale: Language,
    request: Request,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Enter a certificate, then match goods with it."""
    business = businesses.get_own_business(session, person)
    try:
        data, paper = _parse(request, form, person, settings)
        if paper is None:
            raise Invalid(fields={uploads.FILE: N_("Take a photo of the certificate, or choose its PDF.")})
        certificate = service.enter_certificate(
            session, actor=person, business=business, data=data, paper=paper, now=now, settings=settings
        )
    except NotFound:
        raise
    except DomainError as error:
        session.expire_all()
        business = businesses.get_own_business(session, person)
        kept = uploads.kept_of(request, form, person=person, settings=settings)
        return page.reject(
            FORM,
            PageMeta(title=page.gettext(N_("Error: %(title)s"), title=page.gettext(N_("Enter a halal certificate")))),
            error,
            form=form_state(form, error, page.language),
            work=desks.workspace_frame(page, session, business, PLACE),
            view=form_view(page, session, now, kept=kept),
        )
    return page.redirect(MATCH, public_id=certificate.public_id, notice="submitted")


def _parse(
    request: Request, form: FormData, person: Subject, settings: SettingsDep
) -> tuple[CertificateEnter, Paper | None]:
    """What was typed and the file; what is wrong with either is told in one go.

    Raises:
        DomainError: with one message a field.
    """
    refusal: DomainError | None = None
    paper = None
    try:
        paper = uploads.paper_of(request, form, person=person, settings=settings)
    except DomainError as error:
        refusal = error
    try:
        data = parse_form(CertificateEnter, form)
    except DomainError as error:
        if refusal is not None:
            error.params |= refusal.params
            error.fields |= refusal.fields
        raise
    if refusal is not None:
        raise refusal
    return data, paper


# --- one --------------------------------------------------------------------------------------------------------------


@router.get("/{locale}/workspace/certificates/{public_id}", name=OWN)
def certificate_own(
    locale: Language, public_id: PublicIdPath, page: PageDep, person: ReaderDep, session: SessionDep, now: NowDep
) -> Response:
    """One certificate with what happened to it, and the form to change it while it is not confirmed."""
    held = queries.get_own_certificate(session, public_id, person=person)
    return page.render(
        DETAIL,
        PageMeta(title=held.certificate.number),
        work=desks.workspace_frame(page, session, held.business, PLACE),
        view=_own_view(page, session, held, now),
        form=FormState(values=typed(held.certificate)),
    )


@router.post("/{locale}/workspace/certificates/{public_id}", name="halal:certificate_save")
def certificate_save(
    locale: Language,
    public_id: PublicIdPath,
    request: Request,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Enter it anew: while it waits, or after it could not be confirmed."""
    held = queries.get_own_certificate(session, public_id, person=person)
    try:
        data, paper = _parse(request, form, person, settings)
        service.update_certificate(
            session,
            actor=person,
            certificate=held.certificate,
            business=held.business,
            data=data,
            paper=paper,
            now=now,
            settings=settings,
            seen_version=seen_version(form),
        )
    except NotFound:
        raise
    except DomainError as error:
        session.expire_all()
        held = queries.get_own_certificate(session, public_id, person=person)
        kept = uploads.kept_of(request, form, person=person, settings=settings)
        return page.reject(
            DETAIL,
            PageMeta(title=page.gettext(N_("Error: %(title)s"), title=held.certificate.number)),
            error,
            form=form_state(form, error, page.language),
            work=desks.workspace_frame(page, session, held.business, PLACE),
            view=_own_view(page, session, held, now, kept=kept),
        )
    return page.redirect(OWN, public_id=public_id, notice="submitted")


@router.post("/{locale}/workspace/certificates/{public_id}/withdraw", name="halal:certificate_withdraw")
def certificate_withdraw(
    locale: Language, public_id: PublicIdPath, page: PageDep, person: WriterDep, session: SessionDep, now: NowDep
) -> Response:
    """Take it back."""
    held = queries.get_own_certificate(session, public_id, person=person)
    try:
        service.withdraw_certificate(
            session, actor=person, certificate=held.certificate, business=held.business, now=now
        )
    except NotFound:
        raise
    except DomainError as error:
        session.expire_all()
        held = queries.get_own_certificate(session, public_id, person=person)
        return page.reject(
            DETAIL,
            PageMeta(title=page.gettext(N_("Error: %(title)s"), title=held.certificate.number)),
            error,
            form=form_state(typed(held.certificate), error, page.language),
            work=desks.workspace_frame(page, session, held.business, PLACE),
            view=_own_view(page, session, held, now),
        )
    return page.redirect(LIST, notice="deleted")


def seen_version(form: FormData) -> int | None:
    """The version that a form was made from, when it says one."""
    value = form.get("seen_version")
    plain = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10  # noqa: PLR2004
    return int(value) if plain and isinstance(value, str) else None


def typed(certificate: Certificate) -> dict[str, Any]:
    """What stands of a certificate, as a form shows it."""
    return {
        "body": certificate.body,
        "number": certificate.number,
        "decree_number": certificate.decree_number,
        "holder": certificate.holder,
        "issued_on": certificate.issued_on or "",
        "valid_until": certificate.valid_until or "",
        "items": "\n".join(item.name for item in queries.items_of(certificate)),
    }


def _own_view(
    page: Page, session: SessionDep, held: Held, now: dt.datetime, *, kept: tuple[str, str] | None = None
) -> OwnView:
    certificate, today = held.certificate, rules.day_of(now)
    state, label = shown_state(certificate, today)
    warning = numbers.judge(certificate.body, certificate.number)
    return OwnView(
        public_id=certificate.public_id,
        number=certificate.number,
        state=state,
        state_label=page.gettext(label),
        next_step=page.gettext(next_step(certificate, today)),
        reasons=tuple(letters.reason_lines(certificate, page.language)),
        warning=page.gettext(WARNINGS[warning]) if warning and certificate.state in OPEN else "",
        facts=tuple(reads(page, held)),
        items=tuple(item.name for item in queries.items_of(certificate)),
        events=tuple(
            (event.effective_on, page.gettext(words.EVENTS[EventKind(event.kind)]), event.note)
            for event in reversed(certificate.events)
        ),
        file=file_link(page, certificate),
        picture=picture_link(page, certificate),
        match_url=page.url(MATCH, public_id=certificate.public_id) if certificate.state in queries.LIVING else "",
        open=certificate.state in OPEN,
        version=certificate.version,
        form=form_view(page, session, now, kept=kept, certificate=certificate),
    )


# --- files ------------------------------------------------------------------------------------------------------------


def file_link(page: Page, certificate: Certificate) -> tuple[str, str] | None:
    """Address and name of the file of a certificate."""
    if not certificate.file_key:
        return None
    return page.url("halal:certificate_file", public_id=certificate.public_id), certificate.file_name


def picture_link(page: Page, certificate: Certificate) -> str:
    """Address of the picture made of the photo; empty for a PDF."""
    shown = certificate.file_key and certificate.mime != papers.PDF
    return page.url("halal:certificate_picture", public_id=certificate.public_id) if shown else ""


@router.get("/{locale}/workspace/certificates/{public_id}/file", name="halal:certificate_file")
def certificate_file(
    locale: Language, public_id: PublicIdPath, person: ReaderDep, session: SessionDep, storage: StorageDep
) -> Response:
    """The file as it was sent, for its maker and for officials: saved by the browser, never shown as a page."""
    certificate = queries.get_certificate(session, public_id, viewer=person).certificate
    content = storage.get(certificate.file_key) if certificate.file_key else None
    if content is None:
        raise NotFound
    return Response(content, media_type=certificate.mime, headers=papers.download_headers(certificate.file_name))


@router.get("/{locale}/workspace/certificates/{public_id}/picture", name="halal:certificate_picture")
def certificate_picture(
    locale: Language, public_id: PublicIdPath, person: ReaderDep, session: SessionDep, storage: StorageDep
) -> Response:
    """The photo made anew, without metadata, for its maker and for officials."""
    certificate = queries.get_certificate(session, public_id, viewer=person).certificate
    content = storage.get(service.view_key(certificate.file_key)) if certificate.file_key else None
    if content is None:
        raise NotFound
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "private, no-store"})
