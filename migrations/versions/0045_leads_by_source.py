"""Leads are found by where they came from: what their provenance says is repeated in them, for lists in any order."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
NEWEST = [sa.text("updated_at DESC"), sa.text("id DESC")]
INDEXES = {"source": "", "came": " AND came <> ''", "ad_id": " AND ad_id <> ''"}
FILL = """
UPDATE lead SET came = p.came, ad_id = p.ad_id
FROM provenance p WHERE p.account_id = lead.account_id AND p.id = lead.provenance_id
"""


def upgrade() -> None:
    for name in ("came", "ad_id"):
        op.add_column("lead", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.execute(FILL)
    for column, only in INDEXES.items():
        where = sa.text(f"trashed_at IS NULL{only}")
        op.create_index(_name(column), "lead", ["account_id", column, *NEWEST], postgresql_where=where)


def downgrade() -> None:
    for column in INDEXES:
        op.drop_index(_name(column), "lead")
    for name in ("ad_id", "came"):
        op.drop_column("lead", name)


def _name(column: str) -> str:
    return f"ix_lead_{column.removesuffix('_id')}"
