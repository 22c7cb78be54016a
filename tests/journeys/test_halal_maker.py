"""A new maker with a phone: from sign-in to a certificate that waits for the city, and what it covers."""

import datetime as dt
import re
import time
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from app.businesses import queries as businesses
from app.catalogue.schemas.editing import ProductCreate
from app.catalogue.service import products
from app.core.languages import Language
from app.core.money import Currency, MoneyPublic
from app.demo import loader
from tests.journeys.conftest import COMMAND, PHONE, Market, OpenPage, enter
from tests.journeys.test_maker import required_fields

pytestmark = pytest.mark.browser
ADDRESS = "teh.nita@example.org"
BRAND = "Keripik Teh Nita"
NUMBER = "ID32110001333131122"
NAMES = "KERIPIK TEMPE KETUMBAR 150 GR\nSAMBAL BAWANG"
SECONDS = 120
FIELDS = 6
PER_SIGN = 0.6
"""Seconds that a thumb takes for a letter; a machine takes none."""
PER_FIELD = 3.0
"""Seconds to read a label and reach its field."""
PER_PHOTO = 15.0


def paper(path: Path) -> Path:
    """A certificate as a phone sees it."""
    picture = Image.effect_noise((1200, 1600), 20).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((120, 120, 1080, 1480), outline="#670075", width=12)
    draw.text((200, 300), f"SERTIFIKAT HALAL {NUMBER}", fill="#222222")
    picture.save(path, "JPEG", quality=85)
    return path


def furnish(market: Market) -> str:
    """A maker who has a product and never entered a certificate; gives the product's slug."""
    slug = market.add_waiting_maker(BRAND, ADDRESS, "9120304051788")
    with market.writing() as session:
        product = products.create_product(
            session,
            actor=COMMAND,
            business=businesses.get_business(session, slug, viewer=COMMAND),
            data=ProductCreate(
                name="Keripik tempe ketumbar",
                category="chips-crackers",
                price=MoneyPublic(amount="18000", currency=Currency.IDR),
                language=Language.ID,
            ),
            now=dt.datetime.now(dt.UTC),
        )
        return product.slug


def test_a_new_maker_hands_in_her_certificate_by_phone(market: Market, open_page: OpenPage, tmp_path: Path) -> None:
    slug = furnish(market)
    picture = paper(tmp_path / "sertifikat.jpg")
    page = open_page(locale="id-ID")

    begun = time.monotonic()
    enter(page, ADDRESS, language="id")
    page.goto("/id/workspace")
    page.locator(".work-nav a[href='/id/workspace/halal']").click()
    page.locator("main a[href='/id/workspace/certificates/new']").first.click()
    asked = hand_in(page, picture)
    expect(page.locator("main")).to_contain_text(NUMBER)
    taken = time.monotonic() - begun

    typed = ADDRESS + loader.PASSWORD + NUMBER + NAMES
    by_hand = len(typed) * PER_SIGN + (len(asked) + 2) * PER_FIELD + PER_PHOTO
    assert len(asked) <= FIELDS, asked
    assert taken + by_hand <= SECONDS, (taken, by_hand)
    match(page, slug)


def hand_in(page: Page, picture: Path) -> set[str]:
    """Fill in the form as somebody would who reads it; gives the names of the fields that she had to fill in."""
    page.wait_for_url("**/id/workspace/certificates/new")
    asked = required_fields(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_input_files("main input[type=file]", picture)
    page.fill("input[name=number]", NUMBER)
    page.fill("input[name=issued_on]", "2024-03-01")
    page.fill("textarea[name=items]", NAMES)
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(lambda address: "/certificates/new" not in address)
    return asked


def match(page: Page, slug: str) -> None:
    """What the certificate covers is proposed; one press confirms it."""
    public_id = re.search(r"/certificates/([^/?#]+)", page.url)
    assert public_id is not None, page.url
    page.goto(f"/id/workspace/certificates/{public_id[1]}/products")
    assert page.locator("main input[type=checkbox]:checked").evaluate_all("all => all.map(each => each.value)") == [
        slug
    ]
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_load_state()
    page.goto(f"/id/workspace/products/{slug}/halal")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    expect(page.locator("main .halal").first).to_have_attribute("data-halal", "claimed")
