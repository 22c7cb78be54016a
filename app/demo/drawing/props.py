"""Small things beside the goods that say what is in them or where they belong."""

# Path data reads better unbroken.
# ruff: noqa: E501

import math
import random

from app.demo.drawing.colour import COOL_SHADE, WARM_LIGHT, darken, lighten, mix
from app.demo.drawing.patterns import feather, flower
from app.demo.drawing.scene import Scene, grain, oval, poly, rounded, smooth

PROPS = frozenset({"none", "leaf", "flower", "beans", "chilli", "fruit", "cloth", "stones", "steam", "box"})
_GREEN = "#5f7f4a"


def prop(scene: Scene, name: str, dice: random.Random, accent: str) -> None:
    """Draw a prop at (0, 0), about 200 units wide; its front edge lies on y = 0."""
    _DRAW[name](scene, dice, accent)


def _none(scene: Scene, dice: random.Random, accent: str) -> None:
    """Leave the place empty."""


def leaf(scene: Scene, dice: random.Random, accent: str) -> None:
    """Lay a spray of patrakomala leaves on the table."""
    green = mix(_GREEN, accent, 0.12)
    scene.shadow(oval(-scene.side * 10, 2, 120, 26), opacity=0.3, blur=10)
    for turn, size in ((dice.uniform(-74, -58), 170), (dice.uniform(38, 66), 150), (dice.uniform(-18, 10), 105)):
        scene.add(
            f'<g transform="translate(0 0) scale(1 .62) rotate({turn:.0f})">{feather(size, green, darken(green, 0.35), 8)}</g>'
        )
        scene.add(
            f'<g transform="translate(0 -3) scale(1 .62) rotate({turn:.0f})" opacity=".35">{feather(size * 0.98, lighten(green, 0.5), green, 8)}</g>'
        )


def blossom(scene: Scene, dice: random.Random, accent: str) -> None:
    """Lay two patrakomala flowers and a leaf."""
    del accent
    leaf(scene, dice, _GREEN)
    for x, y, r in ((-34, -18, 40), (38, -8, 30)):
        scene.shadow(oval(x - scene.side * 8, y + 14, r, r * 0.5), opacity=0.4, blur=6)
        scene.add(
            f'<g transform="translate({x} {y}) scale(1 .74)">{flower(0, 0, r, "#c8442c", "#f0bf4c", dice.uniform(0, 72))}</g>'
        )


def beans(scene: Scene, dice: random.Random, accent: str) -> None:
    """Scatter coffee beans."""
    del accent
    spots = sorted(((dice.gauss(0, 56), dice.gauss(-6, 15)) for _ in range(17)), key=lambda spot: spot[1])
    for x, y in spots:
        colour = mix("#5a3320", "#3a2017", dice.random())
        scene.shadow(oval(x - scene.side * 5, y + 4, 17, 8), opacity=0.45, blur=4)
        with scene.at(x, y, turn=dice.uniform(-70, 70)):
            scene.solid(oval(0, 0, 16, 11), colour, scene.ball_shade())
            scene.stroke("M-13 1C-5 -5 5 6 13 -1", darken(colour, 0.6), 2.4)


def chilli(scene: Scene, dice: random.Random, accent: str) -> None:
    """Lay red chillies and a clove of garlic."""
    del accent
    for n, (x, y, turn) in enumerate(((-20, -26, -16), (22, -12, 12), (-8, 0, -4))):
        scene.shadow(oval(x - scene.side * 6, y + 9, 84, 11), opacity=0.4, blur=6)
        with scene.at(x, y, turn=turn + dice.uniform(-8, 8), flip=n % 2 == 1):
            red = dice.choice(("#c22f1f", "#d1432a", "#a8261d"))
            scene.solid(
                "M-74 -6C-40 -20 10 -16 84 10C30 12 -40 18 -74 8Q-80 1 -74 -6Z",
                red,
                scene.down(
                    (0, WARM_LIGHT, 0.4), (0.35, WARM_LIGHT, 0.0), (0.36, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.5)
                ),
            )
            scene.stroke("M-60 -7C-30 -14 0 -11 34 -2", "#ffe9dc", 3, opacity=0.75)
            scene.path("M-80 -6Q-70 -10 -64 -8Q-68 0 -64 8Q-72 10 -80 7Z", "#5d7c39")
            scene.stroke("M-78 0Q-94 -6 -100 -18", "#4f6d31", 6)


def fruit(scene: Scene, dice: random.Random, accent: str) -> None:
    """Set a whole orange and a cut half."""
    skin = mix(dice.choice(("#e58a2b", "#d9a031", "#b9b23c")), accent, 0.12)
    scene.stand(52, 90)
    scene.solid(oval(0, -50, 56, 52), grain(scene, skin, 0.35), scene.ball_shade())
    scene.path(oval(4, -98, 8, 3), "#4d6a33")
    scene.add(f'<g transform="translate(4 -98) rotate(58)">{_leaf_blade(46)}</g>')
    with scene.at(88, 6):
        scene.shadow(oval(-scene.side * 8, 4, 46, 18), opacity=0.45, blur=7)
        scene.solid(oval(0, -22, 42, 38), skin, scene.ball_shade())
        scene.path(oval(-2, -26, 38, 34), lighten(skin, 0.75))
        pulp = mix(skin, "#f0a63c", 0.4)
        for n in range(9):
            a = math.tau * n / 9
            x, y = math.cos(a), math.sin(a)
            u, v = math.cos(a + 0.58), math.sin(a + 0.58)
            scene.path(
                f"M{-2 + 3 * x:.1f} {-26 + 3 * y:.1f}L{-2 + 32 * x:.1f} {-26 + 28 * y:.1f}Q{-2 + 37 * math.cos(a + 0.29):.1f} {-26 + 33 * math.sin(a + 0.29):.1f} {-2 + 32 * u:.1f} {-26 + 28 * v:.1f}Z",
                pulp,
            )


def _leaf_blade(size: float, colour: str = _GREEN) -> str:
    return (
        f'<path d="M0 0C{size * 0.5:.1f} {-size * 0.2:.1f} {size * 0.4:.1f} {-size * 0.8:.1f} 0 {-size:.1f}C{-size * 0.4:.1f} {-size * 0.8:.1f} '
        f'{-size * 0.5:.1f} {-size * 0.2:.1f} 0 0Z" fill="{colour}"/><path d="M0 0V{-size * 0.9:.1f}" stroke="{darken(colour, 0.35)}" stroke-width="2"/>'
    )


def cloth(scene: Scene, dice: random.Random, accent: str) -> None:
    """Spread a piece of linen under and before the goods; wide, so it goes in first."""
    linen = mix(lighten(scene.ground, 0.62), accent, 0.14)
    sway = dice.uniform(-26, 26)
    d = smooth(
        [
            (-330, -34),
            (-150, -62),
            (60, -50),
            (300, -70),
            (352, 16),
            (250 + sway, 66),
            (90, 84),
            (-60 + sway, 72),
            (-240, 92),
            (-356, 34),
        ],
        closed=True,
    )
    scene.shadow(d, opacity=0.42, blur=8)
    scene.solid(d, scene.tile("check", mix(linen, accent, 0.22), linen, scale=0.5, turn=8), scene.flat_shade(0.6))
    for x0, x1, bend in ((-250, -180, 30), (-60, 30, -36), (180, 270, 26)):
        scene.fold((x0, 70), (x1, -44), bend, 20, strength=0.13)
        scene.fold((x0 - 16, 64), (x1 - 20, -40), bend, 16, light=True, strength=0.34)


def stones(scene: Scene, dice: random.Random, accent: str) -> None:
    """Set a few river stones."""
    for x, y, rx, ry in ((-52, -8, 64, 34), (48, -4, 48, 27), (4, 10, 34, 18)):
        colour = mix(mix("#8e8a84", scene.ground, 0.35), accent, dice.uniform(0, 0.14))
        scene.shadow(oval(x - scene.side * 12, y + 2, rx * 1.05, ry * 0.5), opacity=0.5, blur=7)
        with scene.at(x, y):
            scene.solid(
                smooth(
                    [
                        (-rx, -ry * 0.4),
                        (-rx * 0.5, -ry * 1.25),
                        (rx * 0.35, -ry * 1.35),
                        (rx, -ry * 0.5),
                        (rx * 0.7, ry * 0.2),
                        (-rx * 0.6, ry * 0.22),
                    ],
                    closed=True,
                ),
                grain(scene, colour, 0.4),
                scene.ball_shade(0.9, 0.8),
            )


def steam(scene: Scene, dice: random.Random, accent: str) -> None:
    """Let steam rise from (0, 0)."""
    del accent
    for x, high in ((-36, 150), (6, 210), (44, 130)):
        sway = dice.uniform(18, 34)
        scene.soft.append(
            f'<path d="M{x} 0C{x - sway} {-high * 0.3} {x + sway} {-high * 0.5} {x - 6} {-high}" fill="none" stroke="{WARM_LIGHT}" '
            f'stroke-width="15" stroke-linecap="round" opacity=".5" filter="{scene.blur(8)}"/>'
        )


def box(scene: Scene, dice: random.Random, accent: str) -> None:
    """Set a small gift box with a ribbon."""
    colour = mix(accent, scene.ground, 0.25)
    w, h, d = 74 + dice.uniform(-8, 8), 82, 26
    scene.stand(w, h)
    scene.solid(
        poly((-w, -h), (w, -h), (w, 0), (-w, 0)),
        colour,
        scene.across((0, WARM_LIGHT, 0.22), (0.6, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.3)),
    )
    scene.path(poly((-w - 5, -h), (-w + 22, -h - d), (w - 22, -h - d), (w + 5, -h)), lighten(colour, 0.3))
    scene.path(poly((-w - 5, -h), (w + 5, -h), (w + 5, -h + 18), (-w - 5, -h + 18)), lighten(colour, 0.12))
    ribbon = lighten(scene.ground, 0.6)
    scene.solid(poly((-12, -h), (12, -h), (12, 0), (-12, 0)), ribbon, scene.flat_shade(0.5))
    scene.path(poly((-12, -h), (-8, -h - d), (8, -h - d), (12, -h)), lighten(ribbon, 0.3))
    for flip in (1, -1):
        scene.solid(
            f"M0 {-h - 14}C{flip * 20} {-h - 62} {flip * 70} {-h - 52} {flip * 54} {-h - 22}C{flip * 44} {-h - 8} {flip * 14} {-h - 10} 0 {-h - 14}Z",
            ribbon,
            scene.flat_shade(0.9),
        )
    scene.path(rounded(-9, -h - 24, 18, 18, 6), darken(ribbon, 0.15))


_DRAW = {
    "none": _none,
    "leaf": leaf,
    "flower": blossom,
    "beans": beans,
    "chilli": chilli,
    "fruit": fruit,
    "cloth": cloth,
    "stones": stones,
    "steam": steam,
    "box": box,
}
