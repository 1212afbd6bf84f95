"""A tag renamed or removed in Kommo: the taggings that came from Kommo follow, those typed here stay."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Text, case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from clarin_web.db import execute
from clarin_web.events import Fact
from clarin_web.kommo.upserts.mirrored import leads_mirrored
from clarin_web.kommo.upserts.records import insert_from, one_of
from clarin_web.lib.text import name_key
from clarin_web.models import Contact, KommoRecord, Lead, Tagging
from clarin_web.tags.actions import find_or_create, respell

# {(entity, Kommo's id): name}
Tags = dict[tuple[str, str], str]
TARGETS = {"leads": Tagging.lead_id, "contacts": Tagging.contact_id}
MODELS: dict[str, type[Lead] | type[Contact]] = {"leads": Lead, "contacts": Contact}


def names_of_tags(account_id: int) -> Tags:
    wanted = select(KommoRecord.entity, KommoRecord.key, KommoRecord.data["name"].astext).where(
        KommoRecord.account_id == account_id, KommoRecord.kind == "tags", KommoRecord.gone_at.is_(None)
    )
    return {(entity, key): name or "" for entity, key, name in execute(wanted)}


def retag(account_id: int, before: Tags, after: Tags) -> tuple[list[Fact], dict[str, set[int]]]:
    """Bring taggings from what was to what is, however many wear it. Answers the facts and, by entity, whose changed.

    Of rows that were read before Kommo's ids of tags were kept, names tell who wears one. They cannot tell a tag that
    was made anew under the old name: whoever was changed is to be read again, so its hash is forgotten.
    """
    touched: dict[str, set[int]] = {entity: set() for entity in MODELS}
    for (entity, key), old in before.items():
        new = after.get((entity, key))
        if not name_key(old) or old == new:
            continue
        if new and name_key(old) == name_key(new):
            respell(account_id, old, new)
        if entity in MODELS:
            touched[entity] |= _replace(account_id, entity, key, old, new)
    return _refresh_leads(account_id, touched["leads"]), touched


def _replace(account_id: int, entity: str, key: str, old: str, new: str | None) -> set[int]:
    model, target = MODELS[entity], TARGETS[entity]
    ids = find_or_create(account_id, [name for name in (old, new) if name])
    new_id = ids.get(name_key(new)) if new else None
    worn = model.kommo["tag_ids"]
    wears = ~model.kommo.has_key("tag_ids") | worn.contains([int(key) if key.isdecimal() else 0])  # type: ignore[attr-defined]
    mine = (
        Tagging.account_id == account_id,
        Tagging.tag_id == ids[name_key(old)],
        Tagging.source == "kommo",
        model.account_id == account_id,
        model.id == target,
        wears,
    )
    gone = delete(Tagging).where(*mine).returning(target).execution_options(synchronize_session=False)
    things = list(execute(gone).scalars())
    if new_id and things:
        rows = [
            {"account_id": account_id, target.key: thing, "tag_id": new_id, "source": "kommo"}
            for thing in things
        ]
        columns = {"account_id": BigInteger(), target.key: BigInteger(), "tag_id": BigInteger()}
        columns["source"] = Text()
        execute(insert_from(Tagging.__table__, rows, columns).on_conflict_do_nothing())
    _say(account_id, model, things, old, new)
    return set(things)


def _say(account_id: int, model: Any, things: list[int], old: str, new: str | None) -> None:
    """Kommo's own word of their tags follows, where it is kept; their hashes are forgotten."""
    if not things:
        return
    tags = func.jsonb_build_array(new) if new else func.jsonb_build_array()
    said = case(
        (
            model.kommo["tags"].contains([old]),
            model.kommo.op("||")(
                func.jsonb_build_object(
                    "tags", (model.kommo["tags"].op("-")(literal(old, Text()))).op("||")(tags)
                )
            ),
        ),
        else_=model.kommo,
    )
    mine = (model.account_id == account_id, one_of(model.id, things))
    renamed = update(model).where(*mine).values(kommo=said, kommo_hash=None)
    execute(renamed.execution_options(synchronize_session=False))


def _refresh_leads(account_id: int, ids: set[int]) -> list[Fact]:
    """`tag_ids` repeats the taggings."""
    if not ids:
        return []
    now = (
        select(func.array_agg(aggregate_order_by(Tagging.tag_id, Tagging.tag_id)))
        .where(Tagging.account_id == account_id, Tagging.lead_id == Lead.id)
        .scalar_subquery()
    )
    empty = literal([], ARRAY(BigInteger()))
    changed = update(Lead).where(Lead.account_id == account_id, one_of(Lead.id, ids))
    changed = changed.values(tag_ids=func.coalesce(now, empty), version=Lead.version + 1)
    rows = execute(
        changed.returning(Lead.id, Lead.pipeline_id).execution_options(synchronize_session=False)
    ).all()
    return leads_mirrored(account_id, rows)
