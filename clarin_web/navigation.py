"""What every page needs around its content: who is asking, the account, and the way to the other pages."""

from __future__ import annotations

from typing import Any

from flask import g, request

from clarin_web.accounts.permissions import Permission
from clarin_web.accounts.queries import SignedIn
from clarin_web.web.formats import initials
from clarin_web.web.htmx import wants_fragment
from clarin_web.web.i18n import gettext as _
from clarin_web.web.i18n import reader


def page_context() -> dict[str, Any]:
    """`me`, `account`, `accounts` and `nav` for layouts; fragments get none of it and cost nothing."""
    who: SignedIn | None = g.get("signed_in")
    if who is None:
        return {"me": None, "account": None, "accounts": [], "nav": [], "locale": reader().locale}
    return {
        "me": {
            "id": who.user_id,
            "name": who.name,
            "email": who.email,
            "initials": initials(who.name),
            "theme": who.theme,
            "locale": who.locale,
            "role": who.role,
            "may": {p.value: who.member.may(p) for p in Permission},
        },
        "account": {"id": who.account_id, "name": who.account_name, "is_demo": who.is_demo},
        "accounts": who.other_accounts,
        "nav": [] if wants_fragment() else navigation(),
        "locale": who.locale,
    }


def navigation() -> list[dict[str, Any]]:
    """The sidebar, top to bottom; `badge_url` is asked for its number by the page itself."""
    entries = [
        ("/", _("Home"), "house", ""),
        ("/chats", _("Inbox"), "inbox", "/chats/unread"),
        ("/leads", _("Leads"), "users", ""),
        ("/leads/board", _("Board"), "square-kanban", ""),
        ("/devices", _("Devices"), "smartphone", ""),
        ("/kommo", _("Kommo"), "refresh-cw", ""),
    ]
    active = _active([url for url, *_rest in entries])
    return [
        {
            "url": url,
            "label": label,
            "icon": icon,
            "active": url == active,
            "badge_topic_url": badge,
            "badge": "",
        }
        for url, label, icon, badge in entries
    ]


def _active(urls: list[str]) -> str:
    path = request.path
    here = [url for url in urls if path == url or (url != "/" and path.startswith(url + "/"))]
    return max(here, key=len, default="/" if path == "/" else "")
