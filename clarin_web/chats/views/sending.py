"""What is sent besides words and files: a place, a contact's card, a poll. Each asked for in a sheet of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, render_template, request

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.actions import NewMessage, write_message
from clarin_web.chats.forms import new_client_id
from clarin_web.chats.queries import contacts_to_share, find_chat
from clarin_web.chats.sending_forms import card_of, read_client_id, read_location, read_poll
from clarin_web.chats.views import blueprint
from clarin_web.chats.views.sheets import done, sheet
from clarin_web.contacts.queries import find_contact
from clarin_web.lib.errors import Invalid, NotFound
from clarin_web.web.errors import describe
from clarin_web.web.forms import Form
from clarin_web.web.htmx import answer, wants_fragment
from clarin_web.web.i18n import gettext as _

Reader = Callable[[Mapping[str, str]], tuple[NewMessage, dict[str, str]]]


@blueprint.get("/chats/<int:chat_id>/location")
@requires(Permission.WORK)
def location_form(chat_id: int) -> Response:
    return sheet(_("Send a location"), "_location", chat_id, client_id=new_client_id())


@blueprint.post("/chats/<int:chat_id>/location")
@requires(Permission.WORK)
def send_location(chat_id: int) -> Response:
    """From coordinates, a map's link, or where the browser says it is."""
    return _send(chat_id, read_location, _("Send a location"), "_location")


@blueprint.get("/chats/<int:chat_id>/poll")
@requires(Permission.WORK)
def poll_form(chat_id: int) -> Response:
    return sheet(_("Send a poll"), "_poll", chat_id, client_id=new_client_id())


@blueprint.post("/chats/<int:chat_id>/poll")
@requires(Permission.WORK)
def send_poll(chat_id: int) -> Response:
    """One answer or several, as the asker likes."""
    return _send(chat_id, read_poll, _("Send a poll"), "_poll")


@blueprint.get("/chats/<int:chat_id>/contact-card")
@requires(Permission.WORK)
def contact_card_form(chat_id: int) -> Response:
    """Whose: the people one writes with, or those a search finds."""
    form = Form(request.args)
    q = form.text("q", limit=200)
    form.check()
    chat, contacts = find_chat(current_member(), chat_id), contacts_to_share(current_member(), q)
    given: dict[str, Any] = {"contacts": contacts, "q": q, "client_id": new_client_id()}
    if wants_fragment() and "q" in request.args:
        return answer(render_template("chats/sheets/_people.html", chat=chat, **given))
    return sheet(_("Send a contact"), "_contact_card", chat_id, **given)


@blueprint.post("/chats/<int:chat_id>/contact-card")
@requires(Permission.WORK)
def send_contact_card(chat_id: int) -> Response:
    """The card says what everybody in the account may see of the contact: name, company, phone."""
    find_chat(current_member(), chat_id)
    form = Form(request.form)
    contact_id, client_id = form.integer("contact_id", required=True), read_client_id(form)
    form.check()
    if contact_id is None:
        raise NotFound("contact")
    contact = find_contact(current_account(), contact_id)
    if not contact.phone:
        raise Invalid("no_phone")
    message_id = write_message(current_member(), chat_id, card_of(contact, client_id))
    return done(chat_id, message_id, is_new=True)


def _send(chat_id: int, read: Reader, title: str, form: str) -> Response:
    new, errors = read(request.form)
    codes: dict[str, Any] = dict(errors)
    if not codes:
        try:
            return done(chat_id, write_message(current_member(), chat_id, new), is_new=True)
        except Invalid as refusal:
            codes = {"client_id": refusal.code}
    said = {name: describe(code) for name, code in codes.items()}
    return sheet(
        title, form, chat_id, status=422, data=request.form, errors=said, client_id=new.client_id
    )  # fmt: skip
