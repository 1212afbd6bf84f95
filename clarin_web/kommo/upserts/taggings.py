"""Kommo's tags on leads and contacts. Kommo's set replaces only what Kommo put there; typed tags stay."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BigInteger, Text, delete, select

from clarin_web.db import execute
from clarin_web.kommo.upserts.records import insert_from, one_of
from clarin_web.models import Tagging

TABLE = Tagging.__table__


def replace_taggings(account_id: int, target: str, wanted: Mapping[int, set[int]]) -> dict[int, set[int]]:
    """Make Kommo's tags of each thing `wanted[id]`; `target` is "lead_id" or "contact_id". Answers all tags now."""
    column = getattr(Tagging, target)
    found = select(Tagging.id, column.label("thing"), Tagging.tag_id, Tagging.source).where(
        Tagging.account_id == account_id, one_of(column, wanted)
    )
    now: dict[int, set[int]] = {thing: set() for thing in wanted}
    gone: list[int] = []
    for row in execute(found):
        if row.source == "kommo" and row.tag_id not in wanted[row.thing]:
            gone.append(row.id)
        else:
            now[row.thing].add(row.tag_id)
    new = [(thing, tag) for thing, tags in wanted.items() for tag in sorted(tags - now[thing])]
    _write(account_id, target, gone, new)
    for thing, tag in new:
        now[thing].add(tag)
    return now


def add_taggings(account_id: int, target: str, wanted: Mapping[int, set[int]]) -> None:
    """As `replace_taggings`, of things that have none yet: they were made in this transaction."""
    _write(account_id, target, [], [(thing, tag) for thing, tags in wanted.items() for tag in sorted(tags)])


def _write(account_id: int, target: str, gone: list[int], new: list[tuple[int, int]]) -> None:
    if gone:
        execute(delete(Tagging).where(Tagging.account_id == account_id, one_of(Tagging.id, gone)))
    if new:
        rows = [
            {"account_id": account_id, target: thing, "tag_id": tag, "source": "kommo"} for thing, tag in new
        ]
        columns = {"account_id": BigInteger(), target: BigInteger(), "tag_id": BigInteger(), "source": Text()}
        execute(insert_from(TABLE, rows, columns).on_conflict_do_nothing())
