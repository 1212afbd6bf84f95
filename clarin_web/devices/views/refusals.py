"""A refused form comes back on its own page, with what was typed and the reason at its field."""

from __future__ import annotations

from flask import Response, make_response, request

from clarin_web.devices.views import blueprint, pages
from clarin_web.lib.errors import Invalid
from clarin_web.web.errors import describe, on_domain_error
from clarin_web.web.htmx import wants_fragment


@blueprint.errorhandler(Invalid)
def refused(error: Invalid) -> Response:
    """Every form of these pages has fields of its own name, so one page can say what is wrong with any of them."""
    if not error.fields or wants_fragment():
        return on_domain_error(error)
    errors = {name: describe(code) for name, code in error.fields.items()}
    device_id = (request.view_args or {}).get("device_id")
    page = pages.index_page if device_id is None else lambda **given: pages.device_page(device_id, **given)
    return make_response(page(errors=errors, typed=request.form), 422)
