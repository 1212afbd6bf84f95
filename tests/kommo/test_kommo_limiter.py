"""One pace for all processes, with and without Redis."""

import pytest
import redis

from clarin_web.kommo.errors import RateLimited
from clarin_web.kommo.limiter import MAX_WAIT, Limiter


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def test_calls_are_evenly_spaced_without_redis_at_half_the_rate():
    clock = Clock()
    limiter = Limiter(None, 6.0, sleep=clock.sleep, clock=clock)
    for _ in range(4):
        limiter.wait()
    assert clock.slept == pytest.approx([1 / 3] * 3)


def test_a_redis_that_is_away_only_slows_down():
    clock = Clock()
    gone = redis.Redis(port=9, socket_connect_timeout=0.2)
    limiter = Limiter(gone, 6.0, sleep=clock.sleep, clock=clock)
    limiter.wait()
    limiter.wait()
    assert clock.slept == pytest.approx([1 / 3])


def test_a_long_silence_is_told_and_not_slept():
    clock = Clock()
    limiter = Limiter(None, 6.0, sleep=clock.sleep, clock=clock)
    limiter.silence(MAX_WAIT + 50)
    with pytest.raises(RateLimited) as refusal:
        limiter.wait()
    assert refusal.value.retry_after == pytest.approx(MAX_WAIT + 50)
    clock.now += MAX_WAIT + 51
    limiter.wait()
    assert clock.slept == []


@pytest.fixture
def store(own_world):
    from clarin_web.store import redis_connection

    made = redis_connection()
    made.flushall()
    yield made
    made.flushall()


def test_processes_share_one_pace_through_redis(store):
    slept = []
    first, second = (Limiter(store, 10.0, sleep=slept.append) for _ in range(2))
    for _ in range(3):
        first.wait()
        second.wait()
    assert len(slept) == 5
    assert max(slept) == pytest.approx(0.5, abs=0.1)


def test_a_silence_is_heard_by_every_process_and_only_for_its_host(store):
    first, second = (Limiter(store, 1000.0, "one.kommo.com") for _ in range(2))
    first.silence(300)
    with pytest.raises(RateLimited) as refusal:
        second.wait()
    assert refusal.value.retry_after == pytest.approx(300, abs=2)
    Limiter(store, 1000.0, "two.kommo.com").wait()
