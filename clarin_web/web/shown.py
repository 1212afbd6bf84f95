"""How many rows a page that asks again shows: whoever scrolled to the third page gets three pages back, not the first.

`static/js/behaviours/keep_shown.js` says it in a header, so that no address carries it. It is a courtesy: what cannot
be read means one page.
"""

from __future__ import annotations

from flask import request

HEADER = "X-Shown"
MOST = 200


def shown_rows(name: str, least: int) -> int:
    """How many rows of the list `name` (its data-shown) to answer with: at least a page, at most 200."""
    for said in request.headers.get(HEADER, "").split():
        who, _, count = said.partition("=")
        if who == name and count.isascii() and count.isdigit() and len(count) < 6:
            return max(least, min(int(count), MOST))
    return least
