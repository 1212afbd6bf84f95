"""Leads, contacts and companies: every documented key, in the recycle bin only five of them."""

from __future__ import annotations

from typing import Any

from clarin_web.demo.kommo_server.fields import EMAIL_CODES, PHONE_CODES
from clarin_web.demo.kommo_server.shapes.view import View
from clarin_web.demo.kommo_server.table import Row

LEAD_KEYS = (
    "id name price responsible_user_id group_id status_id pipeline_id loss_reason_id created_by updated_by "
    "created_at updated_at closed_at closest_task_at is_deleted custom_fields_values score account_id "
    "labor_cost is_price_computed"
).split()
HIDDEN = {"tags", "contact_ids", "company_id", "phones", "emails", "fields", "is_unsorted", "merged_into"}
ASKED = {"source_id", "is_price_modified_by_robot", "catalog_elements"}
HIDDEN_OR_ASKED = HIDDEN | ASKED
LEAD_BASE: Row = {
    "group_id": 0,
    "loss_reason_id": None,
    "created_by": 0,
    "updated_by": 0,
    "closed_at": None,
    "closest_task_at": None,
    "score": None,
    "labor_cost": None,
    "is_price_computed": False,
}
PERSON_BASE: Row = {"group_id": 0, "created_by": 0, "updated_by": 0, "closest_task_at": None}


def lead(view: View, row: Row) -> Row:
    id_, with_, faults = row["id"], view.with_, view.faults
    shown = {key: value for key, value in row.items() if key not in HIDDEN_OR_ASKED}
    asked = {key: row.get(key) for key in ("source_id", "is_price_modified_by_robot") if key in with_}
    body = {**LEAD_BASE, **shown, **asked, "account_id": view.account_id()}
    body["custom_fields_values"] = view.values(row)
    body["closest_task_at"] = row.get("closest_task_at") or _closest_task(view, "leads", id_)
    embedded: Row = {"tags": view.tags(row["tags"]), "companies": view.companies(row)}
    if "contacts" in with_:
        contacts = view.listed("contacts", row["contact_ids"])
        embedded["contacts"] = [
            {"id": contact, "is_main": index == 0, "_links": view.link("contacts", contact)}
            for index, contact in enumerate(contacts)
        ]
    if "loss_reason" in with_:
        found = _loss_reason(view, row.get("loss_reason_id"))
        as_list = faults.loss_reason_shape == "array"
        embedded["loss_reason"] = found if as_list else next(iter(found), None)
    if "catalog_elements" in with_:
        embedded["catalog_elements"] = row.get("catalog_elements") or []
    if faults.string_ids:
        body |= {"id": str(id_), "responsible_user_id": str(row["responsible_user_id"])}
    return {**body, "_links": view.link("leads", id_), "_embedded": embedded}


def deleted(view: View, row: Row, kind: str) -> Row:
    """A stub of the recycle bin: all but five keys are null, and must never be taken for data."""
    kept = {key: row.get(key) for key in ("id", "updated_at", "updated_by")}
    nothing = dict.fromkeys(LEAD_KEYS) if kind == "leads" else {"name": None, "custom_fields_values": None}
    own = {"is_deleted": True, "account_id": view.account_id(), "_links": view.link(kind, row["id"])}
    return {**nothing, **kept, **own, "_embedded": {"tags": [], "companies": []}}


def contact(view: View, row: Row) -> Row:
    first, _, last = str(row["name"] or "").partition(" ")
    named = {"first_name": first, "last_name": last, "is_unsorted": bool(row.get("is_unsorted"))}
    extra = [
        *_multitext(51, "Phone", "PHONE", row.get("phones"), PHONE_CODES, 900),
        *_multitext(52, "Email", "EMAIL", row.get("emails"), EMAIL_CODES, 910),
    ]
    embedded: Row = {"companies": view.companies(row)}
    if "leads" in view.with_:
        embedded["leads"] = _refs(view, "leads", view.world.rows["leads"].pointing("contacts", row["id"]))
    if "catalog_elements" in view.with_:
        embedded["catalog_elements"] = []
    return _person(view, "contacts", row, named, extra, embedded)


def company(view: View, row: Row) -> Row:
    extra = [
        *_multitext(61, "Phone", "PHONE", row.get("phones"), PHONE_CODES, 920),
        *_multitext(62, "Email", "EMAIL", row.get("emails"), EMAIL_CODES, 930),
    ]
    embedded: Row = {
        kind: _refs(view, kind, view.world.rows[kind].pointing("company", row["id"]))
        for kind in ("contacts", "leads")
        if kind in view.with_
    }
    return _person(view, "companies", row, {"is_unsorted": False}, extra, embedded)


def _person(view: View, kind: str, row: Row, named: Row, extra: list[Row], embedded: Row) -> Row:
    shown = {key: value for key, value in row.items() if key not in HIDDEN}
    body = {**PERSON_BASE, **named, **shown, "account_id": view.account_id()}
    body["custom_fields_values"] = view.values(row, extra)
    body["closest_task_at"] = _closest_task(view, kind, row["id"])
    links = {"_links": view.link(kind, row["id"])}
    return {**body, **links, "_embedded": {"tags": view.tags(row.get("tags") or ()), **embedded}}


def _multitext(
    id_: int, name: str, code: str, values: list[Any] | None, codes: tuple[str, ...], first: int
) -> list[Row]:
    if not values:
        return []
    items = []
    for value in values:
        text, kind = value if isinstance(value, tuple | list) else (value, codes[0])
        items.append({"value": text, "enum_id": first + codes.index(kind), "enum_code": kind})
    entry = {"field_id": id_, "field_name": name, "field_code": code, "field_type": "multitext"}
    return [{**entry, "values": items}]


def _closest_task(view: View, kind: str, id_: int) -> int | None:
    tasks = view.world.rows["tasks"]
    if not tasks:
        return None
    due = [tasks[task] for task in tasks.pointing("entity", (kind, id_))]
    return min((task["complete_till"] for task in due if not task["is_completed"]), default=None)


def _loss_reason(view: View, id_: int | None) -> list[Row]:
    row = view.world.rows["loss_reasons"].get(id_ or 0)
    return [loss_reason(view, row)] if row else []


def loss_reason(view: View, row: Row) -> Row:
    shown = {key: row[key] for key in ("id", "name", "sort", "created_at", "updated_at")}
    return {**shown, "_links": view.link("leads", "loss_reasons", row["id"])}


def _refs(view: View, kind: str, ids: list[int]) -> list[Row]:
    return [{"id": id_, "_links": view.link(kind, id_)} for id_ in view.listed(kind, ids)]
