"""What a seller sees in Kommo: every phone and e-mail of a contact, other people of a lead, whose it is, and where."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"

# Connections of before: nobody was asked yet, and the cells of their contacts are read once more.
OLD = sa.text("""'{"is_old": true}'""")


def upgrade() -> None:
    region = sa.Column("region", postgresql.JSONB(), server_default=OLD, nullable=False)
    op.add_column("kommo_connection", region)
    op.alter_column("kommo_connection", "region", server_default=sa.text("'{}'"))
    reached = sa.Column(
        "reached", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
    )
    op.add_column("contact", reached)
    op.create_index("ix_contact_reached", "contact", ["account_id", "reached"], postgresql_using="gin")
    op.create_index(
        "ix_contact_company",
        "contact",
        ["account_id", sa.text("(kommo ->> 'company')")],
        postgresql_where=sa.text("(kommo ->> 'company') IS NOT NULL"),
    )
    op.create_index(
        "ix_lead_people",
        "lead",
        [sa.text("(kommo -> 'contacts') jsonb_path_ops")],
        postgresql_using="gin",
        postgresql_where=sa.text("(kommo #>> '{contacts,1}') IS NOT NULL"),
    )
    op.create_index(
        "ix_lead_kommo_owner",
        "lead",
        ["account_id", sa.text("(kommo ->> 'owner')"), sa.text("updated_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("trashed_at IS NULL AND owner_id IS NULL AND kommo_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_lead_kommo_owner", table_name="lead")
    op.drop_index("ix_lead_people", table_name="lead")
    op.drop_index("ix_contact_company", table_name="contact")
    op.drop_index("ix_contact_reached", table_name="contact")
    op.drop_column("contact", "reached")
    op.drop_column("kommo_connection", "region")
