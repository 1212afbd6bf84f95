"""How a number and its process are doing, and when people start to worry."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

TIME = sa.DateTime(timezone=True)


def vitals() -> list[sa.Column]:
    return [
        sa.Column("ack_p50_ms", sa.BigInteger(), nullable=True),
        sa.Column("ack_p95_ms", sa.BigInteger(), nullable=True),
        sa.Column("memory_mb", sa.BigInteger(), nullable=True),
        sa.Column("process", sa.Text(), server_default="", nullable=False),
        sa.Column("linked_at", TIME, nullable=True),
        sa.Column("alarm", sa.Text(), server_default="", nullable=False),
        sa.Column("alarm_at", TIME, nullable=True),
    ]


def hours() -> list[sa.Column]:
    return [
        sa.Column("work_days", sa.Text(), server_default="12345", nullable=False),
        sa.Column("work_from", sa.Time(), server_default="09:00", nullable=False),
        sa.Column("work_to", sa.Time(), server_default="18:00", nullable=False),
        sa.Column("silent_minutes", sa.BigInteger(), server_default="120", nullable=False),
    ]


def upgrade() -> None:
    for table, columns in (("device", vitals()), ("device_policy", hours())):
        for column in columns:
            op.add_column(table, column)


def downgrade() -> None:
    for table, columns in (("device", vitals()), ("device_policy", hours())):
        for column in columns:
            op.drop_column(table, column.name)
