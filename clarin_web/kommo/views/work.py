"""What Kommo's people promised and know of a lead or contact, for the pages where a seller looks at it. Read only."""

from __future__ import annotations

from flask import render_template, url_for

from clarin_web.accounts.access import current_account, current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.contacts.queries import find_contact
from clarin_web.kommo import work
from clarin_web.kommo.field_words import values_text
from clarin_web.kommo.views.page import blueprint
from clarin_web.leads.queries import find_lead
from clarin_web.models import Contact, Lead
from clarin_web.web.htmx import wants_fragment


@blueprint.get("/work/leads/<int:lead_id>")
@requires(Permission.READ)
def lead_work(lead_id: int) -> str:
    lead = find_lead(current_user().member, lead_id)[0]
    return _shown(lead, url_for("leads.lead_page", lead_id=lead_id), lead.title, "", [])


@blueprint.get("/work/contacts/<int:contact_id>")
@requires(Permission.READ)
def contact_work(contact_id: int) -> str:
    contact = find_contact(current_account(), contact_id)
    back = url_for("contacts.contact_page", contact_id=contact_id)
    return _shown(contact, back, contact.name, work.responsible_of(contact), work.tags_of(contact))


def _shown(record: Lead | Contact, back: str, name: str, responsible: str, tags: list[object]) -> str:
    """Nothing at all when there is none of it: the pages that show it have no empty box then."""
    context = {
        "tasks": work.tasks_of(record),
        "company": work.company_of(record),
        "responsible": responsible,
        "tags": tags,
        "values_text": values_text,
    }
    page = "kommo/work/_card.html" if wants_fragment() else "kommo/work/page.html"
    return render_template(page, back=back, name=name, **context)
