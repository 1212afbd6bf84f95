"""A contact's page: who it is, how it is recognised, and by URL its leads and chats."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for

from clarin_web.accounts.access import current_account, current_member, current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.contacts.actions import rename_contact
from clarin_web.contacts.companies import company_of
from clarin_web.contacts.departures import deleted_at
from clarin_web.contacts.queries import find_contact, reaches_of
from clarin_web.lib.errors import Invalid
from clarin_web.media.queries import portrait_seen
from clarin_web.models import Contact
from clarin_web.web.errors import describe
from clarin_web.web.forms import Form
from clarin_web.web.htmx import go

blueprint = Blueprint("contacts", __name__)
MAX_NAME = 200


@blueprint.get("/contacts/<int:contact_id>")
@requires(Permission.READ)
def contact_page(contact_id: int) -> Response | str:
    """Of one who was merged, the page of whom they are now."""
    contact = find_contact(current_account(), contact_id)
    if contact.id != contact_id:
        return go(url_for("contacts.contact_page", contact_id=contact.id))
    return _page(contact)


@blueprint.post("/contacts/<int:contact_id>/name")
@requires(Permission.WORK)
def rename(contact_id: int) -> Response:
    """What staff types wins over Kommo and WhatsApp (domain rule 10)."""
    form = Form(request.form)
    name = form.text("name", limit=MAX_NAME)
    try:
        form.check()
        rename_contact(current_account(), contact_id, name, by=current_user().user_id)
    except Invalid as refusal:
        contact = find_contact(current_account(), contact_id)
        return make_response(_page(contact, typed=name, errors=refusal.fields), 422)
    return go(url_for("contacts.contact_page", contact_id=contact_id))


def _page(contact: Contact, typed: str | None = None, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "contacts/contact.html",
        contact=contact,
        deleted_at=deleted_at(contact),
        company=company_of(current_account(), contact.kommo, contact.id),
        portrait=portrait_seen(current_member(), contact.id),
        reaches=reaches_of(contact),
        typed=contact.names.get("typed", "") if typed is None else typed,
        errors={field: describe(code) for field, code in (errors or {}).items()},
        may_work=current_member().may(Permission.WORK),
    )
