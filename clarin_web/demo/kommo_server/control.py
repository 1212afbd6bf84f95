"""/_sim/*: the server's own door, for tests and demos over HTTP. Header `X-Sim: 1` keeps web pages out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from clarin_web.demo.kommo_server.checker import Checker
from clarin_web.demo.kommo_server.clock import Clock
from clarin_web.demo.kommo_server.mutations import step
from clarin_web.demo.kommo_server.replies import HAL
from clarin_web.demo.kommo_server.table import Row
from clarin_web.demo.kommo_server.truth import KINDS, truth

if TYPE_CHECKING:
    from clarin_web.demo.kommo_server.handler import Handler
    from clarin_web.demo.kommo_server.server import KommoServer

# What POST /_sim/do may call, as {"verb": "move_stage", "args": [501, 142], "options": {}}
VERBS = set(
    "add_group add_role add_user remove_user add_pipeline add_stage remove_stage rename_stage change_pipeline "
    "archive_pipeline remove_pipeline add_loss_reason rename_loss_reason remove_loss_reason rename_tag "
    "remove_tag add_field rename_field rename_option remove_field add_field_of_each_type set_field add_company add_contact "
    "add_lead move_stage set_price assign tag link unlink delete restore purge merge add_task complete_task "
    "delete_task add_note add_call edit_note delete_note add_unsorted accept decline change touch".split()
)


def answer(handler: Handler, path: str, content: bytes) -> None:
    """200 with JSON; 400 with the reason; 404 for what is not here or came without the header."""
    door = DOORS.get((handler.command, path))
    if handler.headers.get("X-Sim") != "1" or door is None:
        _send(handler, 404, {})
        return
    query = {key: values[-1] for key, values in parse_qs(urlsplit(handler.path).query).items()}
    try:
        data = {**query, **json.loads(content or b"{}")}
        body = door(handler.server, data)
    except (KeyError, ValueError, TypeError, OverflowError, StopIteration) as failure:
        _send(handler, 400, {"error": f"{type(failure).__name__}: {failure}"})
        return
    _send(handler, 200, body)


def _send(handler: Handler, status: int, body: Row) -> None:
    content = json.dumps(body, ensure_ascii=False, default=str).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", HAL if status == 200 else "application/json")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def _truth(server: KommoServer, data: Row) -> Row:
    return truth(server.world, data["kinds"].split(",") if "kinds" in data else KINDS)


def _state(server: KommoServer, _: Row) -> Row:
    return server.world.to_json()


def _requests(server: KommoServer, _: Row) -> Row:
    return {"requests": [seen.as_json() for seen in server.seen]}


def _forget_requests(server: KommoServer, _: Row) -> Row:
    server.seen.clear()
    return {}


def _faults(server: KommoServer, _: Row) -> Row:
    faults = server.faults
    pending = [vars(fault) for fault in faults.pending if fault.times]
    return {"pending": pending, "log": [vars(one) for one in faults.log], "knobs": faults.knobs()}


def _add_fault(server: KommoServer, data: Row) -> Row:
    server.faults.add(**data)
    return {"pending": len(server.faults.pending)}


def _clear_faults(server: KommoServer, _: Row) -> Row:
    server.faults.clear()
    return {}


def _storm(server: KommoServer, data: Row) -> Row:
    server.faults.storm(**data)
    return {}


def _knobs(server: KommoServer, data: Row) -> Row:
    server.faults.turn(**data)
    return server.faults.knobs()


def _hook_knobs(server: KommoServer, data: Row) -> Row:
    known = vars(server.hooks.knobs)
    if unknown := set(data) - set(known):
        raise ValueError(f"unknown knobs {sorted(unknown)}")
    known.update(data)
    return dict(known)


def _hooks(server: KommoServer, _: Row) -> Row:
    log = [{**vars(one), "pairs": [list(pair) for pair in one.pairs]} for one in server.hooks.log]
    return {"webhooks": list(server.hooks.rows.values()), "log": log}


def _change(server: KommoServer, data: Row) -> Row:
    server.world.change(data["kind"], data["id"], **data["fields"])
    return {}


def _do(server: KommoServer, data: Row) -> Row:
    if data["verb"] not in VERBS:
        raise ValueError(f"unknown verb {data['verb']!r}")
    result = getattr(server.world, data["verb"])(*data.get("args", ()), **data.get("options", {}))
    return {"result": result}


def _step(server: KommoServer, data: Row) -> Row:
    only = tuple(data.get("only", ()))
    return {"done": [step(server.world, only) for _ in range(int(data.get("times", 1)))]}


def _clock(server: KommoServer, data: Row) -> Row:
    world = server.world
    if not isinstance(world.clock, Clock):
        world.clock = Clock(world.clock)
    clock: Any = world.clock
    if "set" in data:
        clock.set(float(data["set"]))
    clock.move(float(data.get("move", 0)))
    if data.get("stop"):
        clock.stop()
    elif data.get("start"):
        clock.start()
    return {"now": world.now()}


def _issue(server: KommoServer, data: Row) -> Row:
    return {"token": server.tokens.issue(**data)}


def _revoke(server: KommoServer, data: Row) -> Row:
    server.tokens.revoke(data["token"])
    return {}


def _code(server: KommoServer, _: Row) -> Row:
    tokens = server.tokens
    known = {"client_id": tokens.client_id, "client_secret": tokens.client_secret}
    return {"code": tokens.code(), **known, "redirect_uri": tokens.redirect_uri}


def _check(server: KommoServer, data: Row) -> Row:
    checker = Checker(server, rate=float(data["rate"]) if "rate" in data else None)
    return {"broken": checker.broken(), "peak": checker.peak()}


DOORS: dict[tuple[str, str], Callable[[KommoServer, Row], Row]] = {
    ("GET", "/_sim/truth"): _truth,
    ("GET", "/_sim/state"): _state,
    ("GET", "/_sim/requests"): _requests,
    ("DELETE", "/_sim/requests"): _forget_requests,
    ("GET", "/_sim/faults"): _faults,
    ("POST", "/_sim/faults"): _add_fault,
    ("DELETE", "/_sim/faults"): _clear_faults,
    ("POST", "/_sim/storm"): _storm,
    ("PUT", "/_sim/knobs"): _knobs,
    ("PUT", "/_sim/hook-knobs"): _hook_knobs,
    ("GET", "/_sim/hooks"): _hooks,
    ("POST", "/_sim/change"): _change,
    ("POST", "/_sim/do"): _do,
    ("POST", "/_sim/step"): _step,
    ("POST", "/_sim/clock"): _clock,
    ("POST", "/_sim/tokens"): _issue,
    ("DELETE", "/_sim/tokens"): _revoke,
    ("POST", "/_sim/code"): _code,
    ("GET", "/_sim/check"): _check,
}
