"""A Kommo worker killed -9 in the middle of its first import goes on where it was, and ends equal to Kommo."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from clarin_web.accounts.actions import create_account
from clarin_web.accounts.permissions import Member
from clarin_web.db import execute, release, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, differences, generated, truth
from clarin_web.kommo import actions
from clarin_web.kommo.queries import find_connection
from clarin_web.models import Contact, Lead, Pipeline, Stage
from clarin_web.store import redis_connection
from tests.support.running import jobs
from tests.support.waiting import until
from tests.support.whole import pids_under

WORKER = "worker.py work kommo"
Mirror = dict[int, dict[str, object]]


class Import:
    """An account whose Kommo is being read by a real worker, with somebody looking at the progress bar."""

    def __init__(self, kommo: KommoServer, account_id: int, connection_id: int) -> None:
        self.kommo, self.account_id, self.connection_id = kommo, account_id, connection_id

    def kill_at(self, page: str) -> None:
        """kill -9 of the worker while it waits for the answer to its second request of `page`."""
        self.kommo.faults.log.clear()
        self.kommo.faults.add("hang", page, after=1, seconds=120)
        until(lambda: self.kommo.faults.log)
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
    reading.kill_at(r"/contacts\?.*updated_at")
    contacts, leads = reading.counts()
    assert (0 < contacts < 800, leads) == (True, 0), "killed in the middle of the contacts"
    reading.kill_at(r"/leads\?.*updated_at")
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
