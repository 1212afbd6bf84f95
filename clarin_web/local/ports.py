"""Ports that are held from the moment they are chosen: two runs started together never get the same one."""

from __future__ import annotations

import errno
import os
import socket

from clarin_web.local.processes import LocalError

USUAL, TRIES = 8000, 50


def web_port() -> socket.socket:
    """Where pages are served: HOST and PORT if they are set, and nowhere else; the next free one from 8000 if not."""
    host, wanted = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT", "").strip()
    if not wanted:
        return hold(host, USUAL, TRIES)
    if not (wanted.isascii() and wanted.isdigit() and int(wanted) < 65536):
        raise LocalError(f"PORT is {wanted!r}: it is a number up to 65535, or 0 for any that is free")
    return hold(host, int(wanted))


def hold(host: str, first: int, tries: int = 1) -> socket.socket:
    """Listening on `first` (0: any), or on the next of so many that is free. Handed on to the program that answers."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(first, min(first + tries, 65536)):
        try:
            return socket.create_server((host, port), family=family)
        except OSError as refusal:
            if refusal.errno != errno.EADDRINUSE:
                raise LocalError(
                    f"nothing can listen on {host}, port {port}: {refusal.strerror}; see HOST and PORT"
                ) from None
    if tries == 1:
        raise LocalError(
            f"port {first} is in use: stop what listens there, or set PORT to another (0 for any free one)"
        )
    raise LocalError(f"ports {first} to {first + tries - 1} are all in use; set PORT")


def port_of(held: socket.socket) -> int:
    return int(held.getsockname()[1])
