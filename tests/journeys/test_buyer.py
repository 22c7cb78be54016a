"""A buyer in Seoul: finds coffee in Korean, narrows by price, reads what an order needs; also by keyboard and bare."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage

pytestmark = pytest.mark.browser
MOST_STEPS = 40
"""Presses of the Tab key to anything on the first screens; more is a wall."""


def search_and_narrow(page: Page) -> None:
    """Search for coffee in Korean; keep all goods to one band of prices: the list holds what the filter promised."""
    page.goto("/ko/")
    page.fill("input[name=q]", "커피")
    page.click(".search__button")
    page.wait_for_url("**/ko/products?*")
    # Coffee of Puntang, whose Korean name does not hold the word that was searched for.
    expect(page.locator("#goods article.card").filter(has_text="푼탕").first).to_be_visible()
    assert page.locator("#goods article.card").count() >= 4

    page.goto("/ko/products")
    page.click("a[href='#facets']")
    facet = page.locator("#facets details.facet").filter(has=page.locator("a[href*='price=']")).first
    if facet.get_attribute("open") is None:
        facet.locator("summary").click()
    counts = [int(each) for each in facet.locator("a[href*='price='] .facet__count").all_inner_texts()]
    promised = min(counts)
    assert 0 < promised < sum(counts)
    option = facet.locator("a[href*='price=']").nth(counts.index(promised))
    option.click()
    page.wait_for_url(re.compile("price="))
    assert page.locator("#goods article.card").count() == promised
    expect(page.locator("ul.chips a.chip--on")).to_have_count(1)


def test_a_buyer_in_seoul_finds_coffee(open_page: OpenPage) -> None:
    page = open_page(locale="ko-KR")
    page.goto("/")
    page.wait_for_url("**/ko/")
    expect(page.locator("html")).to_have_attribute("lang", "ko")

    search_and_narrow(page)

    page.locator("#goods a.card__link").first.click()
    page.wait_for_url("**/ko/products/*")
    name = page.locator("main h1").inner_text()
    facts = page.locator(".facts")
    # In won: the maker's own price for Korea, or about how much hers in rupiah is.
    expect(facts.locator(".price").first).to_contain_text("₩")
    expect(facts.locator(".keyfacts")).to_contain_text("최소")
    expect(facts.locator(".by__name")).to_have_text(re.compile(r"\S"))
    path = unquote(urlsplit(page.url).path)

    page.locator(".site-head__tools details.menu").first.locator("summary").click()
    page.locator(".site-head__tools a[hreflang=es]").first.click()
    page.wait_for_url("**/es/products/*")
    assert unquote(urlsplit(page.url).path) == path.replace("/ko/", "/es/")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    assert page.locator("main h1").inner_text() != name


def test_search_and_filter_without_javascript(open_page: OpenPage) -> None:
    search_and_narrow(open_page(scripts=False, locale="ko-KR"))


def test_currency_is_changed_and_kept(open_page: OpenPage) -> None:
    page = open_page(phone=False, locale="ko-KR")
    page.goto("/ko/products/kopi-puntang-honey")
    expect(page.locator(".price__about").first).to_contain_text("₩")
    page.locator(".site-head__tools details.menu").nth(1).locator("summary").click()
    page.select_option("#currency-desk", "MYR")
    page.locator("#currency-desk + button").click()
    page.wait_for_url("**/ko/products/kopi-puntang-honey*")
    expect(page.locator(".price__about").first).to_contain_text("MYR")
    page.goto("/ko/products")
    expect(page.locator(".price__about").first).to_contain_text("MYR")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the keyboard is at this element. Raises AssertionError when it takes too long or is not seen."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            break
    else:
        raise AssertionError(f"{selector} is not reached in {MOST_STEPS} steps")
    shown = page.evaluate(
        """() => {
            const here = document.activeElement;
            const box = here.getBoundingClientRect();
            const styles = [here, here.closest(".search") || here].map((each) => getComputedStyle(each));
            const lined = [...styles, getComputedStyle(here, "::after")].some(
                (each) => each.outlineStyle !== "none" || each.boxShadow !== "none");
            return lined && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
        }"""
    )
    assert shown, f"the keyboard's place is not shown at {selector}"


def test_everything_by_keyboard(open_page: OpenPage) -> None:
    page = open_page(phone=False)
    page.goto("/en/")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    expect(page.locator("a.skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()

    page.goto("/en/")
    tab_to(page, "input[name=q]")
    page.keyboard.type("batik")
    expect(page.locator(".suggestions [role=option]").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".suggestions")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/products?q=batik")
    tab_to(page, "#goods a.card__link")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/products/*")

    path = urlsplit(page.url).path
    tab_to(page, ".site-head__tools details.menu summary")
    page.keyboard.press("Enter")
    tab_to(page, "a.menu__item[hreflang=ko]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ko/products/*")
    assert urlsplit(page.url).path == path.replace("/en/", "/ko/")


def test_a_menu_closes_by_escape_and_gives_the_keyboard_back(open_page: OpenPage) -> None:
    page = open_page(phone=False)
    page.goto("/en/")
    tab_to(page, ".site-head__tools details.menu summary")
    page.keyboard.press("Enter")
    expect(page.locator(".site-head__tools details.menu[open]")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator(".site-head__tools details.menu[open]")).to_have_count(0)
    expect(page.locator(".site-head__tools details.menu summary").first).to_be_focused()
