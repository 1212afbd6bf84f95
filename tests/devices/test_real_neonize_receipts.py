"""The real neonize client, killed at the worst moment: nothing is confirmed to WhatsApp before its row is there, and what
was being opened then is asked for again. What a customer's phone cannot open it asks for in the same way."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateways import folder
from clarin_web.models import Message
from tests.support.whatsapp_line import Line, a_line, a_whatsapp
from tests.support.whatsapp_server.nodes import SERVER, Node
from tests.support.whatsapp_server.people import contents
from tests.support.whatsapp_server.protos import proto
from tests.support.world import wipe

from .conftest import PHONE, an_office

pytestmark = [pytest.mark.linux, pytest.mark.shared_world]


@pytest.fixture(scope="module")
def line(own_world: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with a_whatsapp(tmp_path_factory.mktemp("whatsapp")) as server:
        with an_office() as office, a_line(office, server) as made:
            made.server.welcome(PHONE, "María")
            made.link()
            yield made
    release()
    wipe()


@contextmanager
def nothing_can_be_stored() -> Iterator[psycopg.Connection]:
    """Rows wait, as behind a slow disk; whatever ends the wait, they were not stored."""
    url = make_url(os.environ["DATABASE_OWNER_URL"]).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as owner:
        owner.execute("LOCK TABLE whatsapp_event IN SHARE MODE")
        yield owner


def is_stuck(owner: psycopg.Connection) -> bool:
    query = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'whatsapp_event'::regclass"
    return owner.execute(query).fetchone() is not None


def is_running(pid: int) -> bool:
    """What has no command line any more has ended, though nobody may have asked yet how."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def forget_what_waits(owner: psycopg.Connection) -> None:
    """PostgreSQL would still store what a dead process asked for."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'whatsapp_event'::regclass"
    owner.execute(query)


@pytest.mark.parametrize("first", ["pkmsg", "msg"])
def test_a_kill_between_opening_and_storing_costs_no_message(line: Line, first: str) -> None:
    rosa = line.server.welcome("51911111171" if first == "msg" else "51911111172", "Rosa")
    if first == "msg":  # their conversation has begun, and ours has answered
        hello = line.server.write(rosa, contents().Message(conversation="hola"))
        line.until(lambda: line.heard(hello))
        line.send("buenas", chat_id=line.chat_of(rosa.phone))
    pid = line.pid()
    assert pid
    with nothing_can_be_stored() as owner:
        words = [f"{first} {number}" for number in range(5)]
        said = [line.server.write(rosa, contents().Message(conversation=text)) for text in words]
        line.until_there(lambda: is_stuck(owner))
        assert not {node.get("id") for node in line.server.confirmed} & set(said), (
            "confirmed before it was kept"
        )
        opened = (folder() / f"{line.office.device_id}.db.inflight").read_text()
        assert rosa.phone in opened or rosa.lid.user in opened
        os.kill(pid, signal.SIGKILL)
        forget_what_waits(owner)
    line.until(lambda: all(line.heard(wa_id) and line.heard(wa_id)[0].kind == "text" for wa_id in said))
    assert [[row.body for row in line.heard(wa_id)] for wa_id in said] == [[text] for text in words]
    line.until(lambda: set(said) <= {node.get("id") for node in line.server.confirmed})
    assert line.pid() != pid


def test_a_message_a_phone_cannot_open_is_locked_for_it_once_more(line: Line) -> None:
    maria = line.server.people[1]
    maria.cannot_open = 2  # then it sends new keys
    wa_id = line.message(line.send("¿me lees?")).wa_id
    line.until_there(lambda: maria.has(wa_id))
    assert (maria.received[-1].text, line.server.retries.asked[wa_id]) == ("¿me lees?", 2)
    line.send("y esto también")
    assert maria.received[-1].text == "y esto también"


def test_a_kill_before_a_phone_is_answered_does_not_leave_sent_on_what_it_cannot_read(line: Line) -> None:
    """WhatsApp asks the next process, which has the message no more: a person is told, and sends it again."""
    server, maria = line.server, line.server.people[1]
    rosa = server.welcome("51911111173", "Rosa")
    message_id = line.send("¿me lees ahora?")
    wa_id, pid = line.message(message_id).wa_id, line.pid()
    assert server.companion
    assert pid
    with nothing_can_be_stored() as owner:
        server.write(rosa, contents().Message(conversation="hola"))
        line.until_there(lambda: is_stuck(owner))  # and nothing is locked for María while it is
        server.retries.ask(server.companion, maria, Node("message", {"id": wa_id, "to": maria.lid}), "")
        server.companion.deliver(
            Node("notification", {"from": SERVER, "type": "later", "id": "later", "t": 1})
        )
        line.until_there(lambda: "later" not in server.companion.waiting)
        assert wa_id in server.companion.waiting, "confirmed, and nobody answered"
        os.kill(pid, signal.SIGKILL)
        forget_what_waits(owner)
    row = line.until(lambda: (row := line.message(message_id)).state == "failed" and row)
    assert row.failure == "not_opened"
    line.until(lambda: wa_id not in server.companion.waiting)


def test_what_a_phone_cannot_open_and_whatsmeow_has_no_more_is_not_sent(line: Line) -> None:
    """As after a kill: what whatsmeow remembers of its messages ends with it."""
    maria = line.server.people[1]
    message_id = line.send("se perdió")
    forgotten = Node("message", {"id": "3EB0FORGOTTEN", "to": maria.lid})
    with tenant(line.office.account_id), transaction():
        execute(update(Message).where(Message.id == message_id).values(wa_id=forgotten.get("id")))
    line.server.retries.ask(line.server.companion, maria, forgotten, "")
    row = line.until(lambda: (row := line.message(message_id)).state == "failed" and row)
    assert row.failure == "not_opened"


def test_a_history_confirmed_and_not_fetched_when_the_process_died_is_fetched_by_the_next(line: Line) -> None:
    rosa, history = (
        line.server.welcome("51911111174", "Rosa"),
        proto("waHistorySync.WAWebProtobufsHistorySync"),
    )
    told = history.HistorySync(syncType=history.HistorySync.RECENT)
    said = told.conversations.add(ID=str(rosa.jid)).messages.add().message
    said.key.ID, said.key.remoteJID = "3EB0BEF0CE", str(rosa.jid)
    said.messageTimestamp, said.message.conversation = int(time.time()) - 86400, "¿atienden los sábados?"
    pid, media = line.pid(), line.server.media
    assert pid
    with media.nothing_lies_there():
        wa_id = line.server.tell_history(told)
        line.until_there(lambda: wa_id in {node.get("id") for node in line.server.confirmed})
        os.kill(pid, signal.SIGKILL)
        line.until_there(lambda: not is_running(pid))
    assert not line.heard("3EB0BEF0CE")
    assert line.until(lambda: line.heard("3EB0BEF0CE"))[0].body == "¿atienden los sábados?"
