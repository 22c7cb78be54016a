"""Pages of this area. The public pages of makers show goods, so the catalogue has them."""

from app.businesses.pages import office, workspace
from app.core.web import unit_router

router = unit_router()
router.include_router(workspace.router)
router.include_router(office.router)
