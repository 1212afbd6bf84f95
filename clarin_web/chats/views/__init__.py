"""Pages and fragments of chats. Every view wears its permission; fragments share the pages' URLs."""

from __future__ import annotations

from flask import Blueprint

from clarin_web.chats.queries import may_see_chat
from clarin_web.live.topics import register
from clarin_web.web.errors import N_, TEXTS

TEXTS.update(
    {
        "do_not_contact": N_("This person asked not to be contacted. Nothing was sent."),
        "not_retriable": N_("This message is on its way already."),
        "client_id_used": N_("This message was written in another chat. Reload the page."),
    }
)
blueprint = Blueprint("chats", __name__)
register("chat", may_see_chat)

from clarin_web.chats.views import inbox, thread, writing  # noqa: E402, F401  # each hangs its routes on the blueprint
