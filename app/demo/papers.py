"""Papers of the demo: what a certificate might say, on a page that says across it that it is a sample.

Nothing here looks like a certificate of any body: no mark, no seal, no frame. The page is a PDF of one of the letter
shapes that every reader has, or, like a photo from a phone, a JPEG in lettering of our own.
"""

import io
from collections.abc import Sequence

import resvg_py
from PIL import Image

from app.demo.drawing import lettering

PAGE = (420, 595)
"""A5 in points."""
SAMPLE = "CONTOH"
NOTE = "Data contoh Little Bandung. Bukan sertifikat. Sample data, not a certificate."


def as_pdf(lines: Sequence[str]) -> bytes:
    """A page with some lines, and across them that it is a sample (PDF 1.4)."""
    width, height = PAGE
    content = [
        "q 0.88 g BT /F1 92 Tf 0.707 0.707 -0.707 0.707 96 110 Tm",
        f"({_escaped(SAMPLE)}) Tj ET Q",
        f"BT /F1 11 Tf 16 TL 36 {height - 60} Td",
        *(f"({_escaped(line)}) Tj T*" for line in lines),
        "ET",
        f"BT /F1 8 Tf 36 36 Td ({_escaped(NOTE)}) Tj ET",
    ]
    stream = "\n".join(content).encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    file = io.BytesIO()
    file.write(b"%PDF-1.4\n")
    places = []
    for number, each in enumerate(objects, 1):
        places.append(file.tell())
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, each))
    start = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    file.writelines(b"%010d 00000 n \n" % place for place in places)
    file.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return file.getvalue()


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def as_photo(lines: Sequence[str]) -> bytes:
    """The same as a JPEG."""
    width, height = PAGE
    shapes = [
        f'<rect width="{width}" height="{height}" fill="#F3EFE4"/>',
        f'<g transform="rotate(-45 {width / 2} {height / 2})">',
        lettering.line(SAMPLE, width / 2, height / 2, 70, "#DCD4C2", width=480, weight=2),
        "</g>",
        *(
            lettering.line(lettering.fold(line), width / 2, 80 + 34 * place, 12, "#2B2B28", width=width - 60)
            for place, line in enumerate(lines)
        ),
        lettering.line("DATA CONTOH BUKAN SERTIFIKAT", width / 2, height - 40, 9, "#6B5B3E", width=width - 60),
    ]
    document = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{"".join(shapes)}</svg>'
    png = resvg_py.svg_to_bytes(svg_string=document, width=2 * width, skip_system_fonts=True)
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()
