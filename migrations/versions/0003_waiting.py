"""Who waits is found by an index, and a lead owed to who wrote first is remembered until it exists."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("chat", sa.Column("lead_due_at", sa.DateTime(timezone=True), nullable=True))
    # Small and quick to make: both hold the few chats where something is left to do.
    op.create_index(
        "ix_chat_lead_due",
        "chat",
        ["account_id", "lead_due_at"],
        postgresql_where=sa.text("lead_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_chat_waiting",
        "chat",
        ["account_id", sa.text("last_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_chat_waiting", table_name="chat")
    op.drop_index("ix_chat_lead_due", table_name="chat")
    op.drop_column("chat", "lead_due_at")
