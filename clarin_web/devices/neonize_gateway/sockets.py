"""The connection to WhatsApp as Linux sees it, so that it can be cut: neonize has no call that renews it.

For whatsmeow it is a line that dropped, which it is made for: it connects again at once. On other systems nothing is
found, and nothing is cut.
"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

_ESTABLISHED = "01"
_TLS_PORT = 443


def port_of(proxy: str) -> int:
    """Where connections to WhatsApp lead, as this machine sees it."""
    return (urlsplit(proxy).port if proxy else None) or _TLS_PORT


def newest_to(port: int) -> int | None:
    """Of this process's connections to that port the one made last: Linux numbers sockets upwards."""
    return max((inode for inode in _connections_to(port) if inode in _open_here()), default=None)


def cut(inode: int) -> bool:
    """Both ways; whether there was something to cut."""
    for number in _open_here().get(inode, ()):
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(number)) as ours:
            if (
                os.fstat(ours.fileno()).st_ino == inode
            ):  # else it was closed, and its number is another's by now
                ours.shutdown(socket.SHUT_RDWR)
                return True
    return False


def _connections_to(port: int) -> set[int]:
    found = set()
    for table in (Path("/proc/self/net/tcp"), Path("/proc/self/net/tcp6")):
        with contextlib.suppress(OSError):
            for line in table.read_text().splitlines()[1:]:
                _number, _local, remote, state, *_counters, inode = line.split()[:10]
                if state == _ESTABLISHED and int(remote.rpartition(":")[2], 16) == port:
                    found.add(int(inode))
    return found


def _open_here() -> dict[int, list[int]]:
    """File numbers by the socket they are open for."""
    found: dict[int, list[int]] = {}
    with contextlib.suppress(OSError):
        for entry in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                kind, _, inode = os.readlink(f"/proc/self/fd/{entry}").partition(":")
                if kind == "socket":
                    found.setdefault(int(inode.strip("[]")), []).append(int(entry))
    return found
