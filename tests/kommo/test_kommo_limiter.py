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
