"""Pages of this area."""

from app.accounts.pages import account, entry, office, people, second_factor
from app.core.web import unit_router

router = unit_router()
for part in (entry, second_factor, account, people, office):
    router.include_router(part.router)
    if hasattr(part, "direct"):
        router.include_router(part.direct)
