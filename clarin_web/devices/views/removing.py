"""Saying goodbye to a number: what a log-out and a removal do is said first, and a removal can be undone."""

from __future__ import annotations

from flask import Response, flash, make_response, render_template, url_for

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.devices import actions, jobs, queries
from clarin_web.devices.views import back, blueprint
from clarin_web.jobs import device_queue, enqueue
from clarin_web.web.htmx import go, wants_fragment
from clarin_web.web.i18n import gettext as _


@blueprint.get("/<int:device_id>/logout")
@requires(Permission.MANAGE_DEVICES)
def logout_form(device_id: int) -> Response:
    return _sheet(device_id, _("Unlink this number?"), "_log_out")


@blueprint.post("/<int:device_id>/logout")
@requires(Permission.MANAGE_DEVICES)
def log_out(device_id: int) -> Response:
    if actions.log_out(current_member(), device_id):
        enqueue(device_queue(device_id), jobs.LOG_OUT, current_account(), device_id)
    return back(device_id)


@blueprint.get("/<int:device_id>/removal")
@requires(Permission.MANAGE_DEVICES)
def removal_form(device_id: int) -> Response:
    return _sheet(device_id, _("Remove this number?"), "_remove")


@blueprint.post("/<int:device_id>/removal")
@requires(Permission.MANAGE_DEVICES)
def remove(device_id: int) -> Response:
    """Connected, it says goodbye to WhatsApp first and is gone seconds later; the list shows both."""
    if actions.remove_device(current_member(), device_id):
        enqueue(device_queue(device_id), jobs.LOG_OUT, current_account(), device_id)
    else:
        flash(_("Removed. Its chats stay in the inbox."))
    return go(url_for("devices.index"))


@blueprint.post("/<int:device_id>/restoration")
@requires(Permission.MANAGE_DEVICES)
def restore(device_id: int) -> Response:
    """Not linked, with its old chats: a code is all it needs."""
    actions.restore_device(current_member(), device_id)
    return back(device_id)


def _sheet(device_id: int, title: str, form: str) -> Response:
    device = queries.get_device(current_account(), device_id)
    html = render_template(
        "devices/_sheet.html" if wants_fragment() else "devices/sheet.html",
        title=title,
        form=f"devices/{form}.html",
        device=device,
        chats=queries.count_chats(current_account(), device_id),
        waiting=queries.waiting_by_device(current_account()).get(device_id, 0),
    )
    return make_response(html)
