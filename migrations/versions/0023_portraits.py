"""Profile pictures of people and groups, and what WhatsApp was asked about a chat, so that it is asked seldom."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table in ("contact", "chat"):
        op.add_column(table, sa.Column("portrait", sa.Text(), server_default="", nullable=False))
    asks = sa.Column("asks_portraits", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    op.add_column("device", asks)
    op.add_column("media", sa.Column("contact_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_media_account_id_contact_id_contact"),
        "media",
        "contact",
        ["account_id", "contact_id"],
        ["account_id", "id"],
        ondelete="CASCADE",
    )
    there = sa.text("contact_id IS NOT NULL")
    op.create_index("ix_media_contact", "media", ["account_id", "contact_id"], postgresql_where=there)
    _inquiries()
    op.execute("SELECT protect_table('inquiry')")


def _inquiries() -> None:
    op.create_table(
        "inquiry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("asked_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("again_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("about IN ('name', 'portrait')", name=op.f("ck_inquiry_about")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_inquiry_account_id_account"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint(
                ["account_id", f"{table}_id"],
                [f"{table}.account_id", f"{table}.id"],
                name=op.f(f"fk_inquiry_account_id_{table}_id_{table}"),
                ondelete="CASCADE",
            )
            for table in ("device", "chat")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_inquiry_account_id_id")),
        sa.UniqueConstraint(
            "account_id", "chat_id", "about", name=op.f("uq_inquiry_account_id_chat_id_about")
        ),
    )
    op.create_index("ix_inquiry_device", "inquiry", ["account_id", "device_id", "asked_at"])


def downgrade() -> None:
    op.drop_table("inquiry")
    op.drop_index("ix_media_contact", table_name="media")
    op.drop_column("media", "contact_id")
    op.drop_column("device", "asks_portraits")
    for table in ("chat", "contact"):
        op.drop_column(table, "portrait")
