"""Servers that go away in the middle of a send or an event: no doubt that need not be, nothing blamed on a message."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from clarin_web.chats import listening
from clarin_web.chats.actions import Hearing
from clarin_web.chats.jobs import process_events
from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices import outbox, outlet
from clarin_web.devices.gateway import Address, Capabilities, IncomingMessage, Kind, MessageKind, SentResult
from clarin_web.devices.jobs import send_waiting
from clarin_web.devices.outgoing import Outgoing, OutgoingText
from clarin_web.devices.simulator.wire import encode
from clarin_web.models import Message, WhatsappEvent
from tests.support.outage import database_away

from .conftest import PHONE, Office, until


class Gateway:
    """Sends in memory; `during` happens while a message is on its way."""

    capabilities = Capabilities(caller_message_ids=True)

    def __init__(self) -> None:
        self.wire: list[str] = []
        self.during = lambda: None

    def send(self, message: Outgoing) -> SentResult:
        assert isinstance(message, OutgoingText)
        self.wire.append(message.text)
        self.during()
        return SentResult(message.wa_id, datetime.now(UTC))


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    outlet.install(made)  # type: ignore[arg-type]
    yield made
    outlet.install(None)


def test_a_stop_in_the_middle_of_a_long_queue_leaves_no_doubt(linked: Office) -> None:
    linked.queue(*[f"texto {n}" for n in range(400)])
    child = linked.start()
    until(lambda: len(linked.world.wire()) > 5)
    child.send_signal(signal.SIGTERM)
    assert child.wait(120) == 0
    states = linked.states()
    assert set(states) <= {"sent", "queued"}
    assert states.count("sent") == len(linked.world.wire()) < 400


def test_an_outcome_is_written_when_the_database_is_back_however_late(
    office: Office, gateway: Gateway
) -> None:
    with ExitStack() as outage:
        back = threading.Timer(2.0, outage.close)

        def away() -> None:
            outage.enter_context(database_away())
            back.start()

        gateway.during = away
        office.queue("hola")
        send_waiting(office.account_id, office.device_id)
        back.join()
    assert (gateway.wire, office.states()) == (["hola"], ["sent"])


def test_a_claim_whose_commit_was_not_answered_is_let_go_and_sent_once(
    office: Office, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lost = outbox.claim, []

    def claim(*which: int) -> outbox.Claimed | None:
        claimed = real(*which)
        if not lost:
            lost.append(claimed)
            raise OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))
        return claimed

    monkeypatch.setattr(outbox, "claim", claim)
    office.queue("uno", "dos")
    send_waiting(office.account_id, office.device_id)
    assert lost
    assert (gateway.wire, office.states()) == (["uno", "dos"], ["sent", "sent"])


def test_an_event_is_not_blamed_for_a_database_that_went_away_under_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Address(Kind.USER, PHONE)
    raw, kind = encode(IncomingMessage("A1", here, here, datetime.now(UTC), MessageKind.TEXT, "hola"))
    row = {"account_id": office.account_id, "device_id": office.device_id, "kind": kind, "raw": raw}
    with tenant(office.account_id), transaction():
        execute(insert(WhatsappEvent).values(**row, dedupe="one"))
    release()
    real = listening.apply_event
    with ExitStack() as outage:

        def apply(hearing: Hearing, event: IncomingMessage) -> None:
            outage.enter_context(database_away())
            real(hearing, event)

        monkeypatch.setattr(listening, "apply_event", apply)
        assert process_events(office.account_id, office.device_id) is None, "the job ends; the row waits"
    monkeypatch.setattr(listening, "apply_event", real)
    assert process_events(office.account_id, office.device_id) == 1
    with tenant(office.account_id):
        event = execute(select(WhatsappEvent.attempts, WhatsappEvent.error)).one()
        kept = session().scalars(select(Message.body).where(Message.direction == "in")).all()
    release()
    assert (event.attempts, event.error, kept) == (0, "", ["hola"])
