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
    """ValueError for times no calendar has, instead of the three exceptions Python may raise."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise ValueError(f"impossible timestamp {seconds}") from error
