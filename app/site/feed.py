"""New goods as an Atom feed (RFC 4287), for buyers who follow the market in a reader of their own."""

import datetime as dt
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from app.catalogue import views
from app.halal.rules import Status

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"


@dataclass(frozen=True)
class Entry:
    """A product with what a reader is told beside its card."""

    card: views.ProductCard
    published: dt.datetime
    category: tuple[str, str]
    """Slug and name."""
    status: tuple[Status, str]
    """Its halal status at home today, and the words for it."""


def write_feed(*, title: str, language: str, address: str, page: str, origin: str, entries: list[Entry]) -> bytes:
    """The feed as XML; ``address`` is its own, ``page`` the list that it follows, ``origin`` stands before paths.

    Each entry names its halal status as a category whose scheme is ``{origin}/halal``.
    """
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": language})
    newest = max((entry.published for entry in entries), default=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    _add(feed, "id", address)
    _add(feed, "title", title)
    _add(feed, "updated", _moment(newest))
    _add(feed, "link", rel="self", type=MEDIA_TYPE, href=address)
    _add(feed, "link", rel="alternate", type="text/html", href=page)
    _add(_add(feed, "author"), "name", "Little Bandung")
    for entry in entries:
        _write_entry(_add(feed, "entry"), entry, origin)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _write_entry(element: ET.Element, entry: Entry, origin: str) -> None:
    card, (status, words) = entry.card, entry.status
    _add(element, "id", origin + card.url)
    _add(element, "title", _plain(card.name))
    _add(element, "updated", _moment(entry.published))
    _add(element, "link", rel="alternate", type="text/html", href=origin + card.url)
    if card.picture is not None:
        _add(element, "link", rel="enclosure", type="image/jpeg", href=origin + card.picture.src)
    _add(_add(element, "author"), "name", _plain(card.business_name))
    _add(element, "category", scheme=f"{origin}/categories", term=entry.category[0], label=entry.category[1])
    _add(element, "category", scheme=f"{origin}/halal", term=status.value, label=words)
    price = f"{card.price.text} / {card.unit_label}" if card.price else ""
    _add(element, "summary", " · ".join(part for part in (price, card.kecamatan or "", words) if part))


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text
    return element


def _moment(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(text: str) -> str:
    """A text without the control characters that XML cannot carry."""
    return "".join(each for each in text if each.isprintable() or each in "\t\n")
