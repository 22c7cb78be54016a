"""A person's own account: profile, password, devices, tokens, data, leaving."""

import json
from dataclasses import dataclass

from fastapi import Request, Response

from app.accounts import credentials, passwords, personal, queries, rules, service
from app.accounts.models import Scope
from app.accounts.pages.common import NO_STORE, refuse
from app.accounts.schemas import (
    MePublic,
    PasswordChange,
    PasswordOnly,
    ProfileUpdate,
    SessionPublic,
    TokenCreate,
    TokenMade,
    TokenPublic,
)
from app.accounts.subjects import Subject
from app.accounts.web import (
    HolderDep,
    Number,
    PageDep,
    client_address,
    direct_router,
    drop_session_cookie,
)
from app.core.errors import DomainError
from app.core.forms import FormDep, FormState, form_state, parse_form
from app.core.languages import N_, Language
from app.core.templating import Page, PageMeta
from app.core.web import DatabaseDep, NowDep, SessionDep, SettingsDep, UnitDep, unit_router

router = unit_router(include_in_schema=False)
direct = direct_router(include_in_schema=False)

SCOPE_NAMES = {
    Scope.ACCOUNT: N_("Manage this account: devices and tokens"),
    Scope.CATALOGUE_READ: N_("Read goods, drafts included"),
    Scope.CATALOGUE_WRITE: N_("Add and change goods"),
    Scope.BUSINESS_READ: N_("Read the business profile"),
    Scope.BUSINESS_WRITE: N_("Change the business profile"),
    Scope.OFFICE: N_("Act in the office: verify, review, publish"),
}
LIFETIMES = (7, 30, 90, 365)


@dataclass(frozen=True)
class AccountPage:
    """The account's first page."""

    me: MePublic
    can_start_selling: bool


@dataclass(frozen=True)
class SessionsPage:
    """Devices that are signed in."""

    sessions: list[SessionPublic]


@dataclass(frozen=True)
class TokensPage:
    """API tokens and the form for a new one."""

    tokens: list[TokenPublic]
    scopes: list[tuple[str, str]]
    """Scopes that may be chosen, with their names."""
    names: dict[str, str]
    lifetimes: list[tuple[int, str]]
    made: TokenMade | None = None


def _account_meta(page: Page) -> PageMeta:
    return PageMeta(title=page.gettext(N_("My account")))


@router.get("/{locale}/account", name="accounts:account")
def account(locale: Language, page: PageDep, person: HolderDep, session: SessionDep) -> Response:
    """Name, language, roles, and the way to everything else."""
    view = _account_view(session, person)
    values = {"name": view.me.name, "language": view.me.language.value}
    return page.render("accounts/account.html", _account_meta(page), view=view, form=FormState(values=values))


def _account_view(session: SessionDep, person: Subject) -> AccountPage:
    return AccountPage(me=queries.get_me(session, person), can_start_selling=not person.is_maker)


@router.post("/{locale}/account", name="accounts:account")
def save_profile(
    locale: Language,
    page: PageDep,
    person: HolderDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Change name and language; the next page speaks the language chosen."""
    try:
        data = parse_form(ProfileUpdate, form)
        service.update_profile(session, actor=person, data=data, now=now)
    except DomainError as error:
        state = form_state(form, error, page.language)
        view = _account_view(session, person)
        return page.reject("accounts/account.html", _account_meta(page), error, form=state, view=view)
    return page.redirect("accounts:account", notice="saved", locale=data.language.value)


def _password_meta(page: Page) -> PageMeta:
    return PageMeta(title=page.gettext(N_("Change my password")))


def _least(person: Subject) -> int:
    return passwords.MIN_LENGTH_OFFICIAL if person.holds_office else passwords.MIN_LENGTH


@router.get("/{locale}/account/password", name="accounts:password")
def password_form(locale: Language, page: PageDep, person: HolderDep) -> Response:
    """The form for a new password."""
    return page.render("accounts/password.html", _password_meta(page), form=FormState(), least=_least(person))


@direct.post("/{locale}/account/password", name="accounts:password")
def change_password(
    locale: Language,
    request: Request,
    page: PageDep,
    person: HolderDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Change the password; other devices are signed out."""
    try:
        data = parse_form(PasswordChange, form)
        credentials.check_again(
            database,
            user_id=person.user_id,
            password=data.current,
            field="current",
            address=client_address(request),
            now=now,
            settings=settings,
        )
        passwords.check(data.password, official=person.holds_office, email=person.email, name=person.name)
        password_hash = passwords.hash_password(data.password)
        with database.writing() as session:
            service.change_password(session, actor=person, password_hash=password_hash, now=now, settings=settings)
    except DomainError as error:
        return refuse(page, "accounts/password.html", _password_meta(page), error, form=form, least=_least(person))
    return page.redirect("accounts:account", notice="password_changed")


@router.get("/{locale}/account/devices", name="accounts:sessions")
def sessions(locale: Language, page: PageDep, person: HolderDep, session: SessionDep, now: NowDep) -> Response:
    """Devices that are signed in, last seen first."""
    view = SessionsPage(sessions=queries.list_sessions(session, person, now=now))
    return page.render("accounts/sessions.html", PageMeta(title=page.gettext(N_("My devices"))), view=view)


@router.post("/{locale}/account/devices/{session_id}/end", name="accounts:session_end")
def end_session(
    locale: Language,
    session_id: Number,
    page: PageDep,
    person: HolderDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Sign one device out."""
    service.end_session(session, actor=person, session_id=session_id, now=now)
    if session_id == person.session_id:
        response = page.redirect("site:home", notice="signed_out")
        drop_session_cookie(response, settings)
        return response
    return page.redirect("accounts:sessions", notice="revoked")


@router.post("/{locale}/account/devices/end-others", name="accounts:sessions_end_others")
def end_other_sessions(
    locale: Language,
    page: PageDep,
    person: HolderDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Sign every other device out."""
    service.end_other_sessions(session, actor=person, now=now)
    return page.redirect("accounts:sessions", notice="revoked")


def _tokens_meta(page: Page) -> PageMeta:
    return PageMeta(title=page.gettext(N_("Tokens for programs")))


def _tokens_view(
    page: Page, session: SessionDep, person: Subject, now: NowDep, made: TokenMade | None = None
) -> TokensPage:
    names = {scope.value: page.gettext(name) for scope, name in SCOPE_NAMES.items()}
    held = rules.grantable_scopes(person)
    return TokensPage(
        tokens=queries.list_tokens(session, person, now=now),
        scopes=[(scope.value, names[scope.value]) for scope in Scope if scope in held],
        names=names,
        lifetimes=[(days, page.gettext(N_("%(days)s days"), days=days)) for days in LIFETIMES],
        made=made,
    )


@router.get("/{locale}/account/tokens", name="accounts:tokens")
def tokens(locale: Language, page: PageDep, person: HolderDep, session: SessionDep, now: NowDep) -> Response:
    """Tokens that work, and the form for a new one."""
    view = _tokens_view(page, session, person, now)
    return page.render("accounts/tokens.html", _tokens_meta(page), view=view, form=FormState(values={"days": 90}))


@router.post("/{locale}/account/tokens", name="accounts:tokens")
def create_token(
    locale: Language,
    page: PageDep,
    person: HolderDep,
    form: FormDep,
    session: SessionDep,
    unit: UnitDep,
    now: NowDep,
) -> Response:
    """Make a token and show it this once."""
    try:
        data = parse_form(TokenCreate, form, lists=frozenset({"scopes"}))
        made = service.create_token(session, actor=person, data=data, now=now)
    except DomainError as error:
        state = form_state(form, error, page.language)
        view = _tokens_view(page, session, person, now)
        return page.reject("accounts/tokens.html", _tokens_meta(page), error, form=state, view=view)
    unit.secret = True
    view = _tokens_view(page, session, person, now, made)
    return page.render(
        "accounts/tokens.html", _tokens_meta(page), headers=NO_STORE, view=view, form=FormState(values={"days": 90})
    )


@router.post("/{locale}/account/tokens/{token_id}/revoke", name="accounts:token_revoke")
def revoke_token(
    locale: Language,
    token_id: Number,
    page: PageDep,
    person: HolderDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """End a token."""
    service.revoke_token(session, actor=person, token_id=token_id, now=now)
    return page.redirect("accounts:tokens", notice="revoked")


@router.get("/{locale}/account/data.json", name="accounts:data")
def own_data(locale: Language, person: HolderDep, session: SessionDep, now: NowDep) -> Response:
    """Everything kept about the person, as a file to keep (Law 27/2022, art. 13)."""
    data = personal.export(session, user=queries.get_user(session, person.user_id), now=now)
    return Response(
        json.dumps(data, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={**NO_STORE, "Content-Disposition": f'attachment; filename="little-bandung-{now:%Y-%m-%d}.json"'},
    )


def _erase_meta(page: Page) -> PageMeta:
    return PageMeta(title=page.gettext(N_("Erase my account")))


@router.get("/{locale}/account/erase", name="accounts:erase")
def erase_form(locale: Language, page: PageDep, person: HolderDep) -> Response:
    """What erasing means, and the form."""
    return page.render("accounts/erase.html", _erase_meta(page), form=FormState())


@direct.post("/{locale}/account/erase", name="accounts:erase")
def erase(
    locale: Language,
    request: Request,
    page: PageDep,
    person: HolderDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Erase the account, once the password was given again."""
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
            service.erase_account(session, actor=person, now=now)
    except DomainError as error:
        return refuse(page, "accounts/erase.html", _erase_meta(page), error, form=form)
    response = page.redirect("site:home", notice="deleted")
    drop_session_cookie(response, settings)
    return response
