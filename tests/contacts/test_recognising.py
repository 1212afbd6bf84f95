"""Who wrote: found, created, or two found to be one; and the way back (domain rules 3, 9 and 10)."""

import pytest
from sqlalchemy import func, insert, select, update

from clarin_web.contacts import actions, queries
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.lib.errors import Conflict
from clarin_web.models import (
    Contact,
    ContactIdentity,
    ContactMerge,
    Device,
    DoNotContact,
    FactRow,
    Tag,
    Tagging,
)


@pytest.fixture
def account(app, account_id):
    with app.app_context(), tenant(account_id):
        yield account_id
    release()


def recognise(account, kind, value, **more):
    return actions.find_or_create_by_whatsapp(account, kind, value, **more)


def living():
    return execute(select(Contact).where(Contact.trashed_at.is_(None)).order_by(Contact.id)).scalars().all()


def test_a_phone_is_one_person_however_often_it_writes(account):
    first = recognise(account, "wa_pn", "51987654321", push_name="Rosa")
    again = recognise(account, "wa_pn", "51987654321", push_name="Rosita")
    assert (first.is_new, again.is_new, first.contact_id == again.contact_id) == (True, False, True)
    assert again.name == "Rosita"


def test_who_writes_is_back_from_the_trash(account):
    gone = recognise(account, "wa_pn", "51987654321", push_name="Rosa").contact_id
    execute(update(Contact).values(trashed_at=func.now()))
    assert recognise(account, "wa_pn", "51987654321", push_name="Rosa").contact_id == gone
    assert [(one.id, one.name) for one in living()] == [(gone, "Rosa")]


def test_whatsapp_and_kommo_meet_in_the_phone(account):
    with transaction() as session:
        contact = Contact(
            account_id=account, name="Rosa Quispe", names={"kommo": "Rosa Quispe"}, phone="+51987654321"
        )
        session.add(contact)
        session.flush()
        execute(
            insert(ContactIdentity).values(
                account_id=account, contact_id=contact.id, kind="phone", value="+51987654321", source="kommo"
            )
        )
    found = recognise(account, "wa_pn", "51987654321", push_name="rositaaa ✨")
    assert (found.contact_id, found.name) == (contact.id, "Rosa Quispe")
    assert queries.find_by_identity(account, "wa_pn", "51987654321") == contact.id


@pytest.mark.parametrize(
    ("one", "other"),
    [("5511987654321", "551187654321"), ("5491123456789", "541123456789"), ("5215512345678", "525512345678")],
)
def test_two_spellings_of_a_mobile_are_one_person(account, one, other):
    assert recognise(account, "wa_pn", one).contact_id == recognise(account, "wa_pn", other).contact_id


def test_a_private_id_is_visible_and_provisional(account):
    found = recognise(account, "wa_lid", "99887766554433")
    contact = queries.find_contact(account, found.contact_id)
    assert (contact.is_provisional, contact.name, contact.phone) == (True, "WhatsApp …4433", None)


def test_own_numbers_are_nobody(account):
    with transaction():
        execute(insert(Device).values(account_id=account, name="Ventas", phone="+51911222333"))
    assert recognise(account, "wa_pn", "51911222333") is None
    assert living() == []


def test_a_merge_is_in_the_ledger_and_can_be_undone(account):
    lid = recognise(account, "wa_lid", "998877", push_name="R").contact_id
    phone = recognise(account, "wa_pn", "51987654321", push_name="Rosa").contact_id
    with transaction():
        tags = [
            execute(insert(Tag).values(account_id=account, name=n, name_key=n).returning(Tag.id)).scalar_one()
            for n in ("a", "b")
        ]
        execute(insert(Tagging), [{"account_id": account, "tag_id": tag, "contact_id": lid} for tag in tags])
        execute(insert(Tagging), [{"account_id": account, "tag_id": tags[0], "contact_id": phone}])
    both = recognise(account, "wa_pn", "51987654321", other=("wa_lid", "998877"))
    assert (both.contact_id, both.merged) == (phone, lid)
    assert [contact.id for contact in living()] == [phone]
    assert queries.find_by_identity(account, "wa_lid", "998877") == phone
    assert execute(select(func.count()).where(FactRow.kind == "ContactsMerged")).scalar_one() == 1
    assert queries.find_contact(account, lid).id == phone

    entry = execute(select(ContactMerge.id)).scalar_one()
    actions.undo_merge(account, entry)
    assert [contact.id for contact in living()] == [lid, phone]
    assert queries.find_by_identity(account, "wa_lid", "998877") == lid
    assert execute(select(func.count()).where(Tagging.contact_id == lid)).scalar_one() == 2
    with pytest.raises(Conflict):
        actions.undo_merge(account, entry)


def test_what_staff_typed_wins(account):
    found = recognise(account, "wa_pn", "51987654321", push_name="rosita")
    actions.rename_contact(account, found.contact_id, "Doña Rosa", by=1)
    assert recognise(account, "wa_pn", "51987654321", push_name="otra").name == "Doña Rosa"
    actions.rename_contact(account, found.contact_id, "", by=1)
    assert queries.find_contact(account, found.contact_id).name == "otra"


@pytest.mark.parametrize(
    ("kind", "value"), [("phone", "+51987654321"), ("wa_pn", "51987654321"), ("wa_lid", "998877")]
)
def test_do_not_contact_by_any_identity(account, kind, value):
    found = recognise(account, "wa_pn", "51987654321", other=("wa_lid", "998877"))
    assert queries.may_be_contacted(account, found.contact_id, "51987654321")
    with transaction():
        execute(insert(DoNotContact).values(account_id=account, kind=kind, value=value))
    assert not queries.may_be_contacted(account, found.contact_id, "51987654321")
    assert not queries.may_be_contacted(account, found.contact_id, "998877@lid")
