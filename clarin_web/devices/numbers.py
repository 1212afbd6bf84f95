"""Whether a number is on WhatsApp, asked before anybody writes to it for the first time, and remembered for a while.

Writing to numbers that do not exist is what a bulk sender looks like. Called in the device's own process.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from clarin_web.db import execute, transaction
from clarin_web.devices.gateway import Address, Gateway, Kind, UncertainError
from clarin_web.models import NumberCheck

# Somebody may join WhatsApp tomorrow; who is there seldom leaves.
REMEMBERED = {True: timedelta(days=30), False: timedelta(days=1)}


def is_there(account_id: int, gateway: Gateway, address: Address) -> bool:
    """False only when WhatsApp said so. Raises TransientError while there is no connection; in doubt, True."""
    if address.kind is not Kind.USER or not gateway.capabilities.checks_numbers:
        return True
    known = _remembered(account_id, address.value)
    if known is not None:
        return known
    try:
        found = gateway.on_whatsapp(address.value)
    except UncertainError:
        return True
    _remember(account_id, address.value, found)
    return found


def found_absent(account_id: int, key: str) -> datetime | None:
    """When WhatsApp said lately that this number is not there; None when it did not."""
    mine = NumberCheck.account_id == account_id, NumberCheck.phone == key, NumberCheck.is_there.is_(False)
    lately = NumberCheck.checked_at > func.now() - REMEMBERED[False]
    return execute(select(NumberCheck.checked_at).where(*mine, lately)).scalar_one_or_none()


def ask_anew(account_id: int, key: str) -> None:
    """A person tries again, so perhaps they know better: a remembered "not there" is not the answer twice."""
    absent = NumberCheck.phone == key, NumberCheck.is_there.is_(False)
    execute(delete(NumberCheck).where(NumberCheck.account_id == account_id, *absent))


def _remembered(account_id: int, phone: str) -> bool | None:
    mine = NumberCheck.account_id == account_id, NumberCheck.phone == phone
    age = func.now() - NumberCheck.checked_at
    row = execute(select(NumberCheck.is_there, age.label("age")).where(*mine)).one_or_none()
    return row.is_there if row and row.age < REMEMBERED[row.is_there] else None


def _remember(account_id: int, phone: str, found: bool) -> None:
    values = {"account_id": account_id, "phone": phone, "is_there": found, "checked_at": func.now()}
    again = {"is_there": found, "checked_at": func.now()}
    with transaction():
        execute(
            insert(NumberCheck)
            .values(values)
            .on_conflict_do_update(index_elements=["account_id", "phone"], set_=again)
        )
