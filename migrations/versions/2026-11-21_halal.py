"""Halal: reference facts, certificates, applications, and what lists are filtered by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "halal_standing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("goods_class", sa.String(20), nullable=False),
        sa.Column("scale", sa.String(20), nullable=True),
        sa.Column("animal", sa.String(6), nullable=True),
        sa.Column("not_halal", sa.Boolean(), nullable=False),
        sa.Column("made_in", sa.String(2), nullable=False),
        sa.Column(
            "evidence",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("in_process", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_standing")),
        sa.UniqueConstraint("digest", name=op.f("uq_halal_standing_digest")),
    )
    op.create_table(
        "halal_body",
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(length=30), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(30), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("website", sa.String(200), nullable=False),
        sa.Column("issues", sa.Boolean(), nullable=False),
        sa.Column("authority", sa.Boolean(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["corrects_id"], ["halal_body.id"], name=op.f("fk_halal_body_corrects_id_halal_body")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_halal_body_recorded_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_body")),
    )
    with op.batch_alter_table("halal_body", schema=None) as batch_op:
        batch_op.create_index(
            "uq_halal_body_code_current",
            ["code"],
            unique=True,
            sqlite_where=sa.text("current"),
            postgresql_where=sa.text("current"),
        )

    op.create_table(
        "halal_destination_rule",
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(length=30), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("goods_class", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["halal_destination_rule.id"],
            name=op.f("fk_halal_destination_rule_corrects_id_halal_destination_rule"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_halal_destination_rule_recorded_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_destination_rule")),
    )
    with op.batch_alter_table("halal_destination_rule", schema=None) as batch_op:
        batch_op.create_index("ix_halal_destination_rule_country", ["country", "goods_class"], unique=False)

    op.create_table(
        "halal_obligation",
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(length=30), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("goods_class", sa.String(30), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("scale", sa.String(20), nullable=False),
        sa.Column("phase_start", sa.Date(), nullable=True),
        sa.Column("phase_end", sa.Date(), nullable=True),
        sa.Column("mandatory_from", sa.Date(), nullable=True),
        sa.Column("animal_only", sa.Boolean(), nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["halal_obligation.id"], name=op.f("fk_halal_obligation_corrects_id_halal_obligation")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_halal_obligation_recorded_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_obligation")),
    )
    op.create_table(
        "halal_recognition",
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(length=30), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.String(30), nullable=False),
        sa.Column("destination", sa.String(2), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column(
            "goods",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("made_in", sa.String(2), nullable=False),
        sa.Column("direction", sa.String(30), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["halal_recognition.id"], name=op.f("fk_halal_recognition_corrects_id_halal_recognition")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_halal_recognition_recorded_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_recognition")),
    )
    with op.batch_alter_table("halal_recognition", schema=None) as batch_op:
        batch_op.create_index("ix_halal_recognition_body_destination", ["body", "destination"], unique=False)

    op.create_table(
        "halal_certificate",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("business_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.String(30), nullable=False),
        sa.Column("number", sa.String(80), nullable=False),
        sa.Column("number_key", sa.String(80), nullable=False),
        sa.Column("decree_number", sa.String(80), nullable=False),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("surveillance_due", sa.Date(), nullable=True),
        sa.Column("external_status", sa.String(80), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reject_code", sa.String(length=30), nullable=True),
        sa.Column("reject_reason", sa.String(), nullable=False),
        sa.Column("supersedes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("file_key", sa.String(200), nullable=False),
        sa.Column("mime", sa.String(60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('claimed','verified','rejected','withdrawn','suspended','revoked','superseded')",
            name=op.f("ck_halal_certificate_state"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_halal_certificate_business_id_business")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_halal_certificate_decided_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"],
            ["halal_certificate.id"],
            name=op.f("fk_halal_certificate_supersedes_id_halal_certificate"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_certificate")),
        sa.UniqueConstraint("public_id", name=op.f("uq_halal_certificate_public_id")),
    )
    with op.batch_alter_table("halal_certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_halal_certificate_business_id"), ["business_id"], unique=False)
        batch_op.create_index("ix_halal_certificate_number_key", ["number_key"], unique=False)
        batch_op.create_index("ix_halal_certificate_state_entered_at", ["state", "entered_at"], unique=False)
        batch_op.create_index("ix_halal_certificate_valid_until", ["valid_until"], unique=False)
        batch_op.create_index(
            "uq_halal_certificate_confirmed",
            ["body", "number_key"],
            unique=True,
            sqlite_where=sa.text("state IN ('verified','suspended')"),
            postgresql_where=sa.text("state IN ('verified','suspended')"),
        )

    op.create_table(
        "halal_notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("business_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column(
            "details",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_halal_notice_business_id_business")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_notice")),
        sa.UniqueConstraint("business_id", "key", name=op.f("uq_halal_notice_business_id_key")),
    )
    op.create_table(
        "halal_application",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("business_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("route", sa.String(length=15), nullable=False),
        sa.Column("stage", sa.String(length=30), nullable=False),
        sa.Column("registration_number", sa.String(80), nullable=False),
        sa.Column("external_status", sa.String(80), nullable=False),
        sa.Column("certificate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_halal_application_business_id_business")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["halal_certificate.id"],
            name=op.f("fk_halal_application_certificate_id_halal_certificate"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_application")),
    )
    with op.batch_alter_table("halal_application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_halal_application_business_id"), ["business_id"], unique=False)

    op.create_table(
        "halal_certificate_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("certificate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["halal_certificate.id"],
            name=op.f("fk_halal_certificate_event_certificate_id_halal_certificate"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_halal_certificate_event_recorded_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_certificate_event")),
    )
    with op.batch_alter_table("halal_certificate_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_halal_certificate_event_certificate_id"), ["certificate_id"], unique=False)

    op.create_table(
        "halal_certificate_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("certificate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["halal_certificate.id"],
            name=op.f("fk_halal_certificate_item_certificate_id_halal_certificate"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_certificate_item")),
    )
    with op.batch_alter_table("halal_certificate_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_halal_certificate_item_certificate_id"), ["certificate_id"], unique=False)

    op.create_table(
        "halal_check",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("certificate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("provider", sa.String(length=10), nullable=False),
        sa.Column("looked_at", sa.String(300), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("found_number", sa.String(80), nullable=False),
        sa.Column("found_holder", sa.String(200), nullable=False),
        sa.Column(
            "found_products",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("evidence_key", sa.String(200), nullable=False),
        sa.Column("evidence_mime", sa.String(60), nullable=False),
        sa.Column("evidence_sha256", sa.String(64), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["halal_certificate.id"], name=op.f("fk_halal_check_certificate_id_halal_certificate")
        ),
        sa.ForeignKeyConstraint(
            ["checked_by_id"], ["user_account.id"], name=op.f("fk_halal_check_checked_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_check")),
    )
    with op.batch_alter_table("halal_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_halal_check_certificate_id"), ["certificate_id"], unique=False)

    op.create_table(
        "product_halal",
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("use_as", sa.String(length=20), nullable=True),
        sa.Column("animal", sa.String(length=6), nullable=True),
        sa.Column("pork", sa.String(length=6), nullable=True),
        sa.Column("alcohol", sa.String(length=6), nullable=True),
        sa.Column("declared_not_halal", sa.Boolean(), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column(
            "route",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("use_as IS NULL OR use_as <> ''", name=op.f("ck_product_halal_use_as")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_halal_product_id_product")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_halal")),
    )
    op.create_table(
        "product_halal_fact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("goods_class", sa.String(length=20), nullable=False),
        sa.Column("scale", sa.String(20), nullable=True),
        sa.Column("animal", sa.String(length=6), nullable=True),
        sa.Column("not_halal", sa.Boolean(), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("made_in", sa.String(2), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_halal_fact_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_halal_fact")),
        sa.UniqueConstraint("product_id", "since", name=op.f("uq_product_halal_fact_product_id_since")),
    )
    op.create_table(
        "halal_application_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.String(length=30), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["halal_application.id"],
            name=op.f("fk_halal_application_step_application_id_halal_application"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_halal_application_step_recorded_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halal_application_step")),
    )
    with op.batch_alter_table("halal_application_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_halal_application_step_application_id"), ["application_id"], unique=False)

    op.create_table(
        "product_certificate_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unlinked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unlinked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("refusal", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["user_account.id"],
            name=op.f("fk_product_certificate_item_confirmed_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["halal_certificate_item.id"],
            name=op.f("fk_product_certificate_item_item_id_halal_certificate_item"),
        ),
        sa.ForeignKeyConstraint(
            ["linked_by_id"], ["user_account.id"], name=op.f("fk_product_certificate_item_linked_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_certificate_item_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["unlinked_by_id"],
            ["user_account.id"],
            name=op.f("fk_product_certificate_item_unlinked_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_certificate_item")),
    )
    with op.batch_alter_table("product_certificate_item", schema=None) as batch_op:
        batch_op.create_index("ix_product_certificate_item_item_id", ["item_id"], unique=False)
        batch_op.create_index("ix_product_certificate_item_product_id", ["product_id"], unique=False)
        batch_op.create_index(
            "ix_product_certificate_item_waiting",
            ["id"],
            unique=False,
            sqlite_where=sa.text("until IS NULL AND confirmed_on IS NULL"),
            postgresql_where=sa.text("until IS NULL AND confirmed_on IS NULL"),
        )
        batch_op.create_index(
            "uq_product_certificate_item_open",
            ["product_id", "item_id"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    op.create_table(
        "product_halal_application",
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["halal_application.id"],
            name=op.f("fk_product_halal_application_application_id_halal_application"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_halal_application_product_id_product")
        ),
        sa.PrimaryKeyConstraint("product_id", "application_id", "since", name=op.f("pk_product_halal_application")),
    )
    with op.batch_alter_table("product_halal_application", schema=None) as batch_op:
        batch_op.create_index("ix_product_halal_application_application_id", ["application_id"], unique=False)
        batch_op.create_index(
            "uq_product_halal_application_open",
            ["product_id", "application_id"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "standing_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
            )
        )
        batch_op.add_column(sa.Column("standing_until", sa.Date(), nullable=True))
        batch_op.drop_index(batch_op.f("ix_listing_cube"))
        batch_op.create_index(
            "ix_listing_cube",
            [
                "product_id",
                "category_id",
                "kecamatan_code",
                "verified",
                "moq_band",
                "price_key",
                "name_words",
                "score",
                "standing_id",
                "standing_until",
            ],
            unique=False,
        )
        batch_op.create_index("ix_listing_standing_newest", ["standing_id", "published_us", "product_id"], unique=False)
        batch_op.create_index("ix_listing_standing_until", ["standing_until"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index("ix_listing_standing_until")
        batch_op.drop_index("ix_listing_standing_newest")
        batch_op.drop_index("ix_listing_cube")
        batch_op.create_index(
            batch_op.f("ix_listing_cube"),
            ["product_id", "category_id", "kecamatan_code", "verified", "moq_band", "price_key", "name_words", "score"],
            unique=False,
        )
        batch_op.drop_column("standing_until")
        batch_op.drop_column("standing_id")

    with op.batch_alter_table("product_halal_application", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_product_halal_application_open",
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )
        batch_op.drop_index("ix_product_halal_application_application_id")

    op.drop_table("product_halal_application")
    with op.batch_alter_table("product_certificate_item", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_product_certificate_item_open",
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )
        batch_op.drop_index(
            "ix_product_certificate_item_waiting",
            sqlite_where=sa.text("until IS NULL AND confirmed_on IS NULL"),
            postgresql_where=sa.text("until IS NULL AND confirmed_on IS NULL"),
        )
        batch_op.drop_index("ix_product_certificate_item_product_id")
        batch_op.drop_index("ix_product_certificate_item_item_id")

    op.drop_table("product_certificate_item")
    with op.batch_alter_table("halal_application_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_halal_application_step_application_id"))

    op.drop_table("halal_application_step")
    op.drop_table("product_halal_fact")
    op.drop_table("product_halal")
    with op.batch_alter_table("halal_check", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_halal_check_certificate_id"))

    op.drop_table("halal_check")
    with op.batch_alter_table("halal_certificate_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_halal_certificate_item_certificate_id"))

    op.drop_table("halal_certificate_item")
    with op.batch_alter_table("halal_certificate_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_halal_certificate_event_certificate_id"))

    op.drop_table("halal_certificate_event")
    with op.batch_alter_table("halal_application", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_halal_application_business_id"))

    op.drop_table("halal_application")
    op.drop_table("halal_notice")
    with op.batch_alter_table("halal_certificate", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_halal_certificate_confirmed",
            sqlite_where=sa.text("state IN ('verified','suspended')"),
            postgresql_where=sa.text("state IN ('verified','suspended')"),
        )
        batch_op.drop_index("ix_halal_certificate_valid_until")
        batch_op.drop_index("ix_halal_certificate_state_entered_at")
        batch_op.drop_index("ix_halal_certificate_number_key")
        batch_op.drop_index(batch_op.f("ix_halal_certificate_business_id"))

    op.drop_table("halal_certificate")
    with op.batch_alter_table("halal_recognition", schema=None) as batch_op:
        batch_op.drop_index("ix_halal_recognition_body_destination")

    op.drop_table("halal_recognition")
    op.drop_table("halal_obligation")
    with op.batch_alter_table("halal_destination_rule", schema=None) as batch_op:
        batch_op.drop_index("ix_halal_destination_rule_country")

    op.drop_table("halal_destination_rule")
    with op.batch_alter_table("halal_body", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_halal_body_code_current", sqlite_where=sa.text("current"), postgresql_where=sa.text("current")
        )

    op.drop_table("halal_body")
    op.drop_table("halal_standing")
