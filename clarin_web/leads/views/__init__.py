"""Pages and fragments of leads. Every view wears its permission; fragments share the pages' URLs."""

from __future__ import annotations

from flask import Blueprint

from clarin_web.leads import texts  # noqa: F401  # its sentences must be known before a view refuses anything
from clarin_web.leads.filters import MAX_ID
from clarin_web.lib.errors import NotFound
from clarin_web.live.topics import reader_only, register

blueprint = Blueprint("leads", __name__)
for kind in ("lead", "contact"):
    register(kind, reader_only)


@blueprint.url_value_preprocessor
def only_possible_ids(_endpoint: str | None, values: dict[str, object] | None) -> None:
    """An id beyond a bigint is nobody's; the database would call it an error instead."""
    if any(isinstance(value, int) and value > MAX_ID for value in (values or {}).values()):
        raise NotFound("lead")


from clarin_web.leads.views import (  # noqa: E402, F401  # each module hangs its routes on the blueprint
    board,
    contact_panel,
    creation,
    fields,
    lead,
    list,
    notes,
    stage,
    trash,
)
