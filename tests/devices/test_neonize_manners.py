"""What surrounds neonize without loading it: its errors sorted, its session file private, its noise kept down."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from clarin_web.devices.gateway import GatewayError, PermanentError, State, TransientError, UncertainError
from clarin_web.devices.neonize_gateway.quiet import SayOnce
from clarin_web.devices.neonize_gateway.sending import error_of
from clarin_web.devices.neonize_gateway.states import change_of, plain_reason


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("failed to send message node: websocket not connected", TransientError),
        ("client is nil", TransientError),
        ("no LID found for 51@s.whatsapp.net from server", PermanentError),
        ("can't send message to unknown server bad.server", PermanentError),
        ("timed out waiting for message send response", UncertainError),
        ("something nobody has seen before", UncertainError),
    ],
)
def test_doubt_about_a_failed_send_means_uncertain(text: str, kind: type[GatewayError]) -> None:
    assert type(error_of(RuntimeError(text))) is kind


def test_reasons_are_codes_the_page_can_translate() -> None:
    dial = RuntimeError("failed to dial whatsapp web websocket: lookup web.whatsapp.com: no such host")
    assert plain_reason(dial) == "no_network"
    assert (
        plain_reason(RuntimeError("proto: required field neonize.Receipt.Type not set")) == "unknown_answer"
    )


def test_events_become_states() -> None:
    nothing = SimpleNamespace()
    assert change_of("ConnectedEv", nothing).state is State.CONNECTED  # type: ignore[union-attr]
    assert change_of("LoggedOutEv", nothing).state is State.LOGGED_OUT  # type: ignore[union-attr]
    banned = change_of("TemporaryBanEv", SimpleNamespace(Code=101, Expire=3600))
    assert banned
    assert banned.state is State.BANNED
    assert banned.until is not None
    assert change_of("SomethingNewEv", nothing) is None


def test_a_complaint_that_repeats_is_logged_once() -> None:
    once = SayOnce()
    records = [
        logging.LogRecord("whatsmeow", logging.ERROR, "", 0, f"failed to reconnect, attempt {n}", None, None)
        for n in range(50)
    ]
    assert sum(once.filter(record) for record in records) == 1
