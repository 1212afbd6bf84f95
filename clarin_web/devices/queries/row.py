"""A device as pages show it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

# A process beats every 5 s; three missed beats and nobody should believe its state.
STALE = timedelta(seconds=20)
# Between two starts of a process that cannot connect there is nobody to beat.
LONGEST_PAUSE = timedelta(seconds=90)
RUNNING = ("connecting", "connected", "reconnecting", "pairing")


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device as pages show it."""

    id: int
    name: str
    phone: str | None
    jid: str | None
    state: str
    state_reason: str
    state_at: datetime
    wanted: str
    qr: str | None
    qr_expires_at: datetime | None
    pairing_phone: str | None
    pair_code: str | None
    pair_code_expires_at: datetime | None
    state_until: datetime | None
    creates_leads: bool
    lead_pipeline_id: int | None
    lead_stage_id: int | None
    receives: bool
    groups: bool
    sends_receipts: bool
    asks_portraits: bool
    signature: str
    heartbeat_at: datetime | None
    last_in_at: datetime | None
    last_out_at: datetime | None
    restarts: int
    ack_p50_ms: int | None
    ack_p95_ms: int | None
    memory_mb: int | None
    process: str
    linked_at: datetime | None
    first_linked_at: datetime | None
    alarm: str
    alarm_at: datetime | None
    proxy: str
    paused_at: datetime | None
    paused_reason: str
    cold_paused_until: datetime | None
    cold_paused_reason: str
    tries: int
    retry_at: datetime | None
    pace_seconds: int
    daily_answered: int | None
    daily_known: int | None
    daily_cold: int | None
    unanswered_most: int | None
    quiet_from: time | None
    quiet_to: time | None
    shows_online: bool
    removing_at: datetime | None
    removed_at: datetime | None

    @property
    def shown_state(self) -> str:
        """`silent`: it should run, and its process has not been heard of."""
        if self.wanted == "stopped" or self.state not in RUNNING:
            return self.state
        heard = max(filter(None, (self.heartbeat_at, self.state_at, self.retry_at)))
        patience = LONGEST_PAUSE if self.state == "connecting" else STALE
        return "silent" if datetime.now(UTC) - heard > patience else self.state

    @property
    def waits_to_retry(self) -> bool:
        """Nothing runs: the next process begins at `retry_at`."""
        return self.wants_connection and self.retry_at is not None and self.retry_at > datetime.now(UTC)

    @property
    def qr_seconds(self) -> int:
        """Until WhatsApp replaces the code."""
        return seconds_to(self.qr_expires_at)

    @property
    def pair_code_seconds(self) -> int:
        """Until the phone no longer takes the letters."""
        return seconds_to(self.pair_code_expires_at)

    @property
    def qr_version(self) -> str:
        """Changes with the code, so that the picture does; says nothing about it."""
        return hashlib.sha256((self.qr or "").encode()).hexdigest()[:12]

    @property
    def is_linked(self) -> bool:
        return self.jid is not None

    @property
    def wants_connection(self) -> bool:
        return self.wanted != "stopped"


def seconds_to(moment: datetime | None) -> int:
    """0 once it is over."""
    return max(0, round((moment - datetime.now(UTC)).total_seconds())) if moment else 0
