"""An account where nothing happens costs nothing; an import can be stopped and begun again."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import func, select, text

from clarin_web.accounts.permissions import Member
from clarin_web.db import execute
from clarin_web.kommo import due_lists, importing
from clarin_web.kommo.queries import progress_of, streams_of
from clarin_web.models import (
    Base,
    Lead,
)


def test_a_steady_account_costs_one_request_a_poll_and_writes_nothing(mirror, world, pipeline, monkeypatch):
    contact = world.add_contact("Luis Paz", ["+51 987 654 321"], tags=["vip"])
    world.add_lead("Curso", pipeline, contact_ids=[contact], tags=["feria"])
    world.add_task("Llamar", "contacts", contact)
    mirror.visit()
    mirror.visit()
    # The other lists have their own pace: none of their turns falls into this test.
    seldom = [replace(listed, every=10**9 if listed.every else 0) for listed in due_lists.LISTS]
    monkeypatch.setattr(due_lists, "LISTS", seldom)
    monkeypatch.setattr(due_lists, "INCOMING", replace(due_lists.INCOMING, every=10**9))
    before = versions()
    mirror.server.seen.clear()
    for _ in range(5):
        mirror.poll(datetime.now(UTC).timestamp())
    asked = [seen.target.split("?")[0] for seen in mirror.server.seen]
    assert asked == ["/api/v4/leads"] * 5
    assert versions() == before


def test_a_poll_of_everything_that_found_nothing_writes_nothing(mirror, world, pipeline):
    lead = world.add_lead("Curso", pipeline)
    world.add_note("leads", lead, text="Hola")
    world.add_unsorted("Desde la web", pipeline, "Luis Web", "+51 988 777 666")
    mirror.visit()
    mirror.visit()
    before = versions()
    mirror.poll(None)
    assert versions() == before


def versions():
    """Which version of which row every table of the account holds: a write of any kind changes it."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if "account_id" in table.c:
            rows = execute(text(f"SELECT ctid::text, xmin::text FROM {table.name} ORDER BY 1"))
            found[table.name] = rows.all()
    return found


def test_an_import_can_be_stopped_and_begun_again(mirror, world, pipeline, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 10)
    member = Member(mirror.account_id, 1, "owner")
    for number in range(35):
        world.add_lead(f"Lead {number}", pipeline, created_at=1_700_000_000 + number)
    mirror.visit(budget=-1)
    count = select(func.count(Lead.id))
    came = execute(count).scalar_one()
    importing.stop_import(member)
    while mirror.visit():
        pass
    assert execute(count).scalar_one() == came < 35
    assert progress_of(streams_of(mirror.account_id, mirror.connection_id)).is_finished
    world.add_lead("Nuevo", pipeline)
    mirror.visit()
    assert execute(count).scalar_one() == came + 1
    importing.import_again(member)
    while mirror.visit():
        pass
    assert execute(count).scalar_one() == 36
