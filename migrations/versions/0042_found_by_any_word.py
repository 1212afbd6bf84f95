"""Contacts are found by any word of their name or part of their number; chats that wait stand in order of waiting."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0038"
WAITS = sa.text("waiting_since IS NOT NULL")


def upgrade() -> None:
    search = sa.Computed("name_key || ' ' || coalesce(phone, '')", persisted=True)
    op.add_column("contact", sa.Column("search", sa.Text(), search))
    op.create_index(
        "ix_contact_search",
        "contact",
        ["account_id", "search"],
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.drop_index("ix_chat_waiting", "chat")
    op.create_index("ix_chat_waiting", "chat", ["account_id", "waiting_since", "id"], postgresql_where=WAITS)


def downgrade() -> None:
    op.drop_index("ix_chat_waiting", "chat")
    op.create_index(
        "ix_chat_waiting",
        "chat",
        ["account_id", sa.text("last_at DESC"), sa.text("id DESC")],
        postgresql_where=WAITS,
    )
    op.drop_index("ix_contact_search", "contact")
    op.drop_column("contact", "search")
