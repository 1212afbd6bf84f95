"""A tag renamed or removed in Kommo: the taggings that came from Kommo follow, those typed here stay."""

from __future__ import annotations

from sqlalchemy import BigInteger, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, insert

from clarin_web.db import execute
from clarin_web.events import Actor, Fact, LeadsMirrored
from clarin_web.kommo.upserts.records import one_of
from clarin_web.lib.text import name_key
from clarin_web.models import Contact, KommoRecord, Lead, Tagging
from clarin_web.tags.actions import find_or_create

# {(entity, Kommo's id): name}
Tags = dict[tuple[str, str], str]
TARGETS = {"leads": Tagging.lead_id, "contacts": Tagging.contact_id}


def names_of_tags(account_id: int) -> Tags:
    wanted = select(KommoRecord.entity, KommoRecord.key, KommoRecord.data["name"].astext).where(
        KommoRecord.account_id == account_id, KommoRecord.kind == "tags", KommoRecord.gone_at.is_(None)
    )
    return {(entity, key): name or "" for entity, key, name in execute(wanted)}


def retag(account_id: int, before: Tags, after: Tags) -> tuple[list[Fact], dict[str, set[int]]]:
    """Bring taggings from what was to what is. Answers the facts and, by entity, whose taggings changed.

    Names alone cannot tell a tag that was made anew under the old name: whoever was changed is to be read again, so
    its hash is forgotten.
    """
    touched: dict[str, set[int]] = {entity: set() for entity in TARGETS}
    for (entity, key), old in before.items():
        new = after.get((entity, key))
        if entity in TARGETS and old and name_key(old) != name_key(new or ""):
            touched[entity] |= _replace(account_id, entity, old, new)
    _forget(account_id, touched)
    return _refresh_leads(account_id, touched["leads"]), touched


def _forget(account_id: int, touched: dict[str, set[int]]) -> None:
    models: dict[str, type[Lead] | type[Contact]] = {"leads": Lead, "contacts": Contact}
    for entity, model in models.items():
        mine = (model.account_id == account_id, one_of(model.id, touched[entity]))
        if touched[entity]:
            unread = update(model).where(*mine).values(kommo_hash=None)
            execute(unread.execution_options(synchronize_session=False))


def _replace(account_id: int, entity: str, old: str, new: str | None) -> set[int]:
    ids = find_or_create(account_id, [name for name in (old, new) if name])
    target = TARGETS[entity]
    mine = (
        Tagging.account_id == account_id,
        Tagging.tag_id == ids[name_key(old)],
        Tagging.source == "kommo",
        target.is_not(None),
    )
    things = list(execute(delete(Tagging).where(*mine).returning(target)).scalars())
    new_id = ids.get(name_key(new)) if new else None
    if new_id and things:
        rows = [
            {"account_id": account_id, target.key: thing, "tag_id": new_id, "source": "kommo"}
            for thing in things
        ]
        execute(insert(Tagging).values(rows).on_conflict_do_nothing())
    return set(things)


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
    changed = update(Lead).where(Lead.account_id == account_id, Lead.id.in_(ids))
    changed = changed.values(tag_ids=func.coalesce(now, empty), version=Lead.version + 1)
    rows = execute(
        changed.returning(Lead.id, Lead.pipeline_id).execution_options(synchronize_session=False)
    ).all()
    pipelines = sorted({row[1] for row in rows})
    leads = [row[0] for row in rows]
    actor = Actor.kommo()
    return [LeadsMirrored(account_id=account_id, actor=actor, lead_ids=leads, pipeline_ids=pipelines)]
