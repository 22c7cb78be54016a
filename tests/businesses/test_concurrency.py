"""Two officials at once, on real connections of their own."""

import threading
from collections.abc import Callable
from pathlib import Path

from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry
from app.accounts.subjects import Command
from app.businesses import queries, service
from app.businesses.models import Business, BusinessState, ReturnReason
from app.businesses.schemas import ReasonGiven
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import Conflict
from tests.businesses.steps import NOON, a_start

ROUNDS = 12


def test_of_two_decisions_at_once_exactly_one_wins(empty_database: Callable[[str], str], tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        database_url=empty_database("decisions"),
        media_url=(tmp_path / "media").as_uri(),
        queue_url="memory:",
        rates_url="",
    )
    database = Database(settings)
    with database.writing() as session:
        slugs = [_submitted(session).slug for _ in range(ROUNDS)]
    results: dict[str, list[str]] = {slug: [] for slug in slugs}
    barrier = threading.Barrier(2)

    def decide(how: str) -> None:
        for slug in slugs:
            barrier.wait(timeout=30)
            try:
                with database.writing() as session:
                    business = queries.get_business(session, slug, viewer=Command())
                    if how == "verify":
                        service.verify_business(
                            session, actor=Command(), business=business, now=NOON, settings=settings
                        )
                    else:
                        data = ReasonGiven(code=ReturnReason.NAME_DIFFERS)
                        service.return_business(
                            session, actor=Command(), business=business, data=data, now=NOON, settings=settings
                        )
                results[slug].append(how)
            except Conflict:
                results[slug].append("refused")

    threads = [threading.Thread(target=decide, args=(how,)) for how in ("verify", "return")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    with database.reading() as session:
        for slug, outcome in results.items():
            assert len(outcome) == 2
            assert outcome.count("refused") == 1, (slug, outcome)
            winner = next(each for each in outcome if each != "refused")
            business = session.exec(select(Business).where(Business.slug == slug)).one()
            assert business.state == {"verify": BusinessState.VERIFIED, "return": BusinessState.RETURNED}[winner]
            decisions = session.exec(
                select(AuditEntry.action).where(
                    AuditEntry.subject_type == "business",
                    AuditEntry.subject_id == str(business.id),
                    col(AuditEntry.action).in_(["business.verified", "business.returned"]),
                )
            ).all()
            assert len(decisions) == 1
    database.dispose()


def _submitted(session: Session) -> Business:
    business = service.start_business(session, actor=Command(), data=a_start(session), now=NOON)
    service.submit_business(session, actor=Command(), business=business, now=NOON)
    return business
