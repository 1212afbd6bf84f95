"""Apply one decoded WhatsApp event. The same event twice changes nothing; late ones never take anything back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from clarin_web.chats.actions import amending, profiles, ticking
from clarin_web.chats.actions.adopting import adopt_by_echo
from clarin_web.chats.actions.calling import call_message, join_call
from clarin_web.chats.actions.counting import customer_wrote, phone_wrote
from clarin_web.chats.actions.hearing import Hearing
from clarin_web.chats.actions.inserting import insert_message, row_of
from clarin_web.chats.actions.live_locations import is_of_a_live_location, move_live_location
from clarin_web.chats.actions.mentions import Unnamed, name_mentions, note_unnamed, remember_member
from clarin_web.chats.actions.opening import place_number
from clarin_web.chats.actions.owing import owe_lead
from clarin_web.chats.actions.placeholders import fill_in
from clarin_web.chats.actions.previews import MessageLine, kind_of, show_as_last, words_of
from clarin_web.chats.actions.provenance import keep_provenance
from clarin_web.db import execute
from clarin_web.devices.gateway import (
    CallHeard,
    Decoded,
    GroupNamed,
    IncomingMessage,
    Kind,
    MessageEdited,
    MessageRevoked,
    NumberFound,
    PersonNamed,
    PollOptionAdded,
    PollVote,
    PortraitTold,
    Reaction,
    Receipt,
)
from clarin_web.events import Actor, ContactWroteFirst, MessageReceived, announce
from clarin_web.media.actions import expect
from clarin_web.models import Chat, Device, Message


def apply_event(hearing: Hearing, event: Decoded) -> None:
    """Inside the caller's transaction. Raises NotYet when the message it is about has not arrived."""
    if isinstance(event, IncomingMessage):
        _receive(hearing, event)
        return
    if isinstance(event, CallHeard):
        _receive(hearing, call_message(event))
        return
    hearing.forget()
    device = hearing.device
    match event:
        case Receipt():
            ticking.apply_receipt(device, event)
        case Reaction():
            amending.apply_reaction(device, event)
        case MessageEdited():
            amending.apply_edit(device, event)
        case MessageRevoked():
            amending.apply_revocation(device, event)
        case PollVote():
            amending.apply_vote(device, event)
        case PollOptionAdded():
            amending.apply_poll_option(device, event)
        case GroupNamed():
            profiles.name_group(device, event)
        case PersonNamed():
            profiles.name_person(device, event)
        case NumberFound():
            place_number(device, event)
        case PortraitTold():
            profiles.apply_portrait(device, event)


def _receive(hearing: Hearing, event: IncomingMessage) -> None:
    chat = hearing.open(event)
    if chat is None:
        return
    event, unnamed = name_mentions(chat.account_id, event)
    adopt_by_echo(chat, event)
    row = row_of(chat, event)
    if is_of_a_live_location(row):
        hearing.forget()
        if move_live_location(chat, row):
            return
    message_id = insert_message(hearing, row)
    if message_id is None:
        hearing.forget()
        _again(hearing.device, chat, event, row, unnamed)
        return
    hearing.came(event.wa_id)
    is_first = chat.last_message_id is None
    _expect_file(hearing.device, event, message_id)
    keep_provenance(chat, event, message_id)
    note_unnamed(chat.account_id, message_id, unnamed)
    _learn(hearing, chat, event)
    show_as_last(
        chat, MessageLine(message_id, row["at"], row["direction"], kind_of(row), words_of(row), row["state"])
    )
    if event.history:
        hearing.remembered(chat)
        profiles.name_nameless_group(chat, str(event.details.get("group_name", "")))
        return
    (phone_wrote if event.from_me else customer_wrote)(chat, row["at"])
    profiles.ask_about(chat, is_new=is_first)
    hearing.touch(Device.last_out_at if event.from_me else Device.last_in_at, row["at"])
    _announce(hearing.device, chat, event, message_id, is_first)


def _expect_file(device: Device, event: IncomingMessage, message_id: int) -> None:
    """Its bytes follow on a thread of their own."""
    if event.file is not None:
        expect(device.account_id, message_id, device.id, event.file, at_once=not event.history)


def _learn(hearing: Hearing, chat: Chat, event: IncomingMessage) -> None:
    """From a group how its members call themselves; from what we write ourselves the number's own private id."""
    if chat.kind == "group" and not event.from_me and event.push_name:
        remember_member(
            chat.account_id, (event.sender, event.sender_alt), event.push_name, is_old=event.history
        )
    if event.from_me and not event.history and event.sender not in (event.chat, event.chat_alt):
        own = (a.value for a in (event.sender, event.sender_alt) if a and a.kind is Kind.LID)
        hearing.device.lid = next(own, hearing.device.lid)


def _again(device: Device, chat: Chat, event: IncomingMessage, row: dict[str, Any], unnamed: Unnamed) -> None:
    """Heard before: our own did leave, whatever its row says; a call goes on; what could not be read now can."""
    if event.from_me:
        ticking.upgrade(chat.account_id, [chat.id], [event.wa_id], event.state or "sent", event.sent_at)
    if row["kind"] == "call":
        join_call(chat, row)
    elif (message_id := fill_in(chat, row)) is not None:
        _expect_file(device, event, message_id)
        keep_provenance(chat, event, message_id)
        note_unnamed(chat.account_id, message_id, unnamed)


def _announce(device: Device, chat: Chat, event: IncomingMessage, message_id: int, is_first: bool) -> None:
    actor = Actor.whatsapp()
    about: dict[str, Any] = {
        "account_id": chat.account_id,
        "actor": actor,
        "chat_id": chat.id,
        "contact_id": chat.contact_id,
    }
    announce(MessageReceived(**about, message_id=message_id))
    if event.from_me or chat.kind != "user" or not is_first or not device.creates_leads:
        return
    if _is_first_word(chat, message_id):
        owe_lead(chat)
        announce(
            ContactWroteFirst(
                **about,
                device_id=device.id,
                pipeline_id=device.lead_pipeline_id,
                stage_id=device.lead_stage_id,
            )
        )


def _is_first_word(chat: Chat, message_id: int) -> bool:
    """Nothing else was ever said here: a chat we began is not one where a stranger wrote first."""
    others = select(Message.id).where(
        Message.account_id == chat.account_id, Message.chat_id == chat.id, Message.id != message_id
    )
    return execute(others.limit(1)).first() is None
