"""Webhooks of Kommo: on or off, the hash of their address, how they go."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "kommo_webhook",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="off", nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("origin", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("ignored", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("turned_on_at", TIME, nullable=True),
        sa.Column("last_received_at", TIME, nullable=True),
        sa.Column("checked_at", TIME, nullable=True),
        sa.CheckConstraint(
            "state IN ('off', 'on', 'disabled', 'missing')", name=op.f("ck_kommo_webhook_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_kommo_webhook_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["kommo_connection.account_id", "kommo_connection.id"],
            name=op.f("fk_kommo_webhook_account_id_connection_id_kommo_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kommo_webhook")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_kommo_webhook_account_id_id")),
        sa.UniqueConstraint(
            "account_id", "connection_id", name=op.f("uq_kommo_webhook_account_id_connection_id")
        ),
    )
    op.execute("SELECT protect_table('kommo_webhook')")


def downgrade() -> None:
    op.drop_table("kommo_webhook")
