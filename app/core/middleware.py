"""What surrounds every request, as plain ASGI: identity, limits, headers, cross-site refusal, the access log."""

import time
import uuid
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import metrics
from app.core.config import Settings
from app.core.errors import DomainError, Forbidden, TooLarge, Unavailable
from app.core.languages import N_
from app.core.problems import ErrorPage, problem
from app.core.web import SAFE_METHODS

log = structlog.get_logger("access")

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
    """Outermost: request id, security headers, load limit, body limit, metrics and one log line a request."""

    def __init__(self, app: ASGIApp, *, settings: Settings, error_page: ErrorPage) -> None:
        self.app = app
        self.headers = security_headers(settings)
        self.max_in_flight = settings.max_in_flight
        self.max_body = settings.max_body_mb * 1024 * 1024
        self.max_body_mb = settings.max_body_mb
        self.error_page = error_page
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = uuid.uuid4().hex[:16]
        scope["request_id"] = request_id
        identity = (b"x-request-id", request_id.encode())
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self.headers, identity]
            await send(message)

        self.in_flight += 1
        try:
            if self.in_flight > self.max_in_flight and not scope["path"].endswith("healthz"):
                await self._refuse(Unavailable(), scope, receive, send_with_headers)
            elif scope["method"] in SAFE_METHODS:
                await self.app(scope, receive, send_with_headers)
            else:
                await self._with_body_limit(scope, receive, send_with_headers)
        finally:
            self.in_flight -= 1
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "") or ("kept" if scope.get("kept") else "other")
            metrics.observe(scope["method"], route, status, seconds)
            log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
            )

    async def _refuse(self, error: DomainError, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if scope["path"].startswith("/api/"):
            response = problem(request, error)
        else:
            response = self.error_page(request, error, error.message)  # type: ignore[assignment]
            response.headers["Retry-After"] = "2"
        await response(scope, receive, send)

    async def _with_body_limit(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = Headers(scope=scope).get("content-length", "")
        if length.isdigit() and int(length) > self.max_body:
            await self._refuse(TooLarge(params={"limit": self.max_body_mb}), scope, receive, send)
            return
        taken = 0

        async def receive_limited() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self.max_body:
                    raise TooLarge(params={"limit": self.max_body_mb})
            return message

        await self.app(scope, receive_limited, send)


class Guard:
    """Refuses unknown hosts and changes asked for by other sites (``Sec-Fetch-Site``, else ``Origin``).

    Calls that carry a bearer token or no cookie at all come from programs, which no other site can borrow.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, error_page: ErrorPage) -> None:
        self.app = app
        self.any_host = "*" in settings.allowed_hosts
        self.hosts = {host.lower() for host in settings.allowed_hosts} | {urlsplit(settings.public_url).netloc.lower()}
        self.error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            error = self._check(scope)
            if error is not None:
                request = Request(scope)
                if scope["path"].startswith("/api/"):
                    await problem(request, error)(scope, receive, send)
                else:
                    await self.error_page(request, error, error.message)(scope, receive, send)
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
