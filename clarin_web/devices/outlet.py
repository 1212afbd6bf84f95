"""The gateway of this process, for jobs that run where the connection lives."""

from __future__ import annotations

import threading

from clarin_web.devices.gateway import Gateway
from clarin_web.devices.senders import Senders

_here: Gateway | None = None
_senders: Senders | None = None
_closed = threading.Event()


def install(gateway: Gateway | None, senders: Senders | None = None) -> None:
    """Called once by the device's process. Without senders whoever asks sends, one message after the other."""
    global _here, _senders
    _here, _senders = gateway, senders


def gateway() -> Gateway:
    """RuntimeError in any other process: a send must never run beside the connection."""
    if _here is None:
        raise RuntimeError("this job belongs to a device's own process")
    return _here


def senders() -> Senders | None:
    return _senders


def close() -> None:
    """The process is ending: what has not been begun is left to the next one."""
    _closed.set()


def is_closed() -> bool:
    return _closed.is_set()
