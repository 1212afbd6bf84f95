"""The Kommo connection of an account and the cursors of its streams."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key

CONNECTION_STATES = ("backfilling", "live", "paused", "refused", "unreachable")


class KommoConnection(Owned, Base):
    """One Kommo account mirrored into one Clarin account. The token is sealed with the row as its context."""

    __tablename__ = "kommo_connection"
    __table_args__ = (
        own_key(),
        UniqueConstraint("account_id"),
        CheckConstraint(f"state IN {CONNECTION_STATES}", "state"),
    )
    base_url: Mapped[str]
    token_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kommo_account_id: Mapped[int | None]
    kommo_account_name: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="backfilling")
    error: Mapped[str] = mapped_column(server_default="")
    failures: Mapped[int] = mapped_column(server_default="0")
    retry_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_attempt_at: Mapped[datetime | None]
    warnings: Mapped[list[object]] = mapped_column(JSONB, server_default=text("'[]'"))
    connected_by: Mapped[int | None]
    created_at: Mapped[Now]
    version: Mapped[int] = mapped_column(server_default="1")


class KommoStream(Owned, Base):
    """How far one entity kind has been read. `cursor` moves only in the transaction that wrote the rows."""

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
    last_success_at: Mapped[datetime | None]
    updated_at: Mapped[Now]
