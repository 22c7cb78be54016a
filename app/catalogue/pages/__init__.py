"""Pages of the catalogue."""

from app.catalogue.pages import browse
from app.core.web import unit_router

router = unit_router()
router.include_router(browse.router)
