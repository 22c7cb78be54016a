"""Figures for operators, in the text form that Prometheus reads."""

from collections.abc import Iterable
from functools import cache
from ipaddress import ip_address, ip_network

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from app.core.config import Settings

REGISTRY = CollectorRegistry()
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_REQUESTS = Counter(
    "lb_requests_total", "Answers by method, route and status", ["method", "route", "status"], registry=REGISTRY
)
_SECONDS = Histogram(
    "lb_request_seconds",
    "Seconds from request to answer, by route",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
KEPT_ANSWERS = Counter("lb_kept_answers_total", "Answers given from memory", registry=REGISTRY)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer. Routes are templates, never addresses, so that no personal data gets in."""
    answers, durations = _series(method if method in METHODS else "other", route, status)
    answers.inc()
    durations.observe(seconds)


@cache  # as many as the registry itself holds; asking it again costs more than counting
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return _REQUESTS.labels(method, route, str(status)), _SECONDS.labels(route)


def expose() -> bytes:
    """All figures of this process."""
    return generate_latest(REGISTRY)


def may_read(address: str, header_names: Iterable[str], settings: Settings) -> bool:
    """Whether a caller may see the figures: this machine itself, without a proxy between, or a listed network."""
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    if any(caller in ip_network(network, strict=False) for network in settings.metrics_from):
        return True
    # A proxy of this machine that is not named in LB_TRUSTED_PROXIES speaks for the whole world.
    return caller.is_loopback and {"x-forwarded-for", "forwarded", "x-real-ip"}.isdisjoint(header_names)
