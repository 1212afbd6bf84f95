"""Where a value comes from: of one field beside it, of all of them on a page. For whoever may read the record."""

from __future__ import annotations

from functools import partial

from flask import Response, render_template, url_for

from clarin_web.accounts.access import current_account, current_member, may, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.contacts.departures import deleted_at
from clarin_web.kommo import truth_words as words
from clarin_web.kommo.field_words import values_text
from clarin_web.kommo.owning import take_back
from clarin_web.kommo.truth import Truth, truth_of_contact, truth_of_lead
from clarin_web.kommo.views.page import blueprint
from clarin_web.leads.views.answers import done
from clarin_web.leads.views.shared import directory_of
from clarin_web.lib.errors import NotFound
from clarin_web.models import Contact, Lead
from clarin_web.web.formats import money, phone
from clarin_web.web.htmx import wants_fragment
from clarin_web.web.i18n import gettext as _


@blueprint.get("/truth/leads/<int:lead_id>")
@blueprint.get("/truth/leads/<int:lead_id>/<string:field>")
@requires(Permission.READ)
def lead_truth(lead_id: int, field: str = "") -> str:
    lead, found = truth_of_lead(current_member(), lead_id, directory_of(current_account()))
    back = url_for("leads.lead_page", lead_id=lead_id)
    return _answer(found, field, record=lead, name=lead.title, back=back, of="lead")


@blueprint.get("/truth/contacts/<int:contact_id>")
@blueprint.get("/truth/contacts/<int:contact_id>/<string:field>")
@requires(Permission.READ)
def contact_truth(contact_id: int, field: str = "") -> str:
    contact, found = truth_of_contact(current_account(), contact_id)
    back = url_for("contacts.contact_page", contact_id=contact_id)
    return _answer(found, field, record=contact, name=contact.name, back=back, of="contact")


@blueprint.post("/truth/leads/<int:lead_id>/<string:field>/restoration")
@requires(Permission.WORK)
def restore_field(lead_id: int, field: str) -> Response:
    """A field edited here follows Kommo again."""
    take_back(current_member(), lead_id, field)
    html = lead_truth(lead_id, field) if wants_fragment() else ""
    return done(lead_id, html, said=_("It follows Kommo again"))


def _answer(found: list[Truth], field: str, record: Lead | Contact, **context: object) -> str:
    """For htmx the one field that was asked about; else the page with all of them."""
    context = {
        "label_of": _label,
        "deleted_at": deleted_at(record),
        "may_work": may(Permission.WORK),
        "in_popover": wants_fragment(),
        "source_name": words.source_name,
        "in_words": partial(_in_words, currency=record.currency if isinstance(record, Lead) else None),
        "users": directory_of(current_account()).users,
        "record": record,
        **context,
    }
    if not field:
        return render_template(
            "kommo/truth/page.html", truths=[truth for truth in found if not truth.is_empty], **context
        )
    one = next((truth for truth in found if truth.field == field), None)
    if one is None:
        raise NotFound("field")
    if wants_fragment():
        return render_template("kommo/truth/_field.html", truth=one, **context)
    return render_template("kommo/truth/page.html", truths=[one], **context)


def _label(truth: Truth) -> str:
    return truth.custom.name if truth.custom else words.field_name(truth.field)


def _in_words(truth: Truth, value: object, currency: str | None) -> str:
    """A value as the record's own page writes it; a dash for nothing."""
    if truth.custom:
        return values_text(truth.custom.type, value if isinstance(value, list) else [])
    field = truth.field
    if isinstance(value, list):
        return ", ".join(phone(str(item)) if field == "phone" else str(item) for item in value) or "—"
    if field == "value":
        return money(value, currency)  # type: ignore[arg-type]
    return (phone(str(value)) if field == "phone" else str(value)) if value else "—"
