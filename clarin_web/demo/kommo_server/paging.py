"""Offset paging over the rows as they are at this moment: what moves between two pages is lost or met twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from clarin_web.demo.kommo_server.asked import Asked
from clarin_web.demo.kommo_server.faults import Faults
from clarin_web.demo.kommo_server.replies import Call, Reply, empty, problem
from clarin_web.demo.kommo_server.table import Row

MAX_LIMIT = 250
FALLBACK_LIMIT = 50


def page(
    call: Call,
    asked: Asked,
    name: str,
    ids: Sequence[int],
    shape: Callable[[int], Row],
    *,
    counted: bool = False,
) -> Reply:
    """One page of `ids`. `counted` lists carry totals and `last`, as users and fields do."""
    faults, total = call.server.faults, len(ids)
    if (asked.limit or 0) > MAX_LIMIT and faults.limit_over == "400":
        return problem(call, 400)
    limit = limit_of(asked, faults)
    part = ids[(asked.page - 1) * limit : asked.page * limit]
    if not part:
        return empty()
    pages = -(-total // limit)
    links = _links(call, asked.page, has_next=asked.page < pages)
    totals: Row = {}
    if counted:
        totals = {"_total_items": total, "_page_count": pages}
        links["last"] = href(call, pages)
    rows = [shape(id_) for id_ in part]
    return Reply(200, {**totals, "_page": asked.page, "_links": links, "_embedded": {name: rows}})


def whole(call: Call, name: str, rows: list[Row]) -> Reply:
    """A list that is not paged (pipelines, stages, event types)."""
    if not rows:
        return empty()
    links = {"self": {"href": f"{call.server.faults.public_base}{call.path}"}}
    return Reply(200, {"_total_items": len(rows), "_links": links, "_embedded": {name: rows}})


def limit_of(asked: Asked, faults: Faults) -> int:
    wanted = faults.default_limit if asked.limit is None or asked.limit < 1 else asked.limit
    if asked.kind == "events" and wanted > 100 and faults.events_over_limit == "fallback50":
        return FALLBACK_LIMIT
    return min(wanted, MAX_LIMIT)


def href(call: Call, number: int) -> Row:
    others = [(key, value) for key, value in call.query if key != "page"]
    query = urlencode([*others, ("page", str(number))])
    return {"href": f"{call.server.faults.public_base}{call.path}?{query}"}


def _links(call: Call, number: int, *, has_next: bool) -> Row:
    links = {"self": href(call, number)}
    if has_next:
        links["next"] = href(call, number + 1)
    if number > 1:
        links |= {"first": href(call, 1), "prev": href(call, number - 1)}
    return links
