"""Custom fields beside a lead or contact: seen, edited in place, and Kommo's value taken again."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request, url_for

from clarin_web.accounts.access import current_account, current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.contacts.queries import find_contact
from clarin_web.kommo import owning
from clarin_web.kommo.custom_fields import CustomField, fields_of
from clarin_web.kommo.field_forms import NAME, read_values
from clarin_web.kommo.field_words import values_text
from clarin_web.kommo.views.page import blueprint
from clarin_web.kommo.views.truth import lead_truth
from clarin_web.leads.queries import find_lead
from clarin_web.leads.views.answers import done
from clarin_web.lib.errors import Invalid
from clarin_web.models import Contact, Lead
from clarin_web.web.errors import describe
from clarin_web.web.htmx import wants_fragment
from clarin_web.web.i18n import gettext as _


@blueprint.get("/fields/leads/<int:lead_id>")
@requires(Permission.READ)
def lead_fields(lead_id: int) -> str:
    """Nothing at all when Kommo has none: the lead's page has no empty box then."""
    lead = _lead(lead_id)
    return _card(lead, url_for("leads.lead_page", lead_id=lead_id), lead.title)


@blueprint.get("/fields/contacts/<int:contact_id>")
@requires(Permission.READ)
def contact_fields(contact_id: int) -> str:
    contact = find_contact(current_account(), contact_id)
    return _card(contact, url_for("contacts.contact_page", contact_id=contact_id), contact.name)


@blueprint.get("/fields/leads/<int:lead_id>/<int:field_id>")
@requires(Permission.READ)
def lead_field(lead_id: int, field_id: int) -> str:
    """The field as it reads, or with ?edit=1 as a form. Without htmx, a page with it alone."""
    lead = _lead(lead_id)
    return _one(lead, owning.field_of(lead, field_id), is_open="edit" in request.args)


@blueprint.post("/fields/leads/<int:lead_id>/<int:field_id>")
@requires(Permission.WORK)
def save_lead_field(lead_id: int, field_id: int) -> Response:
    lead = _lead(lead_id)
    field = owning.field_of(lead, field_id)
    try:
        values = read_values(field, request.form)
    except Invalid as refusal:
        error = describe(refusal.fields.get(NAME, refusal.code))
        typed = request.form.getlist(NAME)[:50]
        return make_response(_one(lead, field, is_open=True, error=error, typed=typed), 422)
    return _write(lead_id, field, values, _("Saved"))


@blueprint.post("/fields/leads/<int:lead_id>/<int:field_id>/restoration")
@requires(Permission.WORK)
def restore_lead_field(lead_id: int, field_id: int) -> Response:
    """Kommo's value again; the answer fills the popover in which it was asked for."""
    field = owning.field_of(_lead(lead_id), field_id)
    _change(lead_id, field, field.said)
    html = lead_truth(lead_id, field.key) if wants_fragment() else ""
    return done(lead_id, html, said=_("It follows Kommo again"))


def _write(lead_id: int, field: CustomField, values: list[Any], said: str) -> Response:
    lead = _change(lead_id, field, values)
    html = _one(lead, owning.field_of(lead, field.id)) if wants_fragment() else ""
    return done(lead_id, html, said=said)


def _change(lead_id: int, field: CustomField, values: list[Any]) -> Lead:
    told = {
        "before": values_text(field.type, field.values),
        "after": values_text(field.type, values),
    }
    return owning.change_field(current_user().member, lead_id, field.id, values, told)


def _lead(lead_id: int) -> Lead:
    return find_lead(current_user().member, lead_id)[0]


def _card(record: Lead | Contact, back: str, name: str) -> str:
    found = fields_of(record)
    filled = [field for field in found if field.values or field.is_own]
    empty = [field for field in found if field not in filled]
    context = {"filled": filled, "empty": empty, "back": back, "name": name, **_about(record)}
    page = "kommo/fields/_card.html" if wants_fragment() else "kommo/fields/page.html"
    return render_template(page, **context)


def _one(
    lead: Lead, field: CustomField, *, is_open: bool = False, error: str = "", typed: list[str] | None = None
) -> str:
    context = {
        "filled": [field],
        "empty": [],
        "field": field,
        "back": url_for("leads.lead_page", lead_id=lead.id),
        "name": lead.title,
        **_about(lead),
        "editing": field.id if is_open else 0,
        "error": error,
        "typed": typed,
    }
    return render_template(
        "kommo/fields/_field.html" if wants_fragment() else "kommo/fields/page.html", **context
    )


def _about(record: Lead | Contact) -> dict[str, Any]:
    is_lead = isinstance(record, Lead)
    may_work = current_user().member.may(Permission.WORK)
    return {
        "of": "lead" if is_lead else "contact",
        "record": record,
        "may_edit": is_lead and may_work and record.trashed_at is None,
        "values_text": values_text,
        "editing": 0,
        "error": "",
        "typed": None,
    }
