"""Thousands of messages each way while everything is killed at random: each exactly once, or said to be in doubt.

Then kill -9 of everything that runs, one after the other: each comes back by itself, and so do messages both ways.

`CLARIN_MESSAGES=10000 ./dev test -s tests/chaos/test_exactly_once.py` is the long run; the suite does a short one.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from clarin_web.devices.gateway import Address, IncomingMessage, Kind, MessageKind
from clarin_web.devices.simulator.script import Persona, Script
from clarin_web.devices.simulator.world import World
from tests.support.counting import told
from tests.support.office import VICTIMS, Office, Seller, count, opened
from tests.support.waiting import until

MESSAGES = int(os.environ.get("CLARIN_MESSAGES", "240"))
IN_A_SECOND, SELLERS = 25, 6
KILLS = MESSAGES // 60  # before each of them is killed by itself
PEOPLE = [
    Persona(f"519876543{n:02d}", f"Cliente {n}", answer_chance=0.0, react_chance=0.0) for n in range(12)
]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path, Script("51999000111", pair_after=5.0, people=PEOPLE)) as office:
        until(lambda: office.clarin.ask("SELECT 1 FROM device WHERE state = 'connected'"))
        yield office


def test_each_message_is_there_exactly_once_whatever_was_killed(office: Office) -> None:
    seed = int(os.environ.get("CLARIN_SEED", "0")) or random.randrange(1, 10_000)
    print(f"\nseed {seed} (CLARIN_SEED), {MESSAGES} each way")
    say(office, len(PEOPLE), "hola")
    until(lambda: len(office.chats()) == len(PEOPLE))
    begun = time.monotonic()
    sellers = [at_work(office, number) for number in range(SELLERS)]
    say(office, MESSAGES - len(PEOPLE), "buenas")
    killed = kill_at_random(office, sellers, random.Random(seed))
    patience = 240 + MESSAGES / 20  # killed again and again, the number has many left to send
    until(lambda: not is_talking(office, sellers), patience)
    before, lasting = len(office.clarin.log), Seller(office.browser, office.chats(), "mensaje")
    talking = lasting.start()
    for number, victim in enumerate(VICTIMS):
        comes_back(office, lasting, victim, f"sigo {number}")
    lasting.done.set()
    talking.join()
    traces = [line for line in office.clarin.log[before:].splitlines() if "Traceback" in line]
    assert not traces, "a server that went away is one line in the log:\n" + "\n".join(traces)
    until(lambda: not {"queued", "sending"} & office.states().keys(), patience)
    until(lambda: len(office.kept()) >= MESSAGES + len(VICTIMS), patience)
    office.be_silent()
    print(f"killed -9 {sum(killed.values())} times in {time.monotonic() - begun:.0f}s: {dict(killed)}")
    count(office, [*sellers, lasting])
    assert len(told(office.world)) == MESSAGES + len(VICTIMS)
    assert sum(len(seller.accepted) for seller in sellers) == MESSAGES


def comes_back(office: Office, seller: Seller, victim: str, word: str) -> None:
    """A message posted after the kill reaches its customer, and one that is written after it reaches us."""
    begun = time.monotonic()
    office.kill(victim)
    posted, kept = len(seller.accepted), len(office.kept())
    say(office, 1, word)
    until(lambda: len(seller.accepted) > posted or seller.refused)
    assert not seller.refused
    until(lambda: office.state(seller.accepted[posted].client_id) in ("sent", "delivered", "read"))
    until(lambda: any(word in said.text for said in office.kept()[kept:]))
    print(f"killed {victim.strip()}: all is well after {time.monotonic() - begun:.1f}s")


def say(office: Office, messages: int, word: str) -> None:
    """Customers in turn, each at their moment, whether or not anybody listens then."""
    begins = datetime.now(UTC) + timedelta(seconds=1)
    world = World(office.world)
    world.plan(
        [said(n, begins + timedelta(seconds=n / IN_A_SECOND), f"{word} {n:05d}") for n in range(messages)]
    )


def said(number: int, at: datetime, text: str) -> tuple[datetime, IncomingMessage]:
    person = PEOPLE[number % len(PEOPLE)]
    here = Address(Kind.USER, person.phone)
    wa_id = "IN" + text.replace(" ", "").upper()
    return at, IncomingMessage(wa_id, here, here, at, MessageKind.TEXT, text, push_name=person.name)


def at_work(office: Office, number: int) -> Seller:
    """A seller with chats of their own, posting until they have done their part."""
    part = MESSAGES // SELLERS + (number < MESSAGES % SELLERS)
    browser = httpx.Client(base_url=office.browser.base_url, timeout=30, cookies=office.browser.cookies)
    seller = Seller(browser, office.chats()[number::SELLERS], f"vendedor {number}", 0.02, part)
    seller.start()
    return seller


def kill_at_random(office: Office, sellers: list[Seller], dice: random.Random) -> Counter[str]:
    """Whoever the dice say, and the next before all is well again."""
    killed: Counter[str] = Counter()
    while is_talking(office, sellers) and killed.total() < KILLS:
        victim = dice.choice(VICTIMS)
        office.kill(victim)
        killed[victim] += 1
        assert not any(seller.refused for seller in sellers), [seller.refused for seller in sellers]
        time.sleep(dice.uniform(0.5, 4.0))
    return killed


def is_talking(office: Office, sellers: list[Seller]) -> bool:
    return (
        any(len(seller.accepted) < seller.enough for seller in sellers) or len(told(office.world)) < MESSAGES
    )
