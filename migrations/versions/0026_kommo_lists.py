"""A list of Kommo that cannot be read is tried again on a time of its own, while the others go on."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("kommo_stream", sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("kommo_stream", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("kommo_stream", "retry_at")
    op.drop_column("kommo_stream", "failures")
