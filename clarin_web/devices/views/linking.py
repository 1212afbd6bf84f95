"""Linking a number and switching it: each a plain form that comes back to the device's page."""

from __future__ import annotations

import io

import segno
from flask import Response, make_response, request, url_for

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.devices import actions, forms, queries
from clarin_web.devices.views import back, blueprint
from clarin_web.lib.errors import NotFound
from clarin_web.web.htmx import go
from clarin_web.web.i18n import reader


@blueprint.post("")
@requires(Permission.MANAGE_DEVICES)
def create() -> Response:
    device_id = actions.add_device(current_member(), forms.new_device(request.form))
    actions.start_pairing(current_member(), device_id)
    return go(url_for("devices.show", device_id=device_id))


@blueprint.get("/<int:device_id>/qr.svg")
@requires(Permission.MANAGE_DEVICES)
def qr(device_id: int) -> Response:
    """Whoever scans this code owns the link, so it goes only to those who may link, and into no cache."""
    device = queries.get_device(current_account(), device_id)
    if not device.qr:
        raise NotFound()
    out = io.BytesIO()
    segno.make(device.qr, error="l", micro=False).save(
        out, kind="svg", border=2, omitsize=True, xmldecl=False
    )
    response = make_response(out.getvalue())
    response.headers |= {"Content-Type": "image/svg+xml", "Cache-Control": "no-store"}
    return response


@blueprint.post("/<int:device_id>/pairing")
@requires(Permission.MANAGE_DEVICES)
def pair(device_id: int) -> Response:
    """By a QR code, or with a `phone` by letters typed on it."""
    phone = forms.pairing_phone(request.form, reader().country)
    actions.start_pairing(current_member(), device_id, phone)
    return back(device_id)


@blueprint.post("/<int:device_id>/pairing/cancel")
@requires(Permission.MANAGE_DEVICES)
def cancel(device_id: int) -> Response:
    actions.cancel_pairing(current_member(), device_id)
    return back(device_id)


@blueprint.post("/<int:device_id>/connect")
@requires(Permission.MANAGE_DEVICES)
def connect(device_id: int) -> Response:
    actions.connect(current_member(), device_id)
    return back(device_id)


@blueprint.post("/<int:device_id>/disconnect")
@requires(Permission.MANAGE_DEVICES)
def disconnect(device_id: int) -> Response:
    actions.disconnect(current_member(), device_id)
    return back(device_id)
