"""One lead: its page, its drawer, its record region (which refreshes itself), and older history."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from clarin_web.accounts.access import current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.contacts.companies import company_of
from clarin_web.contacts.departures import deleted_at
from clarin_web.leads.queries import Directory, find_lead, timeline_of
from clarin_web.leads.queries.people import other_contacts
from clarin_web.leads.queries.single import TIMELINE, kommo_owner, merged_into, origin_of, reason_of
from clarin_web.leads.texts import FIELD_NAMES
from clarin_web.leads.views import blueprint
from clarin_web.leads.views.shared import directory_of
from clarin_web.models import Contact, Lead
from clarin_web.web.htmx import wants_fragment
from clarin_web.web.i18n import gettext as _
from clarin_web.web.paging import decode_cursor, encode_cursor


@blueprint.get("/leads/<int:lead_id>")
@requires(Permission.READ)
def lead_page(lead_id: int) -> str:
    """The page; for htmx the record alone, or with `peek` the drawer around it."""
    context = record_context(lead_id)
    if not wants_fragment():
        return render_template("leads/lead.html", **context)
    return render_template(
        "leads/lead/_drawer.html" if "peek" in request.args else "leads/lead/_record.html", **context
    )


@blueprint.get("/leads/<int:lead_id>/timeline")
@requires(Permission.READ)
def lead_timeline(lead_id: int) -> str:
    """Older history, from a cursor."""
    who = current_user()
    lead, _contact = find_lead(who.member, lead_id)
    before = decode_cursor(request.args.get("before", ""), ("time", "int"))
    context = {
        "lead": lead,
        "directory": directory_of(who.account_id),
        **_history(lead_id, (before[0], before[1])),
    }
    page = "leads/lead/_timeline.html" if wants_fragment() else "leads/history.html"
    return render_template(page, **context)


def record_context(lead_id: int, *, editing: str = "", **extra: Any) -> dict[str, Any]:
    """Everything the record shows. `editing` names the field that is open for typing."""
    who = current_user()
    lead, contact = find_lead(who.member, lead_id)
    directory, may_work = directory_of(who.account_id), who.member.may(Permission.WORK)
    return {
        "editing": editing or request.args.get("edit", ""),
        "may_work": may_work and lead.trashed_at is None,
        "may_restore": may_work,
        "errors": {},
        **lead_context(lead, contact, directory),
        **_history(lead_id, None),
        **extra,
    }


def lead_context(lead: Lead, contact: Contact | None, directory: Directory) -> dict[str, Any]:
    """What the partials of one lead need."""
    who = current_user()
    return {
        "lead": lead,
        "contact": contact,
        "directory": directory,
        "stage": directory.stage(lead.stage_id),
        "pipeline": directory.pipeline(lead.pipeline_id),
        "lost_reason": reason_of(lead),
        "origin": origin_of(lead),
        "merged_into": merged_into(who.member, lead),
        "deleted_at": deleted_at(lead),
        "owners": owner_choices(directory, lead.owner_id, kommo_owner(lead)),
        "responsible": directory.owner_name(lead.owner_id) or kommos_name(directory, lead),
        "others": other_contacts(lead),
        "company": company_of(lead.account_id, lead.kommo, lead.contact_id),
        "tags": directory.tags_named(lead.tag_ids),
        "user_id": who.user_id,
    }


def kommos_name(directory: Directory, lead: Lead) -> str:
    """Who is responsible in Kommo, of a lead that none of our members has."""
    stranger = kommo_owner(lead)
    return directory.kommo_name(int(stranger)) if stranger else ""


def owner_choices(
    directory: Directory, owner_id: int | None, stranger: str | None = None
) -> list[tuple[object, str]]:
    """Whom this person may choose: everybody with the right to assign, else nobody, themselves, and who it is now.

    `stranger` is responsible in Kommo and no member here: the choice of nobody says so.
    """
    who = current_user()
    allowed = directory.assignable_users if who.member.may(Permission.ASSIGN) else [who.user_id]
    people = sorted(
        {*allowed, *([owner_id] if owner_id else [])}, key=lambda user_id: directory.owner_name(user_id)
    )
    nobody = _("Nobody here · %(who)s", who=directory.kommo_name(int(stranger))) if stranger else _("Nobody")
    return [("", nobody), *((user_id, directory.owner_name(user_id)) for user_id in people)]


def _history(lead_id: int, before: tuple[Any, int] | None) -> dict[str, Any]:
    rows = timeline_of(current_user().member, lead_id, before)
    shown = rows[:TIMELINE]
    older = encode_cursor(shown[-1].at, shown[-1].id) if len(rows) > TIMELINE else ""
    return {
        "facts": shown,
        "older": older,
        "field_names": {key: _(name) for key, name in FIELD_NAMES.items()},
    }
