"""Accounts connected to a small Kommo: one that it can tell about changes, one that is visited by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clarin_web import db
from clarin_web.db import tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, World
from clarin_web.kommo.limiter import Limiter
from tests.support.hooked import Hooked, served
from tests.support.kommo_visits import mirror_of


@pytest.fixture
def hooked(app, ana, monkeypatch):
    """Imported and live, webhooks off. Nobody works off the queue: a test asks for each round."""
    free = Limiter(None, 100_000.0, sleep=lambda _: None)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    monkeypatch.setattr("clarin_web.kommo.webhooks.waiting.REST_MS", 1)
    monkeypatch.setattr("clarin_web.kommo.jobs.JUST_NOW", timedelta(seconds=-1))
    world = World(seed=4)
    world.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    world.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    with KommoServer(world, faults=Faults(rate=100_000)) as server, served(app) as origin:
        monkeypatch.setattr("clarin_web.kommo.views.webhooks.own_origin", lambda: origin)
        assert ana.post("/kommo/draft", {"address": server.url, "token": server.token}).status == 303
        assert ana.post("/kommo").status == 303
        made = Hooked(ana, server, origin)
        made.visit()
        yield made


@pytest.fixture
def world():
    made = World(seed=7)
    made.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    return made


@pytest.fixture
def mirror(app, world):
    with KommoServer(world, faults=Faults(rate=100_000)) as server:
        made = mirror_of(server)
        with tenant(made.account_id):
            yield made
        db.release()


@pytest.fixture
def pipeline(world):
    return next(iter(world.rows["pipelines"]))
