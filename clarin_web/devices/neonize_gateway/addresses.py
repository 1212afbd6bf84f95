"""WhatsApp JIDs to Address and back. Only people and groups have one; the rest of WhatsApp is None."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clarin_web.devices.gateway import Address, Kind

_KINDS = {
    "s.whatsapp.net": Kind.USER,
    "c.us": Kind.USER,
    "hosted": Kind.USER,
    "lid": Kind.LID,
    "hosted.lid": Kind.LID,
    "g.us": Kind.GROUP,
}
NEVER = datetime.min.replace(tzinfo=UTC)
_MILLISECONDS = 10**11  # no second since 1970 has a number as large
_SERVERS = {Kind.USER: "s.whatsapp.net", Kind.LID: "lid", Kind.GROUP: "g.us"}


def address_of(jid: Any) -> Address | None:
    """None for an empty JID, status posts, newsletters, bots: nothing there is a chat."""
    user = jid.User.split(":")[0].split(".")[0]
    kind = _KINDS.get(jid.Server)
    if kind is None or not user:
        return None
    return Address(kind, user)


def jid_parts(address: Address) -> tuple[str, str]:
    """User and server of an address, as the wire wants them: without a device part."""
    return address.value, _SERVERS[address.kind]


def jid_text(address: Address) -> str:
    return "@".join(jid_parts(address))


def moment(seconds: float) -> datetime:
    """A time no calendar has is NEVER: `devices.bounds` knows what to make of it, and the rest of an event is good."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return NEVER


def moment_of(number: float) -> datetime:
    """neonize tells some times in seconds and some in milliseconds."""
    return moment(number / 1000 if number >= _MILLISECONDS else number)


def jid_from(text: str, cls: Any) -> Any:
    """neonize's JID, all its fields set, as it demands; "" is the empty one. `cls`: neonize's class."""
    user, _, server = text.partition("@")
    name, _, device = user.partition(":")
    return cls(User=name, Device=int(device or 0), Server=server, RawAgent=0, Integrator=0, IsEmpty=not text)


class Place:
    """Where a message happened and who wrote it."""

    def __init__(self, chat: Address, sender: Address, source: Any) -> None:
        self.chat, self.sender = chat, sender
        self.chat_alt = chat_alt(source, chat)
        self.sender_alt = address_of(source.SenderAlt)

    @classmethod
    def of(cls, info: Any) -> Place | None:
        """None for what is no chat: see `address_of`; nor is what the number writes to itself."""
        source = info.MessageSource
        chat = address_of(source.Chat)
        sender = address_of(source.Sender) or (_assistant(source.Sender) if source.IsGroup else None)
        if source.Chat.Server == "broadcast" and source.Chat.User != "status" and not source.IsFromMe:
            chat = sender  # a customer's broadcast list: to us it is a message from that customer
        if info.Category == "peer" or chat is None or sender is None:
            return None
        if source.IsFromMe and chat in (sender, address_of(source.SenderAlt)):
            return None
        return cls(chat, sender, source)


def _assistant(jid: Any) -> Address | None:
    """Meta AI and its like speak in groups; what they say there is read, as a member's whose phone is unknown."""
    return Address(Kind.LID, jid.User) if jid.Server == "bot" and jid.User else None


def chat_alt(source: Any, chat: Address) -> Address | None:
    """The other name of a 1:1 chat; groups have only one."""
    if chat.kind is Kind.GROUP:
        return None
    return address_of(source.RecipientAlt if source.IsFromMe else source.SenderAlt)


def address_from(text: str) -> Address | None:
    """From a JID as history writes it: "user:device@server"."""
    user, _, server = text.partition("@")
    kind, bare = _KINDS.get(server), user.split(":")[0].split(".")[0]
    return Address(kind, bare) if kind and bare else None
