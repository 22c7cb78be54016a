"""Setting a picture: how many pieces, where they stand, what lies beside them, how close the eye comes."""

# Path data reads better unbroken; the chances and counts compared are the drawing itself.
# ruff: noqa: PLR2004

import random
from collections.abc import Callable
from dataclasses import dataclass

from app.demo.drawing import grounds
from app.demo.drawing.colour import darken, lighten, mix
from app.demo.drawing.grounds import FLOOR
from app.demo.drawing.kinds import Kind
from app.demo.drawing.props import prop
from app.demo.drawing.scene import Piece, Scene

WIDTH, HEIGHT = 800, 1000
_BESIDE = ("leaf", "stones", "cloth", "flower", "box")


@dataclass(frozen=True)
class Wish:
    """What the picture shall show, free of how it is set."""

    main: str
    accent: str
    pattern: str
    label: str
    prop: str


def compose(kind: Kind, wish: Wish, *, ground: str, side: int, seed: str, view: int) -> Scene:
    """Set one kind of good in a scene of 800 by 1000 units; the same arguments give the same scene."""
    dice = random.Random(f"{seed}/{view}")  # noqa: S311 - dice for looks, not for secrets
    scene = Scene(WIDTH, HEIGHT, ground, side)
    grounds.backdrop(scene, kind.stage)

    def piece(tone: int = 0) -> Piece:
        main, accent = wish.main, wish.accent
        if tone:
            main, accent = [
                (main, accent),
                (mix(main, accent, 0.4), accent),
                (accent, main),
                (darken(main, 0.2), lighten(accent, 0.2)),
            ][tone % 4]
        return Piece(main, accent, wish.pattern, wish.label, random.Random(f"{seed}/shape"), view)  # noqa: S311

    if kind.stage == "table":
        _on_table(scene, kind, piece, wish, dice, view)
    else:
        fit = min(660 / kind.width, 820 / kind.height)
        turn = dice.uniform(-7, 7) if kind.stage == "flat" else 0
        near = dice.uniform(0.94, 1.06) if view == 0 else dice.uniform(1.32, 1.5)
        middle = 560.0 if kind.stage == "wall" else 500.0
        x, y = (
            (400 + dice.uniform(-26, 26), middle + dice.uniform(-24, 24))
            if view == 0
            else (400 + dice.uniform(-50, 50), middle + dice.choice((-0.1, 0.13)) * kind.height * fit)
        )
        with scene.at(
            x, y, scale=fit * near, turn=turn + (0 if view == 0 or kind.stage == "wall" else dice.choice((-16, 14)))
        ):
            kind.draw(scene, piece())
        if kind.stage == "flat" and wish.prop not in {"none", "steam", "cloth"} and view == 0:
            with scene.at(400 + dice.choice((-1, 1)) * 270, 930, scale=0.86, turn=dice.uniform(-20, 20)):
                prop(scene, wish.prop, dice, wish.accent)
    return scene


def _on_table(
    scene: Scene, kind: Kind, piece: Callable[[int], Piece], wish: Wish, dice: random.Random, view: int
) -> None:
    count = dice.choice((1, 1, 2, 3)[: kind.group + 1]) if kind.group > 1 else 1
    close = view == 1 and (count > 1 or kind.group == 1 or dice.random() < 0.4)
    if view == 1:
        count = 1 if close else min(kind.group, dice.choice((2, 3)))
    fit = min((650 if kind.width > kind.height else 560) / kind.width, 650 / kind.height)
    if count > 1:
        fit *= 0.88
    if close:
        fit *= dice.uniform(1.25, 1.4)
    away = -scene.side
    floor = FLOOR + (min(150, kind.height * fit * 0.16) if close else 40 if count == 1 else 60)
    lead = 400 + (dice.uniform(-16, 16) if count == 1 else scene.side * kind.width * fit * 0.2)
    if close:
        lead = 400 + scene.side * dice.uniform(20, 70)
    beside = wish.prop if view == 0 or wish.prop in {"steam", "none"} else dice.choice((wish.prop, *_BESIDE))
    if beside == "cloth":
        with scene.at(400, floor - 10, scale=1.0 if not close else 1.3):
            prop(scene, "cloth", dice, wish.accent)
    spread = kind.width * fit * dice.uniform(0.62, 0.74)
    spots = [(lead + away * spread * n, floor - 54 * n, 0.9**n) for n in range(count)]
    if count == 3:
        spots = [(400.0, floor, 1.0), (400 + away * spread, floor - 60, 0.9), (400 - away * spread, floor - 56, 0.88)]
    for n in reversed(range(count)):
        x, y, size = spots[n]
        with scene.at(x, y, scale=fit * size):
            kind.draw(scene, piece(n))
    x, y, size = spots[0]
    if beside == "steam":
        with scene.at(x, y - kind.mouth * fit, scale=fit):
            prop(scene, "steam", dice, wish.accent)
    elif beside not in {"none", "cloth"}:
        half = kind.width * fit * 0.5
        place = (
            x + scene.side * min(half * 0.86, 270)
            if count > 1 or dice.random() < 0.5
            else x + away * min(half * 0.9, 270)
        )
        place = min(640.0, max(160.0, place))
        with scene.at(
            place, min(935.0, floor + dice.uniform(44, 76)), scale=dice.uniform(0.8, 0.98) * (1.2 if close else 1)
        ):
            prop(scene, beside, dice, wish.accent)
