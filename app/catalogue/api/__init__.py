"""JSON of the catalogue."""

from app.catalogue.api import halal_maker, halal_office, halal_public, listing, pictures, products, reference
from app.core.web import unit_router

router = unit_router()
router.include_router(listing.router)
router.include_router(halal_public.router)
router.include_router(halal_maker.router)
router.include_router(halal_office.router)
router.include_router(reference.router)
router.include_router(products.router)
router.include_router(pictures.router)
