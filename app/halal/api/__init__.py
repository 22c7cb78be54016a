"""JSON of halal."""

from app.core.web import unit_router
from app.halal.api import certificates, reference

router = unit_router()
router.include_router(certificates.router)
router.include_router(reference.router)
