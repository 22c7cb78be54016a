"""Food and drink in their packs: pouches, boxes, jars, bottles, tins, cups and the gift basket."""

# Path data reads better unbroken; the chances and counts compared are the drawing itself.
# ruff: noqa: E501, PLR2004

from app.demo.drawing import lettering
from app.demo.drawing.colour import COOL_SHADE, WARM_LIGHT, darken, ink_on, lighten, lightness, mix
from app.demo.drawing.kinds import kind
from app.demo.drawing.patterns import feather, flower
from app.demo.drawing.scene import Piece, Point, Scene, oval, poly, rounded, smooth, turned_path

CREAM = "#f6ead2"


def label(
    s: Scene, p: Piece, x: float, y: float, width: float, height: float, *, sag: float = 0, shape: str = ""
) -> None:
    """Stick a label with the piece's lettering and an emblem, centred on ``(x, y)``; ``sag`` bends it around a body."""
    shape = shape or p.pick("arch", "oval", "band", "plate")
    paper = (
        p.pick(CREAM, lighten(p.accent, 0.72), p.accent)
        if lightness(p.main) < 0.72
        else p.pick(p.accent, lighten(p.main, 0.7))
    )
    ink = ink_on(paper, p.main if paper != p.main else p.accent)
    w, h = width / 2, height / 2
    if shape == "oval":
        d, inner = oval(x, y, w, h), oval(x, y, w - 7, h - 7)
    elif shape == "arch":
        d, inner = (
            f"M{x - w + m} {y + h - m}V{y - h * 0.25}C{x - w + m} {y - h * 1.14 + m} {x + w - m} {y - h * 1.14 + m} {x + w - m} {y - h * 0.25}"
            f"V{y + h - m}Q{x} {y + h - m + sag * 2} {x - w + m} {y + h - m}Z"
            for m in (0, 7)
        )
    else:
        d, inner = (
            f"M{x - w + m} {y - h + m}Q{x} {y - h + m + sag * 2} {x + w - m} {y - h + m}V{y + h - m}Q{x} {y + h - m + sag * 2} {x - w + m} {y + h - m}Z"
            for m in (0, 7)
        )
    s.path(d, paper)
    s.stroke(inner, mix(ink, paper, 0.35), 1.8)
    low = sag * 0.9
    if shape == "band":
        s.add(lettering.block(p.label, x, y + low, height * 0.42, ink, width=width * 0.8, sag=sag))
        return
    emblem = min(height * 0.15, width * 0.15)
    s.add(flower(x, y - h * 0.5 + low, emblem, ink, lighten(paper, 0.3), p.vary(0, 20)))
    s.add(lettering.block(p.label, x, y + h * 0.2 + low, height * 0.26, ink, width=width * 0.74, sag=sag))
    s.stroke(
        f"M{x - w * 0.3:.1f} {y + h * 0.74 + low:.1f}Q{x} {y + h * 0.74 + low + sag * 0.5:.1f} {x + w * 0.3:.1f} {y + h * 0.74 + low:.1f}",
        ink,
        2,
    )


# --- pouches -------------------------------------------------------------------------------------------------------------


def _pouch(s: Scene, p: Piece, w: float, h: float) -> str:
    """Fill a stand-up pouch with its seal, gusset and creases; give its outline."""
    half = w / 2
    d = (
        f"M{-half * 0.93:.0f} {-h}H{half * 0.93:.0f}C{half * 0.95:.0f} {-h * 0.78:.0f} {half * 1.06:.0f} {-h * 0.5:.0f} {half:.0f} {-h * 0.16:.0f}"
        f"Q{half * 0.99:.0f} {-6} {half * 0.9:.0f} {-4}Q0 22 {-half * 0.9:.0f} -4Q{-half * 0.99:.0f} -6 {-half:.0f} {-h * 0.16:.0f}"
        f"C{-half * 1.06:.0f} {-h * 0.5:.0f} {-half * 0.95:.0f} {-h * 0.78:.0f} {-half * 0.93:.0f} {-h}Z"
    )
    s.stand(half, h)
    s.path(d, p.main)
    return d


def _pouch_light(s: Scene, p: Piece, d: str, w: float, h: float) -> None:
    half = w / 2
    s.path(d, s.round_shade(0.85, 0.8))
    s.path(
        d,
        s.down(
            (0, COOL_SHADE, 0.05),
            (0.2, WARM_LIGHT, 0.16),
            (0.4, WARM_LIGHT, 0.0),
            (0.75, COOL_SHADE, 0.0),
            (1, COOL_SHADE, 0.34),
        ),
    )
    s.path(
        poly((-half * 0.93, -h), (half * 0.93, -h), (half * 0.94, -h + 34), (-half * 0.94, -h + 34)),
        lighten(p.main, 0.2),
        opacity=0.55,
    )
    for n in range(4):
        s.stroke(f"M{-half * 0.92:.0f} {-h + 7 + n * 7}H{half * 0.92:.0f}", darken(p.main, 0.4), 1.2, opacity=0.3)
    s.path(oval(0, -h + 17, 15, 8), darken(s.ground, 0.25))
    a = s.side
    s.fold((a * half * 0.86, -h * 0.84), (a * half * 0.5, -h * 0.6), 12, 13, light=True, strength=0.4)
    s.fold((-a * half * 0.88, -h * 0.86), (-a * half * 0.48, -h * 0.56), -14, 16, strength=0.3)
    s.fold((-a * half * 0.97, -h * 0.2), (-a * half * 0.4, -h * 0.05), 16, 13, strength=0.28)
    s.fold((a * half * 0.96, -h * 0.22), (a * half * 0.3, -h * 0.04), -16, 10, light=True, strength=0.3)
    s.fold((-half * 0.84, -h * 0.07), (half * 0.84, -h * 0.07), 26, 7, strength=0.3)


def _chips(s: Scene, p: Piece, x: float, y: float, count: int, spread: float, colour: str) -> None:
    """Strew crisp thin slices around a point."""
    for _ in range(count):
        cx, cy = x + p.vary(-spread, spread), y + p.vary(-spread * 0.3, spread * 0.3)
        r = p.vary(24, 36)
        s.shadow(oval(cx - s.side * 7, cy + 9, r, r * 0.4), opacity=0.4, blur=5)
        with s.at(cx, cy, turn=p.vary(-24, 24)):
            tone = mix(colour, lighten(colour, 0.5), p.vary(0, 0.7))
            wave = smooth(
                [
                    (-r, 2),
                    (-r * 0.5, -r * 0.5),
                    (r * 0.2, -r * 0.42),
                    (r, -r * 0.3),
                    (r * 0.75, r * 0.34),
                    (0, r * 0.28),
                    (-r * 0.6, r * 0.5),
                ],
                closed=True,
            )
            s.path(wave, darken(tone, 0.35), transform="translate(0 4)")
            s.solid(wave, tone, s.flat_shade(0.8, 1.2))
            for _ in range(4):
                s.path(oval(p.vary(-r, r) * 0.6, p.vary(-r, r) * 0.25, 2.4, 1.6), darken(tone, 0.45), opacity=0.7)


@kind("keripik_pouch", "dried_fruit_pouch", width=430, height=560, group=2)
def food_pouch(s: Scene, p: Piece) -> None:
    """Draw a pouch with a window on its contents, some of them before it."""
    w, h = p.vary(340, 390), p.vary(480, 550)
    d = _pouch(s, p, w, h)
    if p.pattern != "plain":
        with s.clipped(d):
            s.path(
                f"M{-w * 0.56} {-h * 0.44}Q0 {-h * p.vary(0.36, 0.54)} {w * 0.56} {-h * 0.44}V20H{-w * 0.56}Z",
                s.cloth(p, scale=p.vary(0.62, 0.85), fore=lighten(p.accent, 0.1), back=darken(p.main, 0.12)),
            )
    label(s, p, 0, -h * 0.62, w * 0.74, h * 0.36, shape=p.pick("arch", "oval", "plate"))
    content = p.pick("#e2a53c", "#d98f35", "#ecc15c")
    win = p.pick(oval(0, -h * 0.25, w * 0.24, h * 0.115), rounded(-w * 0.25, -h * 0.35, w * 0.5, h * 0.21, 40))
    with s.clipped(win):
        s.path(win, darken(content, 0.55))
        for n in range(15):
            with s.at(p.vary(-w * 0.24, w * 0.24), -h * 0.36 + n * h * 0.016, turn=p.vary(-60, 60)):
                tone = mix(content, darken(content, 0.3), p.vary(0, 0.8))
                s.solid(
                    smooth([(-34, 4), (-12, -18), (26, -12), (34, 8), (4, 14)], closed=True), tone, s.flat_shade(1, 1.3)
                )
        s.path(
            win, s.slant((0, WARM_LIGHT, 0.5), (0.3, WARM_LIGHT, 0.05), (0.31, WARM_LIGHT, 0.0), (1, COOL_SHADE, 0.3))
        )
    s.stroke(win, lighten(p.accent, 0.3), 3)
    _pouch_light(s, p, d, w, h)
    _chips(s, p, -s.side * w * 0.3, 32, 6, 78, content)


@kind("coffee_bag", width=380, height=560, group=2)
def coffee_bag(s: Scene, p: Piece) -> None:
    """Draw a side-gusset coffee bag with rolled top, tin tie, valve and a band of pattern."""
    w, h = p.vary(290, 330), p.vary(470, 530)
    half = w / 2
    s.stand(half, h)
    d = f"M{-half:.0f} {-h * 0.88:.0f}L{-half * 1.03:.0f} -8Q0 20 {half * 1.03:.0f} -8L{half:.0f} {-h * 0.88:.0f}Q0 {-h * 0.91:.0f} {-half:.0f} {-h * 0.88:.0f}Z"
    s.path(d, p.main)
    band = f"M{-half * 1.03:.0f} {-h * 0.2:.0f}Q0 {-h * 0.16:.0f} {half * 1.03:.0f} {-h * 0.2:.0f}V-8Q0 20 {-half * 1.03:.0f} -8Z"
    paint = s.cloth(p, scale=p.vary(0.5, 0.7)) if p.pattern != "plain" else p.accent
    s.path(band, paint)
    s.stroke(f"M{-half * 1.02:.0f} {-h * 0.2:.0f}Q0 {-h * 0.16:.0f} {half * 1.02:.0f} {-h * 0.2:.0f}", p.accent, 6)
    label(s, p, 0, -h * 0.47, w * 0.72, h * 0.36, sag=5)
    s.path(oval(0, -h * 0.76, 13, 13), darken(p.main, 0.3))
    s.path(oval(-2, -h * 0.76 - 2, 9, 9), lighten(p.main, 0.3))
    s.path(d, s.round_shade(0.9, 0.75))
    s.path(d, s.down((0, COOL_SHADE, 0.3), (0.12, COOL_SHADE, 0.0), (0.7, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.3)))
    a = s.side
    s.fold((-a * half * 0.62, -h * 0.86), (-a * half * 0.72, -10), 8, 9, strength=0.22)
    s.fold((a * half * 0.7, -h * 0.86), (a * half * 0.8, -14), 6, 8, light=True, strength=0.35)
    s.fold((a * half * 0.95, -h * 0.7), (a * half * 0.2, -h * 0.62), 14, 12, strength=0.16)
    top = poly((-half * 0.99, -h), (half * 0.99, -h), (half * 1.01, -h * 0.87), (-half * 1.01, -h * 0.87))
    s.solid(top, lighten(p.main, 0.1), s.down((0, WARM_LIGHT, 0.3), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.4)))
    for k in (-1, 1):
        s.solid(
            rounded(k * half * 1.0 - 20, -h * 0.955, 40, 17, 4),
            p.accent,
            s.down((0, WARM_LIGHT, 0.5), (1, COOL_SHADE, 0.3)),
        )
    s.solid(
        rounded(-half * 0.99, -h * 0.95, w * 0.99, 12, 4),
        p.accent,
        s.across((0, COOL_SHADE, 0.1), (0.25, WARM_LIGHT, 0.6), (0.5, WARM_LIGHT, 0.0), (1, COOL_SHADE, 0.4)),
    )


# --- boxes ----------------------------------------------------------------------------------------------------------------


def carton(s: Scene, p: Piece, w: float, h: float, depth: float, paint: str) -> None:
    """Draw an upright box seen at its corner: lit face with label, side in shade, top."""
    a = -s.side
    skew = depth * 0.36
    s.stand(w / 2 + depth * 0.3, h, depth=26)
    x0, x1 = -w / 2 - a * depth * 0.35, w / 2 - a * depth * 0.35
    edge = x1 if a > 0 else x0
    side = poly((edge, 0), (edge + a * depth, -skew), (edge + a * depth, -h - skew), (edge, -h))
    s.path(side, p.main)
    if p.pattern != "plain":
        s.path(side, paint)
    s.path(side, darken(p.main, 0.7), opacity=0.5)
    s.path(poly((x0, -h), (x1, -h), (x1 + a * depth, -h - skew), (x0 + a * depth, -h - skew)), lighten(p.main, 0.32))
    front = poly((x0, -h), (x1, -h), (x1, 0), (x0, 0))
    s.path(front, paint)
    middle = (x0 + x1) / 2
    label(s, p, middle, -h * 0.52, w * 0.7, min(h * 0.62, w * 0.86), shape=p.pick("arch", "oval", "plate"))
    s.path(front, s.slant((0, WARM_LIGHT, 0.32), (0.4, WARM_LIGHT, 0.0), (0.41, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.3)))
    s.stroke(f"M{edge:.0f} 0V{-h:.0f}", lighten(p.main, 0.55), 3, opacity=0.8)
    s.stroke(f"M{x0:.0f} {-h:.0f}H{x1:.0f}", lighten(p.main, 0.6), 2.4, opacity=0.8)


@kind("snack_box", width=440, height=500, group=2)
def snack_box(s: Scene, p: Piece) -> None:
    """Draw a carton of snacks."""
    carton(
        s,
        p,
        p.vary(250, 300),
        p.vary(360, 430),
        p.vary(90, 120),
        s.cloth(p, scale=p.vary(0.6, 0.9), fore=mix(p.accent, p.main, 0.2)),
    )


@kind("dodol_box", width=560, height=330)
def dodol_box(s: Scene, p: Piece) -> None:
    """Draw an open flat box of wrapped dodol with its lid leaning behind."""
    w, h, lid = 470.0, 104.0, p.vary(170, 210)
    s.stand(w / 2, 150, depth=48)
    back = poly((-w / 2 + 34, -h - 60), (w / 2 - 34, -h - 60), (w / 2 - 6, -h - 60 - lid), (-w / 2 + 6, -h - 60 - lid))
    s.path(back, s.cloth(p, scale=p.vary(0.6, 0.85)))
    label(s, p, 0, -h - 62 - lid / 2, w * 0.5, lid * 0.74, shape="oval")
    s.path(back, s.slant((0, WARM_LIGHT, 0.3), (0.45, WARM_LIGHT, 0.0), (0.46, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.32)))
    s.path(poly((-w / 2 + 34, -h - 62), (w / 2 - 34, -h - 62), (w / 2, -h), (-w / 2, -h)), darken(p.main, 0.6))
    sweets = ("#7b4a2d", "#b5543d", "#6d7f3b", "#d39a3f", "#8c5a77")
    for row, y in enumerate((-h - 46, -h - 22, -h + 2)):
        for n in range(8):
            x = -w / 2 + 44 + n * 54 + (row % 2) * 14 - 6
            with s.at(x + p.vary(-4, 4), y, turn=p.vary(-14, 14)):
                c = p.pick(*sweets, p.accent)
                s.path("M-34 -9L-22 0L-34 9ZM34 -9L22 0L34 9Z", lighten(c, 0.5))
                s.solid(
                    rounded(-24, -14, 48, 28, 12),
                    c,
                    s.down((0, WARM_LIGHT, 0.65), (0.4, WARM_LIGHT, 0.0), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.5)),
                )
    front = poly((-w / 2, -h), (w / 2, -h), (w / 2 - 8, 6), (-w / 2 + 8, 6))
    s.solid(front, p.main, s.across((0, WARM_LIGHT, 0.26), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.34)))
    s.path(
        poly((-w / 2 + 4, -h * 0.36), (w / 2 - 4, -h * 0.36), (w / 2 - 8, 6), (-w / 2 + 8, 6)),
        s.cloth(p, scale=0.36),
        opacity=0.9,
    )
    s.path(poly((-w / 2, -h), (w / 2, -h), (w / 2 - 1, -h + 8), (-w / 2 + 1, -h + 8)), lighten(p.main, 0.5))


@kind("hamper", width=620, height=470)
def hamper(s: Scene, p: Piece) -> None:
    """Draw a gift basket: goods rising out of woven rattan, a bow on its front."""
    h, top = 190.0, 270.0
    s.stand(235, 240)
    s.path(oval(0, -h, top, top * 0.2), "#4b2f1d")
    bits: list[tuple[float, float, float, str]] = [
        (-150, 120, 210, p.main),
        (-40, 130, 280, p.accent),
        (82, 120, 240, mix(p.main, p.accent, 0.5)),
        (176, 104, 180, darken(p.main, 0.2)),
    ]
    for n, (x, w, tall, c) in enumerate(bits):
        with s.at(x, -h - 4, turn=(x / 22) + p.vary(-3, 3)):
            if n % 2:
                d = turned_path([[(-tall, 20), (-tall * 0.72, 20), (-tall * 0.58, w * 0.36), (30, w * 0.36)]])
                s.path(d, c)
                s.path(turned_path([[(-tall * 0.48, w * 0.36), (-tall * 0.2, w * 0.36)]]), CREAM)
                s.path(d, s.round_shade())
                s.turned([[(-tall - 26, 22), (-tall + 4, 22)]], "#e3b34c")
            else:
                d = poly((-w / 2, -tall), (w / 2, -tall), (w / 2 + 4, 30), (-w / 2 - 4, 30))
                s.path(d, c)
                s.path(oval(0, -tall * 0.55, w * 0.34, tall * 0.2), CREAM)
                s.add(flower(0, -tall * 0.55, w * 0.2, p.accent, "#e9b13b"))
                s.path(d, s.round_shade(0.8, 0.7))
    for turn, x in ((-34, -226), (28, 214), (6, 20)):
        s.add(f'<g transform="translate({x} {-h + 4}) rotate({turn})">{feather(150, "#6c8a52", "#4c6638", 8)}</g>')
    for x in range(-230, 231, 42):
        s.path(
            smooth([(x - 30, -h + 26), (x - 18, -h - 14), (x + 6, -h - 22), (x + 34, -h + 24)], closed=True),
            lighten("#e6cf9c", (x % 5) * 0.12),
        )
    cane = mix("#c08a4c", p.main, 0.1)
    d = turned_path([[(-h, top), (-h * 0.45, 254), (0, 216)]])
    s.path(d, s.tile("weave", cane, lighten(cane, 0.25), scale=0.62))
    s.path(d, s.round_shade())
    for k in range(2):
        s.stroke(
            f"M{-top} {-h + k * 14}Q0 {-h + 106 + k * 14} {top} {-h + k * 14}",
            darken(cane, 0.2) if k else lighten(cane, 0.25),
            14,
        )
    for flip in (1, -1):
        s.solid(
            f"M0 -70C{flip * 34} -150 {flip * 124} -130 {flip * 96} -76C{flip * 74} -46 {flip * 20} -58 0 -70Z",
            p.accent,
            s.flat_shade(0.8, 1.2),
        )
        s.solid(f"M0 -70L{flip * 66} 8L{flip * 34} 14L0 -56Z", darken(p.accent, 0.12), s.flat_shade(0.6))
    s.solid(rounded(-18, -88, 36, 36, 12), darken(p.accent, 0.1), s.ball_shade())
    if p.label:
        with s.at(0, -124):
            s.path(oval(0, 0, 74, 30), CREAM)
            s.add(lettering.block(p.label, 0, 0, 24, ink_on(CREAM, p.main), width=116))


# --- round packs ---------------------------------------------------------------------------------------------------------------


def _lid(s: Scene, y: float, radius: float, height: float, colour: str, *, ribs: bool = True) -> None:
    d = s.turned([[(y - height, radius), (y, radius)]], colour, shade=s.round_shade(1.1, 1.2))
    if ribs:
        with s.clipped(d):
            for n in range(-9, 10):
                x = radius * n / 9.6
                s.stroke(f"M{x:.1f} {y - height}V{y + radius * 0.2:.1f}", darken(colour, 0.4), 1.6, opacity=0.3)
    s.disc(y - height, radius, lighten(colour, 0.22))
    s.disc(y - height, radius * 0.88, s.slant((0, lighten(colour, 0.5)), (1, darken(colour, 0.08))))


def jar(
    s: Scene, p: Piece, *, w: float, h: float, content: str, lid: str, label_share: float = 0.46, clear: float = 0.0
) -> None:
    """Draw a glass jar: content, label around it, glass shine, screw lid."""
    r, neck = w / 2, w / 2 * 0.84
    s.stand(r, h)
    outer = [
        [(-h * 0.86, neck), (-h * 0.8, neck)],
        [(-h * 0.8, neck), (-h * 0.74, r * 0.98), (-h * 0.6, r), (-h * 0.12, r), (-h * 0.03, r * 0.95), (0, r * 0.86)],
    ]
    d = turned_path(outer)
    glass = mix(lighten(s.ground, 0.4), "#dfe9e6", 0.5)
    s.path(d, glass, opacity=0.75)
    fill = turned_path(
        [
            [
                (-h * (0.76 - clear), r * 0.93),
                (-h * 0.6, r * 0.95),
                (-h * 0.12, r * 0.95),
                (-h * 0.03, r * 0.9),
                (-3, r * 0.8),
            ]
        ]
    )
    s.path(fill, content)
    s.path(fill, s.down((0, lighten(content, 0.3), 0.55), (0.3, content, 0.0), (1, darken(content, 0.6), 0.55)))
    s.disc(-h * (0.76 - clear), r * 0.93, lighten(content, 0.28))
    _band(s, p, r + 0.5, -h * 0.62, -h * (0.62 - label_share))
    s.path(d, s.round_shade(0.9, 0.7))
    a = s.side
    s.stroke(
        f"M{a * r * 0.8:.0f} {-h * 0.72:.0f}Q{a * r * 0.9:.0f} {-h * 0.4:.0f} {a * r * 0.84:.0f} {-h * 0.08:.0f}",
        "#fffaf0",
        7,
        opacity=0.6,
    )
    s.stroke(
        f"M{-a * r * 0.88:.0f} {-h * 0.68:.0f}Q{-a * r * 0.93:.0f} {-h * 0.4:.0f} {-a * r * 0.88:.0f} {-h * 0.1:.0f}",
        "#fffaf0",
        3,
        opacity=0.4,
    )
    _lid(s, -h * 0.84, neck * 1.08, h * 0.15, lid)


def _band(s: Scene, p: Piece, r: float, top: float, bottom: float) -> None:
    """Wrap a label around a round body of radius ``r``."""
    sag = r * 0.2
    paper = p.main
    d = turned_path([[(top, r), (bottom, r)]])
    d = f"M{-r:.1f} {top:.1f}A{r:.1f} {sag:.1f} 0 0 0 {r:.1f} {top:.1f}V{bottom:.1f}A{r:.1f} {sag:.1f} 0 0 1 {-r:.1f} {bottom:.1f}Z"
    tall = bottom - top
    s.path(d, paper)
    if p.pattern != "plain":
        s.path(
            f"M{-r:.1f} {bottom - tall * 0.24:.1f}A{r:.1f} {sag:.1f} 0 0 0 {r:.1f} {bottom - tall * 0.24:.1f}V{bottom:.1f}A{r:.1f} {sag:.1f} 0 0 1 {-r:.1f} {bottom:.1f}Z",
            s.cloth(p, scale=0.36),
        )
    for y in (top + 7, bottom - (tall * 0.24 if p.pattern != "plain" else 7)):
        s.stroke(f"M{-r:.1f} {y:.1f}A{r:.1f} {sag:.1f} 0 0 0 {r:.1f} {y:.1f}", p.accent, 4)
    ink = ink_on(paper, p.accent)
    middle = top + tall * (0.4 if p.pattern != "plain" else 0.5) + sag * 0.72
    if tall > 120:
        s.add(flower(0, middle - tall * 0.2, min(tall * 0.12, 22), ink, lighten(paper, 0.3)))
        middle += tall * 0.1
    s.add(lettering.block(p.label, 0, middle, tall * 0.26, ink, width=r * 1.3, sag=r * 0.08))


@kind("sambal_jar", width=300, height=390, group=3)
def sambal_jar(s: Scene, p: Piece) -> None:
    """Draw a jar of sambal, red with seeds, a printed cloth cap or a bright lid."""
    w, h = p.vary(230, 280), p.vary(310, 370)
    red = mix("#b3281a", "#d4572a", p.vary(0, 1))
    jar(s, p, w=w, h=h, content=red, lid=p.pick(p.accent, "#2e2a2a", "#d9a63f"), label_share=p.vary(0.4, 0.5))
    for _ in range(22):
        s.path(
            oval(p.vary(-w * 0.4, w * 0.4), -h * p.vary(0.05, 0.13), 3, 1.7), p.pick("#f4c668", "#7d1a10"), opacity=0.8
        )
    if p.vary(0, 1) < 0.5:
        _cap(s, p, w * 0.43, -h * 0.98, h * 0.2)


def _cap(s: Scene, p: Piece, r: float, y: float, drop: float) -> None:
    """Tie a cloth cap over a lid."""
    frill = [
        (r * k * 1.12, y + drop * (1 + (0.16 if n % 2 else 0.0)) + r * 0.2 * (1 - k * k))
        for n, k in enumerate((-1.08, -0.8, -0.55, -0.25, 0.0, 0.28, 0.55, 0.82, 1.08))
    ]
    d = (
        f"M{-r:.1f} {y:.1f}A{r:.1f} {r * 0.2:.1f} 0 0 1 {r:.1f} {y:.1f}L{frill[-1][0]:.1f} {frill[-1][1]:.1f}"
        + smooth(list(reversed(frill)), start=False)
        + "Z"
    )
    paint = (
        s.cloth(p, scale=0.4) if p.pattern != "plain" else s.tile("check", p.accent, lighten(p.accent, 0.7), scale=0.4)
    )
    s.path(d, paint)
    s.path(d, s.round_shade(1, 0.7))
    for k in (-0.7, -0.35, 0.05, 0.4, 0.75):
        s.fold((r * k, y + drop * 0.5), (r * k * 1.12, y + drop * 1.15), 5, 6, strength=0.3)
    s.stroke(
        f"M{-r * 1.0:.1f} {y + drop * 0.6:.1f}A{r:.1f} {r * 0.2:.1f} 0 0 0 {r:.1f} {y + drop * 0.6:.1f}", "#c69a5b", 5
    )


@kind("honey_jar", width=300, height=380, group=3)
def honey_jar(s: Scene, p: Piece) -> None:
    """Draw a jar of honey or jam that glows from within."""
    w, h = p.vary(240, 280), p.vary(290, 340)
    gold = mix("#d98a1c", "#b9600f", p.vary(0, 1))
    jar(s, p, w=w, h=h, content=gold, lid=p.pick("#e0b455", "#f3e6c8", p.accent), label_share=p.vary(0.36, 0.44))
    s.path(oval(-s.side * w * 0.16, -h * 0.1, w * 0.3, h * 0.07), s.radial((0, "#ffe79a", 0.75), (1, "#ffdf86", 0.0)))
    if p.vary(0, 1) < 0.6:
        _cap(s, p, w * 0.43, -h * 0.98, h * 0.2)


@kind("cookie_jar", width=330, height=400, group=2)
def cookie_jar(s: Scene, p: Piece) -> None:
    """Draw a clear jar of cookies with a coloured lid."""
    w, h = p.vary(270, 310), p.vary(310, 370)
    r = w / 2
    s.stand(r, h)
    d = turned_path([[(-h * 0.84, r * 0.95), (-h * 0.76, r), (-h * 0.04, r), (0, r * 0.93)]])
    s.path(d, mix(lighten(s.ground, 0.55), "#e9efe8", 0.5), opacity=0.85)
    dough = p.pick("#dca95c", "#c98f4a", "#e8c583")
    rows = 8
    for row in range(rows):
        y = -14 - row * h * 0.72 / rows
        for n in range(-2, 3):
            x = n * r * 0.37 + (row % 2) * r * 0.12
            if abs(x) > r * 0.8:
                continue
            c = mix(dough, darken(dough, 0.3), p.vary(0, 0.8))
            with s.at(x, y, turn=p.vary(-20, 20)):
                s.path(oval(0, 5, r * 0.23, r * 0.16), darken(c, 0.5))
                s.solid(oval(0, 0, r * 0.23, r * 0.16), c, s.ball_shade(0.8, 0.8))
                for _ in range(3):
                    s.path(oval(p.vary(-18, 18), p.vary(-9, 9), 3.4, 2.6), "#4a2a1a" if p.label else p.accent)
    _band(s, p, r + 0.5, -h * 0.56, -h * 0.2)
    s.path(d, s.round_shade(0.8, 0.8))
    s.stroke(f"M{s.side * r * 0.83:.0f} {-h * 0.74:.0f}V{-h * 0.06:.0f}", "#fffaf0", 8, opacity=0.6)
    _lid(s, -h * 0.82, r * 1.04, h * 0.16, p.accent, ribs=p.vary(0, 1) < 0.5)


@kind("spice_jars", width=470, height=330)
def spice_jars(s: Scene, p: Piece) -> None:
    """Draw a row of small spice jars in different colours."""
    spices = ["#c6862b", "#a23a1f", "#6f7d3a", "#7a4b2a", "#d8b04a"]
    p.rng.shuffle(spices)
    for n, x in enumerate((-150, 0, 150)):
        with s.at(x, 14 if n == 1 else -14):
            jar(
                s,
                p,
                w=136,
                h=p.vary(220, 250) + (18 if n == 1 else 0),
                content=spices[n],
                lid=p.accent,
                label_share=0.36,
                clear=p.vary(0, 0.08),
            )


@kind("tea_tin", width=310, height=430, group=2)
def tea_tin(s: Scene, p: Piece) -> None:
    """Draw a tea tin with its pattern all around and a pressed lid."""
    r, h = p.vary(115, 140), p.vary(300, 380)
    s.stand(r, h)
    d = turned_path([[(-h * 0.86, r), (0, r)]])
    s.path(d, s.cloth(p, scale=p.vary(0.6, 0.85)))
    label(s, p, 0, -h * 0.4, r * 1.36, h * 0.46, sag=r * 0.1, shape=p.pick("oval", "arch"))
    s.path(d, s.round_shade(1.1, 0.9))
    for y in (-h * 0.83, -8):
        s.stroke(f"M{-r:.1f} {y:.1f}A{r:.1f} {r * 0.2:.1f} 0 0 0 {r:.1f} {y:.1f}", "#e1bb62", 5, opacity=0.9)
    _lid(s, -h * 0.83, r * 1.04, h * 0.17, p.accent, ribs=False)
    s.path(oval(0, -h - 4, r * 0.2, r * 0.06), darken(p.accent, 0.3))
    s.turned([[(-h - 24, 15), (-h - 14, 18), (-h - 2, 13)]], "#d9b055")


@kind("noodle_cup", width=360, height=390, group=2)
def noodle_cup(s: Scene, p: Piece) -> None:
    """Draw a paper cup of noodles, its lid peeled back, noodles lifted over the rim."""
    h, r0, r1 = p.vary(280, 320), 152.0, 108.0
    s.stand(r1, h)
    d = turned_path([[(-h, r0), (0, r1)]])
    s.solid(oval(0, -h - 10, r0 * 0.9, 60), "#efe2c4", s.flat_shade(), transform=f"rotate({-s.side * 6})")
    s.path(d, p.main)
    with s.clipped(d):
        s.path(
            f"M-200 {-h * 0.34:.0f}Q0 {-h * 0.2:.0f} 200 {-h * 0.34:.0f}V80H-200Z",
            s.cloth(p, scale=0.55) if p.pattern != "plain" else p.accent,
        )
    label(s, p, 0, -h * 0.52, 200, h * 0.42, sag=12, shape=p.pick("oval", "band"))
    s.path(d, s.round_shade(1, 0.8))
    s.disc(-h, r0, "#7a4a22")
    for n in range(26):
        x = p.vary(-r0 * 0.78, r0 * 0.6)
        s.stroke(
            f"M{x:.0f} {-h + p.vary(-8, 14):.0f}q{p.vary(10, 50):.0f} {p.vary(-34, -8):.0f} {p.vary(40, 90):.0f} {p.vary(-6, 8):.0f}",
            mix("#e9bd62", "#f7dc96", n / 26),
            8,
        )
        s.stroke(f"M{x + 4:.0f} {-h + p.vary(-6, 8):.0f}q14 -18 34 -6", "#c88f3a", 1.6, opacity=0.7)
    for c in ("#5f8a3f", "#c93f27", "#5f8a3f", "#e38d33", "#c93f27"):
        s.solid(rounded(p.vary(-90, 80), -h + p.vary(-20, 4), 26, 12, 5), c, s.flat_shade())
    s.path(
        f"M{-r0:.0f} {-h}A{r0} {r0 * 0.2:.1f} 0 0 0 {r0:.0f} {-h}",
        "none",
        stroke=lighten(p.main, 0.65),
        stroke_width=9,
        stroke_linecap="round",
    )


@kind("coffee_cup", width=420, height=260, mouth=190)
def coffee_cup(s: Scene, p: Piece) -> None:
    """Draw a cup of coffee on its saucer."""
    r, h = p.vary(118, 134), p.vary(148, 176)
    glaze = p.main
    s.stand(186, 60)
    s.solid(oval(0, -14, 200, 46), darken(glaze, 0.12), s.flat_shade())
    s.solid(oval(0, -20, 196, 43), lighten(glaze, 0.16), s.flat_shade(0.7))
    s.stroke(oval(0, -20, 184, 39), p.accent, 4, opacity=0.9)
    s.path(oval(-s.side * 26, -18, 116, 22), COOL_SHADE, opacity=0.4)
    with s.at(0, -24):
        a = -s.side
        s.stroke(
            f"M{a * r * 0.93:.0f} {-h * 0.8:.0f}C{a * (r + 96):.0f} {-h * 0.95:.0f} {a * (r + 70):.0f} {-h * 0.12:.0f} {a * r * 0.62:.0f} {-h * 0.24:.0f}",
            darken(glaze, 0.28),
            25,
        )
        s.stroke(
            f"M{a * r * 0.93:.0f} {-h * 0.83:.0f}C{a * (r + 92):.0f} {-h * 0.96:.0f} {a * (r + 66):.0f} {-h * 0.16:.0f} {a * r * 0.62:.0f} {-h * 0.27:.0f}",
            lighten(glaze, 0.12),
            14,
        )
        d = turned_path([[(-h, r), (-h * 0.55, r * 0.97), (-h * 0.2, r * 0.72), (0, r * 0.44)]])
        s.path(d, glaze)
        if p.pattern != "plain":
            with s.clipped(d):
                s.path(
                    f"M{-r} {-h * 0.62:.0f}A{r} {r * 0.2:.0f} 0 0 0 {r} {-h * 0.62:.0f}V{-h * 0.24:.0f}A{r} {r * 0.2:.0f} 0 0 1 {-r} {-h * 0.24:.0f}Z",
                    s.cloth(p, scale=0.44),
                )
        s.path(d, s.round_shade(1.1, 1.1))
        s.disc(-h, r, lighten(glaze, 0.5))
        s.disc(-h + 2, r * 0.93, darken(glaze, 0.2))
        s.disc(-h + 5, r * 0.88, s.radial((0, "#8a5a34"), (1, "#34190e"), r=0.6))
        if p.vary(0, 1) < 0.65:
            with s.at(0, -h + 5, scale=1):
                foam = "#ecd3a7"
                s.add(
                    f'<g transform="scale(1 .2)"><path d="{oval(0, 0, r * 0.72, r * 0.72)}" fill="#b37b47"/>{flower(0, 6, r * 0.6, foam, "#fff3da", 8)}</g>'
                )
        s.stroke(
            f"M{-r * 0.6:.0f} {-h - r * 0.15:.1f}A{r:.0f} {r * 0.2:.0f} 0 0 1 {r * 0.6:.0f} {-h - r * 0.15:.1f}",
            "#fffaf0",
            3,
            opacity=0.7,
        )


def bottle(
    s: Scene,
    p: Piece,
    profile: list[list[Point]],
    *,
    fluid: str,
    cap: str,
    cap_size: tuple[float, float],
    band: tuple[float, float, float],
    level: float = 0.0,
) -> None:
    """Draw a glass bottle: fluid, label between two heights at a radius, shine and cap."""
    top = profile[0][0][0]
    r = max(point[1] for run in profile for point in run)
    s.stand(r, -top)
    d = turned_path(profile)
    glass = mix(lighten(s.ground, 0.3), fluid, 0.35)
    s.path(d, glass, opacity=0.85)
    inner = [[(y, radius * 0.93) for y, radius in run if y >= top * level] for run in profile]
    inner = [run for run in inner if len(run) > 1]
    if inner:
        fill = turned_path(inner)
        s.path(fill, fluid)
        s.path(fill, s.down((0, lighten(fluid, 0.4), 0.4), (0.4, fluid, 0.0), (1, darken(fluid, 0.7), 0.5)))
    s.path(d, s.round_shade(0.8, 0.6))
    _band(s, p, band[2] + 0.5, band[0], band[1])
    s.path(
        f"M{-band[2]:.1f} {band[0]:.1f}A{band[2]:.1f} {band[2] * 0.2:.1f} 0 0 0 {band[2]:.1f} {band[0]:.1f}V{band[1]:.1f}A{band[2]:.1f} {band[2] * 0.2:.1f} 0 0 1 {-band[2]:.1f} {band[1]:.1f}Z",
        s.round_shade(0.9, 0.5),
    )
    a = s.side
    s.stroke(f"M{a * band[2] * 0.8:.0f} {band[1] + 14:.0f}V{-16:.0f}", "#fffaf0", 7, opacity=0.55)
    s.stroke(
        f"M{a * band[2] * 0.72:.0f} {band[0] - 14:.0f}L{a * profile[0][0][1] * 0.7:.0f} {top * 0.86:.0f}",
        "#fffaf0",
        6,
        opacity=0.5,
    )
    _lid(s, top + 10, cap_size[0], cap_size[1], cap)


@kind("drink_bottle", width=230, height=560, group=3)
def drink_bottle(s: Scene, p: Piece) -> None:
    """Draw a bottle of a cold drink."""
    h, r = p.vary(440, 500), p.vary(74, 90)
    fluid = p.pick("#c2502b", "#d9962e", "#7f9a42", p.accent)
    neck = (
        [(-h, 30.0), (-h * 0.9, 31.0), (-h * 0.76, r * 0.6), (-h * 0.66, r)]
        if p.vary(0, 1) < 0.6
        else [(-h, 34.0), (-h * 0.88, 36.0), (-h * 0.8, r * 0.9), (-h * 0.72, r)]
    )
    bottle(
        s,
        p,
        [[*neck, (-h * 0.5, r), (-20, r), (0, r * 0.9)]],
        fluid=fluid,
        cap=p.pick(p.accent, "#e8dcc3", "#3a3330"),
        cap_size=(36, 42),
        band=(-h * 0.58, -h * 0.2, r),
        level=0.9,
    )


@kind("syrup_bottle", width=240, height=600, group=2)
def syrup_bottle(s: Scene, p: Piece) -> None:
    """Draw a tall syrup bottle with a shoulder."""
    h, r = p.vary(480, 530), p.vary(78, 92)
    fluid = p.pick("#a51f2d", "#b9431f", "#7d2a4d", "#c98a1e")
    bottle(
        s,
        p,
        [[(-h, 25), (-h * 0.8, 26), (-h * 0.68, r * 0.8), (-h * 0.6, r), (-h * 0.4, r), (-16, r), (0, r * 0.92)]],
        fluid=fluid,
        cap="#d8b35a",
        cap_size=(30, 46),
        band=(-h * 0.5, -h * 0.14, r),
        level=0.84,
    )


@kind("jamu_bottle", width=230, height=470, group=3)
def jamu_bottle(s: Scene, p: Piece) -> None:
    """Draw a squat bottle of jamu, turmeric or tamarind, with a cork or a tied cap."""
    h, r = p.vary(360, 410), p.vary(88, 102)
    fluid = p.pick("#d89a1f", "#8a5327", "#b9792a", "#7f8a35")
    bottle(
        s,
        p,
        [[(-h, 34), (-h * 0.88, 34), (-h * 0.78, r * 0.7), (-h * 0.64, r), (-h * 0.3, r), (-18, r), (0, r * 0.9)]],
        fluid=fluid,
        cap=p.pick("#c59a68", "#b98b58"),
        cap_size=(31, 36),
        band=(-h * 0.58, -h * 0.18, r),
        level=0.86,
    )
    s.stroke(f"M-36 {-h * 0.9:.0f}A36 8 0 0 0 36 {-h * 0.9:.0f}", "#d9c49a", 6)
    s.add(
        f'<g transform="translate({-s.side * 30} {-h * 0.9:.0f}) rotate({-s.side * 130})">{feather(64, "#6c8a52", "#48603a", 5)}</g>'
    )
