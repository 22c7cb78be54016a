"""Colours: mixing in OKLab, so that shade and light keep their hue and never turn to mud.

Colours are ``#rrggbb``. The matrices are those of Björn Ottosson's OKLab definition (2020).
"""

# The thresholds are judged by eye on contact sheets.
# ruff: noqa: PLR2004

from functools import lru_cache

WARM_LIGHT = "#fff5e2"
COOL_SHADE = "#1c1426"


@lru_cache(maxsize=4096)
def _to_lab(colour: str) -> tuple[float, float, float]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_lab(lightness: float, a: float, b: float) -> str:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    channels = []
    for value in linear:
        clipped = min(1.0, max(0.0, value))
        curved = clipped * 12.92 if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055
        channels.append(round(curved * 255))
    return "#{:02x}{:02x}{:02x}".format(*channels)


@lru_cache(maxsize=4096)
def mix(first: str, second: str, share: float) -> str:
    """Give the colour that lies ``share`` (0 to 1) of the way from ``first`` to ``second``."""
    one, two = _to_lab(first), _to_lab(second)
    lightness, a, b = (x + (y - x) * share for x, y in zip(one, two, strict=True))
    return _from_lab(lightness, a, b)


def lighten(colour: str, share: float) -> str:
    """Move the colour towards warm light."""
    return mix(colour, WARM_LIGHT, share)


def darken(colour: str, share: float) -> str:
    """Move the colour towards cool shade."""
    return mix(colour, COOL_SHADE, share)


def lightness(colour: str) -> float:
    """Give the perceived lightness, 0 (black) to 1 (white)."""
    return _to_lab(colour)[0]


def ink_on(colour: str, preferred: str) -> str:
    """Give a colour for lettering on ``colour``: ``preferred`` when it stands out, else cream or a deep tone."""
    if abs(lightness(colour) - lightness(preferred)) > 0.38:
        return preferred
    return darken(mix(preferred, colour, 0.3), 0.72) if lightness(colour) > 0.6 else "#fbf1dc"
