"""Make tags and put them on leads. The lead's `tag_ids` array is rewritten in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from clarin_web.db import execute, transaction
from clarin_web.events import Actor, NamesChanged, announce
from clarin_web.lib.errors import Invalid
from clarin_web.lib.text import clean_text, name_key
from clarin_web.models import COLORS, Tag, Tagging

MAX_NAME = 60


def find_or_create(account_id: int, names: Iterable[str]) -> dict[str, int]:
    """Tag ids by `name_key`, in three statements however many names, in one when all are known; a racing writer
    makes no duplicate."""
    wanted = {name_key(name): clean_text(name, MAX_NAME, one_line=True) for name in names if name_key(name)}
    if not wanted:
        return {}
    with transaction():
        found = _ids(account_id, wanted)
        if missing := sorted(wanted.keys() - found.keys()):
            rows = [
                {"account_id": account_id, "name": wanted[key], "name_key": key, "color": color_of(key)}
                for key in missing
            ]
            new = insert(Tag).values(rows).on_conflict_do_nothing(index_elements=["account_id", "name_key"])
            if execute(new.returning(Tag.id)).first():
                announce(NamesChanged(account_id=account_id, actor=Actor.system()))
            found = _ids(account_id, wanted)
        return found


def _ids(account_id: int, wanted: Iterable[str]) -> dict[str, int]:
    known = select(Tag.name_key, Tag.id).where(Tag.account_id == account_id, Tag.name_key.in_(list(wanted)))
    return {row.name_key: row.id for row in execute(known)}


def respell(account_id: int, old: str, new: str) -> None:
    """One tag in other letters: "vip" is written "VIP" now. Where people here write it another way, it stays theirs."""
    name, key = clean_text(new, MAX_NAME, one_line=True), name_key(new)
    with transaction():
        spelled = Tag.name == clean_text(old, MAX_NAME, one_line=True)
        mine = update(Tag).where(Tag.account_id == account_id, Tag.name_key == key, spelled)
        if execute(mine.values(name=name).returning(Tag.id)).first():
            announce(NamesChanged(account_id=account_id, actor=Actor.system()))


def find_or_create_one(account_id: int, name: str) -> int:
    """The id of the tag called `name`; Invalid when nothing of the name is left after cleaning."""
    found = find_or_create(account_id, [name])
    if not found:
        raise Invalid("name_missing", {"tag": "required"})
    return next(iter(found.values()))


def tag_lead(account_id: int, lead_id: int, tag_id: int, source: str = "typed") -> list[int]:
    """Put a tag on a lead, once, and answer all its tag ids. The caller stores them on the lead it has locked."""
    with transaction():
        execute(
            insert(Tagging)
            .values(account_id=account_id, lead_id=lead_id, tag_id=tag_id, source=source)
            .on_conflict_do_nothing()
        )
        return tag_ids_of(account_id, lead_id)


def untag_lead(account_id: int, lead_id: int, tag_id: int) -> list[int]:
    """Take a tag off a lead, and answer the tag ids that are left."""
    with transaction():
        execute(
            delete(Tagging).where(
                Tagging.account_id == account_id, Tagging.lead_id == lead_id, Tagging.tag_id == tag_id
            )
        )
        return tag_ids_of(account_id, lead_id)


def tag_ids_of(account_id: int, lead_id: int) -> list[int]:
    """Sorted, as `Lead.tag_ids` keeps them."""
    taggings = select(Tagging.tag_id).where(Tagging.account_id == account_id, Tagging.lead_id == lead_id)
    return sorted(execute(taggings).scalars())


def color_of(key: str) -> str:
    """A stable colour, so that one tag looks the same to everybody."""
    return COLORS[sum(key.encode()) % len(COLORS)]
