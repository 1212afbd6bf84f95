"""Events that could not be understood are counted, shown and tried again: when each was passed over."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

INDEX, TABLE = "ix_whatsapp_event_failed", "whatsapp_event"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        INDEX, TABLE, ["account_id", "device_id"], postgresql_where=sa.text("failed_at IS NOT NULL")
    )
    op.execute(
        "UPDATE whatsapp_event SET failed_at = processed_at "
        "WHERE attempts >= 3 AND processed_at IS NOT NULL AND error <> '' AND error NOT LIKE 'waits for message %'"
    )


def downgrade() -> None:
    op.drop_index(INDEX, TABLE)
    op.drop_column(TABLE, "failed_at")
