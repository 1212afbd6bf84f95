"""Rows by id, ordered indexes over them, and who points at whom. Rows of a maker are computed when asked for.

A table of 200,000 made rows keeps one 8-byte key per index and row; only rows that were changed are kept whole.
Change a row by setting it anew (the World's verbs do): the indexes follow `__setitem__`, not the dict inside.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Protocol

Row = dict[str, Any]
Back = Callable[[Row], Iterable[Hashable]]
ID_BITS = 31
ID_MASK = (1 << ID_BITS) - 1


class Maker(Protocol):
    """Computes rows from their ids; never two answers for one id."""

    ids: range

    def row(self, id_: int) -> Row: ...

    def stamp(self, id_: int, field: str) -> int: ...

    def back(self, name: str, target: Hashable) -> Iterable[int]: ...


def is_listed(row: Mapping[str, Any]) -> bool:
    """Whether lists show the row: the recycle bin, merged rows and unsorted ones they do not."""
    return not (row.get("is_deleted") or row.get("is_unsorted") or row.get("merged_into"))


class Table(MutableMapping[int, Row]):
    """One kind of entity. `back` names what its rows point at, so that they can be found from there."""

    def __init__(self, back: Mapping[str, Back] | None = None) -> None:
        self.maker: Maker | None = None
        self._own: dict[int, Row] = {}
        self._gone: set[int] = set()
        self._indexes: dict[str, array[int]] = {}
        self._marks: dict[int, dict[str, int]] = {}
        self._back = dict(back or {})
        self._pointing: dict[str, dict[Hashable, set[int]]] = {name: {} for name in self._back}
        self._targets: dict[int, dict[str, set[Hashable]]] = {}

    def __getitem__(self, id_: int) -> Row:
        row = self._own.get(id_)
        if row is not None:
            return row
        if self.maker is not None and self._is_made(id_):
            return self.maker.row(id_)
        raise KeyError(id_)

    def __setitem__(self, id_: int, row: Row) -> None:
        self._forget(id_)
        self._gone.discard(id_)
        self._own[id_] = row
        self._remember(id_, row)

    def __delitem__(self, id_: int) -> None:
        if id_ not in self:
            raise KeyError(id_)
        self._forget(id_)
        if self._own.pop(id_, None) is None or (self.maker and id_ in self.maker.ids):
            self._gone.add(id_)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._own or self._is_made(id_)

    def __iter__(self) -> Iterator[int]:
        made = self.maker.ids if self.maker else range(0)
        yield from (id_ for id_ in made if id_ not in self._gone)
        yield from [id_ for id_ in self._own if id_ not in made]

    def __len__(self) -> int:
        if self.maker is None:
            return len(self._own)
        made = self.maker.ids
        return len(made) - len(self._gone) + sum(1 for id_ in self._own if id_ not in made)

    def changed(self) -> Iterator[Row]:
        """Rows kept whole: all that were set. Those in the bin are among them, whatever a maker makes."""
        return iter(list(self._own.values()))

    def listed(self, field: str = "id", low: int | None = None, high: int | None = None) -> array[int]:
        """Keys of the listed rows by `field`, both ends included. `id_of` turns a key into its id."""
        index = self._index(field)
        start = 0 if low is None else bisect_left(index, pack(low, 0))
        end = len(index) if high is None else bisect_right(index, pack(high, ID_MASK))
        return index[start:end]

    def is_listed(self, id_: int) -> bool:
        row = self._own.get(id_)
        return is_listed(row) if row is not None else self._is_made(id_)

    def pointing(self, name: str, target: Hashable) -> list[int]:
        """Ids of the rows whose `name` points at `target`, in order."""
        found = set(self._pointing[name].get(target, ()))
        if self.maker:
            found |= {id_ for id_ in self.maker.back(name, target) if self._is_made(id_)}
        return sorted(found)

    def _is_made(self, id_: object) -> bool:
        made = self.maker is not None and isinstance(id_, int) and id_ in self.maker.ids
        return made and id_ not in self._gone and id_ not in self._own

    def _index(self, field: str) -> array[int]:
        if field not in self._indexes:
            keys = [pack(stamp_of(row, field), id_) for id_, row in self._own.items() if is_listed(row)]
            for id_, row in self._own.items():
                if is_listed(row):
                    self._marks.setdefault(id_, {})[field] = pack(stamp_of(row, field), id_)
            if self.maker:
                stamp = self.maker.stamp
                keys += [pack(stamp(id_, field), id_) for id_ in self.maker.ids if self._is_made(id_)]
            self._indexes[field] = array("q", sorted(keys))
        return self._indexes[field]

    def _remember(self, id_: int, row: Row) -> None:
        if is_listed(row):
            self._marks[id_] = {field: pack(stamp_of(row, field), id_) for field in self._indexes}
            for field, key in self._marks[id_].items():
                insort(self._indexes[field], key)
        self._targets[id_] = {name: set(find(row)) for name, find in self._back.items()}
        for name, targets in self._targets[id_].items():
            for target in targets:
                self._pointing[name].setdefault(target, set()).add(id_)

    def _forget(self, id_: int) -> None:
        for field, key in self._keys_of(id_).items():
            index = self._indexes[field]
            place = bisect_left(index, key)
            if place < len(index) and index[place] == key:
                del index[place]
        self._marks.pop(id_, None)
        for name, targets in self._targets.pop(id_, {}).items():
            for target in targets:
                self._pointing[name][target].discard(id_)

    def _keys_of(self, id_: int) -> dict[str, int]:
        if self.maker and self._is_made(id_):
            return {field: pack(self.maker.stamp(id_, field), id_) for field in self._indexes}
        return self._marks.get(id_, {})


def stamp_of(row: Mapping[str, Any], field: str) -> int:
    value = 0 if field == "id" else row.get(field)
    return value if isinstance(value, int) and value > 0 else 0


def pack(stamp: int, id_: int) -> int:
    """One sortable number of a stamp and an id. For the order by id the stamp is 0."""
    return min(max(stamp, 0), (1 << 32) - 1) << ID_BITS | id_


def id_of(key: int) -> int:
    return key & ID_MASK
