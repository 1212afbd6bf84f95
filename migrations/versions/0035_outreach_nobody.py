"""An outreach that was refused reached nobody: it keeps its place in the pace and counts as none."""

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    _allow("'answered', 'known', 'cold', 'nobody'")


def downgrade() -> None:
    op.execute("DELETE FROM outreach WHERE relationship = 'nobody'")
    _allow("'answered', 'known', 'cold'")


def _allow(words: str) -> None:
    name = op.f("ck_outreach_relationship")
    op.drop_constraint(name, "outreach", type_="check")
    op.create_check_constraint(name, "outreach", f"relationship IN ({words})")
