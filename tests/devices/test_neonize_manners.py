"""What surrounds neonize without loading it: its errors sorted, its session file private, its noise kept down."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest
from flask import Flask

from clarin_web.devices.gateway import (
    Address,
    GatewayError,
    Kind,
    LaterError,
    PermanentError,
    TransientError,
    UncertainError,
)
from clarin_web.devices.neonize_gateway import refusals, sending
from clarin_web.devices.neonize_gateway.quiet import SayOnce
from clarin_web.devices.neonize_gateway.sending import error_of
from clarin_web.devices.neonize_gateway.states import plain_reason
from clarin_web.devices.outgoing import OutgoingText
from clarin_web.local.home import ROOT
from clarin_web.web import i18n


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("failed to send message node: websocket not connected", TransientError),
        ("client is nil", TransientError),
        ("no LID found for 51@s.whatsapp.net from server", PermanentError),
        ("can't send message to unknown server bad.server", PermanentError),
        ("timed out waiting for message send response", UncertainError),
        ("something nobody has seen before", UncertainError),
        ("websocket disconnected before message send returned response", UncertainError),
        ("failed to get device list: failed to send usync query: websocket not connected", TransientError),
        ("failed to get device list: failed to send usync query: info query timed out", LaterError),
        (
            "failed to get group members: info query returned status 429: rate-overlimit",
            LaterError,
        ),
        ("failed to get group members: you're not participating in that group", PermanentError),
        ("upload failed with status code 507", LaterError),
        ("server returned error 299", UncertainError),
    ],
)
def test_doubt_about_a_failed_send_means_uncertain(text: str, kind: type[GatewayError]) -> None:
    assert type(error_of(RuntimeError(text))) is kind


def test_the_second_try_of_bytes_that_may_have_arrived_is_a_doubt() -> None:
    """whatsmeow says the same of a first try; only then nothing has left (retryFrame in its request.go)."""

    class Client:
        def send_message(self, *_: object) -> None:
            raise RuntimeError("websocket not connected")

    with pytest.raises(UncertainError):
        sending.send(Client(), OutgoingText(Address(Kind.USER, "51900000001"), "A1", "hola"))


@pytest.mark.parametrize("code", [*refusals.TABLE, 444, 599, 700])
def test_every_code_of_a_refused_message_has_a_family_and_words_in_three_languages(
    code: int, app: Flask
) -> None:
    """As neonize prints it (the wire: test_real_neonize_refusals.py)."""
    refusal = refusals.refusal_of(code)
    found = error_of(RuntimeError(f"server returned error {code}"))
    assert (type(found), found.reason) == (sending._KINDS[refusal.family], refusal.reason)
    said = set()
    for language in i18n.LOCALES:
        with i18n.reading_as(i18n.Reader(language)):
            words = str(app.jinja_env.get_template("chats/words.html").module.failure(refusal.reason))
        assert not words.endswith(refusal.reason), "a code is no sentence"
        said.add(words)
    assert len(said) == 3


def test_reasons_are_codes_the_page_can_translate() -> None:
    dial = RuntimeError("failed to dial whatsapp web websocket: lookup web.whatsapp.com: no such host")
    assert plain_reason(dial) == "no_network"
    assert (
        plain_reason(RuntimeError("proto: required field neonize.Receipt.Type not set")) == "unknown_answer"
    )


def test_a_complaint_that_repeats_is_logged_once() -> None:
    once = SayOnce()
    records = [
        logging.LogRecord("whatsmeow", logging.ERROR, "", 0, f"failed to reconnect, attempt {n}", None, None)
        for n in range(50)
    ]
    assert sum(once.filter(record) for record in records) == 1


def test_that_ffmpeg_is_missing_is_nobodys_concern() -> None:
    """In a process of its own, which it changes for good."""
    code = (
        "import logging; from clarin_web.devices.neonize_gateway.quiet import prepare_process; prepare_process();"
        "logging.getLogger('neonize.utils.ffmpeg').warning('FFmpeg not found');"
        "logging.getLogger('neonize').warning('something else')"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    assert "something else" in ended.stderr
    assert "FFmpeg" not in ended.stderr + ended.stdout
