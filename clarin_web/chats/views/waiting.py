"""The queue of one number: what waits, why and by whom, and a way to call it off; what could not be sent."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from clarin_web.accounts.access import current_account, current_member, may, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats import actions
from clarin_web.chats.queries import waiting_of
from clarin_web.chats.views import blueprint
from clarin_web.devices import risk_words
from clarin_web.devices.queries import any_device
from clarin_web.devices.reach import of_number
from clarin_web.devices.risk import risk_of
from clarin_web.devices.words import reach_sentence
from clarin_web.web.forms import Form
from clarin_web.web.htmx import go, render
from clarin_web.web.i18n import ngettext


@blueprint.get("/chats/waiting/<int:device_id>")
@requires(Permission.READ)
def waiting(device_id: int) -> str:
    """Of the chats one may see."""
    reach = of_number(current_account(), device_id)
    found = waiting_of(current_member(), device_id)
    risk = risk_of(current_account(), device_id, found.not_sent)
    return render(
        "chats/waiting.html",
        "chats/_waiting.html",
        device=reach.device,
        reach_sentence=reach_sentence(reach),
        found=found,
        **risk_words.shown(risk, reach.device),
        may_write=may(Permission.WORK),
    )


@blueprint.post("/chats/waiting/<int:device_id>/call-off")
@requires(Permission.WORK)
def call_off(device_id: int) -> Response:
    """With `message_id` that one, else all of them."""
    any_device(current_account(), device_id)
    form = Form(request.form)
    only = form.integer("message_id", low=1)
    form.check()
    done = actions.call_off(current_member(), device_id, only)
    flash(ngettext("%(num)s message called off.", "%(num)s messages called off.", done))
    return go(url_for("chats.waiting", device_id=device_id))
