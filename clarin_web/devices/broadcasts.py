"""Tell open pages about a device: they ask their own URL again, because what one may do differs per person."""

from __future__ import annotations

from clarin_web.events import DeviceAlarmed, DeviceChanged, DeviceRecovered, EventNotUnderstood
from clarin_web.live.publish import poke


def device_changed(fact: DeviceChanged | EventNotUnderstood) -> None:
    """Listener: state, code, name, last message, what could not be understood."""
    poke(fact.account_id, "devices", f"device:{fact.device_id}", "home")


def alarm_changed(fact: DeviceAlarmed | DeviceRecovered) -> None:
    """Listener: the strip on every page, Home, and the pages of numbers."""
    poke(fact.account_id, "alarms", "devices", f"device:{fact.device_id}", "home")
