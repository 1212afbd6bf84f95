"""One chat: its page, its older and newer messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import Row

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.forms import new_client_id, read_inbox_filter
from clarin_web.chats.queries import (
    ThreadPage,
    around,
    find_chat,
    find_message,
    joined_with,
    latest,
    older,
    since,
    whole_body,
)
from clarin_web.chats.views import blueprint
from clarin_web.chats.views.inbox import filter_context, list_context, wants_thread
from clarin_web.devices import reach
from clarin_web.devices.switches import signature
from clarin_web.devices.words import reach_sentence
from clarin_web.lib.errors import NotFound
from clarin_web.lib.values import optional_id
from clarin_web.media.kinds import most_sent
from clarin_web.web.formats import local
from clarin_web.web.htmx import render
from clarin_web.web.paging import decode_cursor


@blueprint.get("/chats/<int:chat_id>")
@requires(Permission.READ)
def chat_page(chat_id: int) -> str:
    """Reading it by GET marks nothing as read: a preloading browser must not answer for a person."""
    return page(chat_id)


@blueprint.get("/chats/<int:chat_id>/messages")
@requires(Permission.READ)
def messages(chat_id: int) -> str:
    """before=cursor: the page before it. since=cursor: what an open thread shows, as it is now."""
    chat = find_chat(current_member(), chat_id)
    before, start = request.args.get("before", ""), request.args.get("since", "")
    if before:
        found = older(current_account(), chat_id, before)
        at, message_id = decode_cursor(before, ("time", "int"))
        joins = bool(found.messages) and local(found.messages[-1].at).date() == local(at).date()
        extra: dict[str, Any] = {"joined_day": message_id if joins else None, "is_older": True}
    else:
        found = since(current_account(), chat_id, start) if start else latest(current_account(), chat_id)
        if start and not found.older and request.args.get("more") == "1":
            found = ThreadPage(found.messages, start, start)
        extra = {"joined_day": None, "is_older": False}
    return render(
        "chats/messages.html", "chats/_messages.html", chat=chat, **thread_context(chat, found), **extra
    )


@blueprint.get("/chats/<int:chat_id>/messages/<int:message_id>")
@requires(Permission.READ)
def around_message(chat_id: int, message_id: int) -> str:
    """Where a quote leads when its message is not on the page: the part of the thread around it."""
    chat = find_chat(current_member(), chat_id)
    found = around(current_account(), chat_id, message_id)
    context = thread_context(chat, found)
    return render(
        "chats/messages.html", "chats/messages.html", chat=chat, **context, joined_day=None, is_older=False
    )


@blueprint.get("/chats/<int:chat_id>/messages/<int:message_id>/text")
@requires(Permission.READ)
def whole_text(chat_id: int, message_id: int) -> str:
    """All of a text too long for a bubble: in its place, or as a small page."""
    chat = find_chat(current_member(), chat_id)
    body = whole_body(current_account(), chat_id, message_id)
    return render("chats/text.html", "chats/_text.html", chat=chat, body=body, message_id=message_id)


@dataclass(frozen=True, slots=True)
class Refused:
    """What was typed for whom (`kind`: answer, note), why it did not go, and its client_id, so a retry is the same.

    `draft`: the version of it that is shown.
    """

    kind: str
    body: str
    error: str
    client_id: str
    draft: int = 0


def page(chat_id: int, refused: Refused | None = None) -> str:
    """The inbox with this chat open, or its place beside the list; after a refusal with what was typed and why."""
    chat = find_chat(current_member(), chat_id)
    asked = {name: value for name, value in request.args.items() if name not in ("answer", "write")}
    chosen = read_inbox_filter(asked if request.method == "GET" else {})
    found = latest(current_account(), chat_id)
    alone = wants_thread()
    return render_template(
        "chats/_open.html" if alone else "chats/inbox.html",
        **(filter_context(chosen) if alone else list_context(chosen, chat_id)),
        **thread_context(chat, found),
        **composer_context(chat, refused),
        chat=chat,
        joined=joined_with(chat.account_id, chat_id) if current_member().may(Permission.ASSIGN) else [],
        joined_day=None,
        is_older=False,
    )


def thread_context(chat: Row[Any], found: ThreadPage) -> dict[str, Any]:
    """The messages, where older ones are, and the address that brings all of these up to date."""
    here = url_for("chats.messages", chat_id=chat.id)
    return {
        "messages": found.messages,
        "older_url": f"{here}?before={found.older}" if found.older else "",
        "live_url": f"{here}?since={found.start}{'&more=1' if found.older else ''}" if found.start else here,
    }


def composer_context(chat: Row[Any], refused: Refused | None = None) -> dict[str, Any]:
    """An answer and a note, each in a form of its own: its draft, or what was refused. `mode`: the one that is open."""
    reached = reach_context(chat, reach.of_number(chat.account_id, chat.device_id))
    boxes = {
        kind: replace(refused, draft=version)
        if refused and refused.kind == kind
        else Refused(kind, body, "", new_client_id(), version)
        for kind, (body, version) in _drafts(chat).items()
    }
    return {
        "may_write": current_member().may(Permission.WORK),
        **reached,
        "boxes": boxes,
        "mode": refused.kind if refused else "note" if reached["only_notes"] else _mode(chat),
        "quoted": _quoted(chat),
        "most": most_sent(),
        "signed_as": _signature(chat),
    }


def _drafts(chat: Row[Any]) -> dict[str, tuple[str, int]]:
    """The words of each kind, and their version."""
    saved = {draft["kind"]: (draft["body"], draft["version"]) for draft in chat.drafts or ()}
    return {"answer": ("", 0), "note": ("", 0)} | saved


def _mode(chat: Row[Any]) -> str:
    """Asked for, else an answer to a message, else what this person was writing last."""
    if (asked := request.args.get("write", "")) in ("answer", "note"):
        return asked
    return (
        "note"
        if chat.drafts and chat.drafts[0]["kind"] == "note" and "answer" not in request.args
        else "answer"
    )


def reach_context(chat: Row[Any], found: reach.Reach) -> dict[str, Any]:
    """What happens to what is written here now. A removed number and who asked for silence take notes alone."""
    return {
        "reach": found,
        "reach_sentence": reach_sentence(found),
        "only_notes": found.is_over or chat.do_not_contact,
    }


def _signature(chat: Row[Any]) -> str:
    """Whose name this person's next text will bear; most numbers sign nothing, and are not asked."""
    if chat.device_signature == "off":
        return ""
    return signature(chat.account_id, chat.device_id, chat.id, current_member().user_id)


def _quoted(chat: Row[Any]) -> Row[Any] | None:
    """The message being answered, named by ?answer=<id>; not of this chat means not there."""
    asked = request.args.get("answer", "")
    if not asked:
        return None
    message_id = optional_id(asked)
    message = find_message(chat.account_id, message_id) if message_id is not None else None
    if message is None or message.chat_id != chat.id or message.kind == "note":
        raise NotFound("message")
    return message
