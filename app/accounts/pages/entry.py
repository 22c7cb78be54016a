"""Ways in and out: sign-up, sign-in, sign-out, and the pages that mailed links lead to."""

from typing import Annotated

from fastapi import Query, Request, Response

from app.accounts import credentials, passwords, queries, service
from app.accounts.models import LinkPurpose, Side
from app.accounts.pages.common import NO_STORE, refuse, text_of, wanted
from app.accounts.schemas import EmailOnly, NewPassword, SignIn, SignUp
from app.accounts.web import (
    PageDep,
    SignedInDep,
    SubjectDep,
    client_address,
    device_of,
    direct_router,
    drop_session_cookie,
    set_session_cookie,
)
from app.core.errors import DomainError, Forbidden
from app.core.forms import FormDep, FormState, parse_form
from app.core.languages import N_, Language
from app.core.templating import Page, PageMeta
from app.core.web import DatabaseDep, NowDep, SessionDep, SettingsDep, unit_router

router = unit_router(include_in_schema=False)
direct = direct_router(include_in_schema=False)
NextQuery = Annotated[str, Query(alias="next", max_length=2000)]


class AddressUnconfirmed(Forbidden):
    """The password is right, but the address was never confirmed."""

    code = "email_unverified"
    message = N_("Confirm your e-mail address first. We have sent you the link again.")


def _sign_in_meta(page: Page) -> PageMeta:
    return PageMeta(title=page.gettext(N_("Sign in")))


@router.get("/{locale}/sign-in", name="accounts:sign_in")
def sign_in_form(locale: Language, page: PageDep, signed_in: SignedInDep, goal: NextQuery = "") -> Response:
    """The form; who is signed in goes on, who owes a one-time code gives it."""
    if signed_in is not None and signed_in.code_missing:
        return page.redirect("accounts:second_step", next=wanted(goal))
    if signed_in is not None:
        return page.go(wanted(goal) or page.url("accounts:account"))
    return page.render(
        "accounts/sign_in.html", _sign_in_meta(page), headers=NO_STORE, form=FormState(values={"next": wanted(goal)})
    )


@direct.post("/{locale}/sign-in", name="accounts:sign_in")
def sign_in(
    locale: Language,
    request: Request,
    page: PageDep,
    signed_in: SignedInDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Check the password and start a session, which may still owe a one-time code."""
    try:
        data = parse_form(SignIn, form)
        user, renewed = credentials.check_sign_in(
            database, data=data, address=client_address(request), now=now, settings=settings
        )
        if user.email_verified_at is None:
            with database.writing() as session:
                service.resend_verification(session, user=user, now=now, settings=settings)
            raise AddressUnconfirmed
    except DomainError as error:
        return refuse(page, "accounts/sign_in.html", _sign_in_meta(page), error, form=form)
    own = signed_in is not None and signed_in.subject.user_id == user.id
    with database.writing() as session:
        token, life = service.start_session(
            session,
            user_id=user.id,
            device=device_of(request),
            now=now,
            renewed_hash=renewed,
            replaces=signed_in.subject.session_id if own and signed_in is not None else None,
        )
    goal = wanted(text_of(form, "next"))
    if user.totp_confirmed_at is not None:
        response = page.redirect("accounts:second_step", next=goal)
    else:
        response = page.go(goal or page.url("accounts:welcome"), notice="signed_in")
    set_session_cookie(response, token, life, settings)
    return response


@router.get("/{locale}/welcome", name="accounts:welcome")
def welcome(locale: Language, page: PageDep, person: SubjectDep, session: SessionDep) -> Response:
    """Lead a person who has just signed in to where her work is."""
    if person is None:
        return page.redirect("accounts:sign_in")
    if person.holds_office:
        return page.redirect("businesses:office")
    if person.is_maker or queries.get_user(session, person.user_id).side == Side.MAKER:
        return page.redirect("businesses:workspace")
    return page.redirect("accounts:account")


@router.post("/{locale}/sign-out", name="accounts:sign_out")
def sign_out(
    locale: Language,
    page: PageDep,
    signed_in: SignedInDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """End the session of this browser."""
    if signed_in is not None and signed_in.subject.session_id is not None:
        service.end_session(session, actor=signed_in.subject, session_id=signed_in.subject.session_id, now=now)
    response = page.redirect("site:home", notice="signed_out")
    drop_session_cookie(response, settings)
    return response


def _sign_up_meta(page: Page) -> PageMeta:
    return PageMeta(
        title=page.gettext(N_("Create an account")),
        description=page.gettext(N_("For makers of Bandung who sell, and for everybody who buys from them.")),
    )


@router.get("/{locale}/sign-up", name="accounts:sign_up")
def sign_up_form(locale: Language, page: PageDep, side: Annotated[Side | None, Query()] = None) -> Response:
    """The form of a new account."""
    values = {"language": locale.value, "side": side.value if side else ""}
    return page.render("accounts/sign_up.html", _sign_up_meta(page), headers=NO_STORE, form=FormState(values=values))


@direct.post("/{locale}/sign-up", name="accounts:sign_up")
def sign_up(
    locale: Language,
    request: Request,
    page: PageDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Make an account, or tell its owner that somebody tried; the answer is the same."""
    try:
        data = parse_form(SignUp, form)
        passwords.check(data.password, official=False, email=data.email, name=data.name)
        credentials.count_try(
            database, what="sign-up", who=data.email, address=client_address(request), now=now, settings=settings
        )
        password_hash = passwords.hash_password(data.password)
    except DomainError as error:
        return refuse(page, "accounts/sign_up.html", _sign_up_meta(page), error, form=form)
    with database.writing() as session:
        service.sign_up(session, data=data, password_hash=password_hash, now=now, settings=settings)
    return page.redirect("accounts:mail_sent", what="verify")


@router.get("/{locale}/mail-sent", name="accounts:mail_sent")
def mail_sent(locale: Language, page: PageDep, what: Annotated[str, Query(pattern="^(verify|reset)$")]) -> Response:
    """Say that a mail is on its way, whether or not it is."""
    return page.render(
        "accounts/mail_sent.html", PageMeta(title=page.gettext(N_("Look into your mail"))), what=what, headers=NO_STORE
    )


def _verify_meta(page: Page) -> PageMeta:
    return PageMeta(title=page.gettext(N_("Confirm your e-mail address")))


@router.get("/{locale}/verify/{token}", name="accounts:verify")
def verify_form(locale: Language, token: str, page: PageDep, session: SessionDep, now: NowDep) -> Response:
    """One button: mail programs open links by themselves, and opening must change nothing."""
    link = queries.find_link(session, token=token, purpose=LinkPurpose.VERIFY_EMAIL, now=now)
    if link is None:
        return _link_spent(page)
    return page.render("accounts/verify.html", _verify_meta(page), headers=NO_STORE)


@router.post("/{locale}/verify/{token}", name="accounts:verify")
def verify(locale: Language, token: str, page: PageDep, session: SessionDep, now: NowDep) -> Response:
    """Confirm the address; whoever signed up twice chooses the password now."""
    reset_token = service.verify_email(session, token=token, now=now)
    if reset_token is not None:
        return page.redirect("accounts:reset", token=reset_token, notice="verified")
    return page.redirect("accounts:sign_in", notice="verified")


def _link_spent(page: Page) -> Response:
    return page.render(
        "accounts/link_spent.html",
        PageMeta(title=page.gettext(N_("This link does not work any more"))),
        status=410,
        headers=NO_STORE,
    )


def _forgot_meta(page: Page) -> PageMeta:
    return PageMeta(title=page.gettext(N_("Set a new password")))


@router.get("/{locale}/forgot-password", name="accounts:forgot")
def forgot_form(locale: Language, page: PageDep) -> Response:
    """The form that asks for a link."""
    return page.render("accounts/forgot.html", _forgot_meta(page), headers=NO_STORE, form=FormState())


@direct.post("/{locale}/forgot-password", name="accounts:forgot")
def forgot(
    locale: Language,
    request: Request,
    page: PageDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Send a link when the address has an account; the answer does not say so."""
    try:
        data = parse_form(EmailOnly, form)
        credentials.count_try(
            database, what="reset", who=data.email, address=client_address(request), now=now, settings=settings
        )
    except DomainError as error:
        return refuse(page, "accounts/forgot.html", _forgot_meta(page), error, form=form)
    with database.writing() as session:
        service.ask_reset(session, email=data.email, now=now, settings=settings)
    return page.redirect("accounts:mail_sent", what="reset")


@router.get("/{locale}/reset/{token}", name="accounts:reset")
def reset_form(locale: Language, token: str, page: PageDep, session: SessionDep, now: NowDep) -> Response:
    """The form for the new password."""
    link = queries.find_link(session, token=token, purpose=LinkPurpose.RESET_PASSWORD, now=now)
    if link is None:
        return _link_spent(page)
    return page.render(
        "accounts/reset.html",
        _forgot_meta(page),
        headers=NO_STORE,
        form=FormState(),
        least=_least(queries.holds_office(session, link.user_id)),
    )


def _least(official: bool) -> int:  # noqa: FBT001 - a fact about the person
    return passwords.MIN_LENGTH_OFFICIAL if official else passwords.MIN_LENGTH


@direct.post("/{locale}/reset/{token}", name="accounts:reset")
def reset(
    locale: Language,
    token: str,
    page: PageDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Set the new password; every session of the account ends."""
    with database.reading() as session:
        link = queries.find_link(session, token=token, purpose=LinkPurpose.RESET_PASSWORD, now=now)
        if link is None:
            return _link_spent(page)
        user = queries.get_user(session, link.user_id)
        official = queries.holds_office(session, user.id)
    try:
        data = parse_form(NewPassword, form)
        passwords.check(data.password, official=official, email=user.email, name=user.name)
        password_hash = passwords.hash_password(data.password)
        with database.writing() as session:
            service.reset_password(session, token=token, password_hash=password_hash, now=now, settings=settings)
    except DomainError as error:
        return refuse(page, "accounts/reset.html", _forgot_meta(page), error, form=form, least=_least(official))
    response = page.redirect("accounts:sign_in", notice="password_changed")
    drop_session_cookie(response, settings)
    return response
