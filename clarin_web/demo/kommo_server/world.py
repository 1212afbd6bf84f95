"""What the simulated Kommo knows, and the verbs that change it. Thread-safe; every verb stamps updated_at."""

from __future__ import annotations

from typing import Any, Self

from clarin_web.demo.kommo_server.core import LOST, WON
from clarin_web.demo.kommo_server.journal import JournalVerbs
from clarin_web.demo.kommo_server.office import COLORS
from clarin_web.demo.kommo_server.table import Row

__all__ = ["COLORS", "LOST", "WON", "World"]


class World(JournalVerbs):
    """One Kommo account: `rows` by kind, verbs on them (core, office, fields, records, work), a journal."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.predefine_fields()

    def to_json(self) -> Row:
        """The whole state, for `from_json`. For comparing with a mirror there is `truth.truth(world)`."""
        with self.lock:
            rows = {kind: [dict(row) for row in table.values()] for kind, table in self.rows.items()}
            return {"account": dict(self.account), "next": dict(self._next), "rows": rows}

    @classmethod
    def from_json(cls, data: Row, **options: Any) -> Self:
        """A world as `to_json` gave it; missing kinds are empty, JSON's text keys are numbers again."""
        world = cls(**options)
        world.account.update(data.get("account", {}))
        world._next.update(data.get("next", {}))
        for kind, rows in data.get("rows", {}).items():
            for row in rows:
                world.rows[kind][row["id"]] = _numbered(row)
            world._next[kind] = max([world._next[kind], *(row["id"] + 1 for row in rows)])
        return world


def _numbered(row: Row) -> Row:
    fields = row.get("fields")
    return {**row, "fields": {int(id_): items for id_, items in fields.items()}} if fields else dict(row)
