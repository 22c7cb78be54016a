"""What is decided about goods and halal certificates: answers, links with printed names, products of a journey.

Makers decide; an official confirms or refuses links. Every function checks who may, leaves one entry in the audit trail
for each change of state, and brings the halal standing of the listing in line, all in the caller's transaction. Nothing
here gives a badge: statuses are computed from what certificates, links and answers say.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts import audit
from app.accounts.subjects import Actor, Command
from app.businesses.models import Business
from app.catalogue import index, rules, standings
from app.catalogue.models import (
    Listing,
    Product,
    ProductApplication,
    ProductCertificateItem,
    ProductHalal,
    ProductState,
)
from app.catalogue.queries import halal as queries
from app.catalogue.schemas.halal import HalalAnswers
from app.catalogue.service import products
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion
from app.core.languages import N_
from app.halal.models import Application, Certificate, CertificateItem
from app.halal.rules import day_of
from app.halal.vocabulary import CertificateState, Said

MOST_PRODUCTS = 100
"""Of one application; the warung that the law knows has thirty menus."""
_CONFIRMED = frozenset({CertificateState.VERIFIED, CertificateState.SUSPENDED})
_ENDED = frozenset({CertificateState.REVOKED, CertificateState.WITHDRAWN, CertificateState.SUPERSEDED})


# --- answers --------------------------------------------------------------------------------------------------------


def answer_questions(
    session: Session,
    *,
    actor: Actor,
    product: Product,
    data: HalalAnswers,
    now: dt.datetime,
    version: int | None = None,
) -> ProductHalal:
    """Put a maker's answers in the place of those that stand.

    ``use_as`` is kept only where it differs from what the category says, so that a category put right counts.

    Raises:
        NotFound, Forbidden, Conflict: see ``products.require_editable``.
        StaleVersion: somebody else answered after ``version`` was read (0: before the first answer).
        Invalid: a mark is said to stand on something that nobody says is not halal; at ``marked``.
    """
    products.require_editable(session, actor, product)
    _lock(session, [product.id])
    standing = queries.find_answers(session, product.id, lock=True)
    if version is not None and version != (standing.version if standing else 0):
        raise StaleVersion
    if data.marked and not (data.declared_not_halal or Said.YES in {data.pork, data.alcohol}):
        raise Invalid(
            fields={"marked": N_("Say first that it is not halal; only then does a “not halal” mark belong on it.")}
        )
    own_class = product.category.goods_class
    values: dict[str, Any] = {
        "use_as": None if data.use_as is None or data.use_as == own_class else data.use_as,
        "animal": data.animal,
        "pork": data.pork,
        "alcohol": data.alcohol,
        "declared_not_halal": data.declared_not_halal,
        "marked": data.marked,
        "route": {condition.value: said.value for condition, said in sorted(data.route.items())},
    }
    if standing is None:
        standing = ProductHalal(product_id=product.id, answered_at=now, **values)
        session.add(standing)
        before, changed = {}, [name for name, value in values.items() if value not in (None, False, {})]
    else:
        before = {name: getattr(standing, name) for name in values}
        changed = [name for name, value in values.items() if before[name] != value]
        if not changed:
            return standing
        for name in changed:
            setattr(standing, name, values[name])
        standing.answered_at = now
    session.flush()
    _note(
        session,
        actor,
        "answered",
        product.id,
        now,
        before={name: before[name] for name in changed if name in before} or None,
        after={name: values[name] for name in changed},
    )
    _bring_in_line(session, [product.id], now=now, facts=True)
    return standing


# --- links ----------------------------------------------------------------------------------------------------------


def link_item(
    session: Session, *, actor: Actor, product: Product, item_id: int, now: dt.datetime
) -> ProductCertificateItem:
    """Say that a product is what an item of a certificate names, from today on. Saying it twice changes nothing.

    It is the maker's claim until an official confirms it; see ``confirm_links``.

    Raises:
        NotFound: the actor does not act for the maker, or the item is no item of a certificate of this maker.
        Forbidden: an official: the maker decides, the city checks.
        Conflict: the product is archived, or the certificate has ended.
    """
    products.require_editable(session, actor, product)
    item, certificate = _item_of(session, product, item_id)
    if item.removed_at is not None or CertificateState(certificate.state) in _ENDED:
        raise Conflict(N_("This certificate covers nothing any more. Match the product with one that stands."))
    _lock(session, [product.id])
    standing = _open_link(session, product.id, item_id)
    if standing is not None:
        return standing
    link = ProductCertificateItem(
        product_id=product.id, item_id=item_id, since=day_of(now), linked_at=now, linked_by_id=actor.user_id
    )
    session.add(link)
    session.flush()
    _note(session, actor, "linked", product.id, now, after=_link_words(certificate, item))
    _bring_in_line(session, [product.id], now=now)
    return link


def unlink_item(session: Session, *, actor: Actor, product: Product, item_id: int, now: dt.datetime) -> None:
    """Say that a product is not what an item names, from today on; what was so until yesterday stays.

    Raises:
        NotFound: the actor does not act for the maker, or there is no such link.
        Forbidden: an official.
    """
    products.require_maker(session, actor, product)
    item, certificate = _item_of(session, product, item_id)
    _lock(session, [product.id])
    link = _open_link(session, product.id, item_id)
    if link is None:
        raise NotFound
    _end(link, actor, now)
    session.flush()
    _note(session, actor, "unlinked", product.id, now, before=_link_words(certificate, item))
    _bring_in_line(session, [product.id], now=now)


def match_items(
    session: Session,
    *,
    actor: Actor,
    certificate: Certificate,
    wanted: Collection[tuple[int, int]],
    shown: Collection[tuple[int, int]],
    now: dt.datetime,
) -> int:
    """Link and unlink the items of a certificate as a person ticked them; gives how many links changed.

    ``wanted`` are (item, product) as they shall be, ``shown`` those that were linked when the person looked: a link
    that somebody else made meanwhile stays.

    Raises:
        NotFound: the actor does not act for the maker, or an item or product is not of this certificate and maker.
        Forbidden, Conflict: see ``link_item``.
    """
    business = session.get_one(Business, certificate.business_id)
    if not rules.can_edit_goods(actor, business):
        raise Forbidden if rules.can_review(actor) else NotFound
    items = {item.id for item in certificate.items if item.removed_at is None}
    if any(item not in items for item, _ in wanted):
        raise NotFound
    numbers = {product for _, product in (*wanted, *shown)}
    _lock(session, numbers)
    goods = _goods_of(session, certificate.business_id, numbers)
    standing = {
        (link.item_id, link.product_id) for link in queries.list_links(session, numbers) if link.item_id in items
    }
    changed = 0
    for item, product in sorted(set(wanted) - standing):
        if product not in goods:
            raise NotFound
        link_item(session, actor=actor, product=goods[product], item_id=item, now=now)
        changed += 1
    for item, product in sorted((set(shown) - set(wanted)) & standing):
        unlink_item(session, actor=actor, product=goods[product], item_id=item, now=now)
        changed += 1
    return changed


def confirm_links(
    session: Session,
    *,
    actor: Actor,
    ids: Collection[int],
    now: dt.datetime,
    certificate_id: int | None = None,
) -> int:
    """Confirm from today on that products are what the items name which they are linked with; gives how many are new.

    Raises:
        Forbidden: not an official, or it is about her own goods.
        NotFound: there is no such link (with ``certificate_id``: with that certificate).
        Conflict: one of them has ended, or its certificate is not confirmed.
    """
    confirmed = []
    for link, item, certificate in _to_decide(session, actor, ids):
        if certificate_id not in {None, certificate.id}:
            raise NotFound
        if CertificateState(certificate.state) not in _CONFIRMED:
            raise Conflict(N_("This certificate is not confirmed, so nothing is known to be covered by it."))
        if link.confirmed_on is None:
            link.confirmed_on, link.confirmed_at, link.confirmed_by_id = day_of(now), now, actor.user_id
            confirmed.append(link.product_id)
            _note(session, actor, "link_confirmed", link.product_id, now, after=_link_words(certificate, item))
    session.flush()
    _bring_in_line(session, confirmed, now=now)
    return len(confirmed)


def refuse_links(session: Session, *, actor: Actor, ids: Collection[int], reason: str, now: dt.datetime) -> None:
    """Say that products are not what the items name which they are linked with, and why: the links end today.

    The maker reads the reason. A link that was confirmed by mistake is ended in the same way.

    Raises:
        Forbidden: not an official, or it is about her own goods.
        NotFound: there is no such link.
        Conflict: one of them has ended.
    """
    refused = []
    for link, item, certificate in _to_decide(session, actor, ids):
        _end(link, actor, now)
        link.refusal = reason
        refused.append(link.product_id)
        _note(session, actor, "link_refused", link.product_id, now, before=_link_words(certificate, item))
    session.flush()
    _bring_in_line(session, refused, now=now)


def _to_decide(
    session: Session, actor: Actor, ids: Collection[int]
) -> list[tuple[ProductCertificateItem, CertificateItem, Certificate]]:
    """Links that stand, with what they are about; their products are locked."""
    if not rules.can_review(actor):
        raise Forbidden
    wanted = col(ProductCertificateItem.id).in_(sorted(set(ids)))
    _lock(session, session.exec(select(ProductCertificateItem.product_id).where(wanted)))
    statement = (
        select(ProductCertificateItem, CertificateItem, Certificate, Business)
        .join(CertificateItem, col(CertificateItem.id) == col(ProductCertificateItem.item_id))
        .join(Certificate, col(Certificate.id) == col(CertificateItem.certificate_id))
        .join(Business, col(Business.id) == col(Certificate.business_id))
        .where(wanted)
        .order_by(col(ProductCertificateItem.id))
        .execution_options(populate_existing=True)
    )
    rows = session.exec(statement).all()
    if len(rows) != len(set(ids)):
        raise NotFound
    if not all(rules.can_decide(actor, business) for *_, business in rows):
        raise Forbidden
    if any(link.until is not None for link, *_ in rows):
        raise Conflict(N_("One of these matches has ended in the meantime. Look at them again."))
    return [(link, item, certificate) for link, item, certificate, _ in rows]


def _goods_of(session: Session, business_id: int, numbers: Collection[int]) -> dict[int, Product]:
    statement = select(Product).where(Product.business_id == business_id, col(Product.id).in_(list(numbers)))
    return {product.id: product for product in session.exec(statement)}


def _item_of(session: Session, product: Product, item_id: int) -> tuple[CertificateItem, Certificate]:
    row = session.exec(
        select(CertificateItem, Certificate)
        .join(Certificate, col(Certificate.id) == col(CertificateItem.certificate_id))
        .where(CertificateItem.id == item_id, Certificate.business_id == product.business_id)
    ).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _open_link(session: Session, product_id: int, item_id: int) -> ProductCertificateItem | None:
    statement = (
        select(ProductCertificateItem)
        .where(
            ProductCertificateItem.product_id == product_id,
            ProductCertificateItem.item_id == item_id,
            col(ProductCertificateItem.until).is_(None),
        )
        .execution_options(populate_existing=True)
    )
    return session.exec(statement).first()


def _end(link: ProductCertificateItem, actor: Actor, now: dt.datetime) -> None:
    link.until = day_of(now)
    link.unlinked_at = now
    link.unlinked_by_id = actor.user_id


def _link_words(certificate: Certificate, item: CertificateItem) -> dict[str, Any]:
    return {"certificate": certificate.public_id, "item": item.id, "name": item.name}


# --- products of a journey ------------------------------------------------------------------------------------------


def attach_products(
    session: Session,
    *,
    actor: Actor,
    application: Application,
    slugs: Sequence[str],
    now: dt.datetime,
) -> None:
    """Say which products an application is about, in place of those it was said to be about; archived ones stay.

    Raises:
        NotFound: the actor does not act for the maker.
        Forbidden: an official.
        Conflict: the application has ended.
        Invalid: one of them is no product of this maker, or there are too many; at ``products``.
    """
    business = session.get_one(Business, application.business_id)
    if not rules.can_edit_goods(actor, business):
        raise Forbidden if rules.can_review(actor) else NotFound
    statement = select(Product.id, Product.slug).where(
        Product.business_id == business.id, col(Product.slug).in_(list(slugs))
    )
    wanted = dict(session.exec(statement).all())
    if set(wanted.values()) != set(slugs):
        raise Invalid(fields={"products": N_("Choose from your own products.")})
    standing = set(queries.list_attached(session, [application.id]).get(application.id, ()))
    archived = session.exec(
        select(Product.id).where(col(Product.id).in_(standing), col(Product.state) == ProductState.ARCHIVED.value)
    ).all()
    _set_products(session, actor, application, standing, wanted.keys() | set(archived), now)


def attach_product(
    session: Session, *, actor: Actor, application: Application, product: Product, now: dt.datetime
) -> None:
    """Say that an application is about this product too.

    Raises:
        NotFound: the actor does not act for the maker, or the application is another maker's.
        Forbidden, Conflict, Invalid: see ``attach_products``; and the product is archived.
    """
    products.require_editable(session, actor, product)
    if application.business_id != product.business_id:
        raise NotFound
    standing = set(queries.list_attached(session, [application.id]).get(application.id, ()))
    _set_products(session, actor, application, standing, standing | {product.id}, now)


def _set_products(
    session: Session, actor: Actor, application: Application, standing: set[int], wanted: set[int], now: dt.datetime
) -> None:
    if wanted == standing:
        return
    if application.closed_on is not None:
        raise Conflict(N_("This application has ended. What it was about stays as it is."))
    if len(wanted) > MOST_PRODUCTS:
        raise Invalid(fields={"products": N_("This is more than one application takes. Begin another for the rest.")})
    added, removed = sorted(wanted - standing), sorted(standing - wanted)
    today = day_of(now)
    _lock(session, [*added, *removed])
    for number in added:
        ended_today = session.get(ProductApplication, (number, application.id, today))
        if ended_today is None:
            session.add(ProductApplication(product_id=number, application_id=application.id, since=today))
        else:
            ended_today.until = None
    open_ones = select(ProductApplication).where(
        ProductApplication.application_id == application.id,
        col(ProductApplication.product_id).in_(removed),
        col(ProductApplication.until).is_(None),
    )
    for link in session.exec(open_ones):
        link.until = today
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="application.products_set",
        subject_type="application",
        subject_id=application.id,
        before={"products": sorted(standing)},
        after={"products": sorted(wanted)},
        now=now,
    )
    _bring_in_line(session, [*added, *removed], now=now)


# --- what other areas change ----------------------------------------------------------------------------------------


def certificates_changed(session: Session, ids: Sequence[int], now: dt.datetime) -> None:
    """Bring the goods of these certificates in line; what was linked with a name that was taken away is unlinked."""
    session.flush()
    removed = session.exec(
        select(ProductCertificateItem, CertificateItem, Certificate)
        .join(CertificateItem, col(CertificateItem.id) == col(ProductCertificateItem.item_id))
        .join(Certificate, col(Certificate.id) == col(CertificateItem.certificate_id))
        .where(
            col(CertificateItem.certificate_id).in_(list(ids)),
            col(CertificateItem.removed_at).is_not(None),
            col(ProductCertificateItem.until).is_(None),
        )
        .order_by(col(ProductCertificateItem.id))
    ).all()
    actor = Command(label="certificate")
    for link, item, certificate in removed:
        _end(link, actor, now)
        _note(session, actor, "unlinked", link.product_id, now, before=_link_words(certificate, item))
    _bring_in_line(session, queries.list_linked_products(session, ids), now=now)


def matches_confirmed(
    session: Session, actor: Actor, certificate_id: int, ids: Sequence[int], now: dt.datetime
) -> None:
    """Confirm the links that an official saw when she confirmed their certificate."""
    confirm_links(session, actor=actor, ids=ids, now=now, certificate_id=certificate_id)


def applications_changed(session: Session, ids: Sequence[int], now: dt.datetime) -> None:
    """Bring the goods of these applications in line."""
    session.flush()
    attached = queries.list_attached(session, ids)
    _bring_in_line(session, sorted({number for each in attached.values() for number in each}), now=now)


def _lock(session: Session, numbers: Iterable[int]) -> None:
    """Let others who decide about these products wait; always in the same order."""
    statement = sa.select(col(Product.id)).where(col(Product.id).in_(sorted(set(numbers)))).order_by(col(Product.id))
    session.connection().execute(statement.with_for_update())


def _bring_in_line(session: Session, ids: Sequence[int], *, now: dt.datetime, facts: bool = False) -> None:
    if not ids:
        return
    session.flush()
    if facts:
        listed = session.exec(select(Listing.product_id).where(col(Listing.product_id).in_(list(ids)))).all()
        if listed:
            standings.record_facts(session, listed, today=day_of(now))
    index.place_standings(session, ids, now=now)


def _note(
    session: Session,
    actor: Actor,
    action: str,
    product_id: int,
    now: dt.datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"product.halal_{action}",
        subject_type="product",
        subject_id=product_id,
        before=before,
        after=after,
        now=now,
    )
