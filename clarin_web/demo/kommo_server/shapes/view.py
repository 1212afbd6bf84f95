"""What a shape needs besides the row: the world, the asked `with`, and the knobs on shapes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from clarin_web.demo.kommo_server.core import shown_id
from clarin_web.demo.kommo_server.faults import Faults
from clarin_web.demo.kommo_server.fields import entry_of
from clarin_web.demo.kommo_server.table import Row
from clarin_web.demo.kommo_server.world import World


@dataclass
class View:
    """Made once per request; tag names and field definitions are looked up once."""

    world: World
    faults: Faults = field(default_factory=Faults)
    with_: set[str] = field(default_factory=set)
    _tags: dict[int, Row] = field(default_factory=dict)

    def link(self, *parts: Any) -> Row:
        """Addresses in answers name Kommo's own host: a client that follows them gives its token away."""
        return {"self": {"href": f"{self.faults.public_base}/api/v4/{'/'.join(map(str, parts))}"}}

    def account_id(self) -> int:
        return int(self.world.account["id"])

    def tags(self, ids: Iterable[int]) -> list[Row]:
        """A removed tag is on nothing any more."""
        shown = [self._tags.get(id_) or self._tag(id_) for id_ in ids]
        return [tag for tag in shown if tag]

    def _tag(self, id_: int) -> Row:
        row = self.world.rows["tags"].get(id_)
        if row is None:
            return {}
        self._tags[id_] = {"id": shown_id(id_), "name": row["name"], "color": row.get("color")}
        return self._tags[id_]

    def values(self, row: Row, extra: Iterable[Row] = ()) -> list[Row] | None:
        """`custom_fields_values`; a raw one in the row wins. Empty is null or [] as the knob says."""
        if row.get("custom_fields_values") is not None:
            return list(row["custom_fields_values"])
        definitions = self.world.rows["fields"]
        own = [
            {**entry_of(definitions[id_], items), "field_id": shown_id(id_)}
            for id_, items in (row.get("fields") or {}).items()
            if id_ in definitions
        ]
        entries = [*extra, *own]
        return entries or ([] if self.faults.empty_values == "list" else None)

    def listed(self, kind: str, ids: Iterable[int]) -> list[int]:
        table = self.world.rows[kind]
        return [id_ for id_ in ids if table.is_listed(id_)]

    def companies(self, row: Row) -> list[Row]:
        ids = self.listed("companies", [row["company_id"]]) if row.get("company_id") else []
        return [{"id": id_, "_links": self.link("companies", id_)} for id_ in ids]
