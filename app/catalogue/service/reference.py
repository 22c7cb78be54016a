"""Loads the reference facts of the catalogue: the tree of categories."""

import csv
import datetime as dt
from typing import Any

from sqlmodel import Session, col, select

from app.accounts import audit
from app.accounts.subjects import Command
from app.catalogue import index
from app.catalogue.families import FOLDER
from app.catalogue.models import Category, Product
from app.core.languages import Language


def load_categories(session: Session, *, now: dt.datetime) -> int:
    """Bring the tree in line with ``reference/categories.csv`` and give the number of categories written.

    Nothing is written, and no kept answer thrown away, when all of it stands already. A category that left the file
    stays, because goods may hang on it.
    """
    with (FOLDER / "categories.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    standing = {category.slug: category for category in session.exec(select(Category))}
    written: list[str] = []
    moved: list[int] = []
    for row in rows:  # a parent stands before its children in the file
        parent = standing[row["parent_slug"]].id if row["parent_slug"] else None
        values: dict[str, Any] = {
            "parent_id": parent,
            "position": int(row["position"]),
            "names": {language.value: row[f"name_{language.value}"] for language in Language},
            "family": row["family"],
            "goods_class": row["goods_class"],
            "hs_hint": row["hs_hint"],
        }
        category = standing.get(row["slug"])
        if category is None:
            category = standing[row["slug"]] = Category(slug=row["slug"], **values)
            session.add(category)
            session.flush()
        elif all(getattr(category, name) == value for name, value in values.items()):
            continue
        else:
            if category.parent_id != parent or category.goods_class != values["goods_class"]:
                moved.append(category.id)
            for name, value in values.items():
                setattr(category, name, value)
            session.flush()
        written.append(row["slug"])
    if moved:
        goods = select(Product.id).where(col(Product.category_id).in_(moved))
        index.reindex_products(session, session.exec(goods).all(), now=now)
    if written:
        audit.record(
            session,
            actor=Command(),
            action="category.loaded",
            subject_type="category",
            subject_id="tree",
            after={"categories": written},
            now=now,
        )
    return len(written)
