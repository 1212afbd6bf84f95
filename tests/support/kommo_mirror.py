"""What PostgreSQL holds of a Kommo, told in the words of the simulator's truth, so that the two can be compared.

`drift(account_id, world)` answers plain sentences, none when the mirror is faithful. Gone is one state here: Kommo
does not say of a row that left whether it was deleted or merged. Rows that left before anybody read them are
nobody's; what left Kommo's bin too is a mark here and nothing there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.demo.kommo_server import World, differences, truth
from clarin_web.demo.kommo_server.core import SPACED, id_in, shown_id
from clarin_web.kommo.streams import EVENT_TYPES
from clarin_web.lib.text import clean_text
from clarin_web.models import Contact, KommoRecord, Lead, LostReason, Pipeline, Stage, Tag, Tagging
from tests.support.kommo_shown import shown_notes, shown_tasks, with_shown

Facts = dict[str, Any]
Reader = Callable[[int], dict[Any, Facts]]


def drift(account_id: int, world: World) -> list[str]:
    """Every difference, entity by entity and field by field."""
    theirs = truth(world)
    found = []
    for kind, read in READERS.items():
        ours = read(account_id)
        if kind in SPACED and not world.equal_ids:
            ours = {shown_id(id_): facts for id_, facts in ours.items()}
        known = {id_: EXPECTED.get(kind, dict)(facts) for id_, facts in theirs[kind].items()}
        known = {id_: facts for id_, facts in known.items() if id_ in ours or facts.get("state") != "gone"}
        ours = {id_: facts for id_, facts in ours.items() if id_ in known or facts.get("state") != "gone"}
        found += [f"{kind} {sentence}" for sentence in differences(ours, known)]
    return found


def _pipelines(account_id: int) -> dict[int, Facts]:
    stages: dict[int, dict[int, Facts]] = {}
    wanted = select(Stage.pipeline_id, Stage.kommo_id, Stage.name, Stage.kind).where(
        Stage.account_id == account_id, Stage.archived_at.is_(None), Stage.kommo_id.is_not(None)
    )
    for pipeline_id, kommo_id, name, kind in execute(wanted):
        stages.setdefault(pipeline_id, {})[kommo_id] = {"name": name, "kind": kind}
    rows = _all(Pipeline, account_id)
    return {
        row.kommo_id: {
            "name": row.name,
            "sort": row.position,
            "is_archive": row.archived_at is not None,
            "stages": stages.get(row.id, {}),
        }
        for row in rows
        if row.kommo_id in _listed(row)
    }


def _listed(row: Pipeline) -> set[int | None]:
    """A pipeline that Kommo no longer lists is archived here: it is not compared."""
    return {row.kommo_id} if row.archived_at is None else set()


def _leads(account_id: int) -> dict[int, Facts]:
    places = {
        stage: (pipeline, status)
        for stage, pipeline, status in execute(
            select(Stage.id, Pipeline.kommo_id, Stage.kommo_id).join(
                Pipeline, Pipeline.id == Stage.pipeline_id
            )
        )
    }
    people = dict(execute(select(Contact.id, Contact.kommo_id)).all())
    reasons = dict(execute(select(LostReason.id, LostReason.name)).all())
    tags = _tags(Tagging.lead_id)
    return {
        row.kommo_id: _gone(row)
        or {
            "state": "unsorted" if row.kommo.get("unsorted") else "live",
            "name": row.title,
            "price": row.value,
            "pipeline_id": places[row.stage_id][0],
            "status_id": places[row.stage_id][1],
            "responsible_user_id": row.kommo["owner"],
            "contact": people.get(row.contact_id),
            "loss_reason": reasons.get(row.lost_reason_id),
            "created_at": _stamp(row.created_at),
            "updated_at": _stamp(row.kommo_updated_at),
            "closed_at": _stamp(row.closed_at),
            "tags": tags.get(row.id, []),
            **_said(row),
            "contacts": row.kommo["contacts"],
            "source_id": row.kommo.get("source_id"),
        }
        for row in _all(Lead, account_id)
    }


def _contacts(account_id: int) -> dict[int, Facts]:
    tags = _tags(Tagging.contact_id)
    return {
        row.kommo_id: _gone(row)
        or {
            "state": "live",
            "name": row.names.get("kommo", ""),
            "created_at": _stamp(row.created_at),
            "updated_at": _stamp(row.kommo_updated_at),
            "tags": tags.get(row.id, []),
            **_said(row),
            "phones": [cell["text"] for cell in row.kommo["phones"]],
            "emails": [cell["text"] for cell in row.kommo["emails"]],
            "responsible_user_id": row.kommo["owner"],
        }
        for row in _all(Contact, account_id)
    }


def _said(row: Any) -> Facts:
    """What leads and contacts keep of Kommo's words as they came."""
    return {
        "fields": {entry["field_id"]: entry["values"] for entry in row.kommo["fields"]},
        "company": row.kommo["company"],
        "created_by": row.kommo["created_by"],
        "updated_by": row.kommo["updated_by"],
    }


def _kept(kind: str, account_id: int) -> dict[Any, Facts]:
    """Records of a kind that are there now, by Kommo's id."""
    wanted = select(KommoRecord).where(
        KommoRecord.account_id == account_id, KommoRecord.kind == kind, KommoRecord.gone_at.is_(None)
    )
    rows = execute(wanted.execution_options(populate_existing=True)).scalars()
    return {_id_of(kind, row): {**row.data, "entity_type": row.entity} for row in rows}


def _id_of(kind: str, row: KommoRecord) -> Any:
    """As the World has it."""
    if kind in ("unsorted", "events"):
        return row.key
    return id_in(row.entity, int(row.key)) if kind in SPACED else int(row.key)


def _plain(kind: str, *keys: str) -> Reader:
    def read(account_id: int) -> dict[Any, Facts]:
        return {id_: {key: data.get(key) for key in keys} for id_, data in _kept(kind, account_id).items()}

    return read


def _users(account_id: int) -> dict[Any, Facts]:
    return {
        id_: {
            "name": data["name"],
            "email": data["email"],
            **{key: data["rights"][key] for key in ("is_admin", "is_active", "group_id")},
        }
        for id_, data in _kept("users", account_id).items()
    }


def _tag_records(account_id: int) -> dict[Any, Facts]:
    kept = _kept("tags", account_id)
    return {id_: {"name": data["name"], "kind": data["entity_type"]} for id_, data in kept.items()}


def _fields(account_id: int) -> dict[Any, Facts]:
    keys = ("name", "type", "code", "enums")
    return {
        id_: {**{key: data[key] for key in keys}, "entity": data["entity_type"]}
        for id_, data in _kept("fields", account_id).items()
    }


def _companies(account_id: int) -> dict[Any, Facts]:
    plain = ("name", "responsible_user_id", "created_at", "updated_at", "created_by", "updated_by")
    found = {}
    for id_, data in _kept("companies", account_id).items():
        entries = data["custom_fields_values"] or []
        found[id_] = {
            "state": "live",
            **{key: data[key] for key in plain},
            "tags": sorted(tag["name"] for tag in data["_embedded"]["tags"]),
            "fields": {entry["field_id"]: entry["values"] for entry in entries},
        }
    return found


def _unsorted(account_id: int) -> dict[Any, Facts]:
    keys = ("category", "pipeline_id", "metadata", "created_at")
    return {
        uid: {
            **{key: data[key] for key in keys},
            "lead_id": data["_embedded"]["leads"][0]["id"],
            "contact_id": data["_embedded"]["contacts"][0]["id"],
        }
        for uid, data in _kept("unsorted", account_id).items()
    }


def _expected_event(facts: Facts) -> Facts:
    return facts if facts["type"] in EVENT_TYPES else {"state": "gone"}


def _expected_company(facts: Facts) -> Facts:
    return {"state": "gone"} if facts["state"] in ("deleted", "merged") else facts


def _expected_pipeline(facts: Facts) -> Facts:
    kinds = {142: "won", 143: "lost"}
    stages = {
        id_: {"name": _line(stage["name"]), "kind": kinds.get(id_, "open")}
        for id_, stage in facts["stages"].items()
    }
    return {**facts, "stages": stages}


def _expected_lead(facts: Facts) -> Facts:
    if facts["state"] in ("deleted", "merged"):
        return {"state": "gone"}
    main = facts["contacts"][0] if facts["contacts"] else None
    shown: Facts = {"price": Decimal(str(facts["price"])), "contact": main, "name": _line(facts["name"])}
    lost = facts["loss_reason"] if facts["status_id"] == 143 else None
    return {**facts, **shown, "loss_reason": lost}


def _expected_contact(facts: Facts) -> Facts:
    if facts["state"] in ("deleted", "merged"):
        return {"state": "gone"}
    if facts["state"] == "unsorted":
        return {"state": "gone"}  # Kommo shows nobody the contact of a lead that was not accepted
    reached = {key: [text for text in facts[key] if text.strip()] for key in ("phones", "emails")}
    return {**facts, **reached, "name": _line(facts["name"])}


WORK = ("entity_type", "entity_id", "created_at", "updated_at", "responsible_user_id")
READERS: dict[str, Reader] = {
    "users": _users,
    "pipelines": _pipelines,
    "loss_reasons": _plain("loss_reasons", "name"),
    "tags": _tag_records,
    "fields": _fields,
    "companies": _companies,
    "contacts": _contacts,
    "leads": _leads,
    "tasks": with_shown(
        shown_tasks, _plain("tasks", *WORK, "text", "complete_till", "is_completed", "task_type_id", "result")
    ),
    "notes": with_shown(shown_notes, _plain("notes", *WORK, "note_type", "params")),
    "unsorted": _unsorted,
    "events": _plain(
        "events", "type", "entity_type", "entity_id", "value_before", "value_after", "created_at"
    ),
}
EXPECTED: dict[str, Callable[[Facts], Facts]] = {
    "tasks": lambda facts: {**facts, "shown": ""},
    "notes": lambda facts: {**facts, "shown": ""},
    "pipelines": _expected_pipeline,
    "leads": _expected_lead,
    "contacts": _expected_contact,
    "companies": _expected_company,
    "events": _expected_event,
}


def _all(model: Any, account_id: int) -> list[Any]:
    wanted = select(model).where(model.account_id == account_id, model.kommo_id.is_not(None))
    return list(execute(wanted.execution_options(populate_existing=True)).scalars())


def _tags(target: Any) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    wanted = select(target, Tag.name).join(Tag, Tag.id == Tagging.tag_id).where(target.is_not(None))
    for thing, name in execute(wanted.where(Tagging.source == "kommo").order_by(Tag.name)):
        found.setdefault(thing, []).append(name)
    return {thing: sorted(names) for thing, names in found.items()}


def _gone(row: Any) -> Facts | None:
    return {"state": "gone"} if row.gone_in_kommo_at is not None else None


def _line(text: str) -> str:
    return clean_text(text, 200, one_line=True)


def _stamp(when: datetime | None) -> int | None:
    return None if when is None else int(when.timestamp())
