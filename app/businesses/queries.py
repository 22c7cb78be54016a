"""Reading makers."""

from sqlmodel import Session, col, select

from app.businesses.models import Business, BusinessState


def find_public_business_id(session: Session, slug: str) -> int | None:
    """The number of a verified maker, or None."""
    statement = select(Business.id).where(Business.slug == slug, col(Business.state) == BusinessState.VERIFIED.value)
    return session.exec(statement).first()
