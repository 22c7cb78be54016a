"""What stands behind the goods: a wall, a table and the light of one window; the same for all goods of a maker."""

# Path data reads better unbroken.
# ruff: noqa: E501

import random
from typing import Literal

from app.demo.drawing.colour import COOL_SHADE, WARM_LIGHT, darken, lighten, mix
from app.demo.drawing.patterns import feather
from app.demo.drawing.scene import Scene, oval

Stage = Literal["table", "wall", "flat"]
HORIZON = 590
FLOOR = 800  # where goods stand


def backdrop(scene: Scene, stage: Stage) -> None:
    """Paint the background on the soft layer. The motif on the wall follows from the maker's colour alone."""
    dice = random.Random("ground" + scene.ground)  # noqa: S311 - dice for looks, not for secrets
    width, height, ground = scene.width, scene.height, scene.ground
    motif = dice.choice(("window", "arch", "disc", "facade", "leaves"))
    table = mix(darken(ground, 0.04), dice.choice(("#b98a5e", "#e8d9bf", "#a5805f", "#d9b48a")), 0.42)
    flat = stage == "flat"
    wall = scene.across((0, lighten(ground, 0.45)), (0.5, ground), (1, darken(ground, 0.13)))
    soft = scene.soft
    soft.append(f'<rect width="{width}" height="{height}" fill="{wall}"/>')
    if motif in {"arch", "disc", "facade"} and not flat:
        _shape(scene, motif)
    if stage == "table":
        top = scene.down((0, darken(table, 0.16)), (0.12, table), (1, lighten(table, 0.16)))
        edge = scene.define(
            '<filter id="@" x="-10%" y="-10%" width="120%" height="120%"><feGaussianBlur stdDeviation="2"/></filter>'
        )
        soft.append(
            f'<rect x="-20" y="{HORIZON}" width="{width + 40}" height="{height}" fill="{top}" filter="{edge}"/>'
        )
        dim = scene.across((0, COOL_SHADE, 0.0), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.2))
        soft.append(f'<rect y="{HORIZON}" width="{width}" height="{height - HORIZON}" fill="{dim}"/>')
        soft.append(
            f'<rect y="{HORIZON - 46}" width="{width}" height="46" fill="{scene.down((0, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.12))}"/>'
        )
    _light(scene, motif, flat=flat)
    vignette = scene.define(
        f'<radialGradient id="@" cx=".5" cy=".5" r=".78"><stop offset=".55" stop-color="{COOL_SHADE}" stop-opacity="0"/>'
        f'<stop offset="1" stop-color="{COOL_SHADE}" stop-opacity=".2"/></radialGradient>'
    )
    soft.append(f'<rect width="{width}" height="{height}" fill="{vignette}"/>')


def _shape(scene: Scene, motif: str) -> None:
    """Set one large quiet form behind the goods: a niche, a disc or the long lines of a streamline front."""
    middle, ground = scene.width / 2, scene.ground
    tone = scene.across((0, darken(ground, 0.16)), (1, darken(ground, 0.04)))
    edge = scene.blur(8)
    if motif == "arch":
        d = f"M{middle - 270} {HORIZON + 30}V330C{middle - 270} 20 {middle + 270} 20 {middle + 270} 330V{HORIZON + 30}Z"
    elif motif == "disc":
        d = oval(middle + scene.side * 60, 370, 300, 300)
    else:
        d = "".join(
            f"M-40 {y}H{middle + 40 + 14 * n}q{150 - 14 * n} 0 {150 - 14 * n} {150 - 14 * n}V{HORIZON + 40}h-12V{y + 162 - 14 * n}"
            f"q0 {-(138 - 14 * n)} {-(138 - 14 * n)} {-(138 - 14 * n)}H-40Z"
            for n, y in enumerate((110, 150, 190, 230))
        )
    flip = f' transform="translate({scene.width} 0) scale(-1 1)"' if motif == "facade" and scene.side > 0 else ""
    scene.soft.append(f'<path d="{d}" fill="{tone}" filter="{edge}"{flip}/>')


def _light(scene: Scene, motif: str, *, flat: bool) -> None:
    """Let the window's light fall: panes, or the shadow of a leaf outside."""
    away = -scene.side
    glow = scene.radial((0, WARM_LIGHT, 0.5), (1, WARM_LIGHT, 0.0), at=(0.22, 0.16), r=0.75)
    scene.soft.append(f'<rect width="{scene.width}" height="{scene.height}" fill="{glow}"/>')
    if motif == "leaves":
        shade = darken(scene.ground, 0.6)
        start = 40 if away > 0 else scene.width - 40
        leaves = "".join(
            f'<g transform="translate({start + away * x} {y}) rotate({away * turn})">{feather(size, shade, shade, 8)}</g>'
            for x, y, turn, size in ((-40, 330, 62, 420), (-30, 90, 112, 380), (110, -60, 150, 340))
        )
        scene.soft.append(f'<g opacity=".17" filter="{scene.blur(9)}">{leaves}</g>')
    elif motif == "window" or flat:
        bars = "".join(
            f'<path d="M{x} {y}l150 -60v190l-150 60Z" fill="{WARM_LIGHT}"/>' for x in (0, 166) for y in (0, 206, 412)
        )
        place = (
            f"translate({scene.width * 0.5 - 130} 90)"
            if away > 0
            else f"translate({scene.width * 0.5 + 130} 90) scale(-1 1)"
        )
        scene.soft.append(f'<g transform="{place}" opacity=".2" filter="{scene.blur(10)}">{bars}</g>')
