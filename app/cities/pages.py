"""Pages of partner cities."""

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_name
from fastapi import Path, Request, Response

from app.accounts.web import PageDep
from app.cities import queries, rules
from app.cities.models import City, CityClaim
from app.core.answers import keep_answer
from app.core.languages import N_, Language, babel_locale, show_country, show_date, show_number, show_time
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, unit_router

router = unit_router()
HOME_ZONE = "Asia/Jakarta"
TOPICS = {
    "start": N_("Since when"),
    "memorandum": N_("Memorandum signed"),
    "renewal": N_("Memorandum renewed"),
    "letter": N_("Letter of intent planned"),
    "form": N_("Form of the tie"),
    "fields": N_("Fields of cooperation"),
    "focus": N_("Focus"),
    "trade": N_("Trade is among its fields"),
    "active": N_("Active years"),
    "studied": N_("Years that were studied"),
    "status": N_("Where it stood in 2025"),
    "network": N_("In a network since"),
}
CONFIDENCE = {
    "seed": N_("from a study"),
    "public-source": N_("from the press"),
    "from-memory-unverified": N_("not yet checked"),
}
VALUES = {
    "sister city": N_("sister city"),
    "MoU": N_("memorandum of understanding"),
    "LoI/MoU": N_("letter of intent or memorandum"),
    "thematic MoU": N_("memorandum on one theme"),
    "yes": N_("yes"),
}


@dataclass(frozen=True)
class ClaimView:
    """What one source says, ready to read."""

    value: str
    language: str
    """Language of the value when it is not the reader's, else empty."""
    note: str
    source: str
    confidence: str


@dataclass(frozen=True)
class TopicView:
    """The answers to one question."""

    title: str
    disagree: bool
    claims: tuple[ClaimView, ...]


@dataclass(frozen=True)
class Locator:
    """Where the city lies, on a plain grid of the world 360 wide and 150 high; the path joins it with Bandung."""

    x: float
    y: float
    home_x: float
    home_y: float
    path: str
    distance: str


@dataclass(frozen=True)
class CityPage:
    """A city's page."""

    name: str
    lead: str
    trail: tuple[tuple[str, str | None], ...]
    facts: tuple[tuple[str, str], ...]
    disagree: bool
    topics: tuple[TopicView, ...]
    locator: Locator | None
    home: bool
    goods_url: str | None


@dataclass(frozen=True)
class CityCard:
    """A city in the list."""

    name: str
    url: str
    country: str
    tie: str
    disagree: bool


@dataclass(frozen=True)
class CityListPage:
    """The list of cities."""

    markets: tuple[CityCard, ...]
    partners: tuple[CityCard, ...]
    homes: tuple[CityCard, ...]


@router.get("/{locale}/cities", name="cities:city_list", include_in_schema=False)
def city_list(request: Request, locale: Language, page: PageDep, session: SessionDep) -> Response:
    """Every city that Bandung has, or is said to have, ties with."""
    keep_answer(request)
    cities = queries.list_cities(session)
    view = CityListPage(
        markets=tuple(_card(page, ties) for ties in cities if ties.city.store_market),
        partners=tuple(_card(page, ties) for ties in cities if not ties.city.store_market and not ties.city.home),
        homes=tuple(_card(page, ties) for ties in cities if ties.city.home),
    )
    meta = PageMeta(
        title=page.gettext(N_("Partner cities")),
        description=page.gettext(N_("The cities that Bandung is friends with, and what is known about each tie.")),
        canonical=page.absolute(page.url("cities:city_list")),
        alternates=page.alternates("cities:city_list"),
    )
    return page.render("cities/city_list.html", meta, view=view)


@router.get("/{locale}/cities/{slug}", name="cities:city_detail", include_in_schema=False)
def city_detail(
    locale: Language, slug: Annotated[str, Path(max_length=60)], page: PageDep, session: SessionDep, now: NowDep
) -> Response:
    """One city. Not kept in memory: it tells the time."""
    ties = queries.get_city(session, slug)
    city = ties.city
    view = _city_view(page, ties, now)
    canonical = page.absolute(page.url("cities:city_detail", slug=slug))
    meta = PageMeta(
        title=view.name,
        description=page.gettext(
            N_("%(city)s and Bandung: what sources say about the tie, the time there, languages and money."),
            city=view.name,
        ),
        canonical=canonical,
        alternates=page.alternates("cities:city_detail", slug=slug),
        json_ld=(
            {
                "@context": "https://schema.org",
                "@type": "City",
                "name": view.name,
                "url": canonical,
                **(
                    {"geo": {"@type": "GeoCoordinates", "latitude": city.latitude, "longitude": city.longitude}}
                    if city.latitude is not None and city.longitude is not None
                    else {}
                ),
                "containedInPlace": {"@type": "Country", "name": city.country},
            },
        ),
    )
    return page.render("cities/city_detail.html", meta, view=view)


def _card(page: Page, ties: queries.CityTies) -> CityCard:
    starts = sorted({claim.value[:4] for topic in ties.topics if topic.name == "start" for claim in topic.claims})
    tie = ""
    if len(starts) == 1:
        tie = page.gettext(N_("since %(year)s"), year=starts[0])
    elif starts:
        tie = page.gettext(N_("since %(first)s or %(last)s"), first=starts[0], last=starts[-1])
    return CityCard(
        name=ties.city.names[page.language.value],
        url=page.url("cities:city_detail", slug=ties.city.slug),
        country=show_country(ties.city.country, page.language),
        tie=tie,
        disagree=ties.disagree,
    )


def _city_view(page: Page, ties: queries.CityTies, now: dt.datetime) -> CityPage:
    city, language = ties.city, page.language
    name = city.names[language.value]
    country = show_country(city.country, language)
    names = babel_locale(language).languages
    facts = [
        (page.gettext(N_("Country")), country),
        (page.gettext(N_("Time there now")), show_time(now, language, city.zone)),
    ]
    if city.zone != HOME_ZONE:
        facts.append((page.gettext(N_("Time in Bandung now")), show_time(now, language, HOME_ZONE)))
        facts.append((page.gettext(N_("Difference")), _difference(page, city.zone, now)))
    facts.append((page.gettext(N_("Languages")), ", ".join(names.get(code, code) for code in city.languages)))
    money = get_currency_name(city.currency, locale=babel_locale(language))
    facts.append((page.gettext(N_("Currency")), f"{money} ({city.currency})"))
    lead = ""
    if city.store_market:
        lead = page.gettext(N_("Goods of Bandung are offered here."))
    elif city.home:
        lead = page.gettext(N_("Makers of Little Bandung work here."))
    return CityPage(
        name=name,
        lead=lead,
        trail=((page.gettext(N_("Partner cities")), page.url("cities:city_list")), (name, None)),
        facts=tuple(facts),
        disagree=ties.disagree,
        topics=tuple(_topic(page, topic) for topic in ties.topics),
        locator=_locator(page, city),
        home=city.home,
        goods_url=page.url("businesses:business_list", city=city.slug) if city.home else None,
    )


def _difference(page: Page, zone: str, now: dt.datetime) -> str:
    there, here = (now.astimezone(ZoneInfo(each)).utcoffset() or dt.timedelta() for each in (zone, HOME_ZONE))
    hours = round((there - here) / dt.timedelta(hours=1))
    if not hours:
        return page.gettext(N_("the same time as in Bandung"))
    if hours > 0:
        return page.ngettext("%(num)s hour ahead of Bandung", "%(num)s hours ahead of Bandung", hours)
    return page.ngettext("%(num)s hour behind Bandung", "%(num)s hours behind Bandung", -hours)


def _topic(page: Page, topic: queries.Topic) -> TopicView:
    title = page.gettext(TOPICS[topic.name]) if topic.name in TOPICS else topic.name
    return TopicView(title, topic.disagree, tuple(_claim(page, topic.name, claim) for claim in topic.claims))


def _claim(page: Page, topic: str, claim: CityClaim) -> ClaimView:
    value, language = claim.value, ""
    if topic in rules.DATED:
        value = _date_words(claim.value, page.language)
    elif claim.value in VALUES:
        value = page.gettext(VALUES[claim.value])
    elif not re.fullmatch(r"[0-9\-]+", claim.value) and page.language is not Language.EN:
        language = "en"
    confidence = page.gettext(CONFIDENCE[claim.confidence]) if claim.confidence in CONFIDENCE else claim.confidence
    return ClaimView(value, language, claim.note, claim.source, confidence)


def _date_words(value: str, language: Language) -> str:
    try:
        return show_date(dt.date.fromisoformat(value), language)
    except ValueError:
        return value


def _locator(page: Page, city: City) -> Locator | None:
    """The shortest way from Bandung, drawn on a grid of degrees (equirectangular, 75° north to 75° south).

    None when nobody has written down where the city lies.
    """
    if city.latitude is None or city.longitude is None:
        return None
    start = (math.radians(-6.9147), math.radians(107.6098))
    end = (math.radians(city.latitude), math.radians(city.longitude))
    cosine = math.sin(start[0]) * math.sin(end[0]) + math.cos(start[0]) * math.cos(end[0]) * math.cos(end[1] - start[1])
    angle = math.acos(max(-1.0, min(1.0, cosine)))
    points = []
    steps = 32
    for step in range(steps + 1):
        share = step / steps
        if angle < 1e-6:  # noqa: PLR2004 - Bandung itself
            break
        near, far = math.sin((1 - share) * angle) / math.sin(angle), math.sin(share * angle) / math.sin(angle)
        x, y, z = (
            near * math.cos(start[0]) * math.cos(start[1]) + far * math.cos(end[0]) * math.cos(end[1]),
            near * math.cos(start[0]) * math.sin(start[1]) + far * math.cos(end[0]) * math.sin(end[1]),
            near * math.sin(start[0]) + far * math.sin(end[0]),
        )
        points.append(_place(math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))))
    path, previous = "", None
    for place_x, place_y in points:
        # Over the date line the way goes on at the other edge.
        jump = previous is None or abs(place_x - previous) > 180  # noqa: PLR2004 - half the world
        path += f"{'M' if jump else 'L'}{place_x:.1f} {place_y:.1f}"
        previous = place_x
    x, y = _place(city.latitude, city.longitude)
    home_x, home_y = _place(-6.9147, 107.6098)
    km = round(6371 * angle / 10) * 10
    return Locator(
        x=x,
        y=y,
        home_x=home_x,
        home_y=home_y,
        path=path,
        distance=page.gettext(N_("about %(km)s km from Bandung"), km=show_number(km, page.language)) if km else "",
    )


def _place(latitude: float, longitude: float) -> tuple[float, float]:
    return round(longitude + 180, 1), round(75 - latitude, 1)
