"""Wrong passwords leave a fact: found again without reading all that happened."""

from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX ix_fact_failed_sign_in ON fact (account_id, at DESC) WHERE kind = 'SignInFailed'"
    )


def downgrade() -> None:
    op.drop_index("ix_fact_failed_sign_in", "fact")
