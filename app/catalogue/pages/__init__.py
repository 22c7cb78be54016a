"""Pages of the catalogue."""

from app.catalogue.pages import browse, cover, halal_public, makers, review, workspace
from app.core.web import unit_router

router = unit_router()
router.include_router(browse.router)
router.include_router(makers.router)
router.include_router(halal_public.router)
router.include_router(workspace.router)
router.include_router(cover.router)
router.include_router(review.router)
