"""Chats and messages: the conversation of one contact (or group) on one device."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key

DIRECTIONS = ("in", "out")
STATES = ("queued", "sending", "sent", "delivered", "read", "played", "failed", "uncertain")
KINDS = (
    "text",
    "image",
    "video",
    "gif",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "contact",
    "poll",
    "deleted",
    "call",
    "note",
    "system",
    "unknown",
    "reaction",
    "edit",
    "revoke",
)
DRAFT_KINDS = ("answer", "note")


class Chat(Owned, Base):
    """`key` is the WhatsApp address ("5198…" user, "…@lid", "…@g.us") that is written to; one chat per (device, key).
    `lid` is the private id of the same person, once WhatsApp told it.

    last_* and `unread` are kept by the statements that add messages, so the inbox reads this table only.
    `search` is lib.text.search_key(contact name, phones). `name` and `portrait` are the contact's. `version` grows
    with every visible change.
    `read_until`: what our own phone read or answered; a message from before it that comes late is not unread.
    `lead_due_at`: who wrote first here is owed a lead; at this moment the sweeper asks for it (again).
    """

    __tablename__ = "chat"
    __table_args__ = (
        own_key(),
        UniqueConstraint("account_id", "device_id", "key"),
        belongs_to("device_id", "device"),
        belongs_to("contact_id", "contact"),
        Index("ix_chat_inbox", "account_id", text("last_at DESC"), text("id DESC")),
        Index(
            "ix_chat_unread",
            "account_id",
            text("last_at DESC"),
            text("id DESC"),
            postgresql_where=text("unread > 0"),
        ),
        Index(
            "ix_chat_waiting",
            "account_id",
            "waiting_since",
            "id",
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
        Index(
            "ix_chat_lead_due",
            "account_id",
            "lead_due_at",
            postgresql_where=text("lead_due_at IS NOT NULL"),
        ),
        Index("ix_chat_contact", "account_id", "contact_id"),
        Index("ix_chat_lid", "account_id", "device_id", "lid", postgresql_where=text("lid IS NOT NULL")),
        Index(
            "ix_chat_search",
            "account_id",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
            postgresql_with={"fastupdate": "off"},
        ),
        CheckConstraint("kind IN ('user','group')", "kind"),
        {"postgresql_with": {"fillfactor": "80"}},
    )
    device_id: Mapped[int]
    contact_id: Mapped[int]
    kind: Mapped[str] = mapped_column(server_default="user")
    key: Mapped[str]
    lid: Mapped[str | None]
    name: Mapped[str] = mapped_column(server_default="")
    search: Mapped[str] = mapped_column(server_default="")
    portrait: Mapped[str] = mapped_column(server_default="")
    owner_id: Mapped[int | None]
    last_at: Mapped[Now]
    last_message_id: Mapped[int | None]
    last_preview: Mapped[str] = mapped_column(server_default="")
    last_direction: Mapped[str] = mapped_column(server_default="in")
    last_kind: Mapped[str] = mapped_column(server_default="text")
    last_state: Mapped[str] = mapped_column(server_default="")
    unread: Mapped[int] = mapped_column(server_default="0")
    waiting_since: Mapped[datetime | None]
    read_until: Mapped[datetime | None]
    lead_due_at: Mapped[datetime | None]
    created_at: Mapped[Now]
    version: Mapped[int] = mapped_column(server_default="1")


class Message(Owned, Base):
    """Outbound rows exist as `queued` before anything is sent (rule 8); `wa_id` is fixed at insert.

    Reactions, edits and revocations of ours are rows too, so that they leave in order, but not lines of the thread:
    they are about `extra["target"]`, see devices.deeds.

    `client_id` makes a double click one message. `state` is empty for inbound rows. `version` grows with
    every visible change. While queued, `hold` says why the governor keeps it, `due_at` until when.
    `at` orders the thread: WhatsApp's time for inbound, ours for outbound.
    """

    __tablename__ = "message"
    __table_args__ = (
        own_key(),
        belongs_to("chat_id", "chat"),
        UniqueConstraint("account_id", "chat_id", "wa_id"),
        Index(
            "uq_message_client",
            "account_id",
            "client_id",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        Index("ix_message_thread", "account_id", "chat_id", text("at DESC"), text("id DESC")),
        Index(
            "ix_message_waiting",
            "account_id",
            "chat_id",
            "id",
            postgresql_where=text("state IN ('queued','sending')"),
        ),
        # The next to leave is found in it whatever the statistics say: in a hurry they know of no queue yet.
        Index("ix_message_queued", "account_id", "id", postgresql_where=text("state = 'queued'")),
        Index(
            "ix_message_unread_yet",
            "account_id",
            "created_at",
            postgresql_where=text("extra ->> 'type' = 'waiting'"),
        ),
        CheckConstraint("direction IN ('in','out')", "direction"),
        CheckConstraint(f"kind IN {KINDS}", "kind"),
        CheckConstraint(f"state = '' OR state IN {STATES}", "state"),
        # Whatever a program does, a note cannot wait to be sent.
        CheckConstraint("kind <> 'note' OR state = ''", "note_stays"),
    )
    chat_id: Mapped[int]
    wa_id: Mapped[str]
    client_id: Mapped[str | None]
    direction: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="text")
    body: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="")
    failure: Mapped[str] = mapped_column(server_default="")
    hold: Mapped[str] = mapped_column(server_default="")
    due_at: Mapped[datetime | None]
    author_id: Mapped[int | None]
    sender_name: Mapped[str] = mapped_column(server_default="")
    sender_key: Mapped[str] = mapped_column(server_default="")
    quoted_wa_id: Mapped[str | None]
    quoted_preview: Mapped[str] = mapped_column(server_default="")
    reactions: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    extra: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    at: Mapped[Now]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[Now]
    version: Mapped[int] = mapped_column(server_default="1")


class ChatMerge(Owned, Base):
    """Two chats of one person on one number became one. `kept`: the chat that went, as its row was, and what moved;
    enough to undo it, and to lead its old address to the survivor.
    """

    __tablename__ = "chat_merge"
    __table_args__ = (
        own_key(),
        belongs_to("winner_id", "chat"),
        Index("ix_chat_merge_loser", "account_id", "loser_id"),
        Index("ix_chat_merge_winner", "account_id", "winner_id"),
    )
    winner_id: Mapped[int]
    loser_id: Mapped[int]  # no foreign key: the row is gone
    kept: Mapped[dict[str, object]] = mapped_column(JSONB)
    merged_at: Mapped[Now]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None]


class Draft(Owned, Base):
    """What one user has typed and not sent in one chat: an answer to the customer, and apart from it a note."""

    __tablename__ = "draft"
    __table_args__ = (
        own_key(),
        UniqueConstraint("account_id", "user_id", "chat_id", "kind"),
        belongs_to("chat_id", "chat"),
        CheckConstraint(f"kind IN {DRAFT_KINDS}", "kind"),
    )
    chat_id: Mapped[int]
    user_id: Mapped[int]
    kind: Mapped[str]
    body: Mapped[str]
    quoted_wa_id: Mapped[str | None]
    updated_at: Mapped[Now]


class QuickReply(Owned, Base):
    """Canned text opened with "/"."""

    __tablename__ = "quick_reply"
    __table_args__ = (own_key(), UniqueConstraint("account_id", "shortcut"))
    shortcut: Mapped[str]
    body: Mapped[str]
    created_by: Mapped[int | None]
    created_at: Mapped[Now]
