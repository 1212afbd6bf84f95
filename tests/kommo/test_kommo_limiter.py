"""One pace for all processes, with and without Redis."""

import time
from dataclasses import replace

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from clarin_web.config import settings
from clarin_web.kommo.connecting import limiter_for
from clarin_web.kommo.errors import RateLimited
from clarin_web.kommo.limiter import MAX_WAIT, Limiter, _Call
from clarin_web.kommo.limiter_scripts import ASK, SENT
from clarin_web.kommo.pace import FilePace
from clarin_web.kommo.pace_report import pace_now

GONE = redis.Redis(port=9, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


def limiter(connection, rate, clock, **options):
    return Limiter(connection, rate, sleep=clock.sleep, clock=clock, **options)


def test_calls_are_evenly_spaced_without_redis_at_half_the_rate(clock):
    alone = limiter(None, 6.0, clock)
    for _ in range(4):
        alone.wait()
    assert clock.slept == pytest.approx([1.02 / 3] * 3, abs=0.02)


def test_a_redis_that_is_away_only_slows_down(clock):
    alone = limiter(GONE, 6.0, clock)
    alone.wait()
    start = clock.now
    for _ in range(3):
        alone.wait()
    assert clock.now - start >= 3 * 2 / 6


def test_processes_of_a_machine_share_one_pace_through_a_file_while_redis_is_away(clock, tmp_path):
    several = [limiter(GONE, 6.0, clock, file=FilePace(tmp_path / "pace")) for _ in range(5)]
    granted = []
    for _ in range(4):
        for one in several:
            one.wait()
            granted.append(clock.now)
    assert busiest(granted, 1.0) <= 3


def test_a_file_that_cannot_be_kept_stops_the_calls(clock, tmp_path):
    nowhere = limiter(GONE, 6.0, clock, file=FilePace(tmp_path / "missing" / "pace"))
    with pytest.raises(RateLimited):
        nowhere.wait()


def test_a_file_written_before_a_restart_stops_nobody(clock, tmp_path):
    clock.now = 1e9
    limiter(None, 6.0, clock, file=FilePace(tmp_path / "pace")).wait()
    clock.now = 5.0
    limiter(None, 6.0, clock, file=FilePace(tmp_path / "pace")).wait()
    assert clock.slept == []


def test_a_long_silence_is_told_and_not_slept(clock):
    alone = limiter(None, 6.0, clock)
    alone.silence(MAX_WAIT + 50)
    with pytest.raises(RateLimited) as refusal:
        alone.wait()
    assert refusal.value.retry_after == pytest.approx(MAX_WAIT + 50)
    clock.now += MAX_WAIT + 51
    alone.wait()
    assert clock.slept == []


def test_a_short_silence_is_slept(clock):
    alone = limiter(None, 6.0, clock)
    alone.silence(3)
    alone.wait()
    assert clock.now >= 1003


@pytest.fixture
def store(own_world):
    from clarin_web.store import redis_connection

    made = redis_connection()
    made.flushall()
    yield made
    made.flushall()


def test_no_second_ever_grants_more_than_the_rate(store):
    """Asked without rest: whatever happens between a grant and the leaving, no second holds more than the rate."""
    keys = ["kommo:pace:next", "s", "b", "slow", "breaker", "used", "sent"]
    granted = []
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        name = f"call {len(granted)}"
        left, _why, _tell = store.eval(ASK, len(keys), *keys, 50.0, name)
        if not left:
            granted.append(time.monotonic())
            store.eval(SENT, 1, "sent", name, 50.0)
        else:
            time.sleep(left / 1_000_000)
    assert len(granted) > 10
    assert busiest(granted, 1.0) <= 50


def test_limiters_share_one_pace_through_redis(store):
    several = [Limiter(store, 20.0) for _ in range(3)]
    start = time.monotonic()
    for one in several * 3:
        one.wait()
    assert time.monotonic() - start >= 8 / 20


def test_a_call_counts_until_it_was_sent(store):
    """Six were granted and none has left: a seventh could reach the server within their second."""
    held = [Limiter(store, 6.0) for _ in range(6)]
    turns = [one.wait() for one in held]
    store.delete("kommo:pace:next")  # evenly spaced it would be its turn
    left, why = Limiter(store, 6.0)._ask(_Call("seventh"))
    assert (left > 0, why) == (True, "pace")
    held[0].sent(turns[0])
    assert Limiter(store, 6.0).wait(), "a second after one of them left"


def test_a_silence_is_heard_by_every_process_and_only_for_its_host(store):
    first, second = (Limiter(store, 1000.0, "one.kommo.com") for _ in range(2))
    first.silence(300)
    with pytest.raises(RateLimited) as refusal:
        second.wait()
    assert refusal.value.retry_after == pytest.approx(300, abs=5)
    Limiter(store, 1000.0, "two.kommo.com").wait()


def test_what_is_used_is_counted(store):
    for _ in range(5):
        Limiter(store, 1000.0).wait()
    assert pace_now(store, 1000.0).used > 0
    assert pace_now(GONE, 6.0) is None


def test_no_setting_goes_above_kommos_own_limit(monkeypatch, own_world):
    monkeypatch.setattr("clarin_web.kommo.connecting.settings", lambda: replace(settings(), kommo_rate=50.0))
    assert limiter_for("https://demo.kommo.com").rate == 7.0
    assert limiter_for("http://127.0.0.1:8931").rate == 50.0
    assert limiter_for("https://a.kommo.com").target.site == limiter_for("https://b.kommo.com").target.site


def busiest(times, window):
    return max(sum(1 for other in times if start <= other < start + window) for start in times)
