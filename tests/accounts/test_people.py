"""Invitations: who may send them, who may take them up, and what that changes."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import Session, select

from app.accounts import rules
from app.accounts.models import Invitation, Membership, OrganisationKind, Role, Scope, User
from app.accounts.subjects import Subject
from app.core.languages import Language
from tests.accounts.support import actions, link_in, mails_to, make_person, post_sign_in
from tests.conftest import NOON, Clock
from tests.factories import make_maker, make_organisation, make_user, sign_in

NEW = {"name": "Asep", "password": "angklung di teras rumah", "language": "id", "consent": "true"}


def invite(client: TestClient, organisation: int, email: str = "asep@example.org", role: Role = Role.MAKER) -> int:
    form = {"email": email, "organisation_id": organisation, "role": role.value}
    return client.post("/en/account/people", data=form).status_code


def test_a_maker_invites_somebody_new_who_joins(client: TestClient, session: Session) -> None:
    maker, business = make_maker(session)
    sign_in(client, session, maker)
    assert invite(client, business.organisation_id, " Asep@example.org") == 303
    assert "asep@example.org" in client.get("/en/account/people").text
    (mail,) = mails_to(session, "asep@example.org")
    path = link_in(mail)
    client.cookies.clear()
    shown = client.get(path)
    assert shown.status_code == 200
    assert "asep@example.org" in shown.text
    assert client.post(f"{path}/join", data=NEW | {"consent": ""}).status_code == 422
    assert client.post(f"{path}/join", data=NEW).status_code == 303
    user = session.exec(select(User).where(User.email == "asep@example.org")).one()
    assert user.email_verified_at is not None
    held = session.exec(select(Membership).where(Membership.user_id == user.id)).one()
    assert (held.organisation_id, held.role) == (business.organisation_id, Role.MAKER)
    assert client.get("/en/account").status_code == 200
    assert client.get(path).status_code == 404
    assert client.post(f"{path}/join", data=NEW).status_code == 404
    assert actions(session) == ["invitation.sent", "role.granted", "session.started"]


def test_somebody_with_an_account_accepts_and_gets_a_new_token(client: TestClient, session: Session) -> None:
    maker, business = make_maker(session)
    guest = make_person(session, email="asep@example.org", language="ko")
    sign_in(client, session, maker)
    invite(client, business.organisation_id)
    (mail,) = mails_to(session, "asep@example.org")
    assert mail["language"] == "ko"
    path = link_in(mail)
    assert client.post(f"{path}/accept").status_code == 403, "the maker herself cannot"
    client.cookies.clear()
    assert 'href="/ko/sign-in?next=' in client.get(path).text
    assert client.post(f"{path}/join", data=NEW).status_code == 409
    post_sign_in(client, guest.email)
    before = client.cookies["session"]
    assert client.post(f"{path}/accept").status_code == 303
    assert client.cookies["session"] != before
    assert client.get("/en/account").status_code == 200
    assert session.exec(select(Membership.role).where(Membership.user_id == guest.id)).all() == [Role.MAKER]


def test_invitation_to_the_office_needs_a_longer_password_and_ends_other_sessions(
    client: TestClient, session: Session
) -> None:
    office = make_organisation(session, kind=OrganisationKind.OFFICE, name="Dinas")
    admin = make_user(session, role=Role.ADMIN, organisation=office)
    sign_in(client, session, admin)
    assert invite(client, office.id, "new@example.org", Role.OFFICIAL) == 303
    assert invite(client, office.id, "asep@example.org", Role.ADMIN) == 303
    path = link_in(mails_to(session, "new@example.org")[0])
    client.cookies.clear()
    assert client.post(f"{path}/join", data=NEW | {"password": "empat belas ya"}).status_code == 422
    guest = make_person(session, email="asep@example.org")
    post_sign_in(client, guest.email)
    elsewhere = client.cookies["session"]
    client.cookies.clear()
    post_sign_in(client, guest.email)
    client.post(f"{link_in(mails_to(session, guest.email)[0])}/accept")
    assert client.get("/en/office/audit").status_code == 200
    client.cookies.clear()
    client.cookies.set("session", elsewhere)
    assert client.get("/en/account").status_code == 303


def test_revoked_and_old_invitations_do_not_work(client: TestClient, session: Session, clock: Clock) -> None:
    maker, business = make_maker(session)
    sign_in(client, session, maker)
    invite(client, business.organisation_id)
    number = session.exec(select(Invitation.id)).one()
    assert client.post(f"/en/account/people/{number}/revoke").status_code == 303
    assert client.post(f"/en/account/people/{number}/revoke").status_code == 404
    path = link_in(mails_to(session, "asep@example.org")[0])
    assert client.get(path).status_code == 404
    assert client.post(f"{path}/join", data=NEW).status_code == 404
    invite(client, business.organisation_id)
    path = link_in(mails_to(session, "asep@example.org")[1])
    assert client.get(path).status_code == 200
    clock.forward(days=14)
    assert client.get(path).status_code == 404
    assert client.post(f"{path}/join", data=NEW).status_code == 404


def test_a_second_invitation_replaces_the_first(client: TestClient, session: Session) -> None:
    maker, business = make_maker(session)
    sign_in(client, session, maker)
    invite(client, business.organisation_id)
    invite(client, business.organisation_id)
    first, second = (link_in(mail) for mail in mails_to(session, "asep@example.org"))
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)


def test_refused_invitation_shows_what_was_typed(client: TestClient, session: Session) -> None:
    maker, business = make_maker(session)
    sign_in(client, session, maker)
    form = {"email": "nobody at home", "organisation_id": business.organisation_id, "role": "maker"}
    answer = client.post("/en/account/people", data=form)
    assert answer.status_code == 422
    assert 'value="nobody at home"' in answer.text
    assert 'href="#f-email"' in answer.text


def test_an_official_may_look_at_any_organisation_others_only_at_theirs(client: TestClient, session: Session) -> None:
    maker, business = make_maker(session)
    other, _ = make_maker(session)
    sign_in(client, session, other)
    path = f"/en/account/people?organisation={business.organisation_id}"
    assert client.get(path).status_code == 404
    client.cookies.clear()
    sign_in(client, session, make_user(session, role=Role.OFFICIAL))
    assert maker.name in client.get(path).text
    assert client.get("/en/account/people?organisation=999999999").status_code == 404


def test_list_sends_the_same_number_of_statements_for_one_and_for_many(client: TestClient, session: Session) -> None:
    user = make_person(session)
    sign_in(client, session, user)
    counts = []
    for number in (1, 4):
        for _ in range(number):
            organisation = make_organisation(session)
            make_user(session, role=Role.MAKER, organisation=organisation)
            session.add(Membership(user_id=user.id, organisation_id=organisation.id, role=Role.MAKER, created_at=NOON))
            session.commit()
        statements: list[str] = []

        def note(_c: object, _d: object, statement: str, *_: object, into: list[str] = statements) -> None:
            if statement.startswith("SELECT"):
                into.append(statement)

        event.listen(session.get_bind(), "before_cursor_execute", note)
        client.get("/en/account/people")
        event.remove(session.get_bind(), "before_cursor_execute", note)
        counts.append(len(statements))
    assert counts[0] == counts[1] > 0


def person(*memberships: tuple[Role, int], missing: bool = False, scopes: frozenset[Scope] | None = None) -> Subject:
    return Subject(
        user_id=1,
        name="x",
        email="x@example.org",
        language=Language.EN,
        email_verified=True,
        memberships=frozenset(memberships),
        second_factor_missing=missing,
        scopes=scopes,
    )


BUSINESS, OFFICE = 1, 2
MAY = [
    # actor, organisation, kind, role, may invite
    (person((Role.MAKER, BUSINESS)), BUSINESS, OrganisationKind.BUSINESS, Role.MAKER, True),
    (person((Role.MAKER, BUSINESS)), BUSINESS, OrganisationKind.BUSINESS, Role.OFFICIAL, False),
    (person((Role.MAKER, BUSINESS)), 9, OrganisationKind.BUSINESS, Role.MAKER, False),
    (person((Role.MAKER, BUSINESS)), OFFICE, OrganisationKind.OFFICE, Role.OFFICIAL, False),
    (person((Role.BUYER, 3)), 3, OrganisationKind.BUYER_COMPANY, Role.BUYER, True),
    (person((Role.OFFICIAL, OFFICE)), BUSINESS, OrganisationKind.BUSINESS, Role.MAKER, True),
    (person((Role.OFFICIAL, OFFICE)), OFFICE, OrganisationKind.OFFICE, Role.OFFICIAL, True),
    (person((Role.OFFICIAL, OFFICE)), OFFICE, OrganisationKind.OFFICE, Role.ADMIN, False),
    (person((Role.OFFICIAL, OFFICE)), 9, OrganisationKind.OFFICE, Role.OFFICIAL, False),
    (person((Role.OFFICIAL, OFFICE), missing=True), BUSINESS, OrganisationKind.BUSINESS, Role.MAKER, False),
    (
        person((Role.OFFICIAL, OFFICE), scopes=frozenset({Scope.ACCOUNT})),
        BUSINESS,
        OrganisationKind.BUSINESS,
        Role.MAKER,
        False,
    ),
    (person((Role.ADMIN, OFFICE)), 9, OrganisationKind.OFFICE, Role.ADMIN, True),
    (person((Role.ADMIN, OFFICE)), BUSINESS, OrganisationKind.BUSINESS, Role.MAKER, True),
    (person((Role.ADMIN, OFFICE)), BUSINESS, OrganisationKind.BUSINESS, Role.ADMIN, False),
]


@pytest.mark.parametrize(("actor", "organisation", "kind", "role", "may"), MAY)
def test_who_may_invite(
    actor: Subject,
    organisation: int,
    kind: OrganisationKind,
    role: Role,
    may: bool,  # noqa: FBT001 - a case of the table
) -> None:
    assert rules.can_invite(actor, organisation_id=organisation, kind=kind, role=role) is may


def test_every_kind_of_organisation_has_roles() -> None:
    assert set(rules.ROLES_OF) == set(OrganisationKind)
    assert set().union(*rules.ROLES_OF.values()) == set(Role)
