"""An account with numbers, and their real processes: started as the supervisor starts them, always stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from clarin_web.accounts.actions import create_account
from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices import gateways
from clarin_web.devices.simulator import script as scripts
from clarin_web.devices.simulator.world import World
from clarin_web.models import Chat, Contact, Device, Message
from tests.support.device_forks import Fork, forks

PROCESS = "from clarin_web.devices import child; import os; child.main({account}, {device}, os.getppid())"
PHONE = "51987654321"


# How a device's process may end in these stories: as told, gateway dead, owned elsewhere, killed by the test.
ORDINARY = (0, 3, 4, -signal.SIGKILL)
_running: list[tuple[Fork, Path]] = []


def until(true: Callable[[], Any], seconds: float = 120) -> Any:
    """Wait for another process; fails with what it said when it died, else with the condition's name."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := true():
            return found
        for process, said in _running:
            if process.poll() not in (None, *ORDINARY):
                raise AssertionError(f"the device's process ended with {process.returncode}:\n{_tail(said)}")
        time.sleep(0.05)
    raise AssertionError(f"never became true in {seconds}s: {true}")


def _tail(file: Path) -> str:
    return file.read_text(errors="replace")[-3000:]


@dataclass
class Office:
    """One account, one device, one chat with one customer."""

    account_id: int
    device_id: int
    chat_id: int
    processes: list[Fork] = field(default_factory=list)

    @property
    def world(self) -> World:
        return World(gateways.folder() / f"{self.device_id}.sim.db")

    def script(self, **values: Any) -> scripts.Script:
        script = scripts.Script(phone=f"5198{self.device_id:07d}", **values)
        scripts.save(script, gateways.folder() / f"{self.device_id}.script.json")
        return script

    def start(self) -> Fork:
        """The device's process, as `worker.py device` runs it, without the pages."""
        said = gateways.folder() / f"{self.device_id}.{len(self.processes)}.log"
        said.parent.mkdir(parents=True, exist_ok=True)
        process = forks().start(self.account_id, self.device_id, said)
        self.processes.append(process)
        _running.append((process, said))
        return process

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        for _, said in _running:
            sys.stderr.write(_tail(said))  # pytest shows it beside a failure
        _running.clear()

    def device(self) -> Any:
        with tenant(self.account_id):
            row = session().execute(select(Device).where(Device.id == self.device_id)).scalar_one()
            session().expunge_all()
        release()
        return row

    def set(self, **values: Any) -> None:
        with tenant(self.account_id), transaction():
            execute(update(Device).where(Device.id == self.device_id).values(**values))
        release()

    def queue(self, *texts: str, prefix: str = "W", **values: Any) -> list[int]:
        """Messages a seller wrote, as rows."""
        rows = [
            {
                "account_id": self.account_id, "chat_id": self.chat_id, "wa_id": f"{prefix}{number:04d}",
                "direction": "out", "body": text, "state": "queued", **values,
            }
            for number, text in enumerate(texts)
        ]  # fmt: skip
        with tenant(self.account_id), transaction():
            ids = list(session().scalars(insert(Message).returning(Message.id), rows))
        release()
        return sorted(ids)

    def states(self) -> list[str]:
        with tenant(self.account_id):
            query = select(Message.state).where(Message.chat_id == self.chat_id).order_by(Message.id)
            found = list(session().scalars(query))
        release()
        return found


@contextmanager
def an_office() -> Iterator[Office]:
    """Made, and everything it left running or lying about taken away."""
    account_id = create_account("Andina")
    with tenant(account_id), transaction():
        made = {"account_id": account_id}
        old = {"first_linked_at": datetime.now(UTC) - timedelta(days=400)}  # a young one writes to few
        device = insert(Device).values(**made, **old, name="Ventas")
        device_id = execute(device.returning(Device.id)).scalar_one()
        contact_id = execute(insert(Contact).values(**made, name="María").returning(Contact.id)).scalar_one()
        chat = insert(Chat).values(**made, device_id=device_id, contact_id=contact_id, key=PHONE)
        chat_id = execute(chat.returning(Chat.id)).scalar_one()
    release()
    office = Office(account_id, device_id, chat_id)
    yield office
    office.stop()
    for file in Path(gateways.folder()).glob(f"{device_id}.*"):
        file.unlink()


@pytest.fixture
def office() -> Iterator[Office]:
    with an_office() as made:
        yield made


@pytest.fixture
def linked(office: Office) -> Office:
    """Already paired and wanted; its customers only read."""
    office.script(people=[])
    office.set(jid="simulated:1", phone=f"+5198{office.device_id:07d}", wanted="connected")
    return office
