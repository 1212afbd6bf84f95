"""How members of groups call themselves, and the mentions that wait for a name."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _table(
        "member_name",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("told_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_member_name_account_id_key")),
    )
    _table(
        "unnamed_mention",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "message_id"],
            ["message.account_id", "message.id"],
            name=op.f("fk_unnamed_mention_account_id_message_id_message"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "account_id", "message_id", "key", name=op.f("uq_unnamed_mention_account_id_message_id_key")
        ),
    )
    op.create_index("ix_unnamed_mention_key", "unnamed_mention", ["account_id", "key"])


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        *parts,
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f(f"fk_{name}_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("account_id", "id", name=op.f(f"uq_{name}_account_id_id")),
    )
    op.execute(f"SELECT protect_table('{name}')")


def downgrade() -> None:
    op.drop_table("unnamed_mention")
    op.drop_table("member_name")
