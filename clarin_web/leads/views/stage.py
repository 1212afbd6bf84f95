"""Move a lead: by drag, by keyboard, by a plain form. A lost stage leads through the closure form."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, url_for

from clarin_web.accounts.access import current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.leads.actions import LostBecause, move_lead
from clarin_web.leads.forms import Move, read_move, read_reason
from clarin_web.leads.queries import find_lead, lost_reasons
from clarin_web.leads.views import blueprint
from clarin_web.leads.views.answers import CHANGED, done, moved_text, refused
from clarin_web.leads.views.shared import directory_of
from clarin_web.lib.errors import Conflict, Invalid
from clarin_web.lib.values import record_id
from clarin_web.models import Lead
from clarin_web.pipelines.queries import find_stage
from clarin_web.web.errors import describe
from clarin_web.web.htmx import answer, go, wants_fragment

PARTS = ("record", "panel", "card")


@blueprint.post("/leads/<int:lead_id>/stage")
@requires(Permission.WORK)
def move(lead_id: int) -> Response:
    wanted = read_move(request.form)
    try:
        lead = _move(lead_id, wanted)
    except Invalid as refusal:
        if refusal.code == "reason_needed":
            return _ask_why(lead_id, wanted)
        return _refused(lead_id, refusal)
    except Conflict as conflict:
        return _refused(lead_id, conflict)
    return _moved(lead, wanted)


@blueprint.get("/leads/<int:lead_id>/closure")
@requires(Permission.WORK)
def closure_form(lead_id: int) -> str:
    """Why was it lost? A page, or for htmx the inside of the dialog."""
    stage_id = request.args.get("stage_id", type=record_id)
    return _closure(lead_id, Move(stage_id or 0, None, None), {})


@blueprint.post("/leads/<int:lead_id>/closure")
@requires(Permission.WORK)
def close_as_lost(lead_id: int) -> Response:
    wanted = read_move(request.form)
    try:
        lead = _move(lead_id, wanted, read_reason(request.form))
    except Invalid as refusal:
        return make_response(_closure(lead_id, wanted, refusal.fields), 422)
    return done(lead_id, close=True, said=_said(lead), undo=_undo(lead, wanted))


def _move(lead_id: int, wanted: Move, because: LostBecause | None = None) -> Lead:
    return move_lead(
        current_user().member,
        lead_id,
        wanted.stage_id,
        version=wanted.version,
        from_stage_id=wanted.from_stage_id,
        because=because,
    )


def _moved(lead: Lead, wanted: Move) -> Response:
    html = stage_form(lead) if wants_fragment() else ""
    return done(lead.id, html, said=_said(lead), undo=_undo(lead, wanted))


def _undo(lead: Lead, wanted: Move) -> dict[str, object] | None:
    """The move back, for the page's "Undo"; none into a lost stage, which would ask for a reason first."""
    before = find_stage(lead.account_id, wanted.from_stage_id) if wanted.from_stage_id else None
    if before is None or before.kind == "lost":
        return None
    values = {"stage_id": before.id, "from_stage_id": lead.stage_id, "version": lead.version, "part": "card"}
    return {"url": url_for("leads.move", lead_id=lead.id), "values": values}


def _said(lead: Lead) -> str:
    stage = find_stage(lead.account_id, lead.stage_id)
    return moved_text(lead.title, stage.name if stage else "")


def _refused(lead_id: int, error: Invalid | Conflict) -> Response:
    """htmx gets the form as it is true now; a plain form gets the page that explains."""
    if not wants_fragment():
        raise error
    lead, _contact = find_lead(current_user().member, lead_id)
    return refused(error, stage_form(lead))


def _ask_why(lead_id: int, wanted: Move) -> Response:
    """A dialog over whatever page this is; the card returns to where it was until a reason is given."""
    if not wants_fragment():
        return go(url_for("leads.closure_form", lead_id=lead_id, stage_id=wanted.stage_id))
    response = answer(_closure(lead_id, wanted, {}), 422, trigger=dict(CHANGED))
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialog", "innerHTML"
    return response


def _closure(lead_id: int, wanted: Move, errors: dict[str, str]) -> str:
    who = current_user()
    lead, _contact = find_lead(who.member, lead_id)
    directory = directory_of(who.account_id)
    if wanted.stage_id not in directory.stages:
        pipeline = directory.pipeline(lead.pipeline_id)
        lost = pipeline.of_kind("lost") if pipeline else None
        wanted = Move(lost.id if lost else lead.stage_id, wanted.version, wanted.from_stage_id)
    template = "leads/closure/_dialog.html" if wants_fragment() else "leads/closure.html"
    return render_template(
        template,
        lead=lead,
        wanted=wanted,
        reasons=lost_reasons(who.account_id),
        data=request.form,
        errors={name: describe(code) for name, code in errors.items()},
    )


def stage_form(lead: Lead) -> str:
    """The stage picker, fresh: a select a person has touched does not follow later changes by itself."""
    directory = directory_of(lead.account_id)
    part = request.form.get("part", "")
    return render_template(
        "leads/_stage_form.html", lead=lead, directory=directory, part=part if part in PARTS else PARTS[0]
    )
