"""What people do with accounts, one function per thing a person can do.

Passwords come here hashed: hashing takes its time, and a transaction has none. ``people`` makes and erases accounts,
``links`` are mailed, ``sessions`` begin and end, ``second_factor`` is one-time codes, ``memberships`` are roles and
invitations, ``tokens`` are for programs.
"""

from app.accounts.service.links import LinkSpent
from app.accounts.service.memberships import (
    accept_invitation,
    create_organisation,
    find_or_create_office,
    grant_role,
    invite,
    revoke_invitation,
)
from app.accounts.service.passwords import ask_reset, change_password, reset_password
from app.accounts.service.people import (
    create_user,
    erase_account,
    join_by_invitation,
    resend_verification,
    sign_up,
    update_profile,
    verify_email,
)
from app.accounts.service.second_factor import (
    WrongCode,
    begin_totp,
    confirm_totp,
    disable_totp,
    give_code,
    renew_recovery_codes,
)
from app.accounts.service.sessions import (
    MAX_SESSIONS,
    OFFICE_SESSION_LIFE,
    SESSION_LIFE,
    TOUCH_EVERY,
    end_other_sessions,
    end_session,
    renew_session,
    start_session,
    touch,
)
from app.accounts.service.tokens import create_api_token, create_token, revoke_token

__all__ = [
    "MAX_SESSIONS",
    "OFFICE_SESSION_LIFE",
    "SESSION_LIFE",
    "TOUCH_EVERY",
    "LinkSpent",
    "WrongCode",
    "accept_invitation",
    "ask_reset",
    "begin_totp",
    "change_password",
    "confirm_totp",
    "create_api_token",
    "create_organisation",
    "create_token",
    "create_user",
    "disable_totp",
    "end_other_sessions",
    "end_session",
    "erase_account",
    "find_or_create_office",
    "give_code",
    "grant_role",
    "invite",
    "join_by_invitation",
    "renew_recovery_codes",
    "renew_session",
    "resend_verification",
    "reset_password",
    "revoke_invitation",
    "revoke_token",
    "sign_up",
    "start_session",
    "touch",
    "update_profile",
    "verify_email",
]
