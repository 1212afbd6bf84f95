"""Files through the real processes: fetched, looked at and drawn by the worker of files, beside a number's sends and
every chat, whatever customers send."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from clarin_web.chats.jobs import process_events
from clarin_web.db import execute, release, tenant
from clarin_web.devices import downloads
from clarin_web.devices.simulator.script import Persona
from clarin_web.jobs import device_queue, enqueue
from clarin_web.local.processes import stop
from clarin_web.models import Media, Message
from tests.support.running import PATIENCE, _start

from .conftest import Office, until

NASTY = [
    "[paper_huge] 2 GB",
    "[photo_bomb] a bomb",
    "[photo_endless] no end",
    "[photo_page] a page",
    "[photo_gone] gone",
]
GOOD = ["[photo] a photo", "[paper] a paper", "[voice] a voice"]


def files(office: Office) -> dict[str, tuple[str, str]]:
    """{what was said: (state of its file, hash)}, after what was heard is understood."""
    process_events(office.account_id, office.device_id)
    downloads.look()
    rows = select(Message.body, Media.state, Media.hash).join(Media, Media.message_id == Message.id)
    rows = rows.order_by(Message.id.desc())  # people repeat themselves: the first time counts
    with tenant(office.account_id):
        found = {row.body: (row.state, row.hash) for row in execute(rows)}
    release()
    return found


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """The worker of files, as `worker.py jobs` starts it."""
    process = _start([sys.executable, "worker.py", "files"])
    yield process
    stop(process, PATIENCE)


def test_hostile_files_hold_up_neither_good_ones_nor_messages(
    linked: Office, worker: subprocess.Popen[bytes]
) -> None:
    rosa = Persona("51955555555", "Rosa", openings=[*NASTY, *GOOD])
    linked.script(people=[rosa], opens_every=(0.02, 0.05))
    linked.start()
    wanted = [line.split(" ", 1)[1] for line in GOOD]
    until(lambda: all((found := files(linked)).get(said, ("", ""))[1] for said in wanted) and found, 60)
    (message_id,) = linked.queue("still here")
    enqueue(
        device_queue(linked.device_id), "clarin_web.devices.jobs.send_message",
        linked.account_id, linked.device_id, message_id,
    )  # fmt: skip
    until(lambda: linked.states() == ["sent"])
    ended = dict.fromkeys(wanted, "ready") | {
        "gone": "expired",
        "no end": "too_large",
        "a bomb": "refused",
    }
    until(
        lambda: all(found[said][0] == state for found in [files(linked)] for said, state in ended.items()), 60
    )
    now = files(linked)
    assert (now["2 GB"], now["a bomb"]) == (("too_large", ""), ("refused", ""))
    assert (linked.processes[0].poll(), worker.poll()) == (None, None), "the same processes all along"
