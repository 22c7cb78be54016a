"""Halal as buyers see it in JSON."""

import datetime as dt

from pydantic import BaseModel, ConfigDict

from app.catalogue.schemas.listing import HalalPublic, TextPublic
from app.halal.rules import ReasonCode, Status

CERTIFICATE_URL = "https://bandung.example/en/halal/certificates/q7m2x9k4v1c8z5b3"
EXAMPLE = {
    "status": "certified",
    "label": "Certified halal",
    "destination": "MY",
    "certificate_number": "ID32110000123450824",
    "body": "BPJPH",
    "url": CERTIFICATE_URL,
}


class HalalReasonPublic(BaseModel):
    """One reason for a status, as a code and as a sentence."""

    code: ReasonCode
    text: str
    on: dt.date | None
    """The day it is about."""
    body: str | None
    """Code of the body it is about."""
    source: str | None
    """Where the reference fact comes from; null for facts of the product itself."""
    confidence: str | None
    confirmed: bool
    """False: nobody read it in its source; it promises nothing."""
    as_of: dt.date | None
    """The day the source was read."""


class CheckPublic(BaseModel):
    """The newest time that an official of the city looked a certificate up."""

    checked_at: dt.datetime
    looked_at: str
    result: str


class CertificatePublic(BaseModel):
    """A confirmed certificate that a status rests on."""

    public_id: str
    body: str
    body_name: str
    number: str
    holder: str
    issued_on: dt.date | None
    valid_until: dt.date | None
    """The last valid day; null: until materials or process change."""
    last_check: CheckPublic | None
    url: str


class HalalAssessmentPublic(BaseModel):
    """The status of a product for a destination on a day, with every reason for it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "product": "keripik-tempe-sagu",
                    "destination": "MY",
                    "on": "2026-11-21",
                    "status": "certified",
                    "label": "Certified halal",
                    "meaning": "An official of the city has checked a valid certificate that names this product, and it"
                    " counts at this destination.",
                    "reasons": [
                        {
                            "code": "recognised",
                            "text": "Certificates of BPJPH are recognised there.",
                            "on": None,
                            "body": "BPJPH",
                            "source": "halalfocus.net (Bernama) 2023",
                            "confidence": "public-source",
                            "confirmed": True,
                            "as_of": "2026-11-01",
                        }
                    ],
                    "certificate": {
                        "public_id": "q7m2x9k4v1c8z5b3",
                        "body": "BPJPH",
                        "body_name": "Badan Penyelenggara Jaminan Produk Halal",
                        "number": "ID32110000123450824",
                        "holder": "CV Dapur Cikaso",
                        "issued_on": "2024-08-01",
                        "valid_until": None,
                        "last_check": {
                            "checked_at": "2026-11-02T03:10:00Z",
                            "looked_at": "https://bpjph.halal.go.id/search/sertifikat",
                            "result": "confirmed",
                        },
                        "url": CERTIFICATE_URL,
                    },
                    "note": "This is what the city knows and how it reckons, not legal advice.",
                }
            ]
        }
    )

    product: str
    destination: str
    on: dt.date
    status: Status
    label: str
    meaning: str
    reasons: list[HalalReasonPublic]
    certificate: CertificatePublic | None
    note: str


class CoveredProduct(BaseModel):
    """A public product and the name under which a certificate covers it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "keripik-tempe-sagu",
                    "name": {"text": "Sago tempeh chips", "locale": "en"},
                    "item": "Keripik Tempe Sagu",
                    "halal": {**EXAMPLE, "destination": "ID"},
                }
            ]
        }
    )

    slug: str
    name: TextPublic
    item: str
    """The name as printed on the certificate."""
    halal: HalalPublic


class CoveredProductList(BaseModel):
    """Goods that a certificate covers today."""

    items: list[CoveredProduct]
    next: str | None
    total: int
