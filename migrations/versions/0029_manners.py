"""Manners: how old a number is, how many may leave it without an answer, and quiet hours for those that have none."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

AGE = "UPDATE device SET first_linked_at = created_at WHERE phone IS NOT NULL"
QUIET = (
    "UPDATE device SET quiet_from = '21:00', quiet_to = '08:00' WHERE quiet_from IS NULL AND quiet_to IS NULL"
)


def upgrade() -> None:
    op.add_column("device", sa.Column("first_linked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "device", sa.Column("unanswered_most", sa.BigInteger(), server_default="150", nullable=True)
    )
    # Of every account: an owner of the table who is no superuser would see none of them.
    op.execute("ALTER TABLE device NO FORCE ROW LEVEL SECURITY")
    op.execute(AGE)
    op.execute(QUIET)
    op.execute("ALTER TABLE device FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.drop_column("device", "unanswered_most")
    op.drop_column("device", "first_linked_at")
