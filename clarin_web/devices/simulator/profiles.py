"""What simulated people and groups are called and look like, and that they change it: as WhatsApp answers about them.

A portrait is a seed of a small generated face; the name of another file of `files.MAKERS` plays somebody's bad joke.
"""

from __future__ import annotations

import dataclasses
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clarin_web.devices.gateway import Address, GroupNamed, Kind, PersonNamed, PortraitNews, PortraitTold
from clarin_web.devices.simulator.files import MAKERS, file_of
from clarin_web.devices.simulator.script import Group, Persona, Script

if TYPE_CHECKING:
    from clarin_web.devices.simulator.world import World

HIDDEN = "hidden"
KNOBS = ("rename", "portrait")  # as "<phone or group>=<what it is from now on>"


def as_they_are(script: Script, world: World) -> Script:
    """The script with everything that was changed since it was written."""

    def news(key: str) -> dict[str, Any]:
        now = {"name": world.recall(f"rename {key}"), "portrait": world.recall(f"portrait {key}")}
        return {name: value for name, value in now.items() if value is not None}

    people = [dataclasses.replace(person, **news(person.phone)) for person in script.people]
    groups = [dataclasses.replace(group, **news(group.value)) for group in script.groups]
    return dataclasses.replace(script, people=people, groups=groups)


def changed(world: World, knob: str, value: str) -> GroupNamed | PortraitTold | None:
    """Somebody changed it: what WhatsApp tells at once. A person's name is told with their next message."""
    key, _, new = value.partition("=")
    world.remember(f"{knob} {key}", new)
    chat, at = Address.from_key(key), datetime.now(UTC)
    if knob == "portrait":
        return PortraitTold(chat, PortraitNews.CHANGED if new else PortraitNews.NONE, at)
    return GroupNamed(chat, new, at) if chat.kind is Kind.GROUP else None


def name_of(script: Script, chat: Address) -> GroupNamed | PersonNamed:
    at, found = datetime.now(UTC), _find(script, chat)
    if chat.kind is Kind.GROUP:
        return GroupNamed(chat, found.name if found else "", at)
    if not isinstance(found, Persona):
        return PersonNamed(chat, "", "", at)
    return PersonNamed(chat, found.phone_book, found.name, at)


def portrait_of(script: Script, chat: Address, known: str) -> PortraitTold:
    found, at = _find(script, chat), datetime.now(UTC)
    seed = found.portrait if found else ""
    if seed in ("", HIDDEN):
        return PortraitTold(chat, PortraitNews.HIDDEN if seed else PortraitNews.NONE, at)
    portrait_id = str(zlib.crc32(seed.encode()))
    if portrait_id == known:
        return PortraitTold(chat, PortraitNews.SAME, at, known)
    make = seed if seed in MAKERS else "face"
    return PortraitTold(chat, PortraitNews.THERE, at, portrait_id, file_of(make, seed))


def _find(script: Script, chat: Address) -> Persona | Group | None:
    return script.group(chat.key) if chat.kind is Kind.GROUP else script.person(chat.value)
