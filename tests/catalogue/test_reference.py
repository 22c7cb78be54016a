"""The category tree as loaded from the reference file."""

from sqlmodel import Session, col, func, select

from app.accounts.models import AuditEntry
from app.catalogue.families import families
from app.catalogue.models import Category
from app.catalogue.service import reference
from app.core.languages import Language
from app.core.versions import public_version
from tests.factories import NOON


def _audited(session: Session) -> int:
    statement = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "category.loaded")
    return session.exec(statement).one()


def test_load_categories_makes_the_whole_tree(session: Session) -> None:
    written = reference.load_categories(session, now=NOON)
    session.commit()
    rows = session.exec(select(Category)).all()
    assert written == len(rows)
    by_slug = {row.slug: row for row in rows}
    assert by_slug["chips-crackers"].parent_id == by_slug["food"].id
    assert by_slug["food"].parent_id is None
    assert all(set(row.names) == {language.value for language in Language} for row in rows)
    assert all(all(row.names.values()) for row in rows)
    assert {row.family for row in rows} <= set(families())


def test_load_categories_again_changes_nothing(session: Session) -> None:
    reference.load_categories(session, now=NOON)
    session.commit()
    version = public_version(session)
    assert reference.load_categories(session, now=NOON) == 0
    session.commit()
    assert public_version(session) == version
    assert _audited(session) == 1


def test_load_categories_repairs_what_differs(session: Session) -> None:
    reference.load_categories(session, now=NOON)
    tea = session.exec(select(Category).where(col(Category.slug) == "tea")).one()
    tea.names = {**tea.names, "en": "Something else"}
    session.commit()
    assert reference.load_categories(session, now=NOON) == 1
    session.commit()
    session.expire_all()
    assert session.exec(select(Category).where(col(Category.slug) == "tea")).one().names["en"] == "Tea"
    assert _audited(session) == 2
