"""JSON of halal."""

from app.core.web import unit_router

router = unit_router()
