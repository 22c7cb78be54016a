"""Small goods: care and scent, jewellery, toys, paper."""

# Path data reads better unbroken; the chances and counts compared are the drawing itself.
# ruff: noqa: E501, PLR2004

import math

from app.demo.drawing import lettering
from app.demo.drawing.colour import COOL_SHADE, WARM_LIGHT, darken, ink_on, lighten, mix
from app.demo.drawing.kinds import kind
from app.demo.drawing.packs import bottle, label
from app.demo.drawing.patterns import feather, flower
from app.demo.drawing.scene import Piece, Point, Scene, grain, metal, oval, poly, rounded, turned_path, wood

GOLD = "#d9b25c"


# --- care and scent ---------------------------------------------------------------------------------------------------------------


@kind("soap_bar", width=520, height=300)
def soap_bar(s: Scene, p: Piece) -> None:
    """Stack soap bars on a wooden rest, one in a paper band."""
    timber = wood(s, mix("#b67f4b", p.main, 0.08))
    s.stand(240, 60, depth=50)
    for y in (-22, 4):
        d = rounded(-240, y, 480, 22, 8)
        s.path(d, timber)
        s.path(d, s.down((0, WARM_LIGHT, 0.4), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.5)))

    def bar(x: float, y: float, w: float, colour: str, *, band: bool) -> None:
        d, top = 66.0, 40.0
        s.path(oval(x, y + 4, w * 0.56, 16), COOL_SHADE, opacity=0.35)
        face = rounded(x - w / 2, y - d, w, d, 14)
        above = f"M{x - w / 2 + 4} {y - d + 10}L{x - w / 2 + 32} {y - d - top}H{x + w / 2 - 32}L{x + w / 2 - 4} {y - d + 10}Z"
        s.path(above, lighten(colour, 0.4), stroke=lighten(colour, 0.4), stroke_width=10, stroke_linejoin="round")
        with s.clipped(above):
            for _ in range(16):
                s.path(
                    oval(x + p.vary(-w / 2, w / 2), y - d - p.vary(0, top), p.vary(3, 8), p.vary(1.5, 3)),
                    p.pick(p.accent, darken(colour, 0.4), "#7b8a4a"),
                    opacity=0.6,
                )
        s.path(face, colour)
        with s.clipped(face):
            for n in range(3):
                s.stroke(
                    f"M{x - w} {y - d + 14 + n * 20}q{w * 0.4:.0f} {p.vary(-26, 20):.0f} {w * 0.8:.0f} 0t{w} 0",
                    lighten(p.accent, 0.3) if n % 2 else darken(colour, 0.16),
                    9,
                    opacity=0.55,
                )
        s.path(face, s.down((0, WARM_LIGHT, 0.4), (0.3, WARM_LIGHT, 0.0), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.4)))
        s.path(face, s.across((0, WARM_LIGHT, 0.16), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.26)))
        if band:
            wide = w * 0.56
            paint = s.cloth(p, scale=0.4, back="#f5ead2", fore=p.accent)
            s.path(
                poly(
                    (x - wide / 2, y + 1),
                    (x - wide / 2, y - d),
                    (x - wide / 2 + 8, y - d - top - 4),
                    (x + wide / 2 - 8, y - d - top - 4),
                    (x + wide / 2, y - d),
                    (x + wide / 2, y + 1),
                ),
                paint,
            )
            tag = rounded(x - wide * 0.4, y - d + 8, wide * 0.8, d - 16, 5)
            s.path(tag, "#f8efdb")
            s.add(lettering.block(p.label, x, y - d / 2, 28, ink_on("#f8efdb", p.main), width=wide * 0.7))
            s.path(
                poly((x - wide / 2, y + 1), (x - wide / 2, y - d), (x + wide / 2, y - d), (x + wide / 2, y + 1)),
                s.slant((0, WARM_LIGHT, 0.2), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.3)),
            )

    second = p.pick(mix(p.main, "#f3e6cc", 0.6), mix(p.accent, "#f3e6cc", 0.5))
    bar(-s.side * 18, -22, p.vary(340, 370), p.main, band=False)
    bar(s.side * 12, -128, p.vary(300, 330), second, band=True)
    s.add(
        f'<g transform="translate({-s.side * 60} -232) rotate({-s.side * 80})">{feather(110, "#6b8a50", "#4a6339", 7)}</g>'
    )


@kind("cream_jar", width=360, height=300, group=2)
def cream_jar(s: Scene, p: Piece) -> None:
    """Draw a jar of cream in frosted glass with a wide lid."""
    r, h = p.vary(130, 155), p.vary(140, 170)
    s.stand(r, h + 60)
    d = turned_path([[(-h, r * 0.98), (-h * 0.8, r), (-26, r)], [(-26, r), (-4, r * 0.9), (0, r * 0.84)]])
    s.path(d, mix(lighten(p.main, 0.25), "#ffffff", 0.1))
    inner = turned_path([[(-h, r * 0.82), (-34, r * 0.82), (-16, r * 0.7)]])
    s.path(inner, p.main)
    ink = ink_on(p.main, p.accent)
    s.add(flower(0, -h * 0.62 + r * 0.16, h * 0.13, ink, lighten(p.main, 0.4)))
    s.add(lettering.block(p.label, 0, -h * 0.3 + r * 0.16, h * 0.26, ink, width=r * 1.25, sag=9))
    s.path(d, s.round_shade(0.9, 1))
    s.stroke(f"M{s.side * r * 0.9:.0f} {-h * 0.9:.0f}V-34", "#ffffff", 5, opacity=0.6)
    lid = p.pick(GOLD, "#b98455", p.accent)
    paint = wood(s, lid) if lid == "#b98455" else metal(s, lid)
    tall = p.vary(56, 84)
    cap = turned_path([[(-h - tall, r * 1.03), (-h, r * 1.03)]])
    s.path(cap, paint)
    s.path(cap, s.round_shade(0.8, 0.6))
    s.disc(-h - tall, r * 1.03, lighten(lid, 0.3))
    s.disc(-h - tall, r * 0.96, s.slant((0, lighten(lid, 0.5)), (1, lid)))
    s.add(
        f'<g transform="translate(0 {-h - tall:.0f}) scale(1 .2)">{flower(0, 0, r * 0.5, darken(lid, 0.15), lighten(lid, 0.5), 10)}</g>'
    )


@kind("essential_oil", width=240, height=440, group=3)
def essential_oil(s: Scene, p: Piece) -> None:
    """Draw an amber dropper bottle."""
    h, r = p.vary(230, 260), p.vary(84, 98)
    amber = p.pick("#8a4a17", "#6f3a16", "#2f4a52")
    profile: list[list[Point]] = [
        [(-h - 24, 40), (-h, 40), (-h * 0.92, r * 0.8), (-h * 0.82, r), (-20, r), (0, r * 0.92)]
    ]
    s.turned([[(-h - 170, 20), (-h - 160, 27), (-h - 110, 30), (-h - 80, 26)]], darken(p.accent, 0.25))
    bottle(s, p, profile, fluid=amber, cap=p.pick("#26221f", GOLD), cap_size=(46, 68), band=(-h * 0.72, -h * 0.14, r))


@kind("hair_oil", width=250, height=520, group=2)
def hair_oil(s: Scene, p: Piece) -> None:
    """Draw a bottle with a pump, or with a tall cap."""
    h, r = p.vary(320, 360), p.vary(84, 98)
    fluid = p.pick("#b9761f", "#5d6b2e", p.main, "#c79a3c")
    if p.pick(0, 1):
        away = -s.side
        s.turned([[(-h - 120, 9), (-h - 40, 9)]], "#38322e")
        s.solid(
            f"M{-away * 30} {-h - 142}H{away * 84}Q{away * 100} {-h - 138} {away * 100} {-h - 112}H{away * 86}Q{away * 84} {-h - 122} {away * 70} {-h - 120}H{-away * 30}Z",
            "#2b2623",
            s.down((0, WARM_LIGHT, 0.4), (1, COOL_SHADE, 0.3)),
        )
    bottle(
        s,
        p,
        [[(-h - 12, 36), (-h, 36), (-h * 0.93, r * 0.7), (-h * 0.86, r), (-18, r), (0, r * 0.92)]],
        fluid=fluid,
        cap=p.pick("#2b2623", GOLD, p.accent),
        cap_size=(42, 58),
        band=(-h * 0.74, -h * 0.16, r),
        level=0.95,
    )


@kind("candle", width=330, height=400, group=2)
def candle(s: Scene, p: Piece) -> None:
    """Draw a burning candle in a glass or clay tumbler."""
    r, h = p.vary(112, 132), p.vary(210, 260)
    s.stand(r, h)
    s.soft.append(
        f'<ellipse cx="0" cy="{-h - 50:.0f}" rx="300" ry="290" fill="{s.radial((0, "#ffdf9a", 0.7), (1, "#ffdf9a", 0.0))}"/>'
    )
    d = turned_path([[(-h, r), (-16, r), (0, r * 0.94)]])
    wax = mix(p.main, "#fff3dc", 0.55)
    s.path(d, mix(wax, "#ffffff", 0.1))
    s.path(d, s.down((0, "#ffd27a", 0.75), (0.4, p.main, 0.25), (1, p.main, 0.75)))
    label(s, p, 0, -h * 0.4, r * 1.3, h * 0.46, sag=r * 0.1)
    if p.pattern != "plain":
        s.path(
            f"M{-r:.1f} -52A{r:.1f} {r * 0.2:.1f} 0 0 0 {r:.1f} -52V-8A{r:.1f} {r * 0.2:.1f} 0 0 1 {-r:.1f} -8Z",
            s.cloth(p, scale=0.36),
        )
    s.path(d, s.round_shade(0.9, 0.9))
    s.disc(-h, r, "#fff6e3")
    s.disc(-h + 4, r * 0.93, darken(wax, 0.16))
    s.disc(-h + 8, r * 0.9, s.radial((0, "#fff4c0"), (1, mix(wax, "#f0b45c", 0.35))))
    s.stroke(f"M0 {-h + 8:.0f}Q-3 {-h - 6:.0f} 2 {-h - 20:.0f}", "#3a2418", 5)
    flame = f"M0 {-h - 10:.0f}C-34 {-h - 24:.0f} -20 {-h - 66:.0f} 2 {-h - 112:.0f}C18 {-h - 66:.0f} 32 {-h - 26:.0f} 0 {-h - 10:.0f}Z"
    s.path(flame, s.down((0, "#ffb52e"), (0.5, "#ffe27a"), (0.85, "#fff8da"), (1, "#9fb9d8")))
    s.stroke(f"M{s.side * r * 0.86:.0f} {-h + 26:.0f}V-30", "#ffffff", 6, opacity=0.5)


@kind("diffuser", width=340, height=640)
def diffuser(s: Scene, p: Piece) -> None:
    """Draw a scent diffuser with its reeds."""
    r, h = p.vary(106, 124), p.vary(220, 270)
    s.stand(r, h)
    for k in (-3, -1.6, -0.4, 0.9, 2.2):
        x = k * 42
        s.stroke(f"M{k * 6:.0f} {-h}L{x:.0f} {-h - 320 + abs(x) * 0.5:.0f}", "#8a6238", 9)
        s.stroke(f"M{k * 6 - 1:.0f} {-h}L{x - 2:.0f} {-h - 320 + abs(x) * 0.5:.0f}", "#d8b27c", 3.4)
    fluid = mix(p.main, "#f2e2b8", 0.35)
    bottle(
        s,
        p,
        [[(-h - 8, 34), (-h + 14, 34), (-h * 0.84, r * 0.78), (-h * 0.7, r), (-18, r), (0, r * 0.94)]],
        fluid=fluid,
        cap=p.pick("#a9713f", GOLD),
        cap_size=(40, 40),
        band=(-h * 0.62, -h * 0.1, r),
        level=0.8,
    )
    s.disc(-h - 38, 26, "#4b3320")


# --- jewellery ----------------------------------------------------------------------------------------------------------------------


def _bust(s: Scene) -> None:
    stone = lighten(s.ground, 0.35)
    s.stand(150, 420, depth=40)
    d = "M-56 -560C-60 -490 -66 -450 -120 -420C-190 -386 -216 -300 -190 -190C-172 -110 -150 -50 -146 0Q0 44 146 0C150 -50 172 -110 190 -190C216 -300 190 -386 120 -420C66 -450 60 -490 56 -560Q0 -580 -56 -560Z"
    s.path(d, grain(s, stone, 0.25))
    s.path(d, s.round_shade(1.0, 0.6))
    s.path(d, s.down((0, WARM_LIGHT, 0.1), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.3)))
    s.path(oval(0, -560, 56, 12), lighten(stone, 0.4))


@kind("necklace", width=440, height=580)
def necklace(s: Scene, p: Piece) -> None:
    """Hang a necklace of beads and a pendant on a stone bust."""
    _bust(s)
    count = 29
    style = p.pick(0, 1, 2)
    for n in range(count):
        t = n / (count - 1)
        a = math.pi * (1 - t)
        x, y = 112 * math.cos(a) * (1 + 0.1 * math.sin(a)), -440 + 200 * math.sin(a) ** 1.2
        size = 8 + (7 if style else 3) * math.sin(a)
        colour = (p.main, p.accent, GOLD)[n % 3] if style == 1 else (p.main if n % 2 or not style else GOLD)
        s.path(oval(x - s.side * 4, y + 7, size, size * 0.9), COOL_SHADE, opacity=0.3)
        s.solid(oval(x, y, size, size), colour, s.ball_shade(1, 1.2))
    with s.at(0, -236):
        s.path(oval(-s.side * 8, 64, 44, 60), COOL_SHADE, opacity=0.25)
        if style == 2:
            s.add(flower(0, 44, 56, p.accent, GOLD, 0))
        else:
            s.path("M0 0C40 30 52 64 40 96Q0 134 -40 96C-52 64 -40 30 0 0Z", metal(s, GOLD))
            s.path("M0 20C28 42 38 68 28 90Q0 114 -28 90C-38 68 -28 42 0 20Z", p.accent)
            s.path("M0 20C28 42 38 68 28 90Q0 114 -28 90C-38 68 -28 42 0 20Z", s.ball_shade(1, 1.3))
        s.path(oval(0, 0, 8, 10), metal(s, GOLD))


def _slab(s: Scene, high: float) -> None:
    """Set the stone slab that small jewellery lies on."""
    stone = mix(lighten(s.ground, 0.3), "#8e8a84", 0.25)
    s.stand(240, high + 30, depth=74)
    d = turned_path([[(-high, 256), (0, 252)]], 0.3)
    s.path(d, grain(s, stone, 0.4))
    s.path(d, s.round_shade(0.9, 0.6))
    s.path(oval(0, -high, 256, 77), grain(s, lighten(stone, 0.35), 0.35))
    s.path(oval(0, -high, 256, 77), s.slant((0, WARM_LIGHT, 0.4), (1, COOL_SHADE, 0.22)))


@kind("bracelet", width=520, height=330)
def bracelet(s: Scene, p: Piece) -> None:
    """Lay bracelets on a slab: beads and a carved bangle."""
    _slab(s, 44)
    for x, y, rx, carved in ((-60, -96, 120, False), (66, -56, 126, True)):
        ry = rx * 0.42
        s.path(oval(x - s.side * 16, y + 26, rx * 1.06, ry), COOL_SHADE, opacity=0.28)
        if carved:
            tall = 44
            s.path(oval(x, y - tall, rx, ry), darken(p.accent, 0.45))
            with s.clipped(oval(x, y - tall, rx - 10, ry - 5)):
                s.path(oval(x, y - 2, rx - 6, ry - 3), mix(darken(s.ground, 0.2), "#8e8a84", 0.3))
                s.path(oval(x, y - 2, rx - 6, ry - 3), s.across((0, COOL_SHADE, 0.4), (1, WARM_LIGHT, 0.2)))
            ring = f"M{x - rx} {y - tall}A{rx} {ry} 0 0 0 {x + rx} {y - tall}V{y}A{rx} {ry} 0 0 1 {x - rx} {y}Z"
            s.path(ring, s.cloth(p, scale=0.36) if p.pattern != "plain" else p.accent)
            s.path(ring, s.round_shade(1.1, 1.2))
            s.path(
                oval(x, y - tall, rx, ry) + oval(x, y - tall + 2, rx - 12, ry - 7), metal(s, GOLD), fill_rule="evenodd"
            )
        else:
            count = 22
            for n in sorted(range(count), key=lambda k: math.sin(math.tau * k / count)):
                a = math.tau * n / count
                size = 19 if n % 4 else 16
                s.solid(
                    oval(x + rx * math.cos(a), y + ry * math.sin(a) - 12, size, size),
                    p.main if n % 4 else GOLD,
                    s.ball_shade(1, 1.3),
                )


@kind("earrings", width=420, height=500)
def earrings(s: Scene, p: Piece) -> None:
    """Hang a pair of earrings on a wooden stand."""
    timber = "#a06c3c"
    s.stand(180, 380, depth=40)
    d = turned_path([[(-30, 180), (0, 184)]])
    s.path(d, wood(s, timber))
    s.path(d, s.round_shade())
    s.disc(-30, 180, lighten(timber, 0.25))
    s.solid(rounded(-11, -420, 22, 392, 8), wood(s, timber, level=False), s.round_shade())
    s.solid(rounded(-190, -438, 380, 24, 12), wood(s, timber), s.down((0, WARM_LIGHT, 0.4), (1, COOL_SHADE, 0.5)))
    style = p.pick(0, 1, 2)
    for x in (-112, 112):
        with s.at(x, -414):
            s.stroke("M0 0C-16 12 -14 34 0 40", GOLD, 5)
            s.solid(oval(0, 48, 13, 13), GOLD, s.ball_shade(1, 1.3))
            if style == 0:
                d = "M0 66C70 110 84 190 0 236C-84 190 -70 110 0 66Z"
                s.path(d, s.cloth(p, scale=0.5) if p.pattern != "plain" else p.main)
                s.path(d, s.ball_shade(0.9, 1))
                s.stroke(d, GOLD, 7)
            elif style == 1:
                s.add(flower(0, 130, 66, p.main, GOLD, 0))
                s.path(oval(0, 130, 66, 66), s.ball_shade(0.5, 0.6))
                for n in range(3):
                    s.solid(oval(-30 + n * 30, 220 + (n % 2) * 18, 10, 12), p.accent, s.ball_shade(1, 1.3))
                    s.stroke(f"M{-18 + n * 18} 186L{-30 + n * 30} {208 + (n % 2) * 18}", GOLD, 3)
            else:
                for n, (tall, c) in enumerate(((88, p.main), (120, p.accent), (154, p.main))):
                    bx = -44 + n * 34
                    d = rounded(bx, 78, 24, tall, 9)
                    s.path(d, c)
                    s.path(d, s.round_shade(1, 1.1))
                s.solid(rounded(-54, 66, 108, 16, 6), GOLD, s.flat_shade())


@kind("wood_watch", width=460, height=640, stage="flat")
def wood_watch(s: Scene, p: Piece) -> None:
    """Lay out a wooden watch."""
    timber = p.pick("#8d5a33", "#b98452", "#5b3a26")
    strap = "M-70 -300Q0 -316 70 -300L84 -110H-84ZM-84 110H84L70 300Q0 316 -70 300Z"
    s.lie(strap, lift=10)
    s.path(strap, grain(s, p.main, 0.25))
    s.path(strap, s.round_shade(0.9, 0.6))
    for y in (-290, 290):
        s.stroke(
            f"M-60 {y}L{-72} {y * 0.42:.0f}M60 {y}L72 {y * 0.42:.0f}", lighten(p.main, 0.5), 2.4, stroke_dasharray="7 5"
        )
    for n in range(4):
        s.path(oval(0, 190 + n * 26, 6, 7), darken(p.main, 0.6))
    s.lie(oval(0, 0, 158, 158), lift=18)
    s.solid(rounded(150, -20, 26, 40, 7), GOLD, s.flat_shade())
    s.path(oval(0, 0, 158, 158), wood(s, timber))
    s.path(oval(0, 0, 158, 158), s.slant((0, WARM_LIGHT, 0.6), (0.4, WARM_LIGHT, 0.0), (1, COOL_SHADE, 0.5)))
    s.path(oval(0, 0, 128, 128), darken(timber, 0.5))
    face = wood(s, lighten(timber, 0.45), level=False)
    s.path(oval(0, 4, 122, 120), face)
    s.path(oval(0, 0, 124, 124), s.slant((0, COOL_SHADE, 0.5), (0.4, COOL_SHADE, 0.0), (1, WARM_LIGHT, 0.3)))
    for n in range(12):
        a = math.tau * n / 12
        s.stroke(
            f"M{92 * math.sin(a):.1f} {-92 * math.cos(a):.1f}L{110 * math.sin(a):.1f} {-110 * math.cos(a):.1f}",
            darken(timber, 0.6),
            8 if n % 3 == 0 else 4,
        )
    s.add(flower(0, 46, 20, p.accent, GOLD))
    s.add(lettering.block(p.label, 0, -48, 15, darken(timber, 0.6), width=92))
    s.stroke("M0 10L-44 -36", darken(timber, 0.7), 10)
    s.stroke("M0 10L58 -46", darken(timber, 0.7), 7)
    s.stroke("M-8 26L20 -80", p.accent, 3)
    s.path(oval(0, 0, 9, 9), metal(s, GOLD))
    s.path("M-100 -66A122 122 0 0 1 30 -116Q-50 -80 -100 -66Z", "#ffffff", opacity=0.35)


# --- toys --------------------------------------------------------------------------------------------------------------------------------


@kind("toy_car", width=560, height=330)
def toy_car(s: Scene, p: Piece) -> None:
    """Draw a wooden toy: a small car or a bus."""
    bus = p.pick(0, 1)
    s.stand(240, 170, depth=26)
    d = (
        rounded(-240, -270, 470, 236, 46)
        if bus
        else "M-250 -60C-256 -130 -220 -150 -160 -154C-130 -240 -90 -262 -10 -262C70 -262 110 -220 140 -154C220 -146 254 -120 250 -60Q250 -40 226 -40H-226Q-250 -40 -250 -60Z"
    )
    s.path(d, darken(p.main, 0.4), transform=f"translate({-s.side * 12} -12)")
    s.path(d, p.main)
    with s.clipped(d):
        s.path("M-300 -112H300V-30H-300Z", p.accent)
        if p.pattern != "plain":
            s.path("M-300 -104H300V-60H-300Z", s.cloth(p, scale=0.44))
        s.stroke("M-300 -114H300", lighten(p.accent, 0.5), 6)
    pane = lighten(s.ground, 0.55)
    if bus:
        panes = [rounded(-210 + n * 104, -236, 84, 84, 14) for n in range(4)]
    else:
        panes = ["M-130 -158C-106 -220 -80 -238 -20 -238V-158Z", "M6 -238C60 -236 84 -210 108 -158H6Z"]
    for window in panes:
        s.path(window, darken(pane, 0.2))
        s.path(window, s.slant((0, "#ffffff", 0.7), (0.4, "#ffffff", 0.1), (1, COOL_SHADE, 0.3)))
    s.path(d, s.down((0, WARM_LIGHT, 0.5), (0.25, WARM_LIGHT, 0.0), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.5)))
    s.path(d, s.across((0, WARM_LIGHT, 0.12), (0.6, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.3)))
    s.solid(oval(226, -86, 14, 18), "#ffe29a", s.ball_shade())
    for x in (-140, 140):
        s.path(oval(x, -36, 66, 60), darken(p.main, 0.65))
        s.solid(oval(x, -44, 58, 58), wood(s, "#c9955c"), s.ball_shade(0.9, 0.8))
        s.solid(oval(x, -44, 24, 24), p.accent, s.ball_shade())
        s.stroke(oval(x, -44, 56, 56), "#6f4727", 6)


@kind("plush_toy", width=440, height=540)
def plush_toy(s: Scene, p: Piece) -> None:
    """Draw a sitting stuffed animal: a rabbit, a bear or an elephant calf."""
    s.stand(170, 330, depth=44)
    fur = grain(s, p.main, 0.3)
    light = lighten(p.main, 0.5)
    beast = p.pick("rabbit", "bear", "elephant")

    def ball(x: float, y: float, rx: float, ry: float, turn: float = 0, paint: str = "") -> None:
        with s.at(x, y, turn=turn):
            s.path(oval(0, 0, rx, ry), paint or (fur if rx > 120 else p.main))
            s.path(oval(0, 0, rx, ry), s.ball_shade(0.9, 0.6))

    for flip in (1, -1):
        if beast == "rabbit":
            ball(flip * 58, -476, 34, 104, flip * 12)
            with s.at(flip * 58, -470, turn=flip * 12):
                s.path(oval(0, 0, 17, 76), mix(p.accent, "#f5c9b8", 0.5), opacity=0.8)
        elif beast == "bear":
            ball(flip * 98, -444, 46, 46)
            ball(flip * 98, -440, 26, 26, paint=light)
        else:
            ball(flip * 150, -350, 84, 100, flip * -12)
            ball(flip * 150, -346, 58, 72, flip * -12, mix(p.accent, p.main, 0.3))
        ball(flip * 142, -176, 44, 92, flip * -28)
    ball(0, -140, 142, 150)
    s.path(oval(0, -124, 92, 104), s.cloth(p, scale=0.5) if p.pattern != "plain" else light)
    s.path(oval(0, -124, 92, 104), s.ball_shade(0.6, 0.5))
    s.stroke(oval(0, -124, 92, 104), darken(p.main, 0.35), 3, stroke_dasharray="10 7")
    for flip in (1, -1):
        ball(flip * 104, -34, 74, 54, flip * -10)
        ball(flip * 122, -32, 40, 36, paint=light)
    ball(0, -346, 138, 122)
    s.path("M-110 -258Q0 -204 110 -258L96 -226Q0 -176 -96 -226Z", p.accent)
    s.path("M-110 -258Q0 -204 110 -258L96 -226Q0 -176 -96 -226Z", s.flat_shade())
    s.solid("M30 -226L90 -150L56 -142L16 -210Z", p.accent, s.flat_shade(1.2))
    if beast == "elephant":
        s.stroke("M0 -330C4 -270 -6 -230 -44 -216", darken(p.main, 0.2), 50)
        s.stroke("M0 -330C4 -270 -6 -230 -44 -216", p.main, 42)
        s.stroke(f"M{s.side * 10} -320C{s.side * 12} -280 0 -240 -36 -222", lighten(p.main, 0.5), 8, opacity=0.5)
    else:
        s.path(oval(0, -312, 54, 42), light)
        s.path(oval(0, -312, 54, 42), s.ball_shade(0.6, 0.6))
        s.path("M-16 -336H16Q12 -314 0 -312Q-12 -314 -16 -336Z", "#3c2620")
        s.stroke("M0 -312V-296M-18 -290Q0 -280 18 -290", "#3c2620", 4)
    for flip in (1, -1):
        s.path(oval(flip * 54, -366, 14, 16), "#241a18")
        s.path(oval(flip * 54 + s.side * 4, -372, 5, 5), "#ffffff")
        s.path(oval(flip * 86, -326, 22, 14), mix(p.accent, "#e88f7a", 0.6), opacity=0.35)


@kind("building_blocks", width=560, height=420)
def building_blocks(s: Scene, p: Piece) -> None:
    """Build a small gate of painted wooden blocks."""
    s.stand(230, 330, depth=30)
    tones = [p.main, p.accent, "#d9ad74", mix(p.main, p.accent, 0.5), lighten(p.main, 0.35)]
    p.rng.shuffle(tones)

    def block(x: float, y: float, w: float, h: float, tone: str, mark: str = "") -> None:
        a, deep = -s.side, 30.0
        edge = x + w / 2 if a > 0 else x - w / 2
        s.path(
            poly((edge, y), (edge + a * deep, y - 14), (edge + a * deep, y - h - 14), (edge, y - h)), darken(tone, 0.35)
        )
        s.path(
            poly(
                (x - w / 2, y - h),
                (x - w / 2 + a * deep, y - h - 14),
                (x + w / 2 + a * deep, y - h - 14),
                (x + w / 2, y - h),
            ),
            lighten(tone, 0.4),
        )
        face = poly((x - w / 2, y), (x - w / 2, y - h), (x + w / 2, y - h), (x + w / 2, y))
        s.path(face, wood(s, tone))
        s.path(face, s.slant((0, WARM_LIGHT, 0.35), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.26)))
        if mark:
            ink = ink_on(tone, p.accent)
            if mark == "*":
                s.add(flower(x, y - h / 2, min(w, h) * 0.34, ink, lighten(tone, 0.5), 10))
            else:
                s.add(lettering.line(mark, x, y - h / 2, h * 0.5, ink, width=w * 0.6, weight=1.9))

    letters = [sign for sign in lettering.fold(p.label) if sign.isalnum()] or ["A", "B", "C"]
    block(-170, 0, 110, 110, tones[0], letters[0])
    block(-170, -110, 96, 100, tones[1], "*")
    block(110, 0, 110, 110, tones[2], letters[1 % len(letters)])
    block(110, -110, 96, 100, tones[3], letters[2 % len(letters)])
    block(-30, -210, 400, 44, tones[4])
    arch = "M-110 -254V-270A80 80 0 0 1 50 -270V-254Z"
    s.solid(arch, wood(s, tones[1]), s.flat_shade())
    s.solid(
        poly((70, -254), (180, -254), (125, -336)),
        wood(s, tones[0]),
        s.across((0, WARM_LIGHT, 0.3), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.3)),
    )
    block(-190, -254, 74, 74, tones[2], "*")
    block(238, 22, 86, 84, tones[1], letters[-1])
    s.shadow(oval(238, 26, 56, 12), opacity=0.5, blur=6)


# --- paper ---------------------------------------------------------------------------------------------------------------------------------


@kind("notebook", width=520, height=640, stage="flat")
def notebook(s: Scene, p: Piece) -> None:
    """Lay out a bound notebook, a second below it, and a pencil."""
    for n, (x, y, turn) in enumerate(((46, 30, 9), (-18, -6, -4))):
        with s.at(x, y, turn=turn):
            d = rounded(-190, -262, 380, 524, 14)
            s.lie(d, lift=14)
            s.path(rounded(-182, -254, 382, 524, 8), "#efe4cb")
            for k in range(3):
                s.stroke(f"M{192 + k * 3} -246V258", "#cbbd9c", 1.4)
            main = p.main if n else mix(p.accent, p.main, 0.2)
            s.path(d, s.cloth(p, scale=p.vary(0.85, 1.15), back=main) if n else main)
            s.path(rounded(-190, -262, 66, 524, 12), mix(darken(p.main, 0.25), p.accent, 0.2))
            if n:
                s.stroke("M-124 -258V258", darken(main, 0.5), 3, opacity=0.6)
                for k in range(9):
                    s.stroke(f"M-152 {-228 + k * 57}H-124M-152 {-228 + k * 57}v57", lighten(p.accent, 0.5), 3.4)
                label(s, p, 30, -70, 210, 170, shape=p.pick("plate", "oval", "arch"))
            s.path(
                d, s.slant((0, WARM_LIGHT, 0.36), (0.4, WARM_LIGHT, 0.0), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.3))
            )
    with s.at(150, 110, turn=24):
        d = "M-12 -200H12V130L0 168L-12 130Z"
        s.lie(d, lift=8)
        s.path(d, "#e7c99a")
        s.path("M-12 -200H12V128H-12Z", p.accent)
        s.path("M-4 152L0 168L4 152Z", "#2a2320")
        s.path("M-12 -200H12V128H-12Z", s.round_shade(1, 1))
        s.path(rounded(-13, -220, 26, 30, 4), "#d4a0a0")


@kind("greeting_card", width=560, height=640, stage="flat")
def greeting_card(s: Scene, p: Piece) -> None:
    """Lay out a card with a paper-cut flower on its envelope."""
    with s.at(40, 70, turn=8):
        d = rounded(-240, -170, 480, 340, 8)
        s.lie(d, lift=10)
        kraft = mix("#c9a06c", p.accent, 0.14)
        s.solid(d, kraft, s.flat_shade(0.8))
        s.stroke("M-240 -164L0 40L240 -164", darken(kraft, 0.3), 3)
        s.path("M-240 -166L0 36L240 -166Z", lighten(kraft, 0.16))
    with s.at(-24, -36, turn=-6):
        d = rounded(-176, -250, 352, 500, 6)
        s.lie(d, lift=18)
        s.path(d, "#faf2e0")
        inner = rounded(-156, -230, 312, 460, 2)
        s.path(inner, s.cloth(p, scale=0.8, back=lighten(p.main, 0.1), fore=mix(p.accent, p.main, 0.5)))
        s.path(oval(0, -40, 126, 126), "#faf2e0")
        for turn in (-60, 60, 140, -140):
            s.add(
                f'<g transform="translate(0 -40) rotate({turn})">{feather(104, mix("#5f7f4a", p.main, 0.2), "#48603a", 7)}</g>'
            )
        s.add(f'<g opacity=".3">{flower(5, -31, 74, COOL_SHADE, COOL_SHADE, 8)}</g>')
        s.add(flower(0, -40, 74, p.accent, "#f0bf4c", 8))
        s.path(rounded(-116, 124, 232, 66, 33), "#faf2e0")
        s.add(lettering.block(p.label, 0, 157, 32, ink_on("#faf2e0", p.main), width=190))
        s.path(d, s.slant((0, WARM_LIGHT, 0.3), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.22)))
