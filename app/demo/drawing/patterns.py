"""Repeating patterns of our own, as SVG pattern tiles.

Kawung and parang are drawn from their geometry (crossing circles of palm-seed ovals; slanting blades between bands), leaf, petal
and tube from Bandung's own signs: the feather leaf and flower of patrakomala, the tubes of the angklung.
"""

# Path data reads better unbroken.
# ruff: noqa: E501

import math

from app.demo.drawing.colour import darken, lighten, mix

PATTERNS = frozenset({"plain", "kawung", "parang", "megastripe", "leaf", "dots", "weave", "check", "petal", "tube"})


def flower(x: float, y: float, radius: float, petal: str, rim: str, turn: float = 0.0) -> str:
    """Draw a patrakomala seen from above: five ruffled petals with a light rim and a few long stamens."""
    r = radius
    shape = (
        f"M0 0C{-0.2 * r:.1f} {-0.25 * r:.1f} {-0.5 * r:.1f} {-0.5 * r:.1f} {-0.4 * r:.1f} {-0.8 * r:.1f}"
        f"C{-0.34 * r:.1f} {-1.02 * r:.1f} {-0.12 * r:.1f} {-0.9 * r:.1f} 0 {-r:.1f}"
        f"C{0.12 * r:.1f} {-0.9 * r:.1f} {0.34 * r:.1f} {-1.02 * r:.1f} {0.4 * r:.1f} {-0.8 * r:.1f}"
        f"C{0.5 * r:.1f} {-0.5 * r:.1f} {0.2 * r:.1f} {-0.25 * r:.1f} 0 0Z"
    )
    petals = "".join(
        f'<g transform="rotate({turn + 72 * n:.0f})"><path d="{shape}" fill="{petal}" stroke="{rim}" '
        f'stroke-width="{0.09 * r:.2f}"/><path d="M0 {-0.15 * r:.1f}V{-0.62 * r:.1f}" stroke="{darken(petal, 0.25)}" '
        f'stroke-width="{0.05 * r:.2f}" stroke-opacity=".6"/></g>'
        for n in range(5)
    )
    stamens = "".join(
        f'<path d="M0 0L{0.62 * r * math.cos(a):.1f} {0.62 * r * math.sin(a):.1f}" stroke="{rim}" '
        f'stroke-width="{0.045 * r:.2f}"/><circle cx="{0.64 * r * math.cos(a):.1f}" cy="{0.64 * r * math.sin(a):.1f}" '
        f'r="{0.06 * r:.2f}" fill="{rim}"/>'
        for a in (math.radians(turn + 36 + 72 * n) for n in range(5))
    )
    return f'<g transform="translate({x:.1f} {y:.1f})">{petals}{stamens}<circle r="{0.13 * r:.1f}" fill="{rim}"/></g>'


def feather(length: float, colour: str, vein: str, pairs: int = 7) -> str:
    """Draw a feather leaf from the origin upwards: leaflets in rows on a slightly bent rib."""
    parts = [
        f'<path d="M0 0Q{length * 0.05:.1f} {-length * 0.5:.1f} 0 {-length:.1f}" fill="none" stroke="{vein}" stroke-width="{length * 0.022:.1f}"/>'
    ]
    for n in range(pairs):
        t = (n + 0.7) / pairs
        y, x = -length * t, length * 0.1 * t * (1 - t)
        size = length * 0.3 * (0.55 + 1.5 * t * (1 - t) * 1.25)
        blade = f"M0 0Q{size * 0.45:.1f} {-size * 0.3:.1f} {size:.1f} 0Q{size * 0.45:.1f} {size * 0.26:.1f} 0 0Z"
        for side, tone in ((-1, darken(colour, 0.14)), (1, colour)):
            place = f"translate({x:.1f} {y:.1f}) scale({side} 1) rotate(-32)"
            parts += [f'<path d="{blade}" transform="{place}" fill="{tone}"/>']
    tip = length * 0.22
    parts.append(
        f'<path d="M0 0Q{tip * 0.4:.1f} {-tip * 0.5:.1f} 0 {-tip:.1f}Q{-tip * 0.4:.1f} {-tip * 0.5:.1f} 0 0Z" transform="translate(0 {-length:.1f})" fill="{colour}"/>'
    )
    return "".join(parts)


def _kawung(fore: str, back: str) -> str:
    oval = "M0 -4C13 -13 15 -29 0 -36C-15 -29 -13 -13 0 -4Z"
    seeds = "".join(
        f'<g transform="translate({x} {y})">'
        + "".join(
            f'<g transform="rotate({45 + 90 * n})"><path d="{oval}" fill="{fore}"/>'
            f'<path d="M0 -13V-27" stroke="{back}" stroke-width="2.4" stroke-linecap="round"/></g>'
            for n in range(4)
        )
        + f'<circle r="2.6" fill="{fore}"/></g>'
        for x, y in ((30, 30),)
    )
    points = "".join(
        f'<path d="M{x} {y - 4}L{x + 4} {y}L{x} {y + 4}L{x - 4} {y}Z" fill="{fore}"/>'
        for x, y in ((30, 1), (30, 59), (1, 30), (59, 30))
    )
    return seeds + points


def _parang(fore: str, back: str) -> str:
    third = mix(fore, back, 0.5)
    blade = "M6 70C-8 46 22 42 16 22C12 6 34 -2 46 12C56 24 46 32 38 28C46 20 34 12 28 20C24 28 34 34 34 48C34 62 46 66 58 62C50 78 20 88 6 70Z"
    rows = "".join(
        f'<path d="{blade}" transform="translate({x} 0)" fill="{fore}"/><path d="M{x + 10} 66C{x + 8} 54 {x + 26} 50 {x + 22} 32" '
        f'stroke="{back}" stroke-width="2.4" fill="none" stroke-linecap="round"/><circle cx="{x + 50}" cy="44" r="3.4" fill="{third}"/>'
        for x in (-60, 0)
    )
    mlinjon = "".join(f'<path d="M{x} 85L{x + 7} 92L{x} 99L{x - 7} 92Z" fill="{fore}"/>' for x in (0, 20, 40, 60))
    return f'<rect y="78" width="60" height="3" fill="{third}"/><rect y="103" width="60" height="3" fill="{third}"/>{mlinjon}{rows}'


def _megastripe(fore: str, back: str) -> str:
    half = mix(fore, back, 0.5)
    return (
        f'<rect width="96" height="40" fill="{fore}"/><rect y="48" width="96" height="5" fill="{half}"/>'
        f'<rect y="58" width="96" height="3" fill="{fore}"/><rect y="66" width="96" height="3" fill="{fore}"/>'
        f'<rect y="74" width="96" height="3" fill="{fore}"/><rect y="83" width="96" height="5" fill="{half}"/>'
    )


def _leaf(fore: str, back: str) -> str:
    one = feather(44, fore, mix(fore, back, 0.25), 5)
    return (
        f'<g transform="translate(26 58) rotate(18)">{one}</g><g transform="translate(76 112) rotate(-18)">{one}</g>'
        f'<circle cx="74" cy="30" r="4" fill="{mix(fore, back, 0.35)}"/><circle cx="26" cy="88" r="4" fill="{mix(fore, back, 0.35)}"/>'
    )


def _dots(fore: str, back: str) -> str:
    half = mix(fore, back, 0.45)
    return (
        f'<circle cx="14" cy="14" r="6.5" fill="{fore}"/><circle cx="42" cy="42" r="6.5" fill="{fore}"/>'
        f'<circle cx="42" cy="14" r="2.4" fill="{half}"/><circle cx="14" cy="42" r="2.4" fill="{half}"/>'
    )


def _weave(fore: str, back: str) -> str:
    dark = darken(back, 0.28)
    return (
        f'<rect width="48" height="48" fill="{dark}"/>'
        + "".join(
            f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="3" fill="{c}"/>'
            for x, y, w, h, c in (
                (1, 2, 22, 20, fore),
                (25, 26, 22, 20, fore),
                (26, 1, 20, 22, back),
                (2, 25, 20, 22, back),
            )
        )
        + f'<path d="M3 8H21M27 32H45" stroke="{lighten(fore, 0.4)}" stroke-width="2" stroke-opacity=".7"/>'
        f'<path d="M32 3V21M8 27V45" stroke="{lighten(back, 0.5)}" stroke-width="2" stroke-opacity=".7"/>'
    )


def _check(fore: str, back: str) -> str:
    return (
        f'<rect width="30" height="60" fill="{fore}" fill-opacity=".55"/><rect width="60" height="30" fill="{fore}" fill-opacity=".55"/>'
        f'<path d="M45 0V60M0 45H60" stroke="{lighten(back, 0.5)}" stroke-width="2.4" stroke-opacity=".8"/>'
        f'<path d="M15 0V60M0 15H60" stroke="{darken(fore, 0.3)}" stroke-width="1.6" stroke-opacity=".5"/>'
    )


def _petal(fore: str, back: str) -> str:
    rim = lighten(mix(fore, "#e9b13b", 0.6), 0.2)
    small = mix(fore, back, 0.4)
    return (
        flower(30, 30, 22, fore, rim, 8)
        + flower(80, 80, 22, fore, rim, 40)
        + f'<g transform="translate(80 44) rotate(24)">{feather(34, small, small, 5)}</g>'
        + f'<g transform="translate(30 98) rotate(-20)">{feather(34, small, small, 5)}</g>'
    )


def _tube(fore: str, back: str) -> str:
    half = mix(fore, back, 0.4)
    tubes = "".join(
        f'<path d="M{x} 78V{top + 8}Q{x} {top} {x + 5} {top}V{top + 26}H{x + 12}V78Q{x + 6} 84 {x} 78Z" fill="{c}"/>'
        for x, top, c in ((12, 30, fore), (32, 18, half), (52, 6, fore))
    )
    return f'{tubes}<rect x="4" y="62" width="68" height="3.4" fill="{fore}"/><rect x="0" y="88" width="80" height="2.4" fill="{half}"/>'


_TILES = {
    "kawung": (60, 60, _kawung),
    "parang": (60, 108, _parang),
    "megastripe": (96, 96, _megastripe),
    "leaf": (104, 120, _leaf),
    "dots": (56, 56, _dots),
    "weave": (48, 48, _weave),
    "check": (60, 60, _check),
    "petal": (106, 106, _petal),
    "tube": (80, 94, _tube),
}


def tile(name: str, ident: str, fore: str, back: str, *, scale: float = 1.0, turn: float = 0.0) -> str:
    """Give an SVG ``pattern`` element of the named pattern, ``fore`` drawn on ``back``.

    ``parang`` always runs aslant, as it must; ``turn`` in degrees comes on top.
    """
    width, height, draw = _TILES[name]
    angle = turn + (45 if name == "parang" else 0)
    return (
        f'<pattern id="{ident}" width="{width}" height="{height}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({angle:.0f}) scale({scale:.3f})">'
        f'<rect width="{width}" height="{height}" fill="{back}"/>{draw(fore, back)}</pattern>'
    )
