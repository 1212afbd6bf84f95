"""A new lead: a page, a dialog, or one click in a chat's side panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request, url_for

from clarin_web.accounts.access import current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.contacts.actions import create_sharing, find_or_create_person, known_person
from clarin_web.db import transaction
from clarin_web.leads.actions import create_lead
from clarin_web.leads.forms import NewPerson, read_new_lead
from clarin_web.leads.queries.contacts import find_person
from clarin_web.leads.views import blueprint
from clarin_web.leads.views.answers import done
from clarin_web.leads.views.lead import owner_choices
from clarin_web.leads.views.shared import directory_of
from clarin_web.lib.errors import Conflict, Forbidden, Invalid
from clarin_web.lib.text import name_key
from clarin_web.lib.values import optional_id, record_id
from clarin_web.models import Lead
from clarin_web.web.errors import describe, explain
from clarin_web.web.htmx import go, wants_fragment


@blueprint.get("/leads/new")
@requires(Permission.WORK)
def new_lead() -> str:
    """What the address gives is filled in; what was typed for another intent stays there (keep_words.js)."""
    contact_id = request.args.get("contact_id", type=record_id)
    given: dict[str, object] = {
        "contact_id": contact_id or "",
        "stage_id": request.args.get("stage_id", ""),
        "name": request.args.get("name", "")[:200],
        "phone": request.args.get("phone", "")[:100],
    }
    intent = urlencode({name: value for name, value in given.items() if value})
    return _form({**given, "intent": intent, "from": request.args.get("from", "")}, {})


@blueprint.post("/leads")
@requires(Permission.WORK)
def create() -> Response:
    """422 keeps what was typed; 409 warns of a lead with this title or says whose the phone is, and offers to go on."""
    try:
        lead = _create()
    except Invalid as refusal:
        return make_response(_form(request.form, _words(refusal.fields), explain(refusal)), 422)
    except Forbidden as refusal:
        return make_response(_form(request.form, {"owner_id": explain(refusal)}, explain(refusal)), 403)
    except Conflict as warning:
        known, twin = warning.details.get("contact_id"), warning.details.get("lead_id")
        return make_response(_form(request.form, {}, twin_id=twin, known_id=known), 409)
    if wants_fragment() and request.form.get("from") == "chat":
        return done(lead.id, close=True)  # it appears in the panel beside
    return go(url_for("leads.lead_page", lead_id=lead.id))


def _create() -> Lead:
    """The person and the lead, or neither."""
    who = current_user()
    new, person = read_new_lead(request.form, who.country)
    with transaction():
        if new.contact_id is None and person.is_somebody:
            new = replace(new, contact_id=_contact(who.account_id, person))
        return create_lead(who.member, new)


def _contact(account_id: int, person: NewPerson) -> int:
    """Conflict("known_person") when somebody of another name is reached by it, until it is said who is meant."""
    who, meant = (account_id, person.name, person.phone, person.email), request.form.get("known", "")
    known = known_person(account_id, person.phone, person.email)
    if known is None or meant == str(known) or _is_called(account_id, known, person.name):
        return find_or_create_person(*who)
    if meant != "other":
        raise Conflict("known_person", contact_id=known)
    return create_sharing(*who)


def _is_called(account_id: int, contact_id: int, name: str) -> bool:
    return not name or name_key(find_person(account_id, contact_id).name) == name_key(name)


def _form(
    data: Mapping[str, object],
    errors: dict[str, str],
    refusal: str = "",
    twin_id: object = None,
    known_id: Any = None,
) -> str:
    who = current_user()
    directory = directory_of(who.account_id)
    contact_id = optional_id(str(data.get("contact_id") or ""))
    person = find_person(who.account_id, contact_id) if contact_id is not None else None
    template = "leads/new/_dialog.html" if wants_fragment() else "leads/new.html"
    return render_template(
        template,
        data=data,
        errors=errors,
        refusal=refusal if not errors else "",
        twin_id=twin_id,
        known=find_person(who.account_id, known_id) if known_id else None,
        person=person,
        directory=directory,
        owners=owner_choices(directory, None),
    )


def _words(fields: dict[str, str]) -> dict[str, str]:
    return {name: describe(code) for name, code in fields.items()}
