"""The Kommo connection of an account, the draft of one that is being tried, and the cursors of its streams."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key

CONNECTION_STATES = ("backfilling", "live", "paused", "refused", "unreachable")
AUTHS = ("token", "oauth")


class KommoSecrets:
    """How one Kommo is entered. Everything sealed is bound to its row and column (kommo/sealing.py)."""

    base_url: Mapped[str]
    auth: Mapped[str] = mapped_column(server_default="token")
    token_expires_at: Mapped[datetime | None]
    refresh_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    client_id: Mapped[str] = mapped_column(server_default="")
    client_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    redirect_uri: Mapped[str] = mapped_column(server_default="")


class KommoConnection(Owned, KommoSecrets, Base):
    """One Kommo account mirrored into one Clarin account. `warned_days` is the last notice of the token's end.

    `region`: country, currency and time zone as Kommo says them, what was agreed, what is applied (kommo/regions).
    """

    __tablename__ = "kommo_connection"
    __table_args__ = (
        own_key(),
        UniqueConstraint("account_id"),
        CheckConstraint(f"state IN {CONNECTION_STATES}", "state"),
        CheckConstraint(f"auth IN {AUTHS}", "auth"),
    )
    token_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    warned_days: Mapped[int | None]
    kommo_account_id: Mapped[int | None]
    kommo_account_name: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="backfilling")
    error: Mapped[str] = mapped_column(server_default="")
    failures: Mapped[int] = mapped_column(server_default="0")
    retry_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_attempt_at: Mapped[datetime | None]
    region: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    connected_by: Mapped[int | None]
    created_at: Mapped[Now]
    version: Mapped[int] = mapped_column(server_default="1")


class KommoDraft(Owned, KommoSecrets, Base):
    """A connection one person is trying: what was typed, and what Kommo showed. Connecting consumes it."""

    __tablename__ = "kommo_draft"
    __table_args__ = (
        own_key(),
        UniqueConstraint("account_id", "user_id"),
        CheckConstraint(f"auth IN {AUTHS}", "auth"),
    )
    user_id: Mapped[int]
    token_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    summary: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[Now]


class KommoStream(Owned, Base):
    """How far one entity kind has been read. `cursor` moves only in the transaction that wrote the rows.

    `error` says why it cannot be read now, `failures` how often in a row, `retry_at` when it is tried again.
    """

    __tablename__ = "kommo_stream"
    __table_args__ = (
        own_key(),
        UniqueConstraint("account_id", "connection_id", "name"),
        belongs_to("connection_id", "kommo_connection"),
    )
    connection_id: Mapped[int]
    name: Mapped[str]
    phase: Mapped[str] = mapped_column(server_default="backfill")
    cursor: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    rows_done: Mapped[int] = mapped_column(server_default="0")
    rows_total: Mapped[int | None]
    rows_written: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str] = mapped_column(server_default="")
    failures: Mapped[int] = mapped_column(server_default="0")
    retry_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    updated_at: Mapped[Now]

    def read_whole(self, at: datetime) -> None:
        """It came to its end: whatever was wrong with it is over."""
        self.phase, self.error, self.failures, self.retry_at = "live", "", 0, None
        self.last_success_at = self.updated_at = at
