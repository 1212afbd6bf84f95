"""A whole Clarin with numbers of the real neonize, each on a loopback WhatsApp of its own, to be killed piece by piece."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from clarin_web.lib.ports import reserved
from clarin_web.local.home import ROOT
from tests.support.office import Seller, field_of, is_up
from tests.support.waiting import until
from tests.support.whatsapp_line import a_whatsapp
from tests.support.whatsapp_server.people import Person, contents
from tests.support.whatsapp_server.server import WhatsappServer
from tests.support.whole import Whole, whole

SITE = Path(__file__).resolve().parent / "whatsapp_site"
OWNERS = ("51900000001", "51900000002")
# By the words of their command lines: a number's process, their supervisor, a worker, PostgreSQL.
VICTIMS = ("worker.py device ", "worker.py devices", "worker.py work chats", "bin/postgres -D")
SETTINGS = {
    "CLARIN_DEVICE_GATEWAY": "neonize",
    "CLARIN_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
}
# What keeps a number out of trouble is another story: here everything is to leave at once.
UNHURRIED = "pace_seconds = 0, daily_known = 100000, daily_answered = 100000, daily_cold = 100000"


@dataclass
class Number:
    """A linked number, its WhatsApp and the customers who write to it."""

    device_id: int
    server: WhatsappServer
    people: list[Person] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)  # id → words

    def say(self, words: str) -> str:
        """The next customer writes."""
        person = self.people[len(self.said) % len(self.people)]
        wa_id = self.server.write(person, contents().Message(conversation=words))
        self.said[wa_id] = words
        return wa_id

    def received(self) -> list[str]:
        return [got.text for person in self.people for got in person.received]


@dataclass
class WhatsappOffice:
    clarin: Whole
    browser: httpx.Client
    numbers: list[Number]
    back: list[tuple[float, str]] = field(
        default_factory=list
    )  # seconds until all was well, and what was killed
    killed: Counter[str] = field(default_factory=Counter)

    def rows(self) -> dict[str, list[tuple[str, str]]]:
        """Customers' messages: id → (kind, words) of each row there is."""
        found: dict[str, list[tuple[str, str]]] = {}
        query = "SELECT wa_id, kind, body FROM message WHERE direction = 'in'"
        for wa_id, kind, body in self.clarin.ask(query):
            found.setdefault(wa_id, []).append((kind, body))
        return found

    def chats(self) -> list[int]:
        return [row[0] for row in self.clarin.ask("SELECT id FROM chat ORDER BY id")]

    def states(self) -> Counter[str]:
        query = "SELECT state, count(*) FROM message WHERE direction = 'out' GROUP BY state"
        return Counter({state: int(number) for state, number in self.clarin.ask(query)})

    def kill(self, victims: Sequence[str], dice: random.Random) -> None:
        """kill -9 of each, and measure until every number hears a customer again: by itself, or not at all."""
        begun = time.monotonic()
        for victim in victims:
            found = until(lambda victim=victim: self.clarin.pids(victim))
            os.kill(dice.choice(found) if victim == VICTIMS[0] else found[0], signal.SIGKILL)
            self.killed[victim] += 1
        probes = [number.say(f"¿siguen ahí? {len(self.back)}") for number in self.numbers]
        until(lambda: all(self.has(probe) for probe in probes), 120)
        self.back.append((time.monotonic() - begun, ", ".join(victims)))

    def has(self, wa_id: str) -> bool:
        return bool(self.clarin.ask("SELECT 1 FROM message WHERE wa_id = %s AND kind = 'text'", wa_id))


@contextmanager
def opened(place: Path, customers: int) -> Iterator[WhatsappOffice]:
    """Signed in as the owner, every number linked and known to its customers."""
    with ExitStack() as stack:
        folders = [place / f"whatsapp-{owner}" for owner in OWNERS]
        for folder in folders:
            folder.mkdir()
        servers = [stack.enter_context(a_whatsapp(folder)) for folder in folders]
        numbers = [Number(device_id, server) for device_id, server in enumerate(servers, 1)]
        for number, owner in zip(numbers, OWNERS, strict=True):
            number.server.owner.phone = owner
            number.people = [
                number.server.welcome(f"5191111{number.device_id}{n:04d}", f"Cliente {n}")
                for n in range(customers)
            ]
        authorities = place / "authorities.pem"
        authorities.write_bytes(b"".join(server.tls.ca.read_bytes() for server in servers))
        whatsapps = {n.device_id: [n.server.proxy.url, n.server.noise.root.public.hex()] for n in numbers}
        env = {
            **SETTINGS, "CLARIN_TEST_WHATSAPPS": json.dumps(whatsapps), "SSL_CERT_FILE": str(authorities),
            "PYTHONPATH": f"{SITE}:{ROOT}",
        }  # fmt: skip
        clarin = stack.enter_context(whole(place / "clarin", reserved(), env))
        password, address = clarin.said(r"[Pp]assword:?\s+(\S+)"), clarin.said(r"Clarin is at (\S+)")
        until(lambda: is_up(address))
        browser = stack.enter_context(httpx.Client(base_url=address, timeout=120))
        browser.post("/login", data={"email": "owner@clarin.local", "password": password})
        browser.headers["X-CSRF-Token"] = field_of(browser.get("/devices").text, "csrf_token")
        office = WhatsappOffice(clarin, browser, numbers)
        for number in numbers:
            _link(office, number)
        yield office


def _link(office: WhatsappOffice, number: Number) -> None:
    made = office.browser.post("/devices", data={"name": f"Ventas {number.device_id}"})
    assert made.headers["Location"].endswith(f"/devices/{number.device_id}"), made.text[:300]
    mine = "FROM device WHERE id = %s"
    code = until(lambda: office.clarin.ask(f"SELECT qr {mine} AND qr IS NOT NULL", number.device_id))
    number.server.scan(code[0][0])
    until(lambda: office.clarin.ask(f"SELECT 1 {mine} AND state = 'connected'", number.device_id))
    office.clarin.ask(f"UPDATE device SET {UNHURRIED} WHERE id = %s RETURNING id", number.device_id)
    for n in range(len(number.people)):
        number.say(f"hola {n}")
    until(lambda: all(office.has(wa_id) for wa_id in number.said))


def sellers_of(office: WhatsappOffice, messages: int, pause: float) -> list[Seller]:
    """Two sellers, each with every other chat, who write until they have done their part."""
    made = []
    for number in range(2):
        browser = httpx.Client(base_url=office.browser.base_url, timeout=30, cookies=office.browser.cookies)
        part = messages // 2 + (number < messages % 2)
        made.append(Seller(browser, office.chats()[number::2], f"vendedor {number}", pause, part))
    return made
