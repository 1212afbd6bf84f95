"""Simulated pairing: codes that rotate as WhatsApp's do, until the script's owner scans one, or nobody does."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from clarin_web.devices.gateway import ConnectionChanged, Listener, Paired, PairingCode, State
from clarin_web.devices.simulator.script import Script

_LIVES = (60.0, 20.0, 20.0, 20.0, 20.0, 20.0)
_LOOK = 0.2  # seconds between looks whether a test lets the phone scan now


def pair(
    script: Script,
    listener: Listener,
    stopping: threading.Event,
    speed: float,
    typed_on: str = "",
    is_scanned: Callable[[], bool] = lambda: False,
) -> Paired | None:
    """None when the last code expired, or when asked to stop. `typed_on`: that phone gets eight letters to type."""
    listener.on_state(ConnectionChanged(State.PAIRING))
    if typed_on:
        if script.refuses_typing:
            listener.on_state(ConnectionChanged(State.UNPAIRED, "code_refused"))
            return None
        script = replace(script, phone=typed_on)
        dies = datetime.now(UTC) + timedelta(seconds=sum(_LIVES) / speed)
        listener.on_pairing_code(PairingCode(_letters(typed_on), dies, typed=True))
    scanned = time.monotonic() + script.pair_after / speed if script.pair_after is not None else float("inf")
    for number, life in enumerate(_LIVES, 1):
        until = time.monotonic() + life / speed
        expires = datetime.now(UTC) + timedelta(seconds=life / speed)
        listener.on_pairing_code(PairingCode(f"simulated-whatsapp:{script.phone}:{number}", expires))
        while (left := min(until, scanned) - time.monotonic()) > 0:
            if stopping.wait(min(left, _LOOK)):
                return None
            if is_scanned():
                scanned = time.monotonic()
        if time.monotonic() >= scanned:
            return Paired(script.phone, session=f"simulated:{script.phone}", push_name=script.push_name)
    listener.on_state(ConnectionChanged(State.UNPAIRED, "code_expired"))
    return None


def _letters(phone: str) -> str:
    """As WhatsApp writes it; the same for the same number, so that a story can be told again."""
    dice = random.Random(phone)  # noqa: S311 -- a story, not a secret
    letters = "".join(dice.choices("123456789ABCDEFGHJKLMNPQRSTVWXYZ", k=8))
    return f"{letters[:4]}-{letters[4:]}"
