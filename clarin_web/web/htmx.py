"""The one module that speaks htmx-flask. It covers that package's gaps (typed headers, re-swap values)."""

from __future__ import annotations

import json

from flask import Flask, Response, make_response, redirect, render_template
from htmx_flask import Htmx, request


def init_htmx(app: Flask) -> None:
    Htmx(app)


def wants_fragment() -> bool:
    """Whether htmx asked for a part of a page (not a boosted visit, nor a history restore)."""
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request


def wants_only(target: str) -> bool:
    """Whether htmx asked for what stands in this element ("div#open") and nothing around it."""
    return wants_fragment() and request.htmx.target == target


def follows_link() -> bool:
    """Whether somebody followed a link inside the page; a region that asks again by itself is none."""
    return wants_fragment() and request.headers.get("HX-Source", "").partition("#")[0] == "a"


def browser_address() -> str:
    """What stands in the bar of the browser that asks for a part of its page."""
    return request.htmx.current_url or ""


def render(page: str, fragment: str, **context: object) -> str:
    """The fragment for htmx, else the whole page; both from the same context."""
    return render_template(fragment if wants_fragment() else page, **context)


def answer(
    html: str,
    status: int = 200,
    *,
    trigger: str | dict[str, object] | None = None,
    push_url: str | None = None,
) -> Response:
    """A fragment with optional events for the page (HX-Trigger) and an address for the bar (HX-Push-Url)."""
    response = make_response(html, status)
    if trigger:
        response.headers["HX-Trigger"] = trigger if isinstance(trigger, str) else json.dumps(trigger)
    if push_url:
        response.headers["HX-Push-Url"] = push_url
    return response


def go(url: str) -> Response:
    """Send the browser on after a write: 303 for plain forms, HX-Redirect where htmx asked."""
    if request.htmx:
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    return make_response(redirect(url, 303))
