"""What becomes of a message that is written now: it leaves, it waits, or it cannot be sent. The rules are the
last gate's, so that whoever writes is told before, not after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clarin_web.devices import governing, numbers, queries
from clarin_web.devices.queries import DeviceRow

# Of a device's state; what is not here lets messages leave.
BY_STATE = {
    "unpaired": "unlinked",
    "pairing": "unlinked",
    "logged_out": "unlinked",
    "stopped": "disconnected",
    "connecting": "connecting",
    "reconnecting": "connecting",
    "banned": "banned",
    "replaced": "broken",
    "outdated": "broken",
    "error": "broken",
    "silent": "broken",
}
FORESEEN = (
    "quiet_hours",
    "daily_budget",
    "warm_up",
    "unanswered",
    "restricted",
    "capped",
)  # seconds of pace are nothing to be told of


@dataclass(frozen=True, slots=True)
class Reach:
    """`code` is empty when a message leaves at once; `until`: when the wait or the ban is over, if that is known."""

    device: DeviceRow
    code: str = ""
    until: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Nothing can ever be sent through the number as it is."""
        return self.code == "removed"


def of_number(account_id: int, device_id: int) -> Reach:
    """By the number alone; a removed one too. One statement."""
    device, stopped_for_all = queries.any_device(account_id, device_id)
    if device.removed_at is not None:
        return Reach(device, "removed")
    if stopped_for_all:
        return Reach(device, "stopped_all")
    if device.paused_at is not None:
        return Reach(device, f"stopped_{device.paused_reason}")
    code = BY_STATE.get(device.shown_state, "")
    return Reach(device, code, device.state_until if code == "banned" else None)


def of_chat(account_id: int, device_id: int, chat_id: int, key: str) -> Reach:
    """By the number, then by who it is for: not on WhatsApp, quiet hours, enough for today."""
    found = of_number(account_id, device_id)
    if found.code:
        return found
    case = governing.case_of(account_id, device_id, chat_id)
    hold, is_first = governing.foreseen(account_id, device_id, case), governing.is_first(case)
    if is_first and (asked_at := numbers.found_absent(account_id, key)):
        return Reach(found.device, "not_on_whatsapp", asked_at)
    if hold and hold.reason in FORESEEN:
        return Reach(found.device, hold.reason, hold.until)
    return found
