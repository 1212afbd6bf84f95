"""Incoming leads: many at once hold up nobody, and what may not be read was not declined."""

import pytest
from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.kommo import between
from clarin_web.kommo.queries import streams_of
from clarin_web.models import KommoRecord, Lead
from tests.support.kommo_mirror import drift
from tests.support.kommo_visits import odd_of, the


def outcomes():
    told = select(KommoRecord.data["outcome"].astext).where(KommoRecord.kind == "unsorted")
    return sorted(told or "" for told in execute(told).scalars())


def asked_alone(server):
    return [seen.path for seen in server.seen if seen.path.removeprefix("/api/v4/leads/").isdigit()]


def test_many_of_them_make_room_for_who_waits_and_go_on(mirror, world, pipeline, monkeypatch):
    mirror.visit()
    monkeypatch.setattr(between, "TURN", 0.0)
    uids = [world.add_unsorted(f"Web {number}", pipeline, f"Ana {number}", "") for number in range(12)]
    mirror.server.seen.clear()
    mirror.wait()
    visits = 1
    while mirror.poll(1.0, somebody_waits=lambda: True, goes_on=visits > 1):
        visits += 1
        assert visits < 60
    assert len(asked_alone(mirror.server)) == len(uids), "each once, whoever waited between two of them"
    assert visits > len(uids) / 2
    assert drift(mirror.account_id, world) == []
    for uid in uids:
        world.accept(uid)
    mirror.wait()
    while mirror.poll(1.0, somebody_waits=lambda: True, goes_on=True):
        pass
    assert outcomes() == ["accepted"] * len(uids)
    assert drift(mirror.account_id, world) == []


@pytest.mark.parametrize("status", [403, 400])
def test_one_that_may_not_be_read_was_not_declined(mirror, world, pipeline, status, monkeypatch):
    uid = world.add_unsorted("Desde la web", pipeline, "Luis Web", "+51 988 777 666")
    mirror.visit()
    lead = world.accept(uid)
    mirror.server.faults.add("status", rf"/api/v4/leads/{lead}\b", times=99, status=status)
    for _ in range(3):
        mirror.poll_all()
    assert (outcomes(), the(Lead, kommo_id=lead).gone_in_kommo_at) == ([""], None)
    assert len(asked_alone(mirror.server)) == 2, "at its arrival, then once: rights change seldom"
    stream = streams_of(mirror.account_id, mirror.connection_id)["unsorted"]
    assert (stream.phase, stream.error) == ("live", "")
    assert str(lead) in {odd["kommo_id"] for odd in odd_of(mirror.account_id)}
    mirror.server.faults.clear()
    monkeypatch.setattr("clarin_web.kommo.incoming._refused", lambda _run: {})
    mirror.poll_all()
    assert outcomes() == ["accepted"]
    assert drift(mirror.account_id, world) == []


def test_one_that_may_not_be_read_when_it_comes_is_here_as_soon_as_it_may(
    mirror, world, pipeline, monkeypatch
):
    mirror.visit()
    world.add_unsorted("Desde la web", pipeline, "Luis Web", "")
    mirror.server.faults.add("status", r"/api/v4/leads/[0-9]+", times=99, status=403)
    mirror.poll_all()
    assert execute(select(Lead.id)).all() == []
    mirror.server.faults.clear()
    monkeypatch.setattr("clarin_web.kommo.incoming._refused", lambda _run: {})
    mirror.poll_all()
    assert the(Lead, title="Desde la web").kommo["unsorted"] is True
    assert drift(mirror.account_id, world) == []
