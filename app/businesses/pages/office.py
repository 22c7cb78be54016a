"""The office: queues, the makers to check, and the decision on each."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path, Query, Response

from app.accounts.web import OfficialDep, PageDep
from app.businesses import desks, letters, queries, service
from app.businesses.models import Business, BusinessState
from app.businesses.pages import words
from app.businesses.schemas import BusinessOwn, Decision, ReasonGiven
from app.businesses.trades import trade_label
from app.core.errors import DomainError, Forbidden, Invalid, NotFound
from app.core.forms import FormDep, FormState, form_state, parse_form
from app.core.languages import N_, Language
from app.core.pagination import CursorText
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, SettingsDep, unit_router

router = unit_router()
PER_PAGE = 30
HERE = "businesses:review_list"


@dataclass(frozen=True)
class Row:
    """A maker in a list of the office."""

    url: str
    brand: str
    legal_name: str
    nib: str
    place: str
    state: str
    state_label: str
    age: str


@dataclass(frozen=True)
class ReviewList:
    """Makers for the office."""

    q: str
    state: str
    states: tuple[tuple[str, str, int, bool], ...]
    """(label, url, count, chosen)."""
    rows: tuple[Row, ...]
    total_text: str
    next_url: str | None
    first_url: str | None


@dataclass(frozen=True)
class Review:
    """Everything about a maker on one page."""

    shown: BusinessOwn
    state_label: str
    age: str
    facts: tuple[tuple[str, str], ...]
    stories: tuple[tuple[str, str, str, bool], ...]
    """(language code, its name, story, stale)."""
    contacts: tuple[tuple[str, str, str], ...]
    papers: tuple[tuple[str, str, str, dt.date | None], ...]
    """(address of the file, kind, number, valid until)."""
    trademarks: tuple[tuple[str, str], ...]
    reason: str
    history: tuple[tuple[dt.datetime, str, str], ...]
    missing: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]
    waiting: int


@router.get("/{locale}/office", name="businesses:office", include_in_schema=False)
def office(locale: Language, page: PageDep, official: OfficialDep, session: SessionDep, now: NowDep) -> Response:
    """What waits for the city today."""
    queue = queries.get_review_queue(session)
    age = words.age(page, queue.oldest_at, now)
    todos = [
        desks.Todo(
            text=page.ngettext("%(num)s maker waits for a check", "%(num)s makers wait for a check", queue.count),
            url=page.url("businesses:review_detail", slug=queue.oldest_slug) if queue.oldest_slug else "",
            action=page.gettext(N_("Look at the first")),
            since=page.gettext(N_("the oldest has waited %(age)s"), age=age) if age else "",
        )
    ]
    todos += [todo for give in desks.OFFICE_QUEUES for todo in give(page, session)]
    return page.render(
        "businesses/office_home.html",
        PageMeta(title=page.gettext(N_("Office"))),
        work=desks.office_frame(page, session, "businesses:office"),
        view=tuple(todos),
    )


@router.get("/{locale}/office/makers", name="businesses:review_list", include_in_schema=False)
def review_list(
    locale: Language,
    page: PageDep,
    official: OfficialDep,
    session: SessionDep,
    now: NowDep,
    state: Annotated[str, Query(max_length=40)] = BusinessState.SUBMITTED.value,
    q: Annotated[str, Query(max_length=400)] = "",
    cursor: CursorText | None = None,
) -> Response:
    """Makers in a state, those who wait longest first."""
    q = q.replace("\x00", "").strip()[:120]
    chosen = next((each for each in BusinessState if each.value == state), None)
    try:
        found = queries.list_for_review(session, state=chosen, q=q, limit=PER_PAGE, cursor=cursor)
    except Invalid:
        cursor = None
        found = queries.list_for_review(session, state=chosen, q=q, limit=PER_PAGE)
    counts = queries.count_by_state(session)
    value = chosen.value if chosen else "all"

    def url(**changes: Any) -> str:
        return page.url(HERE, **{"state": value, "q": q, **changes})

    states = [
        (page.gettext(words.STATES[each]), url(state=each.value), counts[each], each is chosen) for each in counts
    ]
    states.append((page.gettext(N_("All")), url(state="all"), sum(counts.values()), chosen is None))
    view = ReviewList(
        q=q,
        state=value,
        states=tuple(states),
        rows=tuple(_row(page, row, now) for row in found.rows),
        total_text=page.ngettext("%(num)s maker", "%(num)s makers", found.total),
        next_url=url(cursor=found.next) if found.next else None,
        first_url=url() if cursor else None,
    )
    return page.render(
        "businesses/review_list.html",
        PageMeta(title=page.gettext(N_("Makers to check"))),
        work=desks.office_frame(page, session, HERE),
        view=view,
    )


def _row(page: Page, row: Any, now: dt.datetime) -> Row:
    state = BusinessState(row.state)
    return Row(
        url=page.url("businesses:review_detail", slug=row.slug),
        brand=row.brand,
        legal_name=row.legal_name,
        nib=row.nib or "",
        place=row.kecamatan_name or "",
        state=state.value,
        state_label=page.gettext(words.STATES[state]),
        age=words.age(page, row.since, now),
    )


@router.get("/{locale}/office/makers/{slug}", name="businesses:review_detail", include_in_schema=False)
def review_detail(
    locale: Language,
    slug: Annotated[str, Path(max_length=80)],
    page: PageDep,
    official: OfficialDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """One maker with everything that a decision needs."""
    business = queries.get_business(session, slug, viewer=official)
    return page.render(
        "businesses/review_detail.html",
        PageMeta(title=business.brand),
        work=desks.office_frame(page, session, HERE),
        view=_review(page, session, business, now),
        form=FormState(),
    )


@router.post("/{locale}/office/makers/{slug}/verify", name="businesses:review_verify", include_in_schema=False)
def review_verify(
    locale: Language,
    slug: Annotated[str, Path(max_length=80)],
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
    settings: SettingsDep,
) -> Response:
    """Verify a maker, then go to the next."""
    business = queries.get_business(session, slug, viewer=official)
    try:
        seen = parse_form(Decision, form).seen_version
        service.verify_business(
            session, actor=official, business=business, now=now, settings=settings, seen_version=seen
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refuse(page, session, official, slug, error, form_state(form, error, page.language), now)
    return _next(page, session)


@router.post("/{locale}/office/makers/{slug}/return", name="businesses:review_return", include_in_schema=False)
def review_return(
    locale: Language,
    slug: Annotated[str, Path(max_length=80)],
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
    settings: SettingsDep,
) -> Response:
    """Return a maker's profile with a reason, then go to the next."""
    business = queries.get_business(session, slug, viewer=official)
    try:
        data = parse_form(ReasonGiven, form)
        service.return_business(session, actor=official, business=business, data=data, now=now, settings=settings)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refuse(page, session, official, slug, error, form_state(form, error, page.language), now)
    return _next(page, session)


@router.post("/{locale}/office/makers/{slug}/suspend", name="businesses:review_suspend", include_in_schema=False)
def review_suspend(
    locale: Language,
    slug: Annotated[str, Path(max_length=80)],
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
    settings: SettingsDep,
) -> Response:
    """Take a verified maker off the public pages, with a reason."""
    business = queries.get_business(session, slug, viewer=official)
    try:
        data = parse_form(ReasonGiven, form)
        service.suspend_business(session, actor=official, business=business, data=data, now=now, settings=settings)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refuse(page, session, official, slug, error, form_state(form, error, page.language), now)
    return page.redirect("businesses:review_detail", slug=slug, notice="saved")


@router.post("/{locale}/office/makers/{slug}/restore", name="businesses:review_restore", include_in_schema=False)
def review_restore(
    locale: Language,
    slug: Annotated[str, Path(max_length=80)],
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
    settings: SettingsDep,
) -> Response:
    """Show a suspended maker again."""
    business = queries.get_business(session, slug, viewer=official)
    try:
        seen = parse_form(Decision, form).seen_version
        service.restore_business(
            session, actor=official, business=business, now=now, settings=settings, seen_version=seen
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refuse(page, session, official, slug, error, form_state(form, error, page.language), now)
    return page.redirect("businesses:review_detail", slug=slug, notice="saved")


def _next(page: Page, session: SessionDep) -> Response:
    slug = queries.find_next_waiting(session)
    if slug is None:
        return page.redirect("businesses:office", notice="saved")
    return page.redirect("businesses:review_detail", slug=slug, notice="decided")


def _refuse(
    page: Page,
    session: SessionDep,
    official: OfficialDep,
    slug: str,
    error: DomainError,
    form: FormState,
    now: dt.datetime,
) -> Response:
    session.expire_all()  # somebody else may have decided: show how it stands
    business = queries.get_business(session, slug, viewer=official)
    return page.reject(
        "businesses/review_detail.html",
        PageMeta(title=page.gettext(N_("Error: %(title)s"), title=business.brand)),
        error,
        form=form,
        work=desks.office_frame(page, session, HERE),
        view=_review(page, session, business, now),
    )


def _review(page: Page, session: SessionDep, business: Business, now: dt.datetime) -> Review:
    shown = queries.own_of(business, page.language)
    scale = page.gettext(words.SCALES[shown.scale][1]) if shown.scale else ""
    facts = (
        (page.gettext(N_("Registered name")), shown.legal_name),
        (page.gettext(N_("NIB")), shown.nib or ""),
        (
            page.gettext(N_("KBLI")),
            ", ".join(f"{code} {trade_label(code, page.language)}".strip() for code in shown.kbli),
        ),
        (page.gettext(N_("Class")), scale),
        (page.gettext(N_("District")), shown.kecamatan.name if shown.kecamatan else ""),
        (page.gettext(N_("City")), shown.city.name),
        (page.gettext(N_("Began in")), str(shown.year or "")),
        (page.gettext(N_("People")), str(shown.employees or "")),
        (page.gettext(N_("Can make")), shown.capacity),
    )
    missing = queries.missing_of(business)
    return Review(
        shown=shown,
        state_label=page.gettext(words.STATES[BusinessState(business.state)]),
        age=words.age(page, business.submitted_at, now) if business.state == BusinessState.SUBMITTED else "",
        facts=facts,
        stories=tuple(
            (code, Language(code).native_name, text.story, text.stale) for code, text in shown.stories.items()
        ),
        contacts=tuple(
            (
                page.gettext(words.CONTACTS[contact.kind]),
                contact.value,
                page.gettext(N_("public")) if contact.consented_at else page.gettext(N_("not public")),
            )
            for contact in shown.contacts
        ),
        papers=tuple(
            (
                page.url("businesses:licence_file", licence_id=paper.id),
                page.gettext(words.PAPERS[paper.kind]),
                paper.number,
                paper.valid_until,
            )
            for paper in shown.licences
        ),
        trademarks=tuple(
            (f"{mark.name} {mark.number}".strip(), page.gettext(words.MARKS[mark.state])) for mark in shown.trademarks
        ),
        reason=" ".join(letters.reason_lines(business, page.language)),
        history=tuple(
            (at, page.gettext(words.ACTS[action]) if action in words.ACTS else action, who)
            for at, action, who in queries.list_history(session, business)
        ),
        missing=tuple(page.gettext(sentence) for sentence in missing.values()),
        reasons=tuple((reason.value, page.gettext(label)) for reason, label in words.REASONS.items()),
        waiting=queries.get_review_queue(session).count,
    )
