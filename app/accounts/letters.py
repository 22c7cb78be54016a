"""The mails of this area, in the person's language, as plain text."""

import datetime as dt

from sqlmodel import Session

from app.accounts.models import Role
from app.core.config import Settings
from app.core.languages import N_, Language, show_time, translate
from app.core.mail import send_mail

ROLE_NAMES = {
    Role.MAKER: N_("maker"),
    Role.BUYER: N_("buyer"),
    Role.OUTLET_STAFF: N_("outlet staff"),
    Role.OFFICIAL: N_("official"),
    Role.ADMIN: N_("administrator"),
}
FAREWELL = N_("Little Bandung, the market of Bandung's small makers")


def address(settings: Settings, language: Language, path: str) -> str:
    """A page's public address in a language."""
    return f"{settings.public_url}/{language.value}/{path}"


def _write(
    session: Session, *, to: str, language: Language, key: str, now: dt.datetime, subject: str, paragraphs: list[str]
) -> None:
    text = "\n\n".join([*paragraphs, translate(language, FAREWELL)]) + "\n"
    send_mail(session, to=to, subject=subject, text=text, language=language, key=key, now=now)


def verify_email(
    session: Session, *, to: str, name: str, language: Language, token: str, now: dt.datetime, settings: Settings
) -> None:
    """Ask a person to confirm that the address is hers."""
    _write(
        session,
        to=to,
        language=language,
        key=f"verify:{token[:16]}",
        now=now,
        subject=translate(language, N_("Confirm your e-mail address")),
        paragraphs=[
            translate(language, N_("Hello %(name)s,"), name=name),
            translate(
                language, N_("An account at Little Bandung was made with this address. Open this page to confirm it:")
            ),
            address(settings, language, f"verify/{token}"),
            translate(language, N_("The page works once, for 24 hours.")),
            translate(language, N_("If this was not you, do nothing: without a confirmation the account stays shut.")),
        ],
    )


def address_in_use(
    session: Session, *, to: str, name: str, language: Language, user_id: int, now: dt.datetime, settings: Settings
) -> None:
    """Tell a person that somebody tried to make a second account with her address; at most once a day."""
    _write(
        session,
        to=to,
        language=language,
        key=f"in-use:{user_id}:{now:%Y-%m-%d}",
        now=now,
        subject=translate(language, N_("You already have an account")),
        paragraphs=[
            translate(language, N_("Hello %(name)s,"), name=name),
            translate(
                language,
                N_("Somebody tried to make an account at Little Bandung with this address, which has one already."),
            ),
            translate(language, N_("If this was you, sign in here:")),
            address(settings, language, "sign-in"),
            translate(language, N_("If you do not know your password any more, set a new one here:")),
            address(settings, language, "forgot-password"),
            translate(language, N_("If this was not you, do nothing: your account has not changed.")),
        ],
    )


def reset_password(
    session: Session, *, to: str, name: str, language: Language, token: str, now: dt.datetime, settings: Settings
) -> None:
    """Send the link that lets a person set a new password."""
    _write(
        session,
        to=to,
        language=language,
        key=f"reset:{token[:16]}",
        now=now,
        subject=translate(language, N_("Set a new password")),
        paragraphs=[
            translate(language, N_("Hello %(name)s,"), name=name),
            translate(language, N_("Open this page to set a new password:")),
            address(settings, language, f"reset/{token}"),
            translate(language, N_("The page works once, for one hour.")),
            translate(language, N_("If you did not ask for this, do nothing: your password has not changed.")),
        ],
    )


def password_changed(
    session: Session, *, to: str, name: str, language: Language, key: str, now: dt.datetime, settings: Settings
) -> None:
    """Tell a person that her password was changed, in case it was not her."""
    _write(
        session,
        to=to,
        language=language,
        key=f"changed:{key}",
        now=now,
        subject=translate(language, N_("Your password was changed")),
        paragraphs=[
            translate(language, N_("Hello %(name)s,"), name=name),
            translate(
                language,
                N_("The password of your account was changed on %(moment)s."),
                moment=show_time(now, language),
            ),
            translate(language, N_("If this was not you, set a new password here at once:")),
            address(settings, language, "forgot-password"),
        ],
    )


def second_factor_changed(
    session: Session, *, to: str, name: str, language: Language, on: bool, key: str, now: dt.datetime
) -> None:
    """Tell a person that one-time codes were switched on or off, in case it was not her."""
    said = (
        N_("One-time codes were switched on for your account on %(moment)s.")
        if on
        else N_("One-time codes were switched off for your account on %(moment)s.")
    )
    _write(
        session,
        to=to,
        language=language,
        key=f"second-factor:{key}",
        now=now,
        subject=translate(language, N_("One-time codes of your account")),
        paragraphs=[
            translate(language, N_("Hello %(name)s,"), name=name),
            translate(language, said, moment=show_time(now, language)),
            translate(language, N_("If this was not you, change your password and answer this mail.")),
        ],
    )


def invitation(
    session: Session,
    *,
    to: str,
    language: Language,
    inviter: str,
    organisation: str,
    role: Role,
    token: str,
    now: dt.datetime,
    settings: Settings,
) -> None:
    """Invite somebody to act for an organisation."""
    _write(
        session,
        to=to,
        language=language,
        key=f"invitation:{token[:16]}",
        now=now,
        subject=translate(
            language, N_("%(inviter)s invites you to %(organisation)s"), inviter=inviter, organisation=organisation
        ),
        paragraphs=[
            translate(
                language,
                N_("%(inviter)s invites you to act for %(organisation)s at Little Bandung as %(role)s."),
                inviter=inviter,
                organisation=organisation,
                role=translate(language, ROLE_NAMES[role]),
            ),
            translate(language, N_("Open this page to accept:")),
            address(settings, language, f"invitations/{token}"),
            translate(language, N_("The page works once, for 14 days.")),
            translate(language, N_("If you do not know what this is about, do nothing.")),
        ],
    )
