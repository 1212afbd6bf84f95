"""An account of its own with scripted numbers, gone with the block."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert

from clarin_web import db
from clarin_web.accounts.access import cookie_name, signed_in_by
from clarin_web.accounts.actions import create_account, create_user, open_session
from clarin_web.cli.seed import drop_account
from clarin_web.config import settings
from clarin_web.db import execute, leave_tenant, tenant, transaction
from clarin_web.devices.gateway import Address, IncomingMessage, Kind, MessageKind
from clarin_web.devices.simulator import script as scripts
from clarin_web.devices.simulator.script import Persona, Script
from clarin_web.devices.simulator.world import World
from clarin_web.models import Device

CUSTOMERS = 25
EMAIL = "bench-whatsapp@clarin.local"


@dataclass
class Office:
    """`devices` are ids; `cookie` and `csrf` are the owner's."""

    account_id: int
    devices: list[int]
    cookie: str = ""
    csrf: str = ""
    worlds: dict[int, World] = field(default_factory=dict)

    def say(
        self, device: int, number: int, at: datetime, text: str, wa_id: str
    ) -> tuple[datetime, IncomingMessage]:
        """A text of one of the number's customers, planned."""
        who = customer(self.devices.index(device), number % CUSTOMERS)
        here = Address(Kind.USER, who.phone)
        return at, IncomingMessage(wa_id, here, here, at, MessageKind.TEXT, text, push_name=who.name)


def customer(place: int, number: int) -> Persona:
    """Silent ones: only what the bench plans is said."""
    return Persona(f"519{place:03d}{number:05d}", f"Cliente {place}-{number}", silent=True)


@contextmanager
def opened(devices: int) -> Iterator[Office]:
    account_id = create_account("Bench WhatsApp", country="PE", currency="PEN", time_zone="America/Lima")
    try:
        office = _office(account_id, devices)
        _sign_in(office)
        yield office
    finally:
        db.release()
        drop_account(account_id)


def _office(account_id: int, devices: int) -> Office:
    with tenant(account_id), transaction():
        made = [_device(account_id, place) for place in range(devices)]
    db.release()
    office = Office(account_id, made)
    folder = settings().state_dir / "devices"
    for place, device in enumerate(made):
        people = [customer(place, number) for number in range(CUSTOMERS)]
        scripts.save(Script(_phone(account_id, place), people=people), folder / f"{device}.script.json")
        office.worlds[device] = World(folder / f"{device}.sim.db")
    return office


def _device(account_id: int, place: int) -> int:
    row = {
        "account_id": account_id,
        "name": f"Número {place}",
        "phone": f"+{_phone(account_id, place)}",
        "jid": f"simulated:{_phone(account_id, place)}",
        "wanted": "connected",
        "creates_leads": False,
    }
    return int(execute(insert(Device).values(row).returning(Device.id)).scalar_one())


def _phone(account_id: int, place: int) -> str:
    return f"5198{account_id % 10_000:04d}{place:03d}"


def _sign_in(office: Office) -> None:
    password = secrets.token_urlsafe(20)
    user = create_user(office.account_id, email=EMAIL, name="Bench", password=password, role="owner")
    value = open_session(user, office.account_id, ip="127.0.0.1", user_agent="bench")
    who = signed_in_by(value)
    db.release()
    leave_tenant()
    assert who is not None  # noqa: S101 -- opened a line above
    office.cookie, office.csrf = f"{cookie_name()}={value}", who.csrf_token
