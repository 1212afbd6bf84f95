"""The user that compose.yaml makes in Valkey: enough for Clarin and RQ, and nothing that changes the server."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import redis
from flask import Flask

from clarin_web.config import settings
from clarin_web.jobs import Worker, enqueue, queue, worker_connection
from clarin_web.kommo.webhooks import waiting
from clarin_web.leads.views.shared import directory_of
from clarin_web.live.publish import poke
from clarin_web.local.home import ROOT
from clarin_web.store import redis_connection
from tests.support.cast import Person

PASSWORD = "0123456789abcdef"


def rules(document: str) -> list[str]:
    """What stands after the password, wherever the text is broken."""
    text = re.sub(r"\s+", " ", (ROOT / document).read_text())
    found = re.search(r"user clarin on >\S+ ((?:[~&+-]\S+ )+)", text)
    assert found, f"{document} says no rules"
    return found[1].split()


@pytest.fixture
def as_in_production(app: Flask, ana: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    address = urlsplit(os.environ["REDIS_URL"])
    owner = redis.Redis.from_url(os.environ["REDIS_URL"])
    owner.execute_command("ACL", "SETUSER", "clarin", "on", f">{PASSWORD}", *rules("compose.yaml"))
    monkeypatch.setenv("REDIS_URL", f"unix://clarin:{PASSWORD}@{address.path}?db=0")
    forget()
    yield redis_connection()
    monkeypatch.undo()
    forget()
    owner.execute_command("ACL", "DELUSER", "clarin")


def forget() -> None:
    for once in (settings, redis_connection, worker_connection):
        once.cache_clear()


def test_both_documents_say_the_same() -> None:
    assert rules("compose.yaml") == rules("docs/settings.md")


def test_it_is_enough(as_in_production: redis.Redis, app: Flask, ana: Person) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    assert as_in_production.execute_command("ACL", "WHOAMI") == b"clarin"
    assert enqueue("ruled", "clarin_web.media.jobs.examine", ana.account_id, 0, once="examine-0")
    assert enqueue("ruled", "clarin_web.media.jobs.examine", "not an account", once="examine-1")  # type: ignore[arg-type]
    worker = Worker([queue("ruled")], name="ruled", connection=worker_connection())
    worker.work(burst=True, logging_level="WARNING")
    for number, handler in handlers.items():
        signal.signal(number, handler)
    assert queue("ruled").count == 0
    poke(ana.account_id, "inbox")
    waiting.add(ana.account_id, 1, frozenset({"lead:1"}))
    with app.test_request_context():
        directory_of(ana.account_id)
    listener = as_in_production.pubsub()
    listener.subscribe("live:any")
    listener.close()


@pytest.mark.parametrize(
    "order",
    ["CONFIG GET dir", "CONFIG SET dir /tmp", "FLUSHALL", "KEYS *", "MODULE LIST", "FUNCTION LIST", "SAVE",
     "ACL LIST", "CLIENT KILL TYPE normal", "REPLICAOF no one", "MONITOR", "SHUTDOWN NOSAVE", "SLOWLOG GET"],
)  # fmt: skip
def test_it_is_no_more(as_in_production: redis.Redis, order: str) -> None:
    with pytest.raises(redis.exceptions.NoPermissionError):
        as_in_production.execute_command(*order.split())
