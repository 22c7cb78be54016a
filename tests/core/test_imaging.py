"""Pictures: what is accepted, what is made of it, and that no file does harm. Pictures are made here or come from
the folder named by LB_TEST_DATA_DIR."""

import csv
import io
import json
import os
import random
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageStat

from app.core import imaging
from app.core.imaging import Derivative, DerivativeFormat, PictureRefused, Workshop, sniff, workshop

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("LB_TEST_DATA_DIR", ROOT / "../shared/data")).resolve() / "images"
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")
PAPER = (0xFB, 0xF7, 0xEF)
CODES = {"unsupported_format", "empty", "too_large", "too_many_pixels", "damaged", "too_slow", "busy"}
# Generous against a busy machine: what counts is that a limit exists and holds.
SECONDS = 20.0

pillow_heif.register_heif_opener()


# --- Pictures to work on --------------------------------------------------------------------------------------------


@cache
def scene(width: int = 480, height: int = 320) -> Image.Image:
    """A picture that looks different in each of its eight positions."""
    picture = Image.new("RGB", (width, height), (236, 226, 204))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width // 2, height // 4), fill=(20, 90, 60))
    draw.rectangle((0, 0, width // 8, height), fill=(190, 40, 30))
    draw.ellipse((width // 2, height // 2, width - 20, height - 10), fill=(30, 60, 170))
    return picture


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def decoded(derivative: Derivative) -> Image.Image:
    return Image.open(io.BytesIO(derivative.data))


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures of one size, 0 to 255."""
    assert one.size == other.size
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean) / 3


def mean_colour(picture: Image.Image) -> tuple[int, ...]:
    return tuple(round(value) for value in ImageStat.Stat(picture.convert("RGB")).mean)


def near(colour: tuple[int, ...], expected: tuple[int, ...], tolerance: int = 4) -> bool:
    return all(abs(one - other) <= tolerance for one, other in zip(colour, expected, strict=True))


def picked(files: list[Derivative], kind: DerivativeFormat) -> list[Derivative]:
    return [file for file in files if file.format is kind]


def largest(files: list[Derivative], kind: DerivativeFormat = DerivativeFormat.JPEG) -> Derivative:
    return max(picked(files, kind), key=lambda file: file.width)


# How a picture must lie in the file so that the EXIF orientation sets it upright: the inverse of the turn.
LYING = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def camera_exif(orientation: int = 1) -> bytes:
    """What a phone writes: orientation, maker and the place."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "CanaryPhone"
    exif.get_ifd(0x8825).update({1: "S", 2: (6.0, 54.0, 53.0), 3: "E", 4: (107.0, 36.0, 35.0)})
    return exif.tobytes()


def photographed(kind: str, orientation: int) -> bytes:
    turn = LYING[orientation]
    lying = scene().transpose(turn) if turn is not None else scene()
    return encoded(lying, kind, exif=camera_exif(orientation), quality=90)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


# --- What a file carries besides the picture ------------------------------------------------------------------------


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the content of each box (ISO/IEC 14496-12)."""
    while start + 8 <= end:
        size, name = struct.unpack(">I4s", data[start : start + 8])
        yield name, start + 8, start + (size or end - start)
        start += size or end - start


def metadata_of_jpeg(data: bytes) -> set[str]:
    """Comments and application segments, but for the JFIF header."""
    found, at = set(), 2
    while data[at + 1] != 0xDA:
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if marker == 0xFE or (0xE0 <= marker <= 0xEF and data[at + 4 : at + 8] != b"JFIF"):
            found.add(f"{marker:02x}")
        at += 2 + length
    return found


def metadata_of_webp(data: bytes) -> set[str]:
    found, at = set(), 12
    while at + 8 <= len(data):
        name, length = struct.unpack("<4sI", data[at : at + 8])
        found.add(name.decode())
        at += 8 + length + length % 2
    return found - {"VP8 ", "VP8L", "VP8X", "ALPH"}


def metadata_of_avif(data: bytes) -> set[str]:
    """Items that are no picture, and colour profiles that are more than a few numbers."""
    meta = next((start, end) for name, start, end in boxes(data, 0, len(data)) if name == b"meta")
    parts = {name: (start, end) for name, start, end in boxes(data, meta[0] + 4, meta[1])}
    start, end = parts[b"iinf"]
    items = {data[at + 8 : at + 12].decode() for _, at, _ in boxes(data, start + 6, end)}
    properties = next((at, to) for name, at, to in boxes(data, *parts[b"iprp"]) if name == b"ipco")
    colours = {"colr " + data[at : at + 4].decode() for name, at, _ in boxes(data, *properties) if name == b"colr"}
    return (items | colours) - {"av01", "colr nclx"}


METADATA_OF: dict[str, Callable[[bytes], set[str]]] = {
    "jpeg": metadata_of_jpeg,
    "webp": metadata_of_webp,
    "avif": metadata_of_avif,
}


def metadata_of(data: bytes) -> set[str]:
    """The parts of a JPEG, WebP or AVIF file that are neither picture nor what decoding it needs."""
    return METADATA_OF[sniff(data).value](data)


def check_served(upload: imaging.Inspected, files: list[Derivative]) -> None:
    """What holds for the derivatives of any picture."""
    assert [file.format.value for file in files] == ["avif", "webp", "jpeg"] * (len(files) // 3)
    assert len(files) in {3, 6, 9}
    assert [file.width for file in files] == sorted(file.width for file in files)
    for file in files:
        assert metadata_of(file.data) == set()
        for canary in (b"Exif\0\0", b"CanaryPhone", b"ICC_PROFILE", b"xmpmeta"):
            assert canary not in file.data
        with decoded(file) as picture:
            picture.load()
            assert picture.size == (file.width, file.height)
            assert picture.format == file.format.value.upper()
            assert not picture.getexif()
            assert "icc_profile" not in picture.info
        assert file.width <= min(upload.width, imaging.WIDTHS[-1])
        assert abs(file.width * upload.height - file.height * upload.width) <= max(upload.width, upload.height)


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    with Workshop(children=2) as shared:
        yield shared


def judged(shop: Workshop, data: bytes) -> str:
    """``ok`` once the picture passed everything, else the code of the refusal; fails on anything else, and on delay."""
    began = time.monotonic()
    try:
        upload = shop.inspect(data, timeout_s=SECONDS)
    except PictureRefused as error:
        refused = error
    else:
        # Accepted means accepted: no refusal may follow.
        check_served(upload, shop.derive(data, timeout_s=SECONDS))
        assert time.monotonic() - began < 2 * SECONDS
        return "ok"
    assert refused.code in CODES
    assert refused.message % refused.params
    assert time.monotonic() - began < SECONDS
    return refused.code


# --- Recognising ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_sniff_and_inspect_name_each_format(shop: Workshop, kind: str) -> None:
    data = encoded(scene(), kind)
    mime = {"HEIF": "image/heic"}.get(kind, f"image/{kind.lower()}")

    assert sniff(data).mime == mime
    upload = shop.inspect(data)
    assert (upload.mime, upload.width, upload.height) == (mime, 480, 320)
    assert judged(shop, data) == "ok"


REFUSED_BY_NAME = {
    "GIF": encoded(scene(), "GIF"),
    "TIFF": encoded(scene(), "TIFF"),
    "BMP": encoded(scene(), "BMP"),
    "EPS": encoded(scene(), "EPS"),
    "PDF": b"%PDF-1.7\n",
    "SVG": b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "HTML": b"\n<!DOCTYPE html><html><body><svg></svg></body></html>",
    "ICO": encoded(scene(), "ICO"),
    "JPEG 2000": encoded(scene(), "JPEG2000"),
    "video": b"\0\0\0\x18ftypisom\0\0\2\0isommp42",
    "ZIP": b"PK\x03\x04" + bytes(30),
}


@pytest.mark.parametrize("name", REFUSED_BY_NAME)
def test_other_kinds_of_file_are_refused_by_name(name: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        imaging.inspect(REFUSED_BY_NAME[name])

    assert refused.value.code == "unsupported_format"
    assert refused.value.params == {"format": name}
    assert refused.value.status == 422


def test_refusal_of_gif_says_what_to_do() -> None:
    with pytest.raises(PictureRefused) as refused:
        sniff(b"GIF89a")

    sentence = refused.value.message % refused.value.params
    assert sentence == "GIF pictures cannot be used. Save it as JPEG or PNG and upload it again."


def test_svg_in_two_byte_letters_is_still_svg() -> None:
    with pytest.raises(PictureRefused) as refused:
        sniff('<svg xmlns="http://www.w3.org/2000/svg"/>'.encode("utf-16"))

    assert refused.value.params == {"format": "SVG"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"BM and other words that begin a letter", "unsupported_format"),
        (b"\xff\xd8\xff" + bytes(imaging.MAX_BYTES - 2), "too_large"),
        (b"\xff\xd8\xff", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"RIFF\x00\x00\x00\x00WEBP", "damaged"),
        (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", "damaged"),
        (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "damaged"),
        (png_header(65535, 65535), "too_many_pixels"),
        (png_header(10_000, 5_001), "too_many_pixels"),
        (png_header(10_000, 5_000), "damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}B",
)
def test_hopeless_files_are_refused_with_their_reason(shop: Workshop, data: bytes, code: str) -> None:
    assert judged(shop, data) == code


# --- Turning, colour, transparency, metadata ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_eight_orientations_look_alike(shop: Workshop, kind: str) -> None:
    upright = scene()
    # The measure tells a turned picture from an upright one.
    for turn in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180):
        assert difference(upright, upright.transpose(turn)) > 20

    for orientation in LYING:
        data = photographed(kind, orientation)
        upload = shop.inspect(data)
        assert (upload.width, upload.height) == (480, 320), orientation
        files = shop.derive(data)
        check_served(upload, files)
        for derivative_kind in DerivativeFormat:
            assert difference(decoded(largest(files, derivative_kind)), upright) < 4, orientation


def test_metadata_of_the_original_reaches_no_derivative(shop: Workshop) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(
        scene(), "JPEG", exif=camera_exif(), icc_profile=profile, comment=b"CanaryPhone", xmp=b"<x:xmpmeta/>"
    )
    # The parser that finds nothing below finds all of it here, in each of the formats served.
    assert metadata_of(data) == {"e1", "e2", "fe"}
    assert metadata_of(encoded(scene(), "WEBP", exif=camera_exif(), icc_profile=profile)) == {"EXIF", "ICCP"}
    assert metadata_of(encoded(scene(), "AVIF", exif=camera_exif(), icc_profile=profile)) == {"Exif", "colr prof"}

    check_served(shop.inspect(data), shop.derive(data))


def test_a_reprint_is_one_upright_jpeg_without_metadata() -> None:
    printed = imaging.reprint(photographed("JPEG", 6))
    assert (printed.format, printed.width, printed.height) == (DerivativeFormat.JPEG, 480, 320)
    assert metadata_of(printed.data) == set()
    assert imaging.reprint(encoded(scene(4000, 2000))).width == 1600
    with pytest.raises(PictureRefused):
        imaging.reprint(encoded(scene())[:500])


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*" + bytes(200), b"Exif"]
)
def test_damaged_metadata_does_not_cost_the_picture(shop: Workshop, exif: bytes) -> None:
    data = encoded(scene())
    data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]

    assert judged(shop, data) == "ok"


def test_transparency_is_kept_where_the_format_has_it_and_becomes_paper_in_jpeg(shop: Workshop) -> None:
    picture = scene().convert("RGBA")
    picture.paste((0, 0, 0, 0), (240, 0, 480, 160))
    files = shop.derive(encoded(picture, "PNG"))

    for kind in (DerivativeFormat.AVIF, DerivativeFormat.WEBP):
        with decoded(largest(files, kind)) as served:
            assert served.mode == "RGBA"
            alpha = served.getchannel("A")
            assert alpha.getpixel((400, 60)) == 0
            assert alpha.getpixel((30, 200)) == 255
    with decoded(largest(files)) as served:
        assert served.mode == "RGB"
        assert near(mean_colour(served.crop((300, 20, 460, 140))), PAPER, 2)


def test_opaque_alpha_channel_is_dropped(shop: Workshop) -> None:
    files = shop.derive(encoded(scene().convert("RGBA"), "PNG"))

    assert decoded(largest(files, DerivativeFormat.WEBP)).mode == "RGB"


def flat_profile_swapping_red_and_green() -> bytes:
    """An sRGB profile whose red and green primaries trade places: a red file means green light."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    table = bytes(profile[128:])
    red, green = 128 + table.index(b"rXYZ"), 128 + table.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_colour_profile_is_applied(shop: Workshop, kind: str) -> None:
    red = Image.new("RGB", (64, 64), (200, 30, 30))

    plain = shop.derive(encoded(red, kind, quality=95))
    profiled = shop.derive(encoded(red, kind, quality=95, icc_profile=flat_profile_swapping_red_and_green()))
    ignored = shop.derive(encoded(red, kind, quality=95, icc_profile=b"no profile at all" * 20))

    assert near(mean_colour(decoded(largest(plain))), (200, 30, 30), 6)
    assert near(mean_colour(decoded(largest(profiled))), (30, 200, 30), 6)
    assert near(mean_colour(decoded(largest(ignored))), (200, 30, 30), 6)


def sixteen_bit_grey() -> Image.Image:
    return Image.frombytes("I;16", (64, 64), struct.pack("<H", 30_000) * 64 * 64)


MODES: dict[str, tuple[Callable[[], bytes], tuple[int, ...]]] = {
    "cmyk": (lambda: encoded(Image.new("CMYK", (64, 64), (0, 128, 255, 0))), (255, 127, 0)),
    "16 bits": (lambda: encoded(sixteen_bit_grey(), "PNG"), (117, 117, 117)),
    "grey": (lambda: encoded(Image.new("L", (64, 64), 90), "PNG"), (90, 90, 90)),
    "grey with alpha": (lambda: encoded(Image.new("LA", (64, 64), (0, 0)), "PNG"), PAPER),
    "one bit": (lambda: encoded(Image.new("1", (64, 64), 1), "PNG"), (255, 255, 255)),
    "palette": (lambda: encoded(Image.new("RGB", (64, 64), (10, 120, 200)).quantize(8), "PNG"), (10, 120, 200)),
    "palette with a hole": (lambda: encoded(Image.new("RGB", (64, 64)).quantize(8), "PNG", transparency=0), PAPER),
    "colour with a hole": (
        lambda: encoded(Image.new("RGB", (64, 64), (1, 2, 3)), "PNG", transparency=(1, 2, 3)),
        PAPER,
    ),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_keeps_its_colour(shop: Workshop, mode: str) -> None:
    make, expected = MODES[mode]
    data = make()

    assert judged(shop, data) == "ok"
    assert near(mean_colour(decoded(largest(shop.derive(data)))), expected)


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "AVIF"])
def test_animation_is_its_first_frame(shop: Workshop, kind: str) -> None:
    data = encoded(scene(), kind, save_all=True, append_images=[Image.new("RGB", (480, 320), "black")], duration=100)
    assert getattr(Image.open(io.BytesIO(data)), "n_frames", 1) == 2

    assert judged(shop, data) == "ok"
    assert difference(decoded(largest(shop.derive(data))), scene()) < 4


def test_photo_with_a_second_picture_behind_it_is_the_photo(shop: Workshop) -> None:
    data = encoded(scene(), "MPO", save_all=True, append_images=[Image.new("RGB", (480, 320), "black")])

    assert shop.inspect(data).mime == "image/jpeg"
    assert difference(decoded(largest(shop.derive(data))), scene()) < 4


# --- Sizes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        ((1600, 2000), [(320, 400), (640, 800), (1080, 1350)]),
        ((1080, 1350), [(320, 400), (640, 800), (1080, 1350)]),
        ((700, 350), [(320, 160), (640, 320), (700, 350)]),
        ((500, 500), [(320, 320), (500, 500)]),
        ((200, 100), [(200, 100)]),
        ((1, 1), [(1, 1)]),
        ((3000, 2), [(320, 1), (640, 1), (1080, 1)]),
        ((600, 8192), [(300, 4096)]),
        ((2, 20_000), [(1, 4096)]),
    ],
)
def test_widths_never_enlarge_nor_outgrow_the_formats(
    shop: Workshop, size: tuple[int, int], widths: list[tuple[int, int]]
) -> None:
    files = shop.derive(encoded(Image.new("RGB", size, (120, 140, 30)), "PNG"))

    for kind in DerivativeFormat:
        served = picked(files, kind)
        assert [(file.width, file.height) for file in served] == widths
        for file in served:
            with decoded(file) as picture:
                assert picture.size == (file.width, file.height)
                assert near(mean_colour(picture), (120, 140, 30), 6)


def test_largest_allowed_picture_is_accepted(shop: Workshop) -> None:
    data = encoded(Image.new("RGB", (10_000, 5_000), (3, 140, 90)), "JPEG", quality=30)

    upload = shop.inspect(data, timeout_s=SECONDS)
    assert (upload.width, upload.height) == (10_000, 5_000)
    assert near(mean_colour(decoded(largest(shop.derive(data)))), (3, 140, 90), 6)


def test_same_picture_gives_the_same_bytes(shop: Workshop) -> None:
    """Names by content and repeated jobs count on this."""
    data = encoded(scene(1200, 900))

    assert shop.derive(data) == imaging.derive(data)


# --- Hostile and broken files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_picture_cut_off_anywhere_is_refused(shop: Workshop, kind: str) -> None:
    whole = encoded(scene(), kind)
    assert judged(shop, whole) == "ok"

    for tenth in range(10):
        code = judged(shop, whole[: len(whole) * tenth // 10])
        assert code == ("empty" if tenth == 0 else "damaged"), tenth


@pytest.mark.parametrize("kind", FORMATS)
def test_random_bytes_changed(shop: Workshop, kind: str) -> None:
    """60 damaged copies of each format (300 in all): a right answer or a refusal, and children that live on."""
    chance = random.Random(f"flips {kind}")
    whole = encoded(scene(), kind, exif=camera_exif(6))
    outcomes: list[str] = []
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        outcomes.append(judged(shop, bytes(data)))

    assert set(outcomes) <= CODES | {"ok"}
    assert "damaged" in outcomes
    assert judged(shop, whole) == "ok"


# --- The child and its keeper ---------------------------------------------------------------------------------------


FAKE_CHILD = """
import json, os, struct, subprocess, sys, time
def send(text, rest=b""):
    sys.stdout.buffer.write(struct.pack(">I", len(text)) + text + rest)
    sys.stdout.buffer.flush()
send(b'{"ready": true}')
while prefix := sys.stdin.buffer.read(4):
    job = json.loads(sys.stdin.buffer.read(struct.unpack(">I", prefix)[0]))
    wish = sys.stdin.buffer.read(job["bytes"])[3:].decode()
    if wish == "abort":
        os.abort()
    elif wish == "hang":
        open(os.environ.get("NOTE", sys.argv[0] + ".note"), "w").write(str(subprocess.Popen(["sleep", "60"]).pid))
        time.sleep(60)
    elif wish == "no json":
        send(b"<html>")
    elif wish == "no object":
        send(b"[1, 2]")
    elif wish == "endless header":
        sys.stdout.buffer.write(b"\\xff\\xff\\xff\\xff"); sys.stdout.buffer.flush()
    elif wish == "endless file":
        send(b'{"files": [{"bytes": 99999999999}]}')
    elif wish == "environment":
        send(json.dumps({"refused": "damaged", "detail": json.dumps(dict(os.environ))}).encode())
    else:
        send(b'{"width": 1, "height": 2, "files": []}')
"""


@pytest.fixture
def fake_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A child that does as the picture says, in place of one that fell to a decoder's fault."""
    path = tmp_path / "fake.py"
    path.write_text(FAKE_CHILD)
    monkeypatch.setattr(workshop, "_CHILD", path)
    return path


def wish(text: str) -> bytes:
    return b"\xff\xd8\xff" + text.encode()


@pytest.mark.parametrize("text", ["abort", "no json", "no object", "endless header", "endless file"])
def test_child_that_dies_or_lies_costs_one_picture(fake_child: Path, text: str) -> None:
    with Workshop(children=1) as shop:
        assert shop.inspect(wish("work")).height == 2
        with pytest.raises(PictureRefused) as refused:
            shop.inspect(wish(text), timeout_s=5)
        assert refused.value.code == "damaged"
        assert shop.inspect(wish("work")).height == 2


def test_child_that_hangs_is_ended_with_all_it_started(fake_child: Path) -> None:
    began = time.monotonic()
    with Workshop(children=1) as shop:
        with pytest.raises(PictureRefused) as refused:
            shop.inspect(wish("hang"), timeout_s=1)
        assert refused.value.code == "too_slow"
        assert shop.inspect(wish("work")).height == 2
    assert time.monotonic() - began < 10

    helper = Path("/proc", fake_child.with_suffix(".py.note").read_text(), "stat")
    for _ in range(50):
        # Its parent is gone too, so whoever adopts orphans may leave it as a zombie for a while.
        if not helper.exists() or helper.read_text().split(") ")[1].startswith("Z"):
            break
        time.sleep(0.1)
    else:
        pytest.fail("the process started by the child still runs")


def test_child_gets_no_secrets(fake_child: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LB_SECRET_KEY", "never leaves")
    with Workshop(children=1) as shop, pytest.raises(PictureRefused) as refused:
        shop.inspect(wish("environment"))

    assert set(json.loads(refused.value.__notes__[0])) == {"LC_ALL", "MALLOC_ARENA_MAX"}


def test_child_that_cannot_start_is_a_fault_of_ours_not_of_the_picture(fake_child: Path) -> None:
    fake_child.write_text("raise SystemExit(3)")

    with Workshop(children=1) as shop, pytest.raises(RuntimeError, match=r"did not start \(status 3\)"):
        shop.inspect(wish("work"))


def test_sealed_child_opens_neither_file_nor_socket_and_takes_no_more_memory() -> None:
    script = f"""
import runpy, socket, sys
names = runpy.run_path({str(workshop._CHILD)!r})
names["_seal"](512 * 1024**2)
def tried(act):
    try:
        act()
    except (OSError, MemoryError, ValueError) as error:
        return type(error).__name__
    return "done"
print([tried(lambda: open("/etc/hostname")), tried(lambda: socket.socket()), tried(lambda: bytes(600 * 1024**2)),
       tried(lambda: names["resource"].setrlimit(names["resource"].RLIMIT_CPU, (9, 9)))])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.strip() == "['OSError', 'OSError', 'MemoryError', 'done']"


def test_time_limit_holds_for_a_slow_picture_and_the_next_one_works() -> None:
    slow = encoded(Image.effect_noise((4000, 4000), 90).convert("RGB"), "JPEG", quality=60)
    with Workshop(children=1) as shop:
        shop.inspect(encoded(scene()))
        with pytest.raises(PictureRefused) as refused:
            shop.inspect(slow, timeout_s=0.02)
        assert refused.value.code == "too_slow"
        assert shop.inspect(encoded(scene())).width == 480


def test_derive_many_keeps_order_and_reports_each_refusal_in_its_place() -> None:
    taken: list[int] = []

    def pictures() -> Iterator[bytes]:
        for number in range(12):
            taken.append(number)
            yield b"" if number == 5 else encoded(Image.new("RGB", (number + 1, 4)), "PNG")

    with Workshop(children=2) as shop:
        results = shop.derive_many(pictures())
        first = next(results)
        assert len(taken) <= 6, "pictures are not read far ahead"
        rest = list(results)

    widths = ["refused" if isinstance(files, PictureRefused) else str(files[0].width) for files in [first, *rest]]
    assert widths == ["1", "2", "3", "4", "5", "refused", "7", "8", "9", "10", "11", "12"]


def test_one_shots_wait_for_each_other_and_give_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with workshop._ONE_SHOTS, workshop._ONE_SHOTS:
        with pytest.raises(PictureRefused) as refused:
            imaging.inspect(encoded(scene()), timeout_s=0.1)
        assert refused.value.code == "busy"

    assert imaging.inspect(encoded(scene())).width == 480


def test_caller_never_loads_a_picture_library_and_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(scene(4000, 3000)))
    script = f"""
import pathlib, sys
from app.core import imaging
data = open({str(path)!r}, "rb").read()
imaging.inspect(data)
imaging.derive(data)
loaded = [name for name in sys.modules if name.split(".")[0] in ("PIL", "pillow_heif")]
# The kernel's figure for this program alone; that of getrusage begins with what the starting process used.
peak = pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(loaded, int(peak) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT
    )

    loaded, _, mebibytes = done.stdout.strip().rpartition(" ")
    assert loaded == "[]"
    assert int(mebibytes) < 80


# --- The shared corpus ----------------------------------------------------------------------------------------------


def manifest() -> list[dict[str, str]]:
    path = CORPUS / "manifest.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


MANIFEST = manifest()
needs_corpus = pytest.mark.skipif(
    not MANIFEST, reason=f"no picture corpus in {CORPUS}; LB_TEST_DATA_DIR names its parent"
)


@needs_corpus
@pytest.mark.parametrize("row", MANIFEST, ids=lambda row: row["file"])
def test_corpus_file_is_served_clean_or_refused_with_a_reason(shop: Workshop, row: dict[str, str]) -> None:
    outcome = judged(shop, (CORPUS / row["file"]).read_bytes())

    if row["kind"].startswith("valid"):
        assert outcome == "ok"


@needs_corpus
def test_corpus_orientations_look_alike(shop: Workshop) -> None:
    pictures = [
        decoded(largest(shop.derive((CORPUS / f"exif_orientation/landscape_{number}.jpg").read_bytes())))
        for number in range(1, 9)
    ]

    assert {picture.size for picture in pictures} == {(1080, 720)}
    assert difference(pictures[0], pictures[0].transpose(Image.Transpose.ROTATE_180)) > 20
    assert max(difference(pictures[0], picture) for picture in pictures) < 4


@needs_corpus
def test_corpus_photo_with_a_place_loses_it(shop: Workshop) -> None:
    data = (CORPUS / "valid/exif_gps.jpg").read_bytes()
    with Image.open(io.BytesIO(data)) as original:
        assert original.getexif().get_ifd(0x8825)

    check_served(shop.inspect(data), shop.derive(data))


@needs_corpus
@pytest.mark.parametrize("name", ["exif_orientation/landscape_1.jpg", "valid/coffee.png", "valid/chelsea.png"])
def test_card_of_a_photo_is_light(shop: Workshop, name: str) -> None:
    """4 : 5 at 640 px, the picture of a card: at most 45 kB as AVIF."""
    with Image.open(CORPUS / name) as photo:
        width = photo.height * 4 // 5
        card = photo.convert("RGB").resize((640, 800), Image.Resampling.LANCZOS, (0, 0, width, photo.height))

    sizes = {file.format.value: len(file.data) for file in shop.derive(encoded(card, "PNG")) if file.width == 640}

    assert sizes["avif"] <= 45_000
    assert sizes["avif"] < sizes["webp"] < sizes["jpeg"]
