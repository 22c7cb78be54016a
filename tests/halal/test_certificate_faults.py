"""Two at once, and killed at any statement: what remains always agrees with itself."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry
from app.accounts.subjects import Command
from app.businesses.models import Business
from app.catalogue import index
from app.core import papers
from app.core.checks import Inspection, run_checks
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import Conflict
from app.core.outbox import Workbench
from app.core.storage import open_storage
from app.halal.models import Certificate, CertificateEvent
from app.halal.queries import certificates as queries
from app.halal.schemas.certificates import CertificateDecision, CertificateReject
from app.halal.service import certificates as service
from app.halal.vocabulary import RejectReason
from tests.core.conftest import at_once, make_settings
from tests.factories import NOON, make_maker, make_product
from tests.halal.papers import link_product, make_certificate
from tests.halal.steps import AGREES, entry
from tests.support import kills

ROUNDS = 8
SOMEBODY = Command()


@pytest.fixture
def own(empty_database: Callable[[str], str], tmp_path: Path) -> Iterator[Workbench]:
    """A database that nobody else uses."""
    settings = make_settings(tmp_path, empty_database("certificates"))
    database = Database(settings)
    yield Workbench(database, open_storage(settings), settings, NOON)
    database.dispose()


def faults(bench: Workbench) -> list[tuple[str, str]]:
    with bench.database.reading() as session:
        return list(run_checks(Inspection(session, bench.storage, bench.now)))


def verify(session: Session, public_id: str, settings: Settings) -> None:
    held = queries.get_certificate(session, public_id, viewer=SOMEBODY)
    service.verify_certificate(
        session,
        actor=SOMEBODY,
        certificate=held.certificate,
        business=held.business,
        check=AGREES,
        evidence=None,
        now=NOON,
        settings=settings,
    )


def reject(session: Session, public_id: str, settings: Settings) -> None:
    held = queries.get_certificate(session, public_id, viewer=SOMEBODY)
    service.reject_certificate(
        session,
        actor=SOMEBODY,
        certificate=held.certificate,
        business=held.business,
        data=CertificateReject(code=RejectReason.NOT_IN_REGISTER),
        now=NOON,
        settings=settings,
    )


def tried(own: Workbench, act: Callable[[Session, str, Settings], None], public_id: str) -> str:
    try:
        with own.database.writing() as session:
            act(session, public_id, own.settings)
    except Conflict as error:
        return error.code
    return "done"


def test_of_two_decisions_at_once_one_wins_and_the_other_is_told(own: Workbench) -> None:
    with own.database.session(write=True) as session:
        names = [make_certificate(session, state="claimed").public_id for _ in range(ROUNDS)]
    for name in names:
        outcome = at_once(2, lambda number, name=name: tried(own, (verify, reject)[number], name))  # type: ignore[misc]
        assert outcome.count("done") == 1
        assert set(outcome) - {"done"} <= {"conflict", "wrong_state"}
    with own.database.reading() as session:
        decided = session.exec(
            select(AuditEntry).where(col(AuditEntry.action).in_(["certificate.verified", "certificate.rejected"]))
        ).all()
        events = session.exec(select(CertificateEvent).where(CertificateEvent.kind != "entered")).all()
    assert (len(decided), len(events)) == (ROUNDS, ROUNDS)
    assert faults(own) == []


def test_of_two_holders_of_one_number_confirmed_at_once_one_is(own: Workbench) -> None:
    with own.database.session(write=True) as session:
        pairs = []
        for _ in range(ROUNDS):
            first = make_certificate(session, state="claimed")
            pairs.append((first.public_id, make_certificate(session, state="claimed", number=first.number).public_id))
    for pair in pairs:
        outcome = at_once(2, lambda number, pair=pair: tried(own, verify, pair[number]))  # type: ignore[misc]
        assert sorted(outcome) == ["done", "number_confirmed"]
    assert faults(own) == []


def test_the_index_holds_where_the_look_before_sees_nothing(own: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    with own.database.session(write=True) as session:
        first = make_certificate(session, state="verified")
        second = make_certificate(session, state="claimed", number=first.number).public_id
    monkeypatch.setattr(queries, "find_confirmed", lambda *_, **__: None)
    assert tried(own, verify, second) == "number_confirmed"
    assert faults(own) == []


# --- kill -9 ----------------------------------------------------------------------------------------------------------

WAITING = "killed-waiting"


def act_verify(bench: Workbench) -> None:
    """What an official's click does."""
    with bench.database.writing() as session:
        verify(session, WAITING, bench.settings)


def act_enter(bench: Workbench) -> None:
    """What sending a certificate with its paper does."""
    paper = service.receive_paper(bench.storage, file_name="a.pdf", content=b"%PDF-1.4 killed")
    with bench.database.writing() as session:
        business = session.exec(select(Business).where(Business.slug == "killed")).one()
        service.enter_certificate(
            session,
            actor=SOMEBODY,
            business=business,
            data=entry(),
            paper=paper,
            now=NOON,
            settings=bench.settings,
        )


def reset(bench: Workbench) -> None:
    """The certificate that a run confirmed waits again, as if by a new entry; what a run entered stays."""
    with bench.database.writing() as session:
        held = queries.get_certificate(session, WAITING, viewer=SOMEBODY)
        if held.certificate.state == "claimed":
            return
        held.certificate.public_id = f"k{held.certificate.id:015d}"
        session.flush()
        service.revoke_certificate(
            session,
            actor=SOMEBODY,
            certificate=held.certificate,
            business=held.business,
            data=CertificateDecision(text="For the next run."),
            now=NOON,
            settings=bench.settings,
        )
        _make_waiting(session)


def _make_waiting(session: Session) -> None:
    business = session.exec(select(Business).where(Business.slug == "killed")).one()
    certificate = make_certificate(session, business=business, state="claimed", public_id=WAITING)
    product = make_product(session, business=business)
    link_product(session, product, certificate)
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()


@pytest.mark.parametrize(("act", "fewest"), [("act_verify", 20), ("act_enter", 12)])
def test_a_kill_at_any_statement_leaves_nothing_wrong(own: Workbench, act: str, fewest: int) -> None:
    with own.database.session(write=True) as session:
        _, business = make_maker(session)
        business.slug = "killed"
        session.commit()
        _make_waiting(session)
    assert faults(own) == []
    url = own.database.engine.url.render_as_string(hide_password=False)
    own.database.dispose()
    done = kills.everywhere(f"tests.halal.test_certificate_faults:{act}", url, own.settings.data_dir, NOON)
    assert done.faults == []
    assert done.kills >= fewest
    with own.database.reading() as session:
        rows = session.exec(select(Certificate).where(Certificate.file_key != "")).all()
        for certificate in rows:
            content = own.storage.get(certificate.file_key)
            assert content is not None
            assert hashlib.sha256(content).hexdigest() == certificate.sha256
    # What a killed upload left lies there for a while, then the sweep takes it.
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    papers.sweep(Workbench(own.database, own.storage, own.settings, later), {})
    left = {key for key, _ in own.storage.keys("private/halal/")}
    assert left == {certificate.file_key for certificate in rows}
