"""Pages of this area. Those that show goods beside their certificates are the catalogue's."""

from app.core.web import unit_router
from app.halal.pages import reference

router = unit_router()
router.include_router(reference.router)
