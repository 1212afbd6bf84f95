"""The forms of a device's page."""

from __future__ import annotations

from flask import Response, request, url_for

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.devices import actions, forms, jobs
from clarin_web.devices.views import back, blueprint
from clarin_web.jobs import device_queue, enqueue
from clarin_web.web.htmx import go


@blueprint.post("/<int:device_id>")
@requires(Permission.MANAGE_DEVICES)
def update(device_id: int) -> Response:
    wanted = forms.device_settings(request.form)
    if actions.change_device(current_member(), device_id, wanted):
        enqueue("chats", jobs.PROCESS_EVENTS, current_account(), device_id)
    return back(device_id)


@blueprint.post("/<int:device_id>/events/again")
@requires(Permission.MANAGE_DEVICES)
def read_again(device_id: int) -> Response:
    actions.read_again(current_member(), device_id)
    enqueue("chats", jobs.PROCESS_EVENTS, current_account(), device_id)
    return back(device_id)


@blueprint.post("/hours")
@requires(Permission.MANAGE_DEVICES)
def change_hours() -> Response:
    actions.change_hours(current_member(), forms.hours(request.form))
    return go(url_for("devices.index"))


@blueprint.post("/<int:device_id>/limits")
@requires(Permission.MANAGE_DEVICES)
def change_limits(device_id: int) -> Response:
    actions.change_limits(current_member(), device_id, forms.limits(request.form))
    enqueue(device_queue(device_id), jobs.SEND_WAITING, current_account(), device_id)
    return back(device_id)


@blueprint.post("/<int:device_id>/proxy")
@requires(Permission.MANAGE_DEVICES)
def change_proxy(device_id: int) -> Response:
    change = forms.proxy_change(request.form)
    actions.change_proxy(current_member(), device_id, change.proxy)
    return back(device_id)
