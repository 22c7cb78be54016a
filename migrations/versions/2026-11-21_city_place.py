"""A city whose place on the map is not known has no coordinates, in place of the middle of its country."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PLACES = ("latitude", "longitude")
CITY = sa.table("city", *(sa.column(name, sa.Float()) for name in (*PLACES, "latitude_", "longitude_")))
MIDDLE = {"latitude": -5.0, "longitude": 120.0}
"""Of Indonesia, in the sea: what was written down for each place that goods were imported from."""


def upgrade() -> None:
    _change(nullable=True)
    middle = [sa.column(name) == MIDDLE[name] for name in PLACES]
    op.execute(sa.update(CITY).where(*middle).values(dict.fromkeys(PLACES)))


def downgrade() -> None:
    for name in PLACES:
        column = sa.column(name)
        op.execute(sa.update(CITY).where(column.is_(None)).values({name: MIDDLE[name]}))
    _change(nullable=False)


def _change(*, nullable: bool) -> None:
    """SQLite cannot change a column in place, and other tables refer to this one: a copy takes the column's place."""
    if op.get_bind().dialect.name == "postgresql":
        for name in PLACES:
            op.alter_column("city", name, existing_type=sa.Float(), nullable=nullable)
        return
    for name in PLACES:
        # A column that may not be empty needs a default to be added; it stays, and every row names a value.
        default = None if nullable else "0"
        op.add_column("city", sa.Column(f"{name}_", sa.Float(), nullable=nullable, server_default=default))
        op.execute(sa.update(CITY).values({f"{name}_": sa.column(name)}))
        op.execute(sa.text(f"ALTER TABLE city DROP COLUMN {name}"))
        op.execute(sa.text(f"ALTER TABLE city RENAME COLUMN {name}_ TO {name}"))
