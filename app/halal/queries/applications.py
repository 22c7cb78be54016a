"""Reading applications: for the people of their maker only."""

from collections.abc import Iterable

from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, select

from app.accounts.models import Role
from app.accounts.subjects import Actor, Command, Subject
from app.businesses.models import Business
from app.core.errors import NotFound
from app.halal.models import Application

_STEPS = selectinload(Application.steps)  # type: ignore[arg-type]


def get_own_application(session: Session, actor: Actor, number: int, *, lock: bool = False) -> Application:
    """An application with its steps, of a maker that the actor acts for; other people's are not found.

    ``lock`` makes others who change it wait.

    Raises:
        NotFound
    """
    statement = (
        select(Application, Business)
        .join(Business, col(Business.id) == col(Application.business_id))
        .where(Application.id == number)
        .options(_STEPS)
        .execution_options(populate_existing=True)
    )
    found = session.exec(statement.with_for_update(of=Application) if lock else statement).first()
    if found is None or not _acts_for(actor, found[1]):
        raise NotFound
    return found[0]


def _acts_for(actor: Actor, business: Business) -> bool:
    if isinstance(actor, Command):
        return True
    return isinstance(actor, Subject) and (Role.MAKER, business.organisation_id) in actor.memberships


def list_own_applications(session: Session, business_ids: Iterable[int]) -> list[Application]:
    """Applications of these makers with their steps: open ones first, the newest of each first; two statements."""
    statement = (
        select(Application)
        .where(col(Application.business_id).in_(list(business_ids)))
        .order_by(col(Application.closed_on).is_not(None), col(Application.id).desc())
        .options(_STEPS)
    )
    return list(session.exec(statement).all())
