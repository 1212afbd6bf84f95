"""What Kommo's people noted about a contact and its company, for the pages where a seller looks at the person."""

from __future__ import annotations

from flask import render_template, request, url_for

from clarin_web.accounts.access import current_account, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.contacts.queries import find_contact
from clarin_web.kommo.notes import PAGE, notes_of
from clarin_web.kommo.views.page import blueprint
from clarin_web.web.htmx import wants_fragment
from clarin_web.web.paging import decode_cursor, encode_cursor


@blueprint.get("/notes/contacts/<int:contact_id>")
@requires(Permission.READ)
def contact_notes(contact_id: int) -> str:
    """Nothing at all when there are none: the pages that show it have no empty box then."""
    contact = find_contact(current_account(), contact_id)
    cursor = request.args.get("before", "")
    place = decode_cursor(cursor, ("time", "int")) if cursor else None
    found = notes_of(contact, (place[0], place[1]) if place else None)
    shown = found[:PAGE]
    older = ""
    if len(found) > PAGE:
        before = encode_cursor(shown[-1].at, shown[-1].id)
        older = url_for("kommo.contact_notes", contact_id=contact_id, before=before)
    context = {"contact": contact, "notes": shown, "older": older}
    if not wants_fragment():
        return render_template("kommo/notes/page.html", **context)
    return render_template("kommo/notes/_items.html" if cursor else "kommo/notes/_card.html", **context)
