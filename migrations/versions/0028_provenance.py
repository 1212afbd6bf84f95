"""What brought somebody to write (ads, posts, links), and the lead that was made of it."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

TIME = sa.DateTime(timezone=True)
TEXTS = ("title", "body", "url", "app", "ad_id", "click_id", "ref", "entry", "utm_source", "utm_campaign")


def upgrade() -> None:
    op.create_table(
        "provenance",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("account_id", "message_id", "chat_id", "contact_id")
        ),
        sa.Column("came", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in TEXTS),
        sa.Column("at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_provenance_account_id_account"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint(
                ["account_id", f"{table}_id"],
                [f"{table}.account_id", f"{table}.id"],
                name=op.f(f"fk_provenance_account_id_{table}_id_{table}"),
                ondelete="CASCADE",
            )
            for table in ("message", "chat", "contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provenance")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_provenance_account_id_id")),
        sa.UniqueConstraint("account_id", "message_id", name=op.f("uq_provenance_account_id_message_id")),
    )
    op.create_index("ix_provenance_contact", "provenance", ["account_id", "contact_id", "at"])
    op.create_index("ix_provenance_chat", "provenance", ["account_id", "chat_id"])
    op.create_index("ix_provenance_ad", "provenance", ["account_id", "ad_id", "at"])
    op.execute("SELECT protect_table('provenance')")
    op.add_column("lead", sa.Column("provenance_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_lead_account_id_provenance_id_provenance"),
        "lead",
        "provenance",
        ["account_id", "provenance_id"],
        ["account_id", "id"],
        ondelete="SET NULL (provenance_id)",
    )
    led = sa.text("provenance_id IS NOT NULL")
    op.create_index("ix_lead_provenance", "lead", ["account_id", "provenance_id"], postgresql_where=led)


def downgrade() -> None:
    op.drop_index("ix_lead_provenance", table_name="lead")
    op.drop_column("lead", "provenance_id")
    op.drop_table("provenance")
