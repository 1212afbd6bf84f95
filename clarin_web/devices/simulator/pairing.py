"""Simulated pairing: codes that rotate as WhatsApp's do, until the script's owner scans one, or nobody does."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from clarin_web.devices.gateway import ConnectionChanged, Listener, Paired, PairingCode, State
from clarin_web.devices.simulator.script import Script

_LIVES = (60.0, 20.0, 20.0, 20.0, 20.0, 20.0)


def pair(script: Script, listener: Listener, stopping: threading.Event, speed: float) -> Paired | None:
    """None when the last code expired, or when asked to stop."""
    listener.on_state(ConnectionChanged(State.PAIRING))
    scanned = time.monotonic() + script.pair_after / speed if script.pair_after is not None else float("inf")
    for number, life in enumerate(_LIVES, 1):
        until = time.monotonic() + life / speed
        expires = datetime.now(UTC) + timedelta(seconds=life / speed)
        listener.on_pairing_code(PairingCode(f"simulated-whatsapp:{script.phone}:{number}", expires))
        if stopping.wait(max(0.0, min(until, scanned) - time.monotonic())):
            return None
        if time.monotonic() >= scanned:
            return Paired(script.phone, session=f"simulated:{script.phone}", push_name=script.push_name)
    listener.on_state(ConnectionChanged(State.UNPAIRED, "code_expired"))
    return None
