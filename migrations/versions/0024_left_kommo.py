"""Leads gone in Kommo are counted apart, and amounts keep their currency: both in the index that sums."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

KEYS = ["account_id", "pipeline_id", "stage_id"]
ALIVE = sa.text("trashed_at IS NULL")


def upgrade() -> None:
    op.add_column("lead", sa.Column("currency", sa.Text(), nullable=True))
    _sum(["value", "currency", "gone_in_kommo_at"])
    op.create_index(
        "ix_lead_gone",
        "lead",
        ["account_id", sa.text("updated_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("trashed_at IS NULL AND gone_in_kommo_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_lead_gone", table_name="lead")
    _sum(["value"])
    op.drop_column("lead", "currency")


def _sum(include: list[str]) -> None:
    op.drop_index("ix_lead_stage_sum", table_name="lead")
    op.create_index("ix_lead_stage_sum", "lead", KEYS, postgresql_include=include, postgresql_where=ALIVE)
