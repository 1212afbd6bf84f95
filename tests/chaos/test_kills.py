"""kill -9 of everything that runs, one after the other, while people write to each other: nothing lost, nothing twice.

A seller posts through HTTP and asks again when no answer comes; simulated customers write in and answer. At the end
every accepted message is counted on the wire, and every message of a customer in the database.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clarin_web.devices.simulator.script import Persona, Script
from tests.support.counting import told
from tests.support.office import VICTIMS, Office, Seller, count, opened
from tests.support.waiting import until

PEOPLE = [
    Persona(f"5198765432{n}", name, openings=["¿precio?", "¿cuándo?", "gracias"], answer_chance=0.3)
    for n, name in enumerate(("María", "Luis", "Rosa"))
]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    script = Script("51999000111", pair_after=5.0, people=PEOPLE, opens_every=(15.0, 25.0))
    with opened(tmp_path, script) as office:
        yield office


def test_everything_comes_back_and_no_message_is_lost_or_doubled(office: Office) -> None:
    until(lambda: len({said.chat for said in office.kept()}) == len(PEOPLE))
    seller = Seller(office.browser, office.chats())
    thread = seller.start()
    recovered(office, seller)
    for victim in VICTIMS:
        begun = time.monotonic()
        office.kill(victim)
        recovered(office, seller)
        print(f"killed {victim.strip()}: all is well after {time.monotonic() - begun:.1f}s")
    seller.done.set()
    thread.join()
    begun = time.monotonic()
    until(lambda: not {"queued", "sending"} & office.states().keys(), 90)
    office.be_silent()
    until(lambda: len(office.kept()) >= len(told(office.world)))
    print(f"what was left is done after {time.monotonic() - begun:.1f}s")
    count(office, [seller])
    assert "Traceback" not in office.clarin.log, "a server that went away is one line in the log"


def recovered(office: Office, seller: Seller) -> None:
    """A message posted from now on reaches its customer, and one that is written from now on reaches us."""
    posted, heard = len(seller.accepted), len(told(office.world))
    until(lambda: len(seller.accepted) > posted or seller.refused)
    assert not seller.refused
    until(lambda: office.state(seller.accepted[posted].client_id) in ("sent", "delivered", "read"))
    new = until(lambda: told(office.world)[heard:])[0].wa_id
    until(lambda: office.clarin.ask("SELECT 1 FROM message WHERE wa_id = %s", new))
