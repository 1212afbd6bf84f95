"""Memory of every process while nothing happens: workers, a device, PostgreSQL, Valkey."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select, text

from clarin_web.cli.bench.children import stop
from clarin_web.cli.bench.server import children, pss
from clarin_web.db import execute, release, tenant
from clarin_web.models import Device
from clarin_web.store import redis_connection

ROOT = Path(__file__).resolve().parents[3]
SETTLES = 12.0  # seconds from start to rest: imports, first look at the database, the clock's first rounds


def at_rest(account_id: int) -> list[tuple[str, float]]:
    """(process, MB): what each would free by ending (PSS); a group of processes is one line."""
    with tenant(account_id):
        device_id = execute(select(Device.id).order_by(Device.id)).scalars().first()
        release()
    device = [
        "device",
        "--account",
        str(account_id),
        "--device",
        str(device_id),
        "--parent",
        str(os.getpid()),
    ]
    with _started(["jobs"]) as jobs, _started(["devices"]) as devices, _started(device) as child:
        time.sleep(SETTLES)
        clock, *workers = tree(jobs.pid)
        return [
            ("jobs: clock", pss(clock)),
            *((f"jobs: worker {at}", pss(pid)) for at, pid in enumerate(workers, 1)),
            ("devices: supervisor", pss(devices.pid)),
            ("devices: one number (simulated)", pss(child.pid)),
            *_servers(),
        ]


def tree(pid: int) -> list[int]:
    """The process and all that it started, parents first."""
    return [pid, *(found for child in children(pid) for found in tree(child))]


def _servers() -> list[tuple[str, float]]:
    """PostgreSQL with all its backends and its shared buffers, and Valkey; nothing for what runs elsewhere."""
    backend = execute(text("SELECT pg_backend_pid()")).scalar_one()
    valkey = int(redis_connection().info("server")["process_id"])
    found = []
    if _is(backend, "postgres"):
        found.append(("PostgreSQL", sum(map(pss, tree(_parent(backend))))))
    release()
    if _is(valkey, "valkey") or _is(valkey, "redis"):
        found.append(("Valkey", pss(valkey)))
    return found


def _is(pid: int, name: str) -> bool:
    command = Path(f"/proc/{pid}/comm")
    return command.exists() and command.read_text().startswith(name)


def _parent(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))


@contextmanager
def _started(arguments: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    env = {**os.environ, "CLARIN_DEVICE_GATEWAY": "simulator"}
    command = [sys.executable, str(ROOT / "worker.py"), *arguments]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        stop(process)
