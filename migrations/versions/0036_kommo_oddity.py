"""What of Kommo's rows could not be used: a row each, all of them to be seen, gone when it was mended."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
WHOSE = ("account_id", "connection_id", "kind", "kommo_id", "code", "value")


def upgrade() -> None:
    op.create_table(
        "kommo_oddity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in WHOSE[2:]),
        sa.Column("tried_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_kommo_oddity_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["kommo_connection.account_id", "kommo_connection.id"],
            name=op.f("fk_kommo_oddity_account_id_connection_id_kommo_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kommo_oddity")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_kommo_oddity_account_id_id")),
        sa.UniqueConstraint(*WHOSE, name=op.f(f"uq_kommo_oddity_{'_'.join(WHOSE)}")),
    )
    op.execute("SELECT protect_table('kommo_oddity')")
    op.execute(
        "INSERT INTO kommo_oddity (account_id, connection_id, kind, kommo_id, code, value) "
        "SELECT c.account_id, c.id, odd->>'kind', odd->>'kommo_id', odd->>'code', odd->>'value' "
        "FROM kommo_connection c CROSS JOIN LATERAL jsonb_array_elements(c.warnings) odd ON CONFLICT DO NOTHING"
    )
    op.drop_column("kommo_connection", "warnings")


def downgrade() -> None:
    empty = sa.text("'[]'")
    op.add_column(
        "kommo_connection",
        sa.Column("warnings", sa.dialects.postgresql.JSONB(), server_default=empty, nullable=False),
    )
    op.drop_table("kommo_oddity")
