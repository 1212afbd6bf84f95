"""The last gate before the wire: who must not be contacted, by every name we know them under."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, case, exists, func, or_, select, tuple_

from clarin_web.db import session
from clarin_web.devices.gateway import Address, Kind
from clarin_web.models import ContactIdentity, DoNotContact

_NUMBERS = ("phone", "wa_pn")


def is_forbidden(account_id: int, contact_id: int, address: Address) -> bool:
    """An error here fails closed: nothing is sent."""
    kind = "wa_lid" if address.kind is Kind.LID else "number"
    asked = {"account": account_id, "contact": contact_id, "kind": kind, "value": address.value.lstrip("+")}
    return bool(session().execute(_IS_FORBIDDEN, asked).scalar_one())


def _name(row: Any) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """A phone and WhatsApp's number of a person are one, with or without the plus."""
    return case((row.kind.in_(_NUMBERS), "number"), else_=row.kind), func.ltrim(row.value, "+")


def _is_forbidden():  # type: ignore[no-untyped-def]
    account, contact = bindparam("account", type_=BigInteger), bindparam("contact", type_=BigInteger)
    known = select(*_name(ContactIdentity)).where(
        ContactIdentity.account_id == account,
        ContactIdentity.contact_id == contact,
        ContactIdentity.kind.in_((*_NUMBERS, "wa_lid")),
    )
    kind, value = _name(DoNotContact)
    is_address = and_(kind == bindparam("kind"), value == bindparam("value"))
    listed = or_(tuple_(kind, value).in_(known), is_address)
    return select(exists().where(DoNotContact.account_id == account, listed))


_IS_FORBIDDEN = _is_forbidden()  # built once: it runs before every message
