"""A call that came in and the reply that goes out, before any fault bends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clarin_web.demo.kommo_server.asked import Asked, Query, asked
from clarin_web.demo.kommo_server.core import LOST, WON
from clarin_web.demo.kommo_server.shapes.view import View
from clarin_web.demo.kommo_server.table import Row

if TYPE_CHECKING:
    from clarin_web.demo.kommo_server.server import KommoServer

HAL, PROBLEM = "application/hal+json", "application/problem+json"
TITLES = {
    400: ("Bad Request", "Request validation failed"),
    401: ("Unauthorized", "Invalid user name or password"),
    402: ("Payment Required", "Payment required"),
    403: ("Forbidden", "Client doesn't have the required scope"),
    405: ("Method Not Allowed", "Method Not Allowed"),
    422: ("Unprocessable Entity", "Limit 250 per page"),
    429: (
        "Too Many Requests",
        "You have sent too many requests in a given amount of time. Please try again later.",
    ),
}


@dataclass
class Reply:
    """`body` None is sent empty; a 204 is an empty list."""

    status: int
    body: Row | None = None
    kind: str = HAL
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


@dataclass
class Call:
    """One request on its way to its handler. `ids` are the numbers and names its path held."""

    server: KommoServer
    method: str
    path: str
    query: Query
    body: Any = None
    ids: tuple[str, ...] = ()
    user_id: int = 0
    stale: float = 0.0

    def asked(self, kind: str) -> Asked:
        faults, world = self.server.faults, self.server.world
        found = asked(kind, self.query, filters=faults.filters_enabled)
        found.hides = _hidden_stages(self)
        if lag := max(faults.stale_seconds, self.stale):
            found.settled = int(world.now() - lag)
        return found

    def view(self, with_: set[str]) -> View:
        return View(self.server.world, self.server.faults, with_)


def _hidden_stages(call: Call) -> set[int]:
    hides = call.server.faults.pipeline_filter_hides
    closed = {WON, LOST} if hides in ("closed", "both") else set()
    if hides not in ("incoming", "both"):
        return closed
    pipelines = call.server.world.rows["pipelines"].values()
    return closed | {stage["id"] for row in pipelines for stage in row["stages"] if stage["type"] == 1}


def empty() -> Reply:
    return Reply(204)


def problem(call: Call, status: int, detail: str = "", **more: Any) -> Reply:
    """An error as Kommo words it."""
    return Reply(status, problem_body(call.server, call.path, status, detail, **more), PROBLEM)


def problem_body(server: KommoServer, path: str, status: int, detail: str = "", **more: Any) -> Row:
    title, usual = TITLES.get(status, ("Error", "Internal error"))
    if status == 404:
        title, usual = "Not Found", f"Cannot GET {server.faults.public_base}{path}"
    kind = f"https://httpstatus.es/{status}"
    return {"title": title, "type": kind, "status": status, "detail": detail or usual, **more}
