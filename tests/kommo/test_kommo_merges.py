"""Two that became one in Kommo: what was absorbed becomes part of who survives, or is marked gone when that is not sure."""

import pytest
from sqlalchemy import func, insert, select

from clarin_web.contacts.actions import undo_merge
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Contact, ContactIdentity, ContactMerge, FactRow, KommoRecord, Lead, Tag, Tagging
from tests.support.kommo_visits import the


def merges():
    return execute(select(ContactMerge.winner_id, ContactMerge.loser_id, ContactMerge.reason)).all()


def typed_tag(account_id, contact_id):
    with transaction():
        made = insert(Tag).values(account_id=account_id, name="nuestra", name_key="nuestra").returning(Tag.id)
        about = {"account_id": account_id, "contact_id": contact_id, "tag_id": execute(made).scalar_one()}
        execute(insert(Tagging).values(source="typed", **about))


@pytest.fixture
def twins(mirror, world, pipeline):
    """One person entered twice, with the same phone, and a deal of each."""
    first = world.add_contact("Luis Paz", ["+51 987 654 321"], tags=["vip"])
    second = world.add_contact("Luis P.", ["987654321", "+51 987 654 322"], ["luis@demo.test"], tags=["web"])
    for contact in (first, second):
        world.add_lead(f"Curso de {contact}", pipeline, contact_ids=[contact])
    mirror.visit()
    return first, second


def test_the_absorbed_contact_becomes_part_of_the_survivor(mirror, world, twins):
    first, second = twins
    winner, loser = the(Contact, kommo_id=first), the(Contact, kommo_id=second)
    typed_tag(mirror.account_id, loser.id)
    world.merge("contacts", first, second)
    mirror.visit()
    assert merges() == [(winner.id, loser.id, "kommo")]
    absorbed = the(Contact, kommo_id=second)
    assert None not in (absorbed.gone_in_kommo_at, absorbed.trashed_at)
    assert absorbed.kommo["merged_into"] == first
    assert set(execute(select(Lead.contact_id)).scalars()) == {winner.id}
    reached = select(ContactIdentity.value).where(
        ContactIdentity.contact_id == winner.id, ContactIdentity.kind.in_(("phone", "email"))
    )
    assert set(execute(reached).scalars()) == {"+51987654321", "+51987654322", "luis@demo.test"}
    worn = select(Tag.name).join(Tagging, Tagging.tag_id == Tag.id).where(Tagging.contact_id == winner.id)
    assert set(execute(worn).scalars()) == {"vip", "web", "nuestra"}
    told = execute(select(FactRow.data).where(FactRow.kind == "ContactsMerged")).scalars().all()
    assert [fact["reason"] for fact in told] == ["kommo"]
    mirror.visit()
    assert len(merges()) == 1


def test_a_merge_made_in_kommo_can_be_undone_here(mirror, world, twins):
    world.merge("contacts", *twins)
    mirror.visit()
    undo_merge(mirror.account_id, execute(select(ContactMerge.id)).scalar_one())
    assert the(Contact, kommo_id=twins[1]).trashed_at is None


def test_who_turns_up_in_kommo_again_is_somebody_again(mirror, world, twins):
    first, second = twins
    world.merge("contacts", first, second)
    mirror.visit()
    world.change("contacts", second, is_deleted=False, merged_into=None)
    lead = world.rows["leads"].pointing("contacts", first)[-1]
    world.unlink(lead, first)
    world.link(lead, second)
    mirror.visit()
    back = the(Contact, kommo_id=second)
    assert (back.trashed_at, back.gone_in_kommo_at, back.kommo.get("merged_into")) == (None, None, None)
    assert the(Lead, kommo_id=lead).contact_id == back.id
    assert the(Contact, kommo_id=first).names == {"kommo": "Luis Paz"}


def test_who_shares_nothing_is_only_marked(mirror, world):
    first, second = world.add_contact("Rosa", ["+51 987 654 321"]), world.add_contact("Rosa", [])
    mirror.visit()
    world.merge("contacts", first, second)
    mirror.visit()
    assert the(Contact, kommo_id=second).gone_in_kommo_at is not None
    assert (the(Contact, kommo_id=second).trashed_at, merges()) == (None, [])


def test_of_two_that_vanished_nobody_knows_which(mirror, world):
    phone = "+51 987 654 321"
    first, second, third = (world.add_contact(name, [phone]) for name in ("Uno", "Dos", "Tres"))
    mirror.visit()
    world.merge("contacts", first, second)
    world.merge("contacts", first, third)
    mirror.visit()
    assert all(the(Contact, kommo_id=id_).gone_in_kommo_at for id_ in (second, third))
    assert merges() == []


def test_who_was_deleted_was_not_absorbed(mirror, world):
    phone = "+51 987 654 321"
    first, second, other = (world.add_contact(name, [phone]) for name in ("Uno", "Dos", "Otro"))
    world.change("contacts", other, phones=[])
    mirror.visit()
    world.move_clock(60)
    world.delete("contacts", second)
    world.move_clock(60)
    world.merge("contacts", first, other)
    mirror.visit()
    assert the(Contact, kommo_id=second).gone_in_kommo_at is not None
    assert merges() == []


def test_a_deletion_told_with_the_merge_is_the_merges_own(mirror, world, twins):
    world.merge_tells_absorbed = True
    world.merge("contacts", *twins)
    mirror.visit()
    assert len(merges()) == 1


def test_a_lost_right_to_read_contacts_is_no_absence(mirror, world, twins):
    world.merge("contacts", *twins)
    mirror.server.faults.add("status", r"/contacts[/?].*", times=20, status=403)
    mirror.visit()
    gone = select(func.count()).where(Contact.gone_in_kommo_at.is_not(None))
    assert execute(gone).scalar_one() == 0


def test_a_merged_company_is_noticed_without_the_sweep(mirror, world):
    first, second, other = (world.add_company(name) for name in ("Andina", "Andina SAC", "Norte"))
    same = world.add_company("Andina")
    mirror.visit()
    world.merge("companies", first, second)
    mirror.visit()
    record = lambda id_: the(KommoRecord, kind="companies", key=str(id_))  # noqa: E731
    assert (record(second).gone_at is not None, record(other).gone_at) == (True, None)
    assert "merged_into" not in record(second).data
    world.move_clock(60)
    world.merge("companies", first, same)
    mirror.visit()
    assert (record(same).gone_at is not None, record(same).data["merged_into"]) == (True, first)


def test_a_merged_lead_says_where_it_lives_on(mirror, world, pipeline):
    contact = world.add_contact("Luis Paz", ["+51 987 654 321"])
    first, second = (world.add_lead(title, pipeline, contact_ids=[contact]) for title in ("Uno", "Dos"))
    mirror.visit()
    world.merge("leads", first, second)
    mirror.visit()
    absorbed = the(Lead, kommo_id=second)
    assert (absorbed.gone_in_kommo_at is not None, absorbed.kommo["merged_into"]) == (True, first)


def test_the_page_of_a_merged_lead_leads_to_the_survivor(hooked):
    world = hooked.world
    pipeline, contact = (
        next(iter(world.rows["pipelines"])),
        world.add_contact("Luis Paz", ["+51 987 654 321"]),
    )
    first, second = (world.add_lead(title, pipeline, contact_ids=[contact]) for title in ("Uno", "Dos"))
    hooked.visit()
    world.merge("leads", first, second)
    hooked.visit()
    with tenant(hooked.ana.account_id):
        ids = {kommo_id: the(Lead, kommo_id=kommo_id).id for kommo_id in (first, second)}
    release()
    page = hooked.ana.get(f"/leads/{ids[second]}").text
    assert f'href="/leads/{ids[first]}"' in page
    assert "Merged with another lead" in page
    assert "Merged with another lead" not in hooked.ana.get(f"/leads/{ids[first]}").text
