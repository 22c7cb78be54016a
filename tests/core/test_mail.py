"""Mail through the outbox: to a real server and into a folder, once for each key, with failures that can be seen."""

import datetime as dt
import email
import email.policy
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from app.core import mail, outbox
from app.core.database import Database
from app.core.languages import Language
from app.core.outbox import OutboxRow, OutboxState, Workbench
from app.core.storage import open_storage
from tests.core.conftest import make_settings
from tests.support.smtp import Mailbox, mail_server

NOW = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def database(empty_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(make_settings(tmp_path_factory.mktemp("mail"), empty_database("mail")))
    yield database
    database.dispose()


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Workbench:
    settings = make_settings(tmp_path, "sqlite://")
    with database.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM outbox")
    return Workbench(database, open_storage(settings), settings, NOW)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


def to_server(bench: Workbench, box: Mailbox, now: dt.datetime = NOW) -> Workbench:
    url = f"smtp://127.0.0.1:{box.port}"
    return replace(bench, settings=bench.settings.model_copy(update={"mail_url": url}), now=now)


def write(bench: Workbench, key: str = "welcome:1", subject: str = "Selamat datang 환영") -> None:
    with bench.database.writing() as session:
        mail.send_mail(
            session, to="maker@example.org", subject=subject, text="Halo\n.\nsampai jumpa 🎉", language=Language.ID,
            key=key, now=NOW,
        )  # fmt: skip


def row_of(bench: Workbench) -> OutboxRow:
    with bench.database.reading() as session:
        return session.exec(select(OutboxRow)).one()


def test_a_mail_arrives_as_written(bench: Workbench, box: Mailbox) -> None:
    write(bench)
    assert outbox.run_due(to_server(bench, box)) == 1
    (message,) = box.messages
    assert (message["To"], message["Subject"]) == ("maker@example.org", "Selamat datang 환영")
    assert message["From"] == bench.settings.mail_from
    assert message["Content-Language"] == "id"
    assert message["Date"] == "Fri, 20 Nov 2026 05:00:00 +0000"
    assert message.get_content().replace("\r\n", "\n") == "Halo\n.\nsampai jumpa 🎉\n"
    row = row_of(bench)
    assert (row.state, row.payload) == (OutboxState.DONE, {})


def test_the_same_key_is_sent_once(bench: Workbench, box: Mailbox) -> None:
    write(bench)
    write(bench)
    outbox.run_due(to_server(bench, box))
    write(bench)
    outbox.run_due(to_server(bench, box))
    assert len(box.messages) == 1


def test_a_busy_server_is_tried_again_later(bench: Workbench, box: Mailbox) -> None:
    box.refusals = {"RCPT": ["451 later"], "BODY": ["452 no room"]}
    write(bench)
    now = NOW
    waits = []
    for _ in range(3):
        outbox.run_due(to_server(bench, box, now))
        row = row_of(bench)
        waits.append((row.due_at - now).total_seconds())
        now = row.due_at
    assert (row.state, row.attempts, len(box.messages)) == (OutboxState.DONE, 3, 1)
    assert waits[:2] == [10, 20]


@pytest.mark.parametrize(("verb", "line"), [("RCPT", "550 no such person maker@example.org"), ("BODY", "554 spam")])
def test_a_final_refusal_is_visible_and_names_nobody(bench: Workbench, box: Mailbox, verb: str, line: str) -> None:
    box.refusals = {verb: [line]}
    write(bench)
    outbox.run_due(to_server(bench, box))
    row = row_of(bench)
    assert (row.state, row.attempts) == (OutboxState.FAILED, 1)
    assert line[:3] in row.reason
    assert "example.org" not in row.reason


def test_without_a_server_it_fails_after_the_last_attempt(bench: Workbench) -> None:
    write(bench)
    unreachable = replace(bench, settings=bench.settings.model_copy(update={"mail_url": "smtp://127.0.0.1:1"}))
    for attempt in range(outbox.MAX_ATTEMPTS):
        outbox.run_due(replace(unreachable, now=NOW + dt.timedelta(hours=attempt)))
    row = row_of(bench)
    assert (row.state, row.attempts) == (OutboxState.FAILED, outbox.MAX_ATTEMPTS)
    assert row.reason == "OutsideFailure: the mail server did not take the mail: ConnectionRefusedError"


def test_a_server_that_hardly_speaks_is_cut_off(
    bench: Workbench, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "ALL_S", 0.5)
    box.greeting_every = 0.05
    write(bench)
    started = time.monotonic()
    outbox.run_due(to_server(bench, box))
    assert time.monotonic() - started < 2
    assert row_of(bench).state == OutboxState.DUE


def test_a_subject_cannot_add_headers(bench: Workbench, box: Mailbox) -> None:
    write(bench, subject="Hello\r\nBcc: everybody@example.org")
    outbox.run_due(to_server(bench, box))
    (message,) = box.messages
    assert message["Bcc"] is None
    assert message["Subject"] == "Hello Bcc: everybody@example.org"
    assert len(box.recipients) == 1


def test_without_a_server_mail_lies_in_a_folder_once(bench: Workbench) -> None:
    write(bench)
    outbox.run_due(bench)
    payload = {
        "to": "a@example.org",
        "subject": "S",
        "text": "T",
        "language": "id",
        "key": "k",
        "at": "20261120T050000",
    }
    mail.deliver(bench, payload)
    mail.deliver(replace(bench, now=NOW + dt.timedelta(minutes=6)), payload)  # a repeat after a worker's end
    files = sorted((bench.settings.data_dir / "mail").iterdir())
    assert [path.suffix for path in files] == [".eml", ".eml"]
    texts = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["Subject"] for path in files]
    assert sorted(texts) == ["S", "Selamat datang 환영"]
