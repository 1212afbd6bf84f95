"""A message that was lost although WhatsApp sent it twice: its place, as for one that cannot be opened."""

from __future__ import annotations

import time

from clarin_web.devices.neonize_gateway import protos
from clarin_web.devices.neonize_gateway.addresses import jid_from


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
