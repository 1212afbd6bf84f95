"""What is edited here of a mirrored lead stays ours until somebody takes Kommo's value again (rule 11)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from clarin_web.accounts.permissions import Member
from clarin_web.db import transaction
from clarin_web.events import LeadChanged
from clarin_web.kommo.custom_fields import CustomField, fields_of
from clarin_web.kommo.upserts.people import owners_of
from clarin_web.leads.actions import LostBecause, assign_lead, change_lead, move_lead
from clarin_web.leads.actions.writing import living_lead, tell, touch
from clarin_web.lib.errors import NotFound
from clarin_web.models import Lead

RETURNABLE = ("title", "value", "stage_id", "owner_id")


def field_of(lead: Lead, field_id: int) -> CustomField:
    """The lead's custom field, or NotFound."""
    found = next((field for field in fields_of(lead) if field.id == field_id), None)
    if found is None:
        raise NotFound("field")
    return found


def change_field(
    member: Member, lead_id: int, field_id: int, values: list[Any], said: Mapping[str, str]
) -> Lead:
    """Make a custom field ours; with Kommo's own value it is Kommo's again. `said`: before and after as people read."""
    with transaction():
        lead = living_lead(member, lead_id)
        field = field_of(lead, field_id)
        if values == field.values and not (field.is_own and values == field.said):
            return lead
        key = str(field.id)
        own = {name: value for name, value in lead.own.items() if name != key}
        lead.own = own if values == field.said else {**own, key: values}
        lead.custom = _without_empty({**lead.custom, key: values}, lead.own)
        touch(lead)
        tell(LeadChanged, member, lead, changes={field.name: [said["before"], said["after"]]})
        return lead


def take_back(member: Member, lead_id: int, field: str) -> Lead:
    """A fixed field follows Kommo again, from what Kommo said last. NotFound when it said nothing of it."""
    with transaction():
        lead = living_lead(member, lead_id)
        if lead.kommo_id is None or field not in RETURNABLE or field not in lead.overrides:
            raise NotFound("field")
        said: dict[str, Any] = dict(lead.kommo)
        if field in ("title", "value"):
            change_lead(member, lead_id, {field: Decimal(said[field]) if field == "value" else said[field]})
        elif field == "stage_id":
            because = LostBecause(words=str(said.get("reason") or "Kommo"))
            move_lead(member, lead_id, said["stage_id"], because=because)
        else:
            assign_lead(member, lead_id, owners_of(lead.account_id).get(said.get("owner") or 0))
        lead.overrides = [name for name in lead.overrides if name != field]
        touch(lead)
        return lead


def _without_empty(custom: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """As a mirrored row has it: an empty field is not there, unless it was emptied here."""
    return {name: values for name, values in custom.items() if values or name in own}
