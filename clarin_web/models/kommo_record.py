"""Kommo's things that have no table of their own here, kept whole, and what people are asked about the mirror."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key

SPACED = ("tags", "fields", "notes")
SPACE = "CASE WHEN kind IN ('tags', 'fields', 'notes') THEN entity ELSE '' END"
QUESTION_STATES = ("open", "marked", "kept")


class KommoRecord(Owned, Base):
    """One row of a list of Kommo's: companies, tasks, notes, events, incoming leads, fields, tags, users, groups.

    `key` is Kommo's id as text (incoming leads and events have text ids); `entity` and `entity_id` say what it
    is about, in Kommo's ids. Tags, fields and notes of leads, contacts and companies have ids of their own each: their
    `space` is the entity. Leads and contacts are not here: their own rows keep what Kommo says of them.
    """

    __tablename__ = "kommo_record"
    __table_args__ = (
        own_key(),
        UniqueConstraint("account_id", "kind", "space", "key"),
        Index("ix_kommo_record_entity", "account_id", "kind", "entity", "entity_id"),
    )
    kind: Mapped[str]
    key: Mapped[str]
    entity: Mapped[str] = mapped_column(server_default="")
    entity_id: Mapped[int | None]
    space: Mapped[str] = mapped_column(Computed(SPACE, persisted=True))
    at: Mapped[datetime | None]
    kommo_updated_at: Mapped[datetime | None]
    data: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    gone_at: Mapped[datetime | None]


class KommoQuestion(Owned, Base):
    """Many rows are missing in Kommo at once: a person decides whether they are marked gone. `ids` are Kommo's."""

    __tablename__ = "kommo_question"
    __table_args__ = (
        own_key(),
        belongs_to("connection_id", "kommo_connection"),
        Index(
            "uq_kommo_question_open",
            "account_id",
            "kind",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint(f"state IN {QUESTION_STATES}", "state"),
    )
    connection_id: Mapped[int]
    kind: Mapped[str]
    ids: Mapped[list[int]] = mapped_column(JSONB, server_default=text("'[]'"))
    known: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(server_default="open")
    answered_by: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    created_at: Mapped[Now]
