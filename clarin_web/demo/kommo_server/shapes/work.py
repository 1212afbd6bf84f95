"""Tasks, notes, events, unsorted leads, links."""

from __future__ import annotations

from clarin_web.demo.kommo_server.core import SINGULAR, shown_id
from clarin_web.demo.kommo_server.shapes.view import View
from clarin_web.demo.kommo_server.table import Row


def task(view: View, row: Row) -> Row:
    return {**_signed(view, row), "_links": view.link("tasks", row["id"])}


def note(view: View, row: Row) -> Row:
    shown = {key: value for key, value in _signed(view, row).items() if key != "entity_type"}
    pinned = {"is_pinned": bool(row.get("is_pinned"))} if "is_pinned" in view.with_ else {}
    id_ = shown_id(row["id"])
    parts = (row["entity_type"], row["entity_id"], "notes", id_)
    return {**shown, **pinned, "id": id_, "_links": view.link(*parts)}


def _signed(view: View, row: Row) -> Row:
    shown = {key: value for key, value in row.items() if key != "is_deleted"}
    return {"created_by": 0, "updated_by": 0, "group_id": 0, **shown, "account_id": view.account_id()}


def event(view: View, row: Row) -> Row:
    entity = {"id": row["entity_id"], "_links": view.link(row["entity_type"], row["entity_id"])}
    for asked in ("lead_name", "contact_name", "company_name"):
        if asked in view.with_ and SINGULAR.get(row["entity_type"]) == asked.removesuffix("_name"):
            found = view.world.rows[row["entity_type"]].get(row["entity_id"])
            entity["name"] = found["name"] if found else ""
    kept = ("type", "entity_id", "created_by", "created_at", "value_after", "value_before")
    shown = {key: row[key] for key in kept}
    named = {
        "id": row["uid"],
        "entity_type": SINGULAR.get(row["entity_type"], row["entity_type"]),
        "account_id": view.account_id(),
    }
    links = {"_links": view.link("events", row["uid"])}
    return {**shown, **named, **links, "_embedded": {"entity": entity}}


def unsorted(view: View, row: Row) -> Row:
    kept = ("uid", "source_uid", "source_name", "category", "pipeline_id", "created_at", "metadata")
    links = {"_links": view.link("leads", "unsorted", row["uid"])}
    embedded = {
        "contacts": [{"id": row["contact_id"], "_links": view.link("contacts", row["contact_id"])}],
        "leads": [{"id": row["lead_id"], "_links": view.link("leads", row["lead_id"])}],
        "companies": [],
    }
    shown = {key: row[key] for key in kept}
    return {**shown, "account_id": view.account_id(), **links, "_embedded": embedded}


def links_of(view: View, kind: str, id_: int) -> list[Row]:
    """What `/{entity}/{id}/links` lists: both directions, as Kommo does."""
    row = view.world.rows[kind][id_]
    forward = []
    if kind == "leads":
        contacts = view.listed("contacts", row["contact_ids"])
        forward += [
            _link("contacts", other, {"main_contact": index == 0}) for index, other in enumerate(contacts)
        ]
    if row.get("company_id"):
        forward += [_link("companies", other) for other in view.listed("companies", [row["company_id"]])]
    return [*forward, *(_link(holder, other) for holder, other in view.world.linked(kind, id_))]


def _link(kind: str, id_: int, metadata: Row | None = None) -> Row:
    return {"to_entity_id": id_, "to_entity_type": kind, "metadata": metadata}
