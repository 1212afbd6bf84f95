"""Path to handler. What is nobody's path is 404, a known path with another verb 405."""

from __future__ import annotations

import re
from collections.abc import Callable

from clarin_web.demo.kommo_server import reading, writing
from clarin_web.demo.kommo_server.replies import Call, Reply

Handler = Callable[[Call], Reply]
ENTITY = "(leads|contacts|companies)"
GETS: list[tuple[str, Handler]] = [
    ("account", reading.account),
    ("users", reading.users),
    (r"users/(\d+)", reading.user),
    ("roles", reading.roles),
    ("leads/pipelines", reading.pipelines),
    (r"leads/pipelines/(\d+)", reading.pipeline),
    (r"leads/pipelines/(\d+)/statuses", reading.stages),
    (r"leads/pipelines/(\d+)/statuses/(\d+)", reading.stages),
    ("leads/loss_reasons", reading.loss_reasons),
    ("leads/unsorted", reading.unsorted),
    (r"leads/unsorted/(\w+)", reading.unsorted_one),
    (ENTITY, reading.entities),
    (rf"{ENTITY}/(\d+)", reading.entity),
    (rf"{ENTITY}/(\d+)/links", reading.links),
    (rf"{ENTITY}/tags", reading.tags),
    (rf"{ENTITY}/custom_fields", reading.fields),
    (rf"{ENTITY}/custom_fields/groups", reading.field_groups),
    (rf"{ENTITY}/custom_fields/(\d+)", reading.field),
    (rf"{ENTITY}/notes", reading.notes),
    (rf"{ENTITY}/(\d+)/notes", reading.notes),
    (rf"{ENTITY}/(\d+)/notes/(\d+)", reading.notes),
    ("tasks", reading.tasks),
    (r"tasks/(\d+)", reading.task),
    ("events", reading.events),
    ("events/types", reading.event_types),
    (r"events/(\w+)", reading.event),
]
WRITES: list[tuple[str, str, Handler]] = [
    ("GET", "/api/v4/webhooks", writing.webhooks),
    ("POST", "/api/v4/webhooks", writing.subscribe),
    ("DELETE", "/api/v4/webhooks", writing.unsubscribe),
    ("POST", f"/api/v4/{ENTITY}", writing.add),
    ("PATCH", f"/api/v4/{ENTITY}", writing.change),
    ("POST", r"/api/v4/leads/unsorted/(\w+)/accept", writing.accept),
    ("DELETE", r"/api/v4/leads/unsorted/(\w+)/decline", writing.decline),
    ("POST", "/oauth2/access_token", writing.token),
    ("GET", "/oauth", writing.authorise),
]
ROUTES = [
    *(("GET", re.compile(f"/api/v4/{path}"), handler) for path, handler in GETS),
    *((verb, re.compile(path), handler) for verb, path, handler in WRITES),
]
ADMIN = re.compile(r"/api/v4/(users|roles|webhooks)(/.*)?")


def find(method: str, path: str) -> tuple[Handler, tuple[str, ...]] | int:
    """The handler and what the path held, else 404 or 405."""
    known = False
    for verb, pattern, handler in ROUTES:
        if match := pattern.fullmatch(path):
            known = True
            if verb == method:
                return handler, match.groups()
    return 405 if known else 404
