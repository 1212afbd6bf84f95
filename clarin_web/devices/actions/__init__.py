"""What people do to devices."""

from __future__ import annotations

from clarin_web.devices.actions.changing import (
    Switches,
    change_device,
    change_hours,
    change_limits,
    change_proxy,
)
from clarin_web.devices.actions.linking import (
    add_device,
    cancel_pairing,
    connect,
    disconnect,
    log_out,
    start_pairing,
)
from clarin_web.devices.actions.removing import remove_device, restore_device
from clarin_web.devices.actions.rereading import read_again
from clarin_web.devices.actions.stopping import (
    resume_all_sending,
    resume_sending,
    stop_all_sending,
    stop_sending,
)

__all__ = [
    "Switches",
    "add_device",
    "cancel_pairing",
    "change_device",
    "change_hours",
    "change_limits",
    "change_proxy",
    "connect",
    "disconnect",
    "log_out",
    "read_again",
    "remove_device",
    "restore_device",
    "resume_all_sending",
    "resume_sending",
    "start_pairing",
    "stop_all_sending",
    "stop_sending",
]
