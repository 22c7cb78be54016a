"""Which listings each publishing transaction changed, for the numbers that server processes hold in memory."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "listing_change",
        sa.Column("version", number, autoincrement=False, nullable=False),
        sa.Column("product_id", number, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("version", "product_id", name=op.f("pk_listing_change")),
    )


def downgrade() -> None:
    op.drop_table("listing_change")
