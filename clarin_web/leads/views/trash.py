"""Delete and bring back: the trash keeps leads for thirty days, and what left Kommo can be kept."""

from __future__ import annotations

from flask import Response, render_template, url_for

from clarin_web.accounts.access import current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.leads.actions import keep_lead, restore_lead, trash_lead
from clarin_web.leads.queries import trashed_leads
from clarin_web.leads.queries.lists import TRASH_DAYS
from clarin_web.leads.views import blueprint
from clarin_web.leads.views.answers import done
from clarin_web.leads.views.shared import directory_of
from clarin_web.web.htmx import go
from clarin_web.web.i18n import gettext as _


@blueprint.get("/leads/trash")
@requires(Permission.READ)
def trash() -> str:
    who = current_user()
    return render_template(
        "leads/trash.html",
        leads=trashed_leads(who.member),
        directory=directory_of(who.account_id),
        days=TRASH_DAYS,
        may_work=who.member.may(Permission.WORK),
    )


@blueprint.post("/leads/<int:lead_id>/trash")
@requires(Permission.WORK)
def put_in_trash(lead_id: int) -> Response:
    trash_lead(current_user().member, lead_id)
    undo: dict[str, object] = {"url": url_for("leads.restore", lead_id=lead_id), "values": {}}
    return done(lead_id, said=_("Moved to the trash"), undo=undo)


@blueprint.post("/leads/<int:lead_id>/keeping")
@requires(Permission.WORK)
def keep(lead_id: int) -> Response:
    keep_lead(current_user().member, lead_id)
    return go(url_for("leads.lead_page", lead_id=lead_id))


@blueprint.post("/leads/<int:lead_id>/restoration")
@requires(Permission.WORK)
def restore(lead_id: int) -> Response:
    restore_lead(current_user().member, lead_id)
    return done(lead_id)
