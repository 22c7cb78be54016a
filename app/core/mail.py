"""Mail: written to the outbox with the change that causes it, sent by the worker over SMTP or into a folder."""

import contextlib
import datetime as dt
import hashlib
import smtplib
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from sqlmodel import Session

from app.core import outbox
from app.core.http import ALL_S, READ_S, OutsideFailure
from app.core.languages import Language

REFUSED_FOR_EVER = 500
"""Answers from here on are final (RFC 5321, section 4.2.1)."""


def send_mail(
    session: Session, *, to: str, subject: str, text: str, language: Language, key: str, now: dt.datetime
) -> None:
    """Ask for a mail in this transaction; the same ``key`` is sent once. Subject and text are already translated."""
    outbox.enqueue(
        session,
        kind="mail",
        key=f"mail:{key}",
        payload={
            "to": to,
            "subject": " ".join(subject.split()),
            "text": text,
            "language": language.value,
            "key": key,
            "at": f"{now:%Y%m%dT%H%M%S}",
        },
        now=now,
    )


@outbox.handles("mail")
def deliver(bench: outbox.Workbench, payload: dict[str, Any]) -> None:
    """Hand one mail over. The message id follows from the key, so that a repeat can be recognised as the same mail."""
    digest = hashlib.sha256(payload["key"].encode()).hexdigest()[:32]
    message = EmailMessage()
    message["From"] = bench.settings.mail_from
    message["To"] = payload["to"]
    message["Subject"] = payload["subject"]
    message["Date"] = format_datetime(bench.now)
    message["Message-ID"] = f"<{digest}@{urlsplit(bench.settings.public_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(payload["text"])
    message["Content-Language"] = payload["language"]  # after the content, which takes such headers away
    url = urlsplit(bench.settings.resolved_mail_url)
    if url.scheme == "file":
        folder = Path(unquote(url.path))
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{digest}.part"
        draft.write_bytes(message.as_bytes())
        draft.rename(folder / f"{payload['at']}-{digest}.eml")  # a repeat writes the same file again
        return
    try:
        _send(message, url)
    except smtplib.SMTPRecipientsRefused as error:
        # The library's own text holds the address.
        codes = sorted({code for code, _ in error.recipients.values()})
        reason = f"the mail server refused the address: {codes}"
        raise (outbox.PermanentFailure if codes[0] >= REFUSED_FOR_EVER else OutsideFailure)(reason) from error
    except smtplib.SMTPDataError as error:
        reason = f"the mail server refused the mail: {error.smtp_code}"
        final = error.smtp_code >= REFUSED_FOR_EVER
        raise (outbox.PermanentFailure if final else OutsideFailure)(reason) from error
    except (smtplib.SMTPException, OSError) as error:
        raise OutsideFailure(f"the mail server did not take the mail: {type(error).__name__}") from error


def _send(message: EmailMessage, url: SplitResult) -> None:
    connect = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    server = connect(timeout=READ_S)
    with _cut_after(server, ALL_S):
        server.connect(url.hostname or "localhost", url.port or 0)
        with server:
            if url.scheme == "smtp":
                server.ehlo_or_helo_if_needed()
                if server.has_extn("starttls"):
                    server.starttls()
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)


@contextlib.contextmanager
def _cut_after(server: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """Cut the line after so many seconds: a server that speaks one letter at a time outlasts every other limit."""

    def cut() -> None:
        with contextlib.suppress(OSError, AttributeError):
            server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    timer = threading.Timer(seconds, cut)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        server.close()
