"""What WhatsApp does not take now: the same message again, longer apart each time, its chat in order behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from clarin_web.accounts.permissions import Member
from clarin_web.chats.actions import call_off
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices import outbox, outlet
from clarin_web.devices.actions import resume_sending
from clarin_web.devices.gateway import LaterError, PermanentError, RestrictedError, TransientError
from clarin_web.devices.jobs import send_waiting, signs
from clarin_web.devices.outbox import AGAIN_AFTER_SECONDS
from clarin_web.devices.outgoing import Outgoing
from clarin_web.events import HoldsLifted, MessageChanged
from clarin_web.models import Media, Message
from tests.support.told import told

from .conftest import Office
from .test_governing import Gateway, chat_with, message, send


class Moody(Gateway):
    """Raises what it is told to, once each."""

    def __init__(self) -> None:
        super().__init__()
        self.moods: list[Exception] = []

    def send(self, message: Outgoing) -> Any:
        if self.moods:
            raise self.moods.pop(0)
        return super().send(message)


@pytest.fixture
def gateway() -> Iterator[Moody]:
    made = Moody()
    outlet.install(made)  # type: ignore[arg-type]
    signs.taken()
    yield made
    outlet.install(None)


def try_again(chat: Office) -> None:
    """Its time has come."""
    with tenant(chat.account_id), transaction():
        execute(update(Message).where(Message.hold == "retry").values(due_at=datetime.now(UTC)))
    release()
    send_waiting(chat.account_id, chat.device_id)


def test_it_is_tried_a_few_times_longer_apart_then_failed_with_the_reason(
    office: Office, gateway: Moody
) -> None:
    maria = chat_with(office, "51900000001", wrote=timedelta(minutes=1))
    gateway.moods = [LaterError("busy")]
    send(maria, "uno")
    waits = []
    for _ in AGAIN_AFTER_SECONDS:
        row = message(maria)
        assert (row.state, row.hold) == ("queued", "retry")
        waits.append((row.due_at - datetime.now(UTC)).total_seconds())
        gateway.moods = [LaterError("busy")]
        try_again(maria)
    assert waits == [pytest.approx(seconds, abs=5) for seconds in AGAIN_AFTER_SECONDS]
    assert (message(maria).state, message(maria).failure) == ("failed", "busy")
    assert gateway.wire == []


def test_what_is_written_behind_it_waits_and_order_stays(office: Office, gateway: Moody) -> None:
    maria = chat_with(office, "51900000001", wrote=timedelta(minutes=1))
    gateway.moods = [LaterError("out_of_step")]
    send(maria, "uno")
    send(maria, "dos")
    send(chat_with(office, "51900000002", wrote=timedelta(minutes=1)), "otra")
    assert gateway.wire == [("51900000002", "otra")]
    try_again(maria)
    assert [text for _, text in gateway.wire] == ["otra", "uno", "dos"]


def test_calling_off_the_first_lets_the_others_go(office: Office, gateway: Moody) -> None:
    maria = chat_with(office, "51900000001", wrote=timedelta(days=2))
    gateway.moods = [LaterError("out_of_step")]
    first, _ = send(maria, "uno"), send(maria, "dos")
    with tenant(office.account_id):
        assert call_off(Member(office.account_id, 1, "owner"), office.device_id, first) == 1
    release()
    send_waiting(office.account_id, office.device_id)
    assert [text for _, text in gateway.wire] == ["dos"]


def test_a_message_on_the_wire_while_its_chat_is_joined_is_not_overtaken(
    office: Office, gateway: Moody
) -> None:
    maria, other = (
        chat_with(office, phone, wrote=timedelta(minutes=1)) for phone in ("51900000001", "51900000002")
    )
    other.queue("uno", prefix="uno-")
    with tenant(office.account_id):
        claimed = outbox.claim(office.account_id, office.device_id, other.chat_id)
        assert claimed
        with transaction():
            execute(update(Message).where(Message.id == claimed.id).values(chat_id=maria.chat_id))
    release()
    send(maria, "dos")
    assert gateway.wire == []
    with tenant(office.account_id):
        outbox.postponed(office.account_id, claimed, "busy")
    release()
    send_waiting(office.account_id, office.device_id)
    assert gateway.wire == []
    try_again(maria)
    assert [text for _, text in gateway.wire] == ["uno", "dos"]


def test_without_a_connection_no_try_is_used_up(office: Office, gateway: Moody) -> None:
    maria = chat_with(office, "51900000001", wrote=timedelta(minutes=1))
    gateway.moods = [TransientError("not_connected")] * 9
    send(maria, "uno")
    while gateway.moods:
        send_waiting(office.account_id, office.device_id)
    assert (message(maria).state, message(maria).attempts) == ("queued", 0)


def test_a_page_drawn_while_it_says_sending_is_told_that_it_waits_again(
    office: Office, gateway: Moody
) -> None:
    maria = chat_with(office, "51900000001", wrote=timedelta(minutes=1))
    gateway.moods = [TransientError("not_connected")]
    with told(MessageChanged) as heard:
        first = send(maria, "uno")
        assert [(fact.chat_id, fact.message_id) for fact in heard] == [(maria.chat_id, first)]
        heard.clear()
        with tenant(office.account_id):
            assert outbox.claim(office.account_id, office.device_id, maria.chat_id)
            outbox.let_go(office.account_id, maria.chat_id)
            assert [fact.message_id for fact in heard] == [first]
            outbox.let_go(office.account_id, maria.chat_id)
            assert len(heard) == 1, "nothing is told twice"


@pytest.mark.parametrize(("changes", "count"), [({}, 0), ({"hold": "pace"}, 1), ({"kind": "image"}, 1)])
def test_what_waited_and_what_takes_its_time_is_told_to_leave(
    office: Office, changes: dict[str, str], count: int
) -> None:
    """A plain text is gone before anybody could see it leave."""
    maria = chat_with(office, "51900000001", wrote=timedelta(minutes=1))
    (first,) = maria.queue("uno", **changes)
    if changes.get("kind"):
        with tenant(office.account_id), transaction():
            execute(
                insert(Media).values(account_id=office.account_id, message_id=first, state="ready", hash="x")
            )
    with told(MessageChanged) as heard, tenant(office.account_id):
        assert outbox.claim(office.account_id, office.device_id, maria.chat_id)
    assert [fact.message_id for fact in heard] == [first] * count
    release()


def test_where_a_reason_to_wait_is_over_open_pages_are_told_once_a_chat(office: Office) -> None:
    maria, rosa, luis = (chat_with(office, f"5190000000{number}") for number in (1, 2, 3))
    maria.queue("uno", "dos", hold="stopped_here")
    rosa.queue("tres", hold="capped", prefix="R")
    luis.queue("cuatro", hold="retry", prefix="L")
    with told(HoldsLifted) as heard, tenant(office.account_id):
        resume_sending(Member(office.account_id, 1, "owner"), office.device_id)
        resume_sending(Member(office.account_id, 1, "owner"), office.device_id)
    release()
    assert [fact.chat_ids for fact in heard] == [sorted([maria.chat_id, rosa.chat_id])]


@pytest.mark.parametrize(
    "wrong", [LaterError("too_often"), PermanentError("not_allowed"), RestrictedError("restricted")]
)
def test_five_answers_that_whatsapp_minds_stop_the_number(
    office: Office, gateway: Moody, wrong: Exception
) -> None:
    office.set(pace_seconds=0)
    gateway.moods = [wrong] * 5
    for number in range(5):
        send(chat_with(office, f"5190000001{number}", wrote=timedelta(minutes=1)), f"uno {number}")
    assert office.device().paused_reason == "failures"


@pytest.mark.parametrize("wrong", [PermanentError("too_large"), PermanentError("target_gone")])
def test_what_is_about_the_message_alone_stops_nothing(
    office: Office, gateway: Moody, wrong: Exception
) -> None:
    maria = chat_with(office, "51900000001", wrote=timedelta(minutes=1))
    gateway.moods = [wrong] * 6
    for number in range(6):
        send(maria, f"{number} uno")
    assert office.device().paused_reason == ""


@pytest.mark.parametrize("reason", ["restricted", "capped"])
def test_a_restriction_holds_strangers_and_lets_answers_go(
    office: Office, gateway: Moody, reason: str
) -> None:
    office.set(pace_seconds=0)
    gateway.moods = [RestrictedError(reason)]
    stranger, other = (chat_with(office, phone) for phone in ("51900000021", "51900000022"))
    send(stranger, "hola")
    assert (message(stranger).state, message(stranger).failure) == ("failed", reason)
    send(other, "buenas")
    assert (message(other).hold, message(other).due_at) == (reason, office.device().cold_paused_until)
    send(chat_with(office, "51900000001", wrote=timedelta(days=3)), "claro")
    assert gateway.wire == [("51900000001", "claro")]


def test_a_restriction_about_somebody_who_wrote_says_nothing_of_strangers(
    office: Office, gateway: Moody
) -> None:
    gateway.moods = [RestrictedError("restricted")]
    maria = chat_with(office, "51900000001", wrote=timedelta(days=3))
    send(maria, "hola")
    assert (message(maria).failure, office.device().cold_paused_until) == ("not_allowed", None)


def test_a_restriction_holds_who_never_answered_though_a_chat_was_begun_or_refused_today(
    office: Office, gateway: Moody
) -> None:
    office.set(pace_seconds=0)
    begun, refused = (chat_with(office, phone) for phone in ("51900000021", "51900000022"))
    send(begun, "hola")
    gateway.moods = [RestrictedError("restricted")]
    send(refused, "buenas")
    for chat in (begun, refused):
        send(chat, "¿y entonces?")
        assert message(chat).hold == "restricted"
    assert gateway.wire == [("51900000021", "hola")]
