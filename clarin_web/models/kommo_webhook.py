"""What Kommo is asked to tell us at once, and how that goes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Owned, belongs_to, own_key

WEBHOOK_STATES = ("off", "on", "disabled", "missing")


class KommoWebhook(Owned, Base):
    """The webhook of a connection. Its address holds a token of which only the hash is kept.

    "disabled" is Kommo's word for one it gave up on; "missing" is no longer in Kommo's list. `ignored` counts
    deliveries that were about another Kommo account. `error` is why the last click or look did not work.
    """

    __tablename__ = "kommo_webhook"
    __table_args__ = (
        own_key(),
        UniqueConstraint("account_id", "connection_id"),
        CheckConstraint(f"state IN {WEBHOOK_STATES}", "state"),
        belongs_to("connection_id", "kommo_connection"),
    )
    connection_id: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="off")
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    origin: Mapped[str] = mapped_column(server_default="")
    error: Mapped[str] = mapped_column(server_default="")
    ignored: Mapped[int] = mapped_column(server_default="0")
    turned_on_at: Mapped[datetime | None]
    last_received_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
