"""Everything of Kommo that could not be used, page by page, each with its record in Kommo."""

from __future__ import annotations

from flask import render_template, request

from clarin_web.accounts.access import current_account, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.kommo.oddities import oddities_of
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.views.page import blueprint
from clarin_web.web.paging import PAGE, decode_cursor, encode_cursor


@blueprint.get("/oddities")
@requires(Permission.MANAGE_KOMMO)
def oddities() -> str:
    before = request.args.get("before")
    place = decode_cursor(before, ("int",))[0] if before else None
    found = oddities_of(current_account(), PAGE + 1, place)
    connection = connection_of(current_account())
    return render_template(
        "kommo/oddities.html",
        oddities=found[:PAGE],
        base_url=connection.base_url if connection else "",
        more=encode_cursor(found[PAGE - 1].id) if len(found) > PAGE else "",
    )
