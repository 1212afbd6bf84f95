"""A number's process draws nothing: what it tells is told again where pages are drawn, and it loads no more than it uses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from clarin_web.db import release, tenant, transaction
from clarin_web.devices import relaying
from clarin_web.events import Actor, DeviceLinked, Fact, MessageChanged, announce, subscribe
from clarin_web.jobs import queue
from clarin_web.live.publish import is_burst
from clarin_web.store import redis_connection
from clarin_web.subscriptions import SUBSCRIPTIONS
from tests.support.told import told

from .conftest import Office

ROOT = Path(__file__).resolve().parents[2]
# What a number's process is made of; and libraries that the rest of Clarin, or neonize, would bring.
FEATURES = {
    "accounts", "announcing", "config", "db", "devices", "events", "jobs", "lib", "live", "media", "models", "store",
    "web",
}  # fmt: skip
ABSENT = {"flask", "flask_caching", "werkzeug", "jinja2", "babel", "argon2", "httpx", "PIL", "linkpreview", "bs4",
          "html5lib", "requests", "tqdm", "segno", "magic", "phonenumbers"}  # fmt: skip
# What fetches, decrypts and unseals: elsewhere, or in a program of its own.
APART = {"clarin_web.devices.downloads", "clarin_web.devices.neonize_gateway.downloading", "clarin_web.media.actions",
         "cryptography.hazmat.bindings._rust", "neonize.ext"}  # fmt: skip
PROCESS = """
import os, sys, worker
os._exit = lambda _: None
from clarin_web.devices import child
from clarin_web.devices.neonize_gateway import client, lean, quiet
import clarin_web.devices.simulator.client
child.main = lambda *_: None
sys.argv = ["worker.py", "device", "--account", "1", "--device", "1"]
worker.main()
with lean.left_out():
    from neonize.client import NewClient
open(os.environ["LOADED"], "w").write(" ".join(sys.modules))
"""


@pytest.fixture
def heard(office: Office) -> Iterator[list[tuple[Fact, bool]]]:
    """What the worker of chats hears, and whether in a burst; its own process is this one here."""
    found: list[tuple[Fact, bool]] = []
    with told():
        yield found


def in_the_number(office: Office, *facts: Fact) -> None:
    subscribe(relaying.HERE, otherwise=[relaying.relay])
    with tenant(office.account_id), transaction():
        for fact in facts:
            announce(fact)
    release()


def in_the_worker(office: Office, heard: list[tuple[Fact, bool]]) -> None:
    listener: Callable[[Any], None] = lambda fact: heard.append((fact, is_burst()))  # noqa: E731
    subscribe({MessageChanged: [listener], DeviceLinked: [listener]})
    relaying.tell_relayed(office.account_id)


def tick(office: Office, message_id: int) -> MessageChanged:
    about = {"account_id": office.account_id, "actor": Actor.whatsapp(), "chat_id": office.chat_id}
    return MessageChanged(**about, message_id=message_id)  # type: ignore[arg-type]


def test_what_a_number_tells_is_heard_by_the_worker_of_chats_as_it_was(
    office: Office, heard: list[tuple[Fact, bool]]
) -> None:
    linked = DeviceLinked(
        account_id=office.account_id, actor=Actor.whatsapp(), device_id=office.device_id, phone="+5198"
    )
    in_the_number(office, tick(office, 1), tick(office, 2))
    in_the_number(office, linked)
    (job_id,) = [name for name in queue("chats").get_job_ids() if name.startswith("told-")]
    assert queue("chats").fetch_job(job_id).func_name == relaying.TELL
    in_the_worker(office, heard)
    assert heard == [(tick(office, 1), False), (tick(office, 2), False), (linked, False)]
    in_the_worker(office, heard)
    assert len(heard) == 3


def test_many_are_told_in_one_breath(office: Office, heard: list[tuple[Fact, bool]]) -> None:
    ticks = [tick(office, number) for number in range(relaying.BURST)]
    in_the_number(office, *ticks)
    in_the_worker(office, heard)
    assert heard == [(each, True) for each in ticks]


def test_without_redis_a_message_is_sent_all_the_same(
    office: Office, heard: list[tuple[Fact, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = redis.Redis(port=1)
    monkeypatch.setattr(relaying, "redis_connection", lambda: gone)
    in_the_number(office, tick(office, 1))
    assert redis_connection().exists(relaying._key(office.account_id)) == 0


def test_what_it_does_itself_is_what_the_one_map_says() -> None:
    assert {fact: SUBSCRIPTIONS[fact] for fact in relaying.HERE} == relaying.HERE


@pytest.mark.linux
def test_its_process_loads_no_pages_and_no_library_it_does_not_use(tmp_path: Path) -> None:
    names = tmp_path / "loaded"
    env = {**os.environ, "LOADED": str(names)}
    subprocess.run([sys.executable, "-c", PROCESS], cwd=ROOT, env=env, timeout=120, check=True)
    loaded = set(names.read_text().split())
    ours = {name.split(".")[1] for name in loaded if name.startswith("clarin_web.")}
    assert ours == FEATURES
    assert {name.split(".")[0] for name in loaded} & ABSENT == set()
    assert loaded & APART == set()
    assert {name for name in loaded if name.startswith("clarin_web.web.")} == {"clarin_web.web.forgetting"}
