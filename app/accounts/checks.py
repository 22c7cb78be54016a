"""What must hold in this area: the audit chain is whole."""

from collections.abc import Iterator

from app.accounts import audit
from app.core.checks import Inspection, check


@check("audit")
def check_audit(inspection: Inspection) -> Iterator[str]:
    """Every entry carries the hash of the one before it and its own."""
    yield from audit.find_breaks(inspection.session)
