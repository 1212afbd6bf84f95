"""Customers who write unasked, one opening after the other, for as long as the device runs."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import cycle

from clarin_web.devices.simulator import people
from clarin_web.devices.simulator.script import Group, Persona, Script
from clarin_web.devices.simulator.world import World


class Openings:
    """Remembers in the world which opening comes next, so that a restart does not tell the story again."""

    def __init__(self, script: Script, world: World, speed: float) -> None:
        self._lines = _interleaved(script)
        self._script, self._world, self._speed = script, world, speed
        self._dice = random.Random(script.seed)  # noqa: S311 -- a story, not a secret
        self._next: datetime | None = None

    def maybe(self, now: datetime) -> None:
        """Write the next opening when its time has come."""
        every = self._script.opens_every
        if every is None or not self._lines:
            return
        if self._next is not None and now >= self._next:
            self._write(now)
        if self._next is None or now >= self._next:
            self._next = now + timedelta(seconds=self._dice.uniform(*every) / self._speed)

    def _write(self, now: datetime) -> None:
        number = int(self._world.recall("opening") or 0)
        person, text, group = self._lines[number % len(self._lines)]
        wa_id = f"SIM{self._script.phone}O{number:06d}"
        self._world.plan(people.written(person, wa_id, text, now, None, self._dice, group))
        self._world.remember("opening", str(number + 1))


def _interleaved(script: Script) -> list[tuple[Persona, str, str]]:
    """Everybody's first line, then everybody's second: nobody talks alone. With the group it is said in, or ""."""
    told = [[(person, line, "") for line in person.openings] for person in script.people]
    told += [_of_group(script, group) for group in script.groups]
    longest = max((len(lines) for lines in told), default=0)
    return [lines[i] for i in range(longest) for lines in told if i < len(lines)]


def _of_group(script: Script, group: Group) -> list[tuple[Persona, str, str]]:
    members = [person for phone in group.members if (person := script.person(phone))]
    return [(person, line, group.value) for person, line in zip(cycle(members), group.openings, strict=False)]
