"""Object storage that speaks enough of S3's REST protocol for a client: PUT, GET, HEAD, DELETE and listing, version 2.

Signatures are not checked. ``faults`` holds statuses to answer the next calls with, ``delay`` seconds to wait before.
"""

import contextlib
import hashlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

PAGE = 3


@dataclass
class Bucket:
    """What is kept, and how the next calls go wrong."""

    endpoint: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)
    delay: float = 0.0
    calls: int = 0


@contextlib.contextmanager
def s3_server(name: str = "media") -> Iterator[Bucket]:  # noqa: C901 - one small handler inside
    """A server with one bucket for the time of the block."""
    bucket = Bucket()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing to the terminal."""

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key.replace("_", "-"), value)
            if "Content_Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def act(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length", 0)))
            bucket.calls += 1
            time.sleep(bucket.delay)
            url = urlsplit(self.path)
            key = unquote(url.path).removeprefix(f"/{name}").removeprefix("/")
            if bucket.faults:
                self.answer(bucket.faults.pop(0), b"<Error><Code>Fault</Code></Error>")
            elif self.command == "POST" and "delete" in parse_qs(url.query, keep_blank_values=True):
                keys = [each.decode() for each in re.findall(rb"<Key>(.*?)</Key>", sent)]
                for each in keys:
                    bucket.objects.pop(unescape(each), None)
                deleted = "".join(f"<Deleted><Key>{each}</Key></Deleted>" for each in keys)
                body = f'<?xml version="1.0"?><DeleteResult>{deleted}</DeleteResult>'
                self.answer(200, body.encode(), Content_Type="application/xml")
            elif not key:
                self.list_objects(parse_qs(url.query))
            elif self.command == "PUT":
                bucket.objects[key] = sent
                self.answer(200, ETag=f'"{hashlib.sha256(sent).hexdigest()}"')
            elif self.command == "DELETE":
                bucket.objects.pop(key, None)
                self.answer(204)
            elif key in bucket.objects:
                data = bucket.objects[key]
                self.answer(
                    200,
                    data,
                    ETag=f'"{hashlib.sha256(data).hexdigest()}"',
                    Last_Modified=formatdate(time.time(), usegmt=True),
                    Content_Length=str(len(data)),
                )
            else:
                self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

        do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = act  # noqa: N815 - the library's names

        def list_objects(self, query: dict[str, list[str]]) -> None:
            prefix, after = query.get("prefix", [""])[0], query.get("continuation-token", [""])[0]
            keys = sorted(key for key in bucket.objects if key.startswith(prefix) and key > after)
            page, more = keys[:PAGE], len(keys) > PAGE
            entries = "".join(
                f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-20T05:00:00.000Z</LastModified>"
                f"<ETag>&quot;x&quot;</ETag><Size>{len(bucket.objects[key])}</Size></Contents>"
                for key in page
            )
            token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
            self.answer(
                200,
                f'<?xml version="1.0"?><ListBucketResult><Name>{name}</Name><Prefix>{escape(prefix)}</Prefix>'
                f"<KeyCount>{len(page)}</KeyCount><MaxKeys>{PAGE}</MaxKeys><IsTruncated>{str(more).lower()}"
                f"</IsTruncated>{token}{entries}</ListBucketResult>".encode(),
                Content_Type="application/xml",
            )

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """A client that gave up is no news."""

    with Server(("127.0.0.1", 0), Handler) as server:
        bucket.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield bucket
        finally:
            server.shutdown()
            thread.join(5)
