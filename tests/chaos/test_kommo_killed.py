"""A Kommo worker killed -9: an import goes on where it was and ends equal to Kommo, a question is asked once.

What any mix of kills, faults and changes leaves is in tests/kommo/test_kommo_equality.py.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from clarin_web.accounts.actions import create_account
from clarin_web.accounts.permissions import Member
from clarin_web.db import execute, release, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, World, differences, generated, truth
from clarin_web.kommo import actions, asking
from clarin_web.kommo.queries import find_connection, streams_of
from clarin_web.models import Contact, Lead, Pipeline, Stage
from clarin_web.store import redis_connection
from tests.support.kommo_visits import Mirror as Visited
from tests.support.kommo_visits import begin_sweep, mirror_of
from tests.support.kommo_worker import Worker
from tests.support.running import jobs
from tests.support.waiting import until
from tests.support.whole import pids_under

WORKER = "worker.py work kommo"
Mirror = dict[int, dict[str, object]]


class Import:
    """An account whose Kommo is being read by a real worker, with somebody looking at the progress bar."""

    def __init__(self, kommo: KommoServer, account_id: int, connection_id: int) -> None:
        self.kommo, self.account_id, self.connection_id = kommo, account_id, connection_id

    def kill_at(self, page: str, of: int) -> None:
        """kill -9 of the worker while it waits for its second `page`, with the first kept: `of` the counts."""
        self.kommo.faults.log.clear()
        self.kommo.faults.add("hang", page, after=1, seconds=120)
        until(lambda: self.kommo.faults.log and self.counts()[of])
        assert jobs.child
        os.kill(pids_under(jobs.child.pid, WORKER)[0], signal.SIGKILL)

    def is_live(self) -> bool:
        redis_connection().set(f"presence:{self.account_id}", 1, ex=30)
        with tenant(self.account_id):
            connection = find_connection(self.account_id, self.connection_id)
            state = connection.state if connection else ""
        release()
        return state == "live"

    def counts(self) -> tuple[int, int]:
        with tenant(self.account_id):
            found = [execute(select(func.count(kind.id))).scalar_one() for kind in (Contact, Lead)]
        release()
        return found[0], found[1]

    def contacts(self) -> Mirror:
        with tenant(self.account_id):
            rows = execute(select(Contact.kommo_id, Contact.name)).all()
        release()
        return {row.kommo_id: {"name": row.name} for row in rows}

    def leads(self) -> Mirror:
        query = (
            select(Lead.kommo_id, Lead.title, Lead.value, Pipeline.kommo_id, Stage.kommo_id)
            .join(Pipeline, Pipeline.id == Lead.pipeline_id)
            .join(Stage, Stage.id == Lead.stage_id)
        )
        names = ("name", "price", "pipeline_id", "status_id")
        with tenant(self.account_id):
            rows = execute(query).all()
        release()
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


@pytest.fixture
def reading(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Import]:
    monkeypatch.setenv("KOMMO_RATE", "60")  # the simulated one allows it, and nobody waits
    world = generated(leads=900, contacts=800, seed=4)
    with KommoServer(world, faults=Faults(rate=10**6)) as kommo:
        account_id = create_account("Andina")
        with tenant(account_id):
            connection = actions.connect(Member(account_id, 1, "owner"), kommo.host, kommo.token)
            made = Import(kommo, account_id, connection.id)
        release()
        made.is_live()
        yield made
        jobs.rest()


def test_a_worker_killed_in_the_middle_of_an_import_goes_on_and_ends_equal(reading: Import) -> None:
    jobs.run()
    reading.kill_at(r"/contacts\?.*updated_at", 0)
    contacts, leads = reading.counts()
    assert (0 < contacts < 800, leads) == (True, 0), "killed in the middle of the contacts"
    reading.kill_at(r"/leads\?.*updated_at", 1)
    contacts, leads = reading.counts()
    assert (contacts, 0 < leads < 900) == (800, True), "killed in the middle of the leads"
    asked = len(reading.kommo.seen)
    until(reading.is_live)
    again = [seen.target for seen in reading.kommo.seen[asked:] if "/contacts?" in seen.target]
    there = truth(reading.kommo.world, ("contacts", "leads"))
    assert differences(reading.contacts(), there["contacts"]) == []
    assert differences(reading.leads(), there["leads"]) == []
    print(
        f"\n{reading.counts()} contacts and leads after two kills; contacts asked again: {len(again)} pages"
    )


MOST_VISITS = 60
MINUTES_APART = 15  # what is missing is asked again after ten, what died three times in a row after five


@pytest.fixture
def halved(app: Flask) -> Iterator[Visited]:
    """A Kommo that lost half of its leads and five of its people, with nobody told; its sweep is due."""
    world = World(seed=5)
    pipeline = world.add_pipeline("Ventas", ("Contactado",))
    leads = [world.add_lead(f"Lead {number}", pipeline) for number in range(60)]
    people = [world.add_contact(f"Persona {number}") for number in range(60)]
    with KommoServer(world, faults=Faults(rate=10**6)) as kommo:
        mirror = mirror_of(kommo)
        with tenant(mirror.account_id):
            mirror.visit()
            for kind, ids in (("leads", leads[:30]), ("contacts", people[:5])):
                for id_ in ids:
                    world.purge(kind, id_)
            begin_sweep(mirror)
        release()
        yield mirror


def test_a_person_is_asked_once_before_many_are_marked_wherever_the_sweep_is_killed(
    halved: Visited, tmp_path: Path
) -> None:
    def standing() -> tuple[dict[str, object], int, int, list[int]]:
        """Where the sweep is, the people and leads that are marked, and how many leads each question is about."""
        with tenant(halved.account_id):
            cursor = streams_of(halved.account_id, halved.connection_id)["sweep"].cursor
            marked = [
                execute(select(func.count()).where(kind.gone_in_kommo_at.is_not(None))).scalar_one()
                for kind in (Contact, Lead)
            ]
            questions = [len(question.ids) for question in asking.open_questions(halved.account_id)]
        release()
        return cursor, marked[0], marked[1], questions

    kills = 0
    with Worker(tmp_path / "worker.log") as worker:
        for visit in range(MOST_VISITS):
            if not standing()[0]:
                break
            is_whole = worker.visit(
                halved.account_id,
                halved.connection_id,
                page=20,
                die_at=60 + 30 * kills,
                ahead=visit * MINUTES_APART * 60,
            )
            kills += not is_whole
            _cursor, people, leads, questions = standing()
            assert (people in (0, 5), leads, questions in ([], [30])) == (True, 0, True), (
                f"after {kills} kills"
            )
    _cursor, people, leads, questions = standing()
    assert (people, leads, questions) == (5, 0, [30])
    assert kills
    print(f"\n{kills} kills of one sweep; {people} people marked, a person asked about {questions[0]} leads")
