"""The Kommo page: see how it goes, pause, disconnect. Everybody reads; who manages Kommo changes."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, flash, request, url_for

from clarin_web.accounts.access import current_account, current_member, may, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.kommo import actions, forms, jobs, queries, regions, words
from clarin_web.kommo.asking import open_questions
from clarin_web.kommo.connection_state import read_state
from clarin_web.kommo.oddities import count_oddities, oddities_of
from clarin_web.kommo.webhooks import switching
from clarin_web.web.htmx import go, render
from clarin_web.web.i18n import gettext as _

ODD_SHOWN = 20
blueprint = Blueprint("kommo", __name__, url_prefix="/kommo")


@blueprint.context_processor
def spoken() -> dict[str, object]:
    """What every page of this feature says things with."""
    return {
        "state_name": words.state_name,
        "state_color": words.state_color,
        "error_sentence": words.error_sentence,
        "odd_sentence": words.odd_sentence,
        "kind_name": words.kind_name,
        "note_sentence": words.note_sentence,
        "token_sentence": words.token_sentence,
        "asks_for_access": words.asks_for_access,
        "region_text": words.region_text,
        "region_words": words.region_words,
        "may_manage": may(Permission.MANAGE_KOMMO),
    }


@blueprint.get("")
@requires(Permission.READ)
def index() -> str:
    return render("kommo/index.html", "kommo/_connection.html", **connection_context())


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
    switching.turn_off(current_member())  # while there is a token to take it out of Kommo's list with
    actions.disconnect(current_member())
    flash(_("Disconnected. Leads and contacts stay."))
    return go(url_for("kommo.index"))


@blueprint.post("/region")
@requires(Permission.MANAGE_KOMMO)
def choose_region() -> Response:
    """Kommo's country, currency or time zone, or the account's, for what comes from Kommo."""
    connection = regions.choose(current_member(), forms.region(request.form))
    jobs.enqueue_visit(connection.account_id, connection.id)
    return go(url_for("kommo.index"))


def connection_context(errors: dict[str, str] | None = None, address: str = "") -> dict[str, object]:
    """What the page shows, with what was wrong in a form that was sent."""
    connection = queries.connection_of(current_account())
    streams = queries.streams_of(current_account(), connection.id) if connection else {}
    users = streams["users"].cursor.get("people", []) if "users" in streams else []
    region = connection.region if connection else {}
    return {
        "differing": regions.differences(region, regions.of_account(current_account())),
        "connection": connection,
        "state": read_state(connection, streams.values(), datetime.now(UTC)) if connection else None,
        "streams": streams,
        "progress": queries.progress_of(streams),
        "people": users,
        "oddities": oddities_of(current_account(), ODD_SHOWN)
        if connection and may(Permission.MANAGE_KOMMO)
        else [],
        "oddity_count": count_oddities(current_account())
        if connection and may(Permission.MANAGE_KOMMO)
        else 0,
        "questions": open_questions(current_account()),
        "errors": errors or {},
        "address": address,
    }
