"""Webhook bodies in Kommo's old form shape: everything a string, `custom_fields`, nulls left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clarin_web.demo.kommo_server.core import SINGULAR, Change
from clarin_web.demo.kommo_server.old_shapes import entity, note, task, unsorted
from clarin_web.demo.kommo_server.table import Row
from clarin_web.demo.kommo_server.world import World

if TYPE_CHECKING:
    from clarin_web.demo.kommo_server.hooks import HookKnobs

Pairs = list[tuple[str, str]]
CODES = {
    *(f"{verb}_{one}" for verb in ("add", "update", "delete", "restore", "responsible", "note")
      for one in ("lead", "contact", "company")),
    *"status_lead add_task update_task delete_task responsible_task".split(),
    *"add_talk update_talk add_message add_chat_template_review".split(),
}  # fmt: skip
SECTIONS = {"leads": "leads", "contacts": "contacts", "companies": "contacts", "tasks": "task"}
MALFORMED: dict[str, Pairs] = {
    "text_for_list": [("leads[add]", "oops")],
    "unclosed": [("leads[add][0[id]", "1"), ("leads[add][0][id", "2"), ("[", "3")],
    "many_keys": [(f"leads[add][{n}][id]", str(n)) for n in range(10_000)],
    "deep": [("leads" + "[a]" * 50, "1")],
    "oversized": [("leads[add][0][name]", "x" * 1_000_000)],
    "not_a_number": [("leads[add][0][id]", "DROP TABLE"), ("leads[update][x][id]", "-1")],
}


def body(world: World, sections: Sequence[Row], knobs: HookKnobs) -> Pairs:
    """One POST of one code's sections; several entities are numbered [0], [1], …"""
    if knobs.malformed:
        return MALFORMED[knobs.malformed]
    return [*_account(world, knobs), *flat(_together(sections))]


def _together(sections: Sequence[Row]) -> Row:
    """The sections of one code hold the same section and verb: their lists are joined."""
    [(name, verbs)] = sections[0].items()
    [verb] = verbs
    return {name: {verb: [item for section in sections for item in section[name][verb]]}}


def _account(world: World, knobs: HookKnobs) -> Pairs:
    id_ = int(world.account["id"]) + (1 if knobs.wrong_account else 0)
    subdomain = world.account["subdomain"]
    links = {"self": f"https://{subdomain}.kommo.com"}
    return flat({"account": {"subdomain": subdomain, "id": id_, "_links": links}})


def of_change(world: World, change: Change, knobs: HookKnobs) -> list[tuple[str, Row]]:
    """(code, section) of each hook that a change makes."""
    row = change.new or change.old or {}
    if change.kind == "unsorted":
        return _of_unsorted(change)
    if change.kind == "notes":
        if change.action != "add":
            return []
        kind = row["entity_type"]
        return [(f"note_{SINGULAR[kind]}", {SECTIONS[kind]: {"note": [{"note": note(world, row)}]}})]
    if change.kind not in SECTIONS or row.get("is_unsorted"):
        return []
    name = SINGULAR[change.kind]
    return [
        (f"{verb}_{name}", {SECTIONS[change.kind]: {verb: [_body(world, change, verb, knobs)]}})
        for verb in _verbs(change, knobs)
    ]


def _verbs(change: Change, knobs: HookKnobs) -> list[str]:
    if change.action in ("add", "delete", "restore"):
        return [change.action]
    if change.action == "remove":
        return ["delete"]
    old, new = change.old or {}, change.new or {}
    if old.get("is_unsorted"):
        return ["add"]
    differing = {key for key in new if old.get(key) != new[key]} - {"updated_at", "updated_by"}
    if knobs.tags_are_silent and differing == {"tags"}:
        return []
    verbs = ["update"]
    if {"status_id", "pipeline_id"} & differing and not knobs.status_is_silent:
        verbs.append("status")
    return [*verbs, "responsible"] if "responsible_user_id" in differing else verbs


def _body(world: World, change: Change, verb: str, knobs: HookKnobs) -> Row:
    old, row = change.old or {}, change.new or change.old or {}
    before = {"old_status_id": old.get("status_id")} if verb in ("status", "update") else {}
    if change.kind == "tasks":
        return {"id": row["id"]} if verb == "delete" else task(world, row)
    if verb == "delete":
        keys = ("id", "status_id", "pipeline_id") if change.kind == "leads" else ("id",)
        kind = {} if change.kind == "leads" else {"type": SINGULAR[change.kind]}
        return {**{key: row.get(key) for key in keys}, **kind}
    if knobs.style == "digital_pipeline" and verb == "status":
        short = {key: row[key] for key in ("id", "status_id", "pipeline_id")}
        return {**short, **before, "old_pipeline_id": old.get("pipeline_id")}
    if verb == "responsible":
        before = {"old_responsible_user_id": old.get("responsible_user_id")}
    return {**entity(world, change.kind, row), **(before if change.kind == "leads" else {})}


def _of_unsorted(change: Change) -> list[tuple[str, Row]]:
    row = change.new or change.old or {}
    if change.action == "add":
        return [("unsorted_add", {"unsorted": {"add": [unsorted(row)]}})]
    if change.action not in ("accept", "decline"):
        return []
    result = {f"{change.action}_result": {"leads": [row["lead_id"]]}}
    return [
        ("unsorted_delete", {"unsorted": {"delete": [{**unsorted(row), "action": change.action, **result}]}})
    ]


def flat(value: Any, prefix: str = "") -> Pairs:
    """Nested dicts and lists as PHP-style pairs: nulls left out, true is 1, false is 0."""
    if value is None:
        return []
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [
            pair for key, item in items for pair in flat(item, f"{prefix}[{key}]" if prefix else str(key))
        ]
    return [(prefix, str(int(value)) if isinstance(value, bool) else str(value))]
