"""neonize's connection events to our states, and its error texts to reasons a person can read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from clarin_web.devices.gateway import ConnectionChanged, State

PAIR_SUCCESS = 2
FINAL = {State.LOGGED_OUT, State.REPLACED, State.BANNED, State.OUTDATED, State.UNPAIRED}
WATCHED = (
    "ConnectedEv",
    "DisconnectedEv",
    "KeepAliveTimeoutEv",
    "KeepAliveRestoredEv",
    "LoggedOutEv",
    "StreamReplacedEv",
    "TemporaryBanEv",
    "ClientOutdatedEv",
    "ConnectFailureEv",
)
_PLAIN = {
    "ConnectedEv": ConnectionChanged(State.CONNECTED),
    "KeepAliveRestoredEv": ConnectionChanged(State.CONNECTED),
    "DisconnectedEv": ConnectionChanged(State.RECONNECTING, "connection_lost"),
    "KeepAliveTimeoutEv": ConnectionChanged(State.RECONNECTING, "no_answer"),
    "LoggedOutEv": ConnectionChanged(State.LOGGED_OUT, "unlinked_on_phone"),
    "StreamReplacedEv": ConnectionChanged(State.REPLACED, "connected_elsewhere"),
    "ClientOutdatedEv": ConnectionChanged(State.OUTDATED, "needs_upgrade"),
}


def change_of(name: str, event: Any) -> ConnectionChanged | None:
    """The new state an event means."""
    if name == "TemporaryBanEv":
        until = datetime.now(UTC) + timedelta(seconds=min(event.Expire, 10**8))
        return ConnectionChanged(State.BANNED, "banned", until)
    if name == "ConnectFailureEv":
        return ConnectionChanged(State.CONNECTING, "refused")
    return _PLAIN.get(name)


def plain_reason(error: Exception) -> str:
    """Short, without addresses: it is shown on the device's page."""
    text = str(error)
    if "dial" in text or "websocket" in text or "no such host" in text:
        return "no_network"
    if "required field" in text:
        return "unknown_answer"
    return text.splitlines()[0][:120] if text else type(error).__name__
