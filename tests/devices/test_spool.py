"""The spool: what WhatsApp says while PostgreSQL is away comes into the database in order, exactly once."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from clarin_web.chats.jobs import process_events
from clarin_web.db import release, session, tenant
from clarin_web.devices import gateways
from clarin_web.devices.intake import Intake
from clarin_web.devices.simulator.script import Persona
from clarin_web.models import Message, WhatsappEvent
from tests.support.counting import told
from tests.support.outage import database_away

from .conftest import PHONE, Office, until

HALF = b'{"kind": "simulator.message", "raw": "eyJ3YV9pZCI6ICJTSU0'


def spool_of(office: Office) -> Path:
    return gateways.folder() / f"{office.device_id}.spool"


def events(office: Office) -> list[str]:
    with tenant(office.account_id):
        query = select(WhatsappEvent.raw).where(WhatsappEvent.device_id == office.device_id)
        found = [raw.decode() for raw in session().scalars(query.order_by(WhatsappEvent.id))]
    release()
    return found


@pytest.fixture
def intake(office: Office) -> Intake:
    spool_of(office).parent.mkdir(parents=True, exist_ok=True)
    return Intake(office.account_id, office.device_id, spool_of(office))


def test_a_customer_who_writes_through_an_outage_and_a_crash_is_heard_in_order_exactly_once(
    office: Office,
) -> None:
    office.script(people=[Persona(PHONE, "María", openings=["uno", "dos", "tres"])], opens_every=(5.0, 5.0))
    office.set(jid="simulated:1", phone=f"+5198{office.device_id:07d}", wanted="connected")
    child = office.start()
    until(lambda: len(events(office)) > 2)
    with database_away():
        until(lambda: spool_of(office).exists() and spool_of(office).read_bytes().count(b"\n") > 4)
        child.send_signal(signal.SIGKILL)
        child.wait(120)
        with open(spool_of(office), "ab") as spool:
            spool.write(HALF)  # where the next line was when the process died
    before = len(events(office))
    office.start()
    until(lambda: not spool_of(office).exists() and len(events(office)) > before + 6)
    office.stop()
    process_events(office.account_id, office.device_id)
    with tenant(office.account_id):
        query = select(Message.wa_id).where(Message.chat_id == office.chat_id, Message.direction == "in")
        kept = list(session().scalars(query.order_by(Message.id)))
    release()
    heard = [said.wa_id for said in told(gateways.folder() / f"{office.device_id}.sim.db")]
    assert kept == heard
    assert len(heard) > 8


def test_a_spool_left_behind_is_read_at_the_next_start_though_nobody_writes(
    linked: Office, intake: Intake
) -> None:
    with database_away():
        intake.keep("test.message", b"left behind")
    linked.start()
    until(lambda: "left behind" in events(linked))
    assert not spool_of(linked).exists()


def test_a_half_written_line_spoils_neither_the_ones_before_nor_the_ones_after(
    office: Office, intake: Intake
) -> None:
    with database_away():
        intake.keep("test.message", b"before")
        with open(spool_of(office), "ab") as spool:
            spool.write(HALF)
        intake.keep("test.message", b"after")
    assert intake.flush()
    assert events(office) == ["before", "after"]


def test_a_crash_between_commit_and_forgetting_the_spool_doubles_nothing(
    office: Office, intake: Intake
) -> None:
    with database_away():
        for text in (b"one", b"two"):
            intake.keep("test.message", text)
    kept = spool_of(office).read_bytes()
    assert intake.flush()
    spool_of(office).write_bytes(kept)
    assert intake.flush()
    assert events(office) == ["one", "two"]


def test_with_a_full_disk_and_no_database_the_event_waits_instead_of_being_lost(
    office: Office, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as outage:

        def full(_row: object) -> None:
            outage.close()  # the database is back while we wait
            raise OSError(28, "No space left on device")

        outage.enter_context(database_away())
        intake.keep("test.message", b"on disk")
        monkeypatch.setattr(intake, "_append", full)
        intake.keep("test.message", b"waits")
    assert events(office) == ["on disk", "waits"]
