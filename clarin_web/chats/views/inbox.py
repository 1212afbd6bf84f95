"""The inbox page, its list and its counter, and a contact's chats for other features' pages."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.forms import read_inbox_filter
from clarin_web.chats.queries import InboxFilter, chats_of_contact, count_unread, page_of_chats
from clarin_web.chats.views import blueprint
from clarin_web.contacts.queries import find_contact
from clarin_web.web.htmx import render


@blueprint.get("/chats")
@requires(Permission.READ)
def inbox() -> str:
    """The list alone, or for htmx the next rows or the list as it is now (`open` marks the chat beside it)."""
    asked = request.args.to_dict()
    current = asked.pop("open", "")
    chosen = read_inbox_filter(asked)
    fragment = "chats/_rows.html" if chosen.before else "chats/_list.html"
    context = list_context(chosen, int(current) if current.isascii() and current.isdigit() else None)
    return render("chats/inbox.html", fragment, **context, chat=None)


@blueprint.get("/chats/unread")
@requires(Permission.READ)
def unread() -> str:
    """The number beside Inbox; empty when there is nothing."""
    count = count_unread(current_member())
    return "" if not count else f"{count}" if count < 1000 else "999+"


@blueprint.get("/chats/of-contact/<int:contact_id>")
@requires(Permission.READ)
def of_contact(contact_id: int) -> str:
    """Other features ask for this by URL; opened by itself it is a small page."""
    contact = find_contact(current_account(), contact_id)
    chats = chats_of_contact(current_member(), contact_id)
    return render("chats/of_contact.html", "chats/_of_contact.html", chats=chats, contact=contact)


def list_context(chosen: InboxFilter, current: int | None) -> dict[str, Any]:
    """What the chat list needs, whatever is open beside it."""
    page = page_of_chats(current_member(), chosen)

    def listed(**changed: object) -> str:
        return url_for("chats.inbox", **chosen.address(**changed))  # type: ignore[arg-type]

    return {
        "inbox": page,
        "chosen": chosen,
        "current": current,
        "listed": listed,
        "next_url": listed(before=page.next_cursor, open=current or "") if page.next_cursor else "",
        "list_url": listed(open=current or ""),
        "suffix": query_suffix(chosen),
    }


def query_suffix(chosen: InboxFilter) -> str:
    """Opening a chat keeps the list's filter in the address bar."""
    with_filter = url_for("chats.inbox", **chosen.address())  # type: ignore[arg-type]
    return with_filter.partition("?")[1] + with_filter.partition("?")[2]
