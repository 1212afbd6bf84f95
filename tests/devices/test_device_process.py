"""Stories of a device's real process: pairing, sending once, dying, being logged out. Counted on the wire."""

from __future__ import annotations

import signal
import subprocess

import pytest
from sqlalchemy import insert, select, update

from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices.decode import decode
from clarin_web.devices.gateway import Receipt
from clarin_web.jobs import device_queue, enqueue
from clarin_web.models import DoNotContact, Message, WhatsappEvent

from .conftest import PHONE, Office, until

SEND = "clarin_web.devices.jobs.send_message"


def tell(office: Office, message_id: int) -> None:
    enqueue(device_queue(office.device_id), SEND, office.account_id, office.device_id, message_id)


def is_connected(office: Office) -> bool:
    return office.device().state == "connected"


def is_heard(office: Office, process: subprocess.Popen[bytes]) -> bool:
    """This process, not the one before it, whose last words the row keeps until the next one speaks."""
    return is_connected(office) and office.device().process.endswith(f":{process.pid}")


def test_pairing_shows_a_code_and_ends_linked(office: Office) -> None:
    office.script(pair_after=40.0)
    office.set(wanted="paired")
    office.start()
    shown = until(lambda: (row := office.device()).qr and row)
    assert (shown.state, shown.qr_expires_at is not None) == ("pairing", True)
    assert shown.qr.startswith("simulated-whatsapp:")
    linked = until(lambda: (row := office.device()).state == "connected" and row)
    assert (linked.phone, linked.wanted, linked.qr) == (f"+5198{office.device_id:07d}", "connected", None)


def test_a_code_nobody_scans_expires_and_says_so(office: Office) -> None:
    office.script(pair_after=None)
    office.set(wanted="paired")
    process = office.start()
    row = until(lambda: (row := office.device()).state == "unpaired" and row.state_reason and row)
    assert (row.state_reason, row.wanted, row.qr) == ("code_expired", "stopped", None)
    assert process.wait(120) == 0


def test_a_message_goes_out_once_though_its_job_comes_three_times(linked: Office) -> None:
    linked.start()
    until(lambda: is_connected(linked))
    first, second = linked.queue("hola", "¿sigue interesada?")
    for message_id in (second, first, second, first, second):
        tell(linked, message_id)
    until(lambda: linked.states() == ["sent", "sent"])
    assert linked.world.wire() == [("W0000", PHONE, "hola"), ("W0001", PHONE, "¿sigue interesada?")]
    assert until(lambda: linked.device().last_out_at)


def test_messages_whose_jobs_were_lost_go_out_anyway_in_order(linked: Office) -> None:
    linked.queue(*[f"texto {n}" for n in range(20)])
    linked.start()
    until(lambda: set(linked.states()) == {"sent"})
    assert [body for _, _, body in linked.world.wire()] == [f"texto {n}" for n in range(20)]


def test_receipts_come_back_as_events(linked: Office) -> None:
    linked.start()
    (message_id,) = linked.queue("hola")
    tell(linked, message_id)

    def statuses() -> list[str]:
        with tenant(linked.account_id):
            query = select(WhatsappEvent.kind, WhatsappEvent.raw).order_by(WhatsappEvent.id)
            rows = session().execute(query).all()
        release()
        events = [event for kind, raw in rows for event in decode(kind, raw)]
        return [event.status for event in events if isinstance(event, Receipt)]

    until(lambda: statuses() == ["delivered", "read"])


def test_killing_the_process_loses_and_doubles_nothing(linked: Office) -> None:
    linked.queue(*[f"texto {n}" for n in range(60)])
    for at_least in (3, 20, 40):
        process = linked.start()
        until(lambda least=at_least: len(linked.world.wire()) >= least)
        process.send_signal(signal.SIGKILL)
        process.wait(5)
    linked.start()
    until(lambda: not {"queued", "sending"} & set(linked.states()), 60)
    wire = [wa_id for wa_id, _, _ in linked.world.wire()]
    states = dict(zip([f"W{n:04d}" for n in range(60)], linked.states(), strict=True))
    assert len(wire) == len(set(wire)), "a customer saw a message twice"
    assert set(states.values()) <= {"sent", "uncertain"}
    assert sum(state == "uncertain" for state in states.values()) <= 3, "at most one doubt per kill"
    assert {wa_id for wa_id, state in states.items() if state == "sent"} <= set(wire)


def test_two_processes_never_share_a_device(linked: Office) -> None:
    linked.start()
    until(lambda: is_connected(linked))
    assert linked.start().wait(120) == 4


def test_who_must_not_be_contacted_is_refused_at_the_last_gate(linked: Office) -> None:
    with tenant(linked.account_id), transaction():
        blocked = {"account_id": linked.account_id, "kind": "phone", "value": f"+{PHONE}"}
        execute(insert(DoNotContact).values(**blocked))
    linked.queue("oferta")
    linked.start()
    until(lambda: linked.states() == ["failed"])
    assert linked.world.wire() == []


def test_a_send_nobody_confirmed_is_shown_and_never_repeated(linked: Office) -> None:
    linked.world.turn("doubt")
    linked.start()
    until(lambda: is_connected(linked))
    (message_id,) = linked.queue("¿llegó?")
    tell(linked, message_id)
    until(lambda: linked.states() == ["uncertain"])
    tell(linked, message_id)
    (after,) = linked.queue("otra", prefix="X")
    tell(linked, after)
    until(lambda: linked.states() == ["uncertain", "sent"])
    assert len(linked.world.wire()) == 2


def test_a_send_interrupted_by_a_crash_becomes_uncertain_at_the_next_start(linked: Office) -> None:
    linked.queue("a medias")
    with tenant(linked.account_id), transaction():
        execute(update(Message).values(state="sending"))
    linked.start()
    until(lambda: linked.states() == ["uncertain"])
    assert linked.world.wire() == []


def test_a_lost_connection_keeps_messages_waiting_and_then_sends_them(linked: Office) -> None:
    linked.start()
    until(lambda: is_connected(linked))
    linked.world.turn("drop", "100")
    until(lambda: linked.device().state == "reconnecting")
    (message_id,) = linked.queue("espera")
    tell(linked, message_id)
    assert linked.states() == ["queued"]
    until(lambda: linked.states() == ["sent"])


@pytest.mark.parametrize(
    ("knob", "state"), [("logout", "logged_out"), ("ban", "banned"), ("replace", "replaced")]
)
def test_an_end_decided_by_whatsapp_stops_the_device_and_says_why(
    linked: Office, knob: str, state: str
) -> None:
    process = linked.start()
    until(lambda: is_connected(linked))
    linked.world.turn(knob)
    assert process.wait(120) == 0
    row = linked.device()
    assert (row.state, row.wanted) == (state, "stopped")
    assert (row.jid is None) == (knob == "logout")


def test_logging_out_here_unlinks_the_phone(linked: Office) -> None:
    process = linked.start()
    until(lambda: is_connected(linked))
    enqueue(
        device_queue(linked.device_id), "clarin_web.devices.jobs.log_out", linked.account_id, linked.device_id
    )
    assert process.wait(120) == 0
    assert (linked.device().state, linked.world.recall("session")) == ("logged_out", None)


def test_a_stop_ends_in_time_and_a_dead_gateway_ends_the_process(linked: Office) -> None:
    process = linked.start()
    until(lambda: is_heard(linked, process))
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 0
    another = linked.start()
    until(lambda: is_heard(linked, another))
    linked.world.turn("die")
    assert another.wait(10) == 3


def test_a_process_that_cannot_start_fails_its_test_at_once_with_what_it_said(
    linked: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLARIN_DEVICE_GATEWAY", "telepathy")
    linked.start()
    with pytest.raises(AssertionError, match="'telepathy': it is neonize or simulator"):
        until(lambda: is_connected(linked))
