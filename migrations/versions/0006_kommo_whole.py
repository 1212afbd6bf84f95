"""All that Kommo says: records without a table of their own, whole values of leads, contacts and tasks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0004"

JSON = postgresql.JSONB(astext_type=sa.Text())
TIME = sa.DateTime(timezone=True)


def columns() -> list[tuple[str, sa.Column]]:
    return [
        ("lead", sa.Column("kommo_hash", sa.BigInteger(), nullable=True)),
        ("lead", sa.Column("custom", JSON, server_default=sa.text("'{}'"), nullable=False)),
        ("contact", sa.Column("kommo_hash", sa.BigInteger(), nullable=True)),
        ("contact", sa.Column("kommo", JSON, server_default=sa.text("'{}'"), nullable=False)),
        ("contact", sa.Column("custom", JSON, server_default=sa.text("'{}'"), nullable=False)),
        ("task", sa.Column("kommo_id", sa.BigInteger(), nullable=True)),
        ("lead_note", sa.Column("kommo_id", sa.BigInteger(), nullable=True)),
        ("kommo_stream", sa.Column("error", sa.Text(), server_default="", nullable=False)),
    ]


def upgrade() -> None:
    for table, column in columns():
        op.add_column(table, column)
    for table in ("task", "lead_note"):
        op.create_index(
            f"uq_{table}_kommo",
            table,
            ["account_id", "kommo_id"],
            unique=True,
            postgresql_where=sa.text("kommo_id IS NOT NULL"),
        )
    _records()
    _questions()


def owned(table: str, *rest: sa.Column) -> list[object]:
    """What every table of an account begins with."""
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        *rest,
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f(f"fk_{table}_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("account_id", "id", name=op.f(f"uq_{table}_account_id_id")),
    ]


def _records() -> None:
    op.create_table(
        "kommo_record",
        *owned(
            "kommo_record",
            sa.Column("kind", sa.Text(), nullable=False),
            sa.Column("key", sa.Text(), nullable=False),
            sa.Column("entity", sa.Text(), server_default="", nullable=False),
            sa.Column("entity_id", sa.BigInteger(), nullable=True),
            sa.Column("at", TIME, nullable=True),
            sa.Column("kommo_updated_at", TIME, nullable=True),
            sa.Column("data", JSON, server_default=sa.text("'{}'"), nullable=False),
            sa.Column("gone_at", TIME, nullable=True),
        ),
        sa.UniqueConstraint("account_id", "kind", "key", name=op.f("uq_kommo_record_account_id_kind_key")),
    )
    op.create_index("ix_kommo_record_entity", "kommo_record", ["account_id", "kind", "entity", "entity_id"])
    op.execute("SELECT protect_table('kommo_record')")


def _questions() -> None:
    op.create_table(
        "kommo_question",
        *owned(
            "kommo_question",
            sa.Column("connection_id", sa.BigInteger(), nullable=False),
            sa.Column("kind", sa.Text(), nullable=False),
            sa.Column("ids", JSON, server_default=sa.text("'[]'"), nullable=False),
            sa.Column("known", sa.BigInteger(), server_default="0", nullable=False),
            sa.Column("state", sa.Text(), server_default="open", nullable=False),
            sa.Column("answered_by", sa.BigInteger(), nullable=True),
            sa.Column("answered_at", TIME, nullable=True),
            sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        ),
        sa.CheckConstraint("state IN ('open', 'marked', 'kept')", name=op.f("ck_kommo_question_state")),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["kommo_connection.account_id", "kommo_connection.id"],
            name=op.f("fk_kommo_question_account_id_kommo_connection"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "uq_kommo_question_open",
        "kommo_question",
        ["account_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.execute("SELECT protect_table('kommo_question')")


def downgrade() -> None:
    op.drop_table("kommo_question")
    op.drop_table("kommo_record")
    for table in ("task", "lead_note"):
        op.drop_index(f"uq_{table}_kommo", table_name=table)
    for table, column in columns():
        op.drop_column(table, column.name)
