"""Writes to a customer: send, retry, the answer's draft; reading. Each works as a plain form and as a fragment."""

from __future__ import annotations

from flask import Response, make_response, request, url_for

from clarin_web.accounts.access import current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.actions import mark_as_read, retry_message, save_draft, write_message
from clarin_web.chats.forms import is_note, read_draft, read_message
from clarin_web.chats.views import blueprint
from clarin_web.chats.views.composer import drafted, refused, shown
from clarin_web.chats.views.notes import keep_note
from clarin_web.chats.views.sheets import find_seen
from clarin_web.devices.outgoing import DEEDS
from clarin_web.lib.errors import Conflict, Invalid
from clarin_web.web.forms import Form
from clarin_web.web.fragments import replace
from clarin_web.web.htmx import answer, go, wants_fragment
from clarin_web.web.templating import dom_id


@blueprint.post("/chats/<int:chat_id>/messages")
@requires(Permission.WORK)
def send(chat_id: int) -> Response:
    """The bubble with its clock, and an empty composer. Refused: 422 with everything that was typed."""
    if is_note(request.values):
        return keep_note(chat_id)
    new, errors = read_message(request.form)
    if errors:
        return refused(chat_id, "answer", new, errors.get("body", "invalid"))
    try:
        message_id = write_message(current_member(), chat_id, new)
    except (Invalid, Conflict) as refusal:
        return refused(chat_id, "answer", new, refusal.code)
    return shown(chat_id, "answer", message_id)


@blueprint.post("/messages/<int:message_id>/retry")
@requires(Permission.WORK)
def retry(message_id: int) -> Response:
    """Only what failed, or may have: a person decides to send it again."""
    chat_id = retry_message(current_member(), message_id)
    if not wants_fragment():
        return go(url_for("chats.chat_page", chat_id=chat_id))
    message = find_seen(message_id)
    seen = find_seen(int(message.extra["target"])) if message.kind in DEEDS else message
    return answer(replace(dom_id("message", seen.id), "chats/_message.html", message=seen))


@blueprint.route("/chats/<int:chat_id>/messages/draft", methods=["PUT", "POST"])
@requires(Permission.WORK)
def draft(chat_id: int) -> Response:
    """Saved as one types; nothing on the page changes. See `composer.drafted`."""
    kind = "note" if is_note(request.values) else "answer"
    return drafted(save_draft(current_member(), chat_id, read_draft(request.form, kind)))


@blueprint.post("/chats/<int:chat_id>/reading")
@requires(Permission.WORK)
def reading(chat_id: int) -> Response:
    """What was on somebody's screen is read: up to message `seen`, or all of it."""
    form = Form(request.form)
    seen = form.integer("seen")
    form.check()
    mark_as_read(current_member(), chat_id, seen)
    if not wants_fragment():
        return go(url_for("chats.chat_page", chat_id=chat_id))
    return make_response("", 204)
