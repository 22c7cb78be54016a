"""A maker's workspace: her profile, part by part, and what waits for her."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path, Query, Response
from starlette.datastructures import FormData, UploadFile

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import PageDep, scoped
from app.businesses import desks, letters, queries, rules, service
from app.businesses.models import Business, BusinessState, ContactKind, LicenceKind, TrademarkState
from app.businesses.pages import words
from app.businesses.schemas import (
    BusinessOwn,
    BusinessStart,
    BusinessUpdate,
    ContactSave,
    LicenceAdd,
    StorySave,
    TrademarkAdd,
)
from app.businesses.trades import Trade, all_trades, find_trades
from app.cities import queries as city_queries
from app.core import papers
from app.core.errors import Conflict, DomainError, Invalid, NotFound
from app.core.forms import FormDep, FormState, form_state, parse_form
from app.core.languages import N_, Language
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, StorageDep, unit_router

router = unit_router()
# A browser's session may do everything here; a token only what its scopes say.
ReaderDep = Annotated[Subject, scoped(Scope.BUSINESS_READ)]
WriterDep = Annotated[Subject, scoped(Scope.BUSINESS_WRITE)]
KBLI_FIELDS = 2
WHERE = {
    "contact": "businesses:contacts",
    "story": "businesses:stories",
    "story_en": "businesses:stories",
    "paper": "businesses:licences",
    "trademark": "businesses:trademarks",
}
"""Page of each part of a profile that is not on the profile form itself."""


@dataclass(frozen=True)
class Choices:
    """What the fields of a profile offer."""

    kecamatan: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """(regency, ((code, name), ...))."""
    trades: tuple[tuple[str, str], ...]
    scales: tuple[tuple[str, str, str], ...]
    languages: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Home:
    """The first page of a workspace."""

    shown: BusinessOwn
    state_label: str
    percent: int
    next: tuple[str, str] | None
    todos: tuple[desks.Todo, ...]
    reasons: tuple[str, ...]
    public_url: str | None


@dataclass(frozen=True)
class Part:
    """One part of the profile with the way through all of them."""

    shown: BusinessOwn
    steps: tuple[tuple[str, str, str], ...]
    checked: bool
    """Whether legal name and NIB stand as the city checked them."""


@router.get("/{locale}/workspace", name="businesses:workspace", include_in_schema=False)
def workspace(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep) -> Response:
    """What waits for the maker today."""
    business = queries.find_own_business(session, person)
    if business is None:
        return page.redirect("businesses:start")
    shown = queries.own_of(business, page.language)
    complete = queries.completeness_of(business)
    todos = list(_own_todos(page, business))
    todos += [todo for give in desks.WORKSPACE_PANELS for todo in give(page, session, business)]
    blocked = business.state in {BusinessState.RETURNED, BusinessState.SUSPENDED}
    view = Home(
        shown=shown,
        state_label=page.gettext(words.STATES[BusinessState(business.state)]),
        percent=complete.percent,
        next=_next_part(page, complete.next),
        todos=tuple(todos),
        reasons=tuple(letters.reason_lines(business, page.language)) if blocked else (),
        public_url=page.url("businesses:business_detail", slug=business.slug)
        if business.state == BusinessState.VERIFIED
        else None,
    )
    return page.render(
        "businesses/workspace_home.html",
        PageMeta(title=page.gettext(N_("My workspace"))),
        work=desks.workspace_frame(page, session, business, "businesses:workspace"),
        view=view,
    )


def _own_todos(page: Page, business: Business) -> list[desks.Todo]:
    stale = sum(rules.is_stale(text, business.texts, business) for text in business.texts)
    todos = []
    if business.state in {BusinessState.DRAFT, BusinessState.RETURNED}:
        missing = len(queries.missing_of(business))
        text = (
            page.ngettext(
                "%(num)s field is missing for the city's check",
                "%(num)s fields are missing for the city's check",
                missing,
            )
            if missing
            else page.gettext(N_("Your profile is ready to be sent"))
        )
        action = page.gettext(N_("Send it to the city")) if not missing else page.gettext(N_("Fill it in"))
        todos.append(desks.Todo(text, page.url("businesses:submit"), action))
    if stale:
        words_ = page.ngettext(
            "%(num)s translation is older than your story", "%(num)s translations are older than your story", stale
        )
        todos.append(desks.Todo(words_, page.url("businesses:stories"), page.gettext(N_("Look at it"))))
    return todos


def _next_part(page: Page, part: str | None) -> tuple[str, str] | None:
    if part is None:
        return None
    label = page.gettext(rules.WORTH[part][1])
    if part in WHERE:
        return label, page.url(WHERE[part])
    return label, page.url("businesses:profile") + f"#f-{part}"


# --- beginning --------------------------------------------------------------------------------------------------------


@router.get("/{locale}/workspace/start", name="businesses:start", include_in_schema=False)
def start(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep) -> Response:
    """The form to begin with."""
    if queries.find_own_business(session, person) is not None:
        return page.redirect("businesses:workspace")
    return page.render("businesses/start_form.html", **_start(page, session), form=FormState())


@router.post("/{locale}/workspace/start", name="businesses:start_save", include_in_schema=False)
def start_save(
    locale: Language, page: PageDep, person: WriterDep, form: FormDep, session: SessionDep, now: NowDep
) -> Response:
    """Begin a profile."""
    try:
        data = parse_form(BusinessStart, form, lists=frozenset({"kbli"}))
        service.start_business(session, actor=person, data=data, now=now)
    except DomainError as error:
        view = _start(page, session, wrong=True)
        return page.reject("businesses/start_form.html", error=error, form=_state(form, error, page), **view)
    return page.redirect("businesses:workspace", notice="saved")


def _start(page: Page, session: SessionDep, *, wrong: bool = False) -> dict[str, Any]:
    return {
        "meta": _meta(page, N_("Sell your goods here"), wrong=wrong),
        "work": desks.workspace_frame(page, session, None, "businesses:workspace"),
        "choices": _choices(page, session),
    }


def _choices(page: Page, session: SessionDep) -> Choices:
    regencies: dict[str, list[tuple[str, str]]] = {}
    for row in city_queries.list_kecamatan(session):
        regencies.setdefault(row.regency, []).append((row.code, row.name))
    return Choices(
        kecamatan=tuple((regency, tuple(rows)) for regency, rows in regencies.items()),
        trades=tuple((trade.code, trade.name(page.language)) for trade in all_trades()),
        scales=tuple(
            (scale.value, page.gettext(question), page.gettext(name))
            for scale, (question, name) in words.SCALES.items()
        ),
        languages=tuple((language.value, language.native_name) for language in Language),
    )


@router.get("/{locale}/workspace/trades", name="businesses:trade_list", include_in_schema=False)
def trade_list(
    locale: Language,
    page: PageDep,
    person: ReaderDep,
    session: SessionDep,
    q: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """Find the KBLI code of what one makes, by plain words."""
    found: tuple[Trade, ...] = find_trades(q[:120])
    return page.render(
        "businesses/trade_list.html",
        PageMeta(title=page.gettext(N_("Find your trade (KBLI)"))),
        work=desks.workspace_frame(page, session, queries.find_own_business(session, person), "businesses:profile"),
        q=q[:120],
        rows=tuple((trade.code, trade.name(page.language)) for trade in found),
    )


# --- the profile ------------------------------------------------------------------------------------------------------


@router.get("/{locale}/workspace/profile", name="businesses:profile", include_in_schema=False)
def profile(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep) -> Response:
    """The facts of a profile."""
    business = queries.get_own_business(session, person)
    shown = queries.own_of(business, page.language)
    values = {
        **shown.model_dump(include={"brand", "legal_name", "nib", "kbli", "scale", "year", "employees", "capacity"}),
        "kecamatan_code": business.kecamatan_code,
        "ground": business.ground,
        "source_language": business.source_language,
    }
    form = FormState(values={name: value for name, value in values.items() if value is not None})
    return page.render(
        "businesses/profile_form.html", **_part(page, session, business, "businesses:profile"), form=form
    )


@router.post("/{locale}/workspace/profile", name="businesses:profile_save", include_in_schema=False)
def profile_save(
    locale: Language, page: PageDep, person: WriterDep, form: FormDep, session: SessionDep, now: NowDep
) -> Response:
    """Change the facts of a profile; what is left empty is cleared."""
    business = queries.get_own_business(session, person)
    try:
        data = parse_form(BusinessUpdate, form, lists=frozenset({"kbli"}))
        service.update_profile(session, actor=person, business=business, data=data, now=now, whole=True)
    except NotFound:
        raise
    except DomainError as error:
        return _reject(page, session, person, "businesses:profile", "businesses/profile_form.html", error, form)
    return page.redirect("businesses:profile", notice="saved")


def _state(form: FormData, error: DomainError, page: Page) -> FormState:
    """A refused form; what is wrong with one item of a list stands at the list's field."""
    state = form_state(form, error, page.language)
    errors: dict[str, str] = {}
    for name, text in state.errors.items():
        errors.setdefault(name.split(".")[0], text)
    return FormState(values=state.values, errors=errors, message=state.message)


def _meta(page: Page, title: str, *, wrong: bool = False) -> PageMeta:
    text = page.gettext(title)
    return PageMeta(title=page.gettext(N_("Error: %(title)s"), title=text) if wrong else text)


def _part(page: Page, session: SessionDep, business: Business, current: str, *, wrong: bool = False) -> dict[str, Any]:
    """What every part of the profile is shown with."""
    names = dict(desks.PROFILE_PARTS)
    return {
        "meta": _meta(page, names[current], wrong=wrong),
        "work": desks.workspace_frame(page, session, business, "businesses:profile"),
        "view": Part(
            shown=queries.own_of(business, page.language),
            steps=desks.profile_steps(page, current),
            checked=business.state in rules.CHECKED,
        ),
        "choices": _choices(page, session),
    }


def _reject(
    page: Page,
    session: SessionDep,
    person: Subject,
    current: str,
    template: str,
    error: DomainError,
    form: FormData,
    **more: Any,
) -> Response:
    session.rollback()  # what was half changed must not be shown as kept
    business = queries.get_own_business(session, person)
    view = _part(page, session, business, current, wrong=True)
    return page.reject(template, error=error, form=_state(form, error, page), **view, **more)


# --- stories ----------------------------------------------------------------------------------------------------------


@router.get("/{locale}/workspace/stories", name="businesses:stories", include_in_schema=False)
def stories(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep) -> Response:
    """The maker's story in each language."""
    business = queries.get_own_business(session, person)
    return page.render(
        "businesses/story_form.html",
        **_part(page, session, business, "businesses:stories"),
        source=business.source_language,
        form=FormState(),
        failed="",
    )


@router.post("/{locale}/workspace/stories", name="businesses:story_save", include_in_schema=False)
def story_save(
    locale: Language, page: PageDep, person: WriterDep, form: FormDep, session: SessionDep, now: NowDep
) -> Response:
    """Keep the story in one language; an empty one removes it."""
    business = queries.get_own_business(session, person)
    language = Language.by_code(str(form.get("language", "")))
    if language is None:
        raise Invalid(fields={"language": N_("Choose one of: id, en, ms, ko, es.")})
    # Each language has a form of its own on the page, so each field has a name of its own.
    values = {"story": str(form.get(f"story_{language.value}", ""))}
    try:
        data = parse_form(StorySave, values)
        service.save_story(session, actor=person, business=business, language=language, data=data, now=now)
    except NotFound:
        raise
    except DomainError as error:
        return _reject_story(page, session, person, language, error, form)
    return page.redirect("businesses:stories", notice="saved", anchor=f"story-{language.value}")


def _reject_story(
    page: Page, session: SessionDep, person: Subject, language: Language, error: DomainError, form: FormData
) -> Response:
    state = form_state(form, error, page.language)
    field = f"story_{language.value}"
    errors = {field if name == "story" else name: text for name, text in state.errors.items()}
    session.rollback()
    business = queries.get_own_business(session, person)
    return page.reject(
        "businesses/story_form.html",
        error=error,
        form=FormState(values=state.values, errors=errors, message=state.message),
        **_part(page, session, business, "businesses:stories", wrong=True),
        source=business.source_language,
        failed=language.value,
    )


# --- contacts ---------------------------------------------------------------------------------------------------------


def _contact_kinds(page: Page) -> tuple[tuple[str, str], ...]:
    return tuple((kind.value, page.gettext(label)) for kind, label in words.CONTACTS.items())


@router.get("/{locale}/workspace/contacts", name="businesses:contacts", include_in_schema=False)
def contacts(
    locale: Language,
    page: PageDep,
    person: ReaderDep,
    session: SessionDep,
    kind: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Ways to reach the maker, each with her consent to publish it or without."""
    business = queries.get_own_business(session, person)
    chosen = next((each for each in business.contacts if each.kind == kind), None)
    values = {"kind": chosen.kind, "value": chosen.value, "public": chosen.consented_at is not None} if chosen else {}
    return page.render(
        "businesses/contact_form.html",
        **_part(page, session, business, "businesses:contacts"),
        kinds=_contact_kinds(page),
        form=FormState(values=values),
    )


@router.post("/{locale}/workspace/contacts", name="businesses:contact_save", include_in_schema=False)
def contact_save(
    locale: Language, page: PageDep, person: WriterDep, form: FormDep, session: SessionDep, now: NowDep
) -> Response:
    """Keep a contact."""
    business = queries.get_own_business(session, person)
    try:
        data = parse_form(ContactSave, form)
        service.save_contact(session, actor=person, business=business, data=data, now=now)
    except NotFound:
        raise
    except DomainError as error:
        template = "businesses/contact_form.html"
        return _reject(page, session, person, "businesses:contacts", template, error, form, kinds=_contact_kinds(page))
    return page.redirect("businesses:contacts", notice="saved")


@router.post(
    "/{locale}/workspace/contacts/{kind}/withdraw", name="businesses:contact_withdraw", include_in_schema=False
)
def contact_withdraw(
    locale: Language, kind: ContactKind, page: PageDep, person: WriterDep, session: SessionDep, now: NowDep
) -> Response:
    """Take a contact off the public page."""
    business = queries.get_own_business(session, person)
    service.withdraw_consent(session, actor=person, business=business, kind=kind, now=now)
    return page.redirect("businesses:contacts", notice="saved")


@router.post("/{locale}/workspace/contacts/{kind}/remove", name="businesses:contact_remove", include_in_schema=False)
def contact_remove(
    locale: Language, kind: ContactKind, page: PageDep, person: WriterDep, session: SessionDep, now: NowDep
) -> Response:
    """Forget a contact."""
    business = queries.get_own_business(session, person)
    service.remove_contact(session, actor=person, business=business, kind=kind, now=now)
    return page.redirect("businesses:contacts", notice="deleted")


# --- papers -----------------------------------------------------------------------------------------------------------


def _paper_kinds(page: Page) -> tuple[tuple[str, str], ...]:
    return tuple((kind.value, page.gettext(label)) for kind, label in words.PAPERS.items())


@router.get("/{locale}/workspace/licences", name="businesses:licences", include_in_schema=False)
def licences(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep) -> Response:
    """The maker's papers, which only she and the city can open."""
    business = queries.get_own_business(session, person)
    return page.render(
        "businesses/licence_form.html",
        **_part(page, session, business, "businesses:licences"),
        kinds=_paper_kinds(page),
        form=FormState(values={"kind": LicenceKind.NIB.value}),
    )


@router.post("/{locale}/workspace/licences", name="businesses:licence_add", include_in_schema=False)
def licence_add(
    locale: Language,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    storage: StorageDep,
    now: NowDep,
) -> Response:
    """Add a paper with its file."""
    business = queries.get_own_business(session, person)
    upload = form.get("file")
    name, content = "", b""
    if isinstance(upload, UploadFile):
        name, content = upload.filename or "", upload.file.read(papers.MAX_BYTES + 1)
    try:
        data = parse_form(LicenceAdd, form)
        service.add_licence(
            session,
            actor=person,
            business=business,
            data=data,
            file_name=name,
            content=content,
            storage=storage,
            now=now,
        )
    except NotFound:
        raise
    except DomainError as error:
        template = "businesses/licence_form.html"
        return _reject(page, session, person, "businesses:licences", template, error, form, kinds=_paper_kinds(page))
    return page.redirect("businesses:licences", notice="saved")


@router.post(
    "/{locale}/workspace/licences/{licence_id}/remove", name="businesses:licence_remove", include_in_schema=False
)
def licence_remove(
    locale: Language,
    licence_id: Annotated[int, Path(ge=1, le=2**62)],
    page: PageDep,
    person: WriterDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Forget a paper and its file."""
    business = queries.get_own_business(session, person)
    service.remove_licence(session, actor=person, business=business, licence_id=licence_id, now=now)
    return page.redirect("businesses:licences", notice="deleted")


@router.get("/{locale}/workspace/licences/{licence_id}/file", name="businesses:licence_file", include_in_schema=False)
def licence_file(
    locale: Language,
    licence_id: Annotated[int, Path(ge=1, le=2**62)],
    person: ReaderDep,
    session: SessionDep,
    storage: StorageDep,
) -> Response:
    """The file of a paper, for its maker and for officials: saved by the browser, never shown as a page."""
    licence = queries.get_licence(session, licence_id, viewer=person)
    content = storage.get(licence.file_key) if licence.file_key else None
    if content is None:
        raise NotFound
    return Response(content, media_type=licence.mime, headers=papers.download_headers(licence.file_name))


# --- trademarks -------------------------------------------------------------------------------------------------------


def _mark_states(page: Page) -> tuple[tuple[str, str], ...]:
    return tuple((state.value, page.gettext(label)) for state, label in words.MARKS.items())


@router.get("/{locale}/workspace/trademarks", name="businesses:trademarks", include_in_schema=False)
def trademarks(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep) -> Response:
    """The maker's marks at DJKI."""
    business = queries.get_own_business(session, person)
    return page.render(
        "businesses/trademark_form.html",
        **_part(page, session, business, "businesses:trademarks"),
        states=_mark_states(page),
        marks=_marks(page, business),
        form=FormState(values={"state": TrademarkState.UNKNOWN.value}),
    )


def _marks(page: Page, business: Business) -> tuple[tuple[int, str, str], ...]:
    return tuple(
        (mark.id, f"{mark.name} {mark.number}".strip(), page.gettext(words.MARKS[TrademarkState(mark.state)]))
        for mark in sorted(business.trademarks, key=lambda each: each.id)
    )


@router.post("/{locale}/workspace/trademarks", name="businesses:trademark_add", include_in_schema=False)
def trademark_add(
    locale: Language, page: PageDep, person: WriterDep, form: FormDep, session: SessionDep, now: NowDep
) -> Response:
    """Note a mark."""
    business = queries.get_own_business(session, person)
    try:
        data = parse_form(TrademarkAdd, form)
        service.add_trademark(session, actor=person, business=business, data=data, now=now)
    except NotFound:
        raise
    except DomainError as error:
        template = "businesses/trademark_form.html"
        more = {"states": _mark_states(page), "marks": _marks(page, business)}
        return _reject(page, session, person, "businesses:trademarks", template, error, form, **more)
    return page.redirect("businesses:trademarks", notice="saved")


@router.post(
    "/{locale}/workspace/trademarks/{trademark_id}/remove", name="businesses:trademark_remove", include_in_schema=False
)
def trademark_remove(
    locale: Language,
    trademark_id: Annotated[int, Path(ge=1, le=2**62)],
    page: PageDep,
    person: WriterDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Forget a mark."""
    business = queries.get_own_business(session, person)
    service.remove_trademark(session, actor=person, business=business, trademark_id=trademark_id, now=now)
    return page.redirect("businesses:trademarks", notice="deleted")


# --- sending ----------------------------------------------------------------------------------------------------------


@router.get("/{locale}/workspace/submit", name="businesses:submit", include_in_schema=False)
def submit(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep) -> Response:
    """Everything as the city will see it, and what is still missing."""
    business = queries.get_own_business(session, person)
    return page.render("businesses/submit_form.html", **_submit(page, session, business), form=FormState())


@router.post("/{locale}/workspace/submit", name="businesses:submit_send", include_in_schema=False)
def submit_send(locale: Language, page: PageDep, person: WriterDep, session: SessionDep, now: NowDep) -> Response:
    """Send the profile to the city."""
    business = queries.get_own_business(session, person)
    try:
        service.submit_business(session, actor=person, business=business, now=now)
    except Conflict as error:
        session.expire_all()
        business = queries.get_own_business(session, person)
        view = _submit(page, session, business, wrong=True)
        return page.reject(
            "businesses/submit_form.html", error=error, form=form_state({}, error, page.language), **view
        )
    return page.redirect("businesses:workspace", notice="submitted")


def _submit(page: Page, session: SessionDep, business: Business, *, wrong: bool = False) -> dict[str, Any]:
    missing = [
        (page.gettext(sentence), page.url(WHERE.get(name, "businesses:profile")) + f"#f-{name}")
        for name, sentence in queries.missing_of(business).items()
    ]
    return {
        **_part(page, session, business, "businesses:submit", wrong=wrong),
        "missing": tuple(missing),
        "can_send": rules.can_move(BusinessState(business.state), BusinessState.SUBMITTED) and not missing,
        "state_label": page.gettext(words.STATES[BusinessState(business.state)]),
    }
