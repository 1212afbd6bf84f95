"""What neonize does not tell by itself, as the event it would be: lost though it came twice, or not opened there."""

from __future__ import annotations

import time

from clarin_web.devices.neonize_gateway import protos
from clarin_web.devices.neonize_gateway.addresses import jid_from

NOT_OPENED = "neonize.not_opened"


def event_of(wa_id: str, source: str) -> bytes:
    """The event neonize would have told. `source`: "who in where", or "who" where both are one."""
    sender, _, chat = source.partition(" in ")
    events, _ = protos.load()
    is_group = chat.endswith("@g.us")
    nobody = jid_from("", events.JID)
    about = events.MessageSource(
        Chat=jid_from(chat or sender, events.JID), Sender=jid_from(sender, events.JID), IsGroup=is_group,
        IsFromMe=bool(chat) and not is_group, SenderAlt=nobody, RecipientAlt=nobody, BroadcastListOwner=nobody,
    )  # fmt: skip
    info = events.MessageInfo(
        MessageSource=about, ID=wa_id, ServerID=0, Type="text", Pushname="", Timestamp=int(time.time() * 1000),
        Category="", Multicast=False, MediaType="", Edit="",
    )  # fmt: skip
    event = events.UndecryptableMessage(Info=info, IsUnavailable=False)
    event.DecryptFailMode = event.DESCRIPTOR.fields_by_name["DecryptFailMode"].enum_type.values[0].number
    return bytes(event.SerializeToString())


def not_opened(wa_id: str, chat: str) -> bytes:
    """A message of ours that its reader's phone asked for once more, when whatsmeow no longer had it."""
    events, _ = protos.load()
    nobody, where = jid_from("", events.JID), jid_from(chat, events.JID)
    source = events.MessageSource(
        Chat=where, Sender=where, IsGroup=False, IsFromMe=False, SenderAlt=nobody, RecipientAlt=nobody,
        BroadcastListOwner=nobody,
    )  # fmt: skip
    kind = events.Receipt.RETRY
    event = events.Receipt(MessageSource=source, MessageIDs=[wa_id], Timestamp=int(time.time()), Type=kind)
    return bytes(event.SerializeToString())
