"""A maker with a phone: from the first visit to a product that waits for the city."""

import io
import re
import time
import urllib.request
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.demo import loader
from tests.journeys.conftest import Market, OpenPage, enter, sign_in

pytestmark = pytest.mark.browser
ADDRESS = "teh.rini@example.org"
BRAND = "Dompet Teh Rini"
GPS = 0x8825
"""Tag of the place of a picture (Exif 2.32, section 4.6.3)."""


def photo(path: Path) -> Path:
    """A picture as a phone takes it: with its camera, its time and its place."""
    picture = Image.effect_noise((1600, 1200), 40).convert("RGB")
    exif = picture.getexif()
    exif[0x010F] = "Telephone of Teh Rini"
    exif[0x9003] = "2026:11:20 10:00:00"
    exif.get_ifd(GPS).update({1: "S", 2: (6.0, 54.0, 53.0), 3: "E", 4: (107.0, 36.0, 35.0)})
    picture.save(path, "JPEG", quality=85, exif=exif)
    return path


def required_fields(page: Page) -> set[str]:
    """Names of the fields that the form asks for, those that are filled in already left out."""
    names: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main form [required]")]
            .filter((each) => !(each.tagName === "SELECT" && each.value))
            .map((each) => each.name)"""
    )
    return set(names)


def test_a_new_maker_lists_her_first_product(market: Market, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(locale="id-ID")
    make_account(market, page)
    start_profile(page)
    page.goto("/id/workspace/submit")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/id/workspace")
    expect(page.locator("main .page-head .pill")).to_contain_text("Menunggu")

    product = list_product(page, photo(tmp_path / "dompet.jpg"))
    pictures = wait_for_pictures(page, f"{product}/pictures")
    page.goto(product)
    page.click("main button[name=do][value=submit]")
    page.wait_for_url(lambda address: "/workspace/products" in address)
    page.goto(product)
    expect(page.locator("main .pill").first).to_have_text("Di Pemkot")

    assert tell_nothing(pictures) == {"AVIF", "WEBP", "JPEG"}


def make_account(market: Market, page: Page) -> None:
    """Sign up, follow the mailed link, sign in."""
    page.goto("/id/sign-up?side=maker")
    assert len(required_fields(page)) <= 5
    page.fill("input[name=name]", "Rini Marlina")
    page.fill("input[name=email]", ADDRESS)
    page.fill("input[name=password]", loader.PASSWORD)
    page.check("input[name=consent]")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/id/mail-sent*")

    mail = market.wait_for_mail(ADDRESS, "/id/verify/")
    link = re.search(r"https?://\S+/id/verify/\S+", mail)
    assert link is not None, mail
    page.goto(link.group())
    page.click("main form button[type=submit]")
    page.wait_for_url("**/id/sign-in*")
    enter(page, ADDRESS, language="id")


def start_profile(page: Page) -> None:
    """Begin the profile: seven fields, and what is typed outlives leaving the page."""
    page.goto("/id/workspace/start")
    assert len(required_fields(page)) <= 7
    assert page.locator("main form .field, main form fieldset").count() <= 8
    page.fill("input[name=brand]", BRAND)
    with_draft = "() => Object.keys(localStorage).some((key) => key.startsWith('draft:business'))"
    page.wait_for_function(with_draft)
    page.goto("/id/products")
    page.goto("/id/workspace/start")
    expect(page.locator("input[name=brand]")).to_have_value(BRAND)
    expect(page.locator("main [role=status]")).to_be_visible()
    page.fill("input[name=legal_name]", "Rini Marlina")
    page.fill("input[name=nib]", "9120304051627")
    page.locator("input[name=kbli]").first.fill("15121")
    page.locator("input[name=scale]").first.check()
    page.select_option("select[name=kecamatan_code]", "32.73.02")
    page.fill("textarea[name=story]", "Saya menjahit dompet kulit domba di Dago sejak 2014, bersama dua tetangga.")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/id/workspace")
    assert page.evaluate(with_draft) is False


def list_product(page: Page, picture: Path) -> str:
    """Describe a product, with a photo; gives the address of its page in the workspace."""
    page.goto("/id/workspace/products/new")
    assert len(required_fields(page)) <= 4
    page.fill("input[name=name]", "Dompet lipat kulit domba")
    page.wait_for_function("() => localStorage.getItem('draft:product-new') !== null")
    page.goto("/id/workspace")
    page.goto("/id/workspace/products/new")
    expect(page.locator("input[name=name]")).to_have_value("Dompet lipat kulit domba")
    page.select_option("select[name=category]", "wallets")
    page.fill("input[name=price]", "185.000")
    page.fill("input[name=moq]", "6")
    page.fill("input[name=summary]", "Dompet lipat dari kulit domba Garut, dijahit tangan.")
    page.set_input_files("input[name=pictures]", picture)
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile(r"/id/workspace/products/(?!new)[^/]+$"))
    product = page.url.partition("?")[0]
    if page.locator("[name='attributes.material']").count() == 0:
        page.goto(product)
    page.fill("[name='attributes.material']", "Kulit domba")
    page.click("main form.form button[type=submit]")
    page.wait_for_load_state()
    return product


def tell_nothing(files: list[str]) -> set[str]:
    """Kinds of these served pictures, none of which says who took it, when or where."""
    kinds = set()
    for address in files:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own server
            data = answer.read()
        assert b"Telephone of Teh Rini" not in data, address
        with Image.open(io.BytesIO(data)) as picture:
            kinds.add(str(picture.format))
            assert dict(picture.getexif()) == {}, address
            assert picture.getexif().get_ifd(GPS) == {}, address
            assert not {"exif", "xmp", "comment", "XML:com.adobe.xmp"} & set(picture.info), address
    return kinds


def wait_for_pictures(page: Page, address: str) -> list[str]:
    """Every file of the first picture on this page, once the worker has made them."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        page.goto(address)
        files: list[str] = page.evaluate(
            """() => [...document.querySelectorAll("main .tile picture source, main .tile picture img")]
                .flatMap((each) => [...(each.srcset || "").split(",").map((one) => one.trim().split(" ")[0]), each.src])
                .filter(Boolean).map((each) => new URL(each, location.href).href)"""
        )
        if files:
            return sorted(set(files))
        time.sleep(0.3)
    raise AssertionError(page.locator("main").inner_text())


def test_a_maker_creates_a_draft_without_javascript(market: Market, open_page: OpenPage) -> None:
    page = open_page(scripts=False, locale="id-ID")
    enter(page, next(each.email for each in loader.LOGINS if each.role == "maker"), language="id")
    page.goto("/id/workspace/products/new")
    page.select_option("select[name=category]", "notebooks")
    page.fill("input[name=name]", "Buku catatan sampul batik")
    page.fill("input[name=price]", "45000")
    page.fill("input[name=moq]", "1")
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile(r"/id/workspace/products/(?!new)[^/]+$"))
    expect(page.locator("main h1")).to_have_text("Buku catatan sampul batik")

    page.goto("/id/workspace/products")
    expect(page.get_by_role("link", name="Buku catatan sampul batik")).to_be_visible()


def test_a_refused_form_keeps_what_was_typed_and_says_what_to_change(market: Market, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    sign_in(market, page, "maker")
    page.goto("/en/workspace/products/new")
    page.fill("input[name=name]", "Batik pouch")
    page.fill("input[name=price]", "cheap")
    page.select_option("select[name=category]", "batik")
    page.click("main form button[type=submit]")
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("#f-price-error")).to_be_visible()
    expect(page.locator("input[name=name]")).to_have_value("Batik pouch")
    expect(page.locator("input[name=price]")).to_have_value("cheap")
    expect(page.locator("select[name=category]")).to_have_value("batik")
