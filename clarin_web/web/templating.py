"""The Jinja environment of the house: strict, escaping, with the filters and functions every template may use."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask
from jinja2 import StrictUndefined
from markupsafe import Markup

from clarin_web.lib.links import web_address
from clarin_web.lib.user_agents import device_name
from clarin_web.lib.wa_text import wa_html
from clarin_web.web import formats, numbers
from clarin_web.web.assets import static
from clarin_web.web.drawing import drawn
from clarin_web.web.i18n import LOCALES, gettext, ngettext, reader
from clarin_web.web.security import csrf_token

CSRF_FIELD = Markup('<input type="hidden" name="csrf_token" value="{}">')
ICON = Markup('<svg class="i" aria-hidden="true"><use href="{}#{}"></use></svg>')


def csrf_field() -> Markup:
    """The hidden field every plain form carries."""
    return CSRF_FIELD.format(csrf_token())


@lru_cache(maxsize=256)
def icon(name: str) -> Markup:
    """A decorative symbol of static/icons.svg; the text beside it (or aria-label) carries the meaning."""
    return ICON.format(static("icons.svg"), name)


def dom_id(what: str, id: object = None, part: str | None = None) -> str:
    """`lead-7`, `chat-7-messages`: the only way ids of records are made."""
    return "-".join(str(piece) for piece in (what, id, part) if piece is not None)


def init_templating(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        money=formats.money,
        sums=formats.sums,
        number=formats.number,
        for_input=numbers.for_input,
        dt=formats.dt,
        ago=formats.ago,
        since=formats.since,
        waits=formats.waits,
        phone=formats.phone,
        initials=formats.initials,
        tint=formats.tint,
        file_size=formats.file_size,
        duration=formats.duration,
        day_label=formats.day_label,
        wa=wa_html,
        web_address=web_address,
        device_name=device_name,
    )
    app.jinja_env.globals.update(
        _=gettext,
        ngettext=ngettext,
        static=static,
        icon=icon,
        dom_id=dom_id,
        drawn=drawn,
        csrf_field=csrf_field,
        csrf_token=csrf_token,
        reader=reader,
        locales=LOCALES,
    )
