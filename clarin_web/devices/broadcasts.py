"""Tell open pages about a device: they ask their own URL again, because what one may do differs per person."""

from __future__ import annotations

from clarin_web.events import DeviceChanged
from clarin_web.live.publish import poke


def device_changed(fact: DeviceChanged) -> None:
    """Listener: state, code, name, last message."""
    poke(fact.account_id, "devices", f"device:{fact.device_id}", "home")
