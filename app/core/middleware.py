"""What surrounds every request, as plain ASGI: identity, limits, headers, cross-site refusal, the access log."""

import asyncio
import os
import time
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import metrics
from app.core.config import Settings
from app.core.errors import DomainError, Forbidden, TooLarge, Unavailable
from app.core.languages import N_
from app.core.problems import Broken, ErrorPage, respond
from app.core.web import SAFE_METHODS

log = structlog.get_logger("access")
TURN_S = 5
"""How long a change waits for its turn before it is told to come again."""
BODIES_AT_ONCE = 8
"""How many bodies of the largest size one process holds in memory at once."""

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class CrossSite(Forbidden):
    """A change asked for by another site's page."""

    code = "cross_site"
    message = N_("This form was sent from another site. Open the page here and send it again.")


class UnknownHost(DomainError):
    """A Host header that is not ours."""

    code = "unknown_host"
    message = N_("This address is not served here.")


def security_headers(settings: Settings) -> list[tuple[bytes, bytes]]:
    """Headers for every answer, errors too."""
    headers = {
        "content-security-policy": CONTENT_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "permissions-policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-frame-options": "DENY",
    }
    if settings.secure:
        headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


class Surroundings:
    """Outermost: request id, security headers, limits of load and size, faults, metrics and one log line a request."""

    def __init__(self, app: ASGIApp, *, settings: Settings, error_page: ErrorPage) -> None:
        self.app = app
        self.headers = security_headers(settings)
        self.max_in_flight = settings.max_in_flight
        self.max_body = settings.max_body_mb * 1024 * 1024
        self.max_body_mb = settings.max_body_mb
        self.error_page = error_page
        self.in_flight = 0
        self.held = 0
        # A change holds locks between its steps and each step needs a thread. Were every thread taken by changes that
        # wait for those locks, none could go on: so changes never get more than half of the threads.
        self.turns = asyncio.Semaphore(max(1, settings.threads // 2))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = os.urandom(8).hex()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        method = scope["method"]
        # Whoever asks for the head alone gets the head that the whole would have.
        scope = {**scope, "method": "GET"} if method == "HEAD" else scope
        scope["request_id"] = request_id
        identity = (b"x-request-id", request_id.encode())
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self.headers, identity]
            elif method == "HEAD":
                if message.get("more_body"):
                    return
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        self.in_flight += 1
        try:
            if self.in_flight > self.max_in_flight and scope["path"] != "/healthz":
                await self._refuse(Unavailable(), scope, receive, send_with_headers)
            elif scope["method"] in SAFE_METHODS:
                await self.app(scope, receive, send_with_headers)
            else:
                await self._change(scope, receive, send_with_headers)
        except Exception:
            log.exception("fault", method=method, route=_route(scope))
            if status:
                raise  # The answer has begun: cutting the connection is all that is left.
            await self._refuse(Broken(), scope, receive, send_with_headers)
        finally:
            self.in_flight -= 1
            seconds = time.perf_counter() - started
            route = _route(scope)
            metrics.observe(method, route, status or 500, seconds)
            log.info("request", method=method, route=route, status=status or 500, ms=round(seconds * 1000, 1))

    async def _refuse(self, error: DomainError, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = respond(Request(scope), error, self.error_page)
        except Exception:
            log.exception("error_page_failed")
            response = PlainTextResponse(error.message, status_code=error.status)
        await response(scope, receive, send)

    async def _change(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request that changes something. A slow sender holds no turn: the body is read whole before."""
        try:
            body = await self._read(Headers(scope=scope).get("content-length", ""), receive)
        except DomainError as error:
            await self._refuse(error, scope, receive, send)
            return
        if body is None:
            return
        given = False

        async def receive_again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        try:
            try:
                await asyncio.wait_for(self.turns.acquire(), TURN_S)
            except TimeoutError:
                await self._refuse(Unavailable(), scope, receive, send)
                return
            try:
                await self.app(scope, receive_again, send)
            finally:
                self.turns.release()
        finally:
            self.held -= len(body)

    async def _read(self, length: str, receive: Receive) -> bytes | None:
        """The body, counted in ``held``; None when the sender went away."""
        too_large = TooLarge(params={"limit": self.max_body_mb})
        if length.isdigit() and int(length) > self.max_body:
            raise too_large
        body = bytearray()
        kept = False
        try:
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                chunk = message.get("body", b"")
                body += chunk
                self.held += len(chunk)
                if len(body) > self.max_body:
                    raise too_large
                if self.held > self.max_body * BODIES_AT_ONCE:
                    raise Unavailable
                if not message.get("more_body"):
                    kept = True
                    return bytes(body)
        finally:
            if not kept:
                self.held -= len(body)


def _route(scope: Scope) -> str:
    """The template of the route, never the address, which may hold personal data."""
    return getattr(scope.get("route"), "path", "") or ("kept" if scope.get("kept") else "other")


class Guard:
    """Refuses unknown hosts and changes asked for by other sites (``Sec-Fetch-Site``, else ``Origin``).

    Browsers send one of the two with every change; a call without both comes from a program, which no site can borrow.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, error_page: ErrorPage) -> None:
        self.app = app
        self.any_host = "*" in settings.allowed_hosts
        self.hosts = {host.lower() for host in settings.allowed_hosts} | {urlsplit(settings.public_url).netloc.lower()}
        self.error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            error = self._check(scope)
            if error is not None:
                await respond(Request(scope), error, self.error_page)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _check(self, scope: Scope) -> DomainError | None:
        if self.any_host and scope["method"] in SAFE_METHODS:
            return None
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if not self.any_host and host not in self.hosts and host.partition(":")[0] not in self.hosts:
            return UnknownHost()
        if scope["method"] in SAFE_METHODS:
            return None
        site = headers.get("sec-fetch-site")
        if site is not None:
            return None if site in {"same-origin", "none"} else CrossSite()
        origin = headers.get("origin")
        if origin is not None:
            return None if urlsplit(origin).netloc.lower() == host else CrossSite()
        return None
