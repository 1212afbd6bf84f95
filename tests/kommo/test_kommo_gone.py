"""What happens here when something leaves Kommo: a mark, and before very many marks a question."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select

from clarin_web.accounts.permissions import Member
from clarin_web.db import execute, transaction
from clarin_web.kommo import asking
from clarin_web.kommo.queries import streams_of
from clarin_web.kommo.storing.gone import mark_gone
from clarin_web.leads.actions import keep_lead
from clarin_web.models import (
    Contact,
    KommoQuestion,
    Lead,
)
from tests.support.kommo_visits import begin_sweep, the


@pytest.fixture
def _at_once(monkeypatch):
    """What takes minutes or days between visits happens at the next."""
    monkeypatch.setattr("clarin_web.kommo.sweeping.CONFIRM_AFTER", -1)


@pytest.fixture
def _page_by_page(monkeypatch):
    """A census page with each visit, of ten rows."""
    monkeypatch.setattr("clarin_web.kommo.census.PAGE_EVERY", -1.0)
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 10)
    monkeypatch.setattr("clarin_web.kommo.sweeping.CONFIRM_AFTER", -1)


def swept(mirror):
    begin_sweep(mirror)
    mirror.poll_all()
    mirror.poll_all()


def test_what_is_deleted_in_kommo_is_marked_and_unmarked_when_it_comes_back(mirror, world, pipeline):
    contact = world.add_contact("Luis Paz")
    lead = world.add_lead("Curso", pipeline, contact_ids=[contact])
    mirror.visit()
    world.delete("leads", lead)
    world.delete("contacts", contact)
    mirror.visit()
    assert the(Lead, kommo_id=lead).gone_in_kommo_at is not None
    assert the(Contact, kommo_id=contact).gone_in_kommo_at is not None
    world.restore("leads", lead)
    mirror.visit()
    assert the(Lead, kommo_id=lead).gone_in_kommo_at is None


def test_a_merge_marks_the_absorbed_and_enriches_the_survivor(mirror, world):
    first = world.add_contact("Luis Paz", ["+51 987 654 321"])
    second = world.add_contact("Luis P.", ["+51 987 654 322"])
    mirror.visit()
    world.merge("contacts", first, second)
    mirror.visit()
    assert [cell["text"] for cell in the(Contact, kommo_id=first).kommo["phones"]] == [
        "+51 987 654 321",
        "+51 987 654 322",
    ]
    assert the(Contact, kommo_id=second).gone_in_kommo_at is not None


@pytest.mark.usefixtures("_at_once")
def test_what_nobody_told_of_is_found_by_the_sweep(mirror, world, pipeline):
    stays, leaves = (world.add_lead(title, pipeline) for title in ("Queda", "Se va"))
    mirror.visit()
    world.purge("leads", leaves)
    mirror.poll_all()
    assert the(Lead, kommo_id=leaves).gone_in_kommo_at is None
    swept(mirror)
    assert the(Lead, kommo_id=leaves).gone_in_kommo_at is not None
    assert the(Lead, kommo_id=stays).gone_in_kommo_at is None


def looked_through(mirror, pages):
    """Nobody asks for anything: the census is due, page by page. Answers as of when all is here."""
    for _ in range(pages):
        mirror.poll(time.time())
    return streams_of(mirror.account_id, mirror.connection_id)["census"].last_success_at


@pytest.mark.usefixtures("_page_by_page")
def test_what_nobody_told_of_is_found_by_the_census_and_the_page_says_as_of_when(mirror, world, pipeline):
    made = [world.add_lead(f"Lead {number}", pipeline) for number in range(12)]
    people = [world.add_contact(f"Ana {number}", [f"+5198765432{number}"]) for number in range(3)]
    mirror.visit()
    left = [made[0], *made[5:7], made[-1]]
    for lead in left:
        world.purge("leads", lead)
    world.purge("contacts", people[-1])
    mirror.server.seen.clear()
    before = datetime.now(UTC)
    assert looked_through(mirror, pages=8) > before
    gone = select(Lead.kommo_id).where(Lead.gone_in_kommo_at.is_not(None))
    assert sorted(execute(gone).scalars()) == left
    assert the(Contact, kommo_id=people[-1]).gone_in_kommo_at is not None
    asked = Counter(seen.path for seen in mirror.server.seen)
    assert all(asked[f"/api/v4/leads/{lead}"] == 1 for lead in left), "once each, whatever passes follow"


@pytest.mark.usefixtures("_page_by_page")
@pytest.mark.parametrize("leave", [range(2, 3), range(1, 10), range(10), range(22)])
def test_nothing_slips_between_two_pages_of_the_census_when_rows_before_them_leave(
    mirror, world, pipeline, leave
):
    """Neither a row that is known nor one that never was: nobody would miss it, and the page says all is here."""
    made = [world.add_lead(f"Lead {number}", pipeline) for number in range(22)]
    mirror.visit()
    looked_through(mirror, pages=1)
    for id_ in made[10:12]:
        world.rows["leads"][id_] = {**world.rows["leads"][id_], "name": "Sin fecha ni aviso"}
    with transaction():
        execute(delete(Lead).where(Lead.kommo_id == made[10]))
    leaves = [made[place] for place in leave if made[place] not in made[10:12]]

    def leaving(seen):
        if seen.path == "/api/v4/leads" and "page=1" not in seen.query and "order%5Bid" in seen.query:
            while leaves:
                world.rows["leads"].pop(leaves.pop())

    mirror.server.watchers.append(leaving)
    before = datetime.now(UTC)
    assert looked_through(mirror, pages=1) > before
    assert not leaves
    for id_ in made[10:12]:
        assert the(Lead, kommo_id=id_).title == "Sin fecha ni aviso"


@pytest.mark.usefixtures("_page_by_page")
def test_the_census_leaves_very_many_to_the_sweep_and_a_person_and_claims_nothing_meanwhile(
    mirror, world, pipeline
):
    made = [world.add_lead(f"Lead {number}", pipeline) for number in range(40)]
    mirror.visit()
    before = looked_through(mirror, pages=10)
    for lead in made[:20]:
        world.purge("leads", lead)
    assert looked_through(mirror, pages=10) == before, "nothing is claimed meanwhile"
    with transaction():
        sweep = streams_of(mirror.account_id, mirror.connection_id)["sweep"]
        sweep.last_success_at = datetime.now(UTC) - timedelta(days=2)
    looked_through(mirror, pages=10)
    told = looked_through(mirror, pages=10)
    [question] = asking.open_questions(mirror.account_id)
    assert (question.kind, len(question.ids)) == ("leads", 20)
    assert told > before, "what a person is asked about is said"
    asking.answer(Member(mirror.account_id, 1, "owner"), question.id, mark=False)
    assert looked_through(mirror, pages=10) > told
    assert asking.open_questions(mirror.account_id) == []


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize(("mark", "state", "gone"), [(True, "marked", 20), (False, "kept", 0)])
def test_a_person_decides_before_many_are_marked_gone(mirror, world, pipeline, mark, state, gone):
    leads = [world.add_lead(f"Lead {number}", pipeline) for number in range(40)]
    mirror.visit()
    for lead in leads[:20]:
        world.purge("leads", lead)
    swept(mirror)
    marked = select(func.count()).where(Lead.gone_in_kommo_at.is_not(None))
    assert execute(marked).scalar_one() == 0
    [question] = asking.open_questions(mirror.account_id)
    assert (question.kind, len(question.ids), question.known) == ("leads", 20, 40)
    asking.answer(Member(mirror.account_id, 1, "owner"), question.id, mark=mark)
    assert (the(KommoQuestion, id=question.id).state, execute(marked).scalar_one()) == (state, gone)


def test_what_people_keep_is_not_marked_again_and_follows_kommo_when_it_is_back(mirror, world, pipeline):
    lead = world.add_lead("Curso", pipeline)
    mirror.visit()
    world.delete("leads", lead)
    mirror.visit()
    keep_lead(Member(mirror.account_id, 1, "owner"), the(Lead, kommo_id=lead).id)
    mark_gone(mirror.account_id, "leads", {lead: datetime.now(UTC)})
    assert the(Lead, kommo_id=lead).gone_in_kommo_at is None
    world.restore("leads", lead)
    mirror.visit()
    assert (the(Lead, kommo_id=lead).overrides, the(Lead, kommo_id=lead).gone_in_kommo_at) == ([], None)
