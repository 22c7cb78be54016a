"""Every kind of page in a browser: accessible, as wide as its window, in the reader's language, light."""

import os
import re
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from app.core import catalogues
from app.core.languages import Language
from tests.journeys.conftest import DESK, PHONE, SCREENSHOTS, Market, OpenPage, sign_in

pytestmark = pytest.mark.browser
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
PUBLIC = {
    "home": "/",
    "list": "/products",
    "search": "/products?q=kopi",
    "nothing": "/products?q=qqqqzzzz",
    "category": "/categories/food",
    "makers": "/makers",
    "cities": "/cities",
    "city": "/cities/petaling-jaya",
    "sign-in": "/sign-in",
    "sign-up": "/sign-up",
    "design": "/design",
    "missing": "/nowhere",
}
WORK = {
    "maker": (
        "/workspace",
        "/workspace/profile",
        "/workspace/stories",
        "/workspace/contacts",
        "/workspace/licences",
        "/workspace/trademarks",
        "/workspace/products",
        "/workspace/products/new",
    ),
    "official": ("/office", "/office/makers?state=all", "/office/products", "/account/devices"),
    "buyer": ("/account", "/account/password", "/account/erase"),
    "admin": ("/account/people", "/office/audit"),
}
SHOWCASE = "LB_TEST_SCREENSHOTS"
"""Names the folder of the four pictures that the README shows, such as ``docs/screenshots``."""


def first_link(market: Market, listing: str, marker: str) -> str:
    """The path, without its language, of the first page of a kind that a list links to."""
    with urllib.request.urlopen(market.url + listing, timeout=10) as answer:  # noqa: S310 - our own server
        body = answer.read().decode()
    found = re.search(rf'href="/en({marker}[^"?#]+)"', body)
    assert found, listing
    return found.group(1)


def wrong_with(page: Page, name: str) -> list[str]:
    """What axe finds on a page, and how much wider than the window it is."""
    violations = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    findings = [f"{name}: {each['id']}: {each['nodes'][0]['html'][:160]}" for each in violations]
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if overflow > 0:
        findings.append(f"{name}: {overflow} px too wide")
    return findings


def keep_screenshot(page: Page, name: str) -> None:
    """Keep what the window shows, for a look after the run."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.jpg", type="jpeg", quality=60)


@pytest.mark.parametrize("locale", [each.value for each in Language])
def test_public_pages_are_accessible_and_fit(market: Market, open_page: OpenPage, locale: str) -> None:
    paths = PUBLIC | {
        "product": first_link(market, "/en/products", "/products/"),
        "maker": first_link(market, "/en/makers", "/makers/"),
    }
    findings: list[str] = []
    for phone in (True, False):
        page = open_page(phone=phone, dark=not phone)
        width = PHONE["width"] if phone else DESK["width"]
        for name, path in paths.items():
            answer = page.goto(f"/{locale}{path}")
            assert answer is not None
            assert answer.status == (404 if name == "missing" else 200), path
            findings += wrong_with(page, f"{name} {locale} {width}")
            if locale == "ko":
                keep_screenshot(page, f"{name}-{locale}-{width}")
    assert findings == []


@pytest.mark.parametrize("role", list(WORK))
def test_workspaces_are_accessible_and_fit(market: Market, open_page: OpenPage, role: str) -> None:
    findings: list[str] = []
    for phone in (True, False):
        page = open_page(phone=phone, dark=not phone)
        sign_in(market, page, role)
        width = PHONE["width"] if phone else DESK["width"]
        for path in WORK[role]:
            answer = page.goto(f"/ko{path}")
            assert answer is not None
            assert answer.status == 200, path
            name = re.sub(r"\W+", "-", path).strip("-")
            findings += wrong_with(page, f"{role} {path} {width}")
            keep_screenshot(page, f"{role}-{name}-{width}")
    assert findings == []


def test_parts_of_a_product_are_accessible_and_fit(market: Market, open_page: OpenPage) -> None:
    page = open_page()
    sign_in(market, page, "maker")
    page.goto("/ko/workspace/products")
    page.click("a.queue__name >> nth=0")
    page.wait_for_url("**/workspace/products/*")
    parts = [each.get_attribute("href") for each in page.locator("main nav a.chip").all()]
    assert len(parts) >= 5
    findings: list[str] = []
    for part in parts:
        page.goto(str(part))
        findings += wrong_with(page, str(part))
    assert findings == []


# --- in the reader's language ----------------------------------------------------------------------------------------


LEAST_LETTERS = 12
"""A shorter English sentence may stand in a name or be the same word in Korean."""
TEXTS = """() => [
    document.title,
    document.body.innerText,
    ...[...document.querySelectorAll("[aria-label], [placeholder], [title], [alt]")].flatMap((each) =>
        ["aria-label", "placeholder", "title", "alt"].map((name) => each.getAttribute(name) || "")),
].join("\\n")"""


def english_sentences() -> dict[str, re.Pattern[str]]:
    """Sentences of the interface that Korean has other words for, each as a pattern of how it would be shown."""
    found = {}
    for message in catalogues.read(Language.KO):
        forms = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
        translated = message.string if isinstance(message.string, str) else " ".join(message.string or ())
        for sentence in forms:
            pieces = re.split(r"%\(\w+\)s", sentence)
            if len("".join(pieces).strip()) > LEAST_LETTERS and translated != sentence:
                found[sentence] = re.compile(".{1,80}?".join(re.escape(piece) for piece in pieces))
    return found


def test_korean_pages_have_no_english_left(market: Market, open_page: OpenPage) -> None:
    sentences = english_sentences()
    assert len(sentences) > 300
    page = open_page(phone=False, locale="ko-KR")
    # A product whose maker has written in Korean too: other goods are shown, marked, in the maker's own language.
    paths = [*PUBLIC.values(), "/products/kopi-puntang-honey", first_link(market, "/en/makers", "/makers/")]
    left: list[str] = []

    def look(path: str) -> None:
        answer = page.goto(f"/ko{path}")
        assert answer is not None
        assert answer.status == (404 if path == PUBLIC["missing"] else 200), path
        text = page.evaluate(TEXTS)
        left.extend(f"{path}: {sentence}" for sentence, pattern in sentences.items() if pattern.search(text))

    paths.remove(PUBLIC["design"])  # The gallery shows components with sample values, for programmers.
    for path in paths:
        look(path)
    for role, own in WORK.items():
        sign_in(market, page, role)
        for path in own:
            look(path)
    assert left == []
    # The same look finds what is there: an English page is full of it.
    page.goto("/en/sign-in")
    english = page.evaluate(TEXTS)
    assert sum(bool(pattern.search(english)) for pattern in sentences.values()) >= 5


# --- light ------------------------------------------------------------------------------------------------------------


def transferred(answer: Response) -> int:
    """Bytes of the body as they came over the line."""
    return int(answer.request.sizes()["responseBodySize"])


PICTURES = """() => {
    const seen = [], ahead = [];
    for (const each of document.images) {
        const box = each.getBoundingClientRect();
        const upright = box.bottom > 0 && box.top < innerHeight;
        const within = upright && box.width > 0 && box.right > 0 && box.left < innerWidth;
        (within ? seen : each.loading === "lazy" ? ahead : []).push(each.currentSrc);
    }
    return [seen, ahead.filter((each) => !seen.includes(each))];
}"""
"""Addresses of pictures that stand in the window, and of those that wait outside it."""


@pytest.mark.parametrize("path", ["/ko/", "/ko/products", "product"])
def test_first_view_is_light(market: Market, open_page: OpenPage, path: str) -> None:
    if path == "product":
        path = "/ko" + first_link(market, "/en/products", "/products/")
    page = open_page(phone=True, locale="ko-KR")
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - the library wants a function
    page.goto(path, wait_until="networkidle")
    seen, ahead = page.evaluate(PICTURES)
    # What the browser fetches ahead of scrolling is not part of the first view.
    first = [answer for answer in answers if answer.url not in ahead]
    sizes: dict[str, int] = {}
    for answer in first:
        kind = answer.request.resource_type
        sizes[kind] = sizes.get(kind, 0) + transferred(answer)
    pictures = sum(transferred(answer) for answer in first if answer.url in seen)
    assert sizes["document"] <= 20_000, sizes
    assert sizes["stylesheet"] <= 15_000, sizes
    assert sizes["script"] <= 15_000, sizes
    assert 0 < pictures <= 120_000, sizes
    assert len(first) <= 20, [answer.url for answer in first]
    assert sum(sizes.values()) <= 200_000, sizes
    assert "font" not in sizes
    assert page.evaluate("document.fonts.size") == 0


def test_goods_stand_on_the_first_screen_of_a_phone(open_page: OpenPage) -> None:
    page = open_page(phone=True)
    page.goto("/ko/")
    boxes = [each.bounding_box() for each in page.locator("article.card picture").all()[:4]]
    whole = [box for box in boxes if box and box["y"] + box["height"] <= PHONE["height"]]
    assert len(whole) >= 2, boxes


# --- pictures for the README -----------------------------------------------------------------------------------------


def test_pictures_for_the_readme(market: Market, open_page: OpenPage) -> None:
    folder = Path(os.environ.get(SHOWCASE, SCREENSHOTS / "readme"))
    folder.mkdir(parents=True, exist_ok=True)
    product = "/en/products/kopi-puntang-honey"
    for name, path, phone in (
        ("home-ko", "/ko/", True),
        ("product-en", product, False),
        ("list-es", "/es/products", False),
        ("workspace-id", "/id/workspace", True),
    ):
        page = open_page(phone=phone)
        if path.endswith("workspace"):
            sign_in(market, page, "maker")
        page.goto(path, wait_until="networkidle")
        page.screenshot(path=folder / f"{name}.jpg", type="jpeg", quality=72)
        assert (folder / f"{name}.jpg").stat().st_size <= 120_000, name
