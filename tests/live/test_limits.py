"""A page that asks too much: one statement for all it listens to, in its session's turn, and so many pages and no more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from clarin_web.accounts import access
from clarin_web.config import settings
from clarin_web.lib import pace
from clarin_web.lib.pace import Pace
from clarin_web.live import views
from clarin_web.live.hub import FULL_ACCOUNT, Hub, Listener
from clarin_web.live.topics import authorised
from clarin_web.live.wire import frame
from clarin_web.web.timing import counted
from tests.support.cast import Person


class NoWire:
    def __init__(self) -> None:
        self.pushed: list[bytes] = []

    def push(self, data: bytes) -> None:
        self.pushed.append(data)


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pace, "time", made)
    return made


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch):
    def set_(**values: str):
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        access._requests.cache_clear()

    yield set_
    monkeypatch.undo()
    settings.cache_clear()
    access._requests.cache_clear()


def listener(person: Person | None = None, session: int = 1) -> Listener:
    made = Listener(NoWire(), person.account_id if person else 1, person.user_id if person else 1)  # type: ignore[arg-type]
    made.member, made.session_id = person and person.member, session
    return made


def sub(*topics: str, n: object = 0) -> str:
    return json.dumps({"op": "sub", "topics": topics, "n": n})


def test_a_subscription_is_one_statement_however_much_it_asks(app: Flask, vera: Person) -> None:
    page = listener(vera)
    wanted = [f"{kind}:{n}" for n in range(50) for kind in ("chat", "presence", "lead")] + ["inbox", "home"]
    with app.app_context(), counted() as tally:
        views.subscribe(page, wanted)
    asked = [one for one in tally.statements if "set_config" not in one]
    assert len(asked) == 1
    assert {"inbox", "home"} <= page.topics


@pytest.mark.parametrize(
    "odd", ["", ":", "chat", "chat:", "chat:x", "chat:-1", "chat:²", "no:1", "chat:" + "9" * 40]
)
def test_odd_topics_are_nobodys(app: Flask, vera: Person, odd: str) -> None:
    with app.app_context():
        assert authorised([odd, "inbox"], vera.member) == {"inbox"}


def test_the_last_of_many_subscriptions_counts_and_each_waits_its_turn(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    done: list[Any] = []
    monkeypatch.setattr(views, "subscribe", lambda page, wanted: done.append(wanted))
    monkeypatch.setattr(views, "SUBSCRIPTIONS", Pace(rate=4, burst=2))
    one, other = listener(), listener()
    for page in (one, other, one):
        assert views.hear(page, [sub("a"), sub("b"), "{", "[]", sub("c")])
        views.subscribe_soon(page)
    assert done == [["c"], ["c"]], "a session's pages share its pace"
    assert views.subscribe_soon(one) == 0.25, "and it is told when, not forgotten"
    clock.now += 0.25
    assert views.subscribe_soon(one) == 0
    assert len(done) == 3
    assert views.subscribe_soon(listener(session=2)) == 0


def test_a_page_is_told_when_it_is_heard_not_before(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(views, "subscribe", lambda page, _wanted: page.wire.push(b"heard"))
    monkeypatch.setattr(views, "SUBSCRIPTIONS", Pace(rate=4, burst=1))
    page = listener()
    for said in (sub("a", n=1), sub("b", n=2), sub("c", n="3")):
        views.hear(page, [said])
        views.subscribe_soon(page)
    assert page.wire.pushed == [b"heard", frame({"op": "sub", "n": 1})], "the others wait for their turn"
    views.hear(page, [sub("d", n=4)])
    clock.now += 1
    views.subscribe_soon(page)
    assert page.wire.pushed[2:] == [b"heard", frame({"op": "sub", "n": 4})]


def test_a_page_that_never_stops_talking_is_closed(clock: Clock) -> None:
    page = listener()
    assert views.hear(page, ["x"] * 100)
    assert not views.hear(page, ["x"])
    clock.now += 1
    assert views.hear(page, ["x"] * 20)
    assert not views.hear(listener(), ["x"] * 201)


def test_a_person_and_an_account_have_so_many_pages_open(most) -> None:
    most(CLARIN_SOCKETS_PER_PERSON="2")
    hub = Hub()
    hub.reader = type("Reader", (), {"is_alive": lambda _self: True})()  # type: ignore[assignment]
    pages = [Listener(NoWire(), 1, user_id=7) for _ in range(3)]  # type: ignore[arg-type]
    assert [hub.join(page) for page in pages] == [True, True, False]
    hub.leave(pages[0])
    assert hub.join(pages[2]), "one that is closed makes room"
    joined = [hub.join(Listener(NoWire(), 1, user_id=100 + n)) for n in range(2 * FULL_ACCOUNT)]  # type: ignore[arg-type]
    assert joined.count(True) == 2 * FULL_ACCOUNT - 2
    assert hub.join(Listener(NoWire(), 2, user_id=7)), "another account is not in it"  # type: ignore[arg-type]


def test_one_person_asks_so_often_and_nobody_else_notices(
    app: Flask, most, ana: Person, bruno: Person, clock: Clock
) -> None:
    most(CLARIN_REQUESTS_PER_MINUTE="10")
    assert [ana.get("/settings/profile").status for _ in range(6)] == [200] * 5 + [429]
    refused = ana.get("/settings/profile")
    assert refused.headers["Retry-After"] == "6"
    assert "Wait 6 seconds" in refused.text
    assert bruno.get("/settings/profile").status == 200
    assert app.test_client().get("/login").status_code == 200
    clock.now += 6
    assert ana.get("/settings/profile").status == 200


def test_a_pace_forgets_those_who_are_full_again(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_KEYS", 10)
    limit = Pace(rate=1, burst=1)
    for number in range(100):
        limit.take(number)
    assert len(limit._spent) <= 10
    clock.now += 5
    assert limit.take("new") == 0
    assert len(limit._spent) == 1
