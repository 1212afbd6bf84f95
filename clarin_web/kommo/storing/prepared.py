"""A page between its reading and its writing, and what the writing did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.events import Fact
from clarin_web.kommo.answers import Row
from clarin_web.kommo.cursors import Cursor, Step
from clarin_web.kommo.mapping import Oddities, hash_of, number_of
from clarin_web.kommo.upserts.records import one_of
from clarin_web.models import Contact, Lead


@dataclass
class Prepared:
    """`rows` are mapped and changed or new; `gone` is {Kommo id: when}; `more` belongs to other kinds.

    `into` is {absorbed: survivor}: what a merge in Kommo took in, by Kommo's ids.
    """

    rows: list[Any] = field(default_factory=list)
    gone: dict[int, datetime] = field(default_factory=dict)
    more: dict[str, Prepared] = field(default_factory=dict)
    into: dict[int, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.rows and not self.gone and all(part.is_empty for part in self.more.values())


@dataclass(frozen=True, slots=True)
class Taken:
    """One page as it was read: `cursor` is where the list is once it is stored, `odd` what was odd about it, `packed`
    its raw answer ready to be kept.

    `prepared` is None where the page is to be looked at only after the one before was stored.
    """

    step: Step
    cursor: Cursor
    prepared: Prepared | None
    odd: Oddities
    packed: bytes = b""

    @property
    def is_last(self) -> bool:
        return self.step.after is None


@dataclass
class Stored:
    facts: list[Fact] = field(default_factory=list)
    changed: int = 0

    def add(self, other: Stored) -> Stored:
        self.facts += other.facts
        self.changed += other.changed
        return self


def deleted_in(rows: Iterable[Row]) -> dict[int, datetime]:
    """What says of itself that it is deleted, noticed now. Such a row is a stub: nothing else of it is true."""
    now = datetime.now(UTC)
    return {id_: now for row in rows if row.get("is_deleted") is True and (id_ := number_of(row.get("id")))}


def changed_in(
    account_id: int, model: type[Lead] | type[Contact], rows: Sequence[Row], *, even_same: bool = False
) -> list[tuple[Row, int]]:
    """The rows, each with its hash, that are not word for word as they were, in one statement. The others are read
    no further."""
    living = [(row, hash_of(row)) for row in rows if row.get("is_deleted") is not True]
    if even_same:
        return living
    known = select(model.kommo_id, model.kommo_hash).where(
        model.account_id == account_id,
        one_of(model.kommo_id, [id_ for row, _ in living if (id_ := number_of(row.get("id")))]),
        model.gone_in_kommo_at.is_(None),
        model.kommo_hash.is_not(None),
    )
    hashes = {row.kommo_id: row.kommo_hash for row in execute(known)}
    return [(row, hash_) for row, hash_ in living if hashes.get(number_of(row.get("id"))) != hash_]
