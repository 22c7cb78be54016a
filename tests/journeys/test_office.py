"""An official at a desk: makers verified and goods published in three clicks, and returned with words that arrive."""

import datetime as dt
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from app.businesses.letters import REASONS
from app.businesses.models import Business, BusinessState, ReturnReason
from app.catalogue.schemas.editing import REASON_LABELS
from app.catalogue.schemas.editing import ReturnReason as ProductReason
from app.core.config import Settings
from app.core.languages import Language, translate
from app.demo import loader
from app.halal.schemas.certificates import CertificateEnter
from app.halal.service import certificates
from tests.journeys.conftest import COMMAND, Market, OpenPage, enter, free_port, serving, sign_in, wait_until_ready

pytestmark = pytest.mark.browser


class Clicks:
    """Counts how often an official had to click."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def click(self, selector: str) -> None:
        """Click what is seen."""
        self.page.locator(selector).first.click()
        self.count += 1


def test_from_the_office_to_a_verified_maker_in_three_clicks(market: Market, open_page: OpenPage) -> None:
    market.add_waiting_maker("Sepatu Kang Ujang", "ujang@example.org", "9120304050001")
    page = open_page(phone=False)
    sign_in(market, page, "official")
    page.goto("/en/office")
    clicks = Clicks(page)

    clicks.click("main a[href*='/office/makers/']")
    page.wait_for_url("**/en/office/makers/*")
    first = page.url.rpartition("/")[2]
    clicks.click("main form[action$='/verify'] button")
    page.wait_for_url(lambda url: not url.endswith(first))

    assert clicks.count <= 3
    assert "/en/office/makers/" in page.url
    expect(page.locator(".flash")).to_be_visible()
    expect(page.locator("main form[action$='/verify'] button")).to_be_visible()
    page.goto(f"/en/office/makers/{first}")
    expect(page.locator("main .page-head .pill")).to_have_text("Verified")
    answer = page.goto(f"/en/makers/{first}")
    assert answer is not None
    assert answer.status == 200


def test_from_the_office_to_a_confirmed_certificate_in_three_clicks(market: Market, open_page: OpenPage) -> None:
    with market.writing() as session:
        business = session.exec(select(Business).where(Business.state == BusinessState.VERIFIED)).first()
        assert business is not None
        entered = certificates.enter_certificate(
            session,
            actor=COMMAND,
            business=business,
            data=CertificateEnter(
                body="BPJPH",
                number="ID00990000000000999",
                holder=business.legal_name,
                issued_on=dt.date(2026, 2, 3),
                items=["KERIPIK SINGKONG"],
            ),
            paper=None,
            now=dt.datetime.now(dt.UTC),
            settings=Settings(data_dir=market.data_dir),
        ).public_id
    page = open_page(phone=False)
    sign_in(market, page, "official")
    page.goto("/en/office")
    clicks = Clicks(page)

    clicks.click("main a[href*='/office/halal/certificates/']")
    page.wait_for_url("**/en/office/halal/certificates/*")
    # The oldest in the queue may be a maker's who is not verified yet; this one is.
    assert page.goto(f"/en/halal/certificates/{entered}").status == 404  # type: ignore[union-attr]
    page.goto(f"/en/office/halal/certificates/{entered}")
    page.select_option("select[name=result]", "confirmed")
    clicks.count += 1
    clicks.click("main form[action$='/verify'] button")
    page.wait_for_url(lambda url: not url.endswith(entered))

    assert clicks.count <= 3
    expect(page.locator(".flash")).to_be_visible()
    page.goto(f"/en/office/halal/certificates/{entered}")
    expect(page.locator("main .page-head .pill").first).to_have_text("Confirmed")
    answer = page.goto(f"/en/halal/certificates/{entered}")
    assert answer is not None
    assert answer.status == 200


def test_from_the_office_to_a_published_product_in_three_clicks(market: Market, open_page: OpenPage) -> None:
    page = open_page(phone=False)
    sign_in(market, page, "official")
    # The oldest in the queue may be a maker's who is not verified yet; this one is.
    page.goto("/en/office/products/cimaung-cold-brew")
    answer = page.goto("/en/products/cimaung-cold-brew")
    assert answer is not None
    assert answer.status == 404
    page.goto("/en/office")
    clicks = Clicks(page)

    clicks.click("main .todo a[href*='/office/products']")
    page.wait_for_url("**/en/office/products*")
    if page.locator("main a[href$='/office/products/cimaung-cold-brew']").count():
        clicks.click("main a.queue__name[href$='/office/products/cimaung-cold-brew']")
    page.wait_for_url("**/en/office/products/cimaung-cold-brew*")
    clicks.click("main button[name=do][value=publish]")
    page.wait_for_url(lambda url: "cimaung-cold-brew" not in url)

    assert clicks.count <= 3
    expect(page.locator(".flash")).to_be_visible()
    expect(page.locator("main button[name=do][value=publish]")).to_be_visible()
    answer = page.goto("/en/products/cimaung-cold-brew")
    assert answer is not None
    assert answer.status == 200


def test_a_returned_maker_reads_why_in_her_language(market: Market, open_page: OpenPage) -> None:
    address = "entin@example.org"
    slug = market.add_waiting_maker("Tas Bu Entin", address, "9120304050002")
    own_words = "Nama di foto NIB adalah Entin Kartini."
    page = open_page(phone=False)
    sign_in(market, page, "official")
    page.goto(f"/en/office/makers/{slug}")
    page.locator("main details summary").first.click()
    form = page.locator("main form[action$='/return']")
    form.locator("select[name=code]").select_option(ReturnReason.NAME_DIFFERS.value)
    form.locator("textarea[name=text]").fill(own_words)
    form.locator("button[type=submit]").click()
    page.wait_for_url(lambda url: slug not in url)

    reason = translate(Language.ID, REASONS[ReturnReason.NAME_DIFFERS])
    assert reason != REASONS[ReturnReason.NAME_DIFFERS]
    maker = open_page(locale="id-ID")
    enter(maker, address, language="id")
    maker.goto("/id/workspace")
    expect(maker.locator("main")).to_contain_text(reason)
    expect(maker.locator("main")).to_contain_text(own_words)
    mail = market.wait_for_mail(address, own_words)
    assert reason in mail


def test_goods_taken_down_say_why_to_their_maker_in_her_language(market: Market, open_page: OpenPage) -> None:
    slug = "padasuka-angklung-anak-warna"
    note = "Foto kedua buram, mohon diganti."
    page = open_page(phone=False)
    sign_in(market, page, "official")
    page.goto(f"/en/office/products/{slug}")
    page.locator("main form details summary").click()
    page.check("input[name=reason][value=picture]")
    page.fill("textarea[name=note]", note)
    page.click("button[name=do][value=take_down]")
    page.wait_for_url(lambda url: slug not in url)

    answer = page.goto(f"/en/products/{slug}")
    assert answer is not None
    assert answer.status == 404
    reason = translate(Language.ID, REASON_LABELS[ProductReason.PICTURE])
    assert reason != REASON_LABELS[ProductReason.PICTURE]
    maker = open_page(locale="id-ID")
    sign_in(market, maker, "maker")
    maker.goto(f"/id/workspace/products/{slug}")
    expect(maker.locator("main .notice").first).to_contain_text(reason)
    expect(maker.locator("main .notice").first).to_contain_text(note)
    expect(maker.locator("main button[name=do][value=submit]")).to_be_visible()


def test_a_maker_is_verified_without_javascript(market: Market, open_page: OpenPage) -> None:
    slug = market.add_waiting_maker("Topi Mang Asep", "asep@example.org", "9120304050003")
    page = open_page(phone=False, scripts=False)
    sign_in(market, page, "official")
    page.goto(f"/id/office/makers/{slug}")
    page.click("main form[action$='/verify'] button")
    page.wait_for_url(lambda url: slug not in url)
    answer = page.goto(f"/id/makers/{slug}")
    assert answer is not None
    assert answer.status == 200


def test_an_official_without_second_factor_is_led_to_set_it_up(market: Market, open_page: OpenPage) -> None:
    port = free_port()
    environment = market.environment | {"LB_PORT": str(port), "LB_REQUIRE_SECOND_FACTOR": "true"}
    strict = replace(market, url=f"http://127.0.0.1:{port}", environment=environment, cookies={})
    login = next(each for each in loader.LOGINS if each.role == "official")
    with serving(strict, "serve"):
        wait_until_ready(strict)
        page = open_page(phone=False, origin=strict.url)
        enter(page, login.email)
        page.goto("/en/office")
        page.wait_for_url("**/account/second-factor*")
        page.fill("main input[name=password]", loader.PASSWORD)
        page.locator("main form button[type=submit]").last.click()
        expect(page.locator("main img[src^='data:'], main .secret").first).to_be_visible()
        expect(page.locator("main input[name=code]")).to_be_visible()
        page.goto("/en/office/makers")
        page.wait_for_url("**/account/second-factor*")
