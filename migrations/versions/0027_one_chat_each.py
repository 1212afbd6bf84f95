"""One chat for one person on one number: the private id beside the key, where WhatsApp says a number is, chats joined."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0027"
down_revision = "0026"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table in ("chat", "device"):
        op.add_column(table, sa.Column("lid", sa.Text(), nullable=True))
    told = sa.text("lid IS NOT NULL")
    op.create_index("ix_chat_lid", "chat", ["account_id", "device_id", "lid"], postgresql_where=told)
    op.add_column("number_check", sa.Column("key", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "chat_merge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("winner_id", sa.BigInteger(), nullable=False),
        sa.Column("loser_id", sa.BigInteger(), nullable=False),
        sa.Column("kept", JSONB(), nullable=False),
        sa.Column("merged_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", TIME, nullable=True),
        sa.Column("undone_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_chat_merge_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "winner_id"],
            ["chat.account_id", "chat.id"],
            name=op.f("fk_chat_merge_account_id_winner_id_chat"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_merge")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_chat_merge_account_id_id")),
    )
    op.create_index("ix_chat_merge_loser", "chat_merge", ["account_id", "loser_id"])
    op.create_index("ix_chat_merge_winner", "chat_merge", ["account_id", "winner_id"])
    op.execute("SELECT protect_table('chat_merge')")


def downgrade() -> None:
    op.drop_table("chat_merge")
    op.drop_column("number_check", "key")
    op.drop_index("ix_chat_lid", table_name="chat")
    for table in ("device", "chat"):
        op.drop_column(table, "lid")
