"""What rows copy from Kommo's references follows a new name at once, in few statements however many wear it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from clarin_web.db import execute
from clarin_web.kommo.mapping import number_of, text_of
from clarin_web.kommo.upserts.records import recordset
from clarin_web.models import Contact, KommoRecord, Lead

AT_ONCE = 1000
MODELS: dict[str, type[Lead] | type[Contact]] = {"leads": Lead, "contacts": Contact}
# {field id: (its name, {option id: its text})}
Fields = dict[int, tuple[str, dict[int, str]]]


def fields_of(account_id: int, entity: str) -> Fields:
    """The field definitions of a kind, as they are kept."""
    wanted = select(KommoRecord.data).where(
        KommoRecord.account_id == account_id,
        KommoRecord.kind == "fields",
        KommoRecord.entity == entity,
        KommoRecord.gone_at.is_(None),
    )
    rows: list[Any] = list(execute(wanted).scalars())
    return {number_of(row.get("id")): (text_of(row.get("name")), _options(row)) for row in rows}


def rename_fields(account_id: int, entity: str, before: Fields, after: Fields) -> None:
    """Values of leads or contacts follow the new names of their fields and options."""
    model = MODELS.get(entity)
    new = {id_: told for id_, told in after.items() if id_ in before and before[id_] != told}
    if model is None or not new:
        return
    last = 0
    while rows := _wearing(model, account_id, list(new), last):
        last = rows[-1].id
        changed = [one for row in rows if (one := _renamed(row, before, new))]
        if changed:
            _write(model, account_id, changed)


def rename_reason(account_id: int, names: Mapping[int, str]) -> None:
    """Kommo's word of why a lead was lost: {Kommo id of the reason: its name}."""
    named = recordset(
        [{"id": id_, "name": name} for id_, name in names.items()], {"id": BigInteger(), "name": JSONB()}
    )
    told = cast(Lead.kommo["loss_reason_id"].astext, BigInteger)
    mine = (Lead.account_id == account_id, told == named.c.id, Lead.kommo["reason"] != named.c.name)
    said = Lead.kommo.op("||")(func.jsonb_build_object("reason", named.c.name))
    execute(update(Lead).where(*mine).values(kommo=said).execution_options(synchronize_session=False))


def _options(row: Mapping[str, Any]) -> dict[int, str]:
    enums = row.get("enums")
    found = enums if isinstance(enums, list) else []
    return {
        number_of(enum.get("id")): str(enum.get("value") or "") for enum in found if isinstance(enum, dict)
    }


def _wearing(model: Any, account_id: int, field_ids: list[int], after: int) -> Sequence[Any]:
    """Rows with a value in one of these fields, a thousand at once."""
    has_one = [model.kommo.contains({"fields": [{"field_id": id_}]}) for id_ in field_ids]
    wanted = select(model.id, model.kommo["fields"].label("fields"), model.custom).where(
        model.account_id == account_id, model.kommo_id.is_not(None), model.id > after, or_(*has_one)
    )
    return execute(wanted.order_by(model.id).limit(AT_ONCE)).all()


def _renamed(row: Any, before: Fields, new: Fields) -> dict[str, Any] | None:
    entries, custom, is_changed = [], dict(row.custom), False
    for entry in row.fields:
        id_ = number_of(entry.get("field_id"))
        if id_ in new:
            name, options = new[id_]
            told = {**entry, "field_name": name, "values": _values(entry.get("values"), options)}
            is_changed = is_changed or told != entry
            custom |= _shown(custom, str(id_), before[id_][1], options)
            entry = told
        entries.append(entry)
    return {"id": row.id, "fields": entries, "custom": custom} if is_changed else None


def _values(values: Any, options: Mapping[int, str]) -> Any:
    if not isinstance(values, list):
        return values
    return [
        {**one, "value": options[enum]}
        if isinstance(one, dict) and (enum := number_of(one.get("enum_id"))) in options
        else one
        for one in values
    ]


def _shown(custom: Mapping[str, Any], key: str, old: Mapping[int, str], new: Mapping[int, str]) -> dict:
    """What is typed of it, by the texts: what was edited here to another text stays."""
    texts = {text: new[id_] for id_, text in old.items() if id_ in new}
    return (
        {key: [texts.get(one, one) if isinstance(one, str) else one for one in custom[key]]}
        if key in custom
        else {}
    )


def _write(model: Any, account_id: int, rows: list[dict[str, Any]]) -> None:
    source = recordset(rows, {"id": BigInteger(), "fields": JSONB(), "custom": JSONB()})
    said = model.kommo.op("||")(func.jsonb_build_object("fields", source.c.fields))
    renamed = update(model).where(model.account_id == account_id, model.id == source.c.id)
    renamed = renamed.values(kommo=said, custom=source.c.custom, version=model.version + 1)
    execute(renamed.execution_options(synchronize_session=False))
