"""Writes: send, retry, drafts, reading. Each works as a plain form and as an htmx fragment."""

from __future__ import annotations

from flask import Response, make_response, request, url_for

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.actions import NewMessage, mark_as_read, retry_message, save_draft, write_message
from clarin_web.chats.forms import read_draft, read_message
from clarin_web.chats.queries import find_chat, find_message
from clarin_web.chats.views import blueprint
from clarin_web.chats.views.sheets import bubble, find_seen
from clarin_web.chats.views.thread import composer_context, page
from clarin_web.devices.outgoing import DEEDS
from clarin_web.lib.errors import Invalid, NotFound
from clarin_web.web.errors import describe
from clarin_web.web.forms import Form
from clarin_web.web.fragments import fragments, replace
from clarin_web.web.htmx import answer, go, wants_fragment
from clarin_web.web.templating import dom_id


@blueprint.post("/chats/<int:chat_id>/messages")
@requires(Permission.WORK)
def send(chat_id: int) -> Response:
    """The bubble with its clock, and an empty composer. Refused: 422 with everything that was typed."""
    new, errors = read_message(request.form)
    if errors:
        return _refused(chat_id, new, errors.get("body", "invalid"))
    try:
        message_id = write_message(current_member(), chat_id, new)
    except Invalid as refusal:
        return _refused(chat_id, new, refusal.code)
    if not wants_fragment():
        return go(url_for("chats.chat_page", chat_id=chat_id) + f"#{dom_id('message', message_id)}")
    return answer(_bubble_and_composer(chat_id, message_id))


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


@blueprint.route("/chats/<int:chat_id>/draft", methods=["PUT", "POST"])
@requires(Permission.WORK)
def draft(chat_id: int) -> Response:
    """Saved as one types; nothing on the page changes."""
    save_draft(current_member(), chat_id, read_draft(request.form))
    return make_response("", 204)


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


def _bubble_and_composer(chat_id: int, message_id: int) -> str:
    chat, message = find_chat(current_member(), chat_id), find_message(current_account(), message_id)
    if message is None:
        raise NotFound("message")
    return fragments(
        *bubble(message),
        replace(
            dom_id("chat", chat_id, "composer"), "chats/_composer.html", chat=chat, **composer_context(chat)
        ),
    )


def _refused(chat_id: int, new: NewMessage, code: str) -> Response:
    error, typed = describe(code), {"body": new.body, "client_id": new.client_id, "kind": new.kind}
    if not wants_fragment():
        return make_response(page(chat_id, error=error, **typed), 422)  # type: ignore[arg-type]
    chat = find_chat(current_member(), chat_id)
    context = composer_context(chat, error=error, **typed)  # type: ignore[arg-type]
    return answer(
        replace(dom_id("chat", chat_id, "composer"), "chats/_composer.html", chat=chat, **context), 422
    )
