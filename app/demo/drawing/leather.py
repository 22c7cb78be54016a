"""Shoes, bags, wallets and belts."""

# Path data reads better unbroken; the chances and counts compared are the drawing itself.
# ruff: noqa: E501, PLR2004

from app.demo.drawing import lettering
from app.demo.drawing.colour import COOL_SHADE, WARM_LIGHT, darken, lighten, mix
from app.demo.drawing.kinds import Draw, kind
from app.demo.drawing.scene import Piece, Scene, grain, metal, oval, poly, rounded, smooth

BRASS = "#d2a552"


def _stitch(s: Scene, d: str, colour: str) -> None:
    s.stroke(d, colour, 2.2, stroke_dasharray="7 5")


def _pair(s: Scene, shoe: Draw, p: Piece) -> None:
    """Set a pair: the far shoe turned away behind, the near one in front."""
    with s.at(46, -74, scale=0.93):
        s.stand(230, 90, depth=26)
        shoe(s, p)
    with s.at(-20, 0):
        s.stand(246, 100, depth=30)
        shoe(s, p)


@kind("leather_shoe", width=580, height=330)
def leather_shoe(s: Scene, p: Piece) -> None:
    """Draw a pair of leather shoes with laces, welt and heel."""
    _pair(s, _derby, p)


def _derby(s: Scene, p: Piece) -> None:
    hide = grain(s, p.main, 0.15)
    sole = p.pick("#2a211d", "#6d4527", "#3b2b22")
    s.solid(
        "M-232 -34L-236 -2Q-236 4 -228 4H-134V-10Q-60 -8 0 -4L236 4Q262 0 256 -22L240 -36Z",
        sole,
        s.down((0, WARM_LIGHT, 0.3), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.4)),
    )
    inside = oval(-150, -184, 86, 22)
    s.path(inside, darken(p.main, 0.62))
    s.path(oval(-150, -178, 70, 15), lighten(p.accent, 0.25), opacity=0.7)
    d = "M-236 -180C-244 -110 -250 -70 -238 -30Q0 -18 250 -24C262 -64 200 -92 130 -98C60 -104 0 -134 -64 -192C-90 -166 -200 -160 -236 -180Z"
    s.path(d, hide)
    s.path(d, s.down((0, WARM_LIGHT, 0.36), (0.3, WARM_LIGHT, 0.0), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.5)))
    cap = "M130 -98C110 -80 104 -50 112 -22H250C262 -64 200 -92 130 -98Z"
    s.path(cap, s.radial((0, WARM_LIGHT, 0.75), (0.4, WARM_LIGHT, 0.12), (1, WARM_LIGHT, 0.0), at=(0.45, 0.2), r=0.6))
    s.stroke("M130 -98C110 -80 104 -50 112 -22", darken(p.main, 0.55), 3)
    _stitch(s, "M122 -96C102 -78 96 -50 104 -24", lighten(p.main, 0.4))
    quarter = "M-64 -192C-90 -166 -130 -162 -150 -164L-120 -30H20C36 -70 50 -90 60 -112C20 -122 -20 -150 -64 -192Z"
    s.path(quarter, hide)
    s.path(quarter, s.slant((0, WARM_LIGHT, 0.4), (0.4, WARM_LIGHT, 0.0), (1, COOL_SHADE, 0.36)))
    s.stroke("M20 -30C36 -70 50 -90 60 -112M-150 -164L-120 -30", darken(p.main, 0.55), 3)
    _stitch(s, "M12 -32C28 -70 40 -88 50 -110M-142 -162L-112 -32", lighten(p.main, 0.4))
    for n in range(4):
        x, y = 34 - n * 27, -124 - n * 17
        s.stroke(f"M{x} {y}L{x - 22} {y + 30}", "#efe3c8" if n % 2 else lighten(p.accent, 0.3), 6)
        s.path(oval(x - 22, y + 30, 4, 4), metal(s, BRASS))
    s.stroke("M-70 -190C-100 -230 -130 -190 -96 -176M-70 -190C-50 -240 -10 -214 -40 -182", lighten(p.accent, 0.3), 5)
    s.stroke("M-226 -120C-200 -110 -190 -60 -196 -32", lighten(p.main, 0.6), 4, opacity=0.4)
    _stitch(s, "M-232 -32Q0 -20 246 -28", lighten(sole, 0.6))


@kind("sneaker", width=580, height=330)
def sneaker(s: Scene, p: Piece) -> None:
    """Draw a pair of sneakers with thick soles."""
    _pair(s, _sneaker, p)


def _sneaker(s: Scene, p: Piece) -> None:
    white = "#f4ecdc"
    s.path(oval(-150, -190, 84, 24), darken(p.main, 0.6))
    d = "M-240 -200C-224 -140 -250 -90 -240 -44H240C268 -86 210 -112 140 -122C80 -132 10 -160 -50 -216C-60 -186 -80 -176 -120 -172S-220 -170 -240 -200Z"
    s.path(d, p.main)
    side = "M-100 -172L-120 -50H60L96 -128C50 -140 0 -168 -50 -216C-60 -186 -80 -176 -100 -172Z"
    s.path(side, s.cloth(p, scale=0.5) if p.pattern != "plain" else lighten(p.main, 0.14))
    s.path(d, s.down((0, WARM_LIGHT, 0.36), (0.35, WARM_LIGHT, 0.0), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.4)))
    s.solid("M-150 -60C-90 -70 -20 -96 30 -150L56 -138C20 -90 -40 -58 -110 -50Z", p.accent, s.flat_shade())
    s.solid("M150 -120C110 -100 110 -70 124 -44H242C268 -86 212 -110 150 -120Z", white, s.flat_shade(1.2))
    s.solid("M-240 -196C-224 -140 -250 -90 -240 -44H-180C-196 -100 -190 -140 -206 -176Z", p.accent, s.flat_shade(1.2))
    for n in range(5):
        x, y = 62 - n * 25, -140 - n * 15
        s.stroke(f"M{x} {y}L{x - 16} {y + 28}", white, 8)
        s.stroke(f"M{x + 2} {y + 4}L{x - 12} {y + 30}", darken(white, 0.3), 1.6, opacity=0.6)
    s.solid("M-62 -214C-70 -250 -40 -262 -26 -240L-18 -190Z", lighten(p.main, 0.2), s.flat_shade())
    sole = "M-246 -52H246Q276 -30 254 2Q240 10 -220 8Q-262 6 -246 -52Z"
    s.solid(sole, white, s.down((0, WARM_LIGHT, 0.3), (0.4, COOL_SHADE, 0.05), (1, COOL_SHADE, 0.42)))
    s.stroke("M-248 -22Q0 -14 264 -22", p.accent, 6)
    s.stroke("M-246 -50H248", darken(white, 0.4), 2.4, opacity=0.6)


@kind("boot", width=560, height=470)
def boot(s: Scene, p: Piece) -> None:
    """Draw a pair of laced boots."""
    _pair(s, _boot, p)


def _boot(s: Scene, p: Piece) -> None:
    hide = grain(s, p.main, 0.2)
    s.solid(
        "M-220 -40V6H-110V-12L-20 4H224Q252 0 240 -40Z", "#2b221d", s.down((0, WARM_LIGHT, 0.25), (1, COOL_SHADE, 0.4))
    )
    s.path(oval(-116, -376, 98, 24), darken(p.main, 0.62))
    d = "M-214 -376C-204 -260 -226 -140 -220 -36H238C258 -90 200 -124 120 -134C60 -142 10 -180 -18 -376C-60 -346 -180 -346 -214 -376Z"
    s.path(d, hide)
    s.path(d, s.round_shade(0.9, 0.8))
    s.path(d, s.down((0, WARM_LIGHT, 0.16), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.4)))
    s.path(
        "M110 -134C92 -110 90 -70 100 -36H238C258 -90 196 -124 110 -134Z",
        s.radial((0, WARM_LIGHT, 0.6), (1, WARM_LIGHT, 0.0), at=(0.45, 0.2), r=0.6),
    )
    s.stroke(
        "M110 -134C92 -110 90 -70 100 -36M-210 -150C-150 -130 -140 -80 -140 -38M-50 -350L-40 -150Q-30 -90 10 -40",
        darken(p.main, 0.55),
        3,
    )
    _stitch(s, "M-60 -350L-50 -150Q-40 -90 0 -40M102 -134C84 -110 82 -70 92 -38", lighten(p.main, 0.45))
    for n in range(7):
        y = -340 + n * 30
        x = -16 + n * n * 2.2
        s.stroke(f"M{x:.0f} {y}L{x - 34:.0f} {y + 22}", lighten(p.accent, 0.35), 6)
        s.path(oval(x - 36, y + 24, 4.5, 4.5), metal(s, BRASS))
    s.solid(rounded(-222, -396, 28, 66, 12), p.accent, s.flat_shade())
    s.fold((-190, -210), (-40, -190), 24, 16, strength=0.32)
    s.fold((-200, -180), (-50, -160), 26, 12, light=True, strength=0.3)
    s.fold((40, -140), (80, -60), -18, 13, strength=0.3)
    _stitch(s, "M-216 -40H232", lighten(p.accent, 0.4))


@kind("sandal", width=520, height=640, stage="flat")
def sandal(s: Scene, p: Piece) -> None:
    """Lay out a pair of sandals seen from above."""
    paint = s.cloth(p, scale=0.5) if p.pattern != "plain" else grain(s, p.main, 0.2)
    kindly = p.pick(0, 1)
    for flip in (1, -1):
        with s.at(flip * 118, -flip * 22, turn=flip * 7, flip=flip < 0):
            d = smooth(
                [
                    (-20, -270),
                    (60, -250),
                    (92, -150),
                    (70, 0),
                    (72, 130),
                    (58, 240),
                    (0, 276),
                    (-58, 240),
                    (-66, 120),
                    (-70, 0),
                    (-88, -130),
                    (-76, -230),
                ],
                closed=True,
            )
            s.lie(d, lift=15)
            s.path(d, darken(p.main, 0.5), transform="translate(0 9)")
            s.path(d, mix("#c99a63", p.main, 0.15))
            s.path(d, s.flat_shade(1, 0.8))
            _stitch(
                s,
                smooth(
                    [
                        (-20, -254),
                        (50, -236),
                        (78, -150),
                        (56, 0),
                        (58, 130),
                        (46, 230),
                        (0, 260),
                        (-46, 230),
                        (-52, 120),
                        (-56, 0),
                        (-74, -130),
                        (-62, -220),
                    ],
                    closed=True,
                ),
                "#f2e0bd",
            )
            s.path(oval(0, 160, 40, 66), darken("#c99a63", 0.2), opacity=0.35)
            straps = (
                ("M-92 -120Q0 -200 96 -110L88 -44Q0 -124 -84 -50Z", "M-72 46Q0 -20 74 50L72 96Q0 30 -70 92Z")
                if kindly
                else (
                    "M-96 -20C-60 -120 -20 -150 0 -196C16 -150 60 -110 84 -20L66 30C50 -60 16 -90 0 -110C-16 -90 -50 -60 -72 30Z",
                )
            )
            for strap in straps:
                s.path(strap, COOL_SHADE, opacity=0.4, transform="translate(0 12)")
                s.path(strap, paint)
                s.path(strap, s.round_shade(0.9, 1))
                s.stroke(strap, darken(p.main, 0.4), 2, opacity=0.6)
            if kindly:
                s.path(rounded(58, -110, 34, 44, 6), metal(s, BRASS))
                s.path(rounded(65, -102, 20, 28, 4), p.main)


def _handle(s: Scene, d: str, colour: str, width: float) -> None:
    s.stroke(d, darken(colour, 0.5), width + 3)
    s.stroke(d, colour, width)
    s.stroke(d, lighten(colour, 0.5), width * 0.22, opacity=0.55)


@kind("handbag", width=520, height=520)
def handbag(s: Scene, p: Piece) -> None:
    """Draw a handbag with two handles, flap or open top, metal fittings."""
    s.stand(220, 300, depth=40)
    wide, high = p.vary(190, 215), p.vary(270, 310)
    hide = grain(s, p.main, 0.2)
    arc = f"M-96 {-high + 10}C-100 {-high - 200} 100 {-high - 200} 96 {-high + 10}"
    with s.at(16, -16):
        _handle(s, arc, darken(p.accent, 0.25), 15)
    d = f"M{-wide + 30:.0f} {-high:.0f}Q0 {-high - 16:.0f} {wide - 30:.0f} {-high:.0f}C{wide:.0f} {-high * 0.7:.0f} {wide + 26:.0f} {-high * 0.3:.0f} {wide + 14:.0f} -26Q{wide + 8:.0f} 0 {wide - 20:.0f} 2Q0 16 {-wide + 20:.0f} 2Q{-wide - 8:.0f} 0 {-wide - 14:.0f} -26C{-wide - 26:.0f} {-high * 0.3:.0f} {-wide:.0f} {-high * 0.7:.0f} {-wide + 30:.0f} {-high:.0f}Z"
    s.path(d, hide)
    style = p.pick(0, 1, 2)
    panel = f"M{-wide - 30} {-high * 0.42:.0f}Q0 {-high * 0.34:.0f} {wide + 30} {-high * 0.42:.0f}V40H{-wide - 30}Z"
    with s.clipped(d):
        s.path(panel, s.cloth(p, scale=0.7) if style != 1 and p.pattern != "plain" else darken(p.main, 0.14))
        s.stroke(f"M{-wide - 30} {-high * 0.42:.0f}Q0 {-high * 0.34:.0f} {wide + 30} {-high * 0.42:.0f}", p.accent, 7)
    s.path(d, s.round_shade(0.9, 0.7))
    s.path(d, s.down((0, WARM_LIGHT, 0.2), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.36)))
    _stitch(
        s,
        f"M{-wide + 40:.0f} {-high + 12:.0f}Q0 {-high - 4:.0f} {wide - 40:.0f} {-high + 12:.0f}",
        lighten(p.main, 0.5),
    )
    if style == 1:
        flap = f"M{-wide + 26:.0f} {-high - 2:.0f}Q0 {-high - 20:.0f} {wide - 26:.0f} {-high - 2:.0f}L{wide - 14:.0f} {-high * 0.6:.0f}C{wide * 0.6:.0f} {-high * 0.34:.0f} {-wide * 0.6:.0f} {-high * 0.34:.0f} {-wide + 14:.0f} {-high * 0.6:.0f}Z"
        s.path(flap, COOL_SHADE, opacity=0.4, transform="translate(0 9)")
        s.path(flap, s.cloth(p, scale=0.7) if p.pattern != "plain" else hide)
        s.path(flap, s.flat_shade(0.8, 1.2))
    s.path(rounded(-24, -high * 0.5, 48, 38, 8), metal(s, BRASS))
    s.path(rounded(-8, -high * 0.5 + 11, 16, 16, 8), darken(BRASS, 0.5))
    _handle(s, arc, p.accent, 17)
    for x in (-97, 97):
        s.solid(rounded(x - 17, -high - 6, 34, 60, 9), p.accent, s.flat_shade())
        s.path(oval(x, -high + 36, 6, 6), metal(s, BRASS))


@kind("sling_bag", width=480, height=560, stage="wall")
def sling_bag(s: Scene, p: Piece) -> None:
    """Hang a sling bag by its long strap from a peg."""
    s.solid(oval(0, -330, 24, 24), "#8b5e35", s.ball_shade())
    strap = "M-8 -336C-90 -240 -168 -60 -166 40M8 -336C90 -240 168 -60 166 40"
    s.shadow(
        "M-16 -330C-90 -240 -170 -60 -166 40L-150 40C-150 -60 -80 -220 0 -320C80 -220 150 -60 150 40L166 40C170 -60 90 -240 16 -330Z",
        opacity=0.3,
        blur=8,
    )
    _handle(s, strap, p.accent, 15)
    d = rounded(-190, 6, 380, 262, p.vary(40, 110))
    s.lie(d, lift=18)
    hide = grain(s, p.main, 0.2)
    s.path(d, hide)
    s.path(d, s.round_shade(0.8, 0.6))
    drop = p.vary(150, 190)
    flap = f"M-194 20Q-194 -2 -160 -2H160Q194 -2 194 20L188 {drop - 60:.0f}Q180 {drop:.0f} 110 {drop:.0f}H-110Q-180 {drop:.0f} -188 {drop - 60:.0f}Z"
    s.path(flap, COOL_SHADE, opacity=0.45, transform="translate(0 12)")
    s.path(flap, s.cloth(p, scale=0.7) if p.pattern != "plain" else hide)
    s.path(flap, s.flat_shade(0.8, 1.1))
    s.stroke(flap, p.accent, 6)
    s.solid(rounded(-26, drop - 46, 52, 84, 14), p.accent, s.flat_shade())
    s.path(rounded(-16, drop + 2, 32, 26, 6), metal(s, BRASS))
    _stitch(s, f"M-176 {drop + 20:.0f}V210Q-176 254 -130 254H130Q176 254 176 210V{drop + 20:.0f}", lighten(p.main, 0.5))
    for x in (-166, 166):
        s.path(rounded(x - 16, 26, 32, 38, 9), metal(s, BRASS))
    s.path(d, s.down((0, COOL_SHADE, 0.0), (0.6, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.35)))


@kind("backpack", width=440, height=560)
def backpack(s: Scene, p: Piece) -> None:
    """Draw a backpack with a front pocket, flap straps and top loop."""
    s.stand(190, 430, depth=36)
    for flip in (1, -1):
        _handle(s, f"M{flip * 150} -380C{flip * 236} -330 {flip * 236} -120 {flip * 178} -40", darken(p.main, 0.25), 24)
    _handle(s, "M-40 -500C-40 -556 40 -556 40 -500", p.accent, 14)
    d = "M-160 -330C-164 -470 -90 -510 0 -510S164 -470 160 -330L184 -50Q186 4 130 6Q0 18 -130 6Q-186 4 -184 -50Z"
    s.path(d, p.main)
    flap = (
        "M-162 -330C-168 -474 -90 -512 0 -512S168 -474 162 -330Q160 -262 90 -256Q0 -240 -90 -256Q-160 -262 -162 -330Z"
    )
    s.path(d, s.round_shade(0.9, 0.6))
    s.path(flap, COOL_SHADE, opacity=0.4, transform="translate(0 12)")
    s.path(flap, s.cloth(p, scale=0.75) if p.pattern != "plain" else lighten(p.main, 0.1))
    s.path(flap, s.round_shade(0.8, 0.6))
    pocket = rounded(-132, -196, 264, 172, 34)
    s.path(pocket, COOL_SHADE, opacity=0.3, transform="translate(0 7)")
    s.solid(pocket, lighten(p.main, 0.07), s.flat_shade(0.9))
    s.stroke("M-116 -160H116", darken(p.main, 0.5), 9)
    s.stroke("M-116 -160H116", "#d6cba8", 4, stroke_dasharray="3 4", stroke_linecap="butt")
    _stitch(s, rounded(-122, -186, 244, 152, 28), lighten(p.main, 0.5))
    s.path(rounded(-56, -120, 112, 56, 8), p.accent)
    s.add(lettering.block(p.label, 0, -92, 26, lighten(p.main, 0.7), width=94))
    for x in (-84, 84):
        s.solid(rounded(x - 14, -300, 28, 120, 6), p.accent, s.flat_shade())
        s.path(rounded(x - 20, -238, 40, 34, 6), metal(s, BRASS))
    s.path(d, s.down((0, COOL_SHADE, 0.0), (0.6, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.38)))


@kind("duffel", width=640, height=420)
def duffel(s: Scene, p: Piece) -> None:
    """Draw a travel bag with round ends and two handles."""
    s.stand(280, 240, depth=46)
    with s.at(0, -16):
        _handle(s, "M-120 -220C-110 -420 110 -420 120 -220", darken(p.accent, 0.3), 16)
    d = "M-250 -250C-140 -284 140 -284 250 -250C300 -230 312 -30 270 0Q0 24 -270 0C-312 -30 -300 -230 -250 -250Z"
    s.path(d, s.cloth(p, scale=0.8))
    with s.clipped(d):
        s.path("M-330 -80Q0 -50 330 -80V60H-330Z", grain(s, darken(p.accent, 0.15), 0.25))
        for flip in (1, -1):
            s.path(
                f"M{flip * 330} -280H{flip * 236}Q{flip * 266} -130 {flip * 226} 40H{flip * 330}Z",
                grain(s, darken(p.accent, 0.15), 0.25),
            )
        _stitch(s, "M-330 -88Q0 -58 330 -88", lighten(p.accent, 0.5))
    s.path(d, s.round_shade(0.9, 0.5))
    s.path(d, s.down((0, WARM_LIGHT, 0.34), (0.3, WARM_LIGHT, 0.0), (0.4, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.5)))
    s.stroke("M-236 -254Q0 -284 236 -254", darken(p.main, 0.6), 12)
    s.stroke("M-236 -254Q0 -284 236 -254", "#d6cba8", 5, stroke_dasharray="3 4", stroke_linecap="butt")
    for x in (-120, 120):
        s.solid(rounded(x - 17, -240, 34, 244, 4), p.accent, s.flat_shade(0.8))
        s.path(rounded(x - 23, -170, 46, 34, 6), metal(s, BRASS))
    _handle(s, "M-120 -210C-110 -392 110 -392 120 -210", p.accent, 18)
    s.solid(rounded(-46, -366, 92, 34, 12), darken(p.accent, 0.25), s.flat_shade())


@kind("wallet", width=560, height=380)
def wallet(s: Scene, p: Piece) -> None:
    """Draw a wallet standing half open, another lying before it."""
    hide = grain(s, p.main, 0.22)
    s.stand(230, 220, depth=50)
    left = poly((-240, -270), (10, -304), (10, -24), (-240, -2))
    right = poly((10, -304), (230, -262), (230, 4), (10, -24))
    for n, c in enumerate(("#f1e6cc", lighten(p.accent, 0.3))):
        s.path(poly((-214 + n * 20, -296 - n * 16), (4, -322 - n * 8), (4, -60), (-214, -40)), c)
    s.solid(left, hide, s.slant((0, WARM_LIGHT, 0.4), (0.5, WARM_LIGHT, 0.0), (1, COOL_SHADE, 0.3)))
    s.path(right, s.cloth(p, scale=0.55) if p.pattern != "plain" else hide)
    s.path(right, s.across((0, COOL_SHADE, 0.34), (1, COOL_SHADE, 0.14)))
    s.stroke("M10 -304V-24", darken(p.main, 0.6), 7)
    _stitch(s, "M-228 -258L0 -290M-228 -14L0 -34M-228 -258V-14", lighten(p.main, 0.55))
    _stitch(s, "M22 -288L218 -250V-8L22 -36", lighten(p.main, 0.55))
    strap = poly((-110, -168), (-250, -150), (-262, -124), (-250, -100), (-110, -114))
    s.solid(strap, p.accent, s.flat_shade())
    s.path(oval(-228, -125, 13, 13), metal(s, BRASS))
    with s.at(110, 44, turn=-4):
        s.shadow(rounded(-150, -70, 300, 84, 12), opacity=0.5, blur=8)
        s.solid(poly((-140, -64), (120, -64), (156, 6), (-170, 6)), hide, s.flat_shade(0.7, 1.3))
        s.solid(poly((-170, 6), (156, 6), (154, 24), (-168, 24)), darken(p.main, 0.35))
        _stitch(s, poly((-132, -56), (114, -56), (140, -2), (-154, -2)), lighten(p.main, 0.55))
        s.path(rounded(-40, -44, 84, 30, 4), p.accent)


@kind("belt", width=600, height=340)
def belt(s: Scene, p: Piece) -> None:
    """Draw a coiled belt with its buckle in front."""
    hide = grain(s, p.main, 0.2)
    s.stand(200, 120, depth=60)
    for rx, y, c in ((200, -30, 0.3), (150, -26, 0.4), (96, -22, 0.5)):
        ry, tall = rx * 0.3, 92
        s.path(f"M{-rx} {y - tall}a{rx} {ry} 0 0 1 {2 * rx} 0v{tall}a{rx} {ry} 0 0 0 {-2 * rx} 0Z", darken(p.main, c))
        s.path(oval(0, y - tall, rx, ry), darken(p.main, 0.75))
        ring = f"M{-rx} {y - tall}A{rx} {ry} 0 0 0 {rx} {y - tall}V{y}A{rx} {ry} 0 0 1 {-rx} {y}Z"
        s.path(
            oval(0, y - tall, rx, ry) + oval(0, y - tall + 2, rx - 9, ry - 6), darken(p.main, 0.1), fill_rule="evenodd"
        )
        if rx == 200:
            front = ring
    s.path(oval(0, -122, 146, 42) + oval(0, -120, 138, 37), p.main, fill_rule="evenodd")
    s.path(oval(0, -120, 92, 26) + oval(0, -118, 84, 22), p.main, fill_rule="evenodd")
    s.path(front, s.cloth(p, scale=0.5) if p.pattern != "plain" else hide)
    s.path(front, s.round_shade(1, 0.9))
    for y in (-110, -42):
        _stitch(s, f"M-196 {y}A200 60 0 0 0 196 {y}", lighten(p.main, 0.5))
    tail = "M60 30C160 40 230 26 290 -2L294 -70C230 -44 160 -40 90 -46Z"
    s.solid(tail, hide, s.flat_shade())
    for n in range(4):
        s.path(oval(150 + n * 32, -2 - n * 7, 5, 7), darken(p.main, 0.7))
    s.path(rounded(4, -66, 108, 116, 16) + rounded(24, -46, 68, 76, 8), metal(s, BRASS), fill_rule="evenodd")
    s.stroke("M14 -8H98", darken(BRASS, 0.3), 11)
    s.stroke("M14 -10H98", lighten(BRASS, 0.5), 5)


@kind("key_fob", width=420, height=640, stage="flat")
def key_fob(s: Scene, p: Piece) -> None:
    """Lay out a leather key fob with ring and key."""
    hide = grain(s, p.main, 0.22)
    ring = oval(0, -200, 84, 84) + oval(0, -200, 68, 68)
    s.lie(ring, lift=8)
    with s.at(54, -140, turn=-32):
        keyed = oval(0, 40, 46, 46) + oval(0, 26, 16, 16) + "M-13 84V250H13V226H52V202H34V184H52V160H13V84Z"
        s.lie(keyed, lift=8)
        s.path(keyed, metal(s, "#c9b27a"), fill_rule="evenodd")
    tab = p.pick("M-62 -130H62L92 120Q96 262 0 276Q-96 262 -92 120Z", "M-70 -130H70V220L0 280L-70 220Z")
    with s.at(-30, 0, turn=9):
        s.lie(tab, lift=12)
        s.path(tab, darken(p.main, 0.5), transform="translate(0 7)")
        s.path(tab, hide)
        s.path(tab, s.flat_shade(1, 1.2))
        _stitch(s, "M-52 -110L-70 120Q-70 240 0 254Q70 240 70 120L52 -110", lighten(p.main, 0.55))
        s.path(oval(0, 96, 54, 54), s.cloth(p, scale=0.4) if p.pattern != "plain" else p.accent)
        s.path(oval(0, 96, 54, 54), s.flat_shade(0.6))
        s.stroke(oval(0, 96, 54, 54), darken(p.main, 0.5), 3)
        s.add(lettering.block(p.label, 0, 194, 24, lighten(p.main, 0.6), width=104))
        s.solid(rounded(-40, -216, 80, 100, 22), hide, s.flat_shade(1, 1.3))
        s.path(oval(0, -140, 10, 10), metal(s, BRASS))
    s.path(ring, metal(s, "#d8d2c4"), fill_rule="evenodd", opacity=0.98)
