"""What a file is, by its first bytes: never by its name or by what the browser claims."""

from enum import StrEnum

from app.core.imaging.refusals import PictureRefused
from app.core.languages import N_


class PictureFormat(StrEnum):
    """The formats an upload may have."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    AVIF = "avif"

    @property
    def mime(self) -> str:
        """The media type, such as ``image/jpeg``."""
        return f"image/{self.value}"


_OTHER_PICTURE = N_("%(format)s pictures cannot be used. Save it as JPEG or PNG and upload it again.")
_VIDEO = N_("This is a video. Upload a photo instead, as JPEG, PNG, WebP, AVIF or HEIC.")
_WEB_PAGE = N_("This is a web page, not a picture. Save the picture itself and upload that.")
_DOCUMENT = N_(
    "This is a document or an archive, not a picture. Save the picture in it as JPEG or PNG and upload that."
)

# (offset, bytes, message, what it is), most telling first.
_REFUSED_SIGNATURES = (
    (0, b"GIF8", _OTHER_PICTURE, "GIF"),
    (0, b"II*\0", _OTHER_PICTURE, "TIFF"),
    (0, b"MM\0*", _OTHER_PICTURE, "TIFF"),
    (0, b"II+\0", _OTHER_PICTURE, "TIFF"),
    (0, b"MM\0+", _OTHER_PICTURE, "TIFF"),
    (0, b"%!PS", _OTHER_PICTURE, "EPS"),
    (0, b"\xc5\xd0\xd3\xc6", _OTHER_PICTURE, "EPS"),
    (0, b"8BPS", _OTHER_PICTURE, "Photoshop"),
    (0, b"\0\0\x01\0", _OTHER_PICTURE, "ICO"),
    (0, b"\xff\x0a", _OTHER_PICTURE, "JPEG XL"),
    (4, b"JXL \r\n", _OTHER_PICTURE, "JPEG XL"),
    (0, b"\xff\x4f\xff\x51", _OTHER_PICTURE, "JPEG 2000"),
    (4, b"jP  \r\n", _OTHER_PICTURE, "JPEG 2000"),
    (8, b"AVI ", _VIDEO, "video"),
    (0, b"\x1a\x45\xdf\xa3", _VIDEO, "video"),
    (0, b"%PDF", _DOCUMENT, "PDF"),
    (0, b"PK\x03\x04", _DOCUMENT, "ZIP"),
    (6, b"\0\0\0\0", _OTHER_PICTURE, "BMP"),
)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_AVIF_BRANDS = {b"avif", b"avis"}
# The general HEIF brands leave open how the picture is coded; a file that names nothing more is tried as HEIC.
_HEIF_BRANDS = {b"mif1", b"mif2", b"msf1", b"miaf"}


def sniff(data: bytes) -> PictureFormat:
    """The format of a file by its signature.

    Raises PictureRefused ``empty``, or ``unsupported_format`` with ``params["format"]`` naming what was seen where that
    is known: SVG, GIF, TIFF, EPS, BMP and others, a video, a document, a web page.
    """
    if not data:
        raise PictureRefused("empty")
    if data.startswith(b"\xff\xd8\xff"):
        return PictureFormat.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PictureFormat.PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return PictureFormat.WEBP
    if data[4:8] == b"ftyp":
        return _format_of_brands(data)
    _refuse_markup(data)
    for offset, signature, message, name in _REFUSED_SIGNATURES:
        # "BM" alone would also match prose; a bitmap has four reserved zero bytes as well.
        if data.startswith(signature, offset) and (name != "BMP" or data.startswith(b"BM")):
            raise PictureRefused("unsupported_format", message, params={"format": name})
    raise PictureRefused("unsupported_format")


def _format_of_brands(data: bytes) -> PictureFormat:
    """HEIC or AVIF by the ``ftyp`` box (ISO/IEC 14496-12): length, name, major brand, version, compatible brands."""
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12]} | {data[start : start + 4] for start in range(16, end, 4)}
    if brands & _AVIF_BRANDS:
        return PictureFormat.AVIF
    if brands & (_HEIC_BRANDS | _HEIF_BRANDS):
        return PictureFormat.HEIC
    raise PictureRefused("unsupported_format", _VIDEO, params={"format": "video"})


def _refuse_markup(data: bytes) -> None:
    """Refuse SVG and HTML by name. The encodings with two bytes per letter are recognised with their zeros dropped."""
    head = data[:2048].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if not head.startswith(b"<"):
        return
    if b"<html" in head or head.startswith(b"<!doctype html"):
        raise PictureRefused("unsupported_format", _WEB_PAGE, params={"format": "HTML"})
    if b"<svg" in head:
        raise PictureRefused("unsupported_format", _OTHER_PICTURE, params={"format": "SVG"})
