"""How many rows a page that asks again shows: whoever scrolled to the third page gets three pages back, not the first.

`static/js/behaviours/keep_shown.js` says it in a header, so that no address carries it. It is a courtesy: what cannot
be read means one page.
"""

from __future__ import annotations

from flask import request

from clarin_web.lib.values import optional_id

HEADER = "X-Shown"
MOST = 200


def shown_rows(name: str, least: int) -> int:
    """How many rows of the list `name` (its data-shown) to answer with: at least a page, at most 200."""
    for said in request.headers.get(HEADER, "").split():
        who, _, count = said.partition("=")
        if who == name and (rows := optional_id(count)) is not None:
            return max(least, min(rows, MOST))
    return least
