"""Things of wood, bamboo, clay and paper: music, puppets, bowls, lamps, kites."""

# Path data reads better unbroken; the chances and counts compared are the drawing itself.
# ruff: noqa: E501, PLR2004

import math

from app.demo.drawing.colour import COOL_SHADE, WARM_LIGHT, darken, lighten, mix
from app.demo.drawing.kinds import kind
from app.demo.drawing.patterns import feather, flower
from app.demo.drawing.scene import Piece, Point, Scene, grain, oval, poly, rounded, smooth, turned_path, wood

BAMBOO = "#d3a95c"


@kind("rattan_basket", width=520, height=470)
def rattan_basket(s: Scene, p: Piece) -> None:
    """Draw a woven basket with a handle and a bright border."""
    h, top, foot = p.vary(210, 260), p.vary(205, 235), p.vary(150, 190)
    cane = mix("#c4904f", p.main, 0.12)
    s.stand(foot, h)
    style = p.pick(0, 1)
    if style == 0:
        arc = f"M{-top + 14:.0f} {-h}C{-top + 20:.0f} {-h - 230} {top - 20:.0f} {-h - 230} {top - 14:.0f} {-h}"
        s.stroke(arc, darken(cane, 0.35), 26)
        s.stroke(arc, cane, 20)
        s.stroke(arc, lighten(cane, 0.4), 20, stroke_dasharray="5 13", stroke_linecap="butt", opacity=0.7)
    d = turned_path([[(-h, top), (-h * 0.5, (top + foot) / 2 + 12), (0, foot)]])
    s.path(d, s.tile("weave", cane, lighten(cane, 0.22), scale=p.vary(0.6, 0.85)))
    with s.clipped(d):
        for k, c in ((0.62, p.main), (0.5, p.accent), (0.38, p.main)):
            s.stroke(f"M{-top} {-h * k:.0f}Q0 {-h * k + 76:.0f} {top} {-h * k:.0f}", c, 15, opacity=0.85)
            s.stroke(
                f"M{-top} {-h * k:.0f}Q0 {-h * k + 76:.0f} {top} {-h * k:.0f}",
                lighten(c, 0.5),
                15,
                stroke_dasharray="3 19",
                stroke_linecap="butt",
                opacity=0.5,
            )
    s.path(d, s.round_shade(1.05, 0.7))
    s.disc(-h, top, darken(cane, 0.62))
    s.path(oval(0, -h, top * 0.96, top * 0.19), s.across((0, COOL_SHADE, 0.6), (1, lighten(cane, 0.2), 0.5)))
    if style:
        linen = lighten(p.accent, 0.5)
        s.solid(
            smooth(
                [
                    (-top * 0.9, -h),
                    (-top * 0.4, -h - 60),
                    (top * 0.3, -h - 50),
                    (top * 0.9, -h),
                    (top * 0.2, -h + 40),
                    (-top * 0.4, -h + 38),
                ],
                closed=True,
            ),
            s.tile("check", p.accent, linen, scale=0.5),
            s.flat_shade(),
        )
    rim = oval(0, -h, top + 4, top * 0.2 + 4) + oval(0, -h + 2, top - 14, top * 0.2 - 10)
    s.path(rim, cane, fill_rule="evenodd")
    s.path(rim, s.round_shade(0.8, 0.7), fill_rule="evenodd")
    s.stroke(
        f"M{-top - 4:.0f} {-h}A{top + 4:.0f} {top * 0.2 + 4:.0f} 0 0 0 {top + 4:.0f} {-h}",
        lighten(cane, 0.4),
        8,
        stroke_dasharray="5 9",
        stroke_linecap="butt",
    )


@kind("bamboo_tray", width=620, height=260)
def bamboo_tray(s: Scene, p: Piece) -> None:
    """Draw a round bamboo tray with small cups on it."""
    s.stand(270, 40, depth=84)
    s.path(oval(0, -30, 288, 96), darken(BAMBOO, 0.5))
    s.path("M-288 -52v26a288 96 0 0 0 576 0v-26Z", BAMBOO)
    s.path("M-288 -52v26a288 96 0 0 0 576 0v-26Z", s.round_shade(1, 0.8))
    s.path(oval(0, -54, 288, 94), lighten(BAMBOO, 0.25))
    inner = oval(0, -48, 266, 82)
    s.path(inner, s.tile("weave", BAMBOO, lighten(BAMBOO, 0.3), scale=0.66, turn=45))
    s.path(inner, s.slant((0, COOL_SHADE, 0.45), (0.5, COOL_SHADE, 0.0), (1, WARM_LIGHT, 0.3)))
    for x, y, k in ((-110, -70, 0.86), (84, -84, 0.8), (4, -24, 1.0)):
        s.path(oval(x - s.side * 26, y + 6, 66 * k, 18 * k), COOL_SHADE, opacity=0.4)
        with s.at(x, y, scale=k):
            s.turned([[(-92, 58), (-40, 54), (0, 36)]], p.main if x < 0 else p.accent)
            s.disc(-92, 58, darken(p.main, 0.35))
            s.disc(-86, 50, "#a9772f")
    for k in range(0, 360, 30):
        a = math.radians(k)
        s.stroke(
            f"M{278 * math.cos(a):.0f} {-54 + 88 * math.sin(a):.0f}l{8 * math.cos(a):.0f} 14", darken(p.accent, 0.1), 6
        )


@kind("bamboo_lamp", width=380, height=560)
def bamboo_lamp(s: Scene, p: Piece) -> None:
    """Draw a lamp of bamboo slats that glows from within and lights its table."""
    h, r = p.vary(330, 400), p.vary(120, 150)
    mid = p.vary(1.0, 1.28)
    s.soft.append(
        f'<ellipse cx="0" cy="{-h / 2 - 40:.0f}" rx="330" ry="360" fill="{s.radial((0, "#ffd98a", 0.75), (1, "#ffd98a", 0.0))}"/>'
    )
    s.stand(r * 0.8, h)
    s.soft.append(
        f'<ellipse cx="0" cy="20" rx="290" ry="70" fill="{s.radial((0, "#ffdf9c", 0.6), (1, "#ffdf9c", 0.0))}"/>'
    )
    base = "#7b5230"
    s.turned([[(-46, r * 0.74), (0, r * 0.8)]], base)
    s.disc(-46, r * 0.74, lighten(base, 0.2))
    run: list[Point] = [(-46 - h, r * 0.74), (-46 - h * 0.5, r * mid), (-46, r * 0.72)]
    d = turned_path([run])
    s.path(d, "#f3b44c")
    s.path(d, s.radial((0, "#fffbe6"), (0.4, "#ffe09a"), (1, "#d98e35"), r=0.62))
    slats = 13
    for n in range(slats):
        k = math.sin((n + 0.5) / slats * math.pi - math.pi / 2)
        w = 9 * math.cos(k * 1.2) + 2
        s.path(
            f"M{run[0][1] * k - w:.1f} {-46 - h:.0f}Q{r * (2 * mid - 0.73) * k - w:.1f} {-46 - h / 2:.0f} {run[2][1] * k - w:.1f} -34H{run[2][1] * k + w:.1f}Q{r * (2 * mid - 0.73) * k + w:.1f} {-46 - h / 2:.0f} {run[0][1] * k + w:.1f} {-46 - h:.0f}Z",
            mix("#9a6430", p.main, 0.25),
        )
    for t in (0.2, 0.5, 0.8):
        y = -46 - h * t
        radius = r * (0.73 + (mid - 0.73) * 4 * t * (1 - t))
        s.stroke(f"M{-radius:.0f} {y:.0f}A{radius:.0f} {radius * 0.2:.0f} 0 0 0 {radius:.0f} {y:.0f}", p.accent, 11)
        s.stroke(
            f"M{-radius:.0f} {y - 3:.0f}A{radius:.0f} {radius * 0.2:.0f} 0 0 0 {radius:.0f} {y - 3:.0f}",
            lighten(p.accent, 0.5),
            3,
            opacity=0.6,
        )
    s.path(d, s.round_shade(0.55, 0.2))
    s.path(oval(0, -46 - h, run[0][1], run[0][1] * 0.2), "#fff1c4")
    s.stroke(oval(0, -46 - h, run[0][1], run[0][1] * 0.2), base, 12)


@kind("angklung", width=560, height=560)
def angklung(s: Scene, p: Piece) -> None:
    """Draw an angklung: three tuned bamboo tubes swinging in a frame."""
    s.stand(230, 360, depth=24)
    pole = mix(p.pick("#b5803c", "#7d5a30", "#c9a15a"), p.main, 0.16)
    bamboo = p.pick(BAMBOO, "#8d6a3c", "#c8b070", "#a97f45")
    rising = p.pick(1, 1, -1)

    def cane(x: float, y0: float, y1: float, w: float, colour: str) -> None:
        d = rounded(x - w / 2, y0, w, y1 - y0, w * 0.3)
        s.path(d, colour)
        s.path(d, s.round_shade(1, 1))
        for y in range(int(y0) + 70, int(y1) - 20, 120):
            s.stroke(f"M{x - w / 2} {y}Q{x} {y + 6} {x + w / 2} {y}", darken(colour, 0.45), 4)

    for x, top in zip((-220, -76, 70, 214), (-380, -460, -520, -560)[::rising], strict=True):
        cane(x, top, -20, 22, pole)
    for y, x0, x1 in ((-340, -240, 240), (-180, -240, 240)):
        d = rounded(x0, y, x1 - x0, 18, 9)
        s.path(d, pole)
        s.path(d, s.down((0, WARM_LIGHT, 0.6), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.5)))
    for at, tall, w in _tubes(p, rising):
        tone = mix(lighten(bamboo, 0.15), p.accent, 0.08)
        high = -60 - tall
        d = f"M{at - w / 2} {high}Q{at - w / 2 + 8} {high - 14} {at - w * 0.12} {high}L{at - w * 0.06} {high + tall * 0.42}Q{at + w * 0.4} {high + tall * 0.44} {at + w / 2} {high + tall * 0.5}V-64Q{at} -44 {at - w / 2} -64Z"
        s.path(d, tone)
        s.path(d, s.round_shade(1.05, 1.1))
        s.path(
            f"M{at - w * 0.12} {high}L{at - w * 0.06} {high + tall * 0.42}Q{at + w * 0.2} {high + tall * 0.42} {at + w / 2} {high + tall * 0.5}L{at + w * 0.34} {high + tall * 0.5}Q{at} {high + tall * 0.46} {at - w * 0.16} {high + tall * 0.44}L{at - w * 0.2} {high}Z",
            darken(tone, 0.55),
            opacity=0.75,
        )
        for ring in (-120, high + tall * 0.6):
            s.stroke(f"M{at - w / 2} {ring:.0f}Q{at} {ring + 12:.0f} {at + w / 2} {ring:.0f}", darken(tone, 0.4), 4)
        s.solid(
            f"M{at - w / 2} -100Q{at} -84 {at + w / 2} -100V-82Q{at} -66 {at - w / 2} -82Z",
            p.main,
            s.round_shade(0.8, 0.8),
        )
        s.stroke(f"M{at - w / 2 + 6} {-340 if high < -340 else -180}v16", "#6b4a25", 5)
    d = rounded(-262, -36, 524, 46, 20)
    s.path(d, lighten(BAMBOO, 0.06))
    s.path(d, s.down((0, WARM_LIGHT, 0.6), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.5)))
    for x in (-220, -76, 70, 214):
        for n in range(4):
            s.stroke(
                f"M{x - 16} {-34 + n * 10}L{x + 16} {-26 + n * 10}", p.accent if n % 2 else lighten(p.accent, 0.4), 6
            )
    for x, y in ((-220, -332), (-76, -332), (70, -332), (214, -332), (-220, -172), (214, -172)):
        s.stroke(f"M{x - 13} {y - 8}L{x + 13} {y + 8}M{x + 13} {y - 8}L{x - 13} {y + 8}", p.accent, 6)


def _tubes(p: Piece, rising: int) -> list[tuple[float, float, float]]:
    """Give the tubes of an angklung as middle, length and width: a low and a high pair, three, or four in a chord."""
    count = p.pick(2, 3, 3, 4)
    step, start = (200, -104) if count == 2 else (145, -148) if count == 3 else (112, -172)
    width = {2: 104.0, 3: 90.0, 4: 74.0}[count]
    tall = [p.vary(240, 285) + 165 * n / (count - 1) for n in range(count)][::rising]
    return [(float(start + step * n), tall[n], width + (tall[n] - 320) * 0.08) for n in range(count)]


@kind("wayang_golek", width=420, height=640)
def wayang_golek(s: Scene, p: Piece) -> None:
    """Draw a wayang golek: carved crown, painted face, jacket, arms on sticks, batik skirt."""
    skin = p.pick("#d9a06a", "#e8c9a0", "#c4553d")
    gold = p.pick("#e0b04a", "#cf8f3a", "#d9c27a")
    tall, wide = p.vary(0.8, 1.3), p.vary(0.9, 1.12)
    s.stand(96, 480, depth=28)
    s.turned([[(-36, 96), (0, 108)]], "#6d4626")
    s.disc(-36, 96, "#8a5c34")
    hem = 122 * wide
    skirt = f"M-74 -262C-92 -170 {-hem:.0f} -90 {-hem:.0f} -44Q0 -8 {hem:.0f} -44C{hem:.0f} -90 92 -170 74 -262Z"
    cloth = s.tile(p.pattern if p.pattern != "plain" else "parang", p.accent, p.main, scale=0.5)
    s.path(skirt, cloth)
    s.path(skirt, s.round_shade(1.1, 0.6))
    for k in (-0.5, 0.0, 0.45):
        s.fold((k * 60, -256), (k * 200, -34), 8, 14, strength=0.26)
    for flip in (1, -1):
        s.stroke(f"M{flip * 172} -200L{flip * 132} 30", "#8a5c34", 6)
        sleeve = f"M{flip * 62} -372C{flip * 110} -372 {flip * 130} -320 {flip * 146} -286L{flip * 112} -262C{flip * 96} -296 {flip * 84} -310 {flip * 60} -322Z"
        s.solid(sleeve, p.main, s.flat_shade(1.1))
        s.solid(f"M{flip * 144} -288L{flip * 184} -208L{flip * 164} -196L{flip * 114} -264Z", skin, s.flat_shade(1))
        s.solid(oval(flip * 176, -196, 16, 20), skin, s.ball_shade())
        s.solid(
            poly((flip * 150, -278), (flip * 160, -262), (flip * 126, -242), (flip * 118, -258)), gold, s.flat_shade()
        )
    body = "M-70 -376Q0 -400 70 -376C84 -330 76 -290 80 -250Q0 -226 -80 -250C-76 -290 -84 -330 -70 -376Z"
    s.path(body, p.main)
    s.path(body, s.round_shade(1.1, 0.8))
    s.path("M-18 -392L0 -236L18 -392Z", darken(p.main, 0.4))
    s.solid("M-62 -382Q0 -330 62 -382L52 -350Q0 -300 -52 -350Z", gold, s.flat_shade(1, 1.4))
    s.path(oval(0, -330, 10, 12), p.accent)
    s.solid("M-82 -262Q0 -236 82 -262V-232Q0 -206 -82 -232Z", gold, s.round_shade(0.8, 0.8))
    s.path("M-14 -240H14L20 -120Q0 -100 -20 -120Z", p.accent)
    s.stroke("M-14 -240H14L20 -120Q0 -100 -20 -120Z", gold, 4)
    s.solid(rounded(-16, -412, 32, 40, 10), darken(skin, 0.2), s.round_shade())
    face = "M-56 -500C-58 -446 -30 -402 2 -402C36 -402 58 -446 56 -500C54 -540 -54 -540 -56 -500Z"
    s.solid(face, skin, s.ball_shade(1, 0.8))
    for flip in (1, -1):
        s.stroke(f"M{flip * 12} -484Q{flip * 28} -496 {flip * 44} -482", "#2a1a16", 6)
        s.path(f"M{flip * 12} -466Q{flip * 28} -478 {flip * 42} -466Q{flip * 28} -458 {flip * 12} -466Z", "#fdf5e6")
        s.path(oval(flip * 27, -467, 5, 6), "#2a1a16")
        s.solid(
            f"M{flip * 52} -520C{flip * 100} -540 {flip * 104} -470 {flip * 74} -430C{flip * 78} -460 {flip * 70} -480 {flip * 56} -480Z",
            gold,
            s.flat_shade(1, 1.4),
        )
        s.path(oval(flip * 80, -486, 8, 10), p.accent)
    s.path("M0 -470L9 -438Q0 -430 -8 -438Z", darken(skin, 0.3))
    s.path("M-18 -424Q0 -434 18 -424Q0 -410 -18 -424Z", "#a32a22")
    peak = -606 - 58 * tall
    crown = p.pick(
        f"M-60 -508C-66 -560 -44 -580 -34 -606C-22 -626 -10 -634 0 {peak:.0f}C10 -634 22 -626 34 -606C44 -580 66 -560 60 -508Q0 -540 -60 -508Z",
        f"M-60 -508C-74 -570 -60 -604 -30 -612C-30 {peak + 14:.0f} 30 {peak + 14:.0f} 30 -612C60 -604 74 -570 60 -508Q0 -540 -60 -508Z",
        f"M-60 -508C-70 -560 -50 -600 -10 -606C20 -612 40 -640 {30 * wide:.0f} {peak:.0f}C{84 * wide:.0f} -640 76 -560 60 -508Q0 -540 -60 -508Z",
    )
    s.path(crown, gold)
    s.path(crown, s.round_shade(1.1, 1.1))
    for y, w in ((-532, 48), (-562, 40), (-590, 28)):
        for k in (-1, -0.5, 0, 0.5, 1):
            s.path(oval(k * w, y + 10 * k * k, 6, 8), p.accent if k in {-1, 0, 1} else p.main)
        s.stroke(f"M{-w - 6} {y + 22}Q0 {y + 2} {w + 6} {y + 22}", darken(gold, 0.4), 2.4)
    s.add(flower(0, -548, 15, "#b52f24", "#fbe3a4"))


# --- clay ----------------------------------------------------------------------------------------------------------------------


def _glaze(s: Scene, p: Piece, profile: list[list[Point]], *, dip: float, reach: float) -> str:
    """Draw a turned pot: bare clay below, glaze above a wavering line, pattern or rings upon it."""
    clay = mix("#b98763", p.main, 0.12)
    d = turned_path(profile)
    s.path(d, grain(s, clay, 0.35))
    with s.clipped(d):
        wave = smooth(
            [(-reach, dip + 8), (-reach * 0.5, dip + 36), (0, dip + 30), (reach * 0.45, dip + 46), (reach, dip + 6)]
        )
        s.path(f"{wave}V{profile[0][0][0] - reach * 0.25:.0f}H{-reach}Z", grain(s, p.main, 0.4))
        if p.pattern != "plain":
            top = profile[0][0][0]
            y0, y1 = top + (dip - top) * 0.34, top + (dip - top) * 0.78
            bow = reach * 0.4
            s.path(
                f"M{-reach} {y0:.0f}Q0 {y0 + bow:.0f} {reach} {y0:.0f}V{y1:.0f}Q0 {y1 + bow:.0f} {-reach} {y1:.0f}Z",
                s.cloth(p, scale=p.vary(0.5, 0.7)),
            )
            for y in (y0, y1):
                s.stroke(f"M{-reach} {y:.0f}Q0 {y + bow:.0f} {reach} {y:.0f}", lighten(p.accent, 0.2), 5)
        else:
            for k in range(5):
                y = dip - 40 - k * 34
                s.stroke(f"M{-reach} {y}Q0 {y + reach * 0.4} {reach} {y}", lighten(p.main, 0.35), 3, opacity=0.35)
        s.stroke(wave, lighten(p.main, 0.45), 5, opacity=0.7)
    s.path(d, s.round_shade(1.05, 1.1))
    return d


def _mouth(s: Scene, y: float, r: float, rim: str, inside: str) -> None:
    """Open a pot: rim and the inside, darker towards the light."""
    s.disc(y, r, lighten(rim, 0.35))
    s.path(oval(0, y + 2, r * 0.93, r * 0.2 * 0.86), s.across((0, darken(inside, 0.72)), (1, darken(inside, 0.15))))


@kind("ceramic_bowl", width=540, height=300, group=2)
def ceramic_bowl(s: Scene, p: Piece) -> None:
    """Draw a glazed bowl."""
    r, h = p.vary(220, 250), p.vary(170, 210)
    s.stand(r * 0.56, h, depth=40)
    foot = r * p.vary(0.36, 0.46)
    _glaze(
        s,
        p,
        [[(-h, r), (-h * 0.72, r * 0.95), (-h * 0.3, r * 0.72), (-20, foot)], [(-20, foot), (0, foot * 1.04)]],
        dip=-h * 0.22,
        reach=r,
    )
    _mouth(s, -h, r, p.main, lighten(p.main, 0.1))
    s.path(oval(0, -h + 8, r * 0.62, r * 0.1), p.accent, opacity=0.3)


@kind("ceramic_mug", width=400, height=330, group=3, mouth=260)
def ceramic_mug(s: Scene, p: Piece) -> None:
    """Draw a mug with a speckled glaze."""
    r, h = p.vary(112, 132), p.vary(220, 260)
    s.stand(r, h)
    a = p.pick(-s.side, -s.side, s.side)
    grip = f"M{a * r * 0.9:.0f} {-h * 0.8:.0f}C{a * (r + 96):.0f} {-h * 0.86:.0f} {a * (r + 96):.0f} {-h * 0.18:.0f} {a * r * 0.86:.0f} {-h * 0.2:.0f}"
    s.stroke(grip, darken(p.main, 0.35), 32)
    s.stroke(grip, p.main, 25)
    s.stroke(grip, lighten(p.main, 0.5), 6, opacity=0.6)
    belly = p.vary(0.95, 1.08)
    _glaze(
        s,
        p,
        [[(-h, r), (-h * 0.5, r * belly), (-h * 0.1, r * 0.96), (0, r * 0.86)]],
        dip=-h * p.vary(0.16, 0.3),
        reach=r * 1.1,
    )
    _mouth(s, -h, r, p.main, p.main)
    s.path(oval(0, -h + 9, r * 0.8, r * 0.13), "#5b3320", opacity=0.9)


@kind("ceramic_vase", width=380, height=640)
def ceramic_vase(s: Scene, p: Piece) -> None:
    """Draw a vase with patrakomala branches."""
    h, r = p.vary(330, 400), p.vary(110, 145)
    neck = r * p.vary(0.34, 0.5)
    s.stand(r * 0.8, h + 100)
    for turn, size in ((-24, 230), (20, 260), (-4, 200)):
        s.add(
            f'<g transform="translate(0 {-h + 10}) rotate({turn + p.vary(-5, 5):.0f})"><path d="M0 0V-70" stroke="#56703f" stroke-width="6"/><g transform="translate(0 -60)">{feather(size - 60, "#6b8a50", "#4a6339", 8)}</g></g>'
        )
    for x, y, radius in ((-62, -h - 150, 44), (66, -h - 176, 50), (4, -h - 96, 40)):
        s.stroke(f"M0 {-h}Q{x * 0.2} {y + 60} {x} {y}", "#56703f", 5)
        s.add(flower(x, y, radius, "#c8442c", "#f0bf4c", p.vary(0, 70)))
    shoulder = p.vary(0.5, 0.75)
    _glaze(
        s,
        p,
        [[(-h, neck * 1.25), (-h * 0.9, neck), (-h * shoulder, r), (-h * 0.22, r * 0.8), (0, r * 0.6)]],
        dip=-h * 0.2,
        reach=r,
    )
    s.path(
        f"M{-neck * 1.25:.0f} {-h}A{neck * 1.25:.0f} {neck * 0.25:.0f} 0 0 0 {neck * 1.25:.0f} {-h}",
        "none",
        stroke=lighten(p.main, 0.4),
        stroke_width=8,
    )


@kind("plant_pot", width=400, height=600)
def plant_pot(s: Scene, p: Piece) -> None:
    """Draw a pot with a leafy plant."""
    h, r = p.vary(200, 240), p.vary(130, 155)
    s.stand(r * 0.8, h + 200)
    _glaze(s, p, [[(-h, r), (-h + 40, r * 0.98)], [(-h + 40, r * 0.92), (0, r * 0.7)]], dip=-h * 0.3, reach=r)
    _mouth(s, -h, r, p.main, "#3f2a1c")
    green = p.pick("#5f8a4d", "#4c7a5a", "#7b9148")
    broad = p.pick(0, 1)
    for n, turn in enumerate((-58, 56, -34, 36, -12, 14, 0)):
        size = 230 + n * 20 + p.vary(-20, 20)
        tone = mix(darken(green, 0.25), lighten(green, 0.2), n / 6)
        if broad:
            blade = f"M0 0C{-size * 0.1:.0f} {-size * 0.4:.0f} {-size * 0.34:.0f} {-size * 0.6:.0f} 0 {-size:.0f}C{size * 0.34:.0f} {-size * 0.6:.0f} {size * 0.1:.0f} {-size * 0.4:.0f} 0 0Z"
            s.add(
                f'<g transform="translate(0 {-h + 6}) rotate({turn})"><path d="{blade}" fill="{tone}"/><path d="{blade}" fill="{s.flat_shade(1)}"/><path d="M0 -20V{-size * 0.92:.0f}" stroke="{lighten(tone, 0.5)}" stroke-width="4"/></g>'
            )
        else:
            s.add(
                f'<g transform="translate(0 {-h + 6}) rotate({turn})">{feather(size * 0.86, tone, darken(tone, 0.35), 10)}</g>'
            )


# --- wood and paper -----------------------------------------------------------------------------------------------------------------


@kind("wood_board", width=460, height=600)
def wood_board(s: Scene, p: Piece) -> None:
    """Lean a serving board against the wall, with a spoon."""
    timber = mix(p.pick("#b67f4b", "#8f5b34", "#cfa06a"), p.main, 0.14)
    s.stand(170, 480, depth=22)
    d = p.pick(
        "M-36 -560Q0 -590 36 -560L40 -440C120 -430 176 -380 176 -280V-60Q176 0 120 0H-120Q-176 0 -176 -60V-280C-176 -380 -120 -430 -40 -440Z",
        "M-40 -560Q0 -580 40 -560V-470H160Q186 -470 186 -440V-30Q186 0 156 0H-156Q-186 0 -186 -30V-440Q-186 -470 -160 -470H-40Z",
    )
    s.path(d, darken(timber, 0.5), transform=f"translate({-s.side * 9} 6)")
    s.path(d, wood(s, timber, level=False))
    s.path(d, s.flat_shade(0.9, 1.1))
    s.stroke(d, lighten(timber, 0.4), 3, opacity=0.6)
    s.path(oval(0, -520, 16, 16), darken(s.ground, 0.3))
    if p.pattern != "plain":
        burnt = s.tile(p.pattern, darken(timber, 0.45), timber, scale=0.5)
        s.path(rounded(-176, -110, 352, 56, 0), burnt, opacity=0.8)
    with s.at(s.side * 120, 20, turn=s.side * 12):
        light = lighten(timber, 0.25)
        s.solid(rounded(-11, -250, 22, 250, 9), wood(s, light, level=False), s.round_shade(0.9, 0.8))
        s.solid(oval(0, -290, 42, 62), light, s.flat_shade(0.9))
        s.path(oval(0, -290, 30, 48), s.slant((0, darken(light, 0.5)), (1, lighten(light, 0.1))))


@kind("wood_bowl", width=560, height=300)
def wood_bowl(s: Scene, p: Piece) -> None:
    """Draw a turned wooden bowl."""
    timber = mix(p.pick("#a86c3c", "#7d4a2a", "#c4935a"), p.main, 0.14)
    r, h = p.vary(230, 255), p.vary(150, 190)
    s.stand(r * 0.6, h, depth=40)
    d = turned_path([[(-h, r), (-h * 0.6, r * 0.95), (-h * 0.2, r * 0.66), (0, r * 0.42)]])
    s.path(d, wood(s, timber))
    with s.clipped(d):
        for k in (0.24, 0.34):
            s.stroke(
                f"M{-r} {-h * (1 - k):.0f}Q0 {-h * (1 - k) + r * 0.38:.0f} {r} {-h * (1 - k):.0f}",
                darken(p.accent, 0.15),
                7,
            )
    s.path(d, s.round_shade(1.1, 0.9))
    s.disc(-h, r, lighten(timber, 0.4))
    inside = oval(0, -h + 3, r * 0.94, r * 0.178)
    s.path(inside, darken(timber, 0.2))
    for k in (0.8, 0.62, 0.44, 0.26):
        s.stroke(oval(s.side * -6, -h + 6, r * k, r * k * 0.17), darken(timber, 0.45), 2.4, opacity=0.6)
    s.path(inside, s.across((0, COOL_SHADE, 0.6), (0.6, COOL_SHADE, 0.1), (1, WARM_LIGHT, 0.3)))


@kind("kite_fan", width=620, height=600, stage="wall")
def kite_fan(s: Scene, p: Piece) -> None:
    """Open a painted folding fan, or spread a kite with tails."""
    if p.pick(0, 1):
        fan(s, p)
    else:
        kite(s, p)


def fan(s: Scene, p: Piece) -> None:
    """Draw an open folding fan."""
    big, small, ribs = 420.0, 170.0, 18
    with s.at(0, 230):

        def ray(n: float, radius: float) -> Point:
            a = math.radians(-168 + 156 * n / ribs)
            return radius * math.cos(a), radius * math.sin(a)

        (x0, y0), (x1, y1), (u0, v0), (u1, v1) = ray(0, big), ray(ribs, big), ray(0, small), ray(ribs, small)
        leaf = f"M{x0:.0f} {y0:.0f}A{big} {big} 0 0 1 {x1:.0f} {y1:.0f}L{u1:.0f} {v1:.0f}A{small} {small} 0 0 0 {u0:.0f} {v0:.0f}Z"
        s.lie(leaf, lift=14)
        for n in range(ribs + 1):
            x, y = ray(n, small + 30)
            s.stroke(f"M0 0L{x:.0f} {y:.0f}", mix("#8a5a30", p.accent, 0.15) if n % 2 else "#b98450", 11)
        s.path(leaf, s.cloth(p, scale=1.0) if p.pattern != "plain" else p.main)
        if p.pattern == "plain":
            for n, radius in ((5, 62), (10, 80), (14, 54)):
                x, y = ray(n, 300)
                s.add(flower(x, y, radius, p.accent, "#f0bf4c", n * 9))
        for n in range(ribs):
            a, b, c, d = ray(n, big), ray(n + 1, big), ray(n + 1, small), ray(n, small)
            s.path(poly(a, b, c, d), COOL_SHADE if n % 2 else WARM_LIGHT, opacity=0.2 if n % 2 else 0.16)
        s.stroke(f"M{x0:.0f} {y0:.0f}A{big} {big} 0 0 1 {x1:.0f} {y1:.0f}", p.accent, 9)
        for n in (0, ribs):
            x, y = ray(n, big + 6)
            s.stroke(f"M0 0L{x:.0f} {y:.0f}", "#6d4322", 20)
            s.stroke(f"M0 0L{x:.0f} {y:.0f}", "#a9743f", 7)
        s.solid(oval(0, 0, 17, 17), "#d8b05a", s.ball_shade())
        s.stroke("M0 14C-20 50 10 60 0 92", p.accent, 5)
        s.solid("M-12 90H12L20 160H-20Z", p.accent, s.round_shade())


def kite(s: Scene, p: Piece) -> None:
    """Draw a paper kite with two tails."""
    d = "M0 -300L220 -80L0 240L-220 -80Z"
    for flip in (1, -1):
        tail = f"M{flip * 10} 220C{flip * 90} 300 {flip * 10} 340 {flip * 70} 420L{flip * 40} 424C{flip * -10} 340 {flip * 60} 300 {flip * -6} 232Z"
        s.lie(tail, lift=12)
        s.solid(tail, p.accent, s.flat_shade())
    s.lie(d, lift=24)
    s.path(d, s.cloth(p, scale=1.1))
    s.path("M0 -300L220 -80L0 240Z", COOL_SHADE, opacity=0.2 if s.side < 0 else 0.02)
    s.path("M0 -300L-220 -80L0 240Z", COOL_SHADE, opacity=0.2 if s.side > 0 else 0.02)
    s.path(d, s.flat_shade(0.7, 1.1))
    s.stroke("M0 -306V246M-224 -80Q0 -150 224 -80", "#7c5230", 9)
    s.add(flower(0, -84, 84, p.accent, "#f0bf4c", 10))
    s.stroke(d, darken(p.main, 0.3), 4)
