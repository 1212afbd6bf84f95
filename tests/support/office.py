"""A whole Clarin with one simulated number and a seller at it, to be killed piece by piece and counted at the end."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import redis

from clarin_web.devices.simulator import script as scripts
from clarin_web.devices.simulator.script import Script
from clarin_web.devices.simulator.world import World
from clarin_web.lib.ports import reserved
from clarin_web.local.services import addresses
from tests.support.counting import Said, sent, told
from tests.support.waiting import until
from tests.support.whole import Whole, whole

SETTINGS = {
    "CLARIN_DEVICE_GATEWAY": "simulator",
    "CLARIN_SIM_SPEED": "50",
    "CLARIN_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
}
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
    name: str = "mensaje"
    pause: float = 0.3
    enough: float = float("inf")
    accepted: list[Accepted] = field(default_factory=list)
    repeated: int = 0
    refused: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def start(self) -> threading.Thread:
        """With every chat open; what happens to the servers from now on is the seller's daily bread."""
        fresh = {chat: self._open(chat) for chat in self.chats}
        thread = threading.Thread(target=self._work, args=(fresh,), daemon=True)
        thread.start()
        return thread

    def _work(self, fresh: dict[int, str]) -> None:
        while not self.done.is_set() and not self.refused and len(self.accepted) < self.enough:
            number = len(self.accepted)
            chat, body = self.chats[number % len(self.chats)], f"{self.name} {number:05d}"
            if answer := self._post(chat, fresh[chat], body):
                self.accepted.append(Accepted(chat, fresh[chat], body))
                fresh[chat] = field_of(answer, "client_id")
            self.done.wait(self.pause)

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

    def chats(self) -> list[int]:
        return [row[0] for row in self.clarin.ask("SELECT id FROM chat ORDER BY id")]

    def states(self) -> dict[str, int]:
        query = "SELECT state, count(*) FROM message WHERE direction = 'out' GROUP BY state"
        return dict(self.clarin.ask(query))

    def state(self, client_id: str) -> str:
        rows = self.clarin.ask("SELECT state FROM message WHERE client_id = %s", client_id)
        return str(rows[0][0]) if rows else ""

    def kill(self, victim: str) -> None:
        """kill -9, and wait until its supervisor has started another."""
        if victim == VALKEY:  # and what it knew is gone, which kill -9 alone does not always do
            redis.Redis.from_url(addresses(self.clarin.place)["REDIS_URL"]).flushall()
        before = set(self.clarin.pids(victim))
        self.clarin.kill(victim)
        until(lambda: set(self.clarin.pids(victim)) - before)

    def be_silent(self) -> None:
        """Customers neither read nor write any more, so that both sides can be counted."""
        World(self.world).turn("drop", "100000")
        until(lambda: self.clarin.ask("SELECT 1 FROM device WHERE state = 'reconnecting'"))


@contextmanager
def opened(place: Path, script: Script) -> Iterator[Office]:
    """Signed in as the owner, with the scripted number linked or on its way."""
    scripts.save(script, place / "devices" / "1.script.json")
    with whole(place, reserved(), SETTINGS) as clarin:
        password, address = clarin.said(r"[Pp]assword:?\s+(\S+)"), clarin.said(r"Clarin is at (\S+)")
        until(lambda: is_up(address))
        with httpx.Client(base_url=address, timeout=120) as browser:
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


def count(office: Office, sellers: list[Seller]) -> None:
    """Print what was counted, and hold it against what the wire and the sellers know."""
    out = office.clarin.ask(
        "SELECT client_id, wa_id, state, chat.key, body, failure FROM message JOIN chat ON chat.id = chat_id "
        "WHERE direction = 'out' ORDER BY message.id"
    )
    accepted = [one for seller in sellers for one in seller.accepted]
    wire, kept, heard = sent(office.world), office.kept(), told(office.world)
    print(f"\nout: {len(accepted)} accepted ({sum(s.repeated for s in sellers)} posted again), {len(out)} rows, "
          f"{len(wire)} on the wire, {office.states()}; in: {len(heard)} said, {len(kept)} kept")  # fmt: skip
    assert sorted(row[0] for row in out) == sorted(one.client_id for one in accepted)
    assert {row[0]: row[4] for row in out} == {one.client_id: one.body for one in accepted}
    times = Counter(wa_id for wa_id, _, _ in wire)
    assert max(times.values()) == 1, "a customer saw a message twice"
    assert {row[2] for row in out} <= {"sent", "delivered", "read", "uncertain"}
    assert all(row[5] for row in out if row[2] == "uncertain"), "who is left in doubt is told why"
    assert {row[1] for row in out if row[2] != "uncertain"} <= times.keys(), "a message was lost on its way"
    for key in {row[3] for row in out}:
        left = [row[1] for row in out if row[3] == key and row[1] in times]
        assert left == [wa_id for wa_id, chat, _ in wire if chat == key], "out of order"
        assert [s.wa_id for s in kept if s.chat == key] == [s.wa_id for s in heard if s.chat == key]
    assert len(kept) == len(heard)
