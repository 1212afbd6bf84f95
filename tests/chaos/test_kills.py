"""kill -9 of everything that runs, one after the other, while people write to each other: nothing lost, nothing twice.

A seller posts through HTTP and asks again when no answer comes; simulated customers write in and answer. At the end
every accepted message is counted on the wire, and every message of a customer in the database.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import redis

from clarin_web.devices.simulator import script as scripts
from clarin_web.devices.simulator.script import Persona, Script
from clarin_web.devices.simulator.world import World
from clarin_web.local.services import addresses
from tests.support.counting import Said, sent, told
from tests.support.running import _free_port
from tests.support.waiting import until
from tests.support.whole import Whole, whole

SETTINGS = {
    "CLARIN_DEVICE_GATEWAY": "simulator",
    "CLARIN_SIM_SPEED": "50",
    "CLARIN_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
}
PEOPLE = [
    Persona(f"5198765432{n}", name, openings=["¿precio?", "¿cuándo?", "gracias"], answer_chance=0.3)
    for n, name in enumerate(("María", "Luis", "Rosa"))
]
VALKEY = "valkey-server"
# What is killed, by the words of its command line. PostgreSQL last: it takes everybody's connections with it.
VICTIMS = (
    "wsgi:app",
    "worker.py jobs",
    "worker.py work chats",
    "worker.py device ",
    VALKEY,
    "bin/postgres -D",
)


@dataclass(frozen=True)
class Accepted:
    """A message that the server said it has."""

    chat_id: int
    client_id: str
    body: str


@dataclass
class Seller:
    """Somebody who writes to every chat in turn, and sends again what was not answered."""

    browser: httpx.Client
    chats: list[int]
    accepted: list[Accepted] = field(default_factory=list)
    repeated: int = 0
    refused: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        fresh = {chat: self._open(chat) for chat in self.chats}
        while not self.done.is_set() and not self.refused:
            number = len(self.accepted)
            chat = self.chats[number % len(self.chats)]
            if answer := self._post(chat, fresh[chat], f"mensaje {number:04d}"):
                self.accepted.append(Accepted(chat, fresh[chat], f"mensaje {number:04d}"))
                fresh[chat] = field_of(answer, "client_id")
            self.done.wait(0.3)

    def _open(self, chat: int) -> str:
        page = self.browser.get(f"/chats/{chat}").text
        self.browser.headers["X-CSRF-Token"] = field_of(page, "csrf_token")
        return field_of(page, "client_id")

    def _post(self, chat: int, client_id: str, body: str) -> str:
        """The answer, or nothing: then the same form goes out again, as a person presses the button again."""
        try:
            form = {"body": body, "client_id": client_id}
            answer = self.browser.post(f"/chats/{chat}/messages", data=form, headers={"HX-Request": "true"})
        except httpx.TransportError:
            self.repeated += 1
            return ""
        if answer.status_code == 503:
            self.repeated += 1
            return ""
        if answer.status_code != 200:
            self.refused.append(f"{answer.status_code}: {answer.text[:500]}")
        return answer.text


def field_of(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', html)
    assert found, f"no field {name} in {html[:500]}"
    return found[1]


@dataclass
class Office:
    """The running Clarin, its one number and what happened there."""

    clarin: Whole
    browser: httpx.Client
    device_id: int = 1

    @property
    def world(self) -> Path:
        return self.clarin.place / "devices" / f"{self.device_id}.sim.db"

    def kept(self) -> list[Said]:
        """The customers' messages, as the chats show them."""
        query = """SELECT chat.key, wa_id, body FROM message JOIN chat ON chat.id = chat_id
                   WHERE direction = 'in' ORDER BY message.id"""
        return [Said(key, wa_id, body) for key, wa_id, body in self.clarin.ask(query)]

    def states(self) -> dict[str, int]:
        query = "SELECT state, count(*) FROM message WHERE direction = 'out' GROUP BY state"
        return dict(self.clarin.ask(query))

    def state(self, client_id: str) -> str:
        rows = self.clarin.ask("SELECT state FROM message WHERE client_id = %s", client_id)
        return str(rows[0][0]) if rows else ""

    def survive(self, victim: str, seller: Seller) -> None:
        if victim == VALKEY:  # and what it knew is gone, which kill -9 alone does not always do
            redis.Redis.from_url(addresses(self.clarin.place)["REDIS_URL"]).flushall()
        before, begun = set(self.clarin.pids(victim)), time.monotonic()
        self.clarin.kill(victim)
        until(lambda: set(self.clarin.pids(victim)) - before)
        self.recovered(seller)
        print(f"killed {victim.strip()}: all is well after {time.monotonic() - begun:.1f}s")

    def recovered(self, seller: Seller) -> None:
        """A message posted from now on reaches its customer, and one that is written from now on reaches us."""
        posted, heard = len(seller.accepted), len(told(self.world))
        until(lambda: len(seller.accepted) > posted or seller.refused)
        assert not seller.refused
        until(lambda: self.state(seller.accepted[posted].client_id) in ("sent", "delivered", "read"))
        new = until(lambda: told(self.world)[heard:])[0].wa_id
        until(lambda: self.clarin.ask("SELECT 1 FROM message WHERE wa_id = %s", new))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    scripts.save(
        Script("51999000111", pair_after=5.0, people=PEOPLE, opens_every=(15.0, 25.0)),
        tmp_path / "devices" / "1.script.json",
    )
    port = _free_port()
    with whole(tmp_path, port, SETTINGS) as clarin:
        password, address = clarin.said(r"[Pp]assword:?\s+(\S+)"), clarin.said(r"Clarin is at (\S+)")
        until(lambda: is_up(address))
        with httpx.Client(base_url=address, timeout=30) as browser:
            browser.post("/login", data={"email": "owner@clarin.local", "password": password})
            browser.headers["X-CSRF-Token"] = field_of(browser.get("/devices").text, "csrf_token")
            made = browser.post("/devices", data={"name": "Ventas"})
            assert made.headers["Location"].endswith("/devices/1")
            yield Office(clarin, browser)


def is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_everything_comes_back_and_no_message_is_lost_or_doubled(office: Office) -> None:
    until(lambda: len({said.chat for said in office.kept()}) == len(PEOPLE))
    chats = [row[0] for row in office.clarin.ask("SELECT id FROM chat ORDER BY id")]
    seller = Seller(office.browser, chats)
    thread = threading.Thread(target=seller.run, daemon=True)
    thread.start()
    office.recovered(seller)
    for victim in VICTIMS:
        office.survive(victim, seller)
    seller.done.set()
    thread.join()
    begun = time.monotonic()
    until(lambda: not {"queued", "sending"} & office.states().keys(), 90)
    World(office.world).turn("drop", "100000")  # silence, so that both sides can be counted
    until(lambda: office.clarin.ask("SELECT 1 FROM device WHERE state = 'reconnecting'"))
    until(lambda: len(office.kept()) >= len(told(office.world)))
    print(f"what was left is done after {time.monotonic() - begun:.1f}s")
    count(office, seller)
    assert "Traceback" not in office.clarin.log, "a server that went away is one line in the log"


def count(office: Office, seller: Seller) -> None:
    """Print what was counted, and hold it against what the wire and the seller know."""
    out = office.clarin.ask(
        "SELECT client_id, wa_id, state, chat.key, body FROM message JOIN chat ON chat.id = chat_id "
        "WHERE direction = 'out' ORDER BY message.id"
    )
    wire, kept, heard = sent(office.world), office.kept(), told(office.world)
    print(f"\nout: {len(seller.accepted)} accepted ({seller.repeated} posted again), {len(out)} rows, "
          f"{len(wire)} on the wire, {office.states()}; in: {len(heard)} said, {len(kept)} kept")  # fmt: skip
    assert [row[0] for row in out] == [accepted.client_id for accepted in seller.accepted]
    assert [row[4] for row in out] == [accepted.body for accepted in seller.accepted]
    times = Counter(wa_id for wa_id, _, _ in wire)
    assert max(times.values()) == 1, "a customer saw a message twice"
    assert {row[2] for row in out} <= {"sent", "delivered", "read", "uncertain"}
    assert {row[1] for row in out if row[2] != "uncertain"} <= times.keys(), "a message was lost on its way"
    for key in {row[3] for row in out}:
        left = [row[1] for row in out if row[3] == key and row[1] in times]
        assert left == [wa_id for wa_id, chat, _ in wire if chat == key], "out of order"
        assert [s.wa_id for s in kept if s.chat == key] == [s.wa_id for s in heard if s.chat == key]
    assert len(kept) == len(heard)
