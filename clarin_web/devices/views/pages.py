"""The list of numbers and the page of one."""

from __future__ import annotations

from clarin_web.accounts.access import current_account, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.devices import queries
from clarin_web.devices.views import blueprint
from clarin_web.web.htmx import render


@blueprint.get("")
@requires(Permission.READ)
def index() -> str:
    devices = queries.list_devices(current_account())
    return render("devices/index.html", "devices/_list.html", devices=devices)


@blueprint.get("/<int:device_id>")
@requires(Permission.READ)
def show(device_id: int) -> str:
    device = queries.get_device(current_account(), device_id)
    pipelines = queries.pipeline_choices(current_account())
    return render("devices/show.html", "devices/_device.html", device=device, pipelines=pipelines)
