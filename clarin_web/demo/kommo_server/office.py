"""Verbs on the people and rules of an account: users, groups, roles, pipelines, stages, loss reasons, tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from clarin_web.demo.kommo_server.core import LOST, WON, Core
from clarin_web.demo.kommo_server.table import Row, is_listed

COLORS = ("#99ccff", "#ffff99", "#ffcc66", "#ffcccc", "#ccff66", "#c1e0ff")


class OfficeVerbs(Core):
    """Users, groups, roles."""

    def add_group(self, name: str) -> int:
        return self._put("groups", {"name": name, "uuid": None})

    def add_role(self, name: str) -> int:
        return self._put("roles", {"name": name})

    def add_user(
        self, name: str, email: str, *, admin: bool = False, group_id: int | None = None, **extra: Any
    ) -> int:
        row = {"name": name, "email": email, "lang": "es", "is_admin": admin, "is_active": True}
        return self._put("users", {**row, "group_id": group_id, "role_id": None, **extra})

    def remove_user(self, user_id: int) -> None:
        """The user just disappears; leads may still carry the id."""
        self._remove("users", user_id)

    def _remove(self, kind: str, id_: int) -> None:
        with self.lock:
            old = self.rows[kind].pop(id_)
            self.announce(kind, id_, "remove", old, None)


class FunnelVerbs(OfficeVerbs):
    """Pipelines, their stages, loss reasons."""

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
            closed = [_closed(id_, WON, won), _closed(id_, LOST, lost)]
            self.rows["pipelines"][id_] = {
                "id": id_,
                "name": name,
                "sort": len(self.rows["pipelines"]) + 1,
                "is_main": not self.rows["pipelines"],
                "is_unsorted_on": True,
                "is_archive": False,
                "stages": [incoming, *open_, *closed],
            }
            return id_

    def stage_ids(self, pipeline_id: int, *, closed: bool = True) -> list[int]:
        """The pipeline's stage ids in order, without the incoming one."""
        stages = [stage["id"] for stage in self.rows["pipelines"][pipeline_id]["stages"] if not stage["type"]]
        return stages if closed else [id_ for id_ in stages if id_ not in (WON, LOST)]

    def incoming_stage(self, pipeline_id: int) -> int:
        return next(int(s["id"]) for s in self.rows["pipelines"][pipeline_id]["stages"] if s["type"] == 1)

    def add_stage(self, pipeline_id: int, name: str) -> int:
        with self.lock:
            stages = self.rows["pipelines"][pipeline_id]["stages"]
            stage = self._stage(pipeline_id, name, 10 * len(stages), COLORS[len(stages) % 6])
            stages.insert(-2, stage)
            return int(stage["id"])

    def remove_stage(self, pipeline_id: int, stage_id: int) -> None:
        with self.lock:
            pipeline = self.rows["pipelines"][pipeline_id]
            pipeline["stages"] = [stage for stage in pipeline["stages"] if stage["id"] != stage_id]

    def rename_stage(self, pipeline_id: int, stage_id: int, name: str) -> None:
        """142 and 143 can be renamed too."""
        with self.lock:
            stages = self.rows["pipelines"][pipeline_id]["stages"]
            next(stage for stage in stages if stage["id"] == stage_id)["name"] = name

    def change_pipeline(self, pipeline_id: int, **fields: Any) -> None:
        """name, sort, is_archive, is_main, is_unsorted_on."""
        with self.lock:
            self.rows["pipelines"][pipeline_id] = {**self.rows["pipelines"][pipeline_id], **fields}

    def archive_pipeline(self, pipeline_id: int) -> None:
        self.change_pipeline(pipeline_id, is_archive=True)

    def remove_pipeline(self, pipeline_id: int) -> None:
        """Refused while leads are in it, as Kommo refuses it."""
        with self.lock:
            leads = self.rows["leads"].values()
            if any(is_listed(lead) and lead["pipeline_id"] == pipeline_id for lead in leads):
                raise ValueError("the pipeline still has leads")
            del self.rows["pipelines"][pipeline_id]

    def add_loss_reason(self, name: str) -> int:
        return self._put("loss_reasons", {"name": name, "sort": 100000})

    def rename_loss_reason(self, reason_id: int, name: str) -> None:
        self.change("loss_reasons", reason_id, name=name)

    def remove_loss_reason(self, reason_id: int) -> None:
        self._remove("loss_reasons", reason_id)

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


class TagVerbs(FunnelVerbs):
    """Tags: one name has one id for leads, another for contacts."""

    def rename_tag(self, tag_id: int, name: str) -> None:
        """Rows that carry it are not stamped: they hold the id."""
        self.change("tags", tag_id, name=name)

    def remove_tag(self, tag_id: int) -> None:
        self._remove("tags", tag_id)

    def _tags(self, kind: str, names: Iterable[str]) -> list[int]:
        with self.lock:
            known = {row["name"]: row["id"] for row in self.rows["tags"].values() if row["kind"] == kind}
            return [
                known[name]
                if name in known
                else self._put("tags", {"name": name, "kind": kind, "color": None})
                for name in dict.fromkeys(names)
            ]


def _closed(pipeline_id: int, id_: int, name: str) -> Row:
    won = id_ == WON
    return {
        "id": id_,
        "name": name,
        "sort": 10000 if won else 11000,
        "is_editable": False,
        "pipeline_id": pipeline_id,
        "color": "#CCFF66" if won else "#D5D8DB",
        "type": 0,
    }
