"""Cloth by itself: batik hung in length, folded stacks, cushions and runners."""

# Path data reads better unbroken; the chances and counts compared are the drawing itself.
# ruff: noqa: E501

from app.demo.drawing import lettering
from app.demo.drawing.colour import COOL_SHADE, WARM_LIGHT, darken, ink_on, lighten, mix
from app.demo.drawing.garments import cloth_light
from app.demo.drawing.kinds import kind
from app.demo.drawing.scene import Piece, Scene, oval, poly, rounded, smooth


@kind("batik_cloth", width=600, height=760, stage="wall")
def batik_cloth(s: Scene, p: Piece) -> None:
    """Hang a length of batik over a rod, its second side showing behind."""
    rod = "#9c6c40"
    s.shadow("M-600 -330H600V-300H-600Z", opacity=0.3, blur=10)
    s.solid(
        rounded(-600, -360, 1200, 26, 12),
        rod,
        s.down((0, WARM_LIGHT, 0.5), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.55)),
    )
    wide, long = p.vary(225, 260), p.vary(310, 350)
    behind = f"M{-wide * 0.5:.0f} -352H{wide + 34:.0f}L{wide + 46:.0f} {long - 120:.0f}H{-wide * 0.5:.0f}Z"
    s.lie(behind, lift=10)
    s.path(behind, s.cloth(p, scale=0.8, fore=mix(p.accent, p.main, 0.4), back=darken(p.main, 0.2)))
    s.path(behind, s.round_shade(1.3, 0.3))
    hem = [
        (-wide - 6, long),
        (-wide * 0.6, long + 12),
        (-wide * 0.2, long - 6),
        (wide * 0.2, long + 10),
        (wide * 0.62, long - 4),
        (wide + 4, long + 6),
    ]
    d = (
        f"M{-wide:.0f} -362Q0 -370 {wide:.0f} -362L{wide + 4:.0f} {long + 6:.0f}"
        + smooth(list(reversed(hem)), start=False)
        + "Z"
    )
    s.lie(d, lift=16)
    s.path(d, s.cloth(p, scale=p.vary(0.85, 1.15)))
    with s.clipped(d):
        if p.pattern in {"plain", "dots", "kawung"}:
            s.path(
                f"M{-wide - 20} {long - 130}H{wide + 20}V{long + 40}H{-wide - 20}Z",
                s.tile("tube", p.main, p.accent, scale=1.1),
            )
        for y in (long - 136, long - 124, long - 16):
            s.path(f"M{-wide - 20} {y}H{wide + 20}v6H{-wide - 20}Z", lighten(p.accent, 0.2))
        for k in (-0.75, -0.38, 0.04, 0.4, 0.78):
            x = wide * (k + p.vary(-0.06, 0.06))
            s.path(
                f"M{x - 34:.0f} -362L{x - 44:.0f} {long + 20:.0f}H{x + 44:.0f}L{x + 34:.0f} -362Z",
                s.across(
                    (0, COOL_SHADE, 0.0),
                    (0.3, WARM_LIGHT, 0.32),
                    (0.55, COOL_SHADE, 0.0),
                    (0.8, COOL_SHADE, 0.36),
                    (1, COOL_SHADE, 0.0),
                ),
            )
    s.path(
        d,
        s.down(
            (0, COOL_SHADE, 0.34),
            (0.03, WARM_LIGHT, 0.34),
            (0.1, WARM_LIGHT, 0.0),
            (0.6, COOL_SHADE, 0.0),
            (1, COOL_SHADE, 0.26),
        ),
    )


@kind("folded_cloth", width=560, height=330)
def folded_cloth(s: Scene, p: Piece) -> None:
    """Stack folded cloths tied with a band and a paper tag."""
    layers = p.pick(2, 3, 3)
    s.stand(250, 70 * layers, depth=46)
    tones = [(p.main, p.accent), (p.accent, p.main), (mix(p.main, p.accent, 0.35), lighten(p.accent, 0.3))]
    y = 0.0
    for n in range(layers):
        w, h = 500 - n * p.vary(14, 34), p.vary(64, 78)
        back, fore = tones[(layers - 1 - n) % 3]
        paint = s.cloth(p, scale=p.vary(0.55, 0.8), back=back, fore=fore)
        x = p.vary(-9, 9)
        d = f"M{x - w / 2:.0f} {y - h:.0f}H{x + w / 2 - 20:.0f}C{x + w / 2 + 16:.0f} {y - h:.0f} {x + w / 2 + 16:.0f} {y:.0f} {x + w / 2 - 20:.0f} {y:.0f}H{x - w / 2:.0f}Q{x - w / 2 - 8:.0f} {y - h / 2:.0f} {x - w / 2:.0f} {y - h:.0f}Z"
        s.path(d, paint)
        s.path(d, s.down((0, WARM_LIGHT, 0.4), (0.3, WARM_LIGHT, 0.0), (0.45, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.55)))
        s.path(d, s.across((0, WARM_LIGHT, 0.18), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.4)))
        for k in (0.32, 0.62):
            s.stroke(
                f"M{x - w / 2 + 2:.0f} {y - h * k:.0f}Q{x:.0f} {y - h * k + 6:.0f} {x + w / 2 - 16:.0f} {y - h * k:.0f}",
                darken(back, 0.6),
                3,
                opacity=0.5,
            )
            s.stroke(
                f"M{x - w / 2 + 2:.0f} {y - h * k + 4:.0f}Q{x:.0f} {y - h * k + 10:.0f} {x + w / 2 - 16:.0f} {y - h * k + 4:.0f}",
                lighten(back, 0.5),
                2,
                opacity=0.5,
            )
        y -= h
    w = 470
    top = poly((-w / 2, y), (-w / 2 + 52, y - 74), (w / 2 - 40, y - 74), (w / 2 - 4, y))
    paint = s.cloth(p, scale=0.7)
    s.path(top, paint)
    s.path(top, s.flat_shade(0.5, 1.2))
    band = mix(p.accent, "#e5d3ac", 0.5)
    x = p.pick(-60, 0, 70)
    s.solid(
        poly((x - 34, 0), (x - 34, y), (x - 26, y - 74), (x + 22, y - 74), (x + 34, y), (x + 34, 0)),
        band,
        s.down((0, WARM_LIGHT, 0.4), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.3)),
    )
    if p.label:
        tag = rounded(x - 76, y * 0.62, 152, 54, 6)
        s.path(tag, COOL_SHADE, opacity=0.35, transform="translate(3 6)")
        s.solid(tag, "#f7ecd4", s.flat_shade(0.5))
        s.add(lettering.block(p.label, x, y * 0.62 + 27, 26, ink_on("#f7ecd4", p.main), width=128))


@kind("cushion", width=520, height=500, group=2)
def cushion(s: Scene, p: Piece) -> None:
    """Draw a plump cushion with piping and tassels."""
    s.stand(220, 300, depth=40)
    a = 230.0
    d = smooth(
        [
            (-a, -446),
            (-a * 0.5, -430),
            (0, -424),
            (a * 0.5, -430),
            (a, -446),
            (a * 0.94, -330),
            (a * 0.92, -230),
            (a * 0.95, -110),
            (a, 0),
            (a * 0.5, -14),
            (0, -18),
            (-a * 0.5, -14),
            (-a, 0),
            (-a * 0.95, -110),
            (-a * 0.92, -230),
            (-a * 0.94, -330),
        ],
        closed=True,
    )
    for x, y in ((-a, -446), (a, -446), (-a, -2), (a, -2)):
        for k in range(7):
            s.stroke(
                f"M{x:.0f} {y:.0f}q{p.vary(-8, 8):.0f} 20 {-18 + k * 6} {p.vary(38, 48):.0f}",
                mix(p.accent, "#f3e3c0", k * 0.1),
                5,
            )
    s.path(d, s.cloth(p, scale=p.vary(0.9, 1.3), turn=p.pick(0, 45)))
    s.path(d, s.ball_shade(1.05, 0.7))
    s.stroke(d, p.accent, 9)
    s.stroke(d, lighten(p.accent, 0.4), 2.4, opacity=0.7)
    for x, y, u, v in (
        (-a * 0.9, -420, -90, -300),
        (a * 0.9, -420, 90, -300),
        (-a * 0.9, -26, -110, -120),
        (a * 0.9, -26, 110, -120),
    ):
        s.fold((x, y), (u, v), 14, 20, strength=0.24)
        s.fold((x, y + 8), (u, v + 12), -14, 12, light=True, strength=0.24)


@kind("table_runner", width=620, height=360)
def table_runner(s: Scene, p: Piece) -> None:
    """Spread a runner over the table's edge with a bowl of fruit standing on it."""
    paint = s.cloth(p, scale=0.75)
    top = poly((-200, -210), (200, -210), (262, -60), (-262, -60))
    drop = "M-262 -60H262L258 96L0 150L-258 96Z"
    s.shadow(drop, opacity=0.5, blur=12)
    s.path(top, paint)
    s.path(top, s.down((0, COOL_SHADE, 0.1), (1, WARM_LIGHT, 0.3)))
    s.path(drop, paint)
    s.path("M-258 78L0 130L258 78V96L0 150L-258 96Z", p.accent)
    s.path(drop, s.down((0, WARM_LIGHT, 0.3), (0.08, COOL_SHADE, 0.1), (1, COOL_SHADE, 0.4)))
    for n in range(23):
        x = -250 + n * 500 / 22
        y = 98 + 52 * (1 - abs(x) / 250)
        s.stroke(f"M{x:.0f} {y:.0f}q{p.vary(-4, 4):.0f} 14 0 30", p.accent, 4)
    for k in (-0.6, 0.1, 0.66):
        s.fold((k * 230, -54), (k * 236, 110), 12, 22, strength=0.2)
    with s.at(0, -112):
        s.path(oval(-s.side * 40, 6, 130, 26), COOL_SHADE, opacity=0.4)
        for x, y, r, c in ((-46, -84, 44, "#d98a2b"), (50, -86, 42, "#a9a63e"), (4, -112, 44, "#c9552f")):
            s.solid(oval(x, y, r, r * 0.94), c, s.ball_shade())
        s.turned([[(-66, 118), (-30, 96), (0, 54)]], lighten(p.accent, 0.35))
    cloth_light(s, top, depth=0.3)
