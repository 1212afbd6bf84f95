"""What WhatsApp restricts of a number, and how often it was tried in vain to connect it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

COLUMNS = (
    ("cold_paused_until", sa.DateTime(timezone=True), None),
    ("cold_paused_reason", sa.Text(), ""),
    ("tries", sa.BigInteger(), "0"),
    ("retry_at", sa.DateTime(timezone=True), None),
)


def upgrade() -> None:
    for name, kind, default in COLUMNS:
        op.add_column("device", sa.Column(name, kind, server_default=default, nullable=default is None))


def downgrade() -> None:
    for name, _kind, _default in reversed(COLUMNS):
        op.drop_column("device", name)
