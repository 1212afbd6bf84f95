"""Webhooks: where Kommo tells us, and the panel that turns that on and off."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for

from clarin_web.accounts.access import anyone, current_account, current_member, may, requires
from clarin_web.accounts.limits import spend
from clarin_web.accounts.permissions import Permission
from clarin_web.db import tenant
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.views.page import blueprint as pages
from clarin_web.kommo.webhooks import switching, words
from clarin_web.kommo.webhooks.address import public_origin
from clarin_web.kommo.webhooks.queries import webhook_of
from clarin_web.kommo.webhooks.receiving import receive
from clarin_web.kommo.words import error_sentence
from clarin_web.lib.errors import NotFound
from clarin_web.lib.networks import network_of
from clarin_web.web.htmx import go
from clarin_web.web.i18n import gettext as _
from clarin_web.web.security import EXEMPT, own_origin

blueprint = Blueprint("kommo_webhook", __name__, url_prefix="/kommo")
# Kommo has no session and no page of ours: the token in the path is what lets it in.
EXEMPT.add("kommo_webhook.hook")
GUESSES, WITHIN = 60, 60


@pages.context_processor
@blueprint.context_processor
def _spoken() -> dict[str, object]:
    return {
        "kommo_webhook": webhook_panel,
        "webhook_state": words.webhook_state,
        "error_sentence": error_sentence,
        "may_manage": may(Permission.MANAGE_KOMMO),
    }


@blueprint.get("/webhook")
@requires(Permission.READ)
def panel() -> str:
    return render_template("kommo/_webhook.html")


def webhook_panel() -> dict[str, object]:
    """What the panel shows: the row if there is one, and whether Kommo could reach us at all."""
    connection = connection_of(current_account())
    if connection is None:
        raise NotFound("kommo_connection")
    row = webhook_of(connection.account_id, connection.id)
    is_reachable = bool(public_origin(connection.base_url, own_origin()))
    return {"row": row, "state": row.state if row else "off", "is_reachable": is_reachable}


@blueprint.post("/webhook")
@requires(Permission.MANAGE_KOMMO)
def turn_on() -> Response:
    """Also "turn on again": each time under a new address, and those of before end."""
    if switching.turn_on(current_member(), own_origin()):
        flash(_("Kommo now tells us about changes."))
    return go(url_for("kommo.index"))


@blueprint.post("/webhook/removal")
@requires(Permission.MANAGE_KOMMO)
def turn_off() -> Response:
    switching.turn_off(current_member())
    flash(_("Instant changes are off. Kommo is read every few seconds, as before."))
    return go(url_for("kommo.index"))


@blueprint.post("/hooks/<int:account_id>/<string:token>")
@anyone
def hook(account_id: int, token: str) -> Response:
    """Kommo tells. It waits two seconds and counts every other answer against us, so whatever it says is fine."""
    with tenant(account_id):
        if receive(account_id, token, request.stream):
            return make_response("", 200)
    # Only who is wrong is counted: Kommo's own addresses serve all its accounts.
    spend(f"kommo-hook-guess:{network_of(request.remote_addr or '')}", GUESSES, WITHIN)
    raise NotFound("kommo_hook")
