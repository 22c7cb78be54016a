"""The category tree as loaded from the reference file."""

import csv
import re

from fastapi.testclient import TestClient
from sqlmodel import Session, col, func, select

from app.accounts.models import AuditEntry
from app.catalogue import headings
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


def test_every_hint_of_a_category_has_its_heading_in_five_languages() -> None:
    with (headings.FILE.parent / "categories.csv").open(encoding="utf-8", newline="") as file:
        hints = {row["slug"]: row["hs_hint"] for row in csv.DictReader(file)}
    hinted = {code for hint in hints.values() for code in hint.split(";") if code}
    assert set(headings.all_headings()) == hinted
    for code, heading in headings.all_headings().items():
        assert re.fullmatch(r"\d{4}", code)
        assert heading.names.keys() == {language.value for language in Language}
        assert all(name == name.strip() != "" for name in heading.names.values())
    assert [heading.code for heading in headings.headings_of(hints["coffee"])] == ["0901", "2101"]
    ordered = [heading.code for heading in headings.ordered_for(hints["coffee"])]
    assert ordered[:3] == ["0901", "2101", "0409"]
    assert sorted(ordered) == sorted(hinted)


def test_headings_over_json(client: TestClient, session: Session) -> None:
    reference.load_categories(session, now=NOON)
    session.commit()
    every = client.get("/api/v1/hs-headings?locale=es").json()
    assert (every["total"], every["items"][0]) == (87, {"code": "0409", "name": "Miel natural"})
    coffee = client.get("/api/v1/hs-headings?category=coffee&locale=ko").json()["items"]
    assert [item["code"] for item in coffee] == ["0901", "2101"]
    assert coffee[0]["name"].startswith("커피")
    assert client.get("/api/v1/hs-headings?category=other-goods").json() == {"items": [], "next": None, "total": 0}
    assert client.get("/api/v1/hs-headings?category=no-such").status_code == 422
