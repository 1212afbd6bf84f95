"""Faults that leave an answer almost right: rows twice or missing, a false end, a lagging list, another clock."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from clarin_web.demo.kommo_server.faults import Fault
from clarin_web.demo.kommo_server.mutations import step
from clarin_web.demo.kommo_server.paging import href
from clarin_web.demo.kommo_server.replies import Call, Reply
from clarin_web.demo.kommo_server.table import Row

if TYPE_CHECKING:
    from clarin_web.demo.kommo_server.handler import Handler

# What stands in a list and is no row of it.
NO_ROWS: tuple[object, ...] = (
    None,
    "fila",
    [],
    {},
    {"id": None},
    {"id": "x", "name": 5, "updated_at": "ayer"},
)


def before(call: Call, fault: Fault | None) -> None:
    """What happens to the world, or to the request, before it is answered."""
    count = call.server.faults.mutations_per_request
    if fault and fault.kind == "mutate":
        count += fault.count
    for _ in range(count):
        step(call.server.world)
    if fault and fault.kind == "stale":
        call.stale = fault.seconds


def after(handler: Handler, call: Call, reply: Reply, fault: Fault) -> None:
    if fault.kind == "skew":
        handler.skew = fault.seconds
    elif fault.kind == "gzip" and reply.body is not None:
        reply.raw = gzip.compress(json.dumps(reply.body).encode())
        reply.headers["Content-Encoding"] = "gzip"
    elif reply.status == 200 and reply.body and "_embedded" in reply.body:
        _bend_page(call, reply.body, fault)


def _bend_page(call: Call, body: Row, fault: Fault) -> None:
    world = call.server.world
    rows = next((rows for rows in body["_embedded"].values() if isinstance(rows, list)), [])
    if fault.kind == "duplicate_rows":
        rows += rows[: fault.count]
    elif fault.kind == "drop_rows":
        del rows[len(rows) // 2 : len(rows) // 2 + fault.count]
    elif fault.kind == "odd_rows":
        rows[:0] = [world.random.choice(NO_ROWS) for _ in range(fault.count)]
    elif fault.kind == "no_next":
        body["_links"].pop("next", None)
    elif fault.kind == "false_next" and "_page" in body:
        body["_links"]["next"] = href(call, int(body["_page"]) + 1)
