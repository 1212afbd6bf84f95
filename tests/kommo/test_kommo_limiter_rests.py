"""After a refusal: a host's silence, a site's block, a connection's breaker, and the slower pace of everybody."""

import time

import pytest

from clarin_web.kommo.errors import Blocked, Resting
from clarin_web.kommo.limiter import Limiter, Target
from clarin_web.kommo.limiter_scripts import FAILURES
from clarin_web.kommo.pace_report import pace_now


@pytest.fixture
def store(own_world):
    from clarin_web.store import redis_connection

    made = redis_connection()
    made.flushall()
    yield made
    made.flushall()


def test_from_the_third_429_the_rest_grows(store):
    rests = [Limiter(store, 1000.0, "one.kommo.com").silence(1) for _ in range(5)]
    assert rests == pytest.approx([1, 1, 60, 120, 240], abs=2)


def test_a_429_slows_everybody_and_the_pace_comes_back_slowly(store):
    Limiter(store, 6.0, "one.kommo.com").silence(0)
    assert pace_now(store, 6.0).in_force == 3.0
    for _ in range(5):
        Limiter(store, 6.0, "one.kommo.com").silence(0)
    assert pace_now(store, 6.0).in_force == 1.0
    for minutes, rate in ((1, 1.5), (4, 3.0), (30, 6.0)):
        store.hset("kommo:pace:slow", "at", str((time.time() - minutes * 60 - 1) * 1000))
        assert pace_now(store, 6.0).in_force == rate


def test_a_block_stops_every_host_of_the_site_and_then_one_call_tries(store):
    site = [
        Limiter(store, 1000.0, target=Target(host, "kommo")) for host in ("one.kommo.com", "two.kommo.com")
    ]
    assert site[0].block() == pytest.approx(900, abs=5)
    assert site[0].block() == pytest.approx(900, abs=5), "calls that were under way count once"
    with pytest.raises(Blocked) as refusal:
        site[1].wait()
    assert refusal.value.retry_after > 800
    Limiter(store, 1000.0, "127.0.0.1:1").wait()
    end_of("kommo:pace:blocked:kommo", store)
    probe, other = (Limiter(store, 1000.0, target=Target("one.kommo.com", "kommo")) for _ in range(2))
    probe.wait()
    with pytest.raises(Blocked):
        other.wait()
    assert probe.block() == pytest.approx(3600, abs=5), "refused again: longer"
    end_of("kommo:pace:blocked:kommo", store)
    probe = Limiter(store, 1000.0, target=Target("one.kommo.com", "kommo"))
    probe.wait()
    probe.succeeded()
    Limiter(store, 1000.0, target=Target("two.kommo.com", "kommo")).wait()


def test_a_breaker_opens_for_its_connection_alone_and_closes_after_a_success(store):
    def one(name):
        return Limiter(store, 1000.0, target=Target("one.kommo.com", "kommo", name))

    for _ in range(FAILURES):
        one("7").failed()
    with pytest.raises(Resting) as refusal:
        one("7").wait()
    assert refusal.value.retry_after == pytest.approx(30, abs=3)
    one("8").wait()
    end_of("kommo:pace:breaker:7", store)
    trying = one("7")
    trying.wait()
    with pytest.raises(Resting):
        one("7").wait()
    trying.succeeded()
    one("7").wait()


def end_of(key, store):
    """Let the time of a block or breaker be over."""
    store.hset(key, "until", str((time.time() - 1) * 1000))
