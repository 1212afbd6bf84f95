"""Comparing with Kommo: ask for a check, see what differs, go to each record."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, make_response, render_template, request, url_for

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.kommo import queries, rechecking, stream_words
from clarin_web.kommo.forms import checking
from clarin_web.kommo.views.page import blueprint
from clarin_web.lib.errors import Conflict, DomainError, Invalid
from clarin_web.web.errors import describe, explain
from clarin_web.web.htmx import go, render


@blueprint.get("/drift")
@requires(Permission.MANAGE_KOMMO)
def drift() -> str:
    return render("kommo/drift.html", "kommo/_drift.html", **_context())


@blueprint.post("/drift")
@requires(Permission.MANAGE_KOMMO)
def check() -> Response:
    """Begin a check; the page then shows how far it is by itself."""
    try:
        rechecking.ask(current_member(), checking(request.form))
    except (Invalid, Conflict) as refusal:
        return _again(refusal)
    return go(url_for("kommo.drift"))


def _again(refusal: DomainError) -> Response:
    fields = refusal.fields if isinstance(refusal, Invalid) else {}
    errors = {name: describe(code) for name, code in fields.items()} or {"form": explain(refusal)}
    return make_response(render_template("kommo/drift.html", **_context(errors)), refusal.status)


def _context(errors: dict[str, str] | None = None) -> dict[str, object]:
    connection = queries.connection_of(current_account())
    streams = queries.streams_of(current_account(), connection.id) if connection else {}
    found = rechecking.check_of(streams)
    wanted = rechecking.Ask(**found["ask"]) if found else rechecking.Ask("leads", "sample")
    typed = {name: request.form.get(name, value) for name, value in asdict(wanted).items()}
    return {
        "connection": connection,
        "check": found,
        "wanted": wanted,
        "typed": typed if errors else asdict(wanted),
        "errors": errors or {},
        "way_name": stream_words.way_name,
        "drift_name": stream_words.drift_name,
        "drift_field": stream_words.drift_field,
    }
