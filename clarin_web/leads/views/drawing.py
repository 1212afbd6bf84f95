"""Rows and cards of leads, drawn once each. Called from templates; put together here, where a loop costs less."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup
from sqlalchemy import Row

from clarin_web.leads.queries import Directory
from clarin_web.leads.views import blueprint
from clarin_web.web.drawing import drawn_each
from clarin_web.web.formats import ago


@blueprint.app_template_global()
def lead_rows(leads: Iterable[Row[Any]], directory: Directory) -> Markup:
    """The rows of the list."""
    return drawn_each(
        "leads/list/_row.html",
        (
            {
                "lead": lead,
                "stage": directory.stage(lead.stage_id),
                "owner": directory.responsible(lead),
                "tags": directory.tags_named(lead.tag_ids),
                "since": ago(lead.updated_at),
            }
            for lead in leads
        ),
    )


@blueprint.app_template_global()
def lead_cards(leads: Iterable[Row[Any]], directory: Directory, may_work: bool) -> Markup:
    """The cards of a board's column."""
    return drawn_each(
        "leads/board/_card.html",
        (
            {
                "lead": lead,
                "owner": directory.responsible(lead),
                "since": ago(lead.updated_at),
                "may_work": may_work,
            }
            for lead in leads
        ),
    )
