"""neonize's connection events to our states, and its error texts to reasons a person can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clarin_web.devices.gateway import ConnectionChanged, State
from clarin_web.devices.neonize_gateway import verdicts

PAIR_SUCCESS = 2
FINAL = {State.LOGGED_OUT, State.REPLACED, State.BANNED, State.OUTDATED, State.UNPAIRED}
_PLAIN = {
    "ConnectedEv": ConnectionChanged(State.CONNECTED),
    "KeepAliveRestoredEv": ConnectionChanged(State.CONNECTED),
    "DisconnectedEv": ConnectionChanged(State.RECONNECTING, "connection_lost"),
    "KeepAliveTimeoutEv": ConnectionChanged(State.RECONNECTING, "no_answer"),
    "StreamReplacedEv": ConnectionChanged(State.REPLACED, "connected_elsewhere"),
    "ClientOutdatedEv": ConnectionChanged(State.OUTDATED, "needs_upgrade"),
}
_READ: dict[str, Callable[[Any], ConnectionChanged]] = {
    "LoggedOutEv": lambda event: verdicts.of_login(verdicts.number_of(event, "Reason")),
    "ConnectFailureEv": lambda event: verdicts.of_login(verdicts.number_of(event, "Reason")),
    "TemporaryBanEv": lambda event: verdicts.of_ban(verdicts.number_of(event, "Code"), event.Expire),
    "StreamErrorEv": lambda event: ConnectionChanged(
        State.RECONNECTING, f"stream_error:{event.Code}" if event.Code.isdigit() else "stream_error"
    ),
}
WATCHED = (*_PLAIN, *_READ)


def change_of(name: str, event: Any) -> ConnectionChanged | None:
    """The new state an event means."""
    return _READ[name](event) if name in _READ else _PLAIN.get(name)


def plain_reason(error: Exception) -> str:
    """Short, without addresses: it is shown on the device's page."""
    text = str(error)
    if "dial" in text or "websocket" in text or "no such host" in text:
        return "no_network"
    if "required field" in text:
        return "unknown_answer"
    if "handshake" in text:
        return "whatsapp_busy"
    return "library_failed"
