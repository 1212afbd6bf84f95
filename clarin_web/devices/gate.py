"""The last gate before the wire: who must not be contacted, by every name we know them under."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from clarin_web.db import execute, session
from clarin_web.devices.gateway import Address, Kind
from clarin_web.models import ContactIdentity, DoNotContact


def is_forbidden(account_id: int, contact_id: int, address: Address) -> bool:
    """An error here fails closed: nothing is sent."""
    known = select(ContactIdentity.kind, ContactIdentity.value).where(
        ContactIdentity.account_id == account_id,
        ContactIdentity.contact_id == contact_id,
        ContactIdentity.kind.in_(("phone", "wa_pn", "wa_lid")),
    )
    names = {(kind, value) for kind, value in execute(known)}
    names.add(("wa_lid" if address.kind is Kind.LID else "wa_pn", address.value))
    digits = {value.lstrip("+") for kind, value in names if kind != "wa_lid"}
    lids = {value for kind, value in names if kind == "wa_lid"}
    blocked = DoNotContact.kind.in_(("phone", "wa_pn")) & func.ltrim(DoNotContact.value, "+").in_(digits)
    by_lid = (DoNotContact.kind == "wa_lid") & DoNotContact.value.in_(lids)
    query = select(DoNotContact.id).where(DoNotContact.account_id == account_id, or_(blocked, by_lid))
    return session().execute(query.limit(1)).first() is not None
