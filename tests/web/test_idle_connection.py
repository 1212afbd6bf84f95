"""PostgreSQL restarts while nobody asks anything: the next page finds out before it asks, and nobody notices."""

from __future__ import annotations

from tests.support.cast import Person
from tests.support.outage import database_away


def test_connections_that_died_in_the_pool_are_replaced_unseen(ana: Person) -> None:
    assert ana.get("/leads").status == 200

    with database_away():
        pass

    assert [ana.get("/leads").status for _ in range(3)] == [200, 200, 200]
