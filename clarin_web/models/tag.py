"""Tags: one set per account, put on contacts, leads and chats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key

TARGETS = ("contact", "lead", "chat")


class Tag(Owned, Base):
    """`name_key` (lib.text.name_key) makes "Lima" and "lima" one tag."""

    __tablename__ = "tag"
    __table_args__ = (own_key(), UniqueConstraint("account_id", "name_key"))
    name: Mapped[str]
    name_key: Mapped[str]
    color: Mapped[str] = mapped_column(server_default="slate")
    archived_at: Mapped[datetime | None]
    created_at: Mapped[Now]


class Tagging(Owned, Base):
    """A tag on a thing. `source` is "typed" or "kommo": Kommo's set replaces only its own taggings."""

    __tablename__ = "tagging"
    __table_args__ = (
        own_key(),
        belongs_to("tag_id", "tag"),
        belongs_to("contact_id", "contact"),
        belongs_to("lead_id", "lead"),
        belongs_to("chat_id", "chat"),
        Index(
            "uq_tagging_lead",
            "account_id",
            "lead_id",
            "tag_id",
            unique=True,
            postgresql_where=text("lead_id IS NOT NULL"),
        ),
        Index(
            "uq_tagging_contact",
            "account_id",
            "contact_id",
            "tag_id",
            unique=True,
            postgresql_where=text("contact_id IS NOT NULL"),
        ),
        Index(
            "uq_tagging_chat",
            "account_id",
            "chat_id",
            "tag_id",
            unique=True,
            postgresql_where=text("chat_id IS NOT NULL"),
        ),
        Index(None, "account_id", "tag_id"),
        CheckConstraint("num_nonnulls(contact_id, lead_id, chat_id) = 1", "one_target"),
    )
    tag_id: Mapped[int]
    contact_id: Mapped[int | None]
    lead_id: Mapped[int | None]
    chat_id: Mapped[int | None]
    source: Mapped[str] = mapped_column(server_default="typed")
    created_at: Mapped[Now]
