"""Who may do what with goods, and how goods move through their life; pure."""

from app.accounts.models import Role
from app.accounts.subjects import Actor, Command, Subject
from app.businesses.models import Business, BusinessState
from app.catalogue.models import ProductState

MAX_PICTURES = 12
MAX_VARIANTS = 60
MAX_TIERS = 10
"""Of one currency, for the whole product or for one variant."""

MOVES: dict[ProductState, frozenset[ProductState]] = {
    ProductState.DRAFT: frozenset({ProductState.IN_REVIEW, ProductState.ARCHIVED}),
    ProductState.IN_REVIEW: frozenset({ProductState.PUBLISHED, ProductState.RETURNED, ProductState.ARCHIVED}),
    ProductState.RETURNED: frozenset({ProductState.IN_REVIEW, ProductState.ARCHIVED}),
    ProductState.PUBLISHED: frozenset({ProductState.RETURNED, ProductState.ARCHIVED}),
    ProductState.ARCHIVED: frozenset({ProductState.DRAFT}),
}
"""Where a product may go from where it stands. A published one is returned when the city takes it down."""


def can_move(state: ProductState, to: ProductState) -> bool:
    """Whether a product in a state may become another."""
    return to in MOVES[ProductState(state)]


def acts_for(actor: Actor | None, organisation_id: int) -> bool:
    """Whether somebody acts for a maker: one of her people, or the machine's own command line."""
    if isinstance(actor, Command):
        return True
    return isinstance(actor, Subject) and (Role.MAKER, organisation_id) in actor.memberships


def can_edit_goods(actor: Actor | None, business: Business) -> bool:
    """Whether somebody may see and change a maker's unpublished goods."""
    return acts_for(actor, business.organisation_id)


def can_review(actor: Actor | None) -> bool:
    """Whether somebody may see what waits for the city, of any maker."""
    return isinstance(actor, Command) or (isinstance(actor, Subject) and actor.is_official)


def can_decide(actor: Actor | None, business: Business) -> bool:
    """Whether somebody may publish or return a maker's goods: an official, though never on goods of her own."""
    if isinstance(actor, Command):
        return True
    return can_review(actor) and not acts_for(actor, business.organisation_id)


def can_edit_in(state: ProductState) -> bool:
    """Whether goods in a state can be changed. A published product stays published when it is."""
    return state != ProductState.ARCHIVED


def can_submit(business: Business) -> bool:
    """Whether a maker may send goods to the city; one whom the city has suspended may not."""
    return business.state != BusinessState.SUSPENDED
