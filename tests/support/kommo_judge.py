"""A judge beside the mirror: what Kommo really gave and what is really missing, against what the page says.

It reads the simulator's truth and its log, never the mirror's own account of itself. `Judge.look()` before each step of
the clock dates every change; `Judge.untrue(...)` answers what the page claims and is not so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from clarin_web.demo.kommo_server import KommoServer, truth
from clarin_web.demo.kommo_server.faults import SILENT
from clarin_web.demo.kommo_server.seen import Seen
from clarin_web.kommo.connection_state import EVERY, SLACK_SECONDS, every_seconds, late_seconds, read_state
from clarin_web.kommo.streams import INCOMING, LISTS

# Wrong answers that bear the status of a right one and that nobody can take for one.
BROKEN = ("html", "truncated", "short", "empty", "garbage", "reset", "reset_after", "redirect", "timeout")
VISIT_SECONDS = 120  # between an answer and the word that a list was read, on a busy machine
WHOLE_SECONDS = 2  # changes are dated by the second, and a list is read within one
ODD_SECONDS = 900  # a stamp so far from the change is a client's own
PATHS = {
    **{
        listed.name: f"/api/v4/{f'{listed.entity}/' if listed.entity else ''}{listed.kind}"
        for listed in LISTS
    },
    INCOMING.name: "/api/v4/leads/unsorted",
    "users": "/api/v4/users",
    "pipelines": "/api/v4/leads/pipelines",
    "tags": "/api/v4/companies/tags",
    "fields": "/api/v4/companies/custom_fields",
}
# What brings a kind up to date: its own list, and of some facts the list that they come from.
OWN = {
    **{kind: (kind,) for kind in ("users", "pipelines", "tags", "fields", "companies", "contacts", "leads")},
    "loss_reasons": ("pipelines",),
    "tasks": ("tasks",),
    "notes": ("lead_notes", "contact_notes", "company_notes"),
    "unsorted": ("unsorted",),
    "events": ("events",),
}
NAMES = ("users", "pipelines", "tags", "fields")
FROM_ELSEWHERE = {
    **dict.fromkeys(("tags", "loss_reason", "fields", "stages"), NAMES),
    **dict.fromkeys(("contact", "contacts", "company"), ("companies", "contacts", "events", "unsorted")),
    **dict.fromkeys(("state", ""), ("companies", "contacts", "leads", "events", "unsorted")),
}
COUNTED = ("companies", "contacts", "leads", "tasks", "notes")  # what the census reads
DIFFERENCE = re.compile(r"(\w+) (\w+?)(?:\.(\w+))?:")


class Judge:
    """`mirrored` sentences are drift's: what differs between the mirror and the truth."""

    def __init__(self, server: KommoServer) -> None:
        self.server, self.world = server, server.world
        self._was: dict[str, dict[Any, Any]] = {}
        self._changed: dict[tuple[str, str], int] = {}
        self._odd: set[tuple[str, str]] = set()
        self._there: dict[tuple[str, str], int] = {}

    def look(self) -> None:
        """Date what changed since the last look: now, which is its time at the latest."""
        now, found = self.world.now(), truth(self.world)
        for kind, rows in found.items():
            was = self._was.get(kind, {})
            for id_ in rows.keys() | was.keys():
                if rows.get(id_) == was.get(id_):
                    continue
                row = (kind, str(id_))
                self._changed[row] = now
                self._note_presence(row, rows.get(id_), now)
                stamp = rows.get(id_, {}).get("updated_at") or rows.get(id_, {}).get("created_at") or now
                (self._odd.add if abs(stamp - now) > ODD_SECONDS else self._odd.discard)(row)
        self._was = found

    def _note_presence(self, row: tuple[str, str], facts: dict[str, Any] | None, now: int) -> None:
        """Since when a row is in the lists that the census reads."""
        if row[0] in COUNTED and facts is not None and facts.get("state", "live") == "live":
            self._there.setdefault(row, now)
        else:
            self._there.pop(row, None)

    def untrue(
        self, connection: Any, streams: Mapping[str, Any], missing: Iterable[str], now: datetime
    ) -> list[str]:
        """What is claimed and is not so: a list read that was not given, or all here that is not."""
        state = read_state(connection, list(streams.values()), now)
        claimed = {
            name: every_seconds(stream) + SLACK_SECONDS + late_seconds(stream, connection.created_at, now)
            for name, stream in streams.items()
            if name in EVERY and stream.phase == "live" and not stream.error
        }
        as_of = streams["census"].last_success_at if "census" in streams else None
        if "census" in claimed and as_of:  # it says as of when all is here
            claimed["census"] = int((now - as_of).total_seconds())
        found = [
            f"{name} is said to be read at {streams[name].last_success_at}, and was not given then"
            for name in claimed
            if name in PATHS and not self._was_given(name, streams[name].last_success_at)
        ]
        if state.is_up_to_date and set(streams) & set(EVERY) != set(claimed):
            found.append(f"up to date is said, and {sorted(set(EVERY) - set(claimed))} are not read")
        end = " of all" if state.is_up_to_date else ""
        rows = _by_row(missing)
        found += [
            f"{' '.join(row)} was there, and is not here, and all is said to be complete as of {as_of}"
            for row, keys in rows.items()
            if as_of and {"", "state"} & set(keys) and self._was_there(row, as_of.timestamp())
        ]
        return found + [
            f"{' '.join(row)} {', '.join(keys)}, for {lag} s, and {allowed} s are said{end}"
            for row, keys in rows.items()
            for lag, allowed in self._overdue(row, keys, claimed)
        ]

    def _was_given(self, name: str, said: datetime | None) -> bool:
        """Whether Kommo answered for this list when it is said to have been read."""
        at = said.timestamp() if said else 0.0
        return any(
            seen.path == PATHS[name]
            and ("only_deleted" in seen.query) == name.startswith("deleted_")
            and seen.status in (200, 204)
            and seen.fault not in BROKEN
            and -2 <= at - seen.time <= VISIT_SECONDS
            for seen in reversed(self.server.seen)
        )

    def _overdue(
        self, row: tuple[str, str], keys: list[str], claimed: Mapping[str, int]
    ) -> list[tuple[int, int]]:
        """How long a row has differed and how long it may, when that is less and Kommo told no lies."""
        key = next((key for key in ("", "state") if key in keys), keys[0])
        lists = (*OWN[row[0]], *FROM_ELSEWHERE.get(key, ()))
        if row in self._odd or (key in ("", "state") and self._left_unsaid(*row)):
            lists = (*lists, "census")
        if any(name not in claimed for name in lists):
            return []
        changed = self._changed[row]
        lag, allowed = self.world.now() - changed, max(claimed[name] for name in lists)
        is_over = lag > allowed + WHOLE_SECONDS
        return [(lag, allowed)] if is_over and not self._lied_since(changed) else []

    def _was_there(self, row: tuple[str, str], as_of: float) -> bool:
        """However it was changed since: whoever says that all is complete has seen it."""
        since = self._there.get(row)
        return since is not None and since + WHOLE_SECONDS < as_of and not self._lied_since(since)

    def _left_unsaid(self, kind: str, id_: str) -> bool:
        """Merged away or thrown out of the bin: no list and no event names it, and the census says as of when."""
        facts = self._was[kind].get(int(id_) if id_.isdecimal() else id_)
        return facts is None or facts.get("state") == "merged"

    def _lied_since(self, at: int) -> bool:
        """A list that left out rows and said nothing of it: no mirror can know."""
        return any(_is_lie(seen) and seen.time >= at for seen in self.server.seen)


def _by_row(missing: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """The facts that differ, by row; "" where the row is only on one side."""
    rows: dict[tuple[str, str], list[str]] = {}
    for sentence in missing:
        told = DIFFERENCE.match(sentence)
        assert told, sentence
        rows.setdefault((told[1], told[2]), []).append(told[3] or "")
    return rows


def _is_lie(seen: Seen) -> bool:
    return seen.fault in SILENT
