"""Who acts for an organisation: members, invitations, and taking one up."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request, Response

from app.accounts import letters, passwords, queries, service
from app.accounts.models import Invitation, Organisation, Role
from app.accounts.pages.common import NO_STORE, refuse
from app.accounts.schemas import InvitationCreate, NewAccount
from app.accounts.subjects import Subject
from app.accounts.web import (
    HolderDep,
    Number,
    PageDep,
    SubjectDep,
    device_of,
    direct_router,
    set_session_cookie,
)
from app.core.errors import DomainError
from app.core.forms import FormDep, FormState, form_state, parse_form
from app.core.languages import N_, Language
from app.core.templating import Page, PageMeta
from app.core.web import DatabaseDep, NowDep, SessionDep, SettingsDep, unit_router

router = unit_router(include_in_schema=False)
direct = direct_router(include_in_schema=False)
OrganisationQuery = Annotated[int | None, Query(ge=1, le=2**62)]


@dataclass(frozen=True)
class PeoplePage:
    """Organisations with their people and open invitations."""

    teams: list[queries.Team]
    roles: dict[str, str]


@dataclass(frozen=True)
class InvitationPage:
    """An invitation as its receiver sees it."""

    token: str
    organisation: str
    role: str
    email: str
    least: int
    known: bool
    """Whether the address has an account."""
    fits: bool
    """Whether the person signed in is the one invited."""


def _people_meta(page: Page) -> PageMeta:
    return PageMeta(title=page.gettext(N_("People")))


def _people_view(page: Page, session: SessionDep, person: Subject, also: int | None, now: NowDep) -> PeoplePage:
    return PeoplePage(
        teams=queries.list_teams(session, person, also=also, now=now),
        roles={role.value: page.gettext(name) for role, name in letters.ROLE_NAMES.items()},
    )


@router.get("/{locale}/account/people", name="accounts:people")
def people(
    locale: Language,
    page: PageDep,
    person: HolderDep,
    session: SessionDep,
    now: NowDep,
    organisation: OrganisationQuery = None,
) -> Response:
    """The person's organisations; an official may ask for any."""
    view = _people_view(page, session, person, organisation, now)
    return page.render("accounts/people.html", _people_meta(page), view=view, form=FormState())


@router.post("/{locale}/account/people", name="accounts:people")
def invite(
    locale: Language,
    page: PageDep,
    person: HolderDep,
    form: FormDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Invite somebody by mail."""
    try:
        data = parse_form(InvitationCreate, form)
        service.invite(session, actor=person, data=data, language=locale, now=now, settings=settings)
    except DomainError as error:
        if error.status == 404:  # noqa: PLR2004 - somebody else's organisation is not found, with or without a form
            raise
        state = form_state(form, error, page.language)
        view = _people_view(page, session, person, None, now)
        return page.reject("accounts/people.html", _people_meta(page), error, form=state, view=view)
    return page.redirect("accounts:people", notice="invited", organisation=data.organisation_id)


@router.post("/{locale}/account/people/{invitation_id}/revoke", name="accounts:invitation_revoke")
def revoke(
    locale: Language,
    invitation_id: Number,
    page: PageDep,
    person: HolderDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Take an invitation back."""
    service.revoke_invitation(session, actor=person, invitation_id=invitation_id, now=now)
    return page.redirect("accounts:people", notice="revoked")


def _invitation_meta(page: Page) -> PageMeta:
    return PageMeta(title=page.gettext(N_("You are invited")))


def _invitation_view(
    page: Page,
    session: SessionDep,
    found: tuple[Invitation, Organisation],
    token: str,
    viewer: Subject | None,
) -> InvitationPage:
    invitation, organisation = found
    role = Role(invitation.role)
    known = queries.find_user_by_email(session, invitation.email)
    return InvitationPage(
        token=token,
        organisation=organisation.name,
        role=page.gettext(letters.ROLE_NAMES[role]),
        email=invitation.email,
        least=passwords.MIN_LENGTH_OFFICIAL if role in {Role.OFFICIAL, Role.ADMIN} else passwords.MIN_LENGTH,
        known=known is not None and known.email_verified_at is not None,
        fits=viewer is not None and viewer.email == invitation.email,
    )


@router.get("/{locale}/invitations/{token}", name="accounts:invitation")
def invitation_form(
    locale: Language, token: str, page: PageDep, viewer: SubjectDep, session: SessionDep, now: NowDep
) -> Response:
    """An invitation: one button for who is signed in, a form for who is new."""
    found = queries.get_invitation(session, token=token, now=now)
    view = _invitation_view(page, session, found, token, viewer)
    form = FormState(values={"language": locale.value})
    return page.render("accounts/invitation.html", _invitation_meta(page), headers=NO_STORE, view=view, form=form)


@router.post("/{locale}/invitations/{token}/accept", name="accounts:invitation_accept")
def accept(
    locale: Language,
    token: str,
    page: PageDep,
    person: HolderDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Take it up with the account in use, whose session gets a new token with its new role."""
    service.accept_invitation(session, actor=person, token=token, now=now)
    response = page.redirect("accounts:welcome", notice="saved")
    if person.session_id is not None:
        set_session_cookie(response, service.renew_session(session, session_id=person.session_id), None, settings)
    return response


@direct.post("/{locale}/invitations/{token}/join", name="accounts:invitation_join")
def join(
    locale: Language,
    token: str,
    request: Request,
    page: PageDep,
    viewer: SubjectDep,
    form: FormDep,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Take it up with a new account, and sign in."""
    with database.reading() as session:
        found = queries.get_invitation(session, token=token, now=now)
        view = _invitation_view(page, session, found, token, viewer)
    try:
        data = parse_form(NewAccount, form)
        official = Role(found[0].role) in {Role.OFFICIAL, Role.ADMIN}
        passwords.check(data.password, official=official, email=view.email, name=data.name)
        password_hash = passwords.hash_password(data.password)
        with database.writing() as session:
            user_id = service.join_by_invitation(session, token=token, data=data, password_hash=password_hash, now=now)
            secret, life = service.start_session(session, user_id=user_id, device=device_of(request), now=now)
    except DomainError as error:
        return refuse(page, "accounts/invitation.html", _invitation_meta(page), error, form=form, view=view)
    response = page.redirect("accounts:welcome", notice="signed_in")
    set_session_cookie(response, secret, life, settings)
    return response
