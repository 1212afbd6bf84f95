"""The real neonize client in its real process, against a WhatsApp of ours: how a number comes, stays and goes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clarin_web.devices import gateways
from tests.support.whatsapp_line import OWNER, Line, a_line, a_whatsapp
from tests.support.whatsapp_server.people import contents
from tests.support.whatsapp_server.server import WhatsappServer

from .conftest import PHONE, Office

pytestmark = [pytest.mark.linux]


@pytest.fixture
def whatsapp(tmp_path: Path) -> Iterator[WhatsappServer]:
    with a_whatsapp(tmp_path) as server:
        yield server


@pytest.fixture
def line(office: Office, whatsapp: WhatsappServer) -> Iterator[Line]:
    with a_line(office, whatsapp) as made:
        yield made


@pytest.fixture
def linked(line: Line) -> Line:
    """María is on WhatsApp too."""
    line.server.welcome(PHONE, "María")
    line.link()
    return line


def test_a_scanned_code_links_the_number_and_logging_out_here_tells_the_phone(line: Line) -> None:
    line.link()
    row = line.office.device()
    assert (row.phone, row.wanted, row.qr) == (f"+{OWNER}", "connected", None)
    line.give("clarin_web.devices.jobs.log_out")
    line.becomes("logged_out")
    assert line.server.companion is None
    line.until(lambda: line.pid() is None)


def test_a_removed_number_says_goodbye_to_whatsapp_first_and_leaves_no_keys(linked: Line) -> None:
    keys = gateways.folder() / f"{linked.office.device_id}.db"
    assert keys.exists()
    linked.office.set(removing_at=datetime.now(UTC))
    linked.give("clarin_web.devices.jobs.log_out")
    linked.until(lambda: linked.office.device().removed_at is not None)
    assert linked.server.companion is None, "WhatsApp was told"
    assert (linked.office.device().jid, keys.exists()) == (None, False)
    linked.until(lambda: linked.pid() is None)


def test_a_number_nobody_looks_through_never_shows_itself_online(linked: Line) -> None:
    """What the switch of a discreet number counts on: only opening a chat and typing tell WhatsApp that we are here."""
    linked.send("hola")
    assert linked.server.companion
    assert linked.server.companion.line
    shown = [node.get("type") for node in linked.server.companion.line.log if node.tag == "presence"]
    assert "available" not in shown


def test_removed_on_the_phone_it_links_again_by_letters_and_keeps_its_history(linked: Line) -> None:
    wa_id = linked.server.write(linked.server.people[-1], contents().Message(conversation="antes"))
    linked.until(lambda: linked.heard(wa_id))
    linked.server.unlink()
    row = linked.becomes("logged_out")
    assert (row.wanted, row.jid, row.state_reason) == ("stopped", None, "unlinked_on_phone")
    linked.until(lambda: linked.pid() is None)
    linked.server.type_code(linked.ask_for_code(f"+{OWNER}"))
    row = linked.becomes("connected")
    assert (row.phone, row.wanted, row.pair_code) == (f"+{OWNER}", "connected", None)
    assert linked.heard(wa_id)[0].body == "antes"


def test_a_dropped_connection_comes_back_and_what_came_meanwhile_arrives(linked: Line) -> None:
    maria = linked.server.people[-1]
    linked.server.proxy.refusing = True
    linked.server.drop()
    linked.becomes("reconnecting")
    wa_id = linked.server.write(maria, contents().Message(conversation="¿siguen ahí?"))
    waiting = linked.queue("un momento")
    assert linked.message(waiting).state == "queued"
    linked.server.proxy.refusing = False
    linked.becomes("connected")
    assert linked.until(lambda: linked.heard(wa_id))[0].body == "¿siguen ahí?"
    linked.until(lambda: linked.message(waiting).state == "sent")
    assert [received.text for received in maria.received] == ["un momento"]


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (lambda server: server.refuse(reason=402, code=101, expire=3600), "banned"),
        (lambda server: server.refuse(reason=405), "outdated"),
        (lambda server: server.replace(), "replaced"),
    ],
    ids=("banned", "outdated", "replaced"),
)
def test_an_end_decided_by_whatsapp_stops_the_number_and_says_why(
    linked: Line, act: Callable[[WhatsappServer], None], state: str
) -> None:
    act(linked.server)
    row = linked.becomes(state)
    assert (row.wanted, row.state_until is not None) == ("stopped", state == "banned")
    assert row.jid, "it stays linked"
    linked.until(lambda: linked.pid() is None)


def test_killed_before_the_answer_a_message_is_uncertain_and_never_repeated(linked: Line) -> None:
    linked.server.acknowledging = False
    message_id = linked.queue("¿llegó?")
    linked.until(lambda: linked.server.sent)
    assert linked.message(message_id).state == "sending"
    os.kill(linked.pid() or 0, signal.SIGKILL)
    linked.server.acknowledging = True
    after = linked.until(
        lambda: linked.message(message_id).state == "uncertain" and linked.message(message_id)
    )
    assert after.failure == "interrupted"
    linked.becomes("connected")
    linked.send("otra")
    assert len(linked.server.sent) == 2
    linked.server.tick(linked.server.people[-1], linked.server.sent[0], ago=60)
    linked.until(lambda: linked.message(message_id).state == "delivered")


def test_an_answer_neonize_cannot_read_costs_a_process_and_no_message(linked: Line) -> None:
    """It leaves a client that looks connected and hears nothing (docs/whatsapp.md); only a new process helps."""
    maria, before = linked.server.people[-1], linked.pid()
    linked.server.tick(maria, "3EB0AAAA", kind="telepathy")
    linked.until(lambda: linked.pid() not in (None, before))
    linked.becomes("connected")
    wa_id = linked.server.write(maria, contents().Message(conversation="hola"))
    assert linked.until(lambda: linked.heard(wa_id))[0].body == "hola"
