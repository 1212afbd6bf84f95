"""What runs in production: a process per number and `worker.py jobs`, as children of the bench."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from clarin_web.cli.bench.children import stop, wait_for
from clarin_web.cli.bench.server import children, pss
from clarin_web.cli.bench.whatsapp.office import Office
from clarin_web.config import settings
from clarin_web.db import execute, release, tenant
from clarin_web.devices.supervisor import WORKER, command
from clarin_web.models import Device

CONNECTED_WITHIN = 180.0


@dataclass(frozen=True)
class Processes:
    """`numbers` and `jobs`, running."""

    numbers: list[subprocess.Popen[bytes]]
    jobs: subprocess.Popen[bytes]

    def spent(self) -> tuple[float, float]:
        """Processor seconds so far, of the numbers and of the jobs."""
        jobs = (self.jobs.pid, *children(self.jobs.pid))
        return sum(_cpu(process.pid) for process in self.numbers), sum(map(_cpu, jobs))

    def memory(self, when: str) -> str:
        """Each process's share of memory (PSS), in MB."""
        each = sorted(pss(process.pid) for process in self.numbers)
        workers = [pss(pid) for pid in (self.jobs.pid, *children(self.jobs.pid))]
        return (
            f"{len(each)} numbers {when}: a process {each[len(each) // 2]:.0f} MB, the largest {each[-1]:.0f}, "
            f"all {sum(each):.0f}; worker.py jobs and its workers {' + '.join(f'{mb:.0f}' for mb in workers)} MB (PSS)."
        )


@contextmanager
def settings_for(place: Path) -> Iterator[None]:
    """The simulator, with files of our own: no number of yours is touched."""
    ours = {"CLARIN_STATE_DIR": str(place), "CLARIN_DEVICE_GATEWAY": "simulator", "CLARIN_SIM_SPEED": "1"}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
        settings.cache_clear()


@contextmanager
def started(office: Office) -> Iterator[Processes]:
    """All connected when the block begins; ended with it."""
    numbers = [_spawn(command((office.account_id, device))) for device in office.devices]
    jobs = _spawn([sys.executable, str(WORKER), "jobs"])
    try:
        _wait_connected(office)
        yield Processes(numbers, jobs)
    finally:
        stop(*numbers, jobs, within=20)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _spawn(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(arguments, stdin=subprocess.DEVNULL)


def _wait_connected(office: Office) -> None:
    wanted = len(office.devices)
    wait_for(lambda: connected(office) == wanted or None, CONNECTED_WITHIN, "not all numbers connected", 0.5)


def connected(office: Office) -> int:
    with tenant(office.account_id):
        count = execute(
            select(func.count()).select_from(Device).where(Device.state == "connected")
        ).scalar_one()
    release()
    return int(count)
