"""The audit trail for officials."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Response

from app.accounts import queries
from app.accounts.schemas import AuditEntryPublic
from app.accounts.web import OfficialDep, PageDep
from app.core.languages import N_, Language
from app.core.pagination import CursorText, Paged
from app.core.templating import PageMeta
from app.core.web import SessionDep, unit_router

router = unit_router(include_in_schema=False)
FilterText = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True)
class AuditPage:
    """A page of the trail."""

    entries: Paged[AuditEntryPublic]
    next_url: str | None
    first_url: str | None
    subject_type: str
    subject_id: str


@router.get("/{locale}/office/audit", name="accounts:audit")
def audit_trail(
    locale: Language,
    page: PageDep,
    person: OfficialDep,
    session: SessionDep,
    subject_type: FilterText = "",
    subject_id: FilterText = "",
    cursor: Annotated[CursorText | None, Query()] = None,
) -> Response:
    """Who changed what, newest first."""
    entries = queries.list_audit_entries(
        session, subject_type=subject_type.strip(), subject_id=subject_id.strip(), cursor=cursor or None
    )
    chosen = {"subject_type": subject_type, "subject_id": subject_id}
    view = AuditPage(
        entries=entries,
        next_url=page.url("accounts:audit", **chosen, cursor=entries.next) if entries.next else None,
        first_url=page.url("accounts:audit", **chosen) if cursor else None,
        **chosen,
    )
    return page.render("accounts/audit.html", PageMeta(title=page.gettext(N_("Audit trail"))), view=view)
