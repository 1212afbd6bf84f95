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


def place_of(account_id: int, gateway: Gateway, address: Address) -> Address | None:
    """Where WhatsApp says the number is, which may have other digits or be a private id; None only when it said that it
    is not there. Raises TransientError while there is no connection; in doubt, the address as it is.
    """
    if address.kind is not Kind.USER or not gateway.capabilities.checks_numbers:
        return address
    if (place := known_place(account_id, address)) is not None:
        return place
    if found_absent(account_id, address.value):
        return None
    try:
        found = gateway.on_whatsapp(address.value)
    except UncertainError:
        return address
    _remember(account_id, address.value, found)
    return found


def known_place(account_id: int, address: Address) -> Address | None:
    """Where WhatsApp lately said this number is; None when it did not, or nobody kept where."""
    mine = NumberCheck.account_id == account_id, NumberCheck.phone == address.value, NumberCheck.is_there
    lately = NumberCheck.checked_at > func.now() - REMEMBERED[True]
    key = execute(select(NumberCheck.key).where(*mine, lately)).scalar_one_or_none()
    return Address.from_key(key) if key else None


def found_absent(account_id: int, key: str) -> datetime | None:
    """When WhatsApp said lately that this number is not there; None when it did not."""
    mine = NumberCheck.account_id == account_id, NumberCheck.phone == key, NumberCheck.is_there.is_(False)
    lately = NumberCheck.checked_at > func.now() - REMEMBERED[False]
    return execute(select(NumberCheck.checked_at).where(*mine, lately)).scalar_one_or_none()


def ask_anew(account_id: int, key: str) -> None:
    """A person tries again, so perhaps they know better: a remembered "not there" is not the answer twice."""
    absent = NumberCheck.phone == key, NumberCheck.is_there.is_(False)
    execute(delete(NumberCheck).where(NumberCheck.account_id == account_id, *absent))


def _remember(account_id: int, phone: str, found: Address | None) -> None:
    told = {"is_there": found is not None, "key": found.key if found else "", "checked_at": func.now()}
    with transaction():
        execute(
            insert(NumberCheck)
            .values(account_id=account_id, phone=phone, **told)
            .on_conflict_do_update(index_elements=["account_id", "phone"], set_=told)
        )
