"""Switches of a number: receive, groups, read ticks, the agent's signature, and the stage its leads begin in."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

FLAGS = ("receives", "groups", "sends_receipts")


def upgrade() -> None:
    for name in FLAGS:
        op.add_column("device", sa.Column(name, sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column("device", sa.Column("signature", sa.Text(), server_default="off", nullable=False))
    op.add_column("device", sa.Column("lead_stage_id", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_device_signature"), "device", "signature IN ('off', 'first', 'always')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_device_signature"), "device")
    for name in (*FLAGS, "signature", "lead_stage_id"):
        op.drop_column("device", name)
