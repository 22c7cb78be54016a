"""One-time codes by RFC 6238 and the recovery codes that stand in for them; pure, the database is the service's."""

import datetime as dt
import hmac
import re
import secrets

import pyotp
import segno

ISSUER = "Little Bandung"
STEP_S = 30
DRIFT_STEPS = 1
"""A clock may be half a minute off either way."""
RECOVERY_CODES = 10
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


def new_secret() -> str:
    """A new shared secret: 160 random bits in base 32."""
    return pyotp.random_base32()


def address_of(secret: str, email: str) -> str:
    """The ``otpauth:`` address that an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def picture_of(secret: str, email: str) -> str:
    """The QR code as an SVG ``data:`` address for an image; dark on white in every theme, so that phones read it."""
    code = segno.make(address_of(secret, email), error="m", micro=False)
    return str(code.svg_data_uri(scale=4, border=4, light="#fff", dark="#000"))


def matching_step(secret: str, code: str, now: dt.datetime) -> int | None:
    """The 30-second step that a code belongs to, or None when it is of no step near ``now``."""
    code = re.sub(r"[\s-]", "", code)
    generator = pyotp.TOTP(secret)
    current = int(now.timestamp()) // STEP_S
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode(), code.encode()):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Ten codes of 16 signs (79 bits) in groups of four, without signs that look alike."""
    return [
        "-".join("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def plain_recovery_code(typed: str) -> str | None:
    """A recovery code as kept, from however it was typed, or None when it cannot be one."""
    signs = re.sub(r"[^a-z0-9]", "", typed.casefold())
    if len(signs) != _GROUPS * _GROUP:
        return None
    return "-".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))
