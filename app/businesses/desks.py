"""The frames of a maker's workspace and of an official's office, and what areas above add to them.

Neither page knows the areas above this one: an area that wants a place on them adds functions to the lists below
when its own pages are imported, as ``businesses.service.CHANGED`` is filled.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlmodel import Session

from app.businesses import queries
from app.businesses.models import Business, BusinessState
from app.core.languages import N_
from app.core.templating import Page


@dataclass(frozen=True)
class NavItem:
    """A place in the navigation of a workspace or office; phones have room for five."""

    route: str
    icon: str
    label: str
    """A marked message."""
    count: Callable[[Session, Business | None], int] | None = None
    """How many things wait there."""


@dataclass(frozen=True)
class Todo:
    """Something that waits today: words, with how many where they can be counted, and one action."""

    text: str
    url: str = ""
    action: str = ""
    since: str = ""
    """Since when, or how long, the oldest has waited: a phrase."""


@dataclass(frozen=True)
class Work:
    """The frame of a workspace as its template needs it."""

    title: str
    items: tuple[tuple[str, str, str, int, bool], ...]


def _returned(_: Session, business: Business | None) -> int:
    return int(business is not None and business.state == BusinessState.RETURNED)


def _waiting(session: Session, _: Business | None) -> int:
    return queries.get_review_queue(session).count


WORKSPACE_NAV: list[NavItem] = [
    NavItem("businesses:workspace", "home", N_("Today")),
    NavItem("businesses:profile", "store", N_("Profile"), _returned),
]
WORKSPACE_PANELS: list[Callable[[Page, Session, Business], Iterable[Todo]]] = []
"""Each gives what waits for a maker, such as goods that were returned; counts are one statement a panel."""

PROFILE_PARTS: list[tuple[str, str]] = [
    ("businesses:profile", N_("Profile")),
    ("businesses:stories", N_("Stories")),
    ("businesses:contacts", N_("Contacts")),
    ("businesses:licences", N_("Papers")),
    ("businesses:trademarks", N_("Trademarks")),
    ("businesses:submit", N_("Send")),
]
"""(route, label) of each page of a profile, in the order that a maker walks through them."""

OFFICE_NAV: list[NavItem] = [
    NavItem("businesses:office", "home", N_("Today")),
    NavItem("businesses:review_list", "store", N_("Makers"), _waiting),
]
OFFICE_QUEUES: list[Callable[[Page, Session], Iterable[Todo]]] = []
"""Each gives one of the office's queues, with its count and the age of its oldest."""


def workspace_frame(page: Page, session: Session, business: Business | None, current: str) -> Work:
    """The frame of a maker's workspace; ``current`` is the route of the place shown."""
    title = business.brand if business else page.gettext(N_("My workspace"))
    items = WORKSPACE_NAV if business else WORKSPACE_NAV[:1]
    return Work(title, tuple(_place(page, session, business, item, current) for item in items))


def profile_steps(page: Page, current: str) -> tuple[tuple[str, str, str], ...]:
    """The way through the parts of a profile: (label, address, now | next)."""
    return tuple(
        (page.gettext(label), page.url(route), "now" if route == current else "next") for route, label in PROFILE_PARTS
    )


def office_frame(page: Page, session: Session, current: str) -> Work:
    """The frame of an official's office; ``current`` is the route of the place shown."""
    items = tuple(_place(page, session, None, item, current) for item in OFFICE_NAV)
    return Work(page.gettext(N_("Office")), items)


def _place(
    page: Page, session: Session, business: Business | None, item: NavItem, current: str
) -> tuple[str, str, str, int, bool]:
    count = item.count(session, business) if item.count else 0
    return page.url(item.route), item.icon, page.gettext(item.label), count, item.route == current
