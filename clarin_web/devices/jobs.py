"""Jobs that run inside a device's own process, and what wakes it and the supervisor."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import chain, repeat
from typing import TypeVar

import redis
import structlog

from clarin_web.db import is_away, release, tenant
from clarin_web.devices import governing, inquiries, numbers, outbox, outlet, questions, vitals
from clarin_web.devices.gate import is_forbidden
from clarin_web.devices.gateway import (
    Address,
    Kind,
    LaterError,
    PermanentError,
    RestrictedError,
    SentResult,
    TransientError,
    UncertainError,
)
from clarin_web.devices.governing import Signs
from clarin_web.devices.outgoing import kind_of
from clarin_web.events import DeviceChanged, InquiryMade, MediaWanted, MessageQueued
from clarin_web.jobs import device_queue, enqueue, job, redis_connection, redis_outage
from clarin_web.lib.outage import Outage

log = structlog.get_logger()
Found = TypeVar("Found")
away = Outage("database", "no message is sent")
WAKE_CHANNEL = "clarin:devices"
FETCH_FILES = "clarin_web.devices.downloads.fetch_files"
LOG_OUT = "clarin_web.devices.jobs.log_out"
PROCESS_EVENTS = "clarin_web.chats.jobs.process_events"
SEND_WAITING = "clarin_web.devices.jobs.send_waiting"
# Refused before the wire, or about what is said and not how much: no sign that WhatsApp minds us.
OURS = (
    "not_supported",
    "target_not_sent",
    "do_not_contact",
    "target_gone",
    "too_large",
    "not_in_group",
    "file_lost",
)
signs = Signs()
_rows = threading.Lock()  # one thread at the rows while the others wait for WhatsApp: one connection, no race


@job
def send_message(account_id: int, device_id: int, message_id: int) -> None:
    """Send this message, after the ones queued before it in its chat. Twice delivered, it does nothing."""
    chat_id = outbox.chat_of(account_id, message_id)
    if chat_id is not None:
        _ask(account_id, device_id, [chat_id])


@job
def send_waiting(account_id: int, device_id: int) -> None:
    """Every chat where something waits, the oldest first: after an outage, or when Redis forgot the jobs."""
    _ask(account_id, device_id, outbox.waiting_chats(account_id, device_id))


@job
def log_out(account_id: int, device_id: int) -> None:
    """Unlink from the phone; the gateway then reports the state itself."""
    outlet.gateway().log_out()


@job
def mark_read(account_id: int, device_id: int, chat_key: str, sender_key: str, wa_ids: list[str]) -> None:
    """Blue ticks for the customer. Losing them harms nobody, so nothing repeats this."""
    try:
        outlet.gateway().mark_read(Address.from_key(chat_key), Address.from_key(sender_key), tuple(wa_ids))
    except TransientError:
        log.info("read ticks not sent: not connected", device=device_id)


@job
def watch_chat(account_id: int, device_id: int, chat_key: str) -> None:
    """Somebody opened the chat."""
    outlet.gateway().watch(Address.from_key(chat_key))


@job
def show_typing(account_id: int, device_id: int, chat_key: str) -> None:
    """Somebody of ours is writing. Late or lost it harms nobody."""
    outlet.gateway().show_typing(Address.from_key(chat_key))


@job
def ask(account_id: int, device_id: int, chat_id: int, about: str) -> None:
    """What a person is called the phone has told already; anything else waits its turn on a thread of its own."""
    question = inquiries.question(account_id, chat_id, about)
    if question is None:
        return
    if about == "name" and question.chat.kind is not Kind.GROUP:
        try:
            outlet.gateway().ask_name(question.chat)
        except TransientError:
            log.info("no name asked for: not connected", device=device_id)
    else:
        questions.put(question)


def _ask(account_id: int, device_id: int, chat_ids: list[int]) -> None:
    senders = outlet.senders()
    for chat_id in chat_ids:
        if senders:
            senders.ask(chat_id)
        else:
            while weigh_next(account_id, chat_id) is not None and send_next(account_id, device_id, chat_id):
                pass


def weigh_next(account_id: int, chat_id: int) -> int | None:
    """Of the chat's next message, for `Senders`. Asked to end, nothing more may leave: begun, it would be in doubt."""
    if outlet.is_closed():
        return None
    return _at_the_rows(account_id, lambda: outbox.weigh_next(account_id, chat_id))


def send_next(account_id: int, device_id: int, chat_id: int) -> bool:
    """Send the chat's oldest message; False when nothing more of it can leave now."""
    claimed = _at_the_rows(account_id, lambda: _claim(account_id, device_id, chat_id))
    if claimed is None:
        return False
    with tenant(account_id):
        return _send(account_id, device_id, claimed)


def _at_the_rows(account_id: int, look: Callable[[], Found | None]) -> Found | None:
    """A database that is away is not the chat's fault: nothing is found, and the sweep asks again."""
    with _rows, tenant(account_id):
        try:
            return look()
        except Exception as error:
            if not is_away(error):
                raise
            away.began(error)
            return None
        finally:
            release()


def _claim(account_id: int, device_id: int, chat_id: int) -> outbox.Claimed | None:
    """A claim whose commit was not answered may hold a message that nobody sends: it is let go, then asked again."""
    try:
        return outbox.claim(account_id, device_id, chat_id)
    except Exception as error:
        if not is_away(error):
            raise
        away.began(error, device=device_id)
        release()
        _until_done(lambda: outbox.let_go(account_id, chat_id))
        return outbox.claim(account_id, device_id, chat_id)


def _send(account_id: int, device_id: int, claimed: outbox.Claimed) -> bool:
    """False when the connection is away and the rest of the chat must wait as well."""
    try:
        result = _at_the_wire(account_id, claimed)
    except LaterError as error:
        return _not_taken(account_id, device_id, claimed, error.reason)
    except TransientError:
        _surely(lambda: outbox.back_to_queue(account_id, claimed))
        return False
    except PermanentError as error:
        _refused(account_id, device_id, claimed, error)
    except UncertainError as error:
        reason = error.reason
        _surely(lambda: outbox.uncertain(account_id, claimed, reason))
    except Exception:  # a mistake of ours, at a moment nobody knows: this chat's, and no other's
        log.exception("a message failed on its way", device=device_id, message=claimed.id)
        _surely(lambda: outbox.uncertain(account_id, claimed, "not_confirmed"))
    else:
        _surely(lambda: outbox.sent(account_id, claimed, result))
        signs.taken()
    return True


def _not_taken(account_id: int, device_id: int, claimed: outbox.Claimed, reason: str) -> bool:
    """False when WhatsApp wants to be left in peace, by whatever message."""
    _surely(lambda: outbox.postponed(account_id, claimed, reason))
    if reason == "too_often":
        _count_refusal(account_id, device_id)
    return reason != "too_often"


def _refused(account_id: int, device_id: int, claimed: outbox.Claimed, error: PermanentError) -> None:
    """A restriction stops strangers only; other refusals, and one to somebody who wrote, are counted for the guard."""
    reason = error.reason
    if isinstance(error, RestrictedError):
        is_stranger = _surely(lambda: outbox.restricted(account_id, device_id, claimed, reason))
        return None if is_stranger else _count_refusal(account_id, device_id)
    if reason not in OURS:
        _count_refusal(account_id, device_id)
    _surely(lambda: outbox.failed(account_id, claimed, reason))


def _count_refusal(account_id: int, device_id: int) -> None:
    if signs.refused():
        _surely(lambda: governing.pause(account_id, device_id, "failures"))


def _at_the_wire(account_id: int, claimed: outbox.Claimed) -> SentResult:
    gateway, message = outlet.gateway(), claimed.message
    if kind_of(message) not in gateway.capabilities.sends:
        raise PermanentError("not_supported")
    if claimed.is_first:
        message = replace(message, chat=_place_of(account_id, claimed))
    release()  # who waits for WhatsApp keeps no connection to PostgreSQL
    begun = time.monotonic()
    sent = gateway.send(message)
    vitals.confirmed(time.monotonic() - begun)
    return sent


def _place_of(account_id: int, claimed: outbox.Claimed) -> Address:
    """Where the first message goes: perhaps an address that nobody has checked yet."""
    place = numbers.place_of(account_id, outlet.gateway(), claimed.message.chat)
    if place is None:
        raise PermanentError("not_on_whatsapp")
    if place != claimed.message.chat and is_forbidden(account_id, claimed.contact_id, place):
        raise PermanentError("do_not_contact")
    return place


def _surely(write: Callable[[], Found]) -> Found:
    """What happened on the wire must reach the row."""
    with _rows:
        done = _until_done(write)
        release()
    return done


def _until_done(write: Callable[[], Found]) -> Found:
    """Past deadlocks and however long the database is away.

    No other chat could claim anything meanwhile, and a process that is asked to end does not wait for us.
    """
    for wait in chain((0.05, 0.2, 1.0), repeat(3.0)):
        try:
            done = write()
        except Exception as error:
            if not is_away(error):
                raise
            away.began(error)
            release()
            threading.Event().wait(wait)
        else:
            away.over()
            return done
    raise AssertionError("tries never end")


def wake_device(fact: MessageQueued) -> None:
    """Listener: a message was queued."""
    enqueue(
        device_queue(fact.device_id), "clarin_web.devices.jobs.send_message", fact.account_id, fact.device_id,
        fact.message_id,
    )  # fmt: skip


def ask_whatsapp(fact: InquiryMade) -> None:
    """Listener: lost with Redis, it is asked another time."""
    name = "clarin_web.devices.jobs.ask"
    enqueue(device_queue(fact.device_id), name, fact.account_id, fact.device_id, fact.chat_id, fact.about)


def wake_downloads(fact: MediaWanted) -> None:
    """Listener: a message came with a file, or somebody asked for one. It is fetched outside the number's process."""
    enqueue("files", FETCH_FILES, fact.account_id, fact.device_id, once=f"files-{fact.device_id}")


def wake_supervisor(fact: DeviceChanged) -> None:
    """Listener: somebody wants something else of a device. The supervisor looks by itself every two seconds."""
    try:
        redis_connection().publish(WAKE_CHANNEL, str(fact.device_id))
    except redis.RedisError as error:
        redis_outage.began(error)
