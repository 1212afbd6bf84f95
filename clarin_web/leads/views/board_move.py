"""Where a card's "Move" leads without JavaScript; with it, the board's own menu opens instead."""

from __future__ import annotations

from flask import render_template

from clarin_web.accounts.access import current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.leads.queries import find_lead, read_directory
from clarin_web.leads.views import blueprint


@blueprint.get("/leads/<int:lead_id>/stage")
@requires(Permission.WORK)
def choose_stage(lead_id: int) -> str:
    who = current_user()
    lead, _contact = find_lead(who.member, lead_id)
    return render_template("leads/board_move.html", lead=lead, directory=read_directory(who.account_id))
