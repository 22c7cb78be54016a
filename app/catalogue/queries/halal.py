"""Reading what stands between a maker's goods and halal certificates: answers, links, journeys, statuses."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, select

from app.accounts.subjects import Actor
from app.businesses.models import Business
from app.catalogue import rules, standings
from app.catalogue.models import (
    Category,
    Listing,
    Product,
    ProductApplication,
    ProductCertificateItem,
    ProductHalal,
    ProductState,
    ProductText,
)
from app.catalogue.queries import halal_public
from app.core.errors import NotFound
from app.halal import rules as halal
from app.halal.models import Application, Body, Certificate, CertificateItem
from app.halal.rules import ProductFacts, Status
from app.halal.vocabulary import CertificateState, GoodsClass, Said

SHOWN_STATES = frozenset(
    {CertificateState.CLAIMED, CertificateState.VERIFIED, CertificateState.SUSPENDED, CertificateState.REJECTED}
)
"""States of certificates that a maker matches products with."""


# --- answers --------------------------------------------------------------------------------------------------------


def find_answers(session: Session, product_id: int, *, lock: bool = False) -> ProductHalal | None:
    """What the maker has answered about a product, or None."""
    statement = (
        select(ProductHalal).where(ProductHalal.product_id == product_id).execution_options(populate_existing=True)
    )
    return session.exec(statement.with_for_update() if lock else statement).first()


# --- goods and certificates of one maker ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Good:
    """A product as the road and the matching of names need it."""

    id: int
    slug: str
    name: str
    state: ProductState
    names: Mapping[str, str]
    """By language."""
    goods_class: GoodsClass
    """Of its category."""


def list_goods(session: Session, business_id: int, *, only: Collection[int] | None = None) -> list[Good]:
    """Goods of a maker that are not archived, the newest first; two statements."""
    wanted = [col(Product.business_id) == business_id, col(Product.state) != ProductState.ARCHIVED.value]
    if only is not None:
        wanted.append(col(Product.id).in_(only))
    connection = session.connection()
    rows = connection.execute(
        sa.select(
            col(Product.id),
            col(Product.slug),
            col(Product.state),
            col(Product.source_language),
            col(Category.goods_class),
        )
        .join(Category, col(Category.id) == col(Product.category_id))
        .where(*wanted)
        .order_by(col(Product.id).desc())
    ).all()
    names: dict[int, dict[str, str]] = defaultdict(dict)
    statement = (
        sa.select(col(ProductText.product_id), col(ProductText.language), col(ProductText.name))
        .join(Product, col(Product.id) == col(ProductText.product_id))
        .where(*wanted)
    )
    for number, language, name in connection.execute(statement):
        names[number][str(language)] = name
    return [
        Good(
            id=row.id,
            slug=row.slug,
            name=names[row.id].get(str(row.source_language)) or next(iter(names[row.id].values()), row.slug),
            state=ProductState(row.state),
            names=names[row.id],
            goods_class=GoodsClass(row.goods_class),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Paper:
    """A certificate of a maker with the names printed on it."""

    id: int
    public_id: str
    body: str
    number: str
    state: CertificateState
    valid_until: dt.date | None
    items: tuple[tuple[int, str], ...]
    """(number, name as printed) of those that stand."""


def get_own_certificate(session: Session, actor: Actor, public_id: str) -> Certificate:
    """A certificate of a maker that the actor acts for, with its items; other people's are not found.

    Raises:
        NotFound
    """
    statement = (
        select(Certificate, Business)
        .join(Business, col(Business.id) == col(Certificate.business_id))
        .where(Certificate.public_id == public_id)
        .options(selectinload(Certificate.items))  # type: ignore[arg-type]
    )
    found = session.exec(statement).first()
    if found is None or not rules.can_edit_goods(actor, found[1]):
        raise NotFound
    return found[0]


def list_papers(session: Session, business_id: int) -> list[Paper]:
    """Certificates of a maker that products can be matched with, the newest first; two statements."""
    statement = (
        select(Certificate)
        .where(
            Certificate.business_id == business_id,
            col(Certificate.state).in_([state.value for state in SHOWN_STATES]),
        )
        .order_by(col(Certificate.id).desc())
        .options(selectinload(Certificate.items))  # type: ignore[arg-type]
    )
    return [paper_of(each) for each in session.exec(statement)]


def paper_of(certificate: Certificate) -> Paper:
    """A certificate that was read with its items."""
    return Paper(
        id=certificate.id,
        public_id=certificate.public_id,
        body=certificate.body,
        number=certificate.number,
        state=CertificateState(certificate.state),
        valid_until=certificate.valid_until,
        items=tuple((item.id, item.name) for item in certificate.items if item.removed_at is None),
    )


@dataclass(frozen=True)
class Link:
    """A product and an item of a certificate."""

    id: int
    product_id: int
    item_id: int
    item: str
    certificate_id: int
    public_id: str
    since: dt.date
    until: dt.date | None
    confirmed_on: dt.date | None
    """Since when an official has confirmed it."""
    refusal: str
    """Why an official ended it; empty unless one did."""


def list_links(session: Session, product_ids: Collection[int], *, ended: bool = False) -> list[Link]:
    """Links of these products, with ``ended`` those too that hold no more, in the order they were made."""
    statement: Any = (
        sa.select(
            col(ProductCertificateItem.id),
            col(ProductCertificateItem.product_id),
            col(ProductCertificateItem.item_id),
            col(CertificateItem.name).label("item"),
            col(CertificateItem.certificate_id),
            col(Certificate.public_id),
            col(ProductCertificateItem.since),
            col(ProductCertificateItem.until),
            col(ProductCertificateItem.confirmed_on),
            col(ProductCertificateItem.refusal),
        )
        .join(CertificateItem, col(CertificateItem.id) == col(ProductCertificateItem.item_id))
        .join(Certificate, col(Certificate.id) == col(CertificateItem.certificate_id))
        .where(col(ProductCertificateItem.product_id).in_(list(product_ids)))
        .order_by(col(ProductCertificateItem.id))
    )
    if not ended:
        statement = statement.where(col(ProductCertificateItem.until).is_(None))
    return [Link(**row) for row in session.connection().execute(statement).mappings()]


def list_linked_products(session: Session, certificate_ids: Collection[int]) -> list[int]:
    """Products that items of these certificates are or were linked with."""
    statement = (
        select(ProductCertificateItem.product_id)
        .join(CertificateItem, col(CertificateItem.id) == col(ProductCertificateItem.item_id))
        .where(col(CertificateItem.certificate_id).in_(list(certificate_ids)))
        .distinct()
        .order_by(col(ProductCertificateItem.product_id))
    )
    return list(session.exec(statement).all())


def list_names_of_bodies(session: Session) -> dict[str, str]:
    """The names of the bodies that stand now, by code."""
    return dict(session.exec(select(Body.code, Body.name).where(Body.current)).all())


# --- journeys -------------------------------------------------------------------------------------------------------


def list_attached(session: Session, application_ids: Collection[int]) -> dict[int, list[int]]:
    """By application the products it is about now."""
    found: dict[int, list[int]] = defaultdict(list)
    statement = (
        select(ProductApplication.application_id, ProductApplication.product_id)
        .where(
            col(ProductApplication.application_id).in_(list(application_ids)), col(ProductApplication.until).is_(None)
        )
        .order_by(col(ProductApplication.product_id))
    )
    for application, product in session.exec(statement):
        found[application].append(product)
    return found


def list_applications_of(session: Session, product_ids: Collection[int]) -> dict[int, list[Application]]:
    """By product the applications that are about it now, with their steps: the newest first; two statements."""
    statement = (
        select(ProductApplication.product_id, Application)
        .join(Application, col(Application.id) == col(ProductApplication.application_id))
        .where(col(ProductApplication.product_id).in_(list(product_ids)), col(ProductApplication.until).is_(None))
        .order_by(col(Application.id).desc())
        .options(selectinload(Application.steps))  # type: ignore[arg-type]
    )
    found: dict[int, list[Application]] = defaultdict(list)
    for product, application in session.exec(statement):
        found[product].append(application)
    return found


def list_certificate_names(session: Session, certificate_ids: Collection[int]) -> dict[int, str]:
    """The public names of certificates."""
    statement = select(Certificate.id, Certificate.public_id).where(col(Certificate.id).in_(list(certificate_ids)))
    return dict(session.exec(statement).all())


def list_slugs(session: Session, product_ids: Collection[int]) -> dict[int, str]:
    """The slugs of products, archived ones too."""
    statement = select(Product.id, Product.slug).where(col(Product.id).in_(list(product_ids)))
    return dict(session.exec(statement).all())


# --- statuses -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """A product with what is known of it and what that comes to at home."""

    facts: ProductFacts
    assessment: halal.Assessment
    ends_on: dt.date | None
    """The last day of the certificate that the status rests on."""


def judge_goods(
    session: Session, ids: Sequence[int], reference: halal.ReferenceFacts, *, today: dt.date
) -> dict[int, Judged]:
    """The status at home today of these products, public or not; eight statements at most."""
    current = standings.read_facts(session, ids, today=today)
    histories = standings.read_histories(session, ids, current=current)
    judged = {}
    for number, history in histories.items():
        if number not in current:
            continue
        if not history.facts or replace(history.facts[-1], since=today) != current[number]:
            # What is not public is not noted day by day: it is judged by what its maker says now.
            earlier = tuple(each for each in history.facts if each.since < today)
            history = replace(history, facts=(*earlier, current[number]))  # noqa: PLW2901 - the same product's
        assessment = halal.assess(history, reference, on=today)
        ends = {each.id: each.valid_until for each in history.certificates}
        ends_on = ends.get(assessment.certificate_id) if assessment.certificate_id is not None else None
        judged[number] = Judged(current[number], assessment, ends_on)
    return judged


WAITING = frozenset({Status.REQUIRED_MISSING, Status.LAPSED, Status.SUSPENDED, Status.UNKNOWN})
"""Statuses that a maker can do something about."""


def count_waiting(session: Session, business_id: int, *, today: dt.date) -> int:
    """How many public goods of a maker need something for their halal status; three statements or four."""
    connection = session.connection()
    statement = (
        sa.select(col(Listing.standing_id), sa.func.count())
        .where(col(Listing.business_id) == business_id)
        .group_by(col(Listing.standing_id))
    )
    counted: dict[int, int] = {row[0]: row[1] for row in connection.execute(statement)}
    if not counted:
        return 0
    statuses = halal_public.get_halal(session, on=today).reference.standings.statuses(today)
    waiting = sum(number for standing, number in counted.items() if statuses.get(standing) in WAITING)
    unmarked = (
        sa.select(sa.func.count())
        .select_from(ProductHalal)
        .join(Listing, col(Listing.product_id) == col(ProductHalal.product_id))
        .where(
            col(Listing.business_id) == business_id,
            col(ProductHalal.marked).is_(False),
            sa.or_(
                col(ProductHalal.declared_not_halal),
                col(ProductHalal.pork) == Said.YES.value,
                col(ProductHalal.alcohol) == Said.YES.value,
            ),
        )
    )
    return waiting + int(connection.execute(unmarked).scalar_one())


def list_answered(session: Session, ids: Iterable[int]) -> dict[int, ProductHalal]:
    """The answers given, by product."""
    statement = select(ProductHalal).where(col(ProductHalal.product_id).in_(list(ids)))
    return {row.product_id: row for row in session.exec(statement)}
