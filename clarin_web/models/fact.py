"""Facts: what happened. The timeline, the audit trail and outgoing webhooks read these rows."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, own_key


class FactRow(Owned, Base):
    """Written in the same transaction as the change (rule 14). No foreign keys: a fact outlives its subject."""

    __tablename__ = "fact"
    __table_args__ = (
        own_key(),
        Index("ix_fact_time", "account_id", text("at DESC"), text("id DESC")),
        Index(
            "ix_fact_lead",
            "account_id",
            "lead_id",
            text("at DESC"),
            text("id DESC"),
            postgresql_where=text("lead_id IS NOT NULL"),
        ),
        Index(
            "ix_fact_chat",
            "account_id",
            "chat_id",
            text("at DESC"),
            text("id DESC"),
            postgresql_where=text("chat_id IS NOT NULL"),
        ),
        Index(
            "ix_fact_contact",
            "account_id",
            "contact_id",
            text("at DESC"),
            text("id DESC"),
            postgresql_where=text("contact_id IS NOT NULL"),
        ),
        Index(
            "ix_fact_failed_sign_in",
            "account_id",
            text("at DESC"),
            postgresql_where=text("kind = 'SignInFailed'"),
        ),
    )
    kind: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None]
    lead_id: Mapped[int | None]
    chat_id: Mapped[int | None]
    contact_id: Mapped[int | None]
    data: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    at: Mapped[Now]
