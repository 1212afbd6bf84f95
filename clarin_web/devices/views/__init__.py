"""Pages of the WhatsApp numbers. Everybody reads; who may manage devices changes."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from clarin_web.accounts.access import may
from clarin_web.accounts.permissions import Permission
from clarin_web.config import settings
from clarin_web.devices import words
from clarin_web.devices.proxies import of_installation_shown
from clarin_web.web.htmx import go

blueprint = Blueprint("devices", __name__, url_prefix="/devices")


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {
        "state_name": words.state_name,
        "state_color": words.state_color,
        "state_sentence": words.sentence,
        "may_manage": may(Permission.MANAGE_DEVICES),
        "alarm_sentence": words.alarm_sentence,
        "stop_sentence": words.stop_sentence,
        "hold_words": words.hold_words,
        "restriction_sentence": words.restriction_sentence,
        "retry_sentence": words.retry_sentence,
        "installation_proxy": of_installation_shown(),
        "simulated": settings().device_gateway == "simulator",
    }


def back(device_id: int) -> Response:
    """To the device's page, where the change shows."""
    return go(url_for("devices.show", device_id=device_id))


from clarin_web.devices.views import linking, pages, refusals, removing, settings_forms, stopping  # noqa: E402, F401  # each hangs its routes here
