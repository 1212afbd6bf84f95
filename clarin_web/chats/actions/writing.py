"""Write to a customer: the row exists before anything is sent (domain rule 8). Notes never come this way."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update

from clarin_web.accounts.permissions import Member, Permission, visible
from clarin_web.chats.actions.drafts import forget_draft
from clarin_web.chats.actions.previews import MessageLine, show_as_last
from clarin_web.chats.queries import lock_chat, written
from clarin_web.contacts.queries import may_be_contacted
from clarin_web.db import execute, session, transaction
from clarin_web.devices.deeds import show_deed
from clarin_web.devices.numbers import ask_anew
from clarin_web.devices.outgoing import DEEDS, KINDS
from clarin_web.devices.queries import is_removed
from clarin_web.events import Actor, MessageChanged, MessageQueued, announce
from clarin_web.lib.errors import Conflict, Invalid, NotFound
from clarin_web.lib.wa_text import wa_preview
from clarin_web.models import Chat, Message

MAX_BODY = 4096
RETRIABLE = ("failed", "uncertain")


@dataclass(frozen=True, slots=True)
class NewMessage:
    """`client_id` is made by the page: the same one twice is one message.

    kind and `extra`: a kind of devices.outgoing with what it needs. `draft`: the version of it that was read.
    """

    body: str
    client_id: str
    kind: str = "text"
    quoted_wa_id: str | None = None
    extra: dict[str, object] = field(default_factory=dict)
    draft: int | None = None


def write_message(
    member: Member, chat_id: int, new: NewMessage, with_row: Callable[[int], None] | None = None
) -> int:
    """Queue a message and return its id; repeated with the same client_id, the first one's.

    `with_row` gets the new row's id, inside its transaction.

    Raises Invalid when the person must not be written to, the number was removed or a note would be quoted;
    Conflict("client_id_used") when other words went under this client_id.
    """
    member.must(Permission.WORK)
    if new.kind not in KINDS:
        raise Invalid("not_for_customers", {"body": "not_for_customers"})
    with transaction():
        chat = lock_chat(member, chat_id)
        if (there := written(member.account_id, chat_id, new.client_id, new.kind, new.body)) is not None:
            return there
        check_reachable(chat)
        message = _insert(member, chat, new)
        if with_row:
            with_row(message.id)
        if new.kind == "text":
            forget_draft(member, chat_id, "answer", sent=new.body, seen=new.draft)
        show_as_last(chat, MessageLine(message.id, message.at, "out", new.kind, new.body, "queued"))
        chat.waiting_since = None
        session().flush()  # the listeners read the chat in statements of their own
        _announce(member, chat, message)
        return message.id


def retry_message(member: Member, message_id: int) -> int:
    """Send again what failed or may have failed: only ever because a person asked. Returns the chat's id."""
    member.must(Permission.WORK)
    with transaction():
        chat = lock_chat_of(member, message_id)
        check_reachable(chat)
        tried_again = execute(
            update(Message)
            .where(
                Message.account_id == member.account_id,
                Message.id == message_id,
                Message.state.in_(RETRIABLE),
            )
            .values(state="queued", failure="", version=Message.version + 1)
            .returning(Message.id, Message.kind, Message.body, Message.extra)
            .execution_options(synchronize_session=False)
        ).first()
        if tried_again is None:
            raise Conflict("not_retriable")
        ask_anew(member.account_id, chat.key)
        if tried_again.kind in DEEDS:
            show_deed(member.account_id, tried_again, "queued")
        if chat.last_message_id == message_id:
            chat.last_state, chat.version = "queued", chat.version + 1
        session().flush()  # as above
        about: dict[str, Any] = {
            "account_id": member.account_id,
            "actor": Actor.user(member.user_id),
            "chat_id": chat.id,
        }
        announce(MessageChanged(**about, contact_id=chat.contact_id, message_id=message_id))
        announce(
            MessageQueued(
                **about,
                contact_id=chat.contact_id,
                message_id=message_id,
                device_id=chat.device_id,
            )
        )
        return chat.id


def check_reachable(chat: Chat) -> None:
    """Invalid: nothing may leave here, and it is better said now than at the last gate."""
    if not may_be_contacted(chat.account_id, chat.contact_id, chat.key):
        raise Invalid("do_not_contact", {"body": "do_not_contact"})
    if is_removed(chat.account_id, chat.device_id):
        raise Invalid("device_removed", {"body": "device_removed"})


def new_wa_id() -> str:
    """A WhatsApp message id of our own: fixed at insert, so that a second send is the same message."""
    return "3EB0" + secrets.token_hex(9).upper()


def _insert(member: Member, chat: Chat, new: NewMessage) -> Message:
    preview = quoted_preview(chat.account_id, chat.id, new.quoted_wa_id, to_customer=True)
    message = Message(
        account_id=member.account_id,
        chat_id=chat.id,
        wa_id=new_wa_id(),
        client_id=new.client_id,
        direction="out",
        kind=new.kind,
        body=new.body,
        extra=new.extra,
        state="queued",
        author_id=member.user_id,
        quoted_wa_id=new.quoted_wa_id,
        quoted_preview=preview,
    )
    session().add(message)
    session().flush()  # brings message.id and its time, which the chat's last line needs
    return message


def quoted_preview(account_id: int, chat_id: int, wa_id: str | None, *, to_customer: bool = False) -> str:
    """What the quoted message said; empty for a message we never saw. A note is quoted to no customer: Invalid."""
    if not wa_id:
        return ""
    said = execute(
        select(Message.kind, Message.body).where(
            Message.account_id == account_id, Message.chat_id == chat_id, Message.wa_id == wa_id
        )
    ).one_or_none()
    if to_customer and said is not None and said.kind == "note":
        raise Invalid("not_for_customers", {"body": "not_for_customers"})
    return wa_preview(said.body if said else None)


def _announce(member: Member, chat: Chat, message: Message) -> None:
    about = {
        "account_id": member.account_id,
        "actor": Actor.user(member.user_id),
        "chat_id": chat.id,
        "contact_id": chat.contact_id,
        "message_id": message.id,
    }
    announce(MessageQueued(**about, device_id=chat.device_id))  # type: ignore[arg-type]


def lock_chat_of(member: Member, message_id: int) -> Chat:
    of_message = select(Message.chat_id).where(
        Message.account_id == member.account_id, Message.id == message_id
    )
    chat_id = execute(of_message).scalar_one_or_none()
    if (
        chat_id is None
        or execute(select(Chat.id).where(visible(Chat, member), Chat.id == chat_id)).first() is None
    ):
        raise NotFound("message")
    return lock_chat(member, chat_id)
