"""HTTP clients for outside systems: bounded in time, few retries with jitter, no redirects, a bounded body."""

import asyncio
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


class UnusableAnswer(OutsideFailure):
    """An outside system answered, but more than we take, or packed."""


@dataclass(frozen=True)
class Answer:
    """What an outside system said."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Patience:
    """How many seconds we wait: to connect, for the next bytes, and for everything with all repeats."""

    connect: float = CONNECT_S
    read: float = READ_S
    all: float = ALL_S


PATIENCE = Patience()


def fetch(url: str, *, accept: str = "*/*", patience: Patience = PATIENCE) -> Answer:
    """GET an address of an outside system, trying again at most twice, all within ``patience``.

    Raises:
        OutsideFailure: no usable answer; the text says why, without the address.
    """
    try:
        return asyncio.run(_fetch(url, accept, patience))
    except TimeoutError as error:
        raise OutsideFailure("the answer takes too long") from error


async def _fetch(url: str, accept: str, patience: Patience) -> Answer:
    reason = "no answer"
    deadline = time.monotonic() + patience.all
    # Compressed answers are not asked for and not taken: a small one may unpack to a huge one.
    headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "little-bandung"}
    timeout = httpx2.Timeout(patience.read, connect=patience.connect)
    async with (
        asyncio.timeout(patience.all),
        httpx2.AsyncClient(timeout=timeout, follow_redirects=False, headers=headers, trust_env=False) as client,
    ):
        for attempt in range(RETRIES + 1):
            if attempt:
                wait = random.uniform(0.05, 0.25) * patience.connect * attempt  # noqa: S311 - jitter, no secret
                if time.monotonic() + wait >= deadline:
                    break
                await asyncio.sleep(wait)
            try:
                answer = await _get(client, url)
            except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
                reason = type(error).__name__
                continue
            if answer.status < HTTP_SERVER_ERROR and answer.status != TOO_MANY_REQUESTS:
                return answer
            reason = f"status {answer.status}"
    raise OutsideFailure(reason)


async def _get(client: httpx2.AsyncClient, url: str) -> Answer:
    async with client.stream("GET", url) as response:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise UnusableAnswer("the answer is compressed")
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_BODY:
                raise UnusableAnswer("the answer is too large")
        return Answer(response.status_code, response.headers.get("content-type", ""), bytes(body))
