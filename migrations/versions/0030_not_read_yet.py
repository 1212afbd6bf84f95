"""The messages that could not be read, found among millions: what is not sent again is not promised any longer."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    where = sa.text("extra ->> 'type' = 'waiting'")
    op.create_index("ix_message_unread_yet", "message", ["account_id", "created_at"], postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_message_unread_yet", table_name="message")
