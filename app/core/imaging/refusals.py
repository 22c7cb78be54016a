"""Why a picture is refused, in words that say what to do."""

from typing import Any

from app.core.errors import DomainError
from app.core.languages import N_

MAX_BYTES = 15 * 1024 * 1024
"""The largest upload, in bytes."""

MAX_PIXELS = 50_000_000
"""The largest picture, width times height."""

_MESSAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "busy": (N_("Many pictures are being read right now. Wait a minute and upload it again."), {}),
    "damaged": (N_("This picture is damaged or incomplete. Save it again as JPEG or PNG and upload that."), {}),
    "empty": (N_("The file is empty. Choose the picture again."), {}),
    "too_large": (
        N_("The file is larger than %(limit)s MB. Make the picture smaller or save it as JPEG, and upload it again."),
        {"limit": MAX_BYTES // 1024**2},
    ),
    "too_many_pixels": (
        N_("The picture has more than %(limit)s million pixels. Make it smaller and upload it again."),
        {"limit": MAX_PIXELS // 1_000_000},
    ),
    "too_slow": (N_("The picture took too long to read. Save it again as JPEG and upload that."), {}),
    "unsupported_format": (
        N_("This file is not a picture that can be read here. Upload a JPEG, PNG, WebP, AVIF or HEIC picture."),
        {},
    ),
}


class PictureRefused(DomainError):
    """A file that cannot become a picture here.

    ``code`` is one of ``unsupported_format``, ``empty``, ``too_large``, ``too_many_pixels``, ``damaged``, ``too_slow``
    and ``busy``; only the last may go away by itself. What the decoder said, where it said something, is a
    note on the exception, for logs.
    """

    status = 422

    def __init__(self, code: str, message: str | None = None, *, params: dict[str, Any] | None = None) -> None:
        usual, usual_params = _MESSAGES[code]
        super().__init__(message or usual, code=code, params=usual_params if params is None else params)
