"""A lead's own fields, edited in place: see, edit, save, and what to do when somebody was faster."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, make_response, render_template, request

from clarin_web.accounts.access import current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.leads.actions import change_lead
from clarin_web.leads.actions.changing import EDITABLE, as_text
from clarin_web.leads.forms import read_field
from clarin_web.leads.queries import find_lead
from clarin_web.leads.views import blueprint
from clarin_web.leads.views.answers import done
from clarin_web.leads.views.lead import record_context
from clarin_web.lib.errors import Conflict, Invalid
from clarin_web.web.errors import describe
from clarin_web.web.forms import Form
from clarin_web.web.htmx import wants_fragment
from clarin_web.web.i18n import gettext as _


@blueprint.get("/leads/<int:lead_id>/fields/<string:field>")
@requires(Permission.READ)
def show_field(lead_id: int, field: str) -> str:
    """The field as it reads, or with ?edit=1 as a form. Without htmx, the page with that field."""
    _known(field)
    member = current_user().member
    editing = "edit" in request.args and member.may(Permission.WORK)
    if not wants_fragment():
        return render_template(
            "leads/lead.html", **record_context(lead_id, editing=field if editing else "-")
        )
    lead, _contact = find_lead(member, lead_id)
    return render_template(
        "leads/lead/_field.html",
        lead=lead,
        field=field,
        editing=field if editing else "",
        errors={},
        may_work=member.may(Permission.WORK),
    )


@blueprint.post("/leads/<int:lead_id>/fields/<string:field>")
@requires(Permission.WORK)
def save_field(lead_id: int, field: str) -> Response:
    _known(field)
    form = Form(request.form)
    version = None if form.flag("overwrite") else form.integer("version")
    was = {field: request.form["was"]} if "was" in request.form else None
    try:
        lead = change_lead(
            current_user().member, lead_id, {field: read_field(field, request.form)}, version=version, was=was
        )
    except Invalid as refusal:
        return _again(lead_id, field, 422, describe(next(iter(refusal.fields.values()), refusal.code)))
    except Conflict:
        return _again(lead_id, field, 409, "")
    html = render_template(
        "leads/lead/_field.html", lead=lead, field=field, editing="", errors={}, may_work=True
    )
    return done(lead_id, html if wants_fragment() else "", said=_("Saved"))


def _again(lead_id: int, field: str, status: int, error: str) -> Response:
    """The same form with what was typed kept; for a conflict, with what is true now beside it."""
    lead, _contact = find_lead(current_user().member, lead_id)
    wrong: dict[str, Any] = {
        field: error,
        "typed": request.form.get(field, "")[:1000],
        "theirs": as_text(getattr(lead, field)) if status == 409 else None,
    }
    if wants_fragment():
        html = render_template(
            "leads/lead/_field.html", lead=lead, field=field, editing=field, errors=wrong, may_work=True
        )
    else:
        html = render_template("leads/lead.html", **record_context(lead_id, editing=field, errors=wrong))
    return make_response(html, status)


def _known(field: str) -> None:
    if field not in EDITABLE:
        abort(404)
