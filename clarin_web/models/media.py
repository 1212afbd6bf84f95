"""Files of messages, profile pictures, and what became of each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key

MEDIA_STATES = ("remote", "waiting", "ready", "failed", "expired", "too_large", "refused")


class Media(Owned, Base):
    """The file of a message, at most one each; or one somebody uploaded and has not sent; or, with `contact_id`, the
    profile picture of a contact (`name` is then WhatsApp's id of it), of which the newest that is ready counts.

    `hash` is the SHA-256 of bytes we have, empty before. `mime`, `size` and the rest are what the sender announced
    until `state` is ready, and what we found from then on. `thumb_hash`: a small picture of it that we drew.
    `remote`: of a message from before the number was linked, downloaded when somebody asks. `due_at`: when the next
    step of a waiting one is to be tried. `ref`: see `devices.gateway.File`.
    """

    __tablename__ = "media"
    __table_args__ = (
        own_key(),
        belongs_to("message_id", "message"),
        belongs_to("device_id", "device", ondelete="SET NULL"),
        belongs_to("contact_id", "contact"),
        Index(
            "uq_media_message",
            "account_id",
            "message_id",
            unique=True,
            postgresql_where=text("message_id IS NOT NULL"),
        ),
        Index(
            "ix_media_due", "account_id", "device_id", "due_at", postgresql_where=text("state = 'waiting'")
        ),
        Index("ix_media_hash", "account_id", "hash", postgresql_where=text("hash <> ''")),
        Index("ix_media_upload", "account_id", "created_at", postgresql_where=text("message_id IS NULL")),
        Index(
            "ix_media_contact",
            "account_id",
            "contact_id",
            postgresql_where=text("contact_id IS NOT NULL"),
        ),
        CheckConstraint(f"state IN {MEDIA_STATES}", "state"),
    )
    message_id: Mapped[int | None]
    device_id: Mapped[int | None]
    contact_id: Mapped[int | None]
    uploaded_by: Mapped[int | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    reason: Mapped[str] = mapped_column(server_default="")
    ref: Mapped[bytes | None] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(server_default="")
    mime: Mapped[str] = mapped_column(server_default="")
    size: Mapped[int] = mapped_column(server_default="0")
    hash: Mapped[str] = mapped_column(server_default="")
    thumb_hash: Mapped[str] = mapped_column(server_default="")
    width: Mapped[int] = mapped_column(server_default="0")
    height: Mapped[int] = mapped_column(server_default="0")
    seconds: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime | None]
    created_at: Mapped[Now]
