"""Pages of this area. Those that show goods beside their certificates are the catalogue's."""

from app.core.web import unit_router

router = unit_router()
