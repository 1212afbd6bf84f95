"""Files of messages; what our own phone has read; and the events that wait for a message, found by its name."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

TIME = sa.DateTime(timezone=True)
STATES = "'remote', 'waiting', 'ready', 'failed', 'expired', 'too_large', 'refused'"


def words(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text(), server_default="", nullable=False) for name in names]


def numbers(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in names]


def upgrade() -> None:
    op.add_column("chat", sa.Column("read_until", TIME, nullable=True))
    op.create_index(
        "ix_whatsapp_event_parked",
        "whatsapp_event",
        ["account_id", "device_id", "error"],
        postgresql_where=sa.text("error <> ''"),
    )
    _table()
    _indexes()
    op.execute("SELECT protect_table('media')")


def _table() -> None:
    op.create_table(
        "media",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("device_id", sa.BigInteger(), nullable=True),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        *words("reason"),
        sa.Column("ref", sa.LargeBinary(), nullable=True),
        *words("name", "mime"),
        *numbers("size"),
        *words("hash", "thumb_hash"),
        *numbers("width", "height", "seconds", "attempts"),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_media_state")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_media_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "message_id"],
            ["message.account_id", "message.id"],
            name=op.f("fk_media_account_id_message_id_message"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "device_id"],
            ["device.account_id", "device.id"],
            name=op.f("fk_media_account_id_device_id_device"),
            ondelete="SET NULL (device_id)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_media_account_id_id")),
    )


def _indexes() -> None:
    def index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
        op.create_index(name, "media", columns, unique=unique, postgresql_where=sa.text(where))

    index("uq_media_message", ["account_id", "message_id"], "message_id IS NOT NULL", unique=True)
    index("ix_media_due", ["account_id", "device_id", "due_at"], "state = 'waiting'")
    index("ix_media_hash", ["account_id", "hash"], "hash <> ''")
    index("ix_media_upload", ["account_id", "created_at"], "message_id IS NULL")


def downgrade() -> None:
    op.drop_table("media")
    op.drop_index("ix_whatsapp_event_parked", table_name="whatsapp_event")
    op.drop_column("chat", "read_until")
