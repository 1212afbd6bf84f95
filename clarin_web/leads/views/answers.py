"""How every write answers: 303 for a plain form; for htmx a small fragment and an event other regions listen to."""

from __future__ import annotations

from flask import Response, url_for

from clarin_web.lib.errors import DomainError
from clarin_web.web.errors import explain
from clarin_web.web.htmx import answer, go, wants_fragment
from clarin_web.web.i18n import gettext as _

CHANGED = {"lead:changed": {"target": "body"}}


def done(
    lead_id: int,
    html: str = "",
    *,
    said: str = "",
    undo: dict[str, object] | None = None,
    close: bool = False,
) -> Response:
    """The write happened. Regions that show the lead ask again; `said` is announced, with what takes it back."""
    if not wants_fragment():
        return go(url_for("leads.lead_page", lead_id=lead_id))
    events: dict[str, object] = dict(CHANGED)
    if said:
        events["toast"] = {"text": said, "kind": "ok", "target": "body"} | ({"undo": undo} if undo else {})
    if close:
        events["dialog:close"] = {"target": "body"}
    return answer(html, 200 if html else 204, trigger=events)


def refused(error: DomainError, html: str = "") -> Response:
    """An htmx write was refused: say why, and let every region show what is true."""
    toast = {"text": explain(error), "kind": "bad", "target": "body"}
    return answer(html, error.status, trigger={**CHANGED, "toast": toast})


def moved_text(title: str, stage: str) -> str:
    return _("%(title)s moved to %(stage)s", title=title, stage=stage)
