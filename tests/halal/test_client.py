"""The register: what it answers is recorded, and nothing but this number, holder and product agrees."""

import datetime as dt
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

import app.jobs  # noqa: F401 - registers what the worker runs
from app.core import http as outside
from app.core import outbox
from app.core.checks import Inspection, run_checks
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import TooManyTries
from app.core.http import Patience
from app.core.outbox import OutboxRow, Workbench
from app.core.storage import open_storage
from app.halal import client, findings, jobs
from app.halal.findings import Asked, judge
from app.halal.models import Certificate, Check
from app.halal.service import certificates as service
from app.halal.vocabulary import CheckResult, Provider
from tests.core.conftest import make_settings
from tests.halal.papers import make_certificate
from tests.support.faults import Behaviour, FaultServer, drip, fault_server, http, reset, silence

NOW = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)
QUICK = Patience(connect=0.1, read=0.2, all=0.6)
NUMBER = "ID32110001333131122"
ASKED = Asked(NUMBER, "CV Sari Rasa", ("Keripik Singkong Original", "Keripik Singkong Balado"))
JSON = "application/json"


def entry(product: str, *, number: str = NUMBER, holder: str = "CV. SARI RASA") -> dict[str, Any]:
    return {
        "reg_prod_name": product,
        "pelaku_usaha": {"nama_pu": holder},
        "sertifikat": {"no_sert": number, "tgl_sert": "2024-03-01"},
    }


BOTH = [entry("KERIPIK SINGKONG  ORIGINAL"), entry("Keripik Singkong “Balado”")]


def listed(rows: list[Any], **changes: Any) -> bytes:
    """An answer of the form seen."""
    data = {"total_items": len(rows), "total_pages": 1, "current_page": 1, "datas": rows}
    return json.dumps({"status": True, "data": {**data, **changes}}).encode()


GOOD = listed(BOTH)


def answer(body: bytes, kind: str = JSON, **headers: str) -> bytes:
    return http(body, kind=kind, **headers)


BAD: dict[str, tuple[Behaviour, CheckResult]] = {
    "silent": (silence(0.8), CheckResult.UNREACHABLE),
    "reset": (reset, CheckResult.UNREACHABLE),
    "closed": (lambda connection: connection.close(), CheckResult.UNREACHABLE),
    "not http": (b"what?\r\n\r\n", CheckResult.UNREACHABLE),
    "letters one by one": (drip(answer(GOOD)), CheckResult.UNREACHABLE),
    "half a body": (answer(GOOD)[:-40], CheckResult.UNREACHABLE),
    "500": (http(GOOD, kind=JSON, status="500 Internal Server Error"), CheckResult.UNREACHABLE),
    "503": (http(b"", status="503 Service Unavailable"), CheckResult.UNREACHABLE),
    "429": (http(b"", status="429 Too Many Requests"), CheckResult.UNREACHABLE),
    "404": (http(GOOD, kind=JSON, status="404 Not Found"), CheckResult.UNREADABLE),
    "403": (http(GOOD, kind=JSON, status="403 Forbidden"), CheckResult.UNREADABLE),
    "redirect": (http(GOOD, kind=JSON, status="302 Found", Location="/"), CheckResult.UNREADABLE),
    "empty": (answer(b""), CheckResult.UNREADABLE),
    "html": (answer(b"<html><body>" + GOOD + b"</body></html>", "text/html"), CheckResult.UNREADABLE),
    "html called json": (answer(b"<html><body>Maintenance</body></html>"), CheckResult.UNREADABLE),
    "json called html": (answer(GOOD, "text/html"), CheckResult.UNREADABLE),
    "other charset": (answer(GOOD.decode().encode("utf-16")), CheckResult.UNREADABLE),
    "charset by its word": (answer(GOOD, "application/json; charset=iso-8859-1"), CheckResult.UNREADABLE),
    "no utf-8": (answer(GOOD.replace(b"SARI", b"S\xe9RI")), CheckResult.UNREADABLE),
    "cut off, well framed": (answer(GOOD[:-10]), CheckResult.UNREADABLE),
    "huge": (answer(GOOD + b" " * 6_000_000), CheckResult.UNREADABLE),
    "compressed": (answer(gzip.compress(GOOD), Content_Encoding="gzip"), CheckResult.UNREADABLE),
    "deep": (answer(b"[" * 100_000), CheckResult.UNREADABLE),
    "a list": (answer(b"[]"), CheckResult.UNREADABLE),
    "another form": (answer(b'{"data": {"rows": []}}'), CheckResult.UNREADABLE),
    "number as a number": (answer(listed([entry("x", number=3)])), CheckResult.UNREADABLE),  # type: ignore[arg-type]
    "not a number": (answer(GOOD.replace(b'"total_pages": 1', b'"total_pages": NaN')), CheckResult.UNREADABLE),
    "page one of two": (answer(listed(BOTH[:1], total_items=2, total_pages=2)), CheckResult.UNREADABLE),
    "many entries": (answer(listed([entry("x")] * 2001)), CheckResult.UNREADABLE),
    "nothing": (answer(listed([])), CheckResult.NOT_FOUND),
    "another number": (answer(listed([entry("Keripik", number="ID32110001333139999")])), CheckResult.NOT_FOUND),
    "another company": (
        answer(listed([entry(name, holder="PT Sari Rasa Nusantara") for name in ASKED.products])),
        CheckResult.OTHER_HOLDER,
    ),
    "another product of the company": (answer(listed([entry("Abon Sapi")])), CheckResult.OTHER_PRODUCTS),
    "one of two products": (answer(listed(BOTH[:1])), CheckResult.OTHER_PRODUCTS),
    "a longer name": (answer(listed([BOTH[0], entry("Keripik Singkong Balado Pedas")])), CheckResult.OTHER_PRODUCTS),
    "products of another company": (
        answer(listed([BOTH[0], entry("Keripik Singkong Balado", holder="CV Lain")])),
        CheckResult.OTHER_PRODUCTS,
    ),
}


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server


@pytest.fixture(scope="module")
def database(empty_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(make_settings(tmp_path_factory.mktemp("register"), empty_database("register")))
    yield database
    database.dispose()


@pytest.fixture
def bench(database: Database, server: FaultServer, tmp_path: Path) -> Workbench:
    settings = make_settings(
        tmp_path,
        "sqlite://",
        halal_register_url=f"{server.url}?no_sert={{number}}&nama={{holder}}",
        halal_register_per_minute=10_000,
    )
    server.asked.clear()
    return Workbench(database, open_storage(settings), settings, NOW)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience for tests: the real one is tried by the clients of rates."""
    real = outside.fetch
    monkeypatch.setattr(client, "fetch", lambda url, *, accept, **_: real(url, accept=accept, patience=QUICK))


def waiting(bench: Workbench) -> Certificate:
    """A certificate that asks the register."""
    with bench.database.session(write=True) as session:
        # One maker's certificate of a number waits at a time; the one before is of no more interest.
        for before in session.exec(select(Certificate).where(col(Certificate.number) == NUMBER)):
            before.number, before.number_key = f"{before.id}", f"{before.id}"
        session.commit()
        certificate = make_certificate(
            session, number=NUMBER, holder=ASKED.holder, items=ASKED.products, state="claimed"
        )
        assert service.ask_register(session, certificate=certificate, now=NOW, settings=bench.settings)
        session.commit()
        return certificate


def found(bench: Workbench, certificate: Certificate) -> list[Check]:
    with bench.database.reading() as session:
        return list(session.exec(select(Check).where(Check.certificate_id == certificate.id)))


def state(bench: Workbench, certificate: Certificate) -> str:
    with bench.database.reading() as session:
        return str(session.get_one(Certificate, certificate.id).state)


@pytest.mark.parametrize("name", BAD)
def test_what_goes_wrong_is_recorded_as_that_and_confirms_nothing(
    bench: Workbench, server: FaultServer, quick: None, name: str
) -> None:
    behaviour, result = BAD[name]
    server.behaviours = [behaviour]
    certificate = waiting(bench)
    outbox.run_due(bench)
    (check,) = found(bench, certificate)
    assert (check.result, check.provider, check.checked_by_id) == (result, Provider.HTTP, None)
    assert state(bench, certificate) == "claimed"
    evidence = bench.storage.get(check.evidence_key)
    assert evidence is not None
    assert not check.looked_at.endswith(NUMBER)


def test_this_number_holder_and_products_agree_and_still_confirm_nothing(
    bench: Workbench, server: FaultServer, quick: None
) -> None:
    server.behaviours = [answer(GOOD)]
    certificate = waiting(bench)
    outbox.run_due(bench)
    (check,) = found(bench, certificate)
    assert (check.result, check.found_number, check.found_holder) == (CheckResult.CONFIRMED, NUMBER, "CV. SARI RASA")
    assert bench.storage.get(check.evidence_key) == GOOD
    assert state(bench, certificate) == "claimed"
    with bench.database.reading() as session:
        inspection = Inspection(session, bench.storage, NOW)
        assert [fault for name, fault in run_checks(inspection) if name in {"certificates", "outbox"}] == []


def test_a_repeat_of_the_job_records_nothing_twice(bench: Workbench, server: FaultServer, quick: None) -> None:
    server.behaviours = [answer(GOOD)]
    certificate = waiting(bench)
    with bench.database.reading() as session:
        row = session.exec(select(OutboxRow).where(OutboxRow.kind == service.LOOK_UP, OutboxRow.state == "due")).one()
    for _ in "12":
        jobs.look_up(bench, row.payload)
    assert len(found(bench, certificate)) == 1
    outbox.run_due(bench)


def test_an_answer_about_what_was_changed_meanwhile_is_dropped(
    bench: Workbench, server: FaultServer, quick: None
) -> None:
    server.behaviours = [answer(GOOD)]
    certificate = waiting(bench)
    with bench.database.writing() as session:
        session.get_one(Certificate, certificate.id).holder = "CV Lain"
    outbox.run_due(bench)
    assert found(bench, certificate) == []
    assert server.asked == []


def test_the_register_is_asked_so_often_and_no_more(bench: Workbench, server: FaultServer, quick: None) -> None:
    server.behaviours = [answer(GOOD)]
    checker = client.OverHttp("", bench.settings.halal_register_url, per_minute=2, patience=QUICK)
    later = NOW + dt.timedelta(hours=1)
    for _ in "12":
        assert checker.look(ASKED, database=bench.database, now=later).finding.result is CheckResult.CONFIRMED
    with pytest.raises(TooManyTries):
        checker.look(ASKED, database=bench.database, now=later)
    assert len(server.asked) == 2
    assert checker.look(ASKED, database=bench.database, now=later + client.MINUTE).finding.holder == "CV. SARI RASA"


def test_without_an_address_nothing_is_asked(bench: Workbench, server: FaultServer) -> None:
    settings: Settings = bench.settings.model_copy(update={"halal_register_url": ""})
    with bench.database.session(write=True) as session:
        certificate = make_certificate(session, state="claimed")
        assert not service.ask_register(session, certificate=certificate, now=NOW, settings=settings)
    link = client.checker_of(settings)
    assert (link.provider, link.look(ASKED, database=bench.database, now=NOW)) == (Provider.LINK, None)
    by_hand = client.checker_of(settings.model_copy(update={"halal_search_url": ""}))
    assert (by_hand.provider, by_hand.address(ASKED)) == (Provider.MANUAL, "")
    job = {"certificate": certificate.id, "version": certificate.version, "token": "0"}
    jobs.look_up(replace(bench, settings=settings), job)
    assert server.asked == []


def test_places_of_an_address_are_filled_safely() -> None:
    asked = Asked("ID 1&x=2/../?#", "PT “A” {number}", ("Sambal\r\nX: 1",))
    filled = client.fill("https://register.example/s?n={number}&h={holder}&p={product}&q={other}", asked)
    assert filled == (
        "https://register.example/s?n=ID%201%26x%3D2%2F..%2F%3F%23&h=PT%20%E2%80%9CA%E2%80%9D%20%7Bnumber%7D"
        "&p=Sambal%0D%0AX%3A%201&q={other}"
    )


def test_companies_are_compared_without_their_legal_form() -> None:
    key = findings.company_key
    assert key("PT. Sari Rasa Tbk") == key("SARI RASA") == key("CV Sari-Rasa") == "sari rasa"
    assert key("PT Sari Rasa Nusantara") != key("PT Sari Rasa")


def test_a_holder_that_is_nothing_but_a_legal_form_never_agrees() -> None:
    asked = replace(ASKED, holder="PT")
    body = listed([entry(name, holder="CV") for name in asked.products])
    assert judge(status=200, content_type=JSON, body=body, asked=asked).result is CheckResult.OTHER_HOLDER


@given(st.binary(max_size=300), st.sampled_from([JSON, "text/html", "application/json; charset=utf-8", ""]))
def test_no_bytes_of_others_confirm(body: bytes, kind: str) -> None:
    found = judge(status=200, content_type=kind, body=body, asked=ASKED)
    assert found.result is CheckResult.UNREADABLE


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_one_wrong_byte_never_makes_another_company_agree(place: int, value: int) -> None:
    body = bytearray(listed([entry(name, holder="PT Lain") for name in ASKED.products]))
    body[place % len(body)] = value
    found = judge(status=200, content_type=JSON, body=bytes(body), asked=ASKED)
    assert found.result is not CheckResult.CONFIRMED
