"""Single values of Kommo's rows, whatever they hold, and the list of those that could not be used."""

from __future__ import annotations

import marshal
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from clarin_web.lib.text import clean_text

MAX_ODD = 2000
LONGEST_NUMBER = 20
MAX_PLACE = 2**31 - 1
EXACT = 2.0**53  # up to here a float is the number that was written
FARTHEST_SECOND = 10**11  # in the year 5138
READ_AS = b"4"  # part of every hash: change it when rows that did not change must be read anew
DERIVED = ("_links", "account_id", "closest_task_at")  # says nothing of the row itself
Row = dict[str, Any]


@dataclass
class Oddities:
    """What could not be used, for people to see, with the value as it came; and of which rows that was said anew.

    Keeps the latest MAX_ODD.
    """

    found: list[dict[str, str]] = field(default_factory=list)
    read: set[tuple[str, str]] = field(default_factory=set)

    def add(self, kind: str, kommo_id: object, code: str, value: object = "") -> None:
        odd = {"kind": kind, "kommo_id": _shown(kommo_id, 30), "code": code, "value": _shown(value, 80)}
        if odd not in self.found:
            self.found = [*self.found[-MAX_ODD + 1 :], odd]

    def note_read(self, kind: str, kommo_id: object) -> None:
        """This row is read: what was odd about it before is over, unless it is found again."""
        self.read.add((kind, str(kommo_id)[:30]))

    def take(self) -> tuple[list[dict[str, str]], set[tuple[str, str]]]:
        """All of it, which is somebody else's to keep from now on."""
        taken = self.found, self.read
        self.found, self.read = [], set()
        return taken

    def take_over(self, other: Oddities) -> None:
        """What was odd about a page, now that the page counts."""
        new = [odd for odd in other.found if odd not in self.found]
        if new:
            self.found = [*self.found, *new][-MAX_ODD:]
        self.read |= other.read


def _shown(value: object, limit: int) -> str:
    """Any value in a few characters: one that is deep or endless is not written out to be cut."""
    if isinstance(value, dict | list) or (isinstance(value, int) and abs(value) > 10**limit):
        return "{…}" if isinstance(value, dict) else "[…]" if isinstance(value, list) else "…"
    return clean_text(str(value)[: limit * 4], limit, one_line=True)


def id_of(row: Row, kind: str, odd: Oddities) -> int | None:
    """The row's id as a number, in the row too; None for what is no id."""
    id_ = number_of(row.get("id"))
    if id_ > 0:
        row["id"] = id_
        odd.note_read(kind, id_)
        return id_
    odd.add(kind, row.get("id"), "bad_id", row.get("id"))
    return None


def hash_of(row: Row) -> int:
    """Two answers with one hash are the same row: the second is not read."""
    said = {key: row[key] for key in row if key not in DERIVED}
    # Of what JSON can say, version 2 writes the same bytes for the same values, several times quicker than JSON.
    digest = blake2b(marshal.dumps(said, 2), digest_size=8, key=READ_AS).digest()
    return int.from_bytes(digest, "big", signed=True)


def storable(value: Any) -> Any:
    """Any JSON as PostgreSQL takes it and gives it back: no NUL, no half characters, no NaN; without addresses."""
    kind = type(value)
    if kind is str:
        return value if value.isascii() and "\x00" not in value else _characters(value)
    if kind is dict:
        return {storable(key): storable(item) for key, item in value.items() if key not in DERIVED}
    if kind is list:
        return [storable(item) for item in value]
    if kind is float and not abs(value) < EXACT:
        return int(Decimal(repr(value))) if math.isfinite(value) else str(value)
    return value


def _characters(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def embedded_of(row: Row, name: str) -> list[Row]:
    """A list, a single object or nothing, as the list of its objects."""
    embedded = row.get("_embedded")
    items = embedded.get(name) if isinstance(embedded, dict) else None
    if isinstance(items, dict):
        items = [items]
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def ids_in(row: Row, name: str) -> list[int]:
    return [id_ for item in embedded_of(row, name) if (id_ := number_of(item.get("id"))) > 0]


def name_nonsense(row: Row, kind: str, names: tuple[str, ...], odd: Oddities) -> None:
    """What stands among a row's links and tags and is none: it is left out, and said."""
    embedded = row.get("_embedded") or {}
    if not isinstance(embedded, dict):
        odd.add(kind, row["id"], "bad_links", embedded)
        return
    for name in names:
        items = embedded.get(name) or []
        for item in items if isinstance(items, list) else [items]:
            if not _is_linked(item, name):
                odd.add(kind, row["id"], f"bad_{name}", item.get("id") if isinstance(item, dict) else item)


def _is_linked(item: object, name: str) -> bool:
    if not isinstance(item, dict) or number_of(item.get("id")) <= 0:
        return False
    return name != "tags" or bool(text_of(item.get("name"), 60))


def text_of(value: object, limit: int = 200) -> str:
    return clean_text(value, limit, one_line=True) if isinstance(value, str) else ""


def number_of(value: object) -> int:
    """A whole number as PostgreSQL holds it, also written as text; 0 for anything else."""
    if isinstance(value, str) and len(value) < LONGEST_NUMBER and value.isascii() and value.isdigit():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else 0


def place_of(value: object) -> int:
    """A number to sort by, as far as a column for places goes."""
    return max(-MAX_PLACE, min(number_of(value), MAX_PLACE))


def times_of(row: Row, kind: str, odd: Oddities) -> tuple[datetime, datetime]:
    """Created and updated; a missing one takes the other's value; both missing, a visibly wrong epoch."""
    created = when_of(row.get("created_at"), kind, row["id"], "created_at", odd)
    updated = when_of(row.get("updated_at"), kind, row["id"], "updated_at", odd)
    epoch = datetime.fromtimestamp(0, UTC)
    return created or updated or epoch, updated or created or epoch


def when_of(value: object, kind: str, kommo_id: object, name: str, odd: Oddities) -> datetime | None:
    if value in (None, 0, "", False):
        return None
    moment = moment_of(value)
    if moment is None:
        odd.add(kind, kommo_id, f"bad_{name}", value)
    return moment


def moment_of(value: object) -> datetime | None:
    """Unix seconds as a time; None for what no calendar of ours holds."""
    seconds = number_of(value)
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < FARTHEST_SECOND else None


def tags_of(row: Row) -> tuple[str, ...]:
    names = (text_of(tag.get("name"), 60) for tag in embedded_of(row, "tags"))
    return tuple(dict.fromkeys(name for name in names if name))
