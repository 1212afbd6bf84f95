"""A contact's leads as other features show them: they ask by URL, because leads and chats never import each other."""

from __future__ import annotations

from clarin_web.accounts.access import current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.leads.queries import leads_of_contact
from clarin_web.leads.queries.contacts import find_person
from clarin_web.leads.views import blueprint
from clarin_web.leads.views.shared import directory_of
from clarin_web.web.htmx import render


@blueprint.get("/leads/of-contact/<int:contact_id>")
@requires(Permission.READ)
def of_contact(contact_id: int) -> str:
    """The chat's side panel: open leads with their stage, and a new one from here."""
    who = current_user()
    person = find_person(who.account_id, contact_id)
    return render(
        "leads/of_contact.html",
        "leads/contact_panel/_leads.html",
        person=person,
        leads=leads_of_contact(who.member, person.id),
        directory=directory_of(who.account_id),
        may_work=who.member.may(Permission.WORK),
    )
