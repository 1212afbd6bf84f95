"""The Kommo page: connect, see how it goes, pause, disconnect. Everybody reads; who manages Kommo changes."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for

from clarin_web.accounts.access import current_account, current_member, may, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.kommo import actions, forms, jobs, queries, words
from clarin_web.lib.errors import Invalid
from clarin_web.web.errors import describe
from clarin_web.web.htmx import go, render
from clarin_web.web.i18n import gettext as _

blueprint = Blueprint("kommo", __name__, url_prefix="/kommo")


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {
        "state_name": words.state_name,
        "state_color": words.state_color,
        "error_sentence": words.error_sentence,
        "odd_sentence": words.odd_sentence,
        "kind_name": words.kind_name,
        "may_manage": may(Permission.MANAGE_KOMMO),
    }


@blueprint.get("")
@requires(Permission.READ)
def index() -> str:
    return render("kommo/index.html", "kommo/_connection.html", **_connection())


@blueprint.post("")
@requires(Permission.MANAGE_KOMMO)
def connect() -> Response:
    try:
        wanted = forms.connecting(request.form)
        connection = actions.connect(current_member(), wanted.address, wanted.token)
    except Invalid as refusal:
        errors = {name: describe(code) for name, code in refusal.fields.items()}
        address = request.form.get("address", "")[:200]
        return make_response(render_template("kommo/index.html", **_connection(errors, address)), 422)
    jobs.enqueue_visit(connection.account_id, connection.id)
    flash(_("Connected. The import has begun."))
    return go(url_for("kommo.index"))


@blueprint.post("/pause")
@requires(Permission.MANAGE_KOMMO)
def pause() -> Response:
    actions.pause(current_member())
    return go(url_for("kommo.index"))


@blueprint.post("/resumption")
@requires(Permission.MANAGE_KOMMO)
def resume() -> Response:
    connection = actions.resume(current_member())
    jobs.enqueue_visit(connection.account_id, connection.id)
    return go(url_for("kommo.index"))


@blueprint.post("/disconnection")
@requires(Permission.MANAGE_KOMMO)
def disconnect() -> Response:
    actions.disconnect(current_member())
    flash(_("Disconnected. Leads and contacts stay."))
    return go(url_for("kommo.index"))


def _connection(errors: dict[str, str] | None = None, address: str = "") -> dict[str, object]:
    connection = queries.connection_of(current_account())
    streams = queries.streams_of(current_account(), connection.id) if connection else {}
    users = streams["users"].cursor.get("people", []) if "users" in streams else []
    return {
        "connection": connection,
        "streams": streams,
        "progress": queries.progress_of(streams),
        "people": users,
        "errors": errors or {},
        "address": address,
    }
