"""Runs migrations against the database of this installation, or against the connection a test hands over."""

from typing import Any

from alembic import context
from sqlalchemy import JSON, BigInteger, Connection, text
from sqlmodel.sql.sqltypes import AutoString

from app.core.config import get_settings
from app.core.database import make_engine
from app.core.models import Moment
from app.models import metadata


def include_name(name: str | None, kind: str, parents: object) -> bool:  # noqa: ARG001 - Alembic's signature
    """Leave the full-text index alone: it differs by database and has no table class."""
    return not (kind == "table" and name is not None and name.startswith("search_text"))


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write column types in plain SQLAlchemy: a version must not import from the application."""
    if kind != "type":
        return False
    if isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    if isinstance(item, JSON):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')"
    if isinstance(item, BigInteger) and "sqlite" in item._variant_mapping:  # noqa: SLF001
        return "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"
    return False


def run(connection: Connection) -> None:
    """Migrate in one transaction, waiting at most five seconds for a lock."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=include_name,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.config.attributes.get("url") or get_settings().resolved_database_url
    engine = make_engine(url)
    with engine.connect() as connection:
        run(connection)
    engine.dispose()
