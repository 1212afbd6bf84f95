"""Write to the team beside a customer's chat. A note has no way to WhatsApp: no state, no id of theirs, no queue."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.chats.actions.drafts import forget_draft
from clarin_web.chats.queries import lock_chat, written
from clarin_web.db import session, transaction
from clarin_web.events import Actor, MessageReceived, announce
from clarin_web.models import Chat, Message


@dataclass(frozen=True, slots=True)
class NewNote:
    """`client_id` is made by the page: the same one twice is one note. `draft`: the version of it that was read."""

    body: str
    client_id: str
    draft: int | None = None


def write_note(member: Member, chat_id: int, new: NewNote) -> int:
    """Keep a note and return its id; repeated with the same client_id, the first one's. Always allowed.

    Raises Conflict("client_id_used") when other words went under this client_id.
    """
    member.must(Permission.WORK)
    with transaction():
        chat = lock_chat(member, chat_id)
        if (there := written(member.account_id, chat_id, new.client_id, "note", new.body)) is not None:
            return there
        note = _insert(member, chat, new)
        forget_draft(member, chat_id, "note", sent=new.body, seen=new.draft)
        announce(
            MessageReceived(
                account_id=member.account_id,
                actor=Actor.user(member.user_id),
                chat_id=chat.id,
                contact_id=chat.contact_id,
                message_id=note.id,
            )
        )
        return note.id


def _insert(member: Member, chat: Chat, new: NewNote) -> Message:
    note = Message(
        account_id=member.account_id,
        chat_id=chat.id,
        wa_id=f"note-{secrets.token_hex(9)}",
        client_id=new.client_id,
        direction="out",
        kind="note",
        body=new.body,
        state="",
        author_id=member.user_id,
    )
    session().add(note)
    session().flush()  # brings note.id
    return note
