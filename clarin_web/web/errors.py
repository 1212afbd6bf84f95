"""One mapping from what went wrong to status, words and page. Nobody shows str(exception) to a person."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from clarin_web.db import is_away, release
from clarin_web.lib.errors import DomainError, Invalid, TooMany
from clarin_web.web.htmx import wants_fragment
from clarin_web.web.i18n import gettext as _
from clarin_web.web.i18n import ngettext
from clarin_web.web.security import safe_next

log = structlog.get_logger()
RETRY_AFTER = "5"


def N_(message: str) -> str:
    """Mark a message for translation where it is declared; `describe` translates it when shown."""
    return message


TEXTS: dict[str, str] = {
    "400": N_("The request could not be understood."),
    "401": N_("Sign in to go on."),
    "403": N_("You are not allowed to do this."),
    "404": N_("It is not here. It may have been deleted, or it belongs to somebody else."),
    "405": N_("That is not possible here."),
    "409": N_("Somebody was faster: reload to see what is true now."),
    "413": N_("That is too big to send."),
    "415": N_("This kind of data cannot be read here."),
    "422": N_("Something in what you sent cannot be used."),
    "429": N_("Too many attempts. Wait a moment and try again."),
    "too_often": N_("Too often. Wait %(wait)s and try again."),
    "500": N_("Something broke on our side. It has been noted."),
    "503": N_("The database does not answer right now. Try again in a moment; nothing was lost."),
    "foreign_origin": N_("This request came from another site and was refused."),
    "stale_page": N_("This page is out of date. Reload it and try again; your text is kept."),
    "required": N_("This is needed."),
    "too_long": N_("This is too long."),
    "not_text": N_("This contains characters that are not text."),
    "not_a_number": N_("This is not a number."),
    "not_whole": N_("Only a whole number can be used here."),
    "below_zero": N_("This cannot be less than zero."),
    "too_low": N_("This is too little: at least %(one)s."),
    "too_high": N_("This is too much: at most %(one)s."),
    "two_numbers": N_("That can be %(one)s or %(other)s. Write the one you mean."),
    "too_many_decimals": N_("Two decimals at most."),
    "not_an_email": N_("This is not an e-mail address."),
    "not_a_time": N_("This is not a time of day."),
    "not_a_date": N_("This is not a date."),
    "too_far": N_("This day is too far away."),
    "unknown_choice": N_("This choice does not exist."),
    "unknown_filter": N_("There is no filter with this name: %(name)s."),
    "bad_filter": N_("The filter %(name)s cannot be %(value)s."),
    "merge_undone": N_("This merge has been undone already."),
    "device_already_linked": N_("This number is linked already. Unlink it first to scan a new code."),
    "number_already_linked": N_(
        "This number is already another device of this account. Link it again there."
    ),
    "device_not_linked": N_("This number is not linked yet. Scan its code first."),
    "proxy_unusable": N_(
        "A proxy is written http://host:port or socks5://host:port, with user:password@ before the host if needed."
    ),
    "proxy_private": N_(
        "This proxy is in a private network. Use one on the internet, or ask whoever runs the server."
    ),
    "stage_missing": N_("A pipeline needs a stage to begin with."),
    "bad_cursor": N_("This page link is broken. Start again from the first page."),
}


# What the page is called, in its heading and in the browser's tab.
TITLES: dict[str, str] = {
    "400": N_("Not understood"),
    "401": N_("Sign in"),
    "403": N_("Not allowed"),
    "404": N_("Not here"),
    "405": N_("Not possible here"),
    "409": N_("Changed meanwhile"),
    "413": N_("Too big"),
    "415": N_("Cannot be read"),
    "422": N_("Cannot be used"),
    "429": N_("Wait a moment"),
    "500": N_("Something broke"),
    "503": N_("Away for a moment"),
}
LIKE = {410: "404", 408: "503", 502: "503", 504: "503"}  # what happened is the same to who reads it
AGAIN = (408, 429, 502, 503, 504)  # of a moment: the same may go well soon


def describe(code: str, **details: object) -> str:
    """The sentence for a code, in the reader's language; the status's sentence where the code has none."""
    code, *values = code.split("|")  # what a reason of a field has to tell comes with it
    details |= dict(zip(("one", "other"), values, strict=False))
    text = TEXTS.get(code) or TEXTS["422"]
    shown = {name: str(value)[:80] for name, value in details.items()}
    return _(text, **shown) if "%(" in text else _(text)


def explain(error: DomainError) -> str:
    """The sentence for a refusal."""
    if isinstance(error, TooMany):
        return describe(error.code, wait=in_words(error.seconds))
    code = error.code if error.code in TEXTS else str(error.status)
    return describe(code, **error.details)


def in_words(seconds: int) -> str:
    """How long somebody has to wait: whole minutes from two on, never too short."""
    if seconds < 120:
        return ngettext("%(num)s second", "%(num)s seconds", seconds)
    return ngettext("%(num)s minute", "%(num)s minutes", -(-seconds // 60))


def kind_of(status: int) -> str:
    """The status whose words fit: its own, one that means the same, or that of its family."""
    if str(status) in TITLES:
        return str(status)
    return LIKE.get(status, "500" if status >= 500 else "400")


def way_back() -> str:
    """Where somebody goes on: the same page once more, or after a form that was refused, the page it is on."""
    came = urlsplit(request.url if request.method == "GET" else request.referrer or "")
    return safe_next(came.path + (f"?{came.query}" if came.query else ""))


def init_errors(app: Flask) -> None:
    app.register_error_handler(DomainError, on_domain_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_bug)


def on_domain_error(error: DomainError) -> Response:
    fields = error.fields if isinstance(error, Invalid) else {}
    response = error_page(error.status, explain(error), {k: describe(v) for k, v in fields.items()})
    return not_now(response) if error.status == 503 else retry_after(response, error)


def retry_after(response: Response, error: DomainError) -> Response:
    """What was too often says for how long."""
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def on_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if (cause := getattr(error, "original_exception", None)) and is_away(cause):
        return on_database_away(cause)
    if status < 400:
        return make_response(error.get_response())
    response = error_page(status, describe(kind_of(status)))
    if status == 405 and error.get_response().headers.get("Allow"):
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def on_database_away(error: Exception) -> Response:
    log.warning("database away", error=type(getattr(error, "orig", error)).__name__)
    release()
    return not_now(error_page(503, describe("503")))


def not_now(response: Response) -> Response:
    """Of a moment: whoever asks again shortly may find it well."""
    response.headers["Retry-After"] = RETRY_AFTER
    response.headers["Cache-Control"] = "no-store"
    return response


def on_bug(error: Exception) -> Response:
    if is_away(error):
        return on_database_away(error)
    log.exception("unhandled", error=type(error).__name__)
    release()
    return error_page(500, describe("500"))


def beside(response: Response, shown: dict[str, Any]) -> Response:
    """A form that was refused stays, with what was typed in it: why is said beside it (toasts.js)."""
    if request.method != "GET":
        response.headers["HX-Reswap"] = "none"
        response.headers["X-Said"] = quote(" ".join([shown["text"], *shown["fields"].values()]))
    return response


def error_page(status: int, text: str, fields: dict[str, str] | None = None) -> Response:
    """A page, or for htmx a small fragment, that says what happened and what to do."""
    shown = {"status": status, "text": text, "fields": fields or {}}
    if wants_fragment():
        return beside(make_response(render_template("errors/_fragment.html", **shown), status), shown)
    again = status in AGAIN if request.method == "GET" else status != 405
    html = render_template(
        "errors/page.html",
        **shown,
        called=_(TITLES[kind_of(status)]),
        back=way_back() if again else "",
        request_id=g.get("request_id", ""),
    )
    return make_response(html, status)
