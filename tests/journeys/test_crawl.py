"""Every page that links lead to, in every role: nothing broken, nothing inaccessible, nothing heavy."""

import gzip
import re
import urllib.request
from collections import deque
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from app.core.languages import Language
from tests.journeys.conftest import DESK, PHONE, SCREENSHOTS, Market, sign_in

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
ROLES = ("visitor", "maker", "buyer", "official", "admin")
MOST_PAGES = 160
PER_KIND = 4
AXE_OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def kind_of(url: str) -> str:
    """Pages of one kind differ by what they show only: a few of each are enough."""
    parts = urlsplit(url)
    path = re.sub(r"/(products|makers|categories|cities)/[^/]+", r"/\1/*", parts.path)
    path = re.sub(r"/\d+", "/#", path)
    names = ",".join(sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair}))
    return f"{path}?{names}"


@pytest.mark.parametrize("role", ROLES)
def test_every_link_leads_somewhere(market: Market, open_page: OpenPage, role: str) -> None:
    page = open_page(phone=False)
    if role != "visitor":
        sign_in(page, role, language="id")
    queue = deque(["/id/"])
    seen: dict[str, int] = {}
    visited: set[str] = set()
    broken: list[str] = []
    while queue and len(visited) < MOST_PAGES:
        url = queue.popleft()
        if url in visited:
            continue
        visited.add(url)
        answer = page.context.request.get(url, max_redirects=5)
        if answer.status >= 400:
            broken.append(f"{url}: {answer.status}")
            continue
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        body = answer.text()
        assert "style=" not in re.sub(r"<svg.*?</svg>", "", body, flags=re.DOTALL), url
        ids = re.findall(r'\sid="([^"]+)"', body)
        repeated = {each for each in ids if ids.count(each) > 1}
        if repeated:
            broken.append(f"{url}: ids repeated {repeated}")
        for link in re.findall(r'<a\s[^>]*?href="([^"]+)"', body):
            target = urljoin(market.url + url, link.replace("&amp;", "&"))
            parts = urlsplit(target)
            if f"{parts.scheme}://{parts.netloc}" != market.url or "/account/export" in parts.path:
                continue
            address = parts.path + (f"?{parts.query}" if parts.query else "")
            kind = kind_of(address)
            if address not in visited and seen.get(kind, 0) < PER_KIND:
                seen[kind] = seen.get(kind, 0) + 1
                queue.append(address)
    assert broken == []
    assert len(visited) > 20


PUBLIC = {
    "home": "/{locale}/",
    "list": "/{locale}/products",
    "search": "/{locale}/products?q=kopi",
    "nothing": "/{locale}/products?q=qqqqzzzz",
    "category": "/{locale}/categories/food",
    "makers": "/{locale}/makers",
    "cities": "/{locale}/cities",
    "city": "/{locale}/cities/petaling-jaya",
    "sign-in": "/{locale}/sign-in",
    "sign-up": "/{locale}/sign-up",
    "design": "/{locale}/design",
    "missing": "/{locale}/nowhere",
}


def first_link(market: Market, listing: str, marker: str) -> str:
    """The path, without its language, of the first page of a kind that a list links to."""
    with urllib.request.urlopen(market.url + listing, timeout=10) as answer:  # noqa: S310 - our own server
        body = answer.read().decode()
    found = re.search(rf'href="/en({marker}[^"?#]+)"', body)
    assert found, listing
    return found.group(1)


def accessible(page: Page) -> list[str]:
    """What axe finds wrong with a page, in short."""
    results = Axe().run(page, options=AXE_OPTIONS)
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:160]}" for violation in results.response["violations"]
    ]


@pytest.mark.parametrize("locale", [each.value for each in Language])
def test_public_pages_are_accessible_and_fit(market: Market, open_page: OpenPage, locale: str) -> None:
    pages = PUBLIC | {
        "product": "/{locale}" + first_link(market, "/en/products", "/products/"),
        "maker": "/{locale}" + first_link(market, "/en/makers", "/makers/"),
    }
    findings: list[str] = []
    for phone, dark in ((True, False), (False, False), (True, True)):
        page = open_page(phone=phone, dark=dark)
        size = PHONE if phone else DESK
        for name, path in pages.items():
            page.goto(path.format(locale=locale))
            findings += [f"{name} {size['width']} {'dark' if dark else 'light'}: {each}" for each in accessible(page)]
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if overflow > 0:
                findings.append(f"{name} {size['width']}: {overflow} px too wide")
            if locale in {"ko", "en"} and not dark:
                SCREENSHOTS.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=SCREENSHOTS / f"{name}-{locale}-{size['width']}.png")
    assert findings == []


WORK = {
    "maker": ("/{locale}/workspace", "/{locale}/workspace/products", "/{locale}/workspace/profile"),
    "official": ("/{locale}/office", "/{locale}/office/makers", "/{locale}/office/products"),
    "buyer": ("/{locale}/account",),
}


@pytest.mark.parametrize("role", list(WORK))
def test_workspaces_are_accessible_and_fit(open_page: OpenPage, role: str) -> None:
    findings: list[str] = []
    for phone in (True, False):
        page = open_page(phone=phone)
        sign_in(page, role)
        for locale in ("ko", "id"):
            for path in WORK[role]:
                answer = page.goto(path.format(locale=locale))
                assert answer is not None
                assert answer.status == 200, path
                findings += [f"{path} {locale} {'360' if phone else '1280'}: {each}" for each in accessible(page)]
                overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if overflow > 0:
                    findings.append(f"{path} {locale}: {overflow} px too wide")
                SCREENSHOTS.mkdir(parents=True, exist_ok=True)
                width = 360 if phone else 1280
                name = path.rpartition("/")[2]
                page.screenshot(path=SCREENSHOTS / f"{role}-{name}-{locale}-{width}.png")
    assert findings == []


def test_first_view_is_light(market: Market, open_page: OpenPage) -> None:
    page = open_page(phone=True)
    sizes: dict[str, int] = {}
    pictures: list[str] = []

    def note(url: str, kind: str, body: bytes) -> None:
        if kind == "image":
            if "/media/" in url:
                pictures.append(url)
            sizes["picture"] = sizes.get("picture", 0) + len(body)
        else:
            sizes[kind] = sizes.get(kind, 0) + len(gzip.compress(body, 6))
        sizes["requests"] = sizes.get("requests", 0) + 1

    page.on("response", lambda answer: note(answer.url, answer.request.resource_type, answer.body()))
    page.goto("/ko/", wait_until="networkidle")
    cards = page.locator("article.card")
    boxes = [cards.nth(number).locator("picture, .cover").first.bounding_box() for number in range(4)]
    whole = [box for box in boxes if box and box["y"] + box["height"] <= PHONE["height"]]
    assert len(whole) >= 2, boxes
    assert sizes["document"] <= 20_000, sizes
    assert sizes["stylesheet"] <= 15_000, sizes
    assert sizes.get("script", 0) <= 15_000, sizes
    assert "font" not in sizes
    assert page.evaluate("document.fonts.size") == 0
