"""A mail server that speaks as much of RFC 5321 as a client needs, and refuses when told to."""

import contextlib
import email
import email.policy
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass
class Mailbox:
    """What arrived, and how to answer: by verb (``RCPT``, ``DATA`` ...), the lines to say one after the other."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusals: dict[str, list[str]] = field(default_factory=dict)
    greeting_every: float = 0.0
    """Seconds between the letters of the greeting, for a server that hardly speaks."""

    def refusal(self, verb: str) -> str | None:
        """What to say to a verb instead of yes."""
        lines = self.refusals.get(verb, [])
        return lines.pop(0) if lines else None


@contextlib.contextmanager
def mail_server() -> Iterator[Mailbox]:  # noqa: C901 - one small handler inside
    """A server for the time of the block."""
    box = Mailbox()

    class Talk(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.talk()

        def talk(self) -> None:
            if box.greeting_every:
                for letter in b"220 ready\r\n" * 20:
                    self.wfile.write(bytes([letter]))
                    time.sleep(box.greeting_every)
            self.say("220 ready")
            while line := self.rfile.readline().decode().strip():
                verb = line[:4].upper()
                refused = box.refusal(verb)
                if verb == "QUIT":
                    self.say("221 bye")
                    return
                if refused:
                    self.say(refused)
                elif verb == "DATA":
                    self.say("354 go on")
                    self.take()
                else:
                    if verb == "RCPT":
                        box.recipients.append(line)
                    self.say("250 fine")

        def take(self) -> None:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            refused = box.refusal("BODY")
            if refused:
                self.say(refused)
                return
            box.messages.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
            self.say("250 taken")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Talk) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join(5)
