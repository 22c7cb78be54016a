"""JSON of the catalogue."""

from app.catalogue.api import listing
from app.core.web import unit_router

router = unit_router()
router.include_router(listing.router)
