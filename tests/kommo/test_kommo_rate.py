"""Three processes and five connections keep one pace, measured where it counts: at the server.

Requests are stamped by the kernel when they arrive, so that a server thread that wakes late counts nothing twice; and
what holds a request up between its turn and its leaving is part of the test.
"""

import os
import subprocess
import sys

import pytest

from clarin_web.demo.kommo_server import Faults, KommoServer
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.local.home import ROOT
from clarin_web.store import redis_connection

RATE = 6
WORKER = """
import random, sys, time
from clarin_web.kommo.client import Client
from clarin_web.kommo.connecting import limiter_for
from clarin_web.kommo.limiter import Limiter
connections = [Client(url, sys.argv[1], limiter_for(url, str(n))) for n, url in enumerate(sys.argv[3:])]
for turn in range(int(sys.argv[2])):
    connections[turn % len(connections)].account()
"""
STUMBLING = """
granted = Limiter.wait
def wait(limiter):
    turn = granted(limiter)
    time.sleep(random.choice((0, 0, 0.3, 0.6)))
    return turn
Limiter.wait = wait
"""


@pytest.mark.parametrize("mishap", ["", STUMBLING], ids=["as it is", "held up after its turn"])
def test_never_above_the_rate_with_three_processes_and_five_connections(own_world, tmp_path, mishap):
    redis_connection().flushall()
    seen = run_workers(calls=8, redis_url=os.environ["REDIS_URL"], state=tmp_path, mishap=mishap)
    assert len(seen) == 24
    assert len(seen) - 1 <= (seen[-1] - seen[0]) * RATE
    assert busiest(seen, 1.0) <= RATE
    redis_connection().flushall()


def test_nor_when_redis_is_away(own_world, tmp_path):
    seen = run_workers(calls=3, redis_url="redis://127.0.0.1:9/0", state=tmp_path)
    assert len(seen) == 9
    assert len(seen) - 1 <= (seen[-1] - seen[0]) * RATE / 2
    assert busiest(seen, 1.0) <= RATE


def run_workers(calls, redis_url, state, mishap=""):
    """When each request reached one of the five Kommos."""
    world = believable(leads=3, seed=1)
    servers = [KommoServer(world, faults=Faults(rate=100_000)) for _ in range(5)]
    for server in servers:
        server.__enter__()
    env = {**os.environ, "REDIS_URL": redis_url, "CLARIN_STATE_DIR": str(state), "PYTHONPATH": str(ROOT)}
    urls = [server.url for server in servers]
    program = WORKER.replace("connections =", f"{mishap}connections =", 1)
    command = [sys.executable, "-c", program, servers[0].token, str(calls), *urls]
    try:
        workers = [subprocess.Popen(command, env={**env, "KOMMO_RATE": str(RATE)}) for _ in range(3)]
        assert [worker.wait(120) for worker in workers] == [0, 0, 0]
    finally:
        for server in servers:
            server.__exit__()
    return sorted(seen.at for server in servers for seen in server.seen)


def busiest(times, window):
    return max(sum(1 for other in times if start <= other < start + window) for start in times)
