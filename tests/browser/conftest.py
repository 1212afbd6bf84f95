"""One office for browser stories: a sales pipeline, a linked number whose real process plays a simulated WhatsApp."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from clarin_web.devices import gateways
from clarin_web.devices.simulator import script as scripts
from clarin_web.devices.simulator.world import World
from clarin_web.local.home import ROOT
from clarin_web.local.processes import spawn, stop
from tests.chats.conftest import CUSTOMER, Phone, link, message
from tests.leads.conftest import make_lead, reload, sales  # noqa: F401  (fixtures)
from tests.support.cast import Person
from tests.support.running import PATIENCE, Web

ROSA = scripts.Persona(CUSTOMER.value, "Rosa", answer_chance=0, react_chance=0)


@pytest.fixture
def phone(app: Flask, ana: Person) -> Iterator[Phone]:
    with app.app_context():
        yield link(ana.account_id, jid="simulated:1")


@pytest.fixture
def heard() -> Callable[..., object]:
    return message


class WhatsApp:
    """The simulated world around the number: what Rosa writes there comes in through the number's own process."""

    def __init__(self, phone: Phone) -> None:
        self._world = World(gateways.folder() / f"{phone.device_id}.sim.db")

    def rosa_writes(self, *texts: str) -> None:
        self._world.plan([(datetime.now(UTC), message(text)) for text in texts])


@pytest.fixture
def whatsapp(phone: Phone) -> Iterator[WhatsApp]:
    """The number's process, as the supervisor starts it. Rosa reads what she gets, and answers nothing by herself."""
    folder = gateways.folder()
    script = scripts.Script(phone="51911222333", people=[ROSA])
    scripts.save(script, folder / f"{phone.device_id}.script.json")
    command = [
        sys.executable,
        "worker.py",
        "device",
        "--account",
        phone.account_id,
        "--device",
        phone.device_id,
    ]
    child = spawn(command, stop=signal.SIGTERM, output=subprocess.DEVNULL, env={**os.environ}, cwd=ROOT)
    yield WhatsApp(phone)
    stop(child, PATIENCE)
    for file in folder.glob(f"{phone.device_id}.*"):
        file.unlink()


@pytest.fixture
def web(own_world: None, server: str) -> Iterator[Web]:
    """A second web process, for a test that kills it; `server` stays for the others."""
    made = Web()
    made.start()
    yield made
    made.kill()
