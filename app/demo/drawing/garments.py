"""Clothes: on a hanger against the wall, on a stand, or laid out flat."""

# Path data reads better unbroken; the chances and counts compared are the drawing itself.
# ruff: noqa: E501, PLR2004

from app.demo.drawing import lettering
from app.demo.drawing.colour import COOL_SHADE, WARM_LIGHT, darken, ink_on, lighten, mix
from app.demo.drawing.kinds import kind
from app.demo.drawing.patterns import flower
from app.demo.drawing.scene import Piece, Point, Scene, grain, metal, oval, poly, rounded


def mirror(points: list[Point]) -> list[Point]:
    """Give a half outline and its mirror image: from the first point down the right, up the left."""
    return [*points, *((-x, y) for x, y in reversed(points))]


def outline(points: list[Point]) -> str:
    """Give the closed straight-edged outline with slightly eased corners of a half outline and its mirror."""
    whole = mirror(points)
    d = f"M{whole[0][0]:.0f} {whole[0][1]:.0f}"
    for (x0, y0), (x1, y1) in zip(whole, [*whole[1:], whole[0]], strict=True):
        bend = 0.03
        d += f"Q{(x0 + x1) / 2 - (y1 - y0) * bend:.0f} {(y0 + y1) / 2 + (x1 - x0) * bend:.0f} {x1:.0f} {y1:.0f}"
    return d + "Z"


def hanger(s: Scene, y: float, half: float) -> None:
    """Hang a wooden hanger on a rail above ``y``, arms reaching ``half`` to each side."""
    s.shadow(f"M-600 {y - 150}H600V{y - 138}H-600Z", opacity=0.3, blur=8)
    s.solid(
        rounded(-600, y - 172, 1200, 15, 7),
        "#b98a5a",
        s.down((0, WARM_LIGHT, 0.6), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.55)),
    )
    s.stroke(
        f"M0 {y - 34}V{y - 66}C0 {y - 92} 34 {y - 88} 34 {y - 120}C34 {y - 170} -30 {y - 176} -30 {y - 140}",
        "#6f665e",
        7,
    )
    s.stroke(
        f"M-2 {y - 34}V{y - 66}C-2 {y - 92} 32 {y - 90} 32 {y - 120}C32 {y - 166} -26 {y - 172} -29 {y - 146}",
        "#c9c1b6",
        2.4,
    )
    s.solid(
        f"M0 {y - 48}C{half * 0.3} {y - 40} {half * 0.8} {y - 4} {half} {y + 14}L{half - 12} {y + 34}L0 {y}L{-half + 12} {y + 34}L{-half} {y + 14}C{-half * 0.8} {y - 4} {-half * 0.3} {y - 40} 0 {y - 48}Z",
        "#a8743f",
        s.flat_shade(),
    )


def cloth_light(s: Scene, d: str, *, depth: float = 1.0) -> None:
    """Lay the light of soft cloth over a shape."""
    s.path(d, s.round_shade(0.62 * depth, 0.4))
    s.path(d, s.down((0, WARM_LIGHT, 0.1), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.24 * depth)))


def buttons(s: Scene, x: float, top: float, bottom: float, count: int, colour: str) -> None:
    """Sew a row of buttons."""
    for n in range(count):
        y = top + (bottom - top) * n / max(1, count - 1)
        s.path(oval(x + 1.5, y + 2.5, 7, 7), COOL_SHADE, opacity=0.35)
        s.solid(oval(x, y, 7, 7), colour, s.ball_shade(0.8, 0.8))
        s.path(oval(x - 2, y, 1.2, 1.2) + oval(x + 2, y, 1.2, 1.2), darken(colour, 0.6))


def drapes(s: Scene, p: Piece, top: float, bottom: float, half_top: float, half_bottom: float, count: int) -> None:
    """Let folds fall from ``top`` to ``bottom``."""
    for n in range(count):
        k = (n + 0.5) / count * 2 - 1 + p.vary(-0.05, 0.05)
        start = top + (bottom - top) * p.vary(0.0, 0.25)
        s.fold((half_top * k, start), (half_bottom * k * 0.97, bottom - 3), -k * 20, 13 + p.vary(0, 12), strength=0.24)
        s.fold(
            (half_top * k + 12, start + 26),
            (half_bottom * k * 0.97 + 14, bottom - 6),
            -k * 20,
            9,
            light=True,
            strength=0.22,
        )


def _top(
    s: Scene,
    p: Piece,
    *,
    body: list[Point],
    sleeve: list[Point],
    paint: str,
    sleeve_paint: str = "",
    hem_folds: int = 5,
) -> str:
    """Draw a body with two sleeves; give the body's outline."""
    sleeve_paint = sleeve_paint or paint
    for flip in (1, -1):
        d = "M" + "L".join(f"{flip * x:.0f} {y:.0f}" for x, y in sleeve) + "Z"
        s.lie(d)
        s.path(
            d,
            sleeve_paint,
            stroke=sleeve_paint if sleeve_paint.startswith("#") else "none",
            stroke_width=6,
            stroke_linejoin="round",
        )
        s.path(d, s.flat_shade(0.9 if flip == s.side else 1.3, 1.0 if flip == s.side else 0.2))
        (x0, y0), (x1, y1) = sleeve[0], sleeve[2]
        s.fold((flip * (x0 - 4), y0 + 44), (flip * (x1 - 14), y1 - 40), flip * 14, 12, strength=0.28)
        s.fold((flip * (x0 - 26), y0 + 90), (flip * (x1 - 40), y1 - 24), flip * 10, 10, strength=0.2)
    d = outline(body)
    s.lie(d)
    s.path(d, paint)
    cloth_light(s, d)
    armpit, hem = body[2], body[-1]
    for flip in (1, -1):
        s.fold(
            (flip * armpit[0] * 0.98, armpit[1] + 8),
            (flip * armpit[0] * 0.5, armpit[1] + 96),
            flip * -16,
            17,
            strength=0.28,
        )
        s.fold(
            (flip * armpit[0] * 0.96, armpit[1] + 40), (flip * hem[0] * 0.72, hem[1] - 60), flip * -10, 15, strength=0.2
        )
    drapes(s, p, armpit[1] + 120, hem[1], armpit[0] * 0.72, hem[0] * 0.9, hem_folds)
    return d


def _neck(s: Scene, p: Piece, width: float, depth: float, y: float, rib: str) -> None:
    """Open a round neck with its ribbing and the inside of the back."""
    inside = f"M{-width} {y}Q0 {y - 12} {width} {y}Q{width * 0.8} {y + depth} 0 {y + depth}Q{-width * 0.8} {y + depth} {-width} {y}Z"
    s.path(inside, darken(p.main, 0.45))
    s.path(f"M{-width} {y}Q0 {y - 12} {width} {y}Q0 {y + 26} {-width} {y}Z", darken(p.main, 0.25))
    s.path(rounded(-14, y + 8, 28, 15, 2), lighten(p.accent, 0.5))
    s.stroke(f"M{-width} {y}Q{-width * 0.8} {y + depth} 0 {y + depth}Q{width * 0.8} {y + depth} {width} {y}", rib, 13)
    s.stroke(
        f"M{-width + 6} {y + 6}Q{-width * 0.72} {y + depth - 8} 0 {y + depth - 8}Q{width * 0.72} {y + depth - 8} {width - 6} {y + 6}",
        darken(rib, 0.3),
        1.6,
        opacity=0.6,
    )


@kind("tshirt", width=620, height=700, stage="flat")
def tshirt(s: Scene, p: Piece) -> None:
    """Draw a T-shirt laid flat with a print of its own."""
    long = p.vary(270, 310)
    body = [(62.0, -300.0), (170.0, -272.0), (178.0, -120.0), (182.0, long)]
    sleeve = [(160.0, -276.0), (206.0, -248.0), (296.0, -84.0), (216.0, -40.0), (174.0, -130.0)]
    _top(s, p, body=body, sleeve=sleeve, paint=p.main, hem_folds=4)
    _neck(s, p, 66, 48, -302, darken(p.main, 0.12))
    ink = ink_on(p.main, p.accent)
    with s.at(0, -40):
        how = p.pick(0, 1, 2)
        if how == 0:
            s.path(oval(0, 0, 96, 96), s.cloth(p, scale=0.6, fore=p.main, back=ink) if p.pattern != "plain" else ink)
            s.add(lettering.block(p.label, 0, 128, 30, ink, width=230))
        elif how == 1:
            s.add(flower(0, -24, 74, ink, lighten(p.accent, 0.4), 10))
            s.add(lettering.block(p.label, 0, 92, 44, ink, width=240, sag=10))
        else:
            for n in range(5):
                s.path(rounded(-110 + n * 14, -60 + n * 15, 220 - n * 28, 8, 4), ink)
            s.add(lettering.block(p.label, 0, -100, 46, ink, width=240))
    for flip in (1, -1):
        s.stroke(f"M{flip * 290} -88L{flip * 218} -50", darken(p.main, 0.3), 2, stroke_dasharray="6 4", opacity=0.5)
    s.stroke(f"M-176 {long - 12}H176", darken(p.main, 0.3), 2, stroke_dasharray="6 4", opacity=0.5)


def _collar(s: Scene, colour: str, y: float, spread: float) -> None:
    s.path(f"M-56 {y}Q0 {y - 26} 56 {y}L0 {y + 60}Z", darken(colour, 0.5))
    for flip in (1, -1):
        s.solid(
            poly((flip * 58, y - 8), (flip * 8, y + 62), (flip * spread, y + 74), (flip * 86, y + 14)),
            lighten(colour, 0.06),
            s.flat_shade(),
        )
        s.fold((flip * 58, y - 6), (flip * 10, y + 60), flip * 4, 5, strength=0.3)


@kind("shirt", width=660, height=800, stage="wall")
def shirt(s: Scene, p: Piece) -> None:
    """Draw a patterned shirt on a hanger."""
    hanger(s, -288, 170)
    long, short = p.vary(280, 330), p.vary(0, 1) < 0.5
    paint = s.cloth(p, scale=p.vary(0.6, 0.95), turn=p.pick(0, 0, 90))
    body = [(56.0, -300.0), (176.0, -266.0), (180.0, -110.0), (188.0, long)]
    sleeve = (
        [(164.0, -270.0), (210.0, -240.0), (284.0, -60.0), (206.0, -26.0), (174.0, -120.0)]
        if short
        else [(164.0, -270.0), (212.0, -240.0), (292.0, 200.0), (216.0, 226.0), (174.0, -120.0)]
    )
    _top(s, p, body=body, sleeve=sleeve, paint=paint, hem_folds=4)
    s.path(rounded(-15, -240, 30, long + 240, 3), paint)
    s.stroke(f"M15 -236V{long}", darken(p.main, 0.5), 2.4, opacity=0.55)
    s.stroke(f"M-15 -236V{long}", lighten(p.main, 0.4), 2, opacity=0.5)
    _collar(s, p.main if p.pattern != "plain" else p.accent, -306, 40)
    buttons(s, 0, -214, long - 50, 6, lighten(p.accent, 0.55))
    s.solid("M62 -150h84v84l-42 22l-42 -22Z", paint, s.flat_shade(0.5))
    s.stroke("M62 -138H146M62 -150h84v84l-42 22l-42 -22Z", darken(p.main, 0.45), 2, opacity=0.6)


@kind("koko_shirt", width=660, height=820, stage="wall")
def koko_shirt(s: Scene, p: Piece) -> None:
    """Draw a koko shirt: standing collar, embroidered placket, long sleeves with a band."""
    hanger(s, -288, 170)
    long = p.vary(310, 350)
    body = [(50.0, -304.0), (174.0, -266.0), (178.0, -110.0), (186.0, long)]
    sleeve = [(162.0, -270.0), (210.0, -240.0), (290.0, 210.0), (214.0, 236.0), (172.0, -120.0)]
    _top(s, p, body=body, sleeve=sleeve, paint=p.main, hem_folds=4)
    trim = s.cloth(p, scale=0.4) if p.pattern != "plain" else p.accent
    for flip in (1, -1):
        s.solid(poly((flip * 286, 184), (flip * 290, 210), (flip * 214, 236), (flip * 208, 208)), trim)
        s.solid(
            poly((flip * 30, -270), (flip * 62, -270), (flip * 62, 60), (flip * 46, 84), (flip * 30, 60)),
            trim,
            s.flat_shade(0.5),
            stroke=p.accent,
            stroke_width=2,
        )
    s.solid(poly((-30, -290), (30, -290), (30, 76), (-30, 76)), lighten(p.main, 0.08), s.flat_shade(0.4))
    s.stroke("M30 -280V76H-30V-280", darken(p.main, 0.4), 2, opacity=0.5)
    s.path("M-52 -308Q0 -330 52 -308L30 -270Q0 -254 -30 -270Z", darken(p.main, 0.5))
    for flip in (1, -1):
        s.solid(
            f"M{flip * 54} -320C{flip * 62} -290 {flip * 40} -262 0 -254L0 -282C{flip * 24} -286 {flip * 38} -300 {flip * 40} -324Z",
            trim,
            s.flat_shade(0.6),
        )
    buttons(s, 0, -232, 44, 5, p.accent)


@kind("dress", width=560, height=860, stage="wall")
def dress(s: Scene, p: Piece) -> None:
    """Draw a long dress with a fitted waist and falling skirt."""
    hanger(s, -318, 130)
    flare, long = p.vary(210, 260), p.vary(370, 400)
    paint = s.cloth(p, scale=p.vary(0.65, 1.0))
    top = p.main if p.vary(0, 1) < 0.5 else paint
    waist = p.vary(-60, -30)
    skirt = f"M-92 {waist}C-130 {waist + 120} {-flare} {long - 160} {-flare - 14} {long}Q{-flare * 0.6} {long + 26} {-flare * 0.3} {long + 6}T{flare * 0.32} {long + 8}T{flare + 14} {long}C{flare} {long - 160} 130 {waist + 120} 92 {waist}Z"
    s.lie(skirt)
    s.path(skirt, paint)
    cloth_light(s, skirt)
    drapes(s, p, waist + 6, long, 80, flare, 6)
    if p.vary(0, 1) < 0.5:
        s.stroke(
            f"M{-flare - 6} {long - 36}Q{-flare * 0.6} {long - 10} {-flare * 0.3} {long - 30}T{flare * 0.32} {long - 28}T{flare + 6} {long - 36}",
            p.accent,
            14,
            opacity=0.85,
        )
    body = [(50.0, -330.0), (128.0, -300.0), (116.0, -180.0), (92.0, waist)]
    sleeve = [(122.0, -302.0), (156.0, -270.0), (216.0, -20.0), (152.0, 0.0), (114.0, -180.0)]
    _top(s, p, body=body, sleeve=sleeve, paint=top, hem_folds=2)
    _neck(s, p, 54, p.vary(40, 64), -332, p.accent)
    s.solid(f"M-96 {waist - 16}Q0 {waist + 2} 96 {waist - 16}V{waist + 14}Q0 {waist + 32} -96 {waist + 14}Z", p.accent)
    s.solid(
        f"M20 {waist + 8}C70 {waist + 60} 50 {waist + 150} 66 {waist + 190}L34 {waist + 196}C30 {waist + 120} 34 {waist + 60} 12 {waist + 16}Z",
        p.accent,
        s.flat_shade(1.1),
    )


def _jacket(s: Scene, p: Piece, paint: str, seam: str, *, dash: str) -> None:
    """Draw the body, sleeves and fronts common to both jackets."""
    hanger(s, -288, 180)
    body = [(60.0, -304.0), (190.0, -262.0), (192.0, -110.0), (184.0, 210.0)]
    sleeve = [(176.0, -268.0), (230.0, -236.0), (306.0, 226.0), (226.0, 250.0), (186.0, -112.0)]
    _top(s, p, body=body, sleeve=sleeve, paint=paint, hem_folds=2)
    s.path("M-56 -304Q0 -330 56 -304L16 -150H-16Z", darken(p.accent, 0.15))
    s.path("M-56 -304Q0 -330 56 -304Q0 -272 -56 -304Z", lighten(p.accent, 0.1))
    for flip in (1, -1):
        hem = poly((flip * 2, 206), (flip * 186, 206), (flip * 180, 256), (flip * 2, 256))
        s.solid(hem, paint)
        s.solid(poly((flip * 302, 200), (flip * 308, 250), (flip * 226, 274), (flip * 220, 226)), paint)
        for d in (
            f"M{flip * 178} -256Q{flip * 168} -160 {flip * 190} -108",
            f"M{flip * 6} 212H{flip * 182}",
            f"M{flip * 298} 206L{flip * 224} 230",
        ):
            s.stroke(d, seam, 2.4, stroke_dasharray=dash)
    s.stroke("M0 -150V256", darken(p.main, 0.6), 4)


@kind("jacket_denim", width=700, height=760, stage="wall")
def jacket_denim(s: Scene, p: Piece) -> None:
    """Draw a denim jacket: twill, yellow seams, flap pockets, metal buttons."""
    twill = s.define(
        f'<pattern id="@" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(-32)"><rect width="9" height="9" fill="{p.main}"/>'
        f'<path d="M0 2H9M0 6.5H9" stroke="{lighten(p.main, 0.3)}" stroke-width="1.3" opacity=".55"/><path d="M0 4.4H9" stroke="{darken(p.main, 0.4)}" stroke-width=".8" opacity=".5"/></pattern>'
    )
    seam = mix("#dc9f3f", p.accent, 0.25)
    _jacket(s, p, twill, seam, dash="9 5")
    s.stroke(
        "M-176 -158H-22M176 -158H22M-62 -158L-44 206M62 -158L44 206M-120 -158L-92 206M120 -158L92 206M-12 -140V250M12 -140V250",
        seam,
        2.2,
        stroke_dasharray="9 5",
    )
    for flip in (1, -1):
        for n in range(4):
            s.path(
                oval(flip * p.vary(60, 150), -40 + n * 60, 26, 40),
                s.radial((0, lighten(p.main, 0.6), 0.35), (1, lighten(p.main, 0.6), 0.0)),
            )
        s.path(
            poly((flip * 44, -156), (flip * 142, -156), (flip * 142, -118), (flip * 93, -100), (flip * 44, -118)),
            COOL_SHADE,
            opacity=0.35,
            transform="translate(0 6)",
        )
        s.solid(
            poly((flip * 44, -158), (flip * 142, -158), (flip * 142, -122), (flip * 93, -104), (flip * 44, -122)),
            twill,
            s.flat_shade(),
            stroke=seam,
            stroke_width=2.4,
            stroke_dasharray="9 5",
        )
        s.solid(oval(flip * 93, -124, 9, 9), "#c98f4c", s.ball_shade())
        s.solid(
            poly((flip * 70, -328), (flip * 6, -296), (flip * 62, -226), (flip * 112, -286)),
            twill,
            s.flat_shade(),
            stroke=seam,
            stroke_width=2,
            stroke_dasharray="9 5",
        )
    for n in range(6):
        s.solid(oval(0, -130 + n * 72, 10, 10), "#c98f4c", s.ball_shade())


@kind("jacket_leather", width=700, height=760, stage="wall")
def jacket_leather(s: Scene, p: Piece) -> None:
    """Draw a leather jacket: slanting zip, lapels, sheen along the folds."""
    hide = grain(s, p.main, 0.18)
    _jacket(s, p, hide, darken(p.main, 0.5), dash="none")
    for x0, y0, x1, y1, bend in (
        (-150, -220, -120, 60, 20),
        (150, -200, 110, 100, -24),
        (-280, 120, -230, -120, 12),
        (284, 130, 226, -150, -12),
        (-100, 190, -40, -60, 16),
    ):
        s.fold((x0, y0), (x1, y1), bend, 17, light=True, strength=0.32)
        s.fold((x0 + 22, y0), (x1 + 20, y1), bend, 14, strength=0.3)
    s.stroke("M44 -170L-26 254", "#3a3634", 13)
    s.stroke("M44 -170L-26 254", "#d6cfc2", 6, stroke_dasharray="3 4", stroke_linecap="butt")
    s.path(rounded(38, -172, 15, 36, 6), metal(s, "#cfc6b5"))
    for flip in (1, -1):
        s.path(
            poly((flip * 60, -320), (flip * 18, -180), (flip * 96, -134), (flip * 120, -270)),
            COOL_SHADE,
            opacity=0.4,
            transform="translate(0 8)",
        )
        s.solid(
            poly(
                (flip * 60, -322),
                (flip * 14, -186),
                (flip * 96, -142),
                (flip * 84, -206),
                (flip * 124, -214),
                (flip * 122, -276),
            ),
            hide,
            s.flat_shade(0.8, 1.5),
        )
        s.stroke(f"M{flip * 84} -206L{flip * 60} -240", darken(p.main, 0.5), 3)
        s.stroke(f"M{flip * 90} 60L{flip * 146} 130", "#3a3634", 10)
        s.stroke(f"M{flip * 90} 60L{flip * 146} 130", "#d6cfc2", 4, stroke_dasharray="3 4", stroke_linecap="butt")
    s.solid(rounded(-184, 212, 368, 36, 5), darken(p.main, 0.12), s.flat_shade(1, 1.4))
    s.path(rounded(-22, 208, 52, 44, 6), metal(s, "#cfc6b5"))
    s.path(rounded(-10, 218, 28, 24, 3), darken(p.main, 0.3))


@kind("kids_outfit", width=560, height=780, stage="flat")
def kids_outfit(s: Scene, p: Piece) -> None:
    """Lay out a child's shirt and shorts."""
    paint = s.cloth(p, scale=0.7)
    shorts = "M-128 60Q0 46 128 60L172 300Q120 322 44 312L0 190L-44 312Q-120 322 -172 300Z"
    s.lie(shorts)
    s.path(shorts, paint)
    cloth_light(s, shorts)
    s.fold((0, 100), (0, 196), 6, 12, strength=0.35)
    for k in (-1, 1):
        s.fold((k * 100, 90), (k * 136, 300), -k * 14, 18, strength=0.25)
        s.stroke(f"M{k * 44} 298Q{k * 116} 312 {k * 168} 288", lighten(p.accent, 0.4), 7)
    body = [(48.0, -330.0), (130.0, -306.0), (136.0, -190.0), (146.0, 60.0)]
    sleeve = [(122.0, -310.0), (158.0, -288.0), (232.0, -160.0), (168.0, -118.0), (132.0, -198.0)]
    _top(s, p, body=body, sleeve=sleeve, paint=lighten(p.main, 0.2), hem_folds=3)
    _neck(s, p, 50, 38, -332, p.accent)
    s.add(flower(0, -130, 54, p.accent, lighten(p.main, 0.6), 12))
    s.add(lettering.block(p.label, 0, -40, 26, ink_on(lighten(p.main, 0.2), p.accent), width=160))


@kind("socks", width=440, height=640, stage="flat")
def socks(s: Scene, p: Piece) -> None:
    """Lay out a pair of patterned socks."""
    for x, y, turn in ((66, -20, 10), (-66, 16, -5)):
        with s.at(x, y, turn=turn):
            d = "M-70 -280H70V60C72 110 150 150 168 190C186 236 140 262 96 250C20 230 -66 190 -72 110Z"
            s.lie(d)
            s.path(d, s.cloth(p, scale=0.62, turn=p.pick(0, 90)))
            s.path("M-70 -280H70V-216H-70Z", p.accent)
            with s.clipped(d):
                s.path("M96 120C130 130 190 180 190 230V280H80C110 240 120 180 96 120Z", p.accent)
                s.path(oval(-70, 130, 66, 64), p.accent)
                for n in range(11):
                    s.stroke(f"M{-64 + n * 13} -278V-220", darken(p.accent, 0.4), 2, opacity=0.5)
            cloth_light(s, d, depth=1.2)
            s.fold((-50, 60), (40, 130), 10, 16, strength=0.28)


@kind("hat", width=560, height=340)
def hat(s: Scene, p: Piece) -> None:
    """Draw a woven hat with a patterned band."""
    straw = mix("#d9b779", p.main, 0.25)
    paint = s.tile("weave", straw, lighten(straw, 0.2), scale=0.34)
    s.stand(250, 110, depth=54)
    brim = "M-264 -26C-240 -84 240 -84 264 -26C250 40 -250 40 -264 -26Z"
    s.path(brim, darken(straw, 0.3), transform="translate(0 6)")
    s.path(brim, paint)
    s.path(brim, s.round_shade(0.9, 0.7))
    high = p.vary(190, 220)
    s.path(oval(-s.side * 30, -26, 170, 40), COOL_SHADE, opacity=0.34)
    crown = f"M-146 -36C-146 -110 -136 {-high} -84 {-high - 6}C-40 {-high - 10} -30 {-high + 16} 0 {-high + 16}S40 {-high - 10} 84 {-high - 6}C136 {-high} 146 -110 146 -36Q0 16 -146 -36Z"
    s.path(crown, paint)
    band = "M-147 -80Q0 -34 147 -80L146 -36Q0 16 -146 -36Z"
    s.path(band, s.cloth(p, scale=0.4) if p.pattern != "plain" else p.accent)
    s.path(crown, s.round_shade(1.1, 0.9))
    s.fold((-70, -high + 4), (70, -high + 4), 26, 18, strength=0.3)


@kind("hijab", width=470, height=640)
def hijab(s: Scene, p: Piece) -> None:
    """Draw a hijab on a plain wooden stand without a face."""
    s.stand(150, 420, depth=34)
    s.turned([[(-90, 26), (-30, 30)], [(-26, 120), (-8, 136), (0, 136)]], "#a87748")
    paint = s.cloth(p, scale=p.vary(0.6, 0.9), turn=12)
    back = "M-128 -470C-190 -380 -170 -260 -212 -170Q-120 -110 0 -96Q120 -110 212 -170C170 -260 190 -380 128 -470Z"
    s.path(back, p.main)
    s.path(back, darken(p.main, 0.6), opacity=0.4)
    head = "M0 -628C-104 -628 -150 -548 -144 -462C-140 -400 -120 -352 -84 -318Q0 -272 84 -318C120 -352 140 -400 144 -462C150 -548 104 -628 0 -628Z"
    s.path(head, paint)
    cloth_light(s, head, depth=1.2)
    face = "M0 -566C-66 -566 -88 -510 -84 -458C-80 -404 -44 -356 0 -356S80 -404 84 -458C88 -510 66 -566 0 -566Z"
    s.solid(face, "#caa27a", s.flat_shade(1.4, 0.5))
    s.path(face, s.down((0, COOL_SHADE, 0.5), (0.3, COOL_SHADE, 0.0)))
    s.stroke(face, darken(p.main, 0.2), 7)
    front = "M-132 -420C-110 -360 -60 -330 0 -334S110 -360 132 -420C176 -320 196 -230 214 -160C150 -90 60 -54 -10 -54S-170 -90 -214 -160C-196 -230 -176 -320 -132 -420Z"
    s.path(front, paint)
    cloth_light(s, front, depth=1.2)
    for k, bend in ((-0.8, 40), (-0.45, 26), (0.1, -10), (0.5, -30)):
        s.fold((-130 + 60 * (k + 0.8), -400), (190 * k, -90), bend, 22, strength=0.28)
        s.fold((-110 + 60 * (k + 0.8), -390), (190 * k + 24, -94), bend, 13, light=True, strength=0.32)
    over = "M-124 -440C-60 -340 60 -300 148 -300C190 -260 170 -220 130 -230C20 -250 -90 -320 -134 -400Z"
    s.path(over, COOL_SHADE, opacity=0.3, transform="translate(0 9)")
    s.path(over, paint)
    s.path(over, s.flat_shade(0.9, 1.1))
    s.fold((-110, -410), (120, -262), -34, 13, strength=0.26)
    s.solid(oval(126, -274, 11, 11), "#e2bd66", s.ball_shade())


@kind("scarf", width=520, height=700, stage="wall")
def scarf(s: Scene, p: Piece) -> None:
    """Hang a scarf over a peg in two falls with fringes."""
    s.solid(rounded(-330, -330, 660, 34, 8), "#a9794a", s.down((0, WARM_LIGHT, 0.4), (1, COOL_SHADE, 0.5)))
    paint = s.cloth(p, scale=p.vary(0.6, 0.9), turn=p.pick(0, 90))
    for n, (d, end, x0, x1) in enumerate(
        (
            (
                "M10 -300C60 -330 130 -290 140 -200C150 -60 176 120 190 250L26 262C20 100 -10 -120 10 -300Z",
                256,
                26,
                190,
            ),
            (
                "M30 -306C-40 -340 -130 -300 -140 -200C-150 -20 -180 180 -190 310L4 326C20 160 60 -120 30 -306Z",
                318,
                -190,
                4,
            ),
        )
    ):
        s.lie(d, lift=10 + 5 * n)
        for k in range(17):
            x = x0 + (x1 - x0) * (k + 0.5) / 17
            s.stroke(
                f"M{x:.0f} {end - 6}q{p.vary(-7, 7):.0f} 22 {p.vary(-5, 5):.0f} {p.vary(40, 54):.0f}",
                mix(p.accent, p.main, k % 3 * 0.3),
                5,
            )
        s.path(d, paint)
        with s.clipped(d):
            s.path(f"M-260 {end - 74}H260V{end - 56}H-260ZM-260 {end - 44}H260V{end - 36}H-260Z", p.accent)
        s.path(d, s.round_shade(0.9, 0.6))
        for share in (0.25, 0.55, 0.8):
            high, low = (x0 + x1) / 2 * 0.7 - 50 + 110 * share, x0 + (x1 - x0) * share
            s.fold((high, -270), (low, end - 8), 16, 20, strength=0.26)
            s.fold((high + 22, -262), (low + 22, end - 8), 16, 12, light=True, strength=0.3)
    s.solid(oval(16, -316, 24, 24), "#8b5e35", s.ball_shade())
