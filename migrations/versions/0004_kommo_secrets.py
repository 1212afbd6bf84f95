"""Kommo by OAuth too, when a token ends, and connections that are only being tried."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def secrets() -> list[sa.Column]:
    return [
        sa.Column("auth", sa.Text(), server_default="token", nullable=False),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("client_id", sa.Text(), server_default="", nullable=False),
        sa.Column("client_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("redirect_uri", sa.Text(), server_default="", nullable=False),
    ]


def upgrade() -> None:
    for column in secrets():
        op.add_column("kommo_connection", column)
    op.add_column("kommo_connection", sa.Column("warned_days", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_kommo_connection_auth"), "kommo_connection", "auth IN ('token', 'oauth')"
    )
    op.create_table(
        "kommo_draft",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        *secrets(),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state_hash", sa.LargeBinary(), nullable=True),
        sa.Column(
            "summary", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("auth IN ('token', 'oauth')", name=op.f("ck_kommo_draft_auth")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_kommo_draft_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kommo_draft")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_kommo_draft_account_id_id")),
        sa.UniqueConstraint("account_id", "user_id", name=op.f("uq_kommo_draft_account_id_user_id")),
    )
    op.execute("SELECT protect_table('kommo_draft')")


def downgrade() -> None:
    op.drop_table("kommo_draft")
    op.drop_constraint(op.f("ck_kommo_connection_auth"), "kommo_connection")
    for name in ("warned_days", *(column.name for column in secrets())):
        op.drop_column("kommo_connection", name)
