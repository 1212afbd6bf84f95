"""The office the robot walks through, and what its other people do meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from clarin_web.db import release, tenant
from clarin_web.devices.gateway import Address, Kind
from clarin_web.leads.actions import (
    NewLead,
    assign_lead,
    change_lead,
    create_lead,
    move_lead,
    note_lead,
    tag_lead,
    trash_lead,
)
from clarin_web.models import Chat
from tests.chats.conftest import Phone, message, sixty_people
from tests.support.cast import Person


class Office:
    """So many people wrote, and there are as many leads; `ana` is who changes them."""

    def __init__(self, ana: Person, phone: Phone, stages: list[int], size: int) -> None:
        self.ana, self.phone, self.stages, self.size = ana, phone, stages, size
        phone.hear(*sixty_people("Rosa", "Hola, soy ")[:size])
        self.leads = [self._do(create_lead, NewLead(title=f"Chair {n:02d}", value=n)).id for n in range(size)]

    @property
    def pages(self) -> list[str]:
        lead, chat = self.leads[0], self.phone.rows(Chat)[3].id
        return [
            "/", "/chats", "/leads", "/leads/board", "/leads/trash", "/devices", "/kommo", "/settings/profile", "/settings/sessions",
            f"/devices/{self.phone.device_id}", f"/leads/{lead}", f"/leads/{self.leads[1]}/timeline", "/leads/new", f"/chats/{chat}", f"/chats/{chat}?write=note",
            "/chats?unread=1", "/chats?waiting=1", "/chats/new", "/leads?status=open", "/leads?sort=name", "/due", "/leads/board?status=open",
        ]  # fmt: skip

    @property
    def changes(self) -> list[Callable[[random.Random], None]]:
        return [
            self.hear,
            self.hear,
            self.hear,
            self.rename,
            self.move,
            self.note,
            self.tag,
            self.assign,
            self.create,
            self.trash,
        ]

    def hear(self, chance: random.Random) -> None:
        number = chance.choice([0, 1, 2, 3, chance.randrange(self.size)])
        self.phone.hear(
            message(
                f"Otra {chance.random():.4f}",
                chat=Address(Kind.USER, f"519876{number:05d}"),
                push_name=f"Rosa {number:02d}",
            )
        )

    def rename(self, chance: random.Random) -> None:
        self._do(change_lead, self._one(chance), {"title": f"Chair {chance.random():.4f}"})

    def move(self, chance: random.Random) -> None:
        self._do(move_lead, self._one(chance), chance.choice(self.stages))

    def note(self, chance: random.Random) -> None:
        self._do(note_lead, self._one(chance), f"Calls at {chance.random():.4f}")

    def tag(self, chance: random.Random) -> None:
        self._do(tag_lead, self._one(chance), chance.choice(["wood", "garden", "late"]))

    def assign(self, chance: random.Random) -> None:
        self._do(assign_lead, self._one(chance), chance.choice([None, self.ana.user_id]))

    def create(self, chance: random.Random) -> None:
        self.leads.append(self._do(create_lead, NewLead(title=f"Table {chance.random():.4f}")).id)

    def trash(self, chance: random.Random) -> None:
        if len(self.leads) > self.size * 0.7:
            self._do(trash_lead, self.leads.pop(chance.randrange(2, len(self.leads))))

    def _one(self, chance: random.Random) -> int:
        return chance.choice([self.leads[0], chance.choice(self.leads)])

    def _do(self, act: Callable[..., Any], *given: object) -> Any:
        with tenant(self.ana.account_id):
            done = act(self.ana.member, *given)
        release()
        return done
