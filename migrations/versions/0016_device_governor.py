"""The governor: limits per device, kill switches, outreaches counted, numbers checked, and why a message waits."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

TIME = sa.DateTime(timezone=True)


def limits() -> list[sa.Column]:
    return [
        sa.Column("paused_at", TIME, nullable=True),
        sa.Column("paused_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("pace_seconds", sa.BigInteger(), server_default="15", nullable=False),
        sa.Column("daily_cold", sa.BigInteger(), server_default="30", nullable=True),
        sa.Column("daily_known", sa.BigInteger(), server_default="100", nullable=True),
        sa.Column("daily_answered", sa.BigInteger(), server_default="500", nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
    ]


def holds() -> list[sa.Column]:
    return [
        sa.Column("hold", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at", TIME, nullable=True),
    ]


def owned(table: str, *more: object) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        *more,
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f(f"fk_{table}_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("account_id", "id", name=op.f(f"uq_{table}_account_id_id")),
    )
    op.execute(f"SELECT protect_table('{table}')")


def of(table: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id", f"{parent}_id"],
        [f"{parent}.account_id", f"{parent}.id"],
        name=op.f(f"fk_{table}_account_id_{parent}_id_{parent}"),
        ondelete="CASCADE",
    )


def upgrade() -> None:
    for column in limits():
        op.add_column("device", column)
    for column in holds():
        op.add_column("message", column)
    owned(
        "device_policy",
        sa.Column("sending_stopped_at", TIME, nullable=True),
        sa.UniqueConstraint("account_id", name=op.f("uq_device_policy_account_id")),
    )
    owned(
        "outreach",
        sa.Column("device_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("relationship", sa.Text(), nullable=False),
        sa.Column("at", TIME, server_default=sa.text("now()"), nullable=False),
        of("outreach", "device"),
        of("outreach", "chat"),
        sa.CheckConstraint(
            "relationship IN ('answered', 'known', 'cold')", name=op.f("ck_outreach_relationship")
        ),
    )
    op.create_index("ix_outreach_device", "outreach", ["account_id", "device_id", "id"])
    op.create_index("ix_outreach_chat", "outreach", ["account_id", "chat_id", "at"])
    owned(
        "number_check",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("is_there", sa.Boolean(), nullable=False),
        sa.Column("checked_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.UniqueConstraint("account_id", "phone", name=op.f("uq_number_check_account_id_phone")),
    )


def downgrade() -> None:
    for table in ("number_check", "outreach", "device_policy"):
        op.drop_table(table)
    for column in holds():
        op.drop_column("message", column.name)
    for column in limits():
        op.drop_column("device", column.name)
