"""A person typed by hand: known by phone or e-mail, else new; and the same person when many arrive at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, insert, select

from clarin_web.contacts import queries
from clarin_web.contacts.actions import find_or_create_by_whatsapp, find_or_create_person
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.lib.errors import Invalid
from clarin_web.lib.phones import parse_phone
from clarin_web.models import Contact, Device

ROSA = parse_phone("987654321", "PE")
JUAN = parse_phone("+52 55 1234 5678", "MX")


def contacts(account_id: int) -> int:
    with tenant(account_id):
        found = execute(select(func.count()).where(Contact.trashed_at.is_(None))).scalar_one()
    release()
    return int(found)


def at_once(account_id: int, *calls: Callable[[], int]) -> set[int]:
    """Each in a thread and a session of its own, started together; the contacts they answered."""
    ready = Barrier(len(calls))

    def run(call: Callable[[], int]) -> int:
        try:
            with tenant(account_id):
                execute(select(1))
                ready.wait(30)
                return call()
        finally:
            release()

    with ThreadPoolExecutor(len(calls)) as pool:
        return set(pool.map(run, calls))


def test_a_known_phone_or_mail_keeps_its_contact_and_its_name(account_id: int) -> None:
    with tenant(account_id):
        rosa = find_or_create_person(account_id, "Rosa", ROSA, "")
        assert find_or_create_person(account_id, "Rosita", ROSA, "rosa@ejemplo.pe") == rosa
        assert find_or_create_person(account_id, "R.", None, "rosa@ejemplo.pe") == rosa
        assert queries.find_contact(account_id, rosa).name == "Rosa"
        found = find_or_create_by_whatsapp(account_id, "wa_pn", "51987654321")
        assert found is not None
        assert found.contact_id == rosa
    assert contacts(account_id) == 1


def test_a_number_of_the_business_is_nobody(account_id: int) -> None:
    with tenant(account_id):
        with transaction():
            execute(insert(Device).values(account_id=account_id, name="Ventas", phone=ROSA.e164))
        with pytest.raises(Invalid) as refusal:
            find_or_create_person(account_id, "Rosa", ROSA, "")
    release()
    assert refusal.value.fields == {"phone": "own_number"}
    assert contacts(account_id) == 0


def test_typed_by_many_at_once_is_one_person(account_id: int) -> None:
    def by_mail() -> int:
        return find_or_create_person(account_id, "Rosa", None, "rosa@ejemplo.pe")

    def by_phone() -> int:
        return find_or_create_person(account_id, "Juan", JUAN, "")

    assert len(at_once(account_id, *[by_mail] * 6)) == 1
    assert len(at_once(account_id, *[by_phone] * 6)) == 1
    assert contacts(account_id) == 2


def test_typed_while_writing_is_one_person(account_id: int) -> None:
    """WhatsApp spells Mexican mobiles with a 1 that the typed number lacks."""

    def typed() -> int:
        return find_or_create_person(account_id, "Juan", JUAN, "juan@ejemplo.mx")

    def writes() -> int:
        found = find_or_create_by_whatsapp(account_id, "wa_pn", "5215512345678", push_name="Juan")
        assert found is not None
        return found.contact_id

    assert len(at_once(account_id, typed, writes, typed, writes)) == 1
    assert contacts(account_id) == 1
