"""Tell open pages about a device: they ask their own URL again, because what one may do differs per person."""

from __future__ import annotations

from clarin_web.devices.queries import has_alarm
from clarin_web.events import DeviceAlarmed, DeviceChanged, DeviceRecovered, EventNotUnderstood
from clarin_web.live.publish import poke


def device_changed(fact: DeviceChanged | EventNotUnderstood) -> None:
    """Listener: state, code, name, last message, what could not be understood. The strip on every page names a
    number that needs somebody, and why; of one that is well it says nothing."""
    strip = ["alarms"] if has_alarm(fact.account_id, fact.device_id) else []
    poke(fact.account_id, *strip, "devices", f"device:{fact.device_id}", "home")


def alarm_changed(fact: DeviceAlarmed | DeviceRecovered) -> None:
    """Listener: the strip on every page, Home, and the pages of numbers."""
    poke(fact.account_id, "alarms", "devices", f"device:{fact.device_id}", "home")
