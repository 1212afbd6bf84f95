"""Linking by letters typed on the phone, and how long a ban lasts."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

TIME = sa.DateTime(timezone=True)
COLUMNS = {
    "pairing_phone": sa.Text(),
    "pair_code": sa.Text(),
    "pair_code_expires_at": TIME,
    "state_until": TIME,
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("device", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("device", name)
