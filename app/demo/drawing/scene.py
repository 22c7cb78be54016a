"""The canvas: two layers of SVG and the means to give a flat shape volume, material and shadow.

The *soft* layer holds all that is out of focus (wall, table, light, shadows), the *sharp* layer the goods. Whoever renders may
draw the soft layer small and enlarge it: nothing in it has an edge.
"""

# Path data reads better unbroken; the chances and counts compared are the drawing itself.
# ruff: noqa: E501, PLR2004

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from app.demo.drawing import patterns
from app.demo.drawing.colour import COOL_SHADE, WARM_LIGHT, darken, lighten

Point = tuple[float, float]
Stop = tuple[float, str] | tuple[float, str, float]
Choice = TypeVar("Choice")
TILT = 0.2  # how round a circle looks from slightly above: short axis over long axis


def smooth(points: Sequence[Point], *, closed: bool = False, start: bool = True) -> str:
    """Give a path through all points as Catmull-Rom curves turned into cubics."""
    count = len(points)
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"] if start else []
    for i in range(count if closed else count - 1):
        p1, p2 = points[i % count], points[(i + 1) % count]
        p0 = points[(i - 1) % count] if closed or i > 0 else p1
        p3 = points[(i + 2) % count] if closed or i + 2 < count else p2
        parts.append(
            f"C{p1[0] + (p2[0] - p0[0]) / 6:.1f} {p1[1] + (p2[1] - p0[1]) / 6:.1f} "
            f"{p2[0] - (p3[0] - p1[0]) / 6:.1f} {p2[1] - (p3[1] - p1[1]) / 6:.1f} {p2[0]:.1f} {p2[1]:.1f}"
        )
    return "".join(parts) + ("Z" if closed else "")


def poly(*points: Point) -> str:
    """Give a closed path of straight lines."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def rounded(x: float, y: float, width: float, height: float, radius: float) -> str:
    """Give a rectangle with round corners as a path."""
    r = min(radius, width / 2, height / 2)
    return (
        f"M{x + r:.1f} {y:.1f}h{width - 2 * r:.1f}q{r:.1f} 0 {r:.1f} {r:.1f}v{height - 2 * r:.1f}q0 {r:.1f} {-r:.1f} {r:.1f}"
        f"h{-(width - 2 * r):.1f}q{-r:.1f} 0 {-r:.1f} {-r:.1f}v{-(height - 2 * r):.1f}q0 {-r:.1f} {r:.1f} {-r:.1f}Z"
    )


def oval(x: float, y: float, rx: float, ry: float) -> str:
    """Give an ellipse as a path."""
    return f"M{x - rx:.1f} {y:.1f}a{rx:.1f} {ry:.1f} 0 1 1 {2 * rx:.1f} 0a{rx:.1f} {ry:.1f} 0 1 1 {-2 * rx:.1f} 0Z"


@dataclass
class Piece:
    """One thing to draw: its colours, pattern, lettering and the dice that give its proportions."""

    main: str
    accent: str
    pattern: str
    label: str
    rng: random.Random
    view: int = 0

    def vary(self, low: float, high: float) -> float:
        """Give a number between ``low`` and ``high``, of this product's own."""
        return self.rng.uniform(low, high)

    def pick(self, *choices: Choice) -> Choice:
        """Give one of the choices, of this product's own."""
        return self.rng.choice(choices)


@dataclass
class Scene:
    """An SVG in the making. ``side`` is -1 when the light comes from the left, +1 from the right."""

    width: int
    height: int
    ground: str
    side: int
    defs: list[str] = field(default_factory=list)
    soft: list[str] = field(default_factory=list)
    sharp: list[str] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)

    def define(self, element: str) -> str:
        """Keep a definition (its id written as ``@``) once and give a ``url()`` to it."""
        if element not in self.known:
            ident = f"d{len(self.known)}"
            self.known[element] = ident
            self.defs.append(element.replace('id="@"', f'id="{ident}"', 1))
        return f"url(#{self.known[element]})"

    # --- paint -------------------------------------------------------------------------------------------------------

    def linear(self, *stops: Stop, along: tuple[float, float, float, float]) -> str:
        """Give a linear gradient over the shape's box; ``along`` is x1, y1, x2, y2 in shares of that box."""
        x1, y1, x2, y2 = along
        return self.define(
            f'<linearGradient id="@" x1="{x1:.3f}" y1="{y1:.3f}" x2="{x2:.3f}" y2="{y2:.3f}">{_stops(stops)}</linearGradient>'
        )

    def across(self, *stops: Stop) -> str:
        """Give a level gradient whose offset 0 lies on the side of the light."""
        return self.linear(*stops, along=(0, 0, 1, 0) if self.side < 0 else (1, 0, 0, 0))

    def down(self, *stops: Stop) -> str:
        """Give a gradient from top to bottom."""
        return self.linear(*stops, along=(0, 0, 0, 1))

    def slant(self, *stops: Stop) -> str:
        """Give a gradient from the lit upper corner to the opposite lower one."""
        return self.linear(*stops, along=(0, 0, 1, 1) if self.side < 0 else (1, 0, 0, 1))

    def radial(self, *stops: Stop, at: Point = (0.5, 0.5), r: float = 0.5) -> str:
        """Give a radial gradient over the shape's box; ``at`` is its middle as seen with light from the left."""
        x = at[0] if self.side < 0 else 1 - at[0]
        return self.define(
            f'<radialGradient id="@" cx="{x:.3f}" cy="{at[1]:.3f}" r="{r:.3f}">{_stops(stops)}</radialGradient>'
        )

    def cloth(self, piece: Piece, *, scale: float = 1.0, turn: float = 0.0, back: str = "", fore: str = "") -> str:
        """Give the paint of the piece: its colour, or its pattern in its accent on its colour."""
        back, fore = back or piece.main, fore or piece.accent
        if piece.pattern == "plain":
            return back
        return self.define(patterns.tile(piece.pattern, "@", fore, back, scale=scale, turn=turn))

    def tile(self, name: str, fore: str, back: str, *, scale: float = 1.0, turn: float = 0.0) -> str:
        """Give the paint of a named pattern."""
        return self.define(patterns.tile(name, "@", fore, back, scale=scale, turn=turn))

    # --- shading laid over a filled shape ------------------------------------------------------------------------------

    def round_shade(self, depth: float = 1.0, gloss: float = 1.0) -> str:
        """Shade of an upright round body: lit edge, highlight, core shadow, light thrown back at the far edge."""
        return self.across(
            (0, COOL_SHADE, 0.2 * depth),
            (0.1, COOL_SHADE, 0.0),
            (0.1, WARM_LIGHT, 0.0),
            (0.24, WARM_LIGHT, 0.5 * gloss),
            (0.31, WARM_LIGHT, 0.34 * gloss),
            (0.45, WARM_LIGHT, 0.0),
            (0.45, COOL_SHADE, 0.0),
            (0.66, COOL_SHADE, 0.16 * depth),
            (0.87, COOL_SHADE, 0.46 * depth),
            (1, COOL_SHADE, 0.26 * depth),
        )

    def flat_shade(self, depth: float = 1.0, gloss: float = 1.0) -> str:
        """Shade of a soft, nearly flat thing: light on the lit upper corner, dusk at the other."""
        return self.slant(
            (0, WARM_LIGHT, 0.3 * gloss),
            (0.4, WARM_LIGHT, 0.0),
            (0.4, COOL_SHADE, 0.0),
            (1, COOL_SHADE, 0.4 * depth),
        )

    def ball_shade(self, depth: float = 1.0, gloss: float = 1.0) -> str:
        """Shade of a ball: highlight towards the light, dark rim with a little light thrown back."""
        return self.radial(
            (0, WARM_LIGHT, 0.6 * gloss),
            (0.35, WARM_LIGHT, 0.0),
            (0.35, COOL_SHADE, 0.0),
            (0.85, COOL_SHADE, 0.5 * depth),
            (1, COOL_SHADE, 0.36 * depth),
            at=(0.34, 0.28),
            r=0.75,
        )

    # --- drawing -------------------------------------------------------------------------------------------------------

    def add(self, markup: str) -> None:
        """Put ready markup on the sharp layer."""
        self.sharp.append(markup)

    def path(self, d: str, fill: str = "none", **attributes: str | float) -> None:
        """Draw a path; attribute names carry ``_`` for ``-``."""
        if (
            "opacity" in attributes
        ):  # the renderer gives each path with group opacity a canvas of its own, which is slow
            clear = attributes.pop("opacity")
            attributes.update(fill_opacity=clear, stroke_opacity=clear)
        extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        self.sharp.append(f'<path d="{d}" fill="{fill}"{extra}/>')

    def stroke(self, d: str, colour: str, width: float, **attributes: str | float) -> None:
        """Draw a line with round ends."""
        pen: dict[str, str | float] = {"stroke_linecap": "round", "stroke_linejoin": "round", **attributes}
        self.path(d, "none", stroke=colour, stroke_width=f"{width:.1f}", **pen)

    def solid(self, d: str, fill: str, shade: str = "", **attributes: str | float) -> None:
        """Draw a filled shape and lay its shade over it."""
        self.path(d, fill, **attributes)
        self.path(d, shade or self.flat_shade(), **attributes)

    def fold(
        self, start: Point, end: Point, bend: float, width: float, *, light: bool = False, strength: float = 0.3
    ) -> None:
        """Draw a crease of cloth or paper: a thin crescent between two points."""
        (x0, y0), (x1, y1) = start, end
        length = math.hypot(x1 - x0, y1 - y0) or 1
        nx, ny = -(y1 - y0) / length, (x1 - x0) / length
        mx, my = (x0 + x1) / 2, (y0 + y1) / 2
        self.path(
            f"M{x0:.1f} {y0:.1f}Q{mx + nx * bend:.1f} {my + ny * bend:.1f} {x1:.1f} {y1:.1f}"
            f"Q{mx + nx * (bend + width):.1f} {my + ny * (bend + width):.1f} {x0:.1f} {y0:.1f}Z",
            WARM_LIGHT if light else COOL_SHADE,
            opacity=strength,
        )

    @contextmanager
    def at(
        self, x: float = 0, y: float = 0, *, scale: float = 1, turn: float = 0, flip: bool = False
    ) -> Iterator[None]:
        """Draw within a moved, turned and scaled frame, on both layers."""
        across = -scale if flip else scale
        group = f'<g transform="translate({x:.1f} {y:.1f}) rotate({turn:.2f}) scale({across:.3f} {scale:.3f})">'
        self.soft.append(group)
        self.sharp.append(group)
        yield
        self.soft.append("</g>")
        self.sharp.append("</g>")

    @contextmanager
    def clipped(self, d: str) -> Iterator[None]:
        """Draw on the sharp layer within a shape only."""
        clip = self.define(f'<clipPath id="@"><path d="{d}"/></clipPath>')
        self.sharp.append(f'<g clip-path="{clip}">')
        yield
        self.sharp.append("</g>")

    def blur(self, amount: float) -> str:
        """Give a filter that blurs by ``amount`` user units."""
        return self.define(
            f'<filter id="@" x="-60%" y="-60%" width="220%" height="220%"><feGaussianBlur stdDeviation="{amount:.0f}"/></filter>'
        )

    def shadow(self, d: str, *, opacity: float = 0.4, blur: float = 14) -> None:
        """Cast a blurred shadow of the given shape on the soft layer."""
        self.soft.append(
            f'<path d="{d}" fill="{darken(self.ground, 0.82)}" fill-opacity="{opacity:.2f}" filter="{self.blur(blur)}"/>'
        )

    def stand(self, half: float, height: float, *, depth: float = 0.0) -> None:
        """Cast the shadows of a thing standing on the table at (0, 0): contact, pool and the long one away from the light."""
        deep = depth or half * TILT
        away = -self.side
        reach = min(height * 0.62, 330)
        self.shadow(
            poly(
                (-half * 0.92, deep * 0.3),
                (half * 0.92, deep * 0.3),
                (half * 0.95 + away * reach, -reach * 0.1),
                (half * 0.55 + away * reach, -reach * 0.24 - deep),
                (-half * 0.5 + away * reach, -reach * 0.24 - deep),
                (-half * 0.95, -deep),
            ),
            opacity=0.34,
            blur=20,
        )
        self.shadow(oval(away * half * 0.22, deep * 0.35, half * 1.12, deep * 1.25), opacity=0.4, blur=12)
        self.shadow(oval(away * half * 0.05, deep * 0.1, half * 1.01, deep * 1.06), opacity=0.62, blur=5)

    def lie(self, d: str, *, lift: float = 12) -> None:
        """Cast the shadow of a thing lying flat, seen from above, or hanging close to the wall."""
        away = -self.side
        self.soft.append(f'<g transform="translate({away * lift * 2.2:.0f} {lift * 2.2:.0f})">')
        self.shadow(d, opacity=0.34, blur=max(8, lift * 1.3))
        self.soft.append("</g>")
        self.soft.append(f'<g transform="translate({away * lift * 0.5:.0f} {lift * 0.6:.0f})">')
        self.shadow(d, opacity=0.4, blur=4)
        self.soft.append("</g>")

    # --- bodies --------------------------------------------------------------------------------------------------------

    def turned(
        self,
        profile: Sequence[Sequence[Point]],
        fill: str,
        *,
        shade: str = "",
        opacity: float = 1.0,
    ) -> str:
        """Draw a body of revolution and give its outline.

        ``profile`` runs from top to bottom as ``(y, radius)``; each inner list is one smooth run, runs meet in corners.
        """
        d = turned_path(profile)
        self.path(d, fill, opacity=opacity)
        self.path(d, shade or self.round_shade())
        return d

    def disc(self, y: float, radius: float, fill: str, *, x: float = 0, ratio: float = TILT) -> None:
        """Draw a level disc: a lid's top, a rim's opening, the surface of a drink."""
        self.path(oval(x, y, radius, radius * ratio), fill)

    def finish(self) -> str:
        """Give the whole picture as one SVG document."""
        return self.document([*self.soft, *self.sharp])

    def document(self, layers: Sequence[str]) -> str:
        """Give an SVG document of the given markup with this scene's definitions."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}"><defs>{"".join(self.defs)}</defs>{"".join(layers)}</svg>'
        )


def turned_path(profile: Sequence[Sequence[Point]], ratio: float = TILT) -> str:
    """Give the outline of a body of revolution, with round top and bottom edges seen from slightly above."""
    right: list[str] = []
    left: list[str] = []
    for run in profile:
        right.append(smooth([(radius, y) for y, radius in run], start=False))
        left.insert(0, smooth([(-radius, y) for y, radius in reversed(run)], start=False))
    top_y, top_r = profile[0][0]
    end_y, end_r = profile[-1][-1]
    joined = f"M{-top_r:.1f} {top_y:.1f}A{top_r:.1f} {top_r * ratio:.1f} 0 0 1 {top_r:.1f} {top_y:.1f}"
    for number, run in enumerate(profile):
        joined += f"L{run[0][1]:.1f} {run[0][0]:.1f}" + right[number]
    joined += f"A{end_r:.1f} {end_r * ratio:.1f} 0 0 1 {-end_r:.1f} {end_y:.1f}"
    for number, run in enumerate(reversed(profile)):
        joined += f"L{-run[-1][1]:.1f} {run[-1][0]:.1f}" + left[number]
    return joined + "Z"


def metal(scene: Scene, colour: str) -> str:
    """Give the paint of polished metal of a colour."""
    return scene.across(
        (0, darken(colour, 0.35)),
        (0.14, lighten(colour, 0.55)),
        (0.26, lighten(colour, 0.15)),
        (0.5, colour),
        (0.72, darken(colour, 0.4)),
        (0.88, lighten(colour, 0.2)),
        (1, darken(colour, 0.3)),
    )


def wood(scene: Scene, colour: str, *, level: bool = True) -> str:
    """Give the paint of planed wood: long wavering grain lines on a warm ground."""
    dark, light = darken(colour, 0.22), lighten(colour, 0.22)
    lines = (
        f'<path d="M0 9C60 4 120 15 240 9M0 30C70 36 150 22 240 30M0 52C90 46 140 58 240 52" stroke="{dark}" stroke-width="2.2" stroke-opacity=".55" fill="none"/>'
        f'<path d="M0 19C80 24 160 14 240 19M0 41C60 37 170 46 240 41M0 63C70 67 170 58 240 63" stroke="{light}" stroke-width="2.6" stroke-opacity=".5" fill="none"/>'
        f'<path d="M70 41C90 33 118 33 138 41C118 48 90 48 70 41Z" stroke="{dark}" stroke-width="1.6" stroke-opacity=".45" fill="none"/>'
        f'<path d="M84 41C96 37 112 37 124 41" stroke="{dark}" stroke-width="1.6" stroke-opacity=".45" fill="none"/>'
    )
    return scene.define(
        f'<pattern id="@" width="240" height="70" patternUnits="userSpaceOnUse" patternTransform="rotate({0 if level else 90})">'
        f'<rect width="240" height="70" fill="{colour}"/>{lines}</pattern>'
    )


def grain(scene: Scene, colour: str, amount: float = 0.3) -> str:
    """Give the paint of leather or speckled glaze: small irregular spots on a colour."""
    dice = random.Random(colour)  # noqa: S311 - dice for looks, not for secrets
    spots = "".join(
        f'<circle cx="{dice.uniform(3, 87):.0f}" cy="{dice.uniform(3, 87):.0f}" r="{dice.uniform(0.7, 2.3):.1f}" '
        f'fill="{darken(colour, 0.5) if dice.random() < 0.6 else lighten(colour, 0.4)}" fill-opacity="{dice.uniform(0.2, 1) * amount:.2f}"/>'
        for _ in range(70)
    )
    return scene.define(
        f'<pattern id="@" width="90" height="90" patternUnits="userSpaceOnUse"><rect width="90" height="90" fill="{colour}"/>{spots}</pattern>'
    )


def _stops(stops: Sequence[Stop]) -> str:
    parts = []
    for stop in stops:
        opacity = f' stop-opacity="{stop[2]:.3f}"' if len(stop) == 3 else ""
        parts.append(f'<stop offset="{stop[0]:.3f}" stop-color="{stop[1]}"{opacity}/>')
    return "".join(parts)
