"""What officials decide about goods: public, or back to the maker with a reason.

Decisions are guarded updates: of two officials who decide at the same moment one succeeds and the other is told.
"""

import datetime as dt
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from app.accounts import audit
from app.accounts.subjects import Actor, Subject, require_official
from app.businesses.models import Business, BusinessState
from app.catalogue import rules
from app.catalogue.models import Product, ProductState
from app.catalogue.schemas.editing import ReturnDecision
from app.catalogue.service.products import check_version, reindex
from app.core.errors import Conflict, Forbidden
from app.core.languages import N_


def publish_product(
    session: Session, *, actor: Actor, product: Product, now: dt.datetime, version: int | None = None
) -> None:
    """Make a product public.

    Raises:
        Unauthenticated, Forbidden, SecondFactorNeeded: the actor is no official, or one of the maker's own people.
        Conflict: it does not wait for a decision (any more), or its maker is not verified.
        StaleVersion: the maker changed it after ``version`` was read.
    """
    business = _require_decider(session, actor, product)
    if business.state != BusinessState.VERIFIED:
        raise Conflict(N_("Verify the maker first: only goods of verified makers are public."), code="maker_unverified")
    values: dict[str, Any] = {"return_reason": ""}
    if product.published_at is None:
        values["published_at"] = now
    _decide(
        session,
        actor=actor,
        product=product,
        allowed=ProductState.IN_REVIEW,
        to=ProductState.PUBLISHED,
        action="published",
        values=values,
        version=version,
        now=now,
    )


def return_product(
    session: Session,
    *,
    actor: Actor,
    product: Product,
    data: ReturnDecision,
    now: dt.datetime,
    version: int | None = None,
) -> None:
    """Give a product back to its maker with the reason.

    Raises:
        Unauthenticated, Forbidden, SecondFactorNeeded, Conflict, StaleVersion: see ``publish_product``.
    """
    _require_decider(session, actor, product)
    _decide(
        session,
        actor=actor,
        product=product,
        allowed=ProductState.IN_REVIEW,
        to=ProductState.RETURNED,
        action="returned",
        values={"return_reason": data.stored()},
        version=version,
        now=now,
    )


def take_down_product(
    session: Session,
    *,
    actor: Actor,
    product: Product,
    data: ReturnDecision,
    now: dt.datetime,
    version: int | None = None,
) -> None:
    """Take a public product off the market and give it back to its maker with the reason.

    Raises:
        Unauthenticated, Forbidden, SecondFactorNeeded, StaleVersion: see ``publish_product``.
        Conflict: it is not public (any more).
    """
    _require_decider(session, actor, product)
    _decide(
        session,
        actor=actor,
        product=product,
        allowed=ProductState.PUBLISHED,
        to=ProductState.RETURNED,
        action="taken_down",
        values={"return_reason": data.stored()},
        version=version,
        now=now,
    )


def _require_decider(session: Session, actor: Actor, product: Product) -> Business:
    if isinstance(actor, Subject):
        require_official(actor)
    business = session.get_one(Business, product.business_id)
    if not rules.can_decide(actor, business):
        raise Forbidden(N_("Somebody else in the office decides about goods of your own business."))
    return business


def _decide(
    session: Session,
    *,
    actor: Actor,
    product: Product,
    allowed: ProductState,
    to: ProductState,
    action: str,
    values: dict[str, Any],
    version: int | None,
    now: dt.datetime,
) -> None:
    decided = Conflict(N_("Somebody decided about this product before you. Look at it again."), code="already_decided")
    if product.state != allowed:
        raise decided
    check_version(product, version)
    before = {"state": allowed.value, "return_reason": product.return_reason}
    session.flush()
    statement = (
        update(Product)
        .where(
            col(Product.id) == product.id,
            col(Product.state) == allowed.value,
            col(Product.version) == product.version,
        )
        .values(
            state=to.value,
            decided_at=now,
            decided_by_id=actor.user_id,
            updated_at=now,
            version=Product.version + 1,
            **values,
        )
        .execution_options(synchronize_session=False)
    )
    if not session.connection().execute(statement).rowcount:
        raise decided
    session.refresh(product, ["state", "decided_at", "decided_by_id", "updated_at", "version", *values])
    audit.record(
        session,
        actor=actor,
        action=f"product.{action}",
        subject_type="product",
        subject_id=product.id,
        before=before,
        after={"state": to.value, "return_reason": product.return_reason},
        now=now,
    )
    reindex(session, product.id, now=now)
