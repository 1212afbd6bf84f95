"""The list endpoints: filters, order, offset paging over the live rows. An empty list is None (204)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from clarin_web.demo.kommo_server import shapes
from clarin_web.demo.kommo_server.faults import Faults
from clarin_web.demo.kommo_server.world import World

Row = dict[str, Any]
Query = list[tuple[str, str]]
Shape = Callable[[World, Row, set[str]], Row]
MAX_LIMIT = 250
ORDERS = {
    "leads": {"id", "created_at", "updated_at"},
    "contacts": {"id", "updated_at"},
    "companies": {"id", "updated_at"},
}
# path -> (World kind, name in _embedded, shape, paged)
LISTS: dict[str, tuple[str, str, Shape, bool]] = {
    "/api/v4/users": ("users", "users", shapes.user, True),
    "/api/v4/leads/pipelines": ("pipelines", "pipelines", shapes.pipeline, False),
    "/api/v4/leads/loss_reasons": ("loss_reasons", "loss_reasons", shapes.plain, False),
    "/api/v4/leads": ("leads", "leads", shapes.lead, True),
    "/api/v4/contacts": ("contacts", "contacts", shapes.contact, True),
    "/api/v4/companies": ("companies", "companies", shapes.plain, True),
    "/api/v4/leads/tags": ("tags", "tags", shapes.plain, True),
    "/api/v4/contacts/tags": ("tags", "tags", shapes.plain, True),
    "/api/v4/companies/tags": ("tags", "tags", shapes.plain, True),
}
SINGLE = re.compile(r"/api/v4/(leads|contacts|companies|users)/(\d+)")


def answer(world: World, faults: Faults, path: str, query: Query) -> Row | None:
    """The body of a list or of one entity; None for 204. KeyError when the path is nobody's."""
    with world.lock:
        if single := SINGLE.fullmatch(path):
            return _single(world, single[1], int(single[2]), query)
        kind, name, shape, paged = LISTS[path]
        rows = [row for row in world.rows[kind].values() if not row.get("is_deleted")]
        if kind == "tags":
            rows = [row for row in rows if row["kind"] == path.split("/")[3]]
        rows = _ordered(_filtered(rows, query, faults), kind, query)
        return _page(world, faults, path, query, rows, name, shape, paged)


def _single(world: World, kind: str, id_: int, query: Query) -> Row | None:
    row = world.rows[kind].get(id_)
    shape = LISTS[f"/api/v4/{kind}"][2]
    return None if row is None or row.get("is_deleted") else shape(world, row, _with(query))


def _page(
    world: World,
    faults: Faults,
    path: str,
    query: Query,
    rows: list[Row],
    name: str,
    shape: Shape,
    paged: bool,
) -> Row | None:
    asked = dict(query)
    limit = min(_int(asked.get("limit"), faults.default_limit), MAX_LIMIT) if paged else len(rows)
    page = max(_int(asked.get("page"), 1), 1)
    part = rows[(page - 1) * limit : page * limit]
    if not part:
        return None
    links = {"self": _href(faults, path, query, page)}
    if paged and page * limit < len(rows):
        links["next"] = _href(faults, path, query, page + 1)
    if page > 1:
        links |= {"first": _href(faults, path, query, 1), "prev": _href(faults, path, query, page - 1)}
    totals = {"_total_items": len(rows)} if name in ("users", "pipelines") else {}
    embedded = {name: [shape(world, row, _with(query)) for row in part]}
    return {**totals, "_page": page, "_links": links, "_embedded": embedded}


def _filtered(rows: list[Row], query: Query, faults: Faults) -> list[Row]:
    if not faults.filters_enabled:
        return rows
    for key, value in query:
        if match := re.fullmatch(r"filter\[(\w+)\](?:\[(from|to|\d*)\])?", key):
            rows = [row for row in rows if _matches(row, match[1], match[2], _wanted(query, key), value)]
    return rows


def _matches(row: Row, field: str, part: str | None, wanted: set[str], value: str) -> bool:
    if field not in row:
        return True
    if part in ("from", "to"):
        bound = _int(value, 0)
        number = row[field] or 0
        return bool(number >= bound if part == "from" else number <= bound)
    return str(row[field]) in wanted


def _wanted(query: Query, key: str) -> set[str]:
    return {value for name, value in query if name == key}


def _ordered(rows: list[Row], kind: str, query: Query) -> list[Row]:
    """Asked order when the kind knows it, else none at all: the docs promise no default."""
    for key, value in query:
        match = re.fullmatch(r"order\[(\w+)\]", key)
        if match and match[1] in ORDERS.get(kind, set()):
            return sorted(rows, key=lambda row: (row[match[1]], row["id"]), reverse=value == "desc")
    return rows


def _with(query: Query) -> set[str]:
    return {part for key, value in query if key == "with" for part in value.split(",")}


def _href(faults: Faults, path: str, query: Query, page: int) -> Row:
    others = [(key, value) for key, value in query if key != "page"]
    return {"href": f"{faults.public_base}{path}?{urlencode([*others, ('page', str(page))])}"}


def _int(text: str | None, fallback: int) -> int:
    return int(text) if text and text.isdecimal() else fallback
