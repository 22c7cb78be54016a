"""Who may do what with accounts."""

import datetime as dt
from collections.abc import Callable

from app.accounts.models import Invitation, LinkPurpose, MailedLink, Role
from app.accounts.queries import hash_token
from tests.factories import NOON, PASSWORD, make_token, save
from tests.support.roles import IN, Call, Outcome, World, row

NEW_PASSWORD = "kawung di jendela timur"


def _invitation(world: World, email: str) -> Invitation:
    made: Invitation = save(
        world.session,
        Invitation(
            email=email,
            organisation_id=world.business.organisation_id,
            role=Role.MAKER,
            token_hash=hash_token("invitation"),
            invited_by_id=world.maker.id,
            created_at=NOON,
            expires_at=NOON + dt.timedelta(days=1),
        ),
    )
    return made


def _open_invitation(world: World) -> Call:
    return Call({"invitation_id": _invitation(world, "new@example.org").id})


def _invitation_of_the_maker(world: World) -> Call:
    _invitation(world, world.maker.email)
    return Call({"token": "invitation"})


def _invitation_of_somebody_new(world: World) -> Call:
    _invitation(world, "new@example.org")
    form = {"name": "New", "password": NEW_PASSWORD, "language": "id", "consent": "true"}
    return Call({"token": "invitation"}, form=form)


def _link(purpose: LinkPurpose, form: dict[str, str] | None = None) -> Callable[[World], Call]:
    def call(world: World) -> Call:
        link = MailedLink(
            user_id=world.maker.id,
            purpose=purpose,
            token_hash=hash_token("link"),
            created_at=NOON,
            expires_at=NOON + dt.timedelta(hours=1),
        )
        save(world.session, link)
        return Call({"token": "link"}, form=form)

    return call


def _token_of_the_maker(world: World) -> Call:
    make_token(world.session, world.maker, scopes=[])
    found = world.session.connection().exec_driver_sql("SELECT max(id) FROM api_token").scalar_one()
    return Call({"token_id": found})


def _session_of_the_maker(world: World) -> Call:
    return Call({"session_id": world.session_ids["maker"]})


def _invite_to_the_makers_business(world: World) -> Call:
    return Call(
        form={"email": "new@example.org", "organisation_id": world.business.organisation_id, "role": Role.MAKER.value}
    )


def _password(_: World) -> Call:
    return Call(form={"password": PASSWORD})


OWN: dict[str, Outcome] = {"anonymous": IN, "token": 403}
"""A person's own account: with a token only when it may manage the account."""
OFFICE: dict[str, Outcome] = {
    "anonymous": IN,
    "buyer": 403,
    "maker": 403,
    "other": 403,
    "official": 200,
    "admin": 200,
    "token": 403,
}

ROWS = [
    # The way in and out: for everybody; who is signed in is led on.
    row("GET /{locale}/sign-in", all=303, anonymous=200, token=200),
    row("POST /{locale}/sign-in", lambda w: Call(form={"email": w.maker.email, "password": PASSWORD}), all=303),
    row("GET /{locale}/welcome", all=303, anonymous=303),
    row("POST /{locale}/sign-out", all=303),
    row("GET /{locale}/sign-up", all=200),
    row(
        "POST /{locale}/sign-up",
        lambda _: Call(
            form={
                "side": "buyer",
                "name": "New",
                "email": "new@example.org",
                "password": NEW_PASSWORD,
                "language": "ko",
                "consent": "true",
            }
        ),
        all=303,
    ),
    row("GET /{locale}/mail-sent", lambda _: Call(query={"what": "reset"}), all=200),
    row("GET /{locale}/verify/{token}", _link(LinkPurpose.VERIFY_EMAIL), all=200),
    row("POST /{locale}/verify/{token}", _link(LinkPurpose.VERIFY_EMAIL), all=303),
    row("GET /{locale}/forgot-password", all=200),
    row("POST /{locale}/forgot-password", lambda w: Call(form={"email": w.maker.email}), all=303),
    row("GET /{locale}/reset/{token}", _link(LinkPurpose.RESET_PASSWORD), all=200),
    row("POST /{locale}/reset/{token}", _link(LinkPurpose.RESET_PASSWORD, {"password": NEW_PASSWORD}), all=303),
    row("GET /{locale}/second-step", all=303),
    row("POST /{locale}/second-step", lambda _: Call(form={"code": "123456"}), all=303),
    # The person's own account.
    row("GET /{locale}/account", all=200, **OWN),
    row("POST /{locale}/account", lambda _: Call(form={"name": "Changed", "language": "ko"}), **OWN, all=303),
    row("GET /{locale}/account/password", all=200, **OWN),
    row(
        "POST /{locale}/account/password",
        lambda _: Call(form={"current": PASSWORD, "password": NEW_PASSWORD}),
        **OWN,
        all=303,
    ),
    row("GET /{locale}/account/devices", all=200, **OWN),
    row("POST /{locale}/account/devices/{session_id}/end", _session_of_the_maker, **OWN, all=404, maker=303),
    row("POST /{locale}/account/devices/end-others", **OWN, all=303),
    row("GET /{locale}/account/tokens", all=200, **OWN),
    row(
        "POST /{locale}/account/tokens",
        lambda _: Call(form={"name": "Till", "scopes": "catalogue:read", "days": "30"}),
        **OWN,
        all=200,
    ),
    row("POST /{locale}/account/tokens/{token_id}/revoke", _token_of_the_maker, **OWN, all=404, maker=303),
    row("GET /{locale}/account/second-factor", all=200, **OWN),
    row("POST /{locale}/account/second-factor/begin", _password, **OWN, all=303),
    row("POST /{locale}/account/second-factor/confirm", lambda _: Call(form={"code": "123456"}), **OWN, all=409),
    row("POST /{locale}/account/second-factor/recovery-codes", _password, **OWN, all=409),
    row("POST /{locale}/account/second-factor/off", _password, **OWN, all=409),
    row("GET /{locale}/account/data.json", all=200, **OWN),
    row("GET /{locale}/account/erase", all=200, **OWN),
    row("POST /{locale}/account/erase", _password, **OWN, all=303),
    # People of an organisation.
    row("GET /{locale}/account/people", all=200, **OWN),
    row(
        "POST /{locale}/account/people",
        _invite_to_the_makers_business,
        **OWN,
        buyer=404,
        other=404,
        maker=303,
        official=303,
        admin=303,
    ),
    row(
        "POST /{locale}/account/people/{invitation_id}/revoke",
        _open_invitation,
        **OWN,
        buyer=404,
        other=404,
        maker=303,
        official=303,
        admin=303,
    ),
    row("GET /{locale}/invitations/{token}", _invitation_of_the_maker, all=200),
    row("POST /{locale}/invitations/{token}/accept", _invitation_of_the_maker, **OWN, all=403, maker=303),
    row("POST /{locale}/invitations/{token}/join", _invitation_of_somebody_new, all=303),
    # The office.
    row("GET /{locale}/office/audit", **OFFICE),
    # JSON.
    row("GET /api/v1/me", all=200, anonymous=401),
    row("GET /api/v1/me/tokens", all=200, anonymous=401, token=403),
    row(
        "POST /api/v1/me/tokens",
        lambda _: Call(json={"name": "Till", "scopes": ["catalogue:read"]}),
        all=201,
        anonymous=401,
        token=403,
    ),
    row("DELETE /api/v1/me/tokens/{token_id}", _token_of_the_maker, all=404, anonymous=401, maker=204, token=403),
    row("GET /api/v1/me/sessions", all=200, anonymous=401, token=403),
    row("DELETE /api/v1/me/sessions/{session_id}", _session_of_the_maker, all=404, anonymous=401, maker=204, token=403),
    row("GET /api/v1/audit", **(OFFICE | {"anonymous": 401})),
]
