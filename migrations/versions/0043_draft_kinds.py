"""A draft says whether a customer or the team will read it. A note cannot wait to be sent.

Nobody knows for whom the drafts of before were typed: they become notes, which reach no customer.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
ONE_EACH = "uq_draft_account_id_user_id_chat_id"


def upgrade() -> None:
    op.add_column("draft", sa.Column("kind", sa.Text(), server_default="note", nullable=False))
    op.alter_column("draft", "kind", server_default=None)
    op.create_check_constraint(op.f("ck_draft_kind"), "draft", "kind IN ('answer', 'note')")
    op.drop_constraint(op.f(ONE_EACH), "draft")
    op.create_unique_constraint(
        op.f(f"{ONE_EACH}_kind"), "draft", ["account_id", "user_id", "chat_id", "kind"]
    )
    stays = "CHECK (kind <> 'note' OR state = '')"
    op.execute(f"ALTER TABLE message ADD CONSTRAINT ck_message_note_stays {stays} NOT VALID")
    op.execute("ALTER TABLE message VALIDATE CONSTRAINT ck_message_note_stays")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_message_note_stays"), "message")
    op.execute(
        "DELETE FROM draft WHERE kind = 'note' AND EXISTS (SELECT FROM draft other WHERE other.kind = 'answer' "
        "AND (other.account_id, other.user_id, other.chat_id) = (draft.account_id, draft.user_id, draft.chat_id))"
    )
    op.drop_constraint(op.f(f"{ONE_EACH}_kind"), "draft")
    op.create_unique_constraint(op.f(ONE_EACH), "draft", ["account_id", "user_id", "chat_id"])
    op.drop_column("draft", "kind")
