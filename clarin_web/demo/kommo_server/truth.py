"""What a faithful mirror holds, entity by entity and field by field, as plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from clarin_web.demo.kommo_server.shapes.records import company, contact, lead
from clarin_web.demo.kommo_server.shapes.view import View
from clarin_web.demo.kommo_server.table import Row
from clarin_web.demo.kommo_server.world import World

KINDS = (
    "users pipelines loss_reasons tags fields leads contacts companies tasks notes unsorted events".split()
)
PLAIN = {
    "users": "name email is_admin is_active group_id".split(),
    "loss_reasons": ["name"],
    "tags": ["name", "kind"],
    "fields": "name type code entity enums".split(),
    "tasks": "text entity_type entity_id complete_till is_completed task_type_id responsible_user_id result "
    "created_at updated_at".split(),
    "notes": "note_type entity_type entity_id params responsible_user_id created_at updated_at".split(),
    "unsorted": "category pipeline_id lead_id contact_id metadata created_at".split(),
    "events": "type entity_type entity_id value_before value_after created_at created_by".split(),
}
RECORD = (
    "name price pipeline_id status_id responsible_user_id loss_reason_id source_id created_at updated_at "
    "closed_at created_by updated_by first_name last_name"
).split()


def truth(world: World, kinds: Iterable[str] = KINDS) -> dict[str, dict[Any, Row]]:
    """{kind: {id: facts}}. Unsorted leads and events go by uid.

    A lead, contact or company has `state`: live, unsorted, deleted (in the bin) or merged (`into` another); of
    the last two nothing else is told. What left for good is not here.
    """
    with world.lock:
        return {kind: dict(facts(world, kind)) for kind in kinds}


def facts(world: World, kind: str) -> Iterator[tuple[Any, Row]]:
    """(id, facts) of one kind, one by one: 200,000 leads need not be in memory at once."""
    tell = _TELLERS.get(kind) or _plain(kind)
    for id_ in list(world.rows[kind]):
        row = world.rows[kind][id_]
        yield row["uid"] if kind in ("unsorted", "events") else id_, tell(world, row)


def differences(ours: dict[Any, Row], theirs: dict[Any, Row], limit: int = 20) -> list[str]:
    """Plain sentences on what differs; only the keys that `ours` has are compared."""
    found = [
        f"{id_}: only {'ours' if id_ in ours else 'theirs'}" for id_ in sorted(ours.keys() ^ theirs.keys())
    ]
    for id_ in ours.keys() & theirs.keys():
        for key, value in ours[id_].items():
            if value != theirs[id_].get(key):
                found.append(f"{id_}.{key}: ours {value!r}, theirs {theirs[id_].get(key)!r}")
    return found[:limit]


def _plain(kind: str) -> Callable[[World, Row], Row]:
    return lambda world, row: {key: row.get(key) for key in PLAIN[kind]}


def _pipeline(world: World, row: Row) -> Row:
    kept = ("name", "sort", "color", "type")
    stages = {stage["id"]: {key: stage[key] for key in kept} for stage in row["stages"]}
    shown = {key: row[key] for key in ("name", "sort", "is_main", "is_archive")}
    return {**shown, "stages": stages}


def _lead(world: World, row: Row) -> Row:
    gone = _gone(row)
    if gone:
        return gone
    body = lead(_view(world, "contacts", "loss_reason", "source_id"), row)
    contacts = [contact["id"] for contact in body["_embedded"]["contacts"]]
    reason = [one["name"] for one in body["_embedded"]["loss_reason"]]
    return {**_record(body, row), "contacts": contacts, "loss_reason": reason[0] if reason else None}


def _contact(world: World, row: Row) -> Row:
    body = _gone(row) or contact(_view(world), row)
    return body if "state" in body else {**_record(body, row), **_reached(row)}


def _company(world: World, row: Row) -> Row:
    body = _gone(row) or company(_view(world), row)
    return body if "state" in body else {**_record(body, row), **_reached(row)}


def _reached(row: Row) -> Row:
    return {
        key: [value if isinstance(value, str) else value[0] for value in row.get(key) or ()]
        for key in ("phones", "emails")
    }


def _record(body: Row, row: Row) -> Row:
    fields = {entry["field_id"]: entry["values"] for entry in body["custom_fields_values"] or ()}
    companies = (
        [one["id"] for one in body["_embedded"]["companies"]] if "companies" in body["_embedded"] else []
    )
    return {
        "state": "unsorted" if row.get("is_unsorted") else "live",
        **{key: body[key] for key in RECORD if key in body},
        "tags": sorted(tag["name"] for tag in body["_embedded"]["tags"]),
        "company": companies[0] if companies else None,
        "fields": fields,
    }


def _gone(row: Row) -> Row | None:
    if row.get("merged_into"):
        return {"state": "merged", "into": row["merged_into"]}
    return {"state": "deleted"} if row.get("is_deleted") else None


def _view(world: World, *with_: str) -> View:
    return View(world, with_=set(with_))


_TELLERS: dict[str, Callable[[World, Row], Row]] = {
    "pipelines": _pipeline,
    "leads": _lead,
    "contacts": _contact,
    "companies": _company,
}
