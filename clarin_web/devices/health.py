"""When to worry about a number: pure. `watching` looks at every number with it and tells people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from clarin_web.devices.queries import DeviceRow
from clarin_web.devices.tries import WORRYING

# A connection that comes back by itself within this is nobody's worry.
GRACE = timedelta(minutes=2)
ENDED = ("logged_out", "banned", "replaced", "outdated", "error")
ALARMS = ("", "not_connected", "unsteady", "not_reporting", "silent", "stopped")


@dataclass(frozen=True, slots=True)
class Hours:
    """The account's working hours: `days` as ISO numbers ("12345"); `silent_minutes` 0 never worries about silence."""

    days: str
    begin: time
    end: time
    silent_minutes: int
    zone: ZoneInfo


def alarm_of(device: DeviceRow, hours: Hours, now: datetime) -> str:
    """One of ALARMS; "" for a number that is well, was never linked, or was switched off or left by a person."""
    if device.phone is None or device.state in ("stopped", "pairing"):
        return ""
    if device.state == "unpaired":  # a number that was to be linked again: with a reason, it did not work
        return "not_connected" if device.state_reason else ""
    if device.state == "logged_out" and not device.state_reason:
        return ""  # by one of us, who knows
    if device.state in ENDED:
        return "not_connected"
    if device.shown_state == "silent":
        return "not_reporting"
    if device.state != "connected":
        is_long = now - device.state_at > GRACE or device.tries >= WORRYING
        return "not_connected" if is_long else ""
    if device.tries >= WORRYING:
        return "unsteady"
    if device.paused_reason in ("banned", "failures"):
        return "stopped"
    return "silent" if device.receives and _is_silent(device, hours, now) else ""


def _is_silent(device: DeviceRow, hours: Hours, now: datetime) -> bool:
    """Only working time counts: the night before the first message of the day is no silence."""
    here = now.astimezone(hours.zone)
    if not hours.silent_minutes or str(here.isoweekday()) not in hours.days:
        return False
    begin = datetime.combine(here.date(), hours.begin, hours.zone)
    end = datetime.combine(here.date(), hours.end, hours.zone)
    if not begin <= now <= end:
        return False
    last = max(filter(None, (device.last_in_at, device.linked_at, begin)))
    return now - last > timedelta(minutes=hours.silent_minutes)
