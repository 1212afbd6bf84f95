"""A number's own way out to WhatsApp, and asking its process to begin again."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def columns() -> list[sa.Column]:
    return [
        sa.Column("proxy", sa.Text(), server_default="", nullable=False),
        sa.Column("proxy_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("restart_at", sa.DateTime(timezone=True), nullable=True),
    ]


def upgrade() -> None:
    for column in columns():
        op.add_column("device", column)


def downgrade() -> None:
    for column in columns():
        op.drop_column("device", column.name)
