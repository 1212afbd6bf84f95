"""A port that was chosen is nobody else's before its program listens there."""

from __future__ import annotations

import socket

import pytest

from clarin_web.lib.ports import reserved


def test_a_reserved_port_refuses_callers_until_its_program_listens_and_others_never_get_it() -> None:
    port = reserved()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", port))
    for _time in range(2):  # it may end and come back, as what a test kills
        with (
            socket.create_server(("127.0.0.1", port)),
            socket.create_connection(("127.0.0.1", port), 5) as heard,
        ):
            assert heard.getpeername() == ("127.0.0.1", port)


def test_whoever_asks_for_any_free_port_gets_another() -> None:
    ports = {reserved() for _ in range(200)}
    assert len(ports) == 200
    for _time in range(200):
        with socket.create_server(("127.0.0.1", 0)) as other:
            assert other.getsockname()[1] not in ports
