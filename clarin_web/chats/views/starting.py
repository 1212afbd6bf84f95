"""Write first: to whom, from which number, what. From a contact's or a lead's page, or from the inbox."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request, url_for

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.actions import MAX_BODY, NewMessage, start_chat
from clarin_web.chats.forms import new_client_id
from clarin_web.chats.queries import chats_of_contact, contacts_to_share
from clarin_web.chats.sending_forms import read_client_id
from clarin_web.chats.views import blueprint
from clarin_web.contacts.queries import find_contact
from clarin_web.devices.queries import DeviceRow, list_devices
from clarin_web.devices.words import state_name
from clarin_web.lib.errors import Conflict, Invalid, NotFound
from clarin_web.lib.search_terms import phones_in
from clarin_web.web.errors import describe
from clarin_web.web.forms import Form
from clarin_web.web.htmx import answer, go, wants_fragment


@blueprint.get("/chats/new")
@requires(Permission.WORK)
def new_chat() -> Response:
    """Without a contact: whom to write to. With one: from which number, and what."""
    form = Form(request.args)
    contact_id, q = form.integer("contact_id", low=1), form.text("q", limit=200)
    form.check()
    if contact_id is not None:
        return _letter(contact_id)
    found = contacts_to_share(current_member(), q)
    if wants_fragment() and "q" in request.args:
        return answer(render_template("chats/sheets/_whom.html", contacts=found, q=q, newcomer=_newcomer(q)))
    return _shown("_whom_form", contacts=found, q=q, newcomer=_newcomer(q))


def _newcomer(q: str) -> str:
    """The way to add whom nobody knows yet, with what was typed."""
    kept = "phone" if phones_in(q, current_member().country) else "name"
    return f"/leads/new?{urlencode({kept: q})}" if q else "/leads/new"


@blueprint.post("/chats/new")
@requires(Permission.WORK)
def create_chat() -> Response:
    """Refused: the form again, with everything that was typed."""
    form = Form(request.form)
    contact_id = form.integer("contact_id", required=True, low=1)
    device_id = form.integer("device_id", required=True, low=1)
    body, client_id = form.text("body", required=True, limit=MAX_BODY), read_client_id(form)
    if contact_id is None:
        raise NotFound("contact")
    codes = dict(form.errors)
    if not codes and device_id is not None:
        try:
            chat_id = start_chat(current_member(), contact_id, device_id, NewMessage(body, client_id))
            return go(url_for("chats.chat_page", chat_id=chat_id))
        except (Invalid, Conflict) as refusal:
            codes = {"body": refusal.code}
    errors = {name: describe(code) for name, code in codes.items()}
    return _letter(contact_id, 422, errors=errors, typed=request.form, client_id=client_id)


def _letter(contact_id: int, status: int = 200, **typed: Any) -> Response:
    contact = find_contact(current_account(), contact_id)
    devices = [device for device in list_devices(current_account()) if device.phone]
    given = {"errors": {}, "typed": {}, "client_id": new_client_id(), **typed}
    return _shown(
        "_letter", status, contact=contact, devices=devices, chosen=_usual(contact.id, devices),
        device_state=state_name, **given,
    )  # fmt: skip


def _usual(contact_id: int, devices: list[DeviceRow]) -> int | None:
    """The number they know us by, else one that is connected."""
    known = [chat.device_id for chat in chats_of_contact(current_member(), contact_id)]
    ids = [device.id for device in devices]
    connected = [device.id for device in devices if device.shown_state == "connected"]
    return next((found for found in (*known, *connected, *ids) if found in ids), None)


def _shown(form: str, status: int = 200, **context: Any) -> Response:
    template = "chats/sheets/_start.html" if wants_fragment() else "chats/start.html"
    return make_response(render_template(template, form=f"chats/sheets/{form}.html", **context), status)
