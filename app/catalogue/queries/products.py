"""Reading single products: what the public sees, and what the people of a maker or the city see."""

from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, select

from app.businesses.models import Business, BusinessState
from app.catalogue.models import Product, ProductState
from app.core.errors import NotFound

_ALL = (
    selectinload(Product.texts),  # type: ignore[arg-type]
    selectinload(Product.variants),  # type: ignore[arg-type]
    selectinload(Product.prices),  # type: ignore[arg-type]
    selectinload(Product.pictures),  # type: ignore[arg-type]
    selectinload(Product.business).selectinload(Business.texts),  # type: ignore[arg-type]
    selectinload(Product.business).selectinload(Business.kecamatan),  # type: ignore[arg-type]
    selectinload(Product.business).selectinload(Business.city),  # type: ignore[arg-type]
)


def get_public_product(session: Session, slug: str) -> Product:
    """A published product of a verified maker with all that belongs to it.

    Raises:
        NotFound: there is none, or it is not public.
    """
    statement = (
        select(Product)
        .join(Business, col(Business.id) == col(Product.business_id))
        .where(
            Product.slug == slug,
            Product.state == ProductState.PUBLISHED,
            Business.state == BusinessState.VERIFIED,
        )
        .options(*_ALL)
    )
    product = session.exec(statement).first()
    if product is None:
        raise NotFound
    return product
