"""Typing and being online, in and out: what the open chat shows, and what it tells."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, request
from sqlalchemy import Row

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.actions import ask_when_opened
from clarin_web.chats.forms import is_note
from clarin_web.chats.queries import find_chat
from clarin_web.chats.views import blueprint
from clarin_web.devices import presence
from clarin_web.jobs import device_queue, enqueue
from clarin_web.web.htmx import render


@blueprint.get("/chats/<int:chat_id>/presence")
@requires(Permission.READ)
def show_presence(chat_id: int) -> str:
    """Asked for by the open chat whenever its customer does something."""
    chat = find_chat(current_member(), chat_id)
    shown = presence.of_chat(current_account(), chat_id)
    return render("chats/presence.html", "chats/_presence.html", chat=chat, shown=shown)


@blueprint.post("/chats/<int:chat_id>/watching")
@requires(Permission.WORK)
def watching(chat_id: int) -> Response:
    """Somebody has opened it: ask WhatsApp to tell when its customer types, and what they look like now."""
    chat = find_chat(current_member(), chat_id)
    ask_when_opened(chat.account_id, chat.device_id, chat.id, chat.name if chat.kind == "group" else None)
    return _tell("watch", "watch_chat", chat)


@blueprint.post("/chats/<int:chat_id>/typing")
@requires(Permission.WORK)
def typing(chat_id: int) -> Response:
    """Somebody writes an answer; a note to the team is nobody's business outside."""
    chat = find_chat(current_member(), chat_id)
    if is_note(request.values):
        return make_response("", 204)
    return _tell("type", "show_typing", chat)


def _tell(what: str, job: str, chat: Row[Any]) -> Response:
    """Groups are left in peace; a number that is not connected has nobody to tell, a discreet one tells nobody."""
    reachable = chat.kind == "user" and chat.device_state == "connected" and chat.device_shows_online
    if reachable and presence.is_time_to(what, chat.account_id, chat.id):
        name = f"clarin_web.devices.jobs.{job}"
        enqueue(device_queue(chat.device_id), name, chat.account_id, chat.device_id, chat.key)
    return make_response("", 204)
