"""Several chats of a number in flight: one chat's trouble is that chat's, and the limits hold whoever is faster."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from clarin_web.db import release, session, tenant
from clarin_web.devices import jobs, outlet
from clarin_web.devices.gateway import Capabilities, SentResult, TransientError, UncertainError
from clarin_web.devices.neonize_gateway.turns import (
    LEAST_PATIENCE_SECONDS,
    LONGEST_SECONDS,
    RENEWALS_A_MINUTE,
    RENEWALS_IN_VAIN,
    RENEWALS_OF_ONE,
    SendTurns,
)
from clarin_web.devices.outgoing import Outgoing, OutgoingText
from clarin_web.devices.senders import FILES_IN_FLIGHT, UPLOAD_BYTES_IN_FLIGHT, Senders
from clarin_web.models import Message, Outreach

from .conftest import Office, until
from .test_governing import chat_with


class Gateway:
    """Confirms everything but what it was told to withhold, until it is let go."""

    capabilities = Capabilities(caller_message_ids=True)

    def __init__(self) -> None:
        self.wire: list[str] = []
        self.withheld: dict[str, threading.Event] = {}
        self.broken = ""

    def send(self, message: Outgoing) -> SentResult:
        assert isinstance(message, OutgoingText)
        if message.text == self.broken:
            raise ZeroDivisionError
        self.wire.append(message.text)
        if confirmed := self.withheld.get(message.text):
            assert confirmed.wait(30)
        return SentResult(message.wa_id, datetime.now(UTC))


@pytest.fixture
def gateway(office: Office) -> Iterator[Gateway]:
    made, ids = Gateway(), (office.account_id, office.device_id)
    senders = Senders(partial(jobs.weigh_next, ids[0]), partial(jobs.send_next, *ids))
    outlet.install(made, senders)  # type: ignore[arg-type]
    yield made
    for confirmed in made.withheld.values():
        confirmed.set()
    assert senders.finish(30)
    outlet.install(None)


def talking(office: Office, number: int) -> Office:
    return chat_with(office, f"5190000{number:04d}", wrote=timedelta(minutes=1))


def say(chat: Office, *texts: str) -> None:
    for message_id in chat.queue(*texts, prefix=texts[0]):
        jobs.send_message(chat.account_id, chat.device_id, message_id)


def outcome(text: str, account_id: int) -> str:
    with tenant(account_id):
        state = session().scalar(select(Message.state).where(Message.body == text))
    release()
    return state or ""


def test_while_one_chat_waits_for_its_answer_the_others_go_and_its_own_order_stays(
    office: Office, gateway: Gateway
) -> None:
    gateway.withheld["a1"] = threading.Event()
    first, second = talking(office, 1), talking(office, 2)
    say(first, "a1", "a2")
    until(lambda: gateway.wire == ["a1"])
    say(second, "b1", "b2")
    until(lambda: second.states().count("sent") == 2)
    assert (gateway.wire, outcome("a1", office.account_id)) == (["a1", "b1", "b2"], "sending")
    gateway.withheld["a1"].set()
    until(lambda: gateway.wire == ["a1", "b1", "b2", "a2"])
    until(lambda: outcome("a2", office.account_id) == "sent")


def test_a_mistake_of_ours_in_one_chat_is_a_doubt_there_and_nothing_elsewhere(
    office: Office, gateway: Gateway
) -> None:
    gateway.broken = "a1"
    first, second = talking(office, 1), talking(office, 2)
    say(first, "a1", "a2")
    say(second, "b1")
    until(lambda: outcome("a2", office.account_id) == outcome("b1", office.account_id) == "sent")
    assert outcome("a1", office.account_id) == "uncertain"


@pytest.mark.parametrize(("limits", "leave"), [({"daily_cold": 3}, 3), ({"pace_seconds": 3600}, 1)])
def test_many_strangers_at_once_obey_pace_and_number_as_if_they_came_one_by_one(
    office: Office, gateway: Gateway, limits: dict[str, int], leave: int
) -> None:
    office.set(**{"pace_seconds": 0} | limits)
    gateway.withheld = {f"hola {n}": threading.Event() for n in range(8)}
    for number in range(8):
        say(chat_with(office, f"5190001{number:04d}"), f"hola {number}")
    until(lambda: len(gateway.wire) == leave)
    for confirmed in gateway.withheld.values():
        confirmed.set()
    until(lambda: sorted(outcome(f"hola {n}", office.account_id) for n in range(8)).count("sent") == leave)
    with tenant(office.account_id):
        assert len(list(session().scalars(select(Outreach.id)))) == leave
    release()
    assert len(gateway.wire) == leave


def test_a_claim_of_one_chat_that_is_let_go_leaves_another_chats_send_alone(
    office: Office, gateway: Gateway
) -> None:
    first, second = talking(office, 1), talking(office, 2)
    first.queue("a1", state="sending")
    second.queue("b1", state="sending")
    with tenant(office.account_id):
        jobs.outbox.let_go(office.account_id, first.chat_id)
    release()
    assert (outcome("a1", office.account_id), outcome("b1", office.account_id)) == ("queued", "sending")


class Files:
    """Chats by number, each with one file of so many bytes, held on their way until told."""

    def __init__(self, **sizes: int) -> None:
        self.sizes = {int(name[1:]): size for name, size in sizes.items()}
        self.begun: list[int] = []
        self.let_go = threading.Event()
        self.senders = Senders(self.sizes.get, self.send)

    def send(self, chat: int) -> bool:
        self.begun.append(chat)
        assert self.sizes[chat] == 0 or self.let_go.wait(30)
        del self.sizes[chat]
        return True

    def ask_all(self) -> None:
        for chat in list(self.sizes):
            self.senders.ask(chat)


def test_large_files_go_one_by_one_small_ones_beside_them_and_words_pass_them_all() -> None:
    large = UPLOAD_BYTES_IN_FLIGHT - 10
    files = Files(c1=large, c2=large, c3=5, c4=0, c5=0)
    files.ask_all()
    until(lambda: sorted(files.begun) == [1, 3, 4, 5])
    files.let_go.set()
    assert files.senders.finish(30)
    assert sorted(files.begun) == [1, 2, 3, 4, 5]


def test_many_files_leave_places_for_words_and_one_over_the_bound_goes_alone() -> None:
    many = Files(**{f"c{n}": 1 for n in range(20)}, c20=0)
    many.ask_all()
    until(lambda: 20 in many.begun and len(many.begun) == FILES_IN_FLIGHT + 1)
    many.let_go.set()
    assert many.senders.finish(30)
    assert len(many.begun) == 21
    alone = Files(c1=UPLOAD_BYTES_IN_FLIGHT + 1)
    alone.let_go.set()
    alone.ask_all()
    assert alone.senders.finish(30)
    assert alone.begun == [1]


class Wire:
    """whatsmeow's one send at a time, with a clock of ours."""

    def __init__(self) -> None:
        self.now, self.cuts = 1000.0, 0
        self.turns = SendTurns(self.cut, clock=lambda: self.now)
        self.confirmed, self.holds = threading.Event(), threading.Event()

    def cut(self) -> bool:
        self.cuts += 1
        return True

    def hold(self) -> None:
        with self.turns.one():
            self.holds.set()
            assert self.confirmed.wait(30)

    def after(self, seconds: float) -> int:
        """How often the connection has been renewed when so much more time is over."""
        self.now += seconds
        self.turns._look(self.turns._patience())
        return self.cuts


SOON = LEAST_PATIENCE_SECONDS + 0.1


def lost(wire: Wire) -> int:
    """A send whose answer is lost, and that of its repetition; how often it had the connection renewed."""
    before = wire.cuts
    with pytest.raises(UncertainError), wire.turns.one():
        wire.after(SOON)
        wire.turns.connected()
        wire.after(SOON)
        raise UncertainError("not_confirmed")
    return wire.cuts - before


def test_a_send_without_an_answer_has_its_connection_renewed_twice_and_as_long_as_before_each_time() -> None:
    wire = Wire()
    with wire.turns.one():
        assert (wire.after(SOON - 0.2), wire.after(0.2)) == (0, 1)
        wire.turns.connected()
        assert (wire.after(SOON - 0.2), wire.after(0.2), wire.after(SOON)) == (1, RENEWALS_OF_ONE, 2)


def test_three_answers_lost_one_after_the_other_hold_up_nobody_and_then_it_is_one_a_minute() -> None:
    wire = Wire()
    assert [lost(wire) for _ in range(3)] == [RENEWALS_OF_ONE] * 3
    assert wire.cuts == RENEWALS_IN_VAIN
    with wire.turns.one():
        assert wire.after(SOON) == RENEWALS_IN_VAIN, "WhatsApp answers nobody"
        assert wire.after(60) == RENEWALS_IN_VAIN + 1


def test_while_others_are_answered_no_lost_answer_holds_up_anybody_up_to_a_bound() -> None:
    wire = Wire()
    for _ in range(RENEWALS_A_MINUTE // RENEWALS_OF_ONE):
        assert lost(wire) == RENEWALS_OF_ONE
        with wire.turns.one():
            pass
    with wire.turns.one():
        assert wire.after(SOON) == RENEWALS_A_MINUTE, "enough for a minute"
        assert wire.after(60) == RENEWALS_A_MINUTE + 1


def test_on_a_slow_line_a_send_has_as_long_as_connecting_took_and_more_when_sends_take_longer() -> None:
    wire = Wire()
    wire.turns.connected(4.0)
    with wire.turns.one():
        assert (wire.after(3.9), wire.after(0.2)) == (0, 1)
    wire.turns.connected(0.2)
    with wire.turns.one():
        wire.now += 0.5
    with wire.turns.one():
        assert (wire.after(2.4), wire.after(0.2)) == (1, 2)


def test_nobody_waits_for_one_that_never_ends_and_it_is_renewed_all_the_same() -> None:
    wire = Wire()
    with wire.turns.one():
        wire.turns.look()
        wire.now += LONGEST_SECONDS + 1
        wire.turns.look()
    assert wire.cuts == 1


def test_asked_to_end_who_waits_for_a_turn_has_certainly_not_sent() -> None:
    ending, wire = threading.Event(), Wire()
    wire.turns._is_ending = ending.is_set
    holder = threading.Thread(target=wire.hold)
    holder.start()
    assert wire.holds.wait(30)
    ending.set()
    with pytest.raises(TransientError), wire.turns.one():
        raise AssertionError("had a turn")
    wire.confirmed.set()
    holder.join(30)
