"""Parts of pages drawn once: the same row of a list, card or bubble is drawn again only when something on it changed.

The key is everything the partial is given, with the reader's language, clock and today: nothing has to be
invalidated, because what differs has another key. It follows that such a partial may only use what it is given
(tests/house/test_partials.py): no signed-in user, no token, no "now".
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable
from datetime import datetime
from decimal import Decimal
from types import NoneType
from typing import Any

from flask import current_app
from markupsafe import Markup
from sqlalchemy import Row

from clarin_web.web.formats import today
from clarin_web.web.i18n import reader

KEPT = 6000  # pieces of about 1 kB
PLAIN = frozenset({str, int, NoneType, datetime, Decimal, bool})
_pieces: dict[Hashable, Markup] = {}
_lock = threading.Lock()


def drawn(template: str, **given: object) -> Markup:
    """The partial's HTML; `given` are its locals: plain values, rows, and lists or dicts of them."""
    return drawn_each(template, [given])


def drawn_each(template: str, rows: Iterable[dict[str, object]]) -> Markup:
    """The same partial for many, one after the other, each with its own locals."""
    about = (template, reader(), today())
    return Markup("").join([_piece(template, about, given) for given in rows])


def _piece(template: str, about: Hashable, given: dict[str, object]) -> Markup:
    key = (about, *[part if type(part) in PLAIN else _frozen(part) for part in given.values()])
    found = _pieces.get(key)
    if found is None:
        html = current_app.jinja_env.get_template(template).render(given)
        found = Markup(html)  # noqa: S704  # a template's own output, escaped there
        _keep(key, found)
    return found


def _keep(key: Hashable, piece: Markup) -> None:
    """The oldest goes first: rows nobody looks at are not worth counting uses of the others."""
    with _lock:
        while len(_pieces) >= KEPT:
            del _pieces[next(iter(_pieces))]
        _pieces[key] = piece


def _frozen(value: Any) -> Hashable:
    """By exact type: asking isinstance of SQLAlchemy's Row goes through its abstract bases, three times the cost."""
    kind = type(value)
    if kind is dict:
        return tuple([(name, _frozen(part)) for name, part in value.items()])
    if kind is Row or kind is list or kind is tuple:
        return tuple([part if type(part) in PLAIN else _frozen(part) for part in value])
    return value  # type: ignore[no-any-return]
