"""Reading which goods makers have matched with printed names, for officials who confirm or refuse that."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.businesses.models import Business
from app.catalogue import names
from app.catalogue.models import Product, ProductCertificateItem, ProductState, ProductText
from app.catalogue.names import Why
from app.catalogue.queries import editing
from app.core.pagination import Cursor
from app.halal.models import Certificate, CertificateItem
from app.halal.vocabulary import CertificateState

OLDEST = "matched"


@dataclass(frozen=True)
class Match:
    """A product beside the printed name that its maker says it is."""

    id: int
    product_id: int
    slug: str
    names: Mapping[str, str]
    """By language."""
    source_language: str
    picture: dict[str, Any] | None
    """As the read side keeps it; of the first ready one."""
    item_id: int
    item: str
    certificate_id: int
    public_id: str
    number: str
    body: str
    brand: str
    since: dt.date
    linked_at: dt.datetime
    confirmed: bool
    score: int
    """How alike the names are, 0 to 100."""
    why: Why


@dataclass(frozen=True)
class MatchPage:
    """One page of matches that wait, the oldest first."""

    rows: list[Match]
    next: str | None
    total: int


def list_matches(session: Session, certificate_ids: Collection[int]) -> list[Match]:
    """Goods that are matched with names which stand on these certificates, archived ones not; three statements."""
    statement = _open_links().where(col(Certificate.id).in_(sorted(certificate_ids)))
    return _read(session, statement.order_by(col(CertificateItem.id), col(ProductCertificateItem.id)))


def list_by_ids(session: Session, ids: Collection[int]) -> list[Match]:
    """These matches, confirmed or not, as far as they stand."""
    return _read(session, _open_links().where(col(ProductCertificateItem.id).in_(sorted(ids))))


def list_waiting(session: Session, *, today: dt.date, limit: int, cursor: str | None = None) -> MatchPage:
    """Matches with confirmed certificates that no official has confirmed, the oldest first; four statements.

    Those with certificates that still wait for a check are decided with the certificate.

    Raises:
        Invalid: a damaged cursor.
    """
    waiting = _waiting(_open_links(), today)
    total = session.connection().execute(sa.select(sa.func.count()).select_from(waiting.subquery())).scalar_one()
    number = col(ProductCertificateItem.id)
    if cursor is not None:
        waiting = waiting.where(number > Cursor.decode(cursor, sort=OLDEST).id)
    rows = _read(session, waiting.order_by(number).limit(limit + 1))
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = Cursor(OLDEST, None, rows[-1].id).encode()
    return MatchPage(rows, following, total)


def count_waiting(session: Session, *, today: dt.date) -> tuple[int, dt.datetime | None]:
    """How many matches wait, and since when the oldest does; one statement."""
    waiting = _waiting(_open_links(), today).subquery()
    statement = sa.select(sa.func.count(), sa.func.min(waiting.c.linked_at))
    number, oldest = session.connection().execute(statement).one()
    return number, oldest


def _waiting(statement: Any, today: dt.date) -> Any:
    return statement.where(
        col(ProductCertificateItem.confirmed_on).is_(None),
        col(Certificate.state) == CertificateState.VERIFIED.value,
        sa.or_(col(Certificate.valid_until).is_(None), col(Certificate.valid_until) >= today),
    )


def _open_links() -> Any:
    link = ProductCertificateItem
    return (
        sa.select(
            col(link.id),
            col(link.product_id),
            col(link.item_id),
            col(link.since),
            col(link.linked_at),
            col(link.confirmed_on).is_not(None).label("confirmed"),
            col(Product.slug),
            col(Product.source_language),
            col(CertificateItem.name).label("item"),
            col(Certificate.id).label("certificate_id"),
            col(Certificate.public_id),
            col(Certificate.number),
            col(Certificate.body),
            col(Business.brand),
        )
        .join(CertificateItem, col(CertificateItem.id) == col(link.item_id))
        .join(Certificate, col(Certificate.id) == col(CertificateItem.certificate_id))
        .join(Product, col(Product.id) == col(link.product_id))
        .join(Business, col(Business.id) == col(Product.business_id))
        .where(
            col(link.until).is_(None),
            col(CertificateItem.removed_at).is_(None),
            col(Product.state) != ProductState.ARCHIVED.value,
        )
    )


def _read(session: Session, statement: Any) -> list[Match]:
    connection = session.connection()
    rows = connection.execute(statement).mappings().all()
    numbers = sorted({row["product_id"] for row in rows})
    if not numbers:
        return []
    texts: dict[int, dict[str, str]] = defaultdict(dict)
    named = sa.select(col(ProductText.product_id), col(ProductText.language), col(ProductText.name))
    for product, language, name in connection.execute(named.where(col(ProductText.product_id).in_(numbers))):
        texts[product][str(language)] = name
    pictures = editing.list_ready_pictures(session, numbers)
    found = []
    for row in rows:
        shown = texts[row["product_id"]]
        score, why = names.likeness(row["item"], shown, brand=row["brand"])
        picture = next(iter(pictures.get(row["product_id"], [])), None)
        found.append(Match(**row, names=shown, picture=picture, score=score, why=why))
    return found
