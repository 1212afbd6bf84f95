"""Whether what is written in a chat leaves now: the line above the composer, asked again when its number changes."""

from __future__ import annotations

from clarin_web.accounts.access import current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.queries import find_chat
from clarin_web.chats.views import blueprint
from clarin_web.chats.views.thread import reach_context
from clarin_web.devices.reach import of_chat
from clarin_web.web.htmx import render


@blueprint.get("/chats/<int:chat_id>/reach")
@requires(Permission.READ)
def show_reach(chat_id: int) -> str:
    """More than the page says at first: also quiet hours, the day's numbers, and who is not on WhatsApp."""
    chat = find_chat(current_member(), chat_id)
    found = of_chat(chat.account_id, chat.device_id, chat_id, chat.key)
    return render("chats/reach.html", "chats/_reach.html", chat=chat, **reach_context(chat, found))
