"""WhatsApp numbers, and the raw events their processes append before anything is understood."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import CheckConstraint, Index, LargeBinary, Time, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key

DEVICE_STATES = (
    "unpaired",
    "pairing",
    "connecting",
    "connected",
    "reconnecting",
    "replaced",
    "logged_out",
    "banned",
    "outdated",
    "error",
    "stopped",
)
WANTED = ("connected", "paired", "stopped")


class Device(Owned, Base):
    """`wanted` is what people asked for, `state` what the device's process last reported.

    `pairing_phone` is set while it is linked by a code typed on the phone instead of a QR code. `state_until`: the end
    of a ban. `proxy` shows where `proxy_sealed` leads, without its password. `restart_at`: a process older
    than this ends, so that the next one begins with what was changed.
    `first_linked_at`: since when the number it has now is with us, also as another device; a young one writes less.
    `paused_reason` (person, banned, failures) stops what goes out; pace, daily numbers and quiet hours are the
    governor's (`devices/governor.py`).
    `cold_paused_until`: WhatsApp lets it begin no chats; people who wrote are answered (`devices/governing.py`).
    `tries`: new processes since it was last steadily connected; `retry_at`: not before is there another.
    `process` is machine:pid of its process, as its last heartbeat said; ack_* how long WhatsApp took to confirm its
    last sends; `alarm` what is wrong with it now (`devices/health.py`).
    `removing_at`: somebody wants it gone, WhatsApp is to be told first; `removed_at`: it is gone, its chats stay.
    `jid` is the linked WhatsApp account as the gateway names it; `phone` the same number as E.164; `lid` its private
    id, learned from what the number itself wrote.
    """

    __tablename__ = "device"
    __table_args__ = (
        own_key(),
        Index(
            "uq_device_phone",
            "account_id",
            "phone",
            unique=True,
            postgresql_where=text("phone IS NOT NULL AND removed_at IS NULL"),
        ),
        CheckConstraint(f"state IN {DEVICE_STATES}", "state"),
        CheckConstraint(f"wanted IN {WANTED}", "wanted"),
        CheckConstraint("signature IN ('off', 'first', 'always')", "signature"),
    )
    name: Mapped[str]
    phone: Mapped[str | None]
    jid: Mapped[str | None]
    lid: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="unpaired")
    state_reason: Mapped[str] = mapped_column(server_default="")
    state_at: Mapped[Now]
    state_until: Mapped[datetime | None]
    wanted: Mapped[str] = mapped_column(server_default="stopped")
    qr: Mapped[str | None]
    qr_expires_at: Mapped[datetime | None]
    pairing_expires_at: Mapped[datetime | None]
    pairing_phone: Mapped[str | None]
    pair_code: Mapped[str | None]
    pair_code_expires_at: Mapped[datetime | None]
    creates_leads: Mapped[bool] = mapped_column(server_default=text("true"))
    lead_pipeline_id: Mapped[int | None]
    lead_stage_id: Mapped[int | None]
    receives: Mapped[bool] = mapped_column(server_default=text("true"))
    groups: Mapped[bool] = mapped_column(server_default=text("true"))
    sends_receipts: Mapped[bool] = mapped_column(server_default=text("true"))
    shows_online: Mapped[bool] = mapped_column(server_default=text("true"))
    asks_portraits: Mapped[bool] = mapped_column(server_default=text("true"))
    signature: Mapped[str] = mapped_column(server_default="off")
    heartbeat_at: Mapped[datetime | None]
    last_in_at: Mapped[datetime | None]
    last_out_at: Mapped[datetime | None]
    restarts: Mapped[int] = mapped_column(server_default="0")
    ack_p50_ms: Mapped[int | None]
    ack_p95_ms: Mapped[int | None]
    memory_mb: Mapped[int | None]
    process: Mapped[str] = mapped_column(server_default="")
    linked_at: Mapped[datetime | None]
    first_linked_at: Mapped[datetime | None]
    alarm: Mapped[str] = mapped_column(server_default="")
    alarm_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_reason: Mapped[str] = mapped_column(server_default="")
    cold_paused_until: Mapped[datetime | None]
    cold_paused_reason: Mapped[str] = mapped_column(server_default="")
    tries: Mapped[int] = mapped_column(server_default="0")
    retry_at: Mapped[datetime | None]
    pace_seconds: Mapped[int] = mapped_column(server_default="15")
    daily_cold: Mapped[int | None] = mapped_column(server_default="30")
    daily_known: Mapped[int | None] = mapped_column(server_default="100")
    daily_answered: Mapped[int | None] = mapped_column(server_default="500")
    unanswered_most: Mapped[int | None] = mapped_column(server_default="150")
    quiet_from: Mapped[time | None] = mapped_column(Time)
    quiet_to: Mapped[time | None] = mapped_column(Time)
    proxy: Mapped[str] = mapped_column(server_default="")
    proxy_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    restart_at: Mapped[datetime | None]
    created_at: Mapped[Now]
    removing_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class DevicePolicy(Owned, Base):
    """What holds for every number of the account: one row at most."""

    __tablename__ = "device_policy"
    __table_args__ = (own_key(), UniqueConstraint("account_id"))
    sending_stopped_at: Mapped[datetime | None]
    work_days: Mapped[str] = mapped_column(server_default="12345")
    work_from: Mapped[time] = mapped_column(Time, server_default="09:00")
    work_to: Mapped[time] = mapped_column(Time, server_default="18:00")
    silent_minutes: Mapped[int] = mapped_column(server_default="120")


class Outreach(Owned, Base):
    """We wrote to somebody who was not talking with us: what daily budgets count and the pace is measured from."""

    __tablename__ = "outreach"
    __table_args__ = (
        own_key(),
        belongs_to("device_id", "device"),
        belongs_to("chat_id", "chat"),
        Index("ix_outreach_device", "account_id", "device_id", "id"),
        Index("ix_outreach_chat", "account_id", "chat_id", "at"),
        CheckConstraint("relationship IN ('answered', 'known', 'cold', 'nobody')", "relationship"),
    )
    device_id: Mapped[int]
    chat_id: Mapped[int]
    relationship: Mapped[str]
    at: Mapped[Now]


class NumberCheck(Owned, Base):
    """Whether WhatsApp knows a phone, as it said last. `phone`: digits; `key`: the address it has there, which may have
    other digits or be a private id. Empty in rows from before it was kept: WhatsApp is asked again.
    """

    __tablename__ = "number_check"
    __table_args__ = (own_key(), UniqueConstraint("account_id", "phone"))
    phone: Mapped[str]
    is_there: Mapped[bool]
    key: Mapped[str] = mapped_column(server_default="")
    checked_at: Mapped[Now]


class Inquiry(Owned, Base):
    """What WhatsApp was last asked about a chat, and when it may be asked again: numbers that ask much are blocked."""

    __tablename__ = "inquiry"
    __table_args__ = (
        own_key(),
        belongs_to("device_id", "device"),
        belongs_to("chat_id", "chat"),
        UniqueConstraint("account_id", "chat_id", "about"),
        Index("ix_inquiry_device", "account_id", "device_id", "asked_at"),
        CheckConstraint("about IN ('name', 'portrait')", "about"),
    )
    device_id: Mapped[int]
    chat_id: Mapped[int]
    about: Mapped[str]
    asked_at: Mapped[Now]
    again_at: Mapped[Now]


class WhatsappEvent(Owned, Base):
    """One raw event of a device, in arrival order (`id`). Processed once; kept a while for replay.

    `dedupe` is the spool id a child gave it, so an event written to the spool and again to the table counts once.
    `failed_at`: when it was passed over because it could not be understood; `error` says why.
    """

    __tablename__ = "whatsapp_event"
    __table_args__ = (
        own_key(),
        belongs_to("device_id", "device"),
        Index(
            "ix_whatsapp_event_todo",
            "account_id",
            "device_id",
            "id",
            postgresql_where=text("processed_at IS NULL"),
        ),
        Index(
            "ix_whatsapp_event_parked",
            "account_id",
            "device_id",
            "error",
            postgresql_where=text("error <> ''"),
        ),
        Index(
            "ix_whatsapp_event_failed",
            "account_id",
            "device_id",
            postgresql_where=text("failed_at IS NOT NULL"),
        ),
        Index("uq_whatsapp_event_dedupe", "account_id", "device_id", "dedupe", unique=True),
    )
    device_id: Mapped[int]
    kind: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    dedupe: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str] = mapped_column(server_default="")
    received_at: Mapped[Now]
    processed_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
