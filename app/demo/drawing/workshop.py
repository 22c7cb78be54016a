"""The maker's picture: her workshop behind a streamline window of the 1930s, her goods on the shelves, herself at the bench."""

# Path data reads better unbroken; the chances and counts compared are the drawing itself.
# ruff: noqa: E501, PLR2004

import random

from app.demo.drawing.colour import COOL_SHADE, WARM_LIGHT, darken, lighten, mix
from app.demo.drawing.kinds import REGISTER
from app.demo.drawing.scene import Piece, Scene, grain, oval, poly, rounded, smooth, wood

WIDTH, HEIGHT = 1600, 900
_BENCH = 690

_SHELVES: dict[str, tuple[str, ...]] = {
    "food": ("sambal_jar", "keripik_pouch", "honey_jar", "snack_box", "cookie_jar", "spice_jars"),
    "drink": ("coffee_bag", "tea_tin", "drink_bottle", "coffee_cup", "syrup_bottle", "jamu_bottle"),
    "fashion": ("folded_cloth", "hat", "hijab", "folded_cloth", "snack_box", "cushion"),
    "footwear": ("leather_shoe", "boot", "sneaker", "snack_box", "leather_shoe", "boot"),
    "bags": ("handbag", "backpack", "duffel", "wallet", "belt", "handbag"),
    "textiles": ("folded_cloth", "cushion", "folded_cloth", "rattan_basket", "folded_cloth", "cushion"),
    "craft": ("wayang_golek", "rattan_basket", "bamboo_lamp", "wood_bowl", "angklung", "ceramic_vase"),
    "home": ("ceramic_vase", "candle", "plant_pot", "bamboo_lamp", "ceramic_bowl", "diffuser"),
    "beauty": ("cream_jar", "essential_oil", "soap_bar", "hair_oil", "jamu_bottle", "diffuser"),
    "jewellery": ("necklace", "earrings", "bracelet", "snack_box", "necklace", "earrings"),
    "toys": ("plush_toy", "toy_car", "building_blocks", "plush_toy", "snack_box", "toy_car"),
    "stationery": ("snack_box", "rattan_basket", "tea_tin", "snack_box", "wood_board", "folded_cloth"),
}
TRADES = frozenset(_SHELVES)


def compose_workshop(*, ground: str, side: int, seed: str, trade: str) -> Scene:
    """Set the workshop in a scene of 1600 by 900 units; the window is on the side of the light."""
    dice = random.Random(f"{seed}/workshop")  # noqa: S311 - dice for looks, not for secrets
    scene = Scene(WIDTH, HEIGHT, ground, side)
    tones = [
        mix(ground, "#a83a22", 0.62),
        mix(ground, "#17604f", 0.62),
        mix(ground, "#2e3c74", 0.6),
        mix(ground, "#e9b13b", 0.7),
        mix(ground, "#7a4a2b", 0.6),
    ]
    wall = scene.across((0, lighten(ground, 0.5)), (0.5, ground), (1, darken(ground, 0.22)))
    scene.soft.append(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{wall}"/>')
    window_x = 440 if side < 0 else WIDTH - 440
    with scene.at(window_x, 0, flip=side > 0):
        _window(scene, dice)
    goods = list(_SHELVES[trade])
    dice.shuffle(goods)
    shelf_x = WIDTH - 370 if side < 0 else 370
    for row, y in enumerate((270, 480)):
        _shelf(scene, shelf_x, y, 620)
        for place, name in enumerate(goods[row * 3 : row * 3 + 3]):
            _good(scene, name, shelf_x - 205 + place * 205, y, 150, 172, dice, tones)
    figure_x = WIDTH * 0.5 - side * dice.uniform(-40, 40)
    with scene.at(figure_x, _BENCH + 14, flip=side > 0):
        _maker(scene, dice, tones)
    _bench(scene)
    for k, name in zip((-0.31, 0.29), dice.sample(goods, 2), strict=True):
        _pool(scene, WIDTH * (0.5 + side * k), _BENCH + 54)
        _good(scene, name, WIDTH * (0.5 + side * k), _BENCH + 52, 230, 200, dice, tones)
    _work(scene, WIDTH * 0.5, trade, dice, tones)
    _pool(scene, WIDTH * 0.5 + side * 700, _BENCH + 72)
    with scene.at(WIDTH * 0.5 + side * 700, _BENCH + 70, scale=0.62):
        REGISTER["ceramic_vase"].draw(scene, Piece(tones[0], tones[3], "plain", "", random.Random(seed)))  # noqa: S311
    return scene


def _good(
    scene: Scene, name: str, x: float, y: float, width: float, height: float, dice: random.Random, tones: list[str]
) -> None:
    kind = REGISTER[name]
    main, accent = dice.sample(tones, 2)
    pattern = dice.choice(("kawung", "leaf", "plain", "petal", "dots", "megastripe"))
    with scene.at(x, y, scale=min(width / kind.width, height / kind.height)):
        kind.draw(scene, Piece(main, lighten(accent, 0.35), pattern, "", random.Random(dice.random())))  # noqa: S311


def _pool(scene: Scene, x: float, y: float) -> None:
    """Lay a soft shadow on the bench, which hides the soft layer."""
    shade = scene.radial((0, COOL_SHADE, 0.62), (0.5, COOL_SHADE, 0.3), (1, COOL_SHADE, 0.0))
    scene.path(oval(x - scene.side * 26, y, 132, 24), shade)


def _window(scene: Scene, dice: random.Random) -> None:
    """Draw the window: one rounded corner, thin parallel lines, hills and a tree outside."""
    frame = "M-330 620V130H150Q330 130 330 310V620Z"
    scene.shadow(frame, opacity=0.3, blur=16)
    scene.path(frame, scene.down((0, "#bcd3d6"), (0.6, "#eadfc4"), (1, "#f4e6c6")))
    with scene.clipped(frame):
        peak = dice.uniform(-60, 60)
        scene.path(
            smooth([(-360, 520), (-200, 440), (peak - 90, 372), (peak + 70, 366), (190, 430), (360, 470)])
            + "V700H-360Z",
            "#9db3ad",
        )
        scene.path(smooth([(-360, 540), (-160, 500), (60, 522), (220, 480), (360, 520)]) + "V700H-360Z", "#86a07f")
        for x, tall in ((-250, 150), (210, 190), (90, 110)):
            scene.stroke(f"M{x} 640V{560 - tall * 0.2:.0f}", "#5f5140", 12)
            for dx, dy, r in ((0, -tall, 64), (-44, -tall * 0.72, 50), (46, -tall * 0.7, 54)):
                scene.solid(oval(x + dx, 600 + dy, r, r * 0.84), "#66845a", scene.ball_shade(0.7, 0.5))
        house = "M-60 640V500H120Q170 500 170 550V640Z"
        scene.solid(house, "#efe2c6", scene.flat_shade(0.7))
        for y in (518, 530, 542):
            scene.stroke(f"M-60 {y}H{130 + (y - 518)}", "#b76a4a", 3)
        for x in (-36, 14, 64):
            scene.path(rounded(x, 566, 34, 40, 4), "#7d9a9b")
        scene.path(frame, scene.slant((0, "#ffffff", 0.4), (0.4, "#ffffff", 0.0), (1, COOL_SHADE, 0.12)))
    timber = "#f0e6d0"
    for d in ("M-110 130V620", "M110 130V620", "M-330 300H328"):
        scene.stroke(d, darken(timber, 0.3), 15, stroke_linecap="butt")
        scene.stroke(d, timber, 10, stroke_linecap="butt")
    scene.path(frame, "none", stroke=darken(timber, 0.3), stroke_width=27)
    scene.path(frame, "none", stroke=timber, stroke_width=20)
    for n in range(3):
        m = 30 + n * 16
        scene.stroke(
            f"M{-330 - m} {130 - m}H150Q{330 + m} {130 - m} {330 + m} 310V620",
            darken(scene.ground, 0.2),
            4,
            opacity=0.6,
        )
    sill = rounded(-370, 614, 740, 26, 5)
    scene.solid(sill, timber, scene.down((0, WARM_LIGHT, 0.3), (1, COOL_SHADE, 0.4)))


def _shelf(scene: Scene, x: float, y: float, width: float) -> None:
    board = rounded(x - width / 2, y, width, 20, 4)
    scene.shadow(rounded(x - width / 2 - scene.side * 20, y + 22, width, 34, 4), opacity=0.4, blur=10)
    for k in (-0.4, 0.4):
        scene.path(
            poly(
                (x + width * k - 8, y + 18),
                (x + width * k + 8, y + 18),
                (x + width * k + 8, y + 62),
                (x + width * k - 2, y + 62),
            ),
            "#6f4a2c",
        )
    scene.path(board, wood(scene, "#a9764a"))
    scene.path(board, scene.down((0, WARM_LIGHT, 0.4), (0.3, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.5)))


def _bench(scene: Scene) -> None:
    top = poly((-20, _BENCH), (WIDTH + 20, _BENCH), (WIDTH + 20, _BENCH + 120), (-20, _BENCH + 120))
    scene.path(top, wood(scene, "#b98753"))
    scene.path(
        top, scene.across((0, WARM_LIGHT, 0.45), (0.5, WARM_LIGHT, 0.0), (0.5, COOL_SHADE, 0.0), (1, COOL_SHADE, 0.34))
    )
    scene.path(top, scene.down((0, COOL_SHADE, 0.34), (0.3, COOL_SHADE, 0.0)))
    front = poly((-20, _BENCH + 120), (WIDTH + 20, _BENCH + 120), (WIDTH + 20, HEIGHT + 20), (-20, HEIGHT + 20))
    scene.path(front, wood(scene, "#8a5c38"))
    scene.path(front, scene.down((0, COOL_SHADE, 0.6), (0.3, COOL_SHADE, 0.15), (1, COOL_SHADE, 0.5)))
    scene.stroke(f"M-20 {_BENCH + 120}H{WIDTH + 20}", "#e0b98a", 4, opacity=0.7)


def _maker(scene: Scene, dice: random.Random, tones: list[str]) -> None:
    """Draw the maker bent over her work, half turned to the window, without features."""
    skin = dice.choice(("#b9835a", "#a87148", "#c8946a"))
    shirt, apron = dice.sample(tones, 2)
    veiled = dice.random() < 0.5
    cover = mix(shirt, apron, 0.5)
    scene.shadow("M-150 0C-170 -250 -90 -330 0 -330S190 -250 170 0Z", opacity=0.3, blur=18)
    scene.solid(rounded(-28, -372, 60, 80, 20), darken(skin, 0.2), scene.round_shade())
    body = "M-158 10C-168 -120 -160 -240 -104 -284C-60 -312 60 -312 106 -284C164 -240 176 -120 168 10Z"
    scene.path(body, shirt)
    scene.path(body, scene.round_shade(0.9, 0.5))
    bib = "M-76 10L-84 -190Q0 -168 86 -190L92 10Z"
    scene.path(bib, scene.tile("kawung", lighten(apron, 0.3), apron, scale=0.5))
    scene.path(bib, scene.round_shade(0.8, 0.4))
    scene.stroke("M-82 -188C-66 -250 -40 -280 -26 -296M84 -188C70 -250 48 -280 32 -296", apron, 15)
    with scene.at(-6, -398, turn=-9):
        if veiled:
            drape = "M-84 20C-104 84 -148 118 -166 166Q-110 216 -20 226Q110 226 178 164C150 116 112 90 98 16Z"
            scene.path(drape, COOL_SHADE, opacity=0.3, transform="translate(0 8)")
            scene.solid(drape, cover, scene.round_shade(0.9, 0.5))
            for k in (-90, -20, 60):
                scene.fold((k * 0.5, 70), (k * 1.3, 216), -k * 0.2, 14, strength=0.24)
            scene.solid(
                "M-88 60C-100 0 -98 -104 0 -112C104 -104 108 10 98 66Q50 112 4 110Q-56 112 -88 60Z",
                cover,
                scene.round_shade(0.8, 0.6),
            )
            scene.solid(
                "M-66 -6C-70 -62 -30 -74 -2 -74C30 -74 50 -52 48 -2C46 46 18 66 -10 66C-42 66 -62 40 -66 -6Z",
                skin,
                scene.round_shade(0.8, 0.6),
            )
            scene.fold((-80, 56), (92, 62), 44, 13, strength=0.3)
            scene.fold((60, -80), (92, 80), -14, 14, strength=0.25)
        else:
            scene.solid(oval(8, -28, 84, 88), "#2a1d1a", scene.ball_shade(0.8, 0.35))
            scene.solid(oval(72, -72, 38, 36), "#2a1d1a", scene.ball_shade(0.8, 0.4))
            scene.solid(
                "M-68 -20C-62 -60 -20 -64 44 -52C52 -10 44 40 6 66C-36 74 -66 40 -68 -20Z",
                skin,
                scene.round_shade(0.8, 0.6),
            )
            scene.path("M-72 -18C-70 -92 40 -112 70 -40C30 -66 -30 -62 -72 -18Z", "#2a1d1a")
            scene.solid(oval(52, 4, 11, 17), darken(skin, 0.1), scene.ball_shade())
    for flip in (1, -1):
        arm = f"M{flip * 110} -272C{flip * 184} -240 {flip * 206} -110 {flip * 176} -30L{flip * 104} 20L{flip * 84} -30L{flip * 112} -70C{flip * 116} -130 {flip * 112} -180 {flip * 100} -220Z"
        scene.path(arm, COOL_SHADE, opacity=0.2, transform="translate(0 8)")
        scene.solid(arm, darken(shirt, 0.06), scene.flat_shade(1, 0.9 if flip == -1 else 0.3))
        scene.fold((flip * 176, -80), (flip * 120, -100), flip * 12, 12, strength=0.3)


def _work(scene: Scene, x: float, trade: str, dice: random.Random, tones: list[str]) -> None:
    """Lay the work in hand on the bench, with the maker's hands on it."""
    y = _BENCH + 46
    skin = "#b9835a"
    scene.shadow(oval(x, y + 14, 190, 26), opacity=0.5, blur=10)
    if trade in {"food", "drink", "beauty"}:
        scene.solid(oval(x, y, 170, 36), wood(scene, "#c79a63"), scene.flat_shade())
        with scene.at(x, y - 2, scale=0.42):
            REGISTER["ceramic_bowl"].draw(scene, Piece(lighten(tones[1], 0.2), tones[3], "plain", "", dice))
    else:
        cloth = smooth(
            [
                (x - 200, y - 6),
                (x - 80, y - 34),
                (x + 70, y - 28),
                (x + 205, y - 8),
                (x + 150, y + 32),
                (x, y + 40),
                (x - 150, y + 34),
            ],
            closed=True,
        )
        paint = (
            scene.tile("parang" if trade == "textiles" else "kawung", lighten(tones[3], 0.2), tones[2], scale=0.5)
            if trade in {"textiles", "fashion", "home"}
            else grain(scene, mix("#b67f4b", tones[4], 0.3), 0.3)
        )
        scene.solid(cloth, paint, scene.flat_shade())
        for k in (-90, 30, 120):
            scene.fold((x + k, y - 22), (x + k + 26, y + 32), 12, 12, strength=0.25)
    for flip in (1, -1):
        scene.solid(
            smooth(
                [
                    (x + flip * 96, y - 46),
                    (x + flip * 66, y - 30),
                    (x + flip * 44, y - 8),
                    (x + flip * 66, y + 4),
                    (x + flip * 106, y - 14),
                    (x + flip * 122, y - 34),
                ],
                closed=True,
            ),
            skin,
            scene.flat_shade(),
        )
        for n in range(3):
            scene.stroke(
                f"M{x + flip * (62 - n * 3):.0f} {y - 14 + n * 7}L{x + flip * (40 - n * 2):.0f} {y - 4 + n * 6}",
                skin,
                11,
            )
    with scene.at(x - scene.side * 250, y + 34, turn=scene.side * 16):
        scene.stroke("M-46 0H50", "#8a5c34", 17)
        scene.stroke("M-46 -4H50", "#c99a63", 5)
        scene.solid(poly((50, -10), (112, -5), (112, 5), (50, 10)), "#b9bcbc", scene.flat_shade())
