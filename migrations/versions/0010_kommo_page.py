"""Kommo's pages as they came, kept for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "kommo_page",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_kommo_page_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["kommo_connection.account_id", "kommo_connection.id"],
            name=op.f("fk_kommo_page_account_id_connection_id_kommo_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kommo_page")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_kommo_page_account_id_id")),
    )
    op.create_index("ix_kommo_page_fetched", "kommo_page", ["account_id", "connection_id", "fetched_at"])
    # It is compressed already: PostgreSQL would only try again.
    op.execute("ALTER TABLE kommo_page ALTER COLUMN body SET STORAGE EXTERNAL")
    op.execute("SELECT protect_table('kommo_page')")


def downgrade() -> None:
    op.drop_table("kommo_page")
