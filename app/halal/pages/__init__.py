"""Pages of this area. Those that show goods beside their certificates are the catalogue's."""

from app.core.web import unit_router
from app.halal.pages import certificate_office, certificates, reference

router = unit_router()
router.include_router(certificates.router)
router.include_router(certificate_office.router)
router.include_router(reference.router)
