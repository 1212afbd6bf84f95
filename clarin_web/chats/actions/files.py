"""Send a file: kept first, then a message that has it; as what, its bytes decide and the sender may narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.chats.actions.writing import NewMessage, write_message
from clarin_web.chats.queries import may_see_chat, written
from clarin_web.lib.errors import Invalid, NotFound
from clarin_web.media.actions import attach, store_upload
from clarin_web.media.kinds import CAPTIONED, kind_for, most_sent
from clarin_web.models import Media


@dataclass(frozen=True, slots=True)
class NewFile:
    """`asked`: auto, document, voice or sticker."""

    stream: BinaryIO
    name: str
    client_id: str
    caption: str = ""
    asked: str = "auto"
    quoted_wa_id: str | None = None


def send_file(member: Member, chat_id: int, new: NewFile) -> int:
    """The message's id; with a client_id used before, the first one's, and nothing is kept again.

    Raises Invalid: what store_upload says, not_a_sticker, not_a_voice, do_not_contact.
    """
    member.must(Permission.WORK)
    if not may_see_chat(member, chat_id):
        raise NotFound("chat")
    if (there := written(member.account_id, chat_id, new.client_id, "file")) is not None:
        return there
    media, kind = _keep(member, new)
    caption = new.caption if kind in CAPTIONED else ""
    extra: dict[str, object] = {"file_name": media.name} if kind == "document" else {}
    if media.seconds:
        extra["seconds"] = media.seconds
    message = NewMessage(caption, new.client_id, kind, new.quoted_wa_id, extra)
    sent = write_message(member, chat_id, message, lambda row: attach(member, media.id, row))
    if new.caption and not caption:  # phones show no words under a sound or a sticker
        write_message(member, chat_id, NewMessage(new.caption, f"{new.client_id[:60]}-say"))
    return sent


def _keep(member: Member, new: NewFile) -> tuple[Media, str]:
    """A recording that no phone plays as a voice note is sent as an ordinary sound."""
    media = store_upload(member, new.stream, new.name, most=most_sent(), meant=new.asked)
    if media.seconds:
        return media, "voice"
    if new.asked == "voice" and not media.mime.startswith("audio/"):
        raise Invalid("not_a_voice", {"file": "not_a_voice"})
    kind = kind_for(media.mime, media.size, "auto" if new.asked == "voice" else new.asked)
    if kind is None:
        raise Invalid("not_a_sticker", {"file": "not_a_sticker"})
    return media, kind
