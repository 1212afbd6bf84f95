"""Pass a message on to other chats, chosen while one searches; who must not get it is named with the reason."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, render_template, request, url_for
from sqlalchemy import Row

from clarin_web.accounts.access import current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats import actions
from clarin_web.chats.forms import new_client_id
from clarin_web.chats.queries import InboxFilter, chats_by_id, page_of_chats
from clarin_web.chats.sending_forms import MOST_CHATS, read_chats, read_client_id
from clarin_web.chats.views import blueprint
from clarin_web.chats.views.sheets import find_seen, sheet
from clarin_web.lib.errors import Conflict, Invalid, NotFound
from clarin_web.web.errors import describe
from clarin_web.web.forms import Form
from clarin_web.web.htmx import answer, go, wants_fragment
from clarin_web.web.i18n import gettext as _
from clarin_web.web.i18n import ngettext

FOUND = 30


@blueprint.get("/messages/<int:message_id>/forward")
@requires(Permission.WORK)
def forward_form(message_id: int) -> Response:
    """Where to: those chosen already, then the newest chats, or those a search finds."""
    message = find_seen(message_id)
    if not actions.may_forward(message):
        raise Conflict("cannot_forward")
    form = Form(request.args)
    q = form.text("q", limit=200)
    form.check()
    given = _choices(message, q, read_chats(request.args.getlist("chat_id")), new_client_id())
    if wants_fragment() and "q" in request.args:
        return answer(render_template("chats/sheets/_forward_to.html", errors={}, **given))
    return sheet(_("Forward message"), "_forward", message.chat_id, **given)


@blueprint.post("/messages/<int:message_id>/forward")
@requires(Permission.WORK)
def forward(message_id: int) -> Response:
    message = find_seen(message_id)  # who may not see it is told that, whatever they sent
    form = Form(request.form)
    chosen, client_id = read_chats(request.form.getlist("chat_id")), read_client_id(form)
    form.check()
    if not 0 < len(chosen) <= MOST_CHATS:
        code = "too_many_chats" if chosen else "no_chat"
        given = _choices(message, "", chosen, client_id)
        errors = {"chat_id": describe(code, most=MOST_CHATS)}
        return sheet(_("Forward message"), "_forward", message.chat_id, status=422, errors=errors, **given)
    chats = chats_by_id(current_member(), chosen)
    if len(chats) < len(chosen):
        raise NotFound("chat")
    refused = [line for chat in chats if (line := _forward(message_id, chat, client_id))]
    return _told(message.chat_id, chats, refused)


def _forward(message_id: int, chat: Row[Any], client_id: str) -> str:
    """Why it does not go there; empty when it goes. The chat is part of what makes a second click the same."""
    try:
        actions.forward_message(current_member(), message_id, chat.id, f"{client_id[:40]}-{chat.id}")
    except Invalid as refusal:
        return f"{chat.name}: {describe(refusal.code)}"
    return ""


def _told(here: int, chats: list[Row[Any]], refused: list[str]) -> Response:
    went = len(chats) - len(refused)
    done = ngettext("Forwarded to %(num)s chat.", "Forwarded to %(num)s chats.", went) if went else ""
    said = " ".join([done, *([_("Not forwarded."), *refused] if refused else [])]).strip()
    if not wants_fragment():
        flash(said)
        return go(url_for("chats.chat_page", chat_id=chats[0].id if len(chats) == 1 and went else here))
    toast = {"text": said, "kind": "bad" if refused else "ok", "target": "body"}
    return answer("", trigger={"dialog:close": {"target": "body"}, "toast": toast})


def _choices(message: Any, q: str, chosen: list[int], client_id: str) -> dict[str, Any]:
    picked = chats_by_id(current_member(), chosen)
    found = page_of_chats(current_member(), InboxFilter(q=q, limit=FOUND)).rows
    others = [chat for chat in found if chat.id not in chosen]
    return {
        "message": message,
        "picked": picked,
        "chats": others,
        "q": q,
        "client_id": client_id,
        "most": MOST_CHATS,
    }
