"""People who match goods with certificates at the same moment, in transactions of their own."""

import threading
from collections.abc import Callable
from pathlib import Path

from sqlmodel import Session, func, select

from app.accounts.models import AuditEntry
from app.accounts.subjects import Command
from app.businesses.models import Business
from app.catalogue import checks, index
from app.catalogue.models import Product, ProductCertificateItem
from app.catalogue.service import halal
from app.core.checks import Inspection
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import NotFound
from app.core.storage import open_storage
from tests.factories import NOON, make_business, make_product
from tests.halal.papers import items_of, make_certificate

ROUNDS = 12
ACTOR = Command(label="test")


def _settings(url: str, folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=folder,
        database_url=url,
        media_url=(folder / "media").as_uri(),
        queue_url="memory:",
        rates_url="",
    )


def _furnish(session: Session, business: Business) -> tuple[int, int]:
    """A public product and an item of a confirmed certificate of its maker."""
    product = make_product(session, business=business)
    index.reindex_products(session, [product.id], now=NOON)
    item = items_of(session, make_certificate(session, business=business))[0]
    session.commit()
    return product.id, item.id


def _together(work: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)


def test_links_made_and_ended_at_once_leave_one_history_and_one_entry_each(
    empty_database: Callable[[str], str], tmp_path: Path
) -> None:
    settings = _settings(empty_database("matching"), tmp_path)
    database = Database(settings)
    with database.writing() as session:
        business = make_business(session)
        pairs = [_furnish(session, business) for _ in range(ROUNDS)]
    barrier = threading.Barrier(3)
    faults: list[BaseException] = []

    def link() -> None:
        for product_id, item_id in pairs:
            barrier.wait(timeout=60)
            try:
                with database.writing() as session:
                    product = session.get_one(Product, product_id)
                    halal.link_item(session, actor=ACTOR, product=product, item_id=item_id, now=NOON)
            except BaseException as fault:  # noqa: BLE001 - looked at below
                faults.append(fault)

    def unlink() -> None:
        for product_id, item_id in pairs:
            barrier.wait(timeout=60)
            try:
                with database.writing() as session:
                    product = session.get_one(Product, product_id)
                    halal.unlink_item(session, actor=ACTOR, product=product, item_id=item_id, now=NOON)
            except NotFound:
                pass  # it came before both
            except BaseException as fault:  # noqa: BLE001 - looked at below
                faults.append(fault)

    _together([link, link, unlink])

    assert faults == []
    with database.reading() as session:
        for product_id, _ in pairs:
            rows = session.exec(
                select(ProductCertificateItem).where(ProductCertificateItem.product_id == product_id)
            ).all()
            ended = [row for row in rows if row.until is not None]
            assert len(rows) - len(ended) <= 1
            assert _entries(session, "product.halal_linked", product_id) == len(rows)
            assert _entries(session, "product.halal_unlinked", product_id) == len(ended)
        inspection = Inspection(session=session, storage=open_storage(settings), now=NOON)
        assert list(checks.check_standings(inspection)) == []
    database.dispose()


def _entries(session: Session, action: str, product_id: int) -> int:
    statement = select(func.count()).select_from(AuditEntry)
    return session.exec(statement.where(AuditEntry.action == action, AuditEntry.subject_id == str(product_id))).one()
