"""Mail: written to the outbox with the change that causes it, sent by the worker over SMTP or into a folder."""

import datetime as dt
import hashlib
import smtplib
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlmodel import Session

from app.core import outbox
from app.core.languages import Language


def send_mail(
    session: Session, *, to: str, subject: str, text: str, language: Language, key: str, now: dt.datetime
) -> None:
    """Ask for a mail in this transaction; the same ``key`` is sent once. Subject and text are already translated."""
    outbox.enqueue(
        session,
        kind="mail",
        key=f"mail:{key}",
        payload={"to": to, "subject": subject, "text": text, "language": language.value, "key": key},
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
    message["Content-Language"] = payload["language"]
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(payload["text"])
    url = urlsplit(bench.settings.resolved_mail_url)
    if url.scheme == "file":
        folder = Path(unquote(url.path))
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{digest}.part"
        draft.write_bytes(message.as_bytes())
        draft.rename(folder / f"{bench.now:%Y%m%dT%H%M%S}-{digest}.eml")
        return
    connect = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with connect(url.hostname or "localhost", url.port or 0, timeout=8) as server:
        if url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
