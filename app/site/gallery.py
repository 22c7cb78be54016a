"""What the gallery of components shows: sample values, so that it looks the same on every installation."""

import re
from dataclasses import dataclass, replace

from app.catalogue import views
from app.catalogue.halal_views import HalalBadge, badge_of
from app.core.languages import N_
from app.core.money import Currency, Money
from app.core.templating import Page
from app.halal.rules import Status


@dataclass(frozen=True)
class DesignPage:
    """Samples for every component in every state."""

    icons: tuple[str, ...]
    cards: tuple[views.ProductCard, ...]
    maker: views.MakerCard
    rail: views.Rail
    categories: tuple[views.Branch, ...]
    picture: views.PictureView
    tiers: tuple[views.TierView, ...]
    facets: tuple[views.Facet, ...]
    chips: tuple[tuple[str, str], ...]
    sorts: tuple[tuple[str, str, bool], ...]
    halal: tuple[HalalBadge, ...]


def make(page: Page) -> DesignPage:
    """The samples in the reader's language and money."""
    here = page.url("site:design")
    rupiah = Money(Currency.IDR, 22_000).show(page.language)
    sample = Money.of("12", page.currency).show(page.language)
    price = views.PriceView(text=rupiah, about_text=page.gettext(N_("about %(price)s"), price=sample), from_=True)
    card = views.ProductCard(
        url=here,
        name=page.gettext(N_("A jar of sambal from Antapani")),
        name_locale=None,
        picture=None,
        price=price,
        moq=views.quantity(page, 24, "jar"),
        unit_label=views.unit_label(page, "jar"),
        business_name="Coét Ambu",
        kecamatan="Antapani",
        verified=True,
        halal=badge_of(page.language, Status.CERTIFIED),
    )
    cards = (
        card,
        replace(card, name_locale="ko", name="주석 항아리에 담은 삼발", verified=False),
        replace(card, price=None, moq=None, halal=badge_of(page.language, Status.IN_PROCESS)),
        replace(card, price=replace(price, about_text=None, from_=False), kecamatan=None),
    )
    symbols = page.templates.assets.files["img/icons.svg"].content.decode()
    icons = tuple(re.findall(r'<symbol[^>]*\sid="([a-z-]+)"', symbols))
    options = (
        views.Option(page.gettext(N_("up to %(price)s"), price=sample), here, 12, selected=True),
        views.Option(page.gettext(N_("from %(price)s"), price=sample), here, 3, selected=False),
        views.Option("–", here, 0, selected=False),
    )
    return DesignPage(
        icons=icons,
        cards=cards,
        maker=views.MakerCard(
            url=here,
            name="Coét Ambu",
            picture=None,
            kecamatan="Antapani",
            trade=page.gettext(N_("Sambal")),
            verified=True,
            goods=6,
        ),
        rail=views.Rail(page.gettext(N_("New on the tables")), here, cards),
        categories=tuple(
            views.Branch(name.removeprefix("cat-"), here, name.removeprefix("cat-"))
            for name in icons
            if name.startswith("cat-")
        ),
        picture=views.PictureView(
            alt=page.gettext(N_("The flower of Bandung")),
            width=1200,
            height=630,
            src=page.templates.assets.url("img/share.png"),
            sources=(),
            focal_x=0.5,
            focal_y=0.5,
        ),
        tiers=(
            views.TierView("1 – 49", rupiah, price.about_text),
            views.TierView("50 +", Money(Currency.IDR, 19_100).show(page.language), None),
        ),
        facets=(
            views.Facet(
                id="price",
                title=page.gettext(N_("Price per unit (%(currency)s)"), currency=page.currency.value),
                open=True,
                options=options,
            ),
        ),
        chips=((options[0].label, here), ("Antapani", here)),
        sorts=((page.gettext(N_("Newest first")), here, True), (page.gettext(N_("Price, low to high")), here, False)),
        halal=tuple(badge_of(page.language, status) for status in Status),
    )
