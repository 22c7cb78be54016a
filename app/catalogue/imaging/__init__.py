"""Pictures as pure functions: look at an upload, and make what is served from it.

`inspect` says what an upload is or refuses it; `derive` makes the AVIF, WebP and JPEG files of a picture. Both decode
in a child process with limits, so that a hostile file costs that process and nothing else, and so that a web worker
never holds a picture library or a decoded picture in its own memory.
"""

from app.catalogue.imaging.refusals import MAX_BYTES, MAX_PIXELS, PictureRefused
from app.catalogue.imaging.signatures import PictureFormat, sniff
from app.catalogue.imaging.workshop import (
    WIDTHS,
    Derivative,
    DerivativeFormat,
    Inspected,
    Workshop,
    derive,
    inspect,
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
    "sniff",
]
