"""What people do to devices."""

from __future__ import annotations

from clarin_web.devices.actions.changing import change_device, change_proxy
from clarin_web.devices.actions.linking import (
    add_device,
    cancel_pairing,
    connect,
    disconnect,
    log_out,
    start_pairing,
)

__all__ = [
    "add_device",
    "cancel_pairing",
    "change_device",
    "change_proxy",
    "connect",
    "disconnect",
    "log_out",
    "start_pairing",
]
