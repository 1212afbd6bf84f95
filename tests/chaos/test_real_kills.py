"""kill -9 of a number's process, their supervisor, a worker and PostgreSQL, with the real neonize on two numbers: it
comes back by itself, nothing is sent twice or said to be sent that was not, and what a customer wrote is there.

`CLARIN_REAL_MESSAGES=1000 CLARIN_REAL_KILLS=20 ./dev test -s tests/chaos/test_real_kills.py` is the long run.
"""

from __future__ import annotations

import math
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.office import Seller
from tests.support.waiting import until
from tests.support.whatsapp_office import VICTIMS, WhatsappOffice, opened, sellers_of

pytestmark = pytest.mark.linux
MESSAGES = int(os.environ.get("CLARIN_REAL_MESSAGES", "40"))
KILLS = int(os.environ.get("CLARIN_REAL_KILLS", str(len(VICTIMS))))
IN_A_SECOND = 10
CUSTOMERS = 4
BACK_WITHIN_SECONDS = 10.0  # at the 95th percentile, on a quiet machine


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WhatsappOffice]:
    with opened(tmp_path, CUSTOMERS) as office:
        yield office


def test_two_real_numbers_come_back_and_keep_every_message(office: WhatsappOffice) -> None:
    seed = int(os.environ.get("CLARIN_SEED", "0")) or random.randrange(1, 10_000)
    print(f"\nseed {seed} (CLARIN_SEED), {MESSAGES} each way, {KILLS} kills")
    sellers = sellers_of(office, MESSAGES, 2 / IN_A_SECOND)
    talking = [seller.start() for seller in sellers]
    talking.append(threading.Thread(target=customers, args=(office,), daemon=True))
    talking[-1].start()
    kill_at_random(office, random.Random(seed))
    patience = 240 + MESSAGES / 2
    for thread in talking:
        thread.join(patience)
    assert not any(seller.refused for seller in sellers), [seller.refused for seller in sellers]
    until(lambda: not {"queued", "sending"} & office.states().keys(), patience)
    count_outbound(office, sellers)
    count_inbound(office, patience)
    print_return(office)


def customers(office: WhatsappOffice) -> None:
    """In turn, on both numbers, whether or not anybody listens then."""
    for message in range(MESSAGES):
        office.numbers[message % len(office.numbers)].say(f"buenas {message:05d}")
        time.sleep(1 / IN_A_SECOND)


def kill_at_random(office: WhatsappOffice, dice: random.Random) -> None:
    """Each of them at least once, then whoever the dice say; in the short form two at a time."""
    victims = [*dice.sample(VICTIMS, len(VICTIMS)), *dice.choices(VICTIMS, k=KILLS)][:KILLS]
    together = 2 if len(VICTIMS) == KILLS else 1
    for at in range(0, KILLS, together):
        time.sleep(dice.uniform(0.2, 1.5))
        office.kill(victims[at : at + together], dice)


def count_outbound(office: WhatsappOffice, sellers: list[Seller]) -> None:
    """Against what the customers' phones show."""
    accepted = {one.client_id: one.body for seller in sellers for one in seller.accepted}
    query = "SELECT client_id, body, state, failure FROM message WHERE direction = 'out'"
    rows = office.clarin.ask(query)
    got = Counter(text for number in office.numbers for text in number.received())
    doubt = [body for _, body, state, _ in rows if state == "uncertain"]
    print(f"out: {len(accepted)} accepted, {len(rows)} rows, {sum(got.values())} received, {office.states()}")
    assert {row[0]: row[1] for row in rows} == accepted
    assert not [text for text, times in got.items() if times > 1], "a customer saw a message twice"
    assert {row[2] for row in rows} <= {"sent", "delivered", "read", "uncertain"}, rows
    assert all(failure for *_, state, failure in rows if state == "uncertain"), (
        "who is left in doubt is told why"
    )
    asked = Counter(wa_id for number in office.numbers for wa_id in number.server.retries.asked)
    print(f"     {len(asked)} asked for again by the phones: {reasons(office)}")
    lost = [body for _, body, state, _ in rows if state != "uncertain" and not got[body]]
    assert not lost, f"said to be sent, and was not: {lost}"
    print(f"     in doubt {len(doubt)}, of which arrived {sum(bool(got[body]) for body in doubt)}")


def reasons(office: WhatsappOffice) -> list[str]:
    return [reason for number in office.numbers for reason in number.server.retries.reasons]


def count_inbound(office: WhatsappOffice, patience: float) -> None:
    """Every message a customer wrote has one row with its words."""
    said = {wa_id: words for number in office.numbers for wa_id, words in number.said.items()}
    until(lambda: said.keys() <= office.rows().keys(), patience)
    until(
        lambda: all(
            number.server.companion and not number.server.companion.waiting for number in office.numbers
        )
    )
    rows = office.rows()
    twice = {wa_id: found for wa_id, found in rows.items() if len(found) > 1}
    lost = [wa_id for wa_id, words in said.items() if rows[wa_id] != [("text", words)]]
    print(
        f"in: {len(said)} said, {len(rows)} rows, {len(lost)} without words: {[rows[wa_id] for wa_id in lost]}"
    )
    assert not twice, "a message is there twice"
    assert not lost, "the place is there, the words are not"


def print_return(office: WhatsappOffice) -> None:
    print("\n".join(f"  {seconds:5.1f}s  {victims}" for seconds, victims in office.back))
    times = sorted(seconds for seconds, _ in office.back)
    worst = times[math.ceil(0.95 * len(times)) - 1]
    print(
        f"killed {dict(office.killed)}; back after {times[len(times) // 2]:.1f}s (median), {worst:.1f}s (p95)"
    )
    if KILLS >= 20 and os.environ.get("CLARIN_QUIET_MACHINE"):
        assert worst <= BACK_WITHIN_SECONDS, times
