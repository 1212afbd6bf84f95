"""The next message to leave is found by an index of its own, however many wait."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_index(
        "ix_message_queued",
        "message",
        ["account_id", "id"],
        postgresql_where=sa.text("state = 'queued'"),
    )


def downgrade() -> None:
    op.drop_index("ix_message_queued", table_name="message")
