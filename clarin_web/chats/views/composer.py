"""What a page shows after something was written: its bubble and an empty box, or the box again with the reason."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, url_for
from markupsafe import Markup
from sqlalchemy import Row

from clarin_web.accounts.access import current_account, current_member
from clarin_web.chats.actions import NewMessage, NewNote, SavedDraft
from clarin_web.chats.forms import new_client_id
from clarin_web.chats.queries import find_chat, find_message
from clarin_web.chats.views.sheets import bubble
from clarin_web.chats.views.thread import Refused, composer_context, page
from clarin_web.lib.errors import NotFound
from clarin_web.web.errors import describe
from clarin_web.web.fragments import fragments, replace
from clarin_web.web.htmx import answer, go, wants_fragment
from clarin_web.web.templating import dom_id

BOXES = {"answer": ("composer", "chats/_answer_box.html"), "note": ("note", "chats/_note_box.html")}


def shown(chat_id: int, kind: str, message_id: int) -> Response:
    """The other box, and what is being typed in it, stays as it is."""
    if not wants_fragment():
        return go(url_for("chats.chat_page", chat_id=chat_id) + f"#{dom_id('message', message_id)}")
    chat, message = find_chat(current_member(), chat_id), find_message(current_account(), message_id)
    if message is None:
        raise NotFound("message")
    return answer(fragments(*bubble(message), _box(chat, kind)))


def drafted(saved: SavedDraft) -> Response:
    """204: saved, as version X-Draft. 205: these words were sent already. 409: another browser's words stand."""
    if saved.is_sent:
        return make_response("", 205)
    if saved.other:
        return make_response({"body": saved.other, "version": saved.version}, 409)
    return make_response("", 204, {"X-Draft": str(saved.version)})


def refused(chat_id: int, kind: str, new: NewMessage | NewNote, code: str) -> Response:
    """The box the words belong in, with them and the reason; without htmx the page, open there."""
    fresh = code == "client_id_used"
    typed = Refused(kind, new.body, describe(code), new_client_id() if fresh else new.client_id)
    if not wants_fragment():
        return make_response(page(chat_id, typed), 422)
    return answer(_box(find_chat(current_member(), chat_id), kind, typed), 422)


def _box(chat: Row[Any], kind: str, typed: Refused | None = None) -> Markup:
    part, template = BOXES[kind]
    return replace(dom_id("chat", chat.id, part), template, chat=chat, **composer_context(chat, typed))
