"""Who may invite whom, and which roles an organisation has; pure."""

from app.accounts.models import OrganisationKind, Role, Scope
from app.accounts.subjects import Subject

ROLES_OF = {
    OrganisationKind.BUSINESS: frozenset({Role.MAKER}),
    OrganisationKind.BUYER_COMPANY: frozenset({Role.BUYER}),
    OrganisationKind.OUTLET: frozenset({Role.OUTLET_STAFF}),
    OrganisationKind.OFFICE: frozenset({Role.OFFICIAL, Role.ADMIN}),
}
"""The roles that people may have in each kind of organisation."""


def is_member(actor: Subject, organisation_id: int) -> bool:
    """Whether the person acts for this organisation in any role."""
    return any(held == organisation_id for _, held in actor.memberships)


def can_see_organisation(actor: Subject, organisation_id: int) -> bool:
    """Whether members and invitations of an organisation are this person's business."""
    return actor.is_official or is_member(actor, organisation_id)


def can_invite(actor: Subject, *, organisation_id: int, kind: OrganisationKind, role: Role) -> bool:
    """Whether the person may invite somebody to this organisation in this role.

    Members invite to the role that they hold themselves; officials also makers, buyers and staff anywhere;
    only administrators make administrators.
    """
    if role not in ROLES_OF[kind]:
        return False
    if actor.is_admin:
        return True
    if kind == OrganisationKind.OFFICE:
        return role == Role.OFFICIAL and actor.is_official and is_member(actor, organisation_id)
    return actor.is_official or (role, organisation_id) in actor.memberships


def grantable_scopes(actor: Subject) -> frozenset[Scope]:
    """Scopes that this person may put on a new token: never more than a token at hand has itself."""
    held = frozenset(Scope) if actor.scopes is None else actor.scopes
    return held if actor.is_official else held - {Scope.OFFICE}
