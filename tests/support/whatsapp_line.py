"""A number of ours on the loopback WhatsApp, kept alive by a supervisor as in production.

Linux only, where the memory of neonize's library can be found; see tests/devices/conftest.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from clarin_web.chats.jobs import process_events
from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices import downloads
from clarin_web.devices import supervisor as supervisors
from clarin_web.devices.supervisor import Supervisor
from clarin_web.jobs import device_queue, enqueue
from clarin_web.local.processes import stop
from clarin_web.media.actions.keeping import keep
from clarin_web.media.jobs import examine
from clarin_web.media.storage import scratch
from clarin_web.models import Chat, Contact, Media, Message
from tests.support import whatsapp_device
from tests.support.running import PATIENCE, _start
from tests.support.waiting import until
from tests.support.whatsapp_server.authority import HOSTS
from tests.support.whatsapp_server.people import Person
from tests.support.whatsapp_server.server import WhatsappServer

OWNER = "51900000001"
SEND = "clarin_web.devices.jobs.send_message"


class Line:
    """`office`: an account with one device, as in tests/devices/conftest.py."""

    def __init__(self, office: Any, server: WhatsappServer) -> None:
        self.office, self.server, self.supervisor = office, server, Supervisor()
        self.fetching: subprocess.Popen[bytes] | None = None

    def until(self, true: Callable[[], Any]) -> Any:
        """What `true` answers, while the supervisor looks after the process and events are read."""

        def look() -> Any:
            self.supervisor.look()
            if self.fetching:
                downloads.look()
            process_events(self.office.account_id, self.office.device_id)
            return true()

        try:
            return until(look, 180)
        except AssertionError as failure:
            raise AssertionError(f"{failure}; the device: {vars(self.office.device())}") from failure

    def until_there(self, true: Callable[[], Any]) -> Any:
        """The same for what needs nobody's help."""
        return until(true, 60)

    def chat_of(self, phone: str) -> int:
        with tenant(self.office.account_id):
            found = execute(select(Chat.id).where(Chat.key == phone)).scalar_one()
        release()
        return int(found)

    def becomes(self, state: str) -> Any:
        return self.until(lambda: (row := self.office.device()).state == state and row)

    def ask_for_code(self, phone: str | None = None) -> str:
        """A QR code's text, or the letters to type on that phone."""
        self.office.set(wanted="paired", state="pairing", qr=None, pairing_phone=phone)
        shown = "pair_code" if phone else "qr"
        return str(self.until(lambda: getattr(self.office.device(), shown)))

    def link(self) -> None:
        self.server.scan(self.ask_for_code())
        self.becomes("connected")

    def pid(self) -> int | None:
        kept = self.supervisor.kept.get((self.office.account_id, self.office.device_id))
        return kept.process.pid if kept and kept.process else None

    def send(self, text: str, **values: Any) -> int:
        """A seller's message; `values` are columns of its row."""
        message_id = self.queue(text, **values)
        self.until(lambda: self.message(message_id).state == "sent")
        return message_id

    def send_file(self, kind: str, data: bytes, **about: Any) -> int:
        """A seller's file; `about` are columns of its media row."""
        message_id = self.queue_file(kind, data, **about)
        self.until(lambda: self.message(message_id).state == "sent")
        return message_id

    def queue_file(self, kind: str, data: bytes, **about: Any) -> int:
        """The same, without waiting for what becomes of it."""
        (message_id,) = self.office.queue("mire", prefix=os.urandom(4).hex(), kind=kind, state="sent")
        row = {
            "account_id": self.office.account_id,
            "message_id": message_id,
            "state": "ready",
            "size": len(data),
        }
        with tenant(self.office.account_id), transaction(), scratch() as path:
            path.write_bytes(data)
            execute(insert(Media).values(**row, hash=keep(self.office.account_id, path), **about))
            execute(update(Message).where(Message.id == message_id).values(state="queued"))
        release()
        self.give(SEND, message_id)
        return int(message_id)

    def queue(self, text: str, **values: Any) -> int:
        """The same, without waiting for what becomes of it."""
        (message_id,) = self.office.queue(text, prefix=os.urandom(4).hex(), **values)
        self.give(SEND, message_id)
        return int(message_id)

    def chat_with(self, phone: str) -> int:
        """A chat somebody opened to write first."""
        who = {"account_id": self.office.account_id}
        with tenant(self.office.account_id), transaction():
            contact_id = execute(insert(Contact).values(**who, name="?").returning(Contact.id)).scalar_one()
            chat = insert(Chat).values(
                **who, device_id=self.office.device_id, contact_id=contact_id, key=phone
            )
            chat_id = execute(chat.returning(Chat.id)).scalar_one()
        release()
        return chat_id

    def chat_key(self, chat_id: int) -> str:
        with tenant(self.office.account_id):
            key = execute(select(Chat.key).where(Chat.id == chat_id)).scalar_one()
        release()
        return str(key)

    def give(self, job: str, *arguments: Any) -> None:
        """A job for the device's own process."""
        enqueue(device_queue(self.office.device_id), job, *self._ids, *arguments)

    def message(self, message_id: int) -> Any:
        return self._rows(Message.id == message_id)[0]

    def heard(self, wa_id: str) -> list[Any]:
        """Every row there is of a customer's message."""
        return self._rows(Message.wa_id == wa_id)

    def fetch_files(self) -> None:
        """From now on the worker of files runs."""
        self.fetching = self.fetching or _start([sys.executable, "worker.py", "files"])

    def file(self, wa_id: str) -> Any:
        """The file of that message, once something became of it."""
        self.fetch_files()
        return self.until(lambda: (found := self._file(wa_id)) and found.state != "waiting" and found)

    def _file(self, wa_id: str) -> Any:
        """Looked at here as soon as its bytes are there: no worker runs beside these tests."""
        query = select(Media).join(Message, Message.id == Media.message_id).where(Message.wa_id == wa_id)
        with tenant(self.office.account_id):
            if (found := session().scalar(query)) and found.hash and found.state == "waiting":
                examine(self.office.account_id, found.id)
            session().expunge_all()
        release()
        return found

    @property
    def _ids(self) -> tuple[int, int]:
        return self.office.account_id, self.office.device_id

    def _rows(self, condition: Any) -> list[Any]:
        columns = (Message.body, Message.state, Message.kind, Message.wa_id, Message.quoted_wa_id)
        query = (
            select(
                *columns,
                Message.id,
                Message.failure,
                Message.hold,
                Message.direction,
                Message.sender_key,
                Message.extra,
                Chat.key,
                Chat.unread,
            )
            .join(Chat, Chat.id == Message.chat_id)
            .where(condition)
        )
        with tenant(self.office.account_id):
            found = list(session().execute(query))
        release()
        return found


@contextmanager
def a_whatsapp(folder: Path) -> Iterator[WhatsappServer]:
    """At its end it must have understood everything, and nobody may have asked for any other host."""
    with WhatsappServer(folder, Person(OWNER, "Andina")) as server:
        yield server
    assert server.complaints == []
    assert set(server.proxy.asked) <= set(HOSTS)


@contextmanager
def a_line(office: Any, server: WhatsappServer) -> Iterator[Line]:
    """The product's own command for the process, told of our proxy and our authorities."""
    product = supervisors.command

    def command(key: tuple[int, int]) -> list[str]:
        _python, _worker, *arguments = product(key)
        return [sys.executable, whatsapp_device.__file__, server.noise.root.public.hex(), *arguments]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(supervisors, "command", command)
        patch.setenv("CLARIN_DEVICE_GATEWAY", "neonize")
        patch.setenv("WHATSAPP_PROXY", server.proxy.url)
        patch.setenv("SSL_CERT_FILE", str(server.tls.ca))
        office.set(pace_seconds=0)  # how long a number waits between strangers is another story
        line = Line(office, server)
        try:
            yield line
        finally:
            line.supervisor._stop_all()
            if line.fetching:
                stop(line.fetching, PATIENCE)
