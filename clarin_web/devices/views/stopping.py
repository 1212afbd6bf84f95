"""The kill switches, of one number and of the whole account."""

from __future__ import annotations

from flask import Response, url_for

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.devices import actions, jobs
from clarin_web.devices.views import back, blueprint
from clarin_web.jobs import device_queue, enqueue
from clarin_web.web.htmx import go


@blueprint.post("/<int:device_id>/sending/stop")
@requires(Permission.MANAGE_DEVICES)
def stop_sending(device_id: int) -> Response:
    actions.stop_sending(current_member(), device_id)
    return back(device_id)


@blueprint.post("/<int:device_id>/sending/resume")
@requires(Permission.MANAGE_DEVICES)
def resume_sending(device_id: int) -> Response:
    actions.resume_sending(current_member(), device_id)
    _wake(device_id)
    return back(device_id)


@blueprint.post("/sending/stop")
@requires(Permission.MANAGE_DEVICES)
def stop_all_sending() -> Response:
    actions.stop_all_sending(current_member())
    return go(url_for("devices.index"))


@blueprint.post("/sending/resume")
@requires(Permission.MANAGE_DEVICES)
def resume_all_sending() -> Response:
    for device_id in actions.resume_all_sending(current_member()):
        _wake(device_id)
    return go(url_for("devices.index"))


def _wake(device_id: int) -> None:
    enqueue(device_queue(device_id), jobs.SEND_WAITING, current_account(), device_id)
