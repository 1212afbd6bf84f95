"""What rows copy from Kommo's references follows a new name at once, in few statements however many wear it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Text, cast, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array

from clarin_web.db import execute
from clarin_web.events import announce_all
from clarin_web.kommo.mapping import number_of, text_of
from clarin_web.kommo.upserts.mirrored import contacts_mirrored, leads_mirrored
from clarin_web.kommo.upserts.records import recordset
from clarin_web.models import Contact, KommoRecord, Lead, LostReason

AT_ONCE = 1000
CHOICES = ("select", "multiselect", "radiobutton", "category")  # whose values are the texts of options
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
    """Kommo's word of why a lead was lost, and which of our reasons that is. `names`: {Kommo id: its name}."""
    named = recordset(
        [{"id": id_, "name": name} for id_, name in names.items()], {"id": BigInteger(), "name": JSONB()}
    )
    told = cast(Lead.kommo["loss_reason_id"].astext, BigInteger)
    mine = (Lead.account_id == account_id, told == named.c.id, Lead.kommo["reason"] != named.c.name)
    said = Lead.kommo.op("||")(func.jsonb_build_object("reason", named.c.name))
    renamed = update(Lead).where(*mine).values(kommo=said, version=Lead.version + 1)
    touched = [
        *execute(renamed.returning(Lead.id, Lead.pipeline_id).execution_options(synchronize_session=False))
    ]
    name = named.c.name.op("#>>")(literal([], ARRAY(Text())))
    ours = (LostReason.account_id == account_id, LostReason.name == name)
    mine = (Lead.account_id == account_id, told == named.c.id, Lead.status == "lost")
    shown = update(Lead).where(*mine, *ours, Lead.lost_reason_id.is_distinct_from(LostReason.id))
    shown = shown.where(~Lead.overrides.has_key("stage_id"))  # type: ignore[attr-defined]  # closed here
    shown = shown.values(lost_reason_id=LostReason.id, version=Lead.version + 1)
    touched += execute(
        shown.returning(Lead.id, Lead.pipeline_id).execution_options(synchronize_session=False)
    )
    announce_all(leads_mirrored(account_id, touched))


def _options(row: Mapping[str, Any]) -> dict[int, str]:
    enums = row.get("enums")
    found = enums if isinstance(enums, list) else []
    return {
        number_of(enum.get("id")): str(enum.get("value") or "") for enum in found if isinstance(enum, dict)
    }


def _wearing(model: Any, account_id: int, field_ids: list[int], after: int) -> Sequence[Any]:
    """Rows with a value in one of these fields, Kommo's or ours, a thousand at once."""
    own = model.own if model is Lead else literal({}, JSONB)
    has_one = [model.kommo.contains({"fields": [{"field_id": id_}]}) for id_ in field_ids]
    is_edited = own.has_any(array([str(id_) for id_ in field_ids]))  # type: ignore[attr-defined]
    columns = (model.id, model.kommo["fields"].label("fields"), model.custom, own.label("own"))
    wanted = select(*columns).where(
        model.account_id == account_id,
        model.kommo_id.is_not(None),
        model.id > after,
        or_(*has_one, is_edited),
    )
    return execute(wanted.order_by(model.id).limit(AT_ONCE)).all()


def _renamed(row: Any, before: Fields, new: Fields) -> dict[str, Any] | None:
    """The row with the new names; None where nothing of it is called otherwise now."""
    entries = [_entry(entry, new.get(number_of(entry.get("field_id")))) for entry in row.fields or []]
    said = {number_of(entry.get("field_id")): entry for entry in entries}
    custom, own = dict(row.custom), dict(row.own)
    for id_, (_, options) in new.items():
        key, entry = str(id_), said.get(id_, {})
        if key in own:
            own[key] = _edited(own[key], before[id_][1], options, _chosen(entry))
            custom[key] = own[key]
        elif key in custom and entry.get("field_type") in CHOICES:
            custom[key] = [
                one["value"] for one in entry["values"] if isinstance(one, dict) and "value" in one
            ]
    if (entries, custom, own) == (row.fields or [], row.custom, row.own):
        return None
    return {"id": row.id, "fields": entries, "custom": custom, "own": own}


def _entry(entry: dict[str, Any], told: tuple[str, dict[int, str]] | None) -> dict[str, Any]:
    """Kommo's word of a field. What is chosen is told by the option's id; a phone's option is only its kind."""
    if told is None:
        return entry
    name, options = told
    values = entry.get("values")
    if entry.get("field_type") in CHOICES and isinstance(values, list):
        values = [_option(one, options) for one in values]
    return {**entry, "field_name": name, "values": values}


def _option(one: Any, options: Mapping[int, str]) -> Any:
    enum = number_of(one.get("enum_id")) if isinstance(one, dict) else 0
    return {**one, "value": options[enum]} if enum in options else one


def _chosen(entry: Mapping[str, Any]) -> set[int]:
    values = entry.get("values")
    found = values if isinstance(values, list) else []
    return {number_of(one.get("enum_id")) for one in found if isinstance(one, dict)}


def _edited(texts: Any, old: Mapping[int, str], new: Mapping[int, str], chosen: Collection[int]) -> Any:
    """What was chosen here by its text is the option of that text: of several the one that Kommo says, else the
    first."""
    if not isinstance(texts, list):
        return texts
    ids: dict[str, int] = {}
    for id_, text in sorted(old.items(), key=lambda option: option[0] not in chosen):
        ids.setdefault(text, id_)
    return [new.get(ids.get(one, 0), one) if isinstance(one, str) else one for one in texts]


def _write(model: Any, account_id: int, rows: list[dict[str, Any]]) -> None:
    columns = {"id": BigInteger(), "fields": JSONB(), "custom": JSONB(), "own": JSONB()}
    source = recordset(rows, columns)
    said = model.kommo.op("||")(func.jsonb_build_object("fields", source.c.fields))
    values = {"kommo": said, "custom": source.c.custom, "version": model.version + 1}
    values |= {"own": source.c.own} if model is Lead else {}
    renamed = update(model).where(model.account_id == account_id, model.id == source.c.id)
    shown = (Lead.id, Lead.pipeline_id) if model is Lead else (model.id,)
    renamed = renamed.values(values).returning(*shown)
    written = execute(renamed.execution_options(synchronize_session=False)).all()
    if model is Lead:
        announce_all(leads_mirrored(account_id, written))
    else:
        announce_all(contacts_mirrored(account_id, (row.id for row in written)))
