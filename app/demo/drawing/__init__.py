"""Pictures of the demo's goods: drawn by a program of our own, so that none is anybody else's.

A picture is composed as an SVG of two layers (see ``scene``), rendered by resvg without any font, and encoded as JPEG like an
upload from a phone. The same arguments always give the same picture.
"""

# Path data reads better unbroken.
# ruff: noqa: E501

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Literal

import resvg_py
from PIL import Image, ImageChops

from app.demo.drawing import crafts, garments, leather, packs, small, textiles  # noqa: F401 - they register their kinds
from app.demo.drawing.compose import Wish, compose
from app.demo.drawing.kinds import REGISTER
from app.demo.drawing.patterns import PATTERNS
from app.demo.drawing.props import PROPS
from app.demo.drawing.scene import Scene
from app.demo.drawing.workshop import TRADES, compose_workshop

__all__ = [
    "KINDS",
    "PATTERNS",
    "PROPS",
    "TRADES",
    "Drawing",
    "Ground",
    "maker_picture",
    "product_picture",
    "product_svg",
]

KINDS: frozenset[str] = frozenset(REGISTER)
_QUALITY = 92
_SOFT = 0.2  # pixels per unit at which the soft layer is drawn, to be enlarged


@dataclass(frozen=True)
class Drawing:
    """What to draw: a kind of good, two colours ``#rrggbb``, a pattern, the lettering on the pack and a prop."""

    kind: str
    colour: str
    accent: str
    pattern: str = "plain"
    label: str = ""
    prop: str = "none"


@dataclass(frozen=True)
class Ground:
    """The maker's own background colour ``#rrggbb`` and the side her light comes from: the same in all her pictures."""

    colour: str
    light: Literal["left", "right"] = "left"


def product_svg(drawing: Drawing, ground: Ground, *, seed: str, view: int = 0) -> str:
    """Give a picture 800 by 1000 units as SVG; view 0 shows the good, view 1 another arrangement or a detail.

    Raises:
        ValueError: the kind, pattern or prop is unknown; the message names the known ones.

    """
    return _product(drawing, ground, seed=seed, view=view).finish()


def product_picture(drawing: Drawing, ground: Ground, *, seed: str, view: int = 0, width: int = 1080) -> bytes:
    """Give the picture of ``product_svg`` as JPEG, ``width`` pixels wide in 4:5. Raises ValueError as it does."""
    return _jpeg(_product(drawing, ground, seed=seed, view=view), width)


def maker_picture(*, seed: str, ground: Ground, trade: str, width: int = 1600) -> bytes:
    """Give the workshop of a maker as JPEG, ``width`` pixels wide in 16:9.

    Raises:
        ValueError: the trade is unknown; the message names the known ones.

    """
    _known("trade", trade, TRADES)
    side = -1 if ground.light == "left" else 1
    return _jpeg(compose_workshop(ground=ground.colour, side=side, seed=seed, trade=trade), width)


def _product(drawing: Drawing, ground: Ground, *, seed: str, view: int) -> Scene:
    _known("kind", drawing.kind, KINDS)
    _known("pattern", drawing.pattern, PATTERNS)
    _known("prop", drawing.prop, PROPS)
    wish = Wish(drawing.colour, drawing.accent, drawing.pattern, drawing.label, drawing.prop)
    side = -1 if ground.light == "left" else 1
    return compose(REGISTER[drawing.kind], wish, ground=ground.colour, side=side, seed=seed, view=view)


def _known(what: str, name: str, names: frozenset[str]) -> None:
    if name not in names:
        message = f"unknown {what} {name!r}; known: {', '.join(sorted(names))}"
        raise ValueError(message)


def _jpeg(scene: Scene, width: int) -> bytes:
    height = round(width * scene.height / scene.width)
    picture = (
        _render(scene, scene.soft, min(width, round(scene.width * _SOFT)))
        .convert("RGB")
        .resize((width, height), Image.Resampling.BICUBIC)
    )
    goods = _render(scene, scene.sharp, width)
    picture.paste(goods, mask=goods)
    picture = ImageChops.soft_light(picture, _paper(width, height))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, optimize=False)
    return out.getvalue()


def _render(scene: Scene, layers: Sequence[str], width: int) -> Image.Image:
    png = resvg_py.svg_to_bytes(svg_string=scene.document(layers), width=width, skip_system_fonts=True)
    return Image.open(io.BytesIO(png)).convert("RGBA")


@lru_cache(maxsize=4)
def _paper(width: int, height: int) -> Image.Image:
    """Give a faint even grain, which takes the plastic look off smooth gradients."""
    noise = Random("paper").randbytes(256 * 256)  # noqa: S311 - grain, not a secret
    tile = Image.frombytes("L", (256, 256), noise).point(lambda value: 128 + (value - 128) // 14)
    sheet = Image.new("L", (width, height))
    for x in range(0, width, 256):
        for y in range(0, height, 256):
            sheet.paste(tile, (x, y))
    return sheet.convert("RGB")
