"""The supervisor: what people want becomes processes, crashed ones come back, a bad night stays quiet."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clarin_web.devices import lock, tries
from clarin_web.devices import supervisor as supervisors
from clarin_web.devices.supervisor import Kept, Supervisor, Wish

from .conftest import PROCESS, Office, until


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """In a thread of this process; its children run without the pages."""

    def command(key: tuple[int, int]) -> list[str]:
        return [sys.executable, "-c", PROCESS.format(account=key[0], device=key[1])]

    monkeypatch.setattr(supervisors, "command", command)
    monkeypatch.setattr(supervisors, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # a thread may not install handlers
    made = Supervisor()
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stopping.set()
    thread.join(20)
    assert not thread.is_alive()


def process_of(supervisor: Supervisor, office: Office) -> subprocess.Popen[bytes] | None:
    kept = supervisor.kept.get((office.account_id, office.device_id))
    return kept.process if kept else None


def test_what_people_want_happens_within_two_seconds_and_ends_when_they_change_their_mind(
    linked: Office, supervisor: Supervisor
) -> None:
    until(lambda: linked.device().state == "connected")
    linked.set(wanted="stopped", state="stopped")
    until(lambda: process_of(supervisor, linked) is None)
    assert linked.device().state == "stopped"


def test_a_killed_process_comes_back_and_messages_go_on(linked: Office, supervisor: Supervisor) -> None:
    until(lambda: linked.device().state == "connected")
    first = process_of(supervisor, linked)
    assert first
    os.kill(first.pid, signal.SIGKILL)
    linked.queue("después del golpe")
    until(lambda: linked.states() == ["sent"])
    second = process_of(supervisor, linked)
    assert second
    assert second.pid != first.pid
    assert linked.device().restarts == 1


def test_a_process_waits_for_the_one_before_to_end(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose supervisor died has last words to say, while the next supervisor has started its successor."""
    before, after = lock.DeviceLock(office.device_id), lock.DeviceLock(office.device_id)
    assert before.wait()
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0.05)
    assert not after.wait(), "but not for ever"
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 30)
    has: queue.SimpleQueue[bool] = queue.SimpleQueue()
    threading.Thread(target=lambda: has.put(after.wait()), daemon=True).start()
    before.release()
    assert has.get(timeout=30)
    after.release()


def test_an_old_wish_to_pair_ends_with_a_reason(office: Office, supervisor: Supervisor) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    office.set(wanted="paired", state="connecting", state_reason="no_network", pairing_expires_at=before)
    row: Any = until(lambda: (row := office.device()).wanted == "stopped" and row)
    assert (row.state, row.state_reason) == ("unpaired", "no_network")


def test_restarts_wait_longer_and_longer_and_longest_for_whom_whatsapp_refuses() -> None:
    """WhatsApp is never asked in a row by a number it refuses; a network that is back is found within half a minute."""
    quick = [tries.wait_after(number, "no_network") for number in range(1, 10)]
    refused = [tries.wait_after(number, "login_refused:400") for number in range(1, 10)]
    assert quick[0] < 1.3
    assert quick[2] < quick[4] < quick[8] < 37
    assert all(slow > fast for slow, fast in zip(refused, quick, strict=True))
    assert refused[8] > 1400


@pytest.mark.parametrize(
    ("wish", "seconds", "hopeless"),
    [
        (Wish(), 10_000, False),
        (Wish(is_well=False), 40, False),
        (Wish(is_well=False), 50, True),
        (Wish(is_well=False, is_dialling=True), 500, False),
        (Wish(is_well=False, is_dialling=True), 700, True),
    ],
)
def test_wanted_and_really_connected_are_compared(wish: Wish, seconds: float, hopeless: bool) -> None:
    kept = Kept(started=1000.0)
    assert not kept.is_hopeless(wish, 1000.0)
    assert kept.is_hopeless(wish, 1000.0 + seconds) is hopeless
    assert not kept.is_hopeless(Wish(), 9000.0), "well again, it has all its patience"
    assert kept.unwell is None


def test_a_process_that_lives_and_does_not_connect_is_replaced_and_in_the_end_somebody_is_told(
    linked: Office, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it hangs on: linking that was cut off, a login nobody answers, a state nobody knows."""
    monkeypatch.setattr(supervisors, "HOPELESS_SECONDS", 0.5)
    linked.script(people=[], hangs=True)
    until(lambda: linked.device().alarm == "not_connected")
    row = linked.device()
    assert (row.tries >= tries.WORRYING, row.retry_at) == (True, None)
    linked.script(people=[])
    monkeypatch.setattr(supervisors, "HOPELESS_SECONDS", 60.0)
    until(lambda: linked.device().state == "connected")
