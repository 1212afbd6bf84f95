"""Entities in the v2 shape webhooks still have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clarin_web.demo.kommo_server.core import SINGULAR
from clarin_web.demo.kommo_server.shapes.records import company, contact
from clarin_web.demo.kommo_server.shapes.view import View
from clarin_web.demo.kommo_server.table import Row
from clarin_web.demo.kommo_server.world import World

ELEMENT_TYPES = {"contacts": 1, "leads": 2, "companies": 3}


def entity(world: World, kind: str, row: Row) -> Row:
    """A lead, contact or company; the latter two differ by `type`."""
    view = View(world)
    body = {
        "id": row["id"],
        "name": row["name"],
        "status_id": row.get("status_id"),
        "price": row.get("price"),
        "responsible_user_id": row.get("responsible_user_id"),
        "last_modified": row["updated_at"],
        "modified_user_id": row.get("updated_by", 0),
        "created_user_id": row.get("created_by", 0),
        "date_create": row["created_at"],
        "pipeline_id": row.get("pipeline_id"),
        "account_id": world.account["id"],
        "tags": [{"id": tag["id"], "name": tag["name"]} for tag in view.tags(row.get("tags") or ())],
        "custom_fields": [_field(entry) for entry in _values(view, kind, row)],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
    return body if kind == "leads" else {**body, **_person(world, kind, row)}


def _values(view: View, kind: str, row: Row) -> list[Row]:
    if kind == "leads":
        return view.values(row) or []
    shape = contact if kind == "contacts" else company
    return shape(view, row)["custom_fields_values"] or []


def _person(world: World, kind: str, row: Row) -> Row:
    leads = world.rows["leads"].pointing("contacts" if kind == "contacts" else "company", row["id"])
    linked = {str(id_): {"ID": id_} for id_ in leads}
    found = world.rows["companies"].get(row.get("company_id") or 0)
    named = {"linked_company_id": found["id"], "company_name": found["name"]} if found else {}
    return {"type": SINGULAR[kind], "linked_leads_id": linked, **named}


def _field(entry: Row) -> Row:
    """Dates are bare scalars, a birthday is text, a radiobutton is a map instead of a list."""
    kind, items = entry["field_type"], entry["values"]
    values: Any = [_item(item) for item in items]
    if kind in ("date", "date_time"):
        values = [item["value"] for item in items]
    elif kind == "birthday":
        values = [datetime.fromtimestamp(item["value"], UTC).strftime("%d.%m.%Y") for item in items]
    elif kind == "radiobutton" and values:
        values = values[0]
    code = {"code": entry["field_code"]} if entry["field_code"] else {}
    return {"id": entry["field_id"], "name": entry["field_name"], **code, "values": values}


def _item(item: Row) -> Row:
    return {"value": item.get("value", item), "enum": item.get("enum_id")}


def task(world: World, row: Row) -> Row:
    return {
        "id": row["id"],
        "element_id": row["entity_id"],
        "element_type": ELEMENT_TYPES.get(row["entity_type"] or ""),
        "task_type": row["task_type_id"],
        "text": row["text"],
        "status": int(row["is_completed"]),
        "responsible_user_id": row["responsible_user_id"],
        "date_create": _text(row["created_at"]),
        "complete_till": _text(row["complete_till"]),
        "account_id": world.account["id"],
        "action_close": int(row["is_completed"]),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "complete_before": row["complete_till"],
        "result": row["result"] or None,
    }


def note(world: World, row: Row) -> Row:
    text = row["params"].get("text") or row["params"].get("phone", "")
    return {
        "id": row["id"],
        "note_type": {"call_in": 10, "call_out": 11}.get(row["note_type"], 4),
        "element_type": ELEMENT_TYPES[row["entity_type"]],
        "element_id": row["entity_id"],
        "text": text,
        "date_create": _text(row["created_at"]),
        "account_id": world.account["id"],
        "created_by": row.get("created_by"),
        "timestamp_x": _text(row["updated_at"]),
    }


def unsorted(row: Row) -> Row:
    data = {"leads": [{"id": row["lead_id"]}], "contacts": [{"id": row["contact_id"]}]}
    about = {"uid": row["uid"], "category": row["category"], "pipeline_id": row["pipeline_id"]}
    return {**about, "created_at": row["created_at"], "lead_id": row["lead_id"], "data": data}


def _text(stamp: int) -> str:
    return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%d %H:%M:%S")
