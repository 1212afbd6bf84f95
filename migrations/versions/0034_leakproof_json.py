"""What Kommo said of a row is looked into by indexes: under row-level security only leakproof functions may be."""

from alembic import op

revision = "0034"
down_revision = "0033"

# As in 0002: they tell nothing of rows they are not to see, and only a superuser may say so.
FUNCTIONS = (
    "jsonb_contains(jsonb, jsonb)",
    "jsonb_object_field(jsonb, text)",
    "jsonb_object_field_text(jsonb, text)",
)


def upgrade() -> None:
    _say("LEAKPROOF")


def downgrade() -> None:
    _say("NOT LEAKPROOF")


def _say(what: str) -> None:
    told = "\n".join(f"ALTER FUNCTION {function} {what};" for function in FUNCTIONS)
    notice = (
        "RAISE NOTICE 'not superuser: links of Kommo under row-level security will not use their indexes';"
    )
    op.execute(f"DO $$ BEGIN {told} EXCEPTION WHEN insufficient_privilege THEN {notice} END $$")
