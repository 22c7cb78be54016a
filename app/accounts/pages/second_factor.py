"""One-time codes: giving one at sign-in, switching them on and off."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request, Response

from app.accounts import credentials, queries, service, totp
from app.accounts.pages.common import NO_STORE, refuse, text_of, wanted
from app.accounts.schemas import CodeOnly, PasswordOnly
from app.accounts.web import (
    HolderDep,
    PageDep,
    SignedInDep,
    client_address,
    direct_router,
    set_session_cookie,
)
from app.core.config import Settings
from app.core.errors import DomainError
from app.core.forms import FormDep, FormState, parse_form
from app.core.languages import N_, Language
from app.core.templating import Page, PageMeta
from app.core.web import DatabaseDep, NowDep, SessionDep, SettingsDep, unit_router

router = unit_router(include_in_schema=False)
direct = direct_router(include_in_schema=False)
NextQuery = Annotated[str, Query(alias="next", max_length=2000)]


@dataclass(frozen=True)
class TotpPage:
    """The page of one-time codes."""

    on: bool
    begun: bool
    forced: bool
    """Whether the office stays shut until they are on."""
    picture: str
    """The QR code as a ``data:`` address, or nothing."""
    secret: str
    """The same for typing, in groups of four."""
    codes_left: int


@dataclass(frozen=True)
class RecoveryCodesPage:
    """Recovery codes, shown once."""

    codes: list[str]
    next: str


def _code_meta(page: Page) -> PageMeta:
    return PageMeta(title=page.gettext(N_("Your one-time code")))


@router.get("/{locale}/second-step", name="accounts:second_step")
def second_step_form(locale: Language, page: PageDep, signed_in: SignedInDep, goal: NextQuery = "") -> Response:
    """The form for the code, when the password was just given."""
    if signed_in is None:
        return page.redirect("accounts:sign_in", next=wanted(goal))
    if not signed_in.code_missing:
        return page.go(wanted(goal) or page.url("accounts:welcome"))
    return page.render(
        "accounts/second_step.html", _code_meta(page), headers=NO_STORE, form=FormState(values={"next": wanted(goal)})
    )


@direct.post("/{locale}/second-step", name="accounts:second_step")
def second_step(
    locale: Language,
    request: Request,
    page: PageDep,
    signed_in: SignedInDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Take the code; the session gets a new token."""
    goal = wanted(text_of(form, "next"))
    if signed_in is None or not signed_in.code_missing:
        return page.redirect("accounts:sign_in", next=goal)
    pending = signed_in.subject
    try:
        data = parse_form(CodeOnly, form)
        _count_code(database, request, pending.user_id, now=now, settings=settings)
        with database.writing() as session:
            token = service.give_code(session, pending=pending, code=data.code, now=now)
    except DomainError as error:
        return refuse(page, "accounts/second_step.html", _code_meta(page), error, form=form)
    response = page.go(goal or page.url("accounts:welcome"), notice="signed_in")
    life = service.OFFICE_SESSION_LIFE if pending.holds_office else service.SESSION_LIFE
    set_session_cookie(response, token, life, settings)
    return response


def _count_code(database: DatabaseDep, request: Request, user_id: int, *, now: NowDep, settings: Settings) -> None:
    credentials.count_try(
        database, what="code", who=str(user_id), address=client_address(request), now=now, settings=settings
    )


def _totp_meta(page: Page) -> PageMeta:
    return PageMeta(title=page.gettext(N_("One-time codes")))


def _totp_view(session: SessionDep, person: HolderDep) -> TotpPage:
    user = queries.get_user(session, person.user_id)
    on = user.totp_confirmed_at is not None
    begun = user.totp_secret is not None and not on
    secret = (user.totp_secret or "") if begun else ""
    return TotpPage(
        on=on,
        begun=begun,
        forced=person.second_factor_missing,
        picture=totp.picture_of(secret, user.email) if secret else "",
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        codes_left=queries.count_recovery_codes(session, user.id) if on else 0,
    )


@router.get("/{locale}/account/second-factor", name="accounts:totp")
def totp_page(
    locale: Language, page: PageDep, person: HolderDep, session: SessionDep, goal: NextQuery = ""
) -> Response:
    """What one-time codes are, and the step that comes next."""
    return page.render(
        "accounts/totp.html",
        _totp_meta(page),
        view=_totp_view(session, person),
        form=FormState(values={"next": wanted(goal)}),
    )


@direct.post("/{locale}/account/second-factor/begin", name="accounts:totp_begin")
def totp_begin(
    locale: Language,
    request: Request,
    page: PageDep,
    person: HolderDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Make a secret, once the password was given again."""
    return _with_password(request, page, person, form, database, settings, now, switch_on=True)


@direct.post("/{locale}/account/second-factor/off", name="accounts:totp_off")
def totp_off(
    locale: Language,
    request: Request,
    page: PageDep,
    person: HolderDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Switch one-time codes off, once the password was given again."""
    return _with_password(request, page, person, form, database, settings, now, switch_on=False)


def _with_password(
    request: Request,
    page: Page,
    person: HolderDep,
    form: FormDep,
    database: DatabaseDep,
    settings: Settings,
    now: NowDep,
    *,
    switch_on: bool,
) -> Response:
    try:
        data = parse_form(PasswordOnly, form)
        credentials.check_again(
            database,
            user_id=person.user_id,
            password=data.password,
            field="password",
            address=client_address(request),
            now=now,
            settings=settings,
        )
        with database.writing() as session:
            change = service.begin_totp if switch_on else service.disable_totp
            change(session, actor=person, now=now)
    except DomainError as error:
        with database.reading() as session:
            view = _totp_view(session, person)
        return refuse(page, "accounts/totp.html", _totp_meta(page), error, form=form, view=view)
    return page.redirect("accounts:totp", notice="" if switch_on else "saved", next=wanted(text_of(form, "next")))


@direct.post("/{locale}/account/second-factor/confirm", name="accounts:totp_confirm")
def totp_confirm(
    locale: Language,
    request: Request,
    page: PageDep,
    person: HolderDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Switch one-time codes on by a first code, and show the recovery codes this once."""
    try:
        data = parse_form(CodeOnly, form)
        _count_code(database, request, person.user_id, now=now, settings=settings)
        with database.writing() as session:
            codes, token = service.confirm_totp(session, actor=person, code=data.code, now=now)
    except DomainError as error:
        with database.reading() as session:
            view = _totp_view(session, person)
        return refuse(page, "accounts/totp.html", _totp_meta(page), error, form=form, view=view)
    response = _show_codes(page, codes, wanted(text_of(form, "next")))
    life = service.OFFICE_SESSION_LIFE if person.holds_office else service.SESSION_LIFE
    set_session_cookie(response, token, life, settings)
    return response


@direct.post("/{locale}/account/second-factor/recovery-codes", name="accounts:recovery_codes")
def recovery_codes(
    locale: Language,
    request: Request,
    page: PageDep,
    person: HolderDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Ten new recovery codes, once the password was given again."""
    try:
        data = parse_form(PasswordOnly, form)
        credentials.check_again(
            database,
            user_id=person.user_id,
            password=data.password,
            field="password",
            address=client_address(request),
            now=now,
            settings=settings,
        )
        with database.writing() as session:
            codes = service.renew_recovery_codes(session, actor=person, now=now)
    except DomainError as error:
        with database.reading() as session:
            view = _totp_view(session, person)
        return refuse(page, "accounts/totp.html", _totp_meta(page), error, form=form, view=view)
    return _show_codes(page, codes, "")


def _show_codes(page: Page, codes: list[str], goal: str) -> Response:
    return page.render(
        "accounts/recovery_codes.html",
        PageMeta(title=page.gettext(N_("Your recovery codes"))),
        headers=NO_STORE,
        view=RecoveryCodesPage(codes=codes, next=goal or page.url("accounts:account")),
    )
