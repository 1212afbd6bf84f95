"""What can be done with one message: its menu, and each thing in it. Plain forms; with htmx the same in a dialog."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response, make_response, render_template, request

from clarin_web.accounts.access import current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats import actions
from clarin_web.chats.queries import find_chat
from clarin_web.chats.sending_forms import read_edit, read_reaction
from clarin_web.chats.views import blueprint
from clarin_web.chats.views.sheets import done, find_seen, sheet
from clarin_web.lib.errors import Conflict, Invalid
from clarin_web.web.errors import describe
from clarin_web.web.htmx import wants_fragment
from clarin_web.web.i18n import gettext as _

EMOJI = ("👍", "❤️", "😂", "😮", "😢", "🙏")


@blueprint.get("/messages/<int:message_id>/menu")
@requires(Permission.WORK)
def message_menu(message_id: int) -> Response:
    """Only what WhatsApp still takes is offered."""
    message, now = find_seen(message_id), datetime.now(UTC)
    context = {
        "message": message,
        "emoji": EMOJI,
        "mine": message.reactions.get("me", ""),
        "may_react": actions.may_react(message),
        "may_edit": actions.may_edit(message, now),
        "may_delete": actions.may_delete(message, now),
        "may_forward": actions.may_forward(message),
    }
    if not wants_fragment():
        return sheet(_("Message"), "_menu", message.chat_id, **context)
    chat = find_chat(current_member(), message.chat_id)
    return make_response(render_template("chats/sheets/_menu.html", chat=chat, **context))


@blueprint.post("/messages/<int:message_id>/reaction")
@requires(Permission.WORK)
def react(message_id: int) -> Response:
    """One emoji of the whole number; none takes it back."""
    chat_id = actions.react(current_member(), message_id, read_reaction(request.form))
    return done(chat_id, message_id)


@blueprint.get("/messages/<int:message_id>/edit")
@requires(Permission.WORK)
def edit_form(message_id: int) -> Response:
    message = find_seen(message_id)
    if not actions.may_edit(message, datetime.now(UTC)):
        raise Conflict("too_late_to_edit")
    return sheet(_("Edit message"), "_edit", message.chat_id, message=message, data={"body": message.body})


@blueprint.post("/messages/<int:message_id>/edit")
@requires(Permission.WORK)
def edit(message_id: int) -> Response:
    """Refused: the form again with what was typed."""
    try:
        chat_id = actions.edit_message(current_member(), message_id, read_edit(request.form))
    except (Invalid, Conflict) as refusal:
        message = find_seen(message_id)
        code = refusal.fields.get("body", refusal.code) if isinstance(refusal, Invalid) else refusal.code
        errors = {"body": describe(code)}
        return sheet(
            _("Edit message"), "_edit", message.chat_id, message=message, data=request.form, errors=errors,
            status=refusal.status,
        )  # fmt: skip
    return done(chat_id, message_id)


@blueprint.get("/messages/<int:message_id>/delete")
@requires(Permission.WORK)
def delete_form(message_id: int) -> Response:
    """Asked first: nobody can take it back."""
    message = find_seen(message_id)
    if not actions.may_delete(message, datetime.now(UTC)):
        raise Conflict("too_late_to_delete")
    return sheet(_("Delete for everyone"), "_delete", message.chat_id, message=message)


@blueprint.post("/messages/<int:message_id>/delete")
@requires(Permission.WORK)
def delete(message_id: int) -> Response:
    return done(actions.delete_message(current_member(), message_id), message_id)


@blueprint.post("/messages/<int:message_id>/forget")
@requires(Permission.WORK)
def forget(message_id: int) -> Response:
    """A reaction, edit or deletion that failed or waits is given up."""
    target = actions.forget_deed(current_member(), message_id)
    return done(find_seen(target).chat_id, target)
