"""Notes to the team: an address, a form and a draft of their own."""

from __future__ import annotations

from flask import Response, request

from clarin_web.accounts.access import current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.actions import save_draft, write_note
from clarin_web.chats.forms import read_draft, read_note
from clarin_web.chats.views import blueprint
from clarin_web.chats.views.composer import drafted, refused, shown
from clarin_web.lib.errors import Conflict


@blueprint.post("/chats/<int:chat_id>/notes")
@requires(Permission.WORK)
def write(chat_id: int) -> Response:
    """Its bubble and an empty box. Refused: 422 with everything that was typed."""
    return keep_note(chat_id)


def keep_note(chat_id: int) -> Response:
    """Whatever address the words came to."""
    new, errors = read_note(request.form)
    if errors:
        return refused(chat_id, "note", new, errors.get("body", "invalid"))
    try:
        note_id = write_note(current_member(), chat_id, new)
    except Conflict as refusal:
        return refused(chat_id, "note", new, refusal.code)
    return shown(chat_id, "note", note_id)


@blueprint.route("/chats/<int:chat_id>/notes/draft", methods=["PUT", "POST"])
@blueprint.route("/chats/<int:chat_id>/draft", methods=["PUT", "POST"], endpoint="draft_of_before")
@requires(Permission.WORK)
def note_draft(chat_id: int) -> Response:
    """Saved as one types. See `composer.drafted`.

    Pages from before drafts were apart save to the second address: nobody knows for whom, so for no customer.
    """
    return drafted(save_draft(current_member(), chat_id, read_draft(request.form, "note")))
