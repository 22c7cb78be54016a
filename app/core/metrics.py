"""Figures for operators, in the text form that Prometheus reads."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

REGISTRY = CollectorRegistry()
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
    _REQUESTS.labels(method, route, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)


def expose() -> bytes:
    """All figures of this process."""
    return generate_latest(REGISTRY)
