"""Work of this area that the worker does: asking the register, and the files that certificates name."""

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, select

from app.core import outbox, papers
from app.halal import client
from app.halal.findings import Asked
from app.halal.models import Certificate, Check
from app.halal.queries import certificates as queries
from app.halal.service import certificates as service
from app.halal.service.certificates import LOOK_UP, PAPERS
from app.halal.vocabulary import CertificateState

ASKED_ABOUT = frozenset({CertificateState.CLAIMED, CertificateState.VERIFIED, CertificateState.SUSPENDED})


def asked_of(certificate: Certificate) -> Asked:
    """What a certificate claims, as it is looked up."""
    names = tuple(item.name for item in queries.items_of(certificate))
    return Asked(certificate.number, certificate.holder, names)


@outbox.handles(LOOK_UP)
def look_up(bench: outbox.Workbench, payload: dict[str, Any]) -> None:
    """Ask the register about a certificate and record its answer, with its raw words as evidence.

    The answer is kept under the name that the request gave, so that a repeat records nothing twice. A register that
    does not answer is recorded too: it says that nobody knows, never that something is wrong.

    Raises:
        TooManyTries: it was asked often enough for now; the outbox tries again.
    """
    with bench.database.reading() as session:
        certificate = queries.find_by_id(session, int(payload["certificate"]))
    if certificate is None or certificate.version != payload["version"] or certificate.state not in ASKED_ABOUT:
        return
    checker = client.checker_of(bench.settings)
    looked = checker.look(asked_of(certificate), database=bench.database, now=bench.now)
    if looked is None:
        return
    raw = looked.raw or looked.finding.note.encode()
    key = f"{PAPERS}{payload['token']}.answer"
    bench.storage.put(key, raw)
    with bench.database.writing() as session:
        service.record_finding(
            session,
            certificate_id=certificate.id,
            version=certificate.version,
            looked_at=looked.looked_at,
            finding=looked.finding,
            evidence=(key, looked.mime, hashlib.sha256(raw).hexdigest()),
            now=bench.now,
        )


@papers.keeps(PAPERS, grace=service.KEPT)
def name_papers(session: Session) -> Iterator[papers.Named]:
    """Photos and PDFs of certificates with the pictures made of them, and the evidence of checks."""
    for key, mime, name, digest in session.exec(
        select(Certificate.file_key, Certificate.mime, Certificate.public_id, Certificate.sha256)
    ):
        if key:
            yield papers.Named(key, f"certificate {name}", digest)
            if mime != papers.PDF:
                yield papers.Named(service.view_key(key), f"certificate {name}")
    for key, number, digest in session.exec(select(Check.evidence_key, Check.id, Check.evidence_sha256)):
        if key:
            yield papers.Named(key, f"check {number}", digest)
