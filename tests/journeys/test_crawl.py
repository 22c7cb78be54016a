"""Every page that links lead to, in every role: none is broken, none styles itself, none repeats an id."""

import re
from collections import deque
from urllib.parse import urljoin, urlsplit

import pytest

from tests.journeys.conftest import Market, OpenPage, sign_in

pytestmark = pytest.mark.browser
MOST_PAGES = 90
PER_KIND = 3
START = {
    "visitor": ("/id/", ""),
    "maker": ("/id/workspace", "/id/workspace"),
    "official": ("/id/office", "/id/office"),
    "buyer": ("/id/account", "/id/account"),
    "admin": ("/id/account", "/id/account"),
}
"""Where each role begins, and the part of the site that is followed for it: the rest is the visitor's."""
LEAST = {"visitor": 60, "maker": 15, "official": 8, "buyer": 4, "admin": 4}


def kind_of(address: str) -> str:
    """Pages of one kind differ by what they show only: a few of each are enough."""
    parts = urlsplit(address)
    path = re.sub(r"^/(id|en|ms|ko|es)/", "/*/", parts.path)
    path = re.sub(r"/(products|makers|categories|cities)/[^/]+", r"/\1/*", path)
    path = re.sub(r"/\d+", "/#", path)
    names = ",".join(sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair}))
    return f"{path}?{names}"


def links_of(market: Market, address: str, body: str) -> list[str]:
    """Addresses on our own server that a page links to, without fragments."""
    found = []
    for link in re.findall(r'<a\s[^>]*?href="([^"]+)"', body):
        parts = urlsplit(urljoin(market.url + address, link.replace("&amp;", "&")))
        if f"{parts.scheme}://{parts.netloc}" == market.url:
            found.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return found


def wrong_with(body: str) -> list[str]:
    """What no page may hold: styles and scripts in its tags, one id twice."""
    faults = []
    if re.search(r"<[^>]*\sstyle=", body):
        faults.append("a style attribute")
    if re.search(r"<[^>]*\son\w+=", body):
        faults.append("an inline handler")
    ids = re.findall(r'\sid="([^"]+)"', body)
    if repeated := {each for each in ids if ids.count(each) > 1}:
        faults.append(f"ids repeated {repeated}")
    return faults


@pytest.mark.parametrize("role", list(START))
def test_every_link_leads_somewhere(market: Market, open_page: OpenPage, role: str) -> None:
    page = open_page(phone=False)
    if role != "visitor":
        sign_in(market, page, role)
    start, inside = START[role]
    queue = deque([start])
    queued = {start}
    of_a_kind: dict[str, int] = {}
    visited: set[str] = set()
    faults: list[str] = []
    while queue and len(visited) < MOST_PAGES:
        address = queue.popleft()
        visited.add(address)
        answer = page.context.request.get(address, max_redirects=5)
        if answer.status >= 400:
            faults.append(f"{address}: {answer.status}")
            continue
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        body = answer.text()
        faults += [f"{address}: {fault}" for fault in wrong_with(body)]
        for link in links_of(market, address, body):
            kind = kind_of(link)
            if link not in queued and link.startswith(inside) and of_a_kind.get(kind, 0) < PER_KIND:
                of_a_kind[kind] = of_a_kind.get(kind, 0) + 1
                queue.append(link)
                queued.add(link)
    assert faults == []
    assert len(visited) >= LEAST[role], " ".join(sorted(visited))
