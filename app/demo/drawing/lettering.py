"""Lettering of our own: a tall display alphabet with a low waist, drawn with one round pen.

It follows the shop fronts of 1930s Bandung: wide round letters, narrow straight ones, cross-bars below the middle. Pictures
need no font on the machine that draws them. Each letter is ``(advance width, path)`` on a body 10 units tall, baseline at 10.
"""

# Path data reads better unbroken.
# ruff: noqa: E501

import math
import unicodedata

_O = "M3.6 0A3.6 5 0 1 0 3.6 10A3.6 5 0 1 0 3.6 0Z"
_P = "M0 10V0H2A2.8 3.1 0 0 1 2 6.2H0"
LETTERS: dict[str, tuple[float, str]] = {
    "A": (6, "M0 10L3 0L6 10M1.1 6.6H4.9"),
    "B": (5, "M0 0V10H2.6A2.4 2.4 0 0 0 2.6 5.2H0M0 0H2.2A2.6 2.6 0 0 1 2.2 5.2"),
    "C": (6.4, "M6.37 1.8A3.6 5 0 1 0 6.37 8.2"),
    "D": (6.2, "M0 0V10H1.6A4.6 5 0 0 0 1.6 0Z"),
    "E": (4.3, "M4.3 0H0V10H4.3M0 6H3.5"),
    "F": (4.2, "M4.2 0H0V10M0 6H3.4"),
    "G": (7.1, "M6.37 1.8A3.6 5 0 1 0 7.1 6.2H4.3"),
    "H": (5.6, "M0 0V10M5.6 0V10M0 6H5.6"),
    "I": (0, "M0 0V10"),
    "J": (3.3, "M3.3 0V7.6C3.3 10.8 0.3 10.6 0 8.5"),
    "K": (5, "M0 0V10M4.8 0L0 6.2M1.6 4.2L5 10"),
    "L": (4, "M0 0V10H4"),
    "M": (7.4, "M0 10L0.9 0L3.7 7.4L6.5 0L7.4 10"),
    "N": (5.8, "M0 10V0L5.8 10V0"),
    "O": (7.2, _O),
    "P": (4.8, _P),
    "Q": (7.4, _O + "M4.4 7.2L7.4 10.8"),
    "R": (5, _P + "M2.2 6.2L5 10"),
    "S": (
        4.8,
        "M4.6 1.7C4.1 0.5 3.3 0 2.4 0C0.2 0-0.3 2 0.3 3.1C1.3 4.9 4.8 4.7 4.8 7.4C4.8 9.2 3.6 10 2.4 10C1.2 10 0.3 9.3 0 8",
    ),
    "T": (5.2, "M0 0H5.2M2.6 0V10"),
    "U": (5.6, "M0 0V6.6A2.8 3.4 0 0 0 5.6 6.6V0"),
    "V": (6, "M0 0L3 10L6 0"),
    "W": (8, "M0 0L2 10L4 2.6L6 10L8 0"),
    "X": (5.6, "M0 0L5.6 10M5.6 0L0 10"),
    "Y": (5.6, "M0 0L2.8 5.6L5.6 0M2.8 5.6V10"),
    "Z": (5.2, "M0 0H5.2L0 10H5.2"),
    "0": (5.6, "M2.8 0A2.8 5 0 1 0 2.8 10A2.8 5 0 1 0 2.8 0Z"),
    "1": (1.8, "M0 1.8L1.8 0V10"),
    "2": (4.8, "M0.2 2.4C0.6-0.9 4.8-0.7 4.7 2.6C4.6 5 1.4 7.4 0 10H4.8"),
    "3": (4.6, "M0.2 0H4.4L2 3.9C5.6 4 5.6 10 2.2 10C1 10 0.2 9.3 0 8.2"),
    "4": (5.2, "M3.8 10V0L0 7.2H5.2"),
    "5": (4.6, "M4.2 0H0.8L0.4 4.4C4.6 2.8 5.8 10 2 10C1 10 0.3 9.4 0 8.4"),
    "6": (5, "M4 0C1.6 1.6 0 4.4 0 7.2A2.5 2.8 0 1 0 5 7.2A2.5 2.8 0 1 0 0 7.2"),
    "7": (4.8, "M0 0H4.8L1.4 10"),
    "8": (5, "M2.5 4.7A2 2.35 0 1 1 2.6 4.7A2.5 2.65 0 1 1 2.5 4.7Z"),
    "9": (5, "M1 10C3.4 8.4 5 5.6 5 2.8A2.5 2.8 0 1 0 0 2.8A2.5 2.8 0 1 0 5 2.8"),
    "&": (6.2, "M6 10L1.6 3.4C0.2 0.4 4.6-1 4.4 2C4.2 4.4 0 4.8 0 7.6C0 11 5.6 11 6 5.8"),
    "-": (2.8, "M0 6H2.8"),
    "'": (0.6, "M0.4 0L0 2.4"),
    " ": (2.6, ""),
}
_GAP = 2.3


def fold(text: str) -> str:
    """Give the text in the letters we have: capitals, accents taken off, unknown signs dropped, spaces single."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("–", "-")).upper()
    return " ".join("".join(sign for sign in plain if sign in LETTERS).split())


def advance(text: str) -> float:
    """Give the width of already folded text at a body of 10 units."""
    return sum(LETTERS[sign][0] + _GAP for sign in text) - _GAP if text else 0.0


def lines_of(text: str, most: int = 10) -> list[str]:
    """Break folded text into at most three lines, as even as its words allow."""
    words = fold(text).split()
    if not words or len(" ".join(words)) <= most or len(words) == 1:
        return [" ".join(words)] if words else []
    best = [" ".join(words)]
    for cut in range(1, len(words)):
        halves = [" ".join(words[:cut]), " ".join(words[cut:])]
        if max(map(advance, halves)) < max(map(advance, best)):
            best = halves
    return best


def line(
    text: str,
    x: float,
    y: float,
    height: float,
    colour: str,
    *,
    width: float,
    weight: float = 1.5,
    sag: float = 0.0,
) -> str:
    """Draw one line of folded text centred on ``(x, y)``, shrunk to fit ``width``.

    ``sag`` is how far, in user units, the middle hangs below the ends: lettering around a pack curves with it.
    """
    letters = advance(text)
    if not letters and not text:
        return ""
    scale = min(height / 10, width / max(letters + weight, 1))
    drawn = []
    pen = -letters / 2
    half = max(letters / 2, 1)
    for sign in text:
        glyph, path = LETTERS[sign]
        if path:
            centre = (pen + glyph / 2) / half
            dy = sag * (1 - centre * centre)
            turn = math.degrees(math.atan2(-2 * sag * centre, half * scale))
            drawn.append(
                f'<path d="{path}" transform="translate({x + (pen + glyph / 2) * scale:.1f} {y + dy:.1f}) '
                f'rotate({turn:.1f}) scale({scale:.3f}) translate({-glyph / 2:.2f} -5)"/>'
            )
        pen += glyph + _GAP
    return (
        f'<g fill="none" stroke="{colour}" stroke-width="{weight}" stroke-linecap="round" stroke-linejoin="round">'
        + "".join(drawn)
        + "</g>"
    )


def block(
    text: str,
    x: float,
    y: float,
    height: float,
    colour: str,
    *,
    width: float,
    weight: float = 1.5,
    sag: float = 0.0,
) -> str:
    """Draw a label in one or two lines within ``width`` and ``height``, centred on ``(x, y)``."""
    lines = lines_of(text)
    if not lines:
        return ""
    each = height if len(lines) == 1 else height * 0.56
    widest = max(map(advance, lines))
    each = min(each, 10 * width / max(widest + weight, 1))
    step = each * 1.4
    top = y - step * (len(lines) - 1) / 2
    return "".join(
        line(row, x, top + step * number, each, colour, width=width, weight=weight, sag=sag * advance(row) / widest)
        for number, row in enumerate(lines)
    )
