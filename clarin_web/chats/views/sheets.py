"""A question about a chat or a message: a dialog over the thread, or a page where no script runs."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, url_for
from markupsafe import Markup

from clarin_web.accounts.access import current_account, current_member
from clarin_web.chats.broadcasts import starts_day
from clarin_web.chats.queries import find_chat, find_message, may_see_chat
from clarin_web.lib.errors import NotFound
from clarin_web.web.fragments import append, fragments, replace
from clarin_web.web.htmx import answer, go, wants_fragment
from clarin_web.web.templating import dom_id


def find_seen(message_id: int) -> Any:
    """A message this member may see, as the thread shows it. Or NotFound."""
    message = find_message(current_account(), message_id)
    if message is None or not may_see_chat(current_member(), message.chat_id):
        raise NotFound("message")
    return message


def sheet(title: str, form: str, chat_id: int, *, status: int = 200, **context: Any) -> Response:
    """`form` is a partial of templates/chats/sheets; its locals are `context` and the chat."""
    chat = find_chat(current_member(), chat_id)
    template = "chats/sheets/_dialog.html" if wants_fragment() else "chats/sheet.html"
    given = {"errors": {}, "data": {}, **context}
    html = render_template(template, title=title, form=f"chats/sheets/{form}.html", chat=chat, **given)
    return make_response(html, status)


def done(chat_id: int, message_id: int, *, is_new: bool = False) -> Response:
    """The dialog closes and the thread shows what became of it."""
    if not wants_fragment():
        return go(url_for("chats.chat_page", chat_id=chat_id) + f"#{dom_id('message', message_id)}")
    message = find_message(current_account(), message_id)
    if message is None:
        raise NotFound("message")
    here = replace(dom_id("message", message_id), "chats/_message.html", message=message)
    return answer(
        fragments(*(bubble(message) if is_new else [here])), trigger={"dialog:close": {"target": "body"}}
    )


def bubble(message: Any) -> list[Markup]:
    """A new message at the end of its thread, under its day."""
    into = dom_id("chat", message.chat_id, "messages")
    day = [append(into, "chats/_day.html", message=message)] if starts_day(message) else []
    return [*day, append(into, "chats/_message.html", message=message)]
