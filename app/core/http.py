"""HTTP clients for outside systems: bounded in time, few retries with jitter, no redirects, a bounded body."""

import random
import time
from dataclasses import dataclass

import httpx2

CONNECT_S, READ_S, ALL_S = 2.0, 5.0, 8.0
RETRIES = 2
MAX_BODY = 5 * 1024 * 1024
HTTP_SERVER_ERROR = 500
TOO_MANY_REQUESTS = 429


class OutsideFailure(Exception):
    """An outside system did not answer in time, or not with what it documents."""


@dataclass(frozen=True)
class Answer:
    """What an outside system said."""

    status: int
    content_type: str
    body: bytes


def fetch(url: str, *, accept: str = "*/*", transport: httpx2.BaseTransport | None = None) -> Answer:
    """GET an address of an outside system, trying again at most twice within eight seconds.

    Raises:
        OutsideFailure: no usable answer; the text says why, without the address's parameters.
    """
    deadline = time.monotonic() + ALL_S
    reason = "no answer"
    timeout = httpx2.Timeout(READ_S, connect=CONNECT_S)
    headers = {"Accept": accept, "User-Agent": "little-bandung"}
    with httpx2.Client(timeout=timeout, follow_redirects=False, transport=transport, headers=headers) as client:
        for attempt in range(RETRIES + 1):
            if attempt:
                time.sleep(min(random.uniform(0.1, 0.5) * 2**attempt, max(0.0, deadline - time.monotonic())))  # noqa: S311
            if time.monotonic() >= deadline:
                break
            try:
                answer = _get(client, url, deadline)
            except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
                reason = type(error).__name__
                continue
            if answer.status < HTTP_SERVER_ERROR and answer.status != TOO_MANY_REQUESTS:
                return answer
            reason = f"status {answer.status}"
    raise OutsideFailure(reason)


def _get(client: httpx2.Client, url: str, deadline: float) -> Answer:
    with client.stream("GET", url) as response:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_BODY:
                raise OutsideFailure("the answer is too large")
            if time.monotonic() > deadline:
                raise OutsideFailure("the answer takes too long")
        return Answer(response.status_code, response.headers.get("content-type", ""), bytes(body))
