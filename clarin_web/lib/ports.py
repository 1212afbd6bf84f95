"""A port for a program that takes only its number: kept from the moment it is chosen, so that runs side by side
never get the same one."""

from __future__ import annotations

import socket

_WAITING: list[socket.socket] = []


def reserved() -> int:
    """Ours on this machine as long as this process lives; until the program listens, whoever calls is refused.

    Two sockets that ask for SO_REUSEADDR may share a port while one of them only waits, and servers all ask for it;
    who wants any free port is never given this one.
    """
    waiting = socket.socket()
    waiting.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    waiting.bind(("127.0.0.1", 0))
    _WAITING.append(waiting)
    return int(waiting.getsockname()[1])
