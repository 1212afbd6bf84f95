"""The gateway of this process, for jobs that run where the connection lives."""

from __future__ import annotations

import threading

from clarin_web.devices.gateway import Gateway

_here: Gateway | None = None
_closed = threading.Event()


def install(gateway: Gateway | None) -> None:
    """Called once by the device's process."""
    global _here
    _here = gateway


def gateway() -> Gateway:
    """RuntimeError in any other process: a send must never run beside the connection."""
    if _here is None:
        raise RuntimeError("this job belongs to a device's own process")
    return _here


def close() -> None:
    """The process is ending: what has not been begun is left to the next one."""
    _closed.set()


def is_closed() -> bool:
    return _closed.is_set()
