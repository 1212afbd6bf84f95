"""What the simulated Kommo knows, and the verbs that change it. Thread-safe; every verb stamps updated_at."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

WON, LOST = 142, 143
COLORS = ("#99ccff", "#ffff99", "#ffcc66", "#ffcccc", "#ccff66", "#c1e0ff")
Row = dict[str, Any]


class World:
    """One Kommo account. `rows["leads"][id]` holds API-shaped dicts; links between them are kept as ids."""

    def __init__(
        self,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
        country: str = "PE",
        currency: str = "PEN",
        time_zone: str = "America/Lima",
        name: str = "Demo SAC",
    ) -> None:
        self.random = random.Random(seed)
        self.lock = threading.RLock()
        self.clock = clock
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
        self.rows: dict[str, dict[int, Row]] = {
            kind: {}
            for kind in ("users", "pipelines", "loss_reasons", "tags", "leads", "contacts", "companies")
        }
        self._next = {
            "users": 9000001,
            "pipelines": 9001,
            "stages": 7000,
            "loss_reasons": 33,
            "tags": 21,
            "leads": 501,
            "contacts": 601,
            "companies": 801,
        }

    def now(self) -> int:
        return int(self.clock())

    def new_id(self, kind: str) -> int:
        self._next[kind] += 1
        return self._next[kind] - 1

    def add_user(self, name: str, email: str, *, admin: bool = False) -> int:
        return self._put(
            "users", {"name": name, "email": email, "lang": "es", "is_admin": admin, "is_active": True}
        )

    def add_pipeline(
        self, name: str, stages: Sequence[str], *, won: str = "Ganado", lost: str = "Perdido"
    ) -> int:
        """A pipeline with an incoming stage, `stages`, and Kommo's own 142 and 143."""
        with self.lock:
            id_ = self.new_id("pipelines")
            open_ = [
                self._stage(id_, title, 20 + 10 * index, COLORS[index % 6])
                for index, title in enumerate(stages)
            ]
            incoming = {**self._stage(id_, "Incoming leads", 10, "#c1c1c1"), "type": 1, "is_editable": False}
            closed = [
                {**self._stage(id_, won, 10000, "#CCFF66"), "id": WON, "is_editable": False},
                {**self._stage(id_, lost, 11000, "#D5D8DB"), "id": LOST, "is_editable": False},
            ]
            first = not self.rows["pipelines"]
            self.rows["pipelines"][id_] = {
                "id": id_,
                "name": name,
                "sort": len(self.rows["pipelines"]) + 1,
                "is_main": first,
                "is_unsorted_on": True,
                "is_archive": False,
                "stages": [incoming, *open_, *closed],
            }
            return id_

    def stage_ids(self, pipeline_id: int, *, closed: bool = True) -> list[int]:
        """The pipeline's stage ids in order, without the incoming one."""
        stages = [stage["id"] for stage in self.rows["pipelines"][pipeline_id]["stages"] if not stage["type"]]
        return stages if closed else [id_ for id_ in stages if id_ not in (WON, LOST)]

    def remove_stage(self, pipeline_id: int, stage_id: int) -> None:
        with self.lock:
            pipeline = self.rows["pipelines"][pipeline_id]
            pipeline["stages"] = [stage for stage in pipeline["stages"] if stage["id"] != stage_id]

    def add_loss_reason(self, name: str) -> int:
        return self._put("loss_reasons", {"name": name, "sort": 100000})

    def add_company(self, name: str) -> int:
        return self._put("companies", {"name": name})

    def add_contact(
        self,
        name: str,
        phones: Iterable[str] = (),
        emails: Iterable[str] = (),
        *,
        company_id: int | None = None,
        owner_id: int | None = None,
        tags: Iterable[str] = (),
        created_at: int | None = None,
        **extra: Any,
    ) -> int:
        fields = {"name": name, "phones": list(phones), "emails": list(emails), "company_id": company_id}
        more = {
            "responsible_user_id": owner_id or self.account["current_user_id"],
            "tags": self._tags("contacts", tags),
        }
        return self._put("contacts", {**fields, **more, **extra}, created_at)

    def add_lead(
        self,
        name: str,
        pipeline_id: int,
        stage_id: int | None = None,
        *,
        price: int = 0,
        owner_id: int | None = None,
        contact_ids: Sequence[int] = (),
        tags: Iterable[str] = (),
        loss_reason_id: int | None = None,
        created_at: int | None = None,
        updated_at: int | None = None,
        **extra: Any,
    ) -> int:
        stage = stage_id if stage_id is not None else self.stage_ids(pipeline_id, closed=False)[0]
        when = created_at or self.now()
        fields = {
            "name": name,
            "price": price,
            "pipeline_id": pipeline_id,
            "status_id": stage,
            "contact_ids": list(contact_ids),
            "responsible_user_id": owner_id or self.account["current_user_id"],
            "tags": self._tags("leads", tags),
            "loss_reason_id": loss_reason_id,
            "closed_at": (updated_at or when) if stage in (WON, LOST) else None,
        }
        id_ = self._put("leads", {**fields, **extra}, created_at)
        if updated_at is not None:
            self.rows["leads"][id_]["updated_at"] = updated_at
        return id_

    def move_stage(
        self, lead_id: int, stage_id: int, *, pipeline_id: int | None = None, reason: int | None = None
    ) -> None:
        """Move a lead; 142 and 143 close it, any other stage reopens it."""
        closed = stage_id in (WON, LOST)
        target = pipeline_id or self.rows["leads"][lead_id]["pipeline_id"]
        self.change(
            "leads",
            lead_id,
            status_id=stage_id,
            pipeline_id=target,
            closed_at=self.now() if closed else None,
            loss_reason_id=reason if stage_id == LOST else None,
        )

    def set_price(self, lead_id: int, price: int) -> None:
        self.change("leads", lead_id, price=price)

    def assign(self, lead_id: int, user_id: int) -> None:
        self.change("leads", lead_id, responsible_user_id=user_id)

    def tag(self, kind: str, id_: int, *names: str) -> None:
        """The whole tag set of a lead or contact, as Kommo's own editor sends it."""
        self.change(kind, id_, tags=self._tags(kind, names))

    def delete(self, kind: str, id_: int) -> None:
        self.change(kind, id_, is_deleted=True)

    def restore(self, kind: str, id_: int) -> None:
        self.change(kind, id_, is_deleted=False)

    def change(self, kind: str, id_: int, **fields: Any) -> None:
        """Set any fields of a row, odd values included, and stamp it as updated now."""
        with self.lock:
            row = self.rows[kind][id_]
            row.update(fields)
            row["updated_at"] = fields.get("updated_at", max(self.now(), row["updated_at"]))

    def to_json(self) -> Row:
        """The whole truth, for comparing theirs with ours and for `from_json`."""
        with self.lock:
            rows = {kind: [dict(row) for row in table.values()] for kind, table in self.rows.items()}
            return {"account": dict(self.account), "next": dict(self._next), "rows": rows}

    @classmethod
    def from_json(cls, data: Row, **options: Any) -> Self:
        """A world as `to_json` gave it; missing kinds are empty."""
        world = cls(**options)
        world.account.update(data.get("account", {}))
        world._next.update(data.get("next", {}))
        for kind, rows in data.get("rows", {}).items():
            world.rows[kind] = {row["id"]: dict(row) for row in rows}
            world._next[kind] = max([world._next[kind], *(row["id"] + 1 for row in rows)])
        return world

    def _put(self, kind: str, fields: Row, created_at: int | None = None) -> int:
        with self.lock:
            id_ = self.new_id(kind)
            when = created_at or self.now()
            self.rows[kind][id_] = {
                "created_at": when,
                "updated_at": when,
                "is_deleted": False,
                **fields,
                "id": id_,
            }
            return id_

    def _stage(self, pipeline_id: int, name: str, sort: int, color: str) -> Row:
        return {
            "id": self.new_id("stages"),
            "name": name,
            "sort": sort,
            "is_editable": True,
            "pipeline_id": pipeline_id,
            "color": color,
            "type": 0,
        }

    def _tags(self, kind: str, names: Iterable[str]) -> list[int]:
        """Ids per entity kind, as Kommo keeps them: one name has one id for leads, another for contacts."""
        with self.lock:
            known = {row["name"]: row["id"] for row in self.rows["tags"].values() if row["kind"] == kind}
            return [
                known[name]
                if name in known
                else self._put("tags", {"name": name, "kind": kind, "color": None})
                for name in dict.fromkeys(names)
            ]
