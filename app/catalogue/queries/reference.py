"""The small tables that every list needs, read once for each public version and shared by all requests."""

import threading
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from app.catalogue.models import Category
from app.cities.models import City, Kecamatan
from app.core.languages import Language
from app.core.money import Currency
from app.core.rates import Rates, get_rates
from app.core.versions import public_version


@dataclass(frozen=True)
class CategoryNode:
    """A category with its place in the tree."""

    id: int
    slug: str
    names: dict[str, str]
    family: str
    hs_hint: str
    parent_id: int | None
    children: tuple[int, ...]
    within: frozenset[int]
    """Itself and everything below it."""

    def name(self, language: Language) -> str:
        """The name in a language; all five are always there."""
        return self.names[language.value]


@dataclass(frozen=True)
class Reference:
    """What lists are decorated with, as of one public version."""

    version: int
    categories: dict[int, CategoryNode]
    by_slug: dict[str, CategoryNode]
    roots: tuple[CategoryNode, ...]
    kecamatan: dict[str, tuple[str, str]]
    """(slug, name) by code."""
    kecamatan_codes: dict[str, str]
    """Code by slug."""
    cities: dict[int, str]
    """Slug by id."""
    rates: Rates | None

    def path(self, category_id: int) -> tuple[CategoryNode, ...]:
        """The nodes from the root down to a category."""
        node: CategoryNode | None = self.categories[category_id]
        nodes = []
        while node is not None:
            nodes.append(node)
            node = self.categories[node.parent_id] if node.parent_id is not None else None
        return tuple(reversed(nodes))

    def rupiah_for(self, currency: Currency) -> Decimal | None:
        """Rupiah for one unit of a currency."""
        if currency == Currency.IDR:
            return Decimal(1)
        return self.rates.rate(currency, Currency.IDR) if self.rates else None


class _Kept(threading.local):
    value: Reference | None = None
    scope: str = ""


_kept = _Kept()


def get_reference(session: Session, *, version: int | None = None) -> Reference:
    """The reference data as of the public version (asked for when not handed over)."""
    version = public_version(session) if version is None else version
    scope = kept_for(session)
    if scope is None:
        return _read(session, version)
    if _kept.value is None or _kept.value.version != version or _kept.scope != scope:
        _kept.value, _kept.scope = _read(session, version), scope
    return _kept.value


def kept_for(session: Session) -> str | None:
    """The database that results may be kept for, or None inside somebody's open transaction."""
    bind = session.get_bind()
    return str(bind.url) if isinstance(bind, Engine) else None


def _read(session: Session, version: int) -> Reference:
    connection = session.connection()
    rows = connection.execute(
        select(
            col(Category.id),
            col(Category.slug),
            col(Category.names),
            col(Category.family),
            col(Category.hs_hint),
            col(Category.parent_id),
        ).order_by(col(Category.position), col(Category.id))
    ).all()
    children: dict[int | None, list[int]] = {}
    for row in rows:
        children.setdefault(row[5], []).append(row[0])

    def within(number: int) -> frozenset[int]:
        return frozenset({number}).union(*(within(child) for child in children.get(number, [])))

    nodes = {
        row[0]: CategoryNode(*row, children=tuple(children.get(row[0], [])), within=within(row[0])) for row in rows
    }
    places = connection.execute(select(col(Kecamatan.code), col(Kecamatan.slug), col(Kecamatan.name))).all()
    cities = connection.execute(select(col(City.id), col(City.slug))).all()
    return Reference(
        version=version,
        categories=nodes,
        by_slug={node.slug: node for node in nodes.values()},
        roots=tuple(nodes[number] for number in children.get(None, [])),
        kecamatan={row[0]: (row[1], row[2]) for row in places},
        kecamatan_codes={row[1]: row[0] for row in places},
        cities={row[0]: row[1] for row in cities},
        rates=get_rates(session),
    )
