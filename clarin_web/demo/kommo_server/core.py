"""The state every verb of the World works on: rows by kind, ids, the clock, and who hears of changes."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from clarin_web.demo.kommo_server.clock import Clock
from clarin_web.demo.kommo_server.table import Row, Table

WON, LOST = 142, 143
ENTITIES = ("leads", "contacts", "companies")
SINGULAR = {"leads": "lead", "contacts": "contact", "companies": "company", "tasks": "task", "notes": "note"}
FIRST_IDS = {
    "users": 9000001,
    "groups": 0,
    "roles": 5001,
    "pipelines": 9001,
    "stages": 7000,
    "loss_reasons": 33,
    "tags": 21,
    "fields": 1001,
    "enums": 20001,
    "leads": 501,
    "contacts": 601,
    "companies": 801,
    "tasks": 301,
    "notes": 401,
    "unsorted": 1,
    "events": 1,
}


# What of a thing names the kind that its ids are counted in, and how far those of two kinds are apart in `rows`.
SPACED = {"tags": "kind", "fields": "entity", "notes": "entity_type"}
SPACE = 10**7


def shown_id(id_: int) -> int:
    """A tag's, field's or note's id as Kommo's answers have it: of two kinds they may be equal."""
    return id_ % SPACE


def id_in(entity: str, id_: int) -> int:
    """Where `rows` has what answers about this kind of thing call `id_`."""
    return id_ % SPACE + SPACE * ENTITIES.index(entity)


@dataclass(frozen=True)
class Change:
    """One thing that happened. `action`: add, update, delete, restore, merge, remove, accept, decline."""

    kind: str
    id: int
    action: str
    old: Row | None
    new: Row | None
    at: int
    by: int


class Core:
    """One Kommo account. `rows["leads"][id]` holds API-shaped dicts; links between them are kept as ids.

    `equal_ids`: leads, contacts, companies, tasks and notes are each counted from one number on, and so are tags, fields
    and notes of each kind of thing (`shown_id`).
    """

    def __init__(
        self,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
        country: str = "PE",
        currency: str = "PEN",
        time_zone: str = "America/Lima",
        name: str = "Demo SAC",
        *,
        equal_ids: bool = False,
    ) -> None:
        self.random = random.Random(seed)
        self.lock = threading.RLock()
        self.clock = clock
        self.listeners: list[Callable[[Change], None]] = []
        self.events_kept = 100_000
        self.bumps = {"tags", "links"}
        self.merge_tells_absorbed = False
        self.account: Row = {
            "id": 31000001,
            "name": name,
            "subdomain": "demo",
            "country": country,
            "currency": currency,
            "currency_symbol": "S/",
            "language": "es",
            "current_user_id": 9000001,
            "is_unsorted_on": True,
            "is_loss_reason_enabled": True,
            "time_zone": time_zone,
        }
        self.rows: dict[str, Table] = {kind: Table(_BACK.get(kind)) for kind in FIRST_IDS if kind not in _IDS}
        self.equal_ids = equal_ids
        self._next = {**FIRST_IDS, **(dict.fromkeys(SINGULAR, FIRST_IDS["leads"]) if equal_ids else {})}

    def now(self) -> int:
        return int(self.clock())

    def move_clock(self, seconds: float) -> None:
        """Let this much time pass at once; webhooks, tokens and stamps go by this clock."""
        if not isinstance(self.clock, Clock):
            self.clock = Clock(self.clock)
        self.clock.move(seconds)

    def new_id(self, kind: str) -> int:
        with self.lock:
            self._next[kind] += 1
            return self._next[kind] - 1

    def _spaced_id(self, kind: str, fields: Row) -> int:
        entity = fields[SPACED[kind]]
        self._next.setdefault(f"{kind} of {entity}", FIRST_IDS[kind])
        return id_in(entity, self.new_id(f"{kind} of {entity}"))

    def change(self, kind: str, id_: int, **fields: Any) -> None:
        """Set any fields of a row, odd values included, and stamp it as updated now."""
        self._change(kind, id_, "update", fields)

    def touch(self, kind: str, id_: int) -> None:
        """Stamp a row as updated although nothing that it shows changed."""
        self.change(kind, id_)

    def _change(self, kind: str, id_: int, action: str, fields: Row) -> None:
        with self.lock:
            old = self.rows[kind][id_]
            stamp = fields.get("updated_at", max(self.now(), old.get("updated_at") or 0))
            by = {"updated_by": fields.get("updated_by", self.account["current_user_id"])}
            new = {**old, **(by if kind not in _UNSIGNED else {}), **fields, "updated_at": stamp}
            self.rows[kind][id_] = new
            self.announce(kind, id_, action, old, new)

    def announce(self, kind: str, id_: int, action: str, old: Row | None, new: Row | None) -> None:
        """Tell the journal and the webhooks."""
        by = (new or old or {}).get("updated_by") or self.account["current_user_id"]
        change = Change(kind, id_, action, old, new, self.now(), int(by))
        self._write_down(change)
        for listener in self.listeners:
            listener(change)

    def _write_down(self, change: Change) -> None:
        raise NotImplementedError

    def _put(self, kind: str, fields: Row, created_at: int | None = None) -> int:
        with self.lock:
            id_ = self._spaced_id(kind, fields) if self.equal_ids and kind in SPACED else self.new_id(kind)
            when = created_at or self.now()
            stamps = {"created_at": when, "updated_at": when, "is_deleted": False}
            row = {**stamps, **fields, "id": id_}
            self.rows[kind][id_] = row
            self.announce(kind, id_, "add", None, row)
            return id_


_IDS = ("stages", "enums")  # numbered, but kept inside their pipelines and fields
_UNSIGNED = ("users", "groups", "roles", "tags", "fields", "loss_reasons", "unsorted")


def _company(row: Row) -> Iterable[int]:
    return [row["company_id"]] if row.get("company_id") else []


def _entity(row: Row) -> Iterable[tuple[str, int]]:
    return [(row["entity_type"], row["entity_id"])] if row.get("entity_id") else []


_BACK: dict[str, Any] = {
    "leads": {"contacts": lambda row: row.get("contact_ids", ()), "company": _company},
    "contacts": {"company": _company},
    "tasks": {"entity": _entity},
    "notes": {"entity": _entity, "kind": lambda row: [row["entity_type"]]},
    "events": {"entity": _entity},
}
