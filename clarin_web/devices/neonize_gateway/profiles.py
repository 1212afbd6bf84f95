"""What people and groups are called and look like: what WhatsApp tells by itself, and what it answers when asked."""

from __future__ import annotations

from collections.abc import Callable

from clarin_web.devices import plain
from clarin_web.devices.gateway import (
    Decoded,
    GroupNamed,
    NumberFound,
    PersonNamed,
    PortraitNews,
    PortraitTold,
)
from clarin_web.devices.neonize_gateway import protos
from clarin_web.devices.neonize_gateway.addresses import address_of, moment_of
from clarin_web.devices.neonize_gateway.content_parts import clean

Answer = GroupNamed | PersonNamed | NumberFound | PortraitTold
ANSWERS: dict[type[Answer], str] = {
    GroupNamed: "group_name",
    PersonNamed: "person_name",
    NumberFound: "number_found",
    PortraitTold: "portrait",
}


def row_of(answer: Answer) -> tuple[bytes, str]:
    """neonize answers calls, it has no event of them: the one that is kept is ours."""
    return plain.dump(answer), f"neonize.{ANSWERS[type(answer)]}"


def _group(raw: bytes) -> list[Decoded]:
    event = protos.load()[0].GroupInfoEvent.FromString(raw)
    chat = address_of(event.JID)
    if chat is None or not event.HasField("Name"):
        return []
    return [GroupNamed(chat, clean(event.Name.Name), moment_of(event.Timestamp))]


def _joined(raw: bytes) -> list[Decoded]:
    group = protos.load()[0].JoinedGroup.FromString(raw).GroupInfo
    chat = address_of(group.JID)
    return [GroupNamed(chat, clean(group.GroupName.Name), moment_of(group.GroupCreated))] if chat else []


def _picture(raw: bytes) -> list[Decoded]:
    """Somebody changed their profile picture, or took it away."""
    event = protos.load()[0].Picture.FromString(raw)
    chat = address_of(event.JID)
    news = PortraitNews.NONE if event.Remove else PortraitNews.CHANGED
    return [PortraitTold(chat, news, moment_of(event.Timestamp))] if chat else []


def _answer(cls: type[Answer]) -> Callable[[bytes], list[Decoded]]:
    return lambda raw: [plain.load(cls, raw)]


READERS: dict[str, Callable[[bytes], list[Decoded]]] = {
    "group": _group,
    "joined": _joined,
    "picture": _picture,
    **{name: _answer(cls) for cls, name in ANSWERS.items()},
}
