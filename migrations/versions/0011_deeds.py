"""Reactions, edits and deletions of ours are rows too: they are sent in the order of their chat."""

from alembic import op

revision = "0011"
down_revision = "0010"

BEFORE = (
    "text", "image", "video", "gif", "audio", "voice", "document", "sticker", "location", "contact", "poll",
    "deleted", "call", "note", "system", "unknown",
)  # fmt: skip
DEEDS = ("reaction", "edit", "revoke")


def upgrade() -> None:
    _allow(BEFORE + DEEDS)


def downgrade() -> None:
    op.execute("DELETE FROM message WHERE kind IN ('reaction', 'edit', 'revoke')")
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE message DROP CONSTRAINT ck_message_kind")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"ALTER TABLE message ADD CONSTRAINT ck_message_kind CHECK (kind IN ({listed}))")
