"""What surrounds every request: headers, hosts, other sites, sizes, load, proxies, figures."""

import re
import socket
import threading
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from app.core.middleware import Guard
from app.core.templating import error_page
from tests.core.conftest import Live, at_once, make_settings, serving

HEADERS = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=63072000",
}
SHA = "a" * 24


def test_every_answer_carries_the_security_headers(live_database: str, tmp_path: Path) -> None:
    picture = tmp_path / "media" / "public" / "aa" / f"{SHA}.jpeg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"jpeg")
    settings = make_settings(tmp_path, live_database, base_url="https://bandung.example", allowed_hosts=["127.0.0.1"])
    with serving(settings) as live, live.client() as client:
        tag = client.get("/api/v1/probe/rate").headers["etag"]
        answers = [
            client.get("/healthz"),
            client.get("/en/nowhere"),
            client.get("/api/v1/nowhere"),
            client.get("/en/probe/fault"),
            client.get("/"),
            client.get("/static/css/base.css"),
            client.get(f"/media/{SHA}.jpeg"),
            client.get(f"/media/{SHA}.jpeg", headers={"If-None-Match": f'"{SHA[:24]}"'}),
            client.get("/api/v1/probe/rate", headers={"If-None-Match": tag}),
            client.get("/healthz", headers={"Host": "evil.example"}),
            client.post("/en/probe/form", headers={"Origin": "https://evil.example"}),
            client.delete("/healthz"),
            client.post("/en/probe/form", content=b"x" * 17_000_000),
        ]
    expected = [200, 404, 404, 500, 307, 200, 200, 304, 304, 400, 403, 405, 413]
    assert [answer.status_code for answer in answers] == expected
    for answer in answers:
        for name, part in HEADERS.items():
            assert part in answer.headers[name], (answer.request.url, name)
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_without_https_nothing_is_promised_about_it(live: Live) -> None:
    with live.client() as client:
        assert "strict-transport-security" not in client.get("/healthz").headers


@pytest.mark.parametrize(
    ("host", "served"),
    [
        ("bandung.example", True),
        ("BANDUNG.example", True),
        ("shop.example", True),
        ("shop.example:8443", True),
        ("evil.example", False),
        ("bandung.example.evil.example", False),
        ("", False),
        ("bandung.example@evil.example", False),
    ],
)
def test_only_our_hosts_are_served(tmp_path: Path, host: str, *, served: bool) -> None:
    settings = make_settings(tmp_path, "sqlite://", base_url="https://bandung.example", allowed_hosts=["shop.example"])
    guard = Guard(None, settings=settings, error_page=error_page)  # type: ignore[arg-type]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", host.encode())]}
    assert (guard._check(scope) is None) is served


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, False),
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "http://testserver.evil.example"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_sites_change_nothing(client: TestClient, method: str, headers: dict[str, str], *, taken: bool) -> None:
    answer = client.request(method, "/api/v1/nowhere", headers=headers)
    assert answer.status_code == (404 if taken else 403)
    assert taken or answer.json()["code"] == "cross_site"


def raw(port: int, data: bytes, *, more: bytes = b"", wait: float = 10) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        connection.sendall(data)
        if more:
            for _ in range(17):
                try:
                    connection.sendall(more)
                except OSError:
                    break
        try:
            return connection.recv(4096)
        except OSError:
            return b""


def test_too_large_a_body_is_refused_with_and_without_its_length(live: Live) -> None:
    port = int(live.url.rsplit(":", 1)[1])
    head = b"POST /api/v1/probe/things HTTP/1.1\r\nHost: testserver\r\nContent-Type: application/json\r\n"
    announced = raw(port, head + b"Content-Length: 17000000\r\n\r\n")
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    counted = raw(port, head + b"Transfer-Encoding: chunked\r\n\r\n", more=chunk)
    assert announced.startswith(b"HTTP/1.1 413")
    assert counted.startswith(b"HTTP/1.1 413")
    assert b"too_large" in announced + counted
    with live.client() as client:
        page = client.post("/en/probe/form", content=b"x" * 17_000_000)
        assert "The limit is 16 MB." in page.text
        assert client.post("/api/v1/probe/things", json={"name": "after"}).status_code == 201


def test_a_slow_sender_holds_nobody_up(live_database: str, tmp_path: Path) -> None:
    with serving(make_settings(tmp_path, live_database, threads=2)) as live:
        port = int(live.url.rsplit(":", 1)[1])
        head = b"POST /api/v1/probe/things HTTP/1.1\r\nHost: testserver\r\nContent-Length: 100\r\n\r\n{"
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(10)]
        for connection in slow:
            connection.sendall(head)
        started = time.monotonic()
        with live.client() as client:
            assert client.post("/api/v1/probe/things", json={"name": "quick"}).status_code == 201
        assert time.monotonic() - started < 2
        for connection in slow:
            connection.close()


def test_too_many_at_once_are_told_to_come_again_quickly(live_database: str, tmp_path: Path) -> None:
    with serving(make_settings(tmp_path, live_database, max_in_flight=4, threads=2)) as live:
        gate = threading.Event()

        def hold() -> dict[str, str]:
            gate.wait(10)
            return {}

        live.application.add_api_route("/api/v1/probe/hold", hold)

        clients = [live.client() for _ in range(31)]

        def ask(place: int) -> tuple[int, float, str]:
            if place == 0:
                time.sleep(1)
                gate.set()
                return 200, 0, ""
            started = time.monotonic()
            answer = clients[place].get("/api/v1/probe/hold")
            clients[place].close()
            return answer.status_code, time.monotonic() - started, answer.headers.get("retry-after", "")

        answers = at_once(31, ask)[1:]
        refused = [(seconds, after) for status, seconds, after in answers if status == 503]
        assert sorted({status for status, _, _ in answers}) == [200, 503]
        assert len(refused) == 26
        assert max(seconds for seconds, _ in refused) < 1
        assert {after for _, after in refused} == {"2"}
        with live.client() as client:
            assert client.get("/api/v1/probe/hold").status_code == 200


def test_proxies_are_believed_only_when_listed(live_database: str, tmp_path: Path) -> None:
    from fastapi import Request  # noqa: PLC0415 - the route below is this test's own

    def who(request: Request) -> dict[str, str]:
        return {"client": request.client.host if request.client else "", "scheme": request.url.scheme}

    forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    for trusted, seen in (([], ("127.0.0.1", "http")), (["127.0.0.1"], ("203.0.113.7", "https")),
                          (["10.0.0.1"], ("127.0.0.1", "http"))):  # fmt: skip
        with serving(make_settings(tmp_path, live_database, trusted_proxies=trusted)) as live, live.client() as client:
            live.application.add_api_route("/api/v1/probe/who", who)
            answer = client.get("/api/v1/probe/who", headers=forwarded).json()
            assert (answer["client"], answer["scheme"]) == seen


def test_figures_are_for_this_machine_and_listed_networks(live_database: str, tmp_path: Path) -> None:
    settings = make_settings(tmp_path, live_database, trusted_proxies=["127.0.0.1"], metrics_from=["10.1.0.0/16"])
    with serving(settings) as live, live.client() as client:
        statuses = [
            client.get("/metrics", headers=headers).status_code
            for headers in (
                {},
                {"X-Forwarded-For": "203.0.113.7"},
                {"X-Forwarded-For": "10.1.2.3"},
                {"X-Forwarded-For": "10.2.2.3"},
                {"X-Forwarded-For": "127.0.0.1"},
                {"X-Forwarded-For": "nonsense"},
            )
        ]
    assert statuses == [200, 404, 200, 404, 404, 404]
    with serving(make_settings(tmp_path, live_database)) as live, live.client() as client:
        assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 404


def test_figures_can_be_read_by_prometheus(live: Live) -> None:
    with live.client() as client:
        client.get("/api/v1/probe/things/somebody@example.org")
        client.request("BREW", "/healthz")
        text = client.get("/metrics").text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    routes = {sample.labels["route"] for sample in samples if sample.name == "lb_requests_total"}
    methods = {sample.labels["method"] for sample in samples if sample.name == "lb_requests_total"}
    assert "/api/v1/probe/things/{key}" in routes
    assert "BREW" not in methods
    assert "example.org" not in text
