"""Which rows of a table a request asks for, in which order: an index does what it can, the rest row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from clarin_web.demo.kommo_server.asked import Asked
from clarin_web.demo.kommo_server.core import SPACED, shown_id
from clarin_web.demo.kommo_server.faults import Faults
from clarin_web.demo.kommo_server.table import Row, Table, id_of, stamp_of

INDEXED = {
    "leads": ("updated_at", "created_at"),
    "contacts": ("updated_at", "created_at"),
    "companies": ("updated_at", "created_at"),
    "tasks": ("updated_at",),
    "notes": ("updated_at",),
    "events": ("created_at",),
}
Ids = Sequence[int]
FEW = 500  # below this many rows looking at each is quicker than an index


class Keys(Sequence[int]):
    """Ids of a slice of an index, unpacked only where they are looked at."""

    def __init__(self, keys: Sequence[int], descending: bool) -> None:
        self._keys, self._descending = keys, descending

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        return id_of(self._keys[-1 - place if self._descending else place])


def select(table: Table, asked: Asked, faults: Faults, base: Ids | None = None) -> Ids:
    """Ids in the asked order. `base` narrows to some rows (the notes of one lead)."""
    if base is not None and len(base) == len(table):
        base = None
    drive = _drive(asked)
    if "id" in asked.values or (base is not None and len(base) < FEW):
        ids = [id_ for id_ in (_named(asked, base)) if table.is_listed(id_)]
        return _ordered(table, _kept(table, ids, asked, faults, None), asked, faults)
    low, high = _bounds(asked.ranges.get(drive), faults)
    keys = table.listed(drive, low, high)
    rest = _conditions(asked, faults, drive)
    plain = asked.order is None and drive == "id" and faults.default_order == "id_asc"
    if not rest and base is None and (plain or asked.order == drive):
        return Keys(keys, asked.descending)
    wanted = None if base is None else set(base)
    ids = [id_ for id_ in map(id_of, keys) if wanted is None or id_ in wanted]
    return _ordered(table, _kept(table, ids, asked, faults, drive) if rest else ids, asked, faults)


def _drive(asked: Asked) -> str:
    """The index to walk: one with an asked range, else the asked order's, else by id."""
    indexed = INDEXED.get(asked.kind, ())
    ranged = [name for name in indexed if name in asked.ranges]
    if ranged:
        return ranged[0]
    return asked.order if asked.order in indexed else "id"


def _named(asked: Asked, base: Ids | None) -> list[int]:
    """The ids the query names, those of `base`, or what both have."""
    if "id" not in asked.values:
        return list(base or ())
    named = {int(value) for value in asked.values["id"] if value.isdecimal()}
    if base and asked.kind in SPACED:
        named = {id_ for id_ in base if shown_id(id_) in named}
    return sorted(named if base is None else named.intersection(base))


def _bounds(range_: tuple[int | None, int | None] | None, faults: Faults) -> tuple[int | None, int | None]:
    low, high = range_ or (None, None)
    if faults.range_inclusive:
        return low, high
    return (None if low is None else low + 1), (None if high is None else high - 1)


def _kept(table: Table, ids: list[int], asked: Asked, faults: Faults, drive: str | None) -> list[int]:
    conditions = _conditions(asked, faults, drive)
    return [id_ for id_ in ids if _all(conditions, table[id_])] if conditions else ids


def _all(conditions: list[Callable[[Row], bool]], row: Row) -> bool:
    return all(condition(row) for condition in conditions)


def _conditions(asked: Asked, faults: Faults, drive: str | None) -> list[Callable[[Row], bool]]:
    """What the index did not settle."""
    made: list[Callable[[Row], bool]] = []
    for name, range_ in asked.ranges.items():
        if name != drive:
            made.append(_in_range(name, *_bounds(range_, faults)))
    for name, wanted in asked.values.items():
        if name != "id" and name not in ("type", "entity", "entity_id", "task_type", "destination"):
            made.append(_is_one_of(name, wanted))
    if asked.statuses:
        pairs = {(one.get("pipeline_id"), one.get("status_id")) for one in asked.statuses.values()}
        made.append(lambda row: (str(row["pipeline_id"]), str(row["status_id"])) in pairs)
    if asked.text:
        made.append(lambda row: asked.text.casefold() in str(row.get("name", "")).casefold())
    if "pipeline_id" in asked.values and asked.hides:
        made.append(lambda row: row["status_id"] not in asked.hides)
    if asked.settled is not None:
        made.append(_in_range("updated_at", None, asked.settled))
    return [*made, *_special(asked)]


def _special(asked: Asked) -> list[Callable[[Row], bool]]:
    """Filters whose name is not the row's key."""
    found = []
    for name, key in (("type", "type"), ("entity_id", "entity_id"), ("task_type", "task_type_id")):
        if name in asked.values:
            found.append(_is_one_of(key, asked.values[name]))
    if "entity" in asked.values:
        plural = {"lead": "leads", "contact": "contacts", "company": "companies", "task": "tasks"}
        found.append(_is_one_of("entity_type", {plural.get(one, one) for one in asked.values["entity"]}))
    return found


def _in_range(name: str, low: int | None, high: int | None) -> Callable[[Row], bool]:
    def test(row: Row) -> bool:
        value = stamp_of(row, name)
        return (low is None or value >= low) and (high is None or value <= high)

    return test


def _is_one_of(name: str, wanted: set[str]) -> Callable[[Row], bool]:
    return lambda row: _text(row.get(name)) in wanted


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _ordered(table: Table, ids: list[int], asked: Asked, faults: Faults) -> list[int]:
    if asked.order in (None, "id"):
        if asked.order is None and faults.default_order == "shuffle":
            return sorted(ids, key=lambda id_: id_ * 2654435761 % 2**32)
        return sorted(ids, reverse=asked.descending)
    name = str(asked.order)
    return sorted(ids, key=lambda id_: (stamp_of(table[id_], name), id_), reverse=asked.descending)
