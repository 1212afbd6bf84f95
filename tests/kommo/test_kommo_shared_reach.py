"""A phone or e-mail that several contacts show: on the page of each, found by each; one is recognised by it."""

import pytest
from sqlalchemy import insert, select

from clarin_web.accounts.permissions import Member
from clarin_web.contacts.actions import find_or_create_by_whatsapp
from clarin_web.contacts.queries import contacts_by_identity, reaches_of
from clarin_web.db import execute, transaction
from clarin_web.leads.filters import LeadFilter
from clarin_web.leads.queries import page_of_leads
from clarin_web.models import Contact, ContactIdentity
from tests.support.kommo_visits import the

PHONE, MAIL = "+51987654321", "casa@paz.pe"


@pytest.fixture
def pair(world, pipeline):
    """Luis and Rosa show one phone and one e-mail; Rosa's lead is the newer. Their Kommo ids."""
    luis = world.add_contact("Luis Paz", ["987 654 321"], [MAIL])
    rosa = world.add_contact("Rosa Paz", ["+51987654321"], [MAIL])
    world.add_lead("De Luis", pipeline, contact_ids=[luis], created_at=1_700_000_000)
    world.add_lead("De Rosa", pipeline, contact_ids=[rosa], created_at=1_750_000_000)
    return luis, rosa


def holder(mirror, key=("phone", PHONE)):
    return contacts_by_identity(mirror.account_id, [key]).get(key)


def found_by(mirror, words):
    page = page_of_leads(LeadFilter(q=words, sort="name"), Member(mirror.account_id, 1, "owner"), "UTC")
    return [row.title for row in page.rows]


def contact(kommo_id):
    return the(Contact, kommo_id=kommo_id)


@pytest.mark.parametrize("words", ["987 654 321", "casa@paz"])
def test_both_show_it_and_the_leads_of_both_are_found(mirror, pair, words):
    mirror.visit()
    assert [contact(id_).reached for id_ in pair] == [[PHONE, MAIL]] * 2
    assert found_by(mirror, words) == ["De Luis", "De Rosa"]
    theirs = [{way.value: way.others for way in reaches_of(contact(id_))} for id_ in pair]
    assert theirs[0][PHONE] == ((contact(pair[1]).id, "Rosa Paz"),)
    assert theirs[1][PHONE] == ((contact(pair[0]).id, "Luis Paz"),)
    assert sum(way.is_theirs for id_ in pair for way in reaches_of(contact(id_)) if way.value == PHONE) == 1


def test_who_writes_first_from_it_is_whose_lead_is_newest_and_stays(mirror, world, pair, pipeline):
    mirror.visit()
    heard = find_or_create_by_whatsapp(mirror.account_id, "wa_pn", PHONE[1:])
    assert heard.contact_id == contact(pair[1]).id == holder(mirror)
    world.add_lead("Otro de Luis", pipeline, contact_ids=[pair[0]])
    world.touch("contacts", pair[0])
    mirror.visit()
    assert holder(mirror) == contact(pair[1]).id, "who has written from it keeps it"


@pytest.mark.parametrize("way", ["removed", "deleted"])
def test_a_released_one_is_taken_over(mirror, world, pair, way):
    mirror.visit()
    find = {contact(id_).id: id_ for id_ in pair}
    first = find[holder(mirror)]
    [other] = set(pair) - {first}
    if way == "removed":
        world.change("contacts", first, phones=[], emails=[])
    else:
        world.delete("contacts", first)
    mirror.visit()
    assert holder(mirror) == contact(other).id
    assert holder(mirror, ("email", MAIL)) == contact(other).id


def test_one_typed_here_is_not_taken_away(mirror, world):
    with transaction() as session:
        typed = Contact(account_id=mirror.account_id, name="Tía", kommo_id=9, phone=PHONE)
        session.add(typed)
        session.flush()
        mine = {"account_id": mirror.account_id, "contact_id": typed.id, "kind": "phone", "value": PHONE}
        execute(insert(ContactIdentity), [{**mine, "source": "typed"}])
    world.add_contact("Luis Paz", ["987 654 321"])
    mirror.visit()
    assert holder(mirror) == typed.id
    assert execute(select(Contact.reached).where(Contact.name == "Luis Paz")).scalars().all() == [[PHONE]]
