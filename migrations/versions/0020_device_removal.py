"""A number can be removed, WhatsApp being told first, and can be kept from appearing online."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    online = sa.Column("shows_online", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    op.add_column("device", online)
    op.add_column("device", sa.Column("removing_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("device", "removing_at")
    op.drop_column("device", "shows_online")
