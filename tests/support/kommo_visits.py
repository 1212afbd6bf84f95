"""An account that mirrors a simulated Kommo, visited as a worker would."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from clarin_web import db
from clarin_web.accounts.actions import create_account
from clarin_web.accounts.permissions import Member
from clarin_web.db import execute, tenant
from clarin_web.kommo import actions, due_lists
from clarin_web.kommo.client import Client
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.oddities import oddities_of
from clarin_web.kommo.queries import find_connection, streams_of
from clarin_web.kommo.sync import sync
from clarin_web.store import redis_connection


class Mirror:
    """An account that mirrors the world, visited as a worker would, whatever happens."""

    def __init__(self, server, account_id, connection_id):
        self.server, self.account_id, self.connection_id = server, account_id, connection_id

    def visit(self, **options):
        with db.transaction():
            connection = find_connection(self.account_id, self.connection_id)
            connection.retry_at, connection.state = None, "backfilling"
        return self.poll(None, **options)

    def poll(self, last_visit, **options):
        """As the job does: nothing is repaired before, and the lists that are not due are left alone."""
        with self.client() as client:
            return sync(self.account_id, self.connection_id, client, last_visit=last_visit, **options)

    def client(self):
        return Client(self.server.url, self.server.token, Limiter(None, 100_000.0))

    def poll_all(self, **options):
        """A visit so long after the last that every list is due, while nobody asked for anything."""
        self.wait()
        return self.poll(1.0, **options)

    def wait(self):
        """So long that every list is due, and what was to be tried later too."""
        make_every_list_due(self.connection_id)
        with db.transaction():
            find_connection(self.account_id, self.connection_id).retry_at = None
            for stream in streams_of(self.account_id, self.connection_id).values():
                stream.retry_at = None


def make_every_list_due(connection_id):
    """As if nothing had been asked for so long; what waits to be tried again still waits."""
    redis_connection().delete(due_lists._key(connection_id))


def mirror_of(server):
    account_id = create_account("Andina")
    with tenant(account_id):
        connection = actions.connect(Member(account_id, 1, "owner"), server.host, server.token)
        return Mirror(server, account_id, connection.id)


def settle(mirror, monkeypatch):
    """Kommo is well again: what a week of visits does, at once."""
    monkeypatch.setattr("clarin_web.kommo.references.AGE", timedelta(seconds=-1))
    monkeypatch.setattr("clarin_web.kommo.cursors.DEEP_EVERY", -1)
    monkeypatch.setattr("clarin_web.kommo.cursors.NIGHT_BEGINS", 8 * 3600 - 86_400)
    monkeypatch.setattr("clarin_web.kommo.sweeping.CONFIRM_AFTER", -1)
    monkeypatch.setattr("clarin_web.kommo.known.MAX_SHARE", 1)
    monkeypatch.setattr("clarin_web.kommo.upserts.records.LAG", timedelta(days=-2))
    for _ in range(2):
        while mirror.visit():
            pass
    begin_sweep(mirror)
    for _ in range(2):
        while mirror.visit():
            pass


def begin_sweep(mirror):
    with db.transaction():
        sweep = streams_of(mirror.account_id, mirror.connection_id)["sweep"]
        sweep.last_success_at, sweep.cursor = None, {"kind": "companies"}


def the(model, **where):
    """The one row that is so, as it is in the database now."""
    wanted = select(model).filter_by(**where).execution_options(populate_existing=True)
    return execute(wanted).scalar_one()


def odd_of(account_id):
    """What could not be used, oldest first, as dicts."""
    with tenant(account_id):
        found = reversed(oddities_of(account_id, 1000))
        return [{key: getattr(odd, key) for key in ("kind", "kommo_id", "code", "value")} for odd in found]
