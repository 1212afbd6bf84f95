"""What an open page hears: its own account's topics, in order, whole, and "ask again" when anything was missed."""

from __future__ import annotations

import json
import socket

import pytest

from clarin_web.accounts.permissions import Member
from clarin_web.live import topics
from clarin_web.live.hub import Hub, Listener
from clarin_web.live.wire import QUEUE_LIMIT, RESYNC, Wire, frame


class Tab:
    """A page's end of the connection."""

    def __init__(self, hub: Hub, account_id: int, *wanted: str) -> None:
        ours, self.theirs = socket.socketpair()
        self.theirs.setblocking(False)
        self.wire = Wire(ours)
        listener = Listener(self.wire, account_id, user_id=1)
        listener.topics = frozenset(wanted)
        hub.listeners[account_id].add(listener)

    def heard(self) -> list[dict]:
        try:
            data = self.theirs.recv(1 << 20)
        except BlockingIOError:
            return []
        found = []
        while data:
            size, start = (data[1], 2) if data[1] < 126 else (int.from_bytes(data[2:4]), 4)
            found.append(json.loads(data[start : start + size]))
            data = data[start + size :]
        return found

    def close(self) -> None:
        self.wire.end()
        self.wire.sock.close()
        self.theirs.close()


@pytest.fixture
def hub():
    return Hub()


def test_a_page_hears_its_topics_and_a_stranger_hears_nothing(hub):
    ana, bruno, carla = Tab(hub, 1, "chat:7"), Tab(hub, 1, "inbox"), Tab(hub, 2, "chat:7", "inbox")
    hub.deliver(1, 1, {"topics": ["chat:7"], "html": "<b>hola</b>"})
    hub.deliver(1, 2, {"topics": ["inbox", "home"]})
    assert ana.heard() == [{"op": "push", "topic": "chat:7", "html": "<b>hola</b>"}]
    assert bruno.heard() == [{"op": "poke", "topics": ["inbox"]}], "and not what else changed"
    assert carla.heard() == [], "Carla listens to the same names in another account"
    for tab in (ana, bruno, carla):
        tab.close()


def test_a_gap_in_the_numbers_makes_pages_ask_again(hub):
    ana = Tab(hub, 1, "inbox")
    hub.deliver(1, 5, {"topics": ["inbox"]})
    hub.deliver(1, 7, {"topics": ["inbox"]})
    assert [message["op"] for message in ana.heard()] == ["poke", "resync"]
    ana.close()


def test_a_slow_page_loses_its_queue_never_its_framing(hub):
    ana = Tab(hub, 1, "chat:7")
    big = frame({"op": "push", "topic": "chat:7", "html": "x" * 60_000})
    for _ in range(2 * QUEUE_LIMIT // len(big) + 20):
        ana.wire.push(big)
    assert ana.wire.dropped > 0
    assert ana.wire.queued < QUEUE_LIMIT
    assert ana.wire.queue[-1] == RESYNC, "what was dropped is made up by asking again"
    assert big.endswith(ana.wire.queue[0]), "a frame that was half written is finished, or the stream breaks"
    ana.close()


@pytest.mark.parametrize(
    "topic", ["", "nothing", "chat:x", "chat:7:8", "chat:-1", "chat:" + "9" * 30, "inbox:١"]
)
def test_an_unknown_or_malformed_topic_is_for_nobody(topic):
    owner = Member(account_id=1, user_id=1, role="owner")
    assert not topics.allowed(topic, owner)


def test_a_role_that_grants_nothing_hears_nothing():
    assert not topics.allowed("inbox", Member(account_id=1, user_id=1, role="nobody"))
    assert topics.allowed("inbox", Member(account_id=1, user_id=1, role="viewer"))
