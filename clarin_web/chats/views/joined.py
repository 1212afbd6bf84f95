"""Chats that became one: the old address leads on, and a person who may can take them apart."""

from __future__ import annotations

from flask import Response, make_response, redirect, request, url_for

from clarin_web.accounts.access import current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.actions import separate_chat
from clarin_web.chats.queries import survivor_of
from clarin_web.chats.views import blueprint
from clarin_web.lib.errors import NotFound
from clarin_web.web.errors import on_domain_error
from clarin_web.web.htmx import go, wants_fragment


@blueprint.errorhandler(NotFound)
def lead_on(error: NotFound) -> Response:
    """A page or a form of a chat that went on in another is asked there; an open page moves there as a whole."""
    gone = (request.view_args or {}).get("chat_id")
    survivor = survivor_of(current_member(), gone) if gone else None
    if survivor is None or request.endpoint is None:
        return on_domain_error(error)
    if request.method == "GET" and wants_fragment():
        return go(url_for("chats.chat_page", chat_id=survivor))
    there = {**(request.view_args or {}), **request.args.to_dict(), "chat_id": survivor}
    return make_response(
        redirect(url_for(request.endpoint, **there), 302 if request.method == "GET" else 307)
    )


@blueprint.post("/chats/joinings/<int:merge_id>/undoing")
@requires(Permission.ASSIGN)
def separate(merge_id: int) -> Response:
    return go(url_for("chats.chat_page", chat_id=separate_chat(current_member(), merge_id)))
