"""The base of every table: constraint names, moments with zones, and optimistic versions."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BigId = BigInteger().with_variant(Integer, "sqlite")
"""Row number: 64 bits on both databases; SQLite makes its own only for a plain INTEGER."""
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Moment(TypeDecorator[dt.datetime]):
    """A moment in UTC. Naive values are refused on the way in; values come back aware on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """A moment as the database keeps it."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a moment needs a zone"
            raise ValueError(msg)
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """A moment with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Table(SQLModel):
    """Base of every table class.

    ``public_content`` marks tables whose rows show on public pages: a change to one moves the public version on,
    so that no kept answer outlives it (see ``core.versions``).
    """

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)
    public_content: ClassVar[bool] = False


def id_field() -> Any:
    """The row number of a table."""
    return Field(default=None, primary_key=True, sa_type=BigId)


def moment_field(**arguments: Any) -> Any:
    """A moment in UTC."""
    return Field(sa_type=Moment, **arguments)


def json_field(**arguments: Any) -> Any:
    """A JSON document: JSONB on PostgreSQL, text on SQLite."""
    return Field(sa_type=Json, **arguments)
