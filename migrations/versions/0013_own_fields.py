"""Custom fields of a lead that were edited here."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("lead", sa.Column("own", json, server_default=sa.text("'{}'"), nullable=False))


def downgrade() -> None:
    op.drop_column("lead", "own")
