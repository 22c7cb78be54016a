"""An HTTP server that answers as badly as it is told: each answer is the bytes to send, or a way to misbehave."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Behaviour = bytes | Callable[[socket.socket], None]


def http(body: bytes, *, status: str = "200 OK", kind: str = "text/xml", **headers: str) -> bytes:
    """A whole, well-formed answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """End the connection with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drip(data: bytes, every: float = 0.05) -> Behaviour:
    """Send one byte at a time."""

    def send(connection: socket.socket) -> None:
        for number in range(len(data)):
            connection.sendall(data[number : number + 1])
            time.sleep(every)

    return send


def silence(seconds: float) -> Behaviour:
    """Say nothing for a while."""
    return lambda _: time.sleep(seconds)


@dataclass
class FaultServer:
    """Where it listens, what it says next, and how often it was asked."""

    port: int
    behaviours: list[Behaviour] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/daily.xml"


@contextlib.contextmanager
def fault_server() -> Iterator[FaultServer]:
    """A server for the time of the block; its last behaviour stays for every further call."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        server = FaultServer(listener.getsockname()[1])
        ended = threading.Event()
        threads: list[threading.Thread] = []

        def answer(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(5)
                asked = b""
                while b"\r\n\r\n" not in asked:
                    part = connection.recv(65536)
                    if not part:
                        return
                    asked += part
                server.asked.append(asked)
                place = min(len(server.asked), len(server.behaviours)) - 1
                behaviour = server.behaviours[place]
                if isinstance(behaviour, bytes):
                    connection.sendall(behaviour)
                else:
                    behaviour(connection)

        def listen() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = listener.accept()
                    thread = threading.Thread(target=answer, args=(connection,), daemon=True)
                    thread.start()
                    threads.append(thread)

        listening = threading.Thread(target=listen, daemon=True)
        listening.start()
        try:
            yield server
        finally:
            ended.set()
            listening.join(5)
            for thread in threads:
                thread.join(5)
