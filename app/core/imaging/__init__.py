"""Pictures as pure functions: look at an upload, and make what is served from it.

`inspect` says what an upload is or refuses it; `derive` makes the AVIF, WebP and JPEG files of a picture, `reprint` one
JPEG to read a photographed paper by. All decode in a child process with limits, so that a hostile file costs that
process and nothing else, and so that a web worker never holds a picture library or a decoded picture in its own memory.
"""

from app.core.imaging.refusals import MAX_BYTES, MAX_PIXELS, PictureRefused
from app.core.imaging.signatures import PictureFormat, sniff
from app.core.imaging.workshop import (
    WIDTHS,
    Derivative,
    DerivativeFormat,
    Inspected,
    Workshop,
    derive,
    inspect,
    reprint,
)

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "WIDTHS",
    "Derivative",
    "DerivativeFormat",
    "Inspected",
    "PictureFormat",
    "PictureRefused",
    "Workshop",
    "derive",
    "inspect",
    "reprint",
    "sniff",
]
