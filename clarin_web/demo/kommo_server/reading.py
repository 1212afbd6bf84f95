"""The GET handlers: every list and every single entity of the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clarin_web.demo.kommo_server.core import id_in
from clarin_web.demo.kommo_server.journal import TYPES
from clarin_web.demo.kommo_server.paging import page, whole
from clarin_web.demo.kommo_server.replies import Call, Reply, empty, problem
from clarin_web.demo.kommo_server.selecting import select
from clarin_web.demo.kommo_server.shapes import office, records, work
from clarin_web.demo.kommo_server.shapes.view import View
from clarin_web.demo.kommo_server.table import Row, is_listed

Shape = Callable[[View, Row], Row]
SHAPES: dict[str, Shape] = {
    "leads": records.lead,
    "contacts": records.contact,
    "companies": records.company,
    "users": office.user,
    "roles": office.role,
    "loss_reasons": records.loss_reason,
    "tags": office.tag,
    "fields": office.field,
    "tasks": work.task,
    "notes": work.note,
    "events": work.event,
    "unsorted": work.unsorted,
    "pipelines": office.pipeline,
}
NAMES = {"fields": "custom_fields"}
COUNTED = {"users", "roles", "fields"}


def account(call: Call) -> Reply:
    return Reply(200, office.account(call.view(call.asked("account").with_)))


def listing(call: Call, kind: str, base: Sequence[int] | None = None) -> Reply:
    """A paged list of a table, or of the rows in `base`."""
    table, asked = call.server.world.rows[kind], call.asked(kind)
    if kind == "events" and asked.order is None:
        asked.order, asked.descending = "created_at", call.server.faults.events_order == "desc"
    ids = select(table, asked, call.server.faults, base)
    view, shape = call.view(asked.with_), SHAPES[kind]
    counted, name = kind in COUNTED, NAMES.get(kind, kind)
    return page(call, asked, name, ids, lambda id_: shape(view, table[id_]), counted=counted)


def single(call: Call, kind: str, id_: int, *, missing: int = 204) -> Reply:
    """One row; what is not there is 204 (leads, contacts, companies) or 404."""
    row = call.server.world.rows[kind].get(id_)
    if row is None or not (is_listed(row) or (kind == "leads" and row.get("is_unsorted"))):
        return empty() if missing == 204 else problem(call, missing)
    if row.get("is_deleted"):
        return empty()
    return Reply(200, SHAPES[kind](call.view(call.asked(kind).with_), row))


def entities(call: Call) -> Reply:
    kind = call.ids[0]
    asked = call.asked(kind)
    if "only_deleted" not in asked.with_:
        return listing(call, kind)
    table = call.server.world.rows[kind]
    bin_ = [row for row in table.changed() if row.get("is_deleted") and not row.get("merged_into")]
    low, high = asked.ranges.get("updated_at", (None, None))
    bin_ = [row for row in bin_ if (low or 0) <= row["updated_at"] <= (high or 2**40)]
    by = asked.order if asked.order in ("created_at", "updated_at") else "id"
    ids = sorted((row["id"] for row in bin_), key=lambda id_: (table[id_].get(by) or 0, id_))
    view = call.view(asked.with_)
    return page(call, asked, kind, ids, lambda id_: records.deleted(view, table[id_], kind))


def entity(call: Call) -> Reply:
    return single(call, call.ids[0], int(call.ids[1]))


def links(call: Call) -> Reply:
    kind, id_ = call.ids[0], int(call.ids[1])
    if not call.server.world.rows[kind].is_listed(id_):
        return empty()
    return whole(call, "links", work.links_of(call.view(set()), kind, id_))


def _own_id(call: Call, entity: str, asked: str) -> int:
    return id_in(entity, int(asked)) if call.server.world.equal_ids else int(asked)


def tags(call: Call) -> Reply:
    rows = call.server.world.rows["tags"].values()
    return listing(call, "tags", [row["id"] for row in rows if row["kind"] == call.ids[0]])


def fields(call: Call) -> Reply:
    rows = call.server.world.rows["fields"].values()
    return listing(call, "fields", [row["id"] for row in rows if row["entity"] == call.ids[0]])


def field(call: Call) -> Reply:
    return single(call, "fields", _own_id(call, call.ids[0], call.ids[1]), missing=404)


def field_groups(call: Call) -> Reply:
    group = {"id": "default", "name": "Principal", "is_predefined": True, "type": "entity", "sort": 0}
    return whole(call, "custom_field_groups", [{**group, "entity_type": call.ids[0]}])


def loss_reasons(call: Call) -> Reply:
    return listing(call, "loss_reasons")


def users(call: Call) -> Reply:
    return listing(call, "users")


def user(call: Call) -> Reply:
    return single(call, "users", int(call.ids[0]), missing=404)


def roles(call: Call) -> Reply:
    return listing(call, "roles")


def pipelines(call: Call) -> Reply:
    rows = call.server.world.rows["pipelines"].values()
    shown = [row for row in rows if call.server.faults.archived_listed or not row["is_archive"]]
    view = call.view(set())
    return whole(call, "pipelines", [office.pipeline(view, row) for row in sorted(shown, key=_sort)])


def pipeline(call: Call) -> Reply:
    return single(call, "pipelines", int(call.ids[0]), missing=404)


def stages(call: Call) -> Reply:
    row = call.server.world.rows["pipelines"].get(int(call.ids[0]))
    if row is None:
        return problem(call, 404)
    shown = [office.stage(call.view(set()), stage) for stage in row["stages"]]
    if len(call.ids) == 1:
        return whole(call, "statuses", shown)
    found = [stage for stage in shown if stage["id"] == int(call.ids[1])]
    return Reply(200, found[0]) if found else problem(call, 404)


def tasks(call: Call) -> Reply:
    return listing(call, "tasks")


def task(call: Call) -> Reply:
    return single(call, "tasks", int(call.ids[0]), missing=404)


def notes(call: Call) -> Reply:
    """All notes of one kind of entity, those of one entity, or one note."""
    kind, table = call.ids[0], call.server.world.rows["notes"]
    if len(call.ids) == 1:
        return listing(call, "notes", table.pointing("kind", kind))
    if len(call.ids) == 2:
        return listing(call, "notes", table.pointing("entity", (kind, int(call.ids[1]))))
    return single(call, "notes", _own_id(call, kind, call.ids[2]), missing=404)


def unsorted(call: Call) -> Reply:
    return listing(call, "unsorted")


def unsorted_one(call: Call) -> Reply:
    row = call.server.world.find_unsorted(call.ids[0])
    return Reply(200, work.unsorted(call.view(set()), row)) if row else problem(call, 404)


def events(call: Call) -> Reply:
    asked = call.asked("events")
    if "entity_id" in asked.values and len(asked.values.get("entity", ())) != 1:
        return problem(call, 400)
    return listing(call, "events")


def event(call: Call) -> Reply:
    rows = call.server.world.rows["events"].values()
    row = next((row for row in rows if row["uid"] == call.ids[0]), None)
    return Reply(200, work.event(call.view(set()), row)) if row else problem(call, 404)


def event_types(call: Call) -> Reply:
    return whole(call, "events_types", [{"key": key, "type": 1, "lang": key} for key in TYPES])


def _sort(row: Row) -> tuple[int, int]:
    return int(row["sort"]), int(row["id"])
