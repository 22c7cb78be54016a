"""Words that are programs: whatever people type is shown as text, and nothing of it runs."""

import datetime as dt
from urllib.parse import quote

import pytest
from playwright.sync_api import Page
from sqlmodel import select

from app.businesses.models import Business
from app.catalogue import index
from app.catalogue.models import Product, ProductState, Unit
from app.catalogue.schemas.editing import PricesUpdate, PriceTier, ProductCreate, TextUpdate
from app.catalogue.service import products
from app.core.languages import Language
from app.core.money import Currency, MoneyPublic
from tests.factories import NOON
from tests.journeys.conftest import COMMAND, Market, OpenPage

pytestmark = pytest.mark.browser
PAYLOADS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "<svg/onload=window.hacked=1>",
    '"><script>window.hacked=1</script>',
    "'><img src=x onerror=window.hacked=1>",
    '" autofocus onfocus="window.hacked=1',
    "' onmouseover='window.hacked=1' style='position:fixed;inset:0",
    "</title><script>window.hacked=1</script>",
    "</textarea><script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    '"}</script><script>window.hacked=1</script>',
    "<!--<script>--><img src=x onerror=window.hacked=1>",
    "javascript:window.hacked=1//",
    "<a href=javascript:window.hacked=1>batik</a>",
    "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "<details open ontoggle=window.hacked=1>",
    "{{ 7 * 191 }}{% print(7 * 191) %}${7*191}",
    "<base href=//outside.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:window.hacked=1'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=window.hacked=1&gt;'>",
)


def publish(market: Market, payload: str, number: int) -> str:
    """A public product whose every word is the payload; gives its name as it is kept."""
    now = dt.datetime.now(dt.UTC)
    with market.writing() as session:
        business = session.exec(select(Business).where(Business.slug == "jilid-tamblong")).one()
        product = products.create_product(
            session,
            actor=COMMAND,
            business=business,
            data=ProductCreate(name=payload, category="notebooks", unit=Unit.PIECE, moq=1, summary=payload),
            slug=f"hostile-{number}",
            now=now,
        )
        for language in (Language.ID, Language.EN):
            words = TextUpdate(name=payload, summary=payload, story=payload, care=payload, materials=payload)
            products.save_text(session, actor=COMMAND, product=product, language=language, data=words, now=now)
        tiers = [PriceTier(min_quantity=1, price=MoneyPublic(amount="18000", currency=Currency.IDR))]
        products.set_prices(session, actor=COMMAND, product=product, data=PricesUpdate(tiers=tiers), now=now)
        product.state = ProductState.PUBLISHED
        product.published_at = now
        index.reindex_products(session, [product.id], now=NOON)
        return next(text.name for text in product.texts if text.language == Language.EN)


def archive(market: Market) -> None:
    """Take the hostile goods out of the other tests' sight."""
    with market.writing() as session:
        rows = session.exec(select(Product).where(Product.slug.startswith("hostile-"))).all()
        for product in rows:
            product.state = ProductState.ARCHIVED
            product.published_at = None
        index.reindex_products(session, [product.id for product in rows], now=NOON)


def unharmed(page: Page) -> bool:
    """Whether nothing ran and nothing was built from the words."""
    return bool(
        page.evaluate(
            """() => window.hacked === undefined
                && !document.querySelector("iframe, base, math, main style, img[src='x'], [onerror], [onload], [style]")
                && ![...document.links].some((each) => each.protocol === "javascript:")"""
        )
    )


def test_hostile_words_of_a_product_are_text(market: Market, open_page: OpenPage) -> None:
    page = open_page(phone=False)
    try:
        names = [publish(market, payload, number) for number, payload in enumerate(PAYLOADS)]
        page.goto("/en/products?q=window.hacked")
        assert unharmed(page)
        page.goto("/en/makers/jilid-tamblong")
        assert unharmed(page)
        for number, name in enumerate(names):
            answer = page.goto(f"/en/products/hostile-{number}")
            assert answer is not None
            assert answer.status == 200
            page.wait_for_load_state("load")
            assert page.locator("main h1").text_content() == name
            assert name in page.locator("main .lead").inner_text()
            assert "1337" not in name
            page.mouse.move(400, 300)
            assert unharmed(page), name
    finally:
        archive(market)


def test_hostile_words_in_the_search_are_text(open_page: OpenPage) -> None:
    page = open_page(phone=False)
    for payload in PAYLOADS:
        answer = page.goto(f"/en/products?q={quote(payload)}")
        assert answer is not None
        assert answer.status == 200
        assert page.locator("input[name=q]").input_value() == payload
        page.mouse.move(400, 300)
        assert unharmed(page), payload
