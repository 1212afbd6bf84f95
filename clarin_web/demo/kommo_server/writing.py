"""What changes a Kommo over HTTP: webhooks and OAuth, which Clarin may, and the rest, which the Checker forbids."""

from __future__ import annotations

from typing import Any

from clarin_web.demo.kommo_server.hooks import shown
from clarin_web.demo.kommo_server.paging import whole
from clarin_web.demo.kommo_server.replies import Call, Reply, empty, problem
from clarin_web.demo.kommo_server.table import Row

ADDABLE = ("name", "price", "status_id", "pipeline_id", "responsible_user_id", "created_at", "updated_at")


def token(call: Call) -> Reply:
    found = call.server.tokens.exchange(call.body)
    return Reply(200, found, "application/json") if isinstance(found, dict) else problem(call, 400, found)


def authorise(call: Call) -> Reply:
    """The page where a user agrees; here everybody does, and is sent back with a code."""
    asked, tokens = dict(call.query), call.server.tokens
    if asked.get("client_id") != tokens.client_id:
        return problem(call, 400)
    back = f"code={tokens.code()}&state={asked.get('state', '')}&referer={call.server.host}"
    return Reply(302, headers={"Location": f"{tokens.redirect_uri}?{back}&client_id={tokens.client_id}"})


def webhooks(call: Call) -> Reply:
    view, wanted = call.view(set()), call.asked("webhooks").values.get("destination")
    rows = [row for row in call.server.hooks.rows.values() if not wanted or row["destination"] in wanted]
    return whole(call, "webhooks", [shown(view.link, row) for row in rows])


def subscribe(call: Call) -> Reply:
    body = call.body if isinstance(call.body, dict) else {}
    destination, settings = body.get("destination"), body.get("settings")
    if not isinstance(destination, str) or not isinstance(settings, list) or not settings:
        return problem(call, 400)
    try:
        row = call.server.hooks.subscribe(destination, settings, body.get("sort", 10), call.user_id)
    except ValueError as failure:
        return problem(call, 400, str(failure))
    except OverflowError as failure:
        return problem(call, 422, str(failure))
    return Reply(call.server.faults.webhook_status, shown(call.view(set()).link, row))


def unsubscribe(call: Call) -> Reply:
    body = call.body if isinstance(call.body, dict) else {}
    known = call.server.hooks.unsubscribe(str(body.get("destination")))
    return empty() if known else problem(call, 404)


def add(call: Call) -> Reply:
    """Answers ids only, as Kommo does."""
    kind, world = call.ids[0], call.server.world
    refused = _refused(call)
    if refused:
        return refused
    made = []
    for index, item in enumerate(call.body):
        fields = {key: item[key] for key in ADDABLE if key in item}
        row = {"id": _added(world, kind, fields), "request_id": str(item.get("request_id", index))}
        made.append({**row, "_links": call.view(set()).link(kind, row["id"])["self"]})
    return whole(call, kind, made)


def change(call: Call) -> Reply:
    kind, world = call.ids[0], call.server.world
    refused = _refused(call)
    if refused:
        return refused
    known = [item for item in call.body if world.rows[kind].is_listed(item.get("id", 0))]
    for item in known:
        world.change(kind, item["id"], **{key: item[key] for key in ADDABLE if key in item})
    rows: list[Row] = [{"id": item["id"], "updated_at": world.now()} for item in known]
    return whole(call, kind, rows)


def accept(call: Call) -> Reply:
    if call.server.world.find_unsorted(call.ids[0]) is None:
        return problem(call, 404)
    body = call.body if isinstance(call.body, dict) else {}
    lead = call.server.world.accept(call.ids[0], body.get("status_id"), body.get("user_id"))
    return Reply(200, {"uid": call.ids[0], "_embedded": {"leads": [{"id": lead}]}})


def decline(call: Call) -> Reply:
    if call.server.world.find_unsorted(call.ids[0]) is None:
        return problem(call, 404)
    lead = call.server.world.decline(call.ids[0])
    return Reply(200, {"uid": call.ids[0], "_embedded": {"leads": [{"id": lead}]}})


def _added(world: Any, kind: str, fields: Row) -> int:
    name, created = fields.pop("name", ""), fields.pop("created_at", None)
    if kind != "leads":
        verb = world.add_contact if kind == "contacts" else world.add_company
        return int(verb(name, created_at=created, **fields))
    pipeline = fields.pop("pipeline_id", None) or next(iter(world.rows["pipelines"]))
    stage = fields.pop("status_id", None)
    return int(world.add_lead(name, pipeline, stage, created_at=created, **fields))


def _refused(call: Call) -> Reply | None:
    if not isinstance(call.body, list) or not all(isinstance(item, dict) for item in call.body):
        return problem(call, 400)
    return problem(call, 422) if len(call.body) > 250 else None
