"""Pages of the catalogue."""

from app.catalogue.pages import (
    browse,
    cover,
    halal_applications,
    halal_links,
    halal_match,
    halal_office,
    halal_public,
    halal_road,
    makers,
    review,
    workspace,
)
from app.core.web import unit_router

router = unit_router()
router.include_router(browse.router)
router.include_router(makers.router)
router.include_router(halal_public.router)
router.include_router(halal_office.router)
router.include_router(halal_links.router)
router.include_router(workspace.router)
router.include_router(cover.router)
router.include_router(halal_road.router)
router.include_router(halal_match.router)
router.include_router(halal_applications.router)
router.include_router(review.router)
