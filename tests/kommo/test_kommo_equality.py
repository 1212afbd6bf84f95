"""Whatever happens in Kommo, on the way and to the worker, the mirror ends equal to it: many random seeds.

Visits run in processes of their own; most of them are killed -9, at a random request or right before a random
statement of the database. Nobody presses anything, and after each visit a judge compares what the page says with what
is so (`tests/support/kommo_ordeal.py`). `KOMMO_SEEDS=100 pytest -s` for many more, with what each went through;
`KOMMO_FIRST` is the first of them.
"""

import os
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from clarin_web import db
from clarin_web.db import execute, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, step, truth
from clarin_web.kommo.queries import find_connection, streams_of
from clarin_web.kommo.storing.absorbed import SAME_MOMENT
from clarin_web.models import Contact, ContactMerge
from tests.support.kommo_judge import PATHS, Judge
from tests.support.kommo_mirror import drift
from tests.support.kommo_ordeal import Ordeal, populated
from tests.support.kommo_visits import mirror_of, settle
from tests.support.kommo_worker import Worker

FIRST = int(os.environ.get("KOMMO_FIRST", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("KOMMO_SEEDS", "3")))
ROUNDS = 12
TWO_DAYS_MINUTES = 50 * 60  # nobody looking and nobody pressing anything: so soon all is equal


def wrong_merges(account_id, world):
    """Contacts that became part of somebody here who is not who absorbed them there.

    One that was deleted in the same moment as another was merged looks just like the one that was taken in.
    """
    people = truth(world, ("contacts",))["contacts"]
    ids = dict(execute(select(Contact.id, Contact.kommo_id).where(Contact.account_id == account_id)).all())
    merges = execute(
        select(ContactMerge.winner_id, ContactMerge.loser_id).where(ContactMerge.undone_at.is_(None))
    ).all()
    found = []
    for winner, loser in merges:
        into = people.get(ids[loser], {}).get("into")
        if into != ids[winner] and not looks_merged(world, ids[loser], ids[winner]):
            found.append(f"contact {ids[loser]} became {ids[winner]} here and {into} there")
    return found, len(merges)


def looks_merged(world, loser, winner):
    """Whether what Kommo told of both cannot be told apart from a merge."""
    told = [
        (row["type"], row["entity_id"], row["created_at"])
        for row in world.rows["events"].values()
        if row["entity_id"] in (loser, winner)
    ]
    gone = [at for type_, id_, at in told if (type_, id_) == ("contact_deleted", loser)]
    merged = [at for type_, id_, at in told if (type_, id_) == ("entity_merged", winner)]
    return any(abs(one - other) <= SAME_MOMENT.total_seconds() for one in gone for other in merged)


@pytest.fixture(scope="module")
def workers(app, tmp_path_factory):
    """Three, which fork when they are asked."""
    with ExitStack() as stack:
        logs = tmp_path_factory.mktemp("kommo")
        yield [stack.enter_context(Worker(logs / f"worker{number}.log")) for number in range(3)]


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_mix_of_changes_faults_and_kills_the_mirror_equals_kommo(workers, seed):
    """Every tenth seed of the long form three accounts at once, each in processes of its own."""
    with ExitStack() as stack:
        accounts = 3 if seed % 10 == 9 else 1
        ordeals = [
            stack.enter_context(ordeal_of(seed * 10 + number, workers[number])) for number in range(accounts)
        ]
        for _ in range(ROUNDS):
            for act in (Ordeal.begin_round, Ordeal.end_round):
                each(ordeals, act)
        each(ordeals, Ordeal.heal)
        each(ordeals, is_equal)


def each(ordeals, act):
    for ordeal in ordeals:
        with tenant(ordeal.mirror.account_id):
            act(ordeal)
        db.release()


def is_equal(ordeal):
    wrong, merged = wrong_merges(ordeal.mirror.account_id, ordeal.world)
    told = f"{ordeal.told()}; {merged} contacts joined"
    print(f"\n{told}")
    found = [*ordeal.wrong(), *wrong]
    print(*found, sep="\n")
    assert not found, "\n".join([told, *found])
    assert ordeal.equal_after <= TWO_DAYS_MINUTES, told


@contextmanager
def ordeal_of(seed, worker):
    with KommoServer(populated(seed), faults=Faults(rate=100_000, block_after=10**6)) as server:
        ordeal = Ordeal(seed, worker, server, mirror_of(server))
        ordeal.begin()
        yield ordeal
        db.release()


def test_the_comparison_sees_what_differs(app, monkeypatch):
    world = populated(9)
    for _ in range(30):
        step(world)
    with KommoServer(world, faults=Faults(rate=100_000)) as server:
        mirror = mirror_of(server)
        with tenant(mirror.account_id):
            settle(mirror, monkeypatch)
            assert drift(mirror.account_id, world) == []
            changed = lambda: {sentence.split()[0] for sentence in drift(mirror.account_id, world)}  # noqa: E731
            judge = Judge(server)
            judge.look()
            assert judged(judge, mirror, world.now()) == []
            world.set_price(next(iter(world.rows["leads"])), 987_654)
            world.add_task("Llamar")
            world.rename_loss_reason(next(iter(world.rows["loss_reasons"])), "Otro precio")
            judge.look()
            assert {"leads", "tasks", "loss_reasons"} <= changed()
            world.move_clock(2 * 3600)
            assert judged(judge, mirror, None) == [], "who says since when nothing was read says the truth"
            told = judged(judge, mirror, world.now())
            assert sum("was not given then" in sentence for sentence in told) == len(PATHS)
            assert sum("are said of all" in sentence for sentence in told) >= 3
        db.release()


def judged(judge, mirror, said):
    """What the judge says of the page, were all lists said to be read at `said`."""
    now = datetime.fromtimestamp(judge.world.now(), UTC)
    connection = find_connection(mirror.account_id, mirror.connection_id)
    lists = streams_of(mirror.account_id, mirror.connection_id)
    at = said and datetime.fromtimestamp(said, UTC)
    told = {
        name: SimpleNamespace(
            name=name, phase=row.phase, error="", rows_done=0, last_success_at=at or row.last_success_at
        )
        for name, row in lists.items()
    }
    return judge.untrue(connection, told, drift(mirror.account_id, judge.world), now)
