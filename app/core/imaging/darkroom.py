"""The child process that decodes and encodes pictures. Started by its path from `workshop`; nothing imports it.

It reads jobs from standard input and writes replies to standard output. Either is a 4-byte big-endian length, a JSON
header of that length, and the bytes the header announces. Once it is ready it can open no further file or socket,
write no file and take no more memory than its limit; the caller's clock and a limit on processor time end a job.

It stands alone, without an import from the application, so that starting it costs an interpreter and Pillow only.
"""

import io
import json
import math
import os
import resource
import struct
import sys
import warnings
from typing import Any, BinaryIO

import pillow_heif

# Imported before the process is sealed: afterwards no module can be loaded any more.
from PIL import (
    AvifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,  # noqa: F401
    MpoImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

# A JPEG with further pictures behind the first (depth, gain map) calls itself MPO: the first is the photo.
_PLUGINS = {
    "jpeg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "webp": ("WEBP",),
    "avif": ("AVIF",),
    "heic": ("HEIF",),
}
# How to set upright what a camera noted as EXIF orientation 2 to 8 (CIPA DC-008, tag 0x0112).
_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {5, 6, 7, 8}
# WebP ends at 16 383 px a side; a very long picture is made narrower instead, and stays quick to encode.
_MAX_HEIGHT = 4096
# Transparent parts become the page's paper colour where the format has no transparency.
_PAPER = (0xFB, 0xF7, 0xEF)
_SRGB = ImageCms.createProfile("sRGB")
# Qualities that look alike on photographs. AVIF at speed 8 takes four times as long for files 3 % smaller, WebP by
# method 4 twice as long for 4 %.
_SETTINGS: dict[str, dict[str, Any]] = {
    "avif": {"quality": 52, "speed": 9, "subsampling": "4:2:0", "max_threads": 1},
    "webp": {"quality": 74, "method": 2},
    "jpeg": {"quality": 78, "optimize": True, "progressive": True, "subsampling": "4:2:0"},
}


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation 1 to 8; 1 where the metadata is missing, damaged or nonsense: the picture itself counts."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - damaged metadata fails in a dozen ways, none of them worth losing the picture
        return 1
    return value if value in _TURNS else 1


def _fit(size: tuple[int, int], width: int) -> tuple[int, int]:
    """The size within a width and the greatest height, keeping the proportions and never enlarging."""
    scale = min(1.0, width / size[0], _MAX_HEIGHT / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _plain(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be scaled and colour-managed: L, RGB, RGBA or CMYK."""
    if image.mode.startswith("I;16"):
        # A plain conversion would cut 16 bits off at 255 instead of scaling them.
        image.info.pop("transparency", None)
        return image.point(lambda value: value * (1 / 257)).convert("L")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB, as RGB or RGBA; a profile that is damaged or meant for other colours is ignored."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            colours = ImageCms.profileToProfile(colours, source, _SRGB, outputMode="RGB") or colours
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    if colours.mode != "RGB":
        colours = colours.convert("RGB")
    if alpha and alpha.getextrema() != (255, 255):
        colours.putalpha(alpha)
    return colours


def _develop(data: bytes, kind: str, width: int) -> tuple[tuple[int, int], Image.Image]:
    """The upright size of a picture, and the picture itself: decoded whole, scaled to a width, upright, sRGB, bare.

    Of an animation it is the first frame.
    """
    with Image.open(io.BytesIO(data), formats=_PLUGINS[kind]) as image:
        upright = image.size
        if kind == "jpeg":
            # All data is read either way, but a picture much too large is never built at full size.
            image.draft(None, (2 * width, 2 * width))
        # The decoder of PNG loads the picture to read its metadata, so whatever is wrong must show before that.
        image.load()
        orientation = _orientation(image)
        sideways = orientation in _SIDEWAYS
        if sideways:
            upright = upright[::-1]
        target = _fit(upright, width)
        lying = target[::-1] if sideways else target
        profile = image.info.get("icc_profile")
        picture = _plain(image)
        if picture.size != lying:
            picture = picture.resize(lying, Image.Resampling.LANCZOS, reducing_gap=3.0)
        if orientation in _TURNS:
            picture = picture.transpose(_TURNS[orientation])
        picture = _to_srgb(picture, profile)
        # Encoders write comments and profiles found here; nothing of the original's metadata may reach a visitor.
        picture.info = {}
        return upright, picture


def _encode(picture: Image.Image, kind: str) -> bytes:
    """The file of a picture in a format."""
    if kind == "jpeg" and picture.mode == "RGBA":
        paper = Image.new("RGB", picture.size, _PAPER)
        paper.paste(picture, mask=picture.getchannel("A"))
        picture = paper
    file = io.BytesIO()
    picture.save(file, kind.upper(), **_SETTINGS[kind])
    return file.getvalue()


def _work(job: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """What a job asked for: the header of the reply and the files that follow it."""
    upright, picture = _develop(data, job["format"], max(job["widths"]))
    header: dict[str, Any] = {"width": upright[0], "height": upright[1], "files": []}
    files: list[bytes] = []
    for size in sorted({_fit(upright, width) for width in job["widths"]}) if job["derive"] else ():
        scaled = picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        for kind in job["formats"]:
            files.append(_encode(scaled, kind))
            header["files"].append({"format": kind, "width": size[0], "height": size[1], "bytes": len(files[-1])})
    return header, files


def _answer(job: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The reply to a job; a refusal is a reply too."""
    try:
        return _work(job, data)
    except Image.DecompressionBombError as error:
        return {"refused": "too_many_pixels", "detail": str(error)}, []
    except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile data, MemoryError included
        return {"refused": "damaged", "detail": f"{type(error).__name__}: {error}"[:500]}, []


def _limit_processor_time(seconds: float) -> None:
    """Let the job that begins have this much processor time; the kernel ends the process beyond it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _seal(memory_bytes: int) -> None:
    """Give up what decoding a picture does not need. None of these limits can be raised again."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))


def _send(pipe: BinaryIO, header: dict[str, Any], files: list[bytes]) -> None:
    text = json.dumps(header).encode()
    pipe.write(struct.pack(">I", len(text)) + text)
    pipe.writelines(files)
    pipe.flush()


def main(memory_bytes: int, max_pixels: int) -> None:
    """Answer jobs until the caller closes the pipe."""
    Image.preinit()
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    # Pillow refuses a picture of more than twice this before it decodes anything.
    Image.MAX_IMAGE_PIXELS = max_pixels // 2
    warnings.simplefilter("ignore")
    _seal(memory_bytes)
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    _send(outgoing, {"ready": True}, [])
    while len(prefix := incoming.read(4)) == 4:  # noqa: PLR2004 - the length of the length
        job = json.loads(incoming.read(struct.unpack(">I", prefix)[0]))
        _limit_processor_time(job["seconds"])
        _send(outgoing, *_answer(job, incoming.read(job["bytes"])))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
