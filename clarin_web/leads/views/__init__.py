"""Pages and fragments of leads. Every view wears its permission; fragments share the pages' URLs."""

from __future__ import annotations

from flask import Blueprint

from clarin_web.leads import texts  # noqa: F401  # its sentences must be known before a view refuses anything
from clarin_web.live.topics import reader_only, register

blueprint = Blueprint("leads", __name__)
for kind in ("lead", "contact"):
    register(kind, reader_only)


from clarin_web.leads.views import (  # noqa: E402, F401  # each module hangs its routes on the blueprint
    board,
    board_move,
    contact_panel,
    creation,
    drawing,
    fields,
    lead,
    list,
    notes,
    stage,
    trash,
)
