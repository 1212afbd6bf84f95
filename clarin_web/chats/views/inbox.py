"""The inbox page, its list and its counter, and a contact's chats for other features' pages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask import Response, render_template, request, url_for

from clarin_web.accounts.access import current_account, current_member, may, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.forms import read_inbox_filter
from clarin_web.chats.queries import InboxFilter, chats_of_contact, count_unread, page_of_chats
from clarin_web.chats.views import blueprint
from clarin_web.contacts.queries import find_contact
from clarin_web.lib.values import optional_id
from clarin_web.web.fragments import replace as replace_part
from clarin_web.web.htmx import answer, browser_address, render, wants_fragment, wants_only
from clarin_web.web.shown import shown_rows


@blueprint.get("/chats")
@requires(Permission.READ)
def inbox() -> str | Response:
    """The list alone, or for htmx the next rows, the list as it is now, or the place beside it with no chat open.

    The chat that is open is the one in the browser's bar; `push` (a search or a tab, not a refresh) puts the page's own
    address there.
    """
    asked = request.args.to_dict()
    push = asked.pop("push", "")
    chosen = read_inbox_filter(asked)
    if wants_thread():
        return render_template("chats/_open.html", **filter_context(chosen), chat=None)
    chat_id = open_chat() if wants_fragment() else None
    fragment = "chats/_rows.html" if chosen.before else "chats/_list.html"
    context = list_context(chosen, chat_id)
    html = render("chats/inbox.html", fragment, **context, chat=None)
    if not push or not wants_fragment():
        return html
    tabs = str(replace_part("inbox-tabs", "chats/_tabs.html", **context))
    return answer(html + tabs, push_url=page_url(chosen, chat_id))


@blueprint.get("/chats/unread")
@requires(Permission.READ)
def unread() -> str:
    """The number beside Inbox, with its words for who only hears it; empty when there is nothing."""
    count = count_unread(current_member())
    return render_template("chats/_unread.html", count=count) if count else ""


@blueprint.get("/chats/of-contact/<int:contact_id>")
@requires(Permission.READ)
def of_contact(contact_id: int) -> str:
    """Other features ask for this by URL; opened by itself it is a small page."""
    contact = find_contact(current_account(), contact_id)
    chats = chats_of_contact(current_member(), contact.id)
    may_start = may(Permission.WORK) and bool(contact.phone) and not contact.is_group
    return render(
        "chats/of_contact.html", "chats/_of_contact.html", chats=chats, contact=contact, may_start=may_start
    )


def wants_thread() -> bool:
    """Whether only the place beside the list is asked for: the list stays as somebody reads it."""
    return wants_only("div#open")


def open_chat() -> int | None:
    """The chat in the bar of the browser that asks for a part of the page, which marks it in the list."""
    found = re.search(r"/chats/(\d+)(?:[?#]|$)", browser_address(), re.ASCII)
    return optional_id(found[1]) if found else None


def filter_context(chosen: InboxFilter) -> dict[str, Any]:
    """What is chosen of the list, and the addresses that keep it."""

    def listed(**changed: object) -> str:
        return url_for("chats.inbox", **chosen.address(**changed))  # type: ignore[arg-type]

    return {"chosen": chosen, "listed": listed, "suffix": query_suffix(chosen)}


def list_context(chosen: InboxFilter, current: int | None) -> dict[str, Any]:
    """What the chat list needs, whatever is open beside it."""
    rows = chosen.limit if chosen.before else shown_rows("chats", chosen.limit)
    page = page_of_chats(current_member(), replace(chosen, limit=rows))
    context = filter_context(chosen)
    return {
        **context,
        "inbox": page,
        "may_start": current_member().may(Permission.WORK),
        "current": current,
        "next_url": context["listed"](before=page.next_cursor) if page.next_cursor else "",
        "list_url": context["listed"](),
    }


def page_url(chosen: InboxFilter, chat_id: int | None) -> str:
    """What a reload must ask to get this list with this chat open."""
    page = url_for("chats.chat_page", chat_id=chat_id) if chat_id else url_for("chats.inbox")
    return page + query_suffix(chosen)


def query_suffix(chosen: InboxFilter) -> str:
    """Opening a chat keeps the list's filter in the address bar."""
    with_filter = url_for("chats.inbox", **chosen.address())  # type: ignore[arg-type]
    return with_filter.partition("?")[1] + with_filter.partition("?")[2]
