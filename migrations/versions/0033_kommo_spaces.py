"""Tags, fields and notes of leads, contacts and companies have ids of their own each: they overwrite each other no more."""

from alembic import op

revision = "0033"
down_revision = "0032"

SPACE = "CASE WHEN kind IN ('tags', 'fields', 'notes') THEN entity ELSE '' END"


def upgrade() -> None:
    op.execute(
        f"ALTER TABLE kommo_record ADD COLUMN space text GENERATED ALWAYS AS ({SPACE}) STORED NOT NULL"
    )
    op.drop_constraint(op.f("uq_kommo_record_account_id_kind_key"), "kommo_record")
    op.create_unique_constraint(
        op.f("uq_kommo_record_account_id_kind_space_key"),
        "kommo_record",
        ["account_id", "kind", "space", "key"],
    )


def downgrade() -> None:
    # One of those that share an id stays: before, there was room for one.
    op.execute(
        "DELETE FROM kommo_record one USING kommo_record other WHERE one.account_id = other.account_id"
        " AND one.kind = other.kind AND one.key = other.key AND one.id > other.id"
    )
    op.drop_constraint(op.f("uq_kommo_record_account_id_kind_space_key"), "kommo_record")
    op.drop_column("kommo_record", "space")
    op.create_unique_constraint(
        op.f("uq_kommo_record_account_id_kind_key"), "kommo_record", ["account_id", "kind", "key"]
    )
