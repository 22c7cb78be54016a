"""Pages of the catalogue."""

from app.core.web import unit_router

router = unit_router()
