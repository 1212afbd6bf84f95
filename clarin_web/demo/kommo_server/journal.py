"""The audit log behind /events: each change of the World, told the way Kommo tells it."""

from __future__ import annotations

import hashlib
from typing import Any

from clarin_web.demo.kommo_server.core import SINGULAR, Change, shown_id
from clarin_web.demo.kommo_server.table import Row
from clarin_web.demo.kommo_server.work import WorkVerbs

Told = tuple[str, list[Row], list[Row]]  # type, value_before, value_after
TYPES = (
    "lead_added lead_deleted lead_restored lead_status_changed lead_linked lead_unlinked contact_added "
    "contact_deleted contact_restored contact_linked contact_unlinked company_added company_deleted "
    "company_restored company_linked company_unlinked task_added task_deleted task_completed "
    "task_text_changed task_deadline_changed task_type_changed task_result_added entity_tag_added "
    "entity_tag_deleted entity_linked entity_unlinked entity_merged entity_responsible_changed "
    "sale_field_changed name_field_changed custom_field_value_changed common_note_added "
    "common_note_deleted incoming_call outgoing_call incoming_chat_message outgoing_chat_message"
).split()


class JournalVerbs(WorkVerbs):
    """Writes events. An event of a note or call is about the note's entity."""

    def _write_down(self, change: Change) -> None:
        if change.kind in ("events", "unsorted") or change.kind not in SINGULAR:
            return
        if (change.new or change.old or {}).get("is_unsorted"):
            return
        for told in self._told(change):
            self._event(change, told)

    def _event(self, change: Change, told: Told) -> None:
        row = change.new or change.old or {}
        kind, id_ = change.kind, change.id
        if kind == "notes":
            kind, id_ = row["entity_type"], row["entity_id"]
        number = self.new_id("events")
        when = int(row["created_at"]) if change.action == "add" else change.at
        about = {"type": told[0], "entity_id": id_, "entity_type": kind, "created_by": change.by}
        values = {"value_before": told[1], "value_after": told[2], "created_at": when, "updated_at": when}
        uid = hashlib.sha256(f"{self.account['id']} {number}".encode()).hexdigest()[:24]
        self.rows["events"][number] = {"id": number, "uid": f"01{uid}", **about, **values}
        self.rows["events"].pop(number - self.events_kept, None)

    def _told(self, change: Change) -> list[Told]:
        name = SINGULAR[change.kind]
        if change.kind == "notes":
            return _of_note(change)
        if change.action == "add":
            note = [] if change.kind == "tasks" else [{"note": {"id": 10**9 + change.id}}]
            return [(f"{name}_added", [], note)]
        if change.action in ("delete", "restore", "remove"):
            word = "restored" if change.action == "restore" else "deleted"
            return [(f"{name}_{word}", [], [])]
        if change.action == "merge":
            return [("entity_merged", [], [])]
        old, new = change.old or {}, change.new or {}
        if change.kind == "tasks":
            return _of_task(old, new)
        return [*_of_record(old, new), *self._of_tags(old, new), *_of_links(old, new), *_of_fields(old, new)]

    def _of_tags(self, old: Row, new: Row) -> list[Told]:
        before, after = set(old.get("tags") or ()), set(new.get("tags") or ())
        gone = [{"tag": {"name": self._tag_name(id_)}} for id_ in sorted(before - after)]
        come = [{"tag": {"name": self._tag_name(id_)}} for id_ in sorted(after - before)]
        added: list[Told] = [("entity_tag_added", [], come)] if come else []
        return [*added, ("entity_tag_deleted", gone, [])] if gone else added

    def _tag_name(self, id_: int) -> str:
        return str(self.rows["tags"].get(id_, {}).get("name", ""))


def _of_note(change: Change) -> list[Told]:
    row = change.new or change.old or {}
    value = [{"note": {"id": shown_id(change.id)}}]
    calls = {"call_in": "incoming_call", "call_out": "outgoing_call"}
    if change.action == "add":
        return [(calls.get(row["note_type"], "common_note_added"), [], value)]
    return [("common_note_deleted", [], [])] if change.action in ("remove", "delete") else []


def _of_task(old: Row, new: Row) -> list[Told]:
    told: list[Told] = []
    if new["is_completed"] and not old["is_completed"]:
        told.append(("task_completed", [], []))
    if new["text"] != old["text"]:
        told.append(
            ("task_text_changed", [{"task": {"text": old["text"]}}], [{"task": {"text": new["text"]}}])
        )
    for key, type_, part in (("complete_till", "deadline", "timestamp"), ("task_type_id", "type", "id")):
        if new[key] != old[key]:
            before, after = ([{f"task_{type_}": {part: row[key]}}] for row in (old, new))
            told.append((f"task_{type_}_changed", before, after))
    return told


def _of_record(old: Row, new: Row) -> list[Told]:
    told: list[Told] = []
    if _place(old) != _place(new) and "status_id" in new:
        told.append(("lead_status_changed", [_status(old)], [_status(new)]))
    for key, type_, value in (
        ("responsible_user_id", "entity_responsible_changed", lambda v: {"responsible_user": {"id": v}}),
        ("name", "name_field_changed", lambda v: {"name_field_value": {"name": v}}),
        ("price", "sale_field_changed", lambda v: {"sale_field_value": {"sale": v}}),
    ):
        if old.get(key) != new.get(key):
            told.append((type_, [value(old.get(key))], [value(new.get(key))]))
    return told


def _of_links(old: Row, new: Row) -> list[Told]:
    before, after = set(old.get("contact_ids") or ()), set(new.get("contact_ids") or ())
    linked: list[Told] = [("entity_linked", [], [_link("link", id_)]) for id_ in sorted(after - before)]
    return [*linked, *(("entity_unlinked", [_link("unlink", id_)], []) for id_ in sorted(before - after))]


def _of_fields(old: Row, new: Row) -> list[Told]:
    before, after = old.get("fields") or {}, new.get("fields") or {}
    changed = [id_ for id_ in sorted({*before, *after}) if before.get(id_) != after.get(id_)]
    return [
        ("custom_field_value_changed", _values(id_, before.get(id_)), _values(id_, after.get(id_)))
        for id_ in changed
    ]


def _values(field_id: int, items: list[Row] | None) -> list[Row]:
    return [
        {"custom_field_value": {"field_id": field_id, "field_type": 1, **_plain(item)}}
        for item in items or ()
    ]


def _plain(item: Row) -> Row:
    value: Any = item.get("value")
    return {"enum_id": item.get("enum_id"), "text": None if value is None else str(value)}


def _place(row: Row) -> tuple[Any, Any]:
    return row.get("pipeline_id"), row.get("status_id")


def _status(row: Row) -> Row:
    return {"lead_status": {"id": row.get("status_id"), "pipeline_id": row.get("pipeline_id")}}


def _link(word: str, contact_id: int) -> Row:
    return {word: {"entity": {"type": "contact", "id": contact_id}}}
