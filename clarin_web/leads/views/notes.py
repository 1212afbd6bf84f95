"""Small writes on a lead: notes, tags, owner."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, url_for

from clarin_web.accounts.access import current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.leads.actions import assign_lead, may_assign, note_lead, tag_lead, untag_lead
from clarin_web.leads.forms import Assignment, read_assignment
from clarin_web.leads.queries import find_lead
from clarin_web.leads.queries.single import kommo_owner
from clarin_web.leads.views import blueprint
from clarin_web.leads.views.answers import done, refused
from clarin_web.leads.views.lead import owner_choices, record_context
from clarin_web.leads.views.shared import directory_of
from clarin_web.lib.errors import Conflict, Forbidden, Invalid
from clarin_web.models import Lead
from clarin_web.web.errors import describe
from clarin_web.web.forms import Form
from clarin_web.web.htmx import wants_fragment
from clarin_web.web.i18n import gettext as _


@blueprint.post("/leads/<int:lead_id>/notes")
@requires(Permission.WORK)
def add_note(lead_id: int) -> Response:
    form = Form(request.form)
    body = form.text("body", required=True, limit=5000)
    if not form.ok:
        return _note_again(lead_id, describe(form.errors["body"]))
    note_lead(current_user().member, lead_id, body)
    html = (
        render_template("leads/lead/_note_form.html", lead_id=lead_id, body="", error="")
        if wants_fragment()
        else ""
    )
    return done(lead_id, html, said=_("Note added"))


@blueprint.post("/leads/<int:lead_id>/tags")
@requires(Permission.WORK)
def add_tag(lead_id: int) -> Response:
    form = Form(request.form)
    name = form.text("tag", required=True, limit=60)
    try:
        form.check()
        lead = tag_lead(current_user().member, lead_id, name)
    except Invalid as refusal:
        if not wants_fragment():
            raise
        lead, _contact = find_lead(current_user().member, lead_id)
        return make_response(_tags(lead, describe(next(iter(refusal.fields.values()), refusal.code))), 422)
    return done(lead_id, _tags(lead) if wants_fragment() else "")


@blueprint.post("/leads/<int:lead_id>/tags/<int:tag_id>/removal")
@requires(Permission.WORK)
def remove_tag(lead_id: int, tag_id: int) -> Response:
    tag = directory_of(current_user().account_id).tags.get(tag_id)
    lead = untag_lead(current_user().member, lead_id, tag_id)
    undo: dict[str, object] | None = None
    if tag is not None:
        undo = {"url": url_for("leads.add_tag", lead_id=lead_id), "values": {"tag": tag.name}}
    return done(lead_id, _tags(lead) if wants_fragment() else "", said=_("Tag removed"), undo=undo)


@blueprint.post("/leads/<int:lead_id>/owner")
@requires(Permission.WORK)
def assign(lead_id: int) -> Response:
    wanted = read_assignment(request.form)
    member = current_user().member
    try:
        lead = assign_lead(member, lead_id, wanted.owner_id, version=wanted.version, was=wanted.was)
    except (Conflict, Forbidden, Invalid) as refusal:
        if not wants_fragment():
            raise
        lead, _contact = find_lead(member, lead_id)
        return refused(refusal, _owner(lead))
    html = _owner(lead) if wants_fragment() else ""
    return done(lead_id, html, said=_("Owner changed"), undo=_owner_before(lead, wanted))


def _owner_before(lead: Lead, wanted: Assignment) -> dict[str, object] | None:
    """The change back, for the page's "Undo"; none for who gave away what they may not take."""
    may = may_assign(current_user().member, lead.owner_id, wanted.was)
    if "was" not in request.form or wanted.was == lead.owner_id or not may:
        return None
    values = {"owner_id": wanted.was or "", "was": lead.owner_id or "", "version": lead.version}
    return {"url": url_for("leads.assign", lead_id=lead.id), "values": values}


def _tags(lead: Lead, error: str = "") -> str:
    directory = directory_of(lead.account_id)
    return render_template(
        "leads/lead/_tags.html",
        lead=lead,
        tags=directory.tags_named(lead.tag_ids),
        directory=directory,
        may_work=True,
        error=error,
    )


def _owner(lead: Lead) -> str:
    owners = owner_choices(directory_of(lead.account_id), lead.owner_id, kommo_owner(lead))
    return render_template("leads/lead/_owner_form.html", lead=lead, owners=owners)


def _note_again(lead_id: int, error: str) -> Response:
    body = request.form.get("body", "")
    if wants_fragment():
        find_lead(current_user().member, lead_id)
        html = render_template("leads/lead/_note_form.html", lead_id=lead_id, body=body, error=error)
    else:
        html = render_template(
            "leads/lead.html", **record_context(lead_id, errors={"note": error, "note_body": body})
        )
    return make_response(html, 422)
